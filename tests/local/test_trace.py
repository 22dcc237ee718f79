"""Tracing: right shapes, right colours, clear stays clear, and the service's kind of SVG."""

import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from calls import call
from PIL import Image, ImageDraw
from recraft_local.pictures import raster, trace, trace_plain

pytest.importorskip("resvg_py")
SVG = "{http://www.w3.org/2000/svg}"
PICTURES = Path(__file__).parents[1] / "pictures"
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


def test_the_svg_is_of_the_services_kind():
    root = ET.fromstring(trace.trace(badge(), size=(720, 480))[0])  # noqa: S314 (our own output)
    left, top, wide, high = root.get("viewBox").split()
    assert (root.get("width"), root.get("height")) == ("720", "480")
    assert (left, top, wide) == ("0", "0", high)
    assert root.get("preserveAspectRatio") == "none"
    assert root[0].tag.endswith("metadata")
    paths = [path.get("d") for path in root.iter(f"{SVG}path")]
    assert paths[0] == f"M 0 0 L {wide} 0 L {wide} {wide} L 0 {wide} z"
    assert all(re.fullmatch(r"([MLCz] ?(\d+ ?)*)+", path) for path in paths)
    assert all(set(path.keys()) == {"d", "fill"} for path in root.iter(f"{SVG}path"))


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


def wren():
    with Image.open(PICTURES / "wren.jpg") as picture:
        picture.thumbnail((240, 240))
        return np.asarray(picture.convert("RGBA"))


def test_a_photograph_stays_compact(vtracer):
    """The finest specks leave more shapes than anybody edits: larger ones are taken, but no larger than need be."""
    with Image.open(PICTURES / "spices.jpg") as picture:
        rgba = np.asarray(picture.convert("RGBA"))
    shapes = trace.trace(rgba)[0].count(b"<path") - 1
    assert trace.MOST < shapes < trace.MOST_MANY


def test_few_shapes_asked_for_of_a_photograph_are_few_and_not_next_to_none(vtracer):
    """Many colours take so large specks to be few shapes that fewer are left than need be, and farther off."""
    rgba = wren()
    for most, least, off in ((50, 12, 18.4), (200, 125, 8.6)):
        svg, _ = trace.trace(rgba, wishes=trace.Wishes(shapes=most))
        assert least < svg.count(b"<path") - 1 <= most
        assert error(rgba, svg) < off


def test_a_photograph_cut_out_shows_no_ground_along_its_seams(vtracer):
    """Shapes beside each other let what lies under all shine through, so they are few, with few colours."""
    svg, how = trace.trace(wren(), wishes=trace.Wishes(cut_out=True))
    assert how.startswith("vtracer"), how
    assert len(fills(svg)) <= max(trace.COLOURS)


def test_a_photograph_keeps_its_many_colours_unless_few_are_asked_for(vtracer):
    """More than a palette would hold, and near to the picture; eight where eight are wanted."""
    rgba = wren()
    svg, how = trace.trace(rgba)
    assert how.startswith("vtracer"), how
    assert len(fills(svg)) > 100
    assert error(rgba, svg) < 8
    assert len(fills(trace.trace(rgba, wishes=trace.Wishes(colours=8))[0])) <= 8


def specked():
    """White with specks in two colours: too busy for shapes with gradients, but no photograph."""
    rgba = np.full((160, 240, 4), 255, np.uint8)
    for y, x in np.random.default_rng(8).integers(2, 150, (120, 2)):
        rgba[y : y + 3, x : x + 3, :3] = (RED, BLUE)[(x + y) % 2]
    return rgba


def as_jpeg(rgba):
    out = io.BytesIO()
    Image.fromarray(rgba[..., :3]).save(out, "JPEG", quality=75)
    return np.asarray(Image.open(out).convert("RGBA"))


def scanned(rgba):
    """Grey paper with a scanner's noise."""
    noise = np.random.default_rng(2).normal(-12, 5, rgba.shape[:2])[..., None]
    return np.dstack([np.clip(rgba[..., :3] + noise, 0, 255), rgba[..., 3:]]).astype(np.uint8)


@pytest.mark.parametrize("changed", [lambda rgba: rgba, as_jpeg, scanned])
def test_a_drawing_full_of_specks_keeps_its_few_colours(vtracer, changed):
    """Clean, as JPEG, or scanned: it does not get a photograph's 256 colours, nor its smaller size."""
    svg, how = trace.trace(changed(specked()))
    assert how.startswith("vtracer"), how
    assert len(fills(svg)) <= max(trace.COLOURS)


