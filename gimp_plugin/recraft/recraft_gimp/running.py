"""A procedure's three ways of running: with a dialog, with the last values, and from a script without any window."""

import time
from dataclasses import dataclass, field

from gi.repository import Gimp, GLib, GObject

from . import memory, placing, reading
from .arguments import PRIVATE, chosen, has, property_of, values_of
from .requests import GimpRequests, unexpected
from .shared.errors import BadOption, Cancelled, RecraftError
from .shared.plan import Ask, plan
from .shared.protocol import Message

PHASES = {
    "preparing": "Preparing",
    "sending": "Sending",
    "working": "Working",
    "receiving": "Receiving",
    "placing": "Placing",
}


# The core also speaks to a command line, where these are files and flags.
HERE = {
    "mask": "Select an area first, with any selection tool.",
    "picture": "Open one first.",
    "prompt": "Write in words what you want to see.",
}


@dataclass
class Done:
    """What a run hands back to whoever called it."""

    image: object = None
    layers: list = field(default_factory=list)
    units: int = 0
    answer: str = ""
    entry: str = ""
    notes: list = field(default_factory=list)
    surprises: list = field(default_factory=list)


@dataclass
class Errand:
    """One run of one entry: what was asked for, of which image, through which worker."""

    entry: object
    procedure: object
    config: object
    sight: object
    requests: object

    @property
    def values(self):
        """The operation's options as they stand."""
        return values_of(self.entry, self.config)

    def plan(self, *, prompt=False):
        """What this will do and cost. Raises BadOption with the remedy. `prompt`: as if one were written already."""
        reading.check(self.sight)
        values = self.values
        if prompt and self.entry.takes("prompt"):
            values = {"prompt": "…", **values}
        try:
            return plan(Ask(self.entry.operation, values, **self.where))
        except BadOption as trouble:
            raise self._in_our_words(trouble) from None

    def _in_our_words(self, trouble):
        """The trouble with a remedy that makes sense here, where it is about something that is not there."""
        there = {"mask": self.sight.selection, "picture": self.sight.image, "prompt": self.values.get("prompt")}
        if there.get(trouble.option) is not None or trouble.option not in HERE:
            return trouble
        return BadOption(trouble.what, remedy=HERE[trouble.option], option=trouble.option)

    @property
    def where(self):
        """Canvas and, where the operation heeds it, selection."""
        heeds = self.entry.row.shape in {"region", "picture", "new"}
        return {"canvas": self.sight.canvas, "selection": self.sight.selection if heeds else None}

    def request(self):
        """Fields and bytes of the message `run`."""
        made, sight = self.plan(), self.sight
        parts, blobs = [], []
        if made.read is not None:
            only = chosen(self.config, "read-from") == "layer"
            parts, blobs = ["pixels"], [reading.pixels(sight, made.read, only_layer=only)]
            if made.selection is not None:
                parts, blobs = [*parts, "coverage"], [*blobs, reading.coverage(sight.image, made.read)]
        sizes = []
        if self.entry.operation == "create_style":
            boxes = [reading.own_box(layer) for layer in sight.layers]
            parts, sizes = ["picture"] * len(boxes), [box.size for box in boxes]
            blobs = [reading.layer_pixels(layer, box) for layer, box in zip(sight.layers, boxes, strict=True)]
        fields = {
            "operation": self.entry.operation, "options": self.values, "canvas": sight.canvas,
            "selection": self.where["selection"], "read": made.read, "parts": parts, "order": "RGBA", "draw": True,
            "pictures": sizes, "document": sight.name, "layer": sight.layer_name,
        }  # fmt: skip
        return fields, blobs

    def how(self, result):
        """How the result is to be placed."""
        keep = chosen(self.config, "keep-prompt", default=False)
        about = {
            "operation": self.entry.operation, "model": str(self.values.get("model") or ""),
            "units": charged(result), "entry": result.get("entry", ""),
            "prompt": self.values.get("prompt", "") if keep else "",
        }  # fmt: skip
        return placing.How(
            chosen(self.config, "result") or "image",
            chosen(self.config, "drawing", "layer"),
            chosen(self.config, "svg-file", None),
            "" if keep else self.entry.row.verb,
            {name: value for name, value in about.items() if value not in ("", None)},
            self.where["selection"] is not None,
        )

    def place(self, result, picked=None):
        """Place the result, all of it or the picked ones."""
        placed = placing.place(self.sight, result, self.how(result), picked)
        notes = [*result["notes"], *placed.notes]
        words = answer_of(self.entry, result)
        entry = result.get("entry", "")
        return Done(placed.image, placed.layers, charged(result), words, entry, notes, placed.surprises)

    def remember(self):
        """Keep the typed words for the next time, in our own file."""
        names = [property_of(name) for name in PRIVATE if has(self.config, property_of(name))]
        memory.remember(self.entry.name, {name: self.config.get_property(name) or "" for name in names})

    def recall(self):
        """Put the words of the last time in."""
        for name, value in memory.last(self.entry.name).items():
            if has(self.config, name):
                self.config.set_property(name, value)


