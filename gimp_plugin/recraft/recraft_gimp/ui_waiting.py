"""The small window of a run that asks nothing: phase, seconds and a Cancel that works at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gi.repository import GimpUi, Gtk

from .shared.i18n import say, tr
from .ui_parts import WIDE, column, label, show_progress

if TYPE_CHECKING:
    from .running import Run
    from .shared.protocol import Message


class WaitingWindow:
    """Shown at once. `price` is what the run costs with a key, `cancel()` ends it."""

    def __init__(self, run: Run, price: str, cancel: Callable[[], Any]) -> None:
        GimpUi.init("recraft")
        self._dialog = GimpUi.Dialog(title=tr("Recraft: {verb}", verb=say(run.entry.row.verb)), role="recraft-wait")
        self._dialog.add_button(tr("_Cancel"), Gtk.ResponseType.CANCEL)
        self._dialog.connect("response", lambda *_: cancel())
        self._dialog.connect("delete-event", lambda *_: True)
        self._phase, self._bar = label("Preparing"), Gtk.ProgressBar()
        # Empty until it is known who works, which the worker is asked.
        self._costs, self._price = price, label(dim=True)
        inside = column(self._phase, self._bar, self._price, gap=6)
        inside.set_border_width(WIDE)
        inside.set_size_request(340, -1)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        fields = {"operation": run.entry.operation, "options": run.values, **run.where}
        run.requests.ask("plan", self._told_who_works, **fields)
        self._dialog.show_all()

    def _told_who_works(self, message: Message) -> None:
        if message.kind == "answer":
            self._price.set_text(tr("on this computer" if message["data"]["offline"] else self._costs))

    def show(self, message: Message) -> None:
        """A `progress` of the worker."""
        show_progress(self._phase, self._bar, message)

    def close(self) -> None:
        """Take it away."""
        self._dialog.destroy()
