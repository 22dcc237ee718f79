"""Pixels into layers: new ones, and those that are there already, as GIMP's own filters do it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gi.repository import Gegl, Gimp

from .reading import COVERAGE, PIXELS, own_format
from .shared.geometry import Box
from .shared.plugin.following import within

if TYPE_CHECKING:
    from .shared.protocol import Bytes


def trimmed(box: Box, data: bytes) -> tuple[Box, bytes | None]:
    """The box and RGBA bytes without empty rows and columns around: what was not selected is not even covered.

    None for the bytes where nothing is covered.
    """
    inner = covered(box, data[3::4])
    if inner is None:
        return box, None
    return inner, within(data, box)(inner)


def covered(box: Box, coverage: bytes) -> Box | None:
    """The box (canvas px) of what is not 0 in `coverage`, one byte a pixel of `box`; None where nothing is."""
    width = box.width
    rows = [coverage[at : at + width] for at in range(0, len(coverage), width)]
    seen = [number for number, row in enumerate(rows) if row.strip(b"\0")]
    if not seen:
        return None
    left = min(width - len(rows[number].lstrip(b"\0")) for number in seen)
    right = max(len(rows[number].rstrip(b"\0")) for number in seen)
    return Box(box.x + left, box.y + seen[0], right - left, seen[-1] + 1 - seen[0])


def _exact_spaces() -> dict[Gimp.Precision, Gimp.LayerColorSpace]:
    """Where a layer has to be composited in the image's own space, or the image's last bits change outside the layer.

    GIMP composites in linear light and converts whole tiles, there and back: in 32 bits that is not quite the
    identity, nor in 16 bits with a curve other than sRGB's. Seen in 3.0.4 and 3.2.6; 8 bits come back as they were.
    """
    precision, space = Gimp.Precision, Gimp.LayerColorSpace
    return {
        precision.U16_NON_LINEAR: space.RGB_NON_LINEAR, precision.U16_PERCEPTUAL: space.RGB_PERCEPTUAL,
        precision.HALF_NON_LINEAR: space.RGB_NON_LINEAR, precision.HALF_PERCEPTUAL: space.RGB_PERCEPTUAL,
        precision.U32_NON_LINEAR: space.RGB_NON_LINEAR, precision.U32_PERCEPTUAL: space.RGB_PERCEPTUAL,
        precision.FLOAT_NON_LINEAR: space.RGB_NON_LINEAR, precision.FLOAT_PERCEPTUAL: space.RGB_PERCEPTUAL,
        precision.DOUBLE_NON_LINEAR: space.RGB_NON_LINEAR, precision.DOUBLE_PERCEPTUAL: space.RGB_PERCEPTUAL,
    }  # fmt: skip


def insert(
    image: Gimp.Image,
    place: tuple[Gimp.Item | None, int],
    name: str,
    box: Box,
    data: Bytes,
    *,
    masked: bool = False,
    own: bool = False,
    mark: Gimp.Parasite | None = None,
) -> Gimp.Layer:
    """A new layer with the RGBA bytes of `box` (canvas px) at `place`, its parent and position there; `masked` moves
    its alpha into a mask.

    The bytes are sRGB, or in the image's `own` colour space. `mark` comes into the image with the layer.
    """
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if grey else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, name, box.width, box.height, kind, 100, image.get_default_new_layer_mode())
    exact = _exact_spaces().get(image.get_precision())
    if exact is not None:
        layer.set_composite_space(exact)
    data = bytes(data)
    coverage = data[3::4] if masked else b""
    _write(layer, Box.of(box.size), own_format(layer) if own else PIXELS, opaque(data) if masked else data)
    if mark is not None:
        layer.attach_parasite(mark)
    image.insert_layer(layer, *place)
    layer.set_offsets(box.x, box.y)
    if masked:
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(mask)
        _write(mask, Box.of(box.size), COVERAGE, coverage)
        layer.set_edit_mask(False)  # adding one turns painting towards it
    return layer


def _write(drawable: Gimp.Drawable, box: Box, kind: str, data: bytes) -> None:
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(*box), kind, data)
    buffer.flush()
    drawable.update(*box)


def paint(layer: Gimp.Layer, box: Box, data: Bytes, kind: str, *, whole: bool = False) -> None:
    """The RGBA bytes of `box` (canvas px, inside the layer; babl format `kind`) into the layer. What they cover in part
    is mixed with what is there; `whole`: they take its place, transparency too.
    """
    data = bytes(data)
    with _selected(layer.get_image(), box, None if whole else data[3::4]):
        if whole and not layer.has_alpha():
            layer.add_alpha()
        _, left, top = layer.get_offsets()
        own = box.moved(-left, -top)
        buffer = layer.get_shadow_buffer()
        buffer.set(Gegl.Rectangle.new(*own), kind, data if whole else opaque(data))
        buffer.flush()
        layer.merge_shadow(True)
        layer.update(*own)


@contextmanager
def _selected(image: Gimp.Image, box: Box, coverage: bytes | None) -> Iterator[None]:
    """Select the box by `coverage`, one byte a pixel, or all of it; afterwards what was selected before."""
    active, selection = image.get_selected_layers(), Gimp.Selection.save(image)
    if coverage is None:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *box)
    else:
        mask = image.get_selection()
        Gimp.Selection.none(image)
        _write(mask, box, COVERAGE, coverage)
    try:
        yield
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, selection)
        image.remove_channel(selection)
        image.set_selected_layers(active)  # the channel was the chosen one


def opaque(data: bytes) -> bytes:
    """The RGBA bytes without transparency."""
    whole = bytearray(data)
    whole[3::4] = b"\xff" * (len(whole) // 4)
    return bytes(whole)