@pytest.mark.parametrize("name", [path.name for path in sorted(PICTURES.glob("*.jpg"))])
def test_a_photograph_is_no_drawing(name):
    with Image.open(PICTURES / name) as picture:
        assert not trace._is_drawn(np.asarray(picture.convert("RGBA")))


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
    return {path.get("fill") for path in ET.fromstring(svg).iter(f"{SVG}path")}  # noqa: S314 (our own output)


def test_no_more_colours_than_asked_for():
    ramp = np.linspace(20, 235, 120)
    rgb = np.dstack([np.tile(ramp, (90, 1)), np.full((90, 120), 90), np.tile(ramp[::-1], (90, 1))])
    rgba = np.dstack([rgb, np.full((90, 120), 255)]).astype(np.uint8)
    assert len(fills(trace.trace(rgba, wishes=trace.Wishes(colours=3))[0])) == 3
    assert len(fills(trace.trace(rgba, wishes=trace.Wishes(colours=12))[0])) > 6


def test_only_colours_of_the_palette_and_each_where_it_is_nearest():
    """White, blue and red asked for in other shades: every shape takes the shade next to its own colour."""
    only = [(250, 240, 220), (20, 20, 120), (240, 120, 90), (0, 255, 0)]
    svg, _ = trace.trace(badge(), wishes=trace.Wishes(palette=only))
    assert fills(svg) == {"#faf0dc", "#141478", "#f0785a"}
    drawn = raster.rasterise(svg, 360, 240)
    assert [tuple(drawn[y, x, :3]) for y, x in ((5, 5), (120, 100), (120, 180))] == only[:3]


def shaded(width=300, height=200):
    """A ramp from left to right, and on it a ball with its light at the upper left, of which both colours are known."""
    y, x = np.mgrid[:height, :width] + 0.5
    ramp = np.dstack([40 + 150 * x / width, 60 + 100 * x / width, 220 - 140 * x / width])
    away = np.hypot(x - 140, y - 90) / 60
    ball = np.dstack([250 - 150 * away, 220 - 160 * away, 90 - 60 * away])
    inside = np.clip(60.5 - np.hypot(x - 150, y - 100), 0, 1)[..., None]
    rgb = np.rint(np.clip(inside * ball + (1 - inside) * ramp, 0, 255))
    return np.dstack([rgb, np.full((height, width), 255)]).astype(np.uint8)


def error(rgba, svg):
    """Root of the mean squared error of `svg` drawn again, levels."""
    drawn = raster.rasterise(svg, rgba.shape[1], rgba.shape[0])
    return float(np.sqrt(np.square(drawn[..., :3].astype(float) - rgba[..., :3]).mean()))


def test_soft_shading_becomes_one_true_gradient_each():
    """A ramp and a ball are one linear and one radial gradient, and no bands."""
    svg, how = trace.trace(shaded())
    kinds = [element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()]  # noqa: S314 (our own output)
    assert (kinds.count("linearGradient"), kinds.count("radialGradient")) == (1, 1), how
    assert kinds.count("path") == 3  # one covers all
    assert error(shaded(), svg) < 2.5


def test_without_gradients_there_are_bands():
    svg, _ = trace.trace(shaded(), wishes=trace.Wishes(gradients=False))
    assert b"Gradient" not in svg
    assert svg.count(b"<path") > 8


