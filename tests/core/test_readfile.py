"""Picture files as a viewer shows them: upright, in sRGB, eight bits, with the right alpha; and back to disk whole."""

import os
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageCms
from recraft_core.imaging.colour import is_srgb, srgb_profile
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import Source, read_coverage, read_picture, write_picture
from recraft_core.shared.errors import BadOption, BadPicture, StorageTrouble
from recraft_core.shared.geometry import Size

PIXELS = np.random.default_rng(9).integers(0, 256, (20, 30, 4), dtype=np.uint8)
SOLID = PIXELS | np.array([0, 0, 0, 255], np.uint8)


def as_file(image, kind="PNG", **how):
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def wide_profile():
    """An RGB profile whose red is far redder than that of sRGB; built by swapping the primaries' columns of sRGB."""
    icc = bytearray(srgb_profile())
    count = int.from_bytes(icc[128:132], "big")
    tags = {bytes(icc[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    icc[red + 4 : red + 12], icc[green + 4 : green + 12] = icc[green + 4 : green + 12], icc[red + 4 : red + 12]
    return bytes(icc)


# --- reading ---


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_lossless_file_is_read_to_the_byte(kind, tmp_path):
    path = tmp_path / "a.bin"  # the suffix says nothing, the content does
    how = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    Image.fromarray(PIXELS).save(path, kind, **how)
    for source in (path, str(path), path.read_bytes()):
        read = read_picture(source)
        assert np.array_equal(read.pixels, PIXELS)
        assert (read.mode, read.bits, read.format, read.size) == ("RGBA", 8, kind, (30, 20))


@pytest.mark.parametrize("kind", ["BMP", "GIF", "PPM", "TGA", "ICO"])
def test_further_kinds_are_read(kind):
    flat = Image.new("RGB", (32, 32), (10, 200, 30))
    assert read_picture(as_file(flat, kind)).pixels[5, 5].tolist() == [10, 200, 30, 255]


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_broken_exif_does_not_hide_the_picture(exif):
    assert np.array_equal(read_picture(as_file(Image.fromarray(SOLID), exif=exif)).pixels, SOLID)


def test_a_tiff_that_tells_no_resolution_has_none():
    assert read_picture(as_file(Image.fromarray(SOLID), "TIFF")).dpi is None


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_a_dark_picture_of_sixteen_bits_stays_dark(order):
    assert not read_picture(np.full((4, 4), 100, order)).pixels[..., :3].any()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_photograph_is_read_upright(orientation, kind):
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    # The inverse of what the tag tells viewers to do.
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = read_picture(as_file(stored, kind, exif=exif)).pixels
    assert pixels.shape == (32, 48, 4)
    assert pixels[8, 8, 1] < 90 < pixels[24, 40, 1]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA"])
def test_a_colour_profile_is_applied_and_alpha_kept(mode):
    image = Image.fromarray(PIXELS).convert(mode)
    plain = read_picture(as_file(image))
    profiled = read_picture(as_file(image, icc_profile=wide_profile()))
    assert profiled.icc == wide_profile()
    assert np.array_equal(profiled.pixels[..., 3], plain.pixels[..., 3])
    if mode.startswith("L"):  # a profile for RGB says nothing about gray
        assert np.array_equal(profiled.pixels, plain.pixels)
    else:
        assert np.abs(profiled.pixels.astype(int) - plain.pixels).max() > 50


def test_a_profile_of_srgb_changes_no_byte():
    assert is_srgb(srgb_profile())
    assert not is_srgb(wide_profile())
    image = Image.fromarray(SOLID)
    assert np.array_equal(read_picture(as_file(image, icc_profile=srgb_profile())).pixels, SOLID)


def test_a_broken_profile_is_ignored_as_viewers_do():
    data = as_file(Image.fromarray(SOLID), icc_profile=b"not a profile at all")
    assert np.array_equal(read_picture(data).pixels, SOLID)


@pytest.mark.parametrize("adobe", [True, False])
def test_print_colours_come_out_right_way_round(adobe):
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # magenta and yellow: red
    red = read_picture(as_file(ink, "JPEG" if adobe else "TIFF")).pixels[8, 8]
    assert red[0] > 200
    assert max(red[1:3]) < 60


def test_lab_files_are_understood():
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (8, 8), (200, 60, 40)),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert np.abs(read_picture(lab).pixels[0, 0].astype(int) - (200, 60, 40, 255)).max() <= 4


def test_one_bit_palette_and_transparency():
    bit = Image.new("1", (8, 8))
    bit.putpixel((3, 4), 1)
    read = read_picture(as_file(bit))
    assert (read.bits, read.mode) == (1, "1")
    assert read.pixels[4, 3].tolist() == [255] * 4
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 9, 8, 7])
    assert read_picture(as_file(palette)).pixels[0, 0].tolist() == [9, 8, 7, 255]
    assert read_picture(as_file(palette, transparency=1)).pixels[0, 0, 3] == 0
    assert read_picture(as_file(Image.new("RGB", (4, 4), (1, 2, 3)), transparency=(1, 2, 3))).pixels[0, 0, 3] == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_of_gray_become_eight(kind):
    deep = Image.fromarray((np.arange(256, dtype=np.uint16) * 257).reshape(16, 16))
    read = read_picture(as_file(deep, kind))
    assert read.bits == 16
    assert np.array_equal(read.pixels[..., 0].ravel(), np.arange(256))
    assert (read.pixels[..., 3] == 255).all()


