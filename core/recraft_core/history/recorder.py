"""Keep the books of one click: the user's caps before it is sent, then every step into the history.

`Filing` is what `operations.run` tells its steps to. What it files is enough to place the result once more after any
crash: the plan in plain data, the selection's coverage as a small picture, and the answer's own bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .. import learnt, paths
from ..api.wire import Answer, Call, Raw
from ..settings import Settings
from ..shared.errors import BadOption, Cancelled, OutOfUnits, RecraftError, StorageTrouble
from ..shared.i18n import say
from ..shared.plan import Plan, price_text
from ..shared.preferences import SETTINGS
from . import Entry, History, Record

if TYPE_CHECKING:
    from ..imaging.pixels import Coverage
    from ..operations import Reading

log = logging.getLogger(__name__)

COVERAGE = "coverage.png"
SOURCE = "source.png"
# Of the newest entries, how many are looked through for one that has answered the same request.
_LOOK_BACK = 200


class AlreadyAsked(Exception):
    """The very same request is under way, or was answered in this session; `entry` is its id in the history."""

    def __init__(self, entry: str) -> None:
        super().__init__(entry)
        self.entry = entry


@dataclass(frozen=True)
class Origin:
    """Where a picture comes from: the host and its document and layer, or a file and its fingerprint.

    `session` names one run of the host: a request answered in it is not sent again where `reuse` is wished.
    `since` is when it was clicked, in s since 1970: an equal request that was answered later was under way then.
    `again` sends a request although the very same one is under way. `colours` names the colour space in whose numbers
    the host hands over and takes back, "" for sRGB.
    """

    host: str = ""
    document: str = ""
    layer: str = ""
    path: str = ""
    fingerprint: str = ""
    session: str = ""
    reuse: bool = False
    since: float = float("inf")
    again: bool = False
    colours: str = ""


@dataclass(frozen=True)
class Books:
    """For whoever keeps books of their own about a click that may be done in several tries.

    `known` are the entries of earlier tries that were answered, by the digest of their requests: an equal one is not
    sent again. `on_filed` is called with the id of each new entry, before its request is sent.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    on_filed: Callable[[str], None] = lambda _entry: None


