"""Set up Krita and GIMP: `install.py` in a checkout, `recraft install` from a wheel. Standard library only.

`hosts` where Krita and GIMP keep their plugins · `environment` Pythons with the core in them (`locked` of what, by
hash; `pip_wheel` pip for one that has none) · `plugins` put a plugin in and take it out again · `catalogues` its words
in other languages · `running` who is still at work with it · `bundle` release files with a frozen worker (`unpacking`
at its first start), or with `fetch`, which gets one on a click · `checks` what is wrong and what to do · `commands`
what a person types.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Where recraft_core and recraft_local lie: core/ of a checkout, or site-packages.
CORE = Path(__file__).resolve().parents[1]
CHECKOUT = (CORE.parent / "install.py").is_file() and (CORE.parent / "krita_plugin").is_dir()
# What holds the plugins: the checkout, or this very package where it came in a wheel.
HERE = CORE.parent if CHECKOUT else Path(__file__).resolve().parent


class Trouble(Exception):
    """Something went wrong that the user can mend; the text says how."""


class Steps:
    """What is done to the file system, said line by line; with `dry` it is only said."""

    hears = False  # True: programs are listened to, and may tell of their progress

    def __init__(self, *, dry: bool = False) -> None:
        self.dry = dry

    def say(self, text: str) -> None:
        """One line for the user."""
        print(text, flush=True)

    def run(self, command: Sequence[str], env: Mapping[str, str], *, quiet: bool = False) -> int:
        """Run a program, which speaks for itself unless it is to be `quiet`; its exit code."""
        # uv refuses to work in a folder of its own cache, which is where uvx keeps us.
        place = HERE if CHECKOUT else Path(sys.executable).anchor
        return subprocess.run(list(command), cwd=place, env=dict(env), check=False, capture_output=quiet).returncode

    def touch(self, doing: str, *paths: Path) -> bool:
        """Say what happens to each of `paths` when nothing will; True when it is to be done."""
        for path in paths if self.dry else ():
            self.say(f"would {doing} {path}")
        return not self.dry


def typed(command: str) -> str:
    """The line that runs `command` ("krita", "doctor") once more, as this user can type it."""
    if CHECKOUT:
        return f"{_python()} install.py {command}"
    words = command if command in {"doctor", "remove"} else f"install {command}"
    return f"{'uvx recraft-canvas' if Path(sys.argv[0]).stem == 'recraft-canvas' else 'recraft'} {words}"


def _python() -> str:
    """The shortest name of the Python that runs this: python3 may be an older one, and Windows knows no such name."""
    if os.name == "nt":
        return "py" if shutil.which("py") else f'"{sys.executable}"'
    for name in ("python3", f"python3.{sys.version_info[1]}"):
        path = shutil.which(name)
        if path and os.path.realpath(path) == os.path.realpath(sys.executable):
            return name
    return shlex.quote(sys.executable)
