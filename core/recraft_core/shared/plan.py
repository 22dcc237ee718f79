"""What one click will do, worked out before anything is read or sent: which box, which size, which price.

Pure arithmetic on the canvas's size and the selection's box, so that a plugin can show it while the user moves
the mouse, and the worker comes to the same plan from the same `Ask`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import frames, geometry, islands
from .contract import (
    DEFAULT_VECTOR_MODEL,
    ENDPOINTS,
    EXPANDS,
    MODELS,
    VECTOR_MODELS,
    client_limits,
    learnt,
    models_with,
    nearest_ratio,
)
from .errors import BadOption
from .fitting import check
from .geometry import Box, Limits, Size
from .i18n import N_, say
from .notes import at_home, price_text, scaled, told_price
from .operations import OPERATIONS, Operation
from .options import OPTIONS, TILES, Option

__all__ = ["Ask", "Plan", "at_home", "frame_of", "plan", "price_text", "wants_areas"]

# px² of one result: 2 GB as pixels. More could be asked and paid for, but hardly be placed.
_LARGEST = 500_000_000


@dataclass(frozen=True)
class Ask:
    """What the user asks for. `selection` is the box of all pixels with coverage above 0, None without one.

    `areas` are the boxes of its separate areas, where they are known: see `wants_areas` and `islands.areas`.
    """

    operation: str
    options: Mapping[str, Any] = field(default_factory=dict)
    canvas: Size | None = None
    selection: Box | None = None
    areas: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What will be done.

    `read` is the box of the canvas to hand over, `sent` the size it is scaled to, `padded` that size after
    mirroring up to the minimum; `place` is the box on the canvas where the result goes, None when it keeps its own
    size. `values` are the checked API options. `units` is the price, `sure` False when it is not documented.
    `notes` tell the user what is sent and what was changed. With `parts` it is several requests, a plan each, and
    `units` is the price of them all; `areas` are those of the selection that it, or each of them, is about.
    """

    operation: Operation
    endpoint: str
    values: Mapping[str, Any]
    ours: Mapping[str, Any]
    canvas: Size | None
    selection: Box | None
    units: int
    sure: bool
    read: Box | None = None
    sent: Size | None = None
    padded: Size | None = None
    place: Box | None = None
    notes: tuple[str, ...] = ()
    areas: tuple[Box, ...] = ()
    parts: tuple[Plan, ...] = ()

    @property
    def limits(self) -> Limits:
        """What the pictures of this call must keep to."""
        return client_limits(ENDPOINTS[self.endpoint].min_side)

    @property
    def scale(self) -> float:
        """How much larger (above 1) or smaller the picture is sent than it stands on the canvas."""
        return self.sent.width / self.read.width if self.sent and self.read else 1.0

    @property
    def price(self) -> str:
        """The price as shown before the click."""
        return told_price(self.units, self.known, sure=self.sure)

    @property
    def known(self) -> str:
        """How its price is known: see `contract.learnt.how_known`."""
        return learnt.how_known(ENDPOINTS[self.endpoint], self.values)


def plan(ask: Ask) -> Plan:
    """What `ask` will do. Raises BadOption with a remedy when it cannot be done; nothing is read, sent or charged."""
    operation = OPERATIONS.get(ask.operation)
    if operation is None:
        raise BadOption(
            say("There is no operation “{operation}”.", operation=ask.operation),
            remedy=say("Choose one of {choices}.", choices=", ".join(OPERATIONS)),
        )
    if ask.selection and ask.canvas and ask.selection.intersect(Box.of(ask.canvas)).empty and not operation.masked:
        ask = replace(ask, selection=None)  # it lies beside the canvas; only what needs one has to be told
    _check_canvas(operation, ask)
    fields, ours = _split(operation, ask.options)
    endpoint, values = _checked(operation, fields, ours, ask)
    row = ENDPOINTS[endpoint]
    units, sure = learnt.quote(row, values)
    bare = Plan(operation, endpoint, values, ours, ask.canvas, ask.selection, units, sure=sure)
    return _parted(_SHAPES[operation.shape](bare), bare, ask.areas)


def wants_areas(plan: Plan) -> bool:
    """True when the separate areas of the selection could make a difference to this plan: find them and plan again."""
    way = plan.ours.get("islands", "together")
    return plan.selection is not None and (way == "each" or (way in {"auto", "tiles"} and plan.scale < 1))


