"""What a person sees while a batch works: one line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from ..batch import Batch
from ..shared.errors import plain
from ..shared.i18n import N_, say, tr
from ..shared.notes import duration
from ..shared.plan import price_text
from .screen import columns

_NOW_AND_THEN_S = 10.0
_BAR = 16


class BatchScreen:
    """Progress of `batch` on `stream`: done, failed, cost so far, pace and the time that is left."""

    def __init__(self, batch: Batch, *, free: bool, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.batch = batch
        self._free, self._quiet = free, quiet
        self._stream = stream or sys.stderr
        self._moving = not quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._start = time.monotonic()
        self._told = self._start
        self._lock = threading.RLock()
        self._drawn = 0
        self._over = threading.Event()
        self._failed: list[tuple[str, str]] = []
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        if not quiet:
            self._ticker.start()

    def say(self, text: str) -> None:
        """One line for the user."""
        if not self._quiet:
            with self.still():
                print(plain(text, lines=True), file=self._stream, flush=True)

    def failed(self, name: str, text: str) -> None:
        """One picture that came to nothing; it is named now and at the end."""
        name = plain(name)
        self._failed.append((name, text))
        self.say(f"{name}: {text}")

    def stopping(self) -> None:
        """The user wants to stop."""
        self.say(tr("Stopping: what is on its way is finished. Press Ctrl+C once more to end at once."))

    @contextmanager
    def still(self) -> Iterator[None]:
        """The moving line out of the way."""
        with self._lock:
            if self._drawn:
                self._stream.write(f"\r{'':<{self._drawn}}\r")
                self._stream.flush()
                self._drawn = 0
            yield

    def finish(self) -> None:
        """No more progress."""
        self._over.set()
        if not self._quiet:
            self._ticker.join()
        with self.still():
            pass

    def summary(self, counts: Mapping[str, Any], onwards: Sequence[str]) -> None:
        """The end: what there is, what failed by name, and how to go on."""
        parts = [say(text, count=counts[name]) for name, text in _WORDS.items() if counts[name] or name == "done"]
        cost = [] if self._free else [price_text(counts["units"])]
        self.say(" · ".join([", ".join(map(tr, parts)), *map(tr, cost), tr(duration(counts["seconds"]))]))
        for name, text in self._failed[:_MOST] if len(self._failed) > 1 else ():
            self.say(f"  {name}: {text}")
        if len(self._failed) > _MOST:
            text = say("and {count:,} more; --report FILE lists them all.", count=len(self._failed) - _MOST)
            self.say(f"  {tr(text)}")
        for line in onwards:
            self.say(tr(line))

    def line(self) -> str:
        """Where it stands, in one line."""
        run = self.batch.run
        if run is None:
            return tr("preparing")
        counts, past = run.counts, time.monotonic() - self._start
        ended = counts.done + counts.failed + counts.doubtful
        share = (counts.total - counts.left) / max(1, counts.total)
        parts = [f"{counts.total - counts.left:,}/{counts.total:,}"]
        parts += [tr(_WORDS["failed"], count=counts.failed)] if counts.failed else []
        parts += [] if self._free else [tr(price_text(counts.units))]
        if ended and past:
            parts.append(tr("{pace:.1f} a minute", pace=60 * ended / past))
            parts.append(tr("{time} left", time=duration(counts.left * past / ended)))
        filled = round(_BAR * share)
        return f"{'█' * filled}{'░' * (_BAR - filled)} {' · '.join(parts)}"

    def _tick(self) -> None:
        while not self._over.wait(0.2):
            with self._lock:
                if self._moving:
                    text = self.line()[: columns(self._stream) - 1]
                    self._stream.write(f"\r{text:<{self._drawn}}")
                    self._stream.flush()
                    self._drawn = len(text)
                elif time.monotonic() - self._told >= _NOW_AND_THEN_S:
                    self._told = time.monotonic()
                    print(self.line().lstrip("█░ "), file=self._stream, flush=True)


_MOST = 50
_WORDS = {
    "done": N_("{count:,} done"), "before": N_("{count:,} done before"), "failed": N_("{count:,} failed"),
    "doubtful": N_("{count:,} in doubt"), "left": N_("{count:,} left"),
}  # fmt: skip
