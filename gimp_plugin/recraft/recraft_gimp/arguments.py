"""Options as arguments of GIMP's procedures, and back. Made from the core's rules, one kind of widget each.

GIMP's numbers cannot be absent: where the service's default is meant, the number is one below its range (AUTOMATIC),
margins are 0 and texts are empty. No argument ever carries the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp, GObject

from .menu import RESULTS
from .shared.i18n import N_, tr

if TYPE_CHECKING:
    from .menu import Entry
    from .shared.options import Option

# Typed words stay out of the image's own parasite, GIMP's settings files and whatever is made of them.
PRIVATE = ("prompt", "negative_prompt", "text_layout")
# For these 0 is the same as nothing.
ZERO_IS_NONE = ("expand_left", "expand_right", "expand_top", "expand_bottom", "zoom_out_percentage")
STARTS = {"strength": 0.5, "similarity": 3}
MOST = 2**31 - 1
AUTO = "auto"
READ = {
    "visible": (N_("What is visible"), "All visible layers together"),
    "layer": (N_("This layer"), "Only the chosen layer"),
}
DRAWN = {
    "shapes": (N_("Shapes"), "Vector layers in GIMP 3.2, else a layer and paths"),
    "layer": (N_("Layer"), "Only a layer of pixels"),
    "paths": (N_("Layer and paths"), "A layer of pixels, and the outlines as paths"),
}


def property_of(name: str) -> str:
    """The argument's name of an option."""
    return name.replace("_", "-")


def flags_of(name: str) -> GObject.ParamFlags:
    """Ordinary, or kept out of every file."""
    plain = GObject.ParamFlags.READWRITE
    return plain | GObject.ParamFlags(Gimp.PARAM_DONT_SERIALIZE) if name in PRIVATE else plain


def add_arguments(procedure: Gimp.Procedure, entry: Entry) -> None:
    """All arguments of an operation: its options, then ours about GIMP."""
    for option in entry.row.options:
        _ADD.get(option.rule.widget, _add_text)(procedure, option)
    plain = GObject.ParamFlags.READWRITE
    for name, (label, values) in own_choices(entry).items():
        _add_choice(procedure, name, label, OWN_HELP[name], values)
    if entry.row.row.price.units != 0:
        procedure.add_boolean_argument(
            "ask-again", tr("Ask again"),
            tr("Send it also where this session of GIMP has had the very same answer before"), False, plain,
        )  # fmt: skip
    if may_draw(entry):
        procedure.add_file_argument(
            "svg-file", tr("Save SVG as"), tr("Also write the drawing to this file"), *_saving(), plain
        )
    if entry.takes("prompt") and entry.results:
        procedure.add_boolean_argument(
            "keep-prompt", tr("Keep the prompt in the image"),
            tr("Name the layer after the prompt and keep it with the layer, also in saved files"), False, plain,
        )  # fmt: skip


def own_choices(entry: Entry) -> dict[str, tuple[str, dict[str, tuple[str, str]]]]:
    """Our own choices about GIMP: {argument: (label, {value: (title, hint)})}, the default first."""
    row = entry.row
    reads = row.picture and row.shape not in {"words", "new"} and not entry.heals
    tables = {
        "result": (N_("Result"), {name: RESULTS[name] for name in entry.results}),
        "read-from": (N_("Read"), READ if reads else {}),
        "drawing": (N_("Drawing"), DRAWN if may_draw(entry) else {}),
    }
    return {name: table for name, table in tables.items() if table[1]}


OWN_HELP = {
    "result": N_("What becomes of the result"),
    "read-from": N_("What is sent"),
    "drawing": N_("What becomes of an SVG"),
}


def _saving() -> tuple[Gimp.FileChooserAction, bool, None]:
    return (Gimp.FileChooserAction.SAVE, True, None)


def may_draw(entry: Entry) -> bool:
    """True when the answer may be an SVG."""
    drawn = entry.operation == "vectorize" or any("vector" in model for model in entry.row.row.models)
    return drawn and entry.row.row.answer != "style"


def _add_choice(
    procedure: Gimp.Procedure, name: str, label: str, help_: str, values: Mapping[str, tuple[str, str]]
) -> None:
    """As text: GIMP's own type for choices takes the default for a word it does not know, and says nothing."""
    choices = (f"{value} ({tr(hint)})" if hint else value for value, (_label, hint) in values.items())
    known = f"{tr(help_).rstrip('.')}: {', '.join(choices)}" if values else tr(help_)
    procedure.add_string_argument(name, tr(label), known, next(iter(values)), GObject.ParamFlags.READWRITE)


def _add_text(procedure: Gimp.Procedure, option: Option) -> None:
    start = str(option.default or "")
    procedure.add_string_argument(
        property_of(option.name), tr(option.label), tr(option.help), start, flags_of(option.name)
    )


def _add_number(procedure: Gimp.Procedure, option: Any) -> None:
    low, high, start = bounds(option)
    name, flags = property_of(option.name), GObject.ParamFlags.READWRITE
    add = procedure.add_int_argument if option.rule.whole else procedure.add_double_argument
    add(name, tr(option.label), tr(option.help), low, high, start, flags)


def bounds(option: Any) -> tuple[float, float, float]:
    """Least, most and first value of a number's argument; where the rule gives no default, one below is automatic."""
    rule, start = option.rule, STARTS.get(option.name, option.default)
    if start is None and option.name in ZERO_IS_NONE:
        start = 0
    kind = int if rule.whole else float
    low = rule.low if start is not None else rule.low - 1
    return kind(low), kind(min(rule.high, MOST)), kind(low if start is None else start)


def _add_choices(procedure: Gimp.Procedure, option: Any) -> None:
    values = {AUTO: ("Automatic", "What suits the other choices")}
    if option.name == "style":
        values = {}  # the kind of a new style has to be chosen
    values |= {value: (label, "") for value, label in option.rule.values.items()}
    _add_choice(procedure, property_of(option.name), option.label, option.help, values)


def _add_flag(procedure: Gimp.Procedure, option: Option) -> None:
    name = property_of(option.name)
    procedure.add_boolean_argument(name, tr(option.label), tr(option.help), False, GObject.ParamFlags.READWRITE)


_ADD = {"number": _add_number, "choice": _add_choices, "flag": _add_flag}


# --- and back -------------------------------------------------------------------------------------------------------


def values_of(entry: Entry, config: Gimp.ProcedureConfig) -> dict[str, Any]:
    """The options a configuration holds, without those left to the service."""
    read = ((option, config.get_property(property_of(option.name))) for option in entry.row.options)
    values = {option.name: value_of(option, value) for option, value in read}
    return {name: value for name, value in values.items() if value is not None}


def value_of(option: Option, value: Any) -> Any:
    """One option's value, None where it was not given."""
    if option.rule.widget == "number":
        return None if _not_given(option, value) else value
    if option.rule.widget == "choice":
        return None if value == AUTO else value
    if option.rule.widget == "flag":
        return value or None
    return (value or "").strip() or None


def _not_given(option: Any, number: float) -> bool:
    if option.name in ZERO_IS_NONE:
        return not number
    return number < option.rule.low


def has(config: Gimp.ProcedureConfig, name: str) -> bool:
    """True when the procedure has an argument of that name."""
    return config.find_property(name) is not None


def chosen(config: Gimp.ProcedureConfig, name: str, default: Any = "") -> Any:
    """The value of one of our own arguments, `default` where the procedure has none."""
    return config.get_property(name) if has(config, name) else default
