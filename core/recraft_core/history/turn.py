"""One process at a time where files cannot be locked: a folder that whoever holds it has given its name.

A folder cannot be renamed to the name of one that is not empty, on any file system. What stands in it tells who that
is, so that one left behind by a process that was killed is taken away.
"""

from __future__ import annotations

import errno
import os
import platform
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from .entry import runs

# Windows calls a name that is taken a permission that is missing.
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.EACCES, errno.EPERM}
_LOOK_S = 0.02


class Turn:
    """The turn to change what is in a folder; `name` is given to the folder that stands for it."""

    def __init__(self, name: Path) -> None:
        self._name = name
        self._held = False

    def take(self, wait_s: float) -> None:
        """Wait for it, up to `wait_s` s. Raises OSError (EBUSY) when another process keeps it, or as the disk does."""
        mine = self._fresh()
        mine.mkdir(mode=0o700)
        (mine / f"{os.getpid()}@{platform.node()}").touch()
        end = time.monotonic() + wait_s
        try:
            while not self._taken(mine):
                self._clear()
                self._wait(end)
        except BaseException:
            shutil.rmtree(mine, ignore_errors=True)
            raise

    def _wait(self, end: float) -> None:
        if time.monotonic() > end:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(self._name))
        time.sleep(_LOOK_S)

    def let_go(self) -> None:
        """It is the next one's, if it was held."""
        if self._held:
            self._held = False
            self._remove()

    def _taken(self, mine: Path) -> bool:
        try:
            mine.rename(self._name)
        except OSError as problem:
            if problem.errno not in _TAKEN:
                raise
            return False
        self._held = True
        return True

    def _clear(self) -> None:
        """Take away what a process has left that does not run any more."""
        with suppress(OSError, ValueError):
            for one in self._name.iterdir():
                pid, _, host = one.name.partition("@")
                if host == platform.node() and not runs(int(pid)):
                    self._remove()

    def _remove(self) -> None:
        away = self._fresh()
        with suppress(OSError):
            self._name.rename(away)
        shutil.rmtree(away, ignore_errors=True)

    def _fresh(self) -> Path:
        return self._name.with_name(f".{self._name.name}-{secrets.token_hex(4)}.tmp")
