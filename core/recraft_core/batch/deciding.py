"""What is to do for a row: nothing, all of it, the rest of an earlier try, or to ask somebody first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..history import History
from ..shared.errors import BadOption
from ..shared.geometry import Size
from ..shared.operations import Operation
from . import files, tiles
from .ledger import NAME, Kept, Ledger
from .outputs import names, planned
from .rows import ALPHA, Row, folder_of
from .work import Front, Gate, Task


@dataclass(frozen=True)
class Options:
    """How a batch is run. `out` is a folder or pattern, `mask` as for `rows`, `options` go for every row.

    `jobs` rows are worked on at once, None for what fits. `max_units` is what this run may cost, `limit` how many rows
    it does. `tiles` cuts pictures that are larger than the service takes. `ledger` is the file of the books, "" for
    one in the batch's folder. `overwrite` takes the place of files that no batch has made.
    """

    out: str = ""
    mask: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    jobs: int | None = None
    max_units: int | None = None
    limit: int | None = None
    skip_existing: bool = False
    fail_fast: bool = False
    retry_doubtful: bool = False
    tiles: bool = False
    ledger: str = ""
    overwrite: bool = False


class Deciding:
    """The rows of one batch as the ledger knows them; `free` when nothing is paid for them."""

    def __init__(self, operation: Operation, how: Options, pattern: str, *, free: bool) -> None:
        self.operation = operation
        self.how = how
        self.free = free
        self.ledger = Ledger(_ledger_path(how, pattern))

    def options(self, row: Row) -> dict[str, Any]:
        """All options of a row."""
        return {**self.how.options, **row.options}

    def key(self, out: str) -> str:
        """The row's name in the ledger: where its result goes, seen from the ledger's own folder."""
        if files.is_url(out):
            return out
        with suppress(ValueError):
            return Path(out).absolute().relative_to(self.ledger.path.absolute().parent).as_posix()
        return str(Path(out).absolute())

    def request(self, row: Row, out: str) -> str:
        """What makes it another request: operation, options and names."""
        facts = [self.operation.name, self.options(row), row.picture, row.mask, self.key(out), self.how.tiles]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:32]

    def stamp(self, row: Row) -> str:
        """What changes with its files."""
        names = [row.picture, "" if row.mask == ALPHA else row.mask]
        return " | ".join(files.stamp(name) for name in names if name)

    def record(self, out: str) -> Kept | None:
        """What the ledger has of it."""
        return self.ledger.get(self.key(out)) if self.ledger.path.exists() else None

    def state(self, row: Row, out: str) -> str:
        """What it is: "done" where there is nothing to do, "doubtful" where somebody has to be asked, "occupied" where
        a file of the user's own has its name, else "open".
        """
        every = names(out, row, self.operation, self.options(row)) if self.how.skip_existing else ()
        if any(map(files.exists, every)):
            return "done"
        if not self.how.overwrite and self.occupying(row, out):
            return "occupied"
        record = self.record(out)
        if record is None or record.request != self.request(row, out):
            return "open"
        same = record.stamp == self.stamp(row)
        if record.state == "done":
            return "done" if same and _here(record) else "open"
        return "doubtful" if same and self.in_doubt(record) and not self.how.retry_doubtful else "open"

    def occupying(self, row: Row, out: str) -> str:
        """The first file under one of the row's names that no batch has made; "" where there is none."""
        record = self.record(out)
        made = {self.key(one) for one in record.files} if record else set()
        if record and record.entries and (not made or record.request == self.request(row, out)):
            return ""  # its files may have been written by one who was killed before it could say so
        every = names(out, row, self.operation, self.options(row))
        return next((one for one in every if self.key(files.local(one)) not in made and files.exists(one)), "")

    def in_doubt(self, record: Kept) -> bool:
        """True when a request was perhaps paid for and its answer cannot be had. What is free is never in doubt."""
        if record.free or record.state not in {"sent", "doubtful"} or record.at_work:
            return False
        if not record.entries:
            return True
        with closing(History()) as history:
            return any(_lost(history, entry) for entry in record.entries)

    def task(self, row: Row, out: str, open_front: Callable[[], Front], gate: Gate, batch: str) -> Task:
        """The row as it travels."""
        record, options, mask = self.record(out), self.options(row), row.mask
        if mask == ALPHA:
            mask, options = row.picture, {**options, "transparent_mask": True}
        same = record is not None and record.request == self.request(row, out)
        known = record.entries if record and same and record.free == self.free else ()
        content = record.content if record and same and record.state == "done" and _here(record) else ""
        where = out if files.is_url(out) else str(Path(out).absolute())
        return Task(
            self.key(out), row.name, self.operation.name, row.picture, mask, where, options, open_front, gate, known,
            content, batch=batch, tiles=self.how.tiles, folder=str(self.ledger.path.absolute().parent),
        )  # fmt: skip

    def price(self, row: Row, size: Size | None = None) -> int:
        """What a row costs in units; more where the areas of its mask become several requests. 0 where it is free."""
        if self.free:
            return 0
        units = planned(row, self.operation, self.options(row), size).units
        return units * (tiles.count(self.operation, size or Size(1024, 1024)) if self.how.tiles else 1)


def _here(record: Kept) -> bool:
    return all(map(files.exists, record.files))


def _lost(history: History, id_: str) -> bool:
    """True when an entry was, or may have been, charged and there is nothing to be had of it."""
    try:
        entry = history.get(id_)
    except BadOption:
        return False  # called off before it was sent, or removed by hand
    if entry.status == "failed":
        return bool(entry.charged or entry.at_risk)
    return entry.outcome == "unknown" and history.raw(entry) is None


def _ledger_path(how: Options, pattern: str) -> Path:
    if how.ledger:
        return Path(how.ledger)
    folder = folder_of(pattern)
    return Path("." if files.is_url(folder) else folder, NAME)
