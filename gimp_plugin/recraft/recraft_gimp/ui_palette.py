"""Colours to prefer: swatches that come from the foreground, the background or the active palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gi.repository import Gdk, Gimp, Gtk

from . import colours
from .shared.i18n import N_, say, tr
from .ui_fields import hex_of
from .ui_parts import button, named, row

MOST = 8


class PaletteRow:
    """Bound to the argument `colors`, which is text such as "#FF8800 #203040:0.4"."""

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        self._config = config
        self._swatches = row(gap=4)
        more = Gtk.Menu()
        for text, wanted in (
            (N_("Foreground colour"), self._foreground), (N_("Background colour"), self._background),
            (N_("Active palette"), self._palette), (N_("Another colour…"), self._another),
        ):  # fmt: skip
            item = Gtk.MenuItem(label=tr(text))
            item.connect("activate", lambda _item, take=wanted: take())
            more.append(item)
        more.show_all()
        self.opener = opener = named(Gtk.MenuButton(popup=more, label=tr("Add")), "Add a colour")
        opener.set_tooltip_text(tr("Colours the picture should be made of"))
        self._clear = button("Clear", lambda: self._set([]))
        for coming in (self._clear, self._swatches):
            coming.set_no_show_all(True)
        self.widget = row(self._swatches, opener, self._clear)
        config.connect("notify::colors", lambda *_: self._show())
        self._show()

    @property
    def colors(self) -> list[str]:
        """The colours as text, each perhaps with a weight."""
        return (self._config.get_property("colors") or "").replace(",", " ").split()

    def _set(self, colors: Sequence[str]) -> None:
        self._config.set_property("colors", " ".join(dict.fromkeys(colors[:MOST])))

    def _show(self) -> None:
        for child in self._swatches.get_children():
            self._swatches.remove(child)
        for position, text in enumerate(self.colors):
            held = Gdk.RGBA()
            if held.parse(text.partition(":")[0]):
                well = named(Gtk.ColorButton(rgba=held, title=text), say("Colour {name}", name=text))
                well.connect("color-set", self._changed, position)
                self._swatches.pack_start(well, expand=False, fill=False, padding=0)
        for child in self._swatches.get_children():
            child.show()
        self._swatches.set_visible(bool(self.colors))
        self._clear.set_visible(bool(self.colors))

    def _changed(self, well: Gtk.ColorButton, position: int) -> None:
        colors = self.colors
        colors[position] = hex_of(well.get_rgba())
        self._set(colors)

    def _foreground(self) -> None:
        self._set([*self.colors, colours.hex_of(Gimp.context_get_foreground())])

    def _background(self) -> None:
        self._set([*self.colors, colours.hex_of(Gimp.context_get_background())])

    def _palette(self) -> None:
        """As many colours as fit, evenly from the whole palette."""
        palette = Gimp.context_get_palette()
        colors = palette.get_colors() if palette is not None else []
        step = max(1, len(colors) // MOST)
        self._set([*self.colors, *map(colours.hex_of, colors[::step])])

    def _another(self) -> None:
        window: Any = self.widget.get_toplevel()
        dialog = Gtk.ColorChooserDialog(title="Colour", transient_for=window)
        if dialog.run() == Gtk.ResponseType.OK:
            self._set([*self.colors, hex_of(dialog.get_rgba())])
        dialog.destroy()
