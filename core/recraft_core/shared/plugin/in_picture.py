"""The history that travels in a picture's own file: small pictures, prompts and ids of the results placed in it.

Kept as one text (JSON). Whoever opens the picture elsewhere sees what was made; nothing in it is trusted: a file may
have been written by anybody.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

MOST, MOST_BYTES, _ROOM = 100, 64 << 10, 2 << 20  # results, bytes of one small picture, and characters of all of it
# What is kept of an entry: name and type.
_TOLD = {
    "entry": str, "index": int, "operation": str, "prompt": str, "model": str, "created": float, "units": int,
    "offline": bool, "document": str,
}  # fmt: skip
_LONGEST = 2000


def with_result(old: str, entry: Mapping[str, Any], index: int, picture: bytes) -> str:
    """The text with one result more; `picture` is a small picture as a file (PNG, JPEG, WebP). The oldest go first."""
    rows = [one for one in _rows(old) if (one["entry"], one["index"]) != (entry["entry"], index)]
    facts = {name: kind(entry.get(name) or kind()) for name, kind in _TOLD.items() if name != "index"}
    facts = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in facts.items()}
    facts.update(index=index, picture=base64.b64encode(picture[:MOST_BYTES]).decode("ascii"))
    rows = [*rows, facts][-MOST:]
    while len(rows) > 1 and len(json.dumps(rows)) > _ROOM:
        rows.pop(0)
    return json.dumps(rows)


def entries_of(text: str) -> list[dict[str, Any]]:
    """What is kept in it, newest first, as entries of the strip, each once: all that is here of them is "small"."""
    by_id: dict[str, dict[str, Any]] = {}
    here = {"pictures": 1, "here": 0, "at_risk": 0, "starred": False, "canvas": None, "place": None, "outcome": "done"}
    for row in reversed(_rows(text)):
        small = base64.b64decode(row.pop("picture"))
        by_id.setdefault(row["entry"], {**row, **here, "small": small, "image_ids": []})
    return list(by_id.values())


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        rows = json.loads(text) if len(text) <= 2 * _ROOM else []
    except (ValueError, RecursionError):
        return []
    return [row for row in _read(rows if isinstance(rows, list) else ()) if row is not None][-MOST:]


def _read(rows: Iterable[Any]) -> Iterable[dict[str, Any] | None]:
    for row in rows:
        yield _sound(row) if isinstance(row, dict) else None


def _sound(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row with exactly what it should have; None when something is missing or of another type."""
    out: dict[str, Any] = {}
    for name, kind in _TOLD.items():
        value = row.get(name)
        fits = isinstance(value, (int, float)) if kind is float else isinstance(value, kind)
        if not fits or (isinstance(value, str) and len(value) > _LONGEST):
            return None
        out[name] = value
    picture = row.get("picture")
    if not isinstance(picture, str) or len(picture) > 2 * MOST_BYTES or not 0 <= out["index"] < 64:
        return None
    try:
        base64.b64decode(picture, validate=True)
    except ValueError:
        return None
    return {**out, "picture": picture}
