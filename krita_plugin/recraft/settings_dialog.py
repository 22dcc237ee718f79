"""Account and settings, in pages. The key goes to the worker and is never kept here; every change counts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .panel_run import details
from .qt import Qt, QtWidgets
from .session import PREFERENCES
from .shared.i18n import N_, say
from .shared.plan import price_text
from .shared.plugin.choices import KEYS_PAGE
from .shared.preferences import PAGES, Setting, on_page
from .shared.validation import Choice, Flag
from .tr import sentence, tr
from .widgets import Note, column, escaped, link, open_page, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .shared.errors import RecraftError

# Those that Krita keeps itself: no other host has them.
OWN = (
    Setting("krita/arrival", N_("When a result comes"), N_("Whoever paints or drags is never interrupted."),
            Choice({"first": N_("Place the first"), "show": N_("Only show it"),
                    "keep": N_("Only keep it in the strip")}),
            page="Results"),
    Setting("krita/in_picture", N_("Keep placed results in the picture"),
            N_("Small pictures and prompts, saved in the .kra."), Flag(), page="Results"),
)  # fmt: skip


def rows_of(page: str) -> tuple[Setting, ...]:
    """The settings of a page."""
    return (*on_page(page), *(one for one in OWN if one.page == page))


class SettingsDialog(QtWidgets.QDialog):
    """Pages at the left, a search over all of them on top; Close closes."""

    _rows: dict[str, QtWidgets.QWidget]
    _labels: dict[str, QtWidgets.QLabel]
    _back: dict[str, QtWidgets.QToolButton]
    _lines: list[tuple[str, str, QtWidgets.QWidget]]

    def __init__(self, session: Desk, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._library = session, session.library
        self.setWindowTitle(tr("Recraft: account and settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._rows, self._labels, self._back, self._lines = {}, {}, {}, []
        self._across = self._column()
        self.resize(self._across + 480, 480)  # so that names and sentences have as much room as in English
        self._list = QtWidgets.QListWidget()
        self._list.setFixedWidth(130)
        self._pages = QtWidgets.QStackedWidget()
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(tr("Search settings"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        for name in PAGES:
            self._list.addItem(tr(name))
            self._pages.addWidget(self._page(name))
        self._list.addItem(tr("About"))
        self._pages.addWidget(self._about())
        self._list.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._list.setCurrentRow(0)
        self._trouble = Note("", "wrong")
        self._trouble.hide()
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
        buttons.button(QtWidgets.QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        # Enter in the key's line saves the key; it must not close the dialog as well.
        for button in buttons.findChildren(QtWidgets.QPushButton):
            button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        layout = column(self, margin=12, gap=8)
        layout.addWidget(self.search)
        middle = row(self._list, self._pages, gap=10)
        middle.setStretch(1, 1)
        layout.addLayout(middle, 1)
        layout.addWidget(self._trouble)
        layout.addWidget(buttons)
        self._library.known.connect(self.refresh)
        self.finished.connect(lambda _code: self._library.known.disconnect(self))
        self.refresh()

    # --- pages ------------------------------------------------------------------------------------------------------

    def _column(self) -> int:
        """How wide the controls are, px: all alike, and the longest choice of this language is not cut."""
        rules = [one.rule for page in PAGES for one in rows_of(page) if isinstance(one.rule, Choice)]
        longest = max(self.fontMetrics().horizontalAdvance(tr(text)) for rule in rules for text in rule.values.values())
        return max(200, min(300, longest + 44))

    def _page(self, name: str) -> QtWidgets.QWidget:
        area, inside = QtWidgets.QScrollArea(), QtWidgets.QWidget()
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        layout = column(inside, margin=4, gap=10)
        if name == "Account":
            layout.addWidget(self._account())
        for one in rows_of(name):
            layout.addWidget(self._line_of(one))
        layout.addStretch(1)
        area.setWidget(inside)
        return area

    def _line_of(self, one: Setting) -> QtWidgets.QWidget:
        """Name and sentence at the left, the control in a column at the right, ↺ where it was changed."""
        setting, label, says = one.name, tr(one.label), tr(one.help)
        control = {"choice": self._choice, "number": self._number, "flag": self._flag}.get(
            one.rule.widget, self._line
        )(one)
        control.setAccessibleName(label)
        control.setFixedWidth(self._across)
        title, note = QtWidgets.QLabel(label), Note(says)
        title.setBuddy(control)
        title.setWordWrap(True)
        back = tool("↺", hint=tr("As it was at first"), call=lambda: self._set(setting, self._default(setting)))
        policy = back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        back.setSizePolicy(policy)
        words = column(gap=0)
        words.addWidget(title)
        words.addWidget(note)
        holder = QtWidgets.QWidget()
        line = row()
        holder.setLayout(line)
        line.addLayout(words, 1)
        line.addWidget(control, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(back, 0, Qt.AlignmentFlag.AlignTop)
        self._rows[setting], self._labels[setting], self._back[setting] = control, title, back
        self._lines.append((one.page, f"{label} {says}".lower(), holder))
        return holder

    def _find(self, words: str) -> None:
        """Show only what holds the words; the first page that has some comes to the front."""
        parts = words.lower().split()
        hits = [page for page, text, _ in self._lines if all(part in text for part in parts)]
        for _page, text, holder in self._lines:
            holder.setVisible(all(part in text for part in parts))
        if parts and hits:
            self._list.setCurrentRow(PAGES.index(hits[0]))

    def _about(self) -> QtWidgets.QWidget:
        page = QtWidgets.QWidget()
        layout = column(page, margin=4, gap=10)
        layout.addWidget(Note(escaped(say("Recraft Canvas · {name}", name=self._session.host.name)), "plain"))
        where = tr("Settings and presets are in {folder}.", folder=escaped(self._library.folder))
        layout.addWidget(Note(where))
        copy = QtWidgets.QPushButton(tr("Copy diagnostics"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda _checked=False: self._copy())
        layout.addLayout(row(copy, 1))
        layout.addStretch(1)
        return page

    def _copy(self) -> None:
        trouble = self._library.trouble
        words = details(trouble, self._session.host.name) if trouble is not None else f"host: {self._session.host.name}"
        QtWidgets.QApplication.clipboard().setText(words)

    # --- the key ----------------------------------------------------------------------------------------------------

    def _account(self) -> QtWidgets.QWidget:
        box = QtWidgets.QWidget()
        layout = column(box)
        self._state_line = Note("", "plain")
        self.key = QtWidgets.QLineEdit()
        self.key.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        self.key.setPlaceholderText(tr("Your Recraft key"))
        self.key.setAccessibleName(tr("Your Recraft key"))
        self.key.returnPressed.connect(self.save_key)
        self.save = QtWidgets.QPushButton(tr("Save key"))
        self.save.setAutoDefault(False)
        self.save.clicked.connect(lambda _checked=False: self.save_key())
        self._remove = QtWidgets.QPushButton(tr("Remove key"))
        self._remove.setAutoDefault(False)
        self._remove.clicked.connect(lambda _checked=False: self._library.remove_key())
        where = Note(link(KEYS_PAGE, tr("Get a key at recraft.ai")), call=open_page)
        layout.addWidget(self._state_line)
        line = row(self.key, self.save, self._remove)
        line.setStretch(0, 1)
        layout.addLayout(line)
        layout.addWidget(where)
        return box

    def save_key(self) -> None:
        """Hand the key over and forget it here."""
        key = self.key.text().strip()
        if key:
            self.key.clear()
            self._library.set_key(key, self._say)

    # --- controls ---------------------------------------------------------------------------------------------------

    def _choice(self, one: Any) -> QtWidgets.QComboBox:
        box = QtWidgets.QComboBox()
        if one.optional:
            box.addItem(tr(one.empty or one.without), None)
        for value, text in one.rule.values.items():
            box.addItem(tr(text), value)
        box.activated.connect(lambda _index: self._set(one.name, box.currentData()))
        return box

    def _number(self, one: Any) -> QtWidgets.QAbstractSpinBox:
        rule = one.rule
        low = rule.low - one.optional  # one step below stands for none
        box = QtWidgets.QSpinBox() if rule.whole else QtWidgets.QDoubleSpinBox()
        box.setRange(int(low) if rule.whole else low, int(rule.high) if rule.whole else rule.high)
        if one.optional:
            box.setSpecialValueText(tr(one.empty or one.without))
        if rule.unit:
            box.setSuffix(f" {tr(rule.unit)}")
        box.editingFinished.connect(lambda: self._set(one.name, box.value() if box.value() >= rule.low else None))
        return box

    def _flag(self, one: Setting) -> QtWidgets.QCheckBox:
        box = QtWidgets.QCheckBox()
        box.clicked.connect(lambda checked=False: self._set(one.name, bool(checked)))
        return box

    def _line(self, one: Setting) -> QtWidgets.QLineEdit:
        line = QtWidgets.QLineEdit()
        line.setPlaceholderText(tr(one.empty))
        line.editingFinished.connect(lambda: self._set(one.name, line.text().strip() or None))
        return line

    def _set(self, name: str, value: Any) -> None:
        if name.startswith("krita/"):
            self._session.session.prefer(name[6:], value)
            self.refresh()
        elif value != self._session.state.settings.get(name):
            self._library.change(name, value, self._say)

    def _get(self, name: str) -> Any:
        if name.startswith("krita/"):
            return self._session.session.preference(name[6:])
        return self._session.state.settings.get(name)

    def _default(self, name: str) -> Any:
        if name.startswith("krita/"):
            return PREFERENCES[name[6:]]
        return self._library.defaults.get(name)

    def refresh(self) -> None:
        """Show what the worker knows."""
        account, key = self._library.account, self._library.key
        self._remove.setVisible(bool(key.get("present")))
        if self._library.trouble is not None:
            self._state_line.tell(_in_full(self._library.trouble), "wrong")
        elif account.get("balance") is not None:
            spent = tr("spent today: {spent}", spent=sentence(price_text(account.get("spent_today", 0))))
            balance = sentence(price_text(account["balance"]))
            self._state_line.tell(f"<b>{balance}</b> · {escaped(account.get('email', ''))} · {spent}")
        else:
            self._state_line.tell(tr("No key: everything runs on this computer."), "plain")
        for name, widget in self._rows.items():
            value = self._get(name)
            changed = value != self._default(name)
            self._back[name].setVisible(changed)
            font = self._labels[name].font()
            font.setBold(changed)
            self._labels[name].setFont(font)
            if not widget.hasFocus():
                self._show(widget, value)

    def _show(self, widget: Any, value: Any) -> None:
        if isinstance(widget, QtWidgets.QComboBox):
            widget.setCurrentIndex(max(0, widget.findData(value)))
        elif hasattr(widget, "setValue"):  # a spin box
            widget.setValue(widget.minimum() if value is None else value)
        elif isinstance(widget, QtWidgets.QCheckBox):
            widget.setChecked(bool(value))
        else:
            widget.setText("" if value is None else str(value))

    def _say(self, trouble: RecraftError | None) -> None:
        self._trouble.tell(_in_full(trouble) if trouble is not None else "", "wrong")


def _in_full(trouble: RecraftError) -> str:
    return escaped(f"{sentence(trouble.what)} {sentence(trouble.remedy)}")
