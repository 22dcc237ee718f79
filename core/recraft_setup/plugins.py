"""Put a plugin into a host's folder, and take it out again without a trace.

What was made is written down in `installed.json`, so that removing leaves the file system as it was: folders made for
the plugin go when nothing else has moved in, and kritarc gets its line back.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import CHECKOUT, CORE, HERE, Steps, Trouble, catalogues, running
from .hosts import Host

# What runs in the hosts' own Pythons; it travels inside each plugin, copied whole.
SHARED = CORE / "recraft_core" / "shared"
_NAME = "recraft"
_ENABLED = f"enable_{_NAME}"
_SECTION = "[python]"
_LINE = re.compile(rf"^{_ENABLED}=.*$", re.MULTILINE)
_LEAVE = shutil.ignore_patterns("__pycache__")


class Ledger:
    """What is installed where, and which folders were made for it, in `installed.json` of our data folder."""

    def __init__(self, data: Path) -> None:
        self.path = data / "installed.json"
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
            self.rows: dict[str, dict[str, Any]] = known["plugins"]
            self.folders: list[str] = known["folders"]
        except (OSError, ValueError, KeyError, TypeError):
            self.rows, self.folders = {}, []

    def save(self) -> None:
        """Write it, whole or not at all; without rows the file goes."""
        if not self.rows:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"plugins": self.rows, "folders": self.folders}, indent=1), encoding="utf-8")
        fresh.replace(self.path)

    def note(self, *folders: Path) -> None:
        """Before they are made: remember which of these, and of those above them, are not there yet."""
        for folder in folders:
            for one in (folder, *folder.parents):
                if one.exists():
                    break
                if str(one) not in self.folders:
                    self.folders.append(str(one))

    def sweep(self) -> None:
        """Remove the folders made for us that hold nothing any more, innermost first."""
        for folder in sorted(map(Path, self.folders), key=lambda one: -len(one.parts)):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def commands(self) -> list[str]:
        """Every word of every installed plugin's worker command."""
        return [word for row in self.rows.values() for word in row["worker"]]


def put(
    host: Host, worker: Sequence[str], ledger: Ledger, steps: Steps, *, link: bool = False, frozen: Path | None = None
) -> None:
    """Install the plugin for `host`. Until the new one is whole the old one stays as it is.

    `frozen` is the folder of a frozen worker to put into the plugin; `worker` then is its command there.
    """
    targets = [*_targets(host), *([host.settings] if host.settings else []), ledger.path]
    if not steps.touch("write", *targets):
        return
    known = ledger.rows.get(str(host.plugins))
    ledger.note(*(path.parent for path in targets))
    with _explained(host):
        try:
            (put_krita if host.kind == "krita" else put_gimp)(host.plugins, worker, link=link, frozen=frozen)
            before = enable(host.settings) if host.settings else None
        except OSError:
            if known is None:
                _clear(host)
                ledger.sweep()
            raise
    ledger.rows[str(host.plugins)] = {
        "kind": host.kind, "label": host.label, "worker": [str(host.plugins / _NAME / worker[0]), *worker[1:]],
        "settings": str(host.settings or ""), "before": known["before"] if known else before,
    }  # fmt: skip
    ledger.save()
    steps.say(f"{host.label}: installed in {host.plugins}")


def remove(plugins: str, ledger: Ledger, steps: Steps) -> None:
    """Take one installed plugin out again."""
    row = ledger.rows[plugins]
    host = Host(row["kind"], row["label"], Path(plugins), Path(row["settings"]) if row["settings"] else None)
    targets = [path for path in _targets(host) if path.exists() or path.is_symlink()]
    if not steps.dry:
        at_rest(host.plugins / _NAME)
    changed = [host.settings] if host.settings and host.settings.exists() else []
    steps.touch("change", *changed)
    if not steps.touch("remove", *targets, ledger.path):
        return
    if host.settings:
        disable(host.settings, row["before"])
    _clear(host)
    del ledger.rows[plugins]
    ledger.save()
    ledger.sweep()
    steps.say(f"{host.label}: removed from {plugins}")


def at_rest(folder: Path) -> None:
    """Raises Trouble while a worker from `folder` runs: Windows would keep half of it, and a job may be paid."""
    busy = running.using(folder)
    if busy:
        raise Trouble(
            f"a worker of Recraft is still at work (process {', '.join(map(str, busy))}), so nothing was removed. "
            "Close Krita and GIMP, and run this again."
        )


def _clear(host: Host) -> None:
    """Remove what is ours."""
    for path in _targets(host):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _targets(host: Host) -> tuple[Path, ...]:
    folder = host.plugins / _NAME
    if host.kind == "gimp":
        return (folder,)
    return folder, host.plugins / f"{_NAME}.desktop", host.plugins.parent / "actions" / f"{_NAME}.action"


def put_krita(pykrita: Path, worker: Sequence[str], *, link: bool = False, frozen: Path | None = None) -> Path:
    """The Krita plugin in the folder `pykrita`, with the command of its worker; the package's folder."""
    pykrita.mkdir(parents=True, exist_ok=True)
    actions = pykrita.parent / "actions"
    actions.mkdir(exist_ok=True)
    # The package comes last: without it Krita passes over the other two.
    shutil.copyfile(HERE / "krita_plugin" / f"{_NAME}.action", actions / f"{_NAME}.action")
    shutil.copyfile(HERE / "krita_plugin" / f"{_NAME}.desktop", pykrita / f"{_NAME}.desktop")
    return _put(HERE / "krita_plugin" / _NAME, pykrita / _NAME, worker, link=link, frozen=frozen)


