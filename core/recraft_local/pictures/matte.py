"""Remove the background: find the subject, and cut it out without a rim of the old background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from . import net
from .made import Made
from .matte_colours import settled
from .smooth import bleed, box_mean, guided, resized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]
    Box = tuple[int, int, int, int]  # left, top, right, bottom in 1/WORK of the picture's width and height

SIDE = 320  # px, what U2NETP looks at
MEAN, SPREAD = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)
MARGIN = 0.15  # around the subject for a nearer look, as a share of its size
UNSURE = 0.35  # doubt above which a wide look is worth trying; small subjects on busy ground reach 0.2
MOST = 0.6  # of the picture that a wide look may take: beyond it, it has only found the picture
GROUND = 0.25  # of both the left and the right rim that a wide look may not take: what reaches across is the ground
CLEAR, LARGE_CLEAR = 0.06, 0.08  # doubt below which one look is enough; where the subject is large
LARGE = 0.5  # of the picture, subject and margin: from here on a nearer look sees hardly finer
AGREE = 0.3  # overlap of a nearer look with the first: below it, it saw nothing but fragments, or something else
SMALLER = 0.8  # of the nearer look's box: what is found there is so much smaller that a third look sees it finer
SURELY_OUT, SURELY_IN = 0.1, 0.9  # likelihood beyond which nothing is left to be settled
SURE, HALF_SURE = 0.5, 0.4  # likelihood of what is a subject, and of what the nearer looks are pointed at
WORK = 640  # px, the longest side at which edges are modelled; they are applied at full size
STRIP = 256  # rows at a time at full size, so that memory stays small


def alpha(rgb: Bytes) -> tuple[Bytes, str]:
    """Coverage 0..255 of the subject of `rgb` (h, w, 3), shape (h, w), and how it was found.

    U2NETP (https://github.com/xuebinqin/U-2-Net) looks at the whole and, unless that was clear, again at what it found.
    Where it stays unsure the picture's colours decide, and the edge is fitted to them. One clear subject works best.
    """
    height, width = rgb.shape[:2]
    seen, looks = _likelihood(rgb)
    guide = _shrunk(rgb)
    seen = np.clip(resized(seen, guide.shape[1::-1]), 0, 1)
    # Of what the network is sure of, colours say nothing: legs in grass are as green as the grass
    coarse = np.where((seen > SURELY_OUT) & (seen < SURELY_IN), settled(guide, seen), seen)
    # A wide fit finds which side of the edge a pixel is on, but blurs what is thinner than itself: there the network
    # is heard again where it is sure. A narrow fit finds how much of the pixel is covered.
    fitted = np.clip(_steeper(_fitted_widely(guide, coarse)), _steeper(2 * seen - 1), _steeper(2 * seen))
    a, b = guided(guide, fitted, 3, 1e-4)
    matte = np.empty((height, width), np.uint8)
    for rows, box in _strips(height, guide.shape[1::-1]):
        size = (width, rows.stop - rows.start)
        strip = resized(b, size, Image.Resampling.BILINEAR, box).copy()
        for c in range(3):
            part = resized(a[..., c], size, Image.Resampling.BILINEAR, box)
            strip += part * (rgb[rows, :, c] / np.float32(255))
        matte[rows] = np.rint(_steeper(strip) * 255)
    runner = "ncnn" if net.has_ncnn() else "numpy"
    return matte, f"U2NETP on {runner}, {looks}, settled by colours, edge fitted by guided filter"


def cut_out(rgba: Bytes) -> Made:
    """`rgba` (h, w, 4) with the background clear and the old background taken out of the edge's colours.

    What was clear before stays clear.
    """
    rgb = bleed(rgba)
    matte, how = alpha(rgb)
    return Made(np.dstack([_foreground(rgb, matte), np.minimum(matte, rgba[..., 3])]), how)


def _likelihood(rgb: Bytes) -> tuple[Floats, str]:
    """How likely each place belongs to the subject, 0..1, SIDE px or more a side; and how it was seen."""
    first = _look(rgb)
    whole = resized(first, (WORK, WORK))  # fine enough for a look at a part of the picture
    box = _subject_box(whole, SURE)
    if box is None or _doubt(first) < (LARGE_CLEAR if _area(box) > LARGE * WORK**2 else CLEAR):
        return first, "one look"
    if _doubt(first) > UNSURE:
        wide = _look_wide(rgb)
        if 2 * _doubt(wide) < _doubt(first) and wide.mean() < MOST and not _is_ground(wide):
            return wide, "a wide look"
    box = _subject_box(whole, HALF_SURE) or box
    near = _look_near(rgb, box)
    if _overlap(whole, near) < AGREE:
        return first, "one look"
    both = (whole + near) / 2
    closer = _subject_box(both, HALF_SURE)
    if closer and _area(closer) < SMALLER * _area(box):
        third = _look_near(rgb, closer)
        if _overlap(whole, third) > AGREE:
            return (whole + third) / 2, "three looks"
    return both, "two looks"


def _fitted_widely(guide: Floats, coarse: Floats) -> Floats:
    """`coarse` (h, w) by the colours of `guide` (h, w, 3) within 9 px.

    What changes so slowly is found at half the size, in a quarter of the time: He and Sun, arXiv:1505.00996.
    """
    size = guide.shape[1::-1]
    half = max(1, size[0] // 2), max(1, size[1] // 2)
    small = np.dstack([resized(guide[..., c], half, Image.Resampling.BOX) for c in range(3)])
    a, b = guided(small, resized(coarse, half, Image.Resampling.BOX), 4, 1e-4)
    fitted = resized(b, size, Image.Resampling.BILINEAR).copy()
    for c in range(3):
        fitted += resized(a[..., c], size, Image.Resampling.BILINEAR) * guide[..., c]
    return fitted


def _look_near(rgb: Bytes, box: Box) -> Floats:
    """As `_look`, (WORK, WORK), at the part `box` of the picture only, and 0 outside it.

    At a mirrored picture: that makes it a second opinion. Where the network merely guesses, it guesses differently.
    """
    height, width = rgb.shape[:2]
    left, top, right, bottom = box
    rows = slice(top * height // WORK, -(-bottom * height // WORK))
    columns = slice(left * width // WORK, -(-right * width // WORK))
    whole = np.zeros((WORK, WORK), np.float32)
    whole[top:bottom, left:right] = resized(_look(rgb[rows, columns], mirrored=True), (right - left, bottom - top))
    return whole


def _look(pixels: Bytes, *, mirrored: bool = False) -> Floats:
    small = np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)
    turn = slice(None, None, -1 if mirrored else 1)
    x = ((small[:, turn] / np.float32(255) - MEAN) / SPREAD).transpose(2, 0, 1)
    return net.run("u2netp", x).reshape(SIDE, SIDE)[:, turn]


def _look_wide(rgb: Bytes) -> Floats:
    """As `_look`, from further away: a subject that fills the picture is not taken for its background."""
    small = np.asarray(Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    rim = SIDE // 5
    around = np.pad(small, ((rim, rim), (rim, rim), (0, 0)), mode="reflect")
    blurred = Image.fromarray(around).resize((24, 24), Image.Resampling.BOX).resize(around.shape[1::-1])
    wide = np.array(blurred)
    wide[rim:-rim, rim:-rim] = small
    return resized(_look(wide), wide.shape[1::-1])[rim:-rim, rim:-rim]


def _doubt(seen: Floats) -> float:
    """0 where every place is surely in or out, towards 1 the more of the subject is half-sure."""
    return float((seen * (1 - seen)).sum() / max(seen.sum(), 1))


def _is_ground(seen: Floats) -> bool:
    """Whether what was found reaches from one side of the picture to the other, as meadows and hills do."""
    return min(float(seen[:, side].mean()) for side in (2, -3)) > GROUND  # the outermost pixels are seldom sure


def _overlap(a: Floats, b: Floats) -> float:
    """How much two looks saw the same, 0..1."""
    return float(np.minimum(a, b).sum() / max(float(np.maximum(a, b).sum()), 1e-6))


def _area(box: Box) -> int:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def _subject_box(seen: Floats, least: float) -> Box | None:
    """What `seen` (WORK, WORK) holds for more than `least` likely, with a margin."""
    sure = seen > least
    if not sure.any():
        return None
    box = []
    for axis in (0, 1):
        at = np.flatnonzero(sure.any(axis=axis))
        more = MARGIN * (at[-1] + 1 - at[0]) + 0.02 * WORK
        box.append((max(0, int(at[0] - more)), min(WORK, int(at[-1] + 1 + more) + 1)))
    return box[0][0], box[1][0], box[0][1], box[1][1]


def _steeper(x: Floats) -> Floats:
    """Push 0.1 and below to 0, 0.9 and above to 1, smoothly: half-sure flats become sure."""
    x = np.clip((x - 0.1) / 0.8, 0, 1)
    return x * x * (3 - 2 * x)


def _strips(height: int, small: tuple[int, int]) -> Iterator[tuple[slice, tuple[float, float, float, float]]]:
    """Each strip's rows at full size, and the box of a `small` (width, height) picture it comes from."""
    for top in range(0, height, STRIP):
        bottom = min(height, top + STRIP)
        yield slice(top, bottom), (0, top * small[1] / height, small[0], bottom * small[1] / height)


def _foreground(rgb: Bytes, matte: Bytes) -> Bytes:
    """The subject's own colours under a soft edge.

    From mean colours of subject and background nearby, corrected so that the two mixed by coverage give
    the picture again. Method: Forte 2021, https://arxiv.org/abs/2006.14970.
    """
    height, width = matte.shape
    guide, inside = _shrunk(rgb, WORK // 2), _shrunk(matte, WORK // 2)[..., None]
    near = min(8, round(4 * WORK / min(WORK, max(height, width))))  # 8 px of the picture at WORK px a side
    front = box_mean(guide * inside, near) / (box_mean(inside, near) + 1e-5)
    back = box_mean(guide * (1 - inside), near) / (box_mean(1 - inside, near) + 1e-5)
    out = rgb.copy()
    for rows, box in _strips(height, guide.shape[1::-1]):
        cover = matte[rows].astype(np.float32) / 255
        if not ((cover > 0) & (cover < 1)).any():
            continue
        size = (width, rows.stop - rows.start)
        for c in range(3):
            f, b = (resized(x[..., c], size, Image.Resampling.BILINEAR, box) for x in (front, back))
            own = f + cover * (rgb[rows, :, c] / np.float32(255) - cover * f - (1 - cover) * b)
            out[rows, :, c] = np.where(cover == 1, rgb[rows, :, c], np.rint(np.clip(own, 0, 1) * 255))
    return out


def _shrunk(pixels: Bytes, side: int = WORK) -> Floats:
    """`pixels` as 0..1, at most `side` px a side."""
    height, width = pixels.shape[:2]
    scale = min(1, side / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX), np.float32) / np.float32(255)
