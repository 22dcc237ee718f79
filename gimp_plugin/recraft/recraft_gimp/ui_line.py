"""The line below a dialog's fields: what a click will do, what is wrong, and what has come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gi.repository import GLib

from .shared.errors import BadOption, RecraftError
from .shared.i18n import join, tr
from .shared.plan import at_home
from .shared.plugin.choices import offline_before
from .ui_key import ADD_KEY, LINKS
from .ui_parts import label

if TYPE_CHECKING:
    from .menu import Entry

SHOWN = 9  # lines of a longer text; all of them are in the line's tip


class Line:
    """`stays` while what it says is not to make way for what the next click will do. `link(where)` opens a link."""

    def __init__(self, entry: Entry, link: Callable[[str], bool]) -> None:
        self._entry = entry
        self.stays = False
        self.widget = label(wrap=True)
        self.widget.connect("activate-link", lambda _label, where: link(where))

    def say(self, text: str, *, stays: bool = True) -> None:
        """One or more lines; none for ""."""
        self.stays = stays and bool(text)
        lines = tr(text).split("\n")
        self.widget.get_style_context().remove_class("trouble")
        self.widget.set_text("\n".join(lines if len(lines) <= SHOWN else [*lines[: SHOWN - 1], "…"]))
        self.widget.set_tooltip_text("\n".join(lines) if len(lines) > SHOWN else None)
        self.widget.set_visible(bool(text))

    def tell(self, trouble: RecraftError) -> None:
        """An error, with a link where a click can mend it. What one chose wrong may be right by now."""
        self.stays = not isinstance(trouble, BadOption)
        link = LINKS.get(type(trouble).__name__, "")
        self.widget.set_markup(f"⚠ {GLib.markup_escape_text(tr(str(trouble)))} {link}")
        self.widget.get_style_context().add_class("trouble")
        self.widget.show()

    def say_before(self, notes: Sequence[str], *, offline: bool) -> None:
        """What the click will do: without a key, in so many words."""
        before = tr(offline_before(self._entry.row)) if offline else ""
        text = tr(join(*map(at_home, notes) if offline else notes)) if notes else ""
        self.say(before or text, stays=False)
        if before:
            small = f"\n<small>{GLib.markup_escape_text(text)}</small>" if text else ""
            self.widget.set_markup(f"{GLib.markup_escape_text(before)} {ADD_KEY}{small}")
