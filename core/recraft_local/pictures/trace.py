"""Trace a picture: drawings into shapes with colours and gradients, photographs into flat patches.

Patches are vtracer's where it is installed, else those of a plain tracer of our own.
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from . import shapes, svg_text, zones
from .child import run_child
from .smooth import bleed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

LONGEST = 1024  # px: above, vtracer 0.6.15 takes minutes and loses colours; few colours gain smoothness up to there
PHOTOGRAPH = (512, 640)  # px, the least and the greatest longer side: smaller ones are enlarged, at most three times
GRID = 4096  # the SVG's own square of units: a whole number is fine enough for any result
COLOURS = (8, 16, 24, 32)  # palette sizes, tried in turn
CLOSE = 8.0  # levels: the palette whose error is below this is good enough
SEEN = 128  # coverage from which a pixel shows
BUSY = 0.01  # share of pixels in specks: with more, the picture is no drawing
MOST_ZONES = 1500
MANY = (256,)  # colours of a photograph: fewer make bands in skies, and without any vtracer lets skies flow into one
EVEN = 0.55  # share of neighbours of exactly one colour: with more it is a drawing, of photographs at most a half are
PAPER = 4  # levels round the commonest colour: a drawing's ground once noise and the marks of JPEG are smoothed
PLAIN = 0.8  # that share and the PAPER's: a drawing as JPEG or scan has more in all, of photographs the wren 0.73
BETWEEN = 8  # levels from patch to patch of a photograph
NOISE = 24  # levels between neighbours of a photograph that differ
RESTLESS = 0.3  # share of neighbours that differ: noise, which takes vtracer a minute at full size
TIMEOUT_S = 60.0
STRAIGHT = 0.15  # px of the traced picture: a curve this near its chord is drawn as a line
SPECKS = (4, 7, 12, 20, 40, 80)  # px a side: smaller patches join their surroundings; the next while there are
FINE = (4, 5, *SPECKS[1:])  # the same for photographs
LARGE = 12  # px a side: the smallest speck kept where none is to be small
FEWER = 1.3  # specks twice as large leave at most a share of 1 / 2 ** 1.3 of the patches
MOST = 2500  # shapes or more: past that nobody edits them, and files grow to megabytes
MOST_MANY = 5000  # the same for photographs in many colours; where MOST or less are asked for, few colours come nearer
SETTINGS = {
    "mode": "spline",
    "hierarchical": "stacked",  # shapes overlap, so no gap shows between them
    "color_precision": 8,
    "path_precision": 2,
}
PATH = re.compile(r'<path d="([^"]*)" fill="(#\w+)" transform="translate\(([-\d.]+),([-\d.]+)\)"')
STEP = re.compile(r"[MLC]([^MLC]*)")

LUMA = np.array((0.299, 0.587, 0.114), np.float32)

RGB = tuple[int, int, int]
Point = tuple[float, float]
Shape = tuple[str, str]  # path data, colour


class Wishes(NamedTuple):
    """What a drawing should be like; the service's own options of vectorizing."""

    colours: int | None = None  # the most colours to use, 1..256
    palette: Sequence[RGB] = ()  # use these only
    gradients: bool = True
    shapes: int | None = None  # the most shapes
    cut_out: bool = False  # shapes lie beside each other, not over each other
    no_small: bool = False


NONE = Wishes()


def trace(rgba: Bytes, *, size: tuple[int, int] | None = None, wishes: Wishes = NONE) -> tuple[bytes, str]:
    """SVG of `rgba` (h, w, 4), `size` (width, height) in px or the picture's own, and how it was made.

    Drawings, icons and soft shading become shapes with one colour or one gradient each, in groups: what touches is
    one thing, things come in reading order. Photographs, whose detail no shape explains, become flat patches. Without
    wishes there are as many colours as the picture needs, 256 in a photograph unless MOST shapes or fewer are asked
    for, or shapes that do not overlap; where the palette counts, gradients do not.

    Shapes lie over each other, absolute M, L, C and z in whole units of a square view box. An opaque picture's first
    shape covers everything; where half or more is clear there is no shape. Raises PictureTrouble when tracing takes
    over a minute.
    """
    drawn = _as_shapes(rgba, wishes)
    if drawn is None:
        return _as_patches(rgba, size, wishes)
    shapes, traced = drawn
    how = f"shapes with {sum(shape.paint.kind != 'flat' for shape in shapes)} gradients"
    body = svg_text.written(shapes, traced, opaque=bool((rgba[..., 3] >= SEEN).all()))
    return _document(body, svg_text.SIDE, size or (rgba.shape[1], rgba.shape[0]), how), f"{how}, {len(shapes)} shapes"


