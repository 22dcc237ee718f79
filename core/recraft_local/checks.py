"""A decoded request against every documented rule, in the order the service was seen to check.

Model, prompt length, style and output type first; then the fields one by one; then what fields say together; the
files last, because they cost most to look at. What comes out is an `Order`: values checked, pictures decoded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from recraft_core.shared.contract import EXPANDS, EXPLORE_COUNT, Endpoint, Model, Parameter, allowed, limits

from . import model_list, uploads, values
from .forms import Body
from .pictures_in import Picture
from .rules import Refusal
from .store import Store
from .styling import Styling, check_style, choose_model, of_pictures

_FILE_KINDS = ("file", "mask", "files", "references")


@dataclass(frozen=True)
class Order:
    """A request that may be served.

    `values` holds the fields that were given (and defaults), `size` the width and height in px the picture must
    have (None where the picture's own size rules), `seed` what everything random is drawn from.
    """

    endpoint: Endpoint
    values: Mapping[str, Any]
    model: Model | None = None
    style: Styling | None = None
    picture: Picture | None = None
    mask: NDArray[np.bool_] | None = field(default=None, repr=False)
    references: tuple[Picture, ...] = field(default=(), repr=False)
    size: tuple[int, int] | None = None
    seed: int = 0

    @property
    def count(self) -> int:
        """How many pictures the answer holds."""
        if self.endpoint.id.startswith("explore"):
            return EXPLORE_COUNT
        return int(self.values.get("n") or 1)

    @property
    def units(self) -> int:
        """What the call costs."""
        return self.endpoint.units_for({**self.values, "model": self.model.id if self.model else ""})


def check(row: Endpoint, body: Body, store: Store, *, loopback: bool = True) -> Order:
    """Check a request and decode its pictures. Raises `Refusal` with the first rule it breaks.

    Pictures at addresses of this computer are only fetched with `loopback`: others must not look around with it.
    """
    fields = body.fields
    referring = _refers(row, body)
    model = choose_model(row, fields, store, referring=referring)
    _prompt_length(row, fields, model)
    style = check_style(row, fields, model, store, referring=referring)
    checked = _fields(row, fields)
    _together(row, fields, checked)
    _model_options(checked, model)
    size = _size(checked, model)
    _remembered(row, checked, store)
    files = uploads.Files(row, fields, body.files, loopback=loopback)
    picture, mask = files.picture_and_mask()
    references = files.references(checked)
    if referring and model is not None:
        style = of_pictures(references, model)
    if row.id == "outpaint" and picture is not None:
        _canvas(picture, checked)
    seed = checked.get("random_seed")
    return Order(
        row, checked, model, style, picture, mask, references, size,
        _fingerprint(row, checked, files.digest) if seed is None else seed,
    )  # fmt: skip


def _refers(row: Endpoint, body: Body) -> bool:
    """True when pictures come along whose style is to be followed."""
    if row.parameter("style_references") is None:
        return False
    return "style_reference_urls" in body.fields or any(upload.field == "style_references" for upload in body.files)


def _prompt_length(row: Endpoint, fields: Mapping[str, Any], model: Model | None) -> None:
    """An absent prompt and an empty one are refused alike; the length counts characters."""
    parameter = row.parameter("prompt")
    if parameter is None or not parameter.required:
        return
    most = int(parameter.high) if parameter.high is not None else model.prompt_max if model else 0
    prompt = values.text("prompt", fields.get("prompt", ""))
    if not 1 <= len(prompt) <= most:
        raise Refusal("prompt_length", low=1, high=most)


def _fields(row: Endpoint, fields: Mapping[str, Any]) -> dict[str, Any]:
    rows = {parameter.name: parameter for parameter in row.fields}
    for name in fields:
        if name not in rows and name not in uploads.address_fields(row):
            raise Refusal("unknown_field", name=name, endpoint=row.id)
        if name in rows and rows[name].kind == "references":
            raise Refusal("type", name=name, wanted="files; in JSON it is style_reference_urls", value=fields[name])
    return {
        name: value
        for name, parameter in rows.items()
        if parameter.kind not in _FILE_KINDS and (value := _field(parameter, fields.get(name))) is not None
    }


def _field(row: Parameter, value: Any) -> Any:
    if value is not None:
        return values.read(row, value)
    if row.required:
        raise Refusal("required", name=row.name)
    return row.default


def _together(row: Endpoint, fields: Mapping[str, Any], checked: Mapping[str, Any]) -> None:
    """Fields that need or exclude each other. A default does not count as given."""
    needed = row.at_least_one_of
    if needed and row.parameter("files") is None and not any(name in fields for name in needed):
        raise Refusal("one_of", names=needed)
    for first, second in row.exclusive:
        clash = [next((name for name in names if name in checked), "") for names in (first, second)]
        if all(clash):
            raise Refusal("exclusive", first=clash[0], second=clash[1])


def _model_options(checked: Mapping[str, Any], model: Model | None) -> None:
    """Options that this model does not take (column Compatibility)."""
    if model is None:
        return
    named = {**dict.fromkeys(checked), **{f"controls.{name}": None for name in checked.get("controls", ())}}
    for name in named:
        if not model.takes(name.removeprefix("controls.")):
            raise Refusal("model_option", name=name, model=model.id)


def _size(checked: Mapping[str, Any], model: Model | None) -> tuple[int, int] | None:
    value = checked.get("size")
    if value is None or model is None:
        return None
    table = allowed(model.id)
    if value not in table:
        raise Refusal("size_model", value=value, model=model.id, choices=tuple(table))
    return table[value]


def _remembered(row: Endpoint, checked: Mapping[str, Any], store: Store) -> None:
    for style_id in checked.get("source_styles") or ():
        if store.style(style_id) is None and style_id not in model_list.BY_ID:
            raise Refusal("style_id_unknown", value=style_id)
    if row.id == "explore/similar" and store.explored(checked["source_image_id"]) is None:
        raise Refusal("explored", value=checked["source_image_id"])


def _canvas(picture: Picture, checked: Mapping[str, Any]) -> None:
    """Outpaint: no side of the result beyond 4096 px after `expand_*`."""
    left, right, top, bottom = (checked.get(name) or 0 for name in EXPANDS)
    width, height = picture.width + left + right, picture.height + top + bottom
    if max(width, height) > limits.MAX_SIDE:
        raise Refusal("canvas_side", value=f"{width}x{height}", limit=limits.MAX_SIDE)


def _fingerprint(row: Endpoint, checked: Mapping[str, Any], files: bytes) -> int:
    """A seed from the request itself: the same request gives the same picture."""
    text = json.dumps([row.id, {**checked, "response_format": None}], sort_keys=True).encode()
    return int.from_bytes(hashlib.sha256(text + files).digest()[:4], "big")
