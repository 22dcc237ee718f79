"""Replies are hostile until checked: every bad picture is a BadPicture, and nothing else."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from recraft_core.imaging.decode import decode, scaled_to_bytes, sniff
from recraft_core.imaging.encode import encode_png
from recraft_core.shared.errors import BadPicture

PICTURE = np.random.default_rng(3).integers(0, 256, (23, 31, 4), dtype=np.uint8)


def saved(kind, mode="RGB", **how):
    out = BytesIO()
    Image.fromarray(PICTURE).convert(mode).save(out, kind, **how)
    return out.getvalue()


WHOLE = {
    "png": saved("PNG", "RGBA"),
    "jpeg": saved("JPEG", quality=95),
    "webp": saved("WEBP", "RGBA", lossless=True, exact=True),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_each_kind_is_known_by_its_first_bytes_and_decoded(kind):
    assert sniff(WHOLE[kind]) == kind
    pixels = decode(WHOLE[kind])
    assert (pixels.dtype, pixels.shape) == (np.uint8, (23, 31, 4))
    if kind != "jpeg":
        assert np.array_equal(pixels, PICTURE)


def test_the_result_belongs_to_the_caller():
    pixels = decode(WHOLE["png"])
    pixels[0, 0] = 9
    assert decode(WHOLE["png"])[0, 0].tolist() == PICTURE[0, 0].tolist()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?>\n<!-- x --><svg/>", "svg"),
        (b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>", "svg"),
        ("\ufeff<?xml version='1.0' encoding='utf-16'?><svg/>".encode("utf-16-le"), "svg"),
        (b"<html><body>502 Bad Gateway</body></html>", ""),
        (b"GIF89a", ""),
        (b"", ""),
        (b"RIFF\0\0\0\0WAVE", ""),
    ],
)
def test_sniffing(data, kind):
    assert sniff(data) == kind


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (saved("GIF"), "unknown kind"),
        (saved("BMP"), "unknown kind"),
        (b"", "nothing at all"),
        (b"<html>Bad Gateway</html>", "a web page that begins “<html>Bad Gateway</html>”"),
        (b"no such\nresult", "text that begins “no such result”"),
        ("läuft nicht".encode("utf-16"), "unknown kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing"),
    ],
)
def test_other_kinds_are_refused_by_name(data, said):
    with pytest.raises(BadPicture, match=said) as caught:
        decode(data)
    assert caught.value.remedy


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_picture_cut_short_is_refused(kind, share):
    data = WHOLE[kind]
    with pytest.raises(BadPicture, match="damaged or cut short"):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_anywhere_is_a_bad_picture_or_a_picture(kind):
    rng = np.random.default_rng(11)
    for _ in range(60):
        data = bytearray(WHOLE[kind])
        for at in rng.integers(8, len(data), 3):
            data[at] = rng.integers(0, 256)
        try:
            assert decode(bytes(data)).shape[2] == 4
        except BadPicture as problem:
            assert problem.remedy  # noqa: PT017 - either outcome is right


def huge_png(width, height):
    """A valid PNG of one colour that is tiny as a file: what a decompression bomb looks like."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("side", [8001, 20_000, 2_000_000_000])
def test_a_bomb_is_refused_by_its_header(side):
    with pytest.raises(BadPicture, match="at most 64 million"):
        decode(huge_png(side, side))


def test_the_cap_is_the_callers():
    decode(encode_png(PICTURE), max_pixels=23 * 31)
    with pytest.raises(BadPicture, match="31 × 23"):
        decode(encode_png(PICTURE), max_pixels=23 * 31 - 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_of_every_mode_shows_what_pillow_shows(mode):
    data = saved("PNG", mode)
    want = np.asarray(Image.open(BytesIO(data)).convert("RGBA"))
    assert np.array_equal(decode(data), want)


def test_sixteen_bit_gray_is_scaled_not_cut():
    deep = np.array([[0, 257 * 100, 65535, 128]], np.uint16)
    out = BytesIO()
    Image.fromarray(deep).save(out, "PNG")
    assert decode(out.getvalue())[0, :, 0].tolist() == [0, 100, 255, 0]


def test_the_first_picture_of_an_animation_is_taken():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert decode(out.getvalue())[0, 0].tolist() == [255, 0, 0, 255]


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.sampled_from([b"", *(data[:40] for data in WHOLE.values())]))
def test_any_bytes_are_a_picture_or_a_bad_picture(data, start):
    with pytest.raises(BadPicture):
        decode(start + data)


@pytest.mark.parametrize(
    ("values", "want"),
    [
        (np.array([True, False]), [255, 0]),
        (np.array([0.0, 0.5, 1.0, 1.2, -3, np.nan]), [0, 128, 255, 255, 0, 0]),
        (np.array([0.0, 128.0, 255.0]), [0, 128, 255]),
        (np.array([0, 300, 65535], np.int32), [0, 1, 255]),
        (np.array([0, 7, 255], np.int64), [0, 7, 255]),
        (np.array([0, 131070], np.int64), [0, 255]),
        (np.array([0, 257, 65535], np.uint16), [0, 1, 255]),
    ],
)
def test_numbers_of_any_depth_become_bytes(values, want):
    assert scaled_to_bytes(values).tolist() == want
