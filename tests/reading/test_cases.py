"""Files of the kinds that people reported elsewhere, each with its right value. `cases/` was made for these tests."""

import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features
from recraft_core.imaging import jxlfacts
from recraft_core.imaging.decode import decode
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import read_coverage, read_mask, read_picture
from recraft_core.imaging.spaces import of_profile
from recraft_core.shared.errors import BadOption, BadPicture, StorageTrouble
from recraft_core.shared.geometry import Size

CASES = Path(__file__).parent / "cases"
SIZE = Size(96, 64)


def colours(name):
    with Image.open(CASES / name) as image:
        return np.asarray(image.convert("RGB")).astype(int)


TRUTH = colours("truth.png")
GREY = np.asarray(Image.open(CASES / "truth.png").convert("L")).astype(int)


def apart(pixels, wanted):
    """Largest and mean difference of the colours in levels."""
    wanted = wanted if wanted.ndim == 3 else wanted[..., None]
    difference = np.abs(pixels[..., :3].astype(int) - wanted)
    return difference.max(), difference.mean()


def opaque(pixels):
    return bool((pixels[..., 3] == 255).all())


@pytest.mark.parametrize("name", ["rgb.psd", "planar8.tif", "rgb-float.tif", "truth.png"])
def test_colour_is_exact_and_opaque(name):
    read = read_picture(CASES / name)
    assert opaque(read.pixels)
    assert apart(read.pixels, TRUTH)[0] == 0
    assert read.notes == ()


def test_print_colours_with_a_profile():
    read = read_picture(CASES / "cmyk-icc.jpg")
    assert opaque(read.pixels)
    assert apart(read.pixels, TRUTH)[1] < 4


def test_grey_with_a_profile():
    read = read_picture(CASES / "gray-icc.png")
    assert opaque(read.pixels)
    assert apart(read.pixels, GREY)[0] <= 8  # gamma 2.2, not the curve of sRGB: apart in the shadows


def test_min_is_white_with_sixteen_bits():
    assert apart(read_picture(CASES / "miniswhite16.tif").pixels, GREY)[0] == 0


def test_a_transparent_grey_of_sixteen_bits():
    with Image.open(CASES / "gray16-trns.png") as image:
        numbers, key = np.asarray(image).astype(int), image.info["transparency"]
    pixels = read_picture(CASES / "gray16-trns.png").pixels
    assert np.array_equal(pixels[..., 3] == 0, numbers == key)
    assert (pixels[..., 3] == 0).any()
    assert apart(pixels, GREY)[0] == 0


def test_linear_light_of_a_png_is_shown_as_light():
    with Image.open(CASES / "gama-linear16.png") as image:
        dark = np.asarray(image).mean()
    read = read_picture(CASES / "gama-linear16.png")
    assert dark < 90
    assert 120 < read.pixels[..., :3].mean() < 130
    assert "gamma" in read.notes[0]


def test_a_jpeg_without_its_end_is_read_and_told():
    data = (CASES / "no-eoi.jpg").read_bytes()
    whole = np.asarray(Image.open(BytesIO(data + b"\xff\xd9")))
    for cut in (data, data + b"\xff"):
        read = read_picture(cut)
        assert np.array_equal(read.pixels[..., :3], whole)
        assert "end mark" in read.notes[0]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
def test_a_jpeg_with_rows_missing_is_refused(share, progressive):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (96, 96, 3), dtype=np.uint8))
    out = BytesIO()
    noise.save(out, "JPEG", progressive=progressive)
    data = out.getvalue()
    with pytest.raises(BadPicture, match="damaged or cut short"):
        read_picture(data[: int(len(data) * share)])


