"""The embedded engine's fill against others: seconds, memory, and how far from the truth it looks.

    python benchmarks/engine_fill.py [--pictures DIR] [--sides 512 1024 4096] [--save DIR]

A blob of 5 % and of 20 % is cut from every picture and filled again; each method runs in a process of its
own. `perc` compares what a small network sees in the fill and in the true picture: 0 is the same. It is the
encoder of U2NETP, an uncalibrated stand-in for LPIPS (Zhang et al., CVPR 2018): good for ranking only.
`lines` compares which way edges run (Dalal and Triggs 2005, in cells of 8 px): 0 is the same.
`grain` is the ratio of fine contrast in the fill to the true one: 1 is right, less is blur. `ahead` counts the
pictures on which ours is nearer to the truth, and those on which the other is, by more than a hundredth: by `perc`, by
`lines`. Seconds are of CPU. Sides larger than the pictures are timed once, with the first picture enlarged, and not
judged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits on a busy machine

import numpy as np
from PIL import Image
from processes import forget_peak, peak_megabytes
from recraft_local.pictures import fill as filling
from recraft_local.pictures import fill_numpy, net
from recraft_local.pictures.offsets import box_blurred

ROOT = Path(__file__).resolve().parents[1]
SHARES = (5, 20)  # % of the picture
SEEN = 320  # px, what the network looks at
CELL = 8  # px
MEAN, DEVIATION = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)


class Contender(NamedTuple):
    """`run` takes pixels and hole and gives pixels; `needs` is the package it cannot do without."""

    name: str
    needs: str
    run: object


def ours(rgb, hole):
    return filling.fill(rgb, hole).pixels


def ours_numpy(rgb, hole):
    return filling.fill(rgb, hole, by=filling.Method(fill_numpy.filled, filling.NUMPY_SIDE, "numpy")).pixels


def whole(rgb, hole):
    from patchmatch import patch_match

    patch_match.set_random_seed(0)
    return patch_match.inpaint(rgb, hole, patch_size=3)


def opencv(flag):
    def run(rgb, hole):
        import cv2

        return cv2.inpaint(rgb, hole.astype(np.uint8), 5, getattr(cv2, flag))

    return run


CONTENDERS = (
    Contender("ours", "patchmatch", ours),
    Contender("ours, numpy only", "numpy", ours_numpy),
    Contender("pypatchmatch, whole", "patchmatch", whole),
    Contender("OpenCV Telea", "cv2", opencv("INPAINT_TELEA")),
    Contender("OpenCV Navier-Stokes", "cv2", opencv("INPAINT_NS")),
)


def square(path, side):
    """The middle square of a picture at `side` px, and whether it had to be enlarged."""
    with Image.open(path) as picture:
        short = min(picture.size)
        left, top = (picture.width - short) // 2, (picture.height - short) // 2
        middle = picture.convert("RGB").crop((left, top, left + short, top + short))
        return np.asarray(middle.resize((side, side), Image.Resampling.LANCZOS)), short < side * 0.7


def blob(side, share, seed):
    """A round-ish hole of `share` % of the picture, somewhere in it."""
    rng = np.random.default_rng(seed)
    waves = np.arange(1, 5)
    strength, phase = rng.normal(size=4) / waves**1.2 * 0.25, rng.uniform(0, 2 * np.pi, 4)
    radius = side * (share / 100 / np.pi) ** 0.5
    y, x = np.mgrid[:side, :side].astype(np.float32) - rng.uniform(radius, side - radius, 2).reshape(2, 1, 1)
    angle = np.arctan2(y, x)
    wobble = 1 + sum(s * np.cos(w * angle + p) for s, w, p in zip(strength, waves, phase, strict=True))
    reach = np.hypot(y, x) / np.maximum(wobble, 0.3)
    return reach < np.quantile(reach, share / 100)


def worker(name, side, share, paths, out):
    """Run one contender over the pictures; print seconds and the peak memory of this process."""
    run = next(c.run for c in CONTENDERS if c.name == name)
    seconds = []
    for k, path in enumerate(paths):
        rgb, hole = square(path, side)[0].copy(), blob(side, share, k)
        rgb[hole] = 0
        forget_peak()
        start = time.process_time()
        made = run(rgb, hole)
        seconds.append(time.process_time() - start)
        Image.fromarray(made).save(Path(out) / f"{Path(path).stem}.png", compress_level=1)
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes()}))


def seen(pixels):
    """What the network's first four stages see, each cell's features scaled to length 1."""
    picture = Image.fromarray(pixels).resize((SEEN, SEEN), Image.Resampling.BICUBIC)
    x = ((np.asarray(picture, np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)
    blobs, stages = {}, []
    for layer in net._layers("u2netp"):  # noqa: SLF001 - nobody else needs the inner stages
        made = x if layer.kind == "Input" else net.OPS[layer.kind](layer, *(blobs[b] for b in layer.inputs))
        blobs.update(dict.fromkeys(layer.outputs, made))
        if layer.kind == "BinaryOp":  # the sum that ends a stage
            stages.append(made / np.sqrt((made**2).sum(0) + 1e-6))
        if len(stages) == 4:
            break
    return stages


def perceived(made, truth, hole):
    """Mean squared difference of what is seen in the hole and closely around it."""
    rows, columns = np.nonzero(hole)
    reach = int(0.75 * max(np.ptp(rows), np.ptp(columns)))
    y, x = ((v.min() + v.max()) // 2 for v in (rows, columns))
    area = tuple(slice(max(0, v - reach), v + reach) for v in (y, x))
    weight = Image.fromarray(hole[area].astype(np.uint8) * 255)
    total = 0.0
    for one, other in zip(seen(made[area]), seen(truth[area]), strict=True):
        share = np.asarray(weight.resize(one.shape[:0:-1], Image.Resampling.BOX), np.float32)
        total += float((((one - other) ** 2).sum(0) * share).sum() / share.sum()) / 4
    return total


def lines(made, truth, hole):
    """Mean squared difference of which way edges run, over the cells that the hole touches."""
    rows, columns = (side // CELL for side in hole.shape)
    touched = in_cells(hole, rows, columns).any((1, 3))
    return float(((directions(made) - directions(truth))[touched] ** 2).sum(-1).mean())


def directions(pixels):
    """How strong edges of each of nine directions are in each cell, scaled to length 1 where there are any."""
    rows, columns = (side // CELL for side in pixels.shape[:2])
    down, across = np.gradient(pixels.mean(axis=2, dtype=np.float32))
    strength, way = np.hypot(down, across), np.arctan2(down, across) % np.pi // (np.pi / 9 + 1e-6)
    found = np.stack([in_cells(strength * (way == k), rows, columns).sum((1, 3)) for k in range(9)], axis=-1)
    return found / np.sqrt((found**2).sum(-1, keepdims=True) + 100)


def in_cells(x, rows, columns):
    return x[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)


def grain(made, truth, hole):
    """Fine contrast in the hole against the true one."""
    fine = [np.abs(p - box_blurred(p, 1))[hole].mean() for p in (a.astype(np.float32) for a in (made, truth))]
    return float((fine[0] + 0.5) / (fine[1] + 0.5))


def measured(contender, side, share, paths, out):
    """CPU seconds, MB, and what `judged` says of each picture. Raises RuntimeError with the contender's last line."""
    command = [sys.executable, __file__, "--worker", contender.name, str(side), str(share), str(out)]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    found = json.loads(done.stdout.splitlines()[-1])
    scores = [judged(out, path, side, share, k) for k, path in enumerate(paths)]
    return np.median(found["seconds"]), found["megabytes"], np.array([one for one in scores if one])


