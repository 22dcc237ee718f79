"""The table of files: what is written, by which program."""

from __future__ import annotations

from itertools import product

from writers import Row

_MAGICK = ("convert", "{in}")
# Container -> modes that ImageMagick writes in it.
_CONTAINERS = {
    "png": ("gray", "graya", "rgb", "rgba"),
    "tif": ("gray", "graya", "rgb", "rgba"),
    "psd": ("gray", "rgb", "rgba"),
    "webp": ("rgb", "rgba"),
    "jpg": ("gray", "rgb"),
    "bmp": ("gray", "rgb", "rgba"),
    "tga": ("gray", "rgb", "rgba"),
    "gif": ("gray", "rgb"),
    "sgi": ("gray", "rgb", "rgba"),
    "pcx": ("gray", "rgb"),
    "ppm": ("gray", "rgb"),
    "dds": ("rgb", "rgba"),
    "jp2": ("gray", "rgb"),
}
_LOSSY = {"jpg": 9, "gif": 40, "dds": 40, "avif": 12, "heic": 12}
_EXACT = {"webp": ("-define", "webp:lossless=true"), "jpg": ("-quality", "98", "-sampling-factor", "1x1"), "dds": ("-define", "dds:compression=none"), "jp2": ("-quality", "0")}  # fmt: skip


def rows() -> list[Row]:
    """Every row."""
    return [*_magick(), *_magick_more(), *_vips(), *_ffmpeg(), *_tifffile()]


def _magick() -> list[Row]:
    found = []
    for container, modes in _CONTAINERS.items():
        for mode in modes:
            depths = ("8", "16") if container in {"png", "tif", "ppm", "sgi"} else ("8",)
            profiles = ("", "srgb", *(("gray22",) if mode.startswith("gray") else ("wide", "large")))
            for depth, icc in product(depths, profiles if container in {"png", "tif", "jpg", "webp", "psd"} else ("",)):
                mark = ("-profile", "{icc}") if icc else ()
                kind = {"gray": ("-colorspace", "Gray"), "graya": ("-colorspace", "Gray")}.get(mode, ())
                how = (*_MAGICK, *kind, *mark, "-depth", depth, *_EXACT.get(container, ()), "{out}")
                name = f"{mode}{depth}{'-' + icc if icc else ''}.{container}"
                found.append(Row("magick", name, mode, how, icc, lossy=_LOSSY.get(container, 0)))
    return found


def _magick_more() -> list[Row]:
    found = []
    for mode, depth in product(("gray", "bw"), ("1", "2", "4")):
        how = (*_MAGICK, "-colorspace", "Gray", "+dither", "-posterize", str(2 ** int(depth)), "-depth", depth, "-define", f"png:bit-depth={depth}", "{out}")  # fmt: skip
        found += [Row("magick", f"{mode}{depth}bit.{kind}", mode, how, lossy=255) for kind in ("png", "tif")]
    for colours, interlace in product(("2", "16", "256"), ("none", "plane")):
        how = (*_MAGICK, "+dither", "-colors", colours, "-interlace", interlace, "PNG8:{out}")
        found += [Row("magick", f"palette{colours}-{interlace}.png", mode, how, lossy=255) for mode in ("rgb",)]
    for mode, depth in product(("gray", "graya", "rgb", "rgba"), ("8", "16")):
        how = (*_MAGICK, "-depth", depth, "-interlace", "plane", "{out}")
        found.append(Row("magick", f"interlaced-{mode}{depth}.png", mode, how))
    for packed, mode, depth in product(("None", "LZW", "Zip", "RLE"), ("gray", "rgb", "rgba"), ("8", "16")):
        how = (*_MAGICK, "-depth", depth, "-compress", packed, "{out}")
        found.append(Row("magick", f"{packed}-{mode}{depth}.tif", mode, how))
    for order, mode, depth in product(("MSB", "LSB"), ("gray", "rgb"), ("8", "16")):
        how = (*_MAGICK, "-depth", depth, "-endian", order, "-interlace", "plane", "{out}")
        found.append(Row("magick", f"planes-{order}-{mode}{depth}.tif", mode, how))
    for container, icc in product(("tif", "jpg", "psd"), ("", "cmyk")):
        mark = ("-profile", "/usr/share/color/icc/krita/sRGB-elle-V2-srgbtrc.icc", "-profile", "{icc}") if icc else ("-colorspace", "CMYK")  # fmt: skip
        for depth in ("8", "16") if container == "tif" else ("8",):
            how = (*_MAGICK, *mark, "-depth", depth, "-quality", "98", "{out}")
            found.append(Row("magick", f"cmyk{depth}-{icc or 'plain'}.{container}", "rgb", how, icc, lossy=255))
    for turn, kind in product(range(1, 9), ("tif", "jpg")):
        how = (*_MAGICK, "-orient", _ORIENT[turn - 1], "-depth", "8", "-quality", "98", "-sampling-factor", "1x1", "{out}")  # fmt: skip
        found.append(Row("magick", f"turn{turn}.{kind}", "rgb", how, turn=turn if kind == "tif" else 1, lossy=9 if kind == "jpg" else 0))  # fmt: skip
    for space in ("Lab", "YCbCr"):
        how = (*_MAGICK, "-colorspace", space, "-depth", "8", "{out}")
        found.append(Row("magick", f"{space}.tif", "rgb", how, lossy=255))
    how = (*_MAGICK, "-define", "quantum:format=floating-point", "-depth", "32", "{out}")
    found += [Row("magick", f"float-{mode}.tif", mode, how) for mode in ("gray", "rgb", "rgba")]
    found.append(Row("magick", "white0.tif", "gray", (*_MAGICK, "-depth", "16", "-define", "quantum:polarity=min-is-white", "{out}")))  # fmt: skip
    return found


