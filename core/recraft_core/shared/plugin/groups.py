"""The strip of results: which are shown, and in which groups. Entries are as the worker's history tells them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..i18n import tr
from ..operations import OPERATIONS

if TYPE_CHECKING:  # Python 3.8 cannot work it out
    Entry = Mapping[str, Any]


_SAME = ("operation", "prompt", "model", "place", "canvas", "document")


@dataclass(frozen=True)
class Group:
    """The results of one idea, newest first: each is (entry, index of its picture)."""

    key: str
    tiles: tuple[tuple[Entry, int], ...]

    @property
    def first(self) -> Entry:
        """Its newest entry."""
        return self.tiles[0][0]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its entries, each once."""
        by_id = {str(entry["entry"]): entry for entry, _ in self.tiles}
        return tuple(by_id.values())

    @property
    def units(self) -> int:
        """What all of it has cost."""
        return sum(int(entry.get("units") or 0) for entry in self.entries)

    @property
    def in_doubt(self) -> bool:
        """True when something of it may have been charged without an answer."""
        return any(entry.get("at_risk") and not entry.get("pictures") for entry in self.entries)


def verb_of(entry: Entry) -> str:
    """What an entry's operation does, in the user's language; one of another version by its own name."""
    known = OPERATIONS.get(entry["operation"])
    return tr(known.verb) if known is not None else str(entry["operation"])


def group_key(entry: Entry) -> str:
    """What the results of one request have in common, whatever their seeds."""
    return json.dumps([entry.get(name) for name in _SAME], default=str)


def grouped(entries: Iterable[Entry]) -> list[Group]:
    """The entries, newest first, in groups: a group stands where its newest result would."""
    by_key: dict[str, list[tuple[Entry, int]]] = {}
    for entry in entries:
        tiles = by_key.setdefault(group_key(entry), [])
        tiles += [(entry, index) for index in range(max(1, int(entry.get("pictures") or 0)))]
    return [Group(key, tuple(tiles)) for key, tiles in by_key.items()]


def of_document(
    entries: Iterable[Entry], title: str, placed: Iterable[str] = (), session: Iterable[str] = ()
) -> list[Entry]:
    """Those of one document: made from it (it is known by its name), placed in it, or made in this session from it.

    A document without a name of its own ("" or "untitled") shows only the results of this `session` and those
    `placed` there: others had the same name.
    """
    mine = {*placed, *session}
    named = title not in ("", "untitled")
    return [one for one in entries if one["entry"] in mine or (named and one.get("document") == title)]


def earlier_prompts(
    entries: Iterable[Entry], document: str, *, search: str = "", most: int = 200
) -> dict[str, list[Entry]]:
    """Prompts written before, each once, newest first: "starred", those of "this" picture, and "all" others."""
    out: dict[str, list[Entry]] = {"starred": [], "this": [], "all": []}
    seen: set[str] = set()
    words = search.lower().split()
    for entry in entries:
        prompt = str(entry.get("prompt") or "").strip()
        if not prompt or prompt in seen or not all(word in prompt.lower() for word in words):
            continue
        seen.add(prompt)
        mine = document and entry.get("document") == document
        out["starred" if entry.get("starred") else "this" if mine else "all"].append(entry)
        if len(seen) == most:
            break
    return out
