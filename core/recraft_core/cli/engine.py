"""`recraft engine`: the embedded engine that stays for the next command, looked at and ended."""

from __future__ import annotations

import argparse
import sys
import time

from ..api import warm
from ..api.service import engine_folder
from ..shared.errors import Exit
from ..shared.i18n import say
from .command import Verb, add_json, doing, nothing, show, with_verbs


def _status(chosen: argparse.Namespace) -> int:
    engines = warm.running(engine_folder())
    rows = [
        {"process": one.pid, "address": one.base_url, "version": one.version, "since": one.since} for one in engines
    ]
    show(chosen, rows, [_line(one) for one in engines])
    if not engines:
        print("None is running; the next command that needs one starts it.", file=sys.stderr)  # noqa: T201
    return Exit.OK


def _line(one: warm.Place) -> str:
    since = time.strftime("%H:%M", time.localtime(one.since))
    return say(
        "process {pid}  {base_url}  version {version}  since {since}",
        pid=one.pid,
        base_url=one.base_url,
        version=one.version,
        since=since,
    )


def _stop(_chosen: argparse.Namespace) -> int:
    for one in warm.stop(engine_folder()):
        print(say("process {pid} ends", pid=one.pid))  # noqa: T201
    return Exit.OK


_VERBS = (
    Verb("status", "Show which are running.", add_json, _status),
    Verb("stop", "End them now.", nothing, _stop),
)
DEED = with_verbs(_VERBS, "status"), doing(_VERBS, "status")
