"""SVG into GIMP: vector layers where there are any (3.2), else paths beside a layer of pixels."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from gi.repository import Gimp, Gio

from .colours import color_of
from .shared.i18n import say

if TYPE_CHECKING:
    from .placing import Placed
    from .shared.geometry import Box
    from .shared.protocol import Bytes

# Above this, GIMP's layer list becomes slow and useless; one layer, and all outlines as one path, serve better.
MOST_SHAPES = 150
MOST_OUTLINES = 500  # above this GIMP is busy for minutes: it moves and scales outlines one by one
# GIMP's reader knows no prefixes.
ET.register_namespace("", "http://www.w3.org/2000/svg")
_INHERITED = ("fill", "fill-opacity", "stroke")
_UNPLAIN = {"clip-path", "mask", "filter"}
_DRAWN = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}


def save(layers: Sequence[Mapping[str, Any]], blobs: Sequence[Bytes], file: Gio.File, placed: Placed) -> None:
    """Write the drawings to `file` (a Gio.File); the second and later get a number. Trouble is a note of `placed`:
    what was paid for is placed all the same.
    """
    svgs = [bytes(blobs[layer["svg"]]) for layer in layers if layer.get("svg") is not None]
    if not svgs:
        placed.surprise("The result is no drawing, so no SVG was saved.")
        return
    name = file.get_parse_name()
    try:
        path = Path(file.get_path() or "")  # files on a server may have none; that is the folder "." then
        for number, data in enumerate(svgs, 1):
            target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
            target.write_bytes(data)
    except (OSError, ValueError) as problem:
        placed.surprise(
            say(
                "The SVG could not be saved as {name}: {problem}. It is in the history: save it from there.",
                name=name,
                problem=problem,
            )
        )


def shapes(
    image: Gimp.Image,
    svg: Bytes,
    box: Box,
    name: str,
    way: str,
    above: tuple[Gimp.Item | None, int],
    placed: Placed,
    mark: Gimp.Parasite | None = None,
) -> Gimp.GroupLayer | None:
    """Vector layers of the drawing in a group with `mark`, None where pixels are the better way; paths are added if
    wished.
    """
    paint = paints(svg)
    if paint is None:
        return None
    count = len(paint)
    if way == "shapes" and hasattr(Gimp, "VectorLayer") and count <= MOST_SHAPES:
        return _vector_layers(image, svg, box, name, above, paint, mark)
    if count > MOST_SHAPES:
        _tell_many(count, placed)
    if count <= MOST_OUTLINES:
        for path in _paths(image, svg, box, merged=count > MOST_SHAPES):
            path.set_visible(False)
    return None


def _tell_many(count: int, placed: Placed) -> None:
    if count > MOST_OUTLINES:
        placed.surprise(
            say(
                "The drawing has {count:,} shapes, so it is a layer of pixels. History > Save… writes it as .svg.",
                count=count,
            )
        )
    else:
        placed.surprise(
            say(
                "The drawing has {count:,} shapes, so it is a layer of pixels, and one path with all "
                "outlines. History > Save… writes it as .svg.",
                count=count,
            )
        )


def paints(svg: Bytes) -> list[tuple[float, ...]] | None:
    """Fill of each shape in the order of the document, (r, g, b, a) in 0..1 or None; None where it is not plain.

    Plain is what GIMP's paths can follow one to one: filled shapes without strokes, gradients, clips or uses.
    """
    root = ET.fromstring(svg)  # noqa: S314 - the worker lets only plain drawing through
    try:
        fills = list(_fills(root, {}))
    except ValueError:  # an opacity such as "50%"
        return None
    return None if None in fills else fills


def _fills(element: ET.Element, above: Mapping[str, str]) -> Iterator[Any]:
    """The fill of each shape in and below `element`, None for what is not plain; `above` is what it inherits."""
    kind = element.tag.rpartition("}")[2]
    properties = _properties(element)
    paint = {**above, **{name: properties[name] for name in _INHERITED if name in properties}}
    if kind in _DRAWN:
        plain = paint.get("stroke", "none") == "none" and not _UNPLAIN & set(properties)
        yield _paint(paint, properties) if plain else None
    elif kind in {"svg", "g"}:
        # One opacity over shapes that overlap is not the same as the opacity of each.
        if _UNPLAIN & set(properties) or float(properties.get("opacity", 1)) != 1:
            yield None
        for child in element:
            yield from _fills(child, paint)
    elif kind not in {"title", "desc", "metadata", "defs"}:
        yield None


def _properties(element: ET.Element) -> dict[str, str]:
    """What an element says about itself; in `style` it counts for more."""
    return {**element.attrib, **dict(re.findall(r"([\w-]+)\s*:\s*([^;]+)", element.get("style", "")))}


def _paint(paint: Mapping[str, str], properties: Mapping[str, str]) -> tuple[float, ...] | None:
    """A plain fill as four numbers, None for anything else."""
    fill = paint.get("fill", "#000000").strip()
    share = float(paint.get("fill-opacity", 1)) * float(properties.get("opacity", 1))
    match = re.fullmatch(r"#([0-9a-fA-F]{6})", fill)
    if match:
        return (*(int(match[1][at : at + 2], 16) / 255 for at in (0, 2, 4)), share)
    match = re.fullmatch(r"rgb\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)", fill)
    return (*(int(part) / 255 for part in match.groups()), share) if match else None


def _paths(image: Gimp.Image, svg: Bytes, box: Box, *, merged: bool = False) -> list[Gimp.Path]:
    """The drawing's outlines as paths at their place, in the order of the document, or as one path."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "drawing.svg"
        file.write_bytes(numbered(svg, box))
        ok, vectors = image.import_paths_from_file(Gio.File.new_for_path(str(file)), merged, False)
    # In which order they come has changed between versions; their names have not.
    return sorted(vectors if ok else (), key=lambda path: int((re.search(r"\d+", path.get_name()) or "0")[0]))


