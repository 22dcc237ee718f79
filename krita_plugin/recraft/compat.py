"""What Krita does differently than one would think, each with version and reason. Seen by running, unless it says so.

Nothing else in the plugin knows a Krita version.
"""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, unescape

from krita import Krita, Selection

from .qt import QtCore, QtGui, QtWidgets, number
from .shared.errors import BadOption
from .shared.geometry import Box, Size
from .shared.plugin.placement import Layer

if TYPE_CHECKING:
    from krita import Document, Node, View, Window

    from .shared.protocol import Bytes

SRGB = "sRGB-elle-V2-srgbtrc.icc"
PLAIN = ("RGBA", "U8", SRGB)  # what is sent
# Rows are written in pieces of about this many bytes, with a turn of the event loop between two pieces.
PIECE = 4 << 20
_KEYWORDS = re.compile(r"<keyword\s*/>|<keyword>([^<]*)</keyword>")


def version(krita: Krita) -> tuple[int, ...]:
    """Krita's version as numbers: "5.2.9 (git abc)" is (5, 2, 9)."""
    numbers = krita.version().split()[0].split("-")[0].split(".")
    return tuple(int(part) for part in numbers[:3] if part.isdigit())


def plain(document: Document | Node) -> bool:
    """True when the document's own bytes are what is sent: RGBA, 8 bit, sRGB."""
    if (document.colorModel(), document.colorDepth()) != ("RGBA", "U8"):
        return False
    # "sRGB-elle-V2-g10.icc" has sRGB's colours but linear numbers.
    profile = document.colorProfile().lower()
    return "srgb" in profile and "g10" not in profile


def read(document: Document, box: Box) -> bytes | memoryview:
    """The visible picture of `box` as BGRA, 8 bit, sRGB, straight alpha; something with the buffer protocol.

    Document.pixelData has the document's own model and depth; Document.projection converts to an 8 bit sRGB QImage,
    but its Format_ARGB32 makes it slower on plain documents.
    """
    # Vector and fill layers are rendered late (5.1, 5.2): without waiting the last change may be missing.
    document.waitForDone()
    if plain(document):
        return memoryview(document.pixelData(*box))
    return bits(document.projection(*box))


def peek(document: Document, box: Box) -> bytes:
    """A few visible pixels as `read` gives them, without waiting for anything that is still being painted."""
    return bytes(document.pixelData(*box)) if plain(document) else bits(document.projection(*box))


def bits(image: QtGui.QImage) -> bytes:
    """The bytes of a QImage as BGRA."""
    image = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    pointer: Any = image.constBits()
    size = image.sizeInBytes() if hasattr(image, "sizeInBytes") else image.byteCount()
    pointer.setsize(size)
    # Copied: the QImage is freed long before the worker has read everything.
    return bytes(pointer)


def read_layer(document: Document, node: Node, box: Box) -> memoryview:
    """One layer with its masks and children as BGRA, 8 bit, sRGB."""
    document.waitForDone()
    if (node.colorModel(), node.colorDepth()) == ("RGBA", "U8"):
        return memoryview(node.projectionPixelData(*box))
    # A layer's pixels come in its own space; Krita converts a copy that never enters the tree.
    copy = node.duplicate()
    copy.setColorSpace(*PLAIN)
    return memoryview(copy.pixelData(*box))


def coverage(selection: Selection, box: Box) -> memoryview:
    """The selection's coverage 0..255 of `box`, one byte a pixel."""
    return memoryview(selection.pixelData(*box))


def select(document: Document, coverage: Bytes, box: Box) -> None:
    """Replace the selection of a document."""
    chosen = Selection()
    chosen.setPixelData(QtCore.QByteArray(bytes(coverage)), *box)
    document.setSelection(chosen)


def box_of(node: Node) -> Box:
    """All that a node covers; of a selection mask, whose bounds are the whole picture, what it selects."""
    if node.type() == "selectionmask":
        chosen = node.selection()
        return Box(chosen.x(), chosen.y(), chosen.width(), chosen.height())
    rect = node.bounds()
    return Box(rect.x(), rect.y(), rect.width(), rect.height())


def coverage_of(document: Document, node: Node, box: Box) -> bytes:
    """How far a node covers each pixel of `box`, 0..255: a selection mask as it selects, a layer as it is opaque."""
    if node.type() == "selectionmask":
        return bytes(node.selection().pixelData(*box))
    return bytes(read_layer(document, node, box))[3::4]


def selection_box(document: Document) -> Box | None:
    """The box of everything selected, None without a selection.

    After "deselect" a selection of no size may remain (5.1): that is no selection either.
    """
    selection = document.selection()
    if selection is None:
        return None
    box = Box(selection.x(), selection.y(), selection.width(), selection.height())
    return None if box.empty else box


