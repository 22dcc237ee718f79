"""What the plugin's shared parts ask of a host: the picture in front of someone, and the program it is open in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from ..geometry import Box, Size
    from ..protocol import Bytes
    from .placement import Layer


class Canvas(Protocol):
    """One open document. Boxes and sizes are in canvas px; pixels are 4 bytes each, straight alpha last."""

    @property
    def key(self) -> str:
        """What tells it from all others, from opening to closing."""

    @property
    def title(self) -> str:
        """What it is called on screen."""

    @property
    def size(self) -> Size:
        """Width and height."""

    @property
    def selection(self) -> Box | None:
        """The box of all that is selected, None without a selection."""

    @property
    def layer_id(self) -> str:
        """The id of the active layer, "" for none."""

    @property
    def layer_name(self) -> str:
        """Its name."""

    @property
    def busy(self) -> bool:
        """True while someone paints in it: it is neither read nor changed then."""

    def tree(self) -> tuple[Layer, ...]:
        """All layers, bottom to top."""

    def read(self, box: Box) -> Bytes:
        """What is seen in `box`."""

    def peek(self, box: Box) -> Bytes:
        """A few visible pixels, for a fingerprint."""

    def read_layer(self, node: Any, box: Box) -> Bytes:
        """What one layer alone shows in `box`; `node` is the host's own word for it."""

    def coverage(self, box: Box) -> Bytes:
        """The selection's coverage of `box`, one byte a pixel. Raises BadOption when nothing is selected any more."""

    def note(self, name: str) -> str:
        """A note of ours kept in the document, "" when there is none."""

    def keep_note(self, name: str, text: str) -> None:
        """Keep a note in the document."""


class AnimatedCanvas(Canvas, Protocol):
    """One whose layers may have key frames."""

    def node(self, layer_id: str) -> Any:
        """The host's own word for the layer of that id, None when it is gone."""

    def has_frame(self, time: int, node: Any) -> bool:
        """True when a layer has a key frame at that time."""

    def read_frame(self, time: int, node: Any, box: Box) -> Bytes:
        """One key frame of a layer in `box`."""


_Canvas_co = TypeVar("_Canvas_co", bound=Canvas, covariant=True)


class Host(Protocol[_Canvas_co]):
    """The program, as one of its windows sees it."""

    def active(self) -> _Canvas_co | None:
        """The canvas in front of the window, None when there is none."""

    def find(self, key: str) -> _Canvas_co | None:
        """The canvas of that key, None when it was closed."""

    def check(self, key: str) -> None:
        """Raises a RecraftError when the document of that key was closed."""
