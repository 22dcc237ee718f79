"""The host port: everything the plugin reads from Krita's canvas and writes to it."""

from krita import Krita

from . import compat
from .placing import Placement, mask_of
from .qt import QTimer
from .shared.errors import RecraftError
from .shared.geometry import Box, Size

_placed = set()  # ids of the layers we have placed since Krita started


class Gone(RecraftError):
    """The document was closed, or the layer deleted."""


class Host:
    """Krita as a whole."""

    @property
    def name(self):
        """Program and version, for the history: "Krita 5.2.9"."""
        return "Krita " + ".".join(map(str, compat.version(Krita.instance())))

    def active(self):
        """The canvas in front, None when there is none."""
        document = Krita.instance().activeDocument()
        # While it is made or closed a document may have no root yet (5.2).
        return Canvas(document) if document is not None and document.rootNode() is not None else None

    def find(self, key):
        """The canvas of that key, None when it was closed."""
        for document in Krita.instance().documents():
            if document.rootNode() is not None and compat.key_of(document) == key:
                return Canvas(document)
        return None

    def open_new(self, layer, name, like=None):
        """A new document holding one result layer, in the colour space of the canvas `like`; its canvas."""
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
        window = Krita.instance().activeWindow()
        if window is not None:
            window.addView(document)
        return canvas

    def colours(self):
        """Foreground and background colour, each as (red, green, blue) 0..255; [] without a view."""
        view = _view()
        if view is None:
            return []
        canvas = view.canvas()
        found = [view.foregroundColor().colorForCanvas(canvas), view.backgroundColor().colorForCanvas(canvas)]
        return [(color.red(), color.green(), color.blue()) for color in found]

    def palette(self, most=5):
        """The first colours of Krita's active palette."""
        from krita import Palette

        view, known = _view(), Krita.instance().resources("palette")
        chosen = Krita.instance().readSetting("", "defaultPalette", "")
        resource = known.get(chosen) or next(iter(known.values()), None)
        if view is None or resource is None:
            return []
        palette, found = Palette(resource), []
        for index in range(palette.numberOfEntries()):
            swatch = palette.colorSetEntryByIndex(index)
            if swatch is None or not swatch.isValid():
                continue
            color = swatch.color().colorForCanvas(view.canvas())
            if (color.red(), color.green(), color.blue()) not in found:
                found.append((color.red(), color.green(), color.blue()))
            if len(found) == most:
                break
        return found

    def chosen_layers(self):
        """The layers selected in the layer docker."""
        view = _view()
        return list(view.selectedNodes()) if view is not None else []

    def setting(self, name, default=""):
        """One of the plugin's own small preferences, such as whether "More" is open; never the key."""
        return Krita.instance().readSetting("recraft", name, default)

    def keep_setting(self, name, value):
        """Keep a small preference in Krita's own settings."""
        Krita.instance().writeSetting("recraft", name, value)


def _view():
    window = Krita.instance().activeWindow()
    return window.activeView() if window is not None and window.activeView().document() is not None else None


