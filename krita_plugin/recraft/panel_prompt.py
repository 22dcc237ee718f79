"""The prompt: as high as it was set by hand, with earlier prompts and "enhance" inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .panel_prompts import PromptsPopup
from .qt import Qt, QtCore, QtGui, QtWidgets
from .shared.contract import MODELS
from .shared.plugin.rows import does
from .tr import sentence, tr
from .widgets import Note, Sign, clock, escaped, spark

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker

_MOST = 12  # lines


class PromptEdit(QtWidgets.QPlainTextEdit):
    """Shift+Enter runs, Esc cancels, ↑ in an empty one walks through what was written before."""

    entered = QtCore.pyqtSignal()
    escaped = QtCore.pyqtSignal()
    walked = QtCore.pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # The margin beside the text, where the signs stand, looks like the text's own ground.
        self.setBackgroundRole(QtGui.QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.walking = False

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Shift+Enter, Esc and the arrows of an empty one are ours."""
        keys = Qt.Key
        enter = event.key() in (keys.Key_Return, keys.Key_Enter)
        if enter and event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            self.entered.emit()
        elif event.key() == keys.Key_Escape:
            self.escaped.emit()
        elif event.key() in (keys.Key_Up, keys.Key_Down) and (self.walking or not self.toPlainText()):
            self.walked.emit(1 if event.key() == keys.Key_Up else -1)
        else:
            self.walking = False
            super().keyPressEvent(event)

    def replace(self, text: str) -> None:
        """Put another text in, as one step that undo takes back."""
        cursor = self.textCursor()
        cursor.select(QtGui.QTextCursor.SelectionType.Document)
        cursor.insertText(text)


class Handle(QtWidgets.QWidget):
    """The lower edge of the prompt: dragging it sets its height, a double click fits it to the text."""

    _from: float | None

    def __init__(self, panel: PromptPanel) -> None:
        super().__init__(panel)
        self._panel, self._from = panel, None
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self.setToolTip(tr("Drag: height of the prompt"))

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold."""
        self._from = event.globalPosition().y() if hasattr(event, "globalPosition") else event.globalY()
        self._lines = self._panel.set_lines

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Drag."""
        now = event.globalPosition().y() if hasattr(event, "globalPosition") else event.globalY()
        if self._from is not None:
            self._panel.be(self._lines + round((now - self._from) / self._panel.line))

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        self._from = None

    def mouseDoubleClickEvent(self, _event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """As high as the text."""
        self._panel.be(int(self._panel.edit.document().size().height()))


class PromptPanel(QtWidgets.QWidget):
    """Prompt with its counter and signs; a sentence in its place where a verb takes none."""

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._session, self._state, self._dock = session, session.state, dock
        self._walked, self._most = -1, 2
        self.set_lines: int = int(session.host.setting("prompt_lines", "2"))
        self.edit = PromptEdit()
        self.edit.setAccessibleName(tr("Prompt"))
        self.edit.textChanged.connect(self._typed)
        self.edit.entered.connect(dock.click)
        self.edit.escaped.connect(dock.escape)
        self.edit.walked.connect(self._walk)
        self.sentence = Note("", "plain")
        self.sentence.setContentsMargins(4, 0, 4, 0)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for one in (self.edit, self.sentence):
            layout.addWidget(one, 1)
        self.earlier = Sign(clock, tr("Earlier prompts and presets"), self._open_earlier, self)
        self._enhance = Sign(spark, "", self.enhance, self)
        self._count = Note()
        self._count.setParent(self)
        self._handle = Handle(self)
        self._state.changed.connect(self.refresh)
        self.refresh()

    @property
    def line(self) -> int:
        """The height of a line of text, in px."""
        return self.fontMetrics().lineSpacing()

    # --- its height -------------------------------------------------------------------------------------------------

    def fit(self, most: int) -> None:
        """Be as high as set by hand, but `most` lines at most; 0: no matter how many."""
        self._most = most
        lines = min(self.set_lines, most) if most else self.set_lines
        self._handle.setVisible(not most)
        if most == 1:
            lines = 1
        self.setFixedHeight(lines * self.line + 10)

    def be(self, lines: int) -> None:
        """So many lines, kept for this machine."""
        self.set_lines = max(1, min(_MOST, lines))
        self._session.host.keep_setting("prompt_lines", str(self.set_lines))
        self.fit(self._most)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The signs stand in the lower right corner."""
        super().resizeEvent(event)
        side, bar = self.line + 3, self.edit.verticalScrollBar()
        right = self.width() - 3 - (bar.sizeHint().width() if bar.maximum() else 0)
        signs = [one for one in (self._enhance, self.earlier) if not one.isHidden()]
        for at, one in enumerate(signs):
            one.setGeometry(right - (at + 1) * side, self.height() - side - 2, side, side)
        wide = self._count.sizeHint().width()
        self._count.setGeometry(right - len(signs) * side - wide - 2, self.height() - self.line - 3, wide, self.line)
        self._handle.setGeometry(0, self.height() - 4, max(0, self.width() - 3 * side), 4)
        self.edit.setViewportMargins(0, 0, len(signs) * side, 0)

    def _open_earlier(self) -> None:
        PromptsPopup.open(self._session, self._dock, self)

    # --- its text ---------------------------------------------------------------------------------------------------

    def enhance(self) -> None:
        """Ask for a richer prompt and put it in."""
        text = self.edit.toPlainText().strip()
        if text:
            self._session.enhance(text, self.edit.replace)

    def _typed(self) -> None:
        self._state.set("prompt", self.edit.toPlainText())

    def _walk(self, by: int) -> None:
        known = self._dock.prompts()
        self._walked = max(-1, min(len(known) - 1, (self._walked if self.edit.walking else -1) + by))
        self.edit.replace(known[self._walked]["prompt"] if self._walked >= 0 else "")
        self.edit.walking = self._walked >= 0

    def refresh(self) -> None:
        """Show the prompt of the document in front, or what a verb without one will do."""
        verb = self._state.verb
        prompted = verb.prompted and verb.key != "style"
        for one in (self.edit, self._enhance, self.earlier):
            one.setVisible(prompted)
        words = "" if prompted else sentence(does(verb) or verb.row.help, at_home=bool(self._state.offline))
        self.sentence.tell_within(escaped(words), "", 2, "plain")
        self._handle.setVisible(prompted and not self._most)
        free = verb.row.unsaid
        self.edit.setPlaceholderText(tr("Empty: the picture is continued.") if free else tr("What do you want to see?"))
        text = self._state.get("prompt")
        if text != self.edit.toPlainText():
            # Typing it again would only set what is set already.
            self.edit.setPlainText(text)
        self._counted(len(text.strip()) if prompted else 0)
        price = self._session.price_of("enhance_prompt", prompt="a")
        self._enhance.setToolTip(
            tr("Write it out in more detail. {price} Undo takes it back.", price=f"{price}." if price else "")
        )
        self._enhance.setAccessibleName(tr("enhance"))
        self._enhance.setEnabled(bool(text.strip()))

    def _counted(self, length: int) -> None:
        most = MODELS[self._state.model].prompt_max if self._state.verb.models else 2000
        near = length > 0.8 * most
        self._count.tell(f"{length:,}/{most:,}" if near else "", "wrong" if length > most else "quiet")
        if near:
            self.resizeEvent(QtGui.QResizeEvent(self.size(), self.size()))
