"""Read an answer of the service (status 2xx) leniently: what it holds is paid for, so nothing of it is thrown away.

Each picture stands for itself: one that cannot be used says why in `Made.trouble` and costs the others nothing.
Pictures are taken from `data` or `image`, whichever is there. What an answer costs is `credits` where that is a
sensible number, else what was asked for, marked `about`.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from .. import redaction
from ..shared.errors import BadAnswer, RecraftError, plain
from ..shared.i18n import join, say
from .refusals import decoded, is_refusal, quoted, words_of

MAX_ITEMS = 64
MAX_UNITS = 1_000_000
# Brackets and commas of an answer: a few hundred in real ones. Each costs memory when it is read.
_MAX_MARKS = 100_000
_LONGEST_ADDRESS = 8192
_LONGEST_NAME = 200
_LONGEST_TEXT = 20_000
_DATA_URL = re.compile(r"data:[^,]{0,100},", re.IGNORECASE)
_ADDRESS = re.compile(r"\s*(https?:|data:)", re.IGNORECASE)
_ONE_ALPHABET = str.maketrans("-_", "+/")
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_CREDITS = re.compile(rb'"credits"\s*:\s*(\d{1,7})\s*[,}]')


@dataclass(frozen=True)
class Made:
    """One picture of an answer: either its address or its bytes.

    `trouble` says why there is neither. `extra` when it came beyond what was asked for. `nsfw` is the service's score
    of nudity, 0 to 1, None where it gives none.
    """

    image_id: str
    url: str = ""
    data: bytes = field(default=b"", repr=False)
    revised_prompt: str = ""
    trouble: str = ""
    extra: bool = False
    nsfw: float | None = None


@dataclass(frozen=True)
class Answer:
    """What came back: `units` charged, the pictures, and the rest of the answer as plain data in `body`.

    `about` when the answer did not say what it cost and `units` is the price that was asked.
    """

    units: int
    pictures: tuple[Made, ...] = ()
    request_id: str = ""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    about: bool = False


@dataclass(frozen=True)
class Asked:
    """What an answer is read against: its kind, the units and pictures asked for (None: the service chooses).

    `shares` are the colours that were sent, as #rrggbb, with the share of each.
    """

    kind: str
    units: int
    count: int | None = 1
    shares: Mapping[str, float] = field(default_factory=dict)


def read(request: Asked, body: bytes, request_id: str = "") -> Answer:
    """The answer in `body`. Raises BadAnswer where nothing in it makes sense."""
    if request.kind == "nothing" and not body.strip():
        return Answer(0, (), request_id)
    data = _object(body, request_id)
    try:
        answer = _READERS[request.kind](data, request)
    except _Lacks as missing:
        why = say("its answer lacks {missing}", missing=missing)
        # Recraft's own clients look for a code in the answer, not at its status.
        raise senseless(why, request_id, quoted(words_of(data))) from None
    return replace(answer, request_id=request_id)


class _Lacks(Exception):
    """What an answer should hold and does not."""


def senseless(why: str, request_id: str = "", words: str = "") -> BadAnswer:
    """The error for an answer that cannot be understood, though it is paid for; `words` are what it says instead."""
    named = say("Its request id is {request_id}.", request_id=request_id) if request_id else ""
    return BadAnswer(
        join(say("The service answered, but {why}.", why=say(why)), words, named),
        remedy="Look at your balance before you try again; a proxy or sign-in page in between may be the cause. What "
        "came is kept in the history, and a newer version may read it: recraft history reread.",
        request_id=request_id,
        charged=True,
    )


# --- JSON -----------------------------------------------------------------------------------------------------------


def _object(body: bytes, request_id: str) -> dict[str, Any]:
    if sum(body.count(mark) for mark in (b"[", b"{", b",")) > _MAX_MARKS:
        raise senseless("its answer contains more than any answer could", request_id)
    data = _loaded(body)
    if data is None:
        data = {"data": list(_rest(body)), "credits": _told(body)}
        if not data["data"]:
            raise senseless(_no_json(body), request_id)
    if data and isinstance(data, list):
        data = {"data": data}
    if not isinstance(data, dict):
        raise senseless("its answer is not an object", request_id)
    return data


def _no_json(body: bytes) -> str:
    """What to say of an answer that is none."""
    if not body.strip():
        return say("its answer is empty")
    start = plain(body[:60].decode("utf-8", "replace").strip())
    return say("its answer is not JSON but begins “{start}”", start=start) if start else say("its answer is not JSON")


def _loaded(body: bytes) -> Any:
    """The JSON in `body`, None when it is none; what follows it, and bytes that are no text, are passed over."""
    try:
        return _DECODER.raw_decode(decoded(body).lstrip())[0]
    except (ValueError, RecursionError):
        return None


# A number of a million digits takes seconds to read and is none.
_DECODER = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 20 else math.inf)


def _rest(body: bytes) -> Iterator[dict[str, Any]]:
    """The whole pictures in an answer that broke off half-way."""
    text = body.decode("utf-8", "replace")
    start = text.find("[")
    for _ in range(MAX_ITEMS):
        start = text.find("{", start + 1) if start >= 0 else -1
        if start < 0:
            return
        try:
            item, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(item, dict) and (item.get("url") or item.get("b64_json")):
            yield item
        start = end - 1


def _told(body: bytes) -> int | None:
    match = _CREDITS.search(body[:4096])
    return int(match[1]) if match else None


# --- what it holds --------------------------------------------------------------------------------------------------


def _charged(data: Mapping[str, Any], expected: int) -> tuple[int, bool]:
    """Units the answer says it cost, and whether that is what was asked for instead because it says nothing usable."""
    amount = data.get("credits")
    number = isinstance(amount, (int, float)) and not isinstance(amount, bool) and math.isfinite(amount)
    if not number or not 0 <= amount <= MAX_UNITS:  # type: ignore[operator]
        return expected, True
    return math.ceil(amount), False  # type: ignore[arg-type]


def _answer(data: Mapping[str, Any], request: Asked, pictures: tuple[Made, ...], body: Mapping[str, Any]) -> Answer:
    units, about = _charged(data, request.units)
    return Answer(units, pictures, "", body, about)


def _pictures(first: str, second: str) -> Callable[[dict[str, Any], Asked], Answer]:
    def reader(data: dict[str, Any], request: Asked) -> Answer:
        lists = [items for items in (_items(data, first), _items(data, second)) if items is not None]
        if not lists:
            raise _Lacks("pictures")
        items = next(filter(None, lists), [])
        pictures = tuple(_numbered(items, request.count))
        if all(image.trouble for image in pictures) and is_refusal(data, first, second):
            raise _Lacks("pictures")
        style = _name(data.get("style_id"))
        return _answer(data, request, pictures, {"style_id": style} if style else {})

    return reader


def _items(data: Mapping[str, Any], name: str) -> list[Any] | None:
    value = data.get(name)
    if isinstance(value, dict):
        return [value]
    return value[:MAX_ITEMS] if isinstance(value, list) else None


def _numbered(items: list[Any], count: int | None) -> Iterator[Made]:
    """The pictures; those after the last one asked for are marked, those that cannot be used are not counted."""
    good = 0
    for item in items:
        image = picture(item)
        good += not image.trouble
        yield replace(image, extra=True) if count is not None and good > count and not image.trouble else image


def picture(item: Any) -> Made:
    """One item of an answer as a picture."""
    if isinstance(item, str) and _ADDRESS.match(item):
        item = {"url": item}
    if not isinstance(item, dict):
        return Made("", trouble=say("the answer contains {item} where a picture should be", item=_short(item)))
    name, words = _name(item.get("image_id")), text(item.get("revised_prompt"))
    image = _where(item, name, words)
    return replace(image, nsfw=_score(item.get("features")))


def _score(features: Any) -> float | None:
    score = features.get("nsfw_score") if isinstance(features, dict) else None
    number = isinstance(score, (int, float)) and not isinstance(score, bool) and math.isfinite(score)
    return float(score) if number and 0 <= score <= 1 else None  # type: ignore[arg-type,operator]


def _where(item: Mapping[str, Any], name: str, words: str) -> Made:
    url, content = item.get("url"), _bytes(item.get("b64_json"))
    if isinstance(url, str) and _DATA_URL.match(url.lstrip()):
        url, content = "", content or _bytes(url)
    if content:
        return Made(name, "", content, words)
    if isinstance(url, str) and url.strip() and len(url) <= _LONGEST_ADDRESS:
        return Made(name, url.strip(), b"", words)
    return Made(name, "", b"", words, "the answer contains neither its address nor its bytes")


def _bytes(value: Any) -> bytes:
    """The bytes of base64 in either alphabet, its padding missing or not, bare or in a data address."""
    if not isinstance(value, str):
        return b""
    head = _DATA_URL.match(value.lstrip())
    content = value.lstrip()[head.end() :] if head else value
    if head and "base64" not in head[0].lower():
        return unquote_to_bytes(content)
    letters = "".join(unquote(content).split() if head else content.split()).rstrip("=")
    try:
        data = letters.translate(_ONE_ALPHABET).encode("ascii")
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _short(item: Any) -> str:
    return "nothing" if item is None else f"“{plain(str(item))[:40]}”"


def _name(value: Any) -> str:
    return plain(str(value))[:_LONGEST_NAME] if isinstance(value, (str, int)) else ""


def text(value: Any) -> str:
    """Text of an answer without what could move a terminal's cursor; "" where it is no text."""
    return plain(value, lines=True)[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of an answer: texts, numbers, yes and no."""
    plain_ones = {plain(str(name))[:_LONGEST_NAME]: value for name, value in data.items()}
    return {
        name: text(value) if isinstance(value, str) else value
        for name, value in plain_ones.items()
        if value is None or isinstance(value, (str, int, float, bool))
    }


def _style(data: dict[str, Any], request: Asked) -> Answer:
    name = _name(data.get("id"))
    if not name:
        raise _Lacks("the id of the style")
    return _answer(data, request, (), {**_flat(data), "id": name})


def _prompt(data: dict[str, Any], request: Asked) -> Answer:
    words = text(data.get("enhanced_prompt"))
    if not words.strip():
        raise _Lacks("the new prompt")
    return _answer(data, request, (), {"prompt": words})


def _colours(data: dict[str, Any], request: Asked) -> Answer:
    """{"colors": the new colours as #rrggbb, each once, the commonest first, "mapping": [{"from", "to"}]}.

    What is no colour is left out.
    """
    lists = [data[name] for name in ("mapping", "data") if isinstance(data.get(name), list)]
    items: list[Any] = lists[0] if lists else []
    pairs = [(_hex(item.get("from")), _hex(item.get("to"))) for item in items if isinstance(item, dict)]
    mapping = [{"from": old, "to": new} for old, new in pairs if old and new]
    if not mapping:
        raise _Lacks("the colours")
    shares: dict[str, float] = {}
    for one in mapping:
        shares[one["to"]] = shares.get(one["to"], 0) + request.shares.get(one["from"], 0)
    colours = sorted(shares, key=lambda colour: -shares[colour])
    return _answer(data, request, (), {"colors": colours, "mapping": mapping})


def _hex(value: Any) -> str:
    match = _COLOUR.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"#{match[1].lower()}" if match else ""


def _user(data: dict[str, Any], _asked: Asked) -> Answer:
    amount = data.get("credits")
    if not isinstance(amount, (int, float)) or isinstance(amount, bool) or not math.isfinite(amount):
        raise _Lacks("the balance")
    return Answer(0, (), "", {**_flat(data), "credits": int(amount)})


def _styles(data: dict[str, Any], _asked: Asked) -> Answer:
    """{"styles": plain data of each with its `id`, "odd": how many items are no styles}."""
    items = next((data[name] for name in ("styles", "data") if isinstance(data.get(name), list)), None)
    if items is None:
        raise _Lacks("the styles")
    styles = [{**_flat(item), "id": _name(_own_id(item))} for item in items if _name(_own_id(item))]
    return Answer(0, (), "", {"styles": styles, "odd": len(items) - len(styles)})


def _models(data: dict[str, Any], _asked: Asked) -> Answer:
    """{"models": id, name and price as it was told of each}; what is no model is left out."""
    items = next((data[name] for name in ("data", "models") if isinstance(data.get(name), list)), None)
    if items is None:
        raise _Lacks("the models")
    rows = [item for item in items if isinstance(item, dict) and _name(item.get("id"))]
    models = [{"id": _name(row["id"]), "name": text(row.get("name")), "usd": _usd(row.get("pricing"))} for row in rows]
    return Answer(0, (), "", {"models": models})


def _usd(pricing: Any) -> str:
    value = pricing.get("image") if isinstance(pricing, dict) else None
    return _name(str(value)) if isinstance(value, (str, int, float)) else ""


def _own_id(item: Any) -> Any:
    return (item.get("id") or item.get("style_id")) if isinstance(item, dict) else None


_READERS: dict[str, Callable[[dict[str, Any], Asked], Answer]] = {
    "images": _pictures("data", "image"),
    "image": _pictures("image", "data"),
    "style": _style,
    "prompt": _prompt,
    "colours": _colours,
    "user": _user,
    "styles": _styles,
    "models": _models,
    "nothing": lambda _data, _asked: Answer(0),
}


# --- what nobody may read -------------------------------------------------------------------------------------------


def uncharged(error: RecraftError, remedy: str = "On this computer it is free: try again.") -> RecraftError:
    """The same trouble where nothing is paid: no word of balances and charges."""
    if error.charged:
        error.charged, error.remedy = False, remedy
        error.args = (f"{error.what} {error.remedy}",)
    return error


def without(error: RecraftError, secrets: tuple[str, ...]) -> RecraftError:
    """The error without the key, which a service may say back to us."""
    texts = {name: value for name, value in vars(error).items() if isinstance(value, str)}
    vars(error).update({name: redaction.redact_known(value, secrets) for name, value in texts.items()})
    error.args = (f"{error.what} {error.remedy}",)
    return error


def hushed(answer: Answer, secrets: tuple[str, ...]) -> Answer:
    """The answer without the key. Addresses are needed to the letter; one that holds it is not opened."""

    def clean(value: Any) -> Any:
        if isinstance(value, list):
            return [clean(one) for one in value]
        if isinstance(value, dict):
            return {clean(name): clean(one) for name, one in value.items()}
        return redaction.redact_known(value, secrets) if isinstance(value, str) else value

    names = ("image_id", "revised_prompt", "trouble")
    pictures = tuple(replace(one, **{name: clean(getattr(one, name)) for name in names}) for one in answer.pictures)
    return replace(answer, pictures=pictures, request_id=clean(answer.request_id), body=clean(dict(answer.body)))
