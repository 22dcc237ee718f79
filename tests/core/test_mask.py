"""Selections to masks: only 0 and 255, the right reach, nothing far away touched."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from recraft_core.imaging.mask import bounds, feather, mask, spilt
from recraft_core.operations.placing import place
from recraft_core.operations.sending import Reading, _mask
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan

calm = settings(deadline=None, max_examples=40)
coverages = st.tuples(st.integers(1, 90), st.integers(1, 150)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 0, 0, 1, 127, 128, 255]), fill=st.just(0))
)


def dot(height=121, width=190, at=(60, 90)):
    coverage = np.zeros((height, width), np.uint8)
    coverage[at] = 255
    return coverage


def distances(coverage, at=(60, 90)):
    rows, columns = np.indices(coverage.shape)
    return np.hypot(rows - at[0], columns - at[1])


@calm
@given(coverages, st.integers(1, 255), st.integers(-20, 20))
def test_a_mask_holds_nothing_but_black_and_white(coverage, threshold, grow):
    made = mask(coverage, threshold=threshold, grow_px=grow)
    assert made.dtype == np.uint8
    assert set(np.unique(made)) <= {0, 255}


def test_half_selected_counts_as_selected():
    assert mask(np.array([[0, 127, 128, 255]], np.uint8)).tolist() == [[0, 0, 255, 255]]


@calm
@given(coverages)
def test_making_a_mask_leaves_the_selection_alone(coverage):
    before = coverage.copy()
    mask(coverage, grow_px=5)
    feather(coverage, 5)
    assert np.array_equal(coverage, before)


@pytest.mark.parametrize("reach", [1, 2, 3, 4, 5, 7, 16, 33, 64, 65])
def test_growing_reaches_just_so_far_and_leaves_no_holes(reach):
    coverage = dot(241, 270, (120, 135))
    grown = mask(coverage, grow_px=reach) > 0
    away = distances(coverage, (120, 135))
    assert grown[away <= reach].all()
    assert not grown[away > reach * (1.2 if reach > 2 else 1.42)].any()
    assert bounds(grown.astype(np.uint8)) == Box(135 - reach, 120 - reach, 2 * reach + 1, 2 * reach + 1)


@calm
@given(coverages, st.integers(1, 70))
def test_growing_is_the_same_as_growing_each_pixel(coverage, reach):
    hard = mask(coverage)
    stamp = mask(dot(2 * reach + 1, 2 * reach + 1, (reach, reach)), grow_px=reach) > 0
    bordered = np.zeros((hard.shape[0] + 2 * reach, hard.shape[1] + 2 * reach), bool)
    for row, column in np.argwhere(hard)[:40]:
        bordered[row : row + 2 * reach + 1, column : column + 2 * reach + 1] |= stamp
    grown = mask(coverage, grow_px=reach) > 0
    want = bordered[reach:-reach, reach:-reach]
    assert grown[want].all()
    if len(np.argwhere(hard)) <= 40:
        assert np.array_equal(grown, want)


@calm
@given(coverages, st.integers(1, 30))
def test_shrinking_the_selection_is_growing_what_is_left_out(coverage, reach):
    inverted = np.where(coverage >= 128, 0, 255).astype(np.uint8)
    assert np.array_equal(mask(coverage, grow_px=-reach), 255 - mask(inverted, grow_px=reach))


def test_shrinking_does_not_eat_in_from_the_edge_of_the_canvas():
    everything = np.full((30, 40), 255, np.uint8)
    assert (mask(everything, grow_px=-10) == 255).all()


@calm
@given(coverages)
def test_bounds_hold_everything_selected_and_nothing_more(coverage):
    found = bounds(coverage)
    rows, columns = np.nonzero(coverage)
    want = Box.between(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else Box(0, 0, 0, 0)
    assert found == want


def test_bounds_of_a_part_of_a_larger_array():
    canvas = dot()
    assert bounds(canvas[50:, 80:]) == Box(10, 10, 1, 1)


@pytest.mark.parametrize("radius", [2, 9.5, 40])
def test_feathering_softens_both_ways_over_the_radius(radius):
    coverage = np.zeros((300, 300), np.uint8)
    coverage[:, 150:] = 255
    row = feather(coverage, radius)[150].astype(int)
    assert (np.diff(row) >= 0).all()
    assert abs(row[149] + row[150] - 255) <= 4  # half at the edge
    reach = round(radius)
    assert row[149 - reach] < 16
    assert row[150 + reach] > 239
    assert row[149 - reach // 3] > 16


def test_feathering_changes_nothing_far_from_the_selection():
    coverage = dot(400, 400, (30, 30))
    soft = feather(coverage, 8)
    assert soft[30, 30] > soft[30, 36] > 0
    assert not soft[80:].any()


def test_a_feathered_selection_stays_full_at_the_edge_of_the_canvas():
    coverage = np.zeros((60, 60), np.uint8)
    coverage[:, :30] = 255
    soft = feather(coverage, 10)
    assert soft[0, 0] == soft[30, 0] == 255


def test_no_radius_no_change():
    coverage = dot()
    assert np.array_equal(feather(coverage, 0), coverage)
    assert not feather(np.zeros((9, 9), np.uint8), 5).any()


def test_what_reaches_past_the_selection_is_kept_where_it_is_joined_and_differs():
    inner, outer, differs = (np.zeros((60, 60), np.uint8) for _ in range(3))
    inner[20:40, 20:40] = 255
    outer[10:50, 10:50] = 255
    differs[25:30, 30:60] = 200  # a bough out of the selection, further than is allowed
    differs[45:48, 12:15] = 200  # a spot by itself
    differs[12:16, 20:40] = 20  # no more than noise
    differs[36:44, 25:28] = 36  # a weak edge
    found = spilt(inner, outer, differs)
    expected = np.zeros((60, 60), np.uint8)
    expected[25:30, 40:50] = 255
    expected[40:44, 25:28] = 127
    assert np.array_equal(found, expected)


def test_what_spills_is_sent_along_and_only_what_was_drawn_is_placed():
    made = plan(Ask("inpaint", {"prompt": "a kite", "spill_px": 20, "context_px": 40}, Size(400, 400), Box(200, 200, 40, 40)))
    assert made.read.holds(Box(200, 200, 40, 40).grown(20 + 40))
    pixels = np.full((made.read.height, made.read.width, 4), (90, 120, 150, 255), np.uint8)
    coverage = np.zeros(pixels.shape[:2], np.uint8)
    inner = Box(200, 200, 40, 40).moved(-made.read.x, -made.read.y)
    coverage[inner.y : inner.bottom, inner.x : inner.right] = 255
    reading = Reading(pixels, coverage)
    sent = _mask(made, reading)
    assert (sent[inner.y + 20, inner.x - 20], sent[inner.y + 20, inner.x - 21]) == (255, 0)
    answer = pixels.copy()
    answer[inner.y + 10 : inner.y + 20, inner.x - 15 : inner.x + 30] = (220, 30, 30, 255)  # the kite and its tail
    answer[..., :3] += np.random.default_rng(5).integers(0, 4, answer[..., :3].shape, dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(answer).save(buffer, "PNG")
    alpha = place(made, buffer.getvalue(), reading).pixels[..., 3]
    assert (alpha[inner.y : inner.bottom, inner.x : inner.right] == 255).all()
    alpha[inner.y : inner.bottom, inner.x : inner.right] = 0
    assert np.count_nonzero(alpha) == 10 * 15, "the tail, and nothing of the ground around it"
