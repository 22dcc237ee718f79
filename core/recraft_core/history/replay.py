"""Out of the history and back onto the canvas: fetch what is still waiting, place what was filed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .. import paths
from ..api.wire import Made
from ..imaging.readfile import read_coverage, read_picture
from ..operations import Outcome, Reading, Service, place
from ..shared.errors import BadOption, RecraftError
from ..shared.geometry import Box, Size
from ..shared.operations import OPERATIONS
from ..shared.plan import Plan
from . import Entry, History
from .recorder import COVERAGE, SOURCE

_EXPORT = "Its pictures can be taken out with: recraft history export"


@dataclass(frozen=True)
class Fetched:
    """What `fetch_all` brought: entries that are whole now, and those that are not, each with its error."""

    entries: tuple[Entry, ...] = ()
    failed: tuple[tuple[Entry, RecraftError], ...] = ()


def fetch(history: History, entry: Entry, service: Service) -> Entry:
    """Download the pictures of an entry that are paid for but not here yet. Raises what the download raises."""
    for index in entry.waiting:
        picture = entry.pictures[index]
        data = service.fetch(Made(picture.image_id, picture.url), progress=lambda _phase, _share: None)
        history.keep(entry, index, data)
    return history.get(entry.id)


def waiting(history: History, *, before: float = math.inf) -> list[Entry]:
    """Entries whose results are paid for but still lie at the service; answered `before` (s since 1970)."""
    return [entry for entry in history.pending() if (entry.answered or 0) < before]


def fetch_all(history: History, service: Service, *, before: float = math.inf) -> Fetched:
    """The same for all that `waiting` finds."""
    whole, failed = [], []
    for entry in waiting(history, before=before):
        try:
            whole.append(fetch(history, entry, service))
        except RecraftError as error:
            failed.append((entry, error))
    return Fetched(tuple(whole), tuple(failed))


def again(history: History, entry: Entry) -> Outcome:
    """The layers of a filed answer, made exactly as they were, or would have been, the first time.

    Raises BadOption when the entry holds no picture or too little to place it.
    """
    if not history.files(entry):
        raise BadOption(
            f"The entry {entry.id} holds no picture.",
            remedy=_fetchable(entry) if entry.waiting else "Run the operation again.",
            option="entry",
        )
    plan = plan_of(entry)
    reading = _reading(history, entry)
    layers, data = [], []
    for picture in entry.pictures:
        if picture.file:
            content = paths.read(entry.folder / picture.file) or b""
            layers.append(place(plan, content, reading, image_id=picture.image_id))
            data.append(content)
    return Outcome(plan, tuple(layers), entry.charged or 0, entry.request_id, entry.answer, tuple(data), plan.notes)


def _fetchable(entry: Entry) -> str:
    return f"It waits at the service; get it with: recraft history fetch {entry.id}"


def plan_of(entry: Entry) -> Plan:
    """The plan an entry was made by."""
    record = entry.record
    told: Any = record.more.get("plan")
    if record.operation not in OPERATIONS or not isinstance(told, dict):
        raise BadOption(
            f"The entry {entry.id} has lost how its result was made.", remedy=f"{_EXPORT} {entry.id}", option="entry"
        )
    return Plan(
        OPERATIONS[record.operation],
        record.endpoint,
        record.values,
        told.get("ours") or {},
        record.canvas,
        Box(*told["selection"]) if told.get("selection") else None,
        record.units,
        bool(told.get("sure")),
        record.read,
        record.sent,
        Size(*told["padded"]) if told.get("padded") else None,
        record.place,
        tuple(told.get("notes") or ()),
    )


def _reading(history: History, entry: Entry) -> Reading:
    coverage, source = history.attached(entry, COVERAGE), history.attached(entry, SOURCE)
    read = entry.record.read
    return Reading(
        read_picture(source).pixels if source else None,
        read_coverage(coverage, read.size) if coverage and read else None,
        # Only whether the canvas was a drawing matters once the answer is there.
        b"<svg/>" if entry.record.more.get("svg") else b"",
    )
