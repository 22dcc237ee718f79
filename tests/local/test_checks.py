"""What the checks let through, and the arithmetic behind them; what they refuse is in test_conformance.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core.shared.contract import ENDPOINTS, MODELS, STYLES, allowed, limits, styles_of
from recraft_core.shared.geometry import Box
from recraft_local import svg_edit
from recraft_local.checks import check
from recraft_local.forms import Body, FormText, Upload
from recraft_local.framing import outpaint_frame
from recraft_local.makers import seeds
from recraft_local.outlines import Matrix, path, transform
from recraft_local.pictures.raster import rasterise
from recraft_local.pictures_in import read, read_mask
from recraft_local.rules import Refusal
from recraft_local.store import Store
from recraft_local.svg_in import parse as parse_svg
from recraft_local.svg_in import size_of
from samples import encoded, hollow_png, sample, svg_with

WORD = {"text": "A", "bbox": [[0, 0], [1, 0], [1, 1], [0, 1]]}


@pytest.fixture
def store():
    store = Store(None, 1000)
    yield store
    store.close()


def order(store, endpoint, fields, **files):
    uploads = tuple(Upload(name, sample(which)) for name, which in files.items())
    return check(ENDPOINTS[endpoint], Body("json", fields, uploads), store)


def rule_of(store, endpoint, fields, **files):
    """The rule a request breaks, or "" when it breaks none."""
    try:
        order(store, endpoint, fields, **files)
    except Refusal as refusal:
        return refusal.rule
    return ""


# Let through.


@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if not model.needs_style])
def test_every_model_takes_every_size_of_its_table_and_the_longest_prompt(store, model):
    longest = "é" * MODELS[model].prompt_max
    for size, expected in allowed(model).items():
        assert order(store, "generations", {"prompt": longest, "model": model, "size": size}).size == expected


@pytest.mark.parametrize("model", STYLES)
def test_every_listed_style_is_taken_by_its_model(store, model):
    for style in styles_of(model):
        assert order(store, "generations", {"prompt": "x", "model": model, "style": style}).style.name == style


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        ({}, "recraftv4_1"),
        ({"style": "Illustration"}, "recraftv3"),
        ({"style": "Vector art"}, "recraftv3_vector"),
        ({"style": "Kawaii"}, "recraftv2"),
        ({"style": "Icon"}, "recraftv2_vector"),
        ({"style": "digital_illustration", "substyle": "hand_drawn"}, "recraftv3"),
        ({"style": "icon"}, "recraftv2_vector"),
        ({"model": "recraftv4_raster"}, "recraftv4"),
    ],
)
def test_a_style_without_a_model_picks_the_model_that_knows_it(store, fields, model):
    assert order(store, "generations", {"prompt": "x", **fields}).model.id == model


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 6, "random_seed": 0},
        {"random_seed": limits.MAX_SEED},
        {"controls": {"colors": [{"rgb": [0, 255, 0], "weight": weight} for weight in (0.1, 0.2, 0.7)]}},
        {"controls": {"colors": [], "background_color": {"rgb": [1, 2, 3]}}},
        {"model": "recraftv3", "controls": {"artistic_level": 0, "no_text": False}},
        {"model": "recraftv3", "text_layout": [{**WORD, "text": "Recraft"}, {**WORD, "text": "Ŧß#42"}]},
        {"model": "recraftv3", "text_layout": [{**WORD, "bbox": [[-1, 2.5], [1, 0], [1, 1], [0, 1]]}]},
        {"model": "recraftv2", "negative_prompt": "blur"},
        {"image_format": "png", "block_nsfw": True, "expire": False, "calculate_features": True},
    ],
)
def test_what_the_page_allows_is_taken(store, fields):
    assert rule_of(store, "generations", {"prompt": "x", **fields}) == ""


def test_bounds_are_inclusive(store):
    for strength in (0, 1):
        assert rule_of(store, "imageToImage", {"prompt": "x", "strength": strength}, image="photo") == ""
    assert rule_of(store, "outpaint", {"prompt": "x", "expand_left": 3840}, image="photo") == ""
    assert rule_of(store, "outpaint", {"prompt": "x", "zoom_out_percentage": 99.9}, image="photo") == ""
    assert rule_of(store, "crispUpscale", {}, file="32px") == ""


def test_a_zoom_given_as_zero_counts_as_given(store):
    assert rule_of(store, "outpaint", {"prompt": "x", "zoom_out_percentage": 0}, image="photo") == ""


def test_forms_may_send_numbers_as_text_and_json_may_not(store):
    for text in ("3", "+3"):
        assert order(store, "generations", {"prompt": "x", "n": FormText(text)}).values["n"] == 3
    assert rule_of(store, "generations", {"prompt": "x", "n": "3"}) == "type"
    assert rule_of(store, "generations", {"prompt": "x", "n": FormText("3.0")}) == "type"
    assert rule_of(store, "generations", {"prompt": "x", "n": True}) == "type"


@pytest.mark.parametrize("which", ["mask", "mask.webp", "mask-1bit"])
def test_every_pure_grey_mask_is_taken(store, which):
    made = order(store, "eraseRegion", {}, image="photo.jpg", mask=which)
    assert made.mask.sum() == 40 * 40


def test_the_largest_file_is_taken_and_one_byte_more_is_not():
    fill = limits.MAX_FILE_BYTES - len(sample("photo"))
    assert read("image", sample("photo") + bytes(fill), svg=False, min_side=256).width == 256
    with pytest.raises(Refusal, match="no more than 10485760 bytes"):
        read("image", sample("photo") + bytes(fill + 1), svg=False, min_side=256)


def test_sixteen_million_pixels_pass_the_head_and_one_row_more_does_not():
    with pytest.raises(Refusal, match="cannot be decoded"):
        read("image", hollow_png(4000, 4000), svg=False, min_side=256)
    with pytest.raises(Refusal, match="no more than 16000000 pixels"):
        read("image", hollow_png(4000, 4001), svg=False, min_side=256)


def test_sixteen_bit_grey_is_scaled_not_clipped():
    deep = (np.arange(256 * 256, dtype=np.uint32).reshape(256, 256)).astype(np.uint16)
    pixels = read("image", encoded(deep), svg=False, min_side=256).pixels
    assert pixels[0, 0, 0] == 0
    assert pixels[128, 0, 0] == 127
    assert pixels[255, 255, 0] == 255


def test_a_small_svg_is_scaled_up_and_its_mask_has_that_size(store):
    picture = read("image", sample("svg-small"), svg=True, min_side=256)
    assert (picture.width, picture.height) == (256, 512)
    white = encoded(np.full((512, 256), 255, np.uint8))
    assert read_mask("mask", white, picture).all()


def test_a_drawing_may_hold_a_picture_of_its_own():
    assert read("image", sample("svg-picture"), svg=True, min_side=256).width == 256


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ('width="300" height="200"', (300, 200)),
        ('width="3in" height="96pt"', (288, 128)),
        ('viewBox="0 0 40 30"', (40, 30)),
        ('width="80" viewBox="0 0 40 30"', (80, 60)),
        ('width="100%" height="100%" viewBox="-5 -5 40 30"', (40, 30)),
    ],
)
def test_the_size_of_an_svg(head, size):
    assert size_of("image", parse_svg("image", svg_with("", head))) == pytest.approx(size)


# Order and consequences.


def test_the_order_is_model_prompt_style_then_the_rest(store):
    wrong = {"model": "recraftv9", "prompt": "", "style": "Nonsense", "n": 0}
    assert rule_of(store, "generations", wrong) == "model_unknown"
    wrong["model"] = "recraftv3"
    assert rule_of(store, "generations", wrong) == "prompt_length"
    wrong["prompt"] = "x"
    assert rule_of(store, "generations", wrong) == "style_invalid"
    wrong["style"] = "Noir"
    assert rule_of(store, "generations", wrong) == "range"


def test_seeds_are_the_requests_own_or_told(store):
    first, again = (order(store, "generations", {"prompt": "x"}).seed for _ in range(2))
    other = order(store, "generations", {"prompt": "y"}).seed
    encoding = order(store, "generations", {"prompt": "x", "response_format": "b64_json"}).seed
    assert first == again == encoding != other
    assert order(store, "generations", {"prompt": "x", "random_seed": 7}).seed == 7
    photo_seed = order(store, "removeBackground", {}, file="photo").seed
    assert photo_seed != order(store, "removeBackground", {}, file="photo.jpg").seed
    assert len(set(seeds(7, 8))) == 8


@pytest.mark.parametrize("endpoint", [row.id for row in ENDPOINTS.values() if row.models and row.id != "styles"])
def test_prices_follow_the_model_and_the_count(store, endpoint):
    row = ENDPOINTS[endpoint]
    fields = {"prompt": "x", "n": 3, "size": "1:1", "strength": 0.5}
    given = {name: value for name, value in fields.items() if row.parameter(name)}
    files = {name: name for name in ("mask",) if row.parameter(name)} | (
        {"image": "photo"} if row.parameter("image") else {}
    )
    for model in (name for name in row.models if not MODELS[name].needs_style):
        made = order(store, endpoint, {**given, "model": model}, **files)
        assert made.units == row.units(model, 3 if "n" in given else 1)
        assert made.count == (3 if "n" in given else 8)


# Arithmetic.


@given(
    st.tuples(st.integers(256, 4096), st.integers(256, 4096)),
    st.sampled_from([None, *allowed("recraftv3").values()]),
    st.tuples(*[st.integers(0, 500)] * 4),
    st.floats(0, 99.9),
)
def test_the_source_lies_inside_the_outpainted_frame(source, size, sides, zoom):
    names = ("expand_left", "expand_right", "expand_top", "expand_bottom")
    values = {**(dict(zip(names, sides, strict=True)) if size is None else {}), "zoom_out_percentage": zoom}
    frame, box = outpaint_frame(source, size, values)
    assert frame == (size or (source[0] + sides[0] + sides[1], source[1] + sides[2] + sides[3]))
    assert Box.of(frame).holds(box)
    assert not box.empty
    if size is None and zoom == 0:
        assert box == (sides[0], sides[2], *source)
    scale = (1 - zoom / 100) * (min(size[0] / source[0], size[1] / source[1]) if size else 1)
    assert abs(box.width - source[0] * scale) <= 1.5
    assert abs(box.height - source[1] * scale) <= 1.5


NUMBERS = st.floats(-50, 50, allow_subnormal=False).map(lambda value: round(value, 3))


@given(st.lists(NUMBERS, min_size=6, max_size=6), NUMBERS, NUMBERS)
def test_a_transform_and_its_inverse_cancel(values, x, y):
    matrix = Matrix(*values)
    back = matrix.inverse()
    if back is not None and abs(matrix.a * matrix.d - matrix.b * matrix.c) > 1e-3:
        assert back.of(matrix.of((x, y))) == pytest.approx((x, y), abs=1e-3)


def test_transforms_apply_from_the_right():
    assert transform("translate(10 20) scale(2)").of((1, 1)) == (12, 22)
    assert transform("rotate(90 5 5)").of((6, 5)) == pytest.approx((5, 6))
    assert transform("matrix(1 0 0 1 3 4) skewX(45)").of((0, 1)) == pytest.approx((4, 5))


def area(polygons):
    """Signed areas added up (the shoelace formula)."""
    return sum(
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True)) / 2
        for points in polygons
    )


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ("M0 0H10V10H0Z", 100),
        ("m10 10 10 0 0 10-10 0z", 100),
        ("M0,0L10,0,10,10,0,10zm20 20h1v1h-1z", 101),
        ("M0 0a5 5 0 0110 0a5 5 0 01-10 0z", math.pi * 25),
        ("M0 5A5 5 0 1 1 10 5A5 5 0 1 1 0 5", math.pi * 25),
        ("M0 0C0 10 10 10 10 0z", -60),
        ("M0 0Q5 10 10 0T20 0", 0),
        ("M0 0c0-5.5 10-5.5 10 0s-10 5.5-10 0z", 66),
        ("M1e1.5L.5.5 20-3z", None),
    ],
)
def test_path_data_in_all_its_spellings(data, size):
    polygons = path(data)
    if size is not None:
        assert area(polygons) == pytest.approx(size, rel=0.03, abs=0.6)


@pytest.mark.parametrize("data", ["M0", "5 5", "M0 0 L x", "M0 0 A1 1 0 2 0 5 5"])
def test_broken_path_data_is_told(data):
    with pytest.raises(ValueError, match=r"path|command"):
        path(data)


DRAWING = svg_with(
    '<rect width="256" height="256" fill="#8ac"/>'
    '<g transform="translate(50 50) scale(2)"><circle id="inside" cx="35" cy="30" r="8"/></g>'
    '<rect id="across" x="0" y="100" width="256" height="10"/>'
    '<path id="away" d="M200 200h20v20h-20z"/>'
)


def test_erasing_a_drawing_drops_what_lies_inside_clips_what_crosses_and_leaves_the_rest():
    region = np.zeros((256, 256), bool)
    region[85:140, 90:150] = True
    svg, how = svg_edit.erase(DRAWING, 256, 256, region)
    assert how == "svg geometry: 1 shapes dropped, 1 clipped"
    assert b'id="inside"' not in svg
    assert b'id="away"' in svg
    again, how = svg_edit.erase(svg, 256, 256, np.zeros((256, 256), bool))
    assert (again, how) == (svg, "svg geometry: 0 shapes dropped, 0 clipped")


def test_a_drawing_loses_its_ground_and_keeps_its_figures():
    svg, how = svg_edit.without_background(DRAWING, 256, 256)
    assert how == "svg geometry: 1 background shapes dropped"
    assert svg.count(b"<rect") == 1


def test_a_ground_with_a_hole_is_a_ground_and_a_disc_on_it_is_not():
    ground = '<path d="M0 0H256V256H0zM30 30V226H226V30z"/><circle cx="128" cy="128" r="98" fill="#369"/>'
    svg, how = svg_edit.without_background(svg_with(ground), 256, 256)
    assert how == "svg geometry: 1 background shapes dropped"
    assert (svg.count(b"<path"), svg.count(b"<circle")) == (0, 1)


def test_what_shows_through_the_ground_stays_as_far_as_it_shows():
    sea = '<rect id="sea" width="256" height="256" fill="#369"/>'
    ground = '<path d="m0 0h256v256h-256zm30 30v196h196v-196z" fill="#ffe"/>'
    svg, how = svg_edit.without_background(svg_with(sea + ground), 256, 256)
    assert how == "svg geometry: 1 background shapes dropped"
    drawn = rasterise(svg, 256, 256)[..., 3]
    assert (drawn[32:224, 32:224] == 255).all()
    assert not drawn[:29].any()
    assert not drawn[:, 228:].any()


def test_clips_of_two_edits_keep_apart():
    region = np.zeros((256, 256), bool)
    region[90:130, :100] = True
    once, _ = svg_edit.erase(DRAWING, 256, 256, region)
    twice, _ = svg_edit.erase(once, 256, 256, region[:, ::-1])
    drawn = rasterise(twice, 256, 256)
    assert (drawn[105, [50, 200], :3] == [0x88, 0xAA, 0xCC]).all()
    assert (drawn[105, 128, :3] == 0).all()


def test_a_drawing_that_fills_its_picture_is_cut_along_its_subject():
    bands = "".join(f'<rect y="{y}" width="256" height="16" fill="#{shade}"/>' for y, shade in zip(
        range(0, 256, 16), ["8ac", "9bd"] * 8, strict=True))  # fmt: skip
    svg, how = svg_edit.without_background(svg_with(bands + '<circle cx="128" cy="128" r="60" fill="#c33"/>'), 256, 256)
    assert "U2NETP" in how
    assert b"<circle" in svg
    assert svg.count(b"<rect") < 16
