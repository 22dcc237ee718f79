"""What came back for a job: the message, with its bytes where they belong."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from ..geometry import Box
from ..i18n import tr

if TYPE_CHECKING:
    from ..protocol import Message


class Result:
    """A result message with its bytes put where they belong."""

    def __init__(self, message: Message) -> None:
        self.operation = message["operation"]
        self.entry = message.get("entry", "")
        self.notes = list(message.get("notes", []))
        self.answer = message.get("answer", {})
        self.said = message.get("provenance")
        frame = message.get("frame")
        self.frame = Box(*frame) if frame else None
        place = message.get("place")
        self.place = Box(*place) if place else None
        blobs = message.blobs
        self.layers = [
            {
                **layer,
                "name": _in_words(layer["name"]),
                **{name: None if layer[name] is None else blobs[layer[name]] for name in ("pixels", "svg")},
            }
            for layer in message["layers"]
        ]

    def bare(self) -> Result:
        """The same without its pictures."""
        bare = copy(self)
        bare.layers = []
        return bare


def _in_words(name: str) -> str:
    """A layer's name, "Fill: a boat", with its verb in the user's language."""
    verb, colon, rest = name.partition(":")
    return tr(verb) + colon + rest
