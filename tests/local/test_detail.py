"""Where a picture has detail: no cell that has any is left to interpolation, and few others are not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from recraft_local.pictures import detail, upscale

PICTURES = Path(__file__).parents[1] / "pictures"


def covered(found, shape):
    times = np.zeros(shape, int)
    for top, left, bottom, right in (np.array(box) // detail.CELL for box in found):
        times[top:bottom, left:right] += 1
    return times


@pytest.mark.parametrize("share", [0, 0.01, 0.05, 0.3, 0.9, 1])
def test_boxes_hold_every_busy_cell_once_and_cost_no_more_than_one_box(share):
    random = np.random.default_rng(7)
    for _ in range(20):
        busy = random.random((14, 11)) < share
        found = detail.boxes(busy, 8)
        times = covered(found, busy.shape)
        assert times[busy].all()
        assert times.max(initial=0) <= 1
        cost = sum((b.bottom - b.top + 16) * (b.right - b.left + 16) for b in found)
        assert cost <= (14 * detail.CELL + 16) * (11 * detail.CELL + 16)


def test_two_far_corners_are_two_boxes_and_neighbours_are_one():
    busy = np.zeros((14, 14), bool)
    busy[0, 0] = busy[13, 13] = True
    assert sorted(detail.boxes(busy, 8)) == [(0, 0, 8, 8), (104, 104, 112, 112)]
    busy[:] = False
    busy[3, 3:5] = True
    assert detail.boxes(busy, 8) == [(24, 24, 32, 40)]


def test_a_dot_makes_its_cell_busy_and_those_within_half_a_cell():
    rgb = np.full((4 + 40 + 4, 4 + 43 + 4, 3), 90, np.uint8)
    assert not detail.cells(rgb).any()
    rgb[4 + 20, 4 + 19] += 30
    assert np.argwhere(detail.cells(rgb)).tolist() == [[2, 1], [2, 2], [3, 1], [3, 2]]
    rgb[4 + 20, 4 + 19] -= 30
    rgb[4 + 4, -1] += 30  # outside, beside the last cells
    assert np.argwhere(detail.cells(rgb)).tolist() == [[0, 5], [1, 5]]


def paper(contrast):
    """Squared paper with a word on it, its lines as faint as `contrast`."""
    sheet = Image.new("RGB", (240, 160), (250, 250, 250))
    draw = ImageDraw.Draw(sheet)
    for at in range(0, 240, 20):
        draw.line((at, 0, at, 160), fill=(250 - contrast,) * 3)
        draw.line((0, at, 240, at), fill=(250 - contrast,) * 3)
    draw.text((30, 30), "Hello", fill="black")
    return np.asarray(sheet)


def part_of(name):
    with Image.open(PICTURES / f"{name}.jpg") as picture:
        return np.asarray(picture.convert("RGB"))[100:420, 300:700]


@pytest.mark.parametrize(
    ("rgb", "most"), [(part_of("kitten"), 5), (part_of("lake"), 5), (paper(6), 6), (paper(9), 4)], ids=["kitten", "lake", "6", "9"]
)
def test_nobody_sees_where_the_network_was_spared(rgb, most, monkeypatch):
    spared = upscale._by_network(rgb, 4).astype(int)
    monkeypatch.setattr(detail, "SMOOTH", -1)
    difference = np.abs(spared - upscale._by_network(rgb, 4))
    assert difference.any()
    assert difference.mean() < 0.4
    assert difference.max() <= most