_ORIENT = ("TopLeft", "TopRight", "BottomRight", "BottomLeft", "LeftTop", "RightTop", "RightBottom", "LeftBottom")


def _vips() -> list[Row]:
    found = []
    for mode, form, icc in product(("gray", "graya", "rgb", "rgba"), ("uchar", "ushort"), ("", "wide", "linear")):
        icc = {"wide": "gray22", "linear": "gray10"}.get(icc, "") if mode.startswith("gray") else icc  # noqa: PLW2901
        for kind, more in (("png", ()), ("png", ("interlace=1",)), ("tif", ("compression=deflate", "predictor=horizontal"))):  # fmt: skip
            if kind == "png" and more and icc:
                continue
            name = f"{mode}-{form}{'-' + icc if icc else ''}{'-i' if kind == 'png' and more else ''}.{kind}"
            found.append(Row("vips", name, mode, (f"format={form}", *more), icc))
    for packed, form, mode in product(("none", "lzw", "deflate", "packbits", "zstd"), ("uchar", "ushort"), ("gray", "rgb", "rgba")):  # fmt: skip
        found.append(Row("vips", f"{packed}-{mode}-{form}.tif", mode, (f"format={form}", f"compression={packed}")))
    for form, mode in product(("uchar", "ushort"), ("gray", "rgb", "rgba")):
        more = (f"format={form}", "tile=1", "tile-width=16", "tile-height=16", "compression=lzw")
        found.append(Row("vips", f"tiles-{mode}-{form}.tif", mode, more))
        found.append(Row("vips", f"big-{mode}-{form}.tif", mode, (f"format={form}", "bigtiff=1")))
    for mode in ("gray", "rgb"):
        found.append(Row("vips", f"white0-{mode}.tif", mode, ("format=uchar", "miniswhite=1")))
        found.append(Row("vips", f"jpeg-{mode}.tif", mode, ("format=uchar", "compression=jpeg", "Q=98"), lossy=12))
    for turn, kind in product(range(1, 9), ("webp", "tif", "png")):
        how = ("format=uchar", *(("lossless=1") if kind == "webp" else ()))
        found.append(Row("vips", f"turn{turn}.{kind}", "rgb", how, turn=turn))
    for mode, icc in product(("rgb", "rgba"), ("", "wide")):
        found.append(Row("vips", f"{mode}{icc}.webp", mode, ("format=uchar", "lossless=1"), icc))
        found.append(Row("vips", f"{mode}{icc}.jp2", mode, ("format=uchar", "lossless=1"), icc))
    found += [Row("vips", f"{mode}{icc}.jpg", mode, ("format=uchar", "Q=98", "no_subsample=1"), icc, lossy=9)
              for mode, icc in (("gray", ""), ("gray", "gray22"), ("rgb", ""), ("rgb", "wide"))]  # fmt: skip
    found += [Row("vips", f"progressive-{mode}.jpg", mode, ("format=uchar", "Q=98", "interlace=1", "no_subsample=1"), lossy=9) for mode in ("gray", "rgb")]  # fmt: skip
    return found


