"""What a command that makes no picture is made of."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Command:
    """One command: its name, help, an example that runs, its arguments and what it does."""

    name: str
    help: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


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
        words = one.add_subparsers(metavar="VERB", dest="verb", required=not default, title="verbs")
        for verb in verbs:
            verb.arguments(words.add_parser(verb.name, help=verb.help, description=verb.help, allow_abbrev=False))

    return arguments


def doing(verbs: Sequence[Verb], default: str = "") -> Callable[[argparse.Namespace], int]:
    """Carries out the verb that was chosen."""
    known = {verb.name: verb for verb in verbs}
    return lambda chosen: known[chosen.verb or default].run(chosen)


def file_name(text: str) -> str:
    """A file as it was named. Shells leave the ~ of --out=~/boat.png as it is."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return str(Path(text).expanduser()) if text.startswith("~") else text


def add_json(one: argparse.ArgumentParser) -> None:
    """The flag --json."""
    one.add_argument("--json", action="store_true", help="print it as JSON")


def show(chosen: argparse.Namespace, data: Any, lines: Sequence[str]) -> None:
    """Print `data` when JSON was asked for, else the lines."""
    if getattr(chosen, "json", False):
        print(json.dumps(data, ensure_ascii=False, default=list))  # noqa: T201
        return
    for line in lines:
        print(line)  # noqa: T201
