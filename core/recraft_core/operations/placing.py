"""From the answer's pictures to layers on the canvas."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..imaging.compose import cut, difference
from ..imaging.decode import decode, sniff
from ..imaging.mask import feather, mask, spilt
from ..imaging.pixels import Coverage, Pixels, resize
from ..shared.errors import BadAnswer
from ..shared.geometry import Box, Size, contain
from ..shared.plan import Plan
from .sending import Reading, sends_svg


@dataclass(frozen=True)
class Layer:
    """One result, ready to be placed.

    `box` is where it belongs on the canvas (on a canvas of its own when there is none); `pixels` fill the box.
    `svg` is the drawing when the result is one; its pixels are then only there where it was cut to a selection.
    `index` is its picture's place in the answer, from 0. `notes` are sentences on what a drawing lacks here.
    """

    name: str
    box: Box
    pixels: Pixels | None = field(default=None, repr=False)
    svg: bytes = field(default=b"", repr=False)
    image_id: str = ""
    index: int = 0
    notes: tuple[str, ...] = ()

    def drawn(self) -> Pixels:
        """The pixels; a drawing is rasterised at the size of its box."""
        if self.pixels is not None:
            return self.pixels
        from ..imaging.svg import rasterise

        return rasterise(self.svg, self.box.size)


def place(plan: Plan, data: bytes, reading: Reading, *, name: str = "", image_id: str = "") -> Layer:
    """The layer for one picture of the answer. Raises BadAnswer or BadPicture when it cannot be used."""
    title = name or layer_name(plan)
    if sniff(data) == "svg":
        return _drawing(plan, data, reading, title, image_id)
    pixels = decode(data)
    if plan.place is None or plan.operation.shape in {"new", "remix", "enlarge"}:
        pixels = _trimmed(plan, _unpadded(plan, pixels))
        box = _natural_box(plan, Size(pixels.shape[1], pixels.shape[0]))
        return Layer(title, box, resize(pixels, box.size), b"", image_id)
    if plan.operation.shape == "frame":
        return Layer(title, plan.place, _around(plan, resize(pixels, plan.place.size)), b"", image_id)
    pixels = resize(_unpadded(plan, pixels), plan.place.size)
    if plan.operation.name == "remove_background":
        pixels = _own_colours(pixels, reading, plan)
    return Layer(title, plan.place, _cut(plan, pixels, reading), b"", image_id)


def layer_name(plan: Plan) -> str:
    """What the layer is called: the verb and the beginning of the prompt, where somebody wrote one."""
    prompt = str(plan.values.get("prompt") or "")
    if prompt == plan.operation.unsaid:
        return plan.operation.verb
    short = prompt if len(prompt) <= 40 else prompt[:39].rstrip() + "…"
    return f"{plan.operation.verb}: {short}"


def edge(plan: Plan, coverage: Coverage) -> Coverage:
    """The coverage with which the result is cut: the selection itself, grown and softened as asked."""
    grow, soft = plan.ours.get("grow_px", 0), plan.ours.get("feather_px", 0)
    if grow:
        hard = mask(coverage, threshold=plan.ours["threshold"], grow_px=grow)
        coverage = np.maximum(coverage, hard) if grow > 0 else np.minimum(coverage, hard)
    return feather(coverage, soft) if soft else coverage


def _cut(plan: Plan, pixels: Pixels, reading: Reading) -> Pixels:
    if plan.selection is None or reading.coverage is None:
        return pixels
    return cut(pixels, np.maximum(edge(plan, reading.coverage), _spilt(plan, pixels, reading)))


def _spilt(plan: Plan, pixels: Pixels, reading: Reading) -> Coverage:
    """Where what was drawn reaches past the selection: as far as was allowed, where it differs from what was there."""
    assert reading.coverage is not None  # noqa: S101 - whoever asks has one
    reach, grow = plan.ours.get("spill_px", 0), plan.ours.get("grow_px", 0)
    if not reach or reading.pixels is None:
        return np.zeros_like(reading.coverage)
    return spilt(
        mask(reading.coverage, threshold=plan.ours["threshold"], grow_px=grow),
        mask(reading.coverage, threshold=plan.ours["threshold"], grow_px=grow + reach),
        difference(pixels, reading.pixels),
    )


def _natural_box(plan: Plan, size: Size) -> Box:
    """A result of its own size: inside the place chosen for it, else on a canvas of its own."""
    if plan.place is None or plan.operation.shape not in {"new", "remix"}:
        return Box.of(size)
    box = contain(size, plan.place)
    # After trimming, rounding alone may keep it a pixel away.
    nearly = max(plan.place.width - box.width, plan.place.height - box.height) <= 1
    return plan.place if nearly else box


def _trimmed(plan: Plan, pixels: Pixels) -> Pixels:
    """A new picture of nearly the shape of its place fills it: the service makes only some shapes, so strips remain."""
    if plan.place is None or plan.operation.shape != "new":
        return pixels
    height, width = pixels.shape[:2]
    share = (width / height) / (plan.place.width / plan.place.height)
    if not 0.95 < share < 1.05:
        return pixels
    across, down = min(width, max(1, round(width / share))), min(height, max(1, round(height * share)))
    left, top = (width - across) // 2, (height - down) // 2
    return pixels[top : top + down, left : left + across]


def _unpadded(plan: Plan, pixels: Pixels) -> Pixels:
    """Without what was mirrored on at the right and bottom; the answer may have another scale than what was sent."""
    if plan.sent is None or plan.padded is None or plan.sent == plan.padded or plan.operation.shape == "remix":
        return pixels
    height, width = pixels.shape[:2]
    keep = Size(
        max(1, round(width * plan.sent.width / plan.padded.width)),
        max(1, round(height * plan.sent.height / plan.padded.height)),
    )
    return pixels[: keep.height, : keep.width]


def _around(plan: Plan, pixels: Pixels) -> Pixels:
    """Transparent where the canvas already has its own pixels."""
    assert plan.place is not None  # noqa: S101 - the plan of a growing frame has both
    assert plan.read is not None  # noqa: S101
    own = plan.read.moved(-plan.place.x, -plan.place.y)
    out = pixels.copy()
    out[own.y : own.bottom, own.x : own.right, 3] = 0
    return out


def _own_colours(pixels: Pixels, reading: Reading, plan: Plan) -> Pixels:
    """A cut-out that came back scaled keeps the canvas's own sharp colours wherever it is fully opaque."""
    if reading.pixels is None or plan.read is None or plan.sent == plan.read.size:
        return pixels
    solid = pixels[..., 3] >= 250  # below this the edge's colour was cleaned of the old background
    out = pixels.copy()
    out[solid, :3] = reading.pixels[solid, :3]
    return out


