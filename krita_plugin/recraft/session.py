"""Everything that lives as long as Krita: one worker, one queue, one history, whatever windows there are."""

import json
from pathlib import Path

from . import compat
from .host import Host
from .jobs import Jobs
from .library import Library
from .qt import QtWidgets, timer
from .shared.plugin.queue import ClickGuard
from .shared.plugin.requests import WorkerRequests
from .shared.plugin.signals import Signal
from .state import Facts, Sheets

POLL_MS, LOOK_MS = 20, 300
_PLACED = "placed"
_CALM_TURNS = 5


class Session:
    """The plugin without a window. Each window has a `Desk` of its own, which stands in `desks` while it is open."""

    def __init__(self, folder=None):
        self.host = Host()
        self.requests = WorkerRequests(Path(folder or Path(__file__).parent), self.host.name)
        self.facts, self.sheets = Facts(), Sheets()
        self.jobs = Jobs(self.requests, self.host, self.facts)
        self.library = Library(self.requests, self.facts)
        wait_s = QtWidgets.QApplication.doubleClickInterval() / 1000
        self.guard, self.place_guard = ClickGuard(wait_s), ClickGuard(wait_s)
        self.placed = Signal()
        self.desks = []
        self.jobs.ended.connect(self._ended)
        self._timers = []
        self._turns = 0  # of the event loop since Krita's window is there
        self._others = {}  # entry: ids of the other layers when it was placed

    def begin(self, parent):
        """Start the timers; `parent` is a QObject that lives as long as Krita."""
        self._timers = [timer(parent, POLL_MS, self.pump), timer(parent, LOOK_MS, self.look)]

    def pump(self):
        """One turn: messages, then a bit of placing."""
        if self._turns < _CALM_TURNS:
            self._wait_for_krita()
            return
        self.requests.poll()
        self.jobs.step()

    def _wait_for_krita(self):
        """Begin when Krita has loaded: its first start can hold the event loop for longer than a greeting may take."""
        window = self.host.window
        self._turns = self._turns + 1 if window is not None and window.qwindow().isVisible() else 0
        if self._turns == _CALM_TURNS:
            self.library.begin()

    def look(self):
        """Let every window see what is in front of it; those that were closed are forgotten."""
        self.desks = [desk for desk in self.desks if not desk.gone]
        for desk in self.desks:
            desk.state.look()

    def stop(self):
        """Krita ends."""
        for one in self._timers:
            one.stop()
        self.jobs.drop_deliveries()
        compat.close_drawings()
        self.requests.stop()

    # --- what was placed --------------------------------------------------------------------------------------------

    def _ended(self, job):
        if job.state == "done" and job.result is not None and job.result.entry:
            if job.place and not job.note:
                self._mark_placed(job)
            self.library.refresh()
        if job.operation == "create_style" and job.state == "done":
            self.library.ask_styles()
        if job.state == "failed":
            # Whatever went wrong, what it cost is known to the service only.
            self.library.ask_account()
            if job.error.charged:
                self.guard.doubt(job.request)

    def _mark_placed(self, job):
        canvas = self.host.find(job.key)
        if canvas is not None:
            marks = {**self._marks(canvas), job.result.entry: job.placed_as}
            canvas.keep_note(_PLACED, json.dumps(dict(list(marks.items())[-200:])))
            self._others[job.result.entry] = set(canvas.layer_ids()) - {job.placed_as}
        self.placed.emit(job.result.entry)

    def placed_in(self, canvas):
        """Ids of the results that were placed in a document and are still there.

        A layer that is gone while nothing new has come was undone or deleted; where something new has come it may have
        been merged.
        """
        marks = self._marks(canvas) if canvas else {}
        if not marks:
            return []
        there = set(canvas.layer_ids())
        return [entry for entry, layer in marks.items() if not layer or layer in there or self._merged(entry, there)]

    def _merged(self, entry, there):
        return bool(there - self._others.get(entry, there))

    def _marks(self, canvas):
        try:
            found = json.loads(canvas.note(_PLACED) or "{}")
        except ValueError:
            return {}
        if isinstance(found, list):  # as it was kept before the layers' ids were
            return dict.fromkeys(found, "")
        return found if isinstance(found, dict) else {}

