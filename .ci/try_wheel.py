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


# Where Krita keeps its own, below a home.
_SYSTEMS = {"win32": "Roaming/krita", "darwin": "Library/Application Support/krita"}
KRITA = _SYSTEMS.get(sys.platform, ".local/share/krita")


def run(*command: object, codes: tuple[int, ...] = (0,), **more: str) -> str:
    """Run a command; what it said, or the end of everything."""
    words, env = [str(word) for word in command], {**os.environ, **more}
    done = subprocess.run(words, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def user(home: Path) -> dict[str, str]:
    """The variables of somebody who has a Krita and lives in `home`."""
    (home / KRITA).mkdir(parents=True)
    names = {"HOME": ".", "USERPROFILE": ".", "APPDATA": "Roaming", "LOCALAPPDATA": "Local"}
    xdg = {f"XDG_{name}_HOME": "" for name in ("DATA", "CONFIG", "STATE")}
    cache = run(sys.executable, "-m", "pip", "cache", "dir").strip()
    return {**{name: str(home / one) for name, one in names.items()}, **xdg, "PIP_CACHE_DIR": cache, "PYTHONPATH": ""}


def main() -> None:
    """Try it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        scratch = Path(name).resolve()
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", scratch, HERE)
        wheel = next(scratch.glob("*.whl"))
        venv.create(scratch / "tool", with_pip=True)
        tool = scratch / "tool" / BIN
        run(tool / "python", "-m", "pip", "install", "--quiet", wheel, "--disable-pip-version-check")
        home, recraft = scratch / "Käthe M", tool / "recraft-canvas"
        own = user(home)
        before = sorted(home.rglob("*"))
        print(run(recraft, "install", "krita", **own))
        plugins = home / KRITA / "pykrita"
        for file in ("recraft.desktop", "recraft/__init__.py", "recraft/worker.json", "recraft/shared/errors.py"):
            assert (plugins / file).is_file(), file
        # The command's own environment has no engine, which is no fault here: the plugin's worker has one.
        told = run(recraft, "doctor", "--quick", codes=(0, 7), **own)
        assert "the worker answers" in told, told
        assert f"Krita: installed in {plugins / 'recraft'}" in told, told
        print(run(recraft, "remove", **own))
        # The log and the folder of the history stay, as told; what else is new, other programs have written.
        new = [one for one in home.rglob("*") if one not in before]
        left = [one for one in new if "krita" in one.parts or one.name in {"kritarc", "worker", "installed.json"}]
        assert not left, left
        print(f"{wheel.name}  {wheel.stat().st_size / 1e6:.1f} MB: installed, answered and removed")


if __name__ == "__main__":
    main()
