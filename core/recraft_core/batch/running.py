"""One run of a batch: rows handed to the executor and taken back, each step in the ledger before the next."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace

from ..shared.errors import (
    BadOption,
    Exit,
    OutOfUnits,
    RecraftError,
    StorageTrouble,
    Unanswered,
    Unreachable,
    WorkerEnded,
    from_dict,
)
from ..shared.i18n import say
from . import executors, work
from .deciding import Deciding
from .rows import Row
from .work import Done, Front, Gate, Task

log = logging.getLogger(__name__)

_TRIES = 2  # of a row whose worker died
_LOST = 5  # rows in succession that do not reach the service, before the rest is left for later
_LOOK_S = 0.5


@dataclass
class Counts:
    """How far it is: of `total` rows, `before` were done in earlier runs and `left` have not been done yet.

    `units` were charged in this run, which has taken `seconds`. `codes` are the exit codes of what failed.
    """

    total: int = 0
    before: int = 0
    done: int = 0
    failed: int = 0
    doubtful: int = 0
    units: int = 0
    seconds: float = 0.0
    codes: set[Exit] = field(default_factory=set)

    @property
    def left(self) -> int:
        """Rows that have not been done, failed or are in doubt."""
        return self.total - self.before - self.done - self.failed - self.doubtful


class Run:
    """The rows of one run. `executor` is a kind of our own or anybody's Executor; `jobs` are under way at once."""

    def __init__(
        self,
        deciding: Deciding,
        rows: Sequence[tuple[Row, str]],
        executor: Executor | str,
        jobs: int,
        *,
        open_front: Callable[[], Front],
        gate: Gate,
        batch: str,
    ) -> None:
        self.counts = Counts(len(rows))
        self.trouble: RecraftError | None = None
        self.stopped = False
        self._deciding, self._ledger, self._how = deciding, deciding.ledger, deciding.how
        self._executor, self._jobs = executor, jobs
        self._open_front, self._gate, self._batch = open_front, gate, batch
        self._pool = self._fresh()
        self._todo = deque(rows if self._how.limit != 0 else ())
        self._again: deque[Task] = deque()
        self._waiting: dict[Future[Done], Task] = {}
        self._held: dict[str, int] = {}  # units that rows under way may cost
        self._tries: dict[str, int] = {}
        self._begun = self._lost = 0

    def stop(self) -> None:
        """Begin nothing more; what is on its way is waited for."""
        self.stopped = True
        work.stop(self._batch)

    def results(self) -> Iterator[Done]:
        """Every row's result as it comes."""
        start = time.monotonic()
        try:
            while True:
                try:
                    yield from self._filled()
                except StorageTrouble as trouble:
                    self._broken(trouble)
                if self.stopped:
                    self._call_off()
                for done in self._finished():
                    self._booked(done)
                    self.counts.seconds = time.monotonic() - start
                    if done.state in {"done", "failed", "doubtful"}:
                        yield done
                if not self._waiting and (self.stopped or not (self._todo or self._again)):
                    return
        finally:
            self._close()
            self.counts.seconds = time.monotonic() - start

    def _close(self) -> None:
        """Wait for what is on its way, whoever has lost interest meanwhile."""
        if self._waiting:
            self.stop()
        while self._waiting:
            self._call_off()
            for done in self._finished():
                self._booked(done)
        if isinstance(self._executor, str):
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._ledger.close()

    def _call_off(self) -> None:
        for future in self._waiting:
            future.cancel()

    def _fresh(self) -> Executor:
        executor = self._executor
        return executors.create(executor, self._jobs) if isinstance(executor, str) else executor

    # --- handing out ------------------------------------------------------------------------------------------------

    def _filled(self) -> Iterator[Done]:
        """Hand out rows until enough are under way; those that need no worker are told at once."""
        busy = []
        while len(self._waiting) < 2 * self._jobs and not self.stopped and (self._again or self._todo):
            if self._again:
                self._submit(self._again.popleft())
                continue
            row, out = self._todo.popleft()
            state = self._deciding.state(row, out)
            if state == "done":
                self.counts.before += 1
            elif state == "occupied":
                yield self._refused(row, out)
            elif state == "doubtful":
                yield self._doubted(row, out)
            elif not self._begin(row, out):
                busy.append((row, out))
        if busy and not self._waiting:
            time.sleep(_LOOK_S)  # another process is at all that is left
        self._todo.extend(busy)

    def _doubted(self, row: Row, out: str) -> Done:
        record = self._deciding.record(out)
        error = record.error if record and record.error else _doubt(row.name).as_dict()
        done = Done(self._deciding.key(out), row.name, "doubtful", error=error, free=False)
        self._booked(done)
        return done

    def _refused(self, row: Row, out: str) -> Done:
        """The row's name is that of a file of the user's own."""
        error = occupied(self._deciding.occupying(row, out))
        done = Done(self._deciding.key(out), row.name, "failed", error=error.as_dict())
        self._booked(done)
        return done

    def _begin(self, row: Row, out: str) -> bool:
        """Take the row and hand it out; False when another process is at it."""
        deciding = self._deciding
        task = deciding.task(row, out, self._open_front, self._gate, self._batch)
        request, stamp = deciding.request(row, out), deciding.stamp(row)
        if not self._ledger.take(task.key, row.name, request, stamp, free=deciding.free):
            return False
        self._begun += 1
        if self._begun == self._how.limit:
            self._todo.clear()
        if self._how.max_units is not None:
            task = replace(task, cap=self._least(row))
        self._submit(task)
        return True

    def _least(self, row: Row) -> int:
        try:
            return self._deciding.price(row)
        except RecraftError:
            return 0  # the worker plans with the picture's own size, and tells what is wrong or what it costs

    def _submit(self, task: Task) -> None:
        if task.cap is not None and not self._affordable(task.cap):
            self._ledger.let_go(task.key, task.known)
            self.trouble = self.trouble or _too_dear(self._how.max_units or 0)
            self._todo.clear()
            return
        self._held[task.key] = task.cap or 0
        if not isinstance(self._gate, work.LedgerGate):
            self._ledger.sent(task.key)
        call = executors.in_process if self._executor == executors.PROCESSES else work.carry_out
        try:
            future = self._pool.submit(call, task)
        except BrokenExecutor:
            self._pool = self._fresh()
            future = self._pool.submit(call, task)
        self._waiting[future] = task

    def _affordable(self, units: int) -> bool:
        most = self._how.max_units
        return most is None or self.counts.units + sum(self._held.values()) + units <= most

    # --- taking back ------------------------------------------------------------------------------------------------

    def _finished(self) -> Iterator[Done]:
        futures, _ = wait(self._waiting, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        for future in futures:
            task = self._waiting.pop(future)
            self._held.pop(task.key, None)
            done = self._outcome(future, task)
            if done is not None:
                yield done

    def _outcome(self, future: Future[Done], task: Task) -> Done | None:
        """What a future brought; None where its row is tried once more."""
        try:
            done = future.result()
        except CancelledError:
            return Done(task.key, task.name, "stopped", entries=task.known)
        except Exception as problem:  # noqa: BLE001 - a worker may die of anything
            return self._worker_died(task, problem)
        if done.state == "dear":
            self._again.append(replace(task, cap=done.units))
            return None
        return done

    def _worker_died(self, task: Task, problem: Exception) -> Done | None:
        """A row is tried once more unless it may have been paid for."""
        log.warning("the worker of %s ended: %r", task.name, problem)
        record = self._ledger.get(task.key)
        if record is not None and self._deciding.in_doubt(replace(record, pid=0)):
            return Done(task.key, task.name, "doubtful", error=_doubt(task.name).as_dict(), free=False)
        if self.stopped:
            return Done(task.key, task.name, "stopped", entries=record.entries if record else ())
        if (
            not isinstance(problem, BrokenExecutor)
            and type(problem).__module__.partition(".")[0] in sys.stdlib_module_names
        ):
            return Done(task.key, task.name, "failed", error=_bug(task.name, problem).as_dict())
        self._tries[task.key] = self._tries.get(task.key, 1) + 1
        if self._tries[task.key] > _TRIES:
            return Done(task.key, task.name, "failed", error=_died(task.name, problem).as_dict())
        self._again.append(replace(task, known=record.entries if record else task.known))
        return None

    def _booked(self, done: Done) -> None:
        """Count what became of a row, and write it down. What came is told even where no ledger can be written."""
        counts = self.counts
        counts.done += done.state == "done"
        counts.before += done.state == "unchanged"
        counts.failed += done.state == "failed"
        counts.doubtful += done.state == "doubtful"
        try:
            self._write_down(done)
        except StorageTrouble as trouble:
            self._broken(trouble)
        if done.state in {"done", "unchanged"}:
            counts.units += done.units
            self._lost = 0
        elif done.error:
            self._judge(from_dict(dict(done.error)))

    def _write_down(self, done: Done) -> None:
        if done.state in {"done", "unchanged"}:
            self._ledger.done(done.key, units=done.charged, files=done.files, content=done.content)
        elif done.state == "stopped":
            self._ledger.let_go(done.key, done.entries)
        else:
            self._ledger.ended(done.key, done.state, dict(done.error))

    def _broken(self, trouble: StorageTrouble) -> None:
        """Without a ledger nothing more may be sent."""
        self.trouble = self.trouble or trouble
        self.stop()

    def _judge(self, error: RecraftError) -> None:
        """Stop where every further row would fail the same way, or where the first failure is to be the last."""
        self.counts.codes.add(error.exit_code)
        self._lost = self._lost + 1 if isinstance(error, Unreachable) and not error.charged else 0
        if work.hopeless(error) or self._lost >= _LOST or self._how.fail_fast:
            self.trouble = self.trouble or error
            self.stop()


def _doubt(name: str) -> RecraftError:
    return Unanswered(
        say("{name} was sent, and whoever sent it ended before an answer came.", name=name),
        remedy="It may have been charged: look at the balance, then send it again with --retry-doubtful.",
        charged=True,
    )


def _died(name: str, problem: Exception) -> RecraftError:
    return WorkerEnded(
        say("The worker ended while it was at {name} ({kind}).", name=name, kind=type(problem).__name__),
        remedy="It may need more memory than there is: use fewer --jobs, or a smaller picture.",
    )


def occupied(file: str) -> RecraftError:
    """What to say where a `file` of the user's own has a row's name."""
    return BadOption(
        say("The file {out} already exists, and no batch made it.", out=file),
        remedy="Nothing was sent. Give -o another folder, --skip-existing to leave such pictures out, or --overwrite.",
        option="out",
    )


def _bug(name: str, problem: Exception) -> RecraftError:
    return RecraftError(
        say(
            "{name} failed because of a bug ({kind}: {problem}).",
            name=name,
            kind=type(problem).__name__,
            problem=problem,
        ),
        remedy="Please report it. The other pictures go on.",
    )


def _too_dear(most: int) -> RecraftError:
    return OutOfUnits(
        say("The next row would cost more than is left of {most:,} units.", most=most),
        remedy="What is done stays done: give more with --max-units and start it again.",
        option="max_units",
    )
