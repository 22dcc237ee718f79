"""`recraft account`: whose key it is and what is left. Asked without all that works on pictures."""

from __future__ import annotations

import argparse
from contextlib import closing

from ..api import service
from ..api.wire import Call
from ..redaction import redact_data
from ..shared.errors import Exit
from ..shared.plan import Ask, plan
from . import prices
from .command import show
from .screen import Screen, headline


def run(chosen: argparse.Namespace) -> int:
    """Ask and print; with --prices the table of prices instead."""
    if chosen.prices:
        return prices.run(chosen)
    screen = Screen(quiet=chosen.quiet)
    connection = service.choose(base_url=chosen.base_url, local=chosen.local, share=not chosen.no_share)
    screen.say(headline(plan(Ask("account")), offline=connection.offline))
    done = False
    try:
        with closing(connection.open()) as client:
            answer = client.send(Call("users/me", {}), progress=screen.progress)
        done = True
    finally:
        screen.finish(done=done)
    # In the form of every operation, so that a script reads them all alike.
    data = {
        "operation": chosen.operation,
        "files": [],
        "image_ids": [],
        "boxes": [],
        "units": answer.units,
        "about": answer.about,
        "request_id": answer.request_id,
        "entry": "",
        "notes": [],
        "answer": dict(answer.body),
    }
    show(chosen, redact_data(data), [f"{name}: {value}" for name, value in answer.body.items()])
    return Exit.OK
