"""The history's front door: file what was asked and what came back, find it again."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .. import paths
from ..redaction import redact_data
from ..shared.errors import BadOption, StorageTrouble
from ..shared.i18n import say
from .entry import FETCH_S, URL_LIFE_S, Engine, Entry, Picture, Record, suffix
from .files import Files, copied, new_id
from .index import Index

log = logging.getLogger(__name__)

_BY = {"day": "date(created, 'unixepoch', 'localtime')", "operation": "operation", "model": "model"}
_SPENT = (
    "SELECT {} AS name, SUM(charged) FROM entries"
    " WHERE engine = 'service' AND created >= ? AND charged > 0 GROUP BY name ORDER BY name"
)
_RISK = "SELECT COALESCE(SUM(risk), 0) FROM entries WHERE engine = 'service' AND created >= ?"
_FOUND = "SELECT id FROM entries WHERE gone = 0 AND (? = '' OR operation = ?) AND (? IS NULL OR starred = ?)"
_HAS_WORD = " AND instr(text, ?) > 0"
_NEWEST = " ORDER BY created DESC, id DESC LIMIT ? OFFSET ?"
_TIMED = (
    "SELECT seconds, megapixels FROM entries WHERE seconds IS NOT NULL AND operation = ?"
    " AND (? = '' OR engine = ?) AND (? = '' OR model = ?) ORDER BY created DESC LIMIT ?"
)

_MOST = 2**63 - 1  # the largest number SQLite takes
_LARGE_ANSWER = 1 << 20  # bytes; addresses and words take a few hundred


class Timing(NamedTuple):
    """How long one answer took, in s, and how large the sent picture was, in millions of px."""

    seconds: float
    megapixels: float


class History:
    """The history in `folder` (the user's own when None). Threads and processes may share it.

    Whatever cannot be written raises StorageTrouble. From `keep` that means: the picture's bytes are in the caller's
    hands only, and the caller still gives them to the user, with the error beside them. `clock` gives the time in
    s since 1970; `wait_s` is how long another process's change is waited for, in s.
    """

    def __init__(
        self, folder: Path | None = None, *, clock: Callable[[], float] = time.time, wait_s: float = 5.0
    ) -> None:
        self.folder = paths.here().history if folder is None else folder
        self._clock = clock
        self._files = Files(self.folder)
        self._index = Index(self._files, wait_s)

    # Filing, in the order of a call's life.

    def begin(
        self,
        record: Record,
        extras: Mapping[str, bytes] | None = None,
        *,
        allowed: Callable[[], None] = lambda: None,
    ) -> Entry:
        """File a request before it is sent; `extras` are files to keep with it, such as {"selection.png": …}.

        `allowed` may raise to forbid it. It is asked while nobody else, in this process or another, can begin, so that
        the sums it goes by hold all that was begun before. Should this raise, nothing was sent: do not send.
        """
        created = self._clock()
        id_ = new_id(created)
        entry = Entry(id_, self._files.entries / id_, record, created, extras=tuple(extras or ()), pid=os.getpid())
        fresh = self._files.add(entry, extras or {})
        try:
            with self._index.changing(sure=True):
                allowed()
                self._files.settle(fresh, entry)
                filed = self._files.load(id_) or entry
                self._index.put(filed)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)  # there only when it was not settled
        return filed

    def came(self, entry: Entry | str, raw: bytes) -> None:
        """File an answer as it came, before anything in it is read; `raw` gives it back."""
        held = self._held(entry)
        paths.write(self._files.raw(held.id), raw)

    def raw(self, entry: Entry | str) -> bytes | None:
        """The answer as it came; None where it was not filed."""
        return paths.read(self._files.raw(self._held(entry).id))

    def answered(
        self,
        entry: Entry | str,
        pictures: Sequence[tuple[str, str]],
        units: int,
        *,
        request_id: str = "",
        answer: Mapping[str, Any] | None = None,
        about: bool = False,
        extra: Collection[int] = (),
    ) -> Entry:
        """File the words of an answer before anything is downloaded.

        `pictures` is (image id, address or "") of each, `units` what was charged, `answer` the rest as plain data.
        `about` when the answer did not say what it cost; `extra` are the pictures beyond what was asked for.
        """
        now = self._clock()

        def change(held: Entry) -> Entry:
            here = (*held.pictures, *(Picture(),) * len(pictures))  # what came along is filed before the words
            named = enumerate(pictures)
            new = tuple(replace(here[at], image_id=id_, url=url, extra=at in extra) for at, (id_, url) in named)
            return replace(
                held, status="done" if held.status == "done" else "answered", answered=held.answered or now,
                charged=units, about=about, request_id=request_id or held.request_id, error={},
                pictures=new + held.pictures[len(new) :], answer=answer or {},
            )  # fmt: skip

        return self._change(entry, change)

    def keep(self, entry: Entry | str, index: int, data: bytes) -> Path:
        """File the bytes of picture `index` (from 0) as received, before they are decoded; answers the file.

        They are on the disk when this returns. StorageTrouble with `charged` set when they could not be filed: hand
        them to the user all the same.
        """
        held = self._held(entry)
        name = f"{index + 1}.{suffix(data)}"
        try:
            path = paths.write(held.folder / name, data)
        except StorageTrouble as problem:
            raise StorageTrouble(
                say("The picture could not be filed in the history. {what}", what=problem.what),
                remedy=say(
                    "It can be placed now but not again later, so save your work. {remedy}", remedy=problem.remedy
                ),
                charged=held.record.engine == "service",
            ) from problem
        try:
            self._change(held, lambda now: _with_file(now, index, name, len(data)))
        except StorageTrouble as problem:
            # The bytes are safe, and whoever reads the entry next finds them by their name.
            log.warning("picture %s of %s is filed, its entry is not: %s", index, held.id, problem)
        return path

    def finish(self, entry: Entry | str) -> Entry:
        """The result was placed or handed over: the entry is done."""
        now = self._clock()
        self._thin(self._held(entry))
        return self._change(entry, lambda held: replace(held, status="done", finished=now, error={}))

    def _thin(self, entry: Entry) -> None:
        """An answer that brought its pictures along need not lie there twice."""
        path = self._files.raw(entry.id)
        with contextlib.suppress(OSError):
            if entry.here and entry.here == len(entry.pictures) and path.stat().st_size > _LARGE_ANSWER:
                path.unlink()

    def fail(self, entry: Entry | str, error: Mapping[str, Any]) -> Entry:
        """The call went wrong; `error` is the error's `as_dict()`. Pictures filed or waiting stay reachable."""
        now = self._clock()
        return self._change(
            entry, lambda held: replace(held, status="failed", finished=now, error=redact_data(error))
        )

    def left(self, entry: Entry | str) -> Entry:
        """Nobody works on it any more: what is missing of it may be had later."""
        return self._change(entry, lambda held: replace(held, pid=0))

    def star(self, entry: Entry | str) -> Entry:
        """Mark an entry to be kept: pruning passes it over."""
        return self._change(entry, lambda held: replace(held, starred=True))

    def unstar(self, entry: Entry | str) -> Entry:
        """Take the star away."""
        return self._change(entry, lambda held: replace(held, starred=False))

    # Finding.

    def get(self, id_: str) -> Entry:
        """The entry of that id; the first characters of the id or of its last part will do.

        Raises BadOption when none or several begin so.
        """
        wanted = id_.strip()
        fitting = [wanted] if self._files.has(wanted) else [one for one in self._files.ids() if _begins(one, wanted)]
        if len(fitting) > 1:
            raise BadOption(
                say("“{wanted}” fits {count} entries of the history.", wanted=wanted, count=len(fitting)),
                remedy=say(
                    "Give more of the id: {ids}{more}.",
                    ids=", ".join(fitting[-4:]),
                    more=" …" if len(fitting) > 4 else "",
                ),
                option="id",
            )
        entry = self._files.load(fitting[0]) if fitting else None
        if entry is None:
            raise BadOption(
                say("The history has no entry “{wanted}”.", wanted=wanted),
                remedy="See the ids with: recraft history list.",
                option="id",
            )
        return entry

    def list(
        self, search: str = "", *, operation: str = "", starred: bool | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Entry, ...]:
        """Entries, newest first. Every word of `search` stands in the prompt, operation, model or document's name."""
        operation, *words = (_whole(word) for word in (operation, *search.casefold().split()))
        query = _FOUND + _HAS_WORD * len(words) + _NEWEST
        last = (min(limit, _MOST), min(offset, _MOST))
        rows = self._index.rows(query, (operation, operation, starred, starred, *words, *last))
        return self._loaded(rows)

    def files(self, entry: Entry | str) -> tuple[Path, ...]:
        """The picture files of an entry, in the answer's order."""
        held = self._held(entry)
        return tuple(held.folder / picture.file for picture in held.pictures if picture.file)

    def attached(self, entry: Entry | str, name: str) -> bytes | None:
        """What `begin` filed along under `name`; None when there is no such file."""
        held = self._held(entry)
        return paths.read(held.folder / name) if name in held.extras else None

    def pending(self, *, expired: bool = False) -> tuple[Entry, ...]:
        """Entries with pictures that were paid for but not fetched and still can be, oldest first.

        Addresses are good for 24 h. With `expired` also those whose time is over.
        """
        since = 0.0 if expired else self._clock()
        query = "SELECT id FROM entries WHERE gone = 0 AND fetch_by > ? ORDER BY created"
        return tuple(entry for entry in self._loaded(self._index.rows(query, (since,))) if entry.waiting)

    def unread(self) -> tuple[Entry, ...]:
        """Entries whose answer came and lies there as it came, but was never read to its end; oldest first."""
        query = "SELECT id FROM entries WHERE gone = 0 AND charged IS NULL ORDER BY created"
        entries = self._loaded(self._index.rows(query))
        return tuple(one for one in entries if one.outcome != "working" and self._files.raw(one.id).exists())

    def open(self) -> tuple[Entry, ...]:
        """Entries without an answer, oldest first; see `Entry.outcome` for which are still at work."""
        query = "SELECT id FROM entries WHERE gone = 0 AND status = 'asked' ORDER BY created"
        return tuple(entry for entry in self._loaded(self._index.rows(query)) if entry.status == "asked")

    def at_work(self) -> tuple[Entry, ...]:
        """Entries whose process, any of the user's, waits for the answer or fetches its pictures; oldest first."""
        query = "SELECT id FROM entries WHERE gone = 0 AND (status = 'asked' OR status = 'answered' AND answered > ?)"
        entries = self._loaded(self._index.rows(f"{query} ORDER BY created", (self._clock() - FETCH_S,)))
        return tuple(entry for entry in entries if entry.at_work)

    # Sums. The embedded engine's units are play money and do not count.

    def spent(self, since: float = 0.0) -> int:
        """Units the service charged from `since` (s since 1970) on, removed entries included."""
        return sum(self.spent_by("operation", since).values())

    def spent_by(self, name: Literal["day", "operation", "model"], since: float = 0.0) -> dict[str, int]:
        """The same per day of the user's clock ("2026-11-22"), per operation or per model."""
        return {str(key): int(units) for key, units in self._index.rows(_SPENT.format(_BY[name]), (since,))}

    def at_risk(self, since: float = 0.0) -> int:
        """Units asked for since then whose answer is open or was lost: they may have been charged."""
        return int(self._index.rows(_RISK, (since,))[0][0])

    def timings(
        self, operation: str, *, engine: Engine | Literal[""] = "", model: str = "", limit: int = 50
    ) -> tuple[Timing, ...]:
        """How long the last answers to an operation took, newest first."""
        values = (operation, engine, engine, model, model, limit)
        return tuple(Timing(*row) for row in self._index.rows(_TIMED, values))

    def expected_s(
        self, operation: str, megapixels: float = 0.0, *, engine: Engine = "service", model: str = ""
    ) -> float | None:
        """How long an answer will likely take, in s: the median of those alike; None when there is none to go by.

        Alike are those of the same model and about the same size (half to double), else of the same operation.
        """
        same = self.timings(operation, engine=engine, model=model) or self.timings(operation, engine=engine)
        chosen = [one for one in same if one.megapixels / 2 <= megapixels <= one.megapixels * 2] or same
        if not chosen:
            return None
        from statistics import median  # takes long to load, and a first command has nothing to go by

        return median(one.seconds for one in chosen)

    def size(self) -> int:
        """Bytes all entries take."""
        return int(self._index.rows("SELECT COALESCE(SUM(bytes), 0) FROM entries WHERE gone = 0")[0][0])

    # Keeping house.

    def export(self, entry: Entry | str, folder: Path) -> tuple[Path, ...]:
        """Copy an entry's pictures into `folder`; nothing there is overwritten. Answers the new files."""
        held = self._held(entry)
        paths.make_folder(folder)
        return tuple(
            copied(path, folder, f"{held.record.operation or 'recraft'}-{held.id}-{path.stem}")
            for path in self.files(held)
        )

    def remove(self, entry: Entry | str) -> None:
        """Remove an entry and its pictures; what it cost still counts in the sums."""
        held = self._held(entry)
        with self._index.changing():
            self._files.remove(held)
            self._index.drop(held.id)

    def prune(self, max_bytes: int) -> tuple[str, ...]:
        """Remove the oldest entries until all take at most `max_bytes`; answers their ids.

        Starred entries stay, and so do those still at work or with pictures that can still be fetched.
        """
        self._files.sweep()
        total, gone = self.size(), []
        oldest = "SELECT id, bytes FROM entries WHERE gone = 0 AND starred = 0 ORDER BY created, id"
        for id_, size in self._index.rows(oldest) if total > max_bytes else ():
            entry = self._files.load(id_)
            if total <= max_bytes:
                break
            if entry is not None and not self._needed(entry):
                self.remove(entry)
                gone.append(id_)
                total -= size
        return tuple(gone)

    def rebuild(self) -> int:
        """Make the index anew from the files; answers how many entries there are."""
        self._index.rebuild()
        return int(self._index.rows("SELECT COUNT(*) FROM entries WHERE gone = 0")[0][0])

    def repair(self) -> tuple[int, tuple[Entry, ...]]:
        """Make the index anew, clear away what cut-short writes left: how many entries there are, and the damaged."""
        self._files.sweep()
        count = self.rebuild()
        entries = self._loaded([(id_,) for id_ in self._files.ids()])
        return count, tuple(entry for entry in entries if entry.damaged)

    def close(self) -> None:
        """Let go of the index; the next call opens it again."""
        self._index.close()

    def _needed(self, entry: Entry) -> bool:
        fetchable = entry.waiting and self._clock() - (entry.answered or 0) < URL_LIFE_S
        unread = entry.charged is None and self._files.raw(entry.id).exists()
        return entry.starred or entry.outcome == "working" or bool(fetchable) or unread

    def _held(self, entry: Entry | str) -> Entry:
        """The entry as it is on disk now; the one in hand when another process has removed it meanwhile."""
        return self.get(entry) if isinstance(entry, str) else self._files.load(entry.id, entry) or entry

    def _change(self, entry: Entry | str, change: Callable[[Entry], Entry]) -> Entry:
        known = self.get(entry) if isinstance(entry, str) else entry
        with self._index.changing():
            # Read again under the lock: another process may have starred it since.
            changed = self._files.save(change(self._held(known)))
            self._index.put(changed)
        return changed

    def _loaded(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Entry, ...]:
        return tuple(entry for entry in (self._files.load(row[0]) for row in rows) if entry is not None)


def _whole(text: str) -> str:
    """The text with ? for halves of characters, as they are filed."""
    return text.encode("utf-8", "replace").decode()


def _begins(id_: str, wanted: str) -> bool:
    return bool(wanted) and (id_.startswith(wanted) or id_.rpartition("-")[2].startswith(wanted))


def _with_file(entry: Entry, index: int, name: str, size: int) -> Entry:
    blank = (Picture(),) * (index + 1 - len(entry.pictures))
    pictures = [*entry.pictures, *blank]
    pictures[index] = replace(pictures[index], file=name, bytes=size)
    return replace(entry, pictures=tuple(pictures))
