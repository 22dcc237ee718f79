"""The host port: everything the plugin reads from Krita's canvas and writes to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from krita import Krita

from . import compat
from .key_frames import read_frame
from .placing import Placement
from .qt import QTimer
from .shared.errors import BadOption, RecraftError
from .shared.geometry import Box, Size
from .shared.i18n import say
from .shared.provenance import BASE, joined, uri, within

if TYPE_CHECKING:
    from krita import Document, Node, View

    from .shared.plugin.placement import Layer, Spot
    from .shared.protocol import Bytes

_placed: set[str] = set()  # ids of the layers we have placed since Krita started
_PATIENCE_S = 0.6  # for Krita to make a new layer the active one


def placed_layers() -> frozenset[str]:
    """Ids of the layers we have placed since Krita started."""
    return frozenset(_placed)


class Gone(RecraftError):
    """The document was closed, or the layer deleted."""


class Host:
    """Krita, as one of its windows sees it: `window()` is that window, the one in front when left out."""

    def __init__(self, window: Callable[[], Any] | None = None) -> None:
        self._window = window or (lambda: Krita.instance().activeWindow())

    @property
    def name(self) -> str:
        """Program and version, for the history: "Krita 5.2.9"."""
        return "Krita " + ".".join(map(str, compat.version(Krita.instance())))

    @property
    def window(self) -> Any:
        """Krita's Window, None when there is none."""
        return self._window()

    def active(self) -> Canvas | None:
        """The canvas in front of the window, None when there is none."""
        view = compat.front(self._window())
        # While it is made or closed a document may have no root yet (5.2).
        document = view.document() if view is not None else None
        return Canvas(document) if document is not None and document.rootNode() is not None else None

    def find(self, key: str) -> Canvas | None:
        """The canvas of that key, None when it was closed."""
        for document in Krita.instance().documents():
            if document.rootNode() is not None and compat.key_of(document) == key:
                return Canvas(document)
        return None

    def check(self, key: str) -> None:
        """Raises Gone when the document of that key was closed."""
        if self.find(key) is None:
            raise Gone("The picture was closed before it was read.", remedy="Nothing was sent.")

    def open_new(
        self, layer: dict[str, Any], name: str, like: Canvas | None = None, said: dict[str, Any] | None = None
    ) -> Canvas:
        """A new document holding one result layer, in the colour space of the canvas `like`; its canvas.

        `said` is what the result tells of how it was made.
        """
        box = Box(*layer["box"])
        ppi = like.ppi if like is not None else 300.0
        document = Krita.instance().createDocument(box.width, box.height, name, "RGBA", "U8", compat.SRGB, ppi)
        # An own, empty layer comes with each new document: the result takes its place.
        own = document.topLevelNodes()
        canvas = Canvas(document)
        Placement(canvas, [{**layer, "box": [0, 0, *box.size]}]).finish()
        for node in own:
            node.remove()
        if like is not None and not compat.plain(like.document):
            source = like.document
            document.setColorSpace(source.colorModel(), source.colorDepth(), source.colorProfile())
        document.refreshProjection()
        canvas.say(said, alone=True)
        window = self._window()
        if window is not None:
            window.addView(document)
        return canvas

    def colours(self) -> list[tuple[int, int, int]]:
        """Foreground and background colour, each as (red, green, blue) 0..255; [] without a view."""
        view = self._view()
        if view is None:
            return []
        canvas = view.canvas()
        colours = [view.foregroundColor().colorForCanvas(canvas), view.backgroundColor().colorForCanvas(canvas)]
        return [(color.red(), color.green(), color.blue()) for color in colours]

    def palette(self, most: int = 5) -> list[tuple[int, int, int]]:
        """The first colours of Krita's active palette."""
        from krita import Palette

        view, known = self._view(), Krita.instance().resources("palette")
        chosen = Krita.instance().readSetting("", "defaultPalette", "")
        resource = known.get(chosen) or next(iter(known.values()), None)
        if view is None or resource is None:
            return []
        palette, colours = Palette(resource), []
        for index in range(palette.numberOfEntries()):
            swatch = palette.colorSetEntryByIndex(index)
            if swatch is None or not swatch.isValid():
                continue
            color = swatch.color().colorForCanvas(view.canvas())
            if (color.red(), color.green(), color.blue()) not in colours:
                colours.append((color.red(), color.green(), color.blue()))
            if len(colours) == most:
                break
        return colours

    def chosen_layers(self) -> list[Any]:
        """The layers selected in the layer docker."""
        view = self._view()
        return list(view.selectedNodes()) if view is not None else []

    def _view(self) -> View | None:
        return compat.front(self._window())

    def setting(self, name: str, default: str = "") -> str:
        """One of the plugin's own small preferences, such as whether "More" is open; never the key."""
        return Krita.instance().readSetting("recraft", name, default)

    def keep_setting(self, name: str, value: str) -> None:
        """Keep a small preference in Krita's own settings."""
        Krita.instance().writeSetting("recraft", name, value)


