"""What the user prefers, in one small JSON file.

The rows stand in `shared.preferences`. The file carries a version and is migrated when read; names this version does
not know are kept, so that an older and a newer version can share it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import paths
from .redaction import redact
from .shared.errors import BadOption, StorageTrouble
from .shared.fitting import shown
from .shared.i18n import join, say
from .shared.preferences import SETTINGS, Preferences

VERSION = 1
FILE = "settings.json"
CAPS = ("cap_per_click_units", "cap_per_day_units")
# What a file says where a cap could not be read: no number, so that it is told again.
UNREADABLE = "?"


@dataclass(frozen=True)
class Settings(Preferences):
    """All preferences. `unknown` holds what the file says in names of another version.

    `unsure` are the caps that a file sets in a way nobody can read, or that were lost with a damaged file: until they
    are set anew nothing is paid, for no cap is not what the user chose.
    """

    unknown: Mapping[str, Any] = field(default_factory=dict, repr=False)
    unsure: tuple[str, ...] = ()

    def changed(self, name: str, value: Any) -> Settings:
        """With one setting changed; `default_models.OPERATION` changes a single one, None or "none" removes it.

        Raises BadOption naming the value and what is allowed, or the names there are.
        """
        name, _, operation = name.strip().partition(".")
        if name not in SETTINGS or (operation and name != "default_models"):
            raise BadOption(
                say("There is no setting “{name}”.", name=f"{name}.{operation}" if operation else name),
                remedy=say("Choose one of {choices}.", choices=", ".join(SETTINGS)),
                option=name,
            )
        if operation:
            rest = {key: model for key, model in self.default_models.items() if key != operation}
            gone = value is None or (isinstance(value, str) and value in {"", "none"})
            value = rest if gone else {**rest, operation: value}
        unsure = tuple(cap for cap in self.unsure if cap != name)
        return replace(self, **{name: checked(name, value), "unsure": unsure})


def checked(name: str, value: Any) -> Any:
    """The value as the setting `name` keeps it. Raises BadOption that says what is allowed."""
    row = SETTINGS[name]
    if row.optional and (value is None or (isinstance(value, str) and value.strip().lower() in {"", "none"})):
        return None
    try:
        return row.rule.read(value)
    except ValueError as problem:
        other = say("Or say none: {without}.", without=say(row.without)) if row.optional else ""
        raise BadOption(
            say("{option}: {value} does not fit.", option=say(row.label), value=redact(shown(value))),
            remedy=join(str(problem), other),
            option=name,
        ) from None


# From version N to N + 1, each a function of the whole file's data.
_STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def migrate(
    data: Mapping[str, Any],
    version: int = VERSION,
    steps: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = _STEPS,
) -> dict[str, Any]:
    """The data of a file as `version` has it; a file without a version counts as that of version 1.

    A file of a newer version is left as it is, its version included.
    """
    held = data.get("version", 1)
    current = held if isinstance(held, int) and held >= 1 else 1
    changed = dict(data)
    for step in range(current, version):
        changed = steps[step](changed) if step in steps else changed
    return {**changed, "version": max(current, version)}


def read(folder: Path | None = None) -> tuple[Settings, str]:
    """The settings in `folder` (the user's own when None), and a warning, empty when all is well.

    A file that cannot be understood is set aside as settings.json.damaged and the defaults are used; a value that
    breaks its rule is replaced by its default. Raises StorageTrouble when the file is there but cannot be read.
    """
    path = _path(folder)
    data = paths.read(path)
    if data is None:
        return Settings(unsure=_lost(path, {})), ""
    try:
        loaded = json.loads(data)
        if not isinstance(loaded, dict):
            raise ValueError("not an object")  # noqa: TRY301, TRY004 - damaged like any other
    except (ValueError, RecursionError):
        return Settings(unsure=CAPS), _set_aside(path, data)
    return _checked(migrate(loaded), path)


def write(settings: Settings, folder: Path | None = None) -> Path:
    """Write the settings, whole or not at all, readable by the user alone: a proxy may hold a password.

    Every value is checked first. Raises BadOption or StorageTrouble.
    """
    # A cap nobody could read stays unwritten, so that it goes on to be told, until somebody sets it.
    known = {name: checked(name, getattr(settings, name)) for name in SETTINGS if name not in settings.unsure}
    known |= dict.fromkeys(settings.unsure, UNREADABLE)
    data = {"version": VERSION, **settings.unknown, **known}
    return paths.write(_path(folder), f"{json.dumps(data, indent=2, ensure_ascii=False)}\n".encode(), private=True)


def change(name: str, text: Any, folder: Path | None = None) -> Settings:
    """Change one setting in the file; the new settings. Raises BadOption or StorageTrouble."""
    new = read(folder)[0].changed(name, text)
    write(new, folder)
    return new


def _lost(path: Path, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The caps that a damaged file may have held and no file since then says anything about."""
    return tuple(cap for cap in CAPS if cap not in data) if _damaged(path).exists() else ()


def _damaged(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")


def _path(folder: Path | None) -> Path:
    return (paths.here().config if folder is None else folder) / FILE


def _set_aside(path: Path, data: bytes) -> str:
    damaged = _damaged(path)
    try:
        paths.move(path, damaged)
    except FileNotFoundError:
        pass  # another process was quicker
    except OSError as problem:
        # On Windows another process may be reading it: a copy is as good, and the next change writes the file anew.
        with suppress(StorageTrouble):
            paths.write(damaged, data, private=True)
        if not damaged.is_file():
            raise paths.trouble("set aside", path, problem) from problem
    return say(
        "The settings could not be understood and are the defaults now. The old file is {damaged}.", damaged=damaged
    )


def _checked(data: Mapping[str, Any], path: Path) -> tuple[Settings, str]:
    good: dict[str, Any] = {}
    bad: list[str] = []
    for name in SETTINGS:
        if name in data:
            try:
                good[name] = checked(name, data[name])
            except BadOption:
                bad.append(name)
    # The version stands among the unknown only when it is a newer one, to be written back as it was.
    ours = {*SETTINGS, *(() if data["version"] > VERSION else ("version",))}
    unknown = {name: value for name, value in data.items() if name not in ours}
    warning = (
        say("{path}: {bad} cannot be used as written; the default counts.", path=path, bad=", ".join(bad))
        if bad
        else ""
    )
    unsure = tuple(cap for cap in CAPS if cap in bad or cap in _lost(path, data))
    if unsure:
        warning = join(warning, say("Nothing is paid until these are set: {unsure}.", unsure=", ".join(unsure)))
    return Settings(**good, unknown=unknown, unsure=unsure), warning.strip()


def defaults() -> dict[str, Any]:
    """The default of each setting by name."""
    return {name: row.default for name, row in SETTINGS.items()}
