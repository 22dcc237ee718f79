"""A call of the API as bytes, and an answer read back. Nothing is sent here.

Flat requests with pictures go as multipart/form-data; where nested options (`controls`, `text_layout`) go along
with a picture, the body is JSON with the pictures as data URLs, because no form of nesting them in multipart is
documented. Sources: "Endpoints"; the JSON form: the OpenAPI document of the service.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..shared.contract import ENDPOINTS, Endpoint
from ..shared.errors import BadAnswer, KeyTrouble, OutOfUnits, RecraftError, Refused, TooFast, Unanswered, Unreachable

_CHUNK = 1 << 18
# The JSON twin of each picture field.
_JSON_NAMES = {"image": "image_url", "file": "image_url", "mask": "mask_url"}
_NESTED = ("colors", "background_color", "artistic_level", "no_text")
# A yes and no in words. Source: the OpenAPI document, schemas of VectorizeImageRequest.
_ON_OFF = ("color_reduction", "return_gradients", "small_shape_filter", "svg_compression")


@dataclass(frozen=True)
class File:
    """An encoded picture as part of a request."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Call:
    """One request: an endpoint, checked option values, encoded pictures."""

    endpoint: str
    values: Mapping[str, Any]
    files: tuple[File, ...] = ()

    @property
    def row(self) -> Endpoint:
        """The endpoint's row in the contract."""
        return ENDPOINTS[self.endpoint]

    @property
    def units(self) -> int:
        """What the call costs, from the very values that are sent."""
        return self.row.units_for(self.values)


class Body:
    """A request body in pieces: its length is known, its pictures are not copied, it can be read again.

    requests streams it (it has `__iter__` and `__len__`); `sent` counts what was handed out, so that a time-out
    before the last byte can be told from one after it.
    """

    def __init__(self, pieces: tuple[bytes, ...], media_type: str) -> None:
        self.pieces = pieces
        self.media_type = media_type
        self.sent = 0
        self._length = sum(len(piece) for piece in pieces)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes | memoryview]:
        self.sent = 0
        for piece in self.pieces:
            view = memoryview(piece)
            for start in range(0, len(view), _CHUNK):
                part = view[start : start + _CHUNK]
                self.sent += len(part)
                yield part

    @property
    def complete(self) -> bool:
        """True when every byte was handed out."""
        return self.sent >= self._length


def encode(call: Call) -> Body | None:
    """The body of a call; None for a GET."""
    if not call.row.body:
        return None
    nested = any(name in call.values for name in (*_NESTED, "text_layout", "strict_color_palette", "palette"))
    if call.row.body == "json" or nested:
        return _json(call)
    return _multipart(call)


def fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Option values under the API's names: the four controls nested, colours as {"rgb", "weight"}."""
    flat = {name: value for name, value in values.items() if name not in _NESTED and value is not None}
    flat |= {name: "on" if flat[name] else "off" for name in _ON_OFF if name in flat}
    if "max_num_shapes" in flat:
        flat["limit_num_shapes"] = "on"
    if "palette" in flat:
        flat["palette"] = {"colors": _weighed(flat["palette"])}
    controls: dict[str, Any] = {name: values[name] for name in ("artistic_level", "no_text") if name in values}
    if values.get("colors"):
        controls["colors"] = _weighed(values["colors"])
    if values.get("background_color"):
        controls["background_color"] = {"rgb": list(values["background_color"])}
    return {**flat, **({"controls": controls} if controls else {})}


def _weighed(colors: Any) -> list[dict[str, Any]]:
    return [{"rgb": list(rgb), **({} if weight is None else {"weight": weight})} for rgb, weight in colors]


def _json(call: Call) -> Body:
    # Data URLs are spliced in as raw pieces: json.dumps would copy each picture twice more.
    pieces = [json.dumps(fields(call.values), ensure_ascii=False).encode()[:-1]]
    for file in call.files:
        name = _JSON_NAMES[file.name]
        lead = b"" if pieces[-1] == b"{" else b", "
        pieces += [
            lead + f'"{name}": "data:{file.media_type};base64,'.encode(),
            base64.b64encode(file.data),
            b'"',
        ]
    return Body((*pieces, b"}"), "application/json")


