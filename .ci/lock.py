#!/usr/bin/env python3
"""What a worker's environment is made of, with the hash of every file: core/recraft_setup/requirements.txt.

    python3 .ci/lock.py              make it from setup.cfg; versions that still fit stay
    python3 .ci/lock.py --upgrade    take the newest versions
    python3 .ci/lock.py --check      write nothing; end with what is not in step

Needs uv, and PyPI or what UV_DEFAULT_INDEX names.
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
LOCK = HERE / "core" / "recraft_setup" / "requirements.txt"
OLDEST = "3.10"
WISHED = "# Without these it goes on, in a plainer way.\n"
_HEAD = "# Made by .ci/lock.py from setup.cfg, for every system and Python from {oldest} on.\n"


def requirements() -> tuple[list[str], list[str]]:
    """What setup.cfg needs always, and what the worker wishes for besides."""
    wanted = configparser.ConfigParser()
    wanted.read(HERE / "setup.cfg", encoding="utf-8")
    rows = wanted["options.extras_require"]
    needed = wanted["options"]["install_requires"].strip().splitlines()
    return needed, [line for name in ("local", "keyring") for line in rows[name].strip().splitlines()]


def blocks(text: str) -> list[str]:
    """One requirement each, with its hashes."""
    return re.findall(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9#]|\Z)", text, re.MULTILINE | re.DOTALL)


def name(block: str) -> str:
    """The package of a block."""
    return block.partition("==")[0].partition("[")[0].strip()


def resolved(lines: list[str], known: str, *words: str) -> list[str]:
    """What uv answers for `lines`, which keeps to the versions in `known`."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted, out = Path(scratch, "in.txt"), Path(scratch, "out.txt")
        wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
        out.write_text(known, encoding="utf-8")
        options = ["--universal", "--generate-hashes", "--only-binary", ":all:", "--python-version", OLDEST]
        plain = ["--no-header", "--no-annotate", "--quiet", "--output-file", str(out)]
        uv = os.environ.get("UV") or "uv"
        done = subprocess.run([uv, "pip", "compile", str(wanted), *options, *plain, *words], cwd=scratch, check=False)
        if done.returncode:
            sys.exit("uv could not resolve it; see above.")
        return blocks(out.read_text(encoding="utf-8"))


def made(*words: str) -> str:
    """The whole file, in two parts."""
    known = LOCK.read_text(encoding="utf-8") if LOCK.exists() else ""
    needed, wished = requirements()
    every = resolved([*needed, *wished], known, *words)
    always = {name(block) for block in resolved(needed, "".join(every))}
    first = [block for block in every if name(block) in always]
    rest = [block for block in every if name(block) not in always]
    return "".join([_HEAD.format(oldest=OLDEST), *first, WISHED, *rest])


def main() -> None:
    """Write it, or say that it is not in step."""
    if "--check" in sys.argv:
        if made() != LOCK.read_text(encoding="utf-8"):
            sys.exit(f"{LOCK.relative_to(HERE)} is not what setup.cfg asks for. Run: python3 .ci/lock.py")
        return
    LOCK.write_text(made(*sys.argv[1:]), encoding="utf-8")


if __name__ == "__main__":
    main()
