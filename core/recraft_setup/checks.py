"""What is set up and what is wrong, with the cure: install.py doctor.

The worker's own `recraft doctor` looks at keys, history and network; this looks at what an installer can mend.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import HERE
from .hosts import Host, data_folder, found
from .plugins import Ledger, enabled

_ROOM_MB = 400
_HELLO_S = 30


class Finding(NamedTuple):
    """One thing looked at; `cure` is empty when it is well."""

    what: str
    cure: str = ""


def look() -> Iterator[Finding]:
    """Everything worth knowing, what is wrong with its cure."""
    yield from _python()
    yield from _disk()
    ledger = Ledger(data_folder())
    for kind in ("krita", "gimp"):
        hosts = found(kind)
        if not hosts:
            yield Finding(f"no {kind.capitalize()} found")
        for host in hosts:
            yield from _host(host, ledger)
    for command in {tuple(row["worker"]) for row in ledger.rows.values()}:
        yield worker_answers(list(command))


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(f"Python {version}")
    for name in ("venv", "ensurepip"):
        if importlib.util.find_spec(name) is None:
            yield Finding(f"Python lacks {name}", "On Debian and Ubuntu: sudo apt install python3-venv")


def _disk() -> Iterator[Finding]:
    folder = data_folder()
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free >> 20
    cure = f"Free some space: the worker's environment needs about {_ROOM_MB} MB." if free < _ROOM_MB else ""
    yield Finding(f"{free:,} MB free at {there}", cure)
    if not os.access(there, os.W_OK):
        yield Finding(f"{there} cannot be written", "Change its permissions, or set RECRAFT_HOME to another folder.")


def _host(host: Host, ledger: Ledger) -> Iterator[Finding]:
    folder = host.plugins / "recraft"
    again = f"Run: python3 install.py {host.kind}"
    if not folder.is_dir():
        yield Finding(f"{host.label}: not installed in {host.plugins}", again)
        return
    yield Finding(f"{host.label}: installed in {folder}")
    if str(host.plugins) not in ledger.rows:
        yield Finding(f"{host.label}: installed by other means than install.py", "")
    if _version(folder) != _version(HERE / "core"):
        yield Finding(f"{host.label}: version {_version(folder)}, this is {_version(HERE / 'core')}", again)
    if not (folder / "worker.json").exists():
        yield Finding(f"{host.label}: worker.json is missing", again)
    if host.settings and not enabled(host.settings):
        yield Finding(
            f"{host.label}: the plugin is turned off",
            "Tick it in Krita's Settings > Configure Krita > Python Plugin Manager, and start Krita again.",
        )
    if host.kind == "gimp" and os.name != "nt" and not os.access(folder / "recraft.py", os.X_OK):
        yield Finding(f"{host.label}: recraft.py may not be executed, so GIMP passes it over", again)
    for stray in _strays(host):
        yield Finding(f"{host.label}: another copy lies in {stray}", "Remove it; two copies get in each other's way.")
    if host.sandboxed:
        yield Finding(
            f"{host.label}: runs in a sandbox, where the worker's own Python may not start",
            "If the plugin says so, install the release zip with the frozen worker instead.",
        )


def _strays(host: Host) -> list[Path]:
    """Copies a hand or an importer put where the host looks too."""
    names = ("recraft.py", "recraft-*", "Recraft", "recraft_canvas")
    return [one for name in names for one in host.plugins.glob(name) if one.name != "recraft"]


def _version(folder: Path) -> str:
    for path in (folder / "recraft_core" / "__init__.py", folder / "__init__.py"):
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            found_line = next((line for line in lines if line.startswith("__version__")), "")
            if found_line:
                return found_line.split('"')[1]
    return "unknown"


def worker_answers(command: list[str]) -> Finding:
    """Start the worker through the plugin's own link and see whether it answers."""
    code = (
        "import json, sys, time\n"
        f"sys.path.insert(0, {str(HERE / 'core')!r})\n"
        "from recraft_core.link import PluginLink\n"
        "link = PluginLink(json.loads(sys.argv[1]), host='install.py')\n"
        f"news = link.wait(link.send('key', do='state'), {_HELLO_S})\n"
        "link.stop(5)\n"
        "last = news[-1] if news else None\n"
        "print('' if last and last.kind == 'answer' else str(last.get('error') if last else 'no answer'))\n"
    )
    asking = [sys.executable, "-c", code, json.dumps(command)]
    done = subprocess.run(asking, capture_output=True, text=True, check=False, timeout=2 * _HELLO_S)
    said = (done.stdout + done.stderr).strip()
    if not said:
        return Finding(f"the worker answers ({command[0]})")
    return Finding(f"the worker does not answer: {said[-300:]}", "Run: python3 install.py all")
