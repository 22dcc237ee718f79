"""What the docker shows and what a click would do, without a widget: the canvas, the verb, its options, the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..contract import MODELS
from ..errors import BadOption, OutOfUnits, RecraftError
from ..geometry import Box
from ..i18n import say_n
from ..plan import Ask, plan, wants_areas
from ..preferences import BEGINS
from .host import Canvas
from .signals import Signal
from .strips import Search, search_areas
from .verbs import VERBS, suggested

if TYPE_CHECKING:
    from ..geometry import Size
    from ..plan import Plan
    from .host import Host
    from .verbs import DockerVerb

_Canvas = TypeVar("_Canvas", bound=Canvas)
_NOTE = "ui"
# What the service wants to be told and has no default for; the docker shows the same.
_DEFAULTS = {"strength": 0.5}


class Sheet:
    """What was chosen in one document: verb, prompt, the options of each verb, and its words.

    A word is [text, left, top, width, height (canvas px), corners where it is turned, whether it is sent].
    """

    def __init__(self, text: str = "") -> None:
        try:
            data = json.loads(text or "{}")
        except ValueError:
            data = {}
        self.fresh = False  # something was chosen that is not kept in the document yet
        self.words = [word for word in data.get("words", []) if isinstance(word, list) and len(word) == 7]
        self.verb = data.get("verb") if data.get("verb") in VERBS else None
        self.prompt = str(data.get("prompt", ""))
        self.values = {key: dict(value) for key, value in data.get("values", {}).items() if key in VERBS}

    def as_text(self) -> str:
        """As text for the document."""
        data = {"verb": self.verb, "prompt": self.prompt, "values": self.values, "words": self.words}
        return json.dumps(data, default=list)


class Facts:
    """What the worker says and every window shows: `settings`, `balance` in units, `offline` (None: not known yet)."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.settings: dict[str, Any] = {}
        self.offline: bool | None = None
        self.balance: int | None = None
        self.arrival = "first"  # what becomes of a result that comes: "first" is placed, "show" or "keep"


class Sheets:
    """The sheets of all documents, by key: two windows that show one document share its choices."""

    def __init__(self) -> None:
        self._known: dict[str, Sheet] = {"": Sheet()}  # "": no document

    def of(self, canvas: Canvas | None) -> Sheet:
        """The sheet of a canvas; a reopened document remembers."""
        if canvas is None:
            return self._known[""]
        if canvas.key not in self._known:
            self._known[canvas.key] = Sheet(canvas.note(_NOTE))
        return self._known[canvas.key]


