"""A procedure's three ways of running: with a dialog, with the last values, and from a script without any window."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp

from . import healing, layers, placing, reading
from .memory import memory
from .arguments import PRIVATE, chosen, has, own_choices, property_of, values_of
from .bar import Bar
from .requests import GimpRequests
from .returns import Done, returned, succeeded
from .session import clicked, host_name, session
from .shared import islands
from .shared.destination import check_files, check_there, series
from .shared.errors import BadOption, Cancelled, RecraftError
from .shared.i18n import say, tr
from .shared.plan import Ask, plan, wants_areas
from .shared.plugin.choices import answer_words, checked_choice, distinct, for_model, offline_after, same_note, spelled
from .shared.plugin.following import fingerprint, within
from .shared.plugin.requests import unexpected

if TYPE_CHECKING:
    from .menu import Entry
    from .shared.geometry import Box
    from .shared.plan import Plan
    from .shared.protocol import Message

# The core also speaks to a command line, where these are files and flags.
HERE = {
    "mask": "Select an area first, with any selection tool.",
    "picture": "Open one first.",
    "prompt": "Write in words what you want to see.",
}

TWIN = "The very same request was under way already. Its result comes once; nothing more was sent or charged."


@dataclass
class Run:
    """One run of one entry: what was asked for, of which image, through which worker."""

    entry: Entry
    procedure: Gimp.Procedure
    config: Gimp.ProcedureConfig
    context: reading.ImageContext
    requests: GimpRequests
    dialog: bool = False  # what a dialog hides is not sent; a script is told what does not fit
    since: float | None = None  # when it was asked for, in s since 1970, where it has no dialog of its own to click in
    found: dict[str, Any] = field(default_factory=dict)  # in the image, since it was looked at

    @property
    def values(self) -> dict[str, Any]:
        """The operation's options as they stand."""
        values = values_of(self.entry, self.config)
        return for_model(self.entry.row, values) if self.dialog and self.entry.row else values

    def look_again(self) -> None:
        """See the image as it is now."""
        self.context = reading.look_again(self.context)
        self.found.clear()

    def plan(self, *, prompt: bool = False) -> Plan:
        """What this will do and cost. Raises BadOption with the remedy. `prompt`: as if one were written already."""
        reading.check(self.context, needs_picture=bool(self.entry.row.picture))
        values = self.values
        if prompt and self.entry.takes("prompt"):
            values = {"prompt": "…", **values}
        try:
            return self._planned(values)
        except BadOption as trouble:
            raise self._in_our_words(trouble) from None

    def _planned(self, values: Mapping[str, Any]) -> Plan:
        job_plan = plan(Ask(self.entry.operation, values, **self.where))
        if wants_areas(job_plan):
            job_plan = plan(Ask(self.entry.operation, values, **self.where, areas=self._areas()))
        return job_plan

    def _areas(self) -> tuple[Box, ...]:
        """The selection's separate areas, found once each time the image is looked at."""
        if "areas" not in self.found:
            box = self._selection()
            self.found["areas"] = islands.areas(self._coverage(box), box)
        return self.found["areas"]

    def _selection(self) -> Any:
        """The box of what counts as selected, found once each time the image is looked at."""
        if not self.entry.heals:
            return self.context.selection
        if "holes" not in self.found:
            self.found["holes"] = healing.box(self.context)
        return self.found["holes"]

    def _coverage(self, box: Box) -> bytes:
        """How much each pixel of `box` counts as selected, one byte a pixel."""
        return healing.coverage(self.context, box) if self.entry.heals else reading.coverage(self.context.image, box)

    def _in_our_words(self, trouble: BadOption) -> BadOption:
        """The trouble with a remedy that makes sense here, where it is about something that is not there."""
        if trouble.option == "mask" and reading.quick_mask(self.context):
            return BadOption(trouble.what, remedy="Quick Mask is on: press Shift+Q to turn it into one.", option="mask")
        there = {"mask": self.context.selection, "picture": self.context.image, "prompt": self.values.get("prompt")}
        if there.get(trouble.option) is not None or trouble.option not in HERE:
            names = [option.name for option in self.entry.row.options]
            return BadOption(trouble.what, remedy=spelled(trouble.remedy, names), option=trouble.option)
        return BadOption(trouble.what, remedy=HERE[trouble.option], option=trouble.option)

    @property
    def where(self) -> dict[str, Any]:
        """Canvas and, where the operation heeds it, selection."""
        heeds = self.entry.row.shape in {"region", "picture", "new", "colours"}
        return {"canvas": self.context.canvas, "selection": self._selection() if heeds else None}

    def request(self) -> Request:
        """What a click now sends, and how its result is to be placed: the fields may change while it is under way."""
        self._check_own()
        self._check_svg()
        job_plan, context, values = self.plan(), self.context, self.values
        placement = self._placement(values)
        parts: list[str]
        blobs: list[bytes]
        parts, blobs, reads = [], [], [one.read for one in job_plan.parts or (job_plan,)]
        if job_plan.read is not None:
            parts, blobs = self._read(job_plan, reads, placement)
            mine = self.entry.operation, job_plan.selection
            if self.since is not None and layers.placed_since(context.image, *mine, self.since):
                raise Doubled
        sizes = []
        if self.entry.operation == "create_style":
            boxes = [reading.own_box(layer) for layer in context.layers]
            parts, sizes = ["picture"] * len(boxes), [box.size for box in boxes]
            each = zip(context.layers, boxes, strict=True)
            blobs = [reading.layer_pixels(layer, box, own=False) for layer, box in each]
        fields = {
            "operation": self.entry.operation, "options": values, "canvas": context.canvas,
            "selection": self.where["selection"], "read": job_plan.read, "parts": parts, "order": "RGBA", "draw": True,
            "pictures": sizes, "document": context.name, "layer": context.layer_name,
            "colours": reading.colours_of(placement.profile), "session": session(),
            # A preview and the run after it ask the same: for scripts one answer serves both.
            "reuse": not (self.dialog or chosen(self.config, "ask-again", default=False)),
            # A dialog is clicked in more than once: its own queue tells its clicks apart.
            **({"since": self.since} if self.since is not None else {}),
            "areas": self._areas() if job_plan.parts else (), "reads": reads if job_plan.parts else (),
        }  # fmt: skip
        return Request(self.entry, context, values, fields, blobs, placement, job_plan, self.dialog)

    def _check_own(self) -> None:
        """What a script may have misspelled of our own choices: GIMP's type for these would take the default unsaid."""
        for name, (label, values) in own_choices(self.entry).items():
            checked_choice(label, name, chosen(self.config, name), tuple(values))

    def _check_svg(self) -> None:
        """A drawing that could not be saved under the name asked for is told before it is paid for."""
        file = chosen(self.config, "svg-file", None)
        path = file.get_path() if file else None  # files on a server may have none
        if path:
            check_there(Path(path).parent)
            check_files(series(Path(path), int(self.values.get("n") or 1)))

    def _read(
        self, job_plan: Any, reads: list[Any], placement: placing.PlacementOptions
    ) -> tuple[list[str], list[bytes]]:
        """Names and bytes of what is sent; `how` hears what tells later where it has gone."""
        context = self.context
        only = self.entry.heals or chosen(self.config, "read-from") == "layer" or placement.result == "into"
        if placement.result == "replace":
            placement.old = layers.last_result(context.image, job_plan.selection or job_plan.read)
        parts: list[str] = []
        blobs: list[bytes] = []
        with reading.seeing(context, only_layer=only, without=placement.old) as look:
            if look is None:
                raise BadOption("No layer is selected.", remedy="Select a layer, or read what is visible.")
            for box in reads:
                parts, blobs = [*parts, "pixels"], [*blobs, look(box)]
                if job_plan.selection is not None:
                    parts, blobs = [*parts, "coverage"], [*blobs, self._coverage(box)]
        placement.base = () if job_plan.parts else (job_plan.read, blobs[0])
        placement.sent = "layer" if only else "visible"
        placement.read = layers.read_from(context, job_plan.read, placement.old)
        placement.print = fingerprint(context.canvas, reads[0], within(blobs[0], reads[0]))
        placement.profile = reading.profile_of(context.image)
        return parts, blobs

    def _placement(self, values: Mapping[str, Any]) -> placing.PlacementOptions:
        """How the result is to be placed."""
        keep = chosen(self.config, "keep-prompt", default=False)
        result = chosen(self.config, "result") or "image"
        if result == "auto":  # a batch tool goes on with the image that it handed over
            result = "image" if self.dialog else "scale"
        return placing.PlacementOptions(
            result,
            chosen(self.config, "drawing", "layer"),
            chosen(self.config, "svg-file", None),
            "" if keep else self.entry.row.verb,
            {"prompt": values.get("prompt", "")} if keep else {},
            selected=self.where["selection"] is not None,
            canvas=self.context.canvas,
            lettered=str(values.get("text_layout") or ""),
            within=reading.own_box(self.context.source) if self.entry.heals else None,
        )

    def recall(self, *, draft: bool = False) -> None:
        """Put the words of the last time in; those of a dialog that was put away, and all it had set, if wished."""
        held = {**memory.last(self.entry.name), **(memory.draft(self.entry.name) if draft else {})}
        for name, value in held.items():
            if has(self.config, name):
                self.config.set_property(name, value)
        if draft and self.entry.takes("style_id") and has(self.config, "style-id"):
            style_id = memory.new_style()
            if style_id:
                self.config.set_property("style", "")
                self.config.set_property("style-id", style_id)

    def keep_draft(self) -> None:
        """Keep all that the dialog has set until it opens again: only then is Cancel safe."""
        names = [property_of(option.name) for option in self.entry.row.options]
        memory.keep_draft(self.entry.name, {name: self.config.get_property(name) for name in names})


