"""One click from end to end: prepare, send, file, fetch, place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..api.client import Progress
from ..api.wire import Answer, Call, Made
from ..shared.errors import RecraftError, StorageTrouble
from ..shared.plan import Plan
from .placing import Layer, check_count, place
from .sending import Reading, prepare


class Service(Protocol):
    """What `run` needs of a client."""

    def send(self, call: Call, *, progress: Progress) -> Answer:
        """Send one call and read its answer."""

    def fetch(self, made: Made, *, progress: Progress) -> bytes:
        """The bytes of one result."""


class Journal(Protocol):
    """Where a call and its answer are written down, step by step, before anything can go wrong with them."""

    def asked(self, plan: Plan, call: Call) -> None:
        """The call is about to be sent. Raises BadOption or OutOfUnits when a cap forbids it."""

    def answered(self, answer: Answer) -> None:
        """The service answered and has charged for it; nothing has been fetched yet."""

    def keep(self, index: int, data: bytes) -> None:
        """The bytes of one result, before they are decoded."""

    def done(self) -> None:
        """All results are filed."""

    def failed(self, error: RecraftError) -> None:
        """It ended with `error`."""


class NoJournal:
    """For those who keep their own books."""

    def asked(self, plan: Plan, call: Call) -> None:
        """Nothing to write."""

    def answered(self, answer: Answer) -> None:
        """Nothing to write."""

    def keep(self, index: int, data: bytes) -> None:
        """Nothing to write."""

    def done(self) -> None:
        """Nothing to write."""

    def failed(self, error: RecraftError) -> None:
        """Nothing to write."""


@dataclass(frozen=True)
class Outcome:
    """What a click brought: layers, the units charged, the ids of the pictures and plain data such as a new prompt.

    `data` holds the bytes of each picture as they came. `notes` tell the user what was scaled, sent or not filed.
    """

    plan: Plan
    layers: tuple[Layer, ...] = ()
    units: int = 0
    request_id: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[bytes, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()


def run(
    plan: Plan,
    service: Service,
    reading: Reading | None = None,
    *,
    journal: Journal | None = None,
    progress: Progress = lambda _phase, _share: None,
) -> Outcome:
    """Carry out `plan` and return its result.

    The journal is told before the call is sent and again before each picture is decoded, so that what was paid for
    survives whatever comes after. A journal that cannot write does not cost the result: the outcome notes it.
    """
    journal = journal or NoJournal()
    reading = reading or Reading()
    progress("preparing", 0.0)
    call = prepare(plan, reading)
    journal.asked(plan, call)
    notes = list(plan.notes)
    try:
        answer = service.send(call, progress=progress)
        _written(lambda: journal.answered(answer), notes)
        check_count(plan, len(answer.pictures))
        data = tuple(_fetched(service, journal, answer, progress, notes))
        layers = tuple(_layers(plan, answer, data, reading, progress))
        _written(journal.done, notes)
    except RecraftError as error:
        trouble = error  # the name `error` ends with this block, a later call of the lambda would not find it
        _written(lambda: journal.failed(trouble), notes)
        raise
    return Outcome(plan, layers, answer.units, answer.request_id, answer.body, data, tuple(dict.fromkeys(notes)))


def _fetched(service: Service, journal: Journal, answer: Answer, progress: Progress, notes: list[str]) -> list[bytes]:
    data = []
    for index, made in enumerate(answer.pictures):
        content = service.fetch(made, progress=progress)
        _written(lambda index=index, content=content: journal.keep(index, content), notes)  # type: ignore[misc]
        data.append(content)
    return data


def _layers(
    plan: Plan, answer: Answer, data: tuple[bytes, ...], reading: Reading, progress: Progress
) -> list[Layer]:
    layers = []
    for index, (made, content) in enumerate(zip(answer.pictures, data, strict=True)):
        progress("placing", index / len(data))
        layers.append(place(plan, content, reading, image_id=made.image_id))
    return layers


def _written(step: Callable[[], None], notes: list[str]) -> None:
    """A journal's step after the money is spent: a full disk must not take the picture away as well."""
    try:
        step()
    except StorageTrouble as trouble:
        notes.append(f"Not filed in the history: {trouble}")
