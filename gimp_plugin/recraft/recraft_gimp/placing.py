"""Results into the image: above what they were made from, in one undo step; nothing else changes.

The image may have been cropped, scaled or turned meanwhile: the result moves along where that can be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp

from . import drawings, metadata, painting, reading, texts
from .memory import memory
from . import layers as layers_
from .reading import PIXELS, own_format
from .shared.geometry import Box, Size
from .shared.i18n import say
from .shared.operations import OPERATIONS
from .shared.plugin.following import Move, follow, onto, within
from .shared.plugin.placement import foreign_box

if TYPE_CHECKING:
    from .reading import ImageContext
    from .shared.plugin.following import Fingerprint
    from .shared.protocol import Message


@dataclass
class PlacementOptions:
    """The user's wishes: `result` as in menu.RESULTS, `drawing` as in arguments.DRAWN, `about` goes into the parasite.

    `svg_file` is where the drawing is written too; `title` names the layers where the prompt stays out of the image.
    `selected`: only a selection was worked on; else the source may be hidden where it would show through.
    `profile` is the colour profile in whose numbers the result is, None for sRGB. `base` is what was sent, its box and
    pixels: a result whose image was closed meanwhile comes with that below it.
    """

    result: str = "layer"
    drawing: str = "shapes"
    svg_file: Any = None  # a Gio.File
    title: str = ""
    about: dict[str, Any] = field(default_factory=dict)
    selected: bool = False
    base: tuple[Any, ...] = ()
    profile: Gimp.ColorProfile | None = None
    canvas: Any = None  # the Size of the canvas the result was made for
    read: tuple[str, ...] = ()  # ids of the layers that showed in what was sent
    sent: str = "visible"  # or "layer"
    print: Fingerprint | None = None  # of what was sent
    lettered: str = ""  # the words of text layers that became lettering
    old: Gimp.Layer | None = None  # the earlier result that makes way
    within: Box | None = None  # what the result may not reach out of


@dataclass
class Placed:
    """What was made: the image it is in, the new layers (topmost first), and what there is to tell.

    `surprises` are those notes nobody would guess from looking: a person is told them in so many words.
    """

    image: Gimp.Image | None = None
    layers: list[Gimp.Layer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def surprise(self, text: str) -> None:
        """A note that is a surprise."""
        self.notes.append(text)
        self.surprises.append(text)


def place(
    context: ImageContext, result: Message, placement: PlacementOptions, chosen: Collection[int] | None = None
) -> Placed:
    """Place a worker's result; `chosen` are the numbers of its layers, all when None."""
    layers = [layer for index, layer in enumerate(result["layers"]) if chosen is None or index in chosen]
    placed = Placed(context.image)
    if placement.svg_file is not None:
        drawings.save(layers, result.blobs, placement.svg_file, placed)
    if not layers:
        return placed
    way = _way(context, placement, result, placed)
    _WAYS[way](context, result, layers, placement, placed)
    Gimp.displays_flush()
    return placed


def _way(context: ImageContext, placement: PlacementOptions, result: Message, placed: Placed) -> str:
    """What really can be done with the image as it is now."""
    if placement.result == "image" or not context.still:
        if context.image is not None and not context.still:
            placed.surprise("The image has been closed meanwhile; the result is in a new one.")
        return "image"
    if context.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        placed.surprise("This image is indexed and would lose the result's colours, so it is in a new image.")
        return "image"
    if placement.result in {"canvas", "scale"} and _size(context.image) != context.canvas:
        placed.surprise("The image has another size by now, so it was left alone; the result is in a new one.")
        return "image"
    _tell_depth(context.image, placed.notes)
    if placement.result == "canvas":
        return "canvas" if result.get("frame") else "image"
    return placement.result


def _tell_depth(image: Gimp.Image, notes: list[str]) -> None:
    if image.get_base_type() == Gimp.ImageBaseType.GRAY:
        notes.append("This image is greyscale: the result turned grey. Colours need Image > Mode > RGB.")
    if image.get_precision() not in (Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_LINEAR,
                                     Gimp.Precision.U8_PERCEPTUAL):  # fmt: skip
        notes.append("The result itself has 8 bits a channel.")


def _size(image: Gimp.Image) -> Size:
    return Size(image.get_width(), image.get_height())


@contextmanager
def one_step(image: Gimp.Image) -> Iterator[None]:
    """One undo step, closed whatever happens; never held open while anything is waited for."""
    with memory.alone():
        image.undo_group_start()
        try:
            yield
        finally:
            image.undo_group_end()


# --- ways -----------------------------------------------------------------------------------------------------------


_NO_PLACE = "The image changed too much to find the result's place. The result was not placed; it is in the history."
_PLACE_GONE = "The image was cropped, and the result's place is gone. The result was not placed; it is in the history."


