"""What the service takes beyond its page, turned into the page's own form; `recraft serve --strict` goes without.

Sources: the "Examples" page and Recraft's own clients of 2025, which send `file` where the page says `image` and `seed`
where it says `random_seed`; the OpenAI library's `user` and `quality`, which are ignored; live answers to V3 with a
vector style, which were drawings. A field that is left out is told in the log.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from recraft_core.shared.contract import MODELS, Endpoint, models_with

from .forms import Body, Upload
from .uploads import address_fields

LOG = logging.getLogger("recraft_local")


def forgiven(row: Endpoint, body: Body) -> Body:
    """The request as the page would have it."""
    fields = dict(body.fields)
    if row.parameter("random_seed") and "seed" in fields:
        fields.setdefault("random_seed", fields.pop("seed"))
    known = {*(parameter.name for parameter in row.fields), *address_fields(row)}
    ignored = sorted(name for name in fields if name not in known)
    if ignored:
        LOG.info("%s: ignored %s", row.id, ", ".join(name[:60] for name in ignored))
    known_fields = {name: value for name, value in fields.items() if name in known}
    return replace(body, fields=_drawing(known_fields), files=_named(row, body.files))


def _drawing(fields: dict[str, Any]) -> dict[str, Any]:
    """A raster model with a style that only its vector twin knows means the twin."""
    model, style = fields.get("model"), fields.get("style")
    twin = f"{model}_vector"
    if isinstance(style, str) and twin in MODELS and twin in models_with(style) and model not in models_with(style):
        return {**fields, "model": twin}
    return fields


def _named(row: Endpoint, files: tuple[Upload, ...]) -> tuple[Upload, ...]:
    """The one picture under the name the page has for it, whatever it came as."""
    name = next((parameter.name for parameter in row.parameters if parameter.kind == "file"), "")
    pictures = [upload for upload in files if upload.field != "mask"]
    if not name or len(pictures) != 1:
        return files
    return tuple(replace(upload, field=name) if upload is pictures[0] else upload for upload in files)
