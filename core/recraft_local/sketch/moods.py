"""Ways to look at one prompt: what explore changes from picture to picture, so that there is something to choose."""

from __future__ import annotations

from .reading import understand
from .styles import FAMILIES, family_for

# One row per picture: another light, or another medium. The first is the prompt as it stands.
_ROWS = (
    ("", ""),
    ("at night", ""),
    ("", "watercolor"),
    ("in the morning fog", ""),
    ("", "linocut"),
    ("at sunset", ""),
    ("", "pencil sketch"),
    ("in winter", ""),
)


def mood(prompt: str, number: int, *, vector: bool) -> str:
    """The prompt as picture `number` (0, 1 …) takes it; light and medium that the prompt names stay."""
    light, medium = _ROWS[number % len(_ROWS)]
    named = understand(prompt).moods
    open_light = not named.keys() & {"time", "weather", "season"}
    open_medium = family_for(None, prompt, vector) is FAMILIES["flat" if vector else "illustration"]
    more = (light if open_light else "") or (medium if open_medium else "")
    return f"{prompt}, {more}" if more else prompt
