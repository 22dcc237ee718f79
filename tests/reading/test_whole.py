"""Files that lack nothing, or only their end, though some decoder calls them damaged: they are read, and told apart."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import read_mask, read_picture
from recraft_core.shared.errors import BadPicture
from recraft_core.shared.geometry import Size

TRUTH = Path(__file__).parent / "cases" / "truth.png"
NOISE = np.random.default_rng(5).integers(0, 256, (40, 64, 3), dtype=np.uint8)


def written(image, kind, **how):
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


# --- a photograph with a gain map: a second JPEG behind the first, found by its MPF segment (CIPA DC-007) ---


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_gain_map():
    photograph = written(Image.fromarray(NOISE), "JPEG", quality=90)
    gain = written(Image.fromarray(NOISE[::4, ::4, 0]), "JPEG")
    said = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' hdrgm:Version='1.0'/>"
    xmp = segment(0xE1, said)

    def index(size, at):
        rows = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, struct.pack("<I", 2)), (0xB002, 7, 32, struct.pack("<I", 50))]
        table = b"".join(struct.pack("<HHI4s", *row) for row in rows)
        entries = struct.pack("<IIIHHIIIHH", 0x030000, size, 0, 0, 0, 0, len(gain), at, 0, 0)
        return segment(0xE2, b"MPF\0II*\0" + struct.pack("<IH", 8, 3) + table + bytes(4) + entries)

    size = len(photograph) + len(xmp) + len(index(0, 0))
    first = photograph[:2] + xmp + index(size, size - 2 - len(xmp) - 8) + photograph[2:]
    return photograph, first, gain


def test_a_photograph_with_a_gain_map_is_read_as_the_photograph():
    photograph, first, gain = with_gain_map()
    with Image.open(BytesIO(first + gain)) as other:
        assert (other.format, other.n_frames) == ("MPO", 2)  # the file is what it is meant to be
    shown = np.asarray(Image.open(BytesIO(photograph)))
    # Whole, with a gain map that is cut short, and with none.
    for data in (first + gain, first + gain[:-40], first + gain[:300], first):
        read = read_picture(data)
        assert np.array_equal(read.pixels[..., :3], shown)
        assert (read.format, read.frames) == ("JPEG", 1)
    assert read_picture(first + gain).notes == ()


def test_a_photograph_of_which_rows_are_missing_is_refused():
    _, first, _ = with_gain_map()
    with pytest.raises(BadPicture, match="damaged or cut short"):
        read_picture(first[: -len(first) // 3])


# --- PNG ---


def png_without_end(image, **how):
    data = written(image, "PNG", **how)
    assert data.endswith(chunk(b"IEND"))
    return data[:-12]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("rest", [b"", b"\0\0", struct.pack(">I", 0) + b"IEN", struct.pack(">I4s", 90, b"tEXt") + b"Title",
                                  struct.pack(">I4s", 30286, b"IDAT")])  # fmt: skip
def test_a_png_without_its_end_is_read_and_told(mode, rest):
    image = Image.fromarray(NOISE).convert("L").convert(mode) if mode == "I;16" else Image.fromarray(NOISE).convert(mode)
    whole = read_picture(written(image, "PNG"))
    read = read_picture(png_without_end(image) + rest)
    assert np.array_equal(read.pixels, whole.pixels)
    assert "lacks its end" in read.notes[-1]
    assert read._replace(pixels=None, notes=()) == whole._replace(pixels=None)


def test_a_png_cut_within_the_checksum_of_its_last_rows_is_read():
    data = png_without_end(Image.fromarray(NOISE))
    for cut in range(1, 5):
        assert np.array_equal(read_picture(data[:-cut]).pixels[..., :3], NOISE)


def test_a_deep_png_without_its_end_is_read_at_full_depth():
    rows = b"".join(b"\0" + row.tobytes() for row in (NOISE.astype(">u2") * 257))
    header = struct.pack(">IIBBBBB", 64, 40, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
    read = read_picture(data)
    assert read.bits == 16
    assert np.array_equal(read.pixels[..., :3], NOISE)
    assert "lacks its end" in read.notes[-1]


def test_the_turn_of_a_png_without_its_end_holds():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(png_without_end(Image.fromarray(NOISE), exif=exif)).size == (40, 64)


def test_a_mask_without_its_end_is_read():
    grey = Image.fromarray(NOISE[..., 0])
    assert np.array_equal(read_mask(png_without_end(grey), Size(64, 40)).coverage, NOISE[..., 0])


@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_a_png_that_ends_before_its_last_row_is_refused_with_what_it_holds(share):
    data = png_without_end(Image.fromarray(NOISE))
    with pytest.raises(BadPicture, match=r"cut short: it contains \d+ of 40 rows"):
        read_picture(data[: int(len(data) * share)])


# --- TIFF ---


def tiff(rows, data):
    """A TIFF of one strip; `rows` are tag, type, and the values of each."""
    entries, more = b"", b""
    start = 8 + 2 + 12 * (len(rows) + 2) + 4
    for tag, kind, *values in sorted([*rows, (273, 4, 0), (279, 4, len(data))]):
        packed = b"".join(struct.pack({3: "<H", 4: "<I", 5: "<II"}[kind], *(one if kind == 5 else (one,))) for one in values)
        if len(packed) > 4:
            at, more = start + len(more), more + packed
            packed = struct.pack("<I", at)
        entries += struct.pack("<HHI4s", tag, kind, len(values), packed)
    strip = struct.pack("<HHII", 273, 4, 1, 0)
    entries = entries.replace(strip, strip[:8] + struct.pack("<I", start + len(more)))
    return b"II*\0" + struct.pack("<IH", 8, len(rows) + 2) + entries + bytes(4) + more + data


def head(width, height, samples, compression, photometric):
    bits = (258, 3, *(8,) * samples)
    return [(256, 4, width), (257, 4, height), bits, (259, 3, compression), (262, 3, photometric),
            (277, 3, samples), (278, 4, height)]  # fmt: skip


@pytest.mark.parametrize("samples", [3, 4])
def test_webp_inside_a_tiff(samples):
    pixels = np.dstack([NOISE, NOISE[..., 0]])[..., :samples]
    strip = written(Image.fromarray(np.ascontiguousarray(pixels)), "WEBP", lossless=True, exact=True)
    alpha = [(338, 3, 2)] if samples == 4 else []
    read = read_picture(tiff([*head(64, 40, samples, 50001, 2), *alpha], strip))
    assert np.array_equal(read.pixels[..., :samples], pixels)
    assert (read.bits, read.mode, read.format) == (8, "RGBA" if samples == 4 else "RGB", "TIFF")
    assert (read.pixels[..., 3] == (NOISE[..., 0] if samples == 4 else 255)).all()


def test_webp_of_another_size_inside_a_tiff_is_refused_before_it_is_decoded():
    strip = written(Image.new("RGB", (4000, 4000)), "WEBP", lossless=True)
    with pytest.raises(BadPicture, match="4000 x 4000"):
        read_picture(tiff(head(64, 40, 3, 50001, 2), strip))


VIDEO = (16, 235, 128, 240, 128, 240)  # black and white of video's brightness, nothing and most of its two colours
FULL = (0, 255, 128, 255, 128, 255)


def to_ycbcr(colours, reference):
    """Numbers 0..255 of red, green and blue in YCbCr: ITU-R BT.601, coded as TIFF 6.0, section 20, has it."""
    red, green, blue = (colours[..., at].astype(float) for at in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = luma, (blue - luma) / 1.772, (red - luma) / 1.402
    coded = []
    for at, plane in enumerate(planes):
        zero, most = reference[2 * at : 2 * at + 2]
        coded.append(plane * (most - zero) / (255 if at == 0 else 127) + zero)
    return np.clip(np.floor(np.stack(coded, -1) + 0.5), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("reference", [VIDEO, FULL])
def test_the_range_of_a_ycbcr_tiff_is_honoured(reference, compression):
    with Image.open(TRUTH) as image:
        colours = np.asarray(image.convert("RGB"))
    data = to_ycbcr(colours, reference).tobytes()
    rows = [*head(96, 64, 3, compression, 6), (530, 3, 1, 1), (532, 5, *((one, 1) for one in reference))]
    read = read_picture(tiff(rows, zlib.compress(data) if compression == 8 else data))
    assert np.abs(read.pixels[..., :3].astype(int) - colours).max() <= 4  # 220 steps for 256
    assert (read.pixels[..., 3] == 255).all()


def test_fewer_colours_than_pixels_are_no_damage():
    """4:2:0: four of brightness and one of each colour for a square of four pixels."""
    colours = np.full((40, 64, 3), (200, 90, 30), np.uint8)
    colours[:, 32:] = (10, 60, 220)
    coded = to_ycbcr(colours, VIDEO)
    luma = coded[..., 0].reshape(20, 2, 32, 2).transpose(0, 2, 1, 3).reshape(20, 32, 4)
    data = np.concatenate([luma, coded[::2, ::2, 1:]], axis=-1).tobytes()
    rows = [*head(64, 40, 3, 1, 6), (530, 3, 2, 2), (532, 5, *((one, 1) for one in VIDEO))]
    assert np.abs(read_picture(tiff(rows, data)).pixels[..., :3].astype(int) - colours).max() <= 3