@pytest.mark.parametrize(("name", "told"), [("rgb.heic", "HEIC"), ("rgb.jxl", "JPEG XL")])
def test_kinds_that_need_one_package_more(name, told):
    package = {"rgb.heic": "pillow_heif", "rgb.jxl": "pillow_jxl"}[name]
    try:
        __import__(package)
    except ImportError:
        with pytest.raises(BadPicture, match=told) as caught:
            read_picture(CASES / name)
        assert "pip install" in caught.value.remedy
        assert "damaged" not in caught.value.what
    else:
        read = read_picture(CASES / name)
        assert opaque(read.pixels)
        assert apart(read.pixels, TRUTH)[1] < 4


# Of libjxl: three pictures of 40 × 30, red, green and blue, without loss; and a still one.
MOVING = bytes.fromhex(
    "ff0ae83041130088090804010044004b188b15805dfcff00222fe10080b5883f0804010044004b188b15805dfcff004e5dda008078963f"
    "0804050044004b188b15805dfcff00625dda008078963f"
)
STILL = bytes.fromhex("ff0ae8b00100138802000c01b59f200000152aa38c1bbc9cebf9f24387c5b48deb0c6db56d610963")


def boxed(stream, name):
    """In a file of boxes, behind one that is longer than what is looked at first."""
    boxes = [(b"JXL ", b"\r\n\x87\n"), (b"ftyp", b"jxl \0\0\0\0jxl "), (b"Exif", bytes(9000)), (name, stream)]
    return b"".join(struct.pack(">I", 8 + len(data)) + kind + data for kind, data in boxes)


@pytest.mark.parametrize("data", [MOVING, boxed(MOVING, b"jxlc"), boxed(bytes(4) + MOVING, b"jxlp")], ids=["bare", "boxed", "parts"])
def test_an_animation_in_jpeg_xl_is_told_for_its_reader_gives_the_last_picture(data):
    with pytest.raises(BadPicture, match="is an animation in JPEG XL") as caught:
        read_picture(data)
    assert caught.value.remedy == "Take a picture out of it and use that."


@pytest.mark.parametrize("data", [STILL, boxed(STILL, b"jxlc"), MOVING[:3], MOVING[:2], boxed(MOVING, b"jxlc")[:9000], b"", bytes(300)])
def test_anything_else_in_jpeg_xl_is_no_animation(data):
    assert not jxlfacts.is_animation(BytesIO(data))


@pytest.mark.skipif(not features.check("avif"), reason="Pillow without AVIF")
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_kind_that_can_be_opened_and_is_cut_short_needs_no_package(share):
    out = BytesIO()
    Image.effect_noise((60, 60), 80).convert("RGB").save(out, "AVIF")
    with pytest.raises(BadPicture, match="is an AVIF picture, and is damaged or cut short") as caught:
        read_picture(out.getvalue()[: int(len(out.getvalue()) * share)])
    assert caught.value.remedy == "Copy or download it again."


# --- masks ---


@pytest.fixture(scope="module")
def picture():
    return read_picture(CASES / "truth.png").pixels


def test_white_and_opaque_is_selected(picture):
    middle = read_coverage(CASES / "mask.png", SIZE)
    assert np.count_nonzero(middle) == 256
    corner = read_mask(CASES / "mask-bw-corner-clear.png", SIZE, picture=picture)
    assert np.array_equal(corner.coverage, middle)
    assert corner.notes == ()


def test_a_mask_after_openai_is_told_and_read_with_the_option(picture):
    told = read_mask(CASES / "mask-openai.png", SIZE, picture=picture)
    assert "--transparent-mask" in told.notes[0]
    meant = read_mask(CASES / "mask-openai.png", SIZE, picture=picture, transparent=True)
    assert np.array_equal(meant.coverage, read_coverage(CASES / "mask.png", SIZE))
    assert meant.notes == ()


def test_the_picture_as_its_own_mask_is_told(picture):
    assert "the picture itself" in read_mask(CASES / "truth.png", SIZE, picture=picture).notes[0]


