"""Pictures beyond the service's largest: tiles that meet without a seam, each paid once."""

import errno
import os
import time
import weakref
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from recraft_core import Studio
from recraft_core.batch import Options
from recraft_core.batch.tiles import TOGETHER, blend, in_order, ramp, tiled
from recraft_core.imaging.carried import Carried
from recraft_core.imaging.colour import srgb_profile
from recraft_core.imaging.paged import Folder
from recraft_core.imaging.readfile import Source, read_picture, write_large
from recraft_core.shared.errors import Exit, Unanswered, Unreachable
from recraft_core.shared.geometry import Box
from recraft_core.shared.islands import grid
from recraft_core.shared.operations import OPERATIONS
from test_batch import charged, home, posts  # noqa: F401 - a fixture
from test_readfile import wide_profile

_XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Label='the dunes'/>"
    b"</rdf:RDF></x:xmpmeta>"
)
PRICE = OPERATIONS["crisp_upscale"].row.price.units


@pytest.mark.parametrize("length", [1, 999, 1024, 1025, 2047, 5000, 20_000])
def test_tiles_cover_everything_and_share_what_they_must(length):
    tiles = grid(Box(7, 5, length, 3), 1024, 64)
    assert (tiles[0].x, tiles[-1].right) == (7, 7 + length)
    assert {(box.y, box.height) for box in tiles} == {(5, 3)}
    assert all(0 < box.width <= 1024 for box in tiles)
    assert all(one.right - other.x == 64 for one, other in pairwise(tiles))


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


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_a_picture_written_by_strips_is_read_by_others_as_it_was(tmp_path, kind):
    for channels in (3, 4):
        pixels = np.random.default_rng(channels).integers(0, 255, (1500, 700, 4), np.uint8)
        if channels == 3:
            pixels[..., 3] = 255
        path = tmp_path / f"out.{kind}"
        write_large(path, pixels, like=Source(pixels, dpi=(300, 300), icc=srgb_profile(), carried=Carried(xmp=_XMP)))
        with Image.open(path) as image:
            assert image.info["icc_profile"] == srgb_profile()
            assert b"the dunes" in read_picture(path).carried.xmp
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
    before = charged(engine)
    assert len(posts(engine)) <= TOGETHER, "after the first failure nothing more is begun"
    states, work = upscaled(engine)
    assert (states, work.exit_code()) == (["done"], Exit.OK)
    assert (len(posts(engine)), charged(engine)) == (10 + 1, 10 * PRICE)
    assert work.run.counts.units == 10 * PRICE - before
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
    before = charged(engine)  # of the tiles under way beside the one that failed
    assert 3 * PRICE <= before <= (3 + TOGETHER - 1) * PRICE
    states, work = upscaled(engine)
    assert states == ["done"], work.run.trouble
    assert (charged(engine), work.run.counts.units) == (10 * PRICE, 10 * PRICE - before)


def test_of_tiles_that_fail_together_one_that_may_have_cost_something_is_told():
    both = Barrier(2, timeout=20)

    def fails(error):
        both.wait()
        raise error

    dear = Unanswered("It broke off.", remedy="Look at the balance.", charged=True)
    work = [partial(fails, error) for error in (Unreachable("Nobody is there.", remedy="Try again."), dear)]
    late = []
    with pytest.raises(Unanswered) as told:
        list(in_order([*work, *[partial(late.append, 1)] * 3], 2))
    assert (told.value, late) == (dear, [])
    assert list(in_order([partial(int, n) for n in range(7)], 3)) == list(range(7))


def test_what_tiles_are_read_from_and_become_lies_in_files_that_go_with_them(few, engine, monkeypatch):
    made = []

    def seen(self, shape, plain=Folder.__call__):
        made.append(plain(self, shape))
        return made[-1]

    monkeypatch.setattr(Folder, "__call__", seen)
    smooth(500, 180).save("in.png")
    assert upscaled(engine)[0] == ["done"]
    assert [one.shape for one in made] == [(180, 2000), (180, 500, 4), (720, 2000, 4)]
    assert all(isinstance(one, np.memmap) for one in made)
    assert sorted(path.name for path in Path("m").iterdir()) == [".recraft-batch.sqlite", "in.png"]


