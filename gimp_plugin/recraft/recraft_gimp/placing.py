"""Results into the image: above what they were made from, in one undo step; nothing else changes.

The image may have been cropped, scaled or turned meanwhile: the result moves along where that can be told.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gi.repository import Gimp

from . import drawings, metadata, painting, reading, texts
from . import layers as layers_
from .reading import PIXELS, own_format
from .shared.geometry import Box, Size
from .shared.i18n import say
from .shared.operations import OPERATIONS
from .shared.plugin.following import Move, follow
from .shared.plugin.placement import foreign_box

PARASITE = "recraft"
PERSISTENT = 1 | 2  # kept in saved files, and undone with the layer


@dataclass
class How:
    """The user's wishes: `result` as in menu.RESULTS, `drawing` as in arguments.DRAWN, `about` goes into the parasite.

    `svg_file` is where the drawing is written too; `title` names the layers where the prompt stays out of the image.
    `selected`: only a selection was worked on; else the source may be hidden where it would show through.
    `profile` is the colour profile in whose numbers the result is, None for sRGB. `base` is what was sent, its box and
    pixels: a result whose image was closed meanwhile comes with that below it.
    """

    result: str = "layer"
    drawing: str = "shapes"
    svg_file: Any = None
    title: str = ""
    about: dict = field(default_factory=dict)
    selected: bool = False
    base: tuple = ()
    profile: Any = None
    canvas: Size | None = None  # the size of the canvas the result was made for
    read: tuple = ()  # ids of the layers that showed in what was sent
    what: str = "visible"  # or "layer": what was sent
    print: Any = None  # the Fingerprint of what was sent
    lettered: str = ""  # the words of text layers that became lettering
    old: Any = None  # the earlier result that makes way


@dataclass
class Placed:
    """What was made: the image it is in, the new layers (topmost first), and what there is to tell.

    `surprises` are those notes nobody would guess from looking: a person is told them in so many words.
    """

    image: Any = None
    layers: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    surprises: list = field(default_factory=list)
    kept: bool = False  # nothing was placed; the history has it

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


_NO_PLACE = (
    "The image was changed so much that its place cannot be told. The result is not placed; the history has it."
)
_PLACE_GONE = "The image was cropped, and its place is gone. The result is not placed; the history has it."


def _as_layers(sight, result, layers, how, placed):
    """Above what they were made from; of several the first lies on top and the others are hidden."""
    move = _moved(sight, result, layers, how)
    if move is None or not any(_lands(sight.image, layer, move) for layer in layers):
        placed.surprise(_NO_PLACE if move is None else _PLACE_GONE)
        placed.kept = True
        return
    if move.said() and how.print is not None:
        placed.surprise(move.said())
    with one_step(sight.image):
        _insert_all(sight, sight.image, result, layers, how, placed, move)


def _in_place(sight, result, layers, how, placed):
    """Into the layer itself, in one undo step; where that cannot be, as a layer above it."""
    cut_out = result["operation"] == "remove_background"
    box, data = _drawn(result, layers[0], how)
    found = layers_.spot_for(sight.image, box, "into", active=_active(sight))
    why = found.note
    if len(layers) > 1:
        why = "Several results cannot all go into the layer, so each is a layer of its own."
    elif cut_out and how.selected:
        why = "A part that was cut out cannot go into the layer. The result is a layer of its own."
    elif not why and (data is None or _moved(sight, result, layers, how) != Move()):
        why = "The image has changed meanwhile. The result is a layer of its own."
    if why:
        placed.surprise(why)
        _as_layers(sight, result, layers, how, placed)
        return
    layer = layers_.item(found.target)
    with one_step(sight.image):
        painting.paint(layer, box, data, own_format(layer) if how.profile is not None else PIXELS, whole=cut_out)
    placed.layers.append(layer)


def _moved(sight, result, layers, how):
    """What happened to the canvas since the result was asked for, None where that cannot be told."""
    now = _size(sight.image)
    if how.print is not None:
        with reading.seeing(sight, only_layer=how.what == "layer", without=how.old) as look:
            return follow(how.print, now, look) if look is not None else None
    if how.canvas in (None, now):
        return Move()
    # Made without looking at the canvas, or for another one: centred, inside.
    size = Box(*layers[0]["box"]).size
    box = foreign_box(size, now)
    share = box.width / size.width
    return Move(share, 0, box.x - layers[0]["box"][0] * share, 0, share, box.y - layers[0]["box"][1] * share)


def _lands(image, layer, move):
    """True when anything of the layer lies on the canvas."""
    return not move.box(Box(*layer["box"])).intersect(Box.of(_size(image))).empty


def _larger_canvas(sight, result, layers, how, placed):
    frame = Box(*result["frame"])
    with one_step(sight.image):
        sight.image.resize(frame.width, frame.height, -frame.x, -frame.y)
        _insert_all(sight, sight.image, result, layers, how, placed, _shift(-frame.x, -frame.y))


def _shift(dx, dy):
    return Move(1, 0, dx, 0, 1, dy)


def _scaled_image(sight, result, layers, how, placed):
    size = Box(*layers[0]["box"]).size
    with one_step(sight.image):
        Gimp.context_push()
        Gimp.context_set_interpolation(Gimp.InterpolationType.LOHALO)
        sight.image.scale(*size)
        Gimp.context_pop()
        _insert_all(sight, sight.image, result, layers, how, placed, Move())


def _new_image(sight, result, layers, how, placed):
    """Each picture an image of its own; with what it was made from below it where it is a part of that."""
    for layer in layers:
        box = Box(*layer["box"])
        rescued = how.base if sight.image is not None and not sight.still and box in how.base[:1] else ()
        size, shift = (box.size, (-box.x, -box.y)) if rescued else _canvas_for(how, result, box)
        image = Gimp.Image.new(*size, Gimp.ImageBaseType.RGB)
        image.undo_disable()
        if how.profile is not None:
            image.set_color_profile(how.profile)
        if rescued:
            own = how.profile is not None
            painting.insert(image, (None, 0), "What it was made from", Box.of(size), rescued[1], own=own)
        _insert_all(None, image, result, [layer], how, placed, _shift(*shift))
        image.undo_enable()
        image.clean_all()
        placed.image = image
        _show(image)


def _canvas_for(how, result, box):
    """Size of a new image for a result, and by how much the result moves there."""
    place, frame = result.get("place"), result.get("frame")
    if frame:
        frame = Box(*frame)
        return frame.size, (-frame.x, -frame.y)
    # A part of its canvas keeps its place on one of the same size; a picture of its own fills its image.
    part = place and how.canvas and result["operation"] not in _ALONE and Box(*place) == box
    return (Size(*how.canvas), (0, 0)) if part else (box.size, (-box.x, -box.y))


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
    "into": _in_place,
    "replace": _as_layers,
    "canvas": _larger_canvas,
    "scale": _scaled_image,
    "image": _new_image,
}


# --- layers ---------------------------------------------------------------------------------------------------------


def _insert_all(sight, image, result, layers, how, placed, move):
    """The layers, from the last to the first; `sight` is None in an image of their own."""
    made: list = []
    place = None
    for number, told in enumerate(reversed(layers)):
        box, data = _drawn(result, told, how)
        if data is None:
            placed.notes.append("The result is transparent all over, so there is no layer of it; the history has it.")
            continue
        place = layers_.above(made[0]) if made else _place(sight, image, move.box(box), how, placed)
        item = _one(image, place, result, told, how, placed, (move, box, data))
        if number < len(layers) - 1:
            item.set_visible(False)
        _sign(item, told, how)
        made.insert(0, item)
    placed.layers += made
    if made:
        told, prompt = result.get("provenance"), "prompt" in how.about
        metadata.say(image, told, alone=sight is None, prompt=prompt)
    if made and isinstance(made[0], Gimp.Layer):
        image.set_selected_layers(made[:1])
    if made and sight is not None:
        _hide(sight, result, how, placed)
        if how.old is not None and layers_.spot_instead(image, how.old):
            image.remove_layer(how.old)
            made[0].set_name(how.title or layers[0]["name"])  # while the old one had that name, GIMP added a number


def _place(sight, image, box, how, placed):
    """(parent, position) of the first layer."""
    if sight is None:
        return None, 0
    known = {"read": how.read or None, "what": how.what, "ours": layers_.signed(image, PARASITE)}
    found = layers_.spot_instead(image, how.old) if how.old is not None else None
    if how.old is not None and found is None:
        placed.surprise("The earlier result is gone or locked. The result is a layer of its own.")
    return layers_.place_of(image, found or layers_.spot_for(image, box, active=_active(sight), **known))


def _active(sight):
    """The id of the layer it was asked for on, "" when that is gone."""
    there = sight.source is not None and sight.source.is_valid() and sight.source.get_image() == sight.image
    return str(sight.source.get_id()) if there else ""


def _hide(sight, result, how, placed):
    """What would show twice beside the result: its source under a cut-out, text layers beside their own lettering."""
    if result["operation"] == "remove_background" and not how.selected:
        made_from = [Gimp.Item.get_by_id(int(one)) for one in how.read] if how.what == "visible" else [sight.source]
        for layer in made_from:
            if layer is not None and layer.is_valid():
                layer.set_visible(False)
        placed.notes.append("What it was made from is hidden, nothing else of it changed.")
    for layer in texts.lettered(sight.image, how.lettered):
        layer.set_visible(False)
        note = say("The text layer “{name}” is hidden: its words are in the result.", name=layer.get_name())
        placed.notes.append(note)


def _drawn(result, told, how):
    """Box and pixels of one layer as small as what changed; no pixels where nothing would be seen."""
    box, data = Box(*told["box"]), result.blobs[told["pixels"]]
    if how.selected and OPERATIONS[result["operation"]].shape in {"region", "picture"}:
        return painting.trimmed(box, bytes(data))
    return box, data


def _one(image, place, result, told, how, placed, drawn):
    """One layer at (parent, position) `place`; `drawn` are the move of the canvas, the box before it, and pixels."""
    move, box, data = drawn
    name = how.title or told["name"]
    vectors = told.get("svg") is not None and how.drawing != "layer" and result["operation"] != "outpaint"
    if vectors and not move.turned:
        whole = move.box(Box(*told["box"]))
        group = drawings.shapes(image, result.blobs[told["svg"]], whole, name, how.drawing, place, placed)
        if group is not None:
            return group
    target = move.box(box)
    size = Size(box.height, box.width) if move.b else box.size
    data = move.pixels(data, *box.size)
    at = Box(target.x, target.y, *size)
    layer = painting.insert(image, place, name, at, data, masked=how.result == "mask", own=how.profile is not None)
    if target.size != size:
        layer.scale(target.width, target.height, False)
        layer.set_offsets(target.x, target.y)
    return layer


def _sign(item, told, how):
    """Where the layer comes from, with the layer itself."""
    about = {**how.about, "image_id": told.get("image_id", "")}
    item.attach_parasite(Gimp.Parasite.new(PARASITE, PERSISTENT, json.dumps(about).encode()))
