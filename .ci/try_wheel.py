#!/usr/bin/env python3
"""The wheel as a user meets it: built, installed, `recraft install krita`, `recraft remove`, and all as before.

Works in a temporary folder that is a home of its own; needs an index that pip reaches.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
BIN = "Scripts" if os.name == "nt" else "bin"


def run(*command: object, **more: str) -> str:
    """Run a command; what it said, or the end of everything."""
    words, env = [str(word) for word in command], {**os.environ, **more}
    done = subprocess.run(words, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Try it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        scratch = Path(name).resolve()
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", scratch, HERE)
        wheel = next(scratch.glob("*.whl"))
        venv.create(scratch / "tool", with_pip=True)
        tool = scratch / "tool" / BIN
        run(tool / "python", "-m", "pip", "install", "--quiet", wheel, "--disable-pip-version-check")
        home, plugins = scratch / "Käthe M", scratch / "krita" / "pykrita"
        home.mkdir()
        own = {"RECRAFT_HOME": str(home), "PYTHONPATH": ""}
        recraft = tool / "recraft-canvas"
        print(run(recraft, "install", "krita", "--into", plugins, **own))
        for file in ("recraft.desktop", "recraft/__init__.py", "recraft/worker.json", "recraft/recraft_core/link.py"):
            assert (plugins / file).is_file(), file
        print(run(recraft, "doctor", "--quick", **own))
        print(run(recraft, "remove", **own))
        left = [str(path) for path in (*plugins.rglob("*"), *(home / "worker").rglob("*"))]
        assert not left, left
        print(f"{wheel.name}  {wheel.stat().st_size / 1e6:.1f} MB: installed, answered and removed")


if __name__ == "__main__":
    main()
