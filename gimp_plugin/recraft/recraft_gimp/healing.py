"""Heal Transparency: what is transparent in a layer counts as selected, whatever else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .painting import covered
from .reading import layer_pixels, own_box
from .shared.errors import BadOption
from .shared.geometry import Box

if TYPE_CHECKING:
    from .reading import ImageContext

# By alpha: the colour of what is seen in part is no surrounding to fill from, and the fill takes its place.
_HOLES = b"\xff" * 255 + b"\0"


def coverage(context: ImageContext, box: Box) -> bytes:
    """255 for each pixel of `box` (canvas px) that is transparent in the layer, wholly or in part, else 0."""
    return layer_pixels(context.source, box)[3::4].translate(_HOLES)


def box(context: ImageContext) -> Box | None:
    """The box (canvas px) of all that is transparent in the layer, where it lies on the canvas; None without an image.

    Raises BadOption when there is no layer, or nothing transparent in it.
    """
    if not context.still:
        return None
    if context.source is None:
        raise BadOption("No layer is selected.", remedy="Select the layer that has holes.")
    whole = own_box(context.source).intersect(Box.of(context.canvas))
    holes = covered(whole, coverage(context, whole)) if not whole.empty else None
    if holes is None:
        raise BadOption("Nothing in this layer is transparent.", remedy="Select the layer that has holes.")
    return holes
