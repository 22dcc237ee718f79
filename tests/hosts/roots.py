"""Real Krita and GIMP for the tests: build them, list them, run something inside one.

    python tests/hosts/roots.py build [HOST ...]     install what is missing (as root, on Debian 12)
    python tests/hosts/roots.py list                 what is there, and why not what is not
    python tests/hosts/roots.py run HOST -- CMD      run CMD inside, on a display of its own

Roots live in the user's cache folder, outside the checkout, and are kept between runs. Debian's address is
read from this machine's own apt sources.
"""
from __future__ import annotations

import argparse
import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import hosts_home
import hosts_table as table
import windows
from hosts_run import Outcome, run_in

PROJECT = Path(__file__).resolve().parents[2]
# Mounts made below end with the process that made them, also when it is killed half-way.
APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
STAMP = "recraft-host.json"  # inside a root, written last: a root without it is half-built
RECIPE = 1  # raise it when build() itself changes, so that older roots are built again


class Absent(Exception):
    """A host that cannot be had here; the text says which and why."""


@dataclass(frozen=True)
class Place:
    """Where a host was found: `root` is None for this machine without namespaces."""

    host: table.Host
    version: str
    root: Path | None


# --- where things are ---------------------------------------------------------------------------------------


def cache() -> Path:
    """The folder that holds the roots; $XDG_CACHE_HOME moves it."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "recraft-canvas" / "hosts"


def recipe(root: table.Root) -> str:
    """A short digest of everything that decides what a root contains, but for the packages' versions and extras."""
    decisive = {name: value for name, value in asdict(root).items() if name != "extras"}
    words = json.dumps([RECIPE, decisive], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def stamp(root: table.Root) -> dict[str, object] | None:
    """What a finished, current root says about itself; None when there is none."""
    path = cache() / root.name / STAMP
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if found["recipe"] == recipe(root) else None


@functools.cache
def version_here(program: str) -> str:
    """The version of `program` on this machine's PATH, "" when there is none."""
    if shutil.which(table.VERSION_COMMANDS[program][0]) is None:
        return ""
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}
    told = subprocess.run(table.VERSION_COMMANDS[program], env=env, capture_output=True, text=True, check=False)
    return version_in(told.stdout)


def version_in(text: str) -> str:
    """The first dotted number in `text`: "GNU Image Manipulation Program version 3.0.4" gives "3.0.4"."""
    found = re.search(r"\d+\.\d+[.\d]*", text)
    return found.group(0) if found else ""


def find(name: str) -> Place:
    """Where host `name` is; Absent says why it is nowhere."""
    host = table.host(name)
    as_root = os.geteuid() == 0
    built = stamp(table.root(host.root)) if host.root and as_root else None
    version = built["versions"].get(host.program, "") if built else ""
    if version.startswith(host.starts):
        return Place(host, version, cache() / host.root)
    here = version_here(host.program)
    if here.startswith(host.starts):
        return Place(host, here, Path("/") if as_root else None)
    raise Absent(f"{name}: {why_absent(host, as_root=as_root, built=version, here=here)}")


def system(name: str) -> Path:
    """The root `name`, one without a Krita or GIMP; Absent says why it is nowhere."""
    whole = name != "wine" or windows.folder(cache()).is_dir()
    if os.geteuid() == 0 and stamp(table.root(name)) and whole:
        return cache() / name
    if failure(name).is_file():
        raise Absent(f"{name}: building the root failed: {failure(name).read_text(encoding='utf-8').strip()}")
    raise Absent(f"{name}: the root is not built: run `python tests/hosts/roots.py build` as root.")


def why_absent(host: table.Host, *, as_root: bool, built: str, here: str) -> str:
    """One sentence for the skip."""
    own = f"this machine has {host.program} {here}" if here else f"this machine has no {host.program}"
    if not host.root or not as_root:
        return f"{own}; other versions need root and `python tests/hosts/roots.py build`."
    if built:
        return f"Debian's {host.root} now has {host.program} {built}, not {host.starts}x."
    failed = failure(host.root)
    if failed.is_file():
        return f"building the {host.root} root failed: {failed.read_text(encoding='utf-8').strip()}"
    return f"{own}, and the {host.root} root is not built: run `python tests/hosts/roots.py build`."


