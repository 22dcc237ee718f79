"""SVG into GIMP: vector layers where there are any (3.2), else paths beside a layer of pixels."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp, Gio

from .colours import color_of
from .shared.destination import series
from .shared.i18n import say
from .shared.plugin.vectors import numbered, paints, write

if TYPE_CHECKING:
    from .placing import Placed
    from .shared.geometry import Box
    from .shared.protocol import Bytes

# Above this, GIMP's layer list becomes slow and useless; one layer, and all outlines as one path, serve better.
MOST_SHAPES = 150
MOST_OUTLINES = 500  # above this GIMP is busy for minutes: it moves and scales outlines one by one


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
        for target, data in zip(series(path, len(svgs)), svgs, strict=True):
            write(target, data)
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


def _paths(image: Gimp.Image, svg: Bytes, box: Box, *, merged: bool = False) -> list[Gimp.Path]:
    """The drawing's outlines as paths at their place, in the order of the document, or as one path."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "drawing.svg"
        file.write_bytes(numbered(svg, box))
        ok, vectors = image.import_paths_from_file(Gio.File.new_for_path(str(file)), merged, False)
    # In which order they come has changed between versions; their names have not.
    return sorted(vectors if ok else (), key=lambda path: int((re.search(r"\d+", path.get_name()) or "0")[0]))


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
