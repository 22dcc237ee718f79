"""Generate: from a prompt and its controls to a finished drawing, as pixels or as SVG."""

from __future__ import annotations

from dataclasses import dataclass

from . import finish, pixelart, raster, svg
from .chance import dice_for
from .colours import RGB
from .compose import compose
from .label import mark, mark_shapes
from .raster import Pixels
from .scene import Colours, Lettering, Scene, read
from .shapes import Page

_HAZE = {"photo": 0.0034, "clay": 0.0026, "glow": 0.0022}  # how soft the far scenery is, page units

# aspect | words that ask for it
_SHAPES = """
16:9 | banner header cover hero wallpaper desktop youtube thumbnail cinematic film movie presentation slide
2:1 | panorama panoramic wide ultrawide skyline horizon
9:16 | story stories reel phone mobile smartphone vertical tiktok
2:3 | poster flyer book_cover magazine full-body full_body standing fashion dress bottle tower
2:3 | lighthouse skyscraper waterfall
3:4 | portrait headshot card postcard_portrait character
3:2 | landscape scenery seascape cityscape mountains photograph street car train beach valley
1:1 | logo icon emblem badge sticker avatar pattern seamless tile profile square stamp
"""


@dataclass(frozen=True)
class Drawing:
    """A finished drawing: pixels (height, width, 3) uint8, or SVG text; the other one is None."""

    pixels: Pixels | None = None
    svg: str | None = None


def generate(prompt: str, *, width: int, height: int, vector: bool, style: str | None, negative_prompt: str = "",
             colors: Colours = (), background: RGB | None = None, text_layout: Lettering = (),
             artistic_level: int | None = None, no_text: bool = False, seed: int) -> Drawing:  # fmt: skip
    """Draw a prompt at width × height px, marked "sketch".

    `colors` are (rgb, weight 0..1 or None) the palette is pulled to; `background` asks for a plain ground of that
    colour; `text_layout` holds (word, four relative corners from the top left clockwise); `artistic_level` is
    0 still .. 5 lively. The same arguments always give the same drawing.
    """
    scene = read(prompt, style=style, vector=vector, negative_prompt=negative_prompt, colours=colors,
                 background=background, text_layout=text_layout, artistic_level=artistic_level, no_text=no_text,
                 layout_seed=f"{prompt} {seed}", palette_seed=f"{prompt} {seed}")  # fmt: skip
    return render(scene, width, height, vector, seed)


def similar(prompt: str, *, similarity: int, original_seed: int, seed: int, width: int, height: int, vector: bool,
            style: str | None, negative_prompt: str = "", colors: Colours = (), background: RGB | None = None,
            text_layout: Lettering = (), artistic_level: int | None = None,
            no_text: bool = False) -> Drawing:  # fmt: skip
    """A relative of `generate(prompt, seed=original_seed, ...)`.

    `similarity` 5 keeps the composition and turns its colours a little; each step down turns them more; from 3 on
    the arrangement is new, from 1 on the palette and the hour too.
    """
    loose = 5 - max(1, min(5, similarity))
    first, fresh = f"{prompt} {original_seed}", f"{prompt} {original_seed} {seed}"
    turn = dice_for(f"hue {fresh}").choice((-1, 1)) * (4 + 5 * loose)
    scene = read(prompt, style=style, vector=vector, negative_prompt=negative_prompt, colours=colors,
                 background=background, text_layout=text_layout, artistic_level=artistic_level, no_text=no_text,
                 layout_seed=fresh if loose >= 2 else first, palette_seed=fresh if loose >= 3 else first,
                 hue_shift=0.0 if colors else turn)  # fmt: skip
    return render(scene, width, height, vector, seed)


def backdrop(prompt: str, *, width: int, height: int, style: str | None, colors: Colours = (),
             background: RGB | None = None, seed: int) -> Pixels:  # fmt: skip
    """The scenery of a prompt without its subjects and without the mark, (height, width, 3) uint8."""
    name = f"{prompt} {seed}"
    scene = read(
        prompt, style=style, vector=False, colours=colors, background=background, layout_seed=name, palette_seed=name
    )
    return paint(scene, width, height, seed, subjects=False)


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
    pixels = raster.paint(shapes, page, width, height, haze=_HAZE.get(kind, 0.0))
    return finish.FINISHES[kind](pixels, seed) if kind in finish.FINISHES else pixels


def auto_size(prompt: str) -> str:
    """Aspect "w:h" that suits a prompt: the first shape any of its words asks for, else 1:1."""
    low = f" {prompt.lower().replace(',', ' ').replace('.', ' ')} "
    for row in _SHAPES.strip().splitlines():
        aspect, words = (cell.strip() for cell in row.split("|"))
        if any(f" {word.replace('_', ' ')} " in low for word in words.split()):
            return aspect
    return "1:1"
