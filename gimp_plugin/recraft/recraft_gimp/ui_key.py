"""Typing the API key. It goes to the worker, which keeps it; here nothing of it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gi.repository import GLib, Gtk

from .shared.i18n import N_, tr
from .shared.plugin.choices import KEYS_PAGE
from .ui_parts import WIDE, column, label, named

if TYPE_CHECKING:
    from .requests import GimpRequests


def _link(target: str, text: str) -> str:
    """A link that does not break at the end of a line."""
    return f'<a href="{target}">{GLib.markup_escape_text(tr(text)).replace(" ", chr(0xA0))}</a>'


ADD_KEY = _link("key", N_("Add key"))
LINKS = {
    "KeyTrouble": ADD_KEY,
    "OutOfUnits": _link("settings", N_("Account and settings")),
}


def ask_key(parent: Gtk.Window, requests: GimpRequests) -> bool:
    """Ask for the key and hand it on; True when it was kept."""
    dialog = Gtk.Dialog(title=tr("Recraft key"), transient_for=parent, modal=True)
    dialog.add_button(tr("_Cancel"), Gtk.ResponseType.CANCEL)
    dialog.add_button(tr("_Save key"), Gtk.ResponseType.OK)
    dialog.set_default_response(Gtk.ResponseType.OK)
    field = named(Gtk.Entry(visibility=False, activates_default=True, width_chars=44), "API key")
    field.set_input_purpose(Gtk.InputPurpose.PASSWORD)
    hint = label(wrap=True, dim=True)
    where_kept = "It is kept in the system's keyring where there is one, never in a picture, a log or GIMP's settings."
    where = tr("Make one at {address}.", address=f'<a href="{KEYS_PAGE}">{KEYS_PAGE}</a>')
    hint.set_markup(f"{where} {GLib.markup_escape_text(tr(where_kept))}")
    inside = column(label("_API key", mnemonic=field), field, hint, gap=6)
    inside.set_border_width(WIDE)
    dialog.get_content_area().add(inside)
    dialog.show_all()
    is_saved = False
    while not is_saved and dialog.run() == Gtk.ResponseType.OK:
        is_saved = _save(field.get_text().strip(), requests, hint)
    dialog.destroy()
    return is_saved


def _save(key: str, requests: GimpRequests, hint: Gtk.Label) -> bool:
    from .shared.errors import RecraftError

    if not key:
        hint.set_text(tr("Paste the key first."))
        return False
    try:
        requests.finish("key", do="set", key=key)
    except RecraftError as trouble:
        hint.set_text(tr(str(trouble)))
        return False
    return True
