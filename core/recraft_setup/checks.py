"""What is set up and what is wrong, with the cure: install.py doctor.

The worker's own `recraft doctor` looks at keys, history and network; this looks at what an installer can mend.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import typed
from .hosts import Host, app_store_krita, data_folder, find, programs
from .plugins import SHARED, Ledger, enabled, version

NAMES = {"krita": "Krita", "gimp": "GIMP"}
_ROOM_MB = 400
_HELLO_S = 30
_GIMP_S = 180
_NO_GI = "On Debian and Ubuntu: sudo apt install python3-gi gir1.2-gimp-3.0 gir1.2-gtk-3.0"
_NO_STORE = "Take Krita from krita.org instead."
_NO_QT = "On Debian and Ubuntu: sudo apt install python3-pyqt5 (Krita 6: python3-pyqt6)"


class Finding(NamedTuple):
    """One thing looked at; `cure` is empty when it is well."""

    what: str
    cure: str = ""


def look() -> Iterator[Finding]:
    """Everything worth knowing, what is wrong with its cure."""
    yield from _python()
    yield from _disk()
    yield from installed()


def installed() -> Iterator[Finding]:
    """What there is of Krita and GIMP, of our plugins in them, and whether the worker answers."""
    ledger = Ledger(data_folder())
    if app_store_krita():
        yield Finding("Krita of the App Store cannot work with a worker: its sandbox forbids it", _NO_STORE)
    for kind in ("krita", "gimp"):
        hosts = find(kind)
        if not hosts:
            yield Finding(f"no {NAMES[kind]} found{_too_old(kind)}")
        for host in hosts:
            yield from _host(host, ledger)
        yield from _python_of_the_system(kind, hosts)
    for command in {tuple(row["worker"]) for row in ledger.rows.values()}:
        yield worker_answers(list(command))


def _too_old(kind: str) -> str:
    old = kind == "gimp" and any((Path.home() / ".config" / "GIMP").glob("2.*"))
    return "; GIMP 2 is here, and the plug-in needs GIMP 3" if old else ""


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(f"Python {version}")
    if importlib.util.find_spec("venv") is None:
        yield Finding("Python lacks venv", "On Debian and Ubuntu: sudo apt install python3-venv")


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
    again = f"Run: {typed(host.kind)}"
    if not folder.is_dir():
        yield Finding(f"{host.label}: not installed in {host.plugins}", again)
        return
    yield Finding(f"{host.label}: installed in {folder}")
    if str(host.plugins) not in ledger.rows:
        yield Finding(f"{host.label}: installed by other means than install.py", "")
    if version(folder) != version(SHARED.parent):
        yield Finding(f"{host.label}: version {version(folder)}, this is {version(SHARED.parent)}", again)
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
    if host.sandboxed and not (folder / "worker").is_dir():
        yield Finding(f"{host.label}: runs in a sandbox, where the worker's own Python does not start", again)


def _python_of_the_system(kind: str, hosts: list[Host]) -> Iterator[Finding]:
    """Distributions keep Krita's and GIMP's Python in packages; without them plugins are passed over in silence."""
    program, python = shutil.which(kind) or "", "/usr/bin/python3"
    if sys.platform != "linux" or not program.startswith("/usr/bin/") or all(host.sandboxed for host in hosts):
        return
    names, cure = (("PyQt5", "PyQt6"), _NO_QT) if kind == "krita" else (("gi",), _NO_GI)
    code = f"from importlib.util import find_spec; print(any(map(find_spec, {names!r})))"
    output = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    if output == "False":
        yield Finding(f"{NAMES[kind]}: the system's Python lacks {' and '.join(names)}, so no plugin loads", cure)


def _strays(host: Host) -> list[Path]:
    """Copies a hand or an importer put where the host looks too."""
    ours, names = host.plugins / "recraft", {"recraft.py", "Recraft", "recraft_canvas"}
    candidates = (one for one in host.plugins.iterdir() if one.name in names or one.name.startswith("recraft-"))
    # Where upper and lower case are the same, as on Windows and most Macs, Recraft is the plugin itself.
    return sorted(one for one in candidates if not one.samefile(ours))


def worker_answers(command: list[str]) -> Finding:
    """Start the worker as a plugin does, in an empty home of its own, and see whether it answers."""
    from recraft_core.shared.errors import RecraftError
    from recraft_core.shared.worker_client import PluginLink

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environ = {**os.environ, "RECRAFT_HOME": home}
        try:
            link = PluginLink(command, host="install.py", environ=environ)
            news = link.wait(link.send("key", do="state"), _HELLO_S)
            link.stop(5)
            if not news:
                said = "no answer"
            else:
                said = news[-1].get("error") if news[-1].kind == "error" else _lacks(command, environ)
        except RecraftError as trouble:
            said = str(trouble)
    if not said:
        return Finding(f"the worker answers ({command[0]})")
    reason = said["what"] if isinstance(said, dict) else said
    return Finding(f"the worker does not answer: {reason}", f"Run: {typed('all')}")


def _lacks(command: list[str], environ: dict[str, str]) -> str:
    """What a worker of `command` has not got of what pictures need: it starts without."""
    doctor = [*command[:-1], "doctor", "--quick", "--json"]
    answer = subprocess.run(doctor, capture_output=True, encoding="utf-8", errors="replace", env=environ, check=False)
    try:
        findings = {one["name"]: one for one in json.loads(answer.stdout)}
    except ValueError:
        return (answer.stderr.strip().splitlines() or ["no answer"])[0]
    return str(findings["packages"]["says"]) if findings["packages"]["state"] == "bad" else ""


def gimp_finds(host: Host) -> Finding:
    """Start GIMP without a window, in a configuration of its own, and look whether it knows the plug-in there."""
    console = _console(host)
    if not console:
        return Finding(f"{host.label}: not started to look, since gimp-console is not on the PATH")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        report = Path(home) / "told"
        folders = os.pathsep.join((str(host.plugins), "${gimp_plug_in_dir}/plug-ins"))
        (Path(home) / "gimprc").write_text(f'(plug-in-path "{folders}")\n', encoding="utf-8")
        script = (
            f"from gi.repository import Gimp; there = Gimp.get_pdb().procedure_exists('recraft-erase'); "
            f"open({str(report)!r}, 'w').write(str(there))"
        )
        command = [console, "-idf", "--batch-interpreter=python-fu-eval", "-b", script, "--quit"]
        environ = {**os.environ, "GIMP3_DIRECTORY": home}
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, env=environ, capture_output=True, timeout=_GIMP_S, check=False)
        answer = report.read_text(encoding="utf-8") if report.exists() else ""
    if answer == "True":
        return Finding(f"{host.label}: finds the plug-in")
    if not answer:
        return Finding(f"{host.label}: does not run Python plug-ins", _NO_GI)
    return Finding(f"{host.label}: does not find the plug-in", f"Run: {typed('gimp')}")


def _console(host: Host) -> str:
    """The program of this very GIMP without a window; "" where it cannot be told or is in a sandbox."""
    names = [] if host.sandboxed else [f"gimp-console-{host.label.split()[-1]}", "gimp-console-3"]
    found_by_path = next((path for name in names if (path := shutil.which(name))), "")
    return found_by_path or next((str(one) for one in _beside(names) if one.is_file()), "")


def _beside(names: list[str]) -> Iterator[Path]:
    """Where GIMP's own installers put its console: inside a macOS application, beside the program on Windows."""
    for program in programs("gimp"):
        for name in names:
            inside = program / "Contents" / "MacOS" / name
            yield inside if program.suffix == ".app" else program.with_name(f"{name}.exe")
