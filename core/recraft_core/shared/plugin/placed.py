"""Which results lie in a document: marks that a note of it holds, {entry: {index of its picture: layer}}."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

_MOST = 200  # entries that are marked


def marks_of(note: str) -> dict[str, dict[str, str]]:
    """What a note holds, as every version has kept it; a layer is "" where its id is not known."""
    try:
        marks = json.loads(note or "{}")
    except ValueError:
        return {}
    if isinstance(marks, list):  # as it was kept before the layers' ids were
        marks = dict.fromkeys(marks, "")
    # As it was kept before the pictures' numbers were.
    return {entry: one if isinstance(one, dict) else {"0": one} for entry, one in dict(marks).items()}


def with_marks(note: str, entries: Iterable[str], index: int, layer: str) -> str:
    """The note with picture `index` of those entries lying in `layer`; the oldest go first."""
    marks = marks_of(note)
    for entry in entries:
        marks[entry] = {**marks.pop(entry, {}), str(index): layer}
    return json.dumps(dict(list(marks.items())[-_MOST:]))


def still_there(
    marks: Mapping[str, Mapping[str, str]], layers: Collection[str], others: Mapping[str, set[str]]
) -> set[tuple[str, int]]:
    """(entry, index of its picture) of what still lies in a document of those `layers`.

    A layer that is gone while nothing new has come was undone or deleted; where something new has come it may have
    been merged. `others` are the other layers there were when an entry was placed, where that is known.
    """
    there = set(layers)
    return {
        (entry, int(index))
        for entry, known in marks.items()
        for index, layer in known.items()
        if not layer or layer in there or there - others.get(entry, there)
    }