@pytest.mark.parametrize("colour", [255, 0, 90])
def test_a_mask_that_selects_nearly_all_by_alpha_alone_is_told(picture, colour):
    mask = np.full((64, 96, 4), colour, np.uint8)
    mask[..., 3] = 255
    mask[20:24, 20:24, 3] = 0
    assert "--transparent-mask" in " ".join(read_mask(mask, SIZE, picture=picture).notes) or colour == 90


def test_inverted(picture):
    middle = read_coverage(CASES / "mask.png", SIZE)
    assert np.array_equal(read_mask(CASES / "mask.png", SIZE, invert=True, picture=picture).coverage, 255 - middle)
    assert np.array_equal(
        read_mask(CASES / "mask-openai.png", SIZE, transparent=True, invert=True).coverage, 255 - middle
    )


def test_a_huge_mask_is_refused_by_its_header():
    code = f"""
import resource
from recraft_core.imaging.readfile import read_coverage
from recraft_core.shared.errors import BadPicture
from recraft_core.shared.geometry import Size
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_coverage({str(CASES / "huge-mask-19000.png")!r}, Size(64, 64))
except BadPicture as told:
    assert "19000 × 19000" in told.what
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert int(done.stdout) < 20_000  # kilobytes


# --- PNG ---


def png(width, height, bits, colour, rows, **chunks):
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    between = b"".join(chunk(name.encode(), data) for name, data in chunks.items())
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + between + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND")
    )


def test_missing_rows_are_refused_by_both_doors():
    data = (CASES / "rows-missing-1024.png").read_bytes()
    for door in (read_picture, decode, lambda one: read_coverage(one, Size(1024, 1024))):
        with pytest.raises(BadPicture, match="100 of 1024 rows"):
            door(data)


@pytest.mark.parametrize(
    ("colour", "bits", "length"), [(0, 1, 1), (0, 8, 4), (2, 8, 12), (6, 16, 32), (4, 8, 8), (3, 4, 2)]
)
def test_missing_rows_of_every_kind_of_png(colour, bits, length):
    palette = {"PLTE": bytes(48)} if colour == 3 else {}
    row = b"\0" + b"\x81" * length
    assert read_picture(png(4, 6, bits, colour, row * 6, **palette)).size == (4, 6)
    black = b"\0" + bytes(length)
    assert read_picture(png(4, 6, bits, colour, black * 6, **palette)).size == (4, 6)
    for rows in (row * 5, black * 5, row, b""):
        with pytest.raises(BadPicture):
            read_picture(png(4, 6, bits, colour, rows, **palette))


@pytest.mark.parametrize(("bits", "row"), [(1, b"\x40"), (2, b"\x1b"), (4, b"\x05\xaf"), (8, b"\0\x05\xaa\xff")])
def test_a_transparent_grey_of_every_depth(bits, row):
    numbers = {1: [0, 1, 0, 0], 2: [0, 1, 2, 3], 4: [0, 5, 10, 15], 8: [0, 5, 170, 255]}[bits]
    key = numbers[1]
    pixels = read_picture(png(4, 1, bits, 0, b"\0" + row, tRNS=struct.pack(">H", key))).pixels[0]
    assert pixels[:, 3].tolist() == [0 if number == key else 255 for number in numbers]
    top = (1 << bits) - 1
    assert pixels[:, 0].tolist() == [number * 255 // top for number in numbers]


def test_a_transparent_colour_of_sixteen_bits_is_one_of_65536():
    row = struct.pack(">12H", 0x1234, 0x5678, 0x9ABC, 0x1235, 0x5678, 0x9ABC, 0x1234, 0x5678, 0x9ABD, 0, 0, 0)
    key = struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)
    pixels = read_picture(png(4, 1, 16, 2, b"\0" + row, tRNS=key)).pixels[0]
    assert pixels[:, 3].tolist() == [0, 255, 255, 255]


# Colour statements of a PNG and what the number 128 of red, green and blue becomes. Reckoned by hand from the
# specification: precedence cICP, iCCP, sRGB, then gAMA and cHRM.
GAMMA_1, GAMMA_22, SRGB = struct.pack(">I", 100000), struct.pack(">I", 45455), b"\0"
SAME = 128
LINEAR = 188  # 128 / 255 of light, encoded
STATED = [
    ({}, SAME),
    ({"gAMA": GAMMA_22}, SAME),
    ({"gAMA": GAMMA_1}, LINEAR),
    ({"gAMA": GAMMA_1, "sRGB": SRGB}, SAME),
    ({"gAMA": GAMMA_22, "cICP": bytes((1, 8, 0, 1))}, LINEAR),
    ({"sRGB": SRGB, "cICP": bytes((1, 8, 0, 1))}, LINEAR),
    ({"gAMA": GAMMA_1, "cICP": bytes((1, 13, 0, 1))}, SAME),
]


@pytest.mark.parametrize(("chunks", "wanted"), STATED)
@pytest.mark.parametrize(("colour", "bits"), [(0, 8), (2, 8), (6, 8), (0, 16), (2, 16), (4, 16)])
def test_what_a_png_says_of_its_colours_counts_by_its_order(chunks, wanted, colour, bits):
    number = b"\x80" * (bits // 8)
    row = b"\0" + number * {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    if "cICP" in chunks and chunks["cICP"][1] == 13:
        chunks = {"cICP": chunks["cICP"], "gAMA": chunks["gAMA"]}
    pixel = read_picture(png(1, 1, bits, colour, row, **chunks)).pixels[0, 0]
    assert np.abs(pixel[:3].astype(int) - wanted).max() <= 1


def test_a_profile_comes_before_gamma_and_after_cicp():
    wide = zlib.compress(linear_profile())
    profile = b"linear\0\0" + wide
    row = b"\0" + b"\x80\x80\x80"
    assert read_picture(png(1, 1, 8, 2, row, iCCP=profile, gAMA=GAMMA_22)).pixels[0, 0, 0] == pytest.approx(
        LINEAR, abs=1
    )
    assert read_picture(png(1, 1, 8, 2, row, iCCP=profile, cICP=bytes((1, 13, 0, 1)))).pixels[0, 0, 0] == SAME


def linear_profile():
    """sRGB's profile with curves that are a straight line."""
    icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(icc[128:132], "big")
    for at in range(132, 132 + 12 * count, 12):
        if icc[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            icc[at + 4 : at + 12] = struct.pack(">II", len(icc), 12)
    icc += b"curv" + bytes(8)
    icc[:4] = struct.pack(">I", len(icc))
    return bytes(icc)


def test_primaries_are_brought_to_srgb():
    display_p3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    row = b"\0" + bytes((200, 100, 50))
    pixel = read_picture(png(1, 1, 8, 2, row, gAMA=GAMMA_22, cHRM=display_p3)).pixels[0, 0]
    named = read_picture(png(1, 1, 8, 2, row, cICP=bytes((12, 13, 0, 1)))).pixels[0, 0]
    assert np.abs(pixel.astype(int) - (215, 93, 31, 255)).max() <= 1  # by the matrix of CSS Color 4
    assert np.array_equal(pixel, named)


def test_our_curves_and_matrices_agree_with_the_colour_engine():
    icc = linear_profile()
    space = of_profile(icc)
    steps = np.linspace(0, 255, 6).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(36, 6, 3)
    ours = space.shown(cube.astype(np.uint16) * 257)
    image = Image.fromarray(np.ascontiguousarray(cube))
    theirs = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(BytesIO(icc)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert np.abs(ours.astype(int) - np.asarray(theirs)).max() <= 1


# --- what a picture may be ---


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, BytesIO, "file", "path", "text path"])
def test_every_door_for_bytes(kind, tmp_path):
    data = (CASES / "truth.png").read_bytes()
    if kind == "file":
        with (CASES / "truth.png").open("rb") as file:
            file.read(7)  # as Pillow has it: from the beginning, wherever it stands
            read = read_picture(file)
    else:
        source = {"path": CASES / "truth.png", "text path": str(CASES / "truth.png")}.get(kind)
        read = read_picture(source or kind(data))
    assert apart(read.pixels, TRUTH)[0] == 0