def _as_shapes(rgba: Bytes, wishes: Wishes) -> tuple[list[shapes.Shape], tuple[int, int]] | None:
    """Shapes in px of a picture of the size (width, height) given too; None for a picture that is no drawing."""
    rgb, seen = _prepared(rgba, min(1.0, LONGEST / max(rgba.shape[:2])))
    crisp = zones.crisper(zones.crisper(rgb))
    if zones.detail(crisp, seen) > BUSY:
        return None
    flat = wishes.colours or wishes.palette or not wishes.gradients
    few = _in_few(crisp, wishes) if flat else None
    zoned = shapes.find(rgb, seen, crisp, few, least=shapes.SPECK * (4 if wishes.no_small else 1), most=wishes.shapes)
    if len(zoned.paint) > MOST_ZONES and not flat:
        return None
    return shapes.outlined(zoned, rgb, crisp, stacked=not wishes.cut_out), (rgb.shape[1], rgb.shape[0])


def _prepared(rgba: Bytes, scale: float) -> tuple[Bytes, NDArray[np.bool_]]:
    """Colours (h, w, 3) and which pixels show (h, w), at `scale`."""
    rgb, cover = bleed(rgba), rgba[..., 3]
    if scale != 1:
        size = max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale))
        rgb = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))
        cover = np.asarray(Image.fromarray(np.ascontiguousarray(cover)).resize(size, Image.Resampling.BOX))
    return rgb, cover >= SEEN


def _in_few(crisp: Bytes, wishes: Wishes) -> Bytes:
    """Every pixel in one of few colours: those asked for, or as many as the picture needs."""
    if wishes.palette:
        return _chosen(crisp, wishes.palette)
    return _in_palette(Image.fromarray(crisp), _numbers(wishes))


def _as_patches(rgba: Bytes, size: tuple[int, int] | None, wishes: Wishes) -> tuple[bytes, str]:
    # Many colours cut out of each other would show the ground along all their seams
    few = bool(wishes.colours or wishes.palette or wishes.cut_out or (wishes.shapes or MOST_MANY) <= MOST)
    few = few or _is_drawn(rgba)
    flat = _for_vtracer(rgba, wishes, few=few)
    differ = np.abs(flat[:, 1:].astype(np.int16) - flat[:, :-1]).max(axis=2) > (0 if few else NOISE)
    if differ.mean() > RESTLESS:
        flat = _for_vtracer(rgba, wishes, few=few, part=2)
    try:
        paths, how = _by_vtracer(flat, wishes, few=few), "vtracer, curves"
    except ModuleNotFoundError:
        from .trace_plain import shapes_of

        flat = _flattened(rgba, 384, _numbers(wishes)[:2], wishes.palette)  # its time grows with both
        paths, how = shapes_of(flat, GRID), "plain outlines, lines only (vtracer is not installed)"
    if flat[..., 3].all() and paths:
        whole = f"M 0 0 L {GRID} 0 L {GRID} {GRID} L 0 {GRID} z"
        paths = [(whole, paths[0][1]), *paths]
    body = "".join(f'<path d="{d}" fill="{fill}"/>\n' for d, fill in paths)
    return _document(body, GRID, size or (rgba.shape[1], rgba.shape[0]), how), f"{how}, {len(paths)} shapes"


def _document(body: str, side: int, size: tuple[int, int], how: str) -> bytes:
    width, height = size
    stretch = "" if width == height else ' preserveAspectRatio="none"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {side} {side}"{stretch}>\n'
        f"<metadata>Traced on this computer: {how}</metadata>\n{body}</svg>\n"
    ).encode()


def _is_drawn(rgba: Bytes) -> bool:
    """Whether what shows is a drawing, however many small shapes it has, and even where noise lies on its ground."""
    seen = rgba[..., 3] >= SEEN
    both = seen[:, 1:] & seen[:, :-1]
    same = (rgba[:, 1:, :3] == rgba[:, :-1, :3]).all(axis=2)
    even = float((same & both).sum() / max(1, both.sum()))
    return even > EVEN or even + _paper(rgba) > PLAIN


