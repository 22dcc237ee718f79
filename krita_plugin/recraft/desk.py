"""One window's side of the plugin: what its docker shows, and what a click there does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import compat
from .delivery import MASK, choices
from .host import Host
from .key_frames import in_every_frame
from .qt import QTimer
from .shared.errors import BadAnswer, BadOption, RecraftError, Unanswered
from .shared.i18n import join
from .shared.operations import OPERATIONS
from .shared.plan import Ask, plan, price_text
from .shared.plugin.choices import charged, price_short
from .shared.plugin.document_job import Job
from .shared.plugin.frame_run import told
from .shared.plugin.queue import ASK, IGNORE, request_of
from .shared.plugin.shapes import recoloured
from .shared.plugin.signals import Signal
from .shared.plugin.state import State
from .shared.plugin.verbs import VERBS
from .tr import sentence

if TYPE_CHECKING:
    from .docker import RecraftDocker
    from .host import Canvas
    from .session import Session
    from .shared.plan import Plan
    from .shared.plugin.groups import Entry
    from .shared.plugin.many import Many
    from .shared.plugin.result import Result

_CALM_MS, _CALM_TRIES = 60, 25  # how long a click waits for the end of what Krita is doing

class Desk:
    """What the panels of one docker ask. `said` is emitted with (text, remedy, trouble, again, job) for the line.

    `again` repeats what has failed, whatever it was; None where a repetition makes no sense or could cost twice.
    `job` is one that may have been charged without an answer.
    """

    def __init__(self, session: Session, dock: RecraftDocker) -> None:
        self.session = session
        self.jobs, self.library, self.requests, self.placed = (
            session.jobs, session.library, session.requests, session.placed
        )  # fmt: skip
        self.placed_tiles, self.in_picture, self.made_in = session.placed_tiles, session.in_picture, session.made_in
        self._dock = dock
        self.host = Host(lambda: compat.window_of(dock))
        self.state = State(self.host, session.facts, session.sheets)
        self.said = Signal()
        self.waiting = Signal()  # a result waits in the strip; True: it may be shown
        self._cut: Any = None  # the job of the last cut-out that kept its layer
        self._placing: set[tuple[str, int]] = set()  # (entry, index) of what is on its way
        session.desks.append(self)
        self.jobs.ended.connect(self._ended)

    @property
    def gone(self) -> bool:
        """True when its window was closed."""
        return compat.deleted(self._dock)

    # --- clicks -----------------------------------------------------------------------------------------------------

    def run(self, key: str | None = None, *, shown: tuple[Any, ...] | None = None, sure: bool = False) -> Job | None:
        """What the main button does; the job, or None when something stands in its way (said under the button).

        `shown` is the `State.face` that the button showed: a click on something else does nothing. `sure` passes by
        the guard against double and repeated clicks.
        """
        if key is not None:
            self.state.choose(key)
        self.state.look()
        job_plan, trouble = self.state.plan(to_end=True)
        if shown is not None and (trouble is not None or self.state.face(job_plan) != shown):
            self.state.changed.emit()
            self.said.emit("Another picture or selection came just now: nothing was done.", "Look, then click again.")
            return None
        if trouble is not None:
            self.say(trouble)
            return None
        try:
            return self._guarded(job_plan, sure)
        finally:
            self.session.guard.handled()  # reading a large canvas may take longer than a double click

    def _guarded(self, job_plan: Plan, sure: bool) -> Job | None:
        canvas = self.state.canvas
        request = request_of(
            job_plan.operation.name, self.state.ask().options, document=canvas.key if canvas else "",
            selection=job_plan.selection, size=job_plan.canvas, result_as=self.state.get("result_as", ""),
        )  # fmt: skip
        if not sure:
            verdict = self.session.guard.judge(request, [job.request for job in self.jobs.open])
            if verdict == IGNORE:
                return None
            if verdict == ASK:
                self.said.emit(*self._question(request))
                return None
        self.said.emit("", "")
        if canvas is not None and self._hindered(canvas, job_plan, request):
            return None
        return self._click(job_plan, request)

    def _question(self, request: str) -> tuple[str, str]:
        if self.session.guard.doubtful(request):
            return "No answer came to this, and it may have been charged.", "Click once more to send it again."
        return "The same is under way already.", "Click once more to have it twice."

    def _hindered(self, canvas: Canvas, job_plan: Plan, request: str, tries: int = _CALM_TRIES) -> bool:
        """True when the canvas cannot be read now: a little later it may, and if not it is said.

        Reading would apply an open transformation and end a stroke.
        """
        if job_plan.read is None:
            return False
        if canvas.isolated:
            remedy = "Leave isolated mode, or nothing but that layer would be sent."
            self.say(BadOption("One layer is shown alone.", remedy=remedy))
            return True
        if not canvas.busy:
            return False
        if tries > 0:
            QTimer.singleShot(_CALM_MS, lambda: self._later(canvas, job_plan, request, tries - 1))
        else:
            remedy = "Finish or apply it, then click once more."
            self.say(BadOption("A stroke or a transformation is not finished.", remedy=remedy))
        return True

    def _later(self, canvas: Canvas, job_plan: Plan, request: str, tries: int) -> None:
        self.state.look()
        now, trouble = self.state.plan()
        front = self.state.canvas
        same = trouble is None and front is not None and front.key == canvas.key and now == job_plan
        if same and not self._hindered(canvas, job_plan, request, tries):
            self._click(job_plan, request)

    def _click(self, job_plan: Plan, request: str) -> Job | None:
        state, canvas = self.state, self.state.canvas
        try:
            job = Job(state.verb, job_plan, dict(state.ask().options), canvas, request=request, desk=self)
            job.result_as = self.result_as(canvas)
            job.rivals = [one for one in self.jobs.of(job.key) if one.request == request]
            layer = None
            if job.result_as == MASK:
                layer = canvas.layer() if canvas is not None else None
            job = self.jobs.add(job, job.reading(canvas, layer) if canvas is not None else ())
        except RecraftError as trouble:
            self.say(trouble)
            return None
        state.remember()
        return job

    def run_many(self, many: Many, tries: int = _CALM_TRIES) -> None:
        """Begin all of them: they were shown with their prices and said yes to."""
        self.said.emit("", "")
        canvas = self.state.canvas
        if canvas is not None and canvas.busy and tries:
            QTimer.singleShot(_CALM_MS, lambda: self.run_many(many, tries - 1))
            return
        if canvas is not None and self._hindered(canvas, many.parts[0].plan, "", 0):
            return
        try:
            for part in many.parts:
                part.begin()
        except RecraftError as trouble:
            self.say(trouble)

    def result_as(self, canvas: Canvas | None) -> str:
        """What is done with the result; a choice kept by another version, or of another operation, does not count."""
        known = choices(self.state.verb.row.shape, can_mask=canvas is not None and canvas.can_mask)
        chosen = self.state.get("result_as", "")
        return chosen if chosen in known and chosen != "automatic" else ""

    def repeat(self, job: Job) -> Job:
        """A job that failed once more, to the letter and with the same pixels."""
        self.said.emit("", "")
        return self.jobs.add(job.again())

    def enhance(self, prompt: str, on_done: Callable[[str], Any]) -> None:
        """A richer prompt: `on_done(new prompt)`."""

        def ended(job: Job) -> None:
            if job.state == "done":
                on_done(str(job.result.answer.get("prompt", "")))

        self._plain("enhance_prompt", {"prompt": prompt}, ended)

    def more_like(self, image_id: str, similarity: int) -> Job | None:
        """More pictures like one that Explore made."""
        return self._plain("explore_similar", {"source_image_id": image_id, "similarity": similarity})

    def make_style(
        self, options: dict[str, Any], pictures: Sequence[tuple[bytes, int, int]], on_done: Callable[[Job], Any]
    ) -> Job | None:
        """A style of one's own from (bytes BGRA, width, height) pictures; `on_done(job)`."""
        return self._plain("create_style", options, on_done, pictures)

    def _plain(
        self,
        operation: str,
        options: dict[str, Any],
        on_done: Callable[[Job], Any] | None = None,
        pictures: Sequence[tuple[bytes, int, int]] = (),
    ) -> Job | None:
        try:
            job_plan = plan(Ask(operation, options))
            self.state.check_cap(job_plan)
        except RecraftError as trouble:
            self.say(trouble)
            return None
        verb = next((one for one in VERBS.values() if one.operation == operation), VERBS["explore"])
        job = Job(verb, job_plan, options, None, place=False, request=request_of(operation, options), desk=self)
        if self.session.guard.judge(job.request, [one.request for one in self.jobs.open]) == IGNORE:
            return None
        job.on_done = on_done
        if pictures:
            job.pictures(list(pictures))
        return self.jobs.add(job)

    def price_of(self, operation: str, *, short: bool = False, **options: Any) -> str:
        """The price of an operation with those options, "" offline or when it is not known."""
        if self.state.offline:
            return ""
        row = OPERATIONS[operation].row
        try:
            units = plan(Ask(operation, options)).units
        except RecraftError:
            units = row.units() if row.price.units is not None else 0
        return (price_short(units) if short else sentence(price_text(units))) if units else ""

    def cancel(self) -> None:
        """Cancel the job that the progress names."""
        job = self.jobs.queue.shown(self.state.canvas.key if self.state.canvas else "")
        if job is not None:
            self.jobs.cancel(job)

    def cancel_waiting(self) -> None:
        """Cancel all that has not begun in the document in front: nothing of it is charged."""
        for job in self.jobs.queue.waiting(self.state.canvas.key if self.state.canvas else ""):
            self.jobs.cancel(job)

    def look_at_balance(self, job: Job | None) -> None:
        """Ask what a job without an answer has cost, and say it; None when it has come to its end meanwhile."""

        def on_done(trouble: RecraftError | None) -> None:
            before, now = job.balance if job is not None else None, self.state.balance
            if trouble is not None:
                self.say(trouble, lambda: self.look_at_balance(job))
            else:
                self.said.emit(*charged(before, now))

        self.library.ask_account(on_done)

    # --- results ----------------------------------------------------------------------------------------------------

    def fetch_again(self, entry: str) -> None:
        """Download what was paid for once more; it costs nothing, and the strip then has it."""

        def on_done(trouble: RecraftError | None) -> None:
            if trouble is not None:
                self.say(trouble, lambda: self.fetch_again(entry))
            else:
                self.said.emit("The result is here now.", "It is in the strip: place it from there.")

        self.library.fetch(entry, on_done)

    def _fetch_of(self, job: Job) -> None:
        """Fetch what a job has paid for and not received whole."""
        entries = (one for one in self.library.entries if one["operation"] == job.operation and not one["here"])
        entry = next((one for one in entries if one["pictures"]), None)
        if entry is not None:
            self.fetch_again(entry["entry"])
        else:
            self.said.emit("The history has no address for it.", "Look at the balance.")

    def fetch_and_place(
        self,
        entry: Entry,
        how: str | None = None,
        others: Iterable[str] = (),
        colours: Sequence[tuple[int, int, int]] = (),
    ) -> None:
        """Place the picture entry["index"] of a result: once, however often it is clicked before it is there.

        `how` is one of `delivery.choices`, None for the automatic one; the layers of the entries `others` are hidden.
        A drawing comes in `colours`, where some are given.
        """
        what = (entry["entry"], entry["index"])
        if self.session.place_guard.judge(str(what)) == IGNORE or what in self._placing:
            return

        def came(result: Any, trouble: RecraftError | None) -> None:
            if trouble is None:
                for layer in result.layers if colours else ():
                    if layer["svg"] is not None:
                        layer["svg"] = recoloured(bytes(layer["svg"]).decode("utf-8"), colours).encode()
                job = self.place(entry, result, entry["index"], how)
                job.hides = self.session.layers_of(job.key, others)
                job.on_done = lambda _job: self._placing.discard(what)
                if not job.over:
                    return
            else:
                self.say(trouble, lambda: self.fetch_and_place(entry))
            self._placing.discard(what)

        self._placing.add(what)
        self.library.whole(entry["entry"], came)

    def place(self, entry: Entry, result: Result, index: int | None = None, how: str | None = None) -> Job:
        """Place a result of the history on the canvas in front, all of it or the picture `index` alone."""
        canvas = self.host.active()
        if index is not None:
            result.layers = result.layers[index : index + 1]
        job = Job(VERBS["image"], self._plan_again(entry, result, canvas), {}, canvas, desk=self)
        job.foreign = canvas is not None and list(canvas.size) != list(entry.get("canvas") or canvas.size)
        job.operation, job.index = entry["operation"], index or 0
        job.result_as = how if how not in (None, "automatic") else ""
        job.place = bool(result.layers)  # also what is not placed by itself, such as Explore's pictures
        self.jobs.deliver_again(job, result)
        return job

    def _plan_again(self, entry: Entry, result: Result, canvas: Canvas | None) -> Plan:
        """A plan with the shape the entry had; only where its result goes matters any more."""
        job_plan = plan(Ask("generate", {"prompt": "-"}))
        shape = OPERATIONS[entry["operation"]].shape
        elsewhere = shape == "frame" and canvas is not None and list(canvas.size) != list(entry.get("canvas") or [])
        if elsewhere:
            # An expanded picture fits the canvas it came from only; elsewhere its new parts lie over the canvas.
            result.frame = None
        return replace(job_plan, operation=OPERATIONS[entry["operation"]], canvas=canvas.size if canvas else None)

    def _ended(self, job: Job) -> None:
        """Say how it ended, in the window it was clicked in; in any other when that was closed."""
        there = [desk for desk in self.session.desks if not desk.gone]
        if job.desk is not self and (job.desk in there or there[:1] != [self]):
            return
        if job.state == "failed":
            self._failed(job)
        elif job.note:
            self.said.emit(job.note, "")
        elif job.waits:
            self._arrived(job)
        elif job.frames:
            self._cut = job
            unsent = [one.error for one in job.run.failed[-1:] if isinstance(one.error, BadOption)]
            left = [join(error.what, error.remedy) for error in unsent]
            self.said.emit(join(*job.where, *left, told(sum(len(one.times) for one in job.frames))), "hide")
            for frame in job.run.failed[-1:] if not unsent else ():  # its line went with the others' coming
                self._failed(frame)
        elif job.state == "done" and job.operation == "remove_background" and job.result_as != MASK:
            # The cut-out lies above what it was cut from. Nothing is hidden unasked: undo could not bring it back.
            self._cut = job
            self.said.emit("The cut-out lies above its picture.", "hide")
        elif job.state == "done":
            # What the plan had told before the click need not be said twice.
            news = [note for note in job.result.notes if note not in job.plan.notes] if job.result else []
            self.said.emit(join(*job.where, *news, *in_every_frame(self.host, job)), "")
        elif job.state == "cancelled" and job.error is not None:
            self.said.emit(join(job.error.what, job.error.remedy), "")

    def _arrived(self, job: Job) -> None:
        """A result that was not placed: shown where that is wanted and nobody works on the canvas."""
        if job.run is not None:
            return  # the frames come together
        show = self.session.facts.arrival == "show"
        self.said.emit("" if show else "The result waits in the strip.", "")
        self.waiting.emit(show)

    def _failed(self, job: Job) -> None:
        doubtful = job.error.charged or isinstance(job.error, Unanswered)
        if isinstance(job.error, BadAnswer) and doubtful and not self.state.offline:
            self.library.refresh()
            self.say(job.error, lambda: self._fetch_of(job))
            return
        if not doubtful or not job.plan.units or self.state.offline:
            self.say(job.error, lambda: self.repeat(job))
        else:
            # "Try again" is never offered where the first try may have cost something.
            self.said.emit(job.error.what, "", job.error, None, job)

    def hide_cut(self) -> None:
        """Hide the layer that the last cut-out was made from."""
        canvas = self.host.find(self._cut.key) if self._cut is not None else None
        if canvas is not None:
            canvas.hide(self._cut.layer_id)
        self.said.emit("", "")

    def say(self, trouble: RecraftError | None, again: Callable[[], Any] | None = None) -> None:
        """One line under the button: what happened and the remedy; `again` repeats what failed. None is no trouble."""
        if trouble is not None:
            self.said.emit(trouble.what, trouble.remedy, trouble, again)

    def say_nothing_open(self) -> None:
        """For what needs a picture where there is none."""
        self.say(BadOption("No picture is open.", remedy="Open one first."))