class Filing:
    """The journal of one click. `entry` is its entry in the history once it has one.

    `offline` when the embedded engine does the work: its units are no money, and a history that cannot be written
    does not keep it from working. With `books` the entry stays until whoever keeps them prunes or removes it. `clock`
    gives the time in s since 1970.
    """

    def __init__(
        self,
        history: History,
        settings: Settings,
        reading: Reading,
        origin: Origin,
        *,
        offline: bool,
        books: Books | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.entry: Entry | None = None
        self.history = self._history = history
        self._settings = settings
        self._reading = reading
        self._origin = origin
        self._offline = offline
        self._books = books
        self._clock = clock
        self._kept: set[int] = set()
        self._missed = False
        self._call: Call | None = None
        self._trouble: StorageTrouble | None = None

    def asked(self, plan: Plan, call: Call) -> None:
        """File the request. Raises OutOfUnits when a cap forbids it, StorageTrouble when its answer would be lost,
        AlreadyAsked when the very same one is under way.
        """
        if call.row.answer == "user":
            return
        digest = digest_of(call, plan, self._reading.coverage)
        self._call = call

        def allowed() -> None:
            self._check_twins(digest, plan)
            if not self._offline:
                check_caps(call.units, self._settings, self._history, self._clock())

        try:
            self.entry = self._history.begin(
                self._record(plan, call, digest), _extras(plan, self._reading), allowed=allowed
            )
        except StorageTrouble as trouble:
            if not self._offline:
                raise
            self._trouble = trouble
        if self._books and self.entry:
            self._books.on_filed(self.entry.id)

    def received(self, raw: Raw) -> None:
        """File an answer that is paid for as it came, before anything in it is read."""
        if self.entry is not None:
            self._history.came(self.entry, bytes(raw))

    def _check_twins(self, digest: str, plan: Plan) -> None:
        """Asked under the history's lock: of two equal requests one finds the other."""
        with suppress(BadOption):  # removed since
            id_ = self._books.known.get(digest, "") if self._books else ""
            if id_ and self._history.get(id_).status == "done" and self._same_engine(self._history.get(id_)):
                raise AlreadyAsked(id_)
        for entry in () if self._origin.again else self._history.at_work():
            if entry.record.more.get("digest") == digest and self._same_engine(entry):
                raise AlreadyAsked(entry.id)
        if self._origin.again or not self._origin.session:
            return
        for entry in self._history.list(operation=plan.operation.name, limit=_LOOK_BACK):
            more = entry.record.more
            same = (more.get("digest"), more.get("session")) == (digest, self._origin.session)
            counts = self._origin.reuse or (entry.finished or 0.0) >= self._origin.since
            if same and counts and entry.status == "done" and self._same_engine(entry):
                raise AlreadyAsked(entry.id)

    def _same_engine(self, entry: Entry) -> bool:
        return (entry.record.engine == "local") == self._offline

    def answered(self, answer: Answer) -> None:
        """File what was charged and where the pictures wait; pictures that came along are kept first."""
        if self._call is not None and not self._offline and not answer.about:
            learnt.price(self._call.row, self._call.values, answer.units)
        if self._trouble:
            raise self._trouble
        if self.entry is not None:
            self.entry, self._kept = filed(self._history, self.entry, answer)

    def keep(self, index: int, data: bytes) -> None:
        """File the bytes of one picture."""
        if self.entry is not None and index not in self._kept:
            self._history.keep(self.entry, index, data)
            self._kept.add(index)

    def missed(self, index: int, error: RecraftError) -> None:
        """One picture could not be had or used; what is there of it stays."""
        self._missed = True
        log.warning("%s picture %d: %s", self.entry.id if self.entry else "unfiled", index + 1, error.what)

    def done(self) -> None:
        """All is filed; without a history only its cost is remembered."""
        if self.entry is None:
            return
        self.entry = self._history.finish(self.entry)
        log.info("%s %s: %s units", self.entry.id, self.entry.record.operation, self.entry.charged)
        if not self._settings.keep_history and not self._missed and not self._books:
            self._history.remove(self.entry)
            self.entry = None
        if not self._books:
            self._history.prune(self._settings.history_max_bytes)

    def failed(self, error: RecraftError) -> None:
        """File what went wrong; a click that was called off before it was sent leaves nothing behind."""
        if self.entry is None:
            return
        log.warning("%s %s: %s", self.entry.id, self.entry.record.operation, error.what)
        if isinstance(error, Cancelled) and self.entry.charged is None:
            self._history.fail(self.entry, error.as_dict())
            self._history.remove(self.entry)
            self.entry = None
        else:
            self.entry = self._history.fail(self.entry, error.as_dict())

    def left(self) -> None:
        """What came of it so far stays filed, as after a kill."""
        if self.entry is not None:
            self.entry = self._history.left(self.entry)

    def _record(self, plan: Plan, call: Call, digest: str) -> Record:
        origin = self._origin
        return Record(
            operation=plan.operation.name,
            endpoint=call.endpoint,
            values=call.values,
            model=str(call.values.get("model") or ""),
            units=call.units,
            engine="local" if self._offline else "service",
            canvas=plan.canvas,
            read=plan.read,
            place=plan.place,
            sent=plan.sent,
            source=origin.fingerprint,
            source_path=origin.path,
            host=origin.host,
            document=origin.document,
            more={
                "plan": _plan_data(plan),
                "layer": origin.layer,
                "svg": bool(self._reading.svg),
                "digest": digest,
                "session": origin.session,
                "colours": origin.colours,
            },
        )


def filed(history: History, entry: Entry, answer: Answer) -> tuple[Entry, set[int]]:
    """File an answer's words, after the pictures that came along: the entry, and which of them are kept."""
    indexes = set()
    try:
        for index, picture in enumerate(answer.pictures):
            if picture.data:
                history.keep(entry, index, picture.data)
                indexes.add(index)
    finally:
        urls = [(picture.image_id, picture.url) for picture in answer.pictures]
        extra = [index for index, picture in enumerate(answer.pictures) if picture.extra]
        entry = history.answered(
            entry, urls, answer.units, request_id=answer.request_id, answer=answer.body, about=answer.about, extra=extra
        )
    return entry, indexes


def digest_of(call: Call, plan: Plan, coverage: Coverage | None = None) -> str:
    """What two requests share when they are the same to the last byte and for the same place: 32 digits of a SHA-256.

    Two equal spots of one picture are two requests: each result is cut and placed where its own was read.
    """
    where = [plan.canvas, plan.selection, plan.read, plan.place, plan.ours]
    known = hashlib.sha256(json.dumps([call.endpoint, call.values, where], sort_keys=True, default=_plain).encode())
    if coverage is not None:
        known.update(coverage.tobytes())
    for file in call.files:
        known.update(f"\0{file.name}\0{len(file.data)}\0".encode())
        known.update(file.data)
    return known.hexdigest()[:32]


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]


