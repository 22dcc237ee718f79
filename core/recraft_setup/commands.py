"""What a person types: `install.py krita` in a checkout, `recraft install krita` from a wheel; the same code."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from . import CHECKOUT, Steps, Trouble, environment, hosts, plugins, running, typed
from .checks import NAMES, Finding, gimp_finds, look, worker_answers


def arguments(one: argparse.ArgumentParser, name: str) -> None:
    """The options of the command `name`."""
    if name in {"krita", "gimp", "all", "remove"}:
        one.add_argument("--dry-run", action="store_true", help="name every file and folder, and touch none")
    if name in {"krita", "gimp", "all"}:
        one.set_defaults(into=None, link=False)
        if CHECKOUT:
            one.add_argument("--link", action="store_true", help="link to this folder instead of copying (developers)")
    if name in {"krita", "gimp"}:
        one.add_argument("--into", type=Path, metavar="DIR", help="put it into this plugin folder only")


def krita(chosen: argparse.Namespace) -> int:
    """Install the Krita plugin for every Krita of this user."""
    return _install(chosen, "krita")


def gimp(chosen: argparse.Namespace) -> int:
    """Install the GIMP plug-in for every GIMP 3 of this user."""
    return _install(chosen, "gimp")


def both(chosen: argparse.Namespace) -> int:
    """Install the plugins for every Krita and GIMP of this user."""
    return _install(chosen, "krita", "gimp")


def remove(chosen: argparse.Namespace) -> int:
    """Take the plugins and the worker's environment away; settings, history and key stay where they are."""
    from . import bundle, unpacking

    steps, data = Steps(dry=chosen.dry_run), hosts.data_folder()
    ledger = plugins.Ledger(data)
    if not steps.dry:
        for row in ledger.rows.values():
            running.end_engine(row["worker"])
        for own in ("worker", unpacking.ELSEWHERE):
            plugins.at_rest(data / own)
    for place in list(ledger.rows):
        plugins.remove(place, ledger, steps)
    environment.tidy(data, [], steps)
    for folder in (bundle.cache(), data / unpacking.ELSEWHERE):
        if folder.exists() and steps.touch("remove", folder):
            shutil.rmtree(folder)
    if not steps.dry:
        ledger.sweep()
    for host in (*hosts.find("krita"), *hosts.find("gimp")):
        if (host.plugins / "recraft").exists() and not steps.dry:
            print(f"{host.label}: {host.plugins / 'recraft'} was put there by other means. Delete it by hand.")
    left = [str(one) for one in (data, *_kept()) if one.exists()]
    print(f"Your history, settings and key stay in: {', '.join(left)}" if left else "Nothing of ours is left.")
    return 0


def doctor(_chosen: argparse.Namespace) -> int:
    """Look what is set up and what is wrong, with the cure; 1 when something is."""
    return int(sum(map(_tell, look())) > 0)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "krita": krita, "gimp": gimp, "all": both, "doctor": doctor, "remove": remove,
}  # fmt: skip


def speak_plainly() -> None:
    """Let any name be printed: what is redirected becomes UTF-8, as with `recraft` itself."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _install(chosen: argparse.Namespace, *kinds: str) -> int:
    from . import bundle

    steps, data = Steps(dry=chosen.dry_run), hosts.data_folder()
    targets = [host for kind in kinds for host in _hosts(kind, chosen.into)]
    if not targets:
        names = " or ".join(NAMES[kind] for kind in kinds)
        raise Trouble(f"no {names} was found. Install it and start it once, or name its plugin folder with --into DIR.")
    if not CHECKOUT:
        targets = _outside_of_sandboxes(targets)
    ledger, worker = plugins.Ledger(data), list[str]()
    if not all(host.sandboxed for host in targets):
        ledger.note(data / "worker")
        try:
            worker = _worker(data, steps, link=chosen.link)
        except Trouble:
            ledger.sweep()
            raise
    for host in targets:
        # In a sandbox there is another /usr than ours, and no Python of ours: only a frozen worker runs there.
        if host.sandboxed:
            ledger.note(bundle.cache())
        frozen = bundle.frozen_worker(steps) if host.sandboxed else None
        plugins.put(host, bundle.COMMAND if frozen else worker, ledger, steps, link=chosen.link, frozen=frozen)
    environment.tidy(data, [*ledger.commands(), *worker], steps)
    if steps.dry:
        return 0
    wrong = [_tell(gimp_finds(host)) for host in targets if host.kind == "gimp"]
    _next(targets)
    return int(any(wrong))


def _hosts(kind: str, into: Path | None) -> list[hosts.Host]:
    if into is None:
        return hosts.find(kind)
    folder = into.expanduser().absolute()
    if kind == "krita" and folder.name != "pykrita":
        raise Trouble(f"Krita looks for plugins in folders named pykrita only, not in {folder}. Name such a folder.")
    return [hosts.Host(kind, NAMES[kind], folder)]


def _outside_of_sandboxes(targets: list[hosts.Host]) -> list[hosts.Host]:
    """Those that can start a Python of this system; a wheel has no frozen worker for the others."""
    for host in targets:
        if host.sandboxed:
            print(f"{host.label} runs in a sandbox and needs the zip of the release, which brings its worker along.")
    able = [host for host in targets if not host.sandboxed]
    if not able:
        raise Trouble("nothing was installed; the zip named above is the way here.")
    return able


def _tell(finding: Finding) -> bool:
    """Say what was found, and the cure; True when something is wrong."""
    print(f"{'!' if finding.cure else ' '} {finding.what}" + (f"\n    {finding.cure}" if finding.cure else ""))
    return bool(finding.cure)


def _worker(data: Path, steps: Steps, *, link: bool) -> list[str]:
    """The worker's command, once it has answered; an environment that was damaged is made anew."""
    for again in (False, True):
        command = environment.worker(data, link=link, steps=steps, again=again)
        finding = Finding("") if steps.dry else worker_answers(command)
        if not finding.cure:
            return command
        steps.say(f"{finding.what}{'' if again else ', so its environment is being rebuilt'}")
    raise Trouble(f"nothing was changed in Krita or GIMP. Run: {typed('doctor')}")


def _next(targets: list[hosts.Host]) -> None:
    """One line each: what to do now."""
    if any(host.kind == "krita" for host in targets):
        print("Krita: start it (again), open a picture, and choose Settings > Dockers > Recraft.")
    if any(host.kind == "gimp" for host in targets):
        print("GIMP: start it (again) and look under Filters > Recraft.")


def _kept() -> list[Path]:
    """Where the core keeps settings and its log, where that is not our data folder."""
    if os.environ.get("RECRAFT_HOME"):
        return []
    rooms = (("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state"), ("", "Library/Logs"))
    return [Path(os.environ.get(name) or Path.home() / usual) / "recraft-canvas" for name, usual in rooms]
