"""A request body decoded: multipart/form-data or JSON into fields and uploaded files.

Own code on purpose: if it shared the client's encoder it would agree with the client's mistakes.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from .nesting import SHAPES, nested
from .rules import Refusal

MAX_BODY_BYTES = 64 * 1024 * 1024
# Half of a pair that stands alone is no character: it could neither be drawn nor be written back.
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_MAX_TEXT_BYTES = 16 * 1024 * 1024  # a picture as a data URL in a form field
_ENCODED_NAME = re.compile(rb";\s*filename\*\s*=", re.IGNORECASE)
_OF_FILES = (b"image/", b"application/octet-stream")
# The names under which a JSON body carries pictures, and the file field each stands for (OpenAPI document).
ADDRESSES = {
    "image_url": "image", "mask_url": "mask", "image_urls": "files", "style_reference_urls": "style_references"
}  # fmt: skip


class FormText(str):
    """A value of a form: text that may stand for a number or a yes and no. JSON values keep their own type."""

    __slots__ = ()


@dataclass(frozen=True)
class Upload:
    """One uploaded file: the field it came in and its bytes."""

    field: str
    data: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Body:
    """What a request carries. `media_type` is "json", "multipart" or "" (no body)."""

    media_type: str = ""
    fields: dict[str, Any] = dataclasses.field(default_factory=dict)
    files: tuple[Upload, ...] = ()
    size: int = 0


def announced(length: str | None) -> int:
    """How many bytes a body will have at most, by its Content-Length, where there is one that says so."""
    return int(length) if length is not None and length.isdecimal() else MAX_BODY_BYTES


async def collect(stream: AsyncIterator[bytes], length: str | None) -> bytes:
    """The whole body, at most `MAX_BODY_BYTES`; more is refused before it is kept."""
    if announced(length) > MAX_BODY_BYTES:
        raise Refusal("body_size", limit=MAX_BODY_BYTES)
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Refusal("body_size", limit=MAX_BODY_BYTES)
    return bytes(body)


async def decode(data: bytes, headers: Headers, takes: tuple[str, ...], endpoint: str) -> Body:
    """Read a body by its content type; `takes` lists "json" and "multipart" as the endpoint allows."""
    media_type = headers.get("content-type", "").split(";")[0].strip().lower()
    kind = {"application/json": "json", "multipart/form-data": "multipart"}.get(media_type, "")
    if kind not in takes:
        wanted = " or ".join({"json": "application/json", "multipart": "multipart/form-data"}[name] for name in takes)
        raise Refusal("body_type", endpoint=endpoint, wanted=wanted, value=media_type or "nothing")
    return _json(data) if kind == "json" else await _multipart(data, headers)


def _json(data: bytes) -> Body:
    try:
        fields = _read(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refusal("body_malformed", why="it is not JSON in UTF-8") from None
    if not isinstance(fields, dict):
        raise Refusal("body_malformed", why="its JSON is not an object")
    # null is the documented way to say "not given".
    return Body("json", {name: value for name, value in fields.items() if value is not None}, (), len(data))


def _read(text: str) -> Any:
    """JSON of real characters, every name once. Raises ValueError and RecursionError."""
    value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    if _HALF_PAIR.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise Refusal("twice", name=name)
        fields[name] = value
    return fields


class _Parser(MultiPartParser):
    """Starlette's, which also notices whether the closing boundary has come: a body cut short is no request.

    A file is what has a name in either spelling (older clients write one with an umlaut as filename*, RFC 2231), and
    what says that it is a picture.
    """

    whole = False

    def on_headers_finished(self) -> None:
        """All of a part but its content."""
        part = self._current_part
        _, options = parse_options_header(part.content_disposition)
        kind = next((value for name, value in part.item_headers if name == b"content-type"), b"").lower()
        held = part.content_disposition or b""
        if b"filename" not in options and (_ENCODED_NAME.search(held) or kind.startswith(_OF_FILES)):
            part.content_disposition = held + b'; filename="unnamed"'
        super().on_headers_finished()

    def on_end(self) -> None:
        """The closing boundary."""
        self.whole = True


async def _multipart(data: bytes, headers: Headers) -> Body:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield _from_first_part(data, headers["content-type"])

    parser = _Parser(headers, stream(), max_files=20, max_fields=2000, max_part_size=_MAX_TEXT_BYTES)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise Refusal("body_malformed", why="it is not multipart/form-data") from None
    if not parser.whole:
        await form.close()
        raise Refusal("body_malformed", why="its closing boundary is missing")
    texts: list[tuple[str, str]] = []
    files: list[Upload] = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            texts.append((name, FormText(value)))
        elif (value.content_type or "").startswith("application/json"):
            # Generated clients send nested values as a part of their own type, sometimes with a file name.
            texts.append((name, FormText((await value.read()).decode("utf-8", "replace"))))
        else:
            files.append(Upload(name, await value.read()))
    await form.close()
    return Body("multipart", _parsed(nested(texts)), tuple(files), len(data))


def _from_first_part(data: bytes, content_type: str) -> bytes:
    """The body without what may stand before its first boundary (RFC 2046, 5.1.1), which nobody reads."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    start = data.find(b"\r\n--" + boundary) if boundary and not data.startswith(b"--" + boundary) else -1
    return data[start + 2 :] if start >= 0 else data


def _parsed(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _json_text(name, value) for name, value in fields.items()}


def _json_text(name: str, value: Any) -> Any:
    """JSON text where a nested value belongs is read as JSON; everything else stays."""
    if name not in SHAPES or not isinstance(value, FormText) or value[:1] not in ("{", "["):
        return value
    try:
        return _read(value)
    except (ValueError, RecursionError):
        raise Refusal("body_malformed", why=f"{name} is not JSON") from None
