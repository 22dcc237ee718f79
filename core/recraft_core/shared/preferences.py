"""What the user can prefer: one row per setting, from its default to its place in a host's dialog.

Checks, messages, the command's table and both hosts' dialogs are made from `SETTINGS`. What they hold is kept by the
worker's side (`recraft_core.settings`); a host is told, and tells what was changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .contract import BASE_URL, ENDPOINTS, MODELS
from .contract.limits import MAX_COUNT
from .fitting import shown
from .i18n import N_, say
from .options import OPTIONS
from .validation import Address, Choice, Flag, Number, Rule

_BYTE_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


@dataclass(frozen=True)
class Bytes(Rule):
    """An amount of storage in bytes, from `low` on; text may carry a unit."""

    low: int

    @property
    def says(self) -> str:
        """Its form."""
        return say("at least {low} MB, such as 500 MB or 2 GB", low=self.low // 10**6)

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
            raise ValueError(say("Give {says}.", says=self.says))  # noqa: TRY004 - one kind of problem, as in validation
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
    """One preference. Where `optional`, it may be None, shown and typed as "none": `without` says what that means.

    `page` is where a host's dialog shows it, one of PAGES, "" where it does not; `empty` is shown there for None.
    `begins` is the option that begins with it: no matter for a host whose dialogs remember what they were last given.
    """

    name: str
    label: str
    help: str
    rule: Rule
    default: Any = None
    optional: bool = False
    without: str = ""
    page: str = ""
    empty: str = ""
    begins: str = ""


PAGES = (N_("Account"), N_("Results"), N_("Picture"), N_("Connection"))


def setting(default: Any, label: str, help: str, rule: Rule, **more: Any) -> Any:  # noqa: A002 - as the row has it
    """A field of `Settings` with its row: `more` as in Setting."""
    row = Setting("", label, help, rule, default, **more)
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata={"row": row})
    return field(default=default, metadata={"row": row})


def beginning(default: Any, option: str, **more: Any) -> Any:
    """The same for what an option begins with, in the option's own words."""
    row = OPTIONS[option]
    return setting(default, row.label, row.help, row.rule, page="Picture", begins=option, **more)


_UNITS = Number(0, 10_000_000, "units", whole=True)


@dataclass(frozen=True)
class Preferences:
    """All that can be preferred.

    The cap of 500 units a click lets every single picture through, six pictures of a usual model too, and asks
    before a handful of the dearest ones.
    """

    engine: str = setting(
        "auto",
        "Who does the work",
        "With a key it is Recraft, without one this computer.",
        Choice({"auto": "Recraft when there is a key", "service": "Recraft only", "local": "This computer only"}),
        page="Account",
    )
    base_url: str = setting(
        BASE_URL, "Service address", "Where the service is reached.", Address(("https",), safe=True)
    )
    proxy: str | None = setting(
        None,
        "Proxy",
        "A proxy to reach the service through.",
        Address(("http", "https", "socks5", "socks5h")),
        optional=True,
        without="the system's own proxy settings count",
        page="Connection",
        empty="as the system says",
    )
    billing: str | None = setting(
        None,
        "Paid from",
        "Which units pay: those bought for the API, or those of a subscription.",
        Choice({"api": "API units", "subscription": "Subscription"}),
        optional=True,
        without="the service decides",
    )
    cap_per_click_units: int | None = setting(
        500,
        "Cap per click",
        "No single click may cost more units than this. 1,000 units are 1 US dollar.",
        _UNITS,
        optional=True,
        without="no cap",
        page="Account",
        empty="no cap",
    )
    cap_per_day_units: int | None = setting(
        None,
        "Cap per day",
        "All clicks of a day together may not cost more units than this.",
        _UNITS,
        optional=True,
        without="no cap",
        page="Account",
        empty="no cap",
    )
    default_models: Mapping[str, str] = setting(
        {}, "Models", "The model an operation begins with.", ModelPerOperation()
    )
    count: int = setting(
        1,
        "Pictures at once",
        "How many a click asks for.",
        Number(1, MAX_COUNT, whole=True),
        page="Results",
        begins="n",
    )
    keep_history: bool = setting(
        True, "Keep a history", "Keep every result, to place it again later.", Flag(), page="Results"
    )
    history_max_bytes: int = setting(
        2 * 10**9, "History size", "The oldest unstarred results make room above this.", Bytes(10**7)
    )
    provenance: str = setting(
        "all",
        "Pictures say how they were made",
        "What pictures say in their metadata of how they were made.",
        Choice({"all": "Operation, model and prompt", "no-prompt": "All but the prompt", "off": "Nothing"}),
        page="Results",
    )
    context_px: int | None = beginning(
        None, "context_px", optional=True, without="it follows the selection's size", empty="automatic"
    )
    feather_px: float = beginning(0, "feather_px")
    grow_px: int = beginning(0, "grow_px")
    timeout_s: int = setting(
        300,
        "Time-out",
        "How long to wait for a result before giving up.",
        Number(10, 3600, "s", whole=True),
        page="Connection",
    )
    requests_per_second: int = setting(
        5,
        "Requests per second",
        "No more requests than this go out in a second, from all doors together. The service allows 5.",
        Number(1, 100, whole=True),
    )
    pictures_per_minute: int = setting(
        100,
        "Pictures per minute",
        "No more pictures than this are asked for in a minute, from all doors together. The service allows 100.",
        Number(1, 10_000, whole=True),
    )
    keep_engine_s: int = setting(
        120,
        "Engine stays",
        "How long the engine on this computer stays for the next command. 0: each starts its own.",
        Number(0, 86_400, "s", whole=True),
    )
    new_versions: bool = setting(
        False,
        "Announce new versions",
        "Asks pypi.org once a week which version is out. Nothing about you is sent, and nothing is installed.",
        Flag(),
        page="Connection",
    )
    log_level: str = setting(
        "info",
        "Log",
        "How much is written to the log file.",
        Choice({"error": "Errors", "warning": "Warnings", "info": "What happens", "debug": "Everything"}),
    )

    def model_for(self, operation: str, endpoint: str) -> str:
        """The model the user prefers for an operation; empty when there is none its endpoint takes."""
        model = self.default_models.get(operation, "")
        return model if model in ENDPOINTS[endpoint].models else ""


SETTINGS: dict[str, Setting] = {
    one.name: replace(one.metadata["row"], name=one.name) for one in fields(Preferences)
}
# What an option begins with: the setting of each.
BEGINS = {row.begins: name for name, row in SETTINGS.items() if row.begins}


def on_page(page: str) -> tuple[Setting, ...]:
    """The settings that a host's dialog shows there."""
    return tuple(row for row in SETTINGS.values() if row.page == page)
