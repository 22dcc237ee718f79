"""Many pictures in one go: counted, killed, timed. Each part starts real commands against a real engine.

    python benchmarks/batch.py kills [ROWS] [KILLS]    kill -9 in between, gone on with: results and charges
    python benchmarks/batch.py pace [ROWS] [PROCESSES] the service's own limits: seconds taken and seconds allowed
    python benchmarks/batch.py cutouts [ROWS]          pictures per CPU second beside a bare loop over the same
    python benchmarks/batch.py dask [ROWS]             one process, 1, 2 and 4 workers, and 2 of which one is killed
    python benchmarks/batch.py overhead [ROWS] [MS]    what a row costs beside its work, here and on a cluster
    python benchmarks/batch.py tiles [WIDTH] [HEIGHT]  a crisp upscale by tiles: steps across and beside the borders;
                                                       CROP=FILE.png keeps what is around crossings of borders

`kills` runs against an engine that counts like the service. Its pace is set to 10 requests a second and 600 pictures a
minute, six times the service's own, so that 1,000 pictures take two minutes; RATE=service takes the real one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from processes import watched

KEY = "key-for-benchmarks-0123456789"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def picture(path: Path, seed: int, size: tuple[int, int]) -> None:
    """A small picture like no other: a disc on a slope, some grain."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    slope = np.dstack([x * 200 // width, y * 200 // height, np.full_like(x, 90)])
    base = slope + rng.integers(0, 20, (height, width, 3))
    centre = rng.uniform(0.35, 0.65, 2)
    base[((x / width - centre[0]) ** 2 + (y / height - centre[1]) ** 2) < 0.05] = rng.integers(0, 255, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(base.clip(0, 255).astype(np.uint8)).save(path)


def environment(home: Path, **more: object) -> dict[str, str]:
    """That of a user with a home of their own."""
    from recraft_core import settings

    os.environ.update({"RECRAFT_HOME": str(home), "RECRAFT_API_TOKEN": KEY})
    for name, value in more.items():
        settings.change(name, value)
    return dict(os.environ)


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "recraft_core", *map(str, words)]


@contextmanager
def engine(rate: float):
    """An engine with the service's limits on, when there is a rate."""
    from recraft_local.server import Settings, serving

    with serving(Settings(control=True, strict=True, rate=rate, units=10**9)) as running:
        yield running


