"""What a person sees while a command works: one line about the job, one bar, notes. All on standard error."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

_WIDTH = 24
_PHASES = {"preparing": "preparing", "sending": "sending", "working": "working", "receiving": "receiving"}


class Screen:
    """Messages and a progress bar on `stream`; the bar only on a terminal, nothing at all when `quiet`."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._moving = not quiet and self._stream.isatty()
        self._phase, self._share = "preparing", 0.0
        self._start = time.monotonic()
        self._stopped = threading.Event()
        self._ticker: threading.Thread | None = None

    def say(self, text: str) -> None:
        """One line for the user."""
        if not self._quiet:
            print(text, file=self._stream, flush=True)

    def progress(self, phase: str, share: float) -> None:
        """Note how far the work is. Seconds run on by themselves, since the service tells nothing while it works."""
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
        self._draw(_WIDTH if done else 0, "100%" if done else "stopped")
        self._stream.write("\n")
        self._stream.flush()

    def _tick(self) -> None:
        while not self._stopped.wait(0.1):
            filled = round(_WIDTH * self._share)
            text = f"{self._share:4.0%}" if self._share else "   …"
            self._draw(filled, f"{text}  {_PHASES.get(self._phase, self._phase)}")

    def _draw(self, filled: int, text: str) -> None:
        seconds = time.monotonic() - self._start
        self._stream.write(f"\r{'█' * filled}{'░' * (_WIDTH - filled)} {text}  {seconds:.1f} s\033[K")
        self._stream.flush()
