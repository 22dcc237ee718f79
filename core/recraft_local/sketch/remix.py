"""Sketches that start from a picture: image to image, and variations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from . import svg
from .chance import dice_for
from .colours import RGB
from .drawing import Drawing, paint
from .label import mark, mark_shapes
from .raster import Pixels, soften
from .scene import Colours, Lettering, read
from .shapes import Page

Tracer = Callable[[Pixels], bytes]  # (height, width, 4) uint8 to an SVG file
_TRACE_SIDE = 900  # px; tracing larger pictures costs much and shows nothing more
# Between which strengths the drawing takes the place of the surroundings, and of the subject.
_BACK, _FRONT = (0.25, 0.5), (0.72, 1.0)
_CLEAR = (0.005, 0.75)  # share of the picture that a subject worth keeping covers
_VIEW = re.compile(r'viewBox\s*=\s*["\']([^"\']+)["\']')
_MEASURE = re.compile(r'\b(width|height)\s*=\s*["\']([\d.]+)')


def restyle(rgb: Pixels, prompt: str, *, strength: float, width: int, height: int, vector: bool, style: str | None,
            negative_prompt: str = "", colors: Colours = (), background: RGB | None = None,
            text_layout: Lettering = (), artistic_level: int | None = None, no_text: bool = False, seed: int,
            subject: NDArray[np.float32] | None = None, tracer: Tracer | None = None) -> Drawing:  # fmt: skip
    """Redraw a picture, (h, w, 3) uint8, towards a prompt at width × height px, marked "sketch".

    `strength` 0 leaves the picture almost as it is, 1 keeps nothing but a breath of its colours. In between it is
    simplified, takes the colours of the drawing and gives way to it: the surroundings first, then the `subject`,
    (h, w) coverage 0..1; without one all at once. `vector` needs a `tracer`.
    """
    name = f"{prompt} {seed}"
    scene = read(prompt, style=style, vector=vector, negative_prompt=negative_prompt, colours=colors,
                 background=background, text_layout=text_layout, artistic_level=artistic_level, no_text=no_text,
                 layout_seed=name, palette_seed=name)  # fmt: skip
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

    What the new shape lacks is continued softly; colours turn a little and light falls from another side.
    `vector` needs a `tracer`. `mirror` None leaves it to the seed.
    """
    dice = dice_for(f"variation {seed}")
    zoom, mirrored = dice.uniform(1.0, 1.10), dice.random() < 0.4
    framed = _reframed(rgb, width, height, zoom=zoom, mirror=mirrored if mirror is None else mirror)
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


def _reframed(rgb: Pixels, width: int, height: int, *, zoom: float, mirror: bool) -> Pixels:
    """The picture in a new shape: a little cropped, the rest continued by its own blurred mirror image."""
    if mirror:
        rgb = np.ascontiguousarray(rgb[:, ::-1])
    h, w = rgb.shape[:2]
    fill, fit = max(width / w, height / h), min(width / w, height / h)
    k = fit * (fill / fit) ** 0.6 * zoom  # rather more is cropped than is made up
    if k >= fill:
        return _cover(rgb, width, height, zoom=k / fill)
    nw, nh = max(1, round(w * k)), max(1, round(h * k))
    inner = np.array(Image.fromarray(rgb).resize((nw, nh), Image.Resampling.LANCZOS))
    cw, ch = min(nw, width), min(nh, height)
    inner = inner[(nh - ch) // 2 : (nh - ch) // 2 + ch, (nw - cw) // 2 : (nw - cw) // 2 + cw]
    return _continued(inner, width, height)


def _continued(inner: Pixels, width: int, height: int) -> Pixels:
    """Mirror the picture beyond its edges, blurred, and let it fade into that."""
    ch, cw = inner.shape[:2]
    top, left = (height - ch) // 2, (width - cw) // 2
    rows, columns = _mirrored(ch, top, height), _mirrored(cw, left, width)
    around = inner[rows][:, columns]
    soft = np.asarray(soften(Image.fromarray(around), 0.06 * min(width, height)), np.float32)
    feather = max(1.0, 0.08 * min(width, height))
    share = np.ones((height, width), np.float32)
    if left:
        inside = np.minimum(np.arange(width) - left, left + cw - 1 - np.arange(width))
        share *= np.clip(inside / feather, 0, 1)
    if top:
        inside = np.minimum(np.arange(height) - top, top + ch - 1 - np.arange(height))
        share *= np.clip(inside / feather, 0, 1)[:, None]
    whole = share[..., None]
    return _bytes(around * whole + soft * (1 - whole))


def _mirrored(length: int, start: int, total: int) -> NDArray[Any]:
    """Index into 0..length-1 for total places, the picture starting at `start`, reflected outside."""
    place = np.abs(np.arange(total) - start) % (2 * length)
    return np.where(place < length, place, 2 * length - 1 - place)


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
    tag = "".join(
        f'<path d="{svg.path_data([_shift(c, left / kx, top / ky) for c in s.contours], kx, ky)}" '
        f'fill="{svg.css(s.paint)}" fill-opacity="{s.opacity:.2f}"/>\n'
        for s in mark_shapes(page) if isinstance(s.paint, tuple)
    )  # fmt: skip
    attributes = re.sub(r'\s(width|height|viewBox|preserveAspectRatio)\s*=\s*("[^"]*"|\'[^\']*\')', "", head[4:-1])
    opening = (
        f'<svg{attributes} width="{width}" height="{height}" viewBox="{left:g} {top:g} {wide:g} {tall:g}" '
        'preserveAspectRatio="none">'
    )
    body = text[head_end : text.rindex("</svg>")]
    return f"{opening}{body}{tag}</svg>\n"


def _shift(contour: Any, dx: float, dy: float) -> Any:
    return tuple(tuple(v + (dy if i % 2 else dx) for i, v in enumerate(k)) for k in contour)


def _view(head: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of the view box; without one, from width and height."""
    view = _VIEW.search(head)
    if view:
        left, top, wide, tall = (float(v) for v in re.split(r"[\s,]+", view.group(1).strip()))
        return left, top, wide, tall
    measures = {name: float(value) for name, value in _MEASURE.findall(head)}
    return 0.0, 0.0, measures["width"], measures["height"]