_known: list[tuple[Any, str]] = []  # (document, key) of all that are open


def key_of(document: Document) -> str:
    """What tells documents apart, from opening to closing.

    Wrappers are new with every call and file names may be empty or shared. The root node's id changes with "Flatten
    Image"; wrappers of the same document compare equal, as long as it is open.
    """
    for known, key in _known:
        if known == document:
            return key
    there = Krita.instance().documents()
    _known[:] = [(known, key) for known, key in _known if any(known == one for one in there)]
    for one in there:
        # Only wrappers out of this list are kept: others may own their document and close it.
        if one == document:
            _known.append((one, uuid.uuid4().hex))
            return _known[-1][1]
    return ""


def deleted(widget: QtWidgets.QWidget) -> bool:
    """True when Qt has deleted what the wrapper stands for: the docker of a closed window."""
    try:
        widget.objectName()
    except RuntimeError:  # "wrapped C/C++ object has been deleted"
        return True
    return False


def window_of(widget: QtWidgets.QWidget) -> Any:
    """Krita's window that holds a docker, floating or not; None when there is none any more."""
    if deleted(widget):
        return None
    main = widget.parentWidget()
    return next((window for window in Krita.instance().windows() if window.qwindow() is main), None)


def front(window: Window | None) -> View | None:
    """The view in front of a window, None where no picture is open."""
    view = window.activeView() if window is not None else None
    return view if view is not None and view.document() is not None else None


_KINDS = {
    "paintlayer": "paint", "grouplayer": "group", "vectorlayer": "vector", "filterlayer": "adjustment",
    "filllayer": "fill", "clonelayer": "clone", "filelayer": "file",
}  # fmt: skip


def tree_of(document: Document) -> tuple[Layer, ...]:
    """All layers as the placement's arithmetic wants them, bottom to top; masks are left out."""
    return tuple(_layer(node) for node in document.topLevelNodes() if not node.type().endswith("mask"))


def _layer(node: Node) -> Layer:
    children = list(node.childNodes())
    kind = _KINDS.get(node.type(), "paint")
    masked = any(child.type().endswith("mask") and child.visible() for child in children)
    rect = node.bounds()
    return Layer(
        node.uniqueId().toString(),
        kind,
        node.name(),
        visible=node.visible(),
        opacity=node.opacity() / 255,
        box=None if kind in ("group", "adjustment", "fill") else Box(rect.x(), rect.y(), rect.width(), rect.height()),
        children=tuple(_layer(child) for child in children if not child.type().endswith("mask")),
        passes=kind == "group" and node.passThroughMode(),
        plain=node.blendingMode() == "normal" and not masked and not node.inheritAlpha(),
        locked=node.locked(),
    )


def isolated() -> bool:
    """True while Krita shows the active layer or group alone: reading then gives only that."""
    actions = [Krita.instance().action(name) for name in ("isolate_active_layer", "isolate_active_group")]
    return any(action is not None and action.isChecked() for action in actions)


def node_by_id(document: Document, wanted: str) -> Any:
    """The layer of that id, None when it is gone. Document.nodeByUniqueID exists from 5.2 on only."""
    todo = document.topLevelNodes()
    while todo:
        node = todo.pop()
        if node.uniqueId().toString() == wanted:
            return node
        todo.extend(node.childNodes())
    return None


def animated(document: Document) -> bool:
    """True when a layer has key frames. Document.animationLength says 101 for pictures that are not animated, too."""
    todo = document.topLevelNodes()
    while todo:
        node = todo.pop()
        if node.animated():
            return True
        todo.extend(node.childNodes())
    return False


def layer_above_masks(node: Node | None) -> Node | None:
    """The layer itself for a mask: nothing can be placed beside a mask."""
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    return node


def can_mask(document: Document) -> bool:
    """Transparency masks can be made from 5.2 on."""
    return hasattr(document, "createTransparencyMask")


