"""CPU seconds of one small erase in real GIMP, from the click to the layer: GIMP, plug-in, worker and engine together.

    python benchmarks/gimp.py [gimp-3.2] [--times 5]

Needs the hosts of tests/hosts/roots.py. A selection of 64 × 56 px in the scene of the host tests (320 × 272 px) is
erased once, which starts the engine, and then so many times: without a window, as a script does, and from the menu.
All processes of GIMP's own namespace count, the display's among them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests/hosts")]

MODES = ("NONINTERACTIVE", "INTERACTIVE")


def main() -> int:
    """Measure and print a line for each way."""
    import roots
    import test_gimp

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host", nargs="?", default="gimp-3.2")
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    host = SimpleNamespace(host=SimpleNamespace(name=given.host), version=roots.find(given.host).version)
    folders = [str(HERE), str(roots.PROJECT / "tests/hosts")]
    code = f"import sys; sys.path[:0] = {folders!r}; import gimp; gimp.inside()"
    for mode in MODES:
        window = {"program": ("gimp", "--no-splash"), "display": True} if mode == "INTERACTIVE" else {}
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            outcome = test_gimp.start(host, home, code, env={"COST": f"{mode}:{given.times}"}, **window)
            path = home / "cost.json"
            if not path.exists():
                print(outcome.stderr[-2000:], file=sys.stderr)
                return 1
            first, *rest = json.loads(path.read_text(encoding="utf-8"))
        took = f"{statistics.median(rest):.2f} s ({min(rest):.2f} to {max(rest):.2f})"
        print(f"{given.host} {mode.lower()}: {took}, the first one {first:.2f} s", flush=True)
    return 0


def inside() -> None:
    """In GIMP: what each erase took, into cost.json."""
    import contract
    from gi.repository import Gimp
    from gimp_port import GimpPort, call, processes
    from processes import cpu_s

    mode, times = os.environ["COST"].split(":")
    port, took = GimpPort(), []
    image = port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)
    left, top, width, height = contract.AROUND

    def spent() -> float:
        return sum(cpu_s(pid) for pid in processes(b"") if pid != os.getpid())

    for number in range(int(times) + 1):
        port.select(image, b"\xff" * (width * height), (left + number, top, width, height))
        before = spent()
        told = call(image, "erase", getattr(Gimp.RunMode, mode))
        while [*processes(b"recraft/recraft.py"), *processes(b"\0worker\0")]:
            time.sleep(0.05)
        took.append(spent() - before)
        assert not told["error"], told
    (Path(os.environ["HOME"]) / "cost.json").write_text(json.dumps(took), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
