"""The embedded engine's matte, trace and upscale against others: seconds, memory, and how near to the truth.

    python benchmarks/engine_pictures.py [--pictures DIR] [--side 1024]

Upscale: each photograph is shrunk four times and enlarged again. Trace: the SVG is drawn again at the photograph's
size. Matte: drawn subjects of known coverage on the photographs. Every method runs in a process of its own; seconds
and memory are of one picture of `--side` px, quality is the mean over all. What is not installed is named.
`ssim` 1 is the same (Wang et al. 2004, over 7 x 7 px); `edge` is the mean error of coverage within 8 px of the
edge, in levels; `past` is how many levels, on average, pixels go beyond their source neighbours: rings.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits on a busy machine

import numpy as np
from PIL import Image, ImageDraw
from processes import peak_megabytes
from recraft_local.pictures import matte, net, raster, trace, trace_plain, upscale
from recraft_local.pictures.smooth import box_mean, extremes, guided, resized

PICTURES = Path(__file__).resolve().parents[1] / "tests" / "pictures"


class Contender(NamedTuple):
    """`run` takes RGBA (h, w, 4) and gives what its kind judges; `needs` is the package it cannot do without."""

    kind: str
    name: str
    needs: str
    run: object


def with_numpy(run):
    """`run` as on a computer without ncnn."""

    def numpy_only(rgba):
        net.has_ncnn = lambda: False
        return run(rgba)

    return numpy_only


def grab_cut(rgba):
    import cv2

    rgb = np.ascontiguousarray(rgba[..., :3])
    height, width = rgb.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    around = (width // 16, height // 16, width * 7 // 8, height * 7 // 8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(rgb, mask, around, *models, 5, cv2.GC_INIT_WITH_RECT)
    return np.dstack([rgb, np.where(mask & 1, 255, 0)]).astype(np.uint8)


def grab_cut_from_net(rgba):
    """What others do: one look of the network, grabCut from it, and the edge softened by a guided filter."""
    import cv2

    rgb = np.ascontiguousarray(rgba[..., :3])
    seen = resized(matte._look(rgb), rgb.shape[1::-1])  # noqa: SLF001
    levels = [seen > 0.9, seen > 0.5, seen > 0.1]
    mask = np.select(levels, [cv2.GC_FGD, cv2.GC_PR_FGD, cv2.GC_PR_BGD], cv2.GC_BGD).astype(np.uint8)
    if levels[0].any() and not levels[2].all():
        cv2.grabCut(rgb, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    guide = rgb.astype(np.float32) / 255
    a, b = guided(guide, (mask & 1).astype(np.float32), 4, 1e-4)
    return np.dstack([rgb, np.rint(np.clip((a * guide).sum(axis=2) + b, 0, 1) * 255)]).astype(np.uint8)


def vtracer_defaults(rgba):
    import vtracer

    encoded = BytesIO()
    Image.fromarray(rgba).save(encoded, "PNG")
    svg = vtracer.convert_raw_image_to_svg(encoded.getvalue(), img_format="png")
    height, width = rgba.shape[:2]
    return svg.replace("<svg ", f'<svg viewBox="0 0 {width} {height}" ', 1).encode()


def plain_tracer(rgba):
    paths = trace_plain.shapes_of(trace._flattened(rgba, 384, trace.COLOURS[:2]), trace.GRID)  # noqa: SLF001
    body = "".join(f'<path d="{d}" fill="{fill}"/>' for d, fill in paths)
    box = f'viewBox="0 0 {trace.GRID} {trace.GRID}" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{body}</svg>'.encode()


def lanczos(rgba):
    size = upscale.size_after(rgba.shape[1], rgba.shape[0])
    return np.asarray(Image.fromarray(rgba[..., :3]).resize(size, Image.Resampling.LANCZOS))


def projected(rgba):
    size = upscale.size_after(rgba.shape[1], rgba.shape[0])
    return np.dstack([upscale._project(rgba[..., c], size) for c in range(3)])  # noqa: SLF001


CONTENDERS = [
    Contender("matte", "ours", "", lambda rgba: matte.cut_out(rgba).pixels),
    Contender("matte", "ours, numpy only", "", with_numpy(lambda rgba: matte.cut_out(rgba).pixels)),
    Contender("matte", "grabCut, box", "cv2", grab_cut),
    Contender("matte", "U2NETP, grabCut", "cv2", grab_cut_from_net),
    Contender("trace", "ours", "vtracer", lambda rgba: trace.trace(rgba)[0]),
    Contender("trace", "ours, plain", "", plain_tracer),
    Contender("trace", "vtracer defaults", "vtracer", vtracer_defaults),
    Contender("upscale", "crisp", "ncnn", lambda rgba: upscale.enlarge(rgba).pixels[..., :3]),
    Contender("upscale", "crisp, numpy only", "", with_numpy(lambda rgba: upscale.enlarge(rgba).pixels[..., :3])),
    Contender("upscale", "creative", "ncnn", lambda rgba: upscale.enlarge(rgba, creative=True).pixels[..., :3]),
    Contender("upscale", "back-projection", "", projected),
    Contender("upscale", "Lanczos", "", lanczos),
]


def photographs(folder, longest=640):
    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as picture:
            picture.thumbnail((longest, longest))
            width, height = (side // 4 * 4 for side in picture.size)
            yield np.asarray(picture.convert("RGB").crop((0, 0, width, height)))


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def subject(rgb, seed):
    """`rgb` with a shaded shape drawn on it, and the shape's coverage 0..1."""
    height, width = rgb.shape[:2]
    rng = np.random.default_rng(seed)
    drawn = Image.new("L", (4 * width, 4 * height))
    turns = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    reach = height * (1.0 + 0.35 * np.sin(turns * rng.integers(2, 6) + rng.uniform(0, 6)))
    corners = np.stack([2 * width + reach * np.cos(turns), 2 * height + reach * np.sin(turns)], axis=1)
    ImageDraw.Draw(drawn).polygon([tuple(corner) for corner in corners], fill=255)
    cover = np.asarray(drawn.resize((width, height), Image.Resampling.BOX)) / 255
    light = np.linspace(1.1, 0.5, height)[:, None, None]
    colour = np.clip(rng.integers(60, 255, 3) * light + rng.normal(0, 6, rgb.shape), 0, 255)
    mixed = cover[..., None] * colour + (1 - cover[..., None]) * rgb
    return np.rint(mixed).astype(np.uint8), cover