class Canvas:
    """One open document. Boxes and sizes are in canvas px; pixels are BGRA, 8 bit, sRGB, straight alpha."""

    def __init__(self, document):
        self.document = document
        self.key = compat.key_of(document)
        self._name = document.name() or document.fileName()

    def check(self):
        """Raises Gone when the document was closed: touching it then can crash Krita."""
        for document in Krita.instance().documents():
            if document == self.document:
                return
        raise Gone(
            f"The picture “{self.title}” was closed.",
            remedy="The result is in the strip; open a picture to place it there.",
        )

    @property
    def title(self):
        """What it is called on screen."""
        return (self._name or "untitled").rsplit("/", 1)[-1]

    @property
    def size(self):
        """Width and height in px."""
        return compat.natural_size(self.document)

    @property
    def ppi(self):
        """Resolution in px per inch."""
        return float(self.document.resolution())

    @property
    def busy(self):
        """True while someone paints in it: layers may not change now."""
        return compat.busy(self.document)

    @property
    def animated(self):
        """True when some layer has frames of its own."""
        return compat.animated(self.document)

    @property
    def can_mask(self):
        """True when a layer can be given a transparency mask."""
        return compat.can_mask(self.document)

    @property
    def selection(self):
        """The box of all that is selected, None without a selection."""
        return compat.selection_box(self.document)

    def read(self, box):
        """What is seen in `box`."""
        return compat.read(self.document, box)

    def read_layer(self, node, box):
        """What one layer alone shows in `box`."""
        return compat.read_layer(self.document, node, box)

    def coverage(self, box):
        """The selection's coverage of `box`, one byte a pixel."""
        return bytes(compat.coverage(self.document.selection(), box))

    def layer(self):
        """The active layer, or the layer of the active mask; None when there is none."""
        return compat.layer_above_masks(self.document.activeNode())

    def enter(self, node, beside=""):
        """Put a finished layer into the tree above the layer of the id `beside`, else above the active one.

        The active layer stays the active one; that is done a moment later, since Krita moves it in the background.
        """
        active = self.document.activeNode()
        anchor = compat.node_by_id(self.document, beside) if beside else None
        anchor = self._top_of_ours(compat.layer_above_masks(anchor or active))
        _placed.add(node.uniqueId().toString())
        parent = anchor.parentNode() if anchor is not None else None
        if parent is None:
            self.document.rootNode().addChildNode(node, None)
        else:
            parent.addChildNode(node, anchor)
        if active is not None:
            back = active.uniqueId().toString()
            QTimer.singleShot(120, lambda: self.activate(back))

    def _top_of_ours(self, anchor):
        """The topmost of our results that lie right above `anchor`: a newer one must not hide below an older one."""
        parent = anchor.parentNode() if anchor is not None else None
        if parent is None:
            return anchor
        siblings = parent.childNodes()
        ids = [node.uniqueId().toString() for node in siblings]
        at = ids.index(anchor.uniqueId().toString())
        while at + 1 < len(siblings) and ids[at + 1] in _placed:
            at += 1
        return siblings[at]

    def activate(self, layer_id):
        """Make the layer of that id the active one, when it is still there."""
        try:
            self.check()
        except Gone:
            return
        node = compat.node_by_id(self.document, layer_id)
        if node is not None:
            self.document.setActiveNode(node)

    def mask(self, layer_id, alpha, box, name):
        """Hide what `alpha` (0..255) leaves out of a layer, with a transparency mask that can be removed again."""
        node = compat.layer_above_masks(compat.node_by_id(self.document, layer_id) or self.document.activeNode())
        if node is None:
            raise Gone("The layer to be masked is gone.", remedy="The result is in the strip.")
        node.addChildNode(mask_of(self.document, alpha, box, name), None)

    def hide(self, layer_id):
        """Hide a layer, so that what lies above it shows alone."""
        node = compat.node_by_id(self.document, layer_id)
        if node is not None:
            node.setVisible(False)
            self.document.refreshProjection()

    def grow(self, frame):
        """Make the canvas the size of `frame`, whose corner may be left of or above the old one."""
        self.document.resizeImage(*frame)

    def scale(self, size):
        """Scale everything to `size`."""
        ppi = int(self.ppi)
        self.document.scaleImage(size.width, size.height, ppi, ppi, "Bicubic")

    def note(self, name):
        """A note of ours kept in the document, "" when there is none."""
        return compat.annotation(self.document, f"recraft/{name}")

    def keep_note(self, name, text):
        """Keep a note in the document."""
        compat.annotate(self.document, f"recraft/{name}", text)

    def centred(self, size):
        """The box of `size` in the middle of the canvas."""
        mine = self.size
        return Box((mine.width - size[0]) // 2, (mine.height - size[1]) // 2, *Size(*size))
