"""Continuing a picture past its borders."""

import numpy as np
import pytest
from recraft_local.pictures import fill_numpy, outpaint
from recraft_local.pictures.fill import Method

NUMPY = Method(fill_numpy.filled, 96, "numpy fill (asked for)")


def meadow(height=80, width=100):
    """Blue noise above, green noise below."""
    rng = np.random.default_rng(4)
    sky = np.arange(height)[:, None, None] < height // 2
    colour = np.where(sky, (90, 140, 220), (60, 130, 40))
    return (colour + rng.integers(-12, 13, (height, width, 3))).astype(np.uint8)


@pytest.mark.parametrize("by", [None, NUMPY], ids=["best", "numpy"])
@pytest.mark.parametrize("margins", [(16, 0, 0, 0), (0, 9, 0, 0), (0, 0, 31, 0), (0, 0, 0, 7), (12, 10, 8, 6)])
def test_the_original_lies_in_place_and_the_rest_is_made(margins, by):
    left, top, right, bottom = margins
    rgb = meadow()
    made = outpaint.extend(rgb, left=left, top=top, right=right, bottom=bottom, by=by).pixels
    assert made.shape == (80 + top + bottom, 100 + left + right, 3)
    inside = np.zeros(made.shape[:2], bool)
    inside[top : top + 80, left : left + 100] = True
    assert (made[inside].reshape(rgb.shape) == rgb).all()
    assert made[~inside].min() > 10  # black would be a place nobody filled


def test_sky_continues_as_sky_and_grass_as_grass():
    made = outpaint.extend(meadow(), left=0, top=0, right=60, bottom=0).pixels[:, 100:].astype(int)
    blueness = made[..., 2] - made[..., 1]
    assert (blueness[:30] > 0).mean() > 0.95
    assert (blueness[50:] < 0).mean() > 0.95


def test_far_out_is_reached_in_steps():
    done, shape = outpaint.Margins(0, 0, 0, 0), (80, 100, 3)
    ring = outpaint.next_ring(shape, done, outpaint.Margins(400, 0, 5, 90))
    assert ring == (25, 0, 5, 20)
    rgb = meadow(40, 40)
    made = outpaint.extend(rgb, left=0, top=0, right=90, bottom=0, by=NUMPY).pixels
    assert made.shape == (40, 130, 3)
    assert made[:, 40:].min() > 10


def test_the_seed_decides():
    first, again, other = (
        outpaint.extend(meadow(), left=20, top=0, right=0, bottom=0, seed=s).pixels for s in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_the_new_part_is_no_mirror_image():
    rgb = meadow()
    made = outpaint.extend(rgb, left=0, top=0, right=24, bottom=0).pixels
    mirrored = rgb[:, -24:][:, ::-1]
    assert (made[:, 100:] == mirrored).all(2).mean() < 0.05


def test_no_margins_and_negative_ones():
    rgb = meadow()
    assert (outpaint.extend(rgb, left=0, top=0, right=0, bottom=0).pixels == rgb).all()
    with pytest.raises(ValueError, match="-3"):
        outpaint.extend(rgb, left=0, top=-3, right=0, bottom=0)


@pytest.mark.parametrize("by", [None, NUMPY], ids=["best", "numpy"])
def test_colours_do_not_drift_from_ring_to_ring(by):
    wall = np.random.default_rng(0).integers(100, 141, (48, 48, 3), dtype=np.uint8)
    made = outpaint.extend(wall, left=0, top=0, right=144, bottom=0, by=by).pixels
    assert np.abs(made[:, -48:].mean((0, 1)) - 120).max() < 8


def test_transparent_borders_go_on_transparent():
    rgba = np.zeros((40, 50, 4), np.uint8)
    rgba[10:30, 10:40] = (200, 30, 30, 255)
    made = outpaint.extend(rgba, left=8, top=0, right=20, bottom=5)
    assert made.pixels.shape == (45, 78, 4)
    assert (made.pixels[:40, 8:58] == rgba).all()
    made.pixels[:40, 8:58] = 0
    assert not made.pixels.any()
    assert "transparent" in made.how


def test_what_a_border_cuts_goes_on_as_opaque_as_it_is_there_and_in_its_own_colour():
    rgba = np.zeros((40, 50, 4), np.uint8)
    rgba[10:, 10:40] = (200, 30, 30, 255)  # cut by the lower border
    added = outpaint.extend(rgba, left=0, top=6, right=0, bottom=9, by=NUMPY).pixels
    assert not added[:6, :, 3].any()
    assert (added[-9:, 10:40, 3] == 255).all()
    assert not added[-9:, 40:, 3].any()
    assert np.abs(added[-9:, 10:40, :3].astype(int) - (200, 30, 30)).max() <= 2


def test_an_opaque_picture_with_alpha_is_continued_like_one_without():
    rgb = meadow(40, 40)
    rgba = np.dstack([rgb, np.full((40, 40), 255, np.uint8)])
    margins = {"left": 0, "top": 0, "right": 12, "bottom": 0}
    made = outpaint.extend(rgba, **margins, by=NUMPY).pixels
    assert (made[..., 3] == 255).all()
    assert (made[..., :3] == outpaint.extend(rgb, **margins, by=NUMPY).pixels).all()
