"""Commands that make no picture: serve and worker here, `history` looks back, `setup` and `install` set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import subprocesses
from ..shared.errors import EngineTrouble
from .command import Command, nothing


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
    from ..worker.main import main

    return main()


# What programs start: these read their own command lines and do not wait for what makes flags.
DIRECT: dict[str, Callable[[Sequence[str]], int]] = {
    "serve": serve,
    "worker": worker,
    subprocesses.WORD: subprocesses.main,
}


def commands() -> tuple[Command, ...]:
    """All of them, in the order of the overview."""
    from . import history, inspect, install, setup, styles

    return (
        history.COMMAND,
        inspect.COMMAND,
        styles.COMMAND,
        *setup.COMMANDS,
        *install.COMMANDS,
        Command(
            "serve",
            "Serve the API on this computer with the embedded engine.",
            "recraft serve --port 8765",
            nothing,
            lambda _chosen: serve(()),
        ),
        Command(
            "worker",
            "Work for Krita or GIMP; their plugins start it.",
            "recraft worker",
            nothing,
            lambda _chosen: worker(),
        ),
    )