def _parted(whole: Plan, bare: Plan, areas: tuple[Box, ...]) -> Plan:
    """A request for each group of areas or each tile, where one for all would be scaled down or each was wished."""
    if not wants_areas(whole):
        return whole
    here = [one for one in areas if not one.intersect(_whole(whole)).empty]
    tiles, each = _tiles(whole, here), whole.ours["islands"] == "each"
    if whole.ours["islands"] == "tiles":
        return replace(_in_tiles(whole, bare, tiles), areas=areas) if len(tiles) > 1 else whole
    groups = [(one,) for one in here] if each else islands.gathered(here, lambda box: _sharp(bare, box))
    if len(groups) < 2:
        if each or len(tiles) < 2:
            return whole
        hint = say("“{choice}” would keep full detail, in {count} requests.", choice=say(TILES), count=len(tiles))
        return replace(whole, notes=(*whole.notes, hint))
    parts = tuple(replace(_region(replace(bare, selection=islands.around(group))), areas=group) for group in groups)
    note = say("{areas} separate areas in {requests} requests, {price} each", areas=len(here), requests=len(parts),
               price=whole.price)  # fmt: skip
    small = len([part for part in parts if part.scale < 1])
    more = N_("{what}; {small} of them scaled down.") if small else N_("{what}, all at full resolution.")
    note = say(more, what=note, small=small)
    return replace(whole, units=whole.units * len(parts), areas=areas, parts=parts, notes=(note,))


def _tiles(whole: Plan, areas: Sequence[Box]) -> list[Box]:
    """Tiles of the selected areas, each of which goes out unscaled with islands.AROUND px of its surroundings."""
    assert whole.selection is not None  # noqa: S101 - wants_areas has seen to it
    around = islands.AROUND + max(0, whole.ours["grow_px"] + whole.ours.get("spill_px", 0))
    side = min(whole.limits.max_side, int(whole.limits.max_pixels**0.5)) - 2 * around
    marked = [one.intersect(_whole(whole)) for one in areas or (whole.selection,)]
    return [tile for one in marked for tile in islands.grid(one, side)]


def _in_tiles(whole: Plan, bare: Plan, tiles: list[Box]) -> Plan:
    chosen = {**whole.values, **whole.ours}
    # More than one result, soft edges, edges drawn in, or other surroundings: seams, or no full detail.
    for name, usual in (("n", 1), ("feather_px", 0), ("grow_px", max(0, chosen["grow_px"])), ("context_px", None)):
        if chosen.get(name, usual) != usual:
            raise BadOption(
                say("{option} does not go with tiles.", option=say(OPTIONS[name].label)),
                remedy=say(
                    "Set it to {value}, or choose another way for separate areas.",
                    value=say("automatic") if usual is None else usual,
                ),
                option=name,
            )
    near = {**bare.ours, "context_px": islands.AROUND}
    parts = tuple(replace(_region(replace(bare, selection=tile, ours=near)), areas=(tile,)) for tile in tiles)
    note = say("At most {count} tiles at full detail, {price} each.", count=len(parts), price=whole.price)
    return replace(whole, units=whole.units * len(parts), parts=parts, notes=(note,))


def _sharp(bare: Plan, box: Box) -> bool:
    return _region(replace(bare, selection=box)).scale >= 1


def _check_canvas(operation: Operation, ask: Ask) -> None:
    if operation.picture and ask.canvas is None:
        remedy = "Open one, or name a picture file."
        raise BadOption(say("{verb} needs a picture.", verb=say(operation.verb)), remedy=remedy, option="picture")
    if ask.canvas and min(ask.canvas) < 1:
        raise BadOption(
            say("The canvas is {canvas} pixels.", canvas=ask.canvas),
            remedy="Open one with a picture.",
            option="picture",
        )
    if operation.masked and ask.selection is None:
        raise BadOption(
            say("{verb} needs a selection.", verb=say(operation.verb)),
            remedy="Select an area on the canvas, or give a mask file in which it is white.",
            option="mask",
        )
    if ask.selection and ask.canvas and ask.selection.intersect(Box.of(ask.canvas)).empty:
        raise BadOption("The selection lies outside the canvas.", remedy="Select an area on the canvas.", option="mask")


