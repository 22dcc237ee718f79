"""Results into the image: above their source, in its group, in one undo step; nothing else changes."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field

from gi.repository import Gegl, Gimp

from . import drawings
from .reading import COVERAGE, PIXELS
from .shared.errors import BadOption
from .shared.geometry import Box, Size
from .shared.operations import OPERATIONS

PARASITE = "recraft"
PERSISTENT = 1 | 2  # kept in saved files, and undone with the layer


@dataclass
class How:
    """The user's wishes: `result` as in menu.RESULTS, `drawing` as in arguments.DRAWN, `about` goes into the parasite.

    `svg_file` is where the drawing is written too; `title` names the layers where the prompt stays out of the image.
    `selected`: only a selection was worked on; else the source may be hidden where it would show through.
    """

    result: str = "layer"
    drawing: str = "shapes"
    svg_file: object = None
    title: str = ""
    about: dict = field(default_factory=dict)
    selected: bool = False


@dataclass
class Placed:
    """What was made: the image it is in, the new layers (topmost first), and what there is to tell.

    `surprises` are those notes nobody would guess from looking: a person is told them in so many words.
    """

    image: object = None
    layers: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    surprises: list = field(default_factory=list)

    def surprise(self, text):
        """A note that is a surprise."""
        self.notes.append(text)
        self.surprises.append(text)


def place(sight, result, how, chosen=None):
    """Place a worker's result; `chosen` are the numbers of its layers, all when None."""
    layers = [layer for index, layer in enumerate(result["layers"]) if chosen is None or index in chosen]
    placed = Placed(sight.image)
    if how.svg_file is not None:
        drawings.save(layers, result.blobs, how.svg_file, placed)
    if not layers:
        return placed
    way = _way(sight, how, result, placed)
    if way != "image":
        _above(sight.image, sight.source)  # a locked group has to be told of before anything is changed
    _WAYS[way](sight, result, layers, how, placed)
    Gimp.displays_flush()
    return placed


def _way(sight, how, result, placed):
    """What really can be done with the image as it is now."""
    if how.result == "image" or not sight.still:
        if sight.image is not None and not sight.still:
            placed.surprise("The image has been closed meanwhile; the result is in a new one.")
        return "image"
    if sight.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        placed.surprise("This image is indexed and would lose the result's colours, so it is in a new image.")
        return "image"
    if how.result in {"canvas", "scale"} and _size(sight.image) != sight.canvas:
        placed.surprise("The image has another size by now, so it was left alone; the result is in a new one.")
        return "image"
    _tell_depth(sight.image, placed.notes)
    if how.result == "canvas":
        return "canvas" if result.get("frame") else "image"
    return how.result


def _tell_depth(image, notes):
    if image.get_base_type() == Gimp.ImageBaseType.GRAY:
        notes.append("This image is greyscale: the result turned grey. Colours need Image > Mode > RGB.")
    if image.get_precision() not in (Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_LINEAR,
                                     Gimp.Precision.U8_PERCEPTUAL):  # fmt: skip
        notes.append("The result itself has 8 bits a channel.")


def _size(image):
    return Size(image.get_width(), image.get_height())


