"""`recraft styles`: own styles and the service's, listed and deleted. None of it costs anything."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..api import service
from ..api.wire import Call
from ..history import Entry, History
from ..shared.errors import BadOption, Exit, Refused, plain
from ..shared.i18n import say, tr
from ..shared.validation import Id
from .command import Verb, doing, show, with_verbs
from .history import title

if TYPE_CHECKING:
    from ..api.client import Client

_WIDEST = 44


def _say(text: str) -> None:
    print(tr(text), file=sys.stderr)  # noqa: T201


@contextmanager
def _asking(chosen: argparse.Namespace) -> Iterator[Client]:
    connection = service.choose(base_url=chosen.base_url, local=chosen.local)
    with closing(connection.open()) as client:
        yield client


def _listed(client: Client, call: str) -> list[dict[str, Any]]:
    """The styles of a list; what in it is none is told."""
    body = client.send(Call(call, {})).body
    if body["odd"]:
        _say(
            say(
                "{odd} of {count} items are no styles and are left out.",
                odd=body["odd"],
                count=body["odd"] + len(body["styles"]),
            )
        )
    return list(body["styles"])


def _made_here() -> dict[str, Entry]:
    """What the history knows of own styles, by id."""
    with closing(History()) as history:
        entries = history.list(operation="create_style", limit=1000)
    return {str(entry.answer["id"]).lower(): entry for entry in entries if entry.answer.get("id")}


def _list(chosen: argparse.Namespace) -> int:
    with _asking(chosen) as client:
        styles = _listed(client, "styles/list")
    rows = [_own(style, _made_here()) for style in styles]
    lines = [f"{row['id']}  {row['style']:<22} {row['made']:<16}  {_short(row['name'])}".rstrip() for row in rows]
    show(chosen, rows, lines)
    if not styles:
        _say("No own styles yet. Make one with: recraft create-style PICTURE --style digital_illustration")
    return Exit.OK


def _own(style: Mapping[str, Any], made_here: Mapping[str, Entry]) -> dict[str, Any]:
    entry = made_here.get(str(style["id"]).lower())
    base = [_word(style, "style"), _word(style, "substyle")]
    return {
        "id": style["id"],
        "style": " / ".join(filter(None, base)),
        "made": _when(_word(style, "creation_time")),
        "private": style.get("is_private") if isinstance(style.get("is_private"), bool) else None,
        "name": title(entry.record) if entry else "",
        "entry": entry.id if entry else "",
    }


def _word(style: Mapping[str, Any], name: str) -> str:
    value = style.get(name)
    return plain(value) if isinstance(value, str) else ""


def _when(text: str) -> str:
    """A time of the service by the clock of this computer; as it came where it is none."""
    try:
        # Python 3.10 reads neither the Z nor the fractions that Go writes.
        time = datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
        return time.astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return text


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _basic(chosen: argparse.Namespace) -> int:
    with _asking(chosen) as client:
        styles = _listed(client, "styles/basic")
    rows = [{"style": _word(one, "style"), "model": _word(one, "model"), "id": one["id"]} for one in styles]
    show(chosen, rows, [f"{row['style']:<28} {row['model']:<18} {row['id']}" for row in rows])
    return Exit.OK


def _delete(chosen: argparse.Namespace) -> int:
    style_id = _read_id(chosen.style_id)
    with _asking(chosen) as client:
        if not chosen.force and not _agreed(style_id, _listed(client, "styles/list"), client.base_url):
            _say("Nothing was deleted.")
            return Exit.CANCELLED
        try:
            client.send(Call("styles/delete", {"style_id": style_id}))
        except Refused as error:
            # Without a code it is no word of the service about the style: there is nothing at the address.
            raise _unknown(style_id) if error.status == 404 and error.code else error from None
    show(chosen, {"deleted": style_id}, [style_id])
    return Exit.OK


def _read_id(text: str) -> str:
    try:
        return Id().read(text)
    except ValueError as error:
        raise BadOption(say("“{text}” is no id.", text=plain(text)), remedy=str(error), option="style_id") from None


def _unknown(style_id: str) -> Refused:
    return Refused(
        say("There is no own style {style_id}.", style_id=style_id),
        remedy="Those there are: recraft styles",
        status=404,
    )


def _agreed(style_id: str, styles: Sequence[Mapping[str, Any]], where: str) -> bool:
    """Ask a person whether the style may go."""
    held = next((style for style in styles if str(style["id"]).lower() == style_id), None)
    if held is None:
        raise _unknown(style_id)
    if not sys.stdin.isatty():
        raise BadOption("Nobody is here to ask.", remedy="Add --force to delete without being asked.", option="force")
    row = _own(held, _made_here())
    label = ", ".join(filter(None, (row["style"], f"“{_short(row['name'])}”" if row["name"] else "", row["made"])))
    question = say(
        "Delete {style_id} ({style}) at {host}, for good? [y/N] ",
        style_id=style_id,
        style=label,
        host=urlsplit(where).hostname,
    )
    print(tr(question), end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _flags(one: argparse.ArgumentParser, **more: Any) -> None:
    one.add_argument("--json", action="store_true", help="print it as JSON", **more)
    one.add_argument("--local", action="store_true", help="those of the embedded engine, even with a key", **more)
    one.add_argument("--base-url", metavar="URL", help="another address of the API", **more)


def _verb_flags(one: argparse.ArgumentParser) -> None:
    # What was said before the verb must not be unsaid by the verb's own default.
    _flags(one, default=argparse.SUPPRESS)


def _delete_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("style_id", metavar="ID", help="its id, as in: recraft styles")
    one.add_argument("--force", action="store_true", help="without being asked")
    _verb_flags(one)


_VERBS = (
    Verb("list", "Show your own styles: id, base style, when made, what of.", _verb_flags, _list),
    Verb("basic", "Show the service's styles, with the model of each.", _verb_flags, _basic),
    Verb("delete", "Delete an own style for good.", _delete_arguments, _delete),
)


def _arguments(one: argparse.ArgumentParser) -> None:
    _flags(one)
    with_verbs(_VERBS, "list")(one)


DEED = _arguments, doing(_VERBS, "list")
