"""The dialog of an operation: the form, the price beside the button, the wait, and several results to choose from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from gi.repository import Gdk, GimpUi, GLib, Gtk

from . import reading
from .memory import memory
from .returns import Done
from .running import charged, differing
from .shared.errors import BadOption, Cancelled, OutOfUnits, RecraftError
from .shared.i18n import N_, tr
from .shared.plugin.jobs import Job, Jobs
from .shared.plugin.queue import ASK, RUN
from .shared.plugin.requests import unexpected
from .shared.plugin.verbs import EXPLORED
from .ui_form import Form
from .ui_images import Images, request_text
from .ui_line import Line
from .ui_parts import WIDE, column, fitting, picture
from .ui_price import Price
from .ui_results import Results
from .ui_work import Foot, Work, buttons, release_line

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
        self._used = False  # something of the pictures that are shown was placed
        run.recall(draft=True)
        self._dialog = GimpUi.ProcedureDialog.new(run.procedure, run.config, _title(run.entry))
        self._dialog.set_default_size(LEAST_WIDTH, -1)
        self._dialog.set_position(Gtk.WindowPosition.CENTER)
        self._dialog.connect("key-press-event", self._key)
        self._back = self._dialog.add_button(tr("_Back"), BACK)
        self._back.connect("clicked", lambda _button: self._turns("back"))
        self._thumb: Any = None
        self._line = Line(run.entry, self._link)
        self._images = Images(run, lambda: self._later(changed=True))
        self._form = Form(run, self._thumbnail, (self._requests, self._line.say), self._images.widget)
        self._price = Price(self._requests, self._later)
        self._results = Results(self._requests, self._line.say, lambda: run.where, self._changed_choice, self._press,
                                self._price.add)  # fmt: skip
        self._foot = Foot(memory.stays_open(run.entry.name), self._wish, self._to_results)
        self._build()
        run.config.connect("notify", lambda *_: self._later(changed=True))
        self._dialog.connect("focus-in-event", self._came_to_front)
        if self._form.style:
            self._requests.ask("styles", self._styles)

    def _build(self) -> None:
        self._form_part = fitting(self._form.widget)
        inside = column(self._form_part, self._results.widget, self._work.widget, self._line.widget, self._foot.look,
                        release_line(self._requests))  # fmt: skip
        inside.set_border_width(WIDE)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        # Shown once, even hidden again they would leave the dialog as tall as all of them together.
        inside.show_all()
        self._ok, self._cancel, self._spare = buttons(self._dialog, self._price.widget, self._foot.tick, self._back)
        self._work.show(self._jobs)
        self._to_form()
        self._form.focus()

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
        self._line.say("")

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
            for job in self._jobs.cancel():
                job.group.dropped += 1
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
            self._line.say(str(stop))
        except RecraftError as trouble:
            self._tell(trouble)
        except Exception as problem:  # noqa: BLE001 - shown instead of a silent end
            self._tell(unexpected(problem))

    def _act(self) -> None:
        if self._choosing:
            self._place_chosen()
            return
        self._run.look_again()
        if self._images.all:
            self._act_on_all()
        elif self._as_shown(self._run.plan().units) and self._counts(request_text(self._run)):
            request = self._run.request()
            # Whoever was shown a price pays no more than that, whatever has become of key and settings since.
            request.fields["most"] = 0 if self._price.offline else request.plan.units
            title = str(request.values.get("prompt") or request.entry.row.verb)
            self._begin(Job(request_text(self._run), request.fields, request.blobs, title, request))

    def _act_on_all(self) -> None:
        self._images.look_again()
        many = self._images.gathered(free=bool(self._price.offline))
        if self._as_shown(many.units, together=True):
            self._price.check(many)
            jobs = [part.begin() for part in many.parts]
            texts = [job.request for job in jobs]
            if self._counts("\n".join(texts), texts):
                self._begin(*jobs)

    def _begin(self, *jobs: Job) -> None:
        self._changed = False
        self._line.say("")
        self._jobs.add(*jobs)
        self._show_work()

    def _as_shown(self, units: int, *, together: bool = False) -> bool:
        """True when a click of `units` costs what is shown; else show today's price, to be clicked once more."""
        if self._price.covers(units, together=together):
            return True
        if not self._price.waits:
            self._refresh()
            self._line.say(OTHER_PRICE)
        return False

    def _counts(self, request: str, parts: Sequence[str] = ()) -> bool:
        """False for the second half of a double click, or what is under way already."""
        verdict = self._jobs.judge(request, parts)
        if verdict == ASK:
            self._line.say("This is under way already, or may have been charged. Click once more to ask for it again.")
        return verdict == RUN

    # --- what comes back --------------------------------------------------------------------------------------------

    def _ended(self, job: Job, message: Message) -> None:
        self._safely(self._take if job.group is None else self._take_of_many, job, message)
        self._show_work()
        self._end_if_done()

    def _show_work(self) -> None:
        self._work.show(self._jobs)
        self._stage()

    def _take_of_many(self, job: Job, message: Message) -> None:
        """Place what has come, whatever became of the others; at the end say of each that there is something to say."""
        self._done = self._images.take(job, lambda: self._jobs.outcome(job, message)) or self._done
        tally = job.group
        if tally.over:
            self._changed |= not tally.whole  # what is left can be tried again here
            self._later()
            words = "\n".join(map(tr, tally.said()))
            if not self._ends():
                self._line.say(words)
            elif tally.told:
                self._done.surprises.append(words)

    def _take(self, job: Job, message: Message) -> None:
        result = self._jobs.outcome(job, message)
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
            self._line.say("The results have come: look at them with Results.")

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
        self._line.say(" ".join(surprises) or "Placed. Edit > Undo in the image takes it back.")

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

    def _tell(self, trouble: RecraftError) -> None:
        self._line.tell(trouble)
        if getattr(trouble, "option", "") == "prompt":
            self._form.focus()

    def _later(self, *, changed: bool = False) -> None:
        self._changed |= changed
        self._line.stays &= not changed
        if not self._pending:
            self._pending = GLib.idle_add(self._refresh)

    def _came_to_front(self, *_: Any) -> bool:
        """The dialog is not modal: what is selected, the layer, the size, even the image may be others by now."""
        if not self._choosing:
            self._run.look_again()
            self._images.look_again()
            self._thumb = None
            self._later()
            self._price.ask_again()
        return False

    def _refresh(self) -> bool:
        self._pending = 0
        if self._choosing:
            return GLib.SOURCE_REMOVE
        waited_for = None
        try:
            many = self._images.gathered(prompt=True) if self._images.all else None
            plan = many.parts[0].plan if many else self._run.plan(prompt=True)
            self._form.refresh(plan)
            self._price.show(many or plan)
            waited_for = self._price.waited_for()
            if many:
                self._price.check(many)
        except (BadOption, OutOfUnits) as trouble:
            if isinstance(trouble, BadOption):
                self._form.refresh()
                self._price.show(None)
            if waited_for is not None or not self._line.stays:
                self._tell(trouble)
                self._line.stays = False  # of what is set now, which may change
            return GLib.SOURCE_REMOVE
        if waited_for is not None:
            self._press() if waited_for else self._line.say(OTHER_PRICE)
        if not (self._line.stays or self._jobs.shown):
            self._line.say_before(self._images.notes(many) if many else plan.notes, offline=bool(self._price.offline))
        return GLib.SOURCE_REMOVE

    def _styles(self, message: Message) -> None:
        if message.kind == "answer":
            self._form.style.own(message["data"]["styles"])

    def _link(self, where: str) -> bool:
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
