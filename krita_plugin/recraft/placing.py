"""Results become layers: built outside the layer tree, entered at once, so that one undo takes them away.

A `Placement` works in steps, so that the window stays alive while many megabytes are written.
"""

import xml.etree.ElementTree as ET

from krita import Selection

from . import compat
from .shared.geometry import Box
from .shared.plugin.placement import Spot

_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
_OWN = {"x", "y", "width", "height", "viewBox", "version", "preserveAspectRatio", "id", "class"}


class Placement:
    """One result on its way into a document.

    `layers` are a result message's layers with their bytes under "pixels" and "svg". `step` builds a bit and says
    whether there is more; nothing is seen until `enter`.
    """

    def __init__(self, canvas, layers, selection=None):
        self._canvas = canvas
        self._document = canvas.document
        self._selection = selection  # (bytes, box) to clip drawings to
        self._name = layers[0]["name"]
        self._made = []
        self._work = self._all(layers)
        self.done = False

    def step(self):
        """One bit of work; False when all is built. Raises Gone when the document was closed meanwhile."""
        if self.done:
            return False
        self._canvas.check()
        self.done = next(self._work, None) is None
        return not self.done

    def enter(self, spot=None):
        """Put what is built into the layer tree, on top without a `Spot`: one undo step. The new layer's id."""
        self._canvas.check()
        nodes, self._made = self._made, []
        top = nodes[0]
        if len(nodes) > 1:
            top = self._document.createGroupLayer(self._name)
            # The first result on top: it is the one that shows.
            for node in reversed(nodes):
                top.addChildNode(node, None)
        own = self._canvas.enter(top, spot or Spot())
        for node in nodes:
            if node.type() == "vectorlayer":
                compat.paint_drawing(node, self._canvas.size, self._canvas.ppi)
        return own

    def finish(self):
        """All at once, for a document nobody is painting in yet."""
        while self.step():
            pass
        self.enter()

    def drop(self):
        """Let go of every layer that is not in the tree: wrappers must not outlive their document (crash in 5.x)."""
        self._made = []
        self._work = iter(())
        self.done = True

    def _all(self, layers):
        for index, layer in enumerate(layers):
            node = None
            for node in self._one(layer):
                if node is None:
                    yield True
            if index:
                node.setVisible(False)
            self._made.append(node)
            yield True

    def _one(self, layer):
        """Yield None for each bit of work and at last the node."""
        if layer["svg"] is not None and (layer["pixels"] is None or self._can_clip()):
            yield self._drawing(layer)
            return
        document, box = self._document, Box(*layer["box"])
        node = document.createNode(layer["name"], "paintlayer")
        foreign = not compat.plain(document)
        if foreign:
            # Krita itself converts: the node takes sRGB bytes first and the document's space afterwards.
            node.setColorSpace("RGBA", "U8", compat.SRGB)
        at, end = 0, len(layer["pixels"])
        while at < end:
            at = compat.put_pixels(node, layer["pixels"], box, at)
            yield None
        if foreign:
            node.setColorSpace(document.colorModel(), document.colorDepth(), document.colorProfile())
        yield node

    def _can_clip(self):
        return self._selection is not None and compat.can_mask(self._document)

    def _drawing(self, layer):
        """A vector layer, with a mask where the drawing was cut to a selection."""
        size, ppi = compat.natural_size(self._document), self._canvas.ppi
        drawing = positioned(bytes(layer["svg"]), Box(*layer["box"]), size, ppi, layer.get("move"))
        node = compat.drawing(drawing)
        node.setName(layer["name"])
        if layer["pixels"] is not None:
            node.addChildNode(mask_of(self._document, *self._selection), None)
        return node


def mask_of(document, coverage, box, name="Recraft"):
    """A transparency mask that shows what `coverage` (0..255, one byte a pixel of `box`) covers. Krita 5.2 and up."""
    shown = Selection()
    shown.setPixelData(bytes(coverage), *box)
    mask = document.createTransparencyMask(name)
    mask.setSelection(shown)
    return mask


def mask_without(document, kept, box, name):
    """A transparency mask that hides what `kept` (0..255, one byte a pixel of `box`) leaves out; all outside stays."""
    shown = Selection()
    shown.setPixelData(bytes(255 - value for value in kept), *box)
    shown.invert()
    mask = document.createTransparencyMask(name)
    mask.setSelection(shown)
    return mask


def positioned(svg, box, canvas, ppi, move=None):
    """A drawing as an SVG of the canvas's size, its content moved and scaled into `box`.

    Its size is given in points: Krita keeps shapes in points, so they lie right at any resolution. `move` is what
    happened to the canvas since (a `following.Move`): `box` then counts in the canvas as it was.
    """
    root = ET.fromstring(svg)  # noqa: S314 - the worker has sanitised it
    left, top, width, height = _view_box(root, box)
    out = ET.Element(f"{{{_SVG}}}svg", {
        "width": f"{canvas.width * 72 / ppi:.9g}pt", "height": f"{canvas.height * 72 / ppi:.9g}pt",
        "viewBox": f"0 0 {canvas.width} {canvas.height}",
    })  # fmt: skip
    kept = {name: value for name, value in root.attrib.items() if name not in _OWN}
    way = f"translate({box.x} {box.y}) scale({box.width / width:.9g} {box.height / height:.9g})"
    if move is not None:
        numbers = (move.a, move.d, move.b, move.e, move.c, move.f)
        way = f"matrix({' '.join(f'{number:.9g}' for number in numbers)}) {way}"
    group = ET.SubElement(out, f"{{{_SVG}}}g", {**kept, "transform": f"{way} translate({-left:g} {-top:g})"})
    group.extend(list(root))
    return ET.tostring(out, encoding="unicode")


def _view_box(root, box):
    given = root.get("viewBox", "").replace(",", " ").split()
    if len(given) == 4:
        return tuple(float(part) for part in given)
    return 0.0, 0.0, _length(root.get("width"), box.width), _length(root.get("height"), box.height)


def _length(text, default):
    digits = "".join(letter for letter in text or "" if letter.isdigit() or letter == ".")
    return float(digits) if digits else float(default)
