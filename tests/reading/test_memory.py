"""Reading takes no more than three times the pixels at 4 bytes, and every kind of file knows the same bound."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import MAX_PIXELS, read_picture
from recraft_core.shared.errors import BadPicture

SIDE = 3000
ROOM = 24 << 20  # bytes of a decoder's own, and of the rows it works on

MEASURE = """
import resource, sys
from recraft_core.imaging.readfile import read_picture
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = read_picture(sys.argv[1]).size
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, size.area)
"""


@pytest.mark.parametrize("kind", ["png", "jpg", "progressive.jpg", "webp", "tif", "bmp", "gif", "turned.jpg"])
def test_memory_of_reading(kind, tmp_path):
    tiles = np.random.default_rng(1).integers(0, 256, (SIDE // 10, SIDE // 10, 3), dtype=np.uint8)
    image = Image.fromarray(np.repeat(np.repeat(tiles, 10, 0), 10, 1))
    path = tmp_path / f"large.{kind}"
    turned = Image.Exif()
    turned[0x0112] = 6
    how = {"png": {"compress_level": 1}, "progressive.jpg": {"progressive": True}, "webp": {"method": 0},
           "turned.jpg": {"exif": turned}}.get(kind, {})  # fmt: skip
    image.save(path, **how)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True)
    taken, pixels = map(int, done.stdout.split())
    assert taken < 3 * 4 * pixels + ROOM


def png(width, height):
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + body


def resized(kind, width, height):
    """A file of a kind whose header claims another size."""
    out = BytesIO()
    Image.new("L", (16, 16)).save(out, kind)
    data = bytearray(out.getvalue())
    if kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    else:
        for tag, value in ((256, width), (257, height)):
            at = data.index(struct.pack("<HH", tag, 4)) if struct.pack("<HH", tag, 4) in data else None
            at = at if at is not None else data.index(struct.pack("<HH", tag, 3))
            data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, value)
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM"])
def test_one_bound_for_every_kind(kind):
    side = int(MAX_PIXELS**0.5)
    for width, height, large in ((side + 1, side, True), (14_000, 14_000, False)):
        if kind == "PPM":
            data = b"P5 %d %d 255\n\0" % (width, height)
        else:
            data = png(width, height) if kind == "PNG" else resized(kind, width, height)
        with pytest.raises(BadPicture) as caught:
            read_picture(data)
        assert ("at most 400 million" in caught.value.what) is large, caught.value.what
