"""What a person sees while a command works: one line about the job, one bar, notes. All on standard error."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TextIO

from ..shared.errors import plain
from ..shared.i18n import tr
from ..shared.plan import Plan

FREE = "free, on this computer"
_WIDTH = 24
_USUAL = 80  # columns of a terminal that does not say


def headline(plan: Plan, *, offline: bool) -> str:
    """The job in one line: erase  1216 × 912 of 6000 × 4000 · on this computer."""
    parts = []
    if plan.read and plan.canvas:
        whole = plan.read.size == plan.canvas
        parts.append(str(plan.canvas) if whole else tr("{read} of {canvas}", read=plan.read.size, canvas=plan.canvas))
    if plan.values.get("model"):
        parts.append(str(plan.values["model"]))
    parts.append(tr(FREE) if offline else tr(plan.price))
    return f"{plan.operation.command}  {' · '.join(parts)}"


class Screen:
    """Messages and a progress bar on `stream`; the bar only on a terminal, nothing at all when `quiet`."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._moving = not quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._phase, self._share = "preparing", 0.0
        self._start = self._phase_start = time.monotonic()
        self._stopped = threading.Event()
        self._ticker: threading.Thread | None = None
        self._drawn = 0  # columns of the line that stands there

    def say(self, text: str) -> None:
        """One line for the user."""
        if not self._quiet:
            print(plain(tr(text), lines=True), file=self._stream, flush=True)

    def progress(self, phase: str, share: float) -> None:
        """Note how far the work is. Seconds run on by themselves, since the service tells nothing while it works."""
        if phase != self._phase:
            self._phase_start = time.monotonic()
        self._phase, self._share = phase, share
        if self._moving and self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def finish(self, *, done: bool) -> None:
        """Stop the bar; full when the work is `done`."""
        if self._ticker is None:
            return
        self._stopped.set()
        self._ticker.join()
        self._draw(1.0 if done else 0.0, "100%" if done else tr("stopped"))
        self._stream.write("\n")
        self._stream.flush()

    def _tick(self) -> None:
        while not self._stopped.wait(0.1):
            text = f"{self._share:4.0%}" if self._share else "   …"
            self._draw(self._share, f"{text}  {tr(self._phase)}{self._countdown()}")

    def _countdown(self) -> str:
        """Seconds until a wait is over: for the service's limit, or because it asked for a pause."""
        if self._phase != "waiting" or not 0 < self._share < 1:
            return ""
        left = (time.monotonic() - self._phase_start) * (1 - self._share) / self._share
        return f" {tr('{seconds:.0f} s for the service', seconds=left)}"

    def _draw(self, share: float, text: str) -> None:
        caption = f"{text}  {time.monotonic() - self._start:.1f} s"
        # What reaches the last column wraps, and would be drawn anew on a line of its own ten times a second.
        most = columns(self._stream)
        width = max(0, min(_WIDTH, most - len(caption) - 2))
        filled = round(width * share)
        line = f"{'█' * filled}{'░' * (width - filled)} {caption}".lstrip()[: most - 1]
        # Blanks and not an escape code, which the older Windows console would show.
        self._stream.write(f"\r{line:<{self._drawn}}")
        self._stream.flush()
        self._drawn = len(line)


def columns(stream: TextIO) -> int:
    """How wide the terminal is."""
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    return _USUAL
