"""Erasing over transparency: with the result above it, the picture shows what the result says."""
import numpy as np
import pytest
from fake_canvas import last
from hypothesis import given
from hypothesis import strategies as some
from recraft_core.shared.geometry import Box
from recraft_core.shared.plugin.removal import empty, kept_of_all, kept_part, targets


def bgra(alpha):
    """Pixels of that alpha, as bytes."""
    alpha = np.asarray(alpha, np.uint8)
    pixels = np.full((*alpha.shape, 4), 90, np.uint8)
    pixels[..., 3] = alpha
    return pixels.tobytes()


def test_an_opaque_picture_keeps_all_of_itself():
    area = Box(0, 0, 3, 2)
    assert last(kept_part(bgra(np.full((2, 3), 255)), area, b"\xff" * 6, bgra(np.full((2, 3), 255)), area)) is None


def test_a_faint_pixel_that_is_erased_is_hidden_and_what_is_not_selected_stays():
    area = Box(0, 0, 3, 1)
    cover = last(kept_part(bgra([[100, 100, 100]]), area, b"\xff\x80\x00", bgra([[0, 0, 0]]), area))
    assert list(cover) == [0, 127, 255]


@given(some.data(), some.integers(1, 6), some.integers(1, 5))
def test_what_shows_in_the_end_is_what_the_result_says(data, width, height):
    count = width * height
    bytes_of = some.lists(some.integers(0, 255), min_size=count, max_size=count)
    alpha, covered = (np.array(data.draw(bytes_of)).reshape(height, width) for _ in range(2))
    # The result is cut to the coverage already.
    above = np.minimum(np.array(data.draw(bytes_of)).reshape(height, width), covered)
    area = Box(4, 2, width, height)
    cover = last(kept_part(bgra(alpha), area, bytes(covered.ravel().tolist()), bgra(above), area))
    if cover is None:
        return
    cover = np.frombuffer(bytes(cover), np.uint8).reshape(height, width) / 255
    wanted = alpha / 255 * (1 - covered / 255) + above / 255
    shown = alpha / 255 * cover * (1 - above / 255) + above / 255
    rows = alpha.min(axis=1) < 255  # an opaque row has nothing to hide
    assert np.abs(shown - wanted)[rows].max(initial=0) < 0.01


def test_of_several_parts_each_hides_its_own():
    parts = [(bgra([[50, 50]]), b"\xff\x00", Box(0, 0, 2, 1)), (bgra([[50, 50]]), b"\x00\xff", Box(2, 1, 2, 1))]
    area = Box(0, 0, 4, 2)
    cover = last(kept_of_all(parts, area, bgra(np.zeros((2, 4))), area))
    assert list(cover) == [0, 255, 255, 255, 255, 255, 255, 0]
    assert last(kept_of_all([], area, bgra(np.zeros((2, 4))), area)) is None


def test_the_result_counts_where_it_lies():
    area = Box(10, 10, 3, 1)
    cover = last(kept_part(bgra([[100, 100, 100]]), area, b"\xff" * 3, bgra([[255]]), Box(11, 10, 1, 1)))
    assert list(cover) == [0, 255, 0]


@pytest.mark.parametrize(("alpha", "nothing"), [([0, 8, 3], True), ([0, 9, 3], False)])
def test_a_layer_of_which_nothing_is_seen_is_empty(alpha, nothing):
    assert last(empty(bgra([alpha]))) is nothing


def test_the_layers_that_show_are_masked():
    assert targets(["a"], "a") == ["a"]
    assert targets(["a", "b"], "a") == ["a", "b"]
    assert targets(["b"], "a") == ["b"]
