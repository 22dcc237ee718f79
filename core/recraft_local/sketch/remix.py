"""Sketches that start from a picture: image to image, and variations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from . import svg
from .drawing import Drawing, paint
from .label import mark, mark_shapes
from .painter import Pixels
from .scene import dice_for, read
from .shapes import Page

Tracer = Callable[[Pixels], bytes]  # (height, width, 4) uint8 to an SVG file
_TRACE_SIDE = 900  # px; tracing larger pictures costs much and shows nothing more
# Between which strengths the drawing takes the place of the surroundings, and of the subject.
_BACK, _FRONT = (0.25, 0.5), (0.72, 1.0)
_CLEAR = (0.005, 0.75)  # share of the picture that a subject worth keeping covers
_VIEW = re.compile(r'viewBox\s*=\s*["\']([^"\']+)["\']')
_MEASURE = re.compile(r'\b(width|height)\s*=\s*["\']([\d.]+)')


def restyle(rgb: Pixels, prompt: str, *, strength: float, width: int, height: int, vector: bool, seed: int,
            subject: NDArray[np.float32] | None = None, tracer: Tracer | None = None,
            **wishes: Any) -> Drawing:  # fmt: skip
    """Redraw a picture, (h, w, 3) uint8, towards a prompt at width × height px, marked "sketch".

    `strength` 0 leaves the picture almost as it is, 1 keeps nothing but a breath of its colours. In between it is
    simplified, takes the colours of the drawing and gives way to it: the surroundings first, then the `subject`,
    (h, w) coverage 0..1; without one all at once. `vector` needs a `tracer`; wishes are those of `generate`.
    """
    name = f"{prompt} {seed}"
    scene = read(prompt, vector=vector, layout_seed=name, palette_seed=name, **wishes)
    source = _cover(rgb, width, height)
    if strength <= 0.02:
        return _finished(source, vector, tracer)
    back, front = _ramp(strength, *_BACK), _ramp(strength, *_FRONT)
    clear = subject is not None and _CLEAR[0] < float(subject.mean()) < _CLEAR[1]
    drawn = paint(scene, width, height, seed, subjects=not clear or bool(front > 0))
    calm = _tinted(_simplified(source, strength), drawn, min(0.85, strength))
    drawn = _tinted(drawn, source, 0.35 * (1 - strength) + 0.08)
    there = _there(subject, width, height) if clear and subject is not None else np.float32(0.5)
    share = back + there * (front - back)
    mixed = calm * (1 - share) + drawn * share
    return _finished(_bytes(mixed), vector, tracer)


def variation(
    rgb: Pixels, *, width: int, height: int, vector: bool, seed: int, tracer: Tracer | None = None,
    mirror: bool | None = None,
) -> Drawing:  # fmt: skip
    """The same picture, (h, w, 3) uint8, reframed to width × height px in another light, marked "sketch".

    It is cropped to the new shape; colours turn a little and light falls from another side.
    `vector` needs a `tracer`. `mirror` None leaves it to the seed.
    """
    dice = dice_for(f"variation {seed}")
    zoom, mirrored = dice.uniform(1.0, 1.10), dice.random() < 0.4
    mirrored = mirrored if mirror is None else mirror
    framed = _cover(np.ascontiguousarray(rgb[:, ::-1]) if mirrored else rgb, width, height, zoom)
    lit = _relit(
        framed,
        turn=dice.uniform(-11, 11),  # further, and skin, sand and wood turn green
        chroma=dice.uniform(0.85, 1.25),
        side=dice.uniform(-1, 1),
        warmth=dice.uniform(-1, 1),
    )
    return _finished(lit, vector, tracer)


# ---------------------------------------------------------------- framing


def _cover(rgb: Pixels, width: int, height: int, zoom: float = 1.0) -> Pixels:
    """The picture scaled to fill width × height, its middle kept."""
    h, w = rgb.shape[:2]
    k = max(width / w, height / h) * zoom
    bw, bh = width / k, height / k
    box = ((w - bw) / 2, (h - bh) / 2, (w + bw) / 2, (h + bh) / 2)
    return np.array(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS, box=box))


# ---------------------------------------------------------------- light and colour


def _relit(pixels: Pixels, *, turn: float, chroma: float, side: float, warmth: float) -> Pixels:
    """Hue turned (degrees), colourfulness scaled, light from one side (-1 left .. 1 right), warmer or cooler."""
    ycc = np.asarray(Image.fromarray(pixels).convert("YCbCr"), np.float32)
    angle = np.deg2rad(turn)
    cb, cr = ycc[..., 1] - 128, ycc[..., 2] - 128
    across = np.linspace(-1, 1, pixels.shape[1], dtype=np.float32)
    down = np.linspace(0.5, -0.5, pixels.shape[0], dtype=np.float32)[:, None]
    gain = 1 + 0.16 * (across * side + down)
    out = np.stack([
        ycc[..., 0] * gain,
        128 + chroma * (cb * np.cos(angle) - cr * np.sin(angle)) - 6 * warmth,
        128 + chroma * (cb * np.sin(angle) + cr * np.cos(angle)) + 6 * warmth,
    ], axis=2)  # fmt: skip
    return _from_ycc(out)


def _simplified(source: Pixels, strength: float) -> Pixels:
    """Broad shapes in few colours; the broader and fewer, the higher the strength."""
    h, w = source.shape[:2]
    k = min(1.0, 400 / min(h, w))  # a median over many pixels is slow; broad shapes need no more
    small = Image.fromarray(source).resize((max(1, round(w * k)), max(1, round(h * k))), Image.Resampling.BOX)
    for _ in range(2 + round(strength * 3)):
        small = small.filter(ImageFilter.MedianFilter(5))
    colours = round(72 - 56 * strength)
    flat = small.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    flat = flat.filter(ImageFilter.ModeFilter(5)).resize((w, h), Image.Resampling.BICUBIC)
    share = np.float32(min(1.0, strength * 2.2))
    return np.clip(source * (1 - share) + np.asarray(flat, np.float32) * share + 0.5, 0, 255).astype(np.uint8)


def _tinted(pixels: Pixels, like: Pixels, share: float) -> Pixels:
    """Move the mean and spread of the colours (not the brightness) to those of another picture."""
    a = np.asarray(Image.fromarray(pixels).convert("YCbCr"), np.float32)
    b = np.asarray(Image.fromarray(like).convert("YCbCr").resize((96, 96)), np.float32)
    bright = a[::4, ::4, 0]
    spread = np.clip((b[..., 0].std() + 2) / (bright.std() + 2), 0.6, 1.8)
    wanted = np.empty_like(a)
    wanted[..., 0] = (a[..., 0] - bright.mean()) * spread + b[..., 0].mean()
    # Towards the other picture's cast, not by the difference of the means: that would turn grey fur purple
    # where green grass is to become snow.
    wanted[..., 1:] = b[..., 1:].mean((0, 1)) + 0.5 * (a[..., 1:] - 128)
    out = a + np.array([0.25, 1.0, 1.0], np.float32) * share * (wanted - a)
    return _from_ycc(out)


def _there(subject: NDArray[np.float32], width: int, height: int) -> NDArray[Any]:
    """Coverage 0..1 at the drawing's size, (height, width, 1)."""
    covered = _cover(np.rint(subject * 255).astype(np.uint8), width, height)
    return covered.astype(np.float32)[..., None] / np.float32(255)