def kills(rows: int = 1000, times: int = 5) -> None:
    real = os.environ.get("RATE") == "service"
    per_second, per_minute = (5, 100) if real else (10, 600)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(rows):
            picture(folder / "in" / f"{number:04d}.png", number, (32, 32))
        for number in range(10):
            (folder / "in" / f"bad-{number}.png").write_bytes(b"no picture")
        env = environment(folder / "home", requests_per_second=per_second, pictures_per_minute=per_minute)
        if not real:
            from recraft_local import engine as limited

            limited.limits.PICTURES_PER_MINUTE = per_minute  # type: ignore[attr-defined]
        with engine(per_second) as served:
            where = ("--base-url", served.base_url, "--json", "--quiet")
            words = command("batch", "crisp-upscale", folder / "in", "-o", folder / "out", *where)
            rng, runs, start = random.Random(1), [], time.monotonic()
            while True:
                begun = time.monotonic()
                process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                stop_after = rng.randint(rows // (2 * times), rows // times) if len(runs) < times else 10**9
                done = []
                for line in process.stdout:
                    done.append(json.loads(line))
                    if sum(row.get("state") == "done" for row in done) >= stop_after:
                        process.kill()
                        break
                process.stdout.close()
                process.stderr.read()
                process.stderr.close()
                process.wait()
                runs.append((sum(row.get("state") == "done" for row in done), time.monotonic() - begun))
                if len(runs) > times:
                    break
            last = [row for row in done if "state" in row]
            doubtful = [row["picture"] for row in last if row["state"] == "doubtful"]
            pictures, charged = made(folder / "out"), served_units(served) / 4
            if doubtful:
                subprocess.run([*words, "--retry-doubtful"], env=env, check=False, capture_output=True)
            again = served_units(served) / 4 - charged
            finally_made = made(folder / "out")
        print(f"{rows} pictures, killed {times} times, {time.monotonic() - start:.0f} s in all")
        for number, (count, seconds) in enumerate(runs):
            print(f"  run {number + 1}: {count} done in {seconds:.0f} s, {60 * count / seconds:.0f} a minute"
                  f" ({count / seconds / (per_minute / 60):.1%} of the limit, start included)")  # fmt: skip
        print(f"  bad files named: {sum('bad-' in row['picture'] for row in last)}; exit code {process.returncode}")
        print(f"  results {pictures}, charged {charged:g}, in doubt and asked about {len(doubtful)}: of these "
              f"{charged - pictures:g} were charged, no row twice: {pictures <= charged <= rows}")  # fmt: skip
        print(f"  then with --retry-doubtful: sent and charged again {again:g}, results {finally_made}")


def made(folder: Path) -> int:
    """Pictures that are there."""
    return len(list(folder.glob("*.png")))


def pace(rows: int = 300, processes: int = 1) -> None:
    """Plain pictures, traced, under the service's limits, shared out over processes of one user that start at once."""
    per_second, per_minute = 5, 100
    whole, rest = divmod(rows - 1, per_minute)
    allowed = 60 * whole + rest / per_second  # until the last request may leave
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(rows):
            path = folder / f"in-{number % processes}" / f"{number:04d}.png"
            path.parent.mkdir(exist_ok=True)
            Image.new("RGB", (256, 256), (number % 256, number // 256, 90)).save(path)
        env = environment(folder / "home")
        with engine(per_second) as served:
            start, where = time.monotonic(), ("--base-url", served.base_url, "--quiet", "--json")
            running = [
                subprocess.Popen(
                    command("batch", "vectorize", folder / f"in-{one}", "-o", folder / "out", *where),
                    env=env, stdout=subprocess.PIPE, text=True,
                )
                for one in range(processes)
            ]  # fmt: skip
            told = [json.loads(line) for one in running for line in one.communicate()[0].splitlines()]
            seconds = time.monotonic() - start
            asked = [visit for visit in served.engine.requests if visit.path.endswith("vectorize")]
            charged = served_units(served) / 10
        refused = sum(visit.status != 200 for visit in asked)
        print(f"{rows} pictures, processes at once: {processes}; {seconds:.1f} s from the first one's start to the last"
              f" one's end, {seconds / allowed:.3f} of the {allowed:.1f} s that the limits allow")  # fmt: skip
        print(*(f"  {row}" for row in told if row.get("state", "done") != "done"), sep="\n")
        print(f"  results {len(list((folder / 'out').glob('*.svg')))}, charged {charged:g}, requests {len(asked)}, "
              f"refused {refused}, exit codes {[one.returncode for one in running]}")  # fmt: skip


def served_units(served) -> float:
    """What the engine has taken from its balance."""
    return 10**9 - served.engine.store.balance


def cutouts(rows: int = 300) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(rows):
            picture(folder / "in" / f"{number:04d}.png", number, (512, 384))
        env = environment(folder / "home")
        alone, _ = watched([sys.executable, __file__, "bare", str(folder / "in")], env)
        words = ["batch", "remove-background", folder / "in", "-o", folder / "out", "--local", "--quiet"]
        ours, seen = watched(command(*words), env)
        count = made(folder / "out")
        print(f"{count} cut-outs of 512 × 384: {count / ours:.2f} per CPU second, a bare loop {rows / alone:.2f}; "
              f"{alone / ours:.2f} of it")  # fmt: skip
        quarters = [seen[len(seen) * part // 4 : len(seen) * (part + 1) // 4] for part in range(4)]
        told = ", ".join(f"{max((one.own for one in some), default=0):.0f}" for some in quarters)
        print(f"  most memory in each quarter of the run, all processes, without files: {told} MB")


def bare(folder: str) -> None:
    """What a loop of one's own over the engine's function would do: read, cut out, write a PNG."""
    from recraft_local.pictures.matte import cut_out

    for path in sorted(Path(folder).glob("*.png")):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGBA"))
        Image.fromarray(cut_out(pixels).pixels).save(path.with_suffix(".bare.png"))
    for path in Path(folder).glob("*.bare.png"):
        path.unlink()


class Nothing:
    """A studio whose service answers at once and makes nothing: what is left is what a batch itself costs."""

    offline = False
    service = books = None
    units, notes, layers, may_draw = 4, (), (), False

    def __init__(self, pacer=None, latency_s: float = 0, **_: object) -> None:
        self.pacer, self.latency_s, self.plan, self.progress = pacer, latency_s, self, lambda _phase, _share: None

    def job(self, *_: object, **__: object) -> Nothing:
        return self

    def run(self) -> Nothing:
        if self.pacer:
            self.pacer.take(1)
        self.progress("sending", 0.5)
        time.sleep(self.latency_s)
        return self

    def save(self, path: Path, **_: object) -> list[Path]:
        path.write_bytes(b"nothing")
        return [path]


def dask(rows: int = 60) -> None:
    """Speed-up where the service takes its time, charges with a worker killed, and what a row costs beside its work."""
    from recraft_core import Studio
    from recraft_core.batch import Options

    latency = 0.5
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(rows):
            picture(folder / "in" / f"{number:04d}.png", number, (32, 32))
        environment(folder / "home", requests_per_second=100, pictures_per_minute=10_000)
        with engine(0) as served:
            served.engine.faults.add("*", "stall", seconds=latency, times=10**6)

            def timed(name: str, more: dict[str, object], kill: Callable[[], None] = lambda: None) -> None:
                before, start = served_units(served), time.monotonic()
                how = Options(out=str(folder / name), jobs=None if more.get("gate") else 1)
                batch = Studio(base_url=served.base_url).batch("crisp_upscale", [str(folder / "in")], how=how, **more)
                states: dict[str, int] = {}
                for number, done in enumerate(batch):
                    states[done.state] = states.get(done.state, 0) + 1
                    if number == rows // 3:
                        kill()
                seconds = time.monotonic() - start
                results = made(folder / name)
                print(f"  {name:22} {seconds:6.1f} s, {1000 * seconds / rows:5.0f} ms a row; {states}; "
                      f"{results} results, {(served_units(served) - before) / 4:g} charged", flush=True)  # fmt: skip

            print(f"{rows} small pictures, one engine that takes {latency:g} s longer for each", flush=True)
            timed("one thread", {"executor": "threads"})
            for workers, killed in ((1, False), (2, False), (4, False), (2, True)):
                with cluster(workers) as (parts, pids):
                    end = (lambda pid=pids[0]: os.kill(pid, 9)) if killed else (lambda: None)
                    timed(f"{workers} workers{', one killed' if killed else ''}", parts, end)


def overhead(rows: int = 400, latency_ms: int = 0) -> None:
    """What a row costs when its work costs nothing, or only takes its time: here, and on a cluster with its gate and
    its turns.
    """
    from recraft_core.batch import Options
    from recraft_core.batch.batch import batch_of
    from recraft_core.batch.work import Opening

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(rows):
            picture(folder / "in" / f"{number:04d}.png", number, (8, 8))
        environment(folder / "home", requests_per_second=100, pictures_per_minute=10_000)

        def timed(name: str, more: dict[str, object]) -> None:
            how = Options(out=str(folder / name), jobs=None if more.get("gate") else 1)
            batch = batch_of(opening, "crisp_upscale", [str(folder / "in")], how, free=False, **more)
            start, cpu = time.monotonic(), time.process_time()
            states = [done.state for done in batch]
            seconds, used = time.monotonic() - start, time.process_time() - cpu
            print(f"  {name:12} {1000 * seconds / rows:6.1f} ms a row, {1000 * used / rows:5.1f} ms of CPU where it "
                  f"was started and scheduled; {states.count('done')} of {len(states)} done", flush=True)  # fmt: skip

        print(f"{rows} rows without work that take {latency_ms} ms each", flush=True)
        opening = Opening(Nothing, (("latency_s", latency_ms / 1000),))
        timed("one thread", {"executor": "threads"})
        for workers in (1, 2, 4):
            with cluster(workers) as (parts, _):
                timed(f"{workers} workers", parts)


@contextmanager
def cluster(workers: int):
    """A scheduler in this process and workers of one thread in processes of their own."""
    from distributed import Client, LocalCluster
    from recraft_core.batch.cluster import parts

    how = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=workers, **how) as made, Client(made) as client:
        yield parts(client), list(client.run(os.getpid).values())


def _step(picture: np.ndarray, column: int) -> float:
    """How much two neighbouring columns differ, in levels."""
    return float(np.abs(picture[:, column].astype(int) - picture[:, column - 1]).mean())


def tiles(width: int = 5000, height: int = 3500) -> None:
    from recraft_core.batch.tiles import _sides, factor
    from recraft_core.shared.geometry import Box, Size
    from recraft_core.shared.islands import grid
    from recraft_core.shared.operations import OPERATIONS

    size = Size(width, height)
    with tempfile.TemporaryDirectory(dir=os.environ.get("KEEP")) as place:
        folder = Path(place)
        source = Path(__file__).parents[1] / "tests" / "pictures" / "dunes.jpg"
        with Image.open(source) as image:
            image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(folder / "in.png")
        env = environment(folder / "home")
        start = time.monotonic()
        words = ["crisp-upscale", folder / "in.png", "--tiles", "-o", folder / "out.png", "--local", "--quiet"]
        cpu, seen = watched(command(*words), env)
        seconds, scale = time.monotonic() - start, factor(size)
        Image.MAX_IMAGE_PIXELS = None
        with Image.open(folder / "out.png") as image:
            made = np.asarray(image.convert("L"))
        boxes = grid(Box.of(size), *_sides(OPERATIONS["crisp_upscale"], size))
        print(f"{size} becomes {made.shape[1]} × {made.shape[0]} in {len(boxes)} tiles, {seconds:.0f} s, "
              f"{cpu:.0f} CPU s")  # fmt: skip
        kinds = {kind: max(one.kinds.get(kind, 0) for one in seen) for one in seen for kind in one.kinds}
        print(f"  most memory: all processes together {max(one.whole for one in seen):.0f} MB, without their share of "
              f"mapped files and programs {max(one.own for one in seen):.0f} MB, of which "
              f"{', '.join(f'{kind} at most {most:.0f} MB' for kind, most in kinds.items())}")  # fmt: skip
        columns = sorted({edge * scale for box in boxes for edge in (box.x, box.right)} - {0, width * scale})
        # A border lies between two pixels of the source, where the picture has steps of its own.
        with Image.open(folder / "in.png") as image:
            own = np.asarray(image.convert("L"))
        near = [0, *(k for k in range(-12, 13) if k)]
        steps = np.array([[(_step(made, c + k * scale), _step(own, c // scale + k)) for k in near] for c in columns])
        for name, some in (("across borders", steps[:, :1]), ("beside them", steps[:, 1:])):
            larger, source = some.mean(axis=(0, 1))
            print(f"  mean step {name} {larger:.3f}, {larger / source:.3f} of the source's own there ({source:.3f})")
        if os.environ.get("CROP"):
            rows = sorted({edge * scale for box in boxes for edge in (box.y, box.bottom)} - {0, height * scale})
            with Image.open(folder / "out.png") as image:
                for number, (x, y) in enumerate(zip(columns[1::3], rows, strict=False)):
                    where = Path(os.environ["CROP"]).with_suffix(f".{number}.png")
                    image.crop((x - 400, y - 300, x + 400, y + 300)).save(where)


if __name__ == "__main__":
    part, *numbers = sys.argv[1:] or ["kills"]
    parts_of_it = {
        "kills": kills, "pace": pace, "cutouts": cutouts, "dask": dask, "overhead": overhead,
        "tiles": tiles, "bare": bare,
    }  # fmt: skip
    parts_of_it[part](*(number if part == "bare" else int(number) for number in numbers))
