"""What is known beyond the tables: prices that answers taught, and models that the service names itself.

Filled when a program starts (see `recraft_core.learnt`), in a plugin by its worker; empty, the tables alone count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .models import MODELS
from .rows import Endpoint

PRICES: dict[str, int] = {}  # units for each picture, or each request, by `key_of`
NAMED: dict[str, int] = {}  # models that GET /v1/models lists and `MODELS` does not: units for a picture

# Values that may change a price.
_PRICED = ("version", "upscale", "refinement")


def use(prices: Mapping[str, Any], named: Mapping[str, Any]) -> None:
    """From now on these count, and no others. What is no price is passed over."""
    for held, answer in ((PRICES, prices), (NAMED, named)):
        new = {str(name): int(units) for name, units in answer.items() if _units(units)}
        held.clear()
        held.update(new)


def _units(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def key_of(row: Endpoint, values: Mapping[str, Any]) -> str:
    """What a price goes for: the endpoint, the model and the values that may change it."""
    model = str(values.get("model") or row.default_model)
    pairs = (f"{name}={values[name]}" for name in _PRICED if values.get(name))
    return " ".join(filter(None, (row.id, model, *pairs, "style_references" if values.get("style_references") else "")))


def units_of(row: Endpoint, values: Mapping[str, Any]) -> int:
    """Price in units of one call. A model that nobody knows counts as the dearest the endpoint has."""
    count = int(values.get("n") or 1)
    each = PRICES.get(key_of(row, values))
    if each is not None:
        return each * (count if row.price.per == "image" else 1)
    model = str(values.get("model") or "")
    if model and model not in MODELS and row.price.units is None:
        return NAMED.get(model, max(row.units(name) for name in row.models)) * count
    return row.units_for(values)


def how_known(row: Endpoint, values: Mapping[str, Any]) -> str:
    """Where the price is from: "" the tables, "learnt" an answer, "listed" the service's list, "unknown" nowhere."""
    model = str(values.get("model") or "")
    if key_of(row, values) in PRICES:
        return "learnt"
    if not model or model in MODELS or row.price.units is not None:
        return ""
    return "listed" if model in NAMED else "unknown"


def quote(row: Endpoint, values: Mapping[str, Any]) -> tuple[int, bool]:
    """Price in units, and whether it is sure: learnt, or documented with all that is set for a model somebody lists."""
    units = units_of(row, values) if row.models or row.price.units is not None else 0
    known = how_known(row, values)
    documented = row.price.trust == "documented" and all(one.priced for one in row.fields if one.name in values)
    return units, known == "learnt" or (known != "unknown" and documented)


def taught(row: Endpoint, values: Mapping[str, Any], charged: int) -> tuple[str, int] | None:
    """What an answer that charged so many units teaches: a key and its price; None where that is nothing new or odd."""
    count = int(values.get("n") or 1) if row.price.per == "image" else 1
    if charged <= 0 or charged % count or charged == units_of(row, values):
        return None
    return key_of(row, values), charged // count