def test_no_tile_is_held_while_the_next_is_made(few, engine):
    smooth(500, 180).save("in.png")
    studio, made, held = Studio(base_url=engine.base_url), [], []

    class Job:
        def __init__(self, job):
            self.plan, self._job = job.plan, job

        def run(self):
            held.append(sum(one() is not None for one in made))
            result = self._job.run()
            made.append(weakref.ref(result))
            return result

    job = tiled(lambda part: Job(studio.job("crisp_upscale", part)), "crisp_upscale", "in.png", None, ".")
    job.run().save("out.png", say=lambda _note: None)
    assert held == [0] * 10


def test_a_tile_that_is_on_its_way_is_waited_for_when_another_cannot_be_used(few, engine, monkeypatch):
    """It may be paid for, and its picture would be written to a file that is gone."""
    smooth(500, 180).save("in.png")
    studio, begun, ended, closed = Studio(base_url=engine.base_url), [], [], []

    class Job:
        def __init__(self, job):
            self.plan, self._job = job.plan, job

        def run(self):
            begun.append(1)
            time.sleep(1.5 * (len(begun) - 1))
            result = self._job.run()
            ended.append(time.monotonic())
            return result

    def full(*_words):
        raise MemoryError

    monkeypatch.setattr("recraft_core.batch.tiles.blend", full)
    close = Folder.close
    monkeypatch.setattr(Folder, "close", lambda folder: (closed.append(time.monotonic()), close(folder)))
    job = tiled(lambda part: Job(studio.job("crisp_upscale", part)), "crisp_upscale", "in.png", None, ".", together=2)
    with pytest.raises(MemoryError) as caught:
        job.run()
    assert caught.value is not None, "held, and with it the frames of where it came from"
    assert len(ended) == len(begun) >= 2
    assert max(ended) <= closed[0]


@pytest.mark.parametrize("kind", ["png16", "png8", "grey", "palette", "tif", "jpg", "turned", "webp", "wide"])
def test_a_picture_is_read_into_files_as_it_is_read_into_memory(tmp_path, kind):
    plain, path = smooth(300, 170), tmp_path / "in.png"
    if kind == "png16":
        Image.fromarray(np.asarray(plain)[..., 0].astype(np.uint16) * 257).save(path)
    elif kind in {"tif", "jpg", "webp"}:
        path = tmp_path / f"in.{kind}"
        plain.save(path, **({"compression": "tiff_adobe_deflate"} if kind == "tif" else {}))
    elif kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        plain.save(path, exif=exif)
    elif kind == "wide":
        plain.save(path, icc_profile=wide_profile())
    else:
        modes = {"grey": "L", "palette": "P", "png8": "RGB"}
        plain.convert(modes[kind]).save(path)
    folder = Folder(str(tmp_path))
    here, there = read_picture(path), read_picture(path, folder)
    assert isinstance(there.pixels, np.memmap)
    assert (here.pixels == there.pixels).all()
    assert (here.native is None) == (there.native is None)
    assert here.native is None or (here.native == there.native).all()
    folder.close()
    assert not list(tmp_path.glob(".recraft-tiles-*"))


def test_a_disk_without_room_is_told_before_anything_is_sent(few, engine, monkeypatch):
    smooth(500, 180).save("in.png")
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1 << 20))
    work = Studio(base_url=engine.base_url).batch(
        "crisp_upscale", ["in.png"], how=Options(out="m/", tiles=True), executor="threads"
    )
    (done,) = work
    assert (done.state, done.error["kind"]) == ("failed", "StorageTrouble")
    assert os.strerror(errno.ENOSPC) in done.error["what"]
    assert posts(engine) == []


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
