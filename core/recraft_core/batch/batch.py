"""A batch from outside: made, looked at, and iterated over."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..api.pacing import Turns
from ..api.service import engine_folder
from ..paths import here
from ..shared.destination import folded
from ..shared.errors import BadOption, Exit, StorageTrouble
from ..shared.i18n import say
from ..shared.operations import OPERATIONS, Operation
from . import executors, work
from .deciding import Deciding, Options
from .ledger import NAME, Kept, Ledger
from .outputs import check_inputs, clashing
from .rows import Row, output, pattern_of, rows
from .running import Run
from .work import Done, Front, Gate, Opening


class Batch:
    """One operation over many rows. Iterate over it, with `for` or `async for`, to have it done.

    `sources` as for `rows`, `lines` are those of standard input. `open_front` makes the studio that does the work;
    `free` when nothing is paid there. `executor` is "threads", "processes", any Executor, or None: processes for the
    engine, threads for the service. `gate` is what tasks tell on an executor that cannot reach the ledger's file.
    Raises BadOption or StorageTrouble before anything is sent.
    """

    def __init__(
        self,
        operation: str,
        sources: Iterable[str | Row | Mapping[str, Any]],
        open_front: Callable[[], Front],
        *,
        free: bool,
        how: Options | None = None,
        executor: Executor | str | None = None,
        gate: Gate | None = None,
        lines: Iterable[str] = (),
    ) -> None:
        how = how or Options()
        self.operation = _operation(operation)
        pattern = pattern_of(how.out, self.operation)
        self.deciding = Deciding(self.operation, how, pattern, free=free)
        self.rows = self._found(sources, pattern, lines)
        self.jobs = how.jobs or _width(executor) or executors.usual_jobs(free=free)
        chosen = executor or (executors.PROCESSES if free else executors.THREADS)
        ours = isinstance(chosen, str)
        usual: Gate = work.LedgerGate(str(self.deciding.ledger.path.absolute())) if ours else work.NoGate()
        self._parts: dict[str, Any] = {"open_front": open_front, "gate": gate or usual}
        self._executor = chosen
        self.run: Run | None = None

    def _found(self, sources: Iterable[Any], pattern: str, lines: Iterable[str]) -> list[tuple[Row, str]]:
        books, sources = self.deciding.ledger, list(sources)
        made, own = _made(books, sources), _own(sources)
        kept: list[str] = []  # of our own, for there may be nothing else

        def leave_out(path: str) -> bool:
            if own(path):
                kept.append(path)
            return own(path) or made(path)

        candidates = rows(self.operation, sources, mask=self.deciding.how.mask, lines=lines, leave_out=leave_out)
        placed = [(row, output(row, pattern, self.operation)) for row in candidates]
        if not placed:
            raise _nothing(kept)
        check_inputs(clashing(placed, self.operation, self.deciding.how.options))
        books.close()
        return placed

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Done]:
        """Do it: each row's result as it comes. Rows that were done before are counted and not told."""
        self.run = Run(self.deciding, self.rows, self._executor, self.jobs, batch=secrets.token_hex(8), **self._parts)
        return self.run.results()

    async def __aiter__(self) -> AsyncIterator[Done]:
        """The same without blocking the event loop."""
        results, ended = iter(self), object()
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as one:  # the generator's connection to the ledger belongs to one thread
            try:
                while (done := await loop.run_in_executor(one, next, results, ended)) is not ended:
                    yield done  # type: ignore[misc]
            finally:
                self.stop()
                await loop.run_in_executor(one, results.close)  # type: ignore[attr-defined]

    def stop(self) -> None:
        """Begin nothing more; what is on its way is waited for. From any thread."""
        if self.run is not None:
            self.run.stop()

    def doubtful(self) -> list[Kept]:
        """Rows of this batch that may have been charged although nothing came."""
        keys = {self.deciding.key(out) for _, out in self.rows}
        return [record for record in self.deciding.ledger.in_state("doubtful") if record.key in keys]

    def exit_code(self) -> Exit:
        """How the run ended: OK when every row is done, PARTLY when some are, else what went wrong.

        CANCELLED when it was stopped; where all the rest had no chance (key, units, network, engine) that is the code.
        """
        run = self.run
        if run is None:
            return Exit.OK
        counts, trouble = run.counts, run.trouble
        if trouble is not None and not self.deciding.how.fail_fast:
            return trouble.exit_code
        if run.stopped and trouble is None and counts.left:
            return Exit.CANCELLED
        if not counts.codes:
            return Exit.OK
        only = next(iter(counts.codes)) if len(counts.codes) == 1 else Exit.PARTLY
        return Exit.PARTLY if counts.done + counts.before else only


