"""Files that other programs wrote: a slice of the table of `differential.py`.

`files/` were written by ImageMagick, libvips, ffmpeg and tifffile; each is held against the picture it was made from,
or, where a profile or a loss changes it, against what libvips or ImageMagick reads of it (`files/shown.npz`, made by
`python tests/reading/keep.py`). Further rows are written on the spot by what this machine has.
"""

import sys
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_core.imaging import tifffacts
from recraft_core.imaging.readfile import read_picture
from recraft_core.shared.errors import BadPicture

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from differential import CLOSE, compare, expected  # noqa: E402
from rows import rows  # noqa: E402
from writers import missing, write  # noqa: E402

ROWS = {row.title: row for row in rows()}
FILES = sorted(path.name for path in (HERE / "files").iterdir() if path.suffix != ".npz")
with np.load(HERE / "files" / "shown.npz") as kept:
    SHOWN = dict(kept)
# Told apart in the table, with the reason: refused by name, or not the picture that the writer was given.
OTHERWISE = ("ffmpeg-*.pam", "ffmpeg-*.sgi", "ffmpeg-bgra.bmp", "magick-*.tga", "magick-white0.tif", "vips-turn*.png")
# Every ninth row of those that are held against the picture itself.
EXACT = [
    row
    for title, row in ROWS.items()
    if expected(row) is not None and not row.lossy and not any(fnmatch(title, one) for one in OTHERWISE)
][::9]


@pytest.mark.parametrize("name", ["vips-zstd-rgb-ushort.tif", "tifffile-lzma-rgb-u2.tif"])
def test_a_compression_that_this_pillow_lacks_is_named(name, monkeypatch):
    """Pillow 10 came without Zstandard. The file is whole, so nothing is damaged."""

    def lacking(*_, **__):
        raise OSError(-2)

    tifffacts.unpacks.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", lacking)
        with pytest.raises(BadPicture, match=r"not opened \((Zstandard|LZMA)\)"):
            read_picture(HERE / "files" / name)
    tifffacts.unpacks.cache_clear()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_program_shows_what_others_show(name):
    if "zstd" in name and not tifffacts.unpacks(50000):
        pytest.skip("this Pillow's libtiff has no Zstandard")
    read = read_picture(HERE / "files" / name)
    wanted, bound = (SHOWN[name], CLOSE) if name in SHOWN else (expected(ROWS[name]), 1)
    worst = compare(read.pixels, wanted)
    assert worst is not None
    assert worst[0] <= bound, worst


def test_every_kept_file_is_a_row_and_there_are_enough():
    assert set(FILES) <= set(ROWS)
    assert len(FILES) > 40
    assert {name.partition("-")[0] for name in FILES} == {"magick", "vips", "ffmpeg", "tifffile"}
    assert set(SHOWN) <= set(FILES)


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row.title)
def test_a_file_written_on_the_spot(row, tmp_path):
    gone = missing(row)
    if gone:
        pytest.skip(gone)
    worst = compare(read_picture(write(row, tmp_path)).pixels, expected(row))
    assert worst is not None
    # ImageMagick and ffmpeg may round the last bit of a depth in their own way.
    assert worst[0] <= 2, worst