def charged(result):
    """Units a result cost; what this computer made costs none."""
    return 0 if result["offline"] else result["units"]


def answer_of(entry, result):
    """The words an operation answers: a prompt, a style's id, a balance; "" for pictures."""
    answer = result.get("answer", {})
    name = {"enhance_prompt": "prompt", "create_style": "id", "account": "credits"}.get(entry.operation, "")
    return str(answer.get(name, answer if name else ""))


def host_name():
    """GIMP and its version, for logs and the history."""
    return f"GIMP {Gimp.version()}"


def run(procedure, mode, image, drawables, config, entry):
    """GIMP's way in."""
    requests = GimpRequests(host_name())
    errand = Errand(entry, procedure, config, reading.look(image, drawables), requests)
    try:
        done = _ways(mode)(errand)
    except Cancelled as stop:
        return _returned(procedure, Gimp.PDBStatusType.CANCEL, stop)
    except RecraftError as trouble:
        if mode == Gimp.RunMode.INTERACTIVE:
            # As an error of the procedure GIMP would put "Calling error for procedure" before it.
            Gimp.message(str(trouble))
            return _returned(procedure, Gimp.PDBStatusType.CANCEL, trouble)
        return _returned(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, trouble)
    except Exception as problem:  # noqa: BLE001 - a traceback on stderr would be seen by nobody
        return _returned(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, unexpected(problem))
    finally:
        requests.stop()
    if done.surprises and mode == Gimp.RunMode.INTERACTIVE:
        Gimp.message("\n".join(done.surprises))
    return _values(done)


def _ways(mode):
    if mode == Gimp.RunMode.INTERACTIVE:
        from .ui_running import interactive  # GTK is loaded only where there is a window

        return interactive
    return with_last_values if mode == Gimp.RunMode.WITH_LAST_VALS else silent


def with_last_values(errand):
    """GIMP's Repeat: no dialog, the words of the last time."""
    errand.recall()
    return silent(errand)


def silent(errand):
    """No window at all; progress in GIMP's own bar."""
    fields, blobs = errand.request()
    bar = Bar(errand.entry)
    try:
        result = errand.requests.finish("run", on_progress=bar.show, blobs=blobs, **fields)
    finally:
        bar.end()
    done = errand.place(result)
    errand.remember()
    return done


class Bar:
    """GIMP's own progress bar."""

    def __init__(self, entry):
        self._title = entry.row.verb
        Gimp.progress_init(f"{self._title} …")
        self._told = 0.0

    def show(self, message: Message):
        """Phase, seconds and, where it is known, how far."""
        if time.monotonic() - self._told < 0.1:
            return
        self._told = time.monotonic()
        Gimp.progress_set_text(f"{self._title}: {phase_text(message)}")
        share = message.get("share")
        if share is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(float(share))

    def end(self):
        """Take it away."""
        Gimp.progress_end()


def phase_text(message):
    """"Working, 3 s, about 5 s left"."""
    words = [PHASES.get(message["phase"], message["phase"]), f"{message.get('elapsed_s', 0):.0f} s"]
    if message.get("left_s") is not None:
        words.append(f"about {max(1, round(message['left_s']))} s left")
    return ", ".join(words)


# --- back to GIMP ---------------------------------------------------------------------------------------------------


def _returned(procedure, status, trouble):
    words = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), str(trouble), 0)
    return procedure.new_return_values(status, words)


def _values(done):
    """SUCCESS with what `procedures.add_returns` announces, in its order."""
    # Python cannot fill GIMP's arrays of layers, but numbers it can: Gimp.Item.get_by_id finds each.
    numbers = GObject.Value(GObject.type_from_name("GimpInt32Array"))
    Gimp.value_set_int32_array(numbers, [layer.get_id() for layer in done.layers])
    values = [
        GObject.Value(Gimp.PDBStatusType, Gimp.PDBStatusType.SUCCESS),
        GObject.Value(Gimp.Image, done.image),
        GObject.Value(Gimp.Layer, done.layers[0] if done.layers else None),
        numbers,
        GObject.Value(GObject.TYPE_INT, done.units),
        GObject.Value(GObject.TYPE_STRING, done.answer),
        GObject.Value(GObject.TYPE_STRING, done.entry),
        GObject.Value(GObject.TYPE_STRING, "\n".join(done.notes)),
    ]
    return Gimp.ValueArray.new_from_values(values)
