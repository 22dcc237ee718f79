"""From GIMP's image to bytes: sRGB with straight alpha, top row first, and the selection's coverage.

The formats are GEGL's: "R'G'B'A u8" is encoded (the primes matter), "Y u8" is the linear coverage GIMP keeps.
Whatever base type, precision and profile the image has, GEGL converts.
"""

from contextlib import contextmanager
from dataclasses import dataclass

from gi.repository import Gegl, Gimp

from .shared.errors import BadOption
from .shared.geometry import Box, Size

PIXELS = "R'G'B'A u8"
COVERAGE = "Y u8"


@dataclass(frozen=True)
class Sight:
    """What the user has before them. `source` is the layer results go above; all None without an image."""

    image: object = None
    source: object = None
    layers: tuple = ()
    canvas: Size | None = None
    selection: Box | None = None

    @property
    def name(self):
        """The image's name for the history."""
        return self.image.get_name() if self.image else ""

    @property
    def layer_name(self):
        """The layer's name for the history."""
        return self.source.get_name() if self.source else ""

    @property
    def still(self):
        """True while the image has not been closed."""
        return self.image is not None and self.image.is_valid()


def look(image, drawables):
    """The image with the layers meant: those handed over, else those selected."""
    if image is None:
        return Sight()
    layers = tuple(layer for layer in map(_layer_of, drawables or ()) if layer is not None)
    layers = layers or tuple(image.get_selected_layers())
    canvas = Size(image.get_width(), image.get_height())
    return Sight(image, layers[0] if layers else None, layers, canvas, selection_box(image))


def _layer_of(drawable):
    """The layer a drawable is or belongs to; None for channels."""
    if isinstance(drawable, Gimp.LayerMask):
        return Gimp.Layer.from_mask(drawable)
    return drawable if isinstance(drawable, Gimp.Layer) else None


def selection_box(image):
    """The box of all selected pixels, None when nothing is selected."""
    _, something, left, top, right, bottom = Gimp.Selection.bounds(image)
    return Box.between(left, top, right, bottom) if something else None


def check(sight):
    """Raises BadOption where nothing could be placed."""
    if sight.image is not None and sight.image.get_floating_sel() is not None:
        raise BadOption("There is a floating selection.", remedy="Anchor it first: Layer > Anchor Floating Selection.")


def pixels(sight, box, *, only_layer=False):
    """RGBA bytes of `box` in canvas px: what is visible, or one layer alone; transparent where there is nothing."""
    if only_layer:
        if sight.source is None:
            raise BadOption("No layer is selected.", remedy="Select a layer, or read what is visible.")
        return layer_pixels(sight.source, box)
    with visible(sight.image) as layer:
        return layer_pixels(layer, box)


@contextmanager
def visible(image):
    """A passing layer that shows what the image shows. In an image of its own: an indexed one would lose colours."""
    passing = Gimp.Image.new_with_precision(1, 1, Gimp.ImageBaseType.RGB, _precision(image))
    try:
        yield Gimp.Layer.new_from_visible(image, passing, "Recraft")
    finally:
        passing.delete()


def _precision(image):
    """The image's own, so that nothing is rounded twice; indexed pictures have 8 bit."""
    indexed = image.get_base_type() == Gimp.ImageBaseType.INDEXED
    return Gimp.Precision.U8_NON_LINEAR if indexed else image.get_precision()


def thumbnail(sight, side):
    """A GdkPixbuf of what is visible, at most `side` px long; GIMP scales it."""
    return sight.image.get_thumbnail(side, side, Gimp.PixbufTransparency.KEEP_ALPHA)


def layer_pixels(layer, box):
    """RGBA bytes of one layer in `box` (canvas px), transparent outside of the layer."""
    _, left, top = layer.get_offsets()
    return _read(layer, box.moved(-left, -top), PIXELS)


def coverage(image, box):
    """The selection's coverage in `box`, one byte a pixel."""
    return _read(image.get_selection(), box, COVERAGE)


def _read(drawable, box, kind):
    rectangle = Gegl.Rectangle.new(*box)
    return drawable.get_buffer().get(rectangle, 1.0, kind, Gegl.AbyssPolicy.NONE)


def own_box(layer):
    """The layer's box on the canvas."""
    _, left, top = layer.get_offsets()
    return Box(left, top, layer.get_width(), layer.get_height())
