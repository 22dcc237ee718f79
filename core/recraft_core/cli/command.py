"""What a command that makes no picture is made of."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ..shared.errors import UNSEEN, plain
from ..shared.i18n import tr

Arguments: TypeAlias = Callable[[argparse.ArgumentParser], None]
Run: TypeAlias = Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Command:
    """One command: its name, help, an example that runs, its arguments and what it does."""

    name: str
    help: str
    example: str
    arguments: Arguments
    run: Run


@dataclass(frozen=True)
class Verb:
    """What comes after such a command, as `list` in `recraft history list`."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def nothing(_one: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def with_verbs(verbs: Sequence[Verb], default: str = "") -> Callable[[argparse.ArgumentParser], None]:
    """The arguments of a command that takes one of `verbs`; without one it does `default`, if there is any."""

    def arguments(one: argparse.ArgumentParser) -> None:
        words = one.add_subparsers(metavar="VERB", dest="verb", required=not default, title=tr("verbs"))
        for verb in verbs:
            verb.arguments(words.add_parser(verb.name, help=tr(verb.help), description=verb.help, allow_abbrev=False))

    return arguments


def doing(verbs: Sequence[Verb], default: str = "") -> Callable[[argparse.Namespace], int]:
    """Carries out the verb that was chosen."""
    known = {verb.name: verb for verb in verbs}
    return lambda chosen: known[chosen.verb or default].run(chosen)


def file_name(text: str) -> str:
    """A file as it was named. Shells leave the ~ of --out=~/boat.png as it is; ~draft.png is a name of its own."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    if text.startswith("~") and "/" in text:
        with suppress(RuntimeError):  # there is no user of that name
            return str(Path(text).expanduser())
    return text


def as_json(data: Any) -> str:
    """Data as one line of JSON, what would move a terminal's cursor or turn text around escaped.

    Bytes of a file name that are no UTF-8 stay as Python has them, lone surrogates.
    """
    text = json.dumps(data, ensure_ascii=False, default=list)
    return text if text.isprintable() else re.sub(UNSEEN, lambda match: f"\\u{ord(match[0]):04x}", text)


def add_json(one: argparse.ArgumentParser) -> None:
    """The flag --json."""
    one.add_argument("--json", action="store_true", help="print it as JSON")


def show(chosen: argparse.Namespace, data: Any, lines: Sequence[str]) -> None:
    """Print `data` when JSON was asked for, else the lines."""
    if getattr(chosen, "json", False):
        print(as_json(data))  # noqa: T201
        return
    for line in lines:
        print(plain(tr(line), lines=True))  # noqa: T201


def told(path: object) -> str:
    """The name of a file as standard output has it: a pipe gets it to the letter, a terminal without what moves it."""
    return plain(str(path)) if sys.stdout.isatty() else str(path)