def failure(name: str) -> Path:
    """The file that says why the last build of a root failed."""
    return cache() / f"{name}.failed"


# --- building -----------------------------------------------------------------------------------------------


@contextmanager
def locked(name: str, *, alone: bool) -> Iterator[None]:
    """Hold a root: runs share it, a build has it alone."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name or 'machine'}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def codename() -> str:
    """This machine's Debian, such as "bookworm"."""
    told = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r'^VERSION_CODENAME="?(\w+)', told, re.MULTILINE)
    return found.group(1) if found else ""


def mirror() -> str:
    """The address this machine's apt reads its own Debian from."""
    asked = ("apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Identifier: Packages")
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split() for line in lines]
    found = [row[2] for row in rows if len(row) == 3 and row[:2] == [codename(), "main"]]
    if not found:
        raise Absent(f"apt names no source for {codename()} main here; add one to its sources.")
    return found[0]


def build(root: table.Root) -> None:
    """Make `root` complete and current; a root that is both is left alone."""
    if root.name == "":
        with locked("", alone=True):
            build_machine(root)
        return
    here = ("chroot", str(cache() / root.name))
    if stamp(root) is not None and len(installed(root.extras, *here)) == len(root.extras):
        return  # without the lock: runs may hold it for minutes
    with locked(root.name, alone=True):
        if stamp(root) is None:  # another build may have been faster
            build_root(root)
        add_extras(root)


def build_machine(root: table.Root) -> None:
    """Install the machine's own host, where the machine is the Debian that has it."""
    if codename() != root.suite:
        raise Absent(f"this machine is {codename() or 'no Debian'}, its own packages are not touched.")
    packages = [*(name for step in root.steps for name in step.packages), *root.extras]
    if len(installed(packages)) < len(packages):
        log = cache() / "machine.log"
        logged(log, "apt-get", "update")
        logged(log, "apt-get", "install", "--yes", "--no-install-recommends", *packages)
    version_here.cache_clear()


def installed(packages: Sequence[str], *inside: str) -> dict[str, str]:
    """Versions of those `packages` that are installed, here or after the command prefix `inside`."""
    asked = (*inside, "dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version}\n", *packages)
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    rows = [line.split() for line in told.splitlines()]
    return {row[1]: row[2] for row in rows if row[0] == "installed"}


def build_root(root: table.Root) -> None:
    """Build beside the old root and swap when finished: a half-built root never carries the root's name."""
    folder, half, log = cache() / root.name, cache() / f"{root.name}.half", cache() / f"{root.name}.log"
    remove(half)
    log.unlink(missing_ok=True)
    script = [root.script] if root.script else []
    logged(log, *APART, "--mount-proc", "debootstrap", "--variant=minbase", root.suite, str(half), mirror(), *script)
    prepare(root, half)
    for step in root.steps:
        add_suites(half, step.suites)
        target = ["--target-release", step.target] if step.target else []
        inside(log, half, "apt-get", "update")
        inside(log, half, "apt-get", "install", "--yes", "--no-install-recommends", *target, *step.packages)
    inside(log, half, "apt-get", "clean")
    write_stamp(root, half)
    remove(folder)
    half.rename(folder)
    failure(root.name).unlink(missing_ok=True)


def add_extras(root: table.Root) -> None:
    """Give a finished root what it lacks of its extras."""
    folder, log = cache() / root.name, cache() / f"{root.name}.log"
    if len(installed(root.extras, "chroot", str(folder))) < len(root.extras):
        inside(log, folder, "apt-get", "update")
        inside(log, folder, "apt-get", "install", "--yes", "--no-install-recommends", *root.extras)
        inside(log, folder, "apt-get", "clean")


def furnish() -> None:
    """Windows' Pythons and a drive C for the root "wine"."""
    with locked("wine", alone=True):
        try:
            windows.furnish(cache() / "wine", cache())
        except (OSError, subprocess.SubprocessError) as reason:
            raise Absent(f"Windows' Python cannot be had: {reason}") from reason
    failure("wine").unlink(missing_ok=True)


