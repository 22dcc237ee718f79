"""One value of a request against its row in the contract: type, range, choices, colours, words.

A form can only send text, so a `FormText` is read as the number or yes/no the row asks for; JSON values must have
the right type themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from recraft_core.shared.contract import Parameter, limits

from .forms import FormText
from .rules import Refusal

# Python's digits include those of other scripts; a form's do not.
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SIZE = re.compile(r"\d{1,5}[x:]\d{1,5}", re.ASCII)
_SLACK = 1e-9  # weights such as 0.1 + 0.2 + 0.7 add up to a hair more than 1


def read(row: Parameter, value: Any) -> Any:
    """The value as its kind, within its bounds. Raises `Refusal` naming the rule."""
    return _KINDS[row.kind](row.name, value, row)


def integer(name: str, value: Any, row: Parameter | None = None) -> int:
    """A whole number within the row's bounds."""
    if isinstance(value, FormText) and _INTEGER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal("type", name=name, wanted="an integer", value=_told(value))
    return int(_bounded(name, value, row))


def number(name: str, value: Any, row: Parameter | None = None) -> float:
    """A finite number within the row's bounds."""
    if isinstance(value, FormText) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _finite(value):
        raise Refusal("type", name=name, wanted="a number", value=_told(value))
    return float(_bounded(name, value, row))


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON writes whole numbers of any length
        return False


def _bounded(name: str, value: float, row: Parameter | None) -> float:
    low = -math.inf if row is None or row.low is None else row.low
    high = math.inf if row is None or row.high is None else row.high
    excluded = row is not None and row.high_excluded
    if not low <= value <= high or (excluded and value == high):
        bounds = f"[{_plain(low)}, {_plain(high)}{')' if excluded else ']'}"
        raise Refusal("range", name=name, bounds=bounds, value=value)
    return value


def _plain(bound: float) -> str:
    return str(int(bound)) if math.isfinite(bound) and bound == int(bound) else str(bound)


def yes_no(name: str, value: Any, _row: Parameter | None = None) -> bool:
    """A boolean; in a form the words true and false."""
    if isinstance(value, FormText) and value in ("true", "false"):
        return value == "true"
    if not isinstance(value, bool):
        raise Refusal("type", name=name, wanted="true or false", value=_told(value))
    return value


def text(name: str, value: Any, row: Parameter | None = None) -> str:
    """Text; with bounds, of so many characters."""
    if not isinstance(value, str):
        raise Refusal("type", name=name, wanted="a string", value=_told(value))
    low = int(row.low or 0) if row else 0
    high = row.high if row else None
    if len(value) < low or (high is not None and len(value) > high):
        raise Refusal("prompt_length", low=low, high=int(high or 0))
    return str(value)


def choice(name: str, value: Any, row: Parameter) -> str:
    """One of the row's words, spelled exactly so."""
    if text(name, value) not in row.choices:
        raise Refusal("choice", name=name, choices=row.choices, value=value)
    return str(value)


def uuid(name: str, value: Any, _row: Parameter | None = None) -> str:
    """An identifier as 8-4-4-4-12 hexadecimal digits, in lower case."""
    try:
        parsed = str(UUID(text(name, value)))
    except ValueError:
        parsed = ""
    if parsed != str(value).lower():
        raise Refusal("type", name=name, wanted="a UUID", value=_told(value))
    return parsed


def size(name: str, value: Any, _row: Parameter | None = None) -> str:
    """WxH or w:h; whether the model has that size is checked with the model."""
    if not _SIZE.fullmatch(text(name, value)):
        raise Refusal("size_form", name=name, value=value)
    return str(value)


def many(name: str, value: Any) -> list[Any]:
    """A list; a single form value stands for a list of one."""
    if isinstance(value, FormText):
        return [value]
    if not isinstance(value, list):
        raise Refusal("type", name=name, wanted="an array", value=_told(value))
    return value


