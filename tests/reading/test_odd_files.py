"""Files of kinds that exist and are met seldom; each says in its own bytes what is right."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms
from recraft_core.imaging import bmpfile, pixels
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import read_picture
from recraft_core.imaging.reading import headed
from recraft_core.shared.errors import BadPicture
from recraft_core.shared.geometry import Size
from test_cases import CASES

WIDTH, HEIGHT = 48, 32
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]
RGB = np.dstack([X * 5, Y * 8, 255 - X * 5]).astype(np.uint8)
ALPHA = np.where(X < 24, 0, 255).astype(np.uint8)


def differs(data, wanted):
    pixels = read_picture(data).pixels
    assert pixels.shape[:2] == wanted.shape[:2]
    wanted = wanted if wanted.shape[2] == 4 else np.dstack([wanted, np.full(wanted.shape[:2], 255, np.uint8)])
    return np.abs(pixels.astype(int) - wanted).max()


# --- PNG -------------------------------------------------------------------------------------------------------------


def png(*before, rows=RGB, colour=2, bits=8):
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(before) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


LONG = zlib.compress(b"a" * 70_000_000, 9)


@pytest.mark.parametrize(
    "beside",
    [
        chunk(b"zTXt", b"Comment\0\0" + LONG),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LONG),
        b"".join(chunk(b"tEXt", b"k%d\0" % one + b"v" * (1 << 20)) for one in range(66)),
        chunk(b"zTXt", b"Comment\0\7" + b"packed in a way of its own"),
        chunk(b"iCCP", b"Screen\0\0" + LONG),
        chunk(b"iCCP", b"Screen\0\0" + b"not packed at all"),
        struct.pack(">I", 4) + b"prVt" + b"data" + b"\0\0\0\0",
        struct.pack(">I", 2) + b"bKGD" + b"\0\1" + b"\0\0\0\0",
    ],
    ids=["text", "xmp", "many texts", "unknown packing", "profile", "damaged profile", "checksum", "known checksum"],
)
def test_what_stands_beside_a_picture_does_not_spoil_it(beside):
    assert differs(png(beside), RGB) == 0


def spoilt(kind, content):
    return chunk(kind, content)[:-1] + b"?"


PROFILE = b"Screen\0\0" + zlib.compress(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


@pytest.mark.parametrize("end", [0, 12], ids=["whole", "without its end"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"tRNS", struct.pack(">3H", 0, 0, 255)),
        (b"iCCP", PROFILE),
        (b"gAMA", struct.pack(">I", 100_000)),
        (b"pHYs", struct.pack(">IIB", 5000, 5000, 1)),
        (b"tEXt", b"Title\0no"),
    ],
    ids=["tRNS", "iCCP", "gAMA", "pHYs", "tEXt"],
)
def test_what_has_a_wrong_checksum_beside_the_picture_does_not_count(kind, content, bits, end):
    rows = RGB if bits == 8 else RGB.astype(">u2") * 257
    if bits == 16 and kind == b"tRNS":
        content = struct.pack(">3H", 0, 0, 65535)
    cut = [png(one, rows=rows, bits=bits)[: -end or None] for one in (b"", spoilt(kind, content), chunk(kind, content))]
    plain, found, whole = (read_picture(one) for one in cut)
    assert np.array_equal(found.pixels, plain.pixels)
    assert (found.icc, found.dpi, found.notes, found.carried) == (plain.icc, plain.dpi, plain.notes, plain.carried)
    if kind != b"tEXt":
        assert (whole.icc, whole.dpi) != (plain.icc, plain.dpi) or not np.array_equal(whole.pixels, plain.pixels)


def test_a_colour_profile_of_two_megabytes_is_one(gray_profile):
    """Those of calibrated screens hold tables; here it is filled up behind its end, which profiles may be."""
    large = struct.pack(">I", 2 << 20) + gray_profile[4:] + bytes((2 << 20) - len(gray_profile))
    grey = RGB[..., 1]
    small = read_picture(png(chunk(b"iCCP", b"x\0\0" + zlib.compress(gray_profile)), rows=grey, colour=0))
    read = read_picture(png(chunk(b"iCCP", b"x\0\0" + zlib.compress(large)), rows=grey, colour=0))
    assert len(read.icc) == 2 << 20
    assert np.array_equal(read.pixels, small.pixels)
    assert not np.array_equal(read.pixels[..., 0], grey)


@pytest.fixture
def gray_profile():
    return read_picture(CASES / "gray-icc.png").icc


def test_a_checksum_of_the_picture_itself_counts():
    data = png()
    at = data.index(b"IHDR")
    with pytest.raises(BadPicture, match="damaged"):
        read_picture(data[: at + 17] + b"\0\0\0\0" + data[at + 21 :])


def test_a_palette_that_is_missing_is_told():
    with pytest.raises(BadPicture, match="palette is missing"):
        read_picture(png(rows=RGB[..., 0], colour=3))


# --- TIFF ------------------------------------------------------------------------------------------------------------


def tiff(pixels, *, order=">", big=True, photometric=2, bits=8, form=1, then=0):
    """A TIFF without compression, its directory behind its pixels; `then` is where the next one stands."""
    data = pixels.tobytes()
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    start = 16 if big else 8
    at = start + len(data)
    rows = {256: WIDTH, 257: HEIGHT, 258: bits, 259: 1, 262: photometric, 273: start, 277: channels, 278: HEIGHT}
    rows.update({279: len(data), 339: form})
    word, entry = ("Q", "HHQQ") if big else ("I", "HHII")
    # A number stands in the first bytes of its place: of type 4 (or 16) it fills it in either order.
    entries = b"".join(struct.pack(order + entry, name, 16 if big else 4, 1, value) for name, value in sorted(rows.items()))
    head = (b"MM" if order == ">" else b"II") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HHQ", 8, 0, at) if big else struct.pack(order + "I", at)
    return head + data + struct.pack(order + ("Q" if big else "H"), len(rows)) + entries + struct.pack(order + word, then)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_big_tiff_in_either_order_of_bytes(order):
    assert differs(tiff(RGB, order=order), RGB) == 0
    assert read_picture(tiff(RGB, order=order)).frames == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_complex_numbers_are_no_grey(order):
    waves = (RGB[..., 0] / 255).astype(np.complex64).astype(order + "c8")
    with pytest.raises(BadPicture, match="64-bit complex"):
        read_picture(tiff(waves, order=order, big=False, photometric=1, bits=64, form=6))


def test_pages_further_on_of_an_unknown_kind_do_not_spoil_the_first():
    """As maps have them: a mask (photometric 4) follows the picture."""
    first = tiff(RGB, order="<", big=False)
    second = struct.pack("<H", 3) + b"".join(struct.pack("<HHII", *row) for row in ((256, 4, 1, 9), (262, 4, 1, 4), (258, 4, 1, 1)))
    data = first[:-4] + struct.pack("<I", len(first)) + second + struct.pack("<I", 0)
    assert differs(data, RGB) == 0
    assert read_picture(data).frames == 2


def with_smaller_first(data, tag, value):
    """The TIFF with a grey page of 2 x 2 px before its own, which says that it is a smaller copy."""
    rows = {256: 2, 257: 2, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 2, 279: 4, tag: value}
    entries = b"".join(struct.pack("<HHII", name, 4, 1, value) for name, value in sorted(rows.items()))
    data += b"\0" * (len(data) % 2)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + struct.pack("<H", len(rows)) + entries + data[4:8]


@pytest.mark.parametrize(("tag", "value"), [(254, 1), (255, 2), (254, 4)])
def test_a_smaller_copy_before_the_picture_is_not_taken_for_it(tag, value):
    lzw = BytesIO()
    Image.fromarray(RGB).save(lzw, "TIFF", compression="tiff_lzw")
    deep = tiff(RGB.astype("<u2") * 257, order="<", big=False, bits=16)
    for data in (tiff(RGB, order="<", big=False), lzw.getvalue(), deep):
        whole = with_smaller_first(data, tag, value)
        assert differs(whole, RGB) == 0
        assert read_picture(whole).frames == 1


def test_a_smaller_copy_alone_is_the_picture():
    data = tiff(RGB, order="<", big=False)
    only = with_smaller_first(data, 254, 1)[:-4] + bytes(4)
    assert read_picture(only).size == Size(2, 2)


@pytest.mark.parametrize("bits", [2, 4, 6])
def test_colours_of_few_bits(bits):
    top = (1 << bits) - 1
    numbers = np.round(RGB / 255 * top).astype(np.uint8)
    single = np.unpackbits(numbers.reshape(HEIGHT, -1, 1), axis=2)[:, :, 8 - bits :].reshape(HEIGHT, -1)
    packed = np.packbits(single, axis=1).reshape(HEIGHT, -1)
    data = tiff(packed, order="<", big=False, bits=bits).replace(struct.pack("<HHII", 277, 4, 1, 1), struct.pack("<HHII", 277, 4, 1, 3))  # fmt: skip
    assert differs(data, np.round(numbers / top * 255).astype(np.uint8)) <= 1


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xff\xd8\xff\xf7\0\x0b\x08\0\x10\0\x10\1\1\x11\0" + bytes(90), "a JPEG-LS"),
        (b"<!doctype html><title>sign in</title>", "a web page"),
        (b"\n<HTML><body>404", "a web page"),
        (bytes(5000), "a file of zeros"),
        (b"\x89PNG\n\x1a\n\0\0\0\rIHDR" + bytes(90), "a PNG that was copied as if it were text"),
        (b"[InternetShortcut]\r\nURL=https://x/y.png\r\n", "a shortcut"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "a pointer of Git LFS"),
    ],
)
def test_a_kind_is_called_by_its_name(data, named):
    with pytest.raises(BadPicture, match=named):
        read_picture(data)


# --- BMP, TGA, JPEG 2000 ---------------------------------------------------------------------------------------------


def bmp(numbers, masks, *, length=124, down=False):
    """A BMP whose channels lie where `masks` say; red, green, blue, alpha."""
    rows = b"".join(row.tobytes() for row in (numbers if down else numbers[::-1]))
    bits = numbers.dtype.itemsize * 8
    head = struct.pack("<IiiHHIIiiII", length, WIDTH, -HEIGHT if down else HEIGHT, 1, bits, 3, len(rows), 2835, 2835, 0, 0)
    head = (head + struct.pack("<4I", *masks) + b"BGRs").ljust(length, b"\0")[: max(length, 40 + 12)]
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(rows), 0, 0, 14 + len(head)) + head + rows


def laid(masks, kind):
    """RGB and ALPHA with the channels where the masks say, and what is left of their bits."""
    whole, seen = np.zeros((HEIGHT, WIDTH), np.uint64), []
    for channel, mask in zip([*np.moveaxis(RGB, -1, 0), ALPHA], masks, strict=True):
        shift = (mask & -mask).bit_length() - 1 if mask else 0
        top = mask >> shift
        level = np.round(channel / 255 * top).astype(np.uint64)
        whole |= level << np.uint64(shift)
        seen.append(np.round(level / top * 255) if top else np.full(level.shape, 255))
    return whole.astype(kind), np.dstack(seen).astype(np.uint8)


@pytest.mark.parametrize(
    ("masks", "kind"),
    [
        ((0x7C00, 0x3E0, 0x1F, 0x8000), "<u2"),
        ((0xF00, 0xF0, 0xF, 0xF000), "<u2"),
        ((0xF800, 0x7E0, 0x1F, 0), "<u2"),
        ((0xFF0000, 0xFF00, 0xFF, 0xFF000000), "<u4"),
        ((0xFF, 0xFF00, 0xFF0000, 0xFF000000), "<u4"),
        ((0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000), "<u4"),
        *((masks, "<u4") for masks in sorted(bmpfile._PILLOWS)),
    ],
)
def test_a_bmp_whose_channels_lie_where_masks_say(masks, kind):
    numbers, wanted = laid(masks, kind)
    assert differs(bmp(numbers, masks), wanted) <= 1
    assert differs(bmp(numbers, masks, down=True), wanted) <= 1
    with pytest.raises(BadPicture, match="cut short"):
        read_picture(bmp(numbers, masks)[:-50])


def test_three_masks_behind_a_short_header_say_nothing_of_alpha():
    numbers, wanted = laid((0xF800, 0x7E0, 0x1F, 0), "<u2")
    assert differs(bmp(numbers, (0xF800, 0x7E0, 0x1F, 0), length=40), wanted) <= 1
    numbers, wanted = laid((0xFF0000, 0xFF00, 0xFF, 0), "<u4")  # which Pillow reads
    assert differs(bmp(numbers, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), length=40), wanted) == 0


def test_a_bmp_that_claims_to_be_huge_is_refused_from_its_header():
    data = bytearray(bmp(*[laid((0xF00, 0xF0, 0xF, 0xF000), "<u2")[0], (0xF00, 0xF0, 0xF, 0xF000)]))
    data[18:26] = struct.pack("<ii", 60_000, 60_000)
    with pytest.raises(BadPicture, match="claims"):
        read_picture(bytes(data))


ODD, USUAL = (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


@pytest.mark.parametrize("masks", [ODD, USUAL])
def test_a_bmp_is_not_decoded_for_its_header(monkeypatch, masks):
    numbers, wanted = laid(masks, "<u4")
    data = bmp(numbers, masks)
    with monkeypatch.context() as patch, headed(data) as header:
        patch.setattr(bmpfile, "_channel", None)
        assert header.size == Size(WIDTH, HEIGHT)
        assert header.image.tile
        if masks == USUAL:  # Pillow's own
            assert differs(data, wanted) <= 1


def test_a_bmp_that_lacks_its_pixels_is_refused_from_its_header(monkeypatch):
    data = bytearray(bmp(laid(ODD, "<u4")[0], ODD)[:140])
    data[18:26] = struct.pack("<ii", 20_000, 20_000)
    monkeypatch.setattr(bmpfile, "_pixels", None)
    with pytest.raises(BadPicture, match="image file is truncated"), headed(bytes(data)):
        pass


def test_a_bmp_with_masks_is_more_than_one_strip(monkeypatch):
    monkeypatch.setattr(bmpfile, "strips", lambda height: pixels.strips(height, 7))
    numbers, wanted = laid(ODD, "<u4")
    assert differs(bmp(numbers, ODD), wanted) <= 1
    assert differs(bmp(numbers, ODD, down=True), wanted) <= 1


def tga(pixels, described):
    return struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, WIDTH, HEIGHT, 32, described) + pixels.tobytes()


def test_a_fourth_byte_that_nobody_filled_is_no_transparency():
    empty = np.dstack([RGB[..., ::-1], np.zeros_like(ALPHA)])
    filled = np.dstack([RGB[..., ::-1], ALPHA])
    assert differs(tga(empty, 0x20), RGB) == 0
    assert differs(tga(filled, 0x28), np.dstack([RGB, ALPHA])) == 0
    assert differs(bmp(empty.view("<u4")[..., 0], (0xFF0000, 0xFF00, 0xFF, 0xFF000000)), RGB) == 0


@pytest.mark.parametrize("layers", [b"", bytes(8)], ids=["flat", "layers"])
@pytest.mark.parametrize("told", [None, 0, 1])
def test_a_photoshop_file_without_its_merged_picture_is_no_white_sheet(told, layers):
    """As Photoshop saves them where "Maximize compatibility" is off."""
    block = b"8BIM" + struct.pack(">HHIIB", 1057, 0, 5, 1, told or 0) + b"\0" if told is not None else b""
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, HEIGHT, WIDTH, 8, 3) + bytes(4)
    head += struct.pack(">I", len(block)) + block + struct.pack(">I", len(layers)) + layers
    data = head + bytes(2) + np.moveaxis(RGB, -1, 0).tobytes()
    if told == 0 and layers:
        with pytest.raises(BadPicture, match="without the picture of all its layers"):
            read_picture(data)
    else:
        assert differs(data, RGB) == 0


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_colour_that_would_turn_white_into_black_is_refused(bits):
    with pytest.raises(BadPicture, match=f"JPEG 2000 picture in colour or with transparency, of {bits} bits"):
        read_picture(CASES / f"openjpeg-rgb{bits}.jp2")
