"""Everything the embedded engine makes of pictures, beside what people use offline today: one run, one table each.

    python benchmarks/engine.py [--pictures DIR] [--quick]

Erase, outpaint, remove background, vectorize and upscale against OpenCV (Telea, Navier-Stokes, grabCut),
whole-picture PatchMatch, vtracer as it comes and Lanczos. The measuring is done by engine_fill.py and
engine_pictures.py, whose docstrings say what the columns mean; outpaint is measured here, by the same rules: a fifth
is cut from the left and the right of every picture and made again. What is not installed is named and skipped.
`--quick` leaves out the large sides and takes a few minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits on a busy machine

import engine_fill as by_fill
import measures
import numpy as np
import peers
from PIL import Image
from processes import peak_megabytes
from recraft_local.pictures import outpaint

HERE = Path(__file__).resolve().parent
SIDE = 768  # px, of the pictures that are cut and made again


def frame():
    """True where a picture of SIDE px was cut: a fifth on the left and on the right."""
    hole = np.zeros((SIDE, SIDE), bool)
    hole[:, : SIDE // 5] = hole[:, -(SIDE // 5) :] = True
    return hole


def ours(rgb, _hole):
    by = SIDE // 5
    return outpaint.extend(rgb[:, by:-by], left=by, top=0, right=by, bottom=0).pixels


def mirrored(rgb, _hole):
    by = SIDE // 5
    return np.pad(rgb[:, by:-by], ((0, 0), (by, by), (0, 0)), mode="reflect")


# The other fills, which outpaint steps outward with.
CONTENDERS = (
    peers.Contender("ours", "patchmatch", ours),
    *peers.FILLS,
    peers.Contender("mirrored", "numpy", mirrored),
)


def worker(name, out, *paths):
    """Run one contender over the pictures; print seconds and the peak memory of this process."""
    run, hole, seconds = next(one.run for one in CONTENDERS if one.name == name), frame(), []
    for path in map(Path, paths):
        rgb = by_fill.square(path, SIDE)[0].copy()
        rgb[hole] = 0
        start = time.perf_counter()
        made = run(rgb, hole)
        seconds.append(time.perf_counter() - start)
        Image.fromarray(made).save(Path(out) / f"{path.stem}.png", compress_level=1)
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes()}))


def row(contender, paths, out):
    """One line of the outpaint table."""
    out.mkdir(parents=True)
    command = [sys.executable, __file__, "--worker", contender.name, str(out), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{contender.name:<22} failed: {done.stderr.strip().splitlines()[-1]}"
    found, hole, scores = json.loads(done.stdout.splitlines()[-1]), frame(), []
    for path in paths:
        truth, made = by_fill.square(path, SIDE)[0], np.asarray(Image.open(out / f"{path.stem}.png"))
        scores.append((measures.perceived(made, truth, hole)[0], measures.grain(made, truth, hole)))
    perc, fine = np.mean(scores, axis=0)
    memory = f"{found['megabytes']:>5.0f} MB" if found["megabytes"] else "    -   "
    return f"{contender.name:<22} {np.median(found['seconds']):7.2f} s  {memory}  {perc:5.3f}  {fine:4.2f}"


def outpainted(pictures):
    """The outpaint table."""
    paths = [path for path in sorted(pictures.glob("*.*")) if by_fill.usable(path)]
    paths = [path for path in paths if not by_fill.square(path, SIDE)[1]]
    print(f"\nOutpaint: {SIDE} px, a fifth on the left and on the right, {len(paths)} pictures")
    print(f"{'':<22} {'median':>9} {'peak':>9}   perc  grain", flush=True)
    with tempfile.TemporaryDirectory() as home:
        for contender in CONTENDERS:
            if find_spec(contender.needs):
                print(row(contender, paths, Path(home) / contender.name), flush=True)
            else:
                print(f"{contender.name:<22} skipped: {contender.needs} is not installed", flush=True)


def part(title, script, *options):
    """One of the other benchmarks, its table passed on as it comes."""
    print(f"\n{title}", flush=True)
    subprocess.run([sys.executable, str(HERE / script), *options], check=False)


def main():
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, default=HERE.parent / "tests" / "pictures", help="photographs")
    parser.add_argument("--quick", action="store_true", help="no large sides")
    asked = parser.parse_args()
    pictures = ["--pictures", str(asked.pictures)]
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    sides = ("512",) if asked.quick else ("512", "1024", "4096")
    part("Erase", "engine_fill.py", *pictures, "--sides", *sides)
    outpainted(asked.pictures)
    part("Remove background, vectorize, upscale", "engine_pictures.py", *pictures)


if __name__ == "__main__":
    main()
