"""A whole set of option values read and checked against an endpoint, before anything is sent or charged.

What does not fit is told with the value, the rule and the remedy. The rules are those of `options`, models' limits and
what excludes what those of `contract`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .contract import (
    ALIASES,
    BASE_STYLES,
    ENDPOINTS,
    LIMITED_OPTIONS,
    MODELS,
    Endpoint,
    allowed,
    models_with,
    styles_of,
)
from .errors import BadOption
from .i18n import any_of, join, say
from .options import OPTIONS, Option, option_for, option_names
from .unknown import unknown_model

# What says in which own style to draw.
_OWN = {"style_id", "style_references"}


def check(endpoint_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Read and check a set of option values for one endpoint; what is None counts as not given.

    Returns them normalised and with the model filled in; `model_id` names one that no table knows. Raises BadOption,
    naming the value, the rule and the remedy, on the first that does not fit. Sources of the rules: `contract`.
    """
    endpoint = ENDPOINTS[endpoint_id]
    known = option_names(endpoint)
    options = {name: value for name, value in values.items() if value is not None}
    unknown = str(options.pop("model_id", ""))
    if "model" in options:
        options["model"] = ALIASES.get(str(options["model"]), options["model"])
    for name in options:
        if name not in known:
            raise BadOption(
                say("“{name}” is not an option here.", name=name),
                remedy=say("It takes {known}.", known=", ".join(known) or say("no options")),
                option=name,
            )
    # What the service wants in any case and has a usual value need not be said.
    usual = {row.name: row.default for row in endpoint.parameters if row.required and row.default is not None}
    read = {name: _read(option_for(endpoint, name), value) for name, value in {**usual, **options}.items()}
    _check_required(endpoint, read)
    if unknown:
        read["model"] = unknown_model(endpoint, read, unknown)
    elif endpoint.models and endpoint.answer != "style":
        read["model"] = _resolve_model(endpoint, read)
        _check_model(endpoint, read)
        # A "no" to what a model does not know is nothing to send: the service refuses the very name.
        read = {name: value for name, value in read.items() if value is not False or MODELS[read["model"]].takes(name)}
    elif endpoint.answer == "style":
        _check_base(read)
        _check_weights(read)
    _check_together(endpoint, read)
    return read


def _read(option: Option, value: Any) -> Any:
    try:
        return option.rule.read(value)
    except ValueError as problem:
        raise BadOption(
            say("{option}: {value} does not fit.", option=say(option.label), value=shown(value)),
            remedy=str(problem),
            option=option.name,
        ) from None


def shown(value: Any) -> str:
    """A value as messages quote it: in quotes when it is text, shortened when it is long."""
    text = f"“{value}”" if isinstance(value, str) else f"{value}"
    return text if len(text) <= 60 else f"{text[:56]}…{'”' if isinstance(value, str) else ''}"


def _check_required(endpoint: Endpoint, read: Mapping[str, Any]) -> None:
    for row in endpoint.parameters:
        if row.required and row.offered and row.name in OPTIONS and row.name not in read:
            option = OPTIONS[row.name]
            raise BadOption(
                say("{option} is missing.", option=say(option.label)),
                remedy=join(option.help, say("Give {name}.", name=row.name)),
                option=row.name,
            )
    wanted = [name for name in endpoint.at_least_one_of if name in OPTIONS]
    if endpoint.answer == "images" and wanted and not any(read.get(name) for name in wanted):
        raise BadOption(
            "Nothing says how far to expand.",
            remedy=say("Give one of {wanted}.", wanted=", ".join(wanted)),
            option=wanted[0],
        )


def _resolve_model(endpoint: Endpoint, read: Mapping[str, Any]) -> str:
    """The model to send: the chosen one, else the first that takes all that is set, the endpoint's default foremost.

    Where none takes everything, one that knows the style: `_check_model` then says what does not fit.
    """
    if "model" in read:
        return str(read["model"])
    order = (endpoint.default_model, *endpoint.models)
    knowing = [name for name in order if _knows_style(name, read)]
    taking = [name for name in knowing if _takes_all(name, read)]
    return next(iter(taking or knowing), endpoint.default_model)


