"""The window that comes first where there is no worker yet: it fetches one on a click, with progress and Cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gi.repository import GimpUi, GLib, Gtk

from .requests import FOLDER
from .shared.errors import Cancelled
from .shared.i18n import tr
from .shared.plugin.worker_setup import WorkerSetup
from .ui_parts import WIDE, column, label

if TYPE_CHECKING:
    from pathlib import Path

EVERY_MS = 100
DONE = 100  # the response when it has come


class SetupWindow:
    """From opening until the worker is there. `run` raises Cancelled when it was put away before."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._setup = WorkerSetup(folder)
        self._dialog = GimpUi.Dialog(title="Recraft", role="recraft-setup")
        self._cancel = self._dialog.add_button(tr("_Cancel"), Gtk.ResponseType.CANCEL)
        self._begin = self._dialog.add_button(tr("Set up"), Gtk.ResponseType.OK)
        self._dialog.set_default_response(Gtk.ResponseType.OK)
        note = "Recraft's worker is not here yet. Set up fetches it once: about 60 MB, from pypi.org."
        self._words, self._bar, self._trouble = label(dim=True), Gtk.ProgressBar(), label(wrap=True)
        inside = column(label(note, wrap=True), self._bar, self._words, self._trouble)
        inside.set_border_width(WIDE)
        inside.set_size_request(420, -1)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        inside.show_all()
        self._refresh()

    def run(self) -> None:
        """Until it is there."""
        timer = GLib.timeout_add(EVERY_MS, self._tick)
        try:
            while self._setup.state != "done":
                answer = self._dialog.run()
                if answer == Gtk.ResponseType.OK:
                    self._setup.start()
                elif answer != DONE and self._setup.state == "running":
                    self._setup.cancel()
                elif answer != DONE:
                    raise Cancelled
                self._refresh()
        finally:
            GLib.source_remove(timer)
            self._setup.cancel()
            self._dialog.destroy()

    def _tick(self) -> bool:
        self._setup.poll()
        self._refresh()
        if self._setup.state == "done":
            self._dialog.response(DONE)
        return GLib.SOURCE_CONTINUE

    def _refresh(self) -> None:
        setup = self._setup
        idle = setup.state == "idle"
        self._begin.set_sensitive(idle)
        self._cancel.set_sensitive(setup.state != "stopping")
        for one in (self._bar, self._words):
            one.set_visible(not idle)
        self._bar.set_fraction(setup.share)
        self._words.set_text(tr(setup.words))
        trouble = setup.trouble
        self._trouble.set_visible(idle and trouble is not None)
        self._trouble.set_text(f"{tr(trouble.what)} {tr(trouble.remedy)}" if trouble is not None else "")
