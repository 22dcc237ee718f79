"""Separate areas of a selection: found as another program finds them, gathered, sent each by itself, joined."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core import Studio
from recraft_core.operations import Outcome, Reading
from recraft_core.operations.parts import joined, own_areas, run_parts
from recraft_core.operations.placing import Layer
from recraft_core.shared import islands
from recraft_core.shared.errors import BadOption, OutOfUnits
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan, wants_areas

LARGE = Size(6000, 4000)


def selection(size, boxes):
    coverage = np.zeros((size[1], size[0]), np.uint8)
    for box in boxes:
        coverage[box.y : box.bottom, box.x : box.right] = 255
    return coverage


def planned(boxes, operation="erase", **options):
    ask = Ask(operation, {"prompt": "x", **options} if operation == "inpaint" else options, LARGE, islands.around(boxes), tuple(boxes))
    return plan(ask)


TWO = (Box(300, 300, 60, 60), Box(5400, 3500, 60, 60))
FORTY = tuple(Box(200 + 700 * (at % 8), 300 + 800 * (at // 8), 40, 40) for at in range(40))


def test_two_specks_far_apart_are_two_requests_at_full_resolution():
    made = planned(TWO)
    assert plan(Ask("erase", {}, LARGE, islands.around(TWO))).scale < 0.78, "in one box they would be scaled down"
    assert [part.scale for part in made.parts] == [1, 1]
    assert made.units == 2 * 2
    assert made.price == "4 units · $0.004"
    assert sum(part.sent.area for part in made.parts) < 0.02 * 6000 * 4000
    assert made.notes == ("2 separate areas in 2 requests, 2 units · $0.002 each, all at full resolution.",)


def test_a_part_that_has_to_be_scaled_down_all_the_same_is_counted():
    made = planned((Box(100, 100, 60, 60), Box(1000, 100, 4900, 3800)), islands="each")
    assert [part.scale < 1 for part in made.parts] == [False, True]
    assert "1 of them scaled down" in made.notes[0]


def test_as_few_requests_as_keep_them_sharp():
    """A request costs the same whatever its size: forty specks are not forty requests."""
    made = planned(FORTY)
    assert all(part.scale >= 1 for part in made.parts)
    assert 2 <= len(made.parts) <= 4
    assert sorted(area for part in made.parts for area in part.areas) == sorted(FORTY)
    assert planned(FORTY, islands="together").parts == ()
    assert planned(FORTY, islands="each").units == 40 * 2


def test_what_goes_out_unscaled_in_one_box_stays_one_request():
    near = (Box(300, 300, 60, 60), Box(900, 500, 60, 60))
    assert planned(near).parts == ()
    assert not wants_areas(planned(near))
    assert len(planned(near, islands="each").parts) == 2


WIDE = Box(200, 300, 5500, 3400)


def test_a_large_selection_goes_in_tiles_at_full_detail_where_that_is_wished():
    whole = planned((WIDE,))
    assert (whole.parts, whole.units, whole.scale < 0.8) == ((), 2, True)
    assert "“Tiles at full detail” would keep full detail, in 4 requests." in whole.notes
    made = planned((WIDE,), islands="tiles")
    assert [part.scale for part in made.parts] == [1, 1, 1, 1]
    assert made.units == 4 * 2
    assert made.notes == ("At most 4 tiles at full detail, 2 units · $0.002 each.",)
    assert [part.areas for part in made.parts] == [(part.selection,) for part in made.parts]
    assert sum(part.selection.size.area for part in made.parts) == WIDE.size.area
    for part in made.parts:
        around = part.selection.grown(384).intersect(Box.of(LARGE))
        assert around.intersect(part.read) == around


def test_tiles_are_of_the_areas_and_what_is_small_needs_none():
    assert len(planned((*TWO, WIDE), islands="tiles").parts) == 6
    assert planned((Box(300, 300, 900, 900),), islands="tiles").parts == ()


@pytest.mark.parametrize(
    ("operation", "option", "value"),
    [("inpaint", "n", 2), ("erase", "feather_px", 8), ("erase", "grow_px", -8), ("erase", "context_px", 100)],
)
def test_what_would_show_the_borders_of_tiles_is_refused_before_anything_is_paid(operation, option, value):
    with pytest.raises(BadOption, match="does not go with tiles") as caught:
        planned((WIDE,), operation, islands="tiles", **{option: value})
    assert caught.value.option == option


def test_tiles_stay_at_full_detail_however_far_they_grow():
    for option in ("grow_px", "spill_px"):
        made = planned((WIDE,), "inpaint", islands="tiles", **{option: 256})
        assert {part.scale for part in made.parts} == {1}


def test_areas_beside_the_canvas_are_no_requests():
    made = planned((Box(-900, 100, 500, 100), *TWO))
    assert len(made.parts) == 2
    assert len(made.areas) == 3, "as they were found"
    assert planned((Box(-900, 100, 500, 100), WIDE), islands="tiles").units == 4 * 2


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 90), st.integers(1, 90), st.integers(1, 120))
def test_a_grid_covers_its_box_once(x, y, width, height, side):
    seen = np.zeros((height, width), int)
    for box in islands.grid(Box(x, y, width, height), side):
        assert 0 < box.width <= side
        assert 0 < box.height <= side
        inner = box.moved(-x, -y)
        seen[inner.y : inner.bottom, inner.x : inner.right] += 1
    assert (seen == 1).all()


def test_each_part_sees_what_those_before_it_have_made_and_an_empty_one_is_not_sent():
    made = planned((WIDE,), islands="tiles")
    coverage = np.zeros((LARGE.height, LARGE.width), np.uint8)
    coverage[300:3700, 200:3500] = 255  # the tiles on the right but for a strip
    coverage[2000:3700, 2950:5700] = 0
    canvas = np.full((*coverage.shape, 4), 90, np.uint8)
    canvas[..., 3] = 255
    seen = []

    def one(part, reading):
        seen.append((part, reading))
        pixels = np.zeros_like(reading.pixels)
        pixels[..., 0] = 200
        pixels[..., 3] = reading.coverage
        return Outcome(part, (Layer("Erase", part.read, pixels),), 2)

    def cut(picture, box):
        return picture[box.y : box.bottom, box.x : box.right]

    told = run_parts(made, [Reading(cut(canvas, part.read), cut(coverage, part.read)) for part in made.parts], one)
    assert [part for part, _ in seen] == list(made.parts[:3])
    assert told.units == 6
    for number, (part, reading) in enumerate(seen):
        before = np.zeros_like(coverage)
        for earlier in made.parts[:number]:
            cut(before, earlier.selection)[:] = cut(coverage, earlier.selection)
        assert ((reading.pixels[..., 0] == 200) == (cut(before, part.read) > 0)).all()
        assert (cut(canvas, part.read)[..., 0] == 90).all(), "the host's own pixels are not touched"
    (layer,) = told.layers
    assert ((layer.pixels[..., 3] > 0) == (cut(coverage, layer.box) > 0)).all()


def filled(part, reading):
    """A service that fills what its mask says, wherever that is, as prepare() makes it."""
    pixels = np.zeros_like(reading.pixels)
    pixels[..., 0], pixels[..., 3] = 200, reading.coverage
    return Outcome(part, (Layer("Erase", part.read, pixels),), 2)


def readings(made, canvas, coverage):
    def cut(picture, box):
        return picture[box.y : box.bottom, box.x : box.right]

    return [Reading(cut(canvas, part.read), cut(coverage, part.read)) for part in made.parts]


def test_a_part_that_is_selected_too_faintly_stops_none():
    made = planned(TWO)
    for faint in (0, 1):
        coverage = selection(LARGE, TWO)
        at = TWO[faint]
        coverage[at.y : at.bottom, at.x : at.right] = 60
        told = run_parts(made, readings(made, np.full((*coverage.shape, 4), 255, np.uint8), coverage), filled)
        assert told.units == 2
        assert told.layers[0].box == TWO[1 - faint]


def test_where_all_is_erased_a_clear_layer_comes_back():
    made = planned(TWO)
    clear = [Reading(np.zeros((part.read.height, part.read.width, 4), np.uint8), np.full((part.read.height, part.read.width), 255, np.uint8))
             for part in made.parts]  # fmt: skip
    told = run_parts(made, clear, lambda part, reading: Outcome(part, (Layer("Erase", part.read, reading.pixels),), 2))
    assert told.units == 4
    assert told.layers[0].pixels.size > 0
    assert not told.layers[0].pixels.any()


def test_what_a_part_makes_beyond_its_reach_is_of_others():
    made = planned(TWO, feather_px=2.5, grow_px=3)
    everything = [Reading(None, np.full((part.read.height, part.read.width), 255, np.uint8)) for part in made.parts]

    def one(part, reading):
        return Outcome(part, (Layer("Erase", part.read, np.full((*reading.coverage.shape, 4), 255, np.uint8)),), 2)

    (layer,) = run_parts(made, everything, one).layers
    assert layer.box == islands.around([area.grown(6) for area in TWO])
    assert int((layer.pixels[..., 3] > 0).sum()) == sum(area.grown(6).size.area for area in TWO)


def test_tiles_over_transparency_are_each_of_their_own_place_and_see_each_other():
    made = planned((WIDE,), islands="tiles")
    coverage = selection(LARGE, [WIDE])
    right = made.parts[1].selection
    coverage[right.y : right.bottom, right.x + 200 : right.right] = 0
    coverage[right.y : right.bottom, right.x : right.x + 200] = 0
    canvas = np.full((*coverage.shape, 4), 90, np.uint8)
    canvas[..., 3] = 255
    canvas[coverage > 0] = 0  # all that is selected is transparent
    seen = []

    def one(part, reading):
        seen.append(part)
        new = ((reading.pixels[..., 3] == 0) & (reading.coverage > 0)).sum()
        assert new > 0, "what earlier tiles made is not there"
        return filled(part, reading)

    told = run_parts(made, readings(made, canvas, coverage), one)
    assert seen == [made.parts[0], made.parts[2], made.parts[3]], "nothing is selected in the second"
    (layer,) = told.layers
    box = layer.box
    assert ((layer.pixels[..., 3] > 0) == (coverage[box.y : box.bottom, box.x : box.right] > 0)).all()


def test_only_a_masked_operation_has_the_option():
    with pytest.raises(BadOption):
        plan(Ask("remove_background", {"islands": "each"}, LARGE, TWO[0]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 70), st.integers(1, 9), st.integers(1, 9)), max_size=7))
def test_areas_hold_all_that_is_selected_and_lie_apart(shapes):
    boxes = [Box(*shape) for shape in shapes]
    coverage = selection((100, 80), boxes)
    found = islands.areas(coverage.tobytes(), Box(0, 0, 100, 80))
    left = coverage.copy()
    for box in found:
        inside = coverage[box.y : box.bottom, box.x : box.right]
        assert inside.any(axis=1)[[0, -1]].all(), "a row too many"
        assert inside.any(axis=0)[[0, -1]].all(), "a column too many"
        left[box.y : box.bottom, box.x : box.right] = 0
    assert not left.any()
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            assert one.grown(islands.NEAR - 1).intersect(other).empty, (one, other)


def test_areas_lie_on_the_canvas_and_noise_is_one_selection():
    coverage = selection((60, 50), [Box(2, 3, 4, 5), Box(40, 30, 6, 7)])
    assert islands.areas(coverage.tobytes(), Box(1000, 2000, 60, 50)) == (Box(1002, 2003, 4, 5), Box(1040, 2030, 6, 7))
    dots = np.zeros((1200, 1200), np.uint8)
    dots[::40, ::40] = 255
    assert islands.areas(dots.tobytes(), Box(0, 0, 1200, 1200)) == ()


def test_a_part_never_touches_the_area_of_another():
    part = planned(TWO).parts[0]
    coverage = np.full((part.read.height, part.read.width), 200, np.uint8)
    kept = own_areas(part, Reading(coverage=coverage)).coverage
    area = part.areas[0].moved(-part.read.x, -part.read.y)
    assert kept.sum() == 200 * area.size.area
    assert (kept[area.y : area.bottom, area.x : area.right] == 200).all()


def test_what_is_selected_and_clear_is_no_surrounding_of_any_part():
    part = planned(TWO).parts[0]
    coverage = np.zeros((part.read.height, part.read.width), np.uint8)
    coverage[:, -20:] = 255
    pixels = np.full((*coverage.shape, 4), 255, np.uint8)
    pixels[:, -10:, 3] = 0
    kept = own_areas(part, Reading(pixels=pixels, coverage=coverage)).coverage
    assert (kept[:, -10:] == 255).all()
    assert not kept[:, -20:-10].any()


def test_the_layers_become_one_as_small_as_what_changed():
    made = planned(TWO)
    outcomes = []
    for part, colour in zip(made.parts, (90, 180), strict=True):
        pixels = np.zeros((part.read.height, part.read.width, 4), np.uint8)
        area = part.areas[0].moved(-part.read.x, -part.read.y)
        pixels[area.y : area.bottom, area.x : area.right] = (colour, 0, 0, 255)
        outcomes.append(Outcome(part, (Layer("Erase", part.read, pixels),), 2))
    told = joined(made, outcomes, made.notes)
    (layer,) = told.layers
    assert (layer.box, told.units) == (islands.around(TWO), 4)
    for area, colour in zip(TWO, (90, 180), strict=True):
        at = area.moved(-layer.box.x, -layer.box.y)
        assert (layer.pixels[at.y : at.bottom, at.x : at.right] == (colour, 0, 0, 255)).all()
    assert int((layer.pixels[..., 3] > 0).sum()) == sum(area.size.area for area in TWO)


class Pressed:
    """A service that answers each erase with a flat picture and counts."""

    def __init__(self, fail_at=0):
        self.sizes, self._fail_at = [], fail_at

    def send(self, call, *, progress, **_more):
        from recraft_core.api.wire import Answer, Made

        if len(self.sizes) + 1 == self._fail_at:
            raise OutOfUnits("There are too few units.", remedy="Buy more.")
        picture = next(file.data for file in call.files if file.name == "image")
        self.sizes.append(picture)
        return Answer(2, (Made("", "", picture),))

    def fetch(self, made, *, progress):
        return made.data


@pytest.mark.slow
def test_a_script_sends_two_and_gets_one_picture_back():
    size = Size(5200, 4200)
    spots = [Box(100, 100, 30, 30), Box(5000, 4000, 30, 30)]
    canvas = np.full((size.height, size.width, 3), 120, np.uint8)
    service = Pressed()
    result = Studio(service=service).erase(canvas, mask=selection(size, spots))
    assert len(service.sizes) == 2
    assert result.units == 4
    assert result.picture(0).shape[:2] == (size.height, size.width)
    assert [layer.box for layer in result.layers] == [islands.around(spots)]


def test_what_was_paid_for_is_there_when_a_later_part_fails():
    size = Size(5200, 4200)
    spots = [Box(100, 100, 30, 30), Box(5000, 4000, 30, 30)]
    result = Studio(service=Pressed(fail_at=2)).erase(np.full((size.height, size.width, 3), 120, np.uint8), mask=selection(size, spots))
    assert result.units == 2
    assert [layer.box for layer in result.layers] == [spots[0]]
    assert any("1 of 2 requests went well" in note for note in result.notes)
