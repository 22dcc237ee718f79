"""Many requests in one go: a prompt's wildcards, several areas, several layers. One list, one total, one yes.

Nothing here knows a host: `Part` is one request to come, `Many` all of them as they are shown before the click.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ..errors import BadOption, OutOfUnits
from ..i18n import Sentence, say
from ..notes import told_price
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
    """All of them. `left_out` are pairs of a title and why that one takes no part."""

    parts: tuple[Part, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def units(self) -> int:
        """What all of them cost together."""
        return sum(part.plan.units for part in self.parts)

    @property
    def sure(self) -> bool:
        """False where one of the prices is an estimate."""
        return all(part.plan.sure for part in self.parts)

    @property
    def price(self) -> str:
        """The price of all of them as shown before the click, as sure as that of the least known."""
        known = {part.plan.known for part in self.parts}
        least = next((one for one in ("unknown", "learnt") if one in known), "")
        return told_price(self.units, least, sure=self.sure)

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


@dataclass
class Tally:
    """What has become of `count` requests of one click, one after the other.

    `done` have come, `missed` failed, and `dropped` were not begun since it was stopped before. `told` are pairs of a
    title and what there is to say of that one.
    """

    count: int
    done: int = 0
    missed: int = 0
    dropped: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """True when nothing is to come any more."""
        return self.done + self.missed + self.dropped >= self.count

    @property
    def whole(self) -> bool:
        """True when each has come."""
        return self.done == self.count

    def miss(self, title: str, why: Exception) -> None:
        """That one has failed; the others go on."""
        self.missed += 1
        self.told.append((title, why.args[0]))

    def now(self, title: str) -> Sentence:
        """Which of them is at work: "2 of 5: boat.png"."""
        at = min(self.count, self.done + self.missed + 1)
        return say("{at} of {count}: {title}", at=at, count=self.count, title=title)

    def said(self) -> list[Sentence]:
        """What to say at the end: how many, and each of which there is something to say."""
        lines = [say("Done: {done} of {count}.", done=self.done, count=self.count)]
        if self.dropped:
            lines.append(say("Not begun: {dropped}.", dropped=self.dropped))
        return [*lines, *told_of(self.told)]


def told_of(pairs: Iterable[tuple[str, str]]) -> list[Sentence]:
    """What there is to say of each of many, pairs of its title and that: once for all of which it is the same."""
    titles: dict[str, list[str]] = {}
    for title, what in pairs:
        titles.setdefault(what, []).append(title)
    return [say("{title}: {what}", title=", ".join(those), what=what) for what, those in titles.items()]
