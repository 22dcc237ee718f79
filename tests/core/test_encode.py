"""Encoding: within the bytes allowed, lossless when it says so, and valid for other people's decoders."""

import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw
from recraft_core.imaging.decode import decode
from recraft_core.imaging.encode import encode_mask, encode_picture, encode_png
from recraft_core.imaging.png import chunk, resolution_chunk
from recraft_core.shared.errors import BadPicture

calm = settings(deadline=None, max_examples=30)
sides = st.integers(1, 50)
channels = st.sampled_from([(), (3,), (4,)])
planes = st.tuples(sides, sides, channels).flatmap(lambda s: arrays(np.uint8, (s[0], s[1], *s[2])))


def photo(height, width, seed=0):
    """Opaque pixels with soft light and grain: does not compress well without loss."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    light = 110 + 70 * np.sin(rows / 37) * np.cos(columns / 53)
    out = np.full((height, width, 4), 255, np.uint8)
    out[..., :3] = np.clip(light[..., None] + rng.normal(0, 9, (height, width, 3)), 0, 255)
    return out


def painting(side):
    image = Image.new("RGBA", (side, side), (240, 230, 210, 255))
    draw = ImageDraw.Draw(image)
    for at in range(40):
        draw.ellipse((at * 31 % side, at * 57 % side, at * 31 % side + 300, at * 57 % side + 200), fill=(at * 6, 90, 200))
    return np.asarray(image)


def noise(side):
    return np.random.default_rng(5).integers(0, 256, (side, side, 4), dtype=np.uint8)


def opened(data):
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image


@calm
@given(planes, st.booleans())
def test_a_png_of_ours_is_read_back_by_pillow_to_the_byte(array, sub):
    image = opened(encode_png(array, sub=sub))
    assert image.mode == {2: "L", 3: "RGB", 4: "RGBA"}[array.ndim if array.ndim == 2 else array.shape[2]]
    assert np.array_equal(np.asarray(image), array)


def test_a_png_written_by_several_threads_is_one_valid_stream():
    array = photo(1400, 900)[..., :3]
    data = encode_png(array)
    start = data.index(b"IDAT")
    length = int.from_bytes(data[start - 4 : start], "big")
    raw = zlib.decompress(data[start + 4 : start + 4 + length])  # checks the joined Adler-32, which Pillow does not
    assert len(raw) == 1400 * (900 * 3 + 1)
    assert np.array_equal(np.asarray(opened(data)), array)


def test_png_rows_of_a_crop_are_those_of_the_crop():
    part = photo(60, 70)[10:40, 20:50]
    assert np.array_equal(np.asarray(opened(encode_png(part))), part)


def test_png_keeps_what_is_told_about_it():
    data = encode_png(photo(4, 4), chunks=[resolution_chunk((300, 150)), chunk(b"tEXt", b"Title\0Hill")])
    image = opened(data)
    assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)
    assert image.text == {"Title": "Hill"}


@calm
@given(arrays(np.uint8, st.tuples(sides, sides)))
def test_a_mask_goes_out_as_grayscale_png_of_black_and_white(coverage):
    encoded = encode_mask(coverage)
    image = opened(encoded.data)
    assert (encoded.media_type, image.format, image.mode) == ("image/png", "PNG", "L")
    assert np.array_equal(np.asarray(image), np.where(coverage >= 128, 255, 0))


@pytest.mark.parametrize("prefer", ["auto", "lossless"])
@pytest.mark.parametrize("opaque", [True, False])
def test_a_small_picture_goes_out_as_it_is(prefer, opaque):
    pixels = photo(90, 120)
    if not opaque:
        pixels = noise(90)
    encoded = encode_picture(pixels, max_bytes=10_000_000, prefer=prefer)
    assert encoded.lossless
    assert opened(encoded.data).mode == ("RGB" if opaque else "RGBA")
    assert np.array_equal(decode(encoded.data), pixels)


def test_fast_means_jpeg_without_colour_subsampling():
    pixels = photo(300, 300)
    encoded = encode_picture(pixels, max_bytes=10_000_000, prefer="fast")
    assert (encoded.media_type, encoded.how, encoded.lossless) == ("image/jpeg", "jpeg q95", False)
    image = opened(encoded.data)
    assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    assert np.abs(decode(encoded.data).astype(int) - pixels).mean() < 3


@pytest.mark.parametrize("make", [photo, lambda side, _: noise(side) | np.array([0, 0, 0, 255], np.uint8)])
@pytest.mark.parametrize("share", [0.9, 0.35, 0.12])
@pytest.mark.parametrize("prefer", ["auto", "lossless", "fast"])
def test_a_picture_stays_within_the_bytes_and_near_them(make, share, prefer):
    pixels = make(640, 640)
    best = len(encode_picture(pixels, max_bytes=10**8, prefer="fast").data)
    encoded = encode_picture(pixels, max_bytes=int(best * share), prefer=prefer)
    assert best * share * 0.6 <= len(encoded.data) <= best * share
    assert opened(encoded.data).size == (640, 640)


def test_a_painting_stays_lossless_when_its_raw_bytes_would_not_fit():
    pixels = painting(1200)
    encoded = encode_picture(pixels, max_bytes=400_000)
    assert encoded.lossless
    assert np.array_equal(decode(encoded.data), pixels)


def test_a_photograph_becomes_jpeg_when_its_raw_bytes_would_not_fit():
    assert encode_picture(photo(900, 900), max_bytes=2_000_000).how == "jpeg q95"


@pytest.mark.parametrize("prefer", ["auto", "fast"])
def test_alpha_survives_a_tight_limit(prefer):
    pixels = photo(500, 500)
    pixels[100:200, 100:200, 3] = 0
    pixels[200:300, 100:200, 3] = 90
    encoded = encode_picture(pixels, max_bytes=90_000, prefer=prefer)
    assert len(encoded.data) <= 90_000
    assert encoded.media_type == "image/webp"
    assert np.array_equal(decode(encoded.data)[..., 3], pixels[..., 3])


def test_noise_with_alpha_that_makes_the_encoder_give_up_still_fits():
    # Lossy WebP of large noise fails at high quality with "partition overflow"; the ladder goes on below.
    encoded = encode_picture(noise(1500), max_bytes=4_000_000)
    assert len(encoded.data) <= 4_000_000
    assert opened(encoded.data).size == (1500, 1500)


def test_what_cannot_fit_says_so_with_a_remedy():
    with pytest.raises(BadPicture, match=r"640 × 640 pixels does not fit into 0\.00 MB") as caught:
        encode_picture(photo(640, 640), max_bytes=900)
    assert "smaller" in caught.value.remedy


def test_a_picture_always_encodes_alike():
    pixels = photo(700, 700)
    assert encode_picture(pixels, max_bytes=200_000) == encode_picture(pixels, max_bytes=200_000)


def test_a_part_of_a_canvas_encodes_like_its_copy():
    canvas = photo(400, 500)
    part = canvas[50:350, 60:360]
    for prefer in ("auto", "fast"):
        assert encode_picture(part, max_bytes=10**7, prefer=prefer) == encode_picture(
            part.copy(), max_bytes=10**7, prefer=prefer
        )
