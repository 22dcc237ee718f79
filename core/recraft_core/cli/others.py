"""Commands that make no picture: serve and worker here, `history` looks back, `setup` and `install` set up.

Their rows are here; what one of them takes and does is imported when it is the one that was asked for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module

from .. import subprocesses
from ..shared.errors import EngineTrouble
from ..shared.i18n import say
from .command import Arguments, Command, Run, nothing


def serve(arguments: Sequence[str]) -> int:
    """Serve the API until stopped; the engine reads `arguments` itself."""
    try:
        from recraft_local.__main__ import main
    except ImportError as missing:
        raise EngineTrouble(
            say("The embedded engine lacks the package {name}.", name=missing.name),
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

# They write no log: whoever installs and removes has afterwards what was there before.
TRACELESS = {"install", "remove"}


def _in(module: str, name: str = "DEED") -> tuple[Arguments, Run]:
    """What a command takes and does: the deed `name` of a module beside this one."""

    def deed() -> tuple[Arguments, Run]:
        pair: tuple[Arguments, Run] = getattr(import_module(f".{module}", __package__), name)
        return pair

    def arguments(one: argparse.ArgumentParser) -> None:
        deed()[0](one)

    def run(chosen: argparse.Namespace) -> int:
        return deed()[1](chosen)

    return arguments, run


# In the order of the overview: name, help, an example, and where its deed is.
_ROWS = (
    ("history", "Find and place again what was made, and see what was spent.", "recraft history list boat",
     _in("history")),
    ("inspect", "Show what a picture file is and what it says of how it was made.", "recraft inspect boat.png",
     _in("inspect")),
    ("styles", "List and delete own styles.", "recraft styles list", _in("styles")),
    ("key", "Set, test or remove the API key.", "recraft key set", _in("setup", "KEY")),
    ("settings", "Show and change what you prefer: engine, caps, defaults.",
     "recraft settings set cap_per_day_units 2000", _in("setup", "SETTINGS")),
    ("doctor", "Look whether all is well, and say what to do where it is not.", "recraft doctor",
     _in("setup", "DOCTOR")),
    ("engine", "See or end the engine that stays for the next command.", "recraft engine status", _in("engine")),
    ("install", "Put the plugins into Krita and GIMP.", "recraft install krita", _in("install", "INSTALL")),
    ("remove", "Take the plugins away again; settings, history and key stay.", "recraft remove",
     _in("install", "REMOVE")),
    ("serve", "Serve the API on this computer with the embedded engine.", "recraft serve --port 8765",
     (nothing, lambda _chosen: serve(()))),
    ("worker", "Work for Krita or GIMP; their plugins start it.", "recraft worker",
     (nothing, lambda _chosen: worker())),
)  # fmt: skip


def commands() -> tuple[Command, ...]:
    """All of them, in the order of the overview."""
    return tuple(Command(name, help_, example, *deed) for name, help_, example, deed in _ROWS)
