"""The form of the tables: a field of a request, a price, an endpoint.

`trust` says how a fact is known: "documented" (on the API's page), "observed" (in the service's own OpenAPI document,
or seen in its answers by others) or "assumed" (nobody says; the reason stands in `note`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import limits
from .models import MODELS

SOURCE = "https://www.recraft.ai/docs/api-reference/endpoints"


@dataclass(frozen=True)
class Parameter:
    """One field of a request. `low` and `high` are inclusive; for text they count characters.

    `offered` is False where no door shows it; `priced` is False where nobody says what it costs.
    """

    name: str
    kind: str
    required: bool = False
    default: Any = None
    low: float | None = None
    high: float | None = None
    high_excluded: bool = False
    choices: tuple[str, ...] = ()
    trust: str = "documented"
    note: str = ""
    offered: bool = True
    priced: bool = True


@dataclass(frozen=True)
class Price:
    """What a call costs: `units` per picture made, or per request; None means by the model's own price."""

    units: int | None
    per: str
    raster: int = 0
    vector: int = 0
    trust: str = "documented"
    note: str = ""


@dataclass(frozen=True)
class Endpoint:
    """One row. `body` is json, multipart or none; `answer` is images, image, style, prompt, colours or
    user, in free calls also styles, models or nothing.

    `parameters` are those of the page, `newer` those of the service's own later documents (see `newer.py`).
    `dearer` names values of a field that make a call cost other units. `older` are paths the same call had before, for
    a service that does not know the newer one.
    """

    id: str
    method: str
    path: str
    body: str
    answer: str
    price: Price
    parameters: tuple[Parameter, ...] = ()
    models: tuple[str, ...] = ()
    default_model: str = ""
    takes_svg: bool = False
    min_side: int = limits.MIN_SIDE
    newer: tuple[Parameter, ...] = ()
    dearer: tuple[tuple[str, str, int], ...] = ()
    older: tuple[str, ...] = ()
    at_least_one_of: tuple[str, ...] = ()
    exclusive: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    source: str = SOURCE
    trust: str = "documented"
    note: str = ""

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None when the endpoint has none."""
        return next((row for row in self.fields if row.name == name), None)

    @property
    def fields(self) -> tuple[Parameter, ...]:
        """Every field a request may carry."""
        return (*self.parameters, *self.newer)

    def units_for(self, values: Mapping[str, Any]) -> int:
        """Price in units of one call with these values."""
        for name, value, units in self.dearer:
            if values.get(name) == value:
                return units
        return self.units(str(values.get("model") or ""), int(values.get("n") or 1))

    def units(self, model: str = "", count: int = 1) -> int:
        """Price in units of one call that asks for `count` pictures of `model`."""
        if self.price.units is not None:
            return self.price.units * (count if self.price.per == "image" else 1)
        chosen = MODELS[model or self.default_model]
        flat = self.price.vector if chosen.vector else self.price.raster
        return (flat or chosen.units) * count
