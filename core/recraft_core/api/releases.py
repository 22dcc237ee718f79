"""Whether a newer version is out: asked where the project has its home, once a week, where the user wants to know.

The request says nothing but the program's name: no key, no version, nothing about the user. Whatever goes wrong is as
good as no news.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from contextlib import closing, nullcontext
from typing import Any

from .. import locks, paths, settings
from ..shared import HOME, __version__
from ..shared.errors import RecraftError
from .auth import KeyFor
from .transport import BrokenOff, TooLarge, parts

log = logging.getLogger(__name__)

# What an answer nobody vouches for, and the network, can end in.
_ODD = (TooLarge, BrokenOff, OSError, sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, RecursionError)

WEEK_S = 7 * 24 * 3600
FILE, LOCK = "release.json", "release.lock"
_WAIT_S = 10.0
_MOST_BYTES = 4 << 20
_NUMBERS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}")


def newer(home: str = HOME) -> str:
    """The version that is out and newer than this one, "" where there is none or nobody wants to know.

    `home` is the project's page in a package index. It is asked when the last time was seven days ago or more.
    """
    try:
        chosen, _ = settings.read()
        return _newer(home, chosen.proxy or "") if chosen.new_versions else ""
    except (RecraftError, *_ODD) as problem:
        log.info("whether a newer version is out cannot be told: %s", problem)
        return ""


def _newer(home: str, proxy: str) -> str:
    held = _held()
    if _is_due(held) and _claimed():
        held["version"] = _asked(home, proxy) or held["version"]
        _keep(time.time(), held["version"])
    return held["version"] if _numbers(held["version"]) > _numbers(__version__) else ""


def _is_due(held: dict[str, Any]) -> bool:
    return not 0 <= time.time() - held["asked"] < WEEK_S


def _claimed() -> bool:
    """True for one of those that would ask now: the question is kept before it is asked. One that cannot be kept would
    be asked at every start.
    """
    folder = paths.make_folder(paths.here().cache)
    with locks.alone(folder / LOCK, _WAIT_S) if locks.work(folder) else nullcontext():
        held = _held()
        if _is_due(held):
            _keep(time.time(), held["version"])
            return True
    return False


def _held() -> dict[str, Any]:
    """{"asked": s since 1970, "version": what was answered}; a file that makes no sense counts as none."""
    try:
        data = json.loads(paths.read(paths.here().cache / FILE) or b"{}")
        return {"asked": float(data.get("asked") or 0), "version": _version(data.get("version"))}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {"asked": 0.0, "version": ""}


def _keep(asked: float, version: str) -> None:
    data = json.dumps({"asked": asked, "version": version})
    paths.write(paths.here().cache / FILE, data.encode())


def _asked(home: str, proxy: str) -> str:
    """What the index says is the newest version, "" when it says none."""
    from . import online  # requests takes long to load, and most never ask

    address = f"{home.replace('/project/', '/pypi/').rstrip('/')}/json"
    headers = {"User-Agent": "recraft-canvas", "Accept": "application/json"}
    nobody = KeyFor("", home)  # no key, and none of .netrc either
    with closing(online.session(_WAIT_S, proxy=proxy)) as session:
        try:
            with session.ask("GET", address, headers=headers, auth=nobody, timeout=(_WAIT_S, _WAIT_S)) as response:
                if response.status_code != 200:
                    return ""
                info = json.loads(b"".join(parts(response, _MOST_BYTES)))["info"]
        except session.troubles as problem:
            log.info("the index cannot be asked: %s", problem)
            return ""
    return "" if info.get("yanked") else _version(info["version"])


def _version(told: Any) -> str:
    """A release's number as it was told, "" for anything else."""
    return told if isinstance(told, str) and _NUMBERS.fullmatch(told) else ""


def _numbers(version: str) -> tuple[int, ...]:
    """What versions are compared by: 0.3 and 0.3.0 are the same."""
    numbers = [int(one) for one in version.split(".")] if _version(version) else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
