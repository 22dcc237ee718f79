"""`recraft history`: what was asked, what it cost, and how to have it again."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import settings
from ..api import service
from ..history import Entry, History, Record, replay
from ..history.recorder import fingerprint, midnight
from ..shared.errors import BadOption, BadPicture, Exit, plain
from ..shared.i18n import N_, say, say_n, tr
from ..shared.operations import OPERATIONS
from ..shared.plan import price_text
from ..shared.preferences import Bytes
from ..shared.provenance import source_type
from ..worker.handlers import summary_of
from .command import Verb, add_json, doing, file_name, nothing, show, told, with_verbs

if TYPE_CHECKING:
    from ..imaging.canvas import Canvas

_Run = Callable[[argparse.Namespace, History], int]


def _open(run: _Run) -> Callable[[argparse.Namespace], int]:
    """With the history in hand, closed afterwards."""

    def opened(chosen: argparse.Namespace) -> int:
        with closing(History()) as history:
            return run(chosen, history)

    return opened


def _say(text: str) -> None:
    print(plain(tr(text), lines=True), file=sys.stderr)  # noqa: T201


# --- looking --------------------------------------------------------------------------------------------------------


def _list_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("words", nargs="*", metavar="WORD", help="only those whose prompt, operation or file has it")
    one.add_argument("--operation", default="", metavar="NAME", help="only this operation, such as erase")
    one.add_argument("--starred", action="store_true", help="only those with a star")
    one.add_argument("-n", "--count", type=int, default=20, metavar="NUMBER", help="how many at most. Default: 20.")
    add_json(one)


def _list(chosen: argparse.Namespace, history: History) -> int:
    operation = chosen.operation.replace("-", "_")
    starred = True if chosen.starred else None
    entries = history.list(" ".join(chosen.words), operation=operation, starred=starred, limit=max(1, chosen.count))
    show(chosen, [summary_of(entry) for entry in entries], [_line(entry) for entry in entries])
    if not entries:
        _say("Nothing here yet." if not chosen.words else "Nothing fits.")
    return Exit.OK


def _line(entry: Entry) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.created))
    text = title(entry.record)
    short = text if len(text) <= 44 else f"{text[:43]}…"
    star = "★" if entry.starred else " "
    name = entry.record.operation.replace("_", "-")
    return f"{entry.id[-6:]}  {when}  {name:<19} {tr(_cost(entry)):>12}  {tr(_how(entry)):<9} {star} {short}".rstrip()


def title(record: Record) -> str:
    """What an entry is called: its words, else the file or document it was made from; "" without any."""
    return " ".join((record.prompt or Path(record.source_path).name or record.document).split())


def _cost(entry: Entry) -> str:
    if entry.record.engine == "local":
        return say("offline")
    if entry.charged is None and entry.at_risk:
        return say_n("{n:,} unit?", "{n:,} units?", entry.at_risk)
    cost = say_n("{n:,} unit", "{n:,} units", entry.charged or 0)
    return say("about {price}", price=cost) if entry.about else cost


def _how(entry: Entry) -> str:
    return say("to fetch") if entry.waiting else entry.outcome


def _one(one: argparse.ArgumentParser) -> None:
    one.add_argument("entry", metavar="ID", help="its id, or the last six characters")


def _several(one: argparse.ArgumentParser) -> None:
    one.add_argument("entry", nargs="+", metavar="ID", help="its id, or the last six characters")


def _show_arguments(one: argparse.ArgumentParser) -> None:
    _one(one)
    add_json(one)


def _show(chosen: argparse.Namespace, history: History) -> int:
    entry = history.get(chosen.entry)
    data = {**summary_of(entry), "values": entry.record.values, "files": [str(path) for path in history.files(entry)]}
    facts: dict[str, Any] = {
        "id": entry.id,
        "operation": entry.record.operation,
        "when": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.created)),
        "state": _how(entry),
        "cost": _cost(entry),
        "took": say("{seconds:.1f} s", seconds=entry.seconds) if entry.seconds is not None else "",
        "from": entry.record.source_path or entry.record.document,
        "pictures": say("{here} of {count} here", here=entry.here, count=len(entry.pictures)) if entry.pictures else "",
        "request": entry.request_id or entry.error.get("request_id", ""),
        **{name: value for name, value in entry.record.values.items() if value not in (None, "")},
        "trouble": entry.error.get("what", ""),
    }
    from ..imaging.c2pa import manifests
    from .inspect import credentials

    signed = [one._asdict() for path in history.files(entry) for one in manifests(path.read_bytes())]
    source = source_type(entry.record.operation, _shape(entry), offline=entry.record.engine == "local")
    data |= {"source_type": source, "credentials": signed}
    facts |= {N_("made as"): source}
    rows = (*facts.items(), *credentials(signed))
    lines = [f"{tr(name) + ':':<20} {tr(value)}" for name, value in rows if value != ""]
    show(chosen, data, [*lines, *(str(path) for path in history.files(entry))])
    return Exit.OK


def _shape(entry: Entry) -> str:
    row = OPERATIONS.get(entry.record.operation)
    return row.shape if row else ""


def _path_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("entry", nargs="?", metavar="ID", help="of one entry; else of the whole history")


def _path(chosen: argparse.Namespace, history: History) -> int:
    print(history.get(chosen.entry).folder if chosen.entry else history.folder)  # noqa: T201
    return Exit.OK


def _row(name: str, text: str) -> str:
    return f"{tr(name):<24} {tr(text)}"


def _spent_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("--by", choices=("day", "operation", "model"), default="day", help="Default: day.")
    add_json(one)


def _spent(chosen: argparse.Namespace, history: History) -> int:
    now = time.time()
    by = history.spent_by(chosen.by)
    today, total, risk = history.spent(midnight(now)), history.spent(), history.at_risk()
    lines = [_row(name or "no model", price_text(units)) for name, units in by.items()]
    lines += [_row("today", price_text(today)), _row("altogether", price_text(total))]
    if risk:
        told_of = say("{price}: sent, but no answer came; check the balance", price=price_text(risk))
        lines.append(_row("perhaps besides", told_of))
    show(chosen, {"by": chosen.by, "units": by, "today": today, "total": total, "at_risk": risk}, lines)
    return Exit.OK


# --- having it again ------------------------------------------------------------------------------------------------


def _export_arguments(one: argparse.ArgumentParser) -> None:
    _several(one)
    text = "where to; by default the current folder"
    one.add_argument("-o", "--out", type=file_name, default=".", metavar="FOLDER", help=text)


def _export(chosen: argparse.Namespace, history: History) -> int:
    for id_ in chosen.entry:
        for path in history.export(id_, Path(chosen.out)):
            print(told(path))  # noqa: T201
    return Exit.OK


def _place_arguments(one: argparse.ArgumentParser) -> None:
    _one(one)
    add = partial(one.add_argument, type=file_name)
    add("-o", "--out", metavar="FILE", help="where the picture goes; .png .jpg .webp .tif or .svg")
    add("--on", metavar="PICTURE", help="the picture to place it on, when it is no longer where it was")
    one.add_argument("--anyway", action="store_true", help="even when the picture has changed since")


def _place(chosen: argparse.Namespace, history: History) -> int:
    """Put a result onto the picture it came from, exactly where it belongs."""
    from ..operations.result import Result
    from .operate import unused_name

    entry = history.get(chosen.entry)
    if entry.waiting:
        with closing(service.for_results().open()) as client:
            entry = replay.fetch(history, entry, client)
    outcome = replay.again(history, entry)
    canvas = _canvas(chosen, entry)
    result = Result(outcome, canvas, entry.id, offline=entry.record.engine == "local", when=entry.created,
                    native=bool(entry.record.more.get("colours")))
    stem = canvas.path if canvas and canvas.path else "recraft"
    out = Path(chosen.out) if chosen.out else unused_name(stem, outcome.plan.operation, result)
    for path in result.save(out, say=_say):
        print(told(path))  # noqa: T201
    for note in outcome.notes[len(outcome.plan.notes) :]:
        _say(note)
    history.finish(entry)
    return Exit.OK


def _canvas(chosen: argparse.Namespace, entry: Entry) -> Canvas | None:
    """The picture the entry was made from, None when it was made from none. Raises BadPicture when it is not that."""
    from ..imaging.canvas import read_canvas

    record = entry.record
    path = chosen.on or record.source_path
    if record.canvas is None or (not path and record.read is None):
        return None
    if not path or not Path(path).exists():
        where = (
            say("{path} is gone", path=record.source_path)
            if record.source_path
            else say("It was made in {host}", host=record.host or say("a host"))
        )
        raise BadPicture(
            say("{where}.", where=where),
            remedy=say("Say on which picture: recraft history place {id} --on FILE", id=entry.id[-6:]),
        )
    canvas = read_canvas(path)
    if canvas.size != record.canvas:
        raise BadPicture(
            say(
                "{name} is {size} pixels, the result was made for {canvas}.",
                name=Path(path).name,
                size=canvas.size,
                canvas=record.canvas,
            ),
            remedy="Name the picture it was made from with --on.",
        )
    if record.source and fingerprint(path) != record.source and not chosen.anyway:
        raise BadPicture(
            say("{name} has changed since the result was made.", name=Path(path).name),
            remedy="Add --anyway to place it there all the same, or name another picture with --on.",
        )
    return canvas


def _fetch_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("entry", nargs="?", metavar="ID", help="of one entry; else all that wait")


def _fetch(chosen: argparse.Namespace, history: History) -> int:
    """Get results that are paid for but still lie at the service."""
    if chosen.entry:
        return _fetch_one(history.get(chosen.entry), history)
    read_again = replay.reread_all(history)
    if not replay.waiting(history):
        return _told_of(read_again, nothing="Nothing waits at the service.")
    with closing(service.for_results().open()) as client:
        return _told_of(replay.fetch_all(history, client))


def _fetch_one(entry: Entry, history: History) -> int:
    """All of one entry that is missing, also what came beyond what was asked for."""
    from ..operations import missed_note

    if not entry.missing:
        _say(say("{id}: nothing to fetch", id=entry.id))
        return Exit.OK
    with closing(service.for_results().open()) as client:
        fetched, missed = replay.fetch_each(history, entry, client, entry.missing)
    if not missed:
        _say(say("{id}: fetched", id=entry.id))
        return Exit.OK
    _say(say("{id}: {trouble}", id=entry.id, trouble=missed_note(fetched.here, len(fetched.pictures), missed)))
    return int(missed[0][1].exit_code)


def _told_of(fetched: replay.Fetched, *, nothing: str = "") -> int:
    for entry in fetched.entries:
        print(entry.id)  # noqa: T201
    for entry, error in fetched.failed:
        _say(say("{id}: {trouble}", id=entry.id, trouble=error))
    if nothing and not fetched.entries and not fetched.failed:
        _say(nothing)
    return int(fetched.failed[0][1].exit_code) if fetched.failed else Exit.OK


def _reread_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("entry", nargs="?", metavar="ID", help="of one entry; else all that were never read to their end")


def _reread(chosen: argparse.Namespace, history: History) -> int:
    """Read answers once more as they came, with what this version knows."""
    if not chosen.entry:
        return _told_of(replay.reread_all(history), nothing="Every answer that came has been read.")
    entry = replay.reread(history, history.get(chosen.entry))
    _say(
        say(
            "{id}: {cost}, {here} of {count} pictures here",
            id=entry.id,
            cost=_cost(entry),
            here=entry.here,
            count=len(entry.pictures),
        )
    )
    return Exit.OK


# --- keeping house --------------------------------------------------------------------------------------------------


def _each(change: Callable[[History, Entry], object]) -> _Run:
    def run(chosen: argparse.Namespace, history: History) -> int:
        # All ids are looked up before the first entry is touched.
        for entry in [history.get(id_) for id_ in chosen.entry]:
            change(history, entry)
            print(entry.id)  # noqa: T201
        return Exit.OK

    return run


def _prune_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("--to", metavar="SIZE", help="such as 500 MB; else what the settings say")


def _prune(chosen: argparse.Namespace, history: History) -> int:
    limit = settings.read()[0].history_max_bytes if chosen.to is None else _bytes(chosen.to)
    for id_ in history.prune(limit):
        print(id_)  # noqa: T201
    _say(say("The history takes {size:.1f} MB now.", size=history.size() / 1000000.0))
    return Exit.OK


def _repair(_chosen: argparse.Namespace, history: History) -> int:
    """Make the index anew, read what was left unread, and tell what cannot be mended."""
    count, damaged = history.repair()
    read_again = replay.reread_all(history)
    _say(
        say(
            "{entries}, {count} read again.",
            entries=say_n("{n} entry", "{n} entries", count),
            count=len(read_again.entries),
        )
    )
    for entry in damaged:
        _say(say("{id} has lost its words; its pictures are there: recraft history export {id}", id=entry.id))
    for entry, error in read_again.failed:
        _say(say("{id}: {trouble}", id=entry.id, trouble=error))
    return Exit.OK


def _bytes(text: str) -> int:
    try:
        return Bytes(0).read(text)
    except ValueError:
        raise BadOption(
            say("{text} is no size.", text=text), remedy="Give it as 500 MB or 2 GB.", option="to"
        ) from None


_VERBS = (
    Verb("list", "Show what was made, newest first.", _list_arguments, _open(_list)),
    Verb("show", "Show everything about one entry.", _show_arguments, _open(_show)),
    Verb("place", "Put a result onto the picture it came from, exactly in place.", _place_arguments, _open(_place)),
    Verb("export", "Copy an entry's pictures, as they came.", _export_arguments, _open(_export)),
    Verb("fetch", "Get results that still lie at the service.", _fetch_arguments, _open(_fetch)),
    Verb("reread", "Read answers once more, as they came.", _reread_arguments, _open(_reread)),
    Verb("repair", "Rebuild the index and read what was left unread.", nothing, _open(_repair)),
    Verb("spent", "Sum up what was paid.", _spent_arguments, _open(_spent)),
    Verb("star", "Keep entries: pruning passes them over.", _several, _open(_each(History.star))),
    Verb("unstar", "Take the star away.", _several, _open(_each(History.unstar))),
    Verb("remove", "Remove entries and their pictures.", _several, _open(_each(History.remove))),
    Verb("prune", "Remove the oldest until the history is small enough.", _prune_arguments, _open(_prune)),
    Verb("path", "Print where the history is.", _path_arguments, _open(_path)),
)
DEED = with_verbs(_VERBS), doing(_VERBS)