def _as_layers(
    context: ImageContext, result: Message, layers: list[dict[str, Any]], placement: PlacementOptions, placed: Placed
) -> None:
    """Above what they were made from; of several the first lies on top and the others are hidden."""
    move = _moved(context, result, layers, placement)
    if move is None or not any(_lands(context.image, layer, move) for layer in layers):
        placed.surprise(_NO_PLACE if move is None else _PLACE_GONE)
        return
    if move.said() and placement.print is not None:
        placed.surprise(move.said())
    with one_step(context.image):
        _insert_all(context, context.image, result, layers, placement, placed, move)


def _in_place(
    context: ImageContext, result: Message, layers: list[dict[str, Any]], placement: PlacementOptions, placed: Placed
) -> None:
    """Into the layer itself, in one undo step; where that cannot be, as a layer above it."""
    cut_out = result["operation"] == "remove_background"
    box, data = _drawn(result, layers[0], placement)
    spot = layers_.spot_for(context.image, box, "into", active=_active(context))
    why = spot.note
    if len(layers) > 1:
        why = "Several results cannot all go into the layer, so each is a layer of its own."
    elif cut_out and placement.selected:
        why = "A part that was cut out cannot go into the layer. The result is a layer of its own."
    elif not why and placement.within is not None and layers_.alpha_locked(context.source):
        why = "The layer's transparency is locked. The result is a layer of its own."
    elif not why and (data is None or _moved(context, result, layers, placement) != Move()):
        why = "The image has changed meanwhile. The result is a layer of its own."
    if why:
        placed.surprise(why)
        _as_layers(context, result, layers, placement, placed)
        return
    layer = layers_.item(spot.target)
    with one_step(context.image):
        painting.paint(layer, box, data, own_format(layer) if placement.profile is not None else PIXELS, whole=cut_out)
    placed.layers.append(layer)


def _moved(
    context: ImageContext, result: Message, layers: list[dict[str, Any]], placement: PlacementOptions
) -> Move | None:
    """What happened to the canvas since the result was asked for, None where that cannot be told."""
    now = _size(context.image)
    if placement.print is not None:
        with reading.seeing(context, only_layer=placement.sent == "layer", without=placement.old) as look:
            return follow(placement.print, now, look) if look is not None else None
    if placement.canvas in (None, now):
        return Move()
    # Made without looking at the canvas, or for another one: centred, inside.
    box = Box(*layers[0]["box"])
    return onto(box, foreign_box(box.size, now))


def _lands(image: Gimp.Image, layer: dict[str, Any], move: Move) -> bool:
    """True when anything of the layer lies on the canvas."""
    return not move.box(Box(*layer["box"])).intersect(Box.of(_size(image))).empty


def _larger_canvas(
    context: ImageContext, result: Message, layers: list[dict[str, Any]], placement: PlacementOptions, placed: Placed
) -> None:
    frame = Box(*result["frame"])
    with one_step(context.image):
        context.image.resize(frame.width, frame.height, -frame.x, -frame.y)
        _insert_all(context, context.image, result, layers, placement, placed, _shift(-frame.x, -frame.y))


def _shift(dx: int, dy: int) -> Move:
    return Move(1, 0, dx, 0, 1, dy)


def _scaled_image(
    context: ImageContext, result: Message, layers: list[dict[str, Any]], placement: PlacementOptions, placed: Placed
) -> None:
    size = Box(*layers[0]["box"]).size
    with one_step(context.image):
        Gimp.context_push()
        Gimp.context_set_interpolation(Gimp.InterpolationType.LOHALO)
        context.image.scale(*size)
        Gimp.context_pop()
        _insert_all(context, context.image, result, layers, placement, placed, Move())


def _new_image(
    context: ImageContext, result: Message, layers: list[dict[str, Any]], placement: PlacementOptions, placed: Placed
) -> None:
    """Each picture an image of its own; with what it was made from below it where it is a part of that."""
    for layer in layers:
        box = Box(*layer["box"])
        lost = context.image is not None and not context.still
        rescued = placement.base if lost and box in placement.base[:1] else ()
        size, shift = (box.size, (-box.x, -box.y)) if rescued else _canvas_for(placement, result, box)
        image = Gimp.Image.new(*size, Gimp.ImageBaseType.RGB)
        image.undo_disable()
        if placement.profile is not None:
            image.set_color_profile(placement.profile)
        if rescued:
            own = placement.profile is not None
            painting.insert(image, (None, 0), "What it was made from", Box.of(size), rescued[1], own=own)
        _insert_all(None, image, result, [layer], placement, placed, _shift(*shift))
        image.undo_enable()
        image.clean_all()
        placed.image = image
        _show(image)


def _canvas_for(placement: PlacementOptions, result: Message, box: Box) -> tuple[Size, tuple[int, int]]:
    """Size of a new image for a result, and by how much the result moves there."""
    place, frame = result.get("place"), result.get("frame")
    if frame:
        frame = Box(*frame)
        return frame.size, (-frame.x, -frame.y)
    # A part of its canvas keeps its place on one of the same size; a picture of its own fills its image.
    part = place and placement.canvas and result["operation"] not in _ALONE and Box(*place) == box
    return (Size(*placement.canvas), (0, 0)) if part else (box.size, (-box.x, -box.y))


