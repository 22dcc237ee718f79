"""From GIMP's image to bytes: straight alpha, top row first, and the selection's coverage.

The formats are GEGL's: "R'G'B'A u8" is encoded (the primes matter), "Y u8" is the linear coverage GIMP keeps.
Whatever base type and precision the image has, GEGL converts. The numbers of an RGB image stay those of its own
colour space: in sRGB, wider colours would be cut, and the result would not meet its surroundings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp

from .shared.errors import BadOption
from .shared.geometry import Box, Size

PIXELS = "R'G'B'A u8"
COVERAGE = "Y u8"


@dataclass(frozen=True)
class ImageContext:
    """What the user has before them. `source` is the layer results go above; all None without an image.

    `name` and `layer_name` are for the history; `chosen` are the ids of the layers selected in GIMP when it was
    looked at; `closed` when there was an image and it has been closed.
    """

    image: Any = None
    source: Any = None
    layers: tuple[Gimp.Layer, ...] = ()
    canvas: Any = None  # a Size
    selection: Box | None = None
    name: str = ""
    layer_name: str = ""
    chosen: tuple[int, ...] = ()
    closed: bool = False

    @property
    def still(self) -> bool:
        """True while the image has not been closed."""
        return self.image is not None and self.image.is_valid()


def look(image: Gimp.Image | None, drawables: Iterable[Gimp.Drawable] | None) -> ImageContext:
    """The image with the layers meant: those handed over, else those selected."""
    if image is None:
        return ImageContext()
    if not image.is_valid():
        return ImageContext(closed=True)
    selected = tuple(image.get_selected_layers())
    layers = tuple(layer for layer in map(_layer_of, drawables or ()) if layer is not None) or selected
    source = layers[0] if layers else None
    canvas = Size(image.get_width(), image.get_height())
    return ImageContext(
        image, source, layers, canvas, selection_box(image), image.get_name(), source.get_name() if source else "",
        tuple(layer.get_id() for layer in selected),
    )  # fmt: skip


def look_again(context: ImageContext) -> ImageContext:
    """The same image as it is now: a dialog is not modal, so people select, paint, scale and close beside it."""
    if context.image is None:
        return context
    if not context.image.is_valid():
        return ImageContext(closed=True)
    handed = [layer for layer in context.layers if layer.is_valid()]
    now = tuple(layer.get_id() for layer in context.image.get_selected_layers())
    # The layers that were handed over count until others are selected.
    return look(context.image, handed if now == context.chosen and len(handed) == len(context.layers) else ())


def _layer_of(drawable: Gimp.Drawable) -> Gimp.Layer | None:
    """The layer a drawable is or belongs to; None for channels."""
    if isinstance(drawable, Gimp.LayerMask):
        return Gimp.Layer.from_mask(drawable)
    return drawable if isinstance(drawable, Gimp.Layer) else None


def selection_box(image: Gimp.Image) -> Box | None:
    """The box of all selected pixels, None when nothing is selected."""
    _, something, left, top, right, bottom = Gimp.Selection.bounds(image)
    return Box.between(left, top, right, bottom) if something else None


def quick_mask(context: ImageContext) -> bool:
    """True while GIMP's Quick Mask is on: the selection is then a picture to paint, and nothing is selected."""
    return context.still and context.image.get_channel_by_name("Qmask") is not None


def check(context: ImageContext, *, needs_picture: bool) -> None:
    """Raises BadOption where nothing could be read or placed."""
    if context.closed and needs_picture:
        raise BadOption(
            "The image has been closed.", remedy="Close this window and begin again in an open image.", option="closed"
        )
    if context.still and context.image.get_floating_sel() is not None:
        raise BadOption("There is a floating selection.", remedy="Anchor it first: Layer > Anchor Floating Selection.")


def pixels(context: ImageContext, box: Box, *, only_layer: bool = False) -> bytes:
    """RGBA bytes of `box` in canvas px: what is visible, or one layer alone; transparent where there is nothing."""
    with seeing(context, only_layer=only_layer) as look:
        return look(box)


