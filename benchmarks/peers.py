"""What people use offline instead of the embedded engine, each as one function of pixels.

Fills take rgb uint8 (h, w, 3) and the hole, bool (h, w), and give rgb; tracers take rgba (h, w, 4) and give SVG.
Each imports its package only when it is called; `Contender.needs` names it, and a table names what is absent.
"""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image


class Contender(NamedTuple):
    """`run` is the function; `needs` the package that it cannot do without."""

    name: str
    needs: str
    run: object


def patchmatch(rgb, hole):
    from patchmatch import patch_match

    patch_match.set_random_seed(0)
    return patch_match.inpaint(rgb, hole, patch_size=3)


def opencv(flag):
    def run(rgb, hole):
        import cv2

        return cv2.inpaint(rgb, hole.astype(np.uint8), 5, getattr(cv2, flag))

    return run


def gmic(rgb, hole):
    import gmic as gm

    planes = (rgb.transpose(1, 0, 2)[:, :, None], hole.T[:, :, None, None])  # x, y, z, channel
    held = gm.ImageList(tuple(gm.Image(np.ascontiguousarray(plane, np.float32)) for plane in planes))
    made = gm.run("inpaint_matchpatch[0] [1]", held)
    filled = np.squeeze((made or held)[0].to_numpy()).transpose(1, 0, 2)
    return np.rint(np.clip(filled, 0, 255)).astype(np.uint8)


def resynthesizer(rgb, hole):
    import resynthesizer as synth

    options = synth.getDefaultParams()
    options.isMakeSeamlesslyTileableHorizontally = options.isMakeSeamlesslyTileableVertically = 0
    mask = Image.fromarray(hole.astype(np.uint8) * 255)
    return np.asarray(synth.resynthesize(Image.fromarray(rgb), mask, options))


FILLS = (
    Contender("pypatchmatch, whole", "patchmatch", patchmatch),
    Contender("OpenCV Telea", "cv2", opencv("INPAINT_TELEA")),
    Contender("OpenCV Navier-Stokes", "cv2", opencv("INPAINT_NS")),
    Contender("G'MIC matchpatch", "gmic", gmic),
    Contender("Resynthesizer", "resynthesizer", resynthesizer),
)


def png(rgba):
    encoded = BytesIO()
    Image.fromarray(rgba).save(encoded, "PNG")
    return encoded.getvalue()


def vtracer(rgba):
    import vtracer as tracer

    svg = tracer.convert_raw_image_to_svg(png(rgba), img_format="png")
    height, width = rgba.shape[:2]
    return svg.replace("<svg ", f'<svg viewBox="0 0 {width} {height}" ', 1).encode()


def swag(rgba):
    import swag_converter

    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "picture.png")
        path.write_bytes(png(rgba))
        drawing = swag_converter.convert(path, Path(home, "out.svg"), remove_background="keep", measure=False)
        return drawing.svg.encode()


def autotrace(rgba):
    import autotrace as tracer

    vector = tracer.Bitmap(np.ascontiguousarray(rgba[..., :3])).trace(options=tracer.TraceOptions(color_count=64))
    svg, (height, width) = vector.encode(tracer.VectorFormat.SVG), rgba.shape[:2]
    return svg if b"viewBox" in svg else svg.replace(b"<svg ", b'<svg viewBox="0 0 %d %d" ' % (width, height), 1)


TRACERS = (
    Contender("vtracer defaults", "vtracer", vtracer),
    Contender("AutoTrace, 64 colours", "autotrace", autotrace),
    Contender("swag-converter", "swag_converter", swag),
)
