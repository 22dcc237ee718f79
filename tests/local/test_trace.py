"""Tracing: right shapes, right colours, clear stays clear, and the service's kind of SVG."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from recraft_local.pictures import raster, trace, trace_plain

pytest.importorskip("resvg_py")
RED, BLUE = (214, 62, 40), (30, 60, 190)


def badge(height=240, width=360, opaque=True):
    """A blue disc with a red core, on white or on nothing; the core has a clear hole when not opaque."""
    y, x = np.mgrid[:height, :width] + 0.5
    away = np.hypot(y - height / 2, x - width / 2)
    rgba = np.full((height, width, 4), 255 if opaque else 0, np.uint8)
    rgba[away < 100] = (*BLUE, 255)
    rgba[away < 60] = (*RED, 255)
    if not opaque:
        rgba[away < 10] = 0
    return rgba


def plain(rgba):
    paths = trace_plain.shapes_of(trace._flattened(rgba, 384, (8, 16)), 100)
    body = "".join(f'<path fill="{fill}" d="{d}"/>' for d, fill in paths)
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">'
    return f"{head}{body}</svg>".encode()


TRACERS = [
    pytest.param(lambda rgba: trace.trace(rgba)[0], id="trace"),
    pytest.param(plain, id="plain"),
]


@pytest.fixture
def vtracer():
    return pytest.importorskip("vtracer")


@pytest.mark.parametrize("tracer", TRACERS)
@pytest.mark.parametrize("opaque", [True, False])
def test_drawn_again_it_is_the_picture(tracer, opaque):
    rgba = badge(opaque=opaque)
    drawn = raster.rasterise(tracer(rgba), 360, 240)
    assert np.abs(drawn[120, 140].astype(int) - (*RED, 255)).max() <= 4
    assert np.abs(drawn[120, 100].astype(int) - (*BLUE, 255)).max() <= 4
    assert tuple(drawn[5, 5]) == tuple(rgba[5, 5])
    assert drawn[120, 180, 3] == rgba[120, 180, 3]
    assert (np.abs(drawn.astype(int) - rgba).max(axis=2) > 40).mean() < 0.02


def test_the_svg_is_of_the_services_kind(vtracer):
    root = ET.fromstring(trace.trace(badge(), size=(720, 480))[0])  # noqa: S314 (our own output)
    left, top, wide, high = root.get("viewBox").split()
    assert (root.get("width"), root.get("height")) == ("720", "480")
    assert (left, top, wide) == ("0", "0", high)
    assert root.get("preserveAspectRatio") == "none"
    assert root[0].tag.endswith("metadata")
    paths = [path.get("d") for path in root[1:]]
    assert paths[0] == f"M 0 0 L {wide} 0 L {wide} {wide} L 0 {wide} z"
    assert all(re.fullmatch(r"([MLCz] ?(\d+ ?)*)+", path) for path in paths)
    assert all(set(path.keys()) == {"d", "fill"} for path in root[1:])


def test_a_square_picture_needs_no_stretching(vtracer):
    assert b"preserveAspectRatio" not in trace.trace(badge(240, 240))[0]


def test_a_clear_picture_has_no_shapes(vtracer):
    svg, how = trace.trace(np.zeros((64, 64, 4), np.uint8))
    assert b"<path" not in svg
    assert "0 shapes" in how


def test_a_soft_gradient_keeps_its_colours(vtracer):
    """Left alone, vtracer lets neighbouring steps of a gradient flow into one flat colour."""
    ramp = np.linspace(20, 235, 300)
    rgb = np.dstack([np.tile(ramp, (200, 1)), np.full((200, 300), 90), np.tile(ramp[::-1], (200, 1))])
    rgba = np.dstack([rgb, np.full((200, 300), 255)]).astype(np.uint8)
    drawn = raster.rasterise(trace.trace(rgba)[0], 300, 200)
    assert np.abs(drawn.astype(int) - rgba).max(axis=2).mean() < 12


def test_a_photograph_stays_compact(vtracer):
    rng = np.random.default_rng(5)
    noise = np.dstack([rng.integers(0, 256, (96, 96, 3)), np.full((96, 96), 255)]).astype(np.uint8)
    svg, _ = trace.trace(noise)
    assert svg.count(b"<path") < 2 * trace.MOST


def test_a_straight_curve_becomes_a_line_and_a_needless_corner_goes():
    d = "M0 0 C3 0 6 0 9 0 L12 0 L20 0 C24 2 24 6 20 9 L0 9 L0 0 Z "
    assert trace._simpler(d, (0, 0), (1, 1)) == "M 0 0 L 20 0 C 24 2 24 6 20 9 L 0 9 L 0 0 z"


def test_plain_outlines_run_round_holes():
    mask = np.zeros((12, 12), bool)
    mask[1:11, 1:11] = True
    mask[4:8, 4:8] = False
    areas = []
    for ring in trace_plain._outlines(mask):
        x, y = ring.T
        areas.append((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)
    assert len(areas) == 2
    assert areas[0] * areas[1] < 0
    assert sum(areas) == pytest.approx(84, abs=2)


def fills(svg):
    return {path.get("fill") for path in ET.fromstring(svg) if path.get("fill")}  # noqa: S314 (our own output)


def test_no_more_colours_than_asked_for():
    ramp = np.linspace(20, 235, 120)
    rgb = np.dstack([np.tile(ramp, (90, 1)), np.full((90, 120), 90), np.tile(ramp[::-1], (90, 1))])
    rgba = np.dstack([rgb, np.full((90, 120), 255)]).astype(np.uint8)
    assert len(fills(trace.trace(rgba, colours=3)[0])) == 3
    assert len(fills(trace.trace(rgba, colours=12)[0])) > 6


def test_only_colours_of_the_palette_and_each_where_it_is_nearest():
    """White, blue and red asked for in other shades: every shape takes the shade next to its own colour."""
    only = [(250, 240, 220), (20, 20, 120), (240, 120, 90), (0, 255, 0)]
    svg, _ = trace.trace(badge(), palette=only)
    assert fills(svg) == {"#faf0dc", "#141478", "#f0785a"}
    drawn = raster.rasterise(svg, 360, 240)
    assert [tuple(drawn[y, x, :3]) for y, x in ((5, 5), (120, 100), (120, 180))] == only[:3]