def _knows_style(name: str, read: Mapping[str, Any]) -> bool:
    if MODELS[name].needs_style and not _OWN & read.keys():
        return False
    if "style" in read:
        return name in models_with(read["style"])
    if "style_references" in read:
        return MODELS[name].takes("style_references")
    return "style_id" not in read or MODELS[name].takes("style_id")


def _takes_all(name: str, read: Mapping[str, Any]) -> bool:
    """True when the model takes every option set. Sizes do not count: a large one must not choose a dear model."""
    return all(MODELS[name].takes(option) for option in LIMITED_OPTIONS & read.keys() if read[option] is not False)


def _check_model(endpoint: Endpoint, read: Mapping[str, Any]) -> None:
    model = MODELS[read["model"]]
    if model.needs_style and not _OWN & read.keys():
        raise BadOption(
            say("{model} draws in a style of your own.", model=model.label),
            remedy=say("Give one of {wanted}.", wanted=", ".join(sorted(_OWN & set(option_names(endpoint))))),
            option="style_id",
        )
    for name in sorted(LIMITED_OPTIONS & read.keys()):
        if not model.takes(name) and read[name] is not False:
            others = [MODELS[other].label for other in endpoint.models if MODELS[other].takes(name)]
            remedy = say("Choose {models}, or leave it out.", models=any_of(others)) if others else "Leave it out."
            raise BadOption(
                say("{option}: {model} does not take it.", option=say(OPTIONS[name].label), model=model.label),
                remedy=remedy,
                option=name,
            )
    if "prompt" in read and len(read["prompt"]) > model.prompt_max:
        raise BadOption(
            say("The prompt has {count:,} characters.", count=len(read["prompt"])),
            remedy=say(
                "{model} takes up to {most:,}; shorten it.", model=model.label, most=model.prompt_max
            ),
            option="prompt",
        )
    if "style" in read and model.id not in models_with(read["style"]):
        fitting = [MODELS[name].label for name in models_with(read["style"]) if name in endpoint.models]
        known = (
            say("Choose {models} for it", models=any_of(fitting))
            if fitting
            else say("Choose one of {styles} …", styles=", ".join(styles_of(model.id)[:6]))
        )
        raise BadOption(
            say("{model} has no style {style}.", model=model.label, style=shown(read["style"])),
            remedy=say("{known}, or leave it out.", known=known),
            option="style",
        )
    if "substyle" in read and read.get("style") not in BASE_STYLES:
        remedy = say("Give one of {styles} as style.", styles=", ".join(BASE_STYLES))
        raise BadOption("A substyle goes with a base style.", remedy=remedy, option="substyle")
    if "size" in read and read["size"] not in allowed(model.id):
        raise BadOption(
            say("{model} does not make {size}.", model=model.label, size=shown(read["size"])),
            remedy=say("Choose one of {choices}.", choices=", ".join(allowed(model.id))),
            option="size",
        )


def _check_base(read: Mapping[str, Any]) -> None:
    """A base style and a model, where one is named, both make pixels or both make vectors."""
    model, vector = read.get("model"), BASE_STYLES[read["style"]]
    if model and MODELS[model].vector != vector:
        fitting = [MODELS[name].label for name in ENDPOINTS["styles"].models if MODELS[name].vector == vector]
        raise BadOption(
            say("{model} does not make the style {style}.", model=MODELS[model].label, style=shown(read["style"])),
            remedy=say("Choose {models}, or leave the model out.", models=any_of(fitting)),
            option="model",
        )


def _check_weights(read: Mapping[str, Any]) -> None:
    styles, weights = read.get("source_styles") or (), read.get("source_style_weights")
    if weights is not None and len(weights) != len(styles):
        raise BadOption(
            say("There are {weights} style weights for {styles} styles.", weights=len(weights), styles=len(styles)),
            remedy="Give one weight per style, or none.",
            option="source_style_weights",
        )


def _check_together(endpoint: Endpoint, read: Mapping[str, Any]) -> None:
    for left, right in endpoint.exclusive:
        one = next((name for name in left if name in read), None)
        other = next((name for name in right if name in read), None)
        if one and other:
            raise BadOption(
                say(
                    "{one} and {other} cannot be used together.",
                    one=say(OPTIONS[one].label),
                    other=say(OPTIONS[other].label),
                ),
                remedy=say("Leave out {one} or {other}.", one=one, other=other),
                option=other,
            )
