"""One trigger, one charge: a request that is under way already, in any process of the user, is not sent again.

The recorder finds the twin while it holds the history's lock and raises `AlreadyAsked`; here its result is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..operations import Outcome
from ..shared.errors import BadOption, Unanswered, from_dict
from . import Entry, History, replay
from .recorder import AlreadyAsked

_LOOK_S = 0.1
SHARED = "The very same request was under way already. This is its result; nothing more was sent or charged."


def once(history: History, work: Callable[[], Outcome], wait: Callable[[], None]) -> tuple[Outcome, Entry | None]:
    """What `work` brings, or where it meets a twin the twin's result, with the twin's entry.

    `wait` is called ten times a second while the twin is at work; what it raises ends the wait.
    """
    while True:
        try:
            return work(), None
        except AlreadyAsked as twin:
            entry = _awaited(history, twin.entry, wait)
            if entry is not None:
                return _shared(history, entry), entry


def _awaited(history: History, id_: str, wait: Callable[[], None]) -> Entry | None:
    """The twin's entry once it is done; None when it was called off before anything was sent. Raises how it failed."""
    known: Entry | None = None
    while True:
        try:
            known = history.get(id_)
        except BadOption:
            if known is not None and known.charged is None:
                return None
            raise BadOption(
                "The very same request was answered a moment ago, and its result was not kept.",
                remedy="Switch on “Keep results in the history”, or click once more to pay for another one.",
            ) from None
        if known.status == "done" or (known.status == "answered" and not known.at_work):
            return known
        if known.outcome == "failed":
            raise from_dict(dict(known.error))
        if known.outcome == "unknown":
            raise Unanswered(
                "The process that had sent the very same request has ended.",
                remedy="Look at the balance before you send it again: it may have been charged.",
                charged=bool(known.at_risk),
            )
        wait()
        time.sleep(_LOOK_S)


def _shared(history: History, entry: Entry) -> Outcome:
    outcome = replay.again(history, entry) if entry.pictures else _words(entry)
    return replace(outcome, units=0, notes=(*outcome.notes, SHARED))


def _words(entry: Entry) -> Outcome:
    """An answer without pictures: an enhanced prompt, a style's id."""
    return Outcome(replay.plan_of(entry), (), 0, entry.request_id, entry.answer)
