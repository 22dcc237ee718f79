"""The history's files: one folder per entry, and a ledger of what removed entries had cost.

    entries/20261122-094512123-3f9a1c/   entry.json, 1.webp, 2.webp, …, what was filed along, thumbnails,
                                         answer.http: the answer as it came
    spent.jsonl                          one line per removed entry that had cost units
    index-1.sqlite                       see index.py; may be deleted at any time

An entry's folder appears whole and vanishes whole: it is renamed into place, and renamed away before it is emptied.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import paths
from ..redaction import redact
from ..shared.errors import BadOption
from ..shared.i18n import say
from .entry import Entry, Picture, Record, as_dict, from_dict

log = logging.getLogger(__name__)

_ID = re.compile(r"(\d{8}-\d{6})(\d{3})-[0-9a-f]{6}")
_PICTURE = re.compile(r"([1-9]\d{0,3})\.[a-z]{3,4}")
_EXTRA = re.compile(r"[a-z][a-z0-9_-]*\.[a-z0-9]+")
_TEXTS = (".txt", ".json")
_LEFTOVER_S = 3600.0


class Files:
    """The folder of a history. Nothing is made before something is filed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.entries = root / "entries"
        self.ledger = root / "spent.jsonl"

    def ids(self) -> list[str]:
        """Ids of all entries, oldest first."""
        try:
            with os.scandir(self.entries) as listing:
                return sorted(one.name for one in listing if _ID.fullmatch(one.name))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as problem:
            raise paths.trouble("read", self.entries, problem) from problem

    def has(self, id_: str) -> bool:
        """True when `id_` is the whole id of an entry."""
        return bool(_ID.fullmatch(id_)) and (self.entries / id_).is_dir()

    def stamp(self, id_: str) -> str:
        """What changes whenever an entry is written."""
        try:
            seen = (self.entries / id_ / "entry.json").stat()
        except OSError:
            return ""
        # The clock of a file system is coarse, but each write makes a new file.
        return f"{seen.st_mtime_ns}-{seen.st_ino}-{seen.st_size}"

    def load(self, id_: str, known: Entry | None = None) -> Entry | None:
        """An entry as it is on disk, None when there is none.

        Pictures whose bytes are there but which its words do not know yet (a crash in between) are taken up; where
        the words are lost, `known`, or else an entry marked `damaged`, holds the pictures.
        """
        folder = self.entries / id_
        files = _pictures(folder)
        try:
            entry = from_dict(folder, json.loads(paths.whole(folder / "entry.json")))
        except (OSError, ValueError, RecursionError) as problem:
            if not files:
                return None
            log.warning("an entry of the history has lost its words: %s", problem)
            entry = known or Entry(id_, folder, Record("unknown", ""), _created(id_), "answered", damaged=True)
        return replace(entry, pictures=_merged(entry.pictures, files))

    def add(self, entry: Entry, extras: Mapping[str, bytes]) -> Path:
        """Write a new entry aside, whole and synced; `settle` then gives it its name. The folder it stands in."""
        paths.make_folder(self.root, private=True)
        fresh = self.entries / f".new-{entry.id}"
        try:
            for name, data in extras.items():
                paths.write(fresh / _checked(name), _clean(data) if name.endswith(_TEXTS) else data)
            paths.write(fresh / "entry.json", _text(entry))
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        return fresh

    def settle(self, fresh: Path, entry: Entry) -> None:
        """Give a new entry its name."""
        with paths.telling("write", entry.folder):
            paths.move(fresh, entry.folder)
            paths.sync_folder(self.entries)

    def save(self, entry: Entry) -> Entry:
        """Write an entry's words; answers it as it is on disk."""
        text = _text(entry)
        paths.write(entry.folder / "entry.json", text)
        return from_dict(entry.folder, json.loads(text))

    def raw(self, id_: str) -> Path:
        """Where the answer of an entry lies as it came."""
        return self.entries / id_ / "answer.http"

    def remove(self, entry: Entry) -> None:
        """Remove an entry; what it had cost goes to the ledger first."""
        if entry.charged or entry.at_risk:
            self._enter(entry)
        away = self.entries / f".old-{entry.id}"
        with paths.telling("remove", entry.folder), contextlib.suppress(FileNotFoundError):
            paths.move(entry.folder, away)
            shutil.rmtree(away, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what writes and removals that were cut short have left behind."""
        with contextlib.suppress(FileNotFoundError):
            for left in [*self.entries.glob(".new-*"), *self.entries.glob(".old-*"), *self.entries.glob("*/.*.tmp")]:
                if time.time() - left.stat().st_mtime > _LEFTOVER_S:
                    _cleared(left)

    def size(self, id_: str) -> int:
        """Bytes an entry takes."""
        try:
            with os.scandir(self.entries / id_) as listing:
                return sum(one.stat().st_size for one in listing)
        except OSError:
            return 0

    def removed(self) -> Iterator[dict[str, Any]]:
        """The ledger's lines: id, created, operation, model, engine, charged, risk."""
        for line in (paths.read(self.ledger) or b"").splitlines():
            data = _line(line)
            if data is not None:
                yield data

    def _enter(self, entry: Entry) -> None:
        record = entry.record
        values = (entry.id, entry.created, record.operation, record.model, record.engine, entry.charged, entry.at_risk)
        line = json.dumps(dict(zip(_LEDGER, values, strict=True)), ensure_ascii=False)
        with paths.telling("write", self.ledger), self.ledger.open("ab") as file:
            # Its own first newline: a line cut short by a crash must not swallow this one.
            file.write(f"\n{redact(line)}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def _cleared(left: Path) -> None:
    if left.is_dir():
        shutil.rmtree(left, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        left.unlink()


def _units(value: Any) -> int | None:
    """A number of units a sum can bear; anything else counts for nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _moment(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 2**40 else 0.0


_LEDGER = ("id", "created", "operation", "model", "engine", "charged", "risk")


def _line(line: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
        fields = {name: data[name] for name in _LEDGER}
        units = {name: _units(fields[name]) for name in ("charged", "risk")}
        return {**fields, "created": _moment(fields["created"]), **units}
    except (ValueError, KeyError, TypeError, RecursionError):
        if line.strip():
            log.warning("a line of the history's ledger is damaged")
        return None


def _checked(name: str) -> str:
    if not _EXTRA.fullmatch(name) or name == "entry.json":
        raise BadOption(say("“{name}” cannot be filed.", name=name), remedy="Use a plain name such as selection.png.")
    return name


def _clean(data: bytes) -> bytes:
    return redact(data.decode("utf-8", "replace")).encode()


def _text(entry: Entry) -> bytes:
    # The name of a document may hold half a character, which no file can.
    return f"{json.dumps(as_dict(entry), indent=1, ensure_ascii=False, default=str)}\n".encode("utf-8", "replace")


def new_id(created: float) -> str:
    """An id that sorts by time (UTC, to the ms); its random end keeps two processes apart."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
    return f"{moment}{int(created * 1000) % 1000:03d}-{secrets.token_hex(3)}"


def _created(id_: str) -> float:
    match = _ID.fullmatch(id_)
    if match is None:
        return 0.0
    return calendar.timegm(time.strptime(match[1], "%Y%m%d-%H%M%S")) + int(match[2]) / 1000


def _pictures(folder: Path) -> dict[int, tuple[str, int]]:
    """Name and length of each picture file by the picture's index."""
    by_index: dict[int, tuple[str, int]] = {}
    try:
        with os.scandir(folder) as files:
            for one in files:
                match = _PICTURE.fullmatch(one.name)
                if match:
                    by_index[int(match[1]) - 1] = (one.name, one.stat().st_size)
    except OSError:
        return {}
    return by_index


def _merged(pictures: tuple[Picture, ...], files: Mapping[int, tuple[str, int]]) -> tuple[Picture, ...]:
    """The pictures of an entry's words with the files that are really there."""
    count = max(len(pictures), max(files, default=-1) + 1)
    blank = (*pictures, *(Picture() for _ in range(count - len(pictures))))
    return tuple(
        replace(one, file=files[at][0], bytes=files[at][1]) if at in files else replace(one, file="", bytes=0)
        for at, one in enumerate(blank)
    )


def copied(path: Path, folder: Path, stem: str) -> Path:
    """Copy a file into `folder` as `stem`, with a number where that is taken; the new path."""
    target = folder / f"{stem}{path.suffix}"
    number = 2
    while target.exists():
        target = folder / f"{stem} ({number}){path.suffix}"
        number += 1
    with paths.telling("write", target):
        shutil.copyfile(path, target)
    return target
