"""Enlarging: the right size, nearer to the truth than Lanczos, without rings, seams or drifting colours."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from recraft_local.pictures import upscale

KITTEN = Path(__file__).parents[1] / "pictures" / "kitten.jpg"


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def photo(box, size=None):
    with Image.open(KITTEN) as picture:
        part = picture.convert("RGB").crop(box)
    return np.asarray(part.resize(size, Image.Resampling.BICUBIC) if size else part)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_size_is_four_times_twice_or_what_fits(width, height):
    wide, high = upscale.size_after(width, height)
    assert wide >= width
    assert high >= height
    if max(width, height) <= 4096:
        assert max(wide, high) <= 4096
    assert abs(wide * height - high * width) <= max(width, height)  # proportions, to a rounded pixel


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1024, 1024), (4096, 4096)),
        ((1025, 600), (2050, 1200)),
        ((2048, 100), (4096, 200)),
        ((3000, 1500), (4096, 2048)),
        ((4096, 4096), (4096, 4096)),
        ((32, 32), (128, 128)),
    ],
)
def test_sizes_by_example(before, after):
    assert upscale.size_after(*before) == after


def test_crisp_is_nearer_to_the_truth_than_lanczos():
    truth = photo((300, 100, 620, 340))
    small = photo((300, 100, 620, 340), (80, 60))
    made = upscale.enlarge(opaque(small)).pixels[..., :3]
    lanczos = np.asarray(Image.fromarray(small).resize((320, 240), Image.Resampling.LANCZOS))
    assert np.square(made.astype(float) - truth).mean() < 0.95 * np.square(lanczos.astype(float) - truth).mean()


def test_shrunk_again_it_is_the_picture_it_came_from():
    small = photo((300, 100, 620, 340), (80, 60))
    made = Image.fromarray(upscale.enlarge(opaque(small)).pixels[..., :3])
    back = np.asarray(made.resize((80, 60), Image.Resampling.BOX)).astype(int)
    assert np.abs(back - small).mean() < 2
    assert np.abs(back.mean(axis=(0, 1)) - small.mean(axis=(0, 1))).max() < 0.5


def test_an_edge_gets_sharp_and_does_not_ring():
    low = np.where(np.arange(40) < 20, 60, 190).astype(np.uint8)
    low = np.repeat(low[None], 32, axis=0)
    made = upscale.enlarge(opaque(np.dstack([low] * 3))).pixels[64, :, 0].astype(int)
    assert made.min() >= 60 - 25
    assert made.max() <= 190 + 25
    assert ((made > 80) & (made < 170)).sum() <= 4
    by_hand = upscale._project(low, (160, 128)).astype(int)
    assert (by_hand.min(), by_hand.max()) == (60, 190)


# A picture cut off so far has its seams in the middle of what was a tile before.
HALF = upscale.RUN // 2


def test_tiles_meet_without_a_seam():
    """The same place comes out the same, whether a tile ends there or not."""
    picture = photo((200, 200, 520, 240))
    whole = upscale.enlarge(opaque(picture)).pixels
    shifted = upscale.enlarge(opaque(picture[:, HALF:])).pixels
    seam, off = upscale.RUN * 4, HALF * 4
    part = slice(seam - 100, seam + 100)
    assert np.abs(whole[:, part].astype(int) - shifted[:, part.start - off : part.stop - off]).max() <= 1


def hard(kind):
    """What no photograph has: letters, one bit a pixel, lines; 400 x 120."""
    if kind == "dither":
        return np.dstack([np.asarray(Image.fromarray(photo((200, 200, 600, 320))).convert("1"), np.uint8) * 255] * 3)
    if kind == "lines":
        x, y = np.meshgrid(np.arange(400), np.arange(120))
        return np.dstack([np.where((x + y) % 6 < 3, 0, 255).astype(np.uint8)] * 3)
    sheet = Image.new("RGB", (400, 120), "white")
    for row in range(0, 120, 16):
        ImageDraw.Draw(sheet).text((2, row), "The quick brown fox jumps over the lazy dog, and on.", fill="black")
    return np.asarray(sheet)


@pytest.mark.parametrize("kind", ["letters", "dither", "lines"])
@pytest.mark.parametrize("factor", [2, 4])
def test_hard_print_keeps_its_colours_and_tiles_meet_in_it(kind, factor):
    picture = hard(kind)
    made = upscale._by_network(picture, factor).astype(int)
    # Black and white stay without colour, wherever the network would answer thousands.
    assert (made.max(axis=2) - made.min(axis=2)).max() <= 60
    shifted = upscale._by_network(picture[:, HALF:], factor).astype(int)
    seam, off = upscale.RUN * factor, HALF * factor
    part = slice(seam - 12 * factor, seam + 12 * factor)
    assert np.abs(made[:, part] - shifted[:, part.start - off : part.stop - off]).mean() <= 1


def test_colours_of_clear_pixels_do_not_show():
    rgba = np.zeros((32, 32, 4), np.uint8)
    rgba[...] = (0, 255, 0, 0)  # clear, but green
    rgba[8:24, 8:24] = (200, 30, 30, 255)
    made = upscale.enlarge(rgba).pixels
    seen = made[made[..., 3] > 8]
    assert seen[:, 1].max() < 70
    assert made[0, 0, 3] == 0
    assert (made[40:88, 40:88, 3] == 255).all()


def test_even_coverage_stays_even():
    rgba = opaque(photo((300, 100, 332, 132)))
    rgba[..., 3] = 77
    assert (upscale.enlarge(rgba).pixels[..., 3] == 77).all()


def test_at_the_largest_size_it_is_only_sharpened():
    strip = np.tile(photo((0, 300, 1024, 308)), (1, 4, 1))
    made = upscale.enlarge(opaque(strip))
    assert made.pixels.shape == (8, 4096, 4)
    assert "sharpened only" in made.how
    assert made.pixels[..., :3].std() > strip.std()


def test_creative_adds_detail_repeats_exactly_and_says_what_it_is():
    small = opaque(photo((300, 100, 620, 340), (80, 60)))
    crisp, creative = upscale.enlarge(small), upscale.enlarge(small, creative=True)
    assert "nothing generated" in creative.how
    rough = [np.abs(np.diff(made.pixels[..., 1].astype(int))).mean() for made in (crisp, creative)]
    assert rough[1] > 1.1 * rough[0]
    assert np.array_equal(upscale.enlarge(small, creative=True).pixels, creative.pixels)
