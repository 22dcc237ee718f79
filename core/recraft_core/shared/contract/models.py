"""The sixteen models: what they make, what they take, what a picture costs.

Ids: Recraft docs, "Endpoints". Prompt lengths: "Appendix". Prices: "Pricing", in units; 1,000 are 1 US dollar.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "https://www.recraft.ai/docs/api-reference/endpoints"
UNITS_PER_USD = 1000

# Options that only some models take, by generation. "Endpoints", column Compatibility.
_STYLED = frozenset({"style", "style_id", "negative_prompt"})
_V3_ONLY = frozenset({"text_layout", "artistic_level", "no_text"})
TAKES: dict[str, frozenset[str]] = {
    "V4.1": frozenset(),
    "V4": frozenset(),
    "V3": _STYLED | _V3_ONLY,
    "V2": _STYLED,
}
LIMITED_OPTIONS = _STYLED | _V3_ONLY


@dataclass(frozen=True)
class Model:
    """One model. `units` is the price of one generated picture; `prompt_max` is in characters."""

    id: str
    label: str
    generation: str
    vector: bool
    units: int
    sizes: str
    prompt_max: int
    explores: bool = False
    source: str = SOURCE
    trust: str = "documented"

    def takes(self, option: str) -> bool:
        """True when this model takes the option; options every model takes are always True."""
        return option not in LIMITED_OPTIONS or option in TAKES[self.generation]


def _row(
    id_: str, label: str, generation: str, units: int, sizes: str, prompt_max: int, *, explores: bool = False
) -> Model:
    return Model(id_, label, generation, id_.endswith("_vector"), units, sizes, prompt_max, explores)


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
    )
}

DEFAULT_MODEL = "recraftv4_1"
DEFAULT_VECTOR_MODEL = "recraftv4_1_vector"
EDIT_MODELS = ("recraftv3", "recraftv3_vector")
RASTER_MODELS = tuple(name for name, model in MODELS.items() if not model.vector)
VECTOR_MODELS = tuple(name for name, model in MODELS.items() if model.vector)
EXPLORE_MODELS = tuple(name for name, model in MODELS.items() if model.explores)
IMAGE_TO_IMAGE_MODELS = tuple(name for name, model in MODELS.items() if model.generation != "V2")
