"""Earlier prompts and presets, in a list over the prompt: search, starred ones, those of this picture, all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .qt import Qt, QtCore, QtWidgets
from .shared.plugin.groups import earlier_prompts
from .shared.plugin.verbs import VERBS
from .tr import tr
from .widgets import Popup, column, day_of, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .shared.plugin.groups import Entry

_ENTRY = Qt.ItemDataRole.UserRole


class PromptsPopup(Popup):
    """Enter takes the prompt, Ctrl+Enter takes all options with it, Del forgets a preset."""

    @classmethod
    def open(cls, session: Desk, dock: RecraftDocker, panel: QtWidgets.QWidget) -> PromptsPopup:
        """Show it over the prompt."""
        popup = cls(session, dock, panel)
        popup.show_at(panel)
        popup.search.setFocus()
        return popup

    def __init__(self, session: Desk, dock: RecraftDocker, panel: QtWidgets.QWidget) -> None:
        super().__init__(panel)
        self._session, self._dock = session, dock
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(tr("Search earlier prompts"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self.refresh())
        self.search.installEventFilter(self)
        self.list = QtWidgets.QListWidget()
        self.list.setAccessibleName(tr("Earlier prompts and presets"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(lambda _item: self.take(False))
        self.list.installEventFilter(self)
        layout = column(self, margin=4)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        save = tool(tr("Save as preset…"), call=self._save)
        save.setEnabled(dock.presets is not None)
        layout.addLayout(row(save, 1))
        self.setFixedSize(max(300, panel.width()), 260)
        self.refresh()

    def refresh(self) -> None:
        """Fill the list."""
        self.list.clear()
        words = self.search.text().lower().split()
        known = self._dock.presets.all() if self._dock.presets is not None else []  # where they are is not known yet
        presets = [one for one in known if all(word in one["name"].lower() for word in words)]
        self._section(tr("Presets"), [(one["name"], one) for one in presets])
        canvas = self._session.state.canvas
        title = canvas.title if canvas is not None else ""
        groups = earlier_prompts(self._session.library.known_entries, title, search=self.search.text())
        for kind, heading in (("starred", tr("Starred")), ("this", tr("This picture")), ("all", tr("All"))):
            self._section(heading, [(one["prompt"], one) for one in groups[kind]])
        if self.list.count() > 1:
            self.list.setCurrentRow(1)

    def _section(self, heading: str, rows: Sequence[tuple[str, Entry]]) -> None:
        if not rows:
            return
        item = QtWidgets.QListWidgetItem(heading)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)
        for text, data in rows:
            item = QtWidgets.QListWidgetItem(f"    {text}")
            item.setData(_ENTRY, data)
            item.setToolTip(f"{text}\n{day_of(data['created'])}" if "created" in data else text)
            self.list.addItem(item)

    def eventFilter(self, watched: QtCore.QObject, event: Any) -> bool:  # noqa: N802 - Qt's name
        """Keys work wherever the cursor is."""
        if event.type() != QtCore.QEvent.Type.KeyPress:
            return False
        keys, key = Qt.Key, event.key()
        if key in (keys.Key_Return, keys.Key_Enter):
            self.take(bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == keys.Key_Delete and watched is self.list:
            self._forget()
        elif key in (keys.Key_Up, keys.Key_Down) and watched is self.search:
            self.list.setFocus()
        else:
            return False
        return True

    def take(self, whole: bool) -> None:
        """Put the chosen prompt into the docker; `whole` with all options, which a preset always brings."""
        item = self.list.currentItem()
        data = item.data(_ENTRY) if item is not None else None
        if data is None:
            return
        self.close()
        if "name" in data:
            self._dock.use_preset(data)
        elif whole:
            self._session.library.details(data["entry"], lambda values: self._dock.take_over(data, values, run=False))
        else:
            self._dock.prompt.edit.replace(data["prompt"])

    def _save(self) -> None:
        state = self._session.state
        self.close()
        name, said = QtWidgets.QInputDialog.getText(self._dock, tr("Save as preset"), tr("Name"))
        if said and name.strip():
            values = {key: value for key, value in state.options().items() if key != "prompt"}
            self._dock.presets.keep(name, state.verb.key, str(state.get("prompt")), values, tuple(VERBS))

    def _forget(self) -> None:
        item = self.list.currentItem()
        data = item.data(_ENTRY) if item is not None else None
        if data is not None and "name" in data:
            self._dock.presets.forget(data["name"])
            self.refresh()