def ssim(a, b):
    a, b = a.mean(axis=2, dtype=np.float32), b.mean(axis=2, dtype=np.float32)
    mean_a, mean_b = box_mean(a, 3), box_mean(b, 3)
    spread_a, spread_b = box_mean(a * a, 3) - mean_a**2, box_mean(b * b, 3) - mean_b**2
    shared = box_mean(a * b, 3) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + 6.5) * (2 * shared + 58.5)
    return float((alike / ((mean_a**2 + mean_b**2 + 6.5) * (spread_a + spread_b + 58.5))).mean())


def psnr(a, b):
    return float(10 * np.log10(255**2 / max(np.square(a.astype(float) - b).mean(), 1e-9)))


def past(low, made):
    """Mean levels beyond the range of the 3 x 3 source pixels around."""
    size = made.shape[1], made.shape[0]
    total = 0.0
    for c in range(3):
        least, most = (resized(x, size, Image.Resampling.NEAREST) for x in extremes(low[..., c].astype(np.float32)))
        total += float((np.maximum(made[..., c] - most, 0) + np.maximum(least - made[..., c], 0)).mean())
    return total / 3


def judge_matte(run, rgb, seed):
    mixed, cover = subject(rgb, seed)
    found = run(opaque(mixed))[..., 3] / 255
    inside, wanted = found > 0.5, cover > 0.5
    near = np.abs(box_mean(cover.astype(np.float32), 8) - 0.5) < 0.45
    both = (inside & wanted).sum() / max((inside | wanted).sum(), 1)
    return {"overlap": both, "edge": 255 * np.abs(found - cover)[near].mean()}


def judge_trace(run, rgb, _seed):
    svg = run(opaque(rgb))
    drawn = raster.rasterise(svg, rgb.shape[1], rgb.shape[0])[..., :3]
    return {"ssim": ssim(rgb, drawn), "psnr": psnr(rgb, drawn), "KB": len(svg) / 1024, "shapes": svg.count(b"<path")}


def judge_upscale(run, rgb, _seed):
    small = np.asarray(Image.fromarray(rgb).reduce(4))
    made = run(opaque(small))
    return {"ssim": ssim(rgb, made), "psnr": psnr(rgb, made), "past": past(small, made)}


JUDGES = {"matte": judge_matte, "trace": judge_trace, "upscale": judge_upscale}


def measure(index, folder, side):
    """One contender, in this process: prints its row as JSON."""
    contender = CONTENDERS[index]
    pictures = list(photographs(folder))
    judged = [JUDGES[contender.kind](contender.run, rgb, seed) for seed, rgb in enumerate(pictures)]
    row = {key: float(np.mean([one[key] for one in judged])) for key in judged[0]}
    large = Image.fromarray(subject(pictures[0], 0)[0]).resize((side, side))
    started = time.perf_counter()
    contender.run(opaque(np.asarray(large)))
    print(json.dumps({"s": time.perf_counter() - started, "MB": peak_megabytes(children=True), **row}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one is not None:
        measure(asked.one, asked.pictures, asked.side)
        return
    for index, contender in enumerate(CONTENDERS):
        title = f"{contender.kind:8}{contender.name:20}"
        if contender.needs and not find_spec(contender.needs):
            print(f"{title}not measured: {contender.needs} is not installed")
            continue
        options = ["--one", str(index), "--pictures", str(asked.pictures), "--side", str(asked.side)]
        done = subprocess.run([sys.executable, __file__, *options], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{title}failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        row = json.loads(done.stdout)
        print(title + "  ".join(f"{key} {value:.3g}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
