"""Calls that cost nothing and that the page does not list: the styles of an account, and those of the service.

Source: Recraft's OpenAPI document, read on 2026-08-22. All are "observed"; no operation is made of them.
"""

from __future__ import annotations

from .endpoints import FREE
from .endpoints import OPENAPI as SOURCE
from .rows import Endpoint, Parameter

OBSERVED = "observed"
_STYLE_ID = Parameter("style_id", "uuid", required=True, trust=OBSERVED, note="stands in the path")

FREE_CALLS: dict[str, Endpoint] = {
    row.id: row
    for row in (
        Endpoint("styles/list", "GET", "/styles", "", "styles", FREE, source=SOURCE, trust=OBSERVED),
        Endpoint("models/list", "GET", "/models", "", "models", FREE, source=SOURCE, trust=OBSERVED),
        Endpoint("styles/basic", "GET", "/styles/basic", "", "styles", FREE, source=SOURCE, trust=OBSERVED),
        Endpoint(
            "styles/delete", "DELETE", "/styles/{style_id}", "", "nothing", FREE, (_STYLE_ID,),
            source=SOURCE, trust=OBSERVED,
        ),
    )
}  # fmt: skip
