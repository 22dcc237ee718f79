"""From a checked order to pictures: one maker per endpoint, each from the order and a seed.

The picture rooms are imported when first used: a server that only answers `users/me` loads no numpy models.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import wishes
from .checks import Order
from .framing import outpaint_frame

if TYPE_CHECKING:
    from .sketch import Drawing

Pixels = NDArray[np.uint8]
_OPAQUE = 255
_FEW_COLOURS = 8  # where a vectorized picture is to have fewer
_RELIT = 2  # of several variations the first two are in another light, the others in the hand of a painter


class Finished(NamedTuple):
    """One picture of an answer: pixels (height, width, 3 or 4) or an SVG, and how it was made."""

    pixels: Pixels | None
    svg: bytes
    how: str


def make(order: Order, source: dict[str, Any] | None = None) -> list[Finished]:
    """All pictures of an order. `source` is what explore remembered, for explore/similar."""
    if order.endpoint.id == "explore/similar":
        return _similar(order, source or {})
    if order.endpoint.id in TOGETHER:
        return TOGETHER[order.endpoint.id](order)
    maker = MAKERS[order.endpoint.id]
    return [maker(order, seed) for seed in seeds(order.seed, order.count)]


def seeds(first: int, count: int) -> list[int]:
    """One seed per picture of an answer; the first is the request's own."""
    return [(first + number * 0x9E3779B1) % 2**32 for number in range(count)]


def encode(finished: Finished, image_format: str = "webp") -> tuple[bytes, str]:
    """The bytes of a result and their media type: WebP without loss, PNG on demand, SVG as it is."""
    if finished.pixels is None:
        return finished.svg, "image/svg+xml"
    pixels = np.ascontiguousarray(finished.pixels)
    image = Image.fromarray(pixels)
    if pixels.shape[2] == 4 and (pixels[..., 3] == _OPAQUE).all():
        # On the array's own memory: a copy without alpha, and Pillow's of that, are 120 MB of the largest result.
        image = Image.frombuffer("RGBX", image.size, pixels, "raw", "RGBX", 0, 1)
    out = io.BytesIO()
    if image_format == "png":
        image = image.convert("RGB") if image.mode == "RGBX" else image
        image.save(out, "PNG", compress_level=1)
        return out.getvalue(), "image/png"
    # Method 0 is three times faster than the default and about 5 % larger.
    image.save(out, "WEBP", lossless=True, method=0, quality=20)
    return out.getvalue(), "image/webp"


# What several makers need.


def _rgba(order: Order) -> Pixels:
    picture = order.picture
    if picture is None:
        raise LookupError("this order has no picture")
    if picture.pixels is not None:
        return picture.pixels
    from .pictures import raster

    return raster.rasterise(picture.svg, picture.width, picture.height)


def _rgb(rgba: Pixels) -> Pixels:
    """The picture on white: what lies hidden under full transparency may be anything."""
    alpha = rgba[..., 3:].astype(np.uint16)
    if (alpha == _OPAQUE).all():
        return np.ascontiguousarray(rgba[..., :3])
    mixed = rgba[..., :3] * alpha + _OPAQUE * (_OPAQUE - alpha)
    return ((mixed + 127) // _OPAQUE).astype(np.uint8)


def _hole(order: Order) -> NDArray[np.bool_]:
    if order.mask is None:
        raise LookupError("this order has no mask")
    return order.mask


def _by_model(order: Order, pixels: Pixels, how: str) -> Finished:
    """Pixels as they are, or traced where the model makes vectors."""
    if order.model is None or not order.model.vector:
        return Finished(pixels, b"", how)
    svg, traced = _trace(pixels)
    return Finished(None, svg, f"{how}; {traced}")


def _trace(pixels: Pixels) -> tuple[bytes, str]:
    from .pictures import trace

    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], _OPAQUE, np.uint8)])
    return trace.trace(pixels, size=(pixels.shape[1], pixels.shape[0]))


def _tracer(pixels: Pixels) -> bytes:
    return _trace(pixels)[0]


def _drawn(drawing: Drawing, how: str) -> Finished:
    if drawing.svg is not None:
        return Finished(None, drawing.svg.encode(), how)
    return Finished(drawing.pixels, b"", how)


def _prompt(order: Order) -> str:
    return str(order.values.get("prompt") or "")


# Drawn without a model: marked as sketches.


def _generate(order: Order, seed: int, prompt: str = "") -> Finished:
    from . import sketch

    width, height = order.size or _size_from_prompt(order)
    prompt = prompt or _prompt(order)
    drawing = sketch.generate(prompt, width=width, height=height, seed=seed, **wishes.of_drawing(order))
    return _drawn(drawing, "drawn from the words of the prompt (sketch)")


