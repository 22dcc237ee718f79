"""Which rows a docker shows at which height and width, and which chips: arithmetic, without a toolkit.

Heights and widths are those inside the docker, without its title, in px of a screen whose text lines are LINE px high.
A host scales its own by its font.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..operations import OPERATIONS
from .verbs import DockerVerb

LINE = 15
LEAST = (231, 158)  # the smallest docker: verbs, prompt, button and one row of results
BALANCE_FROM, WIDE_FROM = 320, 520


class Rows(NamedTuple):
    """What is shown. `prompt` is the most lines of the prompt, 0 for as many as were set by hand.

    `chips` is False where they stand behind one button in the row of verbs; `note` the lines of news. `captions` is
    "group" (one above each), "first" (of the first in sight) or ""; `strip` is "grid" or "film" (one row that scrolls
    sideways), `tile` the least px of its tiles. `covers` says that news take the strip's place for a while.
    """

    prompt: int
    chips: bool
    note: int
    captions: str
    strip: str
    tile: int
    covers: bool = False


_CLASSES = (
    (393, Rows(0, True, 3, "group", "grid", 84)),
    (303, Rows(2, True, 2, "group", "grid", 84)),
    (213, Rows(2, True, 1, "first", "film", 52)),
    (0, Rows(2, False, 2, "", "film", 44, True)),
)


def rows(height: float) -> Rows:
    """The rows of a docker that is `height` px high."""
    return next(layout for least, layout in _CLASSES if height >= least)


def tile_side(room: float, least: int, most: int, gap: int) -> int:
    """The side of the tiles that fill a row of `room` px evenly, `least` to `most` px with `gap` px after each."""
    columns = max(1, int(room // (least + gap)))
    return int(max(least, min(most, room / columns - gap)))


def fitting(widths: Sequence[float], room: float, gap: float, more: float) -> int:
    """How many of the widgets fit from the left; `more` px are kept free for the button that holds the others."""
    used = 0.0
    for count, width in enumerate(widths):
        used += width + gap
        if used + more > room:
            return count
    return len(widths)


def verbs_in_sight(widths: Sequence[float], chosen: int, room: float, gap: float) -> list[int]:
    """Which of the verbs stand in the row: as many as fit from the left, and always the chosen one."""
    for count in range(len(widths), 0, -1):
        shown = list(range(count))
        if chosen not in shown:
            shown[-1] = chosen
        if sum(widths[at] for at in shown) + gap * len(shown) <= room:
            return shown
    return [chosen]


def chips(verb: DockerVerb, model: str = "") -> tuple[str, ...]:
    """The names of a verb's chips, in their order: what it cannot do without, what is made, what the verb adds."""
    takes = {option.name for option in verb.options(model)}
    if verb.operation == "create_style":
        return ()  # it has a panel of its own
    names = [name for name, there in (
        ("edges", verb.row.shape == "frame"),
        ("model", len(verb.models) > 1),
        ("style", "style" in takes),
        ("size", "size" in takes and verb.row.shape == "new"),
        ("n", "n" in takes),
        ("placement", verb.operation != "explore"),
        ("strength", "strength" in takes),
        ("words", "text_layout" in takes),
    ) if there]  # fmt: skip
    return tuple(names)


def behind(verb: DockerVerb, model: str = "") -> tuple[str, ...]:
    """The options that have no chip of their own: they stand behind the plus."""
    if verb.operation == "create_style":
        return ()
    mine = set(chips(verb, model)) | {"model"}
    return tuple(option.name for option in verb.fields(model) if option.name not in mine)


def does(verb: DockerVerb) -> str:
    """One sentence of what will happen, for the place of a prompt."""
    return OPERATIONS[verb.operation].help if not verb.prompted else ""