class Doubled(Exception):
    """What was read holds a result that came after the click: another press of the same shortcut, slower to begin."""


@dataclass
class Request:
    """One click: the message `run` as it was sent, and all that its result is placed by."""

    entry: Entry
    context: reading.ImageContext
    values: dict[str, Any]
    fields: dict[str, Any]
    blobs: list[bytes]
    placement: placing.PlacementOptions
    plan: Plan
    dialog: bool = False

    def signed(self, result: Message) -> placing.PlacementOptions:
        """How the result is to be placed, with what the layers say about where they come from."""
        about = {
            "operation": self.entry.operation, "model": str(self.values.get("model") or ""),
            "units": charged(result), "entry": result.get("entry", ""), "selection": self.plan.selection,
            **self.placement.about,
        }  # fmt: skip
        return replace(self.placement, about={name: value for name, value in about.items() if value not in ("", None)})

    def place(self, result: Message, picked: Collection[int] | None = None) -> Done:
        """Place the result, all that differs or the picked ones."""
        twin = result.get("twin")
        # One that has not ended by itself was placed by nobody.
        if twin and self.dialog and twin["finished"] and twin["document"] == self.context.name:
            return Done(self.context.image, entry=result.get("entry", ""), notes=[TWIN], surprises=[TWIN])
        picked = differing(result) if picked is None else picked
        placed = placing.place(self.context, result, self.signed(result), picked)
        unheard = offline_after(self.entry.row, self.values) if result["offline"] else ""
        if unheard:
            # The dialog says it before each click; afterwards in a window of GIMP's own once is enough.
            (placed.surprise if memory.first_time(self.entry.name, session()) else placed.notes.append)(unheard)
        if self.entry.operation == "create_style":
            placed.surprise("The style is made. The next dialog begins with it, and it is the first in every list.")
            memory.new_style(answer_of(self.entry, result))
        if len(differing(result)) == 1 < len(result["layers"]):
            placed.notes.append(same_note(len(result["layers"])))
        notes = [*result["notes"], *placed.notes]
        words = answer_of(self.entry, result)
        entry = result.get("entry", "")
        return Done(placed.image, placed.layers, charged(result), words, entry, notes, placed.surprises)

    def remember(self) -> None:
        """Keep what was sent and GIMP does not keep, for the next time, in our own file."""
        options = [option.name for option in self.entry.row.options]
        held = {property_of(name): str(self.values.get(name) or "") for name in options if name in PRIVATE}
        if not self.entry.is_filter:  # those of a filter GIMP keeps itself
            held = {**{property_of(name): value for name, value in self.values.items() if name in options}, **held}
        memory.remember(self.entry.name, held)


