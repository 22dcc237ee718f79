"""One click from end to end: prepare, send, file, fetch, place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from ..api.client import Progress, Received
from ..api.wire import Answer, Call, Made, Raw
from ..shared.errors import BadAnswer, Cancelled, RecraftError, StorageTrouble
from ..shared.i18n import N_, join, say, say_n
from ..shared.plan import Plan, price_text
from .placing import Layer, check_count, place
from .sending import Reading, prepare

_T = TypeVar("_T")
_STYLE = N_("The style made from the pictures is {id}; pass it as style_id to use it again.")
_SCORE = N_("Picture {number}: the service's score of nudity is {score} of 1.")


class Service(Protocol):
    """What `run` needs of a client."""

    def send(self, call: Call, *, progress: Progress, received: Received) -> Answer:
        """Send one call and read its answer, which goes to `received` as it came before anything in it is read."""

    def fetch(self, picture: Made, *, progress: Progress) -> bytes:
        """The bytes of one result."""


class Journal(Protocol):
    """Where a call and its answer are written down, step by step, before anything can go wrong with them."""

    def asked(self, plan: Plan, call: Call) -> None:
        """The call is about to be sent. Raises BadOption or OutOfUnits when a cap forbids it."""

    def received(self, raw: Raw) -> None:
        """An answer that is paid for has come; nothing in it has been read yet."""

    def answered(self, answer: Answer) -> None:
        """The service answered and has charged for it; nothing has been fetched yet."""

    def keep(self, index: int, data: bytes) -> None:
        """The bytes of one result, before they are decoded."""

    def missed(self, index: int, error: RecraftError) -> None:
        """One result could not be had or used; the others go on."""

    def done(self) -> None:
        """All results that could be had are filed."""

    def failed(self, error: RecraftError) -> None:
        """It ended with `error`."""

    def left(self) -> None:
        """It was left half-way, as by a process that ends: an equal request must not wait for it."""


class NoJournal:
    """For those who keep their own books."""

    def asked(self, plan: Plan, call: Call) -> None:
        """Nothing to write."""

    def received(self, raw: Raw) -> None:
        """Nothing to write."""

    def answered(self, answer: Answer) -> None:
        """Nothing to write."""

    def keep(self, index: int, data: bytes) -> None:
        """Nothing to write."""

    def missed(self, index: int, error: RecraftError) -> None:
        """Nothing to write."""

    def done(self) -> None:
        """Nothing to write."""

    def failed(self, error: RecraftError) -> None:
        """Nothing to write."""

    def left(self) -> None:
        """Nothing to write."""


@dataclass(frozen=True)
class Outcome:
    """What a click brought: layers, the units charged, the ids of the pictures and plain data such as a new prompt.

    `data` holds the bytes of each layer's picture as they came. `about` when the service did not say what it charged
    and `units` is the price that was asked. `notes` tell the user what was scaled, sent or not filed.
    """

    plan: Plan
    layers: tuple[Layer, ...] = ()
    units: int = 0
    request_id: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[bytes, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    about: bool = False


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
    survives whatever comes after. A journal that cannot write does not cost the result: the outcome notes it. Each
    picture stands for itself: one that cannot be had or used costs that one, and the outcome notes it.
    """
    journal = journal or NoJournal()
    reading = reading or Reading()
    progress("preparing", 0.0)
    call = prepare(plan, reading)
    expected = call.units  # what an answer teaches changes the price
    journal.asked(plan, call)
    notes = list(plan.notes)
    try:
        filed = partial(_filed, journal, notes)
        answer = service.send(call, progress=progress, received=filed)
        _written(lambda: journal.answered(answer), notes)
        if answer.units != expected and not answer.about:
            charged, quoted = price_text(answer.units), price_text(expected)
            notes.append(say("The service charged {charged}, not {quoted}.", charged=charged, quoted=quoted))
        notes += [
            say(_SCORE, number=number, score=f"{picture.nsfw:.2f}")
            for number, picture in enumerate(answer.pictures, 1)
            if picture.nsfw is not None
        ]
        if "style_references" in plan.values and answer.body.get("style_id"):
            notes.append(say(_STYLE, id=answer.body["style_id"]))
        check_count(plan, len(answer.pictures))
        results = _Results(plan, service, journal, progress, notes)
        results.take(answer, reading)
        _written(journal.done, notes)
    except RecraftError as error:
        trouble = error  # the name `error` ends with this block, a later call of the lambda would not find it
        _written(lambda: journal.failed(trouble), notes)
        raise
    except BaseException:  # no memory, Ctrl+C, a fault of ours
        _written(journal.left, notes)
        raise
    return Outcome(
        plan, tuple(results.layers), answer.units, answer.request_id, answer.body, tuple(results.data),
        tuple(dict.fromkeys(notes)), answer.about,
    )  # fmt: skip