def put_pixels(node: Node, data: Bytes, box: Box, start: int = 0) -> int:
    """Write some rows of BGRA pixels from byte `start` on; the byte to go on with.

    setPixelData copies into a QByteArray first, so that a whole large canvas would stop the window for seconds.
    """
    rows = max(1, PIECE // (4 * box.width))
    first = start // (4 * box.width)
    count = min(rows, box.height - first)
    part = bytes(memoryview(data)[start : start + 4 * box.width * count])
    node.setPixelData(QtCore.QByteArray(part), box.x, box.y + first, box.width, count)
    return start + len(part)


# Documents that drawings came from. A copied layer still refers to its own, which so stays open until Krita ends.
_sources: list[Any] = []


def close_drawings() -> None:
    """Krita ends: it crashes over documents that are left to it (5.2, 6.0)."""
    while _sources:
        document = _sources.pop()
        document.setModified(False)
        document.close()


def drawing(svg: str) -> Any:
    """A vector layer with the shapes of an SVG, in no tree: opened as a document nobody sees, and copied.

    VectorLayer.addShapesFromSvg would end the stroke under way and leave an undo step of its own, "Create shape".
    """
    krita = Krita.instance()
    quiet = krita.batchmode()
    with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
        path = Path(folder) / "drawing.svg"
        path.write_text(svg, encoding="utf-8")
        # Or Krita asks for the resolution, which says nothing here: the shapes are in points.
        krita.setBatchmode(True)
        try:
            document = krita.openDocument(str(path))
        finally:
            krita.setBatchmode(quiet)
    if document is None:
        raise BadOption("Krita cannot open the drawing.", remedy="Save it as a file: it is in the history.")
    _sources.append(document)
    return next(one for one in document.topLevelNodes() if one.type() == "vectorlayer").duplicate()


def paint_drawing(node: Node, size: Size, ppi: float) -> None:
    """Have the shapes of a copied vector layer painted, once it is in a tree: by itself Krita does not."""
    shapes = node.shapes()
    if shapes:
        shapes[0].updateAbsolute(QtCore.QRectF(0, 0, size.width * 72 / ppi, size.height * 72 / ppi))


def annotation(document: Document, name: str) -> str:
    """A note kept inside the document, "" when there is none (a missing one may read as empty bytes or None)."""
    if name not in document.annotationTypes():
        return ""
    data = document.annotation(name)
    return bytes(data).decode("utf-8", "replace") if data else ""


def annotate(document: Document, name: str, text: str) -> None:
    """Keep a note inside the document; it is saved in the .kra."""
    document.setAnnotation(name, "Recraft", QtCore.QByteArray(text.encode()))


def keywords(document: Document) -> list[str]:
    """The keywords of the document's information."""
    match = _KEYWORDS.search(document.documentInfo())
    return [word.strip() for word in unescape(match[1] or "").split(",") if word.strip()] if match else []


def set_keywords(document: Document, words: Iterable[str]) -> None:
    """Other keywords. Only their element is changed: the rest of the text goes back as Krita gave it."""
    said = f"<keyword>{escape(', '.join(words))}</keyword>"
    document.setDocumentInfo(_KEYWORDS.sub(lambda _found: said, document.documentInfo(), count=1))


def canvas_widget(window: Window) -> QtWidgets.QAbstractScrollArea | None:
    """The widget of the active view that shows the picture, None where there is none."""
    view = window.activeView() if window is not None else None
    area = window.qwindow().centralWidget().findChild(QtWidgets.QMdiArea) if view is not None else None
    sub = area.currentSubWindow() if area is not None else None
    if sub is None:
        return None
    widgets = [one for one in sub.findChildren(QtWidgets.QAbstractScrollArea) if "CanvasController" in _kind(one)]
    return widgets[0] if widgets else None


def _kind(widget: QtCore.QObject) -> str:
    return widget.metaObject().className()


def to_screen(view: View, scroll: QtWidgets.QAbstractScrollArea, ppi: float) -> QtGui.QTransform | None:
    """The transform from canvas px to px of the view's widget; None when it cannot be known.

    View.flakeTo… exist from 5.2 on. Before, the scroll bars tell where the canvas is, but not how it is turned.
    """
    if hasattr(view, "flakeToCanvasTransform"):
        back, _ = view.flakeToImageTransform().inverted()
        return back * view.flakeToCanvasTransform()
    canvas = view.canvas()
    if canvas.rotation() or canvas.mirror():
        return None
    # Canvas.zoomLevel is in points per inch of the picture before 6.0.
    zoom = canvas.zoomLevel() * 72 / ppi
    left, top = -scroll.horizontalScrollBar().value(), -scroll.verticalScrollBar().value()
    return QtGui.QTransform(zoom, 0, 0, zoom, left, top)


def busy(document: Document) -> bool:
    """True while someone paints or transforms in `document`: changing its layers then would break the stroke off.

    Qt knows of mouse buttons only; a pen's stroke, and a transformation not yet applied, keep Krita from locking.
    """
    if pressed():
        return True
    if not document.tryBarrierLock():
        return True
    document.unlock()
    return False


def pressed() -> bool:
    """True while a mouse button is down."""
    return bool(number(QtWidgets.QApplication.mouseButtons()))


def natural_size(document: Document) -> Size:
    """Width and height of a document."""
    return Size(document.width(), document.height())
