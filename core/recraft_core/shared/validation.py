"""Kinds of values an option can hold. Each reads what a door hands it (text or a plain value) or says what is wrong.

`read` returns the normalised value or raises ValueError with one sentence that tells what is allowed. `widget` names
the control that suits the rule; `says` is what the rule allows, for help texts and tables.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from .i18n import say

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


class Rule:
    """What one option allows."""

    widget = "line"
    # True when text holds several values, with blanks or commas between them: given again, more are added.
    several = False

    @property
    def says(self) -> str:
        """What is allowed, in a few words."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """The value as the rest of the core uses it; ValueError with the remedy when it does not fit."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Rule):
    """Text of `low` to `high` characters (0: no upper end here); `lines` is how tall its field starts."""

    low: int = 0
    high: int = 0
    lines: int = 1

    @property
    def widget(self) -> str:  # type: ignore[override]
        """A paragraph when it may take several lines."""
        return "paragraph" if self.lines > 1 else "line"

    @property
    def says(self) -> str:
        """The length allowed."""
        return say("up to {high:,} characters", high=self.high) if self.high else say("text")

    def read(self, value: Any) -> str:
        """The text without surrounding blanks."""
        if not isinstance(value, str):
            raise ValueError("Give it as text.")  # noqa: TRY004 - one kind of problem for every door
        text = value.strip()
        if len(text) < self.low:
            raise ValueError("Write a few words.")
        if self.high and len(text) > self.high:
            raise ValueError(
                say("It has {count:,} characters; shorten it to {high:,}.", count=len(text), high=self.high)
            )
        if _broken(text):
            raise ValueError("It contains a broken character; type it again.")
        return text


def _broken(text: str) -> bool:
    """True when text holds halves of characters, as file names and command lines with odd bytes give them."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


@dataclass(frozen=True)
class Number(Rule):
    """A number from `low` to `high`, both included unless `high_excluded`."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    high_excluded: bool = False
    widget = "number"

    @property
    def says(self) -> str:
        """The range, with its unit."""
        high: str = _plain(self.high)
        if self.unit:
            high = say("{number} {unit}", number=high, unit=say(self.unit))
        if self.high_excluded:
            return say("{low} to below {high}", low=f"{self.low:g}", high=high)
        return say("{low} to {high}", low=f"{self.low:g}", high=high)

    def read(self, value: Any) -> float | int:
        """The number."""
        if self.whole:
            remedy = say("Give a whole number from {says}.", says=self.says)
        else:
            remedy = say("Give a number from {says}.", says=self.says)
        number = number_of(value)
        if number is None or not math.isfinite(number) or (self.whole and number != int(number)):
            raise ValueError(remedy)
        if number < self.low or number > self.high or (self.high_excluded and number == self.high):
            raise ValueError(remedy)
        return int(number) if self.whole else number


def _plain(number: float) -> str:
    return f"{int(number)}" if number == int(number) else f"{number}"


def number_of(value: Any) -> float | None:
    """A number that is handed over as one or as text, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Choice(Rule):
    """One of a few values; `values` maps each to the words shown for it."""

    values: Mapping[str, str]
    widget = "choice"

    @property
    def says(self) -> str:
        """The values."""
        return ", ".join(self.values)

    def read(self, value: Any) -> str:
        """The value itself."""
        if isinstance(value, str) and value in self.values:
            return value
        raise ValueError(say("Choose one of {choices}.", choices=self.says))


@dataclass(frozen=True)
class Flag(Rule):
    """Yes or no."""

    widget = "flag"

    @property
    def says(self) -> str:
        """Nothing to choose from."""
        return say("yes or no")

    def read(self, value: Any) -> bool:
        """True or False."""
        if isinstance(value, bool):
            return value
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if isinstance(value, str) and value.lower() in known:
            return known[value.lower()]
        raise ValueError("Say yes or no.")


@dataclass(frozen=True)
class Id(Rule):
    """An id of the service (a UUID)."""

    @property
    def says(self) -> str:
        """Its form."""
        return say("an id such as {id}", id="229b2a75-05e4-4580-85f9-b47ee521a00d")

    def read(self, value: Any) -> str:
        """The id in its plain spelling."""
        try:
            return str(UUID(str(value).strip()))
        except ValueError:
            raise ValueError(say("Give {says}.", says=self.says)) from None


@dataclass(frozen=True)
class SizeText(Rule):
    """A size as w:h or WxH; which sizes a model makes is checked with the model."""

    widget = "size"

    @property
    def says(self) -> str:
        """Both spellings."""
        return say("width:height such as 16:9, or WIDTHxHEIGHT such as 1024x1024")

    def read(self, value: Any) -> str:
        """The size in the API's spelling."""
        if isinstance(value, (tuple, list)) and len(value) == 2:
            value = f"{value[0]}x{value[1]}"
        text = str(value).strip().lower().replace(" ", "").replace("×", "x")
        if not re.fullmatch(r"[1-9]\d{0,4}[x:][1-9]\d{0,4}", text):
            raise ValueError(say("Give it as {says}.", says=self.says))
        return text