def _drawing(plan: Plan, data: bytes, reading: Reading, title: str, image_id: str) -> Layer:
    from ..imaging.svg import cropped, drawn, opened, resized

    drawing = opened(data)
    clean = drawing.data
    if plan.place is None or plan.operation.shape in {"new", "remix"}:
        return Layer(title, _natural_box(plan, drawing.natural), None, clean, image_id, notes=drawing.notes)
    if plan.sent and plan.padded and plan.sent != plan.padded:
        share = (plan.sent.width / plan.padded.width, plan.sent.height / plan.padded.height)
        clean = cropped(clean, *share)
    fitted = resized(clean, *plan.place.size)
    layer = Layer(title, plan.place, None, fitted, image_id, notes=drawing.notes)
    frame = plan.operation.shape == "frame"
    if not frame and (plan.selection is None or reading.coverage is None or sends_svg(plan, reading)):
        return layer
    raster = drawn(fitted, plan.place.size)
    pixels = _around(plan, raster.pixels) if frame else _cut(plan, raster.pixels, reading)
    return replace(layer, pixels=pixels, notes=(*drawing.notes, *raster.notes))


def check_count(plan: Plan, count: int) -> None:
    """Raises BadAnswer when the answer holds no picture although one was asked for."""
    if count == 0 and plan.operation.row.answer in {"images", "image"}:
        raise BadAnswer(
            "The service answered without a picture.",
            remedy="Look at the balance before you try again.",
            charged=True,
        )
