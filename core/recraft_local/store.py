"""What the engine remembers: balance, styles, results, what explore made. In a folder, or for as long as it runs.

One SQLite database either way, so several workers may share the folder. Nothing is charged for a call that fails:
units are held before the work and taken once its results are kept. What a killed process held is let go at the next
start.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

_TABLES = """
create table if not exists account (one integer primary key check (one = 1), secret blob, user_id text, units integer);
create table if not exists holds (id text primary key, units integer);
create table if not exists styles (id text primary key, created real, body text);
create table if not exists results (id text primary key, data blob, media_type text, made real, expires real);
create table if not exists explored (id text primary key, made real, arguments text);
create table if not exists hits (at real, key text, pictures integer);
create index if not exists hits_at on hits (key, at);
"""
_FREE = "units - (select coalesce(sum(units), 0) from holds)"
# Without a folder results live in a file without a name: beyond this the oldest are forgotten as if they had expired.
NAMELESS_BYTES = 512 * 1024 * 1024
_HOLD_S = 3600.0  # how long an expired result is told apart from one that never was


class Kept(NamedTuple):
    """A stored result: `expired` results have no data any more."""

    data: bytes
    media_type: str
    expired: bool


class Store:
    """The engine's memory. `folder` None keeps all of it until `close`; `units` is the balance of a new account."""

    def __init__(self, folder: Path | None, units: int) -> None:
        # A file that has no name and is gone with the process: in memory the results of an afternoon would add up.
        path = ""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = str(folder / "engine.sqlite")
        self._nameless = folder is None
        self._lock = threading.RLock()
        self._base = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        if folder is not None:
            (folder / "engine.sqlite").chmod(0o600)
            self._base.execute("pragma journal_mode = wal")
        with self._changing() as base:
            for statement in _TABLES.split(";"):
                base.execute(statement)
            base.execute(
                "insert or ignore into account values (1, ?, ?, ?)", (secrets.token_bytes(32), str(uuid4()), units)
            )
            self._secret, self.user_id = base.execute("select secret, user_id from account").fetchone()

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._base.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: other threads and other workers see all of it or nothing."""
        with self._lock:
            self._base.execute("begin immediate")
            try:
                yield self._base
            except BaseException:
                self._base.execute("rollback")
                raise
            self._base.execute("commit")

    def _row(self, query: str, *values: Any) -> Any:
        with self._lock:
            return self._base.execute(query, values).fetchone()

    # Money.

    @property
    def balance(self) -> int:
        """Units left, without those held for calls under way."""
        return int(self._row(f"select {_FREE} from account")[0])  # noqa: S608 - our own words

    def hold(self, units: int, *, least: int) -> str | None:
        """Set units aside for a call; the name of the hold, or None when fewer than `least` are free."""
        name = str(uuid4())
        with self._changing() as base:
            query = f"insert into holds select ?1, ?2 from account where {_FREE} >= ?3"  # noqa: S608 - our own words
            return name if base.execute(query, (name, units, least)).rowcount else None

    def let_go(self, hold: str | None = None) -> None:
        """Give a hold back after a call that failed; without a name all of them, which a killed process left."""
        with self._changing() as base:
            base.execute("delete from holds where id = ?1 or ?1 is null", (hold,))

    def charge(self, hold: str, units: int) -> None:
        """Take what was held: the call has its results."""
        with self._changing() as base:
            base.execute("delete from holds where id = ?", (hold,))
            base.execute("update account set units = units - ?", (units,))

    def allow_request(self, key: str, per_second: float) -> bool:
        """Count a request of `key`; False when there were too many in the last second."""
        now = time.time()
        with self._changing() as base:
            # What lies ahead was counted before the clock was set back.
            base.execute("delete from hits where at < ? or at > ?", (now - 60, now))
            query = "select count(*) from hits where key = ? and at > ? and pictures = 0"
            if base.execute(query, (key, now - 1)).fetchone()[0] + 1 > per_second:
                return False
            base.execute("insert into hits values (?, ?, 0)", (now, key))
            return True

    def allow_pictures(self, key: str, count: int, per_minute: int) -> bool:
        """Count pictures asked for by `key`; False when that makes too many in the last minute."""
        now = time.time()
        with self._changing() as base:
            query = "select coalesce(sum(pictures), 0) from hits where key = ? and at > ?"
            if base.execute(query, (key, now - 60)).fetchone()[0] + count > per_minute:
                return False
            base.execute("insert into hits values (?, ?, ?)", (now, key, count))
            return True

    # Results.

    def keep(self, data: bytes, media_type: str, lifetime_s: float) -> str:
        """Store a result; its new image id."""
        image_id, now = str(uuid4()), time.time()
        with self._changing() as base:
            # The row outlives its data for a while, so that a late visitor is told that it expired.
            base.execute("delete from results where expires < ?", (now - _HOLD_S,))
            base.execute("update results set data = x'' where expires < ?", (now,))
            base.execute(
                "insert into results values (?, ?, ?, ?, ?)", (image_id, data, media_type, now, now + lifetime_s)
            )
            if self._nameless:
                _forget_oldest(base, now)
        return image_id

    def result(self, image_id: str, signature: str) -> Kept | None:
        """The result an address names; None when there is none or the signature is not ours."""
        if not hmac.compare_digest(self.signature(image_id).encode(), signature.encode()):
            return None
        row = self._row("select data, media_type, expires from results where id = ?", image_id)
        if row is None:
            return None
        expired = row[2] <= time.time()
        return Kept(b"" if expired else bytes(row[0]), row[1], expired)

    def signature(self, image_id: str) -> str:
        """43 characters that only this engine can write, as in the service's result addresses."""
        digest = hmac.new(self._secret, image_id.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def remember(self, image_id: str, arguments: Mapping[str, Any]) -> None:
        """Keep what explore made a picture from, for explore/similar."""
        with self._changing() as base:
            base.execute("insert into explored values (?, ?, ?)", (image_id, time.time(), json.dumps(arguments)))

    def explored(self, image_id: str) -> dict[str, Any] | None:
        """What explore made that picture from, or None."""
        row = self._row("select arguments from explored where id = ?", image_id)
        return None if row is None else dict(json.loads(row[0]))

    # Styles.

    def add_style(self, body: Mapping[str, Any]) -> str:
        """Keep a style made by `POST /styles`; its new id."""
        style_id = str(uuid4())
        with self._changing() as base:
            base.execute("insert into styles values (?, ?, ?)", (style_id, time.time(), json.dumps(body)))
        return style_id

    def style(self, style_id: str) -> dict[str, Any] | None:
        """What is kept of a style, or None."""
        row = self._row("select body from styles where id = ?", style_id)
        return None if row is None else dict(json.loads(row[0]))

    def styles(self) -> list[tuple[str, dict[str, Any]]]:
        """All own styles, oldest first."""
        with self._lock:
            rows = self._base.execute("select id, body from styles order by created, id").fetchall()
        return [(style_id, dict(json.loads(body))) for style_id, body in rows]

    def drop_style(self, style_id: str) -> bool:
        """Forget a style; False when there is none of that id."""
        with self._changing() as base:
            return base.execute("delete from styles where id = ?", (style_id,)).rowcount == 1


def _forget_oldest(base: sqlite3.Connection, now: float) -> None:
    rows = base.execute("select id, length(data) from results where length(data) > 0 order by made desc").fetchall()
    total = 0
    for position, (image_id, size) in enumerate(rows):
        total += size
        # The newest answer stays whole whatever its size.
        if total > NAMELESS_BYTES and position >= 6:
            base.execute("update results set data = x'', expires = ? where id = ?", (now, image_id))
