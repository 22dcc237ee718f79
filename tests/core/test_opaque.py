"""Alpha comes from the mode of a picture alone: what has no transparency is opaque, whatever was done to it before."""

import operator
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from recraft_core import Studio
from recraft_core.api.client import Client
from recraft_core.imaging.canvas import read_canvas
from recraft_core.imaging.decode import decode, to_pixels
from recraft_core.imaging.pixels import as_array
from recraft_core.imaging.readfile import read_coverage, read_picture
from recraft_core.operations import NoJournal
from recraft_core.shared.geometry import Size

NOISE = np.random.default_rng(4).integers(0, 256, (48, 40, 3), dtype=np.uint8)
UNUSED_BYTE_0 = np.dstack([NOISE, np.zeros((48, 40), np.uint8)])


def _after(image, change):
    image = image.copy()
    change(image)
    return image


def _pasted(image):
    return _after(Image.new("RGB", (60, 60)), lambda sheet: sheet.paste(image, (5, 5), image.convert("L")))


def _drawn(image):
    return _after(image, lambda one: ImageDraw.Draw(one).ellipse((3, 3, 20, 20), "red"))


def _draft(image):
    file = BytesIO()
    image.resize((256, 256)).save(file, "JPEG")
    small = Image.open(BytesIO(file.getvalue()))
    small.draft("RGB", (64, 64))
    return small


# What Pillow makes of an RGB picture. Many of these leave 0 or noise in the fourth byte, which nothing promises.
OPERATIONS = {
    "as it is": lambda image: image,
    "fourth byte 0": lambda _: Image.frombytes("RGB", (40, 48), UNUSED_BYTE_0.tobytes(), "raw", "RGBX"),
    "copy": lambda image: image.copy(),
    "crop beyond": lambda image: image.crop((-5, -5, 30, 60)),
    "resize": lambda image: image.resize((33, 27), Image.Resampling.BICUBIC),
    "resize nearest": lambda image: image.resize((33, 27), Image.Resampling.NEAREST),
    "reduce": lambda image: image.reduce(2),
    "point": lambda image: image.point(lambda value: value // 2),
    "rotate": lambda image: image.rotate(17, expand=True),
    "transpose": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "transform": lambda image: image.transform((30, 30), Image.Transform.AFFINE, (1, 0.1, 3, 0, 1, 4)),
    "merge": lambda image: Image.merge("RGB", image.split()),
    "convert": lambda image: image.convert("YCbCr").convert("RGB"),
    "matrix": lambda image: image.convert("RGB", (0.9, 0.1, 0, 0, 0, 1, 0, 0, 0.2, 0, 0.8, 0)),
    "palette": lambda image: image.quantize(16).convert("RGB"),
    "paste": _pasted,
    "invert": ImageOps.invert,
    "autocontrast": ImageOps.autocontrast,
    "posterize": partial(ImageOps.posterize, bits=3),
    "solarize": ImageOps.solarize,
    "equalize": ImageOps.equalize,
    "expand": partial(ImageOps.expand, border=3),
    "fit": lambda image: ImageOps.fit(image, (30, 30)),
    "pad": lambda image: ImageOps.pad(image, (64, 64)),
    "mirror": ImageOps.mirror,
    "exif": ImageOps.exif_transpose,
    "colorize": lambda image: ImageOps.colorize(image.convert("L"), "navy", "orange"),
    "sharpen": lambda image: image.filter(ImageFilter.SHARPEN),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "median": lambda image: image.filter(ImageFilter.MedianFilter(3)),
    "spread": lambda image: image.effect_spread(2),
    "enhance": lambda image: ImageEnhance.Contrast(image).enhance(1.4),
    "subtract": lambda image: ImageChops.subtract(image, image),
    "difference": lambda image: ImageChops.difference(image, ImageOps.invert(image)),
    "multiply": lambda image: ImageChops.multiply(image, image),
    "blend": lambda image: Image.blend(image, ImageOps.invert(image), 0.3),
    "composite": lambda image: Image.composite(image, ImageOps.invert(image), image.convert("L")),
    "drawn": _drawn,
    "profile": lambda image: ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    ),
    "new": lambda _: Image.new("RGB", (20, 20), (1, 2, 3)),
    "linear gradient": lambda _: Image.merge("RGB", [Image.linear_gradient("L")] * 3),
    "thumbnail": lambda image: _after(image, operator.methodcaller("thumbnail", (17, 17))),
    "putdata": lambda image: _after(image, lambda one: one.putpixel((1, 1), (0, 0, 0))),
    "draft": _draft,
}


def opaque_with(pixels, want):
    return np.array_equal(pixels[..., :3], want) and bool((pixels[..., 3] == 255).all())


@pytest.fixture(params=OPERATIONS)
def worked_on(request):
    """An RGB picture after an operation, and the colours Pillow itself shows of it."""
    image = OPERATIONS[request.param](Image.fromarray(NOISE))
    return image, np.asarray(image)


def test_every_door_shows_an_rgb_picture_opaque(worked_on):
    image, want = worked_on
    for door in (as_array, to_pixels, lambda one: read_picture(one).pixels, lambda one: read_canvas(one).source.pixels):
        assert opaque_with(door(image), want), door


def test_a_mask_is_its_brightness_whatever_the_unused_byte_holds(worked_on):
    image, _ = worked_on
    image.paste((255, 255, 255), (0, 0, 1, 1))  # or all of it may be far below white
    assert np.array_equal(read_coverage(image, Size(*image.size)), np.asarray(image.convert("L")))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "PPM", "TGA"])
def test_a_file_of_it_is_opaque_too(worked_on, kind):
    image, want = worked_on
    file = BytesIO()
    image.save(file, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    assert opaque_with(read_picture(file.getvalue()).pixels, want)
    if kind in {"PNG", "WEBP"}:
        assert opaque_with(decode(file.getvalue()), want)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "I", "I;16", "F"])
def test_every_mode_without_alpha_is_opaque(mode):
    image = Image.fromarray(NOISE)
    if mode == "LAB":
        image = ImageCms.profileToProfile(
            image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
    elif mode in {"I", "I;16", "F"}:
        image = image.convert("L").convert(mode)
    else:
        image = image.convert(mode)
    assert (read_picture(image).pixels[..., 3] == 255).all()


def test_an_array_of_a_mode_that_says_nothing_of_alpha_is_not_guessed():
    for mode in ("CMYK", "LA", "P", "I", "RGBa"):
        with pytest.raises(ValueError, match="pixel mode"):
            as_array(Image.new(mode, (3, 3)))


def test_a_result_on_a_worked_on_picture_is_opaque(engine, key):
    image = OPERATIONS["fourth byte 0"](None).resize((64, 64))
    mask = Image.new("L", image.size)
    mask.paste(255, (20, 20, 40, 40))
    studio = Studio(service=Client(key, engine.base_url), journal=NoJournal())
    pixels = studio.erase(image, mask=mask.convert("RGB").resize((64, 64))).pixels
    assert (pixels[..., 3] == 255).all()
    assert np.array_equal(pixels[:18, :, :3], np.asarray(image)[:18])
