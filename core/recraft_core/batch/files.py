"""Pictures and results by path or URL. Paths need nothing; other file systems (s3://, gs:// …) go through fsspec."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from .. import paths
from ..shared.errors import BadOption, StorageTrouble
from ..shared.i18n import say

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # a single letter is a drive of Windows
_CHUNK = 1 << 20


def is_url(name: str) -> bool:
    """True for s3://bucket/key and its like."""
    return bool(_URL.match(name))


def local(name: str) -> str:
    """A file:// URL as a path; anything else as it is."""
    if not name.lower().startswith("file://"):
        return name
    path = unquote(urlsplit(name).path)
    return path[1:] if os.name == "nt" else path


def system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path on it. Raises BadOption when what it needs is not installed."""
    try:
        from fsspec.core import url_to_fs

        location: tuple[Any, str] = url_to_fs(url)
    except (ImportError, ValueError) as problem:
        scheme = url.partition("://")[0]
        raise BadOption(
            say("{scheme}:// cannot be opened here ({problem}).", scheme=scheme, problem=problem),
            remedy='Install what it needs, such as: pip install "recraft-canvas[remote]" s3fs, or use a folder.',
        ) from problem
    return location


@contextmanager
def telling(name: str) -> Iterator[None]:
    """Turn what a file system of any kind raises into StorageTrouble about `name`."""
    try:
        yield
    except FileNotFoundError as problem:
        raise StorageTrouble(
            say("There is no file {name}.", name=name), remedy="Check its name and folder."
        ) from problem
    except (OSError, ValueError) as problem:  # ValueError: a name that holds a zero byte
        why = paths.NO_FILE if getattr(problem, "errno", 0) == errno.ESPIPE else problem
        raise StorageTrouble(
            say("{name} cannot be reached ({problem}).", name=name, problem=why),
            remedy="Check it and who may use it.",
        ) from problem


def readable(name: str) -> str | bytes:
    """What a picture is read from: the path itself, or the bytes behind a URL."""
    name = local(name)
    if not is_url(name):
        return name
    files, path = system(name)
    with telling(name):
        data: bytes = files.cat_file(path)
    return data


def stamp(name: str) -> str:
    """What changes when a file does, without reading it: its length and time; "" when it is not there."""
    name = local(name)
    if is_url(name):
        files, path = system(name)
        try:
            info = files.info(path)
        except OSError:
            return ""
        marks = [info.get(key) for key in ("size", "ETag", "etag", "mtime", "LastModified", "updated")]
        return json.dumps(marks, default=str)
    try:
        facts = Path(name).stat()
    except (OSError, ValueError):
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns}"


def content(source: str | bytes) -> str:
    """SHA-256 of a file's bytes, 32 digits. Raises StorageTrouble."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()[:32]
    known = hashlib.sha256()
    with telling(source), paths.check_plain(Path(source)).open("rb") as file:
        while part := file.read(_CHUNK):
            known.update(part)
    return known.hexdigest()[:32]


def with_suffix(name: str, *, drawing: bool) -> str:
    """The name with its {ext}: a drawing stays one, all else is PNG."""
    return name.replace("{ext}", "svg" if drawing else "png")


def exists(name: str) -> bool:
    """True when there is such a file."""
    return stamp(name) != ""


def saved(name: str, save: Callable[[Path], list[Path]]) -> list[str]:
    """Have `save` write its pictures at `name`, whose folder is made; the names of all it wrote."""
    name = local(name)
    if not is_url(name):
        paths.make_folder(Path(name).absolute().parent)
        return [str(path) for path in save(Path(name))]
    files, path = system(name)
    folder, _, last = path.rpartition("/")
    with TemporaryDirectory(prefix="recraft-") as here, telling(name):
        outputs = save(Path(here, last))
        files.makedirs(folder, exist_ok=True)
        for one in outputs:
            files.put_file(str(one), f"{folder}/{one.name}")
        return [f"{name.rpartition('/')[0]}/{one.name}" for one in outputs]
