"""Give back to the system what a work has left behind, so that an idle engine is small."""

from __future__ import annotations

import contextlib
import ctypes
import gc

# glibc's malloc.h: M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD. Others know no such numbers and do nothing.
_ARENAS, _OWN_MAPPING, _KEPT_AT_THE_END = -8, -3, -1
_MOST = 1 << 25  # bytes: the largest that glibc takes for M_MMAP_THRESHOLD


def give_back() -> None:
    """Free what nothing holds any more, the C library's stock of free pages included.

    After a work of hundreds of MB glibc keeps most of them for the next one. Elsewhere (Windows, macOS, musl) such
    memory goes back by itself, and there is no `malloc_trim`.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def share_one_stock() -> None:
    """Let all threads take memory from one stock that is kept until `give_back`; call it before they begin.

    Of a thread's own stock (an arena) glibc's `malloc_trim` leaves the end, up to 64 MB, and each thread that ran a
    network had one. Left to itself glibc also gives back each large array as it is freed and fetches it again, page by
    page, for the next one: a fifth of a cut-out's CPU.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENAS, 1)
        mallopt(_OWN_MAPPING, _MOST)
        mallopt(_KEPT_AT_THE_END, 32 * _MOST)
