"""Raw pixels: what a host sent is what is read, in the right order, at the right place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from recraft_core.imaging.pixels import as_array, as_image, crop, mirror_pad, opaque, packed, resize, view
from recraft_core.shared.geometry import Box, Size

calm = settings(deadline=None, max_examples=40)
sides = st.integers(1, 40)
pictures = st.tuples(sides, sides).flatmap(lambda shape: arrays(np.uint8, (*shape, 4)))


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


def size_of(array):
    return Size(array.shape[1], array.shape[0])


@calm
@given(pictures, st.sampled_from(["RGBA", "BGRA"]))
def test_packed_and_viewed_again_is_the_same_picture(pixels, order):
    assert np.array_equal(view(packed(pixels, order), size_of(pixels), order), pixels)


def test_bgra_means_blue_first():
    assert view(bytes([1, 2, 3, 4]), Size(1, 1), "BGRA").tolist() == [[[3, 2, 1, 4]]]


def test_a_view_shares_the_hosts_memory_and_cannot_write_to_it():
    memory = bytearray(4 * 6)
    shown = view(memory, Size(3, 2))
    memory[0] = 77
    assert shown[0, 0, 0] == 77
    with pytest.raises(ValueError, match="read-only"):
        shown[0, 0, 0] = 1


def test_the_wrong_number_of_bytes_is_refused():
    with pytest.raises(ValueError, match="reshape"):
        view(bytes(4 * 6 - 1), Size(3, 2))


@calm
@given(pictures, st.data(), st.sampled_from(["RGBA", "BGRA"]))
def test_a_crop_is_that_part_of_the_canvas_and_clear_outside(pixels, data, order):
    start, length = st.integers(-50, 50), st.integers(1, 60)
    box = Box(*(data.draw(some) for some in (start, start, length, length)))
    bordered = np.pad(pixels, ((150, 150), (150, 150), (0, 0)))
    want = bordered[150 + box.y : 150 + box.bottom, 150 + box.x : 150 + box.right]
    assert np.array_equal(crop(packed(pixels, order), size_of(pixels), box, order), want)


def test_a_crop_of_coverage_has_one_channel():
    coverage = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert crop(coverage.tobytes(), Size(4, 3), Box(1, 1, 2, 2), "L").tolist() == [[5, 6], [9, 10]]


def test_a_crop_is_a_view_where_nothing_has_to_change():
    pixels = noise(20, 30)
    assert np.shares_memory(crop(pixels, Size(30, 20), Box(3, 4, 10, 10)), pixels)


def test_a_scaled_crop_equals_scaling_the_crop():
    pixels = noise(64, 64)
    scaled = crop(packed(pixels, "BGRA"), Size(64, 64), Box(8, 8, 40, 40), "BGRA", Size(20, 20))
    assert np.array_equal(scaled, resize(np.ascontiguousarray(pixels[8:48, 8:48]), Size(20, 20)))


@calm
@given(pictures, st.data())
def test_opaque_sees_a_single_pixel_that_is_not(pixels, data):
    pixels[..., 3] = 255
    assert opaque(pixels)
    row, column = data.draw(st.integers(0, len(pixels) - 1)), data.draw(st.integers(0, pixels.shape[1] - 1))
    pixels[row, column, 3] = 254
    assert not opaque(pixels)


@pytest.mark.parametrize("mode", ["RGBA", "RGBX"])
def test_pillow_sees_the_last_rows_of_a_corner_crop(mode):
    pixels = noise(9, 11)
    corner = pixels[4:, 5:]
    got = as_array(as_image(corner, mode))
    assert np.array_equal(got[..., :3], corner[..., :3])


def test_pillow_and_back_over_several_strips():
    pixels = noise(300, 5)
    assert np.array_equal(as_array(as_image(pixels)), pixels)
    assert np.array_equal(as_array(as_image(pixels[..., 3])), pixels[..., 3])


@calm
@given(pictures, sides, sides)
def test_resizing_gives_the_size_asked_for(pixels, width, height):
    assert size_of(resize(pixels, Size(width, height))) == (width, height)
    assert resize(pixels[..., 0], Size(width, height)).shape == (height, width)


@pytest.mark.parametrize("size", [Size(8, 8), Size(10, 13), Size(40, 40), Size(9, 7)])
def test_hidden_colour_does_not_bleed_when_scaling(size):
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:, :10] = (200, 40, 10, 255)
    pixels[:, 10:] = (0, 255, 0, 0)  # green that nobody sees
    scaled = resize(pixels, size)
    shown = scaled[scaled[..., 3] > 20]
    # Lanczos may overshoot by a tenth; green that bled would be far more.
    assert np.abs(shown[:, :3].astype(int) - (200, 40, 10)).max() <= 25


def test_an_even_picture_stays_even_at_every_size():
    flat = np.full((30, 41, 4), (12, 34, 56, 255), np.uint8)
    for size in (Size(41, 30), Size(20, 15), Size(21, 15), Size(13, 10), Size(82, 60), Size(7, 50)):
        assert (resize(flat, size) == (12, 34, 56, 255)).all()


def test_halving_averages_two_by_two():
    pixels = noise(40, 40)
    pixels[..., 3] = 255
    means = pixels.reshape(20, 2, 20, 2, 4).mean(axis=(1, 3))
    assert np.abs(resize(pixels, Size(20, 20)) - means).max() <= 0.5


def test_an_edge_stays_in_its_place_when_halved_from_an_odd_size():
    coverage = np.zeros((101, 101), np.uint8)
    coverage[:, 50:] = 255
    for width in (50, 51):
        edge = int(np.argmax(resize(coverage, Size(width, width))[10] >= 128))
        assert edge in (25, 26)


@calm
@given(pictures, st.integers(0, 130), st.integers(0, 130))
def test_mirroring_continues_the_picture(pixels, more_width, more_height):
    height, width = pixels.shape[:2]
    out = mirror_pad(pixels, Size(width + more_width, height + more_height))
    assert out.shape == (height + more_height, width + more_width, 4)
    back_and_forth = [*range(width), *reversed(range(width))]
    columns = [back_and_forth[x % (2 * width)] for x in range(out.shape[1])]
    assert np.array_equal(out[:height], pixels[:, columns])


def test_mirroring_never_cuts():
    assert mirror_pad(noise(10, 10), Size(4, 12)).shape == (12, 10, 4)