def _multipart(call: Call) -> Body:
    boundary = f"recraft-{secrets.token_hex(16)}"
    pieces: list[bytes] = []
    for name, value in fields(call.values).items():
        for text in value if isinstance(value, (list, tuple)) else (value,):
            key = f"{name}[]" if isinstance(value, (list, tuple)) else name
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
            pieces.append(f"{head}{_text(text)}\r\n".encode())
    for number, file in enumerate(call.files, 1):
        suffix = file.media_type.split("/")[1].split("+")[0]
        pieces += [
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{file.name}"; '
                f'filename="{file.name}{number}.{suffix}"\r\nContent-Type: {file.media_type}\r\n\r\n'
            ).encode(),
            file.data,
            b"\r\n",
        ]
    return Body((*pieces, f"--{boundary}--\r\n".encode()), f"multipart/form-data; boundary={boundary}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Made:
    """One picture of an answer: either its address or its bytes."""

    image_id: str
    url: str = ""
    data: bytes = field(default=b"", repr=False)
    revised_prompt: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back: `units` charged, the pictures, and the rest of the answer as plain data in `body`."""

    units: int
    pictures: tuple[Made, ...] = ()
    request_id: str = ""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)


def decode(call: Call, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer of a call. Raises the error that fits where the service refused or made no sense.

    `headers` with lower-case names; `body` as received.
    """
    request_id = headers.get("x-recraft-requestid", "")
    if not 200 <= status < 300:
        raise _refusal(call, status, headers, body, request_id)
    data = _object(body, request_id)
    try:
        return _READERS[call.row.answer](data, request_id, call.units)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as trouble:
        raise _senseless(f"its answer lacks {trouble}", request_id) from trouble


def _object(body: bytes, request_id: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        start = body[:60].decode("utf-8", "replace").strip()
        raise _senseless(f"its answer is not JSON but begins “{start}”", request_id) from None
    if not isinstance(data, dict):
        raise _senseless("its answer is not an object", request_id)
    return data


def _senseless(why: str, request_id: str) -> BadAnswer:
    return BadAnswer(
        f"The service answered, but {why}.",
        remedy="Look at your balance before you try again; a proxy or sign-in page in between may be the cause.",
        request_id=request_id,
        charged=True,
    )


def _picture(data: Mapping[str, Any]) -> Made:
    url, content = str(data.get("url") or ""), base64.b64decode(data.get("b64_json") or "")
    if not url and not content:
        raise KeyError("url or b64_json")
    return Made(str(data.get("image_id") or ""), url, content, str(data.get("revised_prompt") or ""))


def _charged(data: dict[str, Any], asked: int) -> int:
    """Units the answer says it cost; where it does not say (one page shows no credits), what was asked for."""
    told = data.get("credits")
    return asked if told is None else int(told)


def _images(data: dict[str, Any], request_id: str, asked: int) -> Answer:
    return Answer(_charged(data, asked), tuple(_picture(item) for item in data["data"]), request_id, {})


def _image(data: dict[str, Any], request_id: str, asked: int) -> Answer:
    return Answer(_charged(data, asked), (_picture(data["image"]),), request_id, {})


def _style(data: dict[str, Any], request_id: str, asked: int) -> Answer:
    return Answer(_charged(data, asked), (), request_id, {**data, "id": str(data["id"])})


def _prompt(data: dict[str, Any], request_id: str, asked: int) -> Answer:
    return Answer(_charged(data, asked), (), request_id, {"prompt": str(data["enhanced_prompt"])})


def _user(data: dict[str, Any], request_id: str, _asked: int) -> Answer:
    return Answer(0, (), request_id, {**data, "credits": int(data["credits"])})


_READERS = {"images": _images, "image": _image, "style": _style, "prompt": _prompt, "user": _user}

# Which error a status means. 401, 404 and 429 were observed; 402 and 403 are taken as HTTP defines them (assumed).
_STATUS: dict[int, tuple[type[RecraftError], str, str]] = {
    401: (KeyTrouble, "The service does not accept the API key.", "Check it at app.recraft.ai/profile/api."),
    402: (OutOfUnits, "The account has too few units.", "Add units at app.recraft.ai/profile/api."),
    403: (KeyTrouble, "The key may not do this.", "Check its rights at app.recraft.ai/profile/api."),
    404: (Refused, "The service does not know this address.", "Check the base URL in the settings."),
    413: (Refused, "The picture is too large for the service.", "Send a smaller one."),
    429: (TooFast, "The service is asked too often just now.", "Wait a few seconds and try again."),
}
# A gateway that waited in vain: what stands behind it may have gone on and charged.
_GATEWAY = {502, 504, *range(520, 528)}
# Codes that say more than their status; none is documented for an empty account, both names were seen in use.
_CODES = {"not_enough_credits": 402, "insufficient_balance": 402}


def _refusal(call: Call, status: int, headers: Mapping[str, str], body: bytes, request_id: str) -> RecraftError:
    code, message = _said(headers, body)
    more: dict[str, Any] = {"status": status, "code": code, "request_id": request_id, "retry_after_s": _wait(headers)}
    known = _STATUS.get(_CODES.get(code, status))
    if known:
        kind, what, remedy = known
        return kind(f"{what}{_quoted(message)}", remedy=remedy, **more)
    if status in _GATEWAY and call.units and not code:
        what = f"The service's gateway got no answer for us (status {status}).{_quoted(message)}"
        remedy = "It may have been carried out and charged: look at the balance before you try again."
        return Unanswered(what, remedy=remedy, charged=True, **more)
    if status >= 500:
        what = f"The service has trouble of its own (status {status}).{_quoted(message)}"
        return Unreachable(what, remedy="Nothing was charged; try again in a minute.", **more)
    what = f"The service refused {call.endpoint} (status {status}).{_quoted(message)}"
    return Refused(what, remedy="Nothing was charged. Change what it names and try again.", **more)


def _quoted(message: str) -> str:
    return f" It says: “{message}”." if message else ""


def _said(headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """Code and message of a refusal: JSON {code, message}, else the text itself, never HTML."""
    text = body[:2000].decode("utf-8", "replace").strip()
    if "json" in headers.get("content-type", ""):
        try:
            data = json.loads(body)
            return str(data.get("code") or ""), str(data.get("message") or "")[:200]
        except (ValueError, AttributeError, RecursionError):
            pass
    return "", "" if text.startswith("<") else text[:200]


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header in its numeric form, at most a minute; None without one."""
    try:
        return min(60.0, max(0.0, float(headers.get("retry-after", ""))))
    except ValueError:
        return None
