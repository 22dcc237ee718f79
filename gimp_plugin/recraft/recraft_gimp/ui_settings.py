"""Account and Settings: the key, the balance, caps and preferences. Every change counts at once."""

from gi.repository import GimpUi, GLib, Gtk

from .shared.contract import UNITS_PER_USD
from .shared.i18n import N_, join, say, tr
from .shared.plan import price_text
from .shared.plugin.choices import spent_text
from .ui_fields import spell_least
from .ui_key import ask_key
from .ui_parts import WIDE, button, column, combo, label, named, row

# Shown settings: name, label, kind, and for numbers their range. The worker checks and keeps them.
ROWS = (
    ("engine", N_("Who does the work"), {"auto": N_("Recraft where there is a key"), "service": N_("Always Recraft"),
                                     "local": N_("Always this computer")}),
    ("cap_per_click_units", N_("Most units per click"), (0, 100_000)),
    ("cap_per_day_units", N_("Most units per day"), (0, 1_000_000)),
    ("keep_history", N_("Keep results in the history"), bool),
    ("provenance", N_("Pictures say how they were made"), {"all": N_("With the prompt"),
                                     "no-prompt": N_("Without the prompt"), "off": N_("No")}),
    ("timeout_s", N_("Patience in seconds"), (10, 3600)),
)  # fmt: skip

KEPT = {
    "environment": "The key comes from the environment variable RECRAFT_API_TOKEN, which wins over every kept key. "
    "To use another, change or unset the variable and start GIMP again.",
    "keyring": "The key is kept in the system's keyring.",
    "file": "The key is kept in a file that only you can read.",
}


class SettingsWindow:
    """The window from opening to Close."""

    def __init__(self, requests, parent=None):
        self._requests = requests
        self._dialog = GimpUi.Dialog(title=tr("Recraft: Account and Settings"), role="recraft-settings")
        self._dialog.set_transient_for(parent)
        self._dialog.add_button(tr("_Close"), Gtk.ResponseType.CLOSE)
        self._who, self._state = label("Asking …", wrap=True), label(dim=True, wrap=True)
        self._add = button("Add _key…", self._ask_key)
        self._test = button("_Test key", lambda: self._ask("key", self._tested, do="test"))
        self._remove = button("_Remove key", lambda: self._ask("key", self._key_state, do="remove"))
        self._grid = Gtk.Grid(column_spacing=WIDE, row_spacing=8)
        self._line = label(wrap=True)
        inside = column(_head(N_("Account")), self._who, self._state, row(self._add, self._test, self._remove),
                        _head(N_("Settings")), self._grid, self._line)  # fmt: skip
        inside.set_border_width(WIDE)
        inside.set_size_request(480, 400)  # as large as it will be when the settings have come
        self._dialog.get_content_area().add(inside)
        self._dialog.show_all()
        for one in (self._add, self._test, self._remove):
            one.hide()  # until it is known whether there is a key
        self._refresh()
        self._ask("settings", self._settings, do="get")
        self._requests.news.connect(self._news)

    def run(self):
        """Until it is closed."""
        self._dialog.run()
        self._requests.news.disconnect(self)
        self._dialog.destroy()

    def _news(self, message):
        """A balance nobody asked for: something that was paid has ended meanwhile."""
        if message.kind == "balance":
            self._refresh()

    def _refresh(self):
        self._ask("key", self._key_state, do="state")
        self._ask("account", self._account, on_error=self._who.set_text)

    def _ask(self, kind, on_answer, on_error=None, **fields):
        def heard(message):
            if message.kind == "error":
                (on_error or self._line.set_text)(tr(join(message["error"]["what"], message["error"]["remedy"])))
            elif message.ends:
                self._line.set_text("")
                on_answer(message["data"])

        self._requests.ask(kind, heard, **fields)

    def _ask_key(self):
        if ask_key(self._dialog, self._requests):
            self._refresh()

    def _key_state(self, data):
        there, fixed = data["present"], data["origin"] == "environment"
        self._state.set_text(tr(KEPT.get(data["origin"], "") if there else "There is no key yet."))
        self._add.set_label(tr("Change _key…" if there else "Add _key…"))
        # Another key, kept or removed behind the one that wins, would change nothing that can be seen.
        self._add.set_visible(not fixed)
        self._test.set_visible(there)
        self._remove.set_visible(there and not fixed)

    def _account(self, data):
        if data.get("offline"):
            self._who.set_text(tr("Offline: erase, expand, cut out, trace and upscale run here. Prompts need a key."))
            return
        who = data.get("name") or data.get("email") or say("Your account")
        today = spent_text(int(data.get("spent_today") or 0), int(data.get("at_risk_today") or 0))
        self._who.set_text(
            tr("{who} has {price}. {today}", who=who, price=price_text(int(data["balance"])), today=today)
        )

    def _tested(self, data):
        self._account({**data, "offline": False})
        self._line.set_text(tr("The key works."))

    def _settings(self, data):
        for child in self._grid.get_children():
            self._grid.remove(child)
        for place, (name, title, kind) in enumerate(ROWS):
            widget = self._field(name, title, kind, data["settings"].get(name))
            self._grid.attach(label(title), 0, place, 1, 1)
            self._grid.attach(widget, 1, place, 1, 1)
        self._grid.show_all()
        if data.get("warning"):
            self._line.set_text(tr(data["warning"]))

    def _field(self, name, title, kind, value):
        if isinstance(kind, dict):
            return combo(kind, str(value), lambda chosen: self._set(name, chosen), name=title)
        if kind is bool:
            widget = named(Gtk.CheckButton(), title)
            widget.set_active(bool(value))
            widget.connect("toggled", lambda tick: self._set(name, tick.get_active()))
            return widget
        return self._number(name, title, kind, value)

    def _number(self, name, title, kind, value):
        """A number; 0 is no cap and shown as such."""
        low, high = kind
        widget = named(Gtk.SpinButton.new_with_range(low, high, 10), title)
        widget.set_width_chars(10)
        if low == 0:
            spell_least(widget, tr("no cap"))
        widget.set_value(float(value or 0))
        widget.connect("value-changed", lambda spin: self._set(name, spin.get_value_as_int() or None))
        return self._with_money(widget) if name.endswith("_units") else widget

    @staticmethod
    def _with_money(spin):
        """Units never stand without the money they are."""
        dollars = label(dim=True)

        def tell(_spin):
            units = spin.get_value_as_int()
            dollars.set_text(tr("${dollars:.2f}", dollars=units / UNITS_PER_USD) if units else "")

        spin.connect("value-changed", tell)
        tell(spin)
        return row(spin, dollars)

    def _set(self, name, value):
        self._ask("settings", lambda _data: None, do="set", name=name, value=value)


def _head(text):
    widget = label()
    widget.set_markup(f"<b>{GLib.markup_escape_text(tr(text))}</b>")
    return widget
