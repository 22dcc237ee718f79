"""How a result follows a canvas that was cropped, grown, turned, mirrored or scaled meanwhile; numpy does the moving."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plugin.following import Move, alike, fingerprint, follow, onto, within

PICTURES = Path(__file__).parents[1] / "pictures"
AREA = Box(310, 190, 220, 140)


def photo(name="dunes.jpg", size=(768, 512)):
    with Image.open(PICTURES / name) as image:
        return np.array(image.convert("RGBA").resize(size))


def flat():
    """A plain canvas with one square, as little as a picture can hold."""
    pixels = np.full((272, 320, 4), (200, 120, 60, 255), np.uint8)
    pixels[100:140, 130:178] = (30, 40, 230, 255)
    return pixels


def size_of(pixels):
    return Size(pixels.shape[1], pixels.shape[0])


def reader(pixels):
    def read(box):
        assert Box.of(size_of(pixels)).holds(Box(*box)), "only what is on the canvas may be read"
        return np.ascontiguousarray(pixels[box.y : box.bottom, box.x : box.right]).tobytes()

    return read


def cut(pixels, box):
    return pixels[box.y : box.bottom, box.x : box.right]


def grown(pixels, left, top, right, bottom):
    return np.pad(pixels, ((top, bottom), (left, right), (0, 0)))


WAYS = {
    "nothing": lambda p: p,
    "mirrored across": lambda p: p[:, ::-1],
    "mirrored down": lambda p: p[::-1],
    "turned by 180": lambda p: p[::-1, ::-1],
    "turned right": lambda p: np.rot90(p, -1),
    "turned left": np.rot90,
    "mirrored and turned": lambda p: np.rot90(p[:, ::-1]),
    "mirrored down and turned": lambda p: np.rot90(p[::-1]),
    "cropped": lambda p: p[60:450, 100:700],
    "cropped into the area": lambda p: p[150:300, 350:768],
    "grown left and top": lambda p: grown(p, 120, 33, 0, 0),
    "grown all around": lambda p: grown(p, 5, 7, 11, 300),
    "cropped and mirrored": lambda p: p[60:450, 100:700][:, ::-1],
    "grown and turned": lambda p: np.rot90(grown(p, 40, 0, 0, 9)),
    "shifted at the same size": lambda p: np.roll(p, (40, -30), (0, 1)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["dunes.jpg", "kitten.jpg", "lake.jpg", "spices.jpg"])
def test_what_was_read_is_found_where_it_is_now(way, name):
    before = photo(name)
    now = WAYS[way](before)
    move = follow(fingerprint(size_of(before), AREA, reader(before)), size_of(now), reader(now))
    assert move is not None
    assert move.same == (way == "nothing")
    box = move.box(AREA)
    turned = move.pixels(cut(before, AREA).tobytes(), *AREA.size)
    there = box.intersect(Box.of(size_of(now)))
    mine = np.frombuffer(turned, np.uint8).reshape(box.height, box.width, 4)
    assert np.array_equal(cut(mine, there.moved(-box.x, -box.y)), cut(now, there))


@pytest.mark.parametrize("way", ["mirrored across", "turned right", "cropped", "grown left and top"])
def test_a_picture_with_one_square_is_enough(way):
    before = flat()
    now = before[30:250, 60:300] if way == "cropped" else WAYS[way](before)
    area = Box(122, 92, 64, 56)
    move = follow(fingerprint(size_of(before), area, reader(before)), size_of(now), reader(now))
    box = move.box(area)
    there = cut(now, box)
    assert there.shape[:2] == (box.height, box.width)
    assert np.array_equal(np.frombuffer(move.pixels(cut(before, area).tobytes(), 64, 56), np.uint8), there.ravel())


@pytest.mark.parametrize("factor", [(2, 2), (0.5, 0.5), (1.37, 1.37), (0.25, 0.25), (1, 1.5)])
def test_a_scaled_canvas_takes_the_box_along(factor):
    before = photo()
    size = Size(round(768 * factor[0]), round(512 * factor[1]))
    now = np.array(Image.fromarray(before).resize(size, Image.Resampling.LANCZOS))
    move = follow(fingerprint(Size(768, 512), AREA, reader(before)), size, reader(now))
    assert move.scaled
    assert not move.turned
    wanted = Box(*(round(side * factor[at % 2]) for at, side in enumerate(AREA)))
    assert max(abs(one - other) for one, other in zip(move.box(AREA), wanted)) <= 1


def test_painting_meanwhile_changes_nothing():
    before = photo()
    now = before.copy()
    now[150:400, 330:500] = (255, 0, 0, 255)
    assert follow(fingerprint(Size(768, 512), AREA, reader(before)), Size(768, 512), reader(now)) == Move()
    # Even when all of it was painted over: nothing speaks for another place.
    now[:] = (255, 0, 0, 255)
    assert follow(fingerprint(Size(768, 512), AREA, reader(before)), Size(768, 512), reader(now)) == Move()


def test_painting_and_cropping_at_once():
    before = photo()
    now = before.copy()
    now[150:260, 330:420] = (255, 0, 0, 255)
    move = follow(fingerprint(Size(768, 512), AREA, reader(before)), Size(600, 390), reader(now[60:450, 100:700]))
    assert move.box(AREA) == AREA.moved(-100, -60)


def test_a_conversion_that_rounds_is_no_change():
    before = photo("kitten.jpg")
    noise = np.random.default_rng(3).integers(-3, 4, before.shape)
    now = np.clip(before + noise, 0, 255).astype(np.uint8)
    assert follow(fingerprint(Size(768, 512), AREA, reader(before)), Size(768, 512), reader(now)).same
    flipped = now[:, ::-1]
    assert follow(fingerprint(Size(768, 512), AREA, reader(before)), Size(768, 512), reader(flipped)).turned


@pytest.mark.parametrize(
    "now",
    [
        photo("kitten.jpg", (700, 512)),  # another picture altogether
        photo()[:100, :200],  # the area was cut away
        np.full((400, 500, 4), 255, np.uint8),  # cleared and cropped
    ],
)
def test_what_cannot_be_told_is_not_guessed(now):
    before = photo()
    assert follow(fingerprint(Size(768, 512), AREA, reader(before)), size_of(now), reader(now)) is None


def test_a_blank_canvas_of_another_size_tells_nothing_and_of_the_same_size_is_unchanged():
    blank = np.full((512, 768, 4), 255, np.uint8)
    old = fingerprint(Size(768, 512), AREA, reader(blank))
    assert follow(old, Size(768, 512), reader(blank)) == Move()
    assert follow(old, Size(384, 256), reader(blank[:256, :384])) is None


def test_a_picture_that_repeats_itself_is_not_placed_at_a_guess():
    tile = np.random.default_rng(5).integers(0, 255, (32, 32, 4), np.uint8)
    before = np.tile(tile, (16, 24, 1))
    old = fingerprint(Size(768, 512), AREA, reader(before))
    assert follow(old, Size(700, 480), reader(np.ascontiguousarray(before[:480, :700]))) is None


def test_pixels_in_memory_are_read_like_a_canvas():
    before = photo()
    part = np.ascontiguousarray(cut(before, AREA))
    mine = fingerprint(Size(768, 512), AREA, within(part.tobytes(), AREA))
    assert mine == fingerprint(Size(768, 512), AREA, reader(before))


def test_coverage_turns_like_pixels():
    coverage = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for way, (a, b, d, e) in {"mirrored across": (-1, 0, 0, 1), "turned right": (0, -1, 1, 0), "turned left": (0, 1, -1, 0)}.items():
        mine = Move(a, b, 0, d, e, 0).pixels(coverage.tobytes(), 4, 3, step=1)
        assert mine == WAYS[way](coverage).tobytes()


def test_another_drawing_in_its_place_is_not_what_was_read():
    before, size = photo(), Size(768, 512)
    old = fingerprint(size, AREA, reader(before))
    painted = before.copy()
    painted[190:230] = (1, 2, 3, 255)
    assert alike(old, size, reader(before))
    assert alike(old, size, reader(painted))
    assert not alike(old, size, reader(photo("kitten.jpg")))


@pytest.mark.parametrize(
    ("move", "what"),
    [(Move(), ""), (Move(-1, 0, 90), "turned or mirrored"), (Move(0, 1, 0, 1, 0, 0), "turned or mirrored"),
     (Move(2, 0, 0, 0, 2, 0), "scaled"), (Move(1, 0, -8, 0, 1, 3), "cropped or grown")],
)  # fmt: skip
def test_what_happened_to_the_canvas_is_said(move, what):
    said = move.said()
    assert (what in said) if what else said == ""


def test_a_box_is_brought_onto_another():
    move = onto(Box(10, 20, 40, 30), Box(5, 50, 20, 15))
    assert move.box(Box(10, 20, 40, 30)) == Box(5, 50, 20, 15)
    assert move.box(Box(30, 20, 20, 30)) == Box(15, 50, 10, 15)