def _ffmpeg() -> list[Row]:
    formats = {
        "png": ("gray", "gray16be", "ya8", "ya16be", "rgb24", "rgba", "rgb48be", "rgba64be", "monob", "pal8"),
        "tif": ("gray", "gray16le", "ya8", "rgb24", "rgba", "rgb48le", "rgba64le", "monob", "monow", "pal8", "yuv444p"),
        "bmp": ("bgr24", "bgra", "rgb565le", "rgb555le", "pal8", "gray", "monob"),
        "tga": ("bgr24", "bgra", "gray", "rgb555le"),
        "ppm": ("rgb24", "rgb48be"),
        "pgm": ("gray", "gray16be"),
        "pam": ("gray", "rgb24", "rgba", "ya8", "rgb48be"),
        "sgi": ("gray", "rgb24", "rgba", "rgb48be", "gray16be"),
        "pcx": ("gray", "rgb24", "pal8"),
        "qoi": ("rgb24", "rgba"),
        "jpg": ("yuvj444p", "yuvj420p", "yuvj422p"),
        "webp": ("bgra",),
        "gif": ("gray", "pal8"),
        "apng": ("rgb24", "rgba", "rgb48be"),
        "jp2": ("rgb24", "rgba", "gray"),
        "pfm": ("grayf32be",),
    }
    alpha = {"ya8", "ya16be", "rgba", "rgba64be", "rgba64le", "bgra"}
    found = []
    for kind, names in formats.items():
        for name in names:
            gray = name.startswith(("gray", "ya", "mono"))
            mode = ("gray" if gray else "rgb") + ("a" if name in alpha else "")
            loss = 255 if kind in {"gif", "jp2"} or name.startswith(("mono", "pal8", "rgb5", "yuv")) else 0
            more = {"jpg": ("-q:v", "1"), "webp": ("-lossless", "1")}.get(kind, ())
            how = ("ffmpeg", "-y", "-v", "error", "-i", "{in}", "-frames:v", "1", *more, "-pix_fmt", name, "{out}")
            found.append(Row("ffmpeg", f"{name}.{kind}", mode, how, lossy=loss))
    return found


def _tifffile() -> list[Row]:
    found = []
    types = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "f2", "f4", "f8")
    for kind, mode, order in product(types, ("gray", "rgb"), ("<", ">")):
        how = (f"dtype={kind}", f"photometric={'minisblack' if mode == 'gray' else 'rgb'}", f"byteorder={order}")
        found.append(Row("tifffile", f"{mode}-{kind}-{'le' if order == '<' else 'be'}.tif", mode, how))
    for kind, packed, mode in product(("u1", "u2", "f4", "f2"), ("zlib", "lzw", "zstd", "packbits", "lzma"), ("gray", "rgb")):  # fmt: skip
        how = (f"dtype={kind}", f"photometric={'minisblack' if mode == 'gray' else 'rgb'}", f"compression={packed}")
        found.append(Row("tifffile", f"{packed}-{mode}-{kind}.tif", mode, how))
    for kind, packed, tile in product(("u1", "u2", "u4", "f2", "f4"), ("zlib", "lzw"), ("", "16")):
        predictor = "3" if kind.startswith("f") else "2"
        how = (f"dtype={kind}", "photometric=rgb", f"compression={packed}", f"predictor={predictor}")
        found.append(Row("tifffile", f"predicted-{packed}-{kind}{'-tiles' if tile else ''}.tif", "rgb", (*how, *((f"tile={tile}",) if tile else ()))))  # fmt: skip
    for kind, packed in product(("u1", "u2", "f4"), ("", "zlib")):
        how = (f"dtype={kind}", "photometric=rgb", "planar=1", *((f"compression={packed}",) if packed else ()))
        found.append(Row("tifffile", f"planes-{packed}{kind}.tif", "rgb", how))
        found.append(Row("tifffile", f"white0-{packed}{kind}.tif", "gray", (f"dtype={kind}", "photometric=miniswhite", *how[3:])))  # fmt: skip
    for kind, extra in product(("u1", "u2", "f4"), ("unassalpha", "assocalpha", "unspecified")):
        found.append(Row("tifffile", f"{extra}-{kind}.tif", "rgba", (f"dtype={kind}", "photometric=rgb", f"extra={extra}")))  # fmt: skip
    for kind, icc, turn in product(("u1", "u2", "f4"), ("wide", "linear"), (1, 6)):
        found.append(Row("tifffile", f"{icc}-{kind}-turn{turn}.tif", "rgb", (f"dtype={kind}", "photometric=rgb"), icc, turn))  # fmt: skip
    for kind, icc in product(("u1", "u2", "f4"), ("gray22", "gray10")):
        found.append(Row("tifffile", f"{icc}-{kind}.tif", "gray", (f"dtype={kind}", "photometric=minisblack"), icc))
    return found
