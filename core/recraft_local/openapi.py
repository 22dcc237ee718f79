"""The description of the API this engine serves, generated from the contract's rows: OpenAPI, and a page to read."""

from __future__ import annotations

from html import escape
from typing import Any

from recraft_core.shared.contract import ENDPOINTS, MODELS, Endpoint, Parameter, limits

from .rules import RULES
from .uploads import address_fields

_TYPES: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
    "numbers": {"type": "array", "items": {"type": "number"}},
    "uuids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
    "file": {"type": "string", "format": "binary"},
    "mask": {"type": "string", "format": "binary"},
    "files": {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": limits.MAX_STYLE_FILES},
    "hexes": {
        "type": "array", "maxItems": limits.MAX_COUNTED,
        "items": {
            "type": "object", "required": ["hex"],
            "properties": {"hex": {"type": "string"}, "weight": {"type": "number", "minimum": 0}},
        },
    },
    "controls": {"$ref": "#/components/schemas/Controls"},
    "words": {"type": "array", "items": {"$ref": "#/components/schemas/Word"}},
}
_COLOUR = {
    "type": "object",
    "required": ["rgb"],
    "properties": {
        "rgb": {
            "type": "array", "minItems": 3, "maxItems": 3,
            "items": {"type": "integer", "minimum": 0, "maximum": 255},
        },
        "weight": {"type": "number", "minimum": 0, "maximum": 1},
    },
}  # fmt: skip
_SCHEMAS: dict[str, Any] = {
    "Color": _COLOUR,
    "Controls": {
        "type": "object",
        "properties": {
            "colors": {"type": "array", "items": {"$ref": "#/components/schemas/Color"}},
            "background_color": {"$ref": "#/components/schemas/Color"},
            "artistic_level": {"type": "integer", "minimum": 0, "maximum": limits.MAX_ARTISTIC_LEVEL},
            "no_text": {"type": "boolean"},
        },
    },
    "Word": {
        "type": "object",
        "required": ["text", "bbox"],
        "properties": {
            "text": {"type": "string"},
            "bbox": {
                "type": "array", "minItems": 4, "maxItems": 4,
                "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            },
        },
    },
    "Image": {
        "type": "object",
        "required": ["image_id"],
        "properties": {
            "image_id": {"type": "string", "format": "uuid"},
            "url": {"type": "string"},
            "b64_json": {"type": "string"},
        },
    },
    "Error": {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}},
}  # fmt: skip
_WHOLE = {"type": "integer"}
_IMAGE = {"$ref": "#/components/schemas/Image"}
_ANSWERS: dict[str, dict[str, Any]] = {
    "images": {"created": _WHOLE, "credits": _WHOLE, "data": {"type": "array", "items": _IMAGE}},
    "image": {"created": _WHOLE, "credits": _WHOLE, "image": _IMAGE},
    "style": {
        "id": _TYPES["uuid"], "style": {"type": "string"}, "creation_time": {"type": "string", "format": "date-time"},
        "is_private": {"type": "boolean"}, "credits": _WHOLE,
    },
    "colours": {
        "mapping": {
            "type": "array",
            "items": {
                "type": "object", "required": ["from", "to"],
                "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
            },
        },
        "credits": _WHOLE,
    },
    "prompt": {"enhanced_prompt": {"type": "string"}, "credits": _WHOLE},
    "user": {"credits": _WHOLE, "email": {"type": "string"}, "id": _TYPES["uuid"], "name": {"type": "string"}},
}  # fmt: skip


