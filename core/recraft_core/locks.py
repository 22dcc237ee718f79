"""Files that one process at a time may hold, and whether a folder can lock at all: some network drives cannot.

SQLite calls such a file "locked" then, however long it is waited for.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

_tried: dict[Path, bool] = {}


def absent(folder: Path) -> bool:
    """True where `work` has found that there are none; nothing is tried."""
    return not _tried.get(folder, True)


def work(folder: Path) -> bool:
    """True where files can be locked in `folder`: tried once a process, with a file that nobody else can hold."""
    if folder not in _tried:
        _tried[folder] = _lockable(folder / f".locks-{secrets.token_hex(4)}.tmp")
        if not _tried[folder]:
            log.warning("files in %s cannot be locked", folder)
    return _tried[folder]


@contextmanager
def alone(file: Path, wait_s: float) -> Iterator[None]:
    """`file` held by one process at a time, on every system; it is let go of when the process ends, however that comes.

    Raises OSError where files cannot be locked, sqlite3.OperationalError when another holds it longer than `wait_s`.
    """
    if not work(file.parent):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    with closing(sqlite3.connect(file, timeout=wait_s, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _lockable(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as base:
            base.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        return False
    else:
        return True
    finally:
        with suppress(OSError):
            file.unlink()
