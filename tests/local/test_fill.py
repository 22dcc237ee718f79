"""Filling holes from their surroundings, with the PatchMatch library and with numpy alone."""

import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_local.pictures import contexts, contours, fill_numpy, library, seams, transfer
from recraft_local.pictures import fill as filling
from recraft_local.pictures.offsets import Search, box_blurred, grown

PHOTOS = Path(__file__).parents[1] / "pictures"
NUMPY = filling.Method(fill_numpy.filled, 128, "numpy fill (asked for)")
METHODS = [pytest.param(NUMPY, id="numpy")]
if not library.missing():
    METHODS.append(pytest.param(filling.Method(library.filled, 128, "patchmatch+transfer"), id="library"))


def noise(height, width, seed=0, low=90, high=160):
    return np.random.default_rng(seed).integers(low, high, (height, width, 3), dtype=np.uint8)


def stripes(height, width, period):
    """Vertical stripes, dark red and light blue."""
    dark = (np.arange(width) // (period // 2)) % 2 == 0
    line = np.where(dark[:, None], (90, 20, 30), (150, 190, 230)).astype(np.uint8)
    return np.broadcast_to(line, (height, width, 3)).copy()


def hole_in(height, width, box):
    top, bottom, left, right = box
    hole = np.zeros((height, width), bool)
    hole[top:bottom, left:right] = True
    return hole


HOLES = {
    "middle": hole_in(96, 120, (30, 60, 40, 80)),
    "corner": hole_in(96, 120, (0, 30, 0, 40)),
    "whole side": hole_in(96, 120, (0, 96, 90, 120)),
    "frame": ~hole_in(96, 120, (20, 76, 20, 100)),
    "one pixel": hole_in(96, 120, (50, 51, 50, 51)),
    "thin line": hole_in(96, 120, (47, 49, 0, 120)),
    "all but a corner": ~hole_in(96, 120, (0, 12, 0, 12)),
    "all but a pixel": ~hole_in(96, 120, (40, 41, 40, 41)),
    "salt": np.random.default_rng(3).random((96, 120)) < 0.1,
}


@pytest.mark.parametrize("by", METHODS)
@pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES.keys())
def test_outside_the_hole_every_byte_stays_and_inside_the_colours_are_those_of_the_picture(hole, by):
    rgb = noise(96, 120)
    rgb[hole] = (255, 0, 255)  # what is to go must not come back
    before = rgb.copy()
    made = filling.fill(rgb, hole, by=by).pixels
    assert (rgb == before).all()
    assert (made[~hole] == before[~hole]).all()
    assert made.dtype == np.uint8
    assert made[hole].min() >= 50
    assert made[hole].max() <= 200


@pytest.mark.parametrize("by", METHODS)
@pytest.mark.parametrize("size", [(96, 120), (300, 260)], ids=["one to one", "copied from afar"])
def test_nothing_depends_on_what_was_in_the_hole(size, by):
    hole = hole_in(*size, (30, 70, 20, 90))
    one, other = noise(*size), noise(*size)
    other[hole] = noise(*size, seed=9, low=0, high=255)[hole]
    assert (filling.fill(one, hole, by=by).pixels == filling.fill(other, hole, by=by).pixels).all()


@pytest.mark.parametrize("by", METHODS)
def test_the_seed_decides(by):
    rgb, hole = noise(80, 80), hole_in(80, 80, (20, 60, 20, 60))
    first, again, other = (filling.fill(rgb, hole, seed=s, by=by).pixels for s in (5, 5, 6))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("seed", [-1, 2**40])
def test_any_integer_is_a_seed(seed):
    rgb, hole = noise(40, 40), hole_in(40, 40, (10, 20, 10, 20))
    assert filling.fill(rgb, hole, seed=seed).pixels.shape == rgb.shape