def judged(out, path, side, share, k):
    """(perc, lines, grain) of one result, None for an enlarged picture."""
    truth, enlarged = square(path, side)
    if enlarged:
        return None
    made, hole = np.asarray(Image.open(out / f"{path.stem}.png")), blob(side, share, k)
    return perceived(made, truth, hole), lines(made, truth, hole), grain(made, truth, hole)


def row(name, found, ours_found):
    """One line of the table: `ours_found` are our scores, None where there are none."""
    seconds, megabytes, scores = found
    memory = f"{megabytes:>5.0f} MB" if megabytes else "    -   "
    text = f"{name:<22} {seconds:7.2f} s  {memory}"
    if not len(scores):
        return text
    perc, edges, fine = scores.mean(axis=0)
    text += f"  {perc:5.3f}  {edges:5.3f}  {fine:4.2f}"
    if ours_found is not None and ours_found is not scores:
        gain = (scores - ours_found)[:, :2]
        wins, losses = (gain > 0.01).sum(0), (gain < -0.01).sum(0)
        text += f"   {wins[0]} : {losses[0]}, {wins[1]} : {losses[1]}"
    return text


def main():
    if sys.argv[1:2] == ["--worker"]:
        name, side, share, out, *paths = sys.argv[2:]
        return worker(name, int(side), int(share), paths, out)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, default=ROOT / "tests" / "pictures")
    parser.add_argument("--sides", type=int, nargs="+", default=[512, 1024, 4096], help="px")
    parser.add_argument("--save", type=Path, help="keep the filled pictures here")
    options = parser.parse_args()
    paths = sorted(p for p in options.pictures.glob("*.*") if usable(p))
    if not paths:
        parser.error(f"{options.pictures} holds no photographs. Pass --pictures DIR with some .jpg or .png.")
    table(paths, options)
    return None


def usable(path):
    return path.suffix.lower() in {".jpg", ".jpeg", ".png"} and not path.stem.endswith("-mask")


def table(paths, options):
    print(f"{len(paths)} pictures from {options.pictures}")
    with tempfile.TemporaryDirectory() as home:
        for side in options.sides:
            fit = [p for p in paths if not square(p, side)[1]]
            for share in SHARES:
                note = "" if fit else ", enlarged, timed only"
                print(f"\n{side} x {side} px, hole {share} %, {len(fit) or 1} pictures{note}")
                print(f"{'':<22} {'median':>9} {'peak':>9}   perc  lines  grain  ahead")
                first = None
                for contender in CONTENDERS:
                    if not find_spec(contender.needs):
                        print(f"{contender.name:<22} skipped: {contender.needs} is not installed")
                        continue
                    out = (options.save or Path(home)) / f"{side}-{share}-{contender.name}"
                    out.mkdir(parents=True, exist_ok=True)
                    try:
                        found = measured(contender, side, share, fit or paths[:1], out)
                    except RuntimeError as trouble:
                        print(f"{contender.name:<22} failed: {trouble}")
                        continue
                    first = found[2] if first is None else first
                    print(row(contender.name, found, first if len(first) else None), flush=True)


if __name__ == "__main__":
    main()