def _ramp(x: float, low: float, high: float) -> np.float32:
    """0 up to `low`, 1 from `high` on, smooth between."""
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return np.float32(t * t * (3 - 2 * t))


# ---------------------------------------------------------------- output


def _from_ycc(values: NDArray[Any]) -> Pixels:
    """RGB pixels from brightness and two colour differences, (height, width, 3), 0..255."""
    bands = [Image.fromarray(np.ascontiguousarray(_bytes(values[..., i]))) for i in range(3)]
    return np.array(Image.merge("YCbCr", bands).convert("RGB"))


def _bytes(values: NDArray[Any]) -> Pixels:
    """Rounded and held within 0..255."""
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def _finished(pixels: Pixels, vector: bool, tracer: Tracer | None) -> Drawing:
    if not vector:
        return Drawing(pixels=mark(pixels))
    if tracer is None:
        raise ValueError("vector=True but no tracer was given; pass a function from RGBA pixels to SVG bytes")
    return Drawing(svg=traced(pixels, tracer))


def traced(pixels: Pixels, tracer: Tracer) -> str:
    """Pixels as a traced SVG of the same size, with the mark as shapes on top."""
    height, width = pixels.shape[:2]
    picture = Image.fromarray(pixels)
    picture.thumbnail((_TRACE_SIDE, _TRACE_SIDE), Image.Resampling.BOX)
    small = np.asarray(picture)
    rgba = np.dstack([small, np.full(small.shape[:2], 255, np.uint8)])
    return add_mark(tracer(rgba).decode("utf-8"), width, height)


def add_mark(text: str, width: int, height: int) -> str:
    """Set an SVG file's size to width × height px and put the "sketch" tag on top of it."""
    head_end = text.index(">", text.index("<svg")) + 1
    head = text[text.index("<svg") : head_end]
    left, top, wide, tall = _view(head)
    page = Page.of(width, height)
    kx, ky = wide / page.w, tall / page.h
    tag = "\n".join(svg.path(shape, kx, ky, [], left, top) for shape in mark_shapes(page))
    attributes = re.sub(r'\s(width|height|viewBox|preserveAspectRatio)\s*=\s*("[^"]*"|\'[^\']*\')', "", head[4:-1])
    opening = (
        f'<svg{attributes} width="{width}" height="{height}" viewBox="{left:g} {top:g} {wide:g} {tall:g}" '
        'preserveAspectRatio="none">'
    )
    body = text[head_end : text.rindex("</svg>")]
    return f"{opening}{body}{tag}</svg>\n"


def _view(head: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of the view box; without one, from width and height."""
    view = _VIEW.search(head)
    if view:
        left, top, wide, tall = (float(v) for v in re.split(r"[\s,]+", view.group(1).strip()))
        return left, top, wide, tall
    measures = {name: float(value) for name, value in _MEASURE.findall(head)}
    return 0.0, 0.0, measures["width"], measures["height"]
