"""Rows: which pictures, with which masks and options. From files, folders, patterns, tables and standard input.

A row travels as names, never as pixels, so that any computer that sees the same files can do it.
"""

from __future__ import annotations

import csv
import glob
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from .. import paths
from ..shared.errors import BadOption, StorageTrouble, plain
from ..shared.i18n import say
from ..shared.operations import Operation
from . import files

# What is taken from a folder; a file that is named is tried whatever it ends in.
SUFFIXES = frozenset((
    ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".avif", ".heic", ".heif", ".jxl", ".psd",
    ".svg", ".svgz", ".jp2", ".tga", ".qoi", ".ppm",
))  # fmt: skip
_TABLES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson"))
_OWN = ("picture", "mask", "out")
ALPHA = "alpha"  # the word that takes a picture's own transparency for its mask
MASK_WAYS = frozenset(("transparent_mask", "invert_mask"))  # how a mask is read: nothing of the operation's own
_MASK_NAMES = ("{stem}", "{stem}-mask", "{stem}_mask", "{name}")


@dataclass(frozen=True)
class Row:
    """One picture to be made from another, or from words alone.

    `picture` and `mask` are paths or URLs, "" for none; `out` is a name or pattern of its own, "" for the batch's.
    `options` are by name. `folder` is where the picture stood below the folder that was given, `source` the line of
    the table it comes from; `number` counts from 1.
    """

    picture: str = ""
    mask: str = ""
    out: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    source: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        """What people call it."""
        return self.picture or self.source or say("row {number}", number=self.number)


def rows(
    operation: Operation,
    sources: Iterable[str | Row | Mapping[str, Any]],
    *,
    mask: str = "",
    leave_out: Callable[[str], bool] = lambda _path: False,
    lines: Iterable[str] = (),
) -> Iterator[Row]:
    """Every row of `sources`: files, folders, patterns such as *.png, tables (.csv, .jsonl), URLs, rows; - for `lines`.

    `mask` is a file for all, a folder of masks by name, a pattern with {stem}, or "alpha" for each picture's own
    transparency. `leave_out` tells which files of folders and patterns are results of ours.
    Raises BadOption for a column that is no option, StorageTrouble where there is nothing.
    """
    candidates = chain.from_iterable(_of(operation, one, lines, leave_out) for one in sources)
    for number, row in enumerate(_without_masks(candidates, mask), 1):
        yield replace(row, number=number, mask=row.mask or masked(row, mask))


def _of(
    operation: Operation, source: str | Row | Mapping[str, Any], lines: Iterable[str], leave_out: Callable[[str], bool]
) -> Iterable[Row]:
    if isinstance(source, Row):
        return [source]
    if isinstance(source, Mapping):
        return [_row(operation, source, "row")]
    if source == "-":
        return _lines(operation, lines)
    if PurePosixPath(source).suffix.lower() in _TABLES:
        return _table(operation, source)
    if files.is_url(source) and not source.lower().startswith("file://"):
        return _remote(source)
    return _local(files.local(source), leave_out)


def _local(source: str, leave_out: Callable[[str], bool]) -> Iterable[Row]:
    path = Path(source)
    if path.is_dir():
        return (
            Row(str(one), folder=str(one.parent.relative_to(path).as_posix()))
            for one in sorted(path.rglob("*"))
            if _is_picture(one) and not leave_out(str(one))
        )
    if path.exists() or not glob.has_magic(source):
        return [Row(source)]
    matching = sorted(glob.glob(source, recursive=True))  # noqa: PTH207 - as a shell reads it
    if not matching:
        raise StorageTrouble(
            say("Nothing fits {source}.", source=source), remedy="Check the pattern; ** goes into folders."
        )
    return (Row(one) for one in matching if Path(one).is_file() and not leave_out(one))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _remote(url: str) -> Iterable[Row]:
    system, path = files.system(url)
    scheme = url.partition("://")[0]
    with files.telling(url):
        if glob.has_magic(path):
            return [Row(f"{scheme}://{one.lstrip('/')}") for one in sorted(system.glob(path))]
        if not system.isdir(path):
            return [Row(url)]
        names = [one for one in sorted(system.find(path)) if PurePosixPath(one).suffix.lower() in SUFFIXES]
    return [
        Row(f"{scheme}://{one.lstrip('/')}", folder=PurePosixPath(one).parent.relative_to(path).as_posix())
        for one in names
    ]


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(operation: Operation, source: str) -> Iterator[Row]:
    data = files.readable(source)
    if isinstance(data, str):
        with files.telling(source):
            data = paths.whole(Path(data))
    text = _text(data, source)
    base = "" if files.is_url(source) else str(Path(source).parent)
    if PurePosixPath(source).suffix.lower() in {".jsonl", ".ndjson"}:
        # Not splitlines, which ends a line at further characters that may stand in a text.
        pairs = _json_lines(re.split(r"\r\n?|\n", text), source)
    else:
        pairs = _cells(text.lstrip("\r\n"), source)
    return (_beside(_row(operation, row, where), base) for where, row in pairs)


