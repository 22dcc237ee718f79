"""The shared requests to the worker, pumped by a timer of GLib: works with and without a window, nothing blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi.repository import GLib

from .shared.errors import RecraftError
from .shared.plugin.choices import in_a_host
from .shared.plugin.requests import WorkerRequests, outcome

if TYPE_CHECKING:
    from .shared.protocol import Message

FOLDER = Path(__file__).resolve().parent.parent
EVERY_MS = 20


class GimpRequests(WorkerRequests):
    """One worker for the life of a procedure. `host` is GIMP's name and version."""

    def __init__(self, host: str, folder: Path = FOLDER) -> None:
        super().__init__(folder, host)
        self._timer = 0

    def ask(self, kind: str, on_message: Callable[[Message], Any], blobs: Sequence[Any] = (), **fields: Any) -> int:
        """As the shared one; the first request starts the timer."""
        self._timer = self._timer or GLib.timeout_add(EVERY_MS, self._tick)
        return super().ask(kind, on_message, blobs, **fields)

    def finish(
        self,
        kind: str,
        *,
        on_progress: Callable[[Message], Any] = lambda _message: None,
        on_begin: Callable[[int], Any] = lambda _number: None,
        blobs: Sequence[Any] = (),
        **fields: Any,
    ) -> Message:
        """Send a request and run GIMP's loop until it has ended: its last message. Raises what went wrong.

        `on_begin` gets the id to cancel it with.
        """
        loop, ends = GLib.MainLoop(), []

        def on_message(message: Message) -> None:
            if message.ends:
                ends.append(message)
                loop.quit()
            elif message.kind == "progress":
                on_progress(message)

        on_begin(self.ask(kind, on_message, blobs, **fields))
        if not ends:
            loop.run()
        try:
            return outcome(ends[0])
        except RecraftError as trouble:
            raise in_a_host(trouble) from None

    def stop(self) -> None:
        """Let the worker go; it finishes by itself what was paid for."""
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0
        super().stop()

    def _tick(self) -> bool:
        self.poll()
        return GLib.SOURCE_CONTINUE
