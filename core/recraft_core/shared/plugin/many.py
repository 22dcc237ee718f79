"""Many requests in one go: a prompt's wildcards, several areas, several layers. One list, one total, one yes.

Nothing here knows a host: `Part` is one request to come, `Many` all of them as they are shown before the click.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from ..errors import BadOption, OutOfUnits
from ..i18n import say
from ..plan import Plan

MOST = 48  # requests in one go
_CHOICE = re.compile(r"\{([^{}|]*(?:\|[^{}|]*)+)\}")


def has_wildcards(prompt: str) -> bool:
    """True when the prompt holds a choice such as {red|blue}."""
    return bool(_CHOICE.search(prompt))


def spelled_out(prompt: str, most: int = MOST) -> list[str]:
    """Every prompt that a prompt with choices stands for, each once: "a {red|blue} boat" is two.

    The last choice varies fastest. A brace without a bar is a brace. Raises BadOption where there are too many.
    """
    parts = _CHOICE.split(prompt)
    fixed, choices = parts[::2], [part.split("|") for part in parts[1::2]]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > most:
        raise BadOption(
            say("This prompt stands for {count:,} prompts.", count=count),
            remedy=say("Leave up to {most}.", most=most), option="prompt",
        )  # fmt: skip
    prompts = (_woven(fixed, chosen) for chosen in product(*choices))
    return list(dict.fromkeys(text for text in prompts if text))


def _woven(fixed: Sequence[str], chosen: Sequence[str]) -> str:
    text = fixed[0] + "".join(one + rest for one, rest in zip(chosen, fixed[1:]))
    return " ".join(text.split())


@dataclass(frozen=True)
class Part:
    """One of many: what it is called in the list, its plan, and whatever the host needs to begin it."""

    title: str
    plan: Plan
    begin: Callable[[], Any]


@dataclass(frozen=True)
class Many:
    """All of them."""

    parts: tuple[Part, ...]

    @property
    def units(self) -> int:
        """What all of them cost together."""
        return sum(part.plan.units for part in self.parts)

    @property
    def sure(self) -> bool:
        """False where one of the prices is an estimate."""
        return all(part.plan.sure for part in self.parts)

    def check(self, cap: int | None, balance: int | None = None) -> None:
        """Raises OutOfUnits when all of them together cost more than the cap of a click, or than there is."""
        units = self.units
        if cap is not None and units > cap:
            raise OutOfUnits(
                say("Together this would cost {units:,} units, your cap is {cap:,} a click.", units=units, cap=cap),
                remedy="Raise the cap, or leave some out.",
            )
        if balance is not None and units > balance:
            raise OutOfUnits(
                say("Together this would cost {units:,} units, the account has {have:,}.", units=units, have=balance),
                remedy="Leave some out, or add units on recraft.ai.",
            )