def _size_from_prompt(order: Order) -> tuple[int, int]:
    from recraft_core.shared.contract import allowed

    from . import sketch

    table = allowed(order.model.id if order.model else order.endpoint.default_model)
    return table[sketch.auto_size(_prompt(order))]


def _restyle(order: Order, seed: int) -> Finished:
    """In the hand that is asked for, the picture stays what it is; without one its things are redrawn as a sketch."""
    from . import hands
    from .pictures import smooth, styles

    hand = hands.wanted(order)
    if hand is None:
        return _redrawn(order, seed)
    rgba = _rgba(order)
    result = styles.paint(smooth.bleed(rgba), hand, strength=order.values["strength"])
    note = "; what else the prompt asks for needs a model" if hands.other_wishes(order) else ""
    return _by_model(order, np.dstack([result.pixels, rgba[..., 3]]), f"{result.how}{note}{wishes.left_out(order)}")


def _redrawn(order: Order, seed: int) -> Finished:
    from . import sketch
    from .pictures import matte

    rgb, strength = _rgb(_rgba(order)), order.values["strength"]
    height, width = rgb.shape[:2]
    subject = matte.alpha(rgb)[0].astype(np.float32) / np.float32(255)
    drawing = sketch.restyle(
        rgb, _prompt(order), strength=strength, width=width, height=height, seed=seed, subject=subject,
        tracer=_tracer, **wishes.of_drawing(order),
    )  # fmt: skip
    return _drawn(drawing, "redrawn from its own shapes and the words of the prompt (sketch)")


def _varied(order: Order) -> list[Finished]:
    """Variations differ from each other too: one is mirrored, and from the third on each has another hand."""
    from . import sketch
    from .pictures import reshape, styles

    width, height = order.size or (1024, 1024)
    vector = bool(order.model and order.model.vector)
    rgb, how = reshape.reshaped(_rgb(_rgba(order)), width / height, seed=order.seed)
    variants = []
    for number, seed in enumerate(seeds(order.seed, order.count)):
        if number >= _RELIT:
            look = styles.look(reshape.fitted(rgb, width, height), order.seed + number)
            variants.append(_by_model(order, look.pixels, f"{look.how}, {how}"))
            continue
        drawing = sketch.variation(
            rgb, width=width, height=height, vector=vector, seed=seed, tracer=_tracer, mirror=number % 2 == 1
        )
        variants.append(_drawn(drawing, f"varied from its own pixels, {how} (sketch)"))
    return variants


def _explored(order: Order) -> list[Finished]:
    return [_generate(order, seed, _mood(order, number)) for number, seed in enumerate(seeds(order.seed, order.count))]


def _mood(order: Order, number: int) -> str:
    from . import sketch

    return sketch.mood(_prompt(order), number, vector=bool(order.model and order.model.vector))


def _similar(order: Order, source: dict[str, Any]) -> list[Finished]:
    from . import sketch

    colours = tuple((tuple(rgb), weight) for rgb, weight in source["colors"])
    background = tuple(source["background"]) if source["background"] else None
    drawings = [
        sketch.similar(
            **{**source, "colors": colours, "background": background},
            similarity=order.values["similarity"], seed=seed,
        )
        for seed in seeds(order.seed, order.count)
    ]  # fmt: skip
    return [_drawn(drawing, "drawn close to an explored picture (sketch)") for drawing in drawings]


def _backdrop(order: Order, width: int, height: int, seed: int) -> Pixels:
    from . import hands, sketch
    from .pictures import styles

    drawn = sketch.backdrop(_prompt(order), width=width, height=height, seed=seed, **wishes.of(order))
    hand = hands.wanted(order)
    return drawn if hand is None else styles.paint(drawn, hand).pixels


def _replace_background(order: Order, seed: int) -> Finished:
    from . import sketch
    from .pictures import matte, onto

    rgba = _rgba(order)
    cut = matte.cut_out(rgba)
    height, width = rgba.shape[:2]
    pixels = onto.onto(cut.pixels, _backdrop(order, width, height, seed))
    how = f"{cut.how}; drawn backdrop (sketch){wishes.left_out(order)}"
    return _by_model(order, sketch.mark(pixels), how)


def _generate_background(order: Order, seed: int) -> Finished:
    from . import sketch
    from .pictures import onto

    rgb = _rgb(_rgba(order))
    height, width = rgb.shape[:2]
    pixels = onto.into(rgb, _hole(order), _backdrop(order, width, height, seed))
    return _by_model(order, sketch.mark(pixels), f"drawn backdrop inside the mask (sketch){wishes.left_out(order)}")


# Real without a model.

def _inpaint(order: Order, seed: int) -> Finished:
    pixels, how = _filled(_rgba(order), _hole(order), seed)
    return _by_model(order, pixels, f"{how}; {wishes.unheard(order)}")


