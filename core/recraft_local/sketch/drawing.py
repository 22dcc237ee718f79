"""Generate: from a prompt and its controls to a finished drawing, as pixels or as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import finish, painter, pixelart, svg
from .compose import compose
from .label import mark, mark_shapes
from .painter import Pixels
from .reading import understand
from .scene import Scene, dice_for, read
from .shapes import Page
from .styles import families, family_for
from .vocabulary import table

_HAZE = {"photo": 0.0034, "glow": 0.0022}  # how soft the far scenery is, page units
# What explore changes from picture to picture: another light, or another medium. The first is the prompt as it stands.
_MOODS = (("", ""), ("at night", ""), ("", "watercolor"), ("in the morning fog", ""), ("", "linocut"),
          ("at sunset", ""), ("", "pencil sketch"), ("in winter", ""))  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """A finished drawing: pixels (height, width, 3) uint8, or SVG text; the other one is None."""

    pixels: Pixels | None = None
    svg: str | None = None


def generate(prompt: str, *, width: int, height: int, vector: bool, seed: int, **wishes: Any) -> Drawing:
    """Draw a prompt at width × height px, marked "sketch".

    Wishes, as `scene.read` takes them: `style`, `negative_prompt`; `colors` are (rgb, weight 0..1 or None) the palette
    is pulled to; `background` asks for a plain ground of that colour; `text_layout` holds (word, four relative corners
    from the top left clockwise); `artistic_level` is 0 still .. 5 lively; `no_text`. The same arguments always give the
    same drawing.
    """
    return render(_read(prompt, seed, vector=vector, **wishes), width, height, vector, seed)


def similar(prompt: str, *, similarity: int, original_seed: int, seed: int, width: int, height: int, vector: bool,
            colors: Any = (), **wishes: Any) -> Drawing:  # fmt: skip
    """A relative of `generate(prompt, seed=original_seed, ...)`, with the same wishes.

    `similarity` 5 keeps the composition and turns its colours a little; each step down turns them more; from 3 on
    the arrangement is new, from 2 on the palette and the hour too.
    """
    loose = 5 - max(1, min(5, similarity))
    first, fresh = f"{prompt} {original_seed}", f"{prompt} {original_seed} {seed}"
    turn = dice_for(f"hue {fresh}").choice((-1, 1)) * (4 + 5 * loose)
    scene = read(prompt, vector=vector, colors=colors, layout_seed=fresh if loose >= 2 else first,
                 palette_seed=fresh if loose >= 3 else first, hue_shift=0.0 if colors else turn, **wishes)  # fmt: skip
    return render(scene, width, height, vector, seed)


def backdrop(prompt: str, *, width: int, height: int, seed: int, **wishes: Any) -> Pixels:
    """The scenery of a prompt without its subjects and without the mark, (height, width, 3) uint8."""
    return paint(_read(prompt, seed, vector=False, **wishes), width, height, seed, subjects=False)


def mood(prompt: str, number: int, *, vector: bool) -> str:
    """The prompt as picture `number` (0, 1 …) of explore takes it; light and medium that the prompt names stay."""
    light, medium = _MOODS[number % len(_MOODS)]
    open_light = not understand(prompt).moods.keys() & {"time", "weather", "season"}
    open_medium = family_for(None, prompt, vector) is families()["flat" if vector else "illustration"]
    more = (light if open_light else "") or (medium if open_medium else "")
    return f"{prompt}, {more}" if more else prompt


def _read(prompt: str, seed: int, **wishes: Any) -> Scene:
    return read(prompt, layout_seed=f"{prompt} {seed}", palette_seed=f"{prompt} {seed}", **wishes)


def render(scene: Scene, width: int, height: int, vector: bool, seed: int) -> Drawing:
    """A scene as a marked drawing."""
    page = Page.of(width, height)
    if not vector:
        return Drawing(pixels=mark(paint(scene, width, height, seed)))
    shapes = compose(scene, page)
    if scene.family.finish == "pixel":
        shapes = pixelart.shapes(shapes, page)
    return Drawing(svg=svg.write([*shapes, *mark_shapes(page)], page, width, height))


def paint(scene: Scene, width: int, height: int, seed: int, *, subjects: bool = True) -> Pixels:
    """A scene as pixels with the finish of its style, unmarked."""
    page = Page.of(width, height)
    shapes = compose(scene, page, subjects=subjects)
    kind = scene.family.finish
    if kind == "pixel":
        return pixelart.enlarge(pixelart.grid(shapes, page), width, height)
    pixels = painter.paint(shapes, page, width, height, haze=_HAZE.get(kind, 0.0))
    return finish.FINISHES[kind](pixels, seed) if kind in finish.FINISHES else pixels


def auto_size(prompt: str) -> str:
    """Aspect "w:h" that suits a prompt: the first shape any of its words asks for, else 1:1."""
    low = f" {prompt.lower().replace(',', ' ').replace('.', ' ')} "
    for aspect, words in table("sizes").items():
        if any(f" {word.replace('_', ' ')} " in low for word in words.split()):
            return aspect
    return "1:1"