def _text(data: bytes, source: str) -> str:
    """A table as text; Excel's "Unicode text" is UTF-16."""
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadOption(
            say("{source} is not UTF-8 text.", source=source), remedy="Save the table as CSV in UTF-8."
        ) from problem


# A name of a file has no zero byte and no halves of characters, but for those that stand for bytes that are no UTF-8.
_NAMES = re.compile("[^\0\ud800-\udc7f\udd00-\udfff]*")
_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def _cells(text: str, source: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a table with a head. Its columns are apart by what its first line has: comma, semicolon or tab,
    which is what a spreadsheet writes depends on the country; Excel may say it in a line before.
    """
    said = _SEPARATOR.match(text)
    head = text[said.end() if said else 0 :].partition("\n")[0]
    apart = said[1] if said else "\t" if source.lower().endswith(".tsv") else max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text[said.end() if said else 0 :], newline=""), delimiter=apart)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as problem:
            where = say("{file} line {number}", file=source, number=reader.line_num + 1 + bool(said))
            raise BadOption(
                say("{name} cannot be read ({why}).", name=where, why=problem),
                remedy="Save the table as CSV in UTF-8.",
            ) from problem
        if row is None:
            return
        # Without a name and empty: what a spreadsheet writes of columns that were used once.
        used = {name: value for name, value in row.items() if (name or "").strip() or any(value or ())}
        yield say("{file} line {number}", file=source, number=reader.line_num + bool(said)), used


def _json_lines(lines: Iterable[str], source: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = say("{file} line {number}", file=source, number=number)
            yield where, _object(line, where)


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise BadOption(
            say("{where} is not JSON ({problem}).", where=where, problem=problem), remedy="Write one object a line."
        ) from problem
    if not isinstance(value, dict):
        raise BadOption(
            say("{where} is not an object.", where=where), remedy='Write one object a line: {"picture": "a.png"}.'
        )
    return value


def _lines(operation: Operation, lines: Iterable[str]) -> Iterator[Row]:
    """Standard input: a name a line, or an object a line."""
    for number, line in enumerate(lines, 1):
        text = line.strip("\r\n\0")
        where = say("line {number} of standard input", number=number)
        if text.lstrip().startswith("{"):
            yield _row(operation, _object(text, where), where)
        elif text.strip():
            yield Row(text, source=where) if operation.picture else Row(options={operation.lead: text}, source=where)


def _row(operation: Operation, data: Mapping[str, Any], where: str) -> Row:
    """One row of a table. An empty cell is an option that is not given."""
    known = {option.name for option in operation.options} | MASK_WAYS
    cells = {str(name or "").strip().lower().replace("-", "_"): value for name, value in data.items()}
    for name in cells:
        if name not in known and name not in _OWN:
            raise BadOption(
                say(
                    "{where} has a column “{name}”, which is not an option of {command}.",
                    where=where,
                    name=name,
                    command=operation.command,
                ),
                remedy=say("Use picture, mask, out and any of {known}.", known=", ".join(sorted(known))),
                option=name,
            )
    options = {name: value for name, value in cells.items() if name not in _OWN and value not in (None, "")}
    own = {name: str(cells.get(name) or "").strip() for name in _OWN}
    for name, value in own.items():
        if not _NAMES.fullmatch(value):
            raise BadOption(
                say("{where}: “{value}” is the name of no file.", where=where, value=plain(value)),
                remedy="It contains a broken character; type it again.",
                option=name,
            )
    if operation.picture and not own["picture"]:
        raise BadOption(
            say("{where} names no picture.", where=where),
            remedy="Give its file in the column picture.",
            option="picture",
        )
    return Row(own["picture"], own["mask"], own["out"], options, source=where)


def _beside(row: Row, base: str) -> Row:
    """Names in a table are meant from where the table lies."""
    if not base:
        return row
    return replace(row, picture=_joined(base, row.picture), mask=_joined(base, row.mask))


def _joined(base: str, name: str) -> str:
    return name if not name or name == ALPHA or files.is_url(name) else str(Path(base, name))


# --- masks ------------------------------------------------------------------------------------------------------------


def masked(row: Row, mask: str) -> str:
    """The mask of a row: its own, or what `mask` says of all of them. "" where there is none."""
    if not mask or mask == ALPHA or not row.picture:
        return mask
    if "{" in mask:
        return filled(mask, row, "mask")
    if not files.is_url(mask) and Path(mask).is_dir():
        return _in_folder(row, Path(mask))
    return mask


def _in_folder(row: Row, folder: Path) -> str:
    """The mask of the same name in a folder of masks, in the same folder below it or at its top."""
    suffixes = dict.fromkeys((".png", PurePosixPath(row.picture).suffix, *sorted(SUFFIXES)))
    for place in dict.fromkeys((folder / row.folder, folder)):
        for name in _MASK_NAMES:
            for suffix in suffixes:
                path = place / f"{filled(name, row, 'mask')}{'' if name == '{name}' else suffix}"
                if path.is_file():
                    return str(path)
    return str(folder / row.folder / f"{PurePosixPath(row.picture).stem}.png")  # told as missing when its turn comes


def _without_masks(candidates: Iterable[Row], mask: str) -> Iterator[Row]:
    """Rows without the masks themselves, where they lie among the pictures."""
    if not mask or mask == ALPHA:
        yield from candidates
        return
    every = list(candidates)
    masks = {masked(row, mask) for row in every}
    folder = Path(mask).absolute() if not files.is_url(mask) and Path(mask).is_dir() else None
    for row in every:
        inside = folder is not None and folder in Path(row.picture).absolute().parents
        if row.picture not in masks and not inside:
            yield row


# --- names ------------------------------------------------------------------------------------------------------------

FIELDS = ("stem", "name", "folder", "number", "operation", "ext")


def filled(pattern: str, row: Row, operation: str, *, ext: str = "{ext}") -> str:
    """A pattern with its fields filled in; {ext} stays until it is known. Raises BadOption for another field."""
    picture = PurePosixPath(row.picture.replace("\\", "/"))
    values = {
        "stem": picture.stem or f"{operation}-{row.number:04d}",
        "name": picture.name or f"{operation}-{row.number:04d}",
        "folder": row.folder or ".",
        "number": f"{row.number:04d}",
        "operation": operation,
        "ext": ext,
    }
    parts = pattern.replace("}", "{").split("{")
    for name in parts[1::2]:
        if name not in values:
            raise BadOption(
                say("“{pattern}” has a field {{{name}}} that does not exist.", pattern=pattern, name=name),
                remedy=say("Use {fields}.", fields=", ".join(f"{{{one}}}" for one in FIELDS)),
                option="out",
            )
    return "".join(values[part] if index % 2 else part for index, part in enumerate(parts))


def pattern_of(out: str, operation: Operation) -> str:
    """What -o means as a pattern: one as it is, a folder with the pictures' folders mirrored, "" for here."""
    words = not operation.picture
    if not out:
        return "{stem}.{ext}" if words else "{folder}/{stem}-{operation}.{ext}"
    is_folder = out.endswith(("/", "\\")) or os.path.isdir(out)  # noqa: PTH112 - Path.is_dir raises for one too long
    if "{" in out or (PurePosixPath(out).suffix and not is_folder):
        return out
    return f"{out.rstrip('/')}/{{folder}}/{{stem}}.{{ext}}"


def output(row: Row, pattern: str, operation: Operation) -> str:
    """Where the result of a row goes; {ext} is still open in it."""
    pattern = pattern_of(row.out, operation) if row.out else pattern
    name = filled(pattern, row, operation.command)
    last, stem = PurePosixPath(name).name, PurePosixPath(row.picture).stem
    if stem and stem in last:  # with a tail it may be longer than a name can be
        short = paths.fitting(stem, last.replace(stem, "", 1) + "-00")
        name = name if short == stem else filled(pattern, replace(row, picture=f"{short}.x"), operation.command)
    return name if files.is_url(name) else Path(name).as_posix()


def folder_of(pattern: str) -> str:
    """The part of a pattern before its first field: the batch's own folder."""
    fixed = pattern.partition("{")[0]
    return fixed.rpartition("/")[0] or ("/" if fixed.startswith("/") else ".")
