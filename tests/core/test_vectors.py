"""A drawing at its place, as each host reads it, and the fills that GIMP's paths can follow."""
import re
import xml.etree.ElementTree as ET
from functools import lru_cache

import numpy as np
import pytest
from recraft_core.imaging.svg import opened, rasterise
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plugin.following import Move
from recraft_core.shared.plugin.vectors import numbered, paints, positioned

SQUARES = (
    '<rect x="10" y="20" width="8" height="4" fill="#ff0000"/><g fill="#00ff00"><circle cx="16" cy="26" r="2"/></g>'
)
CANVAS = Size(120, 90)


def svg(head):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{SQUARES}</svg>'


@lru_cache
def drawn(text):
    """The canvas with a drawing whose page is the canvas, as resvg sees it."""
    return rasterise(opened(text.encode()).data, CANVAS).astype(int)


def read(text):
    return ET.fromstring(text)  # noqa: S314 - our own text


def on_canvas(text):
    """What a host shows of an SVG: the inside of it, in px of the canvas."""
    inside = "".join(ET.tostring(one, encoding="unicode") for one in read(text))
    return drawn(f'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90" viewBox="0 0 120 90">{inside}</svg>')


WANTED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90" viewBox="0 0 120 90">'
    '<rect x="30" y="40" width="24" height="12" fill="#ff0000"/><circle cx="48" cy="58" r="6" fill="#00ff00"/></svg>'
)


@pytest.mark.parametrize(
    "head",
    ['viewBox="10 20 10 10" width="5" height="5"', 'viewBox="10,20,10,10"', 'width="20px" height="30" version="1.1"'],
)
def test_a_drawing_lies_in_its_box_whatever_its_page_was(head):
    box = Box(30, 40, 30, 30) if "viewBox" in head else Box(0, -20, 60, 90)
    for text in (positioned(svg(head), box, 96.0), numbered(svg(head).encode(), box).decode()):
        assert np.abs(on_canvas(text) - drawn(WANTED)).max() <= 2


def test_it_goes_along_with_the_canvas():
    turned = Move(0, -1, 90, 1, 0, 0)  # by a quarter, clockwise
    text = positioned(svg('viewBox="10 20 10 10"'), Box(40, 36, 30, 30), 96.0, turned)
    [rect, _circle] = read(text)
    assert rect.get("transform", "").startswith("matrix(0 1 -1 0 90 0)")
    shown = on_canvas(text)[..., 3] > 0
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    assert (rows[0], columns[-1]) == (40, 53)


def test_the_page_is_an_inch_in_points_and_names_are_kept():
    text = positioned(svg('viewBox="10 20 10 10" class="a" id="b"'), Box(0, 0, 10, 10), 300.0)
    root = read(text)
    assert {name: root.get(name) for name in ("width", "height", "viewBox", "class")} == {
        "width": "72pt", "height": "72pt", "viewBox": "0 0 300 300", "class": None,
    }  # fmt: skip
    assert re.findall(r'id="([^"]+)"', text) == ["rect-1-ff0000", "circle-2-00ff00"]


def test_shapes_are_numbered_in_the_order_of_the_document():
    text = numbered(svg('viewBox="0 0 10 10"').encode(), Box(5, 6, 20, 30)).decode()
    root = read(text)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("25", "36", None)
    assert re.findall(r'id="([^"]+)"', text) == ["shape 1", "shape 2"]
    assert "<ns0:" not in text, "GIMP's reader knows no prefixes"


@pytest.mark.parametrize("odd", [
    '<path d="M0 0L9 9" stroke="#000"/>', '<path d="M0 0" fill="url(#a)"/>', "<text>a</text>",
    '<g opacity="0.5"><path d="M0 0"/></g>', '<g stroke="#000"><path d="M0 0"/></g>',
    '<path d="M0 0" fill="#000000" fill-opacity="50%"/>', '<g style="clip-path: url(#a)"><path d="M0 0"/></g>',
])  # fmt: skip
def test_what_gimp_cannot_follow_has_no_plain_fills(odd):
    assert paints(f"<svg>{odd}</svg>".encode()) is None


def test_shapes_inherit_the_paint_of_their_group():
    inner = '<g fill="#0000FF"><path d="M0 0" opacity="0.5"/></g><path d="M0 0" style="fill: rgb(0, 255, 0)"/>'
    held = f'<svg><title>a</title><g fill="#FF0000" fill-opacity="0.5"><path d="M0 0"/>{inner}</g></svg>'
    assert paints(held.encode()) == [(1, 0, 0, 0.5), (0, 0, 1, 0.25), (0, 1, 0, 0.5)]
