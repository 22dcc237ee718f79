"""How far the work is, in GIMP's own progress bar and in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gi.repository import Gimp

from .shared.i18n import N_, tr
from .shared.protocol import Message

if TYPE_CHECKING:
    from .menu import Entry

PHASES = {
    "unpacking": N_("Unpacking"),
    "preparing": N_("Preparing"),
    "waiting": N_("Waiting for the service's limits"),
    "sending": N_("Sending"),
    "working": N_("Working"),
    "receiving": N_("Receiving"),
    "placing": N_("Placing"),
}


class Bar:
    """GIMP's own progress bar."""

    def __init__(self, entry: Entry) -> None:
        self._title = tr(entry.row.verb)
        Gimp.progress_init(f"{self._title} …")
        self._told = 0.0

    def show(self, message: Message) -> None:
        """Phase, seconds and, where it is known, how far."""
        if time.monotonic() - self._told < 0.1:
            return
        self._told = time.monotonic()
        Gimp.progress_set_text(f"{self._title}: {phase_text(message)}")
        share = message.get("share")
        if share is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(float(share))

    def end(self) -> None:
        """Take it away."""
        Gimp.progress_end()


def phase_text(message: Message) -> str:
    """The phase with its seconds: "Working, 3 s, about 5 s left"."""
    words = [tr(PHASES.get(message["phase"], message["phase"])), f"{message.get('elapsed_s', 0):.0f} s"]
    if message.get("left_s") is not None:
        words.append(tr("about {left} s left", left=max(1, round(message["left_s"]))))
    return ", ".join(words)
