"""Where a picture has detail: no cell that has any is left to interpolation, and few others are not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
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


@pytest.mark.parametrize("name", ["kitten", "lake"])
def test_nobody_sees_where_the_network_was_spared(name, monkeypatch):
    with Image.open(PICTURES / f"{name}.jpg") as picture:
        rgb = np.asarray(picture.convert("RGB"))[100:420, 300:700]
    spared = upscale._by_network(rgb, 4).astype(int)
    monkeypatch.setattr(detail, "SMOOTH", -1)
    difference = np.abs(spared - upscale._by_network(rgb, 4))
    assert difference.any()  # some of it was
    assert difference.mean() < 0.15
    assert difference.max() <= 8
