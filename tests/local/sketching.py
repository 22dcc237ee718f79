"""Drawings as the tests of the sketcher ask for them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from recraft_local import sketch
from recraft_local.sketch import scene

BOAT = "a red boat on a blue lake at sunset"
FLAT = "Vector art"  # a style without paper grain: plain colours can be compared


def pixels(prompt=BOAT, size=(160, 160), **options):
    asked = {"style": FLAT, "seed": 7, "vector": False, **options}
    return sketch.generate(prompt, width=size[0], height=size[1], **asked).pixels


def svg(prompt=BOAT, size=(1024, 1024), **options):
    asked = {"style": FLAT, "seed": 7, "vector": True, **options}
    return sketch.generate(prompt, width=size[0], height=size[1], **asked).svg


def seen(prompt, **options):
    asked = {"style": None, "vector": False, "layout_seed": "1", "palette_seed": "1", **options}
    return scene.read(prompt, **asked)


def unmarked(picture):
    """The picture without its lowest fifth, where the mark is."""
    return picture[: picture.shape[0] * 4 // 5].astype(int)


def apart(a, b):
    return float(np.abs(unmarked(a) - unmarked(b)).mean())


def patches(mask, *, least):
    """How many separate areas of at least so many pixels a mask has."""
    sheet = Image.fromarray(mask.astype(np.uint8))
    found = 0
    for x, y in np.argwhere(mask.T):
        if sheet.getpixel((int(x), int(y))) == 1:
            ImageDraw.floodfill(sheet, (int(x), int(y)), 2)
            found += int((np.asarray(sheet) == 2).sum()) >= least
            sheet = sheet.point([0, 1, 0, *range(3, 256)])
    return found
