"""When a request may go out: at most so many a second and pictures a minute, and after a failed one a pause.

The limits hold for all doors and processes of a user together.

Each request takes its turn before it goes out: the moment from which on it keeps the limits, counting what every
other process has taken. Turns lie in a small database in the history's folder. Where none can be kept (a read-only
disk, a network drive without locks) the turns of this process alone count. Source of the limits: "Rate limits" of the
API's documentation, 5 requests a second and 100 pictures a minute for each user.
"""

from __future__ import annotations

import errno
import logging
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from .. import locks

log = logging.getLogger(__name__)

NAME = "turns-2.sqlite"
# A little longer than a second and a minute: what leaves evenly may arrive in bunches, and the first request of all
# waits for its connection (with 60.5 s the 101st picture came too soon, and was refused). It costs 4 s in 300 pictures.
_SECOND = 1.1
_MINUTE = 61.0
_WAIT_S = 2.0
_SHAPE = "CREATE TABLE IF NOT EXISTS turns (at REAL, pictures INTEGER, held INTEGER, taken REAL)"
# A turn that was taken later than now was taken by a clock that has been set back since: it says nothing. For so many
# s a process may wait for the database after it has looked at the clock.
_SLACK_S = 5.0
_OLD = "DELETE FROM turns WHERE at < ? OR taken > ?"
_TAKEN_BACK = """UPDATE turns SET pictures = 0 WHERE rowid = (SELECT rowid FROM turns
                 WHERE held = 0 AND pictures = ? AND at <= ? ORDER BY at DESC LIMIT 1)"""
# The longest single pause.
_LONGEST_S = 30.0
PATIENCE_S = 120.0
"""How long a service that is asked too often is waited for, in all."""

Turn = tuple[float, int]


def turn(taken: Sequence[Turn], now: float, pictures: int, per_second: int, per_minute: int) -> float:
    """The moment from `now` on when a request for so many pictures keeps the limits; `taken` in order of time."""
    at = max(now, taken[-1][0]) if taken else now
    if len(taken) >= per_second:
        at = max(at, taken[-per_second][0] + _SECOND)
    room = per_minute - min(pictures, per_minute)
    for when, count in reversed(taken):
        room -= count
        if room < 0:
            return max(at, when + _MINUTE)
    return at


def without(taken: Sequence[Turn], now: float, pictures: int) -> list[Turn]:
    """The turns, of which the newest past one for so many pictures made none after all."""
    past = [index for index, (when, count) in enumerate(taken) if when <= now and count == pictures]
    return [(when, 0 if past and index == past[-1] else count) for index, (when, count) in enumerate(taken)]


class Turns(Protocol):
    """Whoever gives out turns: the file of this user's processes, or a lock that computers share."""

    def take(self, pictures: int = 0) -> float:
        """Take the next turn for a request that makes so many pictures; seconds to wait until it comes."""

    def hold(self, seconds: float, pictures: int = 0) -> None:
        """The service refused a request for so many pictures and asked for a pause: no turn comes before it is over.

        The pictures count no longer: they were not made, and the request takes another turn.
        """


class Pacer:
    """Gives out turns. `folder` is where they lie; `clock` gives the time in s since 1970, one for all processes."""

    def __init__(
        self, folder: Path, per_second: int = 5, per_minute: int = 100, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = folder / NAME
        self._limits = (per_second, per_minute)
        self._clock = clock
        self._alone: list[Turn] = []
        self._last = 0.0
        self._guard = threading.Lock()

    def take(self, pictures: int = 0) -> float:
        """Take the next turn for a request that makes so many pictures; seconds to wait until it comes."""
        now = self._clock()
        try:
            at = self._shared(now, pictures)
        except (sqlite3.Error, OSError) as problem:
            log.info("turns are not shared with other processes: %s", problem)
            locks.work(self._path.parent)
            at = self._by_itself(now, pictures)
        return max(0.0, at - now)

    def hold(self, seconds: float, pictures: int = 0) -> None:
        """The service refused a request for so many pictures and asked for a pause: no turn comes before it is over."""
        now = self._clock()
        until = now + seconds
        with self._guard:
            self._forget(now)
            self._alone = [*without(self._alone, now, pictures), (until, 0)]
        try:
            with closing(self._opened()) as db:
                db.execute(_TAKEN_BACK, (pictures, now))
                db.execute("INSERT INTO turns VALUES (?, 0, 1, ?)", (until, now))
        except (sqlite3.Error, OSError) as problem:
            log.info("a pause is not shared with other processes: %s", problem)

    def _shared(self, now: float, pictures: int) -> float:
        with closing(self._opened()) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(_OLD, (now - 2 * _MINUTE, now + _SLACK_S))
            taken = db.execute("SELECT at, pictures FROM turns WHERE held = 0 ORDER BY at").fetchall()
            (held,) = db.execute("SELECT COALESCE(MAX(at), 0) FROM turns WHERE held = 1").fetchone()
            at = turn(taken, max(now, held), pictures, *self._limits)
            db.execute("INSERT INTO turns VALUES (?, ?, 0, ?)", (at, pictures, now))
            db.execute("COMMIT")
            return at

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if locks.absent(self._path.parent):
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
        db = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
        try:
            db.execute("PRAGMA synchronous = OFF")
            db.execute(_SHAPE)
        except BaseException:
            db.close()
            raise
        return db

    def _by_itself(self, now: float, pictures: int) -> float:
        with self._guard:
            self._forget(now)
            self._alone.sort()
            at = turn(self._alone, now, pictures, *self._limits)
            self._alone.append((at, pictures))
            return at

    def _forget(self, now: float) -> None:
        """Turns that are long over, and all of them once the clock has been set back."""
        over = now - 2 * _MINUTE
        self._alone = [one for one in self._alone if one[0] > over] if now > self._last - _SLACK_S else []
        self._last = now


def pause_after(attempt: int) -> float:
    """Seconds to wait after so many attempts that failed: 1, 2, 4 and so on with some jitter."""
    return min(_LONGEST_S, 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def pause_before(attempt: int, retry_after: float | None, left: float) -> float | None:
    """Seconds to wait before asking again; None when that is longer than anybody should wait."""
    if retry_after is not None:
        return max(1.0, retry_after) if retry_after <= left and left > 0 else None
    return min(pause_after(attempt + 1), left) if left > 0 else None