def differing(result: Message) -> list[int]:
    """Numbers of the result's layers that differ: nobody has to choose among three that are the same."""
    blobs = [result.blobs[layer["svg" if layer.get("pixels") is None else "pixels"]] for layer in result["layers"]]
    return distinct(blobs)


def charged(result: Message) -> int:
    """Units a result cost; what this computer made costs none."""
    return 0 if result["offline"] else result["units"]


def answer_of(entry: Entry, result: Message) -> str:
    """The words an operation answers: a prompt, a style's id, a balance; "" for pictures."""
    return answer_words(entry.row, result.get("answer", {}))


def run(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image | None,
    drawables: Iterable[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    entry: Entry,
) -> Gimp.ValueArray:
    """GIMP's way in."""
    requests = GimpRequests(host_name())
    dialog = mode != Gimp.RunMode.NONINTERACTIVE
    run = Run(entry, procedure, config, reading.look(image, drawables), requests, dialog)
    run.since = clicked() if mode == Gimp.RunMode.WITH_LAST_VALS else None
    try:
        done = _ways(mode)(run)
    except Doubled:
        done = Done(image, notes=[TWIN], surprises=[TWIN])
    except Cancelled as stop:
        return returned(procedure, Gimp.PDBStatusType.CANCEL, stop)
    except RecraftError as trouble:
        if dialog:
            # As an error of the procedure GIMP would put "Calling error for procedure" before it.
            Gimp.message(tr(str(trouble)))
            return returned(procedure, Gimp.PDBStatusType.CANCEL, trouble)
        return returned(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, trouble)
    except Exception as problem:  # noqa: BLE001 - a traceback on stderr would be seen by nobody
        return returned(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, unexpected(problem))
    finally:
        requests.stop()
    if mode == Gimp.RunMode.INTERACTIVE:
        for name in memory.cut_short():
            done.surprises.append(
                say("{name}: GIMP ended it before it was placed. What was paid for is in the history.", name=name)
            )
    if done.surprises and mode == Gimp.RunMode.INTERACTIVE:
        Gimp.message("\n".join(map(tr, done.surprises)))
    if mode != Gimp.RunMode.NONINTERACTIVE and image is not None and not image.is_valid():
        # After SUCCESS libgimp writes the arguments into the image, which is an error in red once it is closed.
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    return succeeded(done)


def run_aside(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, entry: Entry) -> Gimp.ValueArray:
    """The same for what is no filter, whose image is an argument like others."""
    mode, image = map(config.get_property, ("run-mode", "image"))
    # After the run libgimp writes into a file what differs from the defaults, which it cannot do with these.
    for name in ("display", "image"):
        config.set_property(name, None)
    return run(procedure, mode, image, (), config, entry)


def _ways(mode: Gimp.RunMode) -> Callable[[Run], Done]:
    if mode == Gimp.RunMode.INTERACTIVE:
        from .ui_running import interactive  # GTK is loaded only where there is a window

        return interactive
    return with_last_values if mode == Gimp.RunMode.WITH_LAST_VALS else silent


def with_last_values(run: Run) -> Done:
    """GIMP's Repeat: no dialog, the words of the last time."""
    run.recall()
    return silent(run)


def silent(run: Run) -> Done:
    """No window at all; progress in GIMP's own bar."""
    request = run.request()
    bar = Bar(run.entry)
    memory.begun(run.entry.row.verb)
    try:
        result = run.requests.finish("run", on_progress=bar.show, blobs=request.blobs, **request.fields)
    finally:
        bar.end()
        memory.ended()
    done = request.place(result)
    request.remember()
    return done
