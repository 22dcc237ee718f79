"""The files that rows become, known before anything is sent, and what must not be among them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from ..imaging.readfile import ENDINGS
from ..operations import saving
from ..shared.contract import MODELS
from ..shared.destination import are_one, folded, no_file
from ..shared.errors import BadOption, RecraftError
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from ..shared.operations import Operation
from ..shared.plan import Ask, Plan, plan
from . import files
from .rows import ALPHA, MASK_WAYS, Row

WRITTEN = ENDINGS | {".svg", ".{ext}"}


def planned(row: Row, operation: Operation, options: Mapping[str, Any], size: Size | None = None) -> Plan:
    """What a row will do with all its `options`, as far as its names tell. Raises BadOption where it cannot be done."""
    whole = size or Size(1024, 1024)
    marked = Box.of(whole) if row.mask or operation.masked else None
    asked = {name: value for name, value in options.items() if name not in MASK_WAYS}
    return plan(Ask(operation.name, asked, whole if operation.picture else None, marked))


def names(out: str, row: Row, operation: Operation, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that an `output` may become with the row's `options`: each of its pictures, a drawing or pixels."""
    known: Plan | None = None
    with suppress(RecraftError):  # told when its turn comes
        known = planned(row, operation, options)
    every = _numbered(out, saving.count(operation, known))
    if "{ext}" not in out:
        return every
    return tuple(one.replace("{ext}", ext) for ext in _endings(row, operation, known) for one in every)


def _numbered(out: str, count: int) -> tuple[str, ...]:
    """The names of `count` pictures, as `Result.save` writes them."""
    stem, dot, suffix = out.rpartition(".")
    return (out, *(f"{stem}-{number}{dot}{suffix}" for number in range(2, count + 1)))


def _endings(row: Row, operation: Operation, known: Plan | None) -> tuple[str, ...]:
    if operation.name == "vectorize" or (known and known.endpoint == "generations/vector"):
        return ("svg",)
    if known and known.endpoint == "generations/raster":
        return ("png",)
    model = MODELS.get(str(known.values.get("model"))) if known else None
    drawn = not operation.picture or row.picture.lower().endswith((".svg", ".svgz"))
    return ("png", "svg") if drawn or (model and model.vector) else ("png",)


def check(row: Row, out: str, operation: Operation, options: Mapping[str, Any], size: Size | None) -> None:
    """Raises BadOption or StorageTrouble where the result of a row, whose picture is of `size`, cannot be `out`."""
    name, known = files.local(out), planned(row, operation, options, size)
    may_draw = "svg" in _endings(row, operation, known)
    saving.check(name, known, saving.size_of(known), may_draw=may_draw, on_disk=not files.is_url(name))


def check_inputs(outs: Sequence[tuple[Row, tuple[str, ...]]]) -> None:
    """Raises BadOption when a result would be written over a picture or mask that goes in. `outs` are of `clashing`."""
    given = {
        mark for row, _ in outs for one in (row.picture, row.mask) if one not in {"", ALPHA} for mark in _marks(one)
    }
    for row, every in outs:
        for name in every:
            if not given.isdisjoint(_marks(name)):
                raise BadOption(
                    say("The result of {name} would be written over {out}, which goes in.", name=row.name, out=name),
                    remedy="Nothing was sent. Give -o another folder, or a pattern such as {stem}-{operation}.{ext}.",
                    option="out",
                )


def _marks(name: str) -> Iterator[str | tuple[int, int]]:
    """By what a file is known: its path, and its number on the disk, for where A.png and a.png are the same."""
    name = files.local(name)
    if files.is_url(name):
        yield name
        return
    yield os.path.normcase(os.path.realpath(name))
    with suppress(OSError, ValueError):
        facts = Path(name).stat()
        if facts.st_ino:
            yield facts.st_dev, facts.st_ino


def clashing(
    outs: Sequence[tuple[Row, str]], operation: Operation, options: Mapping[str, Any]
) -> list[tuple[Row, tuple[str, ...]]]:
    """Each row with its `names`; `options` are all rows'. To work them out takes its time: it is done once.

    Raises BadOption when two rows would write the same file, or one a file of no known kind.
    """
    seen = _Seen()
    named = []
    for row, out in outs:
        if PurePosixPath(out).suffix.lower() not in WRITTEN:
            raise BadOption(
                say("{out} does not say what kind of picture to write.", out=out),
                remedy="Nothing was sent. Let -o end in .{ext}, .png, .jpg, .webp, .tif or .svg, or name a folder.",
                option="out",
            )
        if "\0" in out:
            raise no_file(out)
        every = names(out, row, operation, {**options, **row.options})
        named.append((row, every))
        for name, other in ((name, seen.before(name, row)) for name in (out, *every)):
            if other is row:
                continue
            raise BadOption(
                say("{one} and {other} would both become {out}.", one=other.name, other=row.name, out=name),
                remedy="Nothing was sent. Give -o a pattern that tells them apart, such as OUT/{folder}/{name}.{ext}.",
                option="out",
            )
    return named


def _spelled(name: str) -> str:
    """The name with its folder where links lead."""
    folder, name = os.path.split(name)
    return f"{_real(os.path.join(os.getcwd(), folder))}{os.sep}{name}"  # noqa: PTH109, PTH118 - a thousand times


@lru_cache(maxsize=1024)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


class _Seen:
    """Whose the names are. What differs by capitals alone, or by how é is composed, is tried on the disk it is for."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {}  # the name as it is by the folded one

    def before(self, name: str, row: Row) -> Row:
        """The row that had the name before, else `row` itself, which has it from now on."""
        name = files.local(name)
        key = name if files.is_url(name) else folded(_spelled(name))
        alike = self._rows.setdefault(key, {})
        if name not in alike:
            other = next((one for one in alike if alike[one] is not row and are_one(Path(one), Path(name))), name)
            alike.setdefault(name, alike.get(other, row))
        return alike[name]
