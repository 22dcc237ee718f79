"""Out of the history and back onto the canvas: fetch what is still waiting, place what was filed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import paths
from ..api.answers import Asked, read
from ..api.wire import Call, Made, Raw
from ..shared.errors import BadOption, RecraftError, StorageTrouble
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from ..shared.operations import OPERATIONS
from ..shared.plan import Plan
from . import Entry, History
from .recorder import COVERAGE, SOURCE, filed

# Numpy and Pillow are for placing again alone: to list and to fetch takes neither.
if TYPE_CHECKING:
    from ..operations import Outcome, Reading, Service

_EXPORT = "Its pictures can be taken out with: recraft history export"


@dataclass(frozen=True)
class Fetched:
    """What `fetch_all` brought: entries that are whole now, and those that are not, each with its error."""

    entries: tuple[Entry, ...] = ()
    failed: tuple[tuple[Entry, RecraftError], ...] = ()


Missed = tuple[tuple[int, RecraftError], ...]
"""Pictures that could not be had or used, by their place in the answer, each with its error."""


def fetch(history: History, entry: Entry, service: Service) -> Entry:
    """Download the pictures of an entry that are paid for but not here yet, each by itself.

    Raises the first error when nothing of the entry is here afterwards.
    """
    fetched, missed = fetch_each(history, entry, service, entry.waiting)
    if missed and not fetched.here:
        raise missed[0][1]
    return fetched


def fetch_each(history: History, entry: Entry, service: Service, wanted: Iterable[int]) -> tuple[Entry, Missed]:
    """Download some pictures of an entry, every one whatever became of the others; the entry then, and what failed."""
    missed = []
    for index in wanted:
        picture = entry.pictures[index]
        try:
            data = service.fetch(Made(picture.image_id, picture.url), progress=lambda _phase, _share: None)
            history.keep(entry, index, data)
        except StorageTrouble:
            raise
        except RecraftError as error:
            missed.append((index, error))
    return history.get(entry.id), tuple(missed)


def waiting(history: History, *, settled_s: float = 0.0) -> list[Entry]:
    """Entries whose results are paid for but still lie at the service; answered that long ago, or by a clock that was
    ahead: then nobody knows how long.
    """
    now = time.time()
    return [entry for entry in history.pending() if abs(now - (entry.answered or 0)) >= settled_s]


def fetch_all(history: History, service: Service, *, settled_s: float = 0.0) -> Fetched:
    """The same for all that `waiting` finds."""
    whole, failed = [], []
    for entry in waiting(history, settled_s=settled_s):
        fetched, missed = fetch_each(history, entry, service, entry.waiting)
        if missed:
            failed.append((fetched, missed[0][1]))
        else:
            whole.append(fetched)
    return Fetched(tuple(whole), tuple(failed))


def reread(history: History, entry: Entry) -> Entry:
    """Read the answer of an entry once more, as it came: what an older version or a crash left unread is filed.

    Raises BadOption when its answer was not kept, BadAnswer when nothing in it makes sense to this version either.
    """
    data = history.raw(entry)
    try:
        raw = Raw.of(data or b"")
        request = _asked(entry)
    except (ValueError, KeyError):
        raise BadOption(
            say("The entry {id} contains no answer that could be read again.", id=entry.id),
            remedy="Its pictures, where there are any, can be placed: recraft history place.",
            option="entry",
        ) from None
    answer = read(request, raw.body, raw.headers.get("x-recraft-requestid", ""))
    return history.left(filed(history, entry, answer)[0])


def _asked(entry: Entry) -> Asked:
    # The price is the entry's own: this version may know another one, or not the model.
    call = Call(entry.record.endpoint, entry.record.values)
    return Asked(call.row.answer, entry.record.units, call.count)


def reread_all(history: History) -> Fetched:
    """The same for every entry whose answer came but was never read to its end."""
    whole, failed = [], []
    for entry in history.unread():
        try:
            whole.append(reread(history, entry))
        except RecraftError as error:
            failed.append((entry, error))
    return Fetched(tuple(whole), tuple(failed))


def again(history: History, entry: Entry) -> Outcome:
    """The layers of a filed answer, made exactly as they were, or would have been, the first time.

    What is there is placed, and a note tells what is not. Raises BadOption when the entry holds no picture or too
    little to place it, BadPicture when none of them can be used.
    """
    from ..operations import Outcome, place

    if not history.files(entry):
        raise BadOption(
            say("The entry {id} contains no picture.", id=entry.id),
            remedy=_fetchable(entry) if entry.missing else "Run the operation again.",
            option="entry",
        )
    plan = plan_of(entry)
    reading = _reading(history, entry)
    layers, data, missed = [], [], []
    for index, picture in enumerate(entry.pictures):
        if picture.file:
            content = paths.read(entry.folder / picture.file) or b""
            try:
                layers.append(replace(place(plan, content, reading, image_id=picture.image_id), index=index))
                data.append(content)
            except RecraftError as error:
                missed.append((index, error))
    if missed and not layers:
        raise missed[0][1]
    layer_notes = (note for layer in layers for note in layer.notes)
    notes = dict.fromkeys((*plan.notes, *layer_notes, *_absent(entry, len(layers), missed)))
    return Outcome(
        plan, tuple(layers), entry.charged or 0, entry.request_id, entry.answer, tuple(data), tuple(notes), entry.about
    )


def _absent(entry: Entry, good: int, missed: Sequence[tuple[int, RecraftError]]) -> list[str]:
    """What to tell about the pictures of an entry that are not among the layers."""
    from ..operations import missed_note

    wanted = sum(not picture.extra or bool(picture.file) for picture in entry.pictures)
    if good >= wanted:
        return []
    return [missed_note(good, wanted, missed)]


def _fetchable(entry: Entry) -> str:
    return say("It waits at the service; get it with: recraft history fetch {id}", id=entry.id)


def plan_of(entry: Entry) -> Plan:
    """The plan an entry was made by."""
    record = entry.record
    facts: Any = record.more.get("plan")
    if record.operation not in OPERATIONS or not isinstance(facts, dict):
        raise BadOption(
            say("The entry {id} has lost how its result was made.", id=entry.id),
            remedy=say("Its pictures can be taken out with: recraft history export {id}", id=entry.id),
            option="entry",
        )
    return Plan(
        OPERATIONS[record.operation],
        record.endpoint,
        record.values,
        facts.get("ours") or {},
        record.canvas,
        Box(*facts["selection"]) if facts.get("selection") else None,
        record.units,
        bool(facts.get("sure")),
        record.read,
        record.sent,
        Size(*facts["padded"]) if facts.get("padded") else None,
        record.place,
        tuple(facts.get("notes") or ()),
    )


def _reading(history: History, entry: Entry) -> Reading:
    from ..imaging.readfile import read_picture
    from ..operations import Reading

    coverage, source = history.attached(entry, COVERAGE), history.attached(entry, SOURCE)
    read = entry.record.read
    return Reading(
        read_picture(source).pixels if source else None,
        read_picture(coverage).pixels[..., 0] if coverage and read else None,
        # Only whether the canvas was a drawing matters once the answer is there.
        b"<svg/>" if entry.record.more.get("svg") else b"",
    )
