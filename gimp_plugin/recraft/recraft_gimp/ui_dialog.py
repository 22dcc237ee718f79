"""The dialog of an operation: the form, the price beside the button, the wait, and several results to choose from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from gi.repository import Gdk, GimpUi, GLib, Gtk

from . import memory, reading
from .requests import unexpected
from .running import Done, charged, differing
from .shared.errors import BadOption, Cancelled, RecraftError, Unanswered
from .shared.i18n import N_, join, tr
from .shared.plan import at_home
from .shared.plugin.choices import in_a_host, offline_before
from .shared.plugin.jobs import Job, Jobs
from .shared.plugin.queue import ASK, RUN, request_of
from .shared.plugin.requests import outcome
from .ui_explore import EXPLORED
from .ui_form import Form
from .ui_key import ADD_KEY, LINKS
from .ui_parts import WIDE, column, fitting, label, picture
from .ui_price import Price
from .ui_results import Results
from .ui_work import Foot, Work, release_line

if TYPE_CHECKING:
    from .menu import Entry
    from .running import Request, Run
    from .shared.protocol import Message

THUMBNAIL = 512
LEAST_WIDTH = 480
OTHER_PRICE = N_("The price is another by now: look at it, and click once more.")
BACK = 100  # GIMP takes 1 for its own Reset


class OperationDialog:
    """One dialog from opening to its end. `run()` answers what was placed; raises Cancelled when it was put away.

    A click queues; its result is placed when it comes, or waits to be chosen where there are several. Then the dialog
    ends, unless it is to stay open, more is under way, or something was changed in it since the click.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._requests = run, run.requests
        self._work = Work()
        self._jobs = Jobs(self._requests, self._work.tell, self._ended)
        self._done: Any = None
        self._sent: list[tuple[Message, Request]] = []  # pairs of a result to choose from and what it was ordered by
        self._choosing = False
        self._changed = False  # since the click
        self._turn = ""  # why GIMP's run() came back: it says no more than whether it was the main button
        self._pending = 0
        self._stays = False  # what the line says, until something changes
        self._used = False  # something of the pictures that are shown was placed
        run.recall(draft=True)
        self._dialog = GimpUi.ProcedureDialog.new(run.procedure, run.config, _title(run.entry))
        self._dialog.set_default_size(LEAST_WIDTH, -1)
        self._dialog.set_position(Gtk.WindowPosition.CENTER)
        self._dialog.connect("key-press-event", self._key)
        self._back = self._dialog.add_button(tr("_Back"), BACK)
        self._back.connect("clicked", lambda _button: self._turns("back"))
        self._thumb: Any = None
        self._form = Form(run, self._thumbnail, (self._requests, self._say))
        self._price = Price(self._requests, self._later)
        self._results = Results(self._requests, self._say, lambda: run.where, self._changed_choice, self._press,
                                self._price.add)  # fmt: skip
        self._foot = Foot(memory.stays_open(run.entry.name), self._wish, self._to_results)
        self._build()
        run.config.connect("notify", lambda *_: self._later(changed=True))
        self._dialog.connect("focus-in-event", self._came_to_front)
        if self._form.style:
            self._requests.ask("styles", self._styles)

    def _build(self) -> None:
        self._line = label(wrap=True)
        self._line.connect("activate-link", self._link)
        self._form_part = fitting(self._form.widget)
        inside = column(self._form_part, self._results.widget, self._work.widget, self._line, self._foot.look,
                        release_line(self._requests))  # fmt: skip
        inside.set_border_width(WIDE)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        # Shown once, even hidden again they would leave the dialog as tall as all of them together.
        inside.show_all()
        self._buttons()
        self._work.show(self._jobs)
        self._to_form()
        self._form.focus()

    def _buttons(self) -> None:
        """The price stands left of the main button, where the eye is before the click."""
        self._ok = self._dialog.get_widget_for_response(Gtk.ResponseType.OK)
        self._cancel = self._dialog.get_widget_for_response(Gtk.ResponseType.CANCEL)
        box = self._ok.get_parent()
        for one in (self._price.widget, self._foot.tick):
            one.show()
            box.pack_start(one, expand=False, fill=False, padding=0)
        box.reorder_child(self._ok, -1)
        if isinstance(box, Gtk.ButtonBox):
            box.set_child_secondary(self._foot.tick, True)
            # Buttons as wide as the longest word of them would make the whole window wide.
            for one in box.get_children():
                box.set_child_non_homogeneous(one, True)
        own = (self._price.widget, self._foot.tick, self._ok, self._back, self._cancel)
        # GIMP's Reset: only the form has something to reset.
        self._spare = [one for one in box.get_children() if one not in own]
        for child in self._dialog.get_content_area().get_children():
            # GIMP's own row keeps one set of options; our presets keep many, and one place for them is enough.
            if isinstance(child, Gtk.ButtonBox) and not self._ok.is_ancestor(child):
                child.hide()

    # --- its two pages ----------------------------------------------------------------------------------------------

    def _to_form(self) -> None:
        """The form, at the beginning and again after the pictures; those stay one click away."""
        self._page(choosing=False)
        self._dialog.set_ok_label(tr(self._run.entry.button))
        self._ok.set_sensitive(True)
        self._refresh()

    def _to_results(self) -> None:
        self._page(choosing=True)
        self._results.tell_prices(self._price.offline)
        self._price.add(0)
        self._changed_choice()
        self._say("")

    def _page(self, *, choosing: bool) -> None:
        self._choosing = choosing
        for one in (self._form_part, self._foot.tick, *self._spare):
            one.set_visible(not choosing)
        self._foot.waiting(0 if choosing else self._results.count)
        self._results.widget.set_visible(choosing)
        self._back.set_visible(choosing)
        self._stage()
        # As small as the page: the other one may have been longer.
        self._dialog.resize(1 if choosing else LEAST_WIDTH, 1)

    def _stage(self) -> None:
        """Where it stands, in the title: the task bar tells when there is a choice."""
        title, working = _title(self._run.entry), self._jobs.shown is not None
        words = N_("choose") if self._choosing else N_("working") if working else ""
        self._dialog.set_title(f"{title} · {tr(words)}" if words else title)
        ends = not working and (self._foot.stays or self._done is not None)
        self._cancel.set_label(tr("_Close" if ends else "_Cancel"))

    def _wish(self, stays: bool) -> None:
        memory.keep_open(self._run.entry.name, stays)
        self._stage()

    # --- life -------------------------------------------------------------------------------------------------------

    def run(self) -> Done:
        """Until all that was asked for is placed, or the dialog is put away."""
        try:
            while self._turn != "over":
                if self._dialog.run():
                    self._safely(self._act)
                elif self._turn == "back":
                    self._turn = ""
                    self._to_form()
                elif self._turn != "over":
                    self._put_away()
            return self._done or Done()
        finally:
            self._price.stop()
            if self._pending:
                GLib.source_remove(self._pending)
            self._dialog.destroy()

    def _turns(self, why: str) -> None:
        self._turn = why

    def _put_away(self) -> None:
        """Cancel ends what runs; without that it ends the dialog, and what is written in it stays for the next time."""
        if self._jobs.shown is not None:
            self._jobs.cancel()
            return
        self._run.keep_draft()
        if self._done is None:
            raise Cancelled
        self._turn = "over"

    def _safely(self, act: Callable[..., Any], *args: Any) -> None:
        """Whatever goes wrong is told in the dialog."""
        try:
            act(*args)
        except Cancelled as stop:
            self._say(str(stop))
        except RecraftError as trouble:
            self._tell(trouble)
        except Exception as problem:  # noqa: BLE001 - shown instead of a silent end
            self._tell(unexpected(problem))

    def _act(self) -> None:
        if self._choosing:
            self._place_chosen()
            return
        self._run.look_again()
        if self._as_shown() and self._counts():
            request = self._run.request()
            # Whoever was shown a price pays no more than that, whatever has become of key and settings since.
            request.fields["most"] = 0 if self._price.offline else request.plan.units
            self._changed = False
            self._say("")
            title = str(request.values.get("prompt") or request.entry.row.verb)
            self._jobs.add(Job(self._request_text(), request.fields, request.blobs, title, request))
            self._show_work()

    def _as_shown(self) -> bool:
        """True when the click costs what is shown; else show the price there is by now, to be clicked once more."""
        if self._price.covers(self._run.plan().units):
            return True
        if self._price.offline is not None:
            self._refresh()
            self._say(OTHER_PRICE)
        return False

    def _counts(self) -> bool:
        """False for the second half of a double click, or what is under way already."""
        verdict = self._jobs.judge(self._request_text())
        if verdict == ASK:
            self._say("This is under way already, or may have been charged. Click once more to ask for it again.")
        return verdict == RUN

    def _request_text(self) -> str:
        run = self._run
        return request_of(run.entry.operation, run.values, **run.where, image=run.context.name)

    # --- what comes back --------------------------------------------------------------------------------------------

    def _ended(self, job: Job, message: Message) -> None:
        self._safely(self._take, job, message)
        self._show_work()
        self._end_if_done()

    def _show_work(self) -> None:
        self._work.show(self._jobs)
        self._stage()

    def _take(self, job: Job, message: Message) -> None:
        try:
            result = outcome(message)
        except RecraftError as trouble:
            if trouble.charged or isinstance(trouble, Unanswered):
                self._jobs.guard.doubt(job.request)
            raise in_a_host(trouble) from None
        numbers = differing(result)
        if len(numbers) < 2 and not (numbers and job.about.entry.operation in EXPLORED):
            self._placed(job.about, result, numbers)
            return
        if self._used:
            self._put_pictures_away()
        self._sent.append((result, job.about))
        read, pixels = job.about.placement.base or (None, None)
        self._results.add(result, (picture(pixels, read.size) if read else None, read), numbers)
        self._price.add(charged(result))
        self._foot.waiting(self._results.count)
        # Whoever writes the next words meanwhile is not led away from them.
        if self._choosing or not (self._changed or self._jobs.shown):
            self._to_results()
        else:
            self._later()
            self._say("The results have come: look at them with Results.")

    def _place_chosen(self) -> None:
        orders = {id(result): request for result, request in self._sent}
        for result, numbers in self._results.chosen():
            self._placed(orders.get(id(result), self._sent[-1][1]), result, numbers)
        self._used = True
        if not self._end_if_done():
            self._to_form()
            self._tell_placed()

    def _put_pictures_away(self) -> None:
        self._sent, self._used = [], False  # what has not been placed is in the history
        self._results.clear()
        self._price.settled()

    def _placed(self, request: Request, result: Message, numbers: Collection[int]) -> None:
        self._done = request.place(result, numbers)
        request.remember()
        if not self._ends():
            self._tell_placed()

    def _tell_placed(self) -> None:
        """What is said when GIMP's own message at the end of the dialog would come too late."""
        surprises, self._done.surprises = self._done.surprises, []
        self._say(" ".join(surprises) or "Placed. Edit > Undo in the image takes it back.")

    def _ends(self) -> bool:
        """True when nothing keeps the dialog open any more."""
        waits = self._jobs.shown or (self._results.count and not self._used) or self._changed
        return self._done is not None and not (self._foot.stays or waits)

    def _end_if_done(self) -> bool:
        if self._ends():
            self._turn = "over"
            self._dialog.response(BACK)
            return True
        return False

    def _changed_choice(self) -> None:
        if not self._choosing:
            return
        count = sum(len(numbers) for _, numbers in self._results.chosen())
        self._dialog.set_ok_label(tr("Pl_ace {count}", count=count) if count > 1 else tr("Pl_ace"))
        self._ok.set_sensitive(bool(count))

    # --- words ------------------------------------------------------------------------------------------------------

    def _press(self) -> None:
        if self._ok.get_sensitive():
            self._dialog.response(Gtk.ResponseType.OK)

    def _key(self, _dialog: Gtk.Widget, event: Gdk.EventKey) -> bool:
        """Shift+Enter runs, wherever the focus is."""
        enter = event.keyval in (Gdk.KEY_Return, Gdk.KEY_KP_Enter)
        if enter and event.state & (Gdk.ModifierType.SHIFT_MASK | Gdk.ModifierType.CONTROL_MASK):
            self._press()
            return True
        return False

    def _say(self, text: str, *, stays: bool = True) -> None:
        self._stays = stays and bool(text)
        self._line.get_style_context().remove_class("trouble")
        self._line.set_text(tr(text))
        self._line.set_visible(bool(text))

    def _tell(self, trouble: RecraftError) -> None:
        """An error in its own line, with a link where a click can mend it. What one chose wrong may be right by now."""
        self._stays = not isinstance(trouble, BadOption)
        link = LINKS.get(type(trouble).__name__, "")
        self._line.set_markup(f"⚠ {GLib.markup_escape_text(tr(str(trouble)))} {link}")
        self._line.get_style_context().add_class("trouble")
        self._line.show()
        if getattr(trouble, "option", "") == "prompt":
            self._form.focus()

    def _later(self, *, changed: bool = False) -> None:
        self._changed |= changed
        self._stays = self._stays and not changed
        if not self._pending:
            self._pending = GLib.idle_add(self._refresh)

    def _came_to_front(self, *_: Any) -> bool:
        """The dialog is not modal: what is selected, the layer, the size, even the image may be others by now."""
        if not self._choosing:
            self._run.look_again()
            self._thumb = None
            self._later()
            self._price.ask_again()
        return False

    def _refresh(self) -> bool:
        self._pending = 0
        if self._choosing:
            return GLib.SOURCE_REMOVE
        try:
            plan = self._run.plan(prompt=True)
        except BadOption as trouble:
            self._form.refresh()
            self._price.show(None)
            if not self._stays:
                self._tell(trouble)
            return GLib.SOURCE_REMOVE
        self._form.refresh(plan)
        self._price.show(plan)
        if self._price.was_early():
            self._press() if self._price.offline else self._say(OTHER_PRICE)
        if not (self._stays or self._jobs.shown):
            self._say_before(plan.notes)
        return GLib.SOURCE_REMOVE

    def _say_before(self, notes: Sequence[str]) -> None:
        """What the click will do: without a key, in so many words."""
        before = tr(offline_before(self._run.entry.row)) if self._price.offline else ""
        text = tr(join(*map(at_home, notes) if self._price.offline else notes)) if notes else ""
        self._say(before or text, stays=False)
        if before:
            small = f"\n<small>{GLib.markup_escape_text(text)}</small>" if text else ""
            self._line.set_markup(f"{GLib.markup_escape_text(before)} {ADD_KEY}{small}")

    def _styles(self, message: Message) -> None:
        if message.kind == "answer":
            self._form.style.own(message["data"]["styles"])

    def _link(self, _label: Gtk.Label, where: str) -> bool:
        from .ui_settings import SettingsWindow, ask_key

        if where == "settings":
            SettingsWindow(self._requests, self._dialog).run()
        else:
            ask_key(self._dialog, self._requests)
        self._price.ask()
        return True

    def _thumbnail(self) -> Any:
        """A small picture of the canvas, read once each time the dialog comes to the front; None without an image."""
        if self._thumb is None and self._run.context.still:
            self._thumb = reading.thumbnail(self._run.context, THUMBNAIL)
        return self._thumb


def _title(entry: Entry) -> str:
    return tr("Recraft: {verb}", verb=tr(entry.label or entry.row.verb).rstrip("…"))
