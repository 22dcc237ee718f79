"""The models: what they make, what they take, what a picture costs.

Ids: Recraft docs, "Endpoints". Prompt lengths: "Appendix". Prices: "Pricing", in units; 1,000 are 1 US dollar. The page
lists sixteen; the five others stand in later pages of the documentation, read on 2026-11-28.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "https://www.recraft.ai/docs/api-reference/endpoints"
LATER = "https://www.recraft.ai/docs, pages of November 2026"
UNITS_PER_USD = 1000

# Options that only some models take, by generation. "Endpoints", column Compatibility.
_STYLED = frozenset({"style", "style_id", "negative_prompt"})
_V3_ONLY = frozenset({"text_layout", "artistic_level", "no_text"})
# Of the OpenAPI document, which does not say which model takes what: styles' own options where styles are taken.
_NEWER = frozenset({"substyle", "style_match"})
# Which models take pictures in place of a style is not said: those that draw in an own style only.
_REFERENCES = frozenset({"style_references"})
TAKES: dict[str, frozenset[str]] = {
    "V4.1": frozenset(),
    "V4": frozenset(),
    "V4 Styles": frozenset({"style_id", "style_match"}) | _REFERENCES,
    "V3": _STYLED | _V3_ONLY | _NEWER,
    "V2": _STYLED | _NEWER,
}
LIMITED_OPTIONS = _STYLED | _V3_ONLY | _NEWER | _REFERENCES


@dataclass(frozen=True)
class Model:
    """One model. `units` is the price of one generated picture; `prompt_max` is in characters.

    `needs_style` is true when it draws in an own style only, or in that of pictures that come along.
    """

    id: str
    label: str
    generation: str
    vector: bool
    units: int
    sizes: str
    prompt_max: int
    explores: bool = False
    needs_style: bool = False
    source: str = SOURCE
    trust: str = "documented"

    def takes(self, option: str) -> bool:
        """True when this model takes the option; options every model takes are always True."""
        return option not in LIMITED_OPTIONS or option in TAKES[self.generation]


def _row(
    id_: str, label: str, generation: str, units: int, sizes: str, prompt_max: int, *, explores: bool = False
) -> Model:
    return Model(id_, label, generation, id_.endswith("_vector"), units, sizes, prompt_max, explores)


def _later(id_: str, label: str, generation: str, units: int, sizes: str) -> Model:
    """A model of the later pages, which generates and does nothing else."""
    vector, styled = id_.endswith("_vector"), generation == "V4 Styles"
    return Model(
        id_, label, generation, vector, units, sizes, 10_000, needs_style=styled, source=LATER, trust="observed"
    )


# Vector models document aspect ratios only; `sizes` names the table their w:h come from (see sizes.py).
MODELS: dict[str, Model] = {
    row.id: row
    for row in (
        _row("recraftv4_1", "Recraft V4.1", "V4.1", 35, "v4_1k", 10_000, explores=True),
        _row("recraftv4_1_vector", "Recraft V4.1 Vector", "V4.1", 80, "v4_1k", 10_000, explores=True),
        _row("recraftv4_1_pro", "Recraft V4.1 Pro", "V4.1", 210, "v4_2k", 10_000, explores=True),
        _row("recraftv4_1_pro_vector", "Recraft V4.1 Pro Vector", "V4.1", 300, "v4_2k", 10_000, explores=True),
        _row("recraftv4_1_utility", "Recraft V4.1 Utility", "V4.1", 35, "v4_1k", 10_000),
        _row("recraftv4_1_utility_vector", "Recraft V4.1 Utility Vector", "V4.1", 80, "v4_1k", 10_000),
        _row("recraftv4_1_utility_pro", "Recraft V4.1 Utility Pro", "V4.1", 210, "v4_2k", 10_000),
        _row("recraftv4_1_utility_pro_vector", "Recraft V4.1 Utility Pro Vector", "V4.1", 300, "v4_2k", 10_000),
        _row("recraftv4", "Recraft V4", "V4", 40, "v4_1k", 10_000, explores=True),
        _row("recraftv4_vector", "Recraft V4 Vector", "V4", 80, "v4_1k", 10_000, explores=True),
        _row("recraftv4_pro", "Recraft V4 Pro", "V4", 250, "v4_2k", 10_000, explores=True),
        _row("recraftv4_pro_vector", "Recraft V4 Pro Vector", "V4", 300, "v4_2k", 10_000, explores=True),
        _row("recraftv3", "Recraft V3", "V3", 40, "v2_v3", 1_000),
        _row("recraftv3_vector", "Recraft V3 Vector", "V3", 80, "v2_v3", 1_000),
        _row("recraftv2", "Recraft V2", "V2", 22, "v2_v3", 1_000),
        _row("recraftv2_vector", "Recraft V2 Vector", "V2", 44, "v2_v3", 1_000),
        _later("recraftv4_1_flash", "Recraft V4.1 Flash", "V4.1", 7, "v4_1k"),
        _later("recraftv4_styles", "Recraft V4 Styles", "V4 Styles", 35, "v4_1k"),
        _later("recraftv4_styles_vector", "Recraft V4 Styles Vector", "V4 Styles", 50, "v4_1k"),
        _later("recraftv4_styles_pro", "Recraft V4 Styles Pro", "V4 Styles", 100, "v4_2k"),
        _later("recraftv4_styles_pro_vector", "Recraft V4 Styles Pro Vector", "V4 Styles", 120, "v4_2k"),
    )
}

DEFAULT_MODEL = "recraftv4_1"
DEFAULT_VECTOR_MODEL = "recraftv4_1_vector"
EDIT_MODELS = ("recraftv3", "recraftv3_vector")
RASTER_MODELS = tuple(name for name, model in MODELS.items() if not model.vector)
VECTOR_MODELS = tuple(name for name, model in MODELS.items() if model.vector)
EXPLORE_MODELS = tuple(name for name, model in MODELS.items() if model.explores)
PAGE_MODELS = tuple(name for name, model in MODELS.items() if model.trust == "documented")
IMAGE_TO_IMAGE_MODELS = tuple(name for name in PAGE_MODELS if MODELS[name].generation != "V2")
# Every raster model also answers to this longer id (page "Models" and the OpenAPI document).
ALIASES = {f"{name}_raster": name for name in RASTER_MODELS}
