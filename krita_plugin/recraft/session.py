"""Everything that lives as long as Krita: one worker, one queue, one history, whatever windows there are."""

import json
from pathlib import Path

from .delivery import MASK
from .host import Host
from .jobs import Job, Jobs
from .library import Library
from .qt import timer
from .shared.errors import BadOption, RecraftError
from .shared.operations import OPERATIONS
from .shared.plan import Ask, plan, price_text
from .shared.plugin.requests import WorkerRequests
from .shared.plugin.signals import Signal
from .shared.plugin.verbs import VERBS
from .state import State
from .tr import sentence

POLL_MS, LOOK_MS = 20, 300
_PLACED = "placed"


class Session:
    """The plugin without a window. `said` rings with (text, remedy) for the line under the button."""

    def __init__(self, folder=None):
        self.host = Host()
        self.requests = WorkerRequests(Path(folder or Path(__file__).parent), self.host.name)
        self.state = State(self.host)
        self.jobs = Jobs(self.requests, self.host)
        self.library = Library(self.requests, self.state)
        self.said = Signal()
        self.placed = Signal()
        self.jobs.ended.connect(self._ended)
        self._timers = []
        self._cut = None

    def begin(self, parent):
        """Start the timers; `parent` is a QObject that lives as long as Krita."""
        self._timers = [timer(parent, POLL_MS, self.pump), timer(parent, LOOK_MS, self.state.look)]
        self.library.begin()

    def pump(self):
        """One turn: messages, then a bit of placing."""
        self.requests.poll()
        self.jobs.step()

    def stop(self):
        """Krita ends."""
        for one in self._timers:
            one.stop()
        self.jobs.drop_deliveries()
        self.requests.stop()

    # --- clicks -----------------------------------------------------------------------------------------------------

    def run(self, key=None):
        """What the main button does; the job, or None when something stands in its way (said under the button)."""
        if key is not None:
            self.state.choose(key)
        self.state.look()
        self.said.emit("", "")
        made, trouble = self.state.plan()
        if trouble is not None:
            self.say(trouble)
            return None
        return self._click(made)

    def _click(self, made):
        state, canvas = self.state, self.state.canvas
        try:
            job = Job(state.verb, made, dict(state.ask().options), canvas)
            job.result_as = state.get("result_as", "")
            if job.result_as == MASK and not canvas.can_mask:
                job.result_as = ""  # chosen in a newer Krita, kept in the document
            layer = None
            if job.result_as == MASK:
                layer = canvas.layer()
            if canvas is not None:
                job.read(canvas, layer)
        except RecraftError as trouble:
            self.say(trouble)
            return None
        state.remember()
        return self.jobs.add(job)

    def enhance(self, prompt, told):
        """A richer prompt: `told(new prompt)`."""

        def ended(job):
            if job.state == "done":
                told(str(job.result.answer.get("prompt", "")))

        self._plain("enhance_prompt", {"prompt": prompt}, ended)

    def more_like(self, image_id, similarity):
        """More pictures like one that Explore made."""
        return self._plain("explore_similar", {"source_image_id": image_id, "similarity": similarity})

    def make_style(self, options, pictures, told):
        """A style of one's own from (bytes BGRA, width, height) pictures; `told(job)`."""
        return self._plain("create_style", options, told, pictures)

    def _plain(self, operation, options, told=None, pictures=()):
        try:
            made = plan(Ask(operation, options))
            self.state.check_cap(made)
        except RecraftError as trouble:
            self.say(trouble)
            return None
        verb = next((one for one in VERBS.values() if one.operation == operation), VERBS["explore"])
        job = Job(verb, made, options, None, place=False)
        job.told = told
        if pictures:
            job.pictures(list(pictures))
        return self.jobs.add(job)

    def price_of(self, operation, **options):
        """The price of an operation with those options, "" offline or when it is not known."""
        if self.state.offline:
            return ""
        try:
            return sentence(plan(Ask(operation, options)).price)
        except RecraftError:
            row = OPERATIONS[operation].row
            return sentence(price_text(row.units())) if row.price.units is not None else ""

    def cancel(self):
        """Cancel the newest open job of the document in front, else the newest of all."""
        key = self.state.canvas.key if self.state.canvas else ""
        waiting = self.jobs.of(key) or self.jobs.open
        if waiting:
            self.jobs.cancel(waiting[-1])

    # --- results ----------------------------------------------------------------------------------------------------

    def place(self, entry, result, index=None):
        """Place a result of the history on the canvas in front, all of it or the picture `index` alone."""
        canvas = self.host.active()
        if index is not None:
            result.layers = result.layers[index : index + 1]
        job = Job(VERBS["image"], self._plan_again(entry, result, canvas), {}, canvas)
        job.operation = entry["operation"]
        job.place = bool(result.layers)  # also what is not placed by itself, such as Explore's pictures
        self.jobs.deliver_again(job, result)
        return job

    def _plan_again(self, entry, result, canvas):
        """A plan with the shape the entry had; only where its result goes matters any more."""
        from dataclasses import replace

        made = plan(Ask("generate", {"prompt": "-"}))
        shape = OPERATIONS[entry["operation"]].shape
        elsewhere = shape == "frame" and canvas is not None and list(canvas.size) != list(entry.get("canvas") or [])
        if elsewhere:
            # An expanded picture fits the canvas it came from only; elsewhere its new parts lie over the canvas.
            result.frame = None
        return replace(made, operation=OPERATIONS[entry["operation"]], canvas=canvas.size if canvas else None)

    def _ended(self, job):
        if job.state == "done" and job.result is not None and job.result.entry:
            if job.place and not job.note:
                self._mark_placed(job)
            self.library.refresh()
        if job.operation == "create_style" and job.state == "done":
            self.library.ask_styles()
        if job.state == "failed":
            self.say(job.error)
        elif job.note:
            self.said.emit(job.note, "")
        elif job.state == "done" and job.operation == "remove_background" and job.result_as != MASK:
            # The cut-out lies above what it was cut from. Nothing is hidden unasked: undo could not bring it back.
            self._cut = job
            self.said.emit("The cut-out lies above its picture.", "hide")
        elif job.state == "done":
            # What the plan had told before the click need not be said twice.
            news = [note for note in job.result.notes if note not in job.plan.notes] if job.result else []
            self.said.emit(" ".join([*news, *self._of_frames(job)]), "")
        elif job.state == "cancelled" and job.error is not None:
            self.said.emit(f"{job.error.what} {job.error.remedy}", "")

    def _of_frames(self, job):
        """A layer placed in an animation has no frames itself: it covers all of them, which should be said."""
        canvas = self.host.find(job.key) if job.place else None
        if canvas is not None and canvas.animated:
            return ["The picture is animated: the new layer shows in every frame."]
        return []

    def hide_cut(self):
        """Hide the layer that the last cut-out was made from."""
        canvas = self.host.find(self._cut.key) if self._cut is not None else None
        if canvas is not None:
            canvas.hide(self._cut.layer_id)
        self.said.emit("", "")

    def _mark_placed(self, job):
        canvas = self.host.find(job.key)
        if canvas is not None:
            entries = [*self.placed_in(canvas), job.result.entry][-200:]
            canvas.keep_note(_PLACED, json.dumps(entries))
        self.placed.emit(job.result.entry)

    def placed_in(self, canvas):
        """Ids of the results that were placed in a document."""
        try:
            found = json.loads(canvas.note(_PLACED) or "[]") if canvas else []
        except ValueError:
            return []
        return found if isinstance(found, list) else []

    def say(self, trouble):
        """One line under the button: what happened and the remedy."""
        self.said.emit(trouble.what, trouble.remedy if isinstance(trouble, RecraftError) else "", trouble)

    def say_nothing_open(self):
        """For what needs a picture where there is none."""
        self.say(BadOption("No picture is open.", remedy="Open one first."))
