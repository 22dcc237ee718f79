"""One rule per option: what it allows, how it is read, explained and shown.

Flags, checks, messages, Qt widgets, GIMP arguments and the documentation's tables are all made from `OPTIONS`.
`fitting.check` reads a whole set of values against an endpoint, before anything is sent or charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .contract import (
    MODELS,
    Endpoint,
)
from .contract import limits as bounds
from .i18n import N_
from .lettering import Words
from .validation import (
    Choice,
    Color,
    Colors,
    Files,
    Flag,
    Id,
    Ids,
    Number,
    Numbers,
    Palette,
    Rule,
    SizeText,
    Text,
)

# The API nests these four under "controls"; every door shows them as options of their own.
CONTROLS = ("colors", "background_color", "artistic_level", "no_text")
TILES = N_("Tiles at full detail")


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
    Option("refinement", "Refinement", "How much may change.", Choice({"subtle": "Subtle", "moderate": "Moderate"})),
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
        "style_references",
        "Reference pictures",
        "Pictures whose style the result follows; a style is made of them at once.",
        Files(),
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
    Option("calculate_features", "Score nudity", "Have each result scored for nudity.", Flag(), more=True),
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
    Option("num_colors_limit", "Colours", "How many colours at most.", Number(1, bounds.MAX_PALETTE, whole=True)),
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
        "Whether areas of the selection that lie far apart are sent one by one, and a large one in tiles.",
        Choice({
            "auto": "Where it is sharper", "together": "All in one", "each": "Each by itself",
            "tiles": TILES,
        }),
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
