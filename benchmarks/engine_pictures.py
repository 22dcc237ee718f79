"""The embedded engine's matte, trace and upscale against others: CPU, memory, and how near to the truth.

    python benchmarks/engine_pictures.py [--pictures DIR] [--stamps DIR] [--kinds matte trace upscale]

Upscale: each picture is shrunk four times and enlarged again. Trace: the SVG is drawn again at the picture's
size. Matte: drawn subjects of known coverage on the pictures, or the PNGs with alpha of `--stamps`. Every method runs
in a process of its own; CPU is of it and all that it started, the median over the pictures, memory its peak with the
first of them. What is not installed is named. measures.py says what `perc`, `perc2` and `ssim` are; `error` is the
mean error of coverage in levels, `edge` that within 8 px of the edge; `past` is how many levels, on average, pixels go
beyond their source neighbours: rings. `ahead` counts, by what AHEAD names, the pictures on which ours is nearer to the
truth, and those on which the other is. With `--save` figures stay there, and a picture that is there is not done
again; `--limit` ends a method after so many seconds: its row is then of the pictures that it came to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits on a busy machine

import numpy as np
import peers
from engine_fill import cpu, usable
from measures import perceived, psnr, ssim
from PIL import Image, ImageDraw
from processes import peak_megabytes
from recraft_local.pictures import matte, net, raster, trace, trace_plain, upscale
from recraft_local.pictures.smooth import box_mean, extremes, guided, resized

PICTURES = Path(__file__).resolve().parents[1] / "tests" / "pictures"


# Measures of which ours has to be better for `ahead`, and by how much; less than nothing where less is better.
AHEAD = {"overlap": 0.01, "error": -0.5, "perc": -0.005, "perc2": -0.005, "ssim": 0.005}


def with_numpy(run):
    """`run` as on a computer without ncnn."""

    def numpy_only(rgba):
        net.has_ncnn = lambda: False
        return run(rgba)

    return numpy_only


def one_look(rgba):
    seen = resized(matte._look(rgba[..., :3]), rgba.shape[1::-1])  # noqa: SLF001
    return np.dstack([rgba[..., :3], np.rint(np.clip(seen, 0, 1) * 255).astype(np.uint8)])


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


CONTENDERS = {
    "matte": (
        peers.Contender("ours", "", lambda rgba: matte.cut_out(rgba).pixels),
        peers.Contender("ours, numpy only", "", with_numpy(lambda rgba: matte.cut_out(rgba).pixels)),
        peers.Contender("U2NETP, one look", "ncnn", one_look),
        peers.Contender("U2NETP, grabCut", "cv2", grab_cut_from_net),
        peers.Contender("grabCut, box", "cv2", grab_cut),
    ),
    "trace": (
        peers.Contender("ours", "vtracer", lambda rgba: trace.trace(rgba)[0]),
        peers.Contender("ours, plain", "", plain_tracer),
        *peers.TRACERS,
    ),
    "upscale": (
        peers.Contender("crisp", "ncnn", lambda rgba: upscale.enlarge(rgba).pixels[..., :3]),
        peers.Contender("crisp, numpy only", "", with_numpy(lambda rgba: upscale.enlarge(rgba).pixels[..., :3])),
        peers.Contender("creative", "ncnn", lambda rgba: upscale.enlarge(rgba, creative=True).pixels[..., :3]),
        peers.Contender("back-projection", "", projected),
        peers.Contender("Lanczos", "", lanczos),
    ),
}


def photographs(folder, longest=640):
    for path in sorted(path for path in folder.glob("*.*") if usable(path)):
        with Image.open(path) as picture:
            picture.thumbnail((longest, longest))
            width, height = (side // 4 * 4 for side in picture.size)
            yield np.asarray(picture.convert("RGB").crop((0, 0, width, height)))


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def subject(rgb, seed, stamps):
    """`rgb` with a subject on it, and the subject's coverage 0..1: a shape, or one of the PNGs `stamps`."""
    return stamped(rgb, seed, stamps[seed % len(stamps)]) if stamps else shape(rgb, seed)


def stamped(rgb, seed, path):
    """`rgb` with the picture `path` on it, somewhere near the bottom, and its coverage 0..1."""
    height, width = rgb.shape[:2]
    rng = np.random.default_rng(seed)
    stamp = Image.open(path).convert("RGBA")
    factor = min(rng.uniform(0.4, 0.85) * height / stamp.height, 0.8 * width / stamp.width, 2.0)
    stamp = stamp.resize([max(1, round(factor * side)) for side in stamp.size], Image.Resampling.LANCZOS)
    at = int(rng.uniform(0, width - stamp.width)), int(rng.uniform(0.3, 1) * (height - stamp.height))
    layer = Image.new("RGBA", (width, height))
    layer.paste(stamp, at)
    *colours, cover = np.asarray(layer, np.float32).transpose(2, 0, 1)
    cover = cover / 255
    mixed = cover[..., None] * np.stack(colours, -1) + (1 - cover[..., None]) * rgb
    return np.rint(mixed).astype(np.uint8), cover


