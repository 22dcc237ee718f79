"""The one way in which modules of a plugin tell each other that something happened, without knowing a toolkit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Signal:
    """Calls everyone who is connected. `emit` hands its arguments on; what a slot returns is ignored."""

    def __init__(self) -> None:
        self._slots: list[Callable[..., Any]] = []

    def connect(self, slot: Callable[..., Any]) -> None:
        """Call `slot` at each `emit` from now on."""
        self._slots.append(slot)

    def disconnect(self, owner: object) -> None:
        """Call the methods of `owner` no more."""
        self._slots = [slot for slot in self._slots if getattr(slot, "__self__", None) is not owner]

    def emit(self, *values: Any) -> None:
        """Call every slot in the order of connection. A slot whose window is gone already is dropped."""
        for slot in list(self._slots):
            try:
                slot(*values)
            except RuntimeError as problem:
                # "wrapped C/C++ object has been deleted": the docker of a closed window.
                if "deleted" not in str(problem):
                    raise
                # Not `remove`: a signal emitted within this one may have dropped it already.
                self._slots = [one for one in self._slots if one is not slot and one != slot]
