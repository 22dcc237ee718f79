"""SVG in, SVG out: erase a region and remove the background by geometry, so that paths stay paths.

A shape that lies in the region is dropped; one that surrounds it shows through and stays; one that reaches across
its edge is clipped. Shapes whose outline cannot be read (text, pictures) are clipped.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .outlines import Matrix, outline, transform, viewport
from .svg_in import local, parse

Bools = NDArray[np.bool_]
Element = ET.Element

_SVG = "http://www.w3.org/2000/svg"
_DRAWN = frozenset({"path", "rect", "circle", "ellipse", "polygon", "polyline", "line", "text", "use", "image"})
_GROUPS = frozenset({"svg", "g", "a", "switch"})
_WORK_PX = 512  # longest side at which areas are compared
_CLIP_PX = 1024  # longest side of the grid a clip follows
_INSIDE = 0.9  # a shape with so much of its area in the region belongs to it
_SURROUNDS = 0.5  # a shape that covers so much of the region's rim shows through it
_COVERS = 0.97  # a bottom shape that covers so much of the picture's border is a background, holes or not
_SCENE = 0.85  # what still covers so much without its background is a scene, not a drawing on a ground
_SHOWS = 0.005  # what shows so little of itself is not kept
_RIM_PX = 5
_HERE = Matrix()
_FRAME = "M-1e6 -1e6H1e6V1e6H-1e6z"

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


class Shape(NamedTuple):
    """One drawn element with its parent and the parent's way to the work grid."""

    element: Element
    parent: Element
    matrix: Matrix


class Sheet:
    """An SVG laid out on a work grid."""

    def __init__(self, svg: bytes, width: int, height: int) -> None:
        self.root = parse("image", svg)
        self.width, self.height = width, height
        scale = min(1.0, _WORK_PX / max(width, height))
        self.grid = max(1, round(width * scale)), max(1, round(height * scale))
        self._to_grid = Matrix(self.grid[0] / width, 0, 0, self.grid[1] / height)
        self.base = viewport(self.root, width, height)
        self.shapes: list[Shape] = []
        self._gather(self.root, self.base)

    def _gather(self, parent: Element, matrix: Matrix) -> None:
        for child in parent:
            tag = local(child.tag)
            if tag in _DRAWN:
                self.shapes.append(Shape(child, parent, matrix))
            elif tag in _GROUPS:
                self._gather(child, matrix @ transform(child.get("transform")))

    def area(self, shape: Shape) -> Bools | None:
        """Where a shape paints on the grid, even-odd; None when that cannot be read."""
        polygons = outline(shape.element, local(shape.element.tag))
        if polygons is None:
            return None
        matrix = self._to_grid @ shape.matrix @ transform(shape.element.get("transform"))
        total = Image.new("1", self.grid)
        for polygon in polygons:
            one = Image.new("1", self.grid)
            ImageDraw.Draw(one).polygon([matrix.of(point) for point in polygon], fill=1)
            total = ImageChops.logical_xor(total, one)
        return np.asarray(total)

    def on_grid(self, region: Bools) -> Bools:
        """A mask of the picture on the work grid."""
        return np.asarray(Image.fromarray(region).resize(self.grid, Image.Resampling.NEAREST))

    def text(self) -> bytes:
        """The drawing as it is now."""
        return ET.tostring(self.root, encoding="unicode").encode()


def erase(svg: bytes, width: int, height: int, region: Bools) -> tuple[bytes, str]:
    """The SVG without what lies in `region`, bool (height, width), and how. Raises `Refusal` for broken XML."""
    sheet = Sheet(svg, width, height)
    small = sheet.on_grid(region)
    rim = _rim(small)

    def surrounds(area: Bools) -> bool:
        return bool(rim.any()) and float((area & rim).sum() / rim.sum()) >= _SURROUNDS

    return _take_away(sheet, region, small, surrounds)


def without_background(svg: bytes, width: int, height: int) -> tuple[bytes, str]:
    """The SVG without its background, and how: the ground goes; a scene is cut along its subject."""
    sheet = Sheet(svg, width, height)
    dropped, left = _drop_ground(sheet)
    for shape in sheet.shapes:
        area = sheet.area(shape)
        left = left | area if area is not None else left
    if dropped and left.mean() < _SCENE:
        return sheet.text(), f"svg geometry: {dropped} background shapes dropped"
    from .pictures import matte, raster

    alpha, how = matte.alpha(np.ascontiguousarray(raster.rasterise(svg, *_fitted(width, height))[..., :3]))
    whole = Image.fromarray(alpha).resize((width, height), Image.Resampling.BILINEAR)
    region = np.asarray(whole) < 128
    if region.all() or not region.any():
        return sheet.text(), f"svg geometry: {dropped} background shapes dropped; no subject told apart"
    text, cut = _take_away(sheet, region, sheet.on_grid(region), lambda _area: False)
    return text, f"{cut}, along {how}"