@contextmanager
def seeing(context: ImageContext, *, only_layer: bool = False, without: Gimp.Layer | None = None) -> Iterator[Any]:
    """A function that reads pixels of a box as they are now, `without` one layer; None where the layer is gone."""
    if only_layer:
        layer = context.source
        yield (lambda box: layer_pixels(layer, box)) if layer is not None and layer.is_valid() else None
        return
    with _without(context.image, without) as image, visible(image) as layer:
        yield lambda box: layer_pixels(layer, box)


@contextmanager
def _without(image: Gimp.Image, layer: Gimp.Layer | None) -> Iterator[Gimp.Image]:
    """The image, or a passing copy of it in which the layer is hidden: hiding it here would be an undo step."""
    if layer is None or not layer.is_valid():
        yield image
        return
    places: list[int] = []
    item = layer
    while item is not None:
        places, item = [image.get_item_position(item), *places], item.get_parent()
    copy = image.duplicate()
    try:
        twin = copy.get_layers()[places[0]]
        for place in places[1:]:
            twin = twin.get_children()[place]
        twin.set_visible(False)
        yield copy
    finally:
        copy.delete()


@contextmanager
def visible(image: Gimp.Image) -> Iterator[Gimp.Layer]:
    """A passing layer that shows what the image shows. In an image of its own: an indexed one would lose colours."""
    passing = Gimp.Image.new_with_precision(1, 1, Gimp.ImageBaseType.RGB, _precision(image))
    profile = profile_of(image)
    if profile is not None:
        passing.set_color_profile(profile)
    try:
        yield Gimp.Layer.new_from_visible(image, passing, "Recraft")
    finally:
        passing.delete()


def _precision(image: Gimp.Image) -> Gimp.Precision:
    """The image's own, so that nothing is rounded twice; indexed pictures have 8 bit."""
    indexed = image.get_base_type() == Gimp.ImageBaseType.INDEXED
    return Gimp.Precision.U8_NON_LINEAR if indexed else image.get_precision()


def thumbnail(context: ImageContext, side: int) -> Any:
    """A GdkPixbuf of what is visible, at most `side` px long; GIMP scales it."""
    return context.image.get_thumbnail(side, side, Gimp.PixbufTransparency.KEEP_ALPHA)


def layer_pixels(layer: Gimp.Layer, box: Box, *, own: bool = True) -> bytes:
    """RGBA bytes of one layer in `box` (canvas px), transparent outside of the layer; its `own` numbers, or sRGB."""
    _, left, top = layer.get_offsets()
    return _read(layer, box.moved(-left, -top), own_format(layer) if own else PIXELS)


def profile_of(image: Gimp.Image) -> Gimp.ColorProfile | None:
    """The colour profile an RGB image has or is taken to have; None for grey and indexed ones, which travel in sRGB."""
    return image.get_effective_color_profile() if image.get_base_type() == Gimp.ImageBaseType.RGB else None


def colours_of(profile: Gimp.ColorProfile | None) -> str:
    """A name for the colour space of what is sent, for the history; "" for sRGB."""
    if profile is None:
        return ""
    space = profile.get_space(Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC)
    return "" if Babl.get_name(space) == "sRGB" else profile.get_label()


def own_format(drawable: Gimp.Drawable) -> str:
    """GEGL's name of RGBA with 8 bits in the drawable's own colour space; of sRGB where that is no RGB space."""
    space = Babl.format_get_space(drawable.get_format())
    # A format of another space is found by its name once it has been made.
    return Babl.get_name(Babl.format_with_space(PIXELS, space)) if Babl.space_is_rgb(space) else PIXELS


def coverage(image: Gimp.Image, box: Box) -> bytes:
    """The selection's coverage in `box`, one byte a pixel."""
    return _read(image.get_selection(), box, COVERAGE)


def _read(drawable: Gimp.Drawable, box: Box, kind: str) -> bytes:
    rectangle = Gegl.Rectangle.new(*box)
    return drawable.get_buffer().get(rectangle, 1.0, kind, Gegl.AbyssPolicy.NONE)


def own_box(layer: Gimp.Layer) -> Box:
    """The layer's box on the canvas."""
    _, left, top = layer.get_offsets()
    return Box(left, top, layer.get_width(), layer.get_height())
