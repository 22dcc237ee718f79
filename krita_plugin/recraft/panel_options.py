"""What stands behind a chip or the plus: the list of styles, and the colours to prefer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .qt import Qt, QtWidgets
from .shared.contract.styles import STYLES
from .tr import tr
from .widgets import Swatch, day_of, row, tool

if TYPE_CHECKING:
    from .desk import Desk


class StylePicker(QtWidgets.QComboBox):
    """All styles of the model by group, own ones first; typing searches."""

    def __init__(self, session: Desk) -> None:
        super().__init__()
        self._session, self._state = session, session.state
        self.setEditable(True)
        self.setMaxVisibleItems(20)
        self.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setAccessibleName(tr("Style"))
        self._fill()
        completer = QtWidgets.QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QtWidgets.QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.lineEdit().editingFinished.connect(self._typed)
        self.activated.connect(self._chosen)

    def _fill(self) -> None:
        self.addItem(tr("no style"), ("", ""))
        own = self._session.library.styles
        offline = bool(self._state.offline)
        for style in (one for one in own if bool(one.get("offline")) == offline):
            kind = style.get("style", "any").replace("_", " ")
            name = style.get("prompt") or ("" if kind == "any" else kind)
            words = [tr("Own"), name, day_of(style["created"])]
            self.addItem(" · ".join(word for word in words if word), ("style_id", style["id"]))
        for group, names in STYLES.get(self._state.model, {}).items():
            self.insertSeparator(self.count())
            for name in names:
                title = "Raw" if group == "default" else f"{group.capitalize()} · {name}"
                self.addItem(title, ("style", name))

    def refresh(self) -> None:
        """Show what is chosen."""
        wanted = ("style_id", self._state.get("style_id")) if self._state.get("style_id") else None
        wanted = wanted or (("style", self._state.get("style")) if self._state.get("style") else ("", ""))
        for index in range(self.count()):
            data = self.itemData(index)
            if data is not None and tuple(data) == tuple(wanted):
                if index != self.currentIndex():
                    self.setCurrentIndex(index)
                return

    def _typed(self) -> None:
        index = self.findText(self.currentText(), Qt.MatchFlag.MatchFixedString)
        if index >= 0:
            self.setCurrentIndex(index)
            self._chosen(index)
        else:
            self.refresh()
            self.setEditText(self.itemText(self.currentIndex()))

    def _chosen(self, index: int) -> None:
        data = self.itemData(index)
        if data is None:
            return
        kind, value = data
        for name in ("style", "style_id"):
            self._state.set(name, value if name == kind else None)


class ColoursRow(QtWidgets.QWidget):
    """Swatches of the colours to prefer; a click takes one away, + adds the foreground, background or palette."""

    MOST = 8

    def __init__(self, session: Desk) -> None:
        super().__init__()
        self._session, self._state = session, session.state
        self._layout = row(gap=2)
        self.setLayout(self._layout)
        self._shown: tuple[tuple[int, ...], ...] | None = None
        self.refresh()

    def refresh(self) -> None:
        """Show the chosen colours."""
        colours = tuple(tuple(one[0]) for one in self._state.get("colors", ()))
        if colours == self._shown:
            return
        self._shown = colours
        while self._layout.count():
            item = self._layout.takeAt(0)
            if item.widget() is not None:
                item.widget().deleteLater()
        for index, rgb in enumerate(colours):
            swatch = Swatch(rgb, tr("click to leave it out"))
            swatch.clicked.connect(lambda _checked=False, index=index: self._drop(index))
            self._layout.addWidget(swatch)
        self._layout.addWidget(self._plus())
        self._layout.addStretch(1)

    def _plus(self) -> QtWidgets.QToolButton:
        plus = tool("+", hint=tr("Take the foreground colour"))
        plus.clicked.connect(lambda: self._take(self._session.host.colours()[:1]))
        menu = QtWidgets.QMenu(plus)
        for text, source in (
            (tr("Foreground colour"), lambda: self._session.host.colours()[:1]),
            (tr("Background colour"), lambda: self._session.host.colours()[1:]),
            (tr("Krita's active palette"), self._session.host.palette),
        ):
            menu.addAction(text).triggered.connect(lambda _checked=False, pick=source: self._take(pick()))
        plus.setMenu(menu)
        plus.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return plus

    def _take(self, colours: Iterable[tuple[int, int, int]]) -> None:
        now = [tuple(one[0]) for one in self._state.get("colors", ())]
        new = [*now, *(rgb for rgb in colours if rgb not in now)][: self.MOST]
        self._state.set("colors", [[list(rgb), None] for rgb in new])

    def _drop(self, index: int) -> None:
        now = list(self._state.get("colors", ()))
        del now[index]
        self._state.set("colors", now)
