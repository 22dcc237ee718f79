"""What stands in the docker while there is no worker: a button that fetches it, how far that is, and Cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .qt import QtWidgets, timer
from .tr import sentence, tr
from .widgets import Note, column, escaped, row

if TYPE_CHECKING:
    from .shared.plugin.worker_setup import WorkerSetup

_EVERY_MS = 100
_STEPS = 1000


class SetupPanel(QtWidgets.QWidget):
    """`setup` is the session's WorkerSetup; nothing is fetched before the click."""

    def __init__(self, setup: WorkerSetup, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup = setup
        self.note = Note(
            tr("Recraft's worker is not here yet. Set up fetches it once: about 60 MB, from pypi.org."), "plain"
        )
        self.begin = QtWidgets.QPushButton(tr("Set up"))
        self.begin.clicked.connect(lambda _checked=False: self._begin())
        self.cancel = QtWidgets.QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(lambda _checked=False: self._cancel())
        self.bar = QtWidgets.QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.words, self.trouble = Note(""), Note("", "wrong")
        layout = column(self, margin=8, gap=8)
        for one in (self.note, self.bar, self.words, self.trouble):
            layout.addWidget(one)
        layout.addLayout(row(self.begin, self.cancel, 1))
        layout.addStretch(1)
        self._timer = timer(self, _EVERY_MS, self.refresh)
        self.refresh()

    def _begin(self) -> None:
        self._setup.start()
        self.refresh()

    def _cancel(self) -> None:
        self._setup.cancel()
        self.refresh()

    def refresh(self) -> None:
        """How far it is, or what was in the way."""
        setup = self._setup
        idle = setup.state == "idle"
        self.begin.setVisible(idle)
        for one in (self.bar, self.words, self.cancel):
            one.setVisible(not idle)
        self.cancel.setEnabled(setup.state == "running")
        self.bar.setValue(round(setup.share * _STEPS))
        self.words.setText(escaped(sentence(setup.words)))
        trouble = setup.trouble
        self.trouble.tell(escaped(f"{sentence(trouble.what)} {sentence(trouble.remedy)}") if idle and trouble else "")
