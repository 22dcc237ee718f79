"""The list of words found in the chosen text layers, each with a tick; what is ticked is sent with its box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .qt import Qt, QtWidgets, items_of
from .shared.geometry import Box
from .shared.plugin.words import Word, layout_of
from .texts import words_of
from .tr import tr
from .widgets import Note, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .qt import QtCore

_WORD = Qt.ItemDataRole.UserRole


class WordsPanel(QtWidgets.QWidget):
    """Behind a chip, for models that letter words (V3)."""

    _state: Any

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._session, self._state, self._dock = session, session.state, dock
        self.list = QtWidgets.QListWidget()
        self.list.setMaximumHeight(110)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName(tr("Words that are sent"))
        self.list.itemChanged.connect(lambda _item: self._tell())
        self.list.itemEntered.connect(lambda item: self._light(item.data(_WORD)))
        self._note = Note(tr("Choose layers with text, then take their words."))
        body = QtWidgets.QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self.list)
        body.addWidget(self._note)
        body.addLayout(row(tool(tr("Take words"), call=self.take), tool(tr("Clear"), call=self.clear), 1))
        self.list.hide()
        self._state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """The list is that of the document in front."""
        if self._state.sheet.words != self._rows():
            self._fill([(_word(*one[:6]), one[6]) for one in self._state.sheet.words])

    def _rows(self) -> list[list[Any]]:
        """The list as a sheet keeps it."""
        states = Qt.CheckState
        pairs = ((item.data(_WORD), item.checkState() == states.Checked) for item in items_of(self.list))
        return [[word.text, *word.box, [list(one) for one in word.corners], ticked] for word, ticked in pairs]

    def take(self) -> None:
        """The words of the layers chosen in the layer docker."""
        canvas = self._session.host.active()
        if canvas is None:
            self._session.say_nothing_open()
            return
        self.show_words(words_of(self._session.host.chosen_layers(), canvas.ppi))

    def show_words(self, words: Sequence[Word]) -> None:
        """List them, ticked where they can be lettered."""
        self._fill([(word, word.letterable) for word in words])
        self._note.tell("" if words else tr("No text found in the chosen layers."))
        self._tell()

    def _fill(self, words: Sequence[tuple[Word, bool]]) -> None:
        states = Qt.CheckState
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for word, ticked in words:
            item = QtWidgets.QListWidgetItem(word.text)
            item.setData(_WORD, word)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(states.Checked if ticked else states.Unchecked)
            if not word.letterable:
                item.setToolTip(tr("It contains characters that cannot be drawn."))
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self.list.setVisible(bool(words))

    def clear(self) -> None:
        """Send no words."""
        self.show_words([])
        self._note.tell(tr("Choose layers with text, then take their words."))

    def ticked(self) -> list[Word]:
        """The words that are sent."""
        return [item.data(_WORD) for item in items_of(self.list) if item.checkState() == Qt.CheckState.Checked]

    def _area(self) -> Box:
        """What the boxes are relative to: the picture that is sent or made."""
        plan, _ = self._state.plan()
        box = plan.read or plan.place if plan is not None else None
        return box or self._state.selection or Box.of(self._state.size)

    def _tell(self) -> None:
        words = self.ticked()
        self._state.sheet.words = self._rows()
        self._state.set("text_layout", layout_of(words, self._area()) if words and self._state.size else None)

    def _light(self, word: Word) -> None:
        self._dock.show_boxes([word.box])

    def leaveEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802 - Qt's name
        """The light goes out."""
        self._dock.hide_frame()
        super().leaveEvent(event)


def _word(text: str, left: int, top: int, width: int, height: int, corners: Iterable[Any]) -> Word:
    return Word(text, Box(left, top, width, height), tuple(tuple(corner) for corner in corners))
