"""What a call of the embedded engine's server costs: CPU of its process tree, peak memory, and what it keeps.

    python benchmarks/engine_work.py [--pictures DIR]
    python benchmarks/engine_work.py --calls 500

The first prints one line for each kind of work, each with a server of its own: CPU seconds of the second call (the
tree's, children that ended included), the peak memory of the server over both, and what it holds five seconds later;
then the CPU of vtracer alone on the same drawing, and of an erase at the command line, from nothing and with the
engine that an earlier one left running. The second asks
one server for many calls of all kinds in turn and prints what it holds in between. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits on a busy machine

import engine_fill as by_fill
import numpy as np
import requests
from PIL import Image
from processes import cpu_of, cpu_s, megabytes

PICTURES = Path(__file__).resolve().parents[1] / "tests" / "pictures"
SHOWN_AT = (1, 10)  # calls after which memory is told, besides every fiftieth


class Server:
    """A server of the engine, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address

    def cpu_s(self) -> float:
        """Of the server and its children that have ended, in seconds."""
        return cpu_s(self.process.pid)

    def megabytes(self, field: str = "VmRSS") -> float:
        """What it holds now; with "VmHWM" the most it ever held."""
        return megabytes(field, self.process.pid)

    def ask(self, path: str, files: dict[str, bytes], **fields: str) -> None:
        """One call; raises where it is refused."""
        url, key = f"{self.address}/v1/images/{path}", {"Authorization": "Bearer benchmark"}
        answer = requests.post(url, files=files, data=fields, headers=key, timeout=600)
        answer.raise_for_status()


@contextmanager
def server() -> Iterator[Server]:
    command = [sys.executable, "-m", "recraft_local", "--port", "0", "--units", "1000000000", "--expire", "5"]
    process = subprocess.Popen([*command, "--until-stdin-closes"], stdin=-1, stdout=-1, stderr=-3, text=True)
    try:
        line = process.stdout.readline()
        yield Server(process, line.strip().split()[-1].removesuffix("/v1"))
    finally:
        process.stdin.close()
        process.wait(20)


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def works(folder: Path) -> dict[str, Callable[[Server], None]]:
    """Each kind of work by its name."""
    photo = by_fill.square(folder / "otter.jpg", 1024)[0]
    half = by_fill.square(folder / "otter.jpg", 512)[0]
    drawing = (folder / "lighthouse.png").read_bytes()
    hole = png(by_fill.blob(512, 5, 0).astype(np.uint8) * 255)
    return {
        "erase, 512 px, 5 %": lambda to: to.ask("eraseRegion", {"image": png(half), "mask": hole}),
        "cut-out, 1024 px": lambda to: to.ask("removeBackground", {"file": png(photo)}),
        "vectorize, flat": lambda to: to.ask("vectorize", {"file": drawing}),
        "crisp upscale, 512 px": lambda to: to.ask("crispUpscale", {"file": png(half)}),
        "restyle, 512 px": lambda to: to.ask(
            "imageToImage", {"image": png(half)}, prompt="watercolor", strength="0.5"
        ),
    }


def each(folder: Path) -> None:
    print(f"{'':<24}{'CPU':>8}{'peak':>10}{'5 s later':>12}")
    for name, work in works(folder).items():
        with server() as to:
            work(to)
            before = to.cpu_s()
            work(to)
            spent = to.cpu_s() - before
            time.sleep(5)
            print(f"{name:<24}{spent:6.2f} s{to.megabytes('VmHWM'):7.0f} MB{to.megabytes():9.0f} MB", flush=True)
    alone = [sys.executable, "-c", VTRACER, str(folder / "lighthouse.png")]
    print(f"{'vtracer alone, flat':<24}{cpu_of(alone):6.2f} s")
    with tempfile.TemporaryDirectory() as home:
        picture, mask = folder / "dunes.jpg", folder / "dunes-mask.png"
        words = [sys.executable, "-m", "recraft_core", "erase", str(picture), "--mask", str(mask)]
        words += ["-o", f"{home}/out.png", "--local"]
        # As installed: with the modules' compiled code, which a shell may tell Python not to keep. Loading is twice as
        # dear without it.
        environment = {**os.environ, "RECRAFT_HOME": home}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        cpu_of([*words, "--no-share"], environment)
        print(f"{'erase, from nothing':<24}{cpu_of([*words, '--no-share'], environment):6.2f} s")
        cpu_of(words, environment)  # starts the engine that stays
        (place,) = (json.loads(file.read_bytes()) for file in Path(home).rglob("shared-*.json"))
        before = cpu_s(place["pid"])
        command = cpu_of(words, environment)
        engine = cpu_s(place["pid"]) - before
        print(f"{'erase, engine warm':<24}{command + engine:6.2f} s, of which the command {command:.2f} s")
        os.kill(place["pid"], 15)


VTRACER = (
    "import sys, vtracer; vtracer.convert_raw_image_to_svg(open(sys.argv[1], 'rb').read(), img_format='png')"
)


def many(folder: Path, calls: int) -> None:
    kinds = list(works(folder).values())
    print(f"{'calls':>6}{'holds':>10}{'most':>10}")
    with server() as to:
        for call in range(1, calls + 1):
            kinds[call % len(kinds)](to)
            if call in SHOWN_AT or call % 50 == 0:
                time.sleep(6)  # results live for five seconds
                print(f"{call:>6}{to.megabytes():>7.0f} MB{to.megabytes('VmHWM'):>7.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    parser.add_argument("--calls", type=int, help="one server, so many calls of all kinds in turn")
    asked = parser.parse_args()
    if asked.calls:
        many(asked.pictures, asked.calls)
    else:
        each(asked.pictures)


if __name__ == "__main__":
    main()