def _filed(journal: Journal, notes: list[str], raw: Raw) -> None:
    _written(lambda: journal.received(raw), notes)


class _Results:
    """The pictures of one answer, each fetched, filed and placed by itself."""

    def __init__(self, plan: Plan, service: Service, journal: Journal, progress: Progress, notes: list[str]) -> None:
        self.layers: list[Layer] = []
        self.data: list[bytes] = []
        self._plan, self._service, self._journal = plan, service, journal
        self._progress, self._notes = progress, notes
        self._missed: list[tuple[int, RecraftError]] = []

    def take(self, answer: Answer, reading: Reading) -> None:
        """All that can be had. Raises the first error when that is nothing."""
        wanted = [index for index, picture in enumerate(answer.pictures) if not picture.extra]
        fetched = {}
        for index in wanted:
            data = self._try(index, partial(self._fetch, index, answer.pictures[index]))
            if data is not None:
                fetched[index] = data
        for number, (index, data) in enumerate(fetched.items()):
            self._progress("placing", number / len(fetched))
            layer = self._try(index, partial(self._place, index, answer.pictures[index], data, reading))
            if layer is not None:
                self.layers.append(layer)
                self.data.append(data)
                self._notes += layer.notes
        if self._missed and not self.layers:
            raise self._missed[0][1]
        if self._missed:
            self._notes.append(missed_note(len(self.layers), len(wanted), self._missed))
        if len(answer.pictures) > len(wanted):
            more = len(answer.pictures) - len(wanted)
            self._notes.append(
                say_n(
                    "{n} more came than was asked for; recraft history fetch ID gets it.",
                    "{n} more came than were asked for; recraft history fetch ID gets them.",
                    more,
                )
            )

    def _try(self, index: int, action: Callable[[], _T]) -> _T | None:
        try:
            return action()
        except Cancelled:
            raise
        except RecraftError as error:
            self._missed.append((index, error))
            _written(partial(self._journal.missed, index, error), self._notes)
            return None

    def _fetch(self, index: int, picture: Made) -> bytes:
        if picture.trouble:
            raise BadAnswer(
                say("The picture could not be fetched: {trouble}.", trouble=picture.trouble),
                remedy="The answer is kept in the history; look at the balance before you try again.",
                charged=True,
            )
        data = self._service.fetch(picture, progress=self._progress)
        _written(lambda: self._journal.keep(index, data), self._notes)
        return data

    def _place(self, index: int, picture: Made, data: bytes, reading: Reading) -> Layer:
        return replace(place(self._plan, data, reading, image_id=picture.image_id), index=index)


def missed_note(good: int, wanted: int, missed: Sequence[tuple[int, RecraftError]]) -> str:
    """What to tell when some pictures came and some did not: 2 of 3 pictures are here. Picture 2: …"""
    here = say_n("{n} of {wanted} pictures is here.", "{n} of {wanted} pictures are here.", good, wanted=wanted)
    return join(here, *(say("Picture {number}: {error}", number=at + 1, error=error) for at, error in missed[:3]))


def _written(step: Callable[[], None], notes: list[str]) -> None:
    """A journal's step after the money is spent: a full disk must not take the picture away as well."""
    try:
        step()
    except StorageTrouble as trouble:
        notes.append(say("Not filed in the history: {trouble}", trouble=trouble))
