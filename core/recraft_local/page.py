"""What the API's page lists and nothing else: `recraft serve --strict` refuses all the rest by name."""

from __future__ import annotations

from recraft_core.shared.contract import ALIASES, MODELS, Endpoint

from .forms import Body
from .rules import Refusal
from .uploads import SEVERAL


def check_page(row: Endpoint, body: Body, query: tuple[str, ...] = ()) -> None:
    """Raise `Refusal` for a call, a field or a model that only later documents have."""
    if row.trust == "observed":
        raise Refusal("no_such_path")
    newer = {parameter.name for parameter in row.newer}
    newer |= {SEVERAL[parameter.kind] for parameter in row.newer if parameter.kind in SEVERAL}
    for name in (*body.fields, *(upload.field for upload in body.files)):
        if name in newer:
            raise Refusal("unknown_field", name=name, endpoint=row.id)
    for name in query:
        raise Refusal("unknown_query", name=name)
    model = body.fields.get("model")
    if isinstance(model, str) and (model in ALIASES or (model in MODELS and MODELS[model].trust == "observed")):
        listed = tuple(name for name in row.models if MODELS[name].trust != "observed")
        raise Refusal("model_unknown", value=model, choices=listed)
