"""Contours that end at a hole go on through it, where it is sure which."""

import numpy as np
import pytest
from recraft_local.pictures import contours, library
from recraft_local.pictures import fill as filling

SIDE = 256
Y, X = np.mgrid[:SIDE, :SIDE].astype(np.float32)
HOLE = np.hypot(Y - 128, X - 90) < 36
WALL, SKY, RIM = (150, 70, 40), (120, 170, 220), (240, 235, 225)


def rough(colours):
    """The picture with a little grain."""
    grain = np.random.default_rng(1).normal(0, 4, (SIDE, SIDE, 1))
    return np.clip(colours + grain, 0, 255).astype(np.uint8)


def roof():
    """A wall below a slanting edge, sky above it."""
    return np.where((Y > 128 + 0.3 * (X - 90))[..., None], WALL, SKY)


def cup():
    """A light ring whose left side is in the hole."""
    reach = np.hypot(Y - 128, X - 165)
    return np.where((np.abs(reach - 75) < 9)[..., None], RIM, np.where((reach < 75)[..., None], WALL, SKY))


@pytest.mark.skipif(bool(library.missing()), reason="without the library there is one way only")
@pytest.mark.parametrize("truth", [roof(), cup()], ids=["straight", "round"])
def test_an_edge_goes_on_through_the_hole(truth):
    rgb = rough(truth)
    rgb[HOLE] = (255, 0, 255)
    made = filling.fill(rgb, HOLE)
    assert made.how == "numpy fill along contours"
    off = np.abs(made.pixels.astype(int) - truth).max(axis=2) > 60
    assert off[HOLE].mean() < 0.12
    again = filling.fill(rgb, HOLE)
    assert (made.pixels == again.pixels).all()


def test_texture_and_plain_colour_say_nothing():
    leaves = np.random.default_rng(2).integers(0, 255, (64, 64, 3)).astype(np.float32).repeat(4, 0).repeat(4, 1)
    for picture in (leaves, np.full_like(leaves, 90)):
        assert contours.guide(np.where(HOLE[..., None], 0, picture), HOLE) is None


def test_of_many_lines_that_look_alike_none_is_sure():
    fan = np.floor(np.arctan2(Y - 128, X + 60) / 0.06) % 2 == 0
    crossing = np.where(((fan) ^ (X // 14 % 2 == 0))[..., None], WALL, SKY).astype(np.float32)
    assert contours.guide(np.where(HOLE[..., None], 0, crossing), HOLE) is None


@pytest.mark.parametrize("shape", [(1, 256), (256, 1)])
def test_a_line_of_cells_has_no_contours(shape):
    hole = np.zeros(shape, bool)
    hole.ravel()[100:140] = True
    assert contours.ends(np.full((*shape, 3), 90, np.float32), hole) == []


def test_what_is_in_the_hole_leaves_no_trace_in_its_guess():
    rgb = rough(roof()).astype(np.float32)
    guesses = []
    for inside in (0, 255):
        picture = rgb.copy()
        picture[HOLE] = inside
        guesses.append(contours.guide(picture, HOLE)(picture, HOLE, 0))
    assert (guesses[0] == guesses[1]).all()
