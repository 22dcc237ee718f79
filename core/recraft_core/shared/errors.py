"""Everything that can go wrong, each with its remedy.

RecraftError
├── BadOption        an option's value breaks its rule                      exit 2
├── KeyTrouble       no key, or the service does not accept it              exit 3
│   └── OutOfUnits   the account or the user's own cap does not allow it    exit 3
├── BadPicture       a picture, mask or SVG cannot be used                  exit 4
├── Refused          the service understood and said no                     exit 5
│   └── TooFast      too many requests; wait and try again                  exit 5
├── Unreachable      no answer, and nothing was sent                        exit 6
│   ├── Unanswered   sent, no whole answer: units may have been charged     exit 6
│   └── BadAnswer    an answer came that cannot be understood               exit 6
├── EngineTrouble    the embedded engine or the worker cannot start         exit 7
├── WorkerEnded      a worker ended over one row of a batch                 exit 7
├── StorageTrouble   a file or folder cannot be read or written             exit 8
└── Cancelled        the user stopped it                                    exit 130

The same sentence is shown in Krita, in GIMP and in a terminal: what happened with which value, then what to do.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Any

from .i18n import Sentence, join


class Exit(IntEnum):
    """Exit codes of the command `recraft`: a promise to scripts. PARTLY is a batch of which some is not done."""

    OK = 0
    BUG = 1
    OPTION = 2
    KEY_OR_UNITS = 3
    PICTURE = 4
    REFUSED = 5
    NETWORK = 6
    ENGINE = 7
    STORAGE = 8
    PARTLY = 9
    CANCELLED = 130


# What moves a terminal's cursor or turns text around, and halves of characters, which no terminal can show.
UNSEEN = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def plain(text: str, *, lines: bool = False) -> str:
    """Text from outside, fit for a terminal: without control characters, and on one line unless `lines`."""
    if isinstance(text, Sentence):
        return text.mapped(lambda value: plain(value, lines=lines))
    text = text if lines else " ".join(text.split())
    return text if text.isprintable() else re.sub(UNSEEN, "", text)  # made when it is needed: that takes a while


class RecraftError(Exception):
    """Base of all errors a user can meet. `what` happened and the `remedy`, both whole sentences (see `i18n.say`).

    `status`, `code` and `request_id` come from the service's answer where there was one; `option` names the
    option at fault; `retry_after_s` is the wait in seconds the service asked for; `charged` is True when units
    may have been spent all the same.
    """

    exit_code = Exit.BUG

    def __init__(
        self,
        what: str,
        *,
        remedy: str,
        option: str = "",
        status: int = 0,
        code: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
        charged: bool = False,
    ) -> None:
        what, remedy = plain(what, lines=True), plain(remedy, lines=True)
        super().__init__(join(what, remedy))
        self.what = what
        self.remedy = remedy
        self.option = option
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.charged = charged

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data, to cross from the worker to a plugin; `from_dict` makes it whole again."""
        return {"kind": type(self).__name__, **self.__dict__}


class BadOption(RecraftError):
    """An option's value breaks its rule. Nothing was sent."""

    exit_code = Exit.OPTION


class KeyTrouble(RecraftError):
    """There is no API key, or the service does not accept it."""

    exit_code = Exit.KEY_OR_UNITS


class OutOfUnits(KeyTrouble):
    """The account has too few units, or the user's own cap would be passed."""


class BadPicture(RecraftError):
    """A picture, mask or SVG cannot be read or used."""

    exit_code = Exit.PICTURE


class Refused(RecraftError):
    """The service understood the request and said no. Nothing was charged."""

    exit_code = Exit.REFUSED


class TooFast(Refused):
    """More requests than the service allows in a second or minute."""


class Unreachable(RecraftError):
    """The service could not be reached. Nothing was sent, nothing was charged."""

    exit_code = Exit.NETWORK


class Unanswered(Unreachable):
    """The request was sent but no whole answer came back. Units may have been charged."""


class BadAnswer(Unreachable):
    """The service answered with something that cannot be understood."""


class EngineTrouble(RecraftError):
    """The embedded engine or the worker cannot be started, or has stopped."""

    exit_code = Exit.ENGINE


class WorkerEnded(RecraftError):
    """A worker ended while it was at one row of a batch; the other rows go on."""

    exit_code = Exit.ENGINE


class StorageTrouble(RecraftError):
    """A file or folder cannot be read or written."""

    exit_code = Exit.STORAGE


class Cancelled(RecraftError):
    """The user stopped it."""

    exit_code = Exit.CANCELLED

    def __init__(self, what: str = "Cancelled.", *, remedy: str = "Nothing was placed.", **more: Any) -> None:
        super().__init__(what, remedy=remedy, **more)


def kinds() -> dict[str, type[RecraftError]]:
    """Every error class by name."""
    classes: dict[str, type[RecraftError]] = {}
    todo = [RecraftError]
    while todo:
        kind = todo.pop()
        classes[kind.__name__] = kind
        todo.extend(kind.__subclasses__())
    return classes


def from_dict(data: dict[str, Any]) -> RecraftError:
    """The error that `as_dict` described; an unknown kind becomes a plain RecraftError."""
    more = {name: value for name, value in data.items() if name not in {"kind", "what", "remedy"}}
    return kinds().get(data["kind"], RecraftError)(data["what"], remedy=data["remedy"], **more)
