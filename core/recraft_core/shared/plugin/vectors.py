"""A drawing at its place on a canvas, as Krita and GIMP read an SVG, and the fills of one that is plain."""

from __future__ import annotations

import os
import re
import secrets
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .shapes import SVG, local, one_level

if TYPE_CHECKING:
    from ..geometry import Box
    from ..protocol import Bytes
    from .following import Move

# What an <svg> says about its own page, which is not that of the drawing it becomes a part of.
_OF_THE_PAGE = {"x", "y", "width", "height", "viewBox", "version", "preserveAspectRatio", "id", "class"}
# Of a plain shape: what it inherits, what none has, and which elements are shapes.
_INHERITED = ("fill", "fill-opacity", "stroke")
_UNPLAIN = {"clip-path", "mask", "filter"}
_DRAWN = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}


def write(path: Path, svg: bytes) -> None:
    """Write a drawing so that the old file or the new one is there, whole. Raises OSError.

    In place only where no file can be made beside it, and into what is no file, such as a pipe.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_bytes(svg)
        return
    fresh = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with fresh.open("xb") as file:
            file.write(svg)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except PermissionError:  # of the folder, or of Windows for a file that is read-only or open
        with suppress(OSError):
            fresh.unlink()
        target.write_bytes(svg)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def positioned(svg: str | bytes, box: Box, ppi: float, move: Move | None = None) -> str:
    """A drawing as an SVG whose content is moved and scaled into `box`.

    Sizes are given in points: Krita keeps shapes in points, so they lie right at any resolution. The page is one inch
    large and the shapes lie where they will, beyond it: Krita draws a page once when it opens it. `move` is what
    happened to the canvas since (a `following.Move`): `box` then counts in the canvas as it was.
    """
    root = ET.fromstring(svg)  # noqa: S314 - the worker has sanitised it
    left, top, width, height = _view_box(root, box)
    out = ET.Element(f"{{{SVG}}}svg", {
        "width": "72pt", "height": "72pt", "viewBox": f"0 0 {ppi:.9g} {ppi:.9g}",
    })  # fmt: skip
    attributes = {name: value for name, value in root.attrib.items() if name not in _OF_THE_PAGE}
    way = f"translate({box.x} {box.y}) scale({box.width / width:.9g} {box.height / height:.9g})"
    if move is not None:
        numbers = (move.a, move.d, move.b, move.e, move.c, move.f)
        way = f"matrix({' '.join(f'{number:.9g}' for number in numbers)}) {way}"
    # The whole as one group is opened like all others: its shapes lie one level deep in the layer, with names.
    group = ET.SubElement(out, f"{{{SVG}}}g", {**attributes, "transform": f"{way} translate({-left:g} {-top:g})"})
    group.extend(list(root))
    shapes = one_level(out)
    out.remove(group)
    out.extend(shapes)
    return ET.tostring(out, encoding="unicode")


def _view_box(root: ET.Element, box: Box) -> tuple[float, ...]:
    numbers = root.get("viewBox", "").replace(",", " ").split()
    if len(numbers) == 4:
        return tuple(float(part) for part in numbers)
    return 0.0, 0.0, _length(root.get("width"), box.width), _length(root.get("height"), box.height)


def _length(text: str | None, default: float) -> float:
    digits = "".join(letter for letter in text or "" if letter.isdigit() or letter == ".")
    return float(digits) if digits else float(default)


def numbered(svg: Bytes, box: Box) -> bytes:
    """The drawing at its place in px of the canvas, with shapes called "shape 1", "shape 2" …

    GIMP names paths after the shapes. What it makes of a view box differs, so a group around everything scales and
    moves: stroke by stroke that took GIMP minutes.
    """
    root = ET.fromstring(svg)  # noqa: S314 - as above
    left, top, width, height = _view_box(root, box)
    root.attrib.pop("viewBox", None)
    across, down = box.width / width, box.height / height
    root.set("width", f"{box.right}")
    root.set("height", f"{box.bottom}")
    moved = ET.Element(f"{{{SVG}}}g")
    moved.set("transform", f"matrix({across!r} 0 0 {down!r} {box.x - left * across!r} {box.y - top * down!r})")
    moved.extend(list(root))
    root[:] = [moved]
    drawn = [element for element in root.iter() if local(element) in _DRAWN]
    for number, element in enumerate(drawn, 1):
        element.set("id", f"shape {number}")
    return ET.tostring(root)


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
    kind = local(element)
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
