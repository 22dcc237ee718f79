"""`recraft doctor`: what is installed where, whether it works, and what to do about what does not."""

from __future__ import annotations

import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Literal

from . import keys, logs, paths, redaction, settings
from .api import service, warm
from .api.client import Client
from .history import Entry, History, replay
from .shared import REINSTALL, __version__
from .shared.errors import Exit, RecraftError
from .shared.i18n import N_, all_of, say, say_n
from .shared.plan import price_text
from .worker.handlers import asked_account

State = Literal["good", "note", "bad"]
_CORE = ("numpy", "Pillow", "requests", "platformdirs", "truststore", "defusedxml")
_MODULES = {"Pillow": "PIL.Image"}
_LOCAL = ("starlette", "uvicorn", "python-multipart", "pypatchmatch", "vtracer", "resvg-py", "ncnn")
_NEEDED_TO_SERVE = ("starlette", "uvicorn", "python-multipart")
_LEAST_FREE = 500 * 10**6


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: good, a note, or bad with its remedy and the exit code it asks for."""

    name: str
    state: State
    says: str
    remedy: str = ""
    exit_code: Exit = Exit.ENGINE

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"name": self.name, "state": self.state, "says": self.says, "remedy": self.remedy}


def examine(
    *, connect: bool = True, open_: Callable[[service.Connection], Client] = service.Connection.open
) -> list[Finding]:
    """Look at everything; with `connect` the service is asked, or the embedded engine started. No secret is told."""
    looks: dict[str, Callable[[], Iterator[Finding]]] = {
        "recraft": _versions,
        "packages": _packages,
        "local": _extras,
        "folders": _folders,
        "disk": _disk,
        "settings": _settings,
        "key": _key,
        "keyring": _keyring,
        "engine": _engine,
        "connection": lambda: _connection(open_) if connect else iter(()),
        "history": _history,
    }
    return [finding for name, look in looks.items() for finding in _careful(name, look)]


def _careful(name: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """A look that fails is a finding, too."""
    try:
        return list(look())
    except RecraftError as error:
        return [Finding(name, "bad", redaction.redact(error.what), error.remedy, Exit(error.exit_code))]


def _versions() -> Iterator[Finding]:
    how = "frozen" if getattr(sys, "frozen", False) else sys.executable
    yield Finding("recraft", "good", f"{__version__}, Python {platform.python_version()}, {how}")
    yield Finding("system", "good", f"{platform.system()} {platform.release()} ({platform.machine()})")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _loads(module: str) -> bool:
    """What pip wrote down says nothing of files that were deleted since, or were made for another Python."""
    try:
        import_module(module)
    except ImportError:
        return False
    return True


def _packages() -> Iterator[Finding]:
    versions = {name: _version(name) for name in _CORE}
    missing = [name for name in versions if not _loads(_MODULES.get(name, name))]
    if missing:
        yield Finding(
            "packages", "bad", say("missing: {missing}", missing=", ".join(missing)), REINSTALL
        )
    else:
        yield Finding("packages", "good", ", ".join(f"{name} {version}".strip() for name, version in versions.items()))


def _extras() -> Iterator[Finding]:
    versions = {name: _version(name) for name in _LOCAL}
    missing = [name for name, version in versions.items() if not version]
    says: str = ", ".join(f"{name} {version}" for name, version in versions.items() if version) or "none"
    remedy = 'pip install "recraft-canvas[local]"' if missing else ""
    if missing:
        says = say("{present}; missing: {missing}", present=says, missing=", ".join(missing))
    yield Finding("local", "note" if missing else "good", says, remedy)


def _folders() -> Iterator[Finding]:
    here = paths.here()
    for name, path in (("data", here.data), ("config", here.config), ("log", logs.path().parent)):
        try:
            paths.make_folder(path, private=True)
            probe = paths.write(path / ".doctor", b"", private=True)
            probe.unlink(missing_ok=True)
        except RecraftError as error:
            yield Finding(name, "bad", error.what, error.remedy, Exit.STORAGE)
        else:
            yield Finding(name, "good", f"{path}{' (RECRAFT_HOME)' if here.portable else ''}")


def _disk() -> Iterator[Finding]:
    path = paths.here().data
    there = next((folder for folder in (path, *path.parents) if folder.is_dir()), Path.home())
    free = shutil.disk_usage(there).free
    short = free < _LEAST_FREE
    remedy = "Free some space; results that cannot be filed are not asked for." if short else ""
    yield Finding(
        "disk", "bad" if short else "good", say("{free:.1f} GB free", free=free / 1000000000.0), remedy, Exit.STORAGE
    )


def _settings() -> Iterator[Finding]:
    held, warning = settings.read()
    caps = [
        say(what, price=price_text(cap))
        for cap, what in (
            (held.cap_per_click_units, N_("{price} per click")),
            (held.cap_per_day_units, N_("{price} per day")),
        )
        if cap is not None
    ]
    limits = all_of(caps) if caps else say("none")
    says = (
        say("caps: {caps}; history on", caps=limits)
        if held.keep_history
        else say("caps: {caps}; history off", caps=limits)
    )
    damaged = paths.here().config / f"{settings.FILE}.damaged"
    if warning:
        yield Finding("settings", "bad", warning, "Look through: recraft settings list", Exit.OPTION)
    elif damaged.exists():
        says = say("they could not be understood and are the defaults now; the old file is {damaged}", damaged=damaged)
        yield Finding("settings", "bad", says, "Mend it and move it back, or remove it", Exit.OPTION)
    else:
        yield Finding("settings", "good", says)


def _key() -> Iterator[Finding]:
    key = keys.find()
    if key is None:
        yield Finding("key", "note", "none: the work is done offline", "Add one with: recraft key set")
    else:
        yield Finding("key", "good", str(key))


def _keyring() -> Iterator[Finding]:
    if paths.here().portable:
        yield Finding("keyring", "note", "left alone, since RECRAFT_HOME holds everything")
        return
    backend = keys.system_keyring()
    if backend is None:
        yield Finding("keyring", "note", "none that can be used; the key goes into a file only you can read")
    else:
        yield Finding("keyring", "good", f"{type(backend).__module__}.{type(backend).__name__}")


def _engine() -> Iterator[Finding]:
    connection = service.choose()
    if not connection.offline:
        yield Finding(
            "engine", "good", say("Recraft's API at {base_url}", base_url=redaction.redact(connection.base_url))
        )
        return
    missing = [name for name in _NEEDED_TO_SERVE if not _version(name)]
    if missing and not getattr(sys, "frozen", False):
        remedy = 'pip install "recraft-canvas[local]", or add a key: recraft key set'
        yield Finding("engine", "bad", say("the embedded engine lacks {missing}", missing=", ".join(missing)), remedy)
    else:
        yield Finding("engine", "good", "the embedded engine on this computer")
        for one in warm.running(service.engine_folder()):
            says = say(
                "process {pid} of version {version} stays for the next command", pid=one.pid, version=one.version
            )
            yield Finding("engine", "good", say("{says}; recraft engine stop ends it", says=says))


def _connection(open_: Callable[[service.Connection], Client]) -> Iterator[Finding]:
    connection = service.choose()
    start = time.monotonic()
    account = asked_account(connection, open_)
    took = say("answered in {seconds:.1f} s", seconds=time.monotonic() - start)
    if not connection.offline:
        took = say("{what}, {price} left", what=took, price=price_text(account["balance"]))
    yield Finding("connection", "good", took)


def _history() -> Iterator[Finding]:
    with closing(History()) as history:
        count = history.rebuild() if history.folder.is_dir() else 0
        size = history.size() / 1e6
        waiting = replay.waiting(history)
        unknown = [entry for entry in history.open() if entry.outcome == "unknown" and entry.at_risk]
        damaged = [entry for entry in history.list(limit=10_000) if entry.damaged]
    entries = say_n("{n} entry", "{n} entries", count)
    says = say("{entries}, {size:.1f} MB, {folder}", entries=entries, size=size, folder=history.folder)
    yield Finding("history", "good", says)
    if waiting:
        says = say_n(
            "{n} result is paid for and still lies at the service",
            "{n} results are paid for and still lie at the service",
            len(waiting),
        )
        yield Finding("history", "bad", says, "Get them within a day: recraft history fetch", Exit.NETWORK)
    if unknown:
        says = say_n(
            "{n} request has no answer: {ids}. Units may have been charged",
            "{n} requests have no answer: {ids}. Units may have been charged",
            len(unknown),
            ids=_ids(unknown),
        )
        yield Finding("history", "note", says, "Look at the balance; then: recraft history remove ID")
    if damaged:
        says = say_n(
            "{n} entry has lost its words: {ids}",
            "{n} entries have lost their words: {ids}",
            len(damaged),
            ids=_ids(damaged),
        )
        yield Finding("history", "note", says, "Take their pictures out: recraft history export ID")


def _ids(entries: list[Entry]) -> str:
    return ", ".join(entry.id[-6:] for entry in entries[:4])
