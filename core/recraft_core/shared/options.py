"""One rule per option: what it allows, how it is read, explained and shown.

Flags, checks, messages, Qt widgets, GIMP arguments and the documentation's tables are all made from `OPTIONS`.
`check` reads a whole set of values against an endpoint, before anything is sent or charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from .contract import limits as bounds
from .errors import BadOption
from .validation import Choice, Color, Colors, Flag, Id, Ids, Number, Numbers, Palette, Rule, SizeText, Text, Words

# The API nests these four under "controls"; every door shows them as options of their own.
CONTROLS = ("colors", "background_color", "artistic_level", "no_text")


@dataclass(frozen=True)
class Option:
    """One thing a user can choose. `more` marks what is shown behind "More"; `ours` what never reaches the API."""

    name: str
    label: str
    help: str
    rule: Rule
    default: Any = None
    more: bool = False
    ours: bool = False


def _models_text() -> dict[str, str]:
    return {name: model.label for name, model in MODELS.items()}


_ROWS = (
    Option("prompt", "Prompt", "What you want to see, in words.", Text(low=1, lines=4)),
    Option("model", "Model", "Which model draws. Each has its own price.", Choice(_models_text())),
    Option("n", "Count", "How many pictures to make.", Number(1, bounds.MAX_COUNT, whole=True), 1),
    Option("style", "Style", "A style by name, such as Illustration or Line art.", Text(low=1)),
    Option("style_id", "Own style", "A style you made, by its id.", Id()),
    Option("size", "Size", "Size as width:height (16:9) or WIDTHxHEIGHT (1024x1024).", SizeText()),
    Option("negative_prompt", "Avoid", "What you do not want to see.", Text(lines=2), more=True),
    Option(
        "random_seed",
        "Seed",
        "A number that makes the result repeatable.",
        Number(0, bounds.MAX_SEED, whole=True),
        more=True,
    ),
    Option("colors", "Colours", "Colours to prefer, as #RRGGBB or #RRGGBB:WEIGHT.", Colors()),
    Option("background_color", "Background colour", "The colour behind everything, as #RRGGBB.", Color(), more=True),
    Option(
        "artistic_level",
        "Artistic level",
        "0 is plain and static, 5 dynamic and eccentric.",
        Number(0, bounds.MAX_ARTISTIC_LEVEL, whole=True),
        more=True,
    ),
    Option("no_text", "No text", "Keep lettering out of the picture.", Flag(), more=True),
    Option("text_layout", "Words", "Words and the boxes they stand in, as JSON.", Words(), more=True),
    Option("strength", "Strength", "0 keeps the picture almost as it is, 1 keeps hardly anything.", Number(0, 1)),
    Option("expand_left", "Left", "Pixels to add on the left.", Number(0, bounds.MAX_EXPAND, "px", whole=True)),
    Option("expand_right", "Right", "Pixels to add on the right.", Number(0, bounds.MAX_EXPAND, "px", whole=True)),
    Option("expand_top", "Top", "Pixels to add at the top.", Number(0, bounds.MAX_EXPAND, "px", whole=True)),
    Option("expand_bottom", "Bottom", "Pixels to add at the bottom.", Number(0, bounds.MAX_EXPAND, "px", whole=True)),
    Option(
        "zoom_out_percentage",
        "Zoom out",
        "By how much the picture shrinks inside the new frame.",
        Number(0, 100, "%", high_excluded=True),
    ),
    Option("source_image_id", "Picture", "The id of a picture that Explore made.", Id()),
    Option(
        "similarity",
        "Similarity",
        "1 is a little similar, 5 extremely similar.",
        Number(*bounds.SIMILARITY, whole=True),
    ),
    Option("image_weights", "Picture weights", "One number per picture: how much it counts.", Numbers(), more=True),
    Option("source_styles", "Styles to mix", "Ids of own styles to mix into the new one.", Ids(), more=True),
    Option("source_style_weights", "Style weights", "One number per mixed style.", Numbers(), more=True),
    Option(
        "mix_policy",
        "Mixing",
        "How several sources are mixed.",
        Choice({"PaletteMatch": "Match palettes", "MaxWeight": "Heaviest wins"}),
        more=True,
    ),
    Option("substyle", "Substyle", "An older style by name, which goes with a base style.", Text(low=1), more=True),
    Option(
        "style_match",
        "Style match",
        "How closely an own style is followed.",
        Choice({"regular": "Regular", "precise": "Precise", "flexible": "Flexible"}),
        more=True,
    ),
    Option(
        "creativity",
        "Creativity",
        "How freely the prompt is read.",
        Choice({"simple": "Simple", "standard": "Standard", "eccentric": "Eccentric"}),
        more=True,
    ),
    Option(
        "upscale",
        "Upscale",
        "Enlarge the result at once.",
        Choice({"upscale4mp": "To 4 megapixels", "upscale16mp": "To 16 megapixels"}),
        more=True,
    ),
    Option(
        "image_format",
        "File format",
        "The format in which the service keeps the picture. Both are lossless.",
        Choice({"webp": "WebP", "png": "PNG"}),
        more=True,
    ),
    Option("block_nsfw", "Block nudity", "Refuse results that show nudity or violence.", Flag(), more=True),
    Option(
        "version",
        "Vectorizer",
        "Vectorizer Pro draws smoother curves, straight lines and true corners, and costs more.",
        Choice({"v1": "Standard", "v1_pro": "Pro"}),
        more=True,
    ),
    Option(
        "max_num_shapes",
        "Shapes at most",
        "The largest number of shapes in the drawing.",
        Number(1, 100_000, whole=True),
        more=True,
    ),
    Option(
        "strict_color_palette", "Palette", "Use these colours only, as #RRGGBB.", Palette(), more=True
    ),
    Option("color_reduction", "Fewer colours", "Merge colours that are close to each other.", Flag(), more=True),
    Option("return_gradients", "Gradients", "Draw soft shading as gradients.", Flag(), more=True),
    Option(
        "shape_stacking",
        "Stacking",
        "Whether shapes lie on one another or are cut out of each other.",
        Choice({"hierarchical": "Stacked", "cut_out": "Cut out"}),
        more=True,
    ),
    Option("small_shape_filter", "Drop small shapes", "Leave out tiny shapes.", Flag(), more=True),
    Option("svg_compression", "Compact SVG", "Write a smaller file.", Flag(), more=True),
    Option(
        "match",
        "Style match",
        "How closely the new style follows its pictures.",
        Choice({"regular": "Regular", "precise": "Precise", "flexible": "Flexible"}),
        more=True,
    ),
    Option("palette", "Palette", "Colours of the new style, as #RRGGBB or #RRGGBB:WEIGHT.", Colors(), more=True),
    Option("private", "Private", "Keep the new style to your own account.", Flag(), more=True),
    Option("vector", "Vector", "Make an SVG instead of pixels.", Flag(), ours=True),
    Option(
        "context_px",
        "Context",
        "How far around the selection the picture is sent along. Without a number it follows the selection's size.",
        Number(0, 4096, "px", whole=True),
        more=True,
        ours=True,
    ),
    Option(
        "grow_px",
        "Grow",
        "Widens the selection before it is used; below 0 it shrinks.",
        Number(-256, 256, "px", whole=True),
        0,
        more=True,
        ours=True,
    ),
    Option("spill_px", "Spill", "How far what is drawn may reach past the selection; the rest there stays as it was.",
           Number(0, 256, "px", whole=True), 0, more=True, ours=True),
    Option(
        "feather_px", "Feather", "Softens the edge of the result.", Number(0, 512, "px"), 0, more=True, ours=True
    ),
    Option(
        "threshold",
        "Threshold",
        "From which coverage on a half-selected pixel counts as selected.",
        Number(1, 255, whole=True),
        128,
        more=True,
        ours=True,
    ),
    Option(
        "islands",
        "Separate areas",
        "Whether areas of the selection that lie far apart are sent one by one.",
        Choice({"auto": "Where it is sharper", "together": "All in one", "each": "Each by itself"}),
        "auto",
        more=True,
        ours=True,
    ),
)
OPTIONS: dict[str, Option] = {row.name: row for row in _ROWS}

# Fields that no door shows, and why.
NOT_OPTIONS = {
    **dict.fromkeys(("image", "mask", "file", "files"), "pictures come from the canvas"),
    "response_format": "how results travel is the client's affair",
    "expire": "what it makes expire is written nowhere",
    "calculate_features": "only a score of nudity is known to come back; block_nsfw acts on it",
    "limit_num_shapes": "sent with max_num_shapes",
}


def option_names(endpoint: Endpoint) -> tuple[str, ...]:
    """Names of the options an endpoint takes, in the order they are shown."""
    names = {row.name for row in endpoint.fields if row.offered} - NOT_OPTIONS.keys()
    if "controls" in names:
        names = names - {"controls"} | set(CONTROLS)
        if not set(endpoint.models) & _v3():
            names -= {"artistic_level", "no_text"}
    return tuple(name for name in OPTIONS if name in names)


def _v3() -> set[str]:
    return {name for name, model in MODELS.items() if model.generation == "V3"}


def option_for(endpoint: Endpoint, name: str) -> Option:
    """The option as this endpoint takes it: its own default, choices and bounds."""
    option = OPTIONS[name]
    if name == "model":
        labels = {model: MODELS[model].label for model in endpoint.models}
        return Option(name, option.label, option.help, Choice(labels), endpoint.default_model)
    row = endpoint.parameter(name)
    if row is None:
        return option
    rule = option.rule
    if name == "style" and row.choices:
        rule = Choice({choice: choice.replace("_", " ").capitalize() for choice in row.choices})
    elif name == "prompt":
        longest = max((MODELS[model].prompt_max for model in endpoint.models), default=0)
        rule = Text(low=int(row.low or 0), high=int(row.high or longest), lines=4)
    default = option.default if row.default is None else row.default
    return Option(name, option.label, option.help, rule, default, option.more, option.ours)


def options_of(endpoint: Endpoint, model: str = "") -> tuple[Option, ...]:
    """The options an endpoint takes, only those its model (the default one when empty) understands."""
    chosen = MODELS.get(model or endpoint.default_model)
    names = option_names(endpoint)
    if chosen is not None and endpoint.answer != "style":
        names = tuple(name for name in names if chosen.takes(name))
    return tuple(option_for(endpoint, name) for name in names)


def check(endpoint_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Read and check a set of option values for one endpoint; what is None counts as not given.

    Returns them normalised and with the model filled in. Raises BadOption, naming the value, the rule and the
    remedy, on the first that does not fit. Sources of the rules: `contract`.
    """
    endpoint = ENDPOINTS[endpoint_id]
    known = option_names(endpoint)
    given = {name: value for name, value in values.items() if value is not None}
    if "model" in given:
        given["model"] = ALIASES.get(str(given["model"]), given["model"])
    for name in given:
        if name not in known:
            raise BadOption(
                f"“{name}” is not an option here.", remedy=f"It takes {', '.join(known) or 'no options'}.", option=name
            )
    read = {name: _read(option_for(endpoint, name), value) for name, value in given.items()}
    _check_required(endpoint, read)
    if endpoint.models and endpoint.answer != "style":
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
            f"{option.label}: {shown(value)} does not fit.", remedy=f"{problem}", option=option.name
        ) from None


