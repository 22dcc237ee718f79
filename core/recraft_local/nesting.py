"""Nested values out of flat form keys: `controls[colors][][rgb][]` and `text_layout[0][bbox][1][0]`.

How the service reads such keys is not documented. Both spellings clients emit are taken: `[]` repeated (as the
OpenAI Python library writes lists; values of several colours arrive under one key and are regrouped by what a colour
and a box hold) and numeric indexes. Anything that cannot be told apart is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .rules import Refusal

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


@dataclass(frozen=True)
class Plain:
    """One value."""


@dataclass(frozen=True)
class Many:
    """A list; `count` is how many items it always has, 0 when that differs."""

    item: Plain | Many | Record = field(default_factory=Plain)
    count: int = 0


@dataclass(frozen=True)
class Record:
    """Named values."""

    fields: dict[str, Plain | Many | Record]


Shape = Plain | Many | Record

_COLOUR: Shape = Record({"rgb": Many(count=3), "weight": Plain(), "std": Many(count=3)})
_PALETTE: dict[str, Shape] = {"colors": Many(_COLOUR), "background_color": _COLOUR}
SHAPES: dict[str, Shape] = {
    "controls": Record({**_PALETTE, "artistic_level": Plain(), "no_text": Plain()}),
    "text_layout": Many(Record({"text": Plain(), "bbox": Many(Many(count=2), count=4)})),
    "image_weights": Many(),
    "source_styles": Many(),
    "source_style_weights": Many(),
    "image_urls": Many(),
    "palette": Record(_PALETTE),
    "strict_color_palette": Many(Many(count=3)),
}

Tree = dict[str, Any]
_MOST_STEPS = 8  # text_layout[0][bbox][3][1] has five


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Form fields in the order they came, as nested values (texts at the ends). Raises `Refusal`."""
    tree: Tree = {}
    for key, value in pairs:
        _insert(tree, key, value)
    return {name: _one(name, branch, SHAPES.get(name, Plain())) for name, branch in tree.items()}


def _insert(tree: Tree, key: str, value: str) -> None:
    match = _KEY.fullmatch(key)
    if match is None:
        raise Refusal("body_malformed", why=f"the field name '{key}' has unpaired brackets")
    steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(steps) > _MOST_STEPS:
        raise Refusal("body_malformed", why=f"the field {match[1]} nests too deeply")
    for step in steps[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise Refusal("twice", name=match[1])
    leaf = tree.setdefault(steps[-1], [])
    if not isinstance(leaf, list):
        raise Refusal("twice", name=match[1])
    leaf.append(value)


def _one(name: str, tree: Any, shape: Shape) -> Any:
    """The single value of `shape` that a branch holds."""
    if isinstance(tree, list):
        return _leaves(name, tree, shape)
    if isinstance(shape, Record):
        return {key: _one(f"{name}.{key}", sub, shape.fields.get(key, Plain())) for key, sub in tree.items()}
    if isinstance(shape, Many):
        return _items(name, tree, shape)
    # Brackets where one value belongs: handed on as they are, the check of the value names what is wrong.
    return tree


def _leaves(name: str, values: list[str], shape: Shape) -> Any:
    if len(values) == 1:
        return values[0]
    if isinstance(shape, Many) and isinstance(shape.item, Plain):
        return values
    raise Refusal("twice", name=name)


def _items(name: str, tree: Tree, shape: Many) -> list[Any]:
    if "" in tree and len(tree) > 1:
        raise Refusal("unpaired", name=name, why="[] and numbered items are mixed")
    if "" in tree:
        return _split(name, tree[""], shape.item)
    return [_one(f"{name}[{index}]", tree[index], shape.item) for index in _numbered(name, tree)]


def _numbered(name: str, tree: Tree) -> list[str]:
    if not all(key.isdecimal() for key in tree):
        raise Refusal("unpaired", name=name, why="its items must be numbered or written []")
    return sorted(tree, key=int)


def _split(name: str, tree: Any, shape: Shape) -> list[Any]:
    """All values of `shape` that a repeated branch holds, in order."""
    if isinstance(shape, Plain):
        return tree if isinstance(tree, list) else [tree]
    if isinstance(tree, list):
        return tree
    if isinstance(shape, Record):
        return _records(name, tree, shape)
    if "" in tree:
        return _chunks(_split(name, tree[""], shape.item), shape.count)
    columns = [_split(name, tree[index], shape.item) for index in _numbered(name, tree)]
    if len({len(column) for column in columns}) != 1:
        raise Refusal("unpaired", name=name, why="its items differ in length")
    return [list(row) for row in zip(*columns, strict=True)]


def _records(name: str, tree: Tree, shape: Record) -> list[dict[str, Any]]:
    columns = {key: _split(f"{name}.{key}", sub, shape.fields.get(key, Plain())) for key, sub in tree.items()}
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        counts = " and ".join(f"{count} × {key}" for key, count in lengths.items())
        raise Refusal("unpaired", name=name, why=f"there are {counts}")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _chunks(values: list[Any], count: int) -> list[Any]:
    # A last chunk that is too short stays short: the check of the colour or box then says so.
    if not count:
        return [values]
    return [values[start : start + count] for start in range(0, len(values), count)]
