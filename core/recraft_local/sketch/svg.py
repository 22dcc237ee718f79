"""Write shapes as SVG in the form the service uses (CONTRACT.md, section 5).

A metadata block, then paths with absolute M, L, C and z only, the first one covering everything. The view box is
square; a page that is not square says preserveAspectRatio="none".
"""

from __future__ import annotations

from collections.abc import Sequence

from .colours import RGB
from .shapes import Contour, Gradient, Page, Shape

SIDE = 2048  # of the square view box, as seen in the service's own files
_METADATA = (
    "<metadata><title>sketch</title><desc>A placeholder drawn from the words of the prompt by the "
    "embedded engine of recraft-canvas; no image model was used.</desc></metadata>"
)


def write(shapes: Sequence[Shape], page: Page, width: int, height: int) -> str:
    """The drawing as SVG text; width and height in px are written as the picture's own size."""
    kx, ky = SIDE / page.w, SIDE / page.h
    gradients: list[str] = []
    rows = [path(shape, kx, ky, gradients) for shape in shapes]
    stretch = "" if width == height else ' preserveAspectRatio="none"'
    size = f'width="{width}" height="{height}" viewBox="0 0 {SIDE} {SIDE}"{stretch}'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    defs = f"<defs>{''.join(gradients)}</defs>" if gradients else ""
    return "\n".join([head, _METADATA + defs, *rows, "</svg>"]) + "\n"


def path(shape: Shape, kx: float, ky: float, gradients: list[str], left: float = 0.0, top: float = 0.0) -> str:
    """A shape as a path; page units times kx, ky give view box units. A ramp is added to `gradients`."""
    fill = shape.paint
    if isinstance(fill, Gradient):
        gradients.append(_gradient(fill, f"g{len(gradients)}", kx, ky))
        name = f"url(#g{len(gradients) - 1})"
    else:
        name = _css(fill)
    faint = "" if shape.opacity >= 0.999 else f' fill-opacity="{shape.opacity:.2f}"'
    data = "".join(_commands(contour, kx, ky, left, top) for contour in shape.contours)
    return f'<path d="{data}" fill="{name}"{faint}/>'


def _commands(contour: Contour, kx: float, ky: float, left: float, top: float) -> str:
    out = []
    for i, knot in enumerate(contour):
        numbers = " ".join(_number(top + v * ky if j % 2 else left + v * kx) for j, v in enumerate(knot))
        out.append(("M" if i == 0 else "L" if len(knot) == 2 else "C") + numbers)
    return "".join(out) + "z"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _gradient(paint: Gradient, name: str, kx: float, ky: float) -> str:
    """Coordinates stay in page units; the transform carries the stretch, so circles stay round on screen."""
    (ax, ay), (bx, by) = paint.a, paint.b
    if paint.radius is None:
        tag, where = "linearGradient", f'x1="{ax:.4f}" y1="{ay:.4f}" x2="{bx:.4f}" y2="{by:.4f}"'
    else:
        tag, where = "radialGradient", f'cx="{ax:.4f}" cy="{ay / paint.squash:.4f}" r="{paint.radius:.4f}"'
    stops = "".join(
        f'<stop offset="{t:.3f}" stop-color="{_css(c)}"' + ("" if a >= 1 else f' stop-opacity="{a:.3f}"') + "/>"
        for t, c, a in paint.stops
    )
    return (
        f'<{tag} id="{name}" gradientUnits="userSpaceOnUse" '
        f'gradientTransform="matrix({kx:.3f} 0 0 {ky * paint.squash:.3f} 0 0)" {where}>{stops}</{tag}>'
    )


def _css(c: RGB) -> str:
    return f"rgb({c[0]},{c[1]},{c[2]})"