def document(base_url: str) -> dict[str, Any]:
    """The OpenAPI 3.0 document."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Recraft API, served on this computer", "version": "1"},
        "servers": [{"url": f"{base_url}/v1"}],
        "security": [{"key": []}],
        "paths": {row.path: {row.method.lower(): _operation(row)} for row in ENDPOINTS.values()},
        "components": {"schemas": _SCHEMAS, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(row: Endpoint) -> dict[str, Any]:
    answer = {"type": "object", "properties": _ANSWERS[row.answer]}
    error = {"$ref": "#/components/schemas/Error"}
    operation: dict[str, Any] = {
        "operationId": row.id.replace("/", "_"),
        "summary": f"{row.id} ({price(row)})",
        "responses": {
            "200": {"description": "Made", "content": {"application/json": {"schema": answer}}},
            "400": {"description": "Refused", "content": {"application/json": {"schema": error}}},
            "401": {"description": RULES["unauthorized"].message},
            "429": {"description": RULES["rate"].message},
        },
    }  # fmt: skip
    if row.body:
        operation["requestBody"] = {"required": True, "content": _contents(row)}
    return operation


def _contents(row: Endpoint) -> dict[str, Any]:
    if row.body == "json":
        return {"application/json": {"schema": _body(row, {})}}
    addresses: dict[str, Any] = {name: {"type": "string"} for name in address_fields(row)}
    if "image_urls" in addresses:
        addresses["image_urls"] = {"type": "array", "items": {"type": "string"}}
    return {
        "multipart/form-data": {"schema": _body(row, None)},
        "application/json": {"schema": _body(row, addresses)},
    }


def _body(row: Endpoint, addresses: dict[str, Any] | None) -> dict[str, Any]:
    """The schema of a body; in JSON the pictures are `addresses` instead of files."""
    rows = [
        parameter
        for parameter in row.parameters
        if addresses is None or parameter.kind not in ("file", "mask", "files")
    ]
    return {
        "type": "object",
        "required": [parameter.name for parameter in rows if parameter.required],
        "properties": {**{parameter.name: _schema(row, parameter) for parameter in rows}, **(addresses or {})},
    }


def _schema(row: Endpoint, parameter: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES.get(parameter.kind, {"type": "string"}))
    choices = row.models if parameter.kind == "model" else parameter.choices
    if choices:
        schema["enum"] = list(choices)
    least, most = ("minLength", "maxLength") if schema.get("type") == "string" else ("minimum", "maximum")
    if parameter.low is not None:
        schema[least] = parameter.low
    if parameter.high is not None and parameter.kind != "files":
        schema[most] = parameter.high
    if parameter.high_excluded:
        schema["exclusiveMaximum"] = True
    if parameter.default is not None:
        schema["default"] = parameter.default
    return schema


def price(row: Endpoint) -> str:
    """What a call costs, in words."""
    if row.price.units is None:
        prices = sorted({row.units(model) for model in row.models})
        return f"{prices[0]} to {prices[-1]} units a picture" if len(prices) > 1 else f"{prices[0]} units a picture"
    return f"{row.price.units} units" if row.price.units else "free"


def page(base_url: str) -> str:
    """One page that lists every call, its fields and its price."""
    parts = [_section(row) for row in ENDPOINTS.values()]
    names = ", ".join(MODELS)
    return _PAGE.format(base=escape(f"{base_url}/v1"), models=escape(names), body="".join(parts))


def _section(row: Endpoint) -> str:
    lines = "".join(_line(parameter) for parameter in row.parameters)
    head = f"<h2>{row.method} {escape(row.path)}</h2><p>{escape(price(row))}. {escape(row.body or 'no body')}"
    return f"{head}<table>{lines}</table>" if lines else head


def _line(parameter: Parameter) -> str:
    star = " *" if parameter.required else ""
    return f"<tr><td><code>{escape(parameter.name)}</code>{star}<td>{escape(_told(parameter))}"


def _told(parameter: Parameter) -> str:
    bounds = ""
    if parameter.low is not None or parameter.high is not None:
        low = "" if parameter.low is None else f"{parameter.low:g}"
        high = "" if parameter.high is None else f"{parameter.high:g}"
        bounds = f" {low} to {high}"
    choices = f": {', '.join(parameter.choices)}" if parameter.choices else ""
    default = "" if parameter.default is None else f", default {parameter.default}"
    return f"{parameter.kind}{bounds}{choices}{default}"


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Recraft API on this computer</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#222}}
h2{{font-size:1.05rem;margin:2rem 0 .2rem;font-family:ui-monospace,monospace}}p{{margin:.2rem 0 .6rem;color:#555}}
table{{border-collapse:collapse;width:100%}}
td{{padding:.2rem .6rem .2rem 0;border-top:1px solid #ddd;vertical-align:top}}
td:first-child{{width:15rem}}</style>
<h1>Recraft API on this computer</h1>
<p>Base address <code>{base}</code>. Send <code>Authorization: Bearer ANYTHING</code>. Fields marked * are required.
The machine-readable form is at <a href="/openapi.json">/openapi.json</a>.
<p>Models: {models}.
{body}</html>
"""
