"""Small pictures for requests, by name, made once."""

from __future__ import annotations

import base64
import functools
import io
import struct
import zlib

import numpy as np
from PIL import Image

SIDE = 256
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256">'
    b'<path d="M0 0H256V256H0z" fill="#8ac"/><circle cx="100" cy="100" r="30" fill="#c33"/>'
    b'<rect x="160" y="160" width="60" height="40" fill="#3a5"/></svg>'
)


def encoded(pixels, form="PNG", **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


def photo(width=SIDE, height=SIDE):
    """Soft colours with some texture, (height, width, 3) uint8."""
    noise = np.random.default_rng(5).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def flat():
    """A drawing of three colours: quick to trace."""
    pixels = np.full((SIDE, SIDE, 3), (120, 170, 210), np.uint8)
    pixels[SIDE // 2 :] = (90, 140, 80)
    pixels[60:140, 80:170] = (200, 60, 40)
    return pixels


def mask(width=SIDE, height=SIDE, box=(100, 90, 140, 130)):
    """White in the box (left, top, right, bottom), else black."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    return pixels


def hollow_png(width, height):
    """A PNG whose head claims a size and whose body is nearly empty."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def grey_soft():
    pixels = mask()
    pixels[100, 100:103] = 128
    return pixels


def transparent():
    pixels = np.dstack([photo(), np.full((SIDE, SIDE), 255, np.uint8)])
    pixels[:40, :, 3] = 0
    return pixels


def svg_with(inner, head='width="256" height="256"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{inner}</svg>'.encode()


def svg_with_picture(data):
    return svg_with(f'<image width="256" height="256" href="data:image/png;base64,{base64.b64encode(data).decode()}"/>')


def svg_that_repeats():
    """Ten of ten of ten …: a thousand million rectangles from a few lines."""
    tens = "".join(f'<g id="a{level}">{f"""<use href="#a{level - 1}"/>""" * 10}</g>' for level in range(1, 10))
    return svg_with(f'<defs><rect id="a0" width="5" height="5"/>{tens}</defs><use href="#a9"/>')


MAKERS = {
    "photo": lambda: encoded(photo()),
    "flat": lambda: encoded(flat()),
    "photo.jpg": lambda: encoded(photo(), "JPEG"),
    "photo.webp": lambda: encoded(photo(), "WEBP", lossless=True),
    "cutout": lambda: encoded(transparent()),
    "glass": lambda: encoded(np.full((SIDE, SIDE, 4), (60, 40, 30, 120), np.uint8)),
    "mask": lambda: encoded(mask()),
    "mask.webp": lambda: encoded(np.dstack([mask()] * 3), "WEBP", lossless=True),
    "mask-1bit": lambda: encoded(mask() > 0),
    "mask-colour": lambda: encoded(np.dstack([mask()] * 3)),
    "mask-alpha": lambda: encoded(np.dstack([mask(), np.full_like(mask(), 255)])),
    "mask-soft": lambda: encoded(grey_soft()),
    "mask-jpeg": lambda: encoded(mask(), "JPEG", quality=60),
    "mask-larger": lambda: encoded(mask(257, SIDE)),
    "tiny": lambda: encoded(photo(255, 300)),
    "31px": lambda: encoded(photo(31, 64)),
    "32px": lambda: encoded(photo(32, 32)),
    "4097px": lambda: hollow_png(4097, 256),
    "over-16-mp": lambda: hollow_png(4001, 4000),
    "bomb": lambda: hollow_png(60_000, 60_000),
    "over-10-mb": lambda: encoded(photo()) + bytes(10 * 1024 * 1024),
    "half": lambda: encoded(photo())[:3000],
    "gif": lambda: encoded(photo()[..., 0], "GIF"),
    "empty": lambda: b"",
    "text": lambda: b"not a picture at all",
    "svg": lambda: SVG,
    "svg-small": lambda: svg_with('<circle cx="5" cy="5" r="4"/>', 'width="10" height="20"'),
    "svg-large": lambda: svg_with("", 'width="4097" height="100"'),
    "svg-sizeless": lambda: svg_with("", head=""),
    "svg-script": lambda: svg_with("<script>1</script>"),
    "svg-event": lambda: svg_with('<rect onclick="x()"/>'),
    "svg-outside": lambda: svg_with('<image href="/etc/hostname"/>'),
    "svg-style": lambda: svg_with('<rect style="fill:url(http://example.org/a)"/>'),
    "svg-import": lambda: svg_with("<style>@import 'a.css'</style>"),
    "svg-entity": lambda: b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg_with("&a;"),
    "svg-foreign": lambda: svg_with("<foreignObject/>"),
    "svg-bomb": lambda: svg_with_picture(hollow_png(60_000, 60_000)),
    "svg-picture": lambda: svg_with_picture(encoded(photo())),
    "svg-laughs": svg_that_repeats,
    "svg-broken": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9"',
    "html": lambda: b'<?xml version="1.0"?><html/>',
    "2-mb": lambda: encoded(photo()) + bytes(2 * 1024 * 1024),
}


@functools.cache
def sample(name):
    """The bytes of a sample."""
    return MAKERS[name]()
