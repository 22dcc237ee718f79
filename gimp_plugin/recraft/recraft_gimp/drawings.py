"""SVG into GIMP: vector layers where there are any (3.2), else paths beside a layer of pixels."""

import re
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from gi.repository import Gimp, Gio

from .colours import color_of

# Above this, GIMP's layer list becomes slow and useless; the pixels and the .svg file serve better.
MOST_SHAPES = 150
# GIMP's reader knows no prefixes.
ET.register_namespace("", "http://www.w3.org/2000/svg")
_DRAWN = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}


def save(layers, blobs, file, notes):
    """Write the drawings to `file` (a Gio.File); the second and later get a number."""
    found = [bytes(blobs[layer["svg"]]) for layer in layers if layer.get("svg") is not None]
    path = Path(file.get_path())
    for number, data in enumerate(found, 1):
        target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        target.write_bytes(data)
    if not found:
        notes.append("The result is no drawing, so no SVG was saved.")


def shapes(image, svg, box, name, way, above, notes):
    """Vector layers of the drawing in a group, None where pixels are the better way; paths are added if wished."""
    paint = paints(svg)
    if way == "shapes" and hasattr(Gimp, "VectorLayer") and paint is not None:
        if len(paint) <= MOST_SHAPES:
            return _vector_layers(image, svg, box, name, above, paint)
        notes.append(f"The drawing has {len(paint)} shapes, so it is one layer. The .svg file has them all.")
        return None
    if paint is not None and len(paint) <= MOST_SHAPES:
        for path in _paths(image, svg, box):
            path.set_visible(False)
    return None


def paints(svg):
    """Fill of each shape in the order of the document, (r, g, b, a) in 0..1 or None; None where it is not plain.

    Plain is what GIMP's paths can follow one to one: filled shapes without strokes, gradients, clips or uses.
    """
    found = []
    root = ET.fromstring(svg)  # noqa: S314 - the worker lets only plain drawing through
    for element in root.iter():
        kind = element.tag.rpartition("}")[2]
        if kind in {"svg", "g", "title", "desc", "metadata", "defs"}:
            continue
        fill = _paint(element)
        if kind not in _DRAWN or fill is None or element.get("stroke", "none") != "none":
            return None
        found.append(fill)
    return found


def _paint(element):
    """A plain fill as four numbers, None for anything else."""
    style = dict(re.findall(r"([\w-]+)\s*:\s*([^;]+)", element.get("style", "")))
    fill = style.get("fill", element.get("fill", "#000000")).strip()
    share = float(style.get("fill-opacity", element.get("fill-opacity", 1))) * float(element.get("opacity", 1))
    match = re.fullmatch(r"#([0-9a-fA-F]{6})", fill)
    if match:
        return (*(int(match[1][at : at + 2], 16) / 255 for at in (0, 2, 4)), share)
    match = re.fullmatch(r"rgb\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)", fill)
    return (*(int(part) / 255 for part in match.groups()), share) if match else None


def _paths(image, svg, box):
    """The drawing's outlines as paths at their place, in the order of the document."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "drawing.svg"
        plain, (left, top, width, height) = numbered(svg, box)
        file.write_bytes(plain)
        ok, found = image.import_paths_from_file(Gio.File.new_for_path(str(file)), False, False)
    # In which order they come has changed between versions; their names have not.
    paths = sorted(found if ok else (), key=lambda path: int(re.search(r"\d+", path.get_name())[0]))
    for path in paths:
        for stroke in path.get_strokes():
            path.stroke_translate(stroke, -left, -top)
            path.stroke_scale(stroke, box.width / width, box.height / height)
            path.stroke_translate(stroke, box.x, box.y)
    return paths


def numbered(svg, box):
    """The drawing in its own units with shapes called "shape 1", "shape 2" …, and its view box in those units.

    GIMP names paths after the shapes. What it makes of a view box differs, so there is none.
    """
    root = ET.fromstring(svg)  # noqa: S314 - as above
    view = [float(part) for part in re.split(r"[\s,]+", root.get("viewBox", f"0 0 {box.width} {box.height}").strip())]
    root.attrib.pop("viewBox", None)
    root.set("width", f"{view[2]:g}")
    root.set("height", f"{view[3]:g}")
    drawn = [element for element in root.iter() if element.tag.rpartition("}")[2] in _DRAWN]
    for number, element in enumerate(drawn, 1):
        element.set("id", f"shape {number}")
    return ET.tostring(root), view


def _vector_layers(image, svg, box, name, above, paint):
    paths = _paths(image, svg, box)
    if len(paths) != len(paint):
        for path in paths:
            image.remove_path(path)
        return None
    group = Gimp.GroupLayer.new(image, name)
    image.insert_layer(group, *above)
    for path, fill in zip(paths, paint, strict=True):
        layer = Gimp.VectorLayer.new(image, path)
        image.insert_layer(layer, group, 0)
        layer.set_enable_fill(True)
        layer.set_enable_stroke(False)
        layer.set_fill_color(color_of(*fill))
        layer.refresh()
    return group
