"""The queue button beside the main one, and what it opens: a row for each job, hold, seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .qt import Qt, QtCore, QtGui, QtWidgets
from .shared.contract.limits import MAX_SEED
from .shared.plan import price_text
from .shared.plugin.queue import OVER
from .tr import sentence, tr
from .widgets import Elided, Popup, column, mixed, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .shared.plugin.document_job import Job


class QueueButton(QtWidgets.QToolButton):
    """▷ with the number of jobs of this document; bold when others wait elsewhere."""

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._session, self._dock = session, dock
        self._text, self._bold, self._alarm, self._dot = "▷ 0", False, "", False
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda _checked=False: self.open())

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As high as the main button."""
        return QtCore.QSize(46, 2 * self.fontMetrics().lineSpacing())

    def refresh(self) -> None:
        """Count."""
        jobs, key = self._session.jobs, self._session.state.canvas.key if self._session.state.canvas else ""
        mine = len([job for job in jobs.open if job.key in ("", key)])
        doubt = any(job.state == "failed" and job.error.charged for job in jobs.all if job.key == key)
        sign = "‖" if jobs.queue.held else "▶" if any(job.state == "running" for job in jobs.of(key)) else "▷"
        self._text = f"{sign} {'?' if doubt and not mine else mine}"
        self._bold = len(jobs.open) > mine
        words = tr("Running and waiting: {count}", count=mine)
        self.setToolTip(self._alarm or words)
        self.setAccessibleName(words)
        self.update()

    def alarm(self, text: str) -> None:
        """Something went wrong and there is no room to say it: red, with the words as tooltip."""
        self._alarm = text
        self.refresh()

    def dot(self, on: bool) -> None:
        """A new result waits where there is no strip in sight."""
        self._dot = on
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The sign, the number and the arrow."""
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        font = self.font()
        font.setBold(self._bold)
        painter.setFont(font)
        dark = self.palette().color(QtGui.QPalette.ColorRole.Window).lightness() < 128
        alarm = QtGui.QColor("#ff9d8a" if dark else "#b3261e")
        painter.setPen(alarm if self._alarm else mixed(self.palette(), 0.9))
        painter.drawText(QtCore.QRectF(self.rect()), f"{self._text} ▾", QtGui.QTextOption(Qt.AlignmentFlag.AlignCenter))
        if self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(QtGui.QPalette.ColorRole.Highlight))
            painter.drawEllipse(self.width() - 8, 4, 5, 5)

    def open(self) -> None:
        """Show the queue."""
        QueuePopup(self._session, self._dock, self).show_at(self)


def truth(job: Job) -> str:
    """What cancelling a job costs, before and after it was sent."""
    if job.unsent:
        return tr("Cancel: nothing is charged.")
    return tr("Cancel. It was sent already: its result is kept in the history.")


class QueuePopup(Popup):
    """A row for each job that is not over, then what can be done with all of them."""

    def __init__(self, session: Desk, dock: RecraftDocker, owner: QtWidgets.QWidget) -> None:
        super().__init__(owner)
        self._session, self._dock, self._jobs = session, dock, session.jobs
        self.setFixedWidth(300)
        self._rows = column(gap=2)
        layout = column(self, margin=6)
        layout.addLayout(self._rows)
        self._sum = QtWidgets.QLabel()
        layout.addWidget(self._sum)
        self.hold = QtWidgets.QPushButton()
        self.hold.clicked.connect(lambda _checked=False: self._hold())
        waiting = QtWidgets.QPushButton(tr("Cancel waiting"))
        waiting.clicked.connect(lambda _checked=False: session.cancel_waiting())
        layout.addLayout(row(waiting, self.hold, 1))
        if session.state.verb.takes("random_seed", session.state.model):
            layout.addLayout(self._seed())
        self._shown: list[tuple[int, str, bool]] | None = None
        self._jobs.changed.connect(self._changed)
        self.closing.connect(lambda: self._jobs.changed.disconnect(self))
        self.refresh()

    def _changed(self, _job: Job) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Rows as they stand now."""
        jobs = [job for job in self._jobs.all if job.state not in OVER]
        now = [(id(job), job.state, job.unsent) for job in jobs]
        if now != self._shown:
            self._shown = now
            self._fill(jobs)
        waiting = sum(job.plan.units for job in jobs if job.state == "waiting")
        words = [tr("Waiting {price}", price=sentence(price_text(waiting)))] if not self._session.state.offline else []
        spent = self._session.library.account.get("spent_today")
        words += [tr("today {units} u", units=f"{spent:,}")] if spent is not None else []
        self._sum.setText(" · ".join(words) or tr("Nothing here costs anything."))
        self.hold.setText(tr("Go on") if self._jobs.queue.held else tr("Hold"))

    def _fill(self, jobs: Sequence[Job]) -> None:
        while self._rows.count():
            item = self._rows.takeAt(0)
            if item.widget() is not None:
                item.widget().deleteLater()
        for job in jobs:
            self._rows.addWidget(self._row(job))
        if not jobs:
            self._rows.addWidget(QtWidgets.QLabel(tr("Nothing runs or waits.")))
        self.adjustSize()

    def _row(self, job: Job) -> QtWidgets.QWidget:
        prompt = str(job.options.get("prompt") or "")
        mine = job.key in ("", self._session.state.canvas.key if self._session.state.canvas else "")
        parts = [tr(job.plan.operation.verb), prompt, "" if mine else job.title]
        name = Elided(" · ".join(part for part in parts if part))
        holder: Any = QtWidgets.QWidget()
        holder.enterEvent = lambda _event: self._dock.show_boxes([job.selection] if job.selection and mine else [])
        holder.leaveEvent = lambda _event: self._dock.hide_frame()
        price = tr("running") if job.state != "waiting" else tr("{units} u", units=job.plan.units)
        if self._session.state.offline and job.state == "waiting":
            price = tr("free")
        up = tool("↑", hint=tr("Next"), call=lambda: self._next(job))
        up.setVisible(job.state == "waiting")
        out = tool("✕", hint=truth(job), call=lambda: self._jobs.cancel(job))
        line = row(name, QtWidgets.QLabel(price), up, out)
        line.setStretch(0, 1)
        holder.setLayout(line)
        return holder

    def _next(self, job: Job) -> None:
        self._jobs.queue.next_up(job)
        self._shown = None
        self.refresh()

    def _hold(self) -> None:
        self._jobs.hold(not self._jobs.queue.held)
        self.refresh()

    def _seed(self) -> QtWidgets.QHBoxLayout:
        state = self._session.state
        seed = state.get("random_seed")
        lock = QtWidgets.QCheckBox(tr("Locked seed"))
        number = QtWidgets.QLineEdit("" if seed is None else str(seed))
        number.setPlaceholderText(tr("new each time"))
        number.setValidator(QtGui.QRegularExpressionValidator(QtCore.QRegularExpression("[0-9]{1,10}")))
        number.setAccessibleName(tr("Seed"))
        lock.setChecked(seed is not None)

        def keep() -> None:
            wanted = int(number.text()) if lock.isChecked() and number.text() else None
            state.set("random_seed", None if wanted is None else min(wanted, MAX_SEED))

        lock.toggled.connect(lambda _on: keep())
        number.editingFinished.connect(keep)
        line = row(lock, number)
        line.setStretch(1, 1)
        return line