def prepare(root: table.Root, half: Path) -> None:
    """Give a fresh root this machine's ways of reaching Debian, and its name for localhost."""
    acquire = subprocess.run(("apt-config", "dump", "Acquire"), capture_output=True, text=True, check=True).stdout
    # A snapshot of testing may be read after its Release file's last day.
    moving = 'Acquire::Check-Valid-Until "false";\n' if root.script else ""
    (half / "etc/apt/apt.conf.d/90machine").write_text(acquire + moving, encoding="utf-8")
    for name in ("etc/hosts", "etc/resolv.conf"):
        shutil.copyfile(Path("/", name), half / name)


def add_suites(half: Path, suites: Sequence[str]) -> None:
    """Add more of Debian's suites to a root's sources."""
    for suite in suites:
        line = f"deb {mirror()} {suite} main\n"
        (half / f"etc/apt/sources.list.d/{suite}.list").write_text(line, encoding="utf-8")


def write_stamp(root: table.Root, half: Path) -> None:
    """Note what the root holds; its presence means the root is whole."""
    packages = installed([name for step in root.steps for name in step.packages], "chroot", str(half))
    programs = [host.program for host in table.HOSTS if host.root == root.name]
    # kritarunner 6.0.4 tells its name only; the package knows better ("1:6.0.4.1+dfsg-1").
    versions = {name: version_in(told(half, name)) or version_in(packages.get(name, "")) for name in programs}
    text = json.dumps({"recipe": recipe(root), "versions": versions, "packages": packages}, indent=1)
    (half / STAMP).write_text(text + "\n", encoding="utf-8")


def told(half: Path, program: str) -> str:
    """What a program in a root says when asked for its version."""
    home = half.parent / f"{half.name}.home"
    env = {"QT_QPA_PLATFORM": "offscreen"}
    answer = run_in(half, table.VERSION_COMMANDS[program], home=home, env=env, display=False, timeout_s=60)
    shutil.rmtree(home)
    return answer.stdout


def inside(log: Path, half: Path, *command: str) -> None:
    """Run one installing command in a root being built; its proc is gone when it ends, also after a crash."""
    # No exec: apt-get changes its user at times, and the kernel then forgets to end it with its parent.
    script = 'mount -t proc proc "$1/proc" && root=$1 && shift && { chroot "$root" "$@"; exit "$?"; }'
    logged(log, *APART, "sh", "-c", script, "sh", str(half), *command)


def logged(log: Path, *command: str) -> None:
    """Run a command with its words in `log`; Absent carries the last of them."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    with log.open("a", encoding="utf-8") as file:
        ended = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False)
    if ended.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise Absent(f"`{' '.join(command[-3:])}` ended with {ended.returncode}: {''.join(last)} (all of it: {log})")


def remove(folder: Path) -> None:
    """Delete a root, unless something is mounted inside: deleting would then reach outside of it."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8")
    if f" {folder}/" in mounts:
        raise Absent(f"something is mounted inside {folder}; unmount it first.")
    if folder.exists():
        shutil.rmtree(folder)


# --- running ------------------------------------------------------------------------------------------------


def run(name: str, argv: Sequence[str], *, home: Path, **options: object) -> Outcome:
    """Run `argv` in host `name` as run_in does; the project folder is visible read-only."""
    place = find(name)
    folders = [PROJECT, *options.pop("folders", ())]
    with locked(place.host.root, alone=False):
        return run_in(place.root, argv, home=home, folders=folders, **options)


def settle(name: str, home: Path, plugins: Sequence[Path] = ()) -> Place:
    """Lay a quiet start and copies of `plugins` (see hosts_home.lay) in `home`; a new home starts warm."""
    place = find(name)
    if not home.exists() or not any(home.iterdir()):
        warm_up(place)
        if warm_home(place).exists():
            shutil.copytree(warm_home(place), home, dirs_exist_ok=True, symlinks=True)
    hosts_home.lay(home, place.host.program, place.version, place.root or Path("/"), plugins)
    return place


def warm_home(place: Place) -> Path:
    """The folder that keeps what a first start of this very version writes."""
    return cache() / f"home-{place.host.name}-{place.version}-{hosts_home.recipe()}"


