"""Draw an SVG to pixels, for the engine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
from defusedxml.ElementTree import fromstring

from ..svg_in import length
from .child import run_child
from .made import PictureTrouble, Undrawable

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMEOUT_S = 20.0
_SVG = "http://www.w3.org/2000/svg"


def rasterise(svg: bytes, width: int, height: int, *, timeout_s: float = TIMEOUT_S) -> NDArray[np.uint8]:
    """Pixels (height, width, 4), straight alpha, of the sanitised `svg`.

    It is fitted into the size and centred, or stretched where its preserveAspectRatio is none; what it leaves
    empty is clear. `svg` must have been checked before: the renderer would read files that it names. Raises
    Undrawable when it cannot be drawn within `timeout_s`, PictureTrouble when the renderer is not there.
    """
    try:
        raw = run_child(["raster", str(width), str(height)], svg, timeout_s=timeout_s)
    except ModuleNotFoundError as error:
        raise PictureTrouble(
            'Drawing an SVG needs resvg-py, which is not installed. Run: pip install "recraft-canvas[local]"'
        ) from error
    except PictureTrouble as trouble:
        # The renderer's own panic ends with advice to its makers.
        why = "The SVG is too much for the renderer. Save it again as plain SVG."
        raise Undrawable(why if "BACKTRACE" in str(trouble) else str(trouble)) from trouble
    if len(raw) != width * height * 4:
        raise Undrawable(f"The SVG did not draw at {width} x {height} px. Save it again as plain SVG.")
    return np.frombuffer(raw, np.uint8).reshape(height, width, 4).copy()


def in_child(argv: list[str], svg: bytes) -> bytes:
    """Rows of RGBA, width and height from `argv`; the child's part of `rasterise`."""
    from PIL import Image
    from recraft_core.imaging.drawing import drawn

    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = _sized(fromstring(svg), int(argv[0]), int(argv[1]))
    with Image.open(io.BytesIO(drawn(root)[0])) as picture:
        return picture.convert("RGBA").tobytes()


def _sized(root: ET.Element, width: int, height: int) -> ET.Element:
    """The drawing with a new size; what it measured before becomes its view box, if it had none.

    Sizing by attribute, since resvg's own option keeps the old proportions whatever the SVG asks for.
    """
    if not root.tag.startswith("{"):
        root.set("xmlns", _SVG)
    before = length(root.get("width")), length(root.get("height"))
    if not root.get("viewBox") and all(before):
        root.set("viewBox", "0 0 {:.10g} {:.10g}".format(*before))
    root.set("width", str(width))
    root.set("height", str(height))
    return root
