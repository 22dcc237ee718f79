"""The prompt: grows with its text, counts near the limit, and can be enhanced (undo takes it back)."""

from .qt import Qt, QtCore, QtGui, QtWidgets
from .shared.contract import MODELS
from .tr import tr
from .widgets import Note, link, row


class PromptEdit(QtWidgets.QPlainTextEdit):
    """Text of two to eight lines. Shift+Enter runs, Esc cancels."""

    entered = QtCore.pyqtSignal()
    escaped = QtCore.pyqtSignal()

    def __init__(self):
        super().__init__()
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.textChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event):  # noqa: N802 - Qt's name
        """Shift+Enter and Esc are ours."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event):  # noqa: N802
        """Another width wraps into another number of lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self):
        lines = max(2, min(8, int(self.document().size().height())))
        height = lines * self.fontMetrics().lineSpacing() + 14
        if height != self.height():
            self.setFixedHeight(height)

    def replace(self, text):
        """Put another text in, as one step that undo takes back."""
        cursor = self.textCursor()
        cursor.select(QtGui.QTextCursor.SelectionType.Document)
        cursor.insertText(text)


class PromptPanel(QtWidgets.QWidget):
    """Prompt, counter and enhance."""

    def __init__(self, session, run, cancel):
        super().__init__()
        self._session, self._state = session, session.state
        self._showing = None
        self.edit = PromptEdit()
        self.edit.setAccessibleName(tr("Prompt"))
        self.edit.textChanged.connect(self._typed)
        self.edit.entered.connect(run)
        self.edit.escaped.connect(cancel)
        self._enhance = Note(call=lambda _target: self.enhance())
        self._enhance.setWordWrap(False)
        self._count = Note()
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.edit)
        layout.addLayout(row(self._enhance, self._count))
        self._state.changed.connect(self.refresh)
        self.refresh()

    def enhance(self):
        """Ask for a richer prompt and put it in."""
        text = self.edit.toPlainText().strip()
        if text:
            self._session.enhance(text, self.edit.replace)

    def _typed(self):
        self._state.set("prompt", self.edit.toPlainText())

    def refresh(self):
        """Show the prompt of the document in front."""
        self.setVisible(self._state.verb.prompted and self._state.verb.key != "style")
        free = self._state.verb.row.unsaid
        self.edit.setPlaceholderText(tr("Empty: the picture is continued.") if free else tr("What do you want to see?"))
        text = self._state.get("prompt")
        if text != self.edit.toPlainText():
            # Typing it again would only set what is set already.
            self.edit.setPlainText(text)
        self._counted(len(text.strip()))
        price = self._session.price_of("enhance_prompt", prompt="a")
        hint = tr("Write it out in more detail. {price} Undo takes it back.", price=f"{price}." if price else "")
        self._enhance.setToolTip(hint)
        self._enhance.tell(link("enhance", f"✦ {tr('enhance')}") if text.strip() else "")

    def _counted(self, length):
        most = MODELS[self._state.model].prompt_max if self._state.verb.models else 2000
        near = length > 0.8 * most
        self._count.tell(f"{length:,}/{most:,}" if near else "", "wrong" if length > most else "quiet")
