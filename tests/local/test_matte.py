"""Removing the background: the subject stays, the old background leaves no rim."""

import numpy as np
import pytest
from recraft_local.pictures import matte
from recraft_local.pictures.matte_colours import settled

GRASS, BALL = np.array((70, 150, 60)), np.array((220, 40, 30))


def ball(height=300, width=420, radius=80):
    """A shaded red ball on mottled grass: RGBA, its true coverage 0..1."""
    y, x = np.mgrid[:height, :width] + 0.5
    away = np.hypot(y - height / 2, x - width / 2)
    cover = np.clip(radius + 0.5 - away, 0, 1)[..., None]
    mottle = np.random.default_rng(1).normal(0, 12, (height, width, 1))
    shade = 1 - 0.3 * (away / radius)[..., None]
    rgb = cover * BALL * shade + (1 - cover) * (GRASS + mottle)
    rgba = np.dstack([np.clip(rgb, 0, 255), np.full((height, width), 255)]).astype(np.uint8)
    return rgba, cover[..., 0]


def test_the_subject_is_found_to_the_pixel():
    rgba, truth = ball()
    cover, how = matte.alpha(rgba[..., :3])
    found, wanted = cover > 127, truth > 0.5
    assert cover.shape == (300, 420)
    assert (found & wanted).sum() / (found | wanted).sum() > 0.97
    assert "U2NETP" in how


def test_the_edge_carries_no_colour_of_the_old_background():
    rgba, truth = ball()
    made = matte.cut_out(rgba).pixels
    rim = (truth > 0.05) & (truth < 0.95) & (made[..., 3] > 25)
    assert rim.sum() > 100
    greenish = made[rim][:, 1].astype(int) - made[rim][:, 0]
    before = rgba[rim][:, 1].astype(int) - rgba[rim][:, 0]
    assert greenish.mean() < before.mean() - 30


def test_sure_pixels_keep_their_colours_exactly():
    rgba, _ = ball()
    made = matte.cut_out(rgba).pixels
    inside = made[..., 3] == 255
    assert inside.sum() > 15_000
    assert np.array_equal(made[inside], rgba[inside])


def test_what_was_clear_stays_clear():
    rgba, _ = ball()
    rgba[:, :200, 3] = 0
    rgba[:, 200:210, 3] = 90
    made = matte.cut_out(rgba).pixels
    assert not made[:, :200, 3].any()
    assert made[:, 200:210, 3].max() == 90


def test_strips_meet_without_a_step():
    """Rows at a strip's seam differ no more than their neighbours do."""
    rgba, _ = ball(height=620, width=500, radius=200)
    cover = matte.alpha(rgba[..., :3])[0].astype(int)
    steps = np.abs(np.diff(cover, axis=0)).mean(axis=1)
    seam = matte.STRIP - 1
    assert steps[seam] <= steps[seam - 4 : seam + 5].mean() + 0.2


def test_flat_and_tiny_pictures_come_back_whole():
    for shape in ((64, 90), (1, 1), (3, 700)):
        made = matte.cut_out(np.full((*shape, 4), 255, np.uint8)).pixels
        assert made.shape == (*shape, 4)


def test_like_colours_settle_what_the_network_left_open():
    """A red square seen half-surely in its middle and with a spill on the green beside it."""
    guide = np.zeros((96, 128, 3), np.float32)
    guide[:] = (0.2, 0.6, 0.2)
    guide[30:70, 40:80] = (0.8, 0.2, 0.1)
    seen = np.full((96, 128), 0.02, np.float32)
    seen[30:70, 40:80] = 0.95
    seen[44:56, 52:66] = 0.4
    seen[30:70, 80:86] = 0.7
    made = settled(guide, seen)
    assert made[30:70, 40:80].min() > 0.9
    assert made[:, 86:].max() < 0.1
    assert made[30:70, 82:86].max() < 0.4


def test_a_picture_of_one_colour_keeps_the_network_s_opinion():
    seen = np.zeros((40, 60), np.float32)
    seen[10:30, 20:40] = 1
    assert np.array_equal(settled(np.full((40, 60, 3), 0.5, np.float32), seen) > 0.5, seen > 0.5)


def test_a_small_subject_at_the_border_is_found():
    """The nearer looks reach over the picture's edge nowhere, and count their pixels from the right corner."""
    rgba, truth = ball(height=400, width=600, radius=60)
    rgba, truth = rgba[150:, 250:], truth[150:, 250:]
    found, wanted = matte.alpha(rgba[..., :3])[0] > 127, truth > 0.5
    assert (found & wanted).sum() / (found | wanted).sum() > 0.95


def scripted(monkeypatch, looks):
    """Let the network say what is scripted, look by look; gives the list of looks that were taken."""
    taken = []

    def look(pixels, *, mirrored=False):
        taken.append(pixels.shape)
        return looks[min(len(taken), len(looks)) - 1]

    monkeypatch.setattr(matte, "_look", look)
    return taken


def seen(sure=0.0, half=0.0):
    """A look: a square in the middle, `sure` of it so likely, and a band around it half as likely as said."""
    made = np.zeros((matte.SIDE, matte.SIDE), np.float32)
    made[80:240, 80:240] = half
    made[110:210, 110:210] = sure
    return made


def test_where_nothing_was_seen_nobody_looks_again(monkeypatch):
    """Birch trees: the first look found nothing, and others would only find the picture."""
    taken = scripted(monkeypatch, [seen(0.4, 0.3), square(320, 0.99)])
    found, how = matte._likelihood(np.zeros((200, 300, 3), np.uint8))
    assert (how, len(taken), found.max()) == ("one look", 1, np.float32(0.4))


