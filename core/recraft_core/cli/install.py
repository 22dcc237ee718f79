"""`recraft install` and `recraft remove`: the plugins of Krita and GIMP, by the code that `install.py` runs too."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..shared.errors import EngineTrouble, StorageTrouble
from ..shared.i18n import say
from .command import Verb, doing, with_verbs

if TYPE_CHECKING:
    from ..doctor import Finding

_AWAY = "This copy of recraft brings no plugins."
_ELSE = 'Install the whole of it with: pip install "recraft-canvas[local]"'


def _doer(name: str) -> Callable[[argparse.Namespace], int]:
    """Does the command `name` of recraft_setup, with its trouble told as everywhere."""

    def run(chosen: argparse.Namespace) -> int:
        try:
            from recraft_setup import Trouble, commands
        except ImportError as missing:  # a frozen worker
            raise EngineTrouble(_AWAY, remedy=_ELSE) from missing
        try:
            return int(commands.COMMANDS[name](chosen) and EngineTrouble.exit_code)
        except Trouble as trouble:
            what, _, remedy = str(trouble).partition(". ")
            raise EngineTrouble(
                say("{what}{what2}.", what=what[:1].upper(), what2=what[1:].rstrip(".")), remedy=remedy
            ) from trouble
        except OSError as trouble:
            remedy = "Check the disk and the permissions, and try again."
            raise StorageTrouble(say("{trouble}.", trouble=trouble), remedy=remedy) from trouble

    return run


def _arguments(name: str) -> Callable[[argparse.ArgumentParser], None]:
    def add(one: argparse.ArgumentParser) -> None:
        try:
            from recraft_setup import commands
        except ImportError:
            return
        commands.arguments(one, name)

    return add


def plugins() -> Iterator[Finding]:
    """What is to be said of the plugins that were installed; nothing where none were."""
    from ..doctor import Finding

    try:
        from recraft_setup import checks, hosts
        from recraft_setup.plugins import Ledger
    except ImportError:
        return
    if Ledger(hosts.data_folder()).rows:
        for one in checks.installed():
            yield Finding("plugin", "bad" if one.cure else "good", one.what, one.cure)


_VERBS = (
    Verb("krita", "Install the Krita plugin.", _arguments("krita"), _doer("krita")),
    Verb("gimp", "Install the GIMP plug-in.", _arguments("gimp"), _doer("gimp")),
    Verb("all", "Install both, wherever Krita and GIMP are.", _arguments("all"), _doer("all")),
)
INSTALL = with_verbs(_VERBS), doing(_VERBS)
REMOVE = _arguments("remove"), _doer("remove")
