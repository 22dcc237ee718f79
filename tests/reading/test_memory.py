"""Reading takes no more than three times the pixels at 4 bytes, and every kind of file knows the same bound."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_core.imaging.colour import srgb_profile
from recraft_core.imaging.png import chunk, profile_chunk
from recraft_core.imaging.readfile import MAX_PIXELS, read_picture
from recraft_core.shared.errors import BadPicture

SIDE = 3000
ROOM = 24 << 20  # bytes of a decoder's own, and of the rows it works on

# The peak of this process alone: what getrusage tells begins with that of the process that started it.
MEASURE = """
import sys
from recraft_core.imaging.readfile import read_picture
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
before = peak()
size = read_picture(sys.argv[1]).size
print((peak() - before) * 1024, size.area)
"""


told_here = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process by itself is told on Linux only"
)


@told_here
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


def wide_profile():
    """A profile of sRGB with red and green exchanged: it changes every pixel."""
    icc = srgb_profile()
    return icc.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")


@told_here
@pytest.mark.parametrize(("channels", "colour", "profile"), [(2, 4, ""), (3, 2, "wide"), (4, 6, "wide")])
def test_memory_of_reading_sixteen_bits(channels, colour, profile, tmp_path):
    tiles = np.random.default_rng(1).integers(0, 65536, (SIDE // 10, SIDE // 10, channels), dtype=np.uint16)
    numbers = np.repeat(np.repeat(tiles, 10, 0), 10, 1).astype(">u2")
    rows = np.concatenate([np.zeros((SIDE, 1), np.uint8), numbers.view(np.uint8).reshape(SIDE, -1)], axis=1)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 16, colour, 0, 0, 0))]
    parts += [profile_chunk(wide_profile())] if profile else []
    path = tmp_path / "deep.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND")]))
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True)
    taken, pixels = map(int, done.stdout.split())
    assert taken < 3 * 4 * pixels
    read = read_picture(path)
    whole = ((numbers.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    kept = read.pixels if read.native is None else read.native
    shown = kept[..., [0, 3]] if channels == 2 else kept[..., :channels]
    assert np.array_equal(shown, whole)
    assert (read.native is not None) == bool(profile)


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