@pytest.mark.parametrize("source", [None, 7, [1, 2], {"a": 1}, object()])
def test_anything_else_is_told_what_a_picture_may_be(source):
    with pytest.raises(BadOption, match="A picture may be a path, bytes"):
        read_picture(source)


def test_files_that_cannot_be_read():
    with (CASES / "truth.png").open(encoding="latin-1") as text, pytest.raises(BadOption, match="opened as text"):
        read_picture(text)
    closed = BytesIO(b"x")
    closed.close()
    with pytest.raises(StorageTrouble, match="open file"):
        read_picture(closed)
    for name in ("a\0b.png", "x" * 5000):
        with pytest.raises(StorageTrouble):
            read_picture(name)


@pytest.mark.parametrize("array", [
    np.full((2, 3, 3), 1.2), np.full((2, 3, 3), 255.0), np.full((2, 3), -0.1), np.full((2, 3), np.nan),
    np.full((2, 3), np.inf), np.full((2, 3), 256, np.int32), np.full((2, 3), -1, np.int8), np.full((2, 3), 70000, np.uint64),
])  # fmt: skip
def test_arrays_beyond_their_range_are_refused_by_name(array):
    with pytest.raises(BadPicture, match=str(array.dtype)):
        read_picture(array)


@pytest.mark.parametrize(
    "kind", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", ">u2", ">i4", "f2", "f4", "f8", ">f4", "g"]
)
@pytest.mark.parametrize("layout", ["plain", "fortran", "reversed", "strided"])
def test_arrays_of_every_type_and_layout(kind, layout):
    numbers = np.arange(5 * 4 * 3).reshape(5, 4, 3) * 2
    scale = {"u2": 257, "f2": 1 / 255, "f4": 1 / 255, "f8": 1 / 255, "g": 1 / 255}.get(kind.strip(">"), 1)
    array = (numbers * scale).astype(kind)
    if layout == "fortran":
        array = np.asfortranarray(array)
    elif layout == "reversed":
        array = np.ascontiguousarray(array[::-1, ::-1, ::-1])[::-1, ::-1, ::-1]
    elif layout == "strided":
        wide = np.zeros((10, 8, 6), array.dtype)
        wide[::2, ::2, ::2] = array
        array = wide[::2, ::2, ::2]
    assert np.array_equal(read_picture(array).pixels[..., :3], numbers)
    assert opaque(read_picture(array).pixels)


