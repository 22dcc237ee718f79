"""Named sets of options of one's own, kept in our file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gi.repository import Gtk

from .memory import memory
from .arguments import property_of
from .shared.i18n import tr
from .ui_parts import button, named, row

if TYPE_CHECKING:
    from .menu import Entry


class Presets:
    """A list to choose from, and Save, which keeps what is set now under the name typed."""

    def __init__(self, entry: Entry, config: Any) -> None:
        self._entry, self._config = entry, config
        self._names = named(Gtk.ComboBoxText.new_with_entry(), "Preset")
        inside: Any = self._names.get_child()
        self.entry = named(inside, "Name of the preset")
        self.entry.set_placeholder_text(tr("Name of a new one"))
        self.entry.connect("activate", lambda entry: self._take(entry.get_text().strip()))
        for name in memory.presets(entry.name):
            self._names.append(name, name)
        self._names.connect("changed", lambda box: self._take(box.get_active_id() or ""))
        self.widget = row(self._names, button("S_ave", self._save, hint="Keep these options under this name"),
                          button("Re_move", self._remove))  # fmt: skip

    def _take(self, preset: str) -> None:
        for name, value in memory.presets(self._entry.name).get(preset, {}).items():
            if self._config.find_property(name) is not None:
                self._config.set_property(name, value)

    def _save(self) -> None:
        name = self._names.get_active_text().strip()
        if not name:
            return
        if name not in memory.presets(self._entry.name):
            self._names.append(name, name)
        names = [property_of(option.name) for option in self._entry.row.options]
        memory.keep_preset(self._entry.name, name, {one: self._config.get_property(one) for one in names})

    def _remove(self) -> None:
        name, number = self._names.get_active_text().strip(), self._names.get_active()
        if name in memory.presets(self._entry.name):
            memory.keep_preset(self._entry.name, name, None)
            if number >= 0:
                self._names.remove(number)
            self.entry.set_text("")