def shown(value: Any) -> str:
    """A value as messages quote it: in quotes when it is text, shortened when it is long."""
    text = f"“{value}”" if isinstance(value, str) else f"{value}"
    return text if len(text) <= 60 else f"{text[:56]}…{'”' if isinstance(value, str) else ''}"


def _check_required(endpoint: Endpoint, read: Mapping[str, Any]) -> None:
    for row in endpoint.parameters:
        if row.required and row.name in OPTIONS and row.name not in read:
            option = OPTIONS[row.name]
            raise BadOption(f"{option.label} is missing.", remedy=f"{option.help} Give {row.name}.", option=row.name)
    wanted = [name for name in endpoint.at_least_one_of if name in OPTIONS]
    if endpoint.answer == "images" and wanted and not any(read.get(name) for name in wanted):
        raise BadOption("Nothing says how far to expand.", remedy=f"Give one of {', '.join(wanted)}.", option=wanted[0])


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
    if MODELS[name].needs_style and "style_id" not in read:
        return False
    if "style" in read:
        return name in models_with(read["style"])
    return "style_id" not in read or MODELS[name].takes("style_id")


def _takes_all(name: str, read: Mapping[str, Any]) -> bool:
    """True when the model takes every option set. Sizes do not count: a large one must not choose a dear model."""
    return all(MODELS[name].takes(option) for option in LIMITED_OPTIONS & read.keys() if read[option] is not False)


