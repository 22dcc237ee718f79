"""One click in several requests: each on its way by itself, the results joined into one tight layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..imaging.compose import over
from ..imaging.mask import bounds
from ..imaging.pixels import Coverage, Pixels
from ..shared.errors import Cancelled, RecraftError
from ..shared.geometry import Box
from ..shared.i18n import say
from ..shared.islands import around
from ..shared.plan import Plan
from .placing import Layer
from .running import Outcome
from .sending import Reading, hard_mask

One = Callable[[Plan, Reading], Outcome]


def run_parts(plan: Plan, readings: Sequence[Reading], one: One) -> Outcome:
    """Carry out each part of `plan` with `one` and join what came.

    Each sees what those before it have made; one in which nothing is selected is left out. Where a part fails after
    others were paid for, those are what there is, and a note says the rest. Raises what the first one raises, and
    Cancelled.
    """
    done: list[Outcome] = []
    notes = list(plan.notes)
    for part, reading in zip(plan.parts, readings, strict=True):
        last = part is plan.parts[-1] and not done  # nothing at all: it says so itself
        if not (last or has_selected(part, reading)):
            continue
        try:
            done.append(within_areas(one(part, own_areas(part, seeing(part, reading, done)))))
        except RecraftError as trouble:
            if not done or isinstance(trouble, Cancelled):
                raise
            notes.append(
                say(
                    "{done} of {requests} requests went well; the others were not sent: {trouble}",
                    done=len(done),
                    requests=len(plan.parts),
                    trouble=trouble,
                )
            )
            break
    return joined(plan, done, notes)


def has_selected(part: Plan, reading: Reading) -> bool:
    """True when something in the part's own areas is selected firmly enough to be sent."""
    own = own_areas(part, replace(reading, pixels=None)).coverage
    return own is None or bool(hard_mask(part, own).any())


def within_areas(outcome: Outcome) -> Outcome:
    """Without what lies farther from the part's own areas than it was to reach: that is of other parts."""
    ours = outcome.plan.ours
    reach = math.ceil(max(0, ours["grow_px"]) + ours.get("spill_px", 0) + ours["feather_px"])
    return replace(outcome, layers=tuple(_only(layer, outcome.plan.areas, reach) for layer in outcome.layers))


def _only(layer: Layer, areas: Sequence[Box], reach: int) -> Layer:
    pixels = layer.drawn()
    out = np.zeros_like(pixels)
    for area in areas:
        inside = area.grown(reach).intersect(layer.box).moved(-layer.box.x, -layer.box.y)
        at = slice(inside.y, inside.bottom), slice(inside.x, inside.right)
        out[at] = pixels[at]
    return replace(layer, pixels=out, svg=b"")


def seeing(part: Plan, reading: Reading, done: Sequence[Outcome]) -> Reading:
    """The reading with what earlier parts have made laid over it."""
    pixels = reading.pixels
    for outcome in done:
        layer = outcome.layers[0]
        if pixels is not None and part.read is not None and not layer.box.intersect(part.read).empty:
            pixels = over(pixels, layer.drawn(), layer.box.moved(-part.read.x, -part.read.y))
    return replace(reading, pixels=pixels)


def own_areas(part: Plan, reading: Reading) -> Reading:
    """The reading with only the part's own areas selected: another part's may lie in the same box."""
    if reading.coverage is None or part.read is None:
        return reading
    coverage = np.zeros_like(reading.coverage)
    if reading.pixels is not None:
        # Selected and clear is nothing to fill from, whichever part it is about.
        np.copyto(coverage, reading.coverage, where=reading.pixels[..., 3] == 0)
    for area in part.areas:
        inside = area.intersect(part.read).moved(-part.read.x, -part.read.y)
        rows, columns = slice(inside.y, inside.bottom), slice(inside.x, inside.right)
        coverage[rows, columns] = reading.coverage[rows, columns]
    return replace(reading, coverage=coverage)


def joined(plan: Plan, done: Sequence[Outcome], notes: Sequence[str]) -> Outcome:
    """One outcome of them all: its first layer is made of their first layers, and so on."""
    count = min(len(outcome.layers) for outcome in done)
    layers = tuple(_one_layer([outcome.layers[index] for outcome in done]) for index in range(count))
    all_notes = [*notes, *(note for outcome in done for note in outcome.notes if note not in outcome.plan.notes)]
    first = done[0]
    units = sum(outcome.units for outcome in done)
    data = tuple(piece for outcome in done for piece in outcome.data)
    return Outcome(plan, layers, units, first.request_id, first.body, data, tuple(dict.fromkeys(all_notes)))


def _one_layer(layers: Sequence[Layer]) -> Layer:
    tight = [_trimmed(layer.box, layer.drawn()) for layer in layers]
    seen = [(box, pixels) for box, pixels in tight if not box.empty]
    if not seen:  # all of it was erased
        return layers[0]
    whole = around([box for box, _ in seen])
    out = np.zeros((whole.height, whole.width, 4), np.uint8)
    for box, pixels in seen:
        at = box.moved(-whole.x, -whole.y)
        part = out[at.y : at.bottom, at.x : at.right]
        np.copyto(part, pixels, where=pixels[..., 3:] > part[..., 3:])
    return Layer(layers[0].name, whole, out, b"", layers[0].image_id)


def _trimmed(box: Box, pixels: Pixels) -> tuple[Box, Pixels]:
    alpha: Coverage = pixels[..., 3]
    inner = bounds(alpha)
    return inner.moved(box.x, box.y), pixels[inner.y : inner.bottom, inner.x : inner.right]
