"""Runs every fuzzer, and the kills, and writes how it went to `attacks.json` and, as a table, to docs/faults.md.

    python tests/fuzz/run_all.py [--minutes 60] [NAME…]

Each stops at its count or its minutes, whichever comes first. Those not named keep what they had.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS, TABLE = HERE / "attacks.json", HERE / "attacks.md"
PAGE = HERE.parents[1] / "docs" / "faults.md"
MILLION = 1_000_000
# Name in the table: the command's words, and how often.
FUZZERS = {
    "heads of picture files": (["fuzz_reading.py", "headers"], MILLION),
    "masks": (["fuzz_reading.py", "masks"], MILLION),
    "drawings": (["drawings.py"], MILLION),
    "messages between plugin and worker": (["messages.py"], 30_000),
}
KILLS, DRAWN, ANSWERS = "kills between the click and its result", "hostile drawings", "answers of every shape"
DOORS, TIMES = ("script", "command", "worker", "batch"), 330

HEAD = """
## Attacks by the million

Made by `python tests/fuzz/run_all.py`; every test run includes a slice of it. Each input is derived from its number
alone. "Right" means a picture, a safe drawing, an answer, or a result that is placed or reported. "Failed" means
anything else: a crash, a hang or a lost paid answer. [Drawings](drawings.md) lists what hostile drawings try.

| Inputs | Tried | Right | Refused | Failed | Slowest, s | Memory, MB |
|---|---:|---:|---:|---:|---:|---:|
"""


def fuzz(name, minutes):
    words, count = FUZZERS[name]
    timed = [] if words[0] == "messages.py" else ["--minutes", str(minutes)]
    command = [sys.executable, str(HERE / words[0]), *words[1:], "--count", str(count), *timed]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
    print(out, flush=True)
    return json.loads(out.splitlines()[-1])


def tested(name, *words, **environ):
    """Whether a test file of the core passes, and what it printed."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", str(HERE.parent / "core" / name), *words]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, **environ})
    print(out.stdout[-2000:], flush=True)
    return out.returncode == 0, out.stdout


def kills(_minutes):
    """Each door by itself. Right: the result can be placed, or is told as perhaps charged, or nothing was asked."""
    rows = [_killed(door) for door in DOORS]
    return {name: sum(row[name] for row in rows) for name in ("tried", "right", "refused", "failed", "paid")}


def _killed(door):
    well, out = tested("test_kills.py", "-k", f"killed_at and {door}", KILLS=str(TIMES))
    if not well:
        return {"tried": TIMES, "right": 0, "refused": 0, "failed": TIMES, "paid": 0}
    (row,) = [json.loads(line[line.index("{"):]) for line in out.splitlines() if '"door"' in line]
    return {"tried": row["killed"], "right": row["killed"], "refused": 0, "failed": 0, "paid": row["paid"]}


def drawn(_minutes):
    """The table of the sanitiser's tests; docs/drawings.md tells it by kind."""
    sys.path[:0] = [str(HERE.parent / "core")]
    from attacks import ATTACKS, REFUSED, WHOLE

    well, _ = tested("test_svg_attacks.py")
    right, refused = len(ATTACKS) + len(WHOLE), len(REFUSED)
    return _all(right + refused, right, refused, well=well)


def answers(_minutes):
    """The last row of the table above, which its tests make."""
    well, _ = tested("test_recorded.py")
    _, _, shapes, held, *_ = (HERE.parent / "core" / "recorded" / "table.md").read_text().splitlines()[-1].split("|")
    return _all(int(shapes), int(held), 0, well=well)


def _all(tried, right, refused, *, well):
    return {"tried": tried, "right": right, "refused": refused, "failed": tried - right - refused if well else tried}


OTHERS = {ANSWERS: answers, DRAWN: drawn, KILLS: kills}


def tell(held):
    """Write down what is held, for the next run and for people."""
    RESULTS.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    rows = [
        f"| {name} | {row['tried']:,} | {row['right']:,} | {row['refused']:,} | {row['failed']} "
        f"| {row.get('slowest_s', '–')} | {row.get('peak_mb', '–')} |\n"
        for name, row in held.items()
    ]
    TABLE.write_text(HEAD + "".join(rows), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page.partition(HEAD.partition("\n\n")[0])[0] + HEAD + "".join(rows), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*FUZZERS, *OTHERS]))
    parser.add_argument("--minutes", type=float, default=60)
    chosen = parser.parse_args()
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in chosen.names or [*FUZZERS, *OTHERS]:
        held[name] = OTHERS[name](chosen.minutes) if name in OTHERS else fuzz(name, chosen.minutes)
        tell(held)
    return any(row["failed"] for row in held.values())


if __name__ == "__main__":
    sys.exit(main())
