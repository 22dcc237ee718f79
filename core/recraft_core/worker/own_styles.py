"""Own styles for a host's lists: what the history knows of them, and what the service keeps."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..api import service
from ..api.client import Client
from ..api.wire import Call
from ..history import History
from ..shared.errors import RecraftError

log = logging.getLogger(__name__)

_PATIENCE_S = 15.0
_MOST = 1000
_FRACTION = re.compile(r"\.\d+")


def own_styles(history: History, open_: Callable[[service.Connection], Client]) -> list[dict[str, Any]]:
    """{id, style, prompt, created, offline, entry} of each, the newest first.

    With a key those of the account, named by what the history knows of them, and those of this computer's engine;
    where the service does not answer, what the history knows alone.
    """
    local = _made_here(history)
    try:
        listed = _at_the_service(open_)
    except RecraftError as error:
        log.info("the list of own styles cannot be had: %s", error.what)
        listed = None
    if listed is None:
        return list(local.values())
    remote = {_id(style): {**_told(style), **local.get(_id(style), {})} for style in listed}
    both = {**remote, **{id_: style for id_, style in local.items() if style["offline"]}}
    return sorted(both.values(), key=lambda style: -float(style["created"] or 0))


def _made_here(history: History) -> dict[str, dict[str, Any]]:
    entries = history.list(operation="create_style", limit=_MOST)
    return {
        str(entry.answer["id"]).lower(): {
            "id": entry.answer["id"],
            "style": str(entry.record.values.get("style") or ""),
            "prompt": entry.record.prompt,
            "created": entry.created,
            "offline": entry.record.engine == "local",
            "entry": entry.id,
        }
        for entry in entries
        if entry.answer.get("id")
    }


def _at_the_service(open_: Callable[[service.Connection], Client]) -> list[Mapping[str, Any]] | None:
    """The account's styles; None without a key."""
    connection = service.choose()
    if connection.offline:
        return None
    with closing(open_(replace(connection, timeout_s=_PATIENCE_S))) as client:
        return list(client.send(Call("styles/list", {})).body["styles"])[:_MOST]


def _id(style: Mapping[str, Any]) -> str:
    return str(style["id"]).lower()


def _told(style: Mapping[str, Any]) -> dict[str, Any]:
    base = style.get("style")
    return {
        "id": style["id"],
        "style": base if isinstance(base, str) else "",
        "prompt": "",
        "created": _seconds(style.get("creation_time")),
        "offline": False,
        "entry": "",
    }


def _seconds(text: Any) -> float:
    """A time of the service in s since 1970; 0 where it is none."""
    try:
        # Python 3.10 reads neither the Z nor the fractions that Go writes.
        return datetime.fromisoformat(_FRACTION.sub("", str(text)).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
