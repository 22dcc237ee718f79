"""Carry out one operation for the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .. import settings
from ..api.service import offline
from ..api.wire import Call, fields
from ..history import refuge
from ..operations import prepare
from ..operations.result import Result
from ..paths import fitting
from ..redaction import redact_data
from ..shared.contract import BASE_URL
from ..shared.destination import check_folder, check_there
from ..shared.errors import BadOption, Exit, plain
from ..shared.i18n import tr
from ..shared.notes import at_home
from ..shared.operations import OPERATIONS, Operation
from ..shared.preferences import BEGINS
from ..studio import Job, Studio
from .command import as_json, told
from .screen import FREE, Screen, headline

_WIDEST = 1000  # characters of a value in a dry run; --json has all


def run(chosen: argparse.Namespace) -> int:
    """The command of one operation: plan, tell, do, save."""
    operation = OPERATIONS[chosen.operation]
    if operation.picture:
        chosen.picture = chosen.picture[0] if chosen.picture else None
    screen = Screen(quiet=chosen.quiet)
    _check_mask(chosen)
    _check_pipes(chosen)
    studio = Studio(
        base_url=chosen.base_url, local=chosen.local, share=not chosen.no_share, progress=screen.progress
    )
    job = studio.job(operation.name, _from_pipe(getattr(chosen, "picture", None)), **_inputs(chosen, operation))
    _check_out(chosen, job)
    if chosen.dry_run:
        _print_dry(chosen, job, prepare(job.plan, job.reading))
        return Exit.OK
    screen.say(headline(job.plan, offline=_offline(chosen)))
    done = False
    try:
        result = job.run()
        done = True
    finally:
        screen.finish(done=done)
    paths = _saved(chosen, operation, result, screen)
    for note in result.notes:
        screen.say(note)
    if getattr(chosen, "out", None) != "-":
        print(_report(chosen, operation, result, paths))  # noqa: T201
    return Exit.OK


def _offline(chosen: argparse.Namespace) -> bool:
    return offline(base_url=chosen.base_url, local=chosen.local)


def _inputs(chosen: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    pictures = [_from_pipe(one) for one in getattr(chosen, "pictures", ())]
    options = given_options(chosen, operation)
    if options.get("style_references"):
        options["style_references"] = [_from_pipe(one) for one in options["style_references"]]
    return {**options, "mask": _from_pipe(getattr(chosen, "mask", None)), "pictures": pictures}


def given_options(chosen: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    """The options as given, and what the settings say about the others."""
    names = [option.name for option in operation.options]
    options = {name: getattr(chosen, name) for name in names if getattr(chosen, name, None) is not None}
    if getattr(chosen, "model_id", None):
        options["model_id"] = chosen.model_id
    flags = {name: True for name in ("transparent_mask", "invert_mask") if getattr(chosen, name, False)}
    return {**preferred(operation, options), **options, **flags}


def _from_pipe(name: str | None) -> str | bytes | None:
    """The bytes of standard input for the name -, else the name itself."""
    return sys.stdin.buffer.read() if name == "-" else name


def _check_pipes(chosen: argparse.Namespace) -> None:
    """Standard input serves one picture, standard output one result."""
    several = (*getattr(chosen, "pictures", ()), *(getattr(chosen, "style_references", None) or ()))
    names = [getattr(chosen, "picture", None), getattr(chosen, "mask", None), *several]
    what, remedy, option = "", "", ""
    if names.count("-") > 1:
        what, remedy = "Standard input can be one picture only.", "Give the name of a file for the others."
    elif getattr(chosen, "out", None) == "-" and not chosen.dry_run:
        option = "out"
        if chosen.json:
            what, remedy = "The picture and --json both go to standard output.", "Give -o a file name."
        elif chosen.operation in {"explore", "explore_similar"} or str(getattr(chosen, "n", None) or 1) != "1":
            what, remedy = "Standard output takes one picture only.", "Give -o a file name."
        elif sys.stdout.isatty():
            what, remedy = "A picture cannot be shown by a terminal.", "Redirect it, as in: -o - > result.png"
    if what:
        raise BadOption(what, remedy=remedy, option=option)


def preferred(operation: Operation, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the settings say about options that were not given."""
    held, _ = settings.read()
    names = {option.name for option in operation.options}
    defaults: dict[str, Any] = {option: getattr(held, name) for option, name in BEGINS.items() if option in names}
    # A style and a drawing choose a model that can do them.
    if not {"style", "style_id", "style_references", "vector", "model_id"} & options.keys():
        defaults["model"] = held.model_for(operation.name, operation.endpoint)
    return {name: value for name, value in defaults.items() if value not in (None, "")}


def _check_mask(chosen: argparse.Namespace) -> None:
    """A slip of the keyboard that would select whatever is bright in the picture."""
    mask, picture = getattr(chosen, "mask", None), getattr(chosen, "picture", None)
    try:
        same = bool(mask and picture and Path(mask).samefile(picture))
    except OSError:
        return  # what cannot be read is told where it is read
    if same:
        raise BadOption(
            "The mask is the picture itself.",
            remedy="Give a picture of the same size in which white is what should change.",
            option="mask",
        )


