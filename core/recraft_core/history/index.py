"""A table of all entries, to search and to sum: SQLite, made from the files and made again whenever it is in doubt.

Rule 1: the files count, the index only finds them. Rule 2: no trouble with the index stops a paid result from being
filed; it is logged, and the next opening compares each entry's stamp and catches up. Rule 3: the index's write lock
is the one lock of the history, so that two processes never change one entry at once. Where no index can be kept
(a read-only disk, a network drive without locks) one is made in memory, and a turn (see turn.py) is the lock.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import locks, paths
from .entry import URL_LIFE_S, Entry
from .files import Files
from .turn import Turn

log = logging.getLogger(__name__)

# A new shape of the table gets a new name: two versions then do not rebuild each other's.
NAME = "index-1.sqlite"
_SHAPE = """
CREATE TABLE IF NOT EXISTS entries (
    id TEXT PRIMARY KEY, created REAL, operation TEXT, model TEXT, engine TEXT, charged INTEGER, risk INTEGER,
    status TEXT, starred INTEGER, answered REAL, seconds REAL, megapixels REAL, bytes INTEGER, fetch_by REAL,
    text TEXT, stamp TEXT, gone INTEGER
) WITHOUT ROWID
"""
_PUT = "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Index:
    """The table over `files`. Any thread may use it; another process's change is waited for up to `wait_s` seconds."""

    def __init__(self, files: Files, wait_s: float) -> None:
        self._files = files
        self._wait_s = wait_s
        self._path = files.root / NAME
        self._guard = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._turn = Turn(files.root / "changing")

    @contextlib.contextmanager
    def changing(self, *, sure: bool = False) -> Iterator[None]:
        """Hold the history's write lock. Without it the change is made all the same; `sure` raises StorageTrouble."""
        with self._guard:
            self._begin(sure=sure)
            try:
                yield
            except BaseException:
                self._end("ROLLBACK")
                raise
            self._end("COMMIT")

    def put(self, entry: Entry) -> None:
        """Take up an entry as it now is on disk; only inside `changing`."""
        try:
            self._open().execute(_PUT, _storable(self._row(entry)))
        except sqlite3.DatabaseError as problem:
            self._doubt(problem)

    def drop(self, id_: str) -> None:
        """An entry was removed: what it cost stays; only inside `changing`."""
        try:
            self._open().execute("UPDATE entries SET gone = 1 WHERE id = ?", (id_,))
        except sqlite3.DatabaseError as problem:
            self._doubt(problem)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query; a damaged index is made again first."""
        with self._guard:
            try:
                return self._open().execute(query, values).fetchall()
            except sqlite3.DatabaseError as problem:
                self._doubt(problem)
                return self._open().execute(query, values).fetchall()

    def rebuild(self) -> None:
        """Throw the index away and make it from the files."""
        with self._guard:
            self.close()
            with paths.telling("remove", self._path):
                try:
                    self._unlink()
                except PermissionError:  # on Windows, while another process has it open
                    self._empty()
            self._open()

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            if self._db is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._db.close()
            self._db = None

    def __del__(self) -> None:
        self.close()

    def _row(self, entry: Entry) -> tuple[Any, ...]:
        record = entry.record
        seconds = None if entry.status == "failed" else entry.seconds
        fetch_by = entry.answered + URL_LIFE_S if entry.answered and entry.waiting else None
        words = (record.operation, record.model, record.prompt, record.document, record.source_path)
        return (
            entry.id, entry.created, record.operation, record.model, record.engine, entry.charged, entry.at_risk,
            entry.status, entry.starred, entry.answered, seconds, record.megapixels, self._files.size(entry.id),
            fetch_by, "\n".join(words).casefold(), self._files.stamp(entry.id), 0,
        )  # fmt: skip

    def _begin(self, *, sure: bool) -> None:
        # The second try meets an index made anew where the first one met damage.
        if not (self._begun() or self._begun()):
            self._db = self._in_memory()
            self._db.execute("BEGIN IMMEDIATE")
        if not self._inode and self._files.root.is_dir():
            self._end("ROLLBACK")
            self._take_turn(sure=sure)
            self._begun()  # with what others have filed before it was our turn

    def _take_turn(self, *, sure: bool) -> None:
        try:
            self._turn.take(self._wait_s)
        except OSError as problem:
            if sure:
                raise paths.trouble("write", self._files.root / "changing", problem) from problem
            log.warning("the history is changed out of turn: %s", problem)

    def _begun(self) -> bool:
        try:
            self._open().execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as problem:
            self._doubt(problem)
            return False
        return True

    def _end(self, how: str) -> None:
        try:
            if self._db is not None and self._db.in_transaction:
                self._db.execute(how)
        except sqlite3.DatabaseError as problem:
            self._doubt(problem)
        finally:
            self._turn.let_go()

    def _doubt(self, problem: sqlite3.DatabaseError) -> None:
        """Close the index; the next opening checks it and catches up with the files."""
        log.warning("the history's index had to be closed: %s", problem)
        self.close()

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and not self._db.in_transaction:
            if not self._inode and locks.absent(self._files.root):
                self._catch_up(self._db)
            elif self._moved():
                self.close()
        if self._db is None:
            self._db = self._from_file() or self._in_memory()
        return self._db

    def _moved(self) -> bool:
        """True when another process has made the index anew, or the one in hand is in memory only."""
        try:
            return self._path.stat().st_ino != self._inode
        except OSError:
            return True

    def _from_file(self) -> sqlite3.Connection | None:
        if not self._files.root.is_dir() or locks.absent(self._files.root):
            return None
        try:
            return self._connected()
        except sqlite3.OperationalError as problem:
            # Locked, read only, full: making it anew would not help.
            log.warning("the history's index cannot be used: %s", problem)
            return None
        except sqlite3.DatabaseError as problem:
            log.warning("the history's index is damaged and made anew: %s", problem)
        try:
            self._unlink()
            return self._connected()
        except (sqlite3.DatabaseError, OSError) as problem:
            log.warning("the history's index cannot be made anew: %s", problem)
            return None

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            _prepare(db, self._wait_s, self._files.root)
            self._catch_up(db)
            self._inode = self._path.stat().st_ino
        except BaseException:
            db.close()
            raise
        return db

    def _in_memory(self) -> sqlite3.Connection:
        self._inode = 0
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        db.execute(_SHAPE)
        self._catch_up(db)
        return db

    def _catch_up(self, db: sqlite3.Connection) -> None:
        """Take up what the files say and the index does not: after a crash, a rebuild, a folder put back by hand."""
        db.execute("BEGIN IMMEDIATE")
        held = dict(db.execute("SELECT id, stamp FROM entries WHERE gone = 0"))
        for id_ in self._files.ids():
            if held.pop(id_, None) != self._files.stamp(id_):
                entry = self._files.load(id_)
                if entry is not None:
                    db.execute(_PUT, _storable(self._row(entry)))
        db.executemany("UPDATE entries SET gone = 1 WHERE id = ?", [(id_,) for id_ in held])
        for line in self._files.removed():
            db.execute(
                "INSERT OR IGNORE INTO entries (id, created, operation, model, engine, charged, risk, gone)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
                _storable(tuple(line.values())),
            )
        db.execute("COMMIT")

    def _empty(self) -> None:
        """Make the file forget everything. Raises OSError; one that is damaged counts no more, see `_from_file`."""
        try:
            with contextlib.closing(sqlite3.connect(self._path, timeout=self._wait_s, isolation_level=None)) as db:
                db.execute("DELETE FROM entries")
        except sqlite3.OperationalError as problem:  # locked, read only
            raise PermissionError(str(problem)) from problem
        except sqlite3.DatabaseError as problem:
            log.warning("the history's index is damaged and open elsewhere: %s", problem)

    def _unlink(self) -> None:
        for tail in ("", "-wal", "-shm"):
            self._path.with_name(NAME + tail).unlink(missing_ok=True)


_MOST = 10**12  # of whatever is counted: sums of it stay within what SQLite adds up


def _storable(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row as SQLite takes it, whatever a file held: one odd value must not make the index unreadable."""
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    if isinstance(value, int):
        return max(-_MOST, min(_MOST, value))
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if value is None or isinstance(value, float) else None


def _prepare(db: sqlite3.Connection, wait_s: float, folder: Path) -> None:
    end = time.monotonic() + wait_s
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as problem:
            # The change to WAL does not wait for its turn as other statements do. A disk that is full stays full, and
            # one without locks calls everything locked.
            if "locked" not in str(problem) or not locks.work(folder) or time.monotonic() > end:
                raise
            time.sleep(0.02)
    db.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
    db.execute("PRAGMA synchronous = NORMAL")
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("a page is damaged")
    db.execute(_SHAPE)
