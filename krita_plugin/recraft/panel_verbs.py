"""The first row: what can be done now, the rest behind ⋯ by group."""

from .qt import Qt, QtWidgets
from .shared.plugin.verbs import GROUPS, NEAR, VERBS
from .tr import sentence, tr
from .widgets import tool


class VerbsPanel(QtWidgets.QWidget):
    """A row of verbs. The chosen one is pressed; pressing it once more lets the canvas decide again."""

    def __init__(self, session):
        super().__init__()
        self._state = session.state
        self._layout = QtWidgets.QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._buttons = {}
        self._near = ()
        self._menu = self._all()
        self._more = tool("⋯", hint=tr("All operations"))
        self._more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu)
        self._more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._state.changed.connect(self.refresh)
        self.refresh()

    def _all(self):
        menu = QtWidgets.QMenu(self)
        self._actions = {}
        for group in GROUPS:
            menu.addSection(tr(group))
            for verb in (one for one in VERBS.values() if one.group == group):
                action = menu.addAction(tr(verb.label))
                action.setToolTip(sentence(verb.row.help))
                action.setCheckable(True)
                action.triggered.connect(lambda _checked=False, key=verb.key: self._state.choose(key))
                self._actions[verb.key] = action
        menu.addSeparator()
        action = menu.addAction(tr("Let the canvas decide"))
        action.triggered.connect(lambda _checked=False: self._state.choose(None))
        return menu

    def refresh(self):
        """Show the verbs that fit, the chosen one among them."""
        verb = self._state.verb
        near = list(NEAR[self._state.selection is not None])
        if verb.key not in near:
            near[-1 if len(near) > 2 else 0] = verb.key
        if tuple(near) != self._near:
            self._fill(tuple(near))
        for key, button in self._buttons.items():
            button.setChecked(key == verb.key)
        for key, action in self._actions.items():
            action.setChecked(key == verb.key)
            # Greyed would be a riddle: the line under the button says what is missing.
            action.setEnabled(True)

    def _fill(self, near):
        self._near = near
        while self._layout.count():
            item = self._layout.takeAt(0)
            if item.widget() is not None and item.widget() is not self._more:
                item.widget().deleteLater()
        self._buttons = {}
        for key in near:
            button = tool(tr(VERBS[key].short or VERBS[key].label), hint=sentence(VERBS[key].row.help))
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setSizePolicy(QtWidgets.QSizePolicy.Policy.Maximum, QtWidgets.QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(30)
            button.clicked.connect(lambda checked=False, key=key: self._state.choose(key if checked else None))
            self._layout.addWidget(button)
            self._buttons[key] = button
        self._layout.addStretch(1)
        self._layout.addWidget(self._more, 0, Qt.AlignmentFlag.AlignRight)