def test_sixteen_bits_of_colour_become_eight():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
    row = chunk(b"IDAT", zlib.compress(struct.pack(">x6H", 0, 0x8000, 0xFFFF, 0x1234, 0x4000, 0xC0FF)))
    read = read_picture(b"\x89PNG\r\n\x1a\n" + header + row + chunk(b"IEND"))
    assert (read.mode, read.bits) == ("RGB", 16)
    assert read.pixels[0].tolist() == [[0, 0x80, 0xFF, 255], [0x12, 0x40, 0xC0, 255]]


def test_floating_point_gray_runs_to_one():
    ramp = Image.fromarray(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16))
    read = read_picture(as_file(ramp, "TIFF"))
    assert read.bits == 32
    assert np.array_equal(read.pixels[..., 1].ravel(), np.arange(256))


@pytest.mark.parametrize(
    ("array", "pixel"),
    [
        (np.full((2, 3), 7, np.uint8), [7, 7, 7, 255]),
        (np.full((2, 3, 1), 7, np.uint8), [7, 7, 7, 255]),
        (np.full((2, 3, 3), 7, np.uint8), [7, 7, 7, 255]),
        (np.full((2, 3, 4), 7, np.uint8), [7, 7, 7, 7]),
        (np.full((2, 3, 4), 257 * 9, np.uint16), [9, 9, 9, 9]),
        (np.full((2, 3, 3), 0.5, np.float64), [128, 128, 128, 255]),
        (np.ones((2, 3), bool), [255, 255, 255, 255]),
    ],
)
def test_arrays_of_many_shapes_and_types(array, pixel):
    read = read_picture(array)
    assert read.pixels.shape == (2, 3, 4)
    assert read.pixels[1, 2].tolist() == pixel
    assert read.format == ""


@pytest.mark.parametrize("shape", [(), (4,), (4, 4, 2), (4, 4, 5), (0, 4), (2, 2, 2, 3)])
def test_arrays_that_are_no_pictures(shape):
    with pytest.raises(BadPicture, match="is no picture"):
        read_picture(np.zeros(shape, np.uint8))
    with pytest.raises(BadPicture, match="is no picture"):
        read_picture(np.zeros((2, 2), complex))


def test_the_callers_own_image_is_left_alone():
    image = Image.fromarray(PIXELS)
    image.getexif()[0x0112] = 6
    read_picture(image)
    assert image.size == (30, 20)


