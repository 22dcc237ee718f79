"""The PatchMatch library, when it is installed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The library keeps its seed in one global, and ctypes lets other threads run meanwhile.
LOCK = threading.Lock()
PATCH_RADIUS = 3


def missing() -> str:
    """Why the library cannot be used, for the log; empty when it can."""
    try:
        from patchmatch import patch_match
    except ImportError:
        return "pypatchmatch is not installed"
    return "" if patch_match.patchmatch_available else "pypatchmatch does not load on this computer"


def filled(picture: NDArray[np.float32], hole: NDArray[np.bool_], seed: int) -> NDArray[np.float32]:
    """`picture`, (h, w, 3) 0..255, with its hole filled from the rest; the same seed gives the same pixels."""
    from patchmatch import patch_match

    pixels = np.ascontiguousarray(picture + 0.5).astype(np.uint8)
    pixels[hole] = 0
    with LOCK:
        patch_match.set_random_seed(seed)
        out = patch_match.inpaint(pixels, hole, patch_size=PATCH_RADIUS)
    guide = picture.copy()
    guide[hole] = out[hole]
    return guide
