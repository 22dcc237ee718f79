"""From what the host read to the call that is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..api.wire import Call, File
from ..imaging.encode import encode_mask, encode_picture
from ..imaging.mask import mask
from ..imaging.pixels import Coverage, Pixels, mirror_pad, resize
from ..shared.contract import MODELS
from ..shared.contract.limits import MAX_COUNTED, MAX_STYLE_BYTES, MAX_STYLE_FILES
from ..shared.errors import BadOption
from ..shared.geometry import Box, Size, fit, padding
from ..shared.i18n import say
from ..shared.plan import Plan

if TYPE_CHECKING:
    from ..imaging.palette import Counted


@dataclass(frozen=True)
class Reading:
    """What the host handed over for `plan.read`: its pixels, and the selection's coverage of the same box.

    `svg` is the canvas itself where it is a drawing: the service takes it as it is in some operations.
    `pictures` are the references of a new style, or of a picture that follows theirs.
    """

    pixels: Pixels | None = field(default=None, repr=False)
    coverage: Coverage | None = field(default=None, repr=False)
    svg: bytes = field(default=b"", repr=False)
    pictures: Sequence[Pixels] = field(default=(), repr=False)


def prepare(plan: Plan, reading: Reading) -> Call:
    """The call for `plan`: pictures scaled, padded and encoded to the limits, the selection made a mask.

    Raises BadOption when the selection is empty at the chosen threshold, or a style's pictures do not suffice.
    """
    if plan.operation.name == "create_style" or "style_references" in plan.values:
        return Call(plan.endpoint, plan.values, _references(plan, reading.pictures))
    if plan.operation.shape == "colours":
        return Call(plan.endpoint, {**plan.values, "counted": _colours(reading)})
    if not plan.operation.picture:
        return Call(plan.endpoint, plan.values)
    files = [_picture(plan, reading)]
    if plan.operation.masked:
        encoded = encode_mask(_mask(plan, reading))
        files.append(File("mask", encoded.media_type, encoded.data))
    return Call(plan.endpoint, plan.values, tuple(files))


def keeps_colours(plan: Plan) -> bool:
    """True for an edit: it is made in the canvas's own colour space, since in sRGB wider colours would be cut.

    What is drawn anew, and every drawing, is sRGB.
    """
    model = MODELS.get(str(plan.values.get("model")))
    drawn = plan.operation.name == "vectorize" or (model is not None and model.vector)
    return plan.read is not None and plan.operation.shape in {"region", "picture", "frame", "enlarge"} and not drawn


def sends_svg(plan: Plan, reading: Reading) -> bool:
    """True when the canvas is a drawing that goes out as it is: taken there, whole, and within the limits."""
    whole = plan.canvas is not None and plan.read == Box.of(plan.canvas) and plan.sent == plan.read.size
    return bool(reading.svg) and plan.operation.row.takes_svg and whole


def _picture(plan: Plan, reading: Reading) -> File:
    if sends_svg(plan, reading) and len(reading.svg) <= plan.limits.max_bytes:
        return File(plan.operation.picture, "image/svg+xml", reading.svg)
    encoded = encode_picture(_fitted(plan, _present(reading.pixels)), max_bytes=plan.limits.max_bytes)
    return File(plan.operation.picture, encoded.media_type, encoded.data)


def _present(pixels: Pixels | None) -> Pixels:
    if pixels is None:
        raise BadOption("The picture is missing.", remedy="Open one, or name a picture file.", option="picture")
    if not pixels[..., 3].any():
        raise BadOption(
            "There is nothing to work on: what would be sent is transparent all over.",
            remedy="Show or choose a layer that has a picture there, or make one from words alone: Generate.",
            option="picture",
        )
    return pixels


def _colours(reading: Reading) -> Counted:
    from ..imaging.palette import counted

    colours = counted(_present(reading.pixels), reading.coverage, MAX_COUNTED)
    if not colours:
        raise BadOption("Nothing is selected.", remedy="Select an area with a picture in it.", option="mask")
    return colours


def _sizes(plan: Plan) -> tuple[Size, Size]:
    assert plan.sent is not None  # noqa: S101 - the plan of every operation with a picture has both
    assert plan.padded is not None  # noqa: S101
    return plan.sent, plan.padded


def _fitted(plan: Plan, pixels: Pixels) -> Pixels:
    sent, padded = _sizes(plan)
    return mirror_pad(resize(pixels, sent), padded)


def hard_mask(plan: Plan, coverage: Coverage) -> Coverage:
    """255 for each pixel of `plan.read` that is selected by the plan's own threshold and growth, else 0."""
    reach = plan.ours["grow_px"] + plan.ours.get("spill_px", 0)
    return mask(coverage, threshold=plan.ours["threshold"], grow_px=reach)


def _mask(plan: Plan, reading: Reading) -> Coverage:
    """0 or 255 at the size that is sent; black where the picture was padded."""
    sent, padded = _sizes(plan)
    if reading.coverage is None:
        raise BadOption("Nothing is selected.", remedy="Select an area on the canvas.", option="mask")
    hard = hard_mask(plan, reading.coverage)
    if not hard.any():
        raise BadOption(
            say("No pixel is selected to {threshold} of 255 or more.", threshold=plan.ours["threshold"]),
            remedy="Select an area with a firmer edge, lower the threshold, or grow the selection.",
            option="threshold",
        )
    scaled = resize(hard, sent)
    # What was selected must not vanish when a hair of it is scaled away.
    level = 128 if (scaled >= 128).any() else 1
    out = np.zeros((padded.height, padded.width), np.uint8)
    out[: sent.height, : sent.width] = np.where(scaled >= level, np.uint8(255), np.uint8(0))
    return out


def _references(plan: Plan, pictures: Sequence[Pixels]) -> tuple[File, ...]:
    """The pictures of a style, sharing its 5 MB. Source: "Endpoints", Create style."""
    if not pictures and not plan.values.get("source_styles"):
        remedy = say("Give 1 to {most} pictures, or styles to mix.", most=MAX_STYLE_FILES)
        raise BadOption("A style needs pictures.", remedy=remedy, option="files")
    if len(pictures) > MAX_STYLE_FILES:
        raise BadOption(
            say("These are {count} pictures.", count=len(pictures)),
            remedy=say("A style takes up to {most}.", most=MAX_STYLE_FILES),
            option="files",
        )
    weights = plan.values.get("image_weights")
    if weights is not None and len(weights) != len(pictures):
        raise BadOption(
            say(
                "There are {weights} picture weights for {pictures} pictures.",
                weights=len(weights),
                pictures=len(pictures),
            ),
            remedy="Give one weight per picture, or none.",
            option="image_weights",
        )
    share = (MAX_STYLE_BYTES - 1) // max(1, len(pictures))
    return tuple(_reference(plan, number, pixels, share) for number, pixels in enumerate(pictures, 1))


def _reference(plan: Plan, number: int, pixels: Pixels, max_bytes: int) -> File:
    if not pixels[..., 3].any():
        raise BadOption(
            say("Picture {number} is empty.", number=number), remedy="Choose another, or leave it out.", option="files"
        )
    size = fit(Size(pixels.shape[1], pixels.shape[0]), plan.limits)
    encoded = encode_picture(mirror_pad(resize(pixels, size), padding(size, plan.limits)), max_bytes=max_bytes)
    name = f"file{number}" if plan.operation.name == "create_style" else "style_references"
    return File(name, encoded.media_type, encoded.data)
