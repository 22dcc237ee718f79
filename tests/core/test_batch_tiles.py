"""Pictures beyond the service's largest: tiles that meet without a seam, each paid once."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from recraft_core import Studio
from recraft_core.batch import Options
from recraft_core.batch.tiles import _cuts, blend, grid, ramp
from recraft_core.imaging.readfile import Source, read_picture, write_png
from recraft_core.shared.errors import Exit
from recraft_core.shared.geometry import Box
from recraft_core.shared.operations import OPERATIONS
from test_batch import charged, home, posts  # noqa: F401 - a fixture

PRICE = OPERATIONS["crisp_upscale"].row.price.units


@pytest.mark.parametrize("length", [1, 999, 1024, 1025, 2047, 5000, 20_000])
def test_cuts_cover_everything_and_share_what_they_must(length):
    cuts = _cuts(length, 1024, 64)
    assert cuts[0][0] == 0
    assert cuts[-1][0] + cuts[-1][1] == length
    assert all(size <= 1024 for _, size in cuts)
    assert all(start + size - after >= 64 for (start, size), (after, _) in pairwise(cuts))


def test_tiles_of_one_picture_make_that_picture_again_and_tiles_that_differ_meet_softly():
    whole = np.random.default_rng(3).integers(0, 255, (150, 170, 4), np.uint8)
    for drift, most in ((0, 0), (8, 1)):
        out, before = np.zeros_like(whole), []
        flat = np.full_like(whole, 100) if drift else whole
        for number, box in enumerate(grid(Box(0, 0, 170, 150), 70, 20)):
            tile = flat[box.y : box.bottom, box.x : box.right].copy()
            tile[..., :3] += np.uint8(drift * (number % 2))
            blend(out[box.y : box.bottom, box.x : box.right], tile, ramp(box, before))
            before.append(box)
        if drift:
            steps = [np.abs(np.diff(out[..., :3].astype(int), axis=axis)).max() for axis in (0, 1)]
            assert max(steps) <= most
        else:
            assert (out[out[..., 3] > 0] == whole[out[..., 3] > 0]).all()


def test_a_png_written_by_strips_is_read_by_others_as_it_was(tmp_path):
    for channels in (3, 4):
        pixels = np.random.default_rng(channels).integers(0, 255, (1500, 700, 4), np.uint8)
        if channels == 3:
            pixels[..., 3] = 255
        write_png(tmp_path / "out.png", pixels, like=Source(pixels, dpi=(300, 300)))
        with Image.open(tmp_path / "out.png") as image:
            assert (image.mode, round(image.info["dpi"][0])) == ("RGBA" if channels == 4 else "RGB", 300)
            assert (np.asarray(image) == pixels[..., :channels]).all()


def smooth(width, height):
    """A picture in which every jump would show."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [127 + 100 * np.sin(x / a) * np.cos(y / b) for a, b in ((61, 83), (97, 71), (53, 117))]
    return Image.fromarray(np.dstack(waves).astype(np.uint8))


@pytest.fixture
def few(home, monkeypatch):  # noqa: F811
    """Tiles small enough for a test."""
    from recraft_core.batch import tiles

    monkeypatch.setattr(tiles, "ENLARGED", 640)
    monkeypatch.setattr(tiles, "CORE", 320)
    monkeypatch.setattr(tiles, "SHARED", 64)
    monkeypatch.setattr(tiles, "AROUND", 100)
    return home


def upscaled(engine, **how):
    studio = Studio(base_url=engine.base_url)
    work = studio.batch("crisp_upscale", ["in.png"], how=Options(out="m/", tiles=True, **how), executor="threads")
    return [done.state for done in work], work


def test_a_large_picture_is_enlarged_in_tiles_without_a_seam_and_each_is_paid_once(few, engine):
    smooth(500, 180).save("in.png")
    engine.faults.add("crispUpscale", "status", status=401)
    assert upscaled(engine)[0] == ["failed"]
    asked = len(posts(engine))
    states, work = upscaled(engine)
    assert (states, work.exit_code()) == (["done"], Exit.OK)
    tiles = len(posts(engine)) - asked
    assert tiles == 10
    assert (work.run.counts.units, charged(engine)) == (tiles * PRICE, tiles * PRICE)
    made = read_picture("m/in.png").pixels
    assert made.shape == (720, 2000, 4)
    # Where tiles meet, neighbours differ by no more than elsewhere.
    across = np.abs(np.diff(made[..., :3].astype(int), axis=1)).max(axis=(0, 2))
    assert across.max() <= np.percentile(across, 99) + 2


def test_tiles_that_were_answered_before_are_not_paid_again(few, engine):
    smooth(500, 180).save("in.png")
    for _ in range(3):
        engine.faults.add("crispUpscale", "stall", seconds=0)  # three go well
    engine.faults.add("crispUpscale", "status", status=401)
    assert upscaled(engine)[0] == ["failed"]
    assert charged(engine) == 3 * PRICE
    states, work = upscaled(engine)
    assert states == ["done"], work.run.trouble
    assert (charged(engine), work.run.counts.units) == (10 * PRICE, 7 * PRICE)


def test_the_price_of_tiles_is_known_before(few, engine):
    smooth(500, 180).save("in.png")
    states, work = upscaled(engine, max_units=9 * PRICE)
    assert (states, work.exit_code(), posts(engine)) == ([], Exit.KEY_OR_UNITS, [])


def test_a_large_selection_is_erased_in_tiles_and_the_rest_stays_byte_for_byte(few, engine):
    smooth(900, 600).save("in.png")
    mask = Image.new("L", (900, 600))
    mask.paste(255, (100, 200, 760, 300))
    mask.save("mask.png")
    how = Options(out="m/", tiles=True, mask="mask.png")
    (done,) = Studio(base_url=engine.base_url).batch("erase", ["in.png"], how=how, executor="threads")
    assert done.state == "done", done.error
    before, after = (read_picture(path).pixels for path in ("in.png", "m/in.png"))
    outside = np.asarray(mask) == 0
    assert (before[outside] == after[outside]).all()
    assert len(posts(engine)) == 3
    assert np.abs(before[~outside].astype(int) - after[~outside]).max() > 0
