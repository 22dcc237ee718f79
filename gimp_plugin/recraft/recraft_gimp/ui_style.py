"""Choosing a style: a button that opens a searchable list, own styles first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gi.repository import Gtk, Pango

from .arguments import AUTO
from .shared.contract import MODELS, STYLES
from .shared.i18n import N_, say, tr
from .ui_explore import KINDS
from .ui_parts import column, frame, label, named, row

if TYPE_CHECKING:
    from .menu import Entry

ANY = N_("Any style")
GROUPS = {
    "default": N_("Plain"),
    "photorealistic": N_("Photo"),
    "illustration": N_("Illustration"),
    "emblem": N_("Emblem"),
    "vector": N_("Vector"),
    "icon": N_("Icon"),
}


class StylePicker:
    """Bound to the arguments `style` and `style-id`; only styles some model of the operation knows."""

    def __init__(self, entry: Entry, config: Any) -> None:
        self._entry, self._config = entry, config
        self._own: list[tuple[str, str]] = []
        self._search = Gtk.SearchEntry(placeholder_text=tr("Search styles"))
        self._list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE, activate_on_single_click=True)
        self._list.set_filter_func(self._matches)
        self._list.set_header_func(self._headed)
        self._list.connect("row-activated", self._take)
        self._search.connect("search-changed", lambda _entry: self._list.invalidate_filter())
        self._search.connect("activate", self._take_first)
        inside = column(self._search, frame(self._list, 300), gap=6)
        inside.set_border_width(8)
        inside.set_size_request(260, -1)
        nothing = label("No style of that name for this model", dim=True)
        nothing.show()
        self._list.set_placeholder(nothing)
        inside.show_all()
        self._popover = Gtk.Popover()
        self._popover.add(inside)
        self._popover.set_position(Gtk.PositionType.BOTTOM)
        self.widget = named(Gtk.MenuButton(popover=self._popover, use_popover=True), "Style")
        self._shown = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END)
        inner = row(self._shown)
        inner.pack_end(Gtk.Image.new_from_icon_name("pan-down-symbolic", Gtk.IconSize.BUTTON), False, False, 0)
        self.widget.add(inner)
        self.widget.set_tooltip_text(tr("The look of the result. V4 models have no styles."))
        for name in ("style", "style-id", "model"):
            config.connect(f"notify::{name}", lambda *_: self.refresh())
        self.refresh()

    def own(self, styles: Iterable[Mapping[str, Any]]) -> None:
        """Styles the user made, as the worker tells them."""
        self._own = [(one["id"], _called(one)) for one in styles]
        self.refresh()

    def refresh(self) -> None:
        """The list for the model chosen, and the name of the style chosen."""
        for child in self._list.get_children():
            self._list.remove(child)
        self._add("", "", tr(ANY), "")
        for id_, shown in self._own:
            self._add("style-id", id_, shown, tr("Your own"))
        for group, style in self._known():
            self._add("style", style, style, group)
        self._list.show_all()
        mine = dict(self._own)
        chosen = self._config.get_property("style-id")
        self._shown.set_text(mine.get(chosen, chosen[:8]) if chosen else self._config.get_property("style") or tr(ANY))

    def _known(self) -> Iterator[tuple[str, str]]:
        model = self._config.get_property("model")
        models = [model] if model != AUTO else [name for name in self._entry.row.row.models if name in STYLES]
        seen = set()
        for name in models:
            for group, styles in STYLES.get(name, {}).items():
                for style in styles:
                    if style not in seen:
                        seen.add(style)
                        yield _group(group, vector=MODELS[name].vector), style

    def _add(self, argument: str, value: str, shown: str, group: str) -> None:
        line: Any = Gtk.ListBoxRow()
        words = label()
        words.set_margin_start(8)
        words.set_text(shown)
        line.add(words)
        line.choice = (argument, value, shown, group)
        self._list.add(line)

    def _matches(self, line: Any) -> bool:
        wanted = self._search.get_text().strip().lower()
        return wanted in f"{line.choice[2]} {line.choice[3]}".lower()

    @staticmethod
    def _headed(line: Any, before: Any) -> None:
        group = line.choice[3]
        if not group or (before is not None and before.choice[3] == group):
            line.set_header(None)
            return
        head = label(group, dim=True)
        head.set_margin_top(6)
        head.show()
        line.set_header(head)

    def _take(self, _list: Gtk.ListBox, line: Any) -> None:
        argument, value, _, _ = line.choice
        for name in ("style", "style-id"):
            self._config.set_property(name, value if name == argument else "")
        self._popover.popdown()

    def _take_first(self, _entry: Gtk.SearchEntry) -> None:
        first = next((line for line in self._list.get_children() if self._matches(line)), None)
        if first is not None:
            self._take(self._list, first)


def _group(group: str, *, vector: bool) -> str:
    """What a group of styles is called."""
    if vector and group != "vector":
        return tr("{group} (vector)", group=say(GROUPS[group]))
    return tr(GROUPS[group])


def _called(style: Mapping[str, Any]) -> str:
    """A name for a style of one's own: its words, else its kind, and when it was made."""
    what = style.get("prompt") or tr(KINDS.get(style.get("style"), "Own style"))
    when = time.strftime("%d %b, %H:%M", time.localtime(style["created"])) if style.get("created") else style["id"][:8]
    return f"{what} · {when}"
