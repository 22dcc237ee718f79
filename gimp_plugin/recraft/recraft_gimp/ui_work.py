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
    """The bar of what runs and the line of what waits."""

    def __init__(self) -> None:
        self._phase, self._bar, self._next = label(), Gtk.ProgressBar(), label(dim=True)
        self._next.set_ellipsize(Pango.EllipsizeMode.END)
        self._next.set_max_width_chars(50)
        self.widget = column(self._phase, self._bar, self._next, gap=4)
        self._job: Job | None = None

    def show(self, jobs: Jobs) -> None:
        """What `jobs` are at."""
        if jobs.shown is not self._job:
            self._phase.set_text(tr("Preparing"))
            self._bar.set_fraction(0)
        self._job, waiting = jobs.shown, [job.title for job in jobs.waiting]
        self.widget.set_visible(self._job is not None)
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
