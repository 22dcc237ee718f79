"""What an entry of the history holds, and its form as JSON."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import quote

from ..redaction import redact_data, redact_known
from ..shared.geometry import Box, Size
from ..shared.i18n import say

VERSION = 1
# Addresses of results are good for 24 hours. Source: Recraft docs, "Endpoints".
URL_LIFE_S = 24 * 3600.0
_BORN = time.time()
# How long after the answer its pictures may still be on their way.
FETCH_S = 3600.0

Status = Literal["asked", "answered", "done", "failed"]
Engine = Literal["service", "local"]


@dataclass(frozen=True)
class Record:
    """One request as it is sent, in plain values; never the key.

    `units` is the price asked. `canvas` is the canvas's size; `read` the part of it that was sent, `place` where the
    result goes, both in canvas px; `sent` the size of the sent picture. `source` is the fingerprint of the picture
    it was made from, `source_path` its file, `document` its name in the host. `engine` is "local" when nothing is
    paid. `more` is what else placing needs, as plain data.
    """

    operation: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    units: int = 0
    engine: Engine = "service"
    canvas: Size | None = None
    read: Box | None = None
    place: Box | None = None
    sent: Size | None = None
    source: str = ""
    source_path: str = ""
    host: str = ""
    document: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """The words that were asked for."""
        return str(self.values.get("prompt") or "")

    @property
    def megapixels(self) -> float:
        """Size of the sent picture in millions of pixels; 0 when none was sent."""
        return self.sent.area / 1e6 if self.sent else 0.0


@dataclass(frozen=True)
class Picture:
    """One picture of an answer: its id and address, and once it is on disk its `file` name and length in `bytes`.

    `extra` when it came beyond what was asked for: it is fetched when somebody asks for it, not by itself.
    """

    image_id: str = ""
    url: str = ""
    file: str = ""
    bytes: int = 0
    extra: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry. Times are seconds since 1970; `charged` is None until the answer told.

    `about` when the answer did not say what it cost and `charged` is the price that was asked.

    `extras` are the names of files filed along with the request. `damaged` when its words were lost and only
    the pictures are left.
    """

    id: str
    folder: Path
    record: Record
    created: float
    status: Status = "asked"
    answered: float | None = None
    finished: float | None = None
    charged: int | None = None
    request_id: str = ""
    pictures: tuple[Picture, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    starred: bool = False
    extras: tuple[str, ...] = ()
    pid: int = 0
    damaged: bool = False
    about: bool = False

    @property
    def seconds(self) -> float | None:
        """How long the answer took, in s."""
        return None if self.answered is None else max(0.0, self.answered - self.created)

    @property
    def waiting(self) -> tuple[int, ...]:
        """Indices of the pictures that are paid for and have an address, but no file yet.

        Those of the embedded engine do not count: it made them for nothing, and its address changes.
        """
        return tuple(index for index in self.missing if not self.pictures[index].extra)

    @property
    def missing(self) -> tuple[int, ...]:
        """The same, and those that came beyond what was asked for."""
        if self.record.engine == "local":
            return ()
        return tuple(index for index, picture in enumerate(self.pictures) if picture.url and not picture.file)

    @property
    def here(self) -> int:
        """How many of its pictures are on disk."""
        return sum(bool(picture.file) for picture in self.pictures)

    @property
    def at_risk(self) -> int:
        """Units that may have been charged though no answer told: sent and still open, or failed half-way."""
        unsure = self.charged is None and (self.status == "asked" or self.error.get("charged"))
        return self.record.units if unsure and self.record.engine == "service" else 0

    @property
    def outcome(self) -> str:
        """"working", "unknown" (its process ended before an answer was filed), "answered", "done" or "failed"."""
        if self.status != "asked":
            return self.status
        return "working" if self.at_work else "unknown"

    @property
    def at_work(self) -> bool:
        """True while its process waits for the answer, or fetches the pictures that the answer named."""
        if self.status == "answered" and time.time() - (self.answered or 0.0) > FETCH_S:
            return False
        return self.status in {"asked", "answered"} and _alive(self.pid, self.created)


def _alive(pid: int, created: float) -> bool:
    # A day later the number belongs to another process. So does our own from before we began: in a container each
    # process may have the same one. (Five seconds for a clock that is set.)
    if pid == os.getpid() and created < _BORN - 5:
        return False
    return abs(time.time() - created) <= URL_LIFE_S and runs(pid)  # ahead of us: the clock was set back


def runs(pid: int) -> bool:
    """True while a process of that number runs on this computer."""
    if not pid:
        return False
    if os.name == "nt":  # there os.kill ends the process it asks about
        return _runs_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _runs_on_windows(pid: int) -> bool:
    """True while a process of that number runs. Source: learn.microsoft.com, OpenProcess and WaitForSingleObject."""
    import ctypes

    synchronize, denied, timeout = 0x00100000, 5, 0x102
    kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return bool(ctypes.get_last_error() == denied)  # type: ignore[attr-defined]
    try:
        # A process that has ended lives on as a number while somebody holds a handle; waiting for it ends at once.
        return bool(kernel.WaitForSingleObject(ctypes.c_void_p(handle), 0) == timeout)
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))