@contextmanager
def one_step(image):
    """One undo step, closed whatever happens; never held open while anything is waited for."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


# --- ways -----------------------------------------------------------------------------------------------------------


def _as_layers(sight, result, layers, how, placed, *, shift=(0, 0)):
    """Above the source; of several the first lies on top and the others are hidden."""
    with one_step(sight.image):
        _insert_all(sight.image, sight.source, result, layers, how, placed, shift)


def _larger_canvas(sight, result, layers, how, placed):
    frame = Box(*result["frame"])
    with one_step(sight.image):
        sight.image.resize(frame.width, frame.height, -frame.x, -frame.y)
        _insert_all(sight.image, sight.source, result, layers, how, placed, (-frame.x, -frame.y))


def _scaled_image(sight, result, layers, how, placed):
    size = Box(*layers[0]["box"]).size
    with one_step(sight.image):
        Gimp.context_push()
        Gimp.context_set_interpolation(Gimp.InterpolationType.LOHALO)
        sight.image.scale(*size)
        Gimp.context_pop()
        _insert_all(sight.image, sight.source, result, layers, how, placed, (0, 0))


def _new_image(sight, result, layers, how, placed):
    """Each picture an image of its own; with what it was made from below it where it is a part of that."""
    for layer in layers:
        box = Box(*layer["box"])
        size, shift = _canvas_for(sight, result, box)
        image = Gimp.Image.new(*size, Gimp.ImageBaseType.RGB)
        image.undo_disable()
        _insert_all(image, None, result, [layer], how, placed, shift)
        image.undo_enable()
        image.clean_all()
        placed.image = image
        _show(image)


def _canvas_for(sight, result, box):
    """Size of a new image for a result, and by how much the result moves there."""
    place, frame = result.get("place"), result.get("frame")
    if frame:
        frame = Box(*frame)
        return frame.size, (-frame.x, -frame.y)
    # A part of the canvas keeps its place on a canvas of the same size; a picture of its own fills its image.
    part = place and sight.canvas and result["operation"] not in _ALONE and Box(*place) == box
    return (sight.canvas, (0, 0)) if part else (box.size, (-box.x, -box.y))


_ALONE = ("generate", "explore", "explore_similar", "variations", "crisp_upscale", "creative_upscale")


def _show(image):
    """A window for a new image where GIMP has windows at all."""
    try:
        Gimp.Display.new(image)
    except (RuntimeError, TypeError):
        return  # gimp-console has none; scripts find the image among the return values


_WAYS = {
    "layer": _as_layers,
    "mask": _as_layers,
    "canvas": _larger_canvas,
    "scale": _scaled_image,
    "image": _new_image,
}


# --- layers ---------------------------------------------------------------------------------------------------------


def _insert_all(image, source, result, layers, how, placed, shift):
    made, below = [], source
    for number, told in enumerate(reversed(layers)):
        item = below = _one(image, below, result, told, how, placed, shift)
        if number < len(layers) - 1:
            item.set_visible(False)
        _sign(item, told, how)
        made.insert(0, item)
    placed.layers += made
    if made and isinstance(made[0], Gimp.Layer):
        image.set_selected_layers(made[:1])
    if source is not None and made and result["operation"] == "remove_background" and not how.selected:
        # Above its own source a cut-out would show no difference at all.
        source.set_visible(False)
        placed.notes.append("The layer it was made from is hidden, nothing else of it changed.")


def _one(image, source, result, told, how, placed, shift):
    box = Box(*told["box"]).moved(*shift)
    name = how.title or told["name"]
    if told.get("svg") is not None and how.drawing != "layer" and result["operation"] != "outpaint":
        above = _above(image, source)
        group = drawings.shapes(image, result.blobs[told["svg"]], box, name, how.drawing, above, placed)
        if group is not None:
            return group
    data = result.blobs[told["pixels"]]
    if how.selected and OPERATIONS[result["operation"]].shape in {"region", "picture"}:
        box, data = trimmed(box, bytes(data))
    return insert(image, source, name, box, data, masked=how.result == "mask")


def trimmed(box, data):
    """The box and RGBA bytes without empty rows and columns around: what was not selected is not even covered."""
    alpha, width = data[3::4], box.width
    rows = [alpha[at : at + width] for at in range(0, len(alpha), width)]
    seen = [number for number, row in enumerate(rows) if any(row)]
    if not seen:
        return box, data
    left = min(width - len(rows[number].lstrip(b"\0")) for number in seen)
    right = max(len(rows[number].rstrip(b"\0")) for number in seen)
    kept = range(seen[0], seen[-1] + 1)
    small = b"".join(data[(number * width + left) * 4 : (number * width + right) * 4] for number in kept)
    return Box(box.x + left, box.y + seen[0], right - left, len(kept)), small


def _exact_spaces():
    """Where a layer has to be composited in the image's own space, or the image's last bits change outside the layer.

    GIMP composites in linear light and converts whole tiles, there and back: in 32 bits that is not quite the
    identity. Seen in 3.0.4 and 3.2.6; 8 and 16 bits come back as they were.
    """
    precision, space = Gimp.Precision, Gimp.LayerColorSpace
    return {
        precision.U32_NON_LINEAR: space.RGB_NON_LINEAR, precision.U32_PERCEPTUAL: space.RGB_PERCEPTUAL,
        precision.FLOAT_NON_LINEAR: space.RGB_NON_LINEAR, precision.FLOAT_PERCEPTUAL: space.RGB_PERCEPTUAL,
        precision.DOUBLE_NON_LINEAR: space.RGB_NON_LINEAR, precision.DOUBLE_PERCEPTUAL: space.RGB_PERCEPTUAL,
    }  # fmt: skip


def insert(image, source, name, box, data, *, masked=False):
    """A new layer with the RGBA bytes of `box` (canvas px), above `source`; `masked` moves its alpha into a mask."""
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if grey else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, name, box.width, box.height, kind, 100, image.get_default_new_layer_mode())
    exact = _exact_spaces().get(image.get_precision())
    if exact is not None:
        layer.set_composite_space(exact)
    data = bytes(data)
    coverage = data[3::4] if masked else b""
    _write(layer, box.size, PIXELS, _opaque(data) if masked else data)
    parent, position = _above(image, source)
    image.insert_layer(layer, parent, position)
    layer.set_offsets(box.x, box.y)
    if masked:
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(mask)
        _write(mask, box.size, COVERAGE, coverage)
        layer.set_edit_mask(False)  # adding one turns painting towards it
    return layer


def _opaque(data):
    whole = bytearray(data)
    whole[3::4] = b"\xff" * (len(whole) // 4)
    return bytes(whole)


def _write(drawable, size, kind, data):
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, *size), kind, data)
    buffer.flush()
    drawable.update(0, 0, *size)


def _above(image, source):
    """Parent and position above `source`, the top of the image where it is gone."""
    if source is None or not source.is_valid() or source.get_image() != image:
        return None, 0
    parent = source.get_parent()
    if parent is not None and parent.get_lock_content():
        raise BadOption(
            f"The group “{parent.get_name()}” is locked.", remedy="Unlock it, or place the result in a new image."
        )
    return parent, image.get_item_position(source)


def _sign(item, told, how):
    """Where the layer comes from, with the layer itself."""
    about = {**how.about, "image_id": told.get("image_id", "")}
    item.attach_parasite(Gimp.Parasite.new(PARASITE, PERSISTENT, json.dumps(about).encode()))
