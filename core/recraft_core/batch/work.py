"""One row carried out, in whatever thread, process or computer the executor chose.

A task is plain data and carries no key: that comes from the settings or the environment of whoever does the work. One
client or engine is kept warm for each thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from .. import settings
from ..api.pacing import Turns
from ..history import Entry, History, refuge, replay
from ..history.recorder import Books
from ..operations import Service
from ..shared.errors import BadOption, Cancelled, EngineTrouble, KeyTrouble, RecraftError
from ..shared.plan import Plan
from . import files
from .ledger import Ledger
from .tiles import TOGETHER, tiled


class Result(Protocol):
    """What a batch needs of a result."""

    @property
    def units(self) -> int:
        """Units that were charged."""

    @property
    def entry(self) -> str:
        """Its id in the history, empty when there is none for the whole."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was made of it."""

    @property
    def layers(self) -> Sequence[Any]:
        """Its pictures."""

    def save(self, path: str | Path, *, say: Callable[[str], None]) -> list[Path]:
        """Write them; the paths."""


class Job(Protocol):
    """What a batch needs of an operation that is ready to go."""

    @property
    def plan(self) -> Plan:
        """What it will do."""

    def check_out(self, path: str, *, on_disk: bool = True) -> None:
        """Raises RecraftError where its result cannot be saved as `path`, as far as that is known."""

    def run(self) -> Result:
        """Carry it out."""


class Front(Protocol):
    """What a batch needs of a studio."""

    progress: Callable[[str, float], None]
    books: Books | None

    @property
    def service(self) -> Service:
        """The service in use."""

    @property
    def offline(self) -> bool:
        """True when nothing is paid."""

    def job(self, operation: str, picture: Any = None, **options: Any) -> Any:
        """An operation planned but not carried out."""


@dataclass(frozen=True)
class Opening:
    """How a worker makes its studio: `make` with what `choice` names. Where `studio` is given, it is that very one.

    It travels with each row, so `travelling` leaves out the key: workers elsewhere have their own. There each has an
    engine of its own, too.
    """

    make: Callable[..., Front]
    choice: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    studio: Front | None = None

    def __call__(self) -> Front:
        """The studio."""
        return self.studio or self.make(**dict(self.choice))

    @property
    def keyed(self) -> bool:
        """True when there is a key in it, or a studio, so that it must not travel."""
        return bool(dict(self.choice).get("key")) or self.studio is not None

    def travelling(self, pacer: Turns | None = None) -> Opening:
        """The same for another process or computer, without a key; `pacer` gives out its turns."""
        options = tuple((name, value) for name, value in self.choice if name not in {"key", "share"})
        return Opening(self.make, (*options, ("share", False), ("pacer", pacer)))


class Gate(Protocol):
    """What a task tells while it works, so that nothing paid is sent twice. It travels with the task."""

    def took(self, key: str) -> None:
        """The calling process is at the row."""

    def filed(self, key: str, entry: str) -> None:
        """A request stands in the history and has not been sent."""

    def sending(self, key: str, number: int) -> None:
        """The first byte of the row's request `number` is about to leave. Raises Unanswered when it was sent before."""


@dataclass(frozen=True)
class LedgerGate:
    """The ledger itself, for those who can reach its file."""

    path: str

    def took(self, key: str) -> None:
        """Written down."""
        _ledger(self.path).owned(key)

    def filed(self, key: str, entry: str) -> None:
        """Written down."""
        _ledger(self.path).filed(key, entry)

    def sending(self, key: str, number: int) -> None:  # noqa: ARG002 - one mark for the whole row
        """Written down."""
        _ledger(self.path).sent(key)


@dataclass(frozen=True)
class NoGate:
    """For executors out of the ledger's reach: whoever hands out the rows has written them down as sent."""

    def took(self, key: str) -> None:
        """Nothing to write."""

    def filed(self, key: str, entry: str) -> None:
        """Nothing to write."""

    def sending(self, key: str, number: int) -> None:
        """Nothing to write."""


