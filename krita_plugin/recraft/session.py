"""Everything that lives as long as Krita: one worker, one queue, one history, whatever windows there are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import compat
from .delivery import Delivery
from .host import Host
from .qt import QtWidgets, file_of, timer
from .shared.plugin import placed
from .shared.plugin.document_jobs import Jobs
from .shared.plugin.in_picture import entries_of, with_result
from .shared.plugin.library import Library
from .shared.plugin.queue import ClickGuard
from .shared.plugin.requests import WorkerRequests
from .shared.plugin.signals import Signal
from .shared.plugin.state import Facts, Sheets
from .shared.plugin.worker_setup import WorkerSetup, wanted

if TYPE_CHECKING:
    from .desk import Desk
    from .host import Canvas
    from .qt import QtCore
    from .shared.plugin.document_job import Job

# What Krita keeps for us. arrival: "first" places the first result of a click, "show" shows it, "keep" leaves it in the
# strip; in_picture: whether placed results are kept in the .kra.
PREFERENCES = {"arrival": "first", "in_picture": True}
POLL_MS, LOOK_MS = 20, 300
_PLACED, _HISTORY = "placed", "history"
ENTRY_TRIES = 200  # looks of LOOK_MS after which a result without a small picture is not kept
_CALM_TURNS = 5


class Session:
    """The plugin without a window. Each window has a `Desk` of its own, which stands in `desks` while it is open."""

    def __init__(self, folder: str | Path | None = None) -> None:
        self.host = Host()
        folder = Path(folder or Path(__file__).parent)
        self.requests = WorkerRequests(folder, self.host.name)
        # What fetches a worker, while there is none; `ready` when it has come.
        self.setup: Any = WorkerSetup(folder) if wanted(folder) else None
        self.ready = Signal()
        self.facts, self.sheets = Facts(), Sheets()
        self.jobs = Jobs(self.requests, self.host, self.facts, partial(Delivery, self.host))
        self.library = Library(self.requests, self.facts)
        wait_s = QtWidgets.QApplication.doubleClickInterval() / 1000
        self.guard, self.place_guard = ClickGuard(wait_s), ClickGuard(wait_s)
        self.placed = Signal()
        self.desks: list[Desk] = []
        self.jobs.ended.connect(self._ended)
        self._timers: list[QtCore.QTimer] = []
        self._turns = 0  # of the event loop since Krita's window is there
        self._in_picture: dict[str, list[dict[str, Any]]] = {}  # document's key: what its file tells of
        self._to_keep: dict[tuple[str, str, int], int] = {}  # (document's key, entry, index): tries that are left
        self._made: dict[str, set[str]] = {}  # document's key: ids of the results made from it
        self._others: dict[str, set[str]] = {}  # entry: ids of the other layers when it was placed

    def begin(self, parent: QtCore.QObject) -> None:
        """Start the timers; `parent` is a QObject that lives as long as Krita."""
        self.facts.arrival = self.preference("arrival")
        self._timers = [timer(parent, POLL_MS, self.pump), timer(parent, LOOK_MS, self.look)]

    def preference(self, name: str) -> Any:
        """What is kept in Krita's own settings, as in PREFERENCES."""
        value = self.host.setting(name, "")
        default = PREFERENCES[name]
        return value == "true" if isinstance(default, bool) and value else value or default

    def prefer(self, name: str, value: Any) -> None:
        """Keep one."""
        self.host.keep_setting(name, str(value).lower() if isinstance(value, bool) else value)
        self.facts.arrival = self.preference("arrival")

    def pump(self) -> None:
        """One turn: messages, then a bit of placing."""
        if self._turns < _CALM_TURNS:
            self._wait_for_krita()
            return
        if self.setup is not None:
            self._set_up()
            return
        self.requests.poll()
        self.jobs.step()

    def _set_up(self) -> None:
        self.setup.poll()
        if self.setup.state == "done":
            self.setup = None
            self.ready.emit()
            self.library.begin()

    def _wait_for_krita(self) -> None:
        """Begin when Krita has loaded: its first start can hold the event loop for longer than a greeting may take."""
        window = self.host.window
        self._turns = self._turns + 1 if window is not None and window.qwindow().isVisible() else 0
        if self._turns == _CALM_TURNS and self.setup is None:
            self.library.begin()

    def look(self) -> None:
        """Let every window see what is in front of it; those that were closed are forgotten."""
        self.desks = [desk for desk in self.desks if not desk.gone]
        for desk in self.desks:
            desk.state.look()
        if self._to_keep:
            self._kept_now()

    def stop(self) -> None:
        """Krita ends."""
        for one in self._timers:
            one.stop()
        if self.setup is not None:
            self.setup.cancel()
        self.jobs.drop_deliveries()
        compat.close_drawings()
        self.requests.stop()

    # --- what was placed --------------------------------------------------------------------------------------------

    def _ended(self, job: Job) -> None:
        if job.state == "done" and job.result is not None and job.result.entry:
            self._made.setdefault(job.key, set()).add(job.result.entry)
            if job.place and not job.note and not job.waits:
                self._mark_placed(job)
            self.library.refresh()
        if job.operation == "create_style" and job.state == "done":
            self.library.ask_styles()
        if job.state == "failed":
            # Whatever went wrong, what it cost is known to the service only.
            self.library.ask_account()
            if job.error.charged:
                self.guard.doubt(job.request)

    def _mark_placed(self, job: Job) -> None:
        canvas = self.host.find(job.key)
        if canvas is not None:
            entries = list(dict.fromkeys(one.result.entry for one in job.frames or [job]))
            canvas.keep_note(_PLACED, placed.with_marks(canvas.note(_PLACED), entries, job.index, job.placed_as))
            for entry in entries:
                self._others[entry] = set(canvas.layer_ids()) - {job.placed_as}
                self._keep_in_picture(canvas.key, entry, job.index)
            for layer in job.hides:
                canvas.hide(layer)
        self.placed.emit(job.result.entry)

    def _keep_in_picture(self, key: str, entry: str, index: int) -> None:
        """Its small picture and prompt travel in the .kra, as soon as both are known; unless that is not wanted."""
        if self.preference("in_picture"):
            self._to_keep[key, entry, index] = ENTRY_TRIES
            self.library.changed.emit()

    def _kept_now(self) -> None:
        for (key, name, index), tries in list(self._to_keep.items()):
            entry = next((one for one in self.library.entries if one["entry"] == name and one["here"]), None)
            small = self.library.thumbnail(name, index) if entry is not None else None
            canvas = self.host.find(key)
            if entry is not None and small is not None and canvas is not None and not canvas.busy:
                canvas.keep_note(_HISTORY, with_result(canvas.note(_HISTORY), entry, index, file_of(small)))
                self._in_picture.pop(key, None)
            elif canvas is not None and tries:
                self._to_keep[key, name, index] = tries - 1
                continue
            del self._to_keep[key, name, index]

    def in_picture(self, canvas: Canvas | None) -> list[dict[str, Any]]:
        """Entries that a picture's own file tells of, newest first."""
        if canvas is None:
            return []
        if canvas.key not in self._in_picture:
            self._in_picture[canvas.key] = entries_of(canvas.note(_HISTORY))
        return self._in_picture[canvas.key]

    def placed_tiles(self, canvas: Any) -> set[tuple[str, int]]:
        """(id, index of the picture) of the results that were placed in a document and are still there."""
        marks = placed.marks_of(canvas.note(_PLACED)) if canvas else {}
        return placed.still_there(marks, set(canvas.layer_ids()), self._others) if marks else set()

    def layers_of(self, key: str, entries: Iterable[str]) -> list[str]:
        """Ids of the layers that results lie in, in the document `key`."""
        canvas = self.host.find(key)
        marks = placed.marks_of(canvas.note(_PLACED)) if canvas is not None else {}
        return [layer for entry in entries for layer in marks.get(entry, {}).values() if layer]

    def made_in(self, canvas: Canvas | None) -> set[str]:
        """Ids of the results that were made from a document since Krita started."""
        return self._made.get(canvas.key, set()) if canvas is not None else set()
