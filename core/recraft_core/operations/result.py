"""What an operation brought, for scripts and the command line: layers, the picture they make, and files of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import paths
from ..imaging.canvas import Canvas
from ..imaging.carried import Carried
from ..imaging.colour import from_srgb, to_srgb
from ..imaging.compose import over
from ..imaging.pixels import Pixels, crop
from ..imaging.readfile import write_picture
from ..imaging.signed import kept_drawing, kept_picture, with_metadata
from ..imaging.xmp import Statement
from ..shared.destination import real, series
from ..shared.errors import BadOption
from ..shared.geometry import Box
from ..shared.i18n import say
from ..shared.plan import at_home, frame_of
from .placing import Layer
from .provenance import statement
from .running import Outcome
from .saving import is_placed


@dataclass(frozen=True)
class Result:
    """What came back. `layers` are the results by themselves, `picture` shows what the canvas looks like with one.

    `entry` is its id in the history, empty when there is none. `offline` when the embedded engine made it,
    `when` it was asked for in s since 1970.
    """

    outcome: Outcome
    canvas: Canvas | None = None
    entry: str = ""
    source_notes: tuple[str, ...] = field(default=(), repr=False)
    offline: bool = False
    when: float = field(default_factory=time.time, compare=False)
    native: bool = False  # what came back has the numbers of the canvas's own profile

    @property
    def layers(self) -> tuple[Layer, ...]:
        """One layer per picture the service made, in sRGB."""
        icc = self._profile
        if icc is None:
            return self.outcome.layers
        return tuple(replace(one, pixels=to_srgb(one.drawn(), icc)) for one in self.outcome.layers)

    @property
    def _profile(self) -> bytes | None:
        return self.canvas.source.icc if self.native and self.canvas else None

    @property
    def units(self) -> int:
        """Units the service charged."""
        return self.outcome.units

    @property
    def notes(self) -> tuple[str, ...]:
        """What was read, scaled or sent, in sentences."""
        said = self.outcome.notes
        return (*self.source_notes, *(map(at_home, said) if self.offline else said))

    @property
    def body(self) -> Mapping[str, Any]:
        """Plain data of the answer: {"prompt"} of enhance_prompt, {"id"} of create_style, {"colors"} of palette …"""
        return self.outcome.body

    @property
    def image_ids(self) -> tuple[str, ...]:
        """The service's ids of the pictures; those of explore are the start of explore_similar."""
        return tuple(layer.image_id for layer in self.outcome.layers)

    @property
    def svg(self) -> str:
        """The first drawing as text; empty when the result is pixels."""
        return self.outcome.layers[0].svg.decode() if self.outcome.layers else ""

    @property
    def pixels(self) -> Pixels:
        """The first picture: uint8 (height, width, 4), RGBA, straight alpha, sRGB."""
        return self.picture(0)

    def picture(self, index: int) -> Pixels:
        """The canvas with layer `index` in place. Outside the selection it is the canvas, byte for byte."""
        return self._picture(self.layers[index], self.canvas.source.pixels if self.canvas else None)

    def _picture(self, layer: Layer, below: Pixels | None) -> Pixels:
        if below is None or not is_placed(self.outcome.plan):
            return layer.drawn()
        if self.outcome.plan.operation.instead:
            below = np.zeros_like(below)
        return self._over(below, layer.drawn(), layer.box)

    def _over(self, below: Pixels, layer: Pixels, box: Box) -> Pixels:
        frame = frame_of(self.outcome.plan)
        if frame is None or self.canvas is None:
            return over(below, layer, box)
        return over(crop(below, self.canvas.size, frame), layer, box.moved(-frame.x, -frame.y))

    def save(self, path: str | Path, *, say: Callable[[str], None] = lambda _note: None) -> list[Path]:
        """Write every picture: the first as `path`, the others with -2, -3 … before the suffix.

        .svg keeps a drawing as it came; any other suffix writes pixels. The file says how it was made, as far as the
        setting `provenance` wishes, and keeps what the canvas carried (EXIF, IPTC, XMP). A picture of its own that came
        with the service's credentials is written as it came, so that they hold. Returns the paths written, none where
        the answer is no picture; `say` is told what a format could not keep.
        """
        target = Path(path)
        paths = series(target, len(self.layers))[: len(self.layers)]
        says = statement(self.outcome.plan, offline=self.offline, when=self.when)
        for index, one in enumerate(paths):
            note = self._save(index, one, says)
            if note:
                say(note)
        return paths

    def _save(self, index: int, path: Path, says: Statement | None) -> str:
        data, layer, suffix = self._data(index), self.layers[index], path.suffix.lower()
        if suffix == ".svg":
            if not layer.svg:
                raise BadOption(
                    say("{name} asks for a drawing, but this result is pixels.", name=path.name),
                    remedy="Save it as .png, choose a vector model, or vectorize it.",
                    option="out",
                )
            original = kept_drawing(data, layer.svg) if says else b""
            paths.write(real(path), original or with_metadata(layer.svg, says))
            return ""
        if says and not (self._laid_over or self.native) and layer.pixels is not None:
            original = kept_picture(data, suffix, layer.pixels)
            if original:
                paths.write(real(path), original)
                return ""
        return self._save_pixels(index, path, says)

    def _data(self, index: int) -> bytes:
        """The bytes of a picture as they came, b"" where they are not at hand."""
        return self.outcome.data[index] if index < len(self.outcome.data) else b""

    @property
    def _laid_over(self) -> bool:
        plan = self.outcome.plan
        return is_placed(plan) and not plan.operation.instead

    def _save_pixels(self, index: int, path: Path, says: Statement | None) -> str:
        source = self.canvas.source if self.canvas else None
        if source is not None and self.outcome.plan.operation.shape == "remix":
            source = source._replace(carried=Carried())  # another picture: what a camera said is not true of it
        own = self.canvas.own if self.canvas and (self._laid_over or self.native) else None
        if source is None or own is None:
            return write_picture(path, self.picture(index), like=source, says=says)
        # A canvas in a wider colour space than sRGB keeps its own numbers; what was made in sRGB is brought into it.
        layer = self.outcome.layers[index]
        if not self.native:
            layer = replace(layer, pixels=from_srgb(layer.drawn(), source.icc or b""))
        return write_picture(path, self._picture(layer, own), like=source, native=True, says=says)
