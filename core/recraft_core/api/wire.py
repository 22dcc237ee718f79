"""A call of the API as bytes, and an answer read back. Nothing is sent here.

Flat requests with pictures go as multipart/form-data; where lists or nested options (`controls`, `text_layout`) go
along with a picture, the body is JSON with the pictures as data URLs, because no form of nesting them in multipart is
documented and lists were never seen there. Sources: "Endpoints"; the JSON form: the OpenAPI document of the service.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..shared.contract import ENDPOINTS, FREE_CALLS, Endpoint
from ..shared.contract.endpoints import EXPLORE_COUNT
from ..shared.contract.learnt import units_of
from ..shared.errors import BadAnswer, plain
from .answers import Answer, Asked, Made, read, uncharged
from .refusals import refusal

__all__ = ["Answer", "Asked", "Body", "Call", "File", "Made", "Raw", "decode", "encode", "fields"]

_CHUNK = 1 << 18
_FREE = "It costs nothing: try again. A proxy or sign-in page in between may be the cause."
# The JSON twin of each picture field.
_JSON_NAMES = {
    "image": "image_url", "file": "image_url", "mask": "mask_url", "style_references": "style_reference_urls"
}  # fmt: skip
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
        return ENDPOINTS.get(self.endpoint) or FREE_CALLS[self.endpoint]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths it may go to, the newest first, with the values that stand in them."""
        values = {name: quote(str(value), safe="") for name, value in self.values.items()}
        return tuple(path.format_map(values) for path in (self.row.path, *self.row.older))

    @property
    def units(self) -> int:
        """What the call costs, from the very values that are sent."""
        return units_of(self.row, self.values)

    @property
    def count(self) -> int | None:
        """Pictures asked for; None where the service chooses how many it makes, as in explore."""
        if self.row.answer == "images" and not self.row.parameter("n"):
            return None
        return int(self.values.get("n") or 1)

    @property
    def pictures(self) -> int:
        """Pictures the service makes for it, as its limit counts them."""
        if self.row.answer not in {"images", "image"}:
            return 0
        return EXPLORE_COUNT if self.count is None else self.count

    @property
    def asked(self) -> Asked:
        """What its answer is read against."""
        shares = {one["hex"]: one["weight"] for one in _counted(self.values)}
        return Asked(self.row.answer, self.units, self.count, shares)


@dataclass(frozen=True)
class Raw:
    """An answer as it came: status, headers with lower-case names, and body; `whole` False when it broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    whole: bool = True

    def __bytes__(self) -> bytes:
        """As a file holds it: a status line, the headers that matter, a blank line, the body."""
        rows = [f"HTTP/1.1 {self.status}", *(f"{name}: {self.headers[name]}" for name in _KEPT if name in self.headers)]
        head = "".join(f"{' '.join(line.split())}\r\n" for line in [*rows, *([] if self.whole else ["broken: off"])])
        return head.encode("utf-8", "replace") + b"\r\n" + self.body

    @classmethod
    def of(cls, data: bytes) -> Raw:
        """What `bytes` wrote. Raises ValueError when it is something else."""
        head, separator, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("utf-8", "replace").split("\r\n")
        if not separator or not first.startswith("HTTP/1.1 "):
            raise ValueError("no answer of the service")
        headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return cls(int(first.split()[1]), headers, body, headers.pop("broken", "") != "off")


_KEPT = ("content-type", "date", "x-recraft-requestid")


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
    lists = any(isinstance(value, (list, tuple, Mapping)) for value in call.values.values())
    if call.row.body == "json" or lists or any(name in call.values for name in _NESTED):
        return _json(call)
    return _multipart(call)


def fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Option values under the API's names: the four controls nested, colours as {"rgb", "weight"}."""
    apart = {*_NESTED, "style_references"}  # the latter are files
    flat = {name: value for name, value in values.items() if name not in apart and value is not None}
    flat |= {name: "on" if flat[name] else "off" for name in _ON_OFF if isinstance(flat.get(name), bool)}
    if "max_num_shapes" in flat:
        flat["limit_num_shapes"] = "on"
    if "counted" in flat:
        del flat["counted"]
        flat["colors"] = _counted(values)
    if "palette" in flat:
        flat["palette"] = {"colors": _weighed(flat["palette"])}
    controls: dict[str, Any] = {name: values[name] for name in ("artistic_level", "no_text") if name in values}
    if values.get("colors"):
        controls["colors"] = _weighed(values["colors"])
    if values.get("background_color"):
        controls["background_color"] = {"rgb": list(values["background_color"])}
    return {**flat, **({"controls": controls} if controls else {})}


def _counted(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Colours counted in a picture, as the service takes them."""
    return [{"hex": f"#{bytes(rgb).hex()}", "weight": round(share, 6)} for rgb, share in values.get("counted", ())]


def _weighed(colors: Any) -> list[dict[str, Any]]:
    return [{"rgb": list(rgb), **({} if weight is None else {"weight": weight})} for rgb, weight in colors]


def _json(call: Call) -> Body:
    # Data URLs are spliced in as raw pieces: json.dumps would copy each picture twice more.
    pieces = [json.dumps(fields(call.values), ensure_ascii=False).encode()[:-1]]
    style = call.row.answer == "style"
    several = bool(call.files) and (style or call.files[0].name == "style_references")
    for number, file in enumerate(call.files):
        name = f'"{"image_urls" if style else _JSON_NAMES[file.name]}": {"[" if several else ""}'
        lead = b"" if pieces[-1] == b"{" else b", "
        pieces += [
            lead + f'{name if number == 0 or not several else ""}"data:{file.media_type};base64,'.encode(),
            base64.b64encode(file.data),
            b'"',
        ]
    return Body((*pieces, b"]}" if several else b"}"), "application/json")


def _multipart(call: Call) -> Body:
    boundary = f"recraft-{secrets.token_hex(16)}"
    pieces: list[bytes] = []
    for name, value in fields(call.values).items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        pieces.append(f"{head}{_text(value)}\r\n".encode())
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


def decode(call: Call, status: int, headers: Mapping[str, str], body: bytes, *, free: bool = False) -> Answer:
    """The answer of a call. Raises the error that fits where the service refused or made no sense.

    `headers` with lower-case names; `body` as received. `free` when nothing is paid to whoever answers.
    """
    request_id = plain(headers.get("x-recraft-requestid", ""))[:100]
    if not 200 <= status < 300:
        raise refusal(call.endpoint, status, headers, body, request_id, paid=call.units > 0 and not free)
    try:
        return read(call.asked, body, request_id)
    except BadAnswer as error:
        raise error if call.units else uncharged(error, _FREE) from None