class State(Generic[_Canvas]):
    """The model of one docker. `changed` rings when something shown may be different."""

    def __init__(self, host: Host[_Canvas], facts: Facts | None = None, sheets: Sheets | None = None) -> None:
        self.host = host
        self.facts, self._sheets = facts or Facts(), sheets or Sheets()
        self.changed = Signal()
        self.canvas: _Canvas | None = None
        self.selection: Box | None = None
        self.size: Size | None = None
        self.areas, self.frames = Search(), Search()  # of the selection; which key frames are equal
        self._over = ""
        self.facts.changed.connect(self.changed.emit)

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name."""
        return self.facts.settings

    @property
    def offline(self) -> bool | None:
        """True when everything runs on this computer; None until that is known."""
        return self.facts.offline

    @property
    def balance(self) -> int | None:
        """Units left, None when not known."""
        return self.facts.balance

    # --- the canvas -------------------------------------------------------------------------------------------------

    def look(self) -> bool:
        """See what is in front and what is selected; called by a timer. True when something changed."""
        canvas = self.host.active()
        size, selection = (canvas.size, canvas.selection) if canvas is not None else (None, None)
        if size is None or (selection is not None and selection.intersect(Box.of(size)).empty):
            selection = None  # it lies beside the canvas, where there is nothing to be done
        if selection != self.selection:
            self.areas.forget()
        before = (self.canvas.key if self.canvas else None, self.selection, self.size, self._over)
        self.canvas, self.selection, self.size = canvas, selection, size
        self._over = self._layer()
        seen = (canvas.key if canvas else None, selection, size, self._over)
        if self.sheet.fresh and canvas is not None and not canvas.busy:
            self.remember()
        found = [search.go_on(canvas) for search in (self.areas, self.frames)]
        if not any(found) and seen == before:
            return False
        self.changed.emit()
        return True

    def _layer(self) -> str:
        """The active layer's id where a click goes over its key frames: another one has others."""
        return self.canvas.layer_id if self.canvas is not None and self.get("over") == "frames" else ""

    @property
    def sheet(self) -> Sheet:
        """What was chosen in the document in front."""
        return self._sheets.of(self.canvas)

    # --- choosing ---------------------------------------------------------------------------------------------------

    @property
    def verb(self) -> DockerVerb:
        """What the main button does: the explicit choice, else what the canvas suggests."""
        return VERBS[self.sheet.verb or suggested(self.selection is not None)]

    def choose(self, key: str | None) -> None:
        """Choose a verb; None lets the canvas decide again."""
        self.sheet.verb, self.sheet.fresh = key, True
        self.changed.emit()

    def set(self, name: str, value: Any) -> None:
        """Choose an option of the verb; None and "" take it back."""
        self.sheet.fresh = True
        if name == "prompt":
            self.sheet.prompt = value
        else:
            mine = self.sheet.values.setdefault(self.verb.key, {})
            mine[name] = value
            if value is None or value == "":
                del mine[name]
        self.changed.emit()

    def put(self, values: Mapping[str, Any]) -> None:
        """Choose all of `values` that verb and model take, but for the prompt: what a preset or a result has."""
        for name, value in values.items():
            if name != "prompt" and self.verb.takes(name, values.get("model", "")):
                self.set(name, value)

    def use_style(self, style_id: str) -> None:
        """Choose a style of one's own, and for it a model that takes one."""
        self.choose(None)
        if not self.verb.takes("style_id", self.model):
            self.set("model", next(name for name in self.verb.models if self.verb.takes("style_id", name)))
        self.set("style", None)
        self.set("style_id", style_id)

    def get(self, name: str, default: Any = None) -> Any:
        """What is chosen for an option of the verb: here, else in the settings, else `default`."""
        if name == "prompt":
            return self.sheet.prompt
        mine = self.sheet.values.get(self.verb.key, {})
        if name in mine:
            return mine[name]
        preferred = self._preferred(name)
        return _DEFAULTS.get(name, default) if preferred is None else preferred

    def _preferred(self, name: str) -> Any:
        if name == "model":
            return self.settings.get("default_models", {}).get(self.verb.operation)
        return self.settings.get(BEGINS[name]) if name in BEGINS else None

    @property
    def model(self) -> str:
        """The chosen model, one that fits the verb."""
        chosen = self.get("model")
        return chosen if chosen in self.verb.models else self.verb.default_model

    def options(self) -> dict[str, Any]:
        """The options as they are sent: only those that verb and model take."""
        verb, options = self.verb, {}
        for option in verb.options(self.model):
            value = self.get(option.name)
            if value not in (None, "", (), []):
                options[option.name] = value
        options.update(verb.preset)
        if verb.models:
            options["model"] = self.model
        if "style_id" in options:
            options.pop("style", None)
        if verb.operation == "outpaint":
            options = _one_way_to_grow(options)
        return options

    # --- the plan ---------------------------------------------------------------------------------------------------

    def ask(self, extra: dict[str, Any] | None = None) -> Ask:
        """What a click would ask for."""
        selection = None if self.verb.whole else self.selection
        size = self.size if self.verb.row.picture or self.verb.row.shape == "new" else None
        return Ask(self.verb.operation, {**self.options(), **(extra or {})}, size, selection)

    def plan(self, *, to_end: bool = False) -> tuple[Any, RecraftError | None]:
        """The plan of a click, or the trouble that stands in its way: (plan, None) or (None, error).

        `to_end`: the selection's areas are looked for until they are found, which may take a while.
        """
        try:
            if self.verb.needs_selection and self.selection is None:
                raise BadOption("Nothing is selected.", remedy="Select an area on the canvas.", option="mask")
            job_plan = self._planned(self.ask(), to_end=to_end)
            self.check_cap(job_plan)
        except RecraftError as trouble:
            return None, self._in_the_dockers_words(trouble)
        return job_plan, None

    def _planned(self, ask: Ask, *, to_end: bool = False) -> Plan:
        """The plan, with the selection's separate areas where they make a difference. A key frame is one picture."""
        job_plan = plan(ask)
        if self.canvas is None or ask.selection is None or not wants_areas(job_plan) or self.get("over") == "frames":
            return job_plan
        canvas, box = self.canvas, ask.selection
        areas = self.areas.of(canvas, box, lambda: search_areas(canvas, box), to_end=to_end)
        return plan(replace(ask, areas=areas))

    def _in_the_dockers_words(self, trouble: RecraftError) -> RecraftError:
        """The core names options; here the same is done by dragging."""
        if self.verb.key == "expand" and trouble.option in ("size", "expand_left", "expand_right"):
            return BadOption(trouble.what, remedy="Drag an edge or choose a shape.", option="frame")
        return trouble

    def face(self, job_plan: Plan) -> tuple[str, str, int, Any]:
        """What a click on the button is known by: document, verb and price. A click runs what has the face shown."""
        return (self.canvas.key if self.canvas else "", self.verb.key, job_plan.units, job_plan.values.get("n", 1))

    def price_without_prompt(self) -> Plan | None:
        """The plan as it would be with a prompt, for its price; None when that is not all that is missing."""
        try:
            return self._planned(self.ask({"prompt": "-"}))
        except RecraftError:
            return None

    def check_cap(self, job_plan: Plan) -> None:
        """Raises OutOfUnits when the click would cost more than the user's own cap. Offline nothing costs."""
        cap = self.settings.get("cap_per_click_units")
        if cap is not None and job_plan.units > cap and not self.offline:
            fewer = job_plan.values.get("n", 1) > 1
            raise OutOfUnits(
                say_n(
                    "This would cost {n:,} unit, your cap is {cap:,} a click.",
                    "This would cost {n:,} units, your cap is {cap:,} a click.",
                    job_plan.units,
                    cap=cap,
                ),
                remedy="Lower the count." if fewer else "Raise the cap in the settings.",
                option="n" if fewer else "cap_per_click_units",
            )

    def remember(self) -> None:
        """Keep the choices in the document: they are its defaults from now on."""
        if self.canvas is not None:
            self.sheet.fresh = False
            self.canvas.keep_note(_NOTE, self.sheet.as_text())

    def models(self) -> dict[str, str]:
        """The models to choose from, with their names."""
        return {name: MODELS[name].label.replace("Recraft ", "") for name in self.verb.models}


def _one_way_to_grow(options: dict[str, Any]) -> dict[str, Any]:
    """A ratio or margins, never both: whichever was set last has taken the other back, this is the safety net."""
    if "size" in options:
        return {name: value for name, value in options.items() if not name.startswith("expand_")}
    return options
