"""Commands that make no picture: serve, and those that set things up."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import EngineTrouble


@dataclass(frozen=True)
class Command:
    """One command: its name, help, an example that runs, its arguments and what it does."""

    name: str
    help: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def serve(arguments: Sequence[str]) -> int:
    """Serve the API until stopped; the engine reads `arguments` itself."""
    try:
        from recraft_local.__main__ import main
    except ImportError as missing:
        raise EngineTrouble(
            f"The embedded engine lacks the package {missing.name}.",
            remedy='Install it with: pip install "recraft-canvas[local]".',
        ) from missing
    return main([*arguments])


def worker(_arguments: Sequence[str] = ()) -> int:
    """Work for the plugin that started this process."""
    from ..worker import main

    return main()


DIRECT: dict[str, Callable[[Sequence[str]], int]] = {"serve": serve, "worker": worker}


def _nothing(_one: argparse.ArgumentParser) -> None:
    """No arguments of its own here."""


COMMANDS = (
    Command(
        "serve",
        "Serve the API on this computer with the embedded engine.",
        "recraft serve --port 8765",
        _nothing,
        lambda _chosen: serve(()),
    ),
    Command(
        "worker",
        "Work for Krita or GIMP; their plugins start it.",
        "recraft worker",
        _nothing,
        lambda _chosen: worker(),
    ),
)