@dataclass(frozen=True)
class Task:
    """One row on its way to a worker: names and numbers only, never pixels, never the key.

    `open_front` makes the studio that does the work. `known` are the history's entries of earlier tries; `content` is
    the digest of the files that a result is there for already. `cap` is what the row may cost in units, None for
    anything. `batch` names the batch whose stop it listens to. `tiles` cuts what is larger than the service takes.
    """

    key: str
    name: str
    operation: str
    picture: str
    mask: str
    out: str
    options: Mapping[str, Any]
    open_front: Callable[[], Front]
    gate: Gate
    known: tuple[str, ...] = ()
    content: str = ""
    cap: int | None = None
    batch: str = ""
    tiles: bool = False
    folder: str = ""


@dataclass(frozen=True)
class Done:
    """What became of a row. `state` is "done", "unchanged", "failed", "doubtful", "dear" (more than the cap; `units` is
    its price) or "stopped". `error` is an error's `as_dict()`, `files` what was written, `seconds` how long it took.
    `units` were charged in this run, `charged` for the row in all its tries.
    """

    key: str
    name: str
    state: str
    files: tuple[str, ...] = ()
    units: int = 0
    content: str = ""
    notes: tuple[str, ...] = ()
    error: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[str, ...] = ()
    seconds: float = 0.0
    free: bool = True
    charged: int = 0


_MASK_WAYS = ("transparent_mask", "invert_mask", "islands")
_stopped: set[str] = set()
_warm = threading.local()


def stop(batch: str) -> None:
    """Let no further request of a batch go out from this process; what is on its way comes back."""
    _stopped.add(batch)


def hopeless(error: RecraftError) -> bool:
    """True when every further row would fail the same way. A cap per click is about one row."""
    return isinstance(error, (KeyTrouble, EngineTrouble)) and error.option != "cap_per_click_units"


def carry_out(task: Task) -> Done:
    """Do one row; whatever goes wrong with it is in what comes back."""
    start = time.monotonic()
    working = _Working(task)
    try:
        done = working.run()
    except RecraftError as error:
        done = working.failed(error)
    return replace(done, seconds=time.monotonic() - start, entries=tuple(working.entries), free=working.free)


