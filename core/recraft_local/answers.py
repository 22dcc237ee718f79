"""What the engine says: the two shapes of answers, and refusals as JSON or plain text."""

from __future__ import annotations

import base64
import time
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from .rules import Refusal

Picture = tuple[str, bytes, str]


def refused(refusal: Refusal) -> Response:
    """A refusal as the service writes it: JSON {code, message}, or the front layer's plain text."""
    headers = {"allow": str(refusal.values["allowed"])} if refusal.rule == "method" else None
    if not refusal.code:
        return PlainTextResponse(refusal.message, refusal.status, headers)
    return JSONResponse({"code": refusal.code, "message": refusal.message}, refusal.status, headers)


def images(units: int, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A list answer."""
    return {"created": int(time.time()), "credits": units, "data": entries}


def image(units: int, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A single answer."""
    return {"created": int(time.time()), "credits": units, "image": entries[0]}


def entry(image_id: str, url: str, data: bytes, response_format: str) -> dict[str, Any]:
    """One picture of an answer."""
    if response_format == "b64_json":
        return {"image_id": image_id, "b64_json": base64.b64encode(data).decode()}
    return {"image_id": image_id, "url": url}


def style(style_id: str, record: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An own style."""
    fields = {name: record[name] for name in ("style", "creation_time", "is_private")}
    return {"id": style_id, **fields, **more}