def _filled(rgba: Pixels, hole: NDArray[np.bool_], seed: int) -> tuple[Pixels, str]:
    """Fill the hole from its surroundings; outside it every byte stays."""
    from .pictures import cover, fill, smooth

    # On white, a half transparent surrounding would fill the hole with a paler colour than its own.
    result = fill.fill(smooth.bleed(rgba), hole, seed=seed)
    out = rgba.copy()
    out[hole, :3] = result.pixels[hole]
    out[hole, 3] = cover.inside(rgba[..., 3], hole)
    return out, result.how


def _erase(order: Order, seed: int) -> Finished:
    if order.picture is not None and order.picture.svg:
        from . import svg_edit

        svg, how = svg_edit.erase(order.picture.svg, order.picture.width, order.picture.height, _hole(order))
        return Finished(None, svg, how)
    pixels, how = _filled(_rgba(order), _hole(order), seed)
    return Finished(pixels, b"", how)


def _outpaint(order: Order, seed: int) -> Finished:
    from .pictures import outpaint

    rgba = _rgba(order)
    pixels = rgba[..., :3] if (rgba[..., 3] == _OPAQUE).all() else rgba
    frame, box = outpaint_frame((pixels.shape[1], pixels.shape[0]), order.size, order.values)
    if box.size != (pixels.shape[1], pixels.shape[0]):
        pixels = np.asarray(Image.fromarray(pixels).resize(box.size, Image.Resampling.LANCZOS))
    result = outpaint.extend(
        pixels, left=box.x, top=box.y, right=frame.width - box.right, bottom=frame.height - box.bottom, seed=seed
    )
    return _by_model(order, result.pixels, f"{result.how}; {wishes.unheard(order)}")


def _cut_out(order: Order, _seed: int) -> Finished:
    if order.picture is not None and order.picture.svg:
        from . import svg_edit

        svg, how = svg_edit.without_background(order.picture.svg, order.picture.width, order.picture.height)
        return Finished(None, svg, how)
    from .pictures import matte

    result = matte.cut_out(_rgba(order))
    return Finished(result.pixels, b"", result.how)


def _vectorize(order: Order, _seed: int) -> Finished:
    from .pictures import trace

    options = order.values
    wishes = trace.Wishes(
        colours=_FEW_COLOURS if options.get("color_reduction") == "on" else None,
        palette=options.get("strict_color_palette") or (),
        gradients=options.get("return_gradients") != "off",
        shapes=options.get("max_num_shapes") if options.get("limit_num_shapes") != "off" else None,
        cut_out=options.get("shape_stacking") == "cut_out",
        no_small=options.get("small_shape_filter") == "on",
    )
    svg, how = trace.trace(_rgba(order), wishes=wishes)
    return Finished(None, svg, how)


def _crisp(order: Order, _seed: int) -> Finished:
    from .pictures import upscale

    result = upscale.enlarge(_rgba(order))
    return Finished(result.pixels, b"", result.how)


def _creative(order: Order, _seed: int) -> Finished:
    from .pictures import upscale

    result = upscale.enlarge(_rgba(order), creative=True)
    return Finished(result.pixels, b"", result.how)


def _refined(order: Order, _seed: int) -> Finished:
    """The picture at the size of V4.1 Pro for its shape, with its details raised."""
    from recraft_core.shared.contract import SIZES, nearest_ratio

    from .pictures import upscale

    rgba = _rgba(order)
    size = SIZES["v4_2k"][nearest_ratio(rgba.shape[1], rgba.shape[0])]
    result = upscale.refined(rgba, size, strength=0.5 if order.values.get("refinement") == "moderate" else 0.25)
    return Finished(result.pixels, b"", result.how)


MAKERS: dict[str, Callable[[Order, int], Finished]] = {
    "generations": _generate,
    "generations/raster": _generate,
    "generations/vector": _generate,
    "imageToImage": _restyle,
    "inpaint": _inpaint,
    "outpaint": _outpaint,
    "replaceBackground": _replace_background,
    "generateBackground": _generate_background,
    "vectorize": _vectorize,
    "removeBackground": _cut_out,
    "crispUpscale": _crisp,
    "creativeUpscale": _creative,
    "eraseRegion": _erase,
    "enhance": _refined,
}
# Makers of all pictures of an answer: these look at each other.
TOGETHER: dict[str, Callable[[Order], list[Finished]]] = {"variateImage": _varied, "explore": _explored}


def remembered(order: Order, number: int) -> dict[str, Any]:
    """What explore keeps of the picture of that number, as plain data: explore/similar starts from it."""
    width, height = order.size or (1024, 1024)
    seed = seeds(order.seed, order.count)[number]
    facts = {"prompt": _mood(order, number), "original_seed": seed, "width": width, "height": height}
    return {**facts, **wishes.of(order), "vector": bool(order.model and order.model.vector)}
