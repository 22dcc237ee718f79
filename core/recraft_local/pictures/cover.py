"""How opaque a hole becomes once it is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .offsets import grown
from .smooth import run_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

OPAQUE = 255
RING_PX = 6  # how far around a hole its transparency is looked up


def inside(alpha: Bytes, hole: NDArray[np.bool_]) -> int | Bytes:
    """How opaque the filled hole is: as its surroundings, running on from them where they differ."""
    if (alpha == OPAQUE).all():
        return OPAQUE
    around = alpha[grown(hole, RING_PX) & ~hole]
    if not around.size or around.min() == around.max():
        return int(around[0]) if around.size else OPAQUE
    run = run_on(alpha, hole)[hole]
    if np.isin(around, (0, OPAQUE)).mean() > 0.9:
        # Nearly all is either there or not: an edge that leads into the hole stays an edge.
        run = (run - 128) * 8 + 128
    return np.rint(np.clip(run, 0, OPAQUE)).astype(np.uint8)
