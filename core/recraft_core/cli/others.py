"""Commands that make no picture: serve, and those that set things up."""

from __future__ import annotations

import argparse
from collections.abc import Callable
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


def _serve_arguments(one: argparse.ArgumentParser) -> None:
    try:
        from recraft_local import server
    except ImportError:
        return
    server.add_arguments(one)


def _serve(chosen: argparse.Namespace) -> int:
    try:
        from recraft_local import server
    except ImportError as missing:
        raise EngineTrouble(
            f"The embedded engine lacks the package {missing.name}.",
            remedy='Install it with: pip install "recraft-canvas[local]".',
        ) from missing
    return server.serve(chosen)


COMMANDS = (
    Command(
        "serve",
        "Serve the API on this computer with the embedded engine.",
        "recraft serve --port 8765",
        _serve_arguments,
        _serve,
    ),
)