def record(name: str, value: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """An object with known names only; null counts as not given."""
    if not isinstance(value, dict):
        raise Refusal("type", name=name, wanted="an object", value=_told(value))
    for key in value:
        if key not in fields:
            raise Refusal("unknown_field", name=f"{name}.{key}", endpoint=name)
    return {key: item for key, item in value.items() if item is not None}


def numbers(name: str, value: Any, _row: Parameter | None = None) -> list[float]:
    """A list of finite numbers."""
    return [number(f"{name}[{index}]", item) for index, item in enumerate(many(name, value))]


def uuids(name: str, value: Any, _row: Parameter | None = None) -> list[str]:
    """A list of identifiers."""
    return [uuid(f"{name}[{index}]", item) for index, item in enumerate(many(name, value))]


def colour(name: str, value: Any) -> dict[str, Any]:
    """{"rgb": three integers 0..255, "weight": 0..1 or left out}. Page "Endpoints", Colors."""
    fields = record(name, value, ("rgb", "weight", "std"))
    if "rgb" not in fields:
        raise Refusal("required", name=f"{name}.rgb")
    channels = fields["rgb"]
    if not isinstance(channels, list) or len(channels) != 3:
        raise Refusal("rgb", name=f"{name}.rgb", value=_told(channels))
    try:
        rgb = tuple(integer(name, channel, _CHANNEL) for channel in channels)
    except Refusal:
        raise Refusal("rgb", name=f"{name}.rgb", value=_told(channels)) from None
    if "std" in fields:  # of the OpenAPI document only; checked, without effect
        numbers(f"{name}.std", fields["std"])
    weight = {"weight": number(f"{name}.weight", fields["weight"], _WEIGHT)} if "weight" in fields else {}
    return {"rgb": rgb, **weight}


_HEX = re.compile(r"#?[0-9a-fA-F]{6}", re.ASCII)
_HEX_WEIGHT = Parameter("weight", "number", low=0)
_CHANNEL = Parameter("rgb", "integer", low=0, high=255)
_WEIGHT = Parameter("weight", "number", low=0, high=1)
_LEVEL = Parameter("artistic_level", "integer", low=0, high=limits.MAX_ARTISTIC_LEVEL)


def controls(name: str, value: Any, _row: Parameter | None = None) -> dict[str, Any]:
    """The four controls, each checked. Page "Endpoints", Controls."""
    fields = record(name, value, ("colors", "background_color", "artistic_level", "no_text"))
    out: dict[str, Any] = {}
    if "colors" in fields:
        rows = enumerate(many(f"{name}.colors", fields["colors"]))
        out["colors"] = [colour(f"{name}.colors[{index}]", item) for index, item in rows]
        total = sum(item.get("weight", 0.0) for item in out["colors"])
        if total > 1.0 + _SLACK:
            raise Refusal("weights_sum", name=f"{name}.colors", value=f"{total:g}")
    if "background_color" in fields:
        out["background_color"] = colour(f"{name}.background_color", fields["background_color"])
    if "artistic_level" in fields:
        out["artistic_level"] = integer(f"{name}.artistic_level", fields["artistic_level"], _LEVEL)
    if "no_text" in fields:
        out["no_text"] = yes_no(f"{name}.no_text", fields["no_text"])
    return out


def palette(name: str, value: Any, _row: Parameter | None = None) -> list[tuple[int, int, int]]:
    """Colours as [[r, g, b], …], integers 0..255. OpenAPI document, VectorizeImageRequest."""
    colours = [colour(f"{name}[{at}]", {"rgb": item})["rgb"] for at, item in enumerate(many(name, value))]
    return [(int(red), int(green), int(blue)) for red, green, blue in colours]


def hexes(name: str, value: Any, row: Parameter) -> list[tuple[tuple[int, int, int], float]]:
    """Colours as [{"hex": "#rrggbb", "weight": 0 or more}], a weight of 1 where none is given. OpenAPI document."""
    items = many(name, value)
    if not 1 <= len(items) <= int(row.high or 0):
        raise Refusal("hex_count", name=name, limit=int(row.high or 0), value=len(items))
    return [_hex(f"{name}[{index}]", item) for index, item in enumerate(items)]


def _hex(name: str, value: Any) -> tuple[tuple[int, int, int], float]:
    fields = record(name, value, ("hex", "weight"))
    code = text(f"{name}.hex", fields.get("hex", ""))
    if not _HEX.fullmatch(code):
        raise Refusal("hex", name=f"{name}.hex", value=_told(code))
    red, green, blue = bytes.fromhex(code[-6:])
    return (red, green, blue), number(f"{name}.weight", fields.get("weight", 1), _HEX_WEIGHT)


def words(name: str, value: Any, _row: Parameter | None = None) -> list[dict[str, Any]]:
    """Text layout: [{"text": one word, "bbox": four points}]. Page "Endpoints", Text Layout."""
    return [_word(f"{name}[{index}]", item) for index, item in enumerate(many(name, value))]


def _word(name: str, value: Any) -> dict[str, Any]:
    fields = record(name, value, ("text", "bbox"))
    for field in ("text", "bbox"):
        if field not in fields:
            raise Refusal("required", name=f"{name}.{field}")
    word = text(f"{name}.text", fields["text"])
    if not word or word.split() != [word]:
        raise Refusal("word", name=f"{name}.text", value=word)
    # The page lists capitals but writes "Recraft" in its example: letters count as their capitals (assumed).
    for character in word:
        if not _lettered(character):
            raise Refusal("word_character", name=f"{name}.text", value=word, character=character)
    return {"text": word, "bbox": _box(f"{name}.bbox", fields["bbox"])}


def _lettered(character: str) -> bool:
    """Listed, or the small letter of a listed capital; a dotless i is not the small letter of I."""
    capital = character.upper()
    listed = limits.WORD_CHARACTERS
    return character in listed or (capital in listed and capital.lower() == character)


def _box(name: str, value: Any) -> list[list[float]]:
    points = value if isinstance(value, list) else []
    if len(points) != limits.BOX_POINTS or not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise Refusal("bbox", name=name, value=_told(value))
    try:
        return [[number(name, coordinate) for coordinate in point] for point in points]
    except Refusal:
        raise Refusal("bbox", name=name, value=_told(value)) from None


def _told(value: Any) -> str:
    if value is None:
        return "null"
    return f"'{value}'" if isinstance(value, str) else str(value)


_KINDS: dict[str, Callable[..., Any]] = {
    "integer": integer,
    "number": number,
    "boolean": yes_no,
    "text": text,
    "prompt": text,
    "choice": choice,
    "uuid": uuid,
    "size": size,
    "style": text,
    "model": text,
    "numbers": numbers,
    "uuids": uuids,
    "controls": controls,
    "words": words,
    "palette": palette,
    "hexes": hexes,
    "any": lambda _name, value, _row: value,
}
