"""The embedded engine's fill against others: CPU, memory, and how far from the truth it looks.

    python benchmarks/engine_fill.py [--pictures DIR] [--sides 512 1024 4096] [--save DIR]

A blob of 5 % and of 20 % is cut from every picture and filled again; each method runs in a process of its
own. measures.py says what `perc`, `perc2`, `lines` and `grain` are. `ahead` counts the pictures on which ours is nearer
to the truth, and those on which the other is, by more than a hundredth: by each of the first three. Seconds are of CPU,
of the process and all that it started, the median over the pictures. Sides larger than the pictures are timed once,
with the first picture enlarged, and not judged. With `--save` the filled pictures stay there, and a row that is there
is judged again but not made again.
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
from measures import grain, lines, perceived
from peers import FILLS, Contender
from PIL import Image
from processes import forget_peak, peak_megabytes
from recraft_local.pictures import fill as filling
from recraft_local.pictures import fill_numpy

ROOT = Path(__file__).resolve().parents[1]
SHARES = (5, 20)  # % of the picture


def ours(rgb, hole):
    return filling.fill(rgb, hole).pixels


def ours_numpy(rgb, hole):
    return filling.fill(rgb, hole, by=filling.Method(fill_numpy.filled, filling.NUMPY_SIDE, "numpy")).pixels


CONTENDERS = (
    Contender("ours", "patchmatch", ours),
    Contender("ours, numpy only", "numpy", ours_numpy),
    *FILLS,
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


def cpu():
    """Seconds of CPU that this process took and those it started and waited for."""
    return sum(os.times()[:4])


def worker(name, side, share, paths, out):
    """Run one contender over the pictures; print seconds and the peak memory of this process."""
    run = next(c.run for c in CONTENDERS if c.name == name)
    seconds = []
    for k, path in enumerate(paths):
        rgb, hole = square(path, side)[0].copy(), blob(side, share, k)
        rgb[hole] = 0
        forget_peak()
        start = cpu()
        made = run(rgb, hole)
        seconds.append(cpu() - start)
        Image.fromarray(made).save(Path(out) / f"{Path(path).stem}.png", compress_level=1)
    print("\n" + json.dumps({"seconds": seconds, "megabytes": peak_megabytes(children=True)}))


def measured(contender, side, share, paths, out):
    """CPU seconds, MB, and what `judged` says of each picture. Raises RuntimeError with the contender's last line."""
    note = out / "figures.json"
    if not note.exists():
        command = [sys.executable, __file__, "--worker", contender.name, str(side), str(share), str(out)]
        done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        note.write_text(done.stdout.splitlines()[-1], encoding="utf-8")
    found = json.loads(note.read_text(encoding="utf-8"))
    scores = [judged(out, path, side, share, k) for k, path in enumerate(paths)]
    return np.median(found["seconds"]), found["megabytes"], np.array([one for one in scores if one])


def judged(out, path, side, share, k):
    """(perc, perc2, lines, grain) of one result, None for an enlarged picture."""
    truth, enlarged = square(path, side)
    if enlarged:
        return None
    made, hole = np.asarray(Image.open(out / f"{path.stem}.png")), blob(side, share, k)
    return *perceived(made, truth, hole), lines(made, truth, hole), grain(made, truth, hole)


def row(name, found, ours_found):
    """One line of the table: `ours_found` are our scores, None where there are none."""
    seconds, megabytes, scores = found
    memory = f"{megabytes:>5.0f} MB" if megabytes else "    -   "
    text = f"{name:<22} {seconds:7.2f} s  {memory}"
    if not len(scores):
        return text
    text += "  {:5.3f}  {:5.3f}  {:5.3f}  {:4.2f}".format(*scores.mean(axis=0))
    if ours_found is not None and ours_found is not scores:
        gain = (scores - ours_found)[:, :3]
        wins, losses = (gain > 0.01).sum(0), (gain < -0.01).sum(0)
        text += "   " + ", ".join(f"{won} : {lost}" for won, lost in zip(wins, losses, strict=True))
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
                print(f"{'':<22} {'median':>9} {'peak':>9}   perc  perc2  lines  grain  ahead")
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