def _drop_ground(sheet: Sheet) -> tuple[int, Bools]:
    """Take away the bottom shapes that go all round the border; how many went, and what of them still shows.

    The topmost of them is the ground one sees. What lies below it shows through its holes only, and is cut to them:
    tracers that stack shapes put half of the subject there.
    """
    ground: list[tuple[Shape, Bools]] = []
    for shape in sheet.shapes:
        area = sheet.area(shape)
        if area is None or _border(area).mean() < _COVERS:
            break
        ground.append((shape, area))
    left = np.zeros(sheet.grid[::-1], bool)
    if not ground:
        return 0, left
    seen, seen_area = ground[-1]
    clips = Clips(sheet, *_outside(seen))
    dropped = 0
    for shape, area in ground:
        sheet.shapes.remove(shape)
        through = area & ~seen_area
        if shape is not seen and through.mean() >= _SHOWS and clips.put(shape):
            left |= through
        else:
            shape.parent.remove(shape.element)
            dropped += 1
    return dropped, left


def _outside(shape: Shape) -> tuple[str, Matrix]:
    """Everything but a path, exactly, as path data under the even-odd rule, and where that data lies."""
    # The frame comes second: path data may begin with a relative move.
    return f"{shape.element.get('d') or ''}{_FRAME}", shape.matrix @ transform(shape.element.get("transform"))


def _border(area: Bools) -> Bools:
    """The outermost pixels but one: the very last may be half covered."""
    inner = area[1:-1, 1:-1]
    return np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])


def _fitted(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _CLIP_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _rim(region: Bools) -> Bools:
    grown = Image.fromarray(region).convert("L").filter(ImageFilter.MaxFilter(2 * _RIM_PX + 1))
    return (np.asarray(grown) > 0) & ~region


def _take_away(
    sheet: Sheet, region: Bools, small: Bools, stays: Callable[[Bools], bool]
) -> tuple[bytes, str]:
    dropped = clipped = 0
    clips = Clips(sheet, _kept_path(region))
    for shape in sheet.shapes:
        area = sheet.area(shape)
        inside = _share(area, small)
        if area is not None and inside >= _INSIDE:
            shape.parent.remove(shape.element)
            dropped += 1
        elif inside > 0 and not (area is not None and stays(area)) and clips.put(shape):
            clipped += 1
    return sheet.text(), f"svg geometry: {dropped} shapes dropped, {clipped} clipped"


def _share(area: Bools | None, region: Bools) -> float:
    """How much of a shape lies in the region; a shape that cannot be read lies half in it."""
    if area is None:
        return 0.5 if region.any() else 0.0
    size = int(area.sum())
    return float((area & region).sum()) / size if size else 0.0


class Clips:
    """Clip paths of one outline, one per coordinate system that needs it.

    `data` is path data under the even-odd rule; `place` leads from its coordinates to picture px.
    """

    def __init__(self, sheet: Sheet, data: str, place: Matrix = _HERE) -> None:
        self._sheet, self._data, self._place = sheet, data, place
        self._ids: dict[Matrix, str] = {}

    def put(self, shape: Shape) -> bool:
        """Clip one shape; False when its coordinate system is flat and nothing shows anyway."""
        back = shape.matrix.inverse()
        if back is None:
            return False
        name = self._ids.get(shape.matrix) or self._define(shape.matrix, back)
        # The group stands between the element and its parent: a clip on the element would move with its transform.
        group = ET.Element(f"{{{_SVG}}}g", {"clip-path": f"url(#{name})"})
        place = list(shape.parent).index(shape.element)
        shape.parent.remove(shape.element)
        group.append(shape.element)
        shape.parent.insert(place, group)
        return True

    def _define(self, matrix: Matrix, back: Matrix) -> str:
        root = self._sheet.root
        taken = {element.get("id") for element in root.iter()}
        name = next(name for number in count(1) if (name := f"recraft-kept-{number}") not in taken)
        defs = ET.Element(f"{{{_SVG}}}defs")
        root.insert(0, defs)
        clip = ET.SubElement(defs, f"{{{_SVG}}}clipPath", {"id": name})
        numbers = " ".join(f"{value:.6g}" for value in back @ self._place)
        ET.SubElement(
            clip, f"{{{_SVG}}}path", {"d": self._data, "clip-rule": "evenodd", "transform": f"matrix({numbers})"}
        )
        self._ids[matrix] = name
        return name


def _kept_path(region: Bools) -> str:
    """Everything but the region, in picture px, as rectangles under the even-odd rule."""
    height, width = region.shape
    step = -(-max(width, height) // _CLIP_PX)
    padded = np.pad(region, ((0, -height % step), (0, -width % step)))
    cells = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    coarse: Bools = np.asarray(cells.any(axis=(1, 3)))
    parts = [_FRAME]
    parts += [
        f"M{left * step} {top * step}H{right * step}V{bottom * step}H{left * step}z"
        for top, bottom, left, right in _rectangles(coarse)
    ]
    return "".join(parts)


def _rectangles(region: Bools) -> list[tuple[int, int, int, int]]:
    """top, bottom, left, right of rectangles that tile a mask: equal runs of neighbouring rows are joined."""
    done: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}
    for y in range(region.shape[0] + 1):
        runs = _runs(region[y]) if y < region.shape[0] else set()
        ended = [run for run in open_runs if run not in runs]
        done += [(open_runs.pop(run), y, *run) for run in ended]
        for run in runs:
            open_runs.setdefault(run, y)
    return sorted(done)


def _runs(row: Bools) -> set[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    return {(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)}
