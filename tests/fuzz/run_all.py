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
KILLS = "kills between the click and its result"
DOORS = 300

HEAD = """
## Attacks by the million

Made by `python tests/fuzz/run_all.py`, a slice of which is a part of every test run. Each input comes from its number
alone. Right: a picture, a drawing that is safe, an answer, a result that is placed or told. Failed: anything else, a
crash, a hang or a paid answer lost. What hostile drawings try in particular is told under [drawings](drawings.md).

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


def kills(_minutes):
    test = HERE.parent / "core" / "test_kills.py"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-k", "killed_at", str(test)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, "KILLS": str(DOORS)})
    rows = [json.loads(line[line.index("{"):]) for line in out.stdout.splitlines() if '"door"' in line]
    done = sum(value for row in rows for value in row.values() if isinstance(value, int))
    return {"tried": 3 * DOORS, "right": done, "refused": 0, "failed": 3 * DOORS - done}


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
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*FUZZERS, KILLS]))
    parser.add_argument("--minutes", type=float, default=60)
    chosen = parser.parse_args()
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in chosen.names or [*FUZZERS, KILLS]:
        held[name] = (kills if name == KILLS else lambda minutes, name=name: fuzz(name, minutes))(chosen.minutes)
        tell(held)
    return any(row["failed"] for row in held.values())


if __name__ == "__main__":
    sys.exit(main())
