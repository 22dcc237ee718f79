"""The interactive run: a window where one is needed, at once where none is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gdk, GimpUi, GLib, Gtk

from .requests import FOLDER
from .running import Done
from .session import clicked
from .shared.i18n import say, tr
from .shared.plugin.worker_setup import wanted
from .ui_parts import WIDE, column, label, show_progress

if TYPE_CHECKING:
    from .running import Run
    from .shared.protocol import Message

# A run that is done sooner shows no window.
PATIENCE_MS = 500
# Nobody presses a key because of what came sooner before; GIMP may take so long to heed one.
REACTION_S = 0.3


def interactive(run: Run) -> Done:
    """Run one entry of the menu as a person does."""
    GimpUi.init("recraft")
    if wanted(FOLDER):
        from .ui_setup import SetupWindow

        SetupWindow().run()
    if run.entry.operation == "history":
        from .ui_history import HistoryWindow

        return HistoryWindow(run).run()
    if run.entry.operation in {"settings", "account"}:
        from .ui_settings import SettingsWindow

        SettingsWindow(run.requests).run()
        return Done()
    if run.entry.asks or shift_held():
        from .ui_dialog import OperationDialog

        return OperationDialog(run).run()
    return at_once(run)


def shift_held() -> bool:
    """True while Shift is down."""
    keymap = Gdk.Keymap.get_for_display(Gdk.Display.get_default())
    return bool(keymap.get_modifier_state() & Gdk.ModifierType.SHIFT_MASK)


def at_once(run: Run) -> Done:
    """Without questions; a small window with Cancel comes when it takes a while."""
    run.since = clicked() - REACTION_S
    request = run.request()
    window = Waiting(run, request.plan.price)
    try:
        result = window.wait("run", request.blobs, **request.fields)
    finally:
        window.close()
    return request.place(result)


class Waiting:
    """Phase, seconds and a Cancel that works at once."""

    def __init__(self, run: Run, price: str) -> None:
        self._requests = run.requests
        self._dialog = GimpUi.Dialog(title=tr("Recraft: {verb}", verb=say(run.entry.row.verb)), role="recraft-wait")
        self._dialog.add_button(tr("_Cancel"), Gtk.ResponseType.CANCEL)
        self._phase, self._bar = label("Preparing"), Gtk.ProgressBar()
        self._costs, self._price = price, label(dim=True)
        inside = column(self._phase, self._bar, self._price, gap=6)
        inside.set_border_width(WIDE)
        inside.set_size_request(340, -1)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        self._offline: bool | None = None
        fields = {"operation": run.entry.operation, "options": run.values, **run.where}
        self._requests.ask("plan", self._told_who_works, **fields)
        self._timer = GLib.timeout_add(PATIENCE_MS, self._appear)

    def _told_who_works(self, message: Message) -> None:
        if message.kind == "answer":
            self._offline = bool(message["data"]["offline"])
            self._tell_price()

    def _tell_price(self) -> None:
        """Nothing while it is not known who works: on a busy machine the answer comes after the window."""
        self._price.set_text(tr({None: "", True: "on this computer", False: self._costs}[self._offline]))

    def _appear(self) -> bool:
        self._timer = 0
        self._tell_price()
        self._dialog.show_all()
        return GLib.SOURCE_REMOVE

    def wait(self, kind: str, blobs: Sequence[Any] = (), **fields: Any) -> Message:
        """The last message of a request. Raises what went wrong, Cancelled when that was wished."""
        return self._requests.finish(kind, on_progress=self._show, on_begin=self._begun, blobs=blobs, **fields)

    def _begun(self, job: int) -> None:
        self._dialog.connect("response", lambda *_: self._requests.cancel(job))
        self._dialog.connect("delete-event", lambda *_: True)

    def _show(self, message: Message) -> None:
        show_progress(self._phase, self._bar, message)

    def close(self) -> None:
        """Take it away."""
        if self._timer:
            GLib.source_remove(self._timer)
        self._dialog.destroy()