def numbered(svg: Bytes, box: Box) -> bytes:
    """The drawing at its place in px of the canvas, with shapes called "shape 1", "shape 2" …

    GIMP names paths after the shapes. What it makes of a view box differs, so a group around everything scales and
    moves: stroke by stroke that took GIMP minutes.
    """
    root = ET.fromstring(svg)  # noqa: S314 - as above
    view = root.attrib.pop("viewBox", f"0 0 {box.width} {box.height}")
    left, top, width, height = (float(part) for part in re.split(r"[\s,]+", view.strip()))
    across, down = box.width / width, box.height / height
    root.set("width", f"{box.right}")
    root.set("height", f"{box.bottom}")
    moved = ET.Element("{http://www.w3.org/2000/svg}g")
    moved.set("transform", f"matrix({across!r} 0 0 {down!r} {box.x - left * across!r} {box.y - top * down!r})")
    moved.extend(list(root))
    root[:] = [moved]
    drawn = [element for element in root.iter() if element.tag.rpartition("}")[2] in _DRAWN]
    for number, element in enumerate(drawn, 1):
        element.set("id", f"shape {number}")
    return ET.tostring(root)


def _vector_layers(
    image: Gimp.Image,
    svg: Bytes,
    box: Box,
    name: str,
    above: tuple[Gimp.Item | None, int],
    paint: Sequence[tuple[float, ...]],
    mark: Gimp.Parasite | None,
) -> Gimp.GroupLayer | None:
    paths = _paths(image, svg, box)
    if len(paths) != len(paint):
        for path in paths:
            image.remove_path(path)
        return None
    group = Gimp.GroupLayer.new(image, name)
    if mark is not None:
        group.attach_parasite(mark)
    image.insert_layer(group, *above)
    for path, fill in zip(paths, paint, strict=True):
        layer = Gimp.VectorLayer.new(image, path)
        image.insert_layer(layer, group, 0)
        layer.set_enable_fill(True)
        layer.set_enable_stroke(False)
        layer.set_fill_color(color_of(*fill))
        layer.refresh()
    return group
