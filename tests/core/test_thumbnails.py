"""Thumbnails are made once, survive damage, and never bring a removed entry back."""

import io
from contextlib import closing

import numpy as np
import pytest
from PIL import Image
from recraft_core.history import History, Record
from recraft_core.shared.errors import BadPicture
from recraft_core.worker.thumbnails import thumbnail

PIXELS = np.random.default_rng(3).integers(0, 256, (40, 80, 4), np.uint8)


@pytest.fixture
def history(tmp_path):
    with closing(History(tmp_path)) as one:
        yield one


def filed(history, data):
    entry = history.begin(Record("generate", "generations/raster"))
    history.keep(history.answered(entry, [("id", "")], 22), 0, data)
    return history.get(entry.id)


def png():
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "PNG")
    return out.getvalue()


def test_the_second_time_it_is_read_from_where_it_was_kept(history):
    entry = filed(history, png())
    first = thumbnail(entry, 0, 20)
    assert first.shape == (10, 20, 4)
    (entry.folder / "1.png").write_bytes(b"")
    assert np.array_equal(thumbnail(entry, 0, 20), first)
    assert history.files(entry) == (entry.folder / "1.png",)
    with pytest.raises(BadPicture):
        thumbnail(entry, 0, 30)


def test_a_damaged_one_is_made_again(history):
    entry = filed(history, png())
    first = thumbnail(entry, 0, 20)
    (kept,) = entry.folder.glob("small-*")
    kept.write_bytes(kept.read_bytes()[:40])
    assert np.array_equal(thumbnail(entry, 0, 20), first)


def test_an_entry_that_is_gone_stays_gone(history):
    entry = filed(history, png())
    thumbnail(entry, 0, 20)
    history.remove(entry)
    with pytest.raises(BadPicture):
        thumbnail(entry, 0, 20)
    assert not entry.folder.exists()
    assert history.list() == ()


def test_a_drawing_has_one_too(history):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100"><rect width="400" height="100" fill="#f00"/></svg>'
    small = thumbnail(filed(history, svg), 0, 40)
    assert small.shape == (10, 40, 4)
    assert (small == (255, 0, 0, 255)).all()