@dataclass(frozen=True)
class Color(Rule):
    """A colour; read as red, green, blue from 0 to 255."""

    widget = "color"

    @property
    def says(self) -> str:
        """Its form."""
        return "#RRGGBB"

    def read(self, value: Any) -> tuple[int, int, int]:
        """The three numbers."""
        if isinstance(value, str):
            match = _HEX.fullmatch(value.strip())
            if match:
                red, green, blue = (int(match[1][at : at + 2], 16) for at in (0, 2, 4))
                return red, green, blue
        elif isinstance(value, Sequence) and len(value) == 3 and all(_byte(part) for part in value):
            return int(value[0]), int(value[1]), int(value[2])
        raise ValueError("Give a colour as #RRGGBB, or three numbers from 0 to 255.")


def _byte(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _pieces(value: Any, between: str = r"[,\s]+") -> Sequence[Any]:
    """What text holds with `between` (a pattern) between its pieces; else the values of a list, or one alone."""
    if isinstance(value, str):
        return [piece for piece in re.split(between, value) if piece.strip()]
    return value if isinstance(value, (list, tuple)) else [value]


@dataclass(frozen=True)
class Colors(Rule):
    """Colours with an optional weight each; the weights' sum is at most 1. Source: "Endpoints", Colors."""

    widget = "colors"
    several = True

    @property
    def says(self) -> str:
        """Its form."""
        return say("#RRGGBB or #RRGGBB:WEIGHT, weights 0 to 1 and together at most 1")

    def read(self, value: Any) -> tuple[tuple[tuple[int, int, int], float | None], ...]:
        """A tuple of (rgb, weight or None)."""
        if not isinstance(value, (str, list, tuple)):
            raise ValueError(say("Give colours as {says}.", says=self.says))  # noqa: TRY004 - as in Text
        colours = tuple(self._one(part) for part in _pieces(value))
        if sum(weight or 0 for _, weight in colours) > 1 + 1e-9:
            raise ValueError("The weights add up to more than 1; lower some.")
        return colours

    def _one(self, part: Any) -> tuple[tuple[int, int, int], float | None]:
        color, weight = part, None
        if isinstance(part, str) and ":" in part:
            color, weight = part.split(":", 1)
        elif isinstance(part, Mapping):
            color, weight = part.get("rgb"), part.get("weight")
        elif isinstance(part, Sequence) and len(part) == 2:
            color, weight = part
        return Color().read(color), None if weight is None else float(Number(0, 1).read(weight))


@dataclass(frozen=True)
class Address(Rule):
    """The address of a server. Where `safe`, plain http is for this computer only: the key travels with it."""

    schemes: tuple[str, ...]
    safe: bool = False

    @property
    def says(self) -> str:
        """Its form."""
        only = say("; http:// for this computer only") if self.safe else ""
        return say(
            "an address that begins with {schemes}{only}",
            schemes=" or ".join(f"{name}://" for name in self.schemes),
            only=only,
        )

    def read(self, value: Any) -> str:
        """The address without a slash at its end."""
        text = str(value).strip().rstrip("/")
        parts = address(text)
        plain = self.safe and parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK
        if parts is None or not (parts.scheme in self.schemes or plain):
            raise ValueError(say("Give {says}.", says=self.says))
        if self.safe and (parts.username or parts.query or parts.fragment):
            raise ValueError("Give the address alone, without a name, a question mark or a #.")
        return text


def address(text: str) -> SplitResult | None:
    """The parts of a whole address; None when it is none, or names a host or port there cannot be."""
    try:
        parts = urlsplit(text)
        # Both raise what they cannot read; a name of more than 63 letters between dots cannot be asked for.
        possible = parts.port != 0 and (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    return parts if possible and not any(letter.isspace() for letter in text) else None


@dataclass(frozen=True)
class _Many(Rule):
    """Several values of one rule, separated by commas or blanks."""

    each: Rule
    several = True

    @property
    def says(self) -> str:
        """The rule of each."""
        return say("one or more, each {says}", says=self.each.says)

    def read(self, value: Any) -> tuple[Any, ...]:
        """A tuple of values."""
        return tuple(self.each.read(part) for part in _pieces(value))


@dataclass(frozen=True)
class Files(Rule):
    """Picture files by their names; in text, each on a line of its own or with ; between them."""

    widget = "files"
    several = True

    @property
    def says(self) -> str:
        """Its form."""
        return say("files, with ; between them")

    def read(self, value: Any) -> tuple[str, ...]:
        """A tuple of names."""
        parts = _pieces(value, r"[;\n]")
        if not all(isinstance(part, (str, os.PathLike)) for part in parts):
            raise ValueError(say("Give {says}.", says=self.says))
        names = [os.fspath(part).strip() for part in parts]
        files = tuple(name for name in names if name)
        if not files or any(_broken(name) or "\0" in name for name in files):
            raise ValueError(say("Give {says}.", says=self.says))
        return files


def Ids() -> Rule:  # noqa: N802 - reads as a rule among rules
    """Several ids."""
    return _Many(Id())


def Numbers() -> Rule:  # noqa: N802 - reads as a rule among rules
    """Several weights from 0 to 1."""
    return _Many(Number(0, 1))


def Palette() -> Rule:  # noqa: N802 - reads as a rule among rules
    """Several colours, each red, green, blue from 0 to 255."""
    return _Many(Color())