_ALONE = ("generate", "explore", "explore_similar", "variations", "crisp_upscale", "creative_upscale")


def _show(image: Gimp.Image) -> None:
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


def _insert_all(
    context: ImageContext | None,
    image: Gimp.Image,
    result: Message,
    layers: list[dict[str, Any]],
    placement: PlacementOptions,
    placed: Placed,
    move: Move,
) -> None:
    """The layers, from the last to the first; `context` is None in an image of their own."""
    items: list[Gimp.Layer] = []
    place = None
    for number, layer in enumerate(reversed(layers)):
        box, data = _drawn(result, layer, placement)
        if data is None:
            placed.notes.append("The result is transparent all over, so there is no layer of it; the history has it.")
            continue
        place = layers_.above(items[0]) if items else _place(context, image, move.box(box), placement, placed)
        item = _one(image, place, result, layer, placement, placed, (move, box, data))
        if number < len(layers) - 1:
            item.set_visible(False)
        items.insert(0, item)
    placed.layers += items
    if items:
        statement, prompt = result.get("provenance"), "prompt" in placement.about
        metadata.say(image, statement, alone=context is None, prompt=prompt)
    if items and isinstance(items[0], Gimp.Layer):
        image.set_selected_layers(items[:1])
    if items and context is not None:
        _hide(context, result, placement, placed)
        if placement.old is not None and layers_.spot_instead(image, placement.old):
            image.remove_layer(placement.old)
            # While the old one had that name, GIMP added a number.
            items[0].set_name(placement.title or layers[0]["name"])


def _place(
    context: ImageContext | None, image: Gimp.Image, box: Box, placement: PlacementOptions, placed: Placed
) -> tuple[Gimp.Item | None, int]:
    """(parent, position) of the first layer."""
    if context is None:
        return None, 0
    known: dict[str, Any]
    known = {"read": placement.read or None, "what": placement.sent, "ours": layers_.signed(image)}
    spot = layers_.spot_instead(image, placement.old) if placement.old is not None else None
    if placement.old is not None and spot is None:
        placed.surprise("The earlier result is gone or locked. The result is a layer of its own.")
    return layers_.place_of(image, spot or layers_.spot_for(image, box, active=_active(context), **known))


def _active(context: ImageContext) -> str:
    """The id of the layer it was asked for on, "" when that is gone."""
    there = context.source is not None and context.source.is_valid() and context.source.get_image() == context.image
    return str(context.source.get_id()) if there else ""


def _hide(context: ImageContext, result: Message, placement: PlacementOptions, placed: Placed) -> None:
    """What would show twice beside the result: its source under a cut-out, text layers beside their own lettering."""
    if result["operation"] == "remove_background" and not placement.selected:
        visible = placement.sent == "visible"
        made_from = [Gimp.Item.get_by_id(int(one)) for one in placement.read] if visible else [context.source]
        for layer in made_from:
            if layer is not None and layer.is_valid():
                layer.set_visible(False)
        placed.notes.append("What it was made from is hidden, nothing else of it changed.")
    for layer in texts.lettered(context.image, placement.lettered):
        layer.set_visible(False)
        note = say("The text layer “{name}” is hidden: its words are in the result.", name=layer.get_name())
        placed.notes.append(note)


def _drawn(result: Message, layer: dict[str, Any], placement: PlacementOptions) -> tuple[Box, Any]:
    """Box and pixels of one layer as small as what changed; no pixels where nothing would be seen."""
    box, data = Box(*layer["box"]), result.blobs[layer["pixels"]]
    if placement.within is not None:
        inner = box.intersect(placement.within)
        box, data = inner, within(data, box)(inner)
    if placement.selected and OPERATIONS[result["operation"]].shape in {"region", "picture"}:
        return painting.trimmed(box, bytes(data))
    return box, data


def _one(
    image: Gimp.Image,
    place: tuple[Gimp.Item | None, int],
    result: Message,
    row: dict[str, Any],
    placement: PlacementOptions,
    placed: Placed,
    drawn: tuple[Move, Box, Any],
) -> Gimp.Layer:
    """One layer at (parent, position) `place`; `drawn` are the move of the canvas, the box before it, and pixels."""
    move, box, data = drawn
    name, mark = placement.title or row["name"], layers_.mark({**placement.about, "image_id": row.get("image_id", "")})
    vectors = row.get("svg") is not None and placement.drawing != "layer" and result["operation"] != "outpaint"
    if vectors and not move.turned:
        whole = move.box(Box(*row["box"]))
        group = drawings.shapes(image, result.blobs[row["svg"]], whole, name, placement.drawing, place, placed, mark)
        if group is not None:
            return group
    target = move.box(box)
    size = Size(box.height, box.width) if move.b else box.size
    data = move.pixels(data, *box.size)
    at = Box(target.x, target.y, *size)
    masked, own = placement.result == "mask", placement.profile is not None
    layer = painting.insert(image, place, name, at, data, masked=masked, own=own, mark=mark)
    if target.size != size:
        layer.scale(target.width, target.height, False)
        layer.set_offsets(target.x, target.y)
    return layer
