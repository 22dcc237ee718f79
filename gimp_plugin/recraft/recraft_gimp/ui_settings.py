"""Account and Settings: the key, the balance, caps and preferences. Every change counts at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gi.repository import GimpUi, GLib, Gtk

from .shared.contract import UNITS_PER_USD
from .shared.i18n import N_, join, say, tr
from .shared.plan import price_text
from .shared.plugin.choices import spent_text
from .shared.preferences import PAGES, on_page
from .ui_fields import spell_least
from .ui_key import ask_key
from .ui_parts import WIDE, button, column, combo, label, named, row

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .shared.preferences import Setting
    from .shared.protocol import Message

KEPT = {
    "environment": "The key comes from the environment variable RECRAFT_API_TOKEN, which wins over every kept key. "
    "To use another, change or unset the variable and start GIMP again.",
    "keyring": "The key is kept in the system's keyring.",
    "file": "The key is kept in a file that only you can read.",
}


class SettingsWindow:
    """The window from opening to Close."""

    def __init__(self, requests: GimpRequests, parent: Gtk.Window | None = None) -> None:
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

    def run(self) -> None:
        """Until it is closed."""
        self._dialog.run()
        self._requests.news.disconnect(self)
        self._dialog.destroy()

    def _news(self, message: Message) -> None:
        """A balance nobody asked for: something that was paid has ended meanwhile."""
        if message.kind == "balance":
            self._refresh()

    def _refresh(self) -> None:
        self._ask("key", self._key_state, do="state")
        self._ask("account", self._account, on_error=self._who.set_text)

    def _ask(
        self, kind: str, on_answer: Callable[[Any], Any], on_error: Callable[[str], Any] | None = None, **fields: Any
    ) -> None:
        def heard(message: Message) -> None:
            if message.kind == "error":
                (on_error or self._line.set_text)(tr(join(message["error"]["what"], message["error"]["remedy"])))
            elif message.ends:
                self._line.set_text("")
                on_answer(message["data"])

        self._requests.ask(kind, heard, **fields)

    def _ask_key(self) -> None:
        if ask_key(self._dialog, self._requests):
            self._refresh()

    def _key_state(self, data: Mapping[str, Any]) -> None:
        there, fixed = data["present"], data["origin"] == "environment"
        self._state.set_text(tr(KEPT.get(data["origin"], "") if there else "There is no key yet."))
        self._add.set_label(tr("Change _key…" if there else "Add _key…"))
        # Another key, kept or removed behind the one that wins, would change nothing that can be seen.
        self._add.set_visible(not fixed)
        self._test.set_visible(there)
        self._remove.set_visible(there and not fixed)

    def _account(self, data: Mapping[str, Any]) -> None:
        if data.get("offline"):
            self._who.set_text(tr("Offline: erase, expand, cut out, trace and upscale run here. Prompts need a key."))
            return
        who = data.get("name") or data.get("email") or say("Your account")
        today = spent_text(int(data.get("spent_today") or 0), int(data.get("at_risk_today") or 0))
        self._who.set_text(
            tr("{who} has {price}. {today}", who=who, price=price_text(int(data["balance"])), today=today)
        )

    def _tested(self, data: Mapping[str, Any]) -> None:
        self._account({**data, "offline": False})
        self._line.set_text(tr("The key works."))

    def _settings(self, data: Mapping[str, Any]) -> None:
        for child in self._grid.get_children():
            self._grid.remove(child)
        # What options begin with is left out: a procedure remembers what it was last given.
        rows = (one for page in PAGES for one in on_page(page) if not one.begins)
        for place, one in enumerate(rows):
            widget = self._field(one, data["settings"].get(one.name))
            widget.set_tooltip_text(tr(one.help))
            self._grid.attach(label(one.label), 0, place, 1, 1)
            self._grid.attach(widget, 1, place, 1, 1)
        self._grid.show_all()
        if data.get("warning"):
            self._line.set_text(tr(data["warning"]))

    def _field(self, one: Any, value: Any) -> Gtk.Widget:
        kind = one.rule.widget
        if kind == "choice":
            empty = {"": one.empty or one.without} if one.optional else {}
            return combo(
                {**empty, **one.rule.values}, value or "", lambda key: self._set(one.name, key or None), name=one.label
            )
        if kind == "flag":
            widget = named(Gtk.CheckButton(), one.label)
            widget.set_active(bool(value))
            widget.connect("toggled", lambda tick: self._set(one.name, tick.get_active()))
            return widget
        return self._number(one, value) if kind == "number" else self._text(one, value)

    def _number(self, one: Any, value: Any) -> Gtk.Box:
        """A number; the one below its range is none and shown as such."""
        rule = one.rule
        spin = Gtk.SpinButton.new_with_range(rule.low - one.optional, rule.high, 1)
        spin.set_increments(10 if rule.high > 100 else 1, 100)
        spin.set_digits(0 if rule.whole else 2)
        spin.set_width_chars(10)
        if one.optional:
            spell_least(spin, tr(one.empty or one.without))
        spin.set_value(rule.low - 1 if value is None else value)

        def tell(_spin: Gtk.SpinButton) -> None:
            number = spin.get_value_as_int() if rule.whole else spin.get_value()
            self._set(one.name, number if number >= rule.low else None)

        spin.connect("value-changed", tell)
        if rule.unit == "units":
            return self._with_money(named(spin, one.label))
        return row(named(spin, one.label), label(rule.unit, dim=True))

    def _text(self, one: Setting, value: Any) -> Gtk.Entry:
        """A line, kept when it is left or Enter is pressed."""
        line = named(Gtk.Entry(placeholder_text=tr(one.empty)), one.label)
        line.set_text("" if value is None else str(value))

        def tell(*_event: Any) -> None:
            self._set(one.name, line.get_text().strip() or None)

        line.connect("activate", tell)
        line.connect("focus-out-event", tell)
        return line

    @staticmethod
    def _with_money(spin: Gtk.SpinButton) -> Gtk.Box:
        """Units never stand without the money they are."""
        dollars = label(dim=True)

        def tell(_spin: Gtk.SpinButton) -> None:
            units = spin.get_value_as_int()
            dollars.set_text(tr("${dollars:.2f}", dollars=units / UNITS_PER_USD) if units > 0 else "")

        spin.connect("value-changed", tell)
        tell(spin)
        return row(spin, dollars)

    def _set(self, name: str, value: Any) -> None:
        self._ask("settings", lambda _data: None, do="set", name=name, value=value)


def _head(text: str) -> Gtk.Label:
    widget = label()
    widget.set_markup(f"<b>{GLib.markup_escape_text(tr(text))}</b>")
    return widget
