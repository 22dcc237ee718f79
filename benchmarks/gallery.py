"""Before and after of every operation, made by the embedded engine and laid out as sheets: docs/gallery.

    python benchmarks/gallery.py [--only erase vectorize] [--save DIR] [--before CHECKOUT]

Every picture goes through `Studio` and HTTP to an engine of its own, as a script's would. `--save` also keeps the
results at full size, to look at closely. With `--before`, the sheets of `COMPARED` show what the engine of an earlier
version made of the same, too, to the left of what it makes now. The captions in docs/gallery.md are written by hand,
after looking.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits on a busy machine

import numpy as np
from PIL import Image
from recraft_core import Studio
from recraft_core.api.client import Client
from recraft_core.operations import NoJournal
from recraft_local.server import serving

ROOT = Path(__file__).resolve().parents[1]
PICTURES, OUT = ROOT / "tests" / "pictures", ROOT / "docs" / "gallery"
CELL, GAP = (330, 220), 6  # px
MOST_BYTES = 112_000  # a sheet; all of them together stay below 4 MB
COMPARED = ("structure", "edges", "gradients", "styles")  # with an earlier version
COMPARED_BYTES = 600_000
LEAST_QUALITY = 62  # of JPEG; a sheet that needs less is scaled down instead
PAPER, DIM, BRIGHT = (255, 255, 255), (236, 236, 236), (206, 206, 206)
SHOWN = ("coffee", "dunes", "kitten", "lake", "otter", "colosseum", "sand", "woodcut")
CALM = ("kitten", "otter", "wren", "coffee", "dunes", "spices", "sand", "woodcut")  # a subject to cut out
BACKDROPS = {
    "kitten": "a sunny meadow with hills", "otter": "snowy mountains at dusk", "wren": "deep blue night sky",
    "coffee": "a beach at sunset", "dunes": "the sea", "spices": "a kitchen table", "sand": "a forest in autumn",
    "woodcut": "pale pink sky",
}  # fmt: skip
REDRAWN = {
    "coffee": "a cup of green tea", "dunes": "snowy mountains at night", "kitten": "an orange cat in the snow",
    "lake": "a lake at sunset", "otter": "a whale in the sea", "spices": "bowls of fruit", "sand": "a girl in a forest",
    "woodcut": "a ship on the sea at night",
}  # fmt: skip
RESTYLED = {
    "lake": ("watercolor", "oil painting"), "otter": ("ukiyo-e", "ink drawing"),
    "kitten": ("pastel", "linocut"), "colosseum": ("pencil drawing", "van gogh"),
}  # fmt: skip
# Holes that cut through structure: picture, centre and radii, across and down, in shares of the sides.
STRUCTURED = (
    ("colosseum", 0.34, 0.50, 0.03, 0.10), ("colosseum", 0.45, 0.72, 0.05, 0.05), ("colosseum", 0.25, 0.45, 0.04, 0.08),
    ("colosseum", 0.61, 0.40, 0.03, 0.10), ("coffee", 0.31, 0.35, 0.05, 0.10), ("coffee", 0.26, 0.84, 0.06, 0.08),
    ("coffee", 0.78, 0.62, 0.05, 0.08), ("lake", 0.40, 0.74, 0.06, 0.05), ("lake", 0.42, 0.36, 0.05, 0.07),
    ("woodcut", 0.30, 0.27, 0.08, 0.05), ("lighthouse", 0.13, 0.30, 0.05, 0.05), ("lighthouse", 0.52, 0.52, 0.06, 0.05),
)  # fmt: skip
HANDS = (
    "watercolor", "oil painting", "ukiyo-e", "ink drawing", "pastel", "linocut", "pencil drawing", "van gogh",
)  # fmt: skip
STRENGTHS = (0.3, 0.6, 0.9)
WORDS = (
    ("a lighthouse on a cliff at sunset", {}),
    ("a red fox in a snowy forest", {"model": "recraftv2", "style": "Watercolor"}),
    ("a sailing boat on a lake with mountains", {"style": "Linocut", "vector": True}),
    ("portrait of an old man", {"model": "recraftv3", "style": "Pencil sketch"}),
    ("a polar bear on ice", {"vector": True}),
    ("logo of a coffee cup", {"model": "recraftv2_vector", "style": "Icon"}),
    ("a city street in the rain at night", {"colors": "#1b2a49:0.6 #f2a541:0.3"}),
    ("a bowl of soup on a table", {"model": "recraftv3", "style": "Clay"}),
)


class Cell(NamedTuple):
    """One picture of a sheet: pixels (height, width, 3 or 4), and its place among those of its row."""

    name: str
    pixels: np.ndarray


Pairs = Iterator[tuple[Cell, ...]]


def load(name: str) -> np.ndarray:
    path = PICTURES / f"{name}.jpg"
    return np.array(Image.open(path if path.exists() else path.with_suffix(".png")).convert("RGB"))


def hole(name: str) -> np.ndarray:
    return np.array(Image.open(PICTURES / f"{name}-mask.png").convert("L"))


def outlined(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture with what is selected in a red veil."""
    veiled = pixels.astype(np.float32)
    veiled[mask > 0] = veiled[mask > 0] * 0.45 + np.array((255, 40, 40)) * 0.55
    return veiled.astype(np.uint8)


