"""Give back to the system what a work has left behind, so that an idle engine is small."""

from __future__ import annotations

import contextlib
import ctypes
import gc


def give_back() -> None:
    """Free what nothing holds any more, the C library's stock of free pages included.

    After a work of hundreds of MB glibc keeps most of them for the next one. Elsewhere (Windows, macOS, musl) such
    memory goes back by itself, and there is no `malloc_trim`.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
