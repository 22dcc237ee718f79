"""The first row: what can be done now, the rest behind ⋯ by group; at its right what is no action of a verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .qt import QtCore, QtWidgets
from .shared.plugin.rows import BALANCE_FROM, verbs_in_sight
from .shared.plugin.verbs import GROUPS, NEAR, VERBS
from .tr import sentence, tr
from .widgets import Sign, gear, plug, sliders, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .qt import QtGui

GAP = 1


class VerbsPanel(QtWidgets.QWidget):
    """A row of verbs. The chosen one is pressed; pressing it once more lets the canvas decide again."""

    _buttons: dict[str, QtWidgets.QToolButton]
    _near: tuple[str, ...]

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._state, self._dock = session.state, dock
        self._layout = QtWidgets.QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._buttons, self._near, self._shown = {}, (), ()
        self._more = tool("⋯", hint=tr("All operations"))
        self._more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._all())
        self._more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._row = QtWidgets.QHBoxLayout()
        self._row.setSpacing(GAP)
        self.balance = QtWidgets.QLabel()
        more = tr("Model, style, count and all else")
        self.options: Sign = Sign(sliders, more, lambda: dock.chips.open_all(self.options))
        self.offline = Sign(plug, tr("Offline"), dock.tell_offline)
        self.settings = Sign(gear, tr("Settings"), dock.settings)
        self._layout.addLayout(self._row)
        self._layout.addWidget(self._more)
        self._layout.addStretch(1)
        self._right = (self.balance, self.options, self.offline, self.settings)
        for one in self._right:
            self._layout.addWidget(one)
        self.options.hide()
        self._state.changed.connect(self.refresh)
        session.library.known.connect(self.refresh)
        self.refresh()

    def _all(self) -> QtWidgets.QMenu:
        menu = QtWidgets.QMenu(self)
        menu.setToolTipsVisible(True)
        self._actions: dict[str, Any] = {}
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

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """As many verbs as fit."""
        super().resizeEvent(event)
        self._fit()

    def refresh(self) -> None:
        """Show the verbs that fit, the chosen one among them."""
        verb, library = self._state.verb, self._dock.session.library
        self.offline.setVisible(bool(self._state.offline) or library.trouble is not None)
        balance = self._state.balance
        self.balance.setText(tr("{units} u", units=f"{balance:,}") if balance is not None else "")
        self.balance.setVisible(balance is not None and self._dock.width() >= BALANCE_FROM)
        near = list(NEAR[self._state.selection is not None])
        if verb.key not in near:
            near[-1] = verb.key
        if tuple(near) != self._near:
            self._fill(tuple(near))
        for key, button in self._buttons.items():
            button.setChecked(key == verb.key)
        for key, action in self._actions.items():
            action.setChecked(key == verb.key)
        self._fit()

    def _fit(self) -> None:
        keys = list(self._buttons)
        right = sum(one.sizeHint().width() + GAP for one in self._right if not one.isHidden())
        room = self.width() - right - self._more.sizeHint().width() - 2 * GAP
        widths = [button.sizeHint().width() for button in self._buttons.values()]
        shown = verbs_in_sight(widths, keys.index(self._state.verb.key), room, GAP)
        for at, button in enumerate(self._buttons.values()):
            button.setVisible(at in shown)

    def _fill(self, near: tuple[str, ...]) -> None:
        self._near = near
        for button in self._buttons.values():
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = {}
        for key in near:
            button = tool(tr(VERBS[key].short or VERBS[key].label), hint=sentence(VERBS[key].row.help))
            button.setCheckable(True)
            button.setMinimumWidth(30)
            button.clicked.connect(lambda checked=False, key=key: self._state.choose(key if checked else None))
            self._row.addWidget(button)
            self._buttons[key] = button

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """The row never makes the docker wide: verbs that do not fit are behind ⋯."""
        return QtCore.QSize(60, super().minimumSizeHint().height())
