"""Give back to the system what a work has left behind, so that an idle engine is small."""

from __future__ import annotations

import contextlib
import ctypes
import gc

_ARENAS = -8  # M_ARENA_MAX of glibc's malloc.h; others know no such number and do nothing


def give_back() -> None:
    """Free what nothing holds any more, the C library's stock of free pages included.

    After a work of hundreds of MB glibc keeps most of them for the next one. Elsewhere (Windows, macOS, musl) such
    memory goes back by itself, and there is no `malloc_trim`.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def share_one_stock() -> None:
    """Let all threads take memory from one stock, as `give_back` empties no other wholly; call it before they begin.

    Of a thread's own stock (an arena) glibc's `malloc_trim` leaves the end, up to 64 MB, and each thread that ran a
    network had one.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)