def test_a_large_photoshop_file_is_called_one():
    with pytest.raises(BadPicture, match=r"is a large Photoshop file \(PSB\), which is not opened here"):
        read_picture(b"8BPS\0\2" + bytes(200))
    with pytest.raises(BadPicture, match="is a Photoshop file of an uncommon kind, which is not opened here") as deep:
        read_picture(b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 32, 3) + bytes(2000))
    assert "8 bits" in deep.value.remedy


@pytest.mark.parametrize(("kind", "told"), [("application/x-krita", "a Krita document"), ("image/openraster", "OpenRaster")])
def test_documents_in_a_zip_are_called_by_their_name(kind, told):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", kind)
        packed.writestr("mergedimage.png", b"")
    with pytest.raises(BadPicture, match=told) as caught:
        read_picture(out.getvalue())
    assert "xport it" in caught.value.remedy


def test_a_pcx_that_is_whole_but_of_an_odd_depth_is_not_called_damaged():
    """Four bits in one plane, as GIMP writes sixteen colours."""
    head = struct.pack("<4B6H48sBBHH58x", 10, 5, 1, 4, 0, 0, 7, 7, 300, 300, bytes(range(48)), 0, 1, 4, 1)
    with pytest.raises(BadPicture, match="of a kind that is not opened"):
        read_picture(head + bytes(32))