def _paper(rgba: Bytes) -> float:
    """Share of what shows, noise smoothed, that is within PAPER levels of the commonest colour."""
    rgb, seen = _prepared(rgba, min(1.0, PHOTOGRAPH[0] / max(rgba.shape[:2])))
    smooth = np.asarray(Image.fromarray(rgb).filter(ImageFilter.MedianFilter(3)))[seen]
    if not len(smooth):
        return 1.0
    colours, which = np.unique(_packed(smooth // PAPER), return_inverse=True)
    ground = smooth[which == np.bincount(which, minlength=len(colours)).argmax()].mean(axis=0)
    return float((np.abs(smooth - ground) <= PAPER).all(axis=1).mean())


def _numbers(wishes: Wishes) -> tuple[int, ...]:
    """Sizes of a palette to try."""
    return (wishes.colours,) if wishes.colours else COLOURS


def _for_vtracer(rgba: Bytes, wishes: Wishes, *, few: bool, part: int = 1) -> Bytes:
    """`rgba` at tracing size or a `part` of it, each pixel opaque or clear; in a `few` colours or in many."""
    if few:
        return _flattened(rgba, LONGEST // part, _numbers(wishes), wishes.palette)
    longest = min(max(*rgba.shape[:2], PHOTOGRAPH[0]), PHOTOGRAPH[1])
    picture, seen = _sized(rgba, longest // part)
    return _either(_in_palette(picture, MANY), seen)


def _sized(rgba: Bytes, longest: int) -> tuple[Image.Image, NDArray[np.bool_]]:
    """The colours at a size of `longest` px, or of three times the picture's, and which pixels show."""
    height, width = rgba.shape[:2]
    scale = min(longest / max(height, width), 3)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX
    cover = Image.fromarray(np.ascontiguousarray(rgba[..., 3])).resize(size, how)
    # the blur rounds the steps of enlarged pixels
    cover = cover.filter(ImageFilter.GaussianBlur(1.5 * max(0, scale - 1)))
    return Image.fromarray(bleed(rgba)).resize(size, how), np.asarray(cover) >= SEEN


def _either(rgb: Bytes, seen: NDArray[np.bool_]) -> Bytes:
    """Opaque where `seen`, else clear."""
    return np.dstack([rgb * seen[..., None], np.where(seen, 255, 0)]).astype(np.uint8)


def _flattened(rgba: Bytes, longest: int, colours: tuple[int, ...], only: Sequence[RGB] = ()) -> Bytes:
    """`rgba` at tracing size in few colours, those of `only` if there are any, each pixel either opaque or clear."""
    picture, seen = _sized(rgba, longest)
    if picture.width <= rgba.shape[1]:  # an enlarged picture's grain is wider than the filter
        picture = picture.filter(ImageFilter.MedianFilter(3))
    crisp = zones.crisper(np.asarray(picture))
    return _either(_chosen(crisp, only) if only else _in_palette(Image.fromarray(crisp), colours), seen)


def _chosen(rgb: Bytes, only: Sequence[RGB]) -> Bytes:
    """Every pixel in that one of the colours which is nearest to it, brightness counting as the eye sees it."""
    best, out = np.full(rgb.shape[:2], np.inf, np.float32), np.zeros_like(rgb)
    for colour in only:
        apart = rgb.astype(np.float32) - np.array(colour, np.float32)
        away = 2 * (apart @ LUMA) ** 2 + (apart * apart).mean(axis=2)
        nearer = away < best
        best[nearer], out[nearer] = away[nearer], colour
    return out


def _in_palette(picture: Image.Image, sizes: tuple[int, ...]) -> Bytes:
    """The picture in the smallest palette of those `sizes` that is close to it."""
    which = picture.quantize(palette=_palette(picture, sizes), dither=Image.Dither.NONE)
    return _painted(np.asarray(picture), np.asarray(which))


def _painted(rgb: Bytes, which: Bytes) -> Bytes:
    """Every pixel in its colour group's commonest colour if half of the group has it, else in their mean.

    So a logo keeps its very colours, and a photograph its right ones.
    """
    packed, groups = _packed(rgb), int(which.max()) + 1
    sizes = np.maximum(np.bincount(which.ravel(), minlength=groups), 1)
    sums = [np.bincount(which.ravel(), rgb[..., c].ravel(), groups) / sizes for c in range(3)]
    table = np.rint(np.stack(sums, axis=1)).astype(np.uint8)
    keys, counts = np.unique((which.astype(np.int64) << 24 | packed).ravel(), return_counts=True)
    for group in range(groups):
        mine = slice(*np.searchsorted(keys, (group << 24, group + 1 << 24)))
        if 2 * counts[mine].max(initial=0) >= sizes[group]:
            table[group] = _unpacked(keys[mine][counts[mine].argmax()] & 0xFFFFFF)
    return table[which]


def _packed(rgb: Bytes) -> NDArray[np.int64]:
    wide = rgb.astype(np.int64)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2])


def _unpacked(packed: NDArray[np.int64]) -> Bytes:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


def _palette(picture: Image.Image, sizes: tuple[int, ...]) -> Image.Image:
    """The smallest palette that is close to `picture`; judged on a sample of its pixels, for speed."""
    scale = min(1, 160 / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture.resize(size, Image.Resampling.NEAREST)  # averages would lose thin black lettering
    wanted = np.asarray(small, np.float32)
    for colours in sizes:
        palette = small.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
        error = np.asarray(palette.convert("RGB"), np.float32) - wanted
        if np.sqrt((error * error).sum(axis=2).mean()) < CLOSE:
            break
    return palette


def _by_vtracer(flat: Bytes, wishes: Wishes, *, few: bool) -> list[Shape]:
    height, width = flat.shape[:2]
    # A clear rim makes vtracer keep every hole clear; without, it looks for clear pixels in five rows only
    rim = 0 if flat[..., 3].all() else 1
    encoded = io.BytesIO()
    Image.fromarray(np.pad(flat, ((rim, rim), (rim, rim), (0, 0)))).save(encoded, "PNG", compress_level=1)
    grid = (GRID / width, GRID / height)
    most, specks = (MOST, SPECKS) if few else (MOST_MANY, FINE)
    settings = {
        **SETTINGS,
        # with few colours the palette has done the merging, without flowing gradients into one
        "layer_difference": 0 if few else BETWEEN,
        "most": min(most, wishes.shapes or most),
        "specks": [speck for speck in specks if speck >= LARGE or not wishes.no_small],
        "leaps": not few,
    }
    colours = _unpacked(np.unique(_packed(flat[flat[..., 3] > 0][:, :3])))
    if wishes.cut_out:
        settings["hierarchical"] = "cutout"
    svg = run_child(["trace", json.dumps(settings)], encoded.getvalue(), timeout_s=TIMEOUT_S).decode()
    return [
        (_simpler(d, (float(x) - rim, float(y) - rim), grid), _nearest(fill, colours))
        for d, fill, x, y in PATH.findall(svg)
    ]


def _nearest(fill: str, colours: Bytes) -> str:
    """The one of `colours` (n, 3) that the "#rrggbb" `fill` was mixed from: vtracer blends swallowed specks in."""
    wanted = np.array([int(fill[at : at + 2], 16) for at in (1, 3, 5)])
    red, green, blue = colours[np.square(colours - wanted).sum(axis=1).argmin()]
    return f"#{red:02x}{green:02x}{blue:02x}"


def in_child(argv: list[str], png: bytes) -> bytes:
    """SVG by vtracer of `png`, settings as JSON in `argv`; the child's part of `trace`."""
    import vtracer

    settings = json.loads(argv[0])
    most, specks, leaps = settings.pop("most"), settings.pop("specks"), settings.pop("leaps")
    at = 0
    while True:
        svg: str = vtracer.convert_raw_image_to_svg(png, img_format="png", filter_speckle=specks[at], **settings)
        many = svg.count("<path")
        if many < most or at == len(specks) - 1:
            return svg.encode()
        enough = specks[at] * (many / most) ** (1 / FEWER) if leaps else 0
        at = next((k for k in range(at + 1, len(specks)) if specks[k] >= enough), len(specks) - 1)


def _simpler(d: str, move: Point, grid: Point) -> str:
    """A path of vtracer's moved onto the GRID, straight curves as lines, needless corners left out."""

    def written(points: Sequence[float]) -> str:
        both = zip(points, move * (len(points) // 2), grid * (len(points) // 2), strict=True)
        return " ".join(str(round(min(max((v + m) * g, 0), GRID))) for v, m, g in both)

    parts = []
    for part in d.split("Z"):
        steps = [tuple(map(float, numbers.split())) for numbers in STEP.findall(part)]
        if len(steps) > 2:
            parts.append("M " + written(steps[0]))
            parts += ["LC"[len(step) == 6] + " " + written(step) for step in _fewer(steps)]
            parts.append("z")
    return " ".join(parts)


def _fewer(steps: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """The lines (2 numbers) and curves (6) after the start `steps[0]`, those that change nothing left out."""
    out: list[tuple[float, ...]] = []
    before = at = steps[0]
    for step in steps[1:]:
        end = step[-2:]
        if len(step) == 6 and _near(step[:2], at, end) and _near(step[2:4], at, end):
            step = end  # noqa: PLW2901 (the curve is a line in truth)
        if len(step) == 2 and out and len(out[-1]) == 2 and _near(out[-1], before, end):
            out[-1] = step
        else:
            before = at
            out.append(step)
        at = end
    return out


def _near(point: tuple[float, ...], start: tuple[float, ...], end: tuple[float, ...]) -> bool:
    """Whether `point` is within STRAIGHT of the line from `start` to `end`."""
    x, y, px, py = end[0] - start[0], end[1] - start[1], point[0] - start[0], point[1] - start[1]
    along = min(max((px * x + py * y) / (x * x + y * y or 1), 0), 1)
    return (px - along * x) ** 2 + (py - along * y) ** 2 < STRAIGHT**2