def shape(rgb, seed):
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


def past(low, made):
    """Mean levels beyond the range of the 3 x 3 source pixels around."""
    size = made.shape[1], made.shape[0]
    total = 0.0
    for c in range(3):
        least, most = (resized(x, size, Image.Resampling.NEAREST) for x in extremes(low[..., c].astype(np.float32)))
        total += float((np.maximum(made[..., c] - most, 0) + np.maximum(least - made[..., c], 0)).mean())
    return total / 3


def judge_matte(run, rgb, seed, stamps):
    mixed, cover = subject(rgb, seed, stamps)
    found = run(opaque(mixed))[..., 3] / 255
    inside, wanted = found > 0.5, cover > 0.5
    near = np.abs(box_mean(cover.astype(np.float32), 8) - 0.5) < 0.45
    both = float((inside & wanted).sum() / max((inside | wanted).sum(), 1))
    wrong = 255 * np.abs(found - cover)
    return {"overlap": both, "error": float(wrong.mean()), "edge": float(wrong[near].mean())}


def alike(rgb, made):
    return {**dict(zip(("perc", "perc2"), perceived(made, rgb), strict=True)), "ssim": ssim(rgb, made)}


def judge_trace(run, rgb, _seed, _stamps):
    svg = run(opaque(rgb))
    drawn = raster.rasterise(svg, rgb.shape[1], rgb.shape[0])[..., :3]
    figures = {"psnr": psnr(rgb, drawn), "KB": len(svg) / 1024, "shapes": svg.count(b"<path")}
    return {**alike(rgb, drawn), **figures}


def judge_upscale(run, rgb, _seed, _stamps):
    small = np.asarray(Image.fromarray(rgb).reduce(4))
    made = run(opaque(small))
    return {**alike(rgb, made), "psnr": psnr(rgb, made), "past": past(small, made)}


JUDGES = {"matte": judge_matte, "trace": judge_trace, "upscale": judge_upscale}


def measure(kind, index, asked, note):
    """One contender, in this process: adds one line of JSON to `note` for each picture that is not in it."""
    took, peak, run = [], [], CONTENDERS[kind][index].run
    there = len(figures(note))

    def timed(rgba):
        start = cpu()
        made = run(rgba)
        took.append(cpu() - start)
        peak.append(peak_megabytes(children=True))
        return made

    stamps = sorted(asked.stamps.glob("*.png")) if asked.stamps else []
    for seed, rgb in enumerate(photographs(asked.pictures)):
        if seed < there:
            continue
        found = JUDGES[kind](timed, rgb, seed, stamps)
        line = json.dumps({"CPU": took[-1], "MB": peak[0], **found})  # judging takes more, from then on
        with note.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def figures(note):
    return [json.loads(line) for line in note.read_text(encoding="utf-8").splitlines()] if note.exists() else []


def row(each, others):
    """One line of the table, of what was found of each picture by one method and by ours."""
    middle = {key: np.mean([one[key] for one in each]) for key in each[0]}
    middle |= {"CPU": np.median([one["CPU"] for one in each]), "MB": each[0]["MB"]}
    text = "  ".join(f"{key} {value:.3g}" for key, value in middle.items())
    if others is not each:
        text += "   ahead"
        for key, least in AHEAD.items():
            if key in middle:
                gains = [(our[key] - one[key]) / least for one, our in zip(each, others, strict=False)]
                text += f" {key} {sum(g > 1 for g in gains)} : {sum(g < -1 for g in gains)}"
    return f"n {len(each)}  {text}"


def table(kind, asked, home):
    ours = None
    for index, contender in enumerate(CONTENDERS[kind]):
        title, note = f"{kind:8}{contender.name:24}", home / f"{kind}-{index}.jsonl"
        if contender.needs and not find_spec(contender.needs):
            print(f"{title}not measured: {contender.needs} is not installed")
            continue
        command = [sys.executable, __file__, *sys.argv[1:], "--one", kind, str(index), str(note)]
        why = ""
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=asked.limit)
            why = done.stderr.strip().splitlines()[-1] if done.returncode else ""
        except subprocess.TimeoutExpired:
            why = f"ended after {asked.limit} s"
        each = figures(note)
        ours = each if ours is None else ours
        print(title + (row(each, ours) if each else "failed") + (f"  ({why})" if why else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    parser.add_argument("--stamps", type=Path)
    parser.add_argument("--kinds", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--save", type=Path)
    parser.add_argument("--limit", type=float, help="seconds for each method")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(asked.one[0], int(asked.one[1]), asked, Path(asked.one[2]))
        return
    with tempfile.TemporaryDirectory() as home:
        (asked.save or Path(home)).mkdir(parents=True, exist_ok=True)
        for kind in asked.kinds:
            table(kind, asked, asked.save or Path(home))


if __name__ == "__main__":
    main()
