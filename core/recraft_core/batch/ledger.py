"""The batch's books: what became of each row, on the disk before the next step begins.

A row goes through "taken" (somebody is at it, nothing has been sent), "sent" (its request is on the way and may have
been charged) and ends as "done", "failed" or "doubtful" (sent, and nobody knows what became of it). A process that is
killed leaves the row in the state that it had; the ledger knows who was at it.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import locks, paths
from ..history.entry import runs
from ..shared.errors import StorageTrouble
from ..shared.i18n import say
from .files import is_url

NAME = ".recraft-batch.sqlite"
VERSION = 1
_WAIT_S = 30.0
_LONGEST_S = 2 * 3600.0  # of one step: the longest time-out that can be set, and as much again
_SHAPE = """CREATE TABLE IF NOT EXISTS rows (
    key TEXT PRIMARY KEY, name TEXT, request TEXT, stamp TEXT, content TEXT, state TEXT, units INTEGER, files TEXT,
    entries TEXT, error TEXT, pid INTEGER, host TEXT, at REAL, tries INTEGER, free INTEGER)"""
_COLUMNS = "key, name, request, stamp, content, state, units, files, entries, error, pid, host, tries, free, at"


@dataclass(frozen=True)
class Kept:
    """What the ledger has of a row. `request` is the digest of operation, options and names, `stamp` that of the
    files' lengths and times, `content` that of their bytes. `entries` are its ids in the history, oldest first.
    """

    key: str
    name: str = ""
    request: str = ""
    stamp: str = ""
    content: str = ""
    state: str = ""
    units: int = 0
    files: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    error: dict[str, Any] = field(default_factory=dict)
    pid: int = 0
    host: str = ""
    tries: int = 0
    free: bool = False
    at: float = 0.0

    @property
    def at_work(self) -> bool:
        """True while whoever took it still runs, on this computer. Each step of a row renews it."""
        fresh = abs(time.time() - self.at) < _LONGEST_S  # later, or before, the number belongs to another process
        return fresh and self.state in {"taken", "sent"} and self.host == platform.node() and runs(self.pid)


class Ledger:
    """The ledger in the file `path`. Threads and processes of one computer may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()

    def get(self, key: str) -> Kept | None:
        """What is known of a row."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM rows WHERE key = ?", key)  # noqa: S608 - our own names
        return rows[0] if rows else None

    def in_state(self, state: str) -> list[Kept]:
        """All rows in a state, the oldest first."""
        return self._rows(f"SELECT {_COLUMNS} FROM rows WHERE state = ? ORDER BY at", state)  # noqa: S608

    def outputs(self) -> frozenset[str]:
        """The files that rows have become."""
        with self._changing() as db:
            return self._outputs(db)

    def outputs_only(self) -> frozenset[str]:
        """The same of books that are none of ours: nothing is made or changed beside them. Raises StorageTrouble."""
        try:
            if not self.path.stat().st_size:  # whoever made them has not begun
                return frozenset()
            where = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(where, uri=True, timeout=_WAIT_S)) as db:
                return self._outputs(db)
        except (OSError, sqlite3.Error) as problem:
            raise StorageTrouble(
                say("The batch's ledger {path} cannot be used ({problem}).", path=self.path, problem=problem),
                remedy="Nothing was sent. Its results would be taken for input: make it readable, or move it away.",
            ) from problem

    def _outputs(self, db: sqlite3.Connection) -> frozenset[str]:
        rows = db.execute("SELECT key, files FROM rows WHERE files != '[]'").fetchall()
        return frozenset(str(Path(one).absolute()) for key, names in rows for one in self._placed(key, names))

    def _placed(self, key: str, names: str) -> tuple[str, ...]:
        """The files of a row where they are now: the folder of the books may have been moved or copied with them."""
        held = tuple(json.loads(names))
        if is_url(key) or Path(key).is_absolute():
            return held
        folder = Path(self.path.absolute().parent, key).parent
        return tuple(str(folder / Path(one).name) for one in held)

    def take(self, key: str, name: str, request: str, stamp: str, *, free: bool) -> bool:
        """Take a row that nobody else is at; False when somebody is. What was sent before for it is remembered."""
        with self._changing() as db:
            rows = self._rows(f"SELECT {_COLUMNS} FROM rows WHERE key = ?", key)  # noqa: S608
            record = rows[0] if rows else Kept(key)
            if record.at_work and record.pid != os.getpid():
                return False
            entries = record.entries if record.request == request else ()
            db.execute(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, 'taken', ?, ?, ?, '{}', ?, ?, ?, ?, ?)",
                (key, name, request, stamp, record.content, record.units, json.dumps(record.files), json.dumps(entries),
                 os.getpid(), platform.node(), time.time(), record.tries + 1, free),
            )  # fmt: skip
        return True

    def owned(self, key: str) -> None:
        """The calling process is at the row now, rather than the one that handed it out."""
        self._set(key, pid=os.getpid(), host=platform.node(), at=time.time())

    def filed(self, key: str, entry: str) -> None:
        """A request of the row stands in the history, and has not been sent yet."""
        with self._changing() as db:
            (held,) = db.execute("SELECT entries FROM rows WHERE key = ?", (key,)).fetchone() or ("[]",)
            db.execute("UPDATE rows SET entries = ? WHERE key = ?", (json.dumps([*json.loads(held), entry]), key))

    def sent(self, key: str) -> None:
        """The first byte of a request is about to leave."""
        self._set(key, state="sent", at=time.time())

    def done(self, key: str, *, units: int, files: Sequence[str], content: str) -> None:
        """The row's pictures are where they belong; without `files` they are those that were there before."""
        written = {"files": json.dumps([*files]), "units": units} if files else {}
        self._set(key, state="done", content=content, error="{}", at=time.time(), **written)

    def ended(self, key: str, state: str, error: dict[str, Any]) -> None:
        """The row ended as "failed" or "doubtful"."""
        self._set(key, state=state, error=json.dumps(error), at=time.time())

    def let_go(self, key: str, entries: Sequence[str] = ()) -> None:
        """Nothing was sent: the row is as if nobody had taken it."""
        self._set(key, state="open", entries=json.dumps([*entries]), at=time.time())

    def spent(self) -> int:
        """Units that the rows in it were charged."""
        with self._changing() as db:
            (units,) = db.execute("SELECT COALESCE(SUM(units), 0) FROM rows WHERE free = 0").fetchone()
        return int(units)

    def close(self) -> None:
        """Let go of this thread's connection."""
        db = self._own.__dict__.pop("db", None)
        if db is not None:
            db.close()

    def _set(self, key: str, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        with self._changing() as db:
            db.execute(f"UPDATE rows SET {names} WHERE key = ?", (*values.values(), key))  # noqa: S608

    def _rows(self, query: str, *values: Any) -> list[Kept]:
        with self._changing() as db:
            return [self._kept(row) for row in db.execute(query, values).fetchall()]

    def _kept(self, row: Sequence[Any]) -> Kept:
        key, name, request, stamp, content, state, units, files, entries, error, pid, host, tries, free, at = row
        return Kept(
            key, name, request, stamp, content, state, units, self._placed(key, files), tuple(json.loads(entries)),
            json.loads(error), pid, host, tries, bool(free), at,
        )  # fmt: skip

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A whole step: all of it is in the file afterwards, or nothing."""
        try:
            db = self._opened()
            if db.in_transaction:  # a step within a step
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has rolled back what it could not write
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as problem:
            raise StorageTrouble(
                say("The batch's ledger {path} cannot be used ({problem}).", path=self.path, problem=problem),
                remedy="Nothing more is sent. Check the disk, or choose another file with --ledger FILE.",
            ) from problem

    def _opened(self) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._own, "db", None)
        if held is not None and self._own.pid == os.getpid():
            return held
        folder = paths.make_folder(self.path.absolute().parent)
        if not locks.work(folder):
            raise sqlite3.OperationalError(os.strerror(errno.ENOLCK))
        db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            db.close()
            raise StorageTrouble(
                say("The ledger {path} is of another version ({version}).", path=self.path, version=version),
                remedy="Go on with the version that wrote it, or choose another file with --ledger FILE.",
            )
        db.execute(_SHAPE)
        db.execute(f"PRAGMA user_version = {VERSION}")
        self._own.db, self._own.pid = db, os.getpid()
        return db