def turned_square(side=200):
    """A square turned by 20 degrees, drawn at eight times the size and shrunk: its corners and sides are known."""
    turn = np.deg2rad(20)
    corners = [
        (
            side / 2 + 60 * (dx * np.cos(turn) - dy * np.sin(turn)),
            side / 2 + 60 * (dx * np.sin(turn) + dy * np.cos(turn)),
        )
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    large = Image.new("RGB", (8 * side, 8 * side), (250, 248, 240))
    ImageDraw.Draw(large).polygon([(8 * x, 8 * y) for x, y in corners], fill=BLUE)
    rgb = np.asarray(large.resize((side, side), Image.Resampling.BOX))
    return np.dstack([rgb, np.full((side, side), 255, np.uint8)]), corners


def test_straight_sides_are_lines_and_corners_lie_where_they_are():
    """Not a staircase, not rounded: four lines, and each corner within a quarter of a pixel."""
    rgba, corners = turned_square()
    svg, _ = trace.trace(rgba)
    root = ET.fromstring(svg)  # noqa: S314 (our own output)
    d = next(path for path in root.iter(f"{SVG}path") if path.get("fill") == "#1e3cbe").get("d")
    assert "C" not in d
    units = 200 / float(root.get("viewBox").split()[2])
    found = {tuple(int(v) * units for v in pair) for pair in re.findall(r"[ML] (\d+) (\d+)", d)}
    assert len(found) == 4
    for corner in corners:
        assert min(np.hypot(x - corner[0], y - corner[1]) for x, y in found) < 0.25


def test_a_clean_drawing_comes_back_almost_as_it_was():
    """Shapes end within a fraction of a pixel of where they did; vtracer's own settings give 25 dB here."""
    assert error(badge(), trace.trace(badge())[0]) < 3.5
    assert error(turned_square()[0], trace.trace(turned_square()[0])[0]) < 1.5


def test_things_come_in_groups_in_reading_order():
    """Two discs above, one below; each with something on it."""
    rgba = np.full((300, 400, 4), 255, np.uint8)
    y, x = np.mgrid[:300, :400] + 0.5
    for cx, cy, colour in ((300, 70, RED), (90, 80, (40, 150, 60)), (200, 220, BLUE)):
        rgba[np.hypot(x - cx, y - cy) < 50, :3] = colour
        rgba[np.hypot(x - cx, y - cy) < 20, :3] = (240, 220, 40)
    groups = list(ET.fromstring(trace.trace(rgba)[0]).iter(f"{SVG}g"))  # noqa: S314 (our own output)
    assert [group.get("id") for group in groups] == ["background", "green-1", "red-2", "blue-3"]
    assert [len(group) for group in groups] == [1, 2, 2, 2]


def test_no_more_shapes_than_asked_for():
    svg, _ = trace.trace(badge(), wishes=trace.Wishes(shapes=2))
    assert svg.count(b"<path") == 3  # one covers all
    assert b"#d63e28" not in svg  # the smallest is gone


def test_shapes_cut_out_of_each_other_leave_holes():
    """Stacked, the blue disc goes on under the red core; cut out, it is a ring."""

    def ring(stacked):
        svg, _ = trace.trace(badge(), wishes=trace.Wishes(cut_out=not stacked))
        found = [p for p in ET.fromstring(svg).iter(f"{SVG}path") if p.get("fill") == "#1e3cbe"]  # noqa: S314
        return found[0].get("d").count("M")

    assert (ring(True), ring(False)) == (1, 2)


def test_two_shapes_that_touch_leave_no_gap():
    """Left and right halves: whatever lies below must not shine through where they meet."""
    rgba = np.full((120, 160, 4), 255, np.uint8)
    rgba[20:100, 20:80, :3], rgba[20:100, 80:140, :3] = (60, 30, 30), (30, 30, 70)
    drawn = raster.rasterise(trace.trace(rgba)[0], 1600, 1200)
    assert drawn[400:800, 700:900, :3].max() < 80


def drawn_by(engine, rgba, **fields):
    """What the engine's vectorize makes of a picture, enlarged to the least size it takes, with the service's options."""
    out = io.BytesIO()
    Image.fromarray(rgba).resize((600, 400)).save(out, "PNG")
    answer = call(
        engine, "images/vectorize", files={"file": out.getvalue()}, data={"response_format": "b64_json", **fields}
    )
    assert answer.status_code == 200, answer.text
    return base64.b64decode(answer.json()["image"]["b64_json"]).decode()


def test_the_services_options_are_heeded(engine):
    """Over HTTP, by the names that the service's OpenAPI document gives them."""
    assert "radialGradient" in drawn_by(engine, shaded())
    assert "Gradient" not in drawn_by(engine, shaded(), return_gradients="off")
    assert len(fills(drawn_by(engine, shaded(), color_reduction="on"))) <= 8
    only = [[30, 60, 190], [240, 240, 240]]
    assert fills(drawn_by(engine, badge(), strict_color_palette=str(only))) == {"#1e3cbe", "#f0f0f0"}
    assert drawn_by(engine, badge(), max_num_shapes="1").count("<path") == 2  # one covers all
    assert drawn_by(engine, badge(), shape_stacking="cut_out").count(" z M ") == 2  # in the white and in the blue


def test_narrow_stripes_keep_their_width_and_leave_no_gap():
    """Stripes of 3.7 px in like blues, blurred at their edges; one that is lost shows what lies under all."""
    blues = np.random.default_rng(3).integers((20, 60, 120), (90, 170, 250), (48, 3)).astype(np.uint8)
    large = Image.fromarray(blues.repeat(37, axis=0)[None].repeat(900, axis=0))
    rgb = np.asarray(large.resize((178, 90), Image.Resampling.BOX))
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    assert error(rgba, trace.trace(rgba)[0]) < 5.5
