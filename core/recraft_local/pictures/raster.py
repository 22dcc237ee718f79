"""Draw an SVG to pixels, for the engine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from .child import run_child
from .made import PictureTrouble

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMEOUT_S = 20.0


def rasterise(svg: bytes, width: int, height: int, *, timeout_s: float = TIMEOUT_S) -> NDArray[np.uint8]:
    """Pixels (height, width, 4), straight alpha, of the sanitised `svg` stretched or fitted as it asks itself.

    What the SVG leaves empty is clear. `svg` must have been checked before: the renderer would read
    files that it names. Raises PictureTrouble when it cannot be drawn within `timeout_s`.
    """
    try:
        raw = run_child(["raster", str(width), str(height)], svg, timeout_s=timeout_s)
    except ModuleNotFoundError as error:
        raise PictureTrouble(
            'Drawing an SVG needs resvg-py, which is not installed. Run: pip install "recraft-canvas[local]"'
        ) from error
    if len(raw) != width * height * 4:
        raise PictureTrouble(f"The SVG did not draw at {width} x {height} px. Give its <svg> a viewBox.")
    return np.frombuffer(raw, np.uint8).reshape(height, width, 4).copy()


def in_child(argv: list[str], svg: bytes) -> bytes:
    """Rows of RGBA, width and height from `argv`; the child's part of `rasterise`."""
    import resvg_py
    from PIL import Image

    width, height = int(argv[0]), int(argv[1])
    png = resvg_py.svg_to_bytes(svg_string=svg.decode("utf-8"), width=width, height=height)
    with Image.open(io.BytesIO(bytes(png))) as picture:
        drawn = picture.convert("RGBA")
    if drawn.size != (width, height):  # resvg keeps an SVG's own proportions: centre it, as browsers do
        fitted = Image.new("RGBA", (width, height))
        fitted.paste(drawn, ((width - drawn.width) // 2, (height - drawn.height) // 2))
        drawn = fitted
    return drawn.tobytes()
