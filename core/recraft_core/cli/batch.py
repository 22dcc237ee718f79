"""Carry out `recraft batch`, and every operation that is given several pictures."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from ..api.service import offline
from ..batch import Batch, Done, Options
from ..batch.survey import Survey, survey
from ..paths import telling
from ..redaction import redact, redact_data
from ..shared.errors import BadOption, Exit, from_dict, plain
from ..shared.i18n import join, say, say_n, tr
from ..shared.notes import duration
from ..shared.operations import OPERATIONS
from ..shared.plan import price_text
from ..studio import Studio
from .batch_screen import BatchScreen
from .command import as_json, told
from .operate import given_options
from .screen import FREE


def run(chosen: argparse.Namespace) -> int:
    """Do the batch, or with --dry-run tell what it would do."""
    with ExitStack() as stack:
        batch = _batch(chosen, stack)
        if chosen.dry_run:
            _show(chosen, batch, survey(batch))
            return Exit.OK
        file = stack.enter_context(_report(Path(chosen.report))) if chosen.report else None
        return _done(chosen, batch, file)


def _report(path: Path) -> TextIO:
    with telling("write", path):
        return path.open("w", encoding="utf-8")


def _batch(chosen: argparse.Namespace, stack: ExitStack) -> Batch:
    operation = OPERATIONS[chosen.operation]
    out = getattr(chosen, "out", None) or ""  # where an operation makes no pictures, `studio.batch` refuses it
    if out == "-":
        raise BadOption("Standard output takes one picture only.", remedy="Give -o a folder.", option="out")
    how = Options(
        out, getattr(chosen, "mask", None) or "", given_options(chosen, operation), chosen.jobs,
        chosen.max_units, chosen.limit, chosen.skip_existing, chosen.fail_fast, chosen.retry_doubtful,
        getattr(chosen, "tiles", False), chosen.ledger or "", chosen.overwrite,
    )  # fmt: skip
    studio = Studio(base_url=chosen.base_url, local=chosen.local, share=not chosen.no_share)
    more: dict[str, Any] = {}
    if chosen.dask:
        from ..batch.cluster import connected

        more = stack.enter_context(connected(chosen.dask))
    sources = chosen.picture or ([] if sys.stdin.isatty() else ["-"])
    return studio.batch(operation.name, sources, how=how, lines=sys.stdin, **more)


def _done(chosen: argparse.Namespace, batch: Batch, file: TextIO | None) -> int:
    screen = BatchScreen(batch, quiet=chosen.quiet, free=_free(chosen))
    count = say_n("{n:,} picture", "{n:,} pictures", len(batch))
    screen.say(" · ".join([f"{batch.operation.command}  {tr(count)}", *([tr(FREE)] if _free(chosen) else [])]))
    with _finishing(batch, screen):
        for done in batch:
            _tell(chosen, done, file, screen)
        screen.finish()
    run = batch.run
    if run and run.trouble:
        what = redact(join(run.trouble.what, run.trouble.remedy))
        print(tr("error: {what}", what=what), file=sys.stderr)  # noqa: T201
    code = batch.exit_code()
    summary = _summary(batch, code)
    for stream in filter(None, (file, sys.stdout if chosen.json else None)):
        print(as_json({"summary": summary}), file=stream, flush=True)
    screen.summary(summary, _onwards(batch, code))
    return int(code)


def _tell(chosen: argparse.Namespace, done: Done, file: TextIO | None, screen: BatchScreen) -> None:
    line = as_json(redact_data(_as_data(done)))
    with screen.still():
        if file:
            print(line, file=file, flush=True)
        if chosen.json:
            print(line, flush=True)  # noqa: T201
        elif done.files:
            print(*map(told, done.files), sep="\n", flush=True)  # noqa: T201
        if done.error:
            error = from_dict(dict(done.error))
            screen.failed(done.name, tr(redact(join(error.what, error.remedy))))
        for note in done.notes if len(screen.batch) == 1 else ():
            screen.say(tr(note))


def _as_data(done: Done) -> dict[str, Any]:
    error = {"error": {**done.error, "exit": int(from_dict(dict(done.error)).exit_code)}} if done.error else {}
    return {
        "picture": done.name, "state": done.state, "files": list(done.files), "units": done.units,
        "seconds": round(done.seconds, 3), "entries": list(done.entries), "notes": list(done.notes), **error,
    }  # fmt: skip


def _summary(batch: Batch, code: Exit) -> dict[str, Any]:
    counts = batch.run.counts if batch.run else None
    if counts is None:
        return {}
    return {
        "rows": counts.total, "done": counts.done, "before": counts.before, "failed": counts.failed,
        "doubtful": counts.doubtful, "left": counts.left, "units": counts.units,
        "seconds": round(counts.seconds, 1), "exit": int(code),
    }  # fmt: skip


def _onwards(batch: Batch, code: Exit) -> list[str]:
    """How to go on, where something is left."""
    counts = batch.run.counts if batch.run else None
    if counts is None or code == Exit.OK:
        return []
    said: list[str] = []
    if counts.left or counts.failed:
        said.append("The same command goes on: what is done is neither done nor paid again.")
    if counts.doubtful:
        text = "{count} may have been charged without an answer: look at the balance first."
        said.append(say(text, count=counts.doubtful))
        said.append("To send those again, add --retry-doubtful.")
    return said


@contextmanager
def _finishing(batch: Batch, screen: BatchScreen) -> Iterator[None]:
    """The first Ctrl+C lets what is paid for come to its end, the second ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(_number: int, _frame: Any) -> None:
        if batch.run is None or batch.run.stopped:
            raise KeyboardInterrupt
        batch.stop()
        screen.stopping()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _free(chosen: argparse.Namespace) -> bool:
    return offline(base_url=chosen.base_url, local=chosen.local)


def _show(chosen: argparse.Namespace, batch: Batch, tally: Survey) -> None:
    """What a dry run tells."""
    free = _free(chosen)
    bad = [{"picture": name, "error": redact_data(error.as_dict())} for name, error in tally.bad]
    data = {
        "operation": batch.operation.name, "rows": tally.rows, "todo": tally.todo, "before": tally.before,
        "doubtful": tally.doubtful, "bad": bad, "pixels": tally.pixels, "units": tally.units, "seconds": tally.seconds,
    }  # fmt: skip
    if chosen.json:
        print(as_json(data))  # noqa: T201
        return
    command = batch.operation.command
    text = "{command}: {todo:,} of {rows:,} to do, {before:,} done before"
    lines = [say(text, command=command, todo=tally.todo, rows=tally.rows, before=tally.before)]
    lines.append(say("pixels: {count:,.1f} million", count=tally.pixels / 1e6))
    more = say("price: {price} (more where areas are sent one by one)", price=price_text(tally.units))
    lines.append(say("price: {price}", price=say(FREE)) if free else more)
    if tally.seconds is not None:
        lines.append(say("time: about {time}", time=duration(tally.seconds)))
    if tally.doubtful:
        lines.append(say("in doubt: {count}", count=tally.doubtful))
    print("\n  ".join(map(tr, lines)))  # noqa: T201
    for name, error in tally.bad:
        print(f"  {plain(name)}: {tr(join(error.what, error.remedy))}")  # noqa: T201
    if not chosen.quiet:
        print(tr("Nothing was sent."), file=sys.stderr)  # noqa: T201
