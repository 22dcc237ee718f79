"""The interactive run: a window where one is needed, at once where none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gdk, GLib

from .requests import FOLDER
from .returns import Done
from .session import clicked
from .shared.plugin.worker_setup import wanted

if TYPE_CHECKING:
    from .running import Request, Run
    from .shared.protocol import Message
    from .ui_waiting import WaitingWindow

WINDOWS = ("history", "settings", "account")  # that are no operation's dialog
# A run that is done sooner shows no window, nor loads what windows are made of: half of what the plug-in would take.
PATIENCE_MS = 900
# Nobody presses a key because of what came sooner before; GIMP may take so long to heed one.
REACTION_S = 0.3


def interactive(run: Run) -> Done:
    """Run one entry of the menu as a person does."""
    if wanted(FOLDER):
        from .ui_setup import SetupWindow

        _windows()
        SetupWindow().run()
    asks = run.entry.asks or run.entry.operation in WINDOWS
    return in_window(run) if asks or shift_held() else at_once(run)


def in_window(run: Run) -> Done:
    """The window of an entry, from opening to its end."""
    _windows()
    if run.entry.operation == "history":
        from .ui_history import HistoryWindow

        return HistoryWindow(run).run()
    if run.entry.operation in WINDOWS:
        from .ui_settings import SettingsWindow

        SettingsWindow(run.requests).run()
        return Done()
    from .ui_dialog import OperationDialog

    return OperationDialog(run).run()


def _windows() -> None:
    """Once a window is certain to come: loading what it is made of takes as long as all else here."""
    from gi.repository import GimpUi

    GimpUi.init("recraft")


def shift_held() -> bool:
    """True while Shift is down."""
    keymap = Gdk.Keymap.get_for_display(Gdk.Display.get_default())
    return bool(keymap.get_modifier_state() & Gdk.ModifierType.SHIFT_MASK)


def at_once(run: Run) -> Done:
    """Without questions; a small window with Cancel comes when it takes a while."""
    run.since = clicked() - REACTION_S
    request = run.request()
    waiting = Waiting(run, request.plan.price)
    try:
        result = waiting.answer(request)
    finally:
        waiting.close()
    return request.place(result)


class Waiting:
    """Waits for one request; the window that tells of it comes after a while."""

    def __init__(self, run: Run, price: str) -> None:
        self._run, self._price = run, price
        self._job = 0
        self._window: WaitingWindow | None = None
        self._timer = GLib.timeout_add(PATIENCE_MS, self._appear)

    def answer(self, request: Request) -> Message:
        """The last message of a request. Raises what went wrong, Cancelled when that was wished."""
        return self._run.requests.finish(
            "run", on_progress=self._show, on_begin=self._begun, blobs=request.blobs, **request.fields
        )

    def _begun(self, job: int) -> None:
        self._job = job

    def _appear(self) -> bool:
        self._timer = 0
        from .ui_waiting import WaitingWindow

        self._window = WaitingWindow(self._run, self._price, lambda: self._run.requests.cancel(self._job))
        return GLib.SOURCE_REMOVE

    def _show(self, message: Message) -> None:
        if self._window is not None:
            self._window.show(message)

    def close(self) -> None:
        """Take it away."""
        if self._timer:
            GLib.source_remove(self._timer)
        if self._window is not None:
            self._window.close()