def _split(operation: Operation, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The API's options as given, and our own, read and filled with their defaults."""
    fields = {name: value for name, value in options.items() if name not in operation.ours and value is not None}
    ours = {name: OPTIONS[name].default for name in operation.ours}
    for name in operation.ours:
        if options.get(name) is not None:
            ours[name] = _read_own(OPTIONS[name], options[name])
    return fields, ours


def _read_own(option: Option, value: Any) -> Any:
    try:
        return option.rule.read(value)
    except ValueError as problem:
        raise BadOption(
            say("{label}: “{value}” does not fit.", label=say(option.label), value=value),
            remedy=str(problem),
            option=option.name,
        ) from None


def _checked(
    operation: Operation, fields: dict[str, Any], ours: Mapping[str, Any], ask: Ask
) -> tuple[str, dict[str, Any]]:
    """The endpoint to call and its checked values, with what the canvas lets us fill in."""
    unknown = bool(fields.get("model_id"))
    if operation.name == "generate" and not unknown:
        fields = _vector_model(fields, bool(ours["vector"]))
    if operation.row.parameter("size") and "size" not in fields and ask.canvas and operation.shape != "frame":
        area = ask.selection.size if ask.selection else ask.canvas
        fields = {**fields, "size": nearest_ratio(area.width, area.height)}
    if operation.unsaid and not str(fields.get("prompt", "")).strip():
        fields = {**fields, "prompt": operation.unsaid}
    values = check(operation.endpoint, fields)
    if operation.name != "generate" or unknown:
        return operation.endpoint, values
    return _generations(values), values


def _vector_model(fields: dict[str, Any], vector: bool) -> dict[str, Any]:
    model = fields.get("model")
    if not vector or model in VECTOR_MODELS:
        return fields
    if model in MODELS:
        twin = MODELS.get(f"{model}_vector")
        remedy = say("Choose {label}, or ask for pixels.", label=say(twin.label)) if twin else "Ask for pixels."
        raise BadOption(
            say("{label} makes pixels, not vectors.", label=say(MODELS[model].label)), remedy=remedy, option="model"
        )
    fitting = [name for name in models_with(str(fields.get("style"))) if name in VECTOR_MODELS]
    fallback = "recraftv3_vector" if "style_id" in fields else DEFAULT_VECTOR_MODEL
    if "style_references" in fields:
        fallback = next(name for name in VECTOR_MODELS if MODELS[name].takes("style_references"))
    return {**fields, "model": model or (fitting[0] if fitting else fallback)}


def _generations(values: Mapping[str, Any]) -> str:
    """The variant of the endpoint that holds the service to pixels or vectors; an own style may be either."""
    if MODELS[values["model"]].vector:
        return "generations/vector"
    return "generations" if {"style_id", "style_references"} & values.keys() else "generations/raster"


# --- shapes -------------------------------------------------------------------------------------------------------


def _whole(plan: Plan) -> Box:
    assert plan.canvas is not None  # noqa: S101 - _check_canvas has seen to it
    return Box.of(plan.canvas)


def _sending(plan: Plan, read: Box) -> Plan:
    """The plan with the size at which `read` goes out, and what to tell about it."""
    sent = geometry.fit(read.size, plan.limits)
    padded = geometry.padding(sent, plan.limits)
    return replace(plan, read=read, sent=sent, padded=padded, notes=(*plan.notes, *scaled(read.size, sent)))


def _region(plan: Plan) -> Plan:
    """The selection with its context; without a selection (where none is needed) the whole canvas."""
    whole = _whole(plan)
    if plan.selection is None:
        return replace(_sending(plan, whole), place=whole)
    marked = plan.selection.intersect(whole)
    reach = plan.ours.get("grow_px", 0) + plan.ours.get("spill_px", 0)
    if reach > 0:
        marked = marked.grown(reach).intersect(whole)
    margin = _margin(plan, marked)
    read = geometry.context_box(marked, whole.size, margin=margin, min_side=plan.limits.min_side)
    note = say("Only the selection and {margin} px around it are sent ({size}).", margin=margin, size=read.size)
    return replace(_sending(replace(plan, notes=() if read == whole else (note,)), read), place=read)


def _margin(plan: Plan, marked: Box) -> int:
    """Context in px: as asked, else half the selection's longer side, 128 at least, less where it would cost detail."""
    context_px = plan.ours.get("context_px")
    if context_px is not None:
        return int(context_px)
    margin = max(128, max(marked.size) // 2)
    while margin > 64:  # px of surrounding below which a fill no longer matches it
        context = marked.grown(margin).intersect(_whole(plan)).size
        if geometry.fit(context, plan.limits) >= context:
            break
        margin = max(64, margin * 3 // 4)
    return margin


def _whole_canvas(plan: Plan) -> Plan:
    return _sending(plan, _whole(plan))


def _enlarge(plan: Plan) -> Plan:
    whole = _whole_canvas(plan)
    if whole.scale >= 1:
        return whole
    note = "It is larger than what the service enlarges, so the result may be no larger than the original."
    return replace(whole, notes=(*whole.notes, note))


def _new(plan: Plan) -> Plan:
    """Nothing is read; in a host the result is placed inside the selection or the canvas."""
    return replace(plan, place=plan.selection or (Box.of(plan.canvas) if plan.canvas else None))


def _frame(plan: Plan) -> Plan:
    """The canvas grows: margins or a ratio become pixels on each side; only what borders them is sent."""
    whole = _whole(plan)
    size = str(plan.values.get("size", ""))
    if "x" in size:
        # An explicit size is a picture of its own, made by the service from the whole canvas.
        return _sending(plan, whole)
    grown = frames.with_ratio(whole, size) if size else frames.with_margins(whole, plan.values)
    frame = frames.zoomed(grown, plan.values)
    if frame == whole:
        raise BadOption(
            "The picture has this shape already; there is nothing to add.",
            remedy="Choose another ratio, or say how many pixels to add.",
            option="size" if size else "expand_right",
        )
    read = frames.bordering(whole, frame, plan.ours.get("context_px"), plan.limits.min_side)
    return _framed(plan, read, frame)


def _framed(plan: Plan, read: Box, frame: Box) -> Plan:
    """Sizes and margins in sent pixels. `place` is the part of the frame that the answer covers."""
    place = Box.between(
        *(outer if inner == edge else inner for inner, outer, edge in frames.edges(read, frame, _whole(plan)))
    )
    if place.size.area > _LARGEST:
        raise BadOption(
            say("The new canvas would be {size} pixels.", size=frame.size),
            remedy="Zoom out less, choose a ratio nearer to the picture's own, or add fewer pixels.",
            option="zoom_out_percentage",
        )
    limits = plan.limits
    scale = min(1.0, geometry.fit(place.size, limits).width / place.width)
    scale = max(scale, min(limits.min_side / min(read.size), limits.max_side / max(place.size)))
    sent = Size(*(max(limits.min_side, round(side * scale)) for side in read.size))
    across = frames.added((read.x - place.x, place.right - read.right), scale, limits.max_side - sent.width)
    down = frames.added((read.y - place.y, place.bottom - read.bottom), scale, limits.max_side - sent.height)
    margins = {name: by for name, by in zip(EXPANDS, (*across, *down)) if by}
    gone = {*EXPANDS, "size", "zoom_out_percentage"}
    other = {name: value for name, value in plan.values.items() if name not in gone}
    note = say("The new canvas is {frame}; {read} of the picture are sent.", frame=frame.size, read=read.size)
    return replace(
        plan,
        values={**other, **margins},
        read=read,
        sent=sent,
        padded=sent,
        place=place,
        notes=(note, *scaled(read.size, sent)),
    )


_SHAPES: Mapping[str, Callable[[Plan], Plan]] = {
    "region": _region,
    "picture": _region,
    "frame": _frame,
    "enlarge": _enlarge,
    "remix": _whole_canvas,
    "new": _new,
    "colours": lambda plan: replace(plan, read=(plan.selection or _whole(plan)).intersect(_whole(plan))),
    "words": lambda plan: plan,
}


def frame_of(plan: Plan) -> Box | None:
    """The whole new canvas of an expanding plan, in the old canvas's coordinates; None for every other plan."""
    if plan.operation.shape != "frame" or plan.place is None or plan.canvas is None:
        return None
    whole = Box.of(plan.canvas)
    return Box.between(
        min(whole.x, plan.place.x),
        min(whole.y, plan.place.y),
        max(whole.right, plan.place.right),
        max(whole.bottom, plan.place.bottom),
    )
