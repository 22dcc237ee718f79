"""What a plugin asks for, read from its message."""

from __future__ import annotations

from ..shared.errors import BadOption
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from ..shared.plan import Ask
from ..shared.protocol import Message


def ask_of(message: Message) -> Ask:
    """What a `run` or `plan` asks for."""
    canvas, selection = message.get("canvas"), message.get("selection")
    try:
        return Ask(
            message["operation"],
            message["options"],
            Size(*map(int, canvas)) if canvas else None,
            Box(*map(int, selection)) if selection else None,
            tuple(Box(*map(int, one)) for one in message.get("areas", ())),
        )
    except (TypeError, ValueError, OverflowError):
        raise misread(
            say("a canvas of {canvas} with a selection of {selection}", canvas=canvas, selection=selection)
        ) from None


def misread(what: str) -> BadOption:
    """The error for what no plugin should hand over."""
    return BadOption(
        say("The plugin handed over {what}.", what=say(what)),
        remedy="This is a fault of the plugin; please report it.",
        option="picture",
    )