def _made(books: Ledger, sources: Iterable[Any]) -> Callable[[str], bool]:
    """Whether a file that lies in a folder of `sources` was made by this batch, or by one whose books lie further down
    (those of the folder itself say that its results are meant).
    """
    folders = _folders(sources)
    others = {path for one in folders for path in one.glob(f"*/**/{NAME}")} - {books.path.absolute()}
    ours = set(books.outputs()) if books.path.exists() else set()
    for path in others:
        ours |= Ledger(path).outputs_only()
    alike: dict[str, list[str]] = {}
    for one in ours:
        alike.setdefault(folded(one), []).append(one)

    def is_ours(path: str) -> bool:
        name = str(Path(path).absolute())
        return name in ours or any(_same(name, one) for one in alike.get(folded(name), ()))

    return is_ours


def _same(one: str, other: str) -> bool:
    """Whether names that are spelled otherwise are those of one file."""
    try:
        return os.path.samefile(one, other)  # noqa: PTH121 - a thousand Paths take their time
    except OSError:
        return False


def _own(sources: Iterable[Any]) -> Callable[[str], bool]:
    """Whether a file belongs to the history or the engine, where no folder of `sources` lies in these itself."""
    meant = {one for folder in _folders(sources) for one in (folder, *folder.parents)}
    places = [one for one in (here().history, engine_folder()) if one not in meant]
    return lambda path: any(one in Path(path).absolute().parents for one in places)


def _folders(sources: Iterable[Any]) -> list[Path]:
    return [Path(one).absolute() for one in sources if isinstance(one, str) and Path(one).is_dir()]


def _nothing(kept: Sequence[str]) -> StorageTrouble:
    """What to say where no picture is left; `kept` are those of our own."""
    what = say("There is nothing to do: no picture was found.")
    if kept:
        what = say(
            "There is nothing to do: {file} and files like it belong to the history or the engine.", file=kept[0]
        )
    return StorageTrouble(what, remedy="Name files or folders of them.")


def batch_of(
    opening: Opening,
    operation: str,
    sources: Iterable[str | Row | Mapping[str, Any]],
    how: Options,
    *,
    free: bool,
    executor: Executor | str | None = None,
    gate: Gate | None = None,
    pacer: Turns | None = None,
    lines: Iterable[str] = (),
    **options: Any,
) -> Batch:
    """The batch of a studio: `options` go for every row, `pacer` gives out the turns where computers share a limit.

    Raises BadOption where a key that was handed over in code would have to leave this process.
    """
    how = replace(how, options={**how.options, **options})
    if opening.studio is not None:
        how, executor = replace(how, jobs=1), executor or executors.THREADS
    near = executor == executors.THREADS or (executor is None and not free)
    if opening.keyed and not near:
        raise BadOption(
            "A key handed over in code stays in this process.",
            remedy="Set RECRAFT_API_TOKEN where the workers run, or use threads.",
            option="executor",
        )
    front = opening if near else opening.travelling(pacer)
    return Batch(operation, sources, front, free=free, how=how, executor=executor, gate=gate, lines=lines)


def _operation(name: str) -> Operation:
    operation = OPERATIONS.get(name.replace("-", "_"))
    if operation is None or not operation.is_drawn:
        fitting = [one.command for one in OPERATIONS.values() if one.is_drawn]
        raise BadOption(
            say("“{name}” cannot be run as a batch.", name=name),
            remedy=say("Choose one of {fitting}.", fitting=", ".join(fitting)),
        )
    return operation


def _width(executor: Executor | str | None) -> int | None:
    """How many rows an executor does at once, where it tells."""
    workers = getattr(executor, "_max_workers", None)
    return workers if isinstance(workers, int) and workers > 0 else None
