"""What the user prefers, in one small JSON file.

Each setting has one rule; flags, widgets and the documentation's table are made from `SETTINGS`. The file carries a
version and is migrated when read; names this version does not know are kept, so that an older and a newer version
can share it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from . import paths
from .redaction import redact
from .shared.contract import BASE_URL, ENDPOINTS, MODELS
from .shared.contract.limits import MAX_COUNT
from .shared.errors import BadOption, StorageTrouble
from .shared.fitting import shown
from .shared.i18n import join, say
from .shared.options import OPTIONS
from .shared.validation import Address, Choice, Flag, Number, Rule

VERSION = 1
FILE = "settings.json"
_BYTE_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


@dataclass(frozen=True)
class Bytes(Rule):
    """An amount of storage in bytes, from `low` on; text may carry a unit."""

    low: int
    widget = "number"

    @property
    def says(self) -> str:
        """Its form."""
        return say("at least {low} MB, such as 500 MB or 2 GB", low=self.low // 10 ** 6)

    def read(self, value: Any) -> int:
        """The number of bytes."""
        text = str(value).strip().lower().replace(" ", "")
        digits = text.rstrip("kmgtb")
        try:
            count = round(float(Number(0, 1e15).read(digits)) * _BYTE_UNITS[text[len(digits) :]])
        except (ValueError, KeyError):
            count = -1
        if count < self.low:
            raise ValueError(say("Give {says}.", says=self.says))
        return count


@dataclass(frozen=True)
class ModelPerOperation(Rule):
    """The model each operation begins with."""

    widget = "models"

    @property
    def says(self) -> str:
        """Its form."""
        return "operation=model pairs, such as inpaint=recraftv3_vector"

    def read(self, value: Any) -> dict[str, str]:
        """A dict of operation and model."""
        if isinstance(value, str):
            pairs = (pair.partition("=") for pair in value.replace(",", " ").split())
            value = {operation: model for operation, _, model in pairs}
        if not isinstance(value, Mapping):
            raise ValueError(say("Give {says}.", says=self.says))  # noqa: TRY004 - one kind of problem, as in rules.py
        for operation, model in value.items():
            if not isinstance(model, str) or model not in MODELS or not str(operation).strip():
                raise ValueError(
                    say(
                        "{model} is no model; give {says}. Models: {models}.",
                        model=shown(model),
                        says=self.says,
                        models=", ".join(MODELS),
                    )
                )
        return {str(operation): str(model) for operation, model in value.items()}


@dataclass(frozen=True)
class Setting:
    """One preference. Where `optional`, it may be None, shown and typed as "none": `without` says what that means."""

    name: str
    label: str
    help: str
    rule: Rule
    optional: bool = False
    without: str = ""

    def read(self, value: Any) -> Any:
        """The value, checked. Raises BadOption."""
        if self.optional and (value is None or (isinstance(value, str) and value.strip().lower() in {"", "none"})):
            return None
        try:
            return self.rule.read(value)
        except ValueError as problem:
            other = say("Or say none: {without}.", without=say(self.without)) if self.optional else ""
            raise BadOption(
                say("{option}: {value} does not fit.", option=say(self.label), value=redact(shown(value))),
                remedy=join(str(problem), other),
                option=self.name,
            ) from None


_UNITS = Number(0, 10_000_000, "units", whole=True)
_ROWS = (
    Setting(
        "engine",
        "Engine",
        "Who does the work: Recraft's service, or the engine on this computer.",
        Choice({"auto": "Service when there is a key", "service": "Recraft's service", "local": "This computer"}),
    ),
    Setting("base_url", "Service address", "Where the service is reached.", Address(("https",), safe=True)),
    Setting(
        "proxy",
        "Proxy",
        "A proxy to reach the service through.",
        Address(("http", "https", "socks5", "socks5h")),
        optional=True,
        without="the system's own proxy settings count",
    ),
    Setting(
        "billing",
        "Paid from",
        "Which units pay: those bought for the API, or those of a subscription.",
        Choice({"api": "API units", "subscription": "Subscription"}),
        optional=True,
        without="the service decides",
    ),
    Setting(
        "cap_per_click_units",
        "Cap per click",
        "No single click may cost more units than this. 1,000 units are 1 US dollar.",
        _UNITS,
        optional=True,
        without="no cap",
    ),
    Setting(
        "cap_per_day_units",
        "Cap per day",
        "All clicks of a day together may not cost more units than this.",
        _UNITS,
        optional=True,
        without="no cap",
    ),
    Setting("default_models", "Models", "The model an operation begins with.", ModelPerOperation()),
    Setting("count", "Count", "How many pictures an operation begins with.", Number(1, MAX_COUNT, whole=True)),
    Setting("keep_history", "Keep a history", "Keep every result, to place it again later.", Flag()),
    Setting("history_max_bytes", "History size", "The oldest unstarred results make room above this.", Bytes(10**7)),
    Setting(
        "provenance",
        "Provenance",
        "What pictures say in their metadata of how they were made.",
        Choice({"all": "Operation, model and prompt", "no-prompt": "All but the prompt", "off": "Nothing"}),
    ),
    Setting(
        "context_px",
        "Context",
        OPTIONS["context_px"].help,
        OPTIONS["context_px"].rule,
        optional=True,
        without="it follows the selection's size",
    ),
    Setting("feather_px", "Feather", OPTIONS["feather_px"].help, OPTIONS["feather_px"].rule),
    Setting("grow_px", "Grow", OPTIONS["grow_px"].help, OPTIONS["grow_px"].rule),
    Setting(
        "timeout_s", "Patience", "How long to wait for a result before giving up.", Number(10, 3600, "s", whole=True)
    ),
    Setting(
        "requests_per_second",
        "Requests per second",
        "No more requests than this go out in a second, from all doors together. The service allows 5.",
        Number(1, 100, whole=True),
    ),
    Setting(
        "pictures_per_minute",
        "Pictures per minute",
        "No more pictures than this are asked for in a minute, from all doors together. The service allows 100.",
        Number(1, 10_000, whole=True),
    ),
    Setting(
        "keep_engine_s",
        "Engine stays",
        "How long the engine on this computer stays for the next command. 0: each starts its own.",
        Number(0, 86_400, "s", whole=True),
    ),
    Setting(
        "log_level",
        "Log",
        "How much is written to the log file.",
        Choice({"error": "Errors", "warning": "Warnings", "info": "What happens", "debug": "Everything"}),
    ),
)
CAPS = ("cap_per_click_units", "cap_per_day_units")
# What a file says where a cap could not be read: no number, so that it is told again.
UNREADABLE = "?"
SETTINGS: dict[str, Setting] = {row.name: row for row in _ROWS}


@dataclass(frozen=True)
class Settings:
    """All preferences. `unknown` holds what the file says in names of another version.

    `unsure` are the caps that a file sets in a way nobody can read, or that were lost with a damaged file: until they
    are set anew nothing is paid, for no cap is not what the user chose.

    The cap of 500 units a click lets every single picture through, six pictures of a usual model too, and asks
    before a handful of the dearest ones.
    """

    engine: str = "auto"
    base_url: str = BASE_URL
    proxy: str | None = None
    billing: str | None = None
    cap_per_click_units: int | None = 500
    cap_per_day_units: int | None = None
    default_models: Mapping[str, str] = field(default_factory=dict)
    count: int = 1
    keep_history: bool = True
    history_max_bytes: int = 2 * 10**9
    provenance: str = "all"
    context_px: int | None = None
    feather_px: float = 0
    grow_px: int = 0
    timeout_s: int = 300
    requests_per_second: int = 5
    pictures_per_minute: int = 100
    keep_engine_s: int = 120
    log_level: str = "info"
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
        return replace(self, **{name: SETTINGS[name].read(value), "unsure": unsure})

    def model_for(self, operation: str, endpoint: str) -> str:
        """The model the user prefers for an operation; empty when there is none its endpoint takes."""
        model = self.default_models.get(operation, "")
        return model if model in ENDPOINTS[endpoint].models else ""


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
    rows = {name: row for name, row in SETTINGS.items() if name not in settings.unsure}
    known = {name: row.read(getattr(settings, name)) for name, row in rows.items()}
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
    for name, row in SETTINGS.items():
        if name in data:
            try:
                good[name] = row.read(data[name])
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
    plain = Settings()
    return {row.name: getattr(plain, row.name) for row in fields(Settings) if row.name in SETTINGS}