class _Working:
    """One row while it is worked on."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.entries = [*task.known]
        self.free = True
        self.content = ""
        self._requests = threading.local()  # of each thread: whether one is on its way
        self._sent = 0
        self._one = threading.Lock()

    def run(self) -> Done:
        task = self.task
        if task.batch in _stopped:
            raise Cancelled
        task.gate.took(task.key)
        front = _front(task.open_front)
        self.free = front.offline
        picture = files.readable(task.picture) if task.picture else None
        mask = picture if task.mask == task.picture else files.readable(task.mask) if task.mask else None
        self.content = "-".join(files.content(one) for one in (picture, mask) if one is not None)
        if task.content and task.content == self.content:
            return Done(task.key, task.name, "unchanged", content=self.content)
        return self._made(front, picture, mask)

    def _made(self, front: Front, picture: Any, mask: Any) -> Done:
        task = self.task
        self._books = Books(mended(task.known, front), self._filed)
        self._open(front)
        try:
            job = self._job(front, picture, mask)
            local = files.local(task.out)
            job.check_out(local, on_disk=not files.is_url(local))
            price = 0 if self.free else job.plan.units
            if task.cap is not None and price > task.cap:
                return Done(task.key, task.name, "dear", units=price)
            result = job.run()
            said: list[str] = []
            out = files.with_suffix(task.out, drawing=bool(result.layers) and bool(result.layers[0].svg))
            written = refuge.saved(result, lambda: files.saved(out, lambda path: result.save(path, say=said.append)))
        finally:
            front.books = None
        units = 0 if self.free else result.units
        charged = units if self.free else self._charged(units)
        self._keep_house()
        notes = (*result.notes, *said)
        return Done(task.key, task.name, "done", tuple(written), units, self.content, notes, charged=charged)

    def _charged(self, units: int) -> int:
        """What all tries of the row cost; `units` of this one."""
        total = 0
        with closing(History()) as history:
            for entry in dict.fromkeys(self.entries):
                with suppress(BadOption):
                    total += history.get(entry).charged or 0
        return max(total, units)

    def _job(self, front: Front, picture: Any, mask: Any) -> Job:
        task = self.task
        options = dict(task.options)
        ways = {name: bool(options.get(f"{name}_mask")) for name in ("transparent", "invert")}
        if task.tiles:
            rest = {name: value for name, value in options.items() if name not in _MASK_WAYS}
            shared = getattr(task.open_front, "studio", None) is not None  # it is safe for one thread only
            together = 1 if self.free or shared else TOGETHER
            ask = partial(self._tile, task.operation, **rest)
            job: Job | None = tiled(ask, task.operation, picture, mask, task.folder, together=together, **ways)
            if job is not None:
                return job
        whole_job: Job = front.job(task.operation, picture, mask=mask, **options)
        return whole_job

    def _tile(self, operation: str, picture: Any, **options: Any) -> Any:
        """The job of a tile, with the studio of the thread that asks."""
        return self._open(_front(self.task.open_front)).job(operation, picture, **options)

    def _open(self, front: Front) -> Front:
        """The studio works for this row."""
        front.books, front.progress = self._books, self._progress
        return front

    def failed(self, error: RecraftError) -> Done:
        """What to tell: an error that may have cost something is in doubt, unless nothing is paid here."""
        if hopeless(error):
            stop(self.task.batch)  # before another thread sends the next
        if isinstance(error, Cancelled):
            state = "stopped"
        elif error.charged and not self.free:
            state = "doubtful"
        else:
            state = "failed"
        return Done(self.task.key, self.task.name, state, error=error.as_dict())

    def _filed(self, entry: str) -> None:
        self.entries.append(entry)
        self.task.gate.filed(self.task.key, entry)

    def _progress(self, phase: str, share: float) -> None:
        if phase == "sending" and share > 0:
            if not getattr(self._requests, "sending", False):
                self._requests.sending = True
                with self._one:
                    self._sent += 1
                    number = self._sent
                self.task.gate.sending(self.task.key, number)
        else:
            self._requests.sending = False
        if phase in {"preparing", "waiting"} and self.task.batch in _stopped:
            raise Cancelled

    def _keep_house(self) -> None:
        """Once its pictures are written the row has no need of the history; who keeps none keeps none of a batch."""
        held = settings.read()[0]
        with closing(History()) as history:
            if held.keep_history:
                history.prune(held.history_max_bytes)
            for entry in () if held.keep_history else self.entries:
                with suppress(BadOption):
                    history.remove(entry)


def mended(known: Sequence[str], front: Front) -> dict[str, str]:
    """Of earlier tries, those whose answer is here, by the digest of the request.

    What a kill left unread or at the service is had first.
    """
    entry_ids: dict[str, str] = {}
    if not known:
        return entry_ids
    with closing(History()) as history:
        for id_ in known:
            with suppress(RecraftError):
                entry = _whole(history, history.get(id_), front)
                if entry.status == "done" and entry.here:
                    entry_ids[str(entry.record.more.get("digest"))] = entry.id
    return entry_ids


def _whole(history: History, entry: Entry, front: Front) -> Entry:
    if entry.outcome == "unknown" and history.raw(entry) is not None:
        entry = replay.reread(history, entry)
    if entry.waiting and entry.outcome != "working":
        entry = replay.fetch(history, entry, front.service)
    if entry.status == "answered" and entry.here and not entry.waiting:
        entry = history.finish(entry)
    return entry


def _front(open_front: Callable[[], Front]) -> Front:
    """The calling thread's studio, made at the first need."""
    held: dict[Any, Front] = _warm.__dict__.setdefault("fronts", {})
    if open_front not in held:
        held[open_front] = open_front()
    return held[open_front]


def _ledger(path: str) -> Ledger:
    held: dict[str, Ledger] = _warm.__dict__.setdefault("ledgers", {})
    if path not in held:
        held[path] = Ledger(Path(path))
    return held[path]