def _plan_data(plan: Plan) -> dict[str, object]:
    """What of the plan stands nowhere else in the record."""
    names = ("ours", "selection", "padded", "sure", "notes")
    return {name: getattr(plan, name) for name in names}


def _extras(plan: Plan, reading: Reading) -> dict[str, bytes]:
    """Pictures that placing needs again: the coverage to cut with; the sharp colours of a cut-out that is scaled."""
    from ..imaging.encode import encode_png

    extras = {}
    if plan.selection is not None and reading.coverage is not None:
        extras[COVERAGE] = encode_png(reading.coverage, sub=False)
    scaled = plan.read is not None and plan.sent != plan.read.size
    if plan.operation.name == "remove_background" and scaled and reading.pixels is not None:
        extras[SOURCE] = encode_png(reading.pixels)
    return extras


def fingerprint(path: str) -> str:
    """What tells whether a file is still the same: SHA-256 of its bytes, 32 digits; "" where there is no file."""
    try:
        return hashlib.sha256(paths.whole(Path(path))).hexdigest()[:32] if path else ""
    except OSError:
        return ""


# --- money ----------------------------------------------------------------------------------------------------------


def check_caps(units: int, settings: Settings, history: History, now: float) -> None:
    """Raises OutOfUnits when a click of `units` would pass the user's cap per click or per day.

    What may have been charged today without an answer to tell counts as charged.
    """
    if units and settings.unsure:
        cap = settings.unsure[0]
        raise OutOfUnits(
            say(
                "“{label}” cannot be read from the settings, so nothing is paid.", label=say(SETTINGS[cap].label)
            ),
            remedy=say(
                "Nothing was sent. Set it again: recraft settings set {cap} UNITS, or none for no cap.", cap=cap
            ),
            option=cap,
        )
    click, day = settings.cap_per_click_units, settings.cap_per_day_units
    if click is not None and units > click:
        raise OutOfUnits(
            say(
                "This click would cost {price}, and your cap per click is {cap}.",
                price=price_text(units),
                cap=price_text(click),
            ),
            remedy=_raise_cap("cap_per_click_units", units),
            option="cap_per_click_units",
        )
    if day is None or not units:
        return
    today = spent_today(history, now) + history.at_risk(midnight(now))
    if today + units > day:
        raise OutOfUnits(
            say(
                "This click would cost {price}; with the {today:,} of today that is more than your "
                "cap per day, {cap}.",
                price=price_text(units),
                today=today,
                cap=price_text(day),
            ),
            remedy=_raise_cap("cap_per_day_units", today + units),
            option="cap_per_day_units",
        )


def _raise_cap(name: str, least: int) -> str:
    return say(
        "Nothing was sent. Lower the count or choose a cheaper model, or raise the cap: "
        "recraft settings set {name} {least}",
        name=name,
        least=least,
    )


def midnight(now: float) -> float:
    """The moment today began by the user's clock, in s since 1970."""
    day = time.localtime(now)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))


def spent_today(history: History, now: float) -> int:
    """Units the service has charged since midnight."""
    return history.spent(midnight(now))
