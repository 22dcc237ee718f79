"""Account and settings: key, caps, what is kept. The key goes to the worker and is never kept here."""

from .qt import Qt, QtCore, QtGui, QtWidgets
from .shared.i18n import N_
from .shared.plan import price_text
from .shared.validation import Number
from .tr import sentence, tr
from .widgets import Note, column, escaped, link, row

KEYS_PAGE = "https://app.recraft.ai/profile/api"
# (setting, label, kind, what to show it with)
ROWS = (
    ("engine", N_("Who does the work"), "choice", (
        ("auto", N_("Recraft when there is a key")), ("service", N_("Recraft only")),
        ("local", N_("This computer only")),
    )),
    ("cap_per_click_units", N_("Most units a click may cost"), "number", Number(0, 100_000, "units", whole=True)),
    ("cap_per_day_units", N_("Most units a day may cost"), "number", Number(0, 1_000_000, "units", whole=True)),
    ("count", N_("Pictures at once"), "number", Number(1, 6, whole=True)),
    ("context_px", N_("Context around the selection"), "number", Number(0, 4096, "px", whole=True)),
    ("feather_px", N_("Soft edge"), "number", Number(0, 512, "px", whole=True)),
    ("keep_history", N_("Keep a history of results"), "flag", None),
    ("provenance", N_("Pictures say how they were made"), "choice", (
        ("all", N_("With the prompt")), ("no-prompt", N_("Without the prompt")), ("off", N_("No")),
    )),
    ("proxy", N_("Proxy"), "line", None),
    ("timeout_s", N_("Patience"), "number", Number(10, 3600, "s", whole=True)),
)  # fmt: skip
_OPTIONAL = {"cap_per_click_units", "cap_per_day_units", "context_px", "proxy"}


class SettingsDialog(QtWidgets.QDialog):
    """Every change is kept at once; Close closes."""

    def __init__(self, session, parent=None):
        super().__init__(parent)
        self._session, self._library = session, session.library
        self.setWindowTitle(tr("Recraft: account and settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(420)
        layout = column(self, margin=12, gap=10)
        layout.addWidget(self._account())
        layout.addWidget(self._settings())
        self._trouble = Note("", "wrong")
        self._trouble.hide()
        layout.addWidget(self._trouble)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
        buttons.button(QtWidgets.QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        # Enter in the key's line saves the key; it must not close the dialog as well.
        for button in buttons.buttons():
            button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._library.known.connect(self.refresh)
        self.finished.connect(lambda _code: self._library.known.disconnect(self))
        self.refresh()

    # --- the key ----------------------------------------------------------------------------------------------------

    def _account(self):
        box = QtWidgets.QGroupBox(tr("Account"))
        layout = column(box, margin=8)
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
        where = Note(link(KEYS_PAGE, tr("Get a key at recraft.ai")), call=_open_page)
        layout.addWidget(self._state_line)
        line = row(self.key, self.save, self._remove)
        line.setStretch(0, 1)
        layout.addLayout(line)
        layout.addWidget(where)
        return box

    def save_key(self):
        """Hand the key over and forget it here."""
        key = self.key.text().strip()
        if key:
            self.key.clear()
            self._library.set_key(key, self._say)

    # --- settings ---------------------------------------------------------------------------------------------------

    def _settings(self):
        box = QtWidgets.QGroupBox(tr("Settings"))
        form = QtWidgets.QFormLayout(box)
        self._rows = {}
        for name, label, kind, detail in ROWS:
            widget = getattr(self, f"_{kind}")(name, detail)
            widget.setAccessibleName(tr(label))
            self._rows[name] = widget
            form.addRow(tr(label), widget)
        return box

    def _choice(self, name, choices):
        box = QtWidgets.QComboBox()
        for value, text in choices:
            box.addItem(tr(text), value)
        box.activated.connect(lambda _index: self._set(name, box.currentData()))
        return box

    def _number(self, name, rule):
        box = QtWidgets.QSpinBox()
        free = name in _OPTIONAL
        box.setRange(int(rule.low) - (1 if free else 0), int(rule.high))
        if free:
            box.setSpecialValueText(tr("automatic") if name == "context_px" else tr("no limit"))
        if rule.unit:
            box.setSuffix(f" {tr(rule.unit)}")
        if rule.unit == "units":
            box.setToolTip(tr("1,000 units are 1 US dollar."))
        box.editingFinished.connect(lambda: self._set(name, None if free and box.value() < rule.low else box.value()))
        return box

    def _flag(self, name, _detail):
        box = QtWidgets.QCheckBox()
        box.clicked.connect(lambda checked=False: self._set(name, bool(checked)))
        return box

    def _line(self, name, _detail):
        line = QtWidgets.QLineEdit()
        line.setPlaceholderText(tr("as the system says"))
        line.editingFinished.connect(lambda: self._set(name, line.text().strip() or None))
        return line

    def _set(self, name, value):
        if value != self._session.state.settings.get(name):
            self._library.change(name, value, self._say)

    def refresh(self):
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
            if not widget.hasFocus():
                self._show(widget, self._session.state.settings.get(name))

    def _show(self, widget, value):
        if isinstance(widget, QtWidgets.QComboBox):
            widget.setCurrentIndex(max(0, widget.findData(value)))
        elif isinstance(widget, QtWidgets.QSpinBox):
            widget.setValue(widget.minimum() if value is None else int(value))
        elif isinstance(widget, QtWidgets.QCheckBox):
            widget.setChecked(bool(value))
        else:
            widget.setText(value or "")

    def _say(self, trouble):
        self._trouble.tell(_in_full(trouble) if trouble is not None else "", "wrong")


def _in_full(trouble):
    return escaped(f"{sentence(trouble.what)} {sentence(trouble.remedy)}")


def _open_page(address):
    QtGui.QDesktopServices.openUrl(QtCore.QUrl(address))
