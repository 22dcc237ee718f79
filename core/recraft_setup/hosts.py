"""Where Krita and GIMP keep plugins and settings, by system and packaging.

Sources: docs.krita.org (resource folders), docs.gimp.org (user folders), the Flatpak and snap conventions, and the
Windows Store's redirection of application data.
"""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError


@dataclass(frozen=True)
class Host:
    """One installed Krita or GIMP as far as its user folder goes.

    `plugins` is where the plugin goes; `settings` is Krita's kritarc (GIMP needs none). `sandboxed` hosts see another
    /usr than we do, so that only a frozen worker runs in them.
    """

    kind: str
    label: str
    plugins: Path
    settings: Path | None = None
    sandboxed: bool = False


@dataclass(frozen=True)
class _Row:
    """`base` is Krita's resource folder, or the folder that holds GIMP's numbered ones; {} are the system's."""

    system: str
    kind: str
    label: str
    base: str
    settings: str = ""
    programs: tuple[str, ...] = ()
    sandboxed: bool = False


_ROWS = (
    _Row("linux", "krita", "Krita", "{data}/krita", "{config}/kritarc", ("krita",)),
    _Row("linux", "krita", "Krita (Flatpak)", "~/.var/app/org.kde.krita/data/krita",
         "~/.var/app/org.kde.krita/config/kritarc", sandboxed=True),
    _Row("linux", "krita", "Krita (snap)", "~/snap/krita/current/.local/share/krita",
         "~/snap/krita/current/.config/kritarc", sandboxed=True),
    _Row("win32", "krita", "Krita", "{roaming}/krita", "{local}/kritarc",
         ("{programs}/Krita (x64)/bin/krita.exe", "{programs}/Krita/bin/krita.exe")),
    _Row("win32", "krita", "Krita (Microsoft Store)", "{local}/Packages/49800Krita_*/LocalCache/Roaming/krita",
         "{local}/Packages/49800Krita_*/LocalCache/Local/kritarc"),
    _Row("darwin", "krita", "Krita", "~/Library/Application Support/krita", "~/Library/Preferences/kritarc",
         ("/Applications/krita.app", "~/Applications/krita.app")),
    _Row("linux", "gimp", "GIMP", "{config}/GIMP", "",
         ("gimp-3.2", "gimp-3.0", "gimp-3", "gimp-console-3.2", "gimp-console-3.0")),
    _Row("linux", "gimp", "GIMP (Flatpak)", "~/.var/app/org.gimp.GIMP/config/GIMP", sandboxed=True),
    _Row("linux", "gimp", "GIMP (snap)", "~/snap/gimp/current/.config/GIMP", sandboxed=True),
    _Row("win32", "gimp", "GIMP", "{roaming}/GIMP", "",
         tuple(f"{{programs}}/GIMP 3/bin/gimp-{version}.exe" for version in ("3.2", "3.0", "3"))),
    _Row("darwin", "gimp", "GIMP", "~/Library/Application Support/GIMP", "",
         ("/Applications/GIMP.app", "~/Applications/GIMP.app")),
)  # fmt: skip
_GIMP_VERSION = re.compile(r"3\.\d+")
# Where GIMP 3 was never started and its program does not tell.
_GIMP_FALLBACK = "3.0"