_HALF = re.compile("[\ud800-\udfff]")
_BOXES = {"canvas": Size, "sent": Size, "read": Box, "place": Box}


def as_dict(entry: Entry) -> dict[str, Any]:
    """The entry as plain data for its entry.json, without secrets."""
    data = {"version": VERSION, **_fields(entry), "record": _fields(entry.record)}
    data["pictures"] = [_fields(one) for one in entry.pictures]
    del data["folder"]
    clean: dict[str, Any] = redact_data(data)
    for picture, one in zip(clean["pictures"], entry.pictures, strict=True):
        # A signed address is needed to the letter: only the known keys are hidden in it, not what resembles one.
        # Half a character, which no file can hold, as it is asked for.
        picture["url"] = _HALF.sub(lambda half: quote(half[0], errors="surrogatepass"), redact_known(one.url))
    return clean


def _fields(row: Entry | Record | Picture) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(row)}


def from_dict(folder: Path, data: Mapping[str, Any]) -> Entry:
    """The entry that `as_dict` described; names of other versions are passed over. ValueError when it is none."""
    try:
        held = _known(Entry, data)
        record = _known(Record, held["record"])
        record.update({name: kind(*map(int, record[name])) for name, kind in _BOXES.items() if record.get(name)})
        held["record"] = _sound(Record(**record))
        held["pictures"] = tuple(_sound(Picture(**_known(Picture, item))) for item in held.get("pictures", ()))
        held["extras"] = tuple(map(str, held.get("extras", ())))
        held["charged"], held["about"] = _units(held.get("charged"), held["record"], bool(held.get("about")))
        return _sound(Entry(**{**held, "id": folder.name, "folder": folder}))
    except (KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise ValueError(
            say("{folder} is not an entry: {problem}", folder=folder / "entry.json", problem=problem)
        ) from problem


_MOST_UNITS = 10**9


def _units(units: Any, record: Record, about: bool) -> tuple[int | None, bool]:
    """What was charged; where an answer told a number that cannot be, the price that was asked."""
    if units is None:
        return None, about
    if isinstance(units, int) and 0 <= units <= _MOST_UNITS:
        return int(units), about
    return record.units, True


_LATEST = 253_402_300_800  # the year 10000, which no calendar of the standard library goes beyond


def _count(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LATEST


# What fits each kind of field, so that nothing a file holds can trouble the index or a list.
_FITS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": _count,
    "int | None": lambda value: value is None or _count(value),
    "float": _time,
    "float | None": lambda value: value is None or _time(value),
    "Mapping[str, Any]": lambda value: isinstance(value, Mapping),
    "Status": lambda value: value in get_args(Status),
    "Engine": lambda value: value in get_args(Engine),
}
_T = TypeVar("_T", Record, Picture, Entry)


def _sound(row: _T) -> _T:
    """The same row. Raises TypeError where a field is not what it must be."""
    for one in fields(row):
        value = getattr(row, one.name)
        if not _FITS.get(str(one.type), lambda _value: True)(value):
            raise TypeError(f"{one.name} is {ascii(value)[:40]}")
    return row


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {row.name for row in fields(kind)}
    return {name: value for name, value in data.items() if name in names}


_MAGIC: Sequence[tuple[bytes, int, str]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "png"),
    (b"\xff\xd8\xff", 0, "jpg"),
    (b"WEBP", 8, "webp"),
    (b"GIF8", 0, "gif"),
    (b"ftypavif", 4, "avif"),
    (b"II*\0", 0, "tif"),
    (b"MM\0*", 0, "tif"),
    (b"%PDF-", 0, "pdf"),
)


def suffix(data: bytes) -> str:
    """The usual file suffix of a picture by its first bytes; "bin" when they tell nothing.

    >>> suffix(b"<svg/>")
    'svg'
    """
    for magic, at, name in _MAGIC:
        if data[at : at + len(magic)] == magic:
            return name
    text = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "svg" if text[:1] == b"<" and b"<svg" in text else "bin"
