"""What the service has taught about prices and models, in a small file in the history's folder.

A price is learnt from an answer that charged something else than was expected; the models are what GET /v1/models
said, asked again after a day. A file that cannot be read or written is as good as none.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from . import paths
from .shared.contract import MODELS, UNITS_PER_USD, Endpoint
from .shared.contract import learnt as known
from .shared.errors import RecraftError

log = logging.getLogger(__name__)

NAME = "learnt-1.json"
DAY_S = 24 * 3600
_PAUSE_S = 600  # after a failure
_DEAREST = 1_000_000
_MOST = 1000  # models of a list


def load() -> dict[str, Any]:
    """Read the file and let it count: {"prices": {key: units}, "models": {id: {"name", "units"}}, "asked": s}."""
    held = _read()
    known.use(held["prices"], {name: row["units"] for name, row in held["models"].items() if name not in MODELS})
    return held


def _read() -> dict[str, Any]:
    try:
        data = json.loads(paths.read(paths.here().history / NAME) or b"{}")
        models = {str(name): row for name, row in dict(data.get("models") or {}).items() if _is_model(row)}
        return {"prices": dict(data.get("prices") or {}), "models": models, "asked": float(data.get("asked") or 0)}
    except (RecraftError, OSError, ValueError, TypeError, AttributeError, RecursionError) as problem:
        log.info("what was learnt cannot be read: %s", problem)
        return {"prices": {}, "models": {}, "asked": 0.0}


def _is_model(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("units"), int)


def _write(held: Mapping[str, Any]) -> None:
    try:
        paths.write(paths.here().history / NAME, json.dumps(held).encode(), private=True)
    except (RecraftError, OSError) as problem:
        log.info("what was learnt cannot be kept: %s", problem)


def price(row: Endpoint, values: Mapping[str, Any], charged: int) -> None:
    """Learn from what an answer charged."""
    lesson = known.taught(row, values, charged)
    if lesson is not None:
        held = _read()
        held["prices"][lesson[0]] = lesson[1]
        _write(held)
        load()


def refresh(ask: Callable[[], list[Mapping[str, Any]]], *, at_once: bool = False) -> None:
    """Ask for the list of models where a day has gone by (or `at_once`); trouble of any kind leaves what there is.

    `ask` gives the models: {"id", "name", "usd"} each.
    """
    held = _read()
    now = time.time()
    if not at_once and 0 <= now - held["asked"] < DAY_S:
        return
    try:
        rows = ask()
    except RecraftError as error:
        log.info("the list of models cannot be had: %s", error.what)
        _write({**_read(), "asked": now - DAY_S + _PAUSE_S})
        return
    held = _read()  # prices may have been learnt while it was asked
    priced = ((row, _units(row["usd"])) for row in rows[:_MOST])
    held["models"] = {row["id"]: {"name": row["name"], "units": units} for row, units in priced if units}
    _write({**held, "asked": now})
    load()


def _units(usd: str) -> int:
    """Units for a price in US dollars; 0 where it is none."""
    try:
        units = math.ceil(round(float(usd) * UNITS_PER_USD, 6))
    except (ValueError, OverflowError):
        return 0
    return units if 0 < units <= _DEAREST else 0