def _check_out(chosen: argparse.Namespace, job: Job) -> None:
    """A file that cannot be written is told before any money is spent."""
    out = getattr(chosen, "out", "-")  # where nothing is asked for a file, none is written
    if out == "-":
        return
    if not out:
        if not chosen.dry_run:
            check_folder(Path())
        return
    check_there(Path(out).absolute().parent)
    job.check_out(out)


def _saved(chosen: argparse.Namespace, operation: Operation, result: Result, screen: Screen) -> list[Path]:
    if not result.layers:
        return []
    if chosen.out == "-":
        _print_picture(result, screen)
        return []
    out = Path(chosen.out) if chosen.out else unused_name(getattr(chosen, "picture", None), operation, result)
    return refuge.saved(result, lambda: result.save(out, say=screen.say))


def _print_picture(result: Result, screen: Screen) -> None:
    """The one result on standard output: a drawing as it came, pixels as PNG."""
    with TemporaryDirectory(prefix="recraft-") as folder:
        path = Path(folder) / f"result{'.svg' if result.layers[0].svg else '.png'}"
        result.save(path, say=screen.say)
        sys.stdout.buffer.write(path.read_bytes())
        sys.stdout.buffer.flush()


def unused_name(picture: str | None, operation: Operation, result: Result) -> Path:
    """A name of our own for what was made from `picture`, in the folder one is in, that overwrites nothing."""
    # A pipe has no name: /dev/fd/63 is one that a shell made up.
    named = picture and picture != "-" and not picture.startswith(("/dev/", "/proc/"))
    stem = Path(picture if picture and named else "recraft").stem
    suffix = ".svg" if result.layers[0].svg else ".png"
    stem = fitting(stem, f"-{operation.command}-0000-00{suffix}")
    number = 1
    while True:
        tail = "" if number == 1 else f"-{number}"
        path = Path(f"{stem}-{operation.command}{tail}{suffix}")
        others = [path.with_name(f"{path.stem}-{index}{suffix}") for index in range(2, len(result.layers) + 1)]
        if not any(one.exists() for one in (path, *others)):
            return path
        number += 1


def _report(chosen: argparse.Namespace, operation: Operation, result: Result, paths: list[Path]) -> str:
    if chosen.json:
        return as_json(redact_data(_as_data(operation, result, paths)))
    if paths:
        lines = [told(path) for path in paths]
        if operation.endpoint == "explore":
            # The id is what explore-similar starts from.
            lines = [f"{line}\t{image_id}" for line, image_id in zip(lines, result.image_ids, strict=True)]
        return "\n".join(lines)
    body = result.body
    if operation.name == "account":
        return "\n".join(f"{name}: {value}" for name, value in body.items())
    answer = body.get(operation.gives, "")
    return "\n".join(map(_swatch, answer)) if isinstance(answer, list) else str(answer)


def _swatch(colour: str) -> str:
    """A colour as #rrggbb, shown beside it where a person looks."""
    if not sys.stdout.isatty():
        return colour
    red, green, blue = bytes.fromhex(colour[1:])
    return f"\x1b[48;2;{red};{green};{blue}m    \x1b[0m {colour}"


def _as_data(operation: Operation, result: Result, paths: list[Path]) -> dict[str, Any]:
    return {
        "operation": operation.name,
        "files": [str(path) for path in paths],
        "image_ids": list(result.image_ids),
        "boxes": [list(layer.box) for layer in result.layers],
        "units": result.units,
        "about": result.outcome.about,
        "request_id": result.outcome.request_id,
        "entry": result.entry,
        "notes": list(result.notes),
        **({"answer": dict(result.body)} if result.body else {}),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _print_dry(chosen: argparse.Namespace, job: Job, call: Call) -> None:
    plan, is_free = job.plan, _offline(chosen)
    notes = [*job.notes, *(map(at_home, plan.notes) if is_free else plan.notes)]
    where = "this computer" if is_free else (chosen.base_url or BASE_URL)
    price = FREE if is_free else plan.price
    data = {
        "request": f"{call.row.method} {call.row.path}",
        "to": where,
        "fields": fields(call.values),
        "files": [
            {"field": file.name, "type": file.media_type, "bytes": len(file.data), "size": list(plan.padded or ())}
            for file in call.files
        ],
        "read": list(plan.read or ()),
        "units": 0 if is_free else call.units,
        "price": price,
        "notes": notes,
    }
    if chosen.json:
        print(as_json(data))  # noqa: T201
        return
    print(f"{data['request']} to {where}")  # noqa: T201
    for name, value in fields(call.values).items():
        print(f"  {name}: {_shortened(as_json(value))}")  # noqa: T201
    for file in call.files:
        size = f"{plan.padded} " if plan.padded else ""
        print(f"  {plain(file.name)}: {size}{file.media_type}, {len(file.data):,} bytes")  # noqa: T201
    print(f"  {tr('price')}: {tr(price)}")  # noqa: T201
    if not chosen.quiet:
        print(*map(tr, notes), tr("Nothing was sent."), sep="\n", file=sys.stderr)  # noqa: T201
