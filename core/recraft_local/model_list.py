"""Lists the service publishes: models with prices, styles by name."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from recraft_core.shared.contract import MODELS, STYLES, UNITS_PER_USD, styles_of


def style_id(model: str, name: str) -> str:
    """An id for a curated style; the service's own ids are not published, so these are made from the name."""
    return str(uuid5(NAMESPACE_URL, f"recraft-style:{model}:{name}"))


def basic_styles() -> list[dict[str, str]]:
    """Every curated style with its model (shape of GET /v1/styles/basic, OpenAPI document)."""
    return [
        {"style_id": style_id(model, name), "style": name, "model": model}
        for model in STYLES
        for name in styles_of(model)
    ]


BY_ID = {row["style_id"]: (row["style"], row["model"]) for row in basic_styles()}


def models() -> list[dict[str, Any]]:
    """Every model (shape of GET /v1/models, OpenAPI document)."""
    return [
        {
            "id": model.id,
            "name": model.label,
            "input_modalities": ["text"] if model.generation == "V2" else ["text", "image"],
            "output_modalities": ["image"],
            "pricing": {"image": f"{model.units / UNITS_PER_USD:g}"},
        }
        for model in MODELS.values()
    ]