def data_folder(environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> Path:
    """Our own folder for the worker's environment and the list of what was installed; RECRAFT_HOME moves it."""
    home = environ.get("RECRAFT_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute()
    names = _folders(environ, system)
    mac = f"{names['home']}/Library/Application Support"
    return Path({"win32": names["local"], "darwin": mac}.get(system, names["data"])) / "recraft-canvas"


def cache_folder(environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> Path:
    """Where what can be made again is kept."""
    names = _folders(environ, system)
    linux = _rooted(environ.get("XDG_CACHE_HOME")) or f"{names['home']}/.cache"
    mac = f"{names['home']}/Library/Caches"
    return Path({"win32": names["local"], "darwin": mac}.get(system, linux)) / "recraft-canvas"


def find(
    kind: str, environ: Mapping[str, str] = os.environ, system: str = sys.platform
) -> list[Host]:
    """Every `kind` ("krita", "gimp") on this computer that has a user folder or a program where it belongs."""
    here = system if system in {"win32", "darwin"} else "linux"
    rows = [row for row in _ROWS if (row.kind, row.system) == (kind, here)]
    return [host for row in rows for host in _hosts(row, environ, system)]


def programs(kind: str, environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> list[Path]:
    """The programs of `kind` that are where installers put them, outside the PATH."""
    names, rows = _folders(environ, system), [row for row in _ROWS if (row.kind, row.system) == (kind, system)]
    paths = [_filled(program, names) for row in rows for program in row.programs]
    return [Path(path) for path in paths if "/" in path and Path(path).exists()]


def app_store_krita(environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> bool:
    """True where there is Krita of the Mac App Store, whose sandbox lets no plugin talk to a worker."""
    folder = Path(_folders(environ, system)["home"], "Library", "Containers", "org.kde.krita")
    return system == "darwin" and folder.is_dir()


def _folders(environ: Mapping[str, str], system: str) -> dict[str, str]:
    home = environ.get("USERPROFILE" if system == "win32" else "HOME") or str(Path.home())
    return {
        "home": home,
        "data": _rooted(environ.get("XDG_DATA_HOME")) or f"{home}/.local/share",
        "config": _rooted(environ.get("XDG_CONFIG_HOME")) or f"{home}/.config",
        "roaming": environ.get("APPDATA") or f"{home}/AppData/Roaming",
        "local": environ.get("LOCALAPPDATA") or f"{home}/AppData/Local",
        "programs": environ.get("PROGRAMFILES") or "C:/Program Files",
    }


def _rooted(folder: str | None) -> str:
    """A folder by its whole path, else nothing: the XDG specification has relative ones passed over."""
    return folder if folder and folder.startswith("/") else ""


def _hosts(row: _Row, environ: Mapping[str, str], system: str) -> Iterator[Host]:
    names = _folders(environ, system)
    bases = _expanded(row.base, names)
    there = [_filled(program, names) for program in row.programs if _program(program, names, environ)]
    for base in bases or ([Path(_filled(row.base, names))] if there and "*" not in row.base else []):
        if row.kind == "gimp":
            yield from _gimps(row, base, there)
        elif base.is_dir() or there:
            settings = _expanded(row.settings, names, missing=True)
            yield Host("krita", row.label, base / "pykrita", settings[0] if settings else None, row.sandboxed)


def _gimps(row: _Row, base: Path, programs: list[str]) -> Iterator[Host]:
    """One host per numbered folder: GIMP 3.0 and 3.2 live side by side.

    A folder is made for a GIMP that was never started only where there is none at all: at its first start a newer GIMP
    takes over the settings of an older one, and leaves that when it finds a folder of its own.
    """
    versions = [one.name for one in base.glob("3.*") if one.is_dir() and _GIMP_VERSION.fullmatch(one.name)]
    reported = [found_version[0] for name in programs if (found_version := _GIMP_VERSION.search(_version_of(name)))]
    for version in sorted(versions) or reported[:1] or [_GIMP_FALLBACK] * bool(programs):
        yield Host("gimp", f"{row.label} {version}", base / version / "plug-ins", None, row.sandboxed)


def _version_of(program: str) -> str:
    """What tells a program's version: its name, or for a macOS application what its Info.plist says."""
    if not program.endswith(".app"):
        return program
    try:
        with Path(program, "Contents", "Info.plist").open("rb") as file:
            return str(plistlib.load(file).get("CFBundleShortVersionString", ""))
    except (OSError, ValueError, ExpatError):
        return ""


def _filled(text: str, names: Mapping[str, str]) -> str:
    return text.format_map(names).replace("~", names["home"], 1) if text.startswith("~") else text.format_map(names)


def _expanded(text: str, names: Mapping[str, str], *, missing: bool = False) -> list[Path]:
    """The folders a pattern stands for; one that is not there only when `missing`."""
    path = _filled(text, names) if text else ""
    if "*" in path:
        head, _, tail = path.partition("*")
        parent = Path(head).parent
        matches = sorted(parent.glob(Path(head).name + "*")) if parent.is_dir() else []
        return [one.joinpath(*Path(tail.split("/", 1)[1]).parts) for one in matches]
    return [Path(path)] if path and (missing or Path(path).is_dir()) else []


def _program(name: str, names: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    path = _filled(name, names)
    return Path(path).exists() if "/" in path else shutil.which(path, path=environ.get("PATH")) is not None
