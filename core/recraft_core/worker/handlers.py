"""Everything a plugin asks for besides a click: prices, balance, history, settings, key."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import keys, learnt, paths, settings
from ..api import service
from ..api.wire import Call
from ..history import Entry, History, replay
from ..history.recorder import midnight, spent_today
from ..shared.contract import BASE_URL
from ..shared.errors import BadOption, KeyTrouble
from ..shared.i18n import say
from ..shared.plan import frame_of, plan
from ..shared.preferences import SETTINGS
from ..shared.protocol import Message
from .asking import ask_of

# What works on pixels is imported when it is asked for: a docker that opens asks for prices and lists.
if TYPE_CHECKING:
    from ..api.client import Client

Open = Callable[[service.Connection], "Client"]
_SIDE = 96
_MAX_SIDE = 1024
_PAGE = 50


def answer(message: Message, history: History, open_: Open) -> Message:
    """The answer to any request but `run` and `cancel`. Raises what goes wrong."""
    return _ANSWERS[message.kind](message, history, open_)


def _data(message: Message, data: Mapping[str, Any]) -> Message:
    return Message("answer", message.id, {"data": data})


# --- plan, account, styles ------------------------------------------------------------------------------------------


def _plan(message: Message, _history: History, _open: Open) -> Message:
    job_plan = plan(ask_of(message))
    data = {
        "operation": job_plan.operation.name,
        "units": job_plan.units,
        "price": job_plan.price,
        "sure": job_plan.sure,
        "read": job_plan.read,
        "sent": job_plan.sent,
        "place": job_plan.place,
        "frame": frame_of(job_plan),
        "scale": job_plan.scale,
        "values": job_plan.values,
        "notes": job_plan.notes,
        "offline": service.offline(),
    }
    return _data(message, data)


def _account(message: Message, history: History, open_: Open) -> Message:
    """Balance and name; of the embedded engine only that it is there, since its units are no money."""
    connection = service.choose()
    if connection.offline:
        return _data(message, {"offline": True, "balance": None})
    return _data(message, {**asked_account(connection, open_), **spent_now(history)})


def spent_now(history: History) -> dict[str, Any]:
    """Units charged since midnight, and those that may have been without an answer to tell; the caps count both.

    With them the prices that answers taught, so that a plugin quotes what the worker does.
    """
    now = time.time()
    spent = {"spent_today": spent_today(history, now), "at_risk_today": history.at_risk(midnight(now))}
    return {**spent, "learnt": learnt.load()["prices"]}


def asked_account(connection: service.Connection, open_: Open) -> dict[str, Any]:
    """What the service says about the key: {"offline", "balance" (units), "name", "email"}."""
    client = open_(connection)
    try:
        body = client.send(Call("users/me", {})).body
    finally:
        client.close()
    return {
        "offline": False,
        "balance": body["credits"],
        "name": str(body.get("name") or ""),
        "email": str(body.get("email") or ""),
    }


def _styles(message: Message, history: History, open_: Open) -> Message:
    from .own_styles import own_styles

    return _data(message, {"styles": own_styles(history, open_)})


# --- history --------------------------------------------------------------------------------------------------------


def _history(message: Message, history: History, open_: Open) -> Message:
    do = _doing(message, _HISTORY)
    return _HISTORY[do](message, history, open_)


def _doing(message: Message, known: Mapping[str, Any]) -> str:
    do = str(message["do"])
    if do not in known:
        raise BadOption(
            say("“{do}” is not a known action.", do=do[:40]),
            remedy=say("Ask for one of {known}.", known=", ".join(known)),
        )
    return do


def _list(message: Message, history: History, _open: Open) -> Message:
    entries = history.list(
        str(message.get("search", "")),
        operation=str(message.get("operation", "")),
        starred=message.get("starred"),
        limit=int(message.get("limit", _PAGE)),
        offset=int(message.get("offset", 0)),
    )
    return _data(message, {"entries": [summary_of(entry) for entry in entries]})


def summary_of(entry: Entry) -> dict[str, Any]:
    """An entry as a plugin and `recraft history list --json` show it. Times in s since 1970."""
    record = entry.record
    return {
        "entry": entry.id,
        "operation": record.operation,
        "prompt": record.prompt,
        "model": record.model,
        "created": entry.created,
        "outcome": entry.outcome,
        "units": entry.charged,
        "about": entry.about,
        "at_risk": entry.at_risk,
        "offline": record.engine == "local",
        "pictures": len(entry.pictures),
        "here": entry.here,
        "image_ids": [picture.image_id for picture in entry.pictures],
        "starred": entry.starred,
        "host": record.host,
        "document": record.document,
        "source": record.source_path,
        "canvas": record.canvas,
        "place": record.place,
        "error": str(entry.error.get("what") or ""),
    }


def _get(message: Message, history: History, _open: Open) -> Message:
    entry = _entry(message, history)
    return _data(message, {**summary_of(entry), "values": entry.record.values, "request_id": entry.request_id})


def _entry(message: Message, history: History) -> Entry:
    return history.get(str(message.get("entry", "")))


def _thumbnail(message: Message, history: History, _open: Open) -> Message:
    from ..imaging.pixels import packed
    from .thumbnails import thumbnail

    entry, index = _entry(message, history), int(message.get("index", 0))
    small = thumbnail(entry, index, min(_MAX_SIDE, max(8, int(message.get("side", _SIDE)))))
    size = [small.shape[1], small.shape[0]]
    return Message("answer", message.id, {"data": {"size": size, "entry": entry.id, "index": index}}, [packed(small)])


def _file(message: Message, history: History, _open: Open) -> Message:
    """A picture's own file, byte for byte as it came."""
    entry, index = _entry(message, history), int(message.get("index", 0))
    there = 0 <= index < len(entry.pictures) and entry.pictures[index].file
    data = paths.read(entry.folder / entry.pictures[index].file) if there else None
    if data is None:
        raise BadOption(
            say("The entry {id} has no picture {index} here.", id=entry.id, index=index + 1),
            remedy="Fetch it, or choose another.",
        )
    return Message("answer", message.id, {"data": {"entry": entry.id, "index": index}}, [data])