@pytest.mark.parametrize("by", METHODS)
@pytest.mark.parametrize("side", [1, 2, 5, 32])
def test_tiny_pictures(side, by):
    rgb, hole = noise(side, side), hole_in(side, side, (0, side // 2, 0, side))
    made = filling.fill(rgb, hole, by=by).pixels
    assert (made[~hole] == rgb[~hole]).all()


def test_no_hole_leaves_all_as_it_is():
    rgb = noise(40, 50)
    assert (filling.fill(rgb, np.zeros((40, 50), bool)).pixels == rgb).all()


@pytest.mark.parametrize("by", METHODS)
def test_where_all_is_selected_the_ground_goes_on_and_the_log_says_so(by):
    rgb = noise(96, 120, low=20, high=60)
    rgb[30:70, 40:80] = (250, 30, 30)
    made = filling.fill(rgb, np.ones((96, 120), bool), by=by)
    assert made.pixels.max() < 120
    assert "all is selected" in made.how


@pytest.mark.parametrize("by", METHODS)
def test_a_flat_picture_stays_flat(by):
    rgb = np.full((150, 150, 3), (37, 120, 201), np.uint8)
    made = filling.fill(rgb, hole_in(150, 150, (40, 110, 40, 110)), by=by).pixels
    assert np.abs(made.astype(int) - rgb).max() <= 1


@pytest.mark.parametrize("by", METHODS)
def test_stripes_go_on(by):
    rgb, hole = stripes(128, 128, 12), hole_in(128, 128, (44, 84, 40, 88))
    made = filling.fill(rgb, hole, by=by).pixels
    wrong = np.abs(made.astype(int) - rgb).max(2)[hole] > 60
    assert wrong.mean() < 0.05


@pytest.mark.parametrize("by", METHODS)
def test_a_slope_of_light_has_no_rim(by):
    ramp = np.linspace(40, 215, 400)
    rgb = np.broadcast_to(ramp[None, :, None], (300, 400, 3)).round().astype(np.uint8)
    hole = hole_in(300, 400, (80, 220, 110, 290))
    made = filling.fill(rgb, hole, by=by).pixels.astype(int)
    rim = grown(hole, 1) & grown(~hole, 1)
    steps = np.abs(np.diff(made[..., 0], axis=1))[rim[:, 1:] & rim[:, :-1]]
    assert np.percentile(steps, 95) <= 6


def test_a_photo_keeps_its_grain_where_it_is_filled():
    """Blur is what cheap fills do: the sand's fine contrast must be the same inside the hole as around it."""
    photo = np.asarray(Image.open(PHOTOS / "sand.jpg").convert("RGB"))[:600, :800]
    hole = hole_in(*photo.shape[:2], (220, 380, 300, 500))
    made = filling.fill(photo, hole).pixels.astype(np.float32)
    grain = np.abs(made - box_blurred(made, 1)).mean(2)
    ring = grown(hole, 60) & ~grown(hole, 4)
    inner = ~grown(~hole, 4)
    assert 0.6 < grain[inner].mean() / grain[ring].mean() < 1.5


def test_holes_far_apart_are_looked_at_one_by_one():
    hole = np.zeros((900, 900), bool)
    hole[50:80, 60:90] = hole[700:760, 800:850] = True
    areas = contexts.contexts_of(hole)
    assert len(areas) == 2
    covered = sum(np.count_nonzero(hole[area]) for area in areas)
    assert covered == np.count_nonzero(hole)
    assert all(hole[area].shape[0] < 250 for area in areas)


def test_holes_side_by_side_are_looked_at_together():
    hole = hole_in(300, 300, (100, 120, 100, 120)) | hole_in(300, 300, (100, 120, 140, 160))
    assert len(contexts.contexts_of(hole)) == 1


def test_a_far_hole_changes_nothing_here():
    rgb = noise(400, 900)
    near, far = hole_in(400, 900, (40, 70, 40, 70)), hole_in(400, 900, (300, 330, 800, 830))
    alone, both = filling.fill(rgb, near).pixels, filling.fill(rgb, near | far).pixels
    assert (alone[near] == both[near]).all()


def test_what_missing_means_is_told():
    why = library.missing()
    how = filling.fill(noise(40, 40), hole_in(40, 40, (10, 20, 10, 20))).how
    assert how in ([f"numpy fill ({why})"] if why else ["patchmatch+transfer", "numpy fill"])


@pytest.mark.parametrize("careless_first", [True, False])
def test_of_two_ways_the_one_stays_whose_patches_are_like_the_rest(careless_first, monkeypatch):
    monkeypatch.setattr(contours, "guide", lambda *_: None)  # these stripes' contours go on, so that neither was asked

    def careless(picture, hole, seed):
        found = np.random.default_rng(seed).permutation(picture[~hole])
        out = picture.copy()
        out[hole] = found[: np.count_nonzero(hole)]
        return out

    rgb, hole = stripes(128, 128, 12), hole_in(128, 128, (44, 84, 40, 88))
    ways = [filling.Method(careless, 128, "careless"), NUMPY]
    first, second = ways if careless_first else reversed(ways)
    made = filling.fill(rgb, hole, by=first._replace(other=second))
    assert made.how == NUMPY.name
    assert (made.pixels == filling.fill(rgb, hole, by=NUMPY).pixels).all()


@pytest.mark.parametrize("afar_first", [True, False])
def test_of_two_ways_through_a_large_hole_the_one_stays_that_leaves_the_sky_above_the_ground(afar_first, monkeypatch):
    monkeypatch.setattr(filling, "strange", lambda *_: 0.0)  # both are made of the picture's own patches

    def upside_down(picture, hole, seed):
        return np.where(hole[..., None], picture[::-1, ::-1], picture)

    rgb, hole = noise(400, 400, low=20, high=60), hole_in(400, 400, (100, 310, 180, 400))
    rgb[:200] += 150
    ways = [filling.Method(upside_down, 512, "upside down"), NUMPY._replace(side=512)]
    first, second = ways if afar_first else reversed(ways)
    made = filling.fill(rgb, hole, by=first._replace(other=second))
    assert made.how == NUMPY.name
    right = (made.pixels[..., 0] > 110) == (np.arange(400) < 200)[:, None]
    assert right[hole].mean() > 0.8


def test_what_is_carried_down_costs_more_than_what_is_carried_across():
    hole = hole_in(40, 80, (10, 20, 10, 20))
    search = Search(noise(40, 80).astype(np.float32), hole, ~hole, seed=0)
    costs = []
    for down, across in ((0, 0), (10, 0), (0, 20)):
        search.sy, search.sx = search.ty + down, search.tx + across
        costs.append(filling.carried(filling.Plan(search, np.zeros((40, 80, 3), np.float32), ""), hole))
    assert costs == pytest.approx([0, fill_numpy.PULL[0] / 16, fill_numpy.PULL[1] / 16])


@pytest.mark.skipif(bool(library.missing()), reason=library.missing() or "installed")
def test_threads_do_not_disturb_each_other():
    rgb, hole = noise(80, 80), hole_in(80, 80, (20, 60, 20, 60))
    expected = [filling.fill(rgb, hole, seed=s).pixels for s in range(4)]
    made = {}

    def work(seed):
        made[seed] = filling.fill(rgb, hole, seed=seed).pixels

    threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((made[s] == expected[s]).all() for s in range(4))


def test_wrong_shapes_are_refused_with_both_named():
    with pytest.raises(ValueError, match=r"\(40, 40, 3\).*\(40, 41\)"):
        filling.fill(noise(40, 40), np.zeros((40, 41), bool))


def test_memory_stays_within_a_few_pictures():
    rgb, hole = noise(2048, 2048), hole_in(2048, 2048, (600, 1500, 600, 1500))
    tracemalloc.start()
    filling.fill(rgb, hole, by=filling.Method(fill_numpy.filled, 64, "numpy"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * rgb.nbytes


def test_means_are_of_cells_no_part_of_which_is_in_the_hole():
    rgb, hole = noise(12, 12), hole_in(12, 12, (5, 7, 5, 7))
    means, cells = transfer.reduced(rgb, hole, 3)
    assert cells.sum() == 4
    assert (means[cells] == 0).all()
    assert np.allclose(means[0, 3], rgb[0:3, 9:12].mean((0, 1)), atol=1e-3)


def test_the_search_finds_an_exact_copy():
    picture = noise(40, 60).astype(np.float32)
    picture[10:30, 5:25] = picture[10:30, 35:55]
    targets, sources = hole_in(40, 60, (14, 26, 9, 21)), hole_in(40, 60, (2, 38, 30, 58))
    search = Search(picture, targets, sources, seed=1)
    search.run(6)
    assert ((search.sx - search.tx == 30) & (search.sy == search.ty)).mean() > 0.9


@pytest.mark.parametrize("radius", [0, 1, 3])
def test_grown_and_blurred_agree_with_their_definition(radius):
    mask = np.random.default_rng(1).random((14, 17)) < 0.05
    near = np.zeros_like(mask)
    for y, x in np.argwhere(mask):
        near[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1] = True
    assert (grown(mask, radius) == near).all()
    picture = np.random.default_rng(2).random((14, 17, 2)).astype(np.float32)
    padded = np.pad(picture, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    middle = padded[5 : 5 + 2 * radius + 1, 6 : 6 + 2 * radius + 1].mean((0, 1))
    assert np.allclose(box_blurred(picture, radius)[5, 6], middle, atol=1e-5)


def test_pieces_of_another_light_meet_without_a_step():
    """Two flat pieces copied side by side, 8 levels apart: the correction undoes the step at rim and joint."""
    picture = np.full((40, 60, 3), 100, np.float32)
    picture[:, 40:50], picture[:, 50:] = 108, 116
    hole = hole_in(40, 60, (14, 26, 10, 22))
    guide = np.where(hole[..., None], 100, picture).astype(np.float32)
    search = Search(guide, hole, ~hole, seed=0)
    search.sy, search.sx = search.ty.copy(), np.where(search.tx < 16, 44, 54)
    copied = np.where(hole[..., None], 0, picture)
    copied[search.ty, search.tx] = guide[search.sy, search.sx]
    mended = copied + seams.correction(search, guide, hole) * hole[..., None]
    across = np.abs(np.diff(mended[20, 8:25, 0]))
    assert np.abs(np.diff(copied[20, 8:25, 0])).max() == 16
    assert across.max() < 4