def warm_up(place: Place) -> None:
    """Start a host once and keep its home: every later new home saves the first start's work."""
    name, program, warm = place.host.name, place.host.program, warm_home(place)
    with locked(f"home-{name}", alone=True):
        if warm.exists():
            return
        for older in cache().glob(f"home-{name}-*"):
            shutil.rmtree(older)
        home = cache() / f"home-{name}-half"
        hosts_home.lay(home, program, place.version, place.root or Path("/"), hosts_home.smoke_plugins(program))
        _, report = hosts_home.smoke(partial(run, name, home=home), program, home)
        if report:  # a start that failed is nothing to keep; the next one shows its own error
            hosts_home.keep(home, warm, {"series": ".".join(place.version.split(".")[:2])})


# --- the command --------------------------------------------------------------------------------------------


def build_command(wanted: Sequence[str]) -> int:
    """Build the roots of the `wanted` hosts (none: all); 1 when a required host is missing afterwards."""
    # Windows' Python is built and run on request: together it takes a quarter of an hour.
    usual = [name for name in table.SYSTEMS if name != "wine" or os.environ.get("RECRAFT_WINDOWS") == "1"]
    wanted = wanted or [*table.names(), *usual]
    found = [name if name in table.SYSTEMS else table.host(name).root for name in wanted]
    for name in dict.fromkeys(["", *found]):
        print(f"{name or 'this machine'}: looking, building if needed ...", flush=True)
        try:
            build(table.root(name))
            if name == "wine":
                furnish()
        except Absent as reason:
            print(f"{name or 'this machine'}: {reason}", file=sys.stderr)
            if name:
                hosts_home.write(failure(name), str(reason))
    return list_command(wanted)


def list_command(wanted: Sequence[str] = ()) -> int:
    """Print one line per host; 1 when a required one is missing."""
    missing = 0
    for name in wanted or [*table.names(), *table.SYSTEMS]:
        required = table.SYSTEMS[name] if name in table.SYSTEMS else table.host(name).required
        try:
            print(f"{name:10} {where(name)}")
        except Absent as reason:
            missing += required
            print(f"{name:10} MISSING{' (required)' if required else ''}  {reason}")
    return min(missing, 1)


def where(name: str) -> str:
    """The version of a host and its root, or the root alone. Raises Absent."""
    if name in table.SYSTEMS:
        return f"{'':10} {system(name)}"
    place = find(name)
    return f"{place.version:10} {place.root or 'this machine, no namespace'}"


def run_command(options: argparse.Namespace) -> int:
    """Run the command given on the line, its streams passed on."""
    home = options.home or cache() / f"home-{options.host}"
    settle(options.host, home, options.plugin)
    outcome = run(
        options.host, options.command, home=home, writable=options.bind,
        timeout_s=options.timeout, network=not options.offline,
    )  # fmt: skip
    sys.stdout.write(outcome.stdout)
    sys.stderr.write(outcome.stderr)
    print(f"[{options.host} ended with {outcome.exit} after {outcome.seconds} s]", file=sys.stderr)
    return 124 if outcome.timed_out else outcome.exit


def main(words: Sequence[str] | None = None) -> int:
    """The command line; see this file's first lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("build", "list"):
        verbs.add_parser(verb).add_argument("hosts", nargs="*", metavar="HOST")
    running = verbs.add_parser("run")
    running.add_argument("--home", type=Path, help="folder for HOME, kept; default: one per host in the cache")
    running.add_argument("--bind", type=Path, action="append", default=[], help="one more folder, writable inside")
    running.add_argument("--plugin", type=Path, action="append", default=[], help="a plugin to lay in first")
    running.add_argument("--timeout", type=float, default=300.0, help="seconds, default 300")
    running.add_argument("--offline", action="store_true", help="no network but the run's own loopback")
    running.add_argument("host", choices=table.names())
    running.add_argument("command", nargs="+", metavar="CMD")
    options = parser.parse_args(words)
    if options.verb == "run":
        return run_command(options)
    return {"build": build_command, "list": list_command}[options.verb](options.hosts)


if __name__ == "__main__":
    sys.exit(main())
