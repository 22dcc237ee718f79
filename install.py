#!/usr/bin/env python3
"""Set up Recraft Canvas, and take it away again. Needs Python 3.10 or newer and this folder, nothing else.

    python3 install.py demo      make the environment and erase an object from a photograph, on this computer
    python3 install.py test      make the environment and run every check
    python3 install.py krita     install the Krita plugin      (gimp: the GIMP plug-in, all: both)
    python3 install.py doctor    look what is set up, and say what to do where something is wrong
    python3 install.py remove    take the plugins and the worker away; settings, history and key stay
    python3 install.py bundle    make release files, with a worker that needs no Python
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "core"))

if sys.version_info < (3, 10):
    sys.exit(
        "error: this is Python {}.{}; Recraft Canvas needs 3.10 or newer. Run it with one, such as:\n"
        "  python3.12 install.py".format(*sys.version_info[:2])
    )

from recraft_setup import Steps, Trouble
from recraft_setup import environment, hosts, plugins
from recraft_setup.checks import NAMES, Finding, gimp_finds, look, worker_answers

ENVIRONMENT = HERE / ".venv"
PICTURES = HERE / "tests" / "pictures"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.command != "test":
        parser.error(f"unknown: {' '.join(rest)}")
    chosen.more = rest
    try:
        return int(chosen.run(chosen))
    except Trouble as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 1
    except OSError as trouble:
        print(f"error: {trouble}. Check the disk and the permissions, and run this again.", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    for name, run in COMMANDS.items():
        one = commands.add_parser(name, description=run.__doc__)
        one.set_defaults(run=run)
        if name in {"krita", "gimp", "all", "remove"}:
            one.add_argument("--dry-run", action="store_true", help="name every file and folder, and touch none")
        if name in {"krita", "gimp", "all"}:
            one.add_argument("--link", action="store_true", help="link to this folder instead of copying (developers)")
            one.set_defaults(into=None)
        if name in {"krita", "gimp"}:
            one.add_argument("--into", type=Path, metavar="DIR", help="put it into this plugin folder only")
    return parser


def demo(_chosen: argparse.Namespace) -> int:
    """A photograph in, the hikers gone, through HTTP to the embedded engine; prints both paths."""
    python = environment.ready(ENVIRONMENT, "local", editable=True, steps=Steps())
    out = HERE / "demo"
    out.mkdir(exist_ok=True)
    before, after = out / "before.jpg", out / "after.png"
    shutil.copyfile(PICTURES / "dunes.jpg", before)
    mask = str(PICTURES / "dunes-mask.png")
    # --local: a demonstration spends nobody's units, whether or not there is a key.
    _run([str(python), "-m", "recraft_core", "erase", str(before), "--mask", mask, "--local", "-o", str(after)])
    program = str(python.with_name("recraft"))
    typed = f'"{program}"' if os.name == "nt" else shlex.quote(program)
    print(f"before: {before}\nafter:  {after}\nNext: {typed} --help")
    return 0


def test(chosen: argparse.Namespace) -> int:
    """Lint, types, tests. pytest comes last, so that its line closes the output; arguments go on to it."""
    python = environment.ready(ENVIRONMENT, "local,keyring,test", editable=True, steps=Steps())
    clean = {name: value for name, value in os.environ.items() if name not in {"RECRAFT_API_TOKEN", "PYTHONPATH"}}
    clean["OPENBLAS_NUM_THREADS"] = "1"
    for check in (["ruff", "check", "--quiet", "."], ["mypy"]):
        _run([str(python), "-m", *check], env=clean)
    return subprocess.run([str(python), "-m", "pytest", *chosen.more], cwd=HERE, env=clean, check=False).returncode


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
    from recraft_setup import bundle

    steps, data = Steps(dry=chosen.dry_run), hosts.data_folder()
    ledger = plugins.Ledger(data)
    for place in list(ledger.rows):
        plugins.remove(place, ledger, steps)
    environment.tidy(data, [], steps)
    if bundle.cache().exists() and steps.touch("remove", bundle.cache()):
        shutil.rmtree(bundle.cache())
    if not steps.dry:
        ledger.sweep()
    for host in (*hosts.found("krita"), *hosts.found("gimp")):
        if (host.plugins / "recraft").exists() and not steps.dry:
            print(f"{host.label}: {host.plugins / 'recraft'} was put there by other means. Delete it by hand.")
    left = [str(one) for one in (data, *_kept()) if one.exists()]
    print(f"Your history, settings and key stay in: {', '.join(left)}" if left else "Nothing of ours is left.")
    return 0


def doctor(_chosen: argparse.Namespace) -> int:
    """Look what is set up and what is wrong, with the cure; 1 when something is."""
    return int(sum(map(_tell, look())) > 0)


def bundle(_chosen: argparse.Namespace) -> int:
    """Make dist/: wheel, sdist, and a zip for Krita and one for GIMP with a frozen worker for this system."""
    from recraft_setup.bundle import make

    for path in make(Steps()):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _install(chosen: argparse.Namespace, *kinds: str) -> int:
    from recraft_setup import bundle

    steps, data = Steps(dry=chosen.dry_run), hosts.data_folder()
    found = [host for kind in kinds for host in _hosts(kind, chosen.into)]
    if not found:
        names = " or ".join(NAMES[kind] for kind in kinds)
        raise Trouble(f"no {names} was found. Install it and start it once, or name its plugin folder with --into DIR.")
    ledger, worker = plugins.Ledger(data), list[str]()
    if not all(host.sandboxed for host in found):
        ledger.note(data / "worker")
        try:
            worker = _worker(data, steps, link=chosen.link)
        except Trouble:
            ledger.sweep()
            raise
    for host in found:
        # In a sandbox there is another /usr than ours, and no Python of ours: only a frozen worker runs there.
        if host.sandboxed:
            ledger.note(bundle.cache())
        frozen = bundle.frozen_worker(steps) if host.sandboxed else None
        plugins.put(host, bundle.COMMAND if frozen else worker, ledger, steps, link=chosen.link, frozen=frozen)
    environment.tidy(data, [*ledger.commands(), *worker], steps)
    if steps.dry:
        return 0
    wrong = [_tell(gimp_finds(host)) for host in found if host.kind == "gimp"]
    _next(found)
    return int(any(wrong))


def _hosts(kind: str, into: Path | None) -> list[hosts.Host]:
    return [hosts.Host(kind, NAMES[kind], into.absolute())] if into else hosts.found(kind)


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
        steps.say(f"{finding.what}{'' if again else ', so its environment is made anew'}")
    raise Trouble("nothing was changed in Krita or GIMP. Run: python3 install.py doctor")


def _next(found: list[hosts.Host]) -> None:
    """One line each: what to do now."""
    if any(host.kind == "krita" for host in found):
        print("Krita: start it (again) and choose Settings > Dockers > Recraft.")
    if any(host.kind == "gimp" for host in found):
        print("GIMP: start it (again) and look under Filters > Recraft.")


def _kept() -> list[Path]:
    """Where the core keeps settings and its log, where that is not our data folder."""
    if os.environ.get("RECRAFT_HOME"):
        return []
    rooms = (("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state"), ("", "Library/Logs"))
    return [Path(os.environ.get(name) or Path.home() / usual) / "recraft-canvas" for name, usual in rooms]


def _run(command: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Run a command and let it speak for itself; Trouble when it fails."""
    done = subprocess.run(command, cwd=HERE, env=env, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(command[1:4])} failed with exit code {done.returncode}; see above.")


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": demo,
    "test": test,
    "krita": krita,
    "gimp": gimp,
    "all": both,
    "bundle": bundle,
    "doctor": doctor,
    "remove": remove,
}

if __name__ == "__main__":
    sys.exit(main())