def _place(message: Message, history: History, open_: Open) -> Message:
    """The result once more, exactly as it was; what still waits at the service is fetched first."""
    from .job import result_of

    entry = _fetched(_entry(message, history), history, open_)
    outcome = replay.again(history, entry)
    offline = entry.record.engine == "local"
    result = result_of(message.id, outcome, message, entry.id, entry.seconds or 0.0, offline=offline)
    history.finish(entry)
    colours = str(entry.record.more.get("colours") or "")
    return Message(result.kind, result.id, {**result.fields, "colours": colours}, result.blobs)


def _fetch(message: Message, history: History, open_: Open) -> Message:
    return _data(message, summary_of(_fetched(_entry(message, history), history, open_)))


def _fetched(entry: Entry, history: History, open_: Open) -> Entry:
    if not entry.waiting:
        return entry
    client = open_(service.for_results())
    try:
        return replay.fetch(history, entry, client)
    finally:
        client.close()


def _star(message: Message, history: History, _open: Open) -> Message:
    return _data(message, summary_of(history.star(_entry(message, history))))


def _unstar(message: Message, history: History, _open: Open) -> Message:
    return _data(message, summary_of(history.unstar(_entry(message, history))))


def _remove(message: Message, history: History, _open: Open) -> Message:
    entry = _entry(message, history)
    history.remove(entry)
    return _data(message, {"entry": entry.id})


def _spent(message: Message, history: History, _open: Open) -> Message:
    now = time.time()
    data = {
        "today": spent_today(history, now),
        "at_risk": history.at_risk(midnight(now)),
        "day": history.spent_by("day"),
        "operation": history.spent_by("operation"),
        "model": history.spent_by("model"),
    }
    return _data(message, data)


_HISTORY: dict[str, Callable[[Message, History, Open], Message]] = {
    "list": _list,
    "get": _get,
    "thumbnail": _thumbnail,
    "file": _file,
    "place": _place,
    "fetch": _fetch,
    "star": _star,
    "unstar": _unstar,
    "remove": _remove,
    "spent": _spent,
}


# --- settings and key -----------------------------------------------------------------------------------------------


def _settings(message: Message, _history: History, _open: Open) -> Message:
    do = _doing(message, {"get": 0, "set": 0, "reset": 0})
    name, warning = str(message.get("name", "")), ""
    if do == "set":
        held = settings.change(name, message.fields.get("value"))
    elif do == "reset":
        held = reset(name)
    else:
        held, warning = settings.read()
    folder = str(paths.here().config)
    return _data(
        message, {"settings": shown(held), "defaults": settings.defaults(), "warning": warning, "folder": folder}
    )


def reset(name: str = "") -> settings.Settings:
    """Put one setting back to its default, or all of them; the settings then."""
    fresh = settings.Settings()
    if not name:
        settings.write(fresh)
        return fresh
    return settings.change(name, None if "." in name else settings.defaults().get(name))


def shown(held: settings.Settings) -> dict[str, Any]:
    """All settings by name."""
    return {name: getattr(held, name) for name in SETTINGS}


def _key(message: Message, history: History, open_: Open) -> Message:
    do = _doing(message, {"state": 0, "set": 0, "test": 0, "remove": 0})
    data: dict[str, Any] = {}
    if do == "set":
        data["kept_in"] = keys.save(str(message.get("key", "")))
    elif do == "remove":
        data["removed_from"] = keys.remove()
    elif do == "test":
        data |= {**tested_key(open_), **spent_now(history)}
    return _data(message, {**key_state(), **data})


def key_state() -> dict[str, Any]:
    """Whether there is a key and where; never the key."""
    key = keys.find()
    return {"present": key is not None, "origin": key.origin if key else "", "where": keys.WHERE}


def tested_key(open_: Open) -> dict[str, Any]:
    """Ask the service whether it takes the key, even when the settings choose the embedded engine: the account's data.

    Raises KeyTrouble when there is none or it is not accepted.
    """
    key = keys.find()
    if key is None:
        raise KeyTrouble(
            "There is no API key.", remedy=say("Add one with: recraft key set. {where}.", where=keys.WHERE)
        )
    chosen, _ = settings.read()
    connection = service.Connection(key.value, chosen.base_url or BASE_URL, chosen.proxy or "", timeout_s=30)
    return asked_account(connection, open_)


def _release(message: Message, _history: History, _open: Open) -> Message:
    from ..api.releases import newer

    return _data(message, {"version": newer()})


_ANSWERS: dict[str, Callable[[Message, History, Open], Message]] = {
    "plan": _plan,
    "account": _account,
    "styles": _styles,
    "history": _history,
    "settings": _settings,
    "key": _key,
    "release": _release,
}