def around(mask: np.ndarray, least: int = 384) -> tuple[slice, slice]:
    """Rows and columns of a 3 : 2 window around what is selected, twice as large or at least `least` px wide."""
    rows, columns = np.nonzero(mask)
    width = max(least, 2 * int(np.ptp(columns)), 3 * int(np.ptp(rows)))
    height, width = min(mask.shape[0], width * 2 // 3), min(mask.shape[1], width)
    top = int(np.clip((rows.min() + rows.max() - height) // 2, 0, mask.shape[0] - height))
    left = int(np.clip((columns.min() + columns.max() - width) // 2, 0, mask.shape[1] - width))
    return slice(top, top + height), slice(left, left + width)


def middle(pixels: np.ndarray, at: tuple[float, float] = (0.5, 0.5), share: float = 0.25) -> tuple[slice, slice]:
    """Rows and columns of a window of `share` of the width, its centre at `at` (across, down)."""
    height, width = pixels.shape[:2]
    across = int(width * share)
    down = min(height, across * 2 // 3)
    left, top = int((width - across) * at[0]), int((height - down) * at[1])
    return slice(top, top + down), slice(left, left + across)


# One function per sheet: rows of cells. Those that compare take one studio or two, the earlier version's first.


def erased(studio: Studio) -> Pairs:
    for name in SHOWN:
        before, mask = load(name), hole(name)
        after, window = studio.erase(before, mask=mask).pixels[..., :3], around(mask)
        yield Cell(name, outlined(before, mask)[window]), Cell(name, after[window])


def structured(*studios: Studio) -> Pairs:
    for name, *shares in STRUCTURED:
        before = load(name)
        height, width = before.shape[:2]
        x, y, across, down = (share * side for share, side in zip(shares, 2 * (width, height), strict=True))
        rows, columns = np.ogrid[:height, :width]
        mask = np.uint8(255) * (((columns - x) / across) ** 2 + ((rows - y) / down) ** 2 < 1)
        made, window = [studio.erase(before, mask=mask).pixels[..., :3] for studio in studios], around(mask, 300)
        yield Cell(name, outlined(before, mask)[window]), *(Cell(name, after[window]) for after in made)


def inpainted(studio: Studio) -> Pairs:
    for name in ("wren", "kitten", "spices", "sand"):
        before, mask = load(name), hole(name)
        result = studio.inpaint(before, mask=mask, prompt="a flower", grow_px=12, feather_px=4)
        window = around(mask)
        yield Cell(name, outlined(before, mask)[window]), Cell(name, result.pixels[window][..., :3])


def expanded(studio: Studio) -> Pairs:
    for name in SHOWN:
        before = load(name)
        by = {"expand_left": before.shape[1] // 5, "expand_right": before.shape[1] // 5}
        if before.shape[0] < before.shape[1]:
            by["expand_top"] = before.shape[0] // 5
        after = studio.outpaint(before, prompt="more of the same", **by).pixels[..., :3]
        frame = np.full(after.shape, DIM, np.uint8)
        top, left = by.get("expand_top", 0), by["expand_left"]
        frame[top : top + before.shape[0], left : left + before.shape[1]] = before
        yield Cell(name, frame), Cell(name, after)


def cut_out(studio: Studio) -> Pairs:
    for name in CALM:
        before = load(name)
        yield Cell(name, before), Cell(name, studio.remove_background(before).pixels)


def hard_edges(*studios: Studio) -> Pairs:
    """The sixteen windows in which most is neither subject nor background, at most three of a picture, at full size."""
    width, height = CELL
    found = []
    for name in (*CALM, "lake", "colosseum"):
        made = [load(name), *(studio.remove_background(load(name)).pixels for studio in studios)]
        unsure = np.any([np.abs(after[..., 3].astype(np.float32) - 127.5) < 110 for after in made[1:]], axis=0)
        for _ in range(3):
            sums = np.pad(unsure.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
            many = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
            top, left = np.unravel_index(many.argmax(), many.shape)
            window = slice(top, top + height), slice(left, left + width)
            found.append((int(many.max()), *(Cell(name, pixels[window]) for pixels in made)))
            unsure[window] = False
    for _, *cells in sorted(found, key=lambda one: -one[0])[:16]:
        yield tuple(cells)


def replaced(studio: Studio) -> Pairs:
    for name in CALM:
        before = load(name)
        yield Cell(name, before), Cell(name, studio.replace_background(before, prompt=BACKDROPS[name]).pixels)


def new_ground(studio: Studio) -> Pairs:
    for name in CALM:
        before = load(name)
        # What is only partly the subject is in the hole: the engine makes that rim anew.
        mask = np.where(studio.remove_background(before).pixels[..., 3] < 200, np.uint8(255), np.uint8(0))
        result = studio.generate_background(before, mask=mask, prompt=BACKDROPS[name])
        yield Cell(name, outlined(before, mask)), Cell(name, result.pixels[..., :3])


def traced(studio: Studio) -> Pairs:
    for name in (*CALM, "lake"):
        before = load(name)
        yield Cell(name, before), Cell(name, studio.vectorize(before).pixels[..., :3])
    drawn = np.array(Image.open(PICTURES / "lighthouse.png").convert("RGB"))
    yield Cell("lighthouse", drawn), Cell("lighthouse", studio.vectorize(drawn).pixels[..., :3])


def enlarged(operation: str, names: tuple[str, ...], most: int = 400) -> Callable[[Studio], Pairs]:
    def sheet(studio: Studio) -> Pairs:
        for name in names:
            picture = Image.fromarray(load(name))
            picture.thumbnail((most, most), Image.Resampling.BOX)
            after = studio.run(operation, np.array(picture)).pixels[..., :3]
            size = after.shape[1::-1]
            window = middle(after, CLOSE[name], 0.3)
            plain = np.array(picture.resize(size, Image.Resampling.LANCZOS))
            yield Cell(f"{name}, Lanczos", plain[window]), Cell(name, after[window])

    return sheet


# Where to look closely at an enlarged picture: across and down, 0 to 1.
CLOSE = {
    "kitten": (0.42, 0.40), "otter": (0.4, 0.45), "wren": (0.35, 0.3), "coffee": (0.4, 0.2), "dunes": (0.3, 0.75),
    "spices": (0.4, 0.3), "sand": (0.45, 0.3), "woodcut": (0.8, 0.3),
}  # fmt: skip


def restyled(studio: Studio) -> Pairs:
    for name, prompts in RESTYLED.items():
        before = load(name)
        made = [studio.image_to_image(before, prompt=prompt, strength=0.9, random_seed=7) for prompt in prompts]
        cells = [Cell(f"{name}: {prompt}", one.pixels[..., :3]) for prompt, one in zip(prompts, made, strict=True)]
        yield Cell(name, before), *cells


def in_all_hands(*studios: Studio) -> Pairs:
    """A picture a row, a style a column; the strength grows from left to right within a cell."""
    for name in SHOWN:
        picture = Image.fromarray(load(name))
        picture.thumbnail((420, 420), Image.Resampling.LANCZOS)
        before = np.array(picture)[: picture.width * 2 // 3]
        for hand in HANDS:
            yield tuple(Cell(f"{name}: {hand}", in_bands(studio, before, hand)) for studio in studios)


def in_bands(studio: Studio, before: np.ndarray, hand: str) -> np.ndarray:
    """The picture in that style, its left third at the least of the strengths, its right third at the greatest."""
    made = [
        studio.image_to_image(before, prompt=hand, strength=strength, random_seed=7).pixels[..., :3]
        for strength in STRENGTHS
    ]
    edges = [made[0].shape[1] * part // len(made) for part in range(len(made) + 1)]
    return np.concatenate(
        [one[:, first:last] for one, first, last in zip(made, edges, edges[1:], strict=False)], axis=1
    )


def shaded(*studios: Studio) -> Pairs:
    for before in (*soft_drawings(), load("dunes")[:400, :600], load("wren")[:420, :640]):
        yield Cell("", before), *(Cell("", studio.vectorize(before).pixels[..., :3]) for studio in studios)


def soft_drawings() -> Iterator[np.ndarray]:
    """Four drawings with soft shading: a dusk over hills, a ball, a button, a lamp's glow on a wall."""
    y, x = np.mgrid[0:400, 0:600].astype(np.float32)

    def between(share: np.ndarray, first: tuple[int, ...], last: tuple[int, ...]) -> np.ndarray:
        share = np.clip(share, 0, 1)[..., None]
        return np.array(first, np.float32) * (1 - share) + np.array(last, np.float32) * share

    def on(ground: np.ndarray, at: np.ndarray, colours: np.ndarray) -> np.ndarray:
        return np.where(at[..., None], colours, ground)

    dusk = between(y / 300, (28, 34, 92), (252, 170, 96))
    dusk = on(dusk, y > 270 - 60 * np.sin(x / 95), between((y - 210) / 190, (92, 70, 130), (40, 30, 70)))
    ball = on(between(y / 400, (236, 238, 242), (188, 194, 204)), ((x - 310) / 150) ** 2 + ((y - 350) / 26) ** 2 < 1,
              between(y * 0, (120, 124, 134), (0, 0, 0)))  # fmt: skip
    light = np.hypot(x - 250, y - 130) / 260
    ball = on(ball, np.hypot(x - 300, y - 190) < 150, between(light, (255, 214, 190), (168, 22, 34)))
    button = between(y * 0, (250, 250, 246), (0, 0, 0))
    inside = np.maximum(np.abs(x - 300) - 160, 0) ** 2 + np.maximum(np.abs(y - 200) - 30, 0) ** 2 < 60**2
    button = on(button, inside, between((y - 110) / 180, (96, 190, 255), (16, 84, 190)))
    glow = between(np.hypot(x - 300, y - 120) / 380, (255, 240, 190), (58, 40, 66))
    shade = (np.abs(x - 300) < 30 + (y - 60) / 2) & (y > 60) & (y < 150)
    glow = on(glow, shade, between(y * 0, (64, 44, 40), (0, 0, 0)))
    for drawing in (dusk, ball, button, glow):
        yield np.rint(drawing).astype(np.uint8)


def redrawn(studio: Studio) -> Pairs:
    for name, prompt in REDRAWN.items():
        before = load(name)
        made = [studio.image_to_image(before, prompt=prompt, strength=share, random_seed=7) for share in (0.3, 0.7)]
        yield Cell(name, before), *(Cell(f"{name}: {prompt}", one.pixels[..., :3]) for one in made)


def varied(studio: Studio) -> Pairs:
    for name in CALM:
        before = load(name)
        made = studio.variations(before, n=2, size="3:2", random_seed=7)
        yield Cell(name, before), *(Cell(name, layer.drawn()[..., :3]) for layer in made.layers)


def from_words(studio: Studio) -> Pairs:
    for prompt, options in WORDS:
        yield (Cell(prompt, studio.generate(prompt, size="3:2", random_seed=7, **options).pixels[..., :3]),)


def explored(studio: Studio) -> Pairs:
    found = studio.explore("a lighthouse by the sea", size="3:2")
    close = studio.explore_similar(found.image_ids[2], 3)
    for layer in (*found.layers, *close.layers[:4]):
        yield (Cell("explore", layer.drawn()[..., :3]),)


SHEETS: dict[str, Callable[..., Pairs]] = {
    "erase": erased,
    "structure": structured,
    "inpaint": inpainted,
    "outpaint": expanded,
    "remove-background": cut_out,
    "edges": hard_edges,
    "replace-background": replaced,
    "generate-background": new_ground,
    "vectorize": traced,
    "gradients": shaded,
    "crisp-upscale": enlarged("crisp_upscale", CALM),
    "creative-upscale": enlarged("creative_upscale", ("kitten", "otter", "wren", "sand")),
    "restyle": restyled,
    "styles": in_all_hands,
    "image-to-image": redrawn,
    "variations": varied,
    "generate": from_words,
    "explore": explored,
}


# Laying out.


def on_squares(pixels: np.ndarray) -> Image.Image:
    """A picture with what is transparent shown as grey squares."""
    height, width = pixels.shape[:2]
    if pixels.shape[2] == 3:
        return Image.fromarray(np.ascontiguousarray(pixels))
    step = max(8, width // 40)
    light = (np.indices((height, width)) // step).sum(0) % 2 == 0
    ground = np.where(light[..., None], np.array(DIM), np.array(BRIGHT)).astype(np.float32)
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return Image.fromarray((pixels[..., :3] * alpha + ground * (1 - alpha) + 0.5).astype(np.uint8))


def fitted(cell: Cell) -> Image.Image:
    picture = on_squares(cell.pixels)
    scale = min(CELL[0] / picture.width, CELL[1] / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    framed = Image.new("RGB", CELL, PAPER)
    framed.paste(picture.resize(size, Image.Resampling.LANCZOS), ((CELL[0] - size[0]) // 2, (CELL[1] - size[1]) // 2))
    return framed


def laid_out(rows: list[tuple[Cell, ...]]) -> Image.Image:
    """Rows of one to three cells, as many groups beside each other as fit four cells; twice as many of very many."""
    wide = len(rows[0])
    beside = max(1, 4 // wide) * (2 if len(rows) > 32 else 1)
    down = -(-len(rows) // beside)
    # Pairs stand close together, neighbours further apart.
    group = wide * CELL[0] + (wide - 1) * 2
    sheet = Image.new("RGB", (beside * group + (beside - 1) * 3 * GAP, down * (CELL[1] + GAP) - GAP), PAPER)
    for number, row in enumerate(rows):
        left, top = (number % beside) * (group + 3 * GAP), (number // beside) * (CELL[1] + GAP)
        for place, cell in enumerate(row):
            sheet.paste(fitted(cell), (left + place * (CELL[0] + 2), top))
    return sheet


def written(sheet: Image.Image, path: Path, most_bytes: int = MOST_BYTES) -> int:
    """The sheet as JPEG, as good and as large as `most_bytes` allows; its size in bytes."""
    while True:
        for quality in range(86, LEAST_QUALITY - 1, -4):
            out = io.BytesIO()
            sheet.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= most_bytes:
                path.write_bytes(out.getvalue())
                return out.tell()
        sheet = sheet.resize((sheet.width * 9 // 10, sheet.height * 9 // 10), Image.Resampling.LANCZOS)


def keep(rows: list[tuple[Cell, ...]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            picture = Image.fromarray(np.ascontiguousarray(cell.pixels))
            picture.save(folder / f"{number:02}-{place}.png", compress_level=1)


def asking(address: str) -> Studio:
    return Studio(service=Client("key-for-the-gallery-0123456789", address), journal=NoJournal())


@contextmanager
def earlier(checkout: Path) -> Iterator[Studio]:
    """A studio that asks the engine of the version in `checkout`, which runs in a process of its own."""
    command = [sys.executable, "-m", "recraft_local", "--port", "0", "--until-stdin-closes"]
    env = {**os.environ, "PYTHONPATH": str(checkout.resolve() / "core")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=env, text=True, **pipes) as engine:
        yield asking(engine.stdout.readline().split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=tuple(SHEETS), default=tuple(SHEETS), metavar="SHEET")
    parser.add_argument("--save", type=Path, help="keep the results at full size here")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", help="an earlier version, to show beside this one")
    asked = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        studios = [stack.enter_context(earlier(asked.before))] if asked.before else []
        studios.append(asking(stack.enter_context(serving()).base_url))
        for name in asked.only:
            start = time.perf_counter()
            compared = name in COMPARED and len(studios) > 1
            rows = list(SHEETS[name](*studios[-1 - compared :]))
            if asked.save:
                keep(rows, asked.save / name)
            size = written(laid_out(rows), OUT / f"{name}.jpg", COMPARED_BYTES if compared else MOST_BYTES)
            print(f"{name:<20} {time.perf_counter() - start:6.1f} s  {size:>7,} bytes", flush=True)


if __name__ == "__main__":
    main()