def wide(left, right):
    """A wide look that found the lower half of the picture, from `left` to `right` in shares of its width."""
    made, rim = np.zeros((448, 448), np.float32), matte.SIDE // 5
    made[rim + 160 : 448 - rim, rim + int(left * matte.SIDE) : rim + int(right * matte.SIDE)] = 0.99
    return made


def test_a_wide_look_that_takes_most_of_the_picture_is_refused(monkeypatch):
    everything = np.full((448, 448), 0.99, np.float32)
    everything[:, :75] = 0  # but for one side
    taken = scripted(monkeypatch, [seen(0.6, 0.5), everything, seen(0.9), seen(0.9)])
    found, how = matte._likelihood(np.zeros((200, 300, 3), np.uint8))
    assert how != "a wide look"
    assert len(taken) > 1
    assert found.mean() < 0.5


@pytest.mark.parametrize(("left", "right", "is_taken"), [(0, 1, False), (0, 0.9, True), (0.1, 1, True)])
def test_a_wide_look_that_found_the_ground_is_refused(monkeypatch, left, right, is_taken):
    """A spade on a hill: what reaches from side to side is the hill. A building at one side is a subject."""
    scripted(monkeypatch, [seen(0.6, 0.5), wide(left, right), seen(0.9)])
    how = matte._likelihood(np.zeros((200, 300, 3), np.uint8))[1]
    assert (how == "a wide look") == is_taken


def test_one_look_is_enough_where_it_is_clear(monkeypatch):
    taken = scripted(monkeypatch, [seen(0.99, 0.97)])
    assert matte._likelihood(np.zeros((200, 300, 3), np.uint8))[1] == "one look"
    assert len(taken) == 1


def square(side, sure):
    """A look that found a square of `side` px in the middle, `sure` likely."""
    made, rim = np.zeros((matte.SIDE, matte.SIDE), np.float32), (matte.SIDE - side) // 2
    made[rim : matte.SIDE - rim, rim : matte.SIDE - rim] = sure
    return made


@pytest.mark.parametrize(("side", "wanted"), [(200, 1), (100, 2)])
def test_a_large_subject_that_is_nearly_clear_is_not_looked_at_again(monkeypatch, side, wanted):
    taken = scripted(monkeypatch, [square(side, 0.93)] * 3)
    matte._likelihood(np.zeros((200, 300, 3), np.uint8))
    assert min(len(taken), 2) == wanted


def test_two_looks_are_enough_where_the_second_finds_no_less(monkeypatch):
    taken = scripted(monkeypatch, [seen(0.8, 0.6), square(230, 0.99)])  # the same, as large as it lies in the box
    assert matte._likelihood(np.zeros((200, 300, 3), np.uint8))[1] == "two looks"
    assert len(taken) == 2


@pytest.mark.parametrize(("third", "wanted"), [(240, "three looks"), (0, "two looks")])
def test_what_turns_out_much_smaller_is_looked_at_once_more(monkeypatch, third, wanted):
    taken = scripted(monkeypatch, [seen(0.9, 0.5), square(150, 0.99), square(third, 0.98)])
    found, how = matte._likelihood(np.zeros((640, 640, 3), np.uint8))
    assert how == wanted
    first, second, closer = (shape[0] for shape in taken)
    assert closer < 0.9 * second < 0.9 * first
    assert found[300:340, 300:340].min() > 0.85


@pytest.mark.parametrize("near", [0, 20], ids=["nothing", "a fragment"])
def test_a_nearer_look_that_is_sure_of_something_else_is_not_believed(monkeypatch, near):
    first = seen(0.9, 0.6)
    taken = scripted(monkeypatch, [first, square(near, 0.99)])
    found, how = matte._likelihood(np.zeros((200, 300, 3), np.uint8))
    assert (how, len(taken)) == ("one look", 2)
    assert np.array_equal(found, first)


def test_nearer_looks_see_the_mirrored_picture_and_answer_for_the_picture(monkeypatch):
    """A ramp of likelihood seen from the other side comes back the right way round."""
    given = []

    def run(_name, x):
        given.append(x)
        return np.clip(x[:1] * matte.SPREAD[0] + matte.MEAN[0], 0, 1)  # as likely as the picture is red

    monkeypatch.setattr(matte.net, "run", run)
    rgb = np.zeros((320, 320, 3), np.uint8)
    rgb[..., 0] = np.clip(np.linspace(-200, 455, 320), 0, 255)
    found, how = matte._likelihood(rgb)
    assert how == "two looks"
    assert given[0][0, 0, 0] < given[0][0, 0, -1]
    assert given[1][0, 0, 0] > given[1][0, 0, -1]
    assert (np.diff(found[320, 160:620]) > -1e-3).all()


def test_colours_do_not_overrule_what_the_network_is_sure_of(monkeypatch):
    """Legs as green as the grass stay, and so does a hole as red as the ball."""
    rgb = np.full((320, 320, 3), (70, 150, 60), np.uint8)
    rgb[110:210, 110:210] = (220, 40, 30)
    sure = seen(0.99, 0.0)
    sure[210:300, 150:158] = 0.97  # a leg, green in green
    sure[150:170, 150:170] = 0.01  # a hole, red in red
    scripted(monkeypatch, [sure])
    cover, _ = matte.alpha(rgb)
    assert (cover[220:290, 152:156] > 200).all()
    assert cover[155:165, 155:165].max() < 60