def _check_model(endpoint: Endpoint, read: Mapping[str, Any]) -> None:
    model = MODELS[read["model"]]
    if model.needs_style and "style_id" not in read:
        raise BadOption(
            f"{model.label} draws in a style of your own.", remedy="Give its id as style_id.", option="style_id"
        )
    for name in sorted(LIMITED_OPTIONS & read.keys()):
        if not model.takes(name) and read[name] is not False:
            others = [MODELS[other].label for other in endpoint.models if MODELS[other].takes(name)]
            remedy = f"Choose {_or(others)}, or leave it out." if others else "Leave it out."
            raise BadOption(f"{OPTIONS[name].label}: {model.label} does not take it.", remedy=remedy, option=name)
    if "prompt" in read and len(read["prompt"]) > model.prompt_max:
        raise BadOption(
            f"The prompt has {len(read['prompt']):,} characters.",
            remedy=f"{model.label} takes up to {model.prompt_max:,}; shorten it.",
            option="prompt",
        )
    if "style" in read and model.id not in models_with(read["style"]):
        fitting = [MODELS[name].label for name in models_with(read["style"]) if name in endpoint.models]
        known = f"Choose {_or(fitting)} for it" if fitting else f"Choose one of {', '.join(styles_of(model.id)[:6])} …"
        raise BadOption(
            f"{model.label} has no style {shown(read['style'])}.", remedy=f"{known}, or leave it out.", option="style"
        )
    if "substyle" in read and read.get("style") not in BASE_STYLES:
        remedy = f"Give one of {', '.join(BASE_STYLES)} as style."
        raise BadOption("A substyle goes with a base style.", remedy=remedy, option="substyle")
    if "size" in read and read["size"] not in allowed(model.id):
        raise BadOption(
            f"{model.label} does not make {shown(read['size'])}.",
            remedy=f"Choose one of {', '.join(allowed(model.id))}.",
            option="size",
        )


