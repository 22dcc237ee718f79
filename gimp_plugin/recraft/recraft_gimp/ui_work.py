"""What stands below a dialog's fields: how far the work is, what waits, and what happens when it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gi.repository import GLib, Gtk, Pango

from .shared import HOME
from .shared.i18n import tr
from .ui_parts import button, column, label, show_progress

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .shared.plugin.jobs import Job, Jobs
    from .shared.protocol import Message


class Work:
    """The bar of what runs, which of many that is, and the line of what waits."""

    def __init__(self) -> None:
        self._which, self._phase, self._bar, self._next = label(), label(), Gtk.ProgressBar(), label(dim=True)
        for line in (self._which, self._next):
            line.set_ellipsize(Pango.EllipsizeMode.END)
            line.set_max_width_chars(50)
        self.widget = column(self._which, self._phase, self._bar, self._next, gap=4)
        self._job: Job | None = None

    def show(self, jobs: Jobs) -> None:
        """What `jobs` are at."""
        if jobs.shown is not self._job:
            self._phase.set_text(tr("Preparing"))
            self._bar.set_fraction(0)
        self._job, waiting = jobs.shown, [job.title for job in jobs.waiting]
        self.widget.set_visible(self._job is not None)
        many = self._job.group if self._job is not None else None
        self._which.set_visible(many is not None)
        self._which.set_text(tr(many.now(self._job.title)) if many is not None else "")
        self._next.set_visible(bool(waiting))
        count = len(waiting)
        self._next.set_text(tr("Then {count} more: {waiting}", count=count, waiting=" · ".join(waiting)))
        self._next.set_tooltip_text("\n".join(waiting))

    def tell(self, job: Job, message: Message) -> None:
        """A `progress` of what is shown."""
        if job is self._job:
            show_progress(self._phase, self._bar, message)


class Foot:
    """Whether the dialog stays open, and the way to results that wait to be chosen."""

    def __init__(self, stays: bool, changed: Callable[[bool], Any], look: Callable[[], Any]) -> None:
        self.tick = Gtk.CheckButton.new_with_mnemonic(tr("_Keep open"))
        self.tick.set_tooltip_text(tr("Stay here after a result is placed, ready for the next"))
        self.tick.set_active(stays)
        self.tick.connect("toggled", lambda tick: changed(tick.get_active()))
        self.look = button("Re_sults", look, hint="Choose among what has come")
        self.look.set_halign(Gtk.Align.END)

    @property
    def stays(self) -> bool:
        """True when the dialog is to stay open."""
        return self.tick.get_active()

    def waiting(self, count: int) -> None:
        """So many pictures wait to be chosen from."""
        self.look.set_visible(bool(count))
        self.look.set_label(tr("Re_sults ({count})", count=count))


def buttons(dialog: Gtk.Dialog, price: Gtk.Widget, tick: Gtk.Widget, back: Gtk.Widget) -> tuple[Any, Any, list[Any]]:
    """Set the row of buttons: the price stands left of the main button, where the eye is before the click.

    Answers the main button, Cancel, and those that belong to the form only.
    """
    main, cancel = map(dialog.get_widget_for_response, (Gtk.ResponseType.OK, Gtk.ResponseType.CANCEL))
    box: Any = main.get_parent()
    for one in (price, tick):
        one.show()
        box.pack_start(one, expand=False, fill=False, padding=0)
    box.reorder_child(main, -1)
    if isinstance(box, Gtk.ButtonBox):
        box.set_child_secondary(tick, True)
        # Buttons as wide as the longest word of them would make the whole window wide.
        for one in box.get_children():
            box.set_child_non_homogeneous(one, True)
    for child in dialog.get_content_area().get_children():
        # GIMP's own row keeps one set of options; our presets keep many, and one place for them is enough.
        if isinstance(child, Gtk.ButtonBox) and not main.is_ancestor(child):
            child.hide()
    # GIMP's Reset: only the form has something to reset.
    return main, cancel, [one for one in box.get_children() if one not in (price, tick, main, back, cancel)]


def release_line(requests: GimpRequests) -> Gtk.Label:
    """One quiet line when a newer version is out; the worker asks only where the user wants to know."""
    line = label(dim=True)
    line.set_no_show_all(True)

    def heard(message: Message) -> None:
        data = message.get("data") or {}
        if data.get("version"):
            words = GLib.markup_escape_text(tr("Version {version} is out.", version=data["version"]))
            page, name = (GLib.markup_escape_text(text) for text in (HOME, tr("What is new")))
            line.set_markup(f'{words} <a href="{page}">{name}</a>')
            line.show()

    requests.ask("release", heard)
    return line