class Canvas:
    """One open document. Boxes and sizes are in canvas px; pixels are BGRA, 8 bit, sRGB, straight alpha."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.key = compat.key_of(document)
        self._name = document.name() or document.fileName()

    def check(self) -> None:
        """Raises Gone when the document was closed: touching it then can crash Krita."""
        for document in Krita.instance().documents():
            if document == self.document:
                return
        raise Gone(
            say("The picture “{title}” was closed.", title=self.title),
            remedy="The result is in the strip; open a picture to place it there.",
        )

    @property
    def title(self) -> str:
        """What it is called on screen."""
        return (self._name or "untitled").rsplit("/", 1)[-1]

    @property
    def size(self) -> Size:
        """Width and height in px."""
        return compat.natural_size(self.document)

    @property
    def ppi(self) -> float:
        """Resolution in px per inch."""
        return float(self.document.resolution())

    @property
    def busy(self) -> bool:
        """True while someone paints in it: layers may not change now."""
        return compat.busy(self.document)

    @property
    def animated(self) -> bool:
        """True when some layer has frames of its own."""
        return compat.animated(self.document)

    @property
    def can_mask(self) -> bool:
        """True when a layer can be given a transparency mask."""
        return compat.can_mask(self.document)

    @property
    def selection(self) -> Box | None:
        """The box of all that is selected, None without a selection."""
        return compat.selection_box(self.document)

    def read(self, box: Box) -> bytes | memoryview:
        """What is seen in `box`."""
        return compat.read(self.document, box)

    def read_layer(self, node: Node, box: Box) -> memoryview:
        """What one layer alone shows in `box`."""
        return compat.read_layer(self.document, node, box)

    def node(self, layer_id: str) -> Any:
        """The layer of that id, None when it is gone."""
        return compat.node_by_id(self.document, layer_id)

    def has_frame(self, time: int, node: Node) -> bool:
        """True when a layer has a key frame at that time."""
        return bool(node.hasKeyframeAtTime(time))

    def read_frame(self, time: int, node: Node, box: Box) -> Any:
        """One key frame of an animated layer in `box`."""
        return read_frame(self.document, node, time, box)

    def coverage(self, box: Box) -> bytes:
        """The selection's coverage of `box`, one byte a pixel. Raises BadOption when nothing is selected any more."""
        selection = self.document.selection()
        if selection is None:
            raise BadOption("The canvas changed while it was read.", remedy="Click once more.")
        return bytes(compat.coverage(selection, box))

    def select(self, coverage: Bytes, box: Box) -> None:
        """Replace the selection: `coverage` 0..255, one byte a pixel of `box`. Krita cannot undo it."""
        compat.select(self.document, coverage, box)

    def layer(self) -> Any:
        """The active layer, or the layer of the active mask; None when there is none."""
        return compat.layer_above_masks(self.document.activeNode())

    @property
    def layer_id(self) -> str:
        """The id of that layer, "" for none."""
        layer = self.layer()
        return layer.uniqueId().toString() if layer is not None else ""

    @property
    def layer_name(self) -> str:
        """Its name."""
        layer = self.layer()
        return layer.name() if layer is not None else ""

    def tree(self) -> tuple[Layer, ...]:
        """All layers, bottom to top, as `shared.plugin.placement` describes them."""
        return compat.tree_of(self.document)

    def peek(self, box: Box) -> bytes:
        """A few visible pixels, for a fingerprint."""
        return compat.peek(self.document, box)

    @property
    def isolated(self) -> bool:
        """True while Krita shows one layer or group alone."""
        return compat.isolated()

    def enter(self, node: Node, spot: Spot) -> str:
        """Put a finished layer where the `Spot` says: one undo step. The layer that was active stays it."""
        active = self.document.activeNode()
        back = active.uniqueId().toString() if active is not None else ""
        own = node.uniqueId().toString()
        parent = self.node(spot.target if spot.how == "mask" else spot.parent)
        above = self.node(spot.above)
        (parent or self.document.rootNode()).addChildNode(node, above)
        _placed.add(own)
        if back:
            _give_back(self, own, back)
        return own

    def activate(self, layer_id: str) -> None:
        """Make the layer of that id the active one, when it is still there."""
        try:
            self.check()
        except Gone:
            return
        node = self.node(layer_id)
        if node is not None:
            self.document.setActiveNode(node)

    def hide(self, layer_id: str) -> None:
        """Hide a layer, so that what lies above it shows alone."""
        node = self.node(layer_id)
        if node is not None:
            node.setVisible(False)
            self.document.refreshProjection()

    def grow(self, frame: Box) -> None:
        """Make the canvas the size of `frame`, whose corner may be left of or above the old one."""
        self.document.resizeImage(*frame)

    def scale(self, size: Size) -> None:
        """Scale everything to `size`."""
        ppi = int(self.ppi)
        self.document.scaleImage(size.width, size.height, ppi, ppi, "Bicubic")

    def note(self, name: str) -> str:
        """A note of ours kept in the document, "" when there is none."""
        return compat.annotation(self.document, f"recraft/{name}")

    def keep_note(self, name: str, text: str) -> None:
        """Keep a note in the document."""
        compat.annotate(self.document, f"recraft/{name}", text)

    def say(self, statement: dict[str, Any] | None, *, alone: bool = False) -> None:
        """Say in the document how a result was made (None: nothing is wished). `alone`: there is nothing else in it.

        The source type joins the keywords of the document's information, the rest is a note beside it.
        """
        if not statement:
            return
        keywords = compat.keywords(self.document)
        before = next((word for word in keywords if word.startswith(BASE)), "")
        now = uri(joined(before, statement["source"] if alone else within(statement["source"])))
        compat.set_keywords(self.document, [*(word for word in keywords if word != before), now])
        held = json.loads(self.note("provenance") or "[]")
        self.keep_note("provenance", json.dumps([*held, statement][-200:]))

    def layer_ids(self) -> list[str]:
        """Ids of all layers."""
        todo, ids = list(self.document.topLevelNodes()), []
        while todo:
            node = todo.pop()
            ids.append(node.uniqueId().toString())
            todo.extend(node.childNodes())
        return ids

    def centred(self, size: tuple[int, int]) -> Box:
        """The box of `size` in the middle of the canvas."""
        mine = self.size
        return Box((mine.width - size[0]) // 2, (mine.height - size[1]) // 2, *Size(*size))


def _give_back(canvas: Canvas, new: str, back: str) -> None:
    """Make the layer `back` active again whenever Krita makes `new` the active one within the next moments.

    Krita does that in the background, once or twice, up to a tenth of a second later; a stroke that begins in between
    would land on the new layer. While a button is down nothing is changed: that would end the stroke.
    """
    end = time.monotonic() + _PATIENCE_S

    # A function and not a method: Qt's timers do not keep a method's object alive.
    def look() -> None:
        try:
            canvas.check()
        except Gone:
            return
        now, painting = canvas.document.activeNode(), compat.pressed()
        if not painting and now is not None and now.uniqueId().toString() == new:
            canvas.activate(back)
        if painting or time.monotonic() < end:
            QTimer.singleShot(4, look)

    look()