def _check_base(read: Mapping[str, Any]) -> None:
    """A base style and a model, where one is named, both make pixels or both make vectors."""
    model, vector = read.get("model"), BASE_STYLES[read["style"]]
    if model and MODELS[model].vector != vector:
        fitting = [MODELS[name].label for name in ENDPOINTS["styles"].models if MODELS[name].vector == vector]
        raise BadOption(
            f"{MODELS[model].label} does not make the style {shown(read['style'])}.",
            remedy=f"Choose {_or(fitting)}, or leave the model out.",
            option="model",
        )


def _check_weights(read: Mapping[str, Any]) -> None:
    styles, weights = read.get("source_styles"), read.get("source_style_weights")
    if weights is not None and len(weights) != len(styles or ()):
        raise BadOption(
            f"There are {len(weights)} style weights for {len(styles or ())} styles.",
            remedy="Give one weight per style, or none.",
            option="source_style_weights",
        )


def _check_together(endpoint: Endpoint, read: Mapping[str, Any]) -> None:
    for left, right in endpoint.exclusive:
        one = next((name for name in left if name in read), None)
        other = next((name for name in right if name in read), None)
        if one and other:
            raise BadOption(
                f"{OPTIONS[one].label} and {OPTIONS[other].label} cannot be used together.",
                remedy=f"Leave out {one} or {other}.",
                option=other,
            )


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