def test_what_cannot_be_read_says_what_to_do(tmp_path):
    with pytest.raises(StorageTrouble, match=r"There is no file .*gone\.png"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(StorageTrouble, match="is a folder" if os.name == "posix" else "cannot be read"):
        read_picture(tmp_path)
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(BadPicture, match=r"notes\.png is not a kind of picture that can be opened") as caught:
        read_picture(tmp_path / "notes.png")
    assert "PNG" in caught.value.remedy
    (tmp_path / "notes.png").write_bytes(b"")
    with pytest.raises(BadPicture, match=r"notes\.png is empty"):
        read_picture(tmp_path / "notes.png")
    with pytest.raises(BadPicture, match="SVG drawing"):
        read_picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_what_is_lost_of_an_animation_is_told(tmp_path):
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(tmp_path / "moving.webp", save_all=True, append_images=[second], lossless=True)
    source = read_picture(tmp_path / "moving.webp")
    assert source.frames == 2
    assert "holds 2 pictures" in write_picture(tmp_path / "still.webp", source.pixels, like=source)
    assert tuple(read_picture(tmp_path / "still.webp").pixels[0, 0]) == (255, 0, 0, 255)


def test_postscript_is_not_handed_to_another_program():
    with pytest.raises(BadPicture):
        read_picture(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")


# --- masks ---


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16"])
def test_white_is_selected_in_every_kind_of_mask(mode):
    mask = Image.new("L", (10, 8))
    mask.paste(255, (2, 3, 5, 6))
    deep = Image.fromarray(np.asarray(mask).astype(np.uint16) * 257)
    coverage = read_coverage(as_file(deep if mode == "I;16" else mask.convert(mode)), Size(10, 8))
    assert (coverage.shape, coverage.dtype) == ((8, 10), np.uint8)
    assert coverage[3:6, 2:5].tolist() == [[255] * 3] * 3
    assert coverage.sum() == 9 * 255


def test_selected_is_brightness_times_alpha():
    mask = np.zeros((8, 10, 4), np.uint8)
    mask[2, 3] = (255, 255, 255, 200)  # white paint on a clear layer
    mask[2, 4] = (100, 100, 100, 255)
    mask[2, 5] = (100, 100, 100, 51)
    mask[2, 6] = (0, 0, 0, 255)
    assert read_coverage(mask, Size(10, 8))[2, 2:7].tolist() == [0, 200, 100, 20, 0]
    mask[..., 3] = 255
    assert read_coverage(mask, Size(10, 8))[2, 2:7].tolist() == [0, 255, 100, 100, 0]


def test_masks_of_zero_and_one():
    for kind in (bool, np.uint8, np.int64, np.float32):
        mask = np.zeros((8, 10), kind)
        mask[2, 3] = 1
        assert read_coverage(mask, Size(10, 8))[2, 3] == 255


def test_gray_values_of_a_mask_stay_what_they_are():
    coverage = np.arange(80, dtype=np.uint8).reshape(8, 10) * 3
    assert np.array_equal(read_coverage(as_file(Image.fromarray(coverage)), Size(10, 8)), coverage)


def test_a_mask_of_the_wrong_size_names_both():
    with pytest.raises(BadPicture, match="mask is 10 × 8 pixels, but the picture is 640 × 480") as caught:
        read_coverage(np.zeros((8, 10), np.uint8), Size(640, 480))
    assert "scale it" in caught.value.remedy


# --- writing ---


@settings(deadline=None, max_examples=15)
@given(
    st.sampled_from(["png", "webp", "tif", "TIFF"]),
    st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(lambda shape: arrays(np.uint8, (*shape, 4))),
)
def test_what_is_written_can_be_read_back(tmp_path_factory, suffix, pixels):
    path = tmp_path_factory.mktemp("out") / f"a.{suffix}"
    assert write_picture(path, pixels) == ""
    assert np.array_equal(read_picture(path).pixels, pixels)


def test_jpeg_goes_on_white_and_says_so(tmp_path):
    clear = np.zeros((16, 16, 4), np.uint8)
    assert "white" in write_picture(tmp_path / "a.jpg", clear)
    assert read_picture(tmp_path / "a.jpg").pixels[8, 8].tolist() == [255] * 4
    assert write_picture(tmp_path / "b.jpeg", SOLID) == ""


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_resolution_is_kept(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    write_picture(path, SOLID, like=Source(SOLID, dpi=(300.0, 300.0)))
    assert read_picture(path).dpi == pytest.approx((300, 300), abs=0.5)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_profiles_on_the_way_out(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    write_picture(path, SOLID, like=Source(SOLID))
    assert read_picture(path).icc is None
    write_picture(path, SOLID, like=Source(SOLID, icc=srgb_profile()))
    assert read_picture(path).icc == srgb_profile()
    note = write_picture(path, SOLID, like=Source(SOLID, icc=wide_profile(), bits=16))
    assert is_srgb(read_picture(path).icc)
    assert "sRGB" in note
    assert "16" in note


def test_an_opaque_picture_has_no_alpha_in_the_file(tmp_path):
    for suffix in ("png", "webp", "tif"):
        write_picture(tmp_path / f"a.{suffix}", SOLID)
        with Image.open(tmp_path / f"a.{suffix}") as image:
            assert image.mode == "RGB"


@pytest.mark.parametrize("name", ["a", "a.bmp", "a.svg", ".png"])
def test_a_suffix_that_says_nothing_is_refused(tmp_path, name):
    with pytest.raises(BadOption, match="does not say what kind") as caught:
        write_picture(tmp_path / name, SOLID)
    assert caught.value.option == "out"
    assert ".png" in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.webp"
    write_picture(path, SOLID)
    before = path.read_bytes()
    with pytest.raises(BadPicture, match="cannot be written as WEBP"):
        write_picture(path, np.zeros((1, 17_000, 4), np.uint8))  # WebP ends at 16383
    assert path.read_bytes() == before
    with pytest.raises(StorageTrouble, match="cannot be written"):
        write_picture(tmp_path / "no" / "folder" / "a.png", SOLID)
    assert [each.name for each in tmp_path.iterdir()] == ["a.webp"]


@pytest.mark.skipif(os.name == "nt", reason="links and modes of Unix")
def test_a_link_stays_a_link_and_the_mode_stays(tmp_path):
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    write_picture(real, SOLID)
    real.chmod(0o640)
    link.symlink_to(real)
    write_picture(link, SOLID[:5])
    assert link.is_symlink()
    assert read_picture(real).size == (30, 5)
    assert real.stat().st_mode & 0o777 == 0o640