def put_gimp(plug_ins: Path, worker: Sequence[str], *, link: bool = False, frozen: Path | None = None) -> Path:
    """The GIMP plug-in in the folder `plug_ins`, with the command of its worker; the plug-in's folder."""
    plug_ins.mkdir(parents=True, exist_ok=True)
    folder = _put(HERE / "gimp_plugin" / _NAME, plug_ins / _NAME, worker, link=link, frozen=frozen)
    # GIMP on Unix starts only what may be executed, and asks for menus again only when the file has a new date.
    (folder / f"{_NAME}.py").chmod(0o755)
    (folder / f"{_NAME}.py").touch()
    return folder


def _put(source: Path, target: Path, worker: Sequence[str], *, link: bool, frozen: Path | None) -> Path:
    """A plugin with the pure rooms and worker.json, made beside the old one and then put in its place."""
    fresh, old = target.with_name(f".{_NAME}.new"), target.with_name(f".{_NAME}.old")
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        _fill(source, fresh, worker, link=link, frozen=frozen)
        if target.is_symlink():
            target.unlink()
        elif target.exists():
            target.rename(old)
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return target


def _fill(source: Path, fresh: Path, worker: Sequence[str], *, link: bool, frozen: Path | None) -> None:
    put = _linked if link else shutil.copyfile
    shutil.copytree(source, fresh, ignore=_LEAVE, copy_function=put)
    shared = _package(fresh) / SHARED.name
    if CHECKOUT:
        # What the catalogues say now, not what they said when the checkout was installed.
        shutil.copytree(SHARED, shared, ignore=shutil.ignore_patterns("__pycache__", "locale"), copy_function=put)
        catalogues.build(HERE / "locale", shared / "locale", with_pseudo=True)
    else:
        shutil.copytree(SHARED, shared, ignore=_LEAVE, copy_function=put)
    if frozen:
        shutil.copytree(frozen, fresh / "worker")
    (fresh / "worker.json").write_text(json.dumps({"command": [*worker]}), encoding="utf-8")


def _linked(source: str, target: str) -> str:
    Path(target).symlink_to(source)
    return target


def _package(plugin: Path) -> Path:
    """The folder of an installed plugin that holds its modules, and the shared ones as a package among them."""
    inner = plugin / "recraft_gimp"
    return inner if inner.is_dir() else plugin


def version(plugin: Path) -> str:
    """The version of the plugin installed in the folder `plugin`; "unknown" where it says none."""
    try:
        text = (_package(plugin) / SHARED.name / "__init__.py").read_text(encoding="utf-8")
        return text.split('__version__ = "')[1].split('"')[0]
    except (OSError, IndexError):
        return "unknown"


@contextmanager
def _explained(host: Host) -> Iterator[None]:
    """Turn an OSError into Trouble that names the host's folder."""
    try:
        yield
    except OSError as trouble:
        raise Trouble(
            f"{host.label} could not be set up: {trouble}. Close it if it is open, and check that the folder may be "
            "written and that the disk is not full; what was there before still works."
        ) from trouble


# --- kritarc: plugins are off until the user, or this, turns them on ------------------------------------------------


def enable(settings: Path) -> dict[str, str] | None:
    """Turn the plugin on in kritarc. What `disable` has to know: None without a file, else the plugin's `line` as it
    was, and what was `added` where there was no section for it.
    """
    if not settings.exists():
        _write(settings, f"{_SECTION}\n{_ENABLED}=true\n")
        return None
    text = _read(settings)
    line, section = _LINE.search(text), re.search(rf"^{re.escape(_SECTION)}$", text, re.MULTILINE)
    gap = "\n" * (2 - len(text) + len(text.rstrip("\n"))) if text else ""
    added = "" if line or section else f"{gap}{_SECTION}\n{_ENABLED}=true\n"
    if line:
        text = _LINE.sub(f"{_ENABLED}=true", text)
    elif section:
        text = f"{text[: section.end()]}\n{_ENABLED}=true{text[section.end() :]}"
    _write(settings, text + added)
    return {"line": line[0] if line else "", "added": added}


def disable(settings: Path, before: dict[str, str] | None) -> None:
    """Give kritarc back what `enable` found there; what Krita has written since stays."""
    if not settings.exists():
        return
    text, known = _read(settings), before or {"line": "", "added": "all of it"}
    if known["added"] and known["added"] in text:
        text = text.replace(known["added"], "", 1)
    text = re.sub(rf"{_LINE.pattern}\n?", f"{known['line']}\n" if known["line"] else "", text, flags=re.MULTILINE)
    if known["added"]:
        text = re.sub(r"\n*^\[python\]\n(?=\n*(\[|\Z))", "\n", text, flags=re.MULTILINE)
    if before is None and not text.strip():
        settings.unlink()
        return
    _write(settings, text)


def enabled(settings: Path) -> bool:
    """True when kritarc has the plugin turned on."""
    return settings.exists() and f"{_ENABLED}=true" in _read(settings)


def _read(path: Path) -> str:
    """What is not UTF-8 comes through as it is; lines end in a line feed."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _write(path: Path, text: str) -> None:
    path = Path(os.path.realpath(path))  # where settings are kept elsewhere and linked to, the link stays
    path.parent.mkdir(parents=True, exist_ok=True)
    ends = "\r\n" if path.exists() and b"\r\n" in path.read_bytes() else "\n"
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_bytes(text.replace("\n", ends).encode("utf-8", "surrogateescape"))
    if path.exists():
        shutil.copymode(path, fresh)
    fresh.replace(path)
