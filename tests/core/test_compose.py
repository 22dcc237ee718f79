"""Placing: outside the selection nothing changes, inside the result is what came back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from recraft_core.imaging.compose import cut, over
from recraft_core.shared.geometry import Box

calm = settings(deadline=None, max_examples=40)
edges = st.sampled_from([0, 1, 2, 127, 128, 254, 255])
shapes = st.tuples(st.integers(1, 20), st.integers(1, 20))
pictures = shapes.flatmap(lambda shape: arrays(np.uint8, (*shape, 4)))


@calm
@given(pictures, st.data())
def test_cut_multiplies_alpha_and_keeps_colour(pixels, data):
    coverage = data.draw(arrays(np.uint8, pixels.shape[:2]))
    layer = cut(pixels, coverage)
    assert np.array_equal(layer[..., :3], pixels[..., :3])
    want = np.rint(pixels[..., 3].astype(float) * coverage / 255)
    assert np.array_equal(layer[..., 3], want)


@calm
@given(pictures, st.data())
def test_cut_of_an_opaque_result_has_the_coverage_as_alpha(pixels, data):
    coverage = data.draw(arrays(np.uint8, pixels.shape[:2]))
    pixels[..., 3] = 255
    assert np.array_equal(cut(pixels, coverage)[..., 3], coverage)


def test_cut_mixes_opaque_and_clear_rows_of_a_tall_picture():
    pixels = np.full((300, 3, 4), 255, np.uint8)
    pixels[200:, :, 3] = 100
    layer = cut(pixels, np.full((300, 3), 51, np.uint8))
    assert (layer[:200, :, 3] == 51).all()
    assert (layer[200:, :, 3] == 20).all()


@calm
@given(pictures, pictures, st.integers(-25, 25), st.integers(-25, 25))
def test_over_changes_only_what_the_layer_shows(canvas, layer, x, y):
    layer[..., 3][layer[..., 3] < 100] = 0
    layer[..., 3][layer[..., 3] > 200] = 255
    before = canvas.copy()
    out = over(canvas, layer, Box(x, y, layer.shape[1], layer.shape[0]))
    assert np.array_equal(canvas, before)
    for row in range(canvas.shape[0]):
        for column in range(canvas.shape[1]):
            inside = 0 <= row - y < layer.shape[0] and 0 <= column - x < layer.shape[1]
            above = layer[row - y, column - x] if inside else np.zeros(4, np.uint8)
            if above[3] == 0:
                assert (out[row, column] == before[row, column]).all()
            elif above[3] == 255:
                assert (out[row, column] == above).all()


@calm
@given(arrays(np.uint8, (4, 5, 4)), arrays(np.uint8, (4, 5, 4)))
def test_over_is_source_over(canvas, layer):
    out = over(canvas, layer, Box(0, 0, 5, 4)).astype(float)
    top, low = layer.astype(float) / 255, canvas.astype(float) / 255
    alpha = top[..., 3] + low[..., 3] * (1 - top[..., 3])
    assert np.abs(out[..., 3] - alpha * 255).max() <= 1
    seen = alpha > 0.1
    mixed = top[..., :3] * top[..., 3:] + low[..., :3] * (low[..., 3:] * (1 - top[..., 3:]))
    want = mixed[seen] / alpha[seen][:, None] * 255
    assert np.abs(out[seen][:, :3] - want).max(initial=0) <= 3


def test_an_opaque_canvas_stays_opaque():
    canvas = np.full((200, 200, 4), 255, np.uint8)
    layer = np.random.default_rng(1).integers(0, 256, (200, 200, 4), dtype=np.uint8)
    assert (over(canvas, layer, Box(0, 0, 200, 200))[..., 3] == 255).all()


def test_sizes_that_differ_are_a_mistake_of_the_caller():
    layer = np.zeros((4, 5, 4), np.uint8)
    with pytest.raises(ValueError, match="should be the same"):
        over(layer, layer, Box(0, 0, 4, 5))
    with pytest.raises(ValueError, match="should be the same"):
        cut(layer, np.zeros((5, 4), np.uint8))
