"""Subject and new ground in one picture: nothing of the old ground, nothing changed that was to stay."""

import numpy as np
from recraft_local import sketch
from recraft_local.pictures.onto import into, onto
from recraft_local.pictures.reshape import reshaped
from samples import photo


def disc(width=300, height=240, at=(150, 120), radius=60):
    y, x = np.mgrid[0:height, 0:width]
    far = np.hypot(x - at[0], y - at[1]) - radius
    return np.clip(128 - far * 128, 0, 255).astype(np.uint8)


def flat(colour, width=300, height=240):
    return np.full((height, width, 3), colour, np.uint8)


def test_the_ground_is_seen_around_the_subject_and_the_subject_keeps_its_place():
    made = onto(np.dstack([flat((200, 60, 40)), disc(at=(150, 80))]), flat((40, 90, 200)))
    assert np.abs(made[:10].astype(int) - (40, 90, 200)).max() <= 1
    assert made[80, 150, 0] > made[80, 150, 2]  # still a red disc, in bluer light
    assert 0 < made[80, 150, 2] - 40 < 30


def test_a_standing_subject_throws_a_shadow_and_a_floating_or_cut_one_does_not():
    grey = flat((160, 160, 160))
    standing, floating, cut = (
        onto(np.dstack([flat((160, 160, 160)), disc(at=(150, y))]), grey) for y in (140, 70, 200)
    )
    assert standing[206, 150].max() < 140
    assert floating[136, 150].min() > 150
    assert cut[:, 60].min() > 150


def test_outside_the_hole_every_byte_stays_and_inside_there_is_ground():
    rgb, hole = photo(300, 240), disc() > 127
    made = into(rgb, hole, flat((10, 250, 10)))
    assert np.array_equal(made[~hole], rgb[~hole])
    assert np.abs(made[120, 150].astype(int) - (10, 250, 10)).max() <= 1


def test_the_rim_is_soft_and_holds_nothing_of_what_was_in_the_hole():
    """A red figure stays; the green around it goes: no green is left at its edge."""
    rgb, hole = flat((200, 40, 40)), disc() < 128
    rgb[hole] = (0, 255, 0)
    made = into(rgb, hole, flat((40, 40, 200)))
    assert made[..., 1].max() < 60
    steps = np.abs(np.diff(made[120, :, 0].astype(int)))
    assert steps.max() < 130  # 160 would be a hard edge


def test_all_or_nothing_may_be_replaced():
    rgb, ground = photo(64, 48), flat((1, 2, 3), 64, 48)
    assert np.array_equal(into(rgb, np.zeros((48, 64), bool), ground), rgb)
    assert np.array_equal(into(rgb, np.ones((48, 64), bool), ground), ground)
    assert np.array_equal(onto(np.dstack([rgb, np.zeros((48, 64), np.uint8)]), ground), ground)


def test_a_new_shape_is_met_by_cropping_and_continuing_alike():
    made, how = reshaped(photo(200, 100), 1.0)
    assert abs(made.shape[1] / made.shape[0] - 1) < 0.02
    assert 100 < made.shape[0] < 200
    assert "continued" in how
    same, how = reshaped(photo(200, 100), 2.0)
    assert np.array_equal(same, photo(200, 100))


def test_grey_stays_grey_where_green_becomes_snow():
    """The cast of the drawing is taken on; the difference of the casts would turn grey fur purple."""
    green = np.full((200, 300, 3), (70, 150, 50), np.uint8)
    green[60:140, 100:200] = 120
    subject = np.zeros((200, 300), np.float32)
    subject[60:140, 100:200] = 1
    made = sketch.restyle(green, "snow on mountains", strength=0.55, width=300, height=200, vector=False, style=None,
                          seed=1, subject=subject).pixels  # fmt: skip
    red, grass, blue = made[100, 150].astype(int)
    assert max(red, blue) - grass < 30
    assert np.abs(made[20, 150].astype(int) - (70, 150, 50)).sum() > 60  # the surroundings have given way
