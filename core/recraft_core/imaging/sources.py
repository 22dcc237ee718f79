"""What a picture may be, and its bytes: each file is opened once, so that pipes serve as well."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..shared.errors import BadOption, BadPicture, StorageTrouble
from ..shared.i18n import say

PictureLike: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | NDArray[Any] | Opened"
)
HEAD = 1 << 16  # bytes that are looked at to know a kind
MAX_BYTES = 2 << 30  # of a pipe, which does not say how long it is
_MAY_BE = "A picture may be a path, bytes, an open binary file, a Pillow image or a numpy array."


@dataclass(frozen=True)
class Opened:
    """Bytes of a picture that can be read to and fro. `name` is what people call it, `path` that of a regular file,
    "" for anything else.
    """

    file: BinaryIO = field(repr=False)
    name: str
    path: str = ""

    def head(self, length: int = HEAD) -> bytes:
        """The first bytes."""
        self.file.seek(0)
        return self.file.read(length)

    def whole(self) -> bytes:
        """All of them."""
        self.file.seek(0)
        return self.file.read()


@contextmanager
def opened(source: Any, otherwise: str = "The picture") -> Iterator[Opened]:
    """The bytes of a path, of bytes of any kind, or of an open binary file, which is read from its beginning.

    `otherwise` is the name of what has none. Raises StorageTrouble when a file cannot be read, BadOption for a web
    address and for anything that is no picture, BadPicture when it is empty.
    """
    if isinstance(source, Opened):
        yield source
        return
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = source if isinstance(source, bytes) else bytes(source)
        picture = Opened(BytesIO(data), otherwise)
    elif hasattr(source, "read"):
        picture = Opened(_of_file(source), otherwise)
    elif isinstance(source, (str, os.PathLike)):
        picture = _of_path(os.fsdecode(source))
    else:
        raise BadOption(say("{name} is no picture.", name=type(source).__name__), remedy=_MAY_BE)
    try:
        if not picture.head(1):
            raise BadPicture(
                say("{name} is empty: it contains no bytes at all.", name=picture.name), remedy="Choose another file."
            )
        yield picture
    finally:
        if picture.path:
            picture.file.close()


def is_pixels(source: object) -> bool:
    """True for what is decoded already: arrays and Pillow images."""
    return isinstance(source, (np.ndarray, Image.Image))


def _of_file(source: Any) -> BinaryIO:
    """An open file from its beginning, as Pillow has it too; one that cannot go back is read to its end."""
    try:
        if source.seekable():
            source.seek(0)
        data = source.read(MAX_BYTES)
    except (OSError, ValueError) as problem:  # closed, or for writing only
        raise StorageTrouble(
            say("The open file cannot be read ({problem}).", problem=problem),
            remedy='Open it for reading: open(path, "rb").',
        ) from problem
    if not isinstance(data, (bytes, bytearray)):
        raise BadOption("A file opened as text is no picture.", remedy='Open it for bytes: open(path, "rb").')
    return BytesIO(data)


def _of_path(path: str) -> Opened:
    if path.lower().startswith(("http://", "https://", "ftp://", "data:", "file://")):
        short = path if len(path) < 100 else path[:80] + "…"
        raise BadOption(
            say("{name} is an address, not a file.", name=short),
            remedy="Download the picture first, and give the name of the file.",
        )
    name = os.fsencode(Path(path).name or path).decode("utf-8", "replace")
    file = _open(path)
    try:
        kind = os.fstat(file.fileno()).st_mode
        _check_ends(file, kind)
        if stat.S_ISREG(kind):
            return Opened(file, name, str(Path(path).absolute()))
        with file:
            return Opened(BytesIO(_to_the_end(file, name)), name)
    except OSError as problem:
        file.close()
        raise _trouble(path, problem) from problem


def _check_ends(file: BinaryIO, kind: int) -> None:
    """Raise OSError for a device; of those only the one that is empty ends."""
    if stat.S_ISBLK(kind) or (stat.S_ISCHR(kind) and (file.isatty() or file.read(1))):
        raise OSError(say("it is a device, not a file"))


def _to_the_end(file: BinaryIO, name: str) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadPicture(
            say("{name} does not end within {most} GB.", name=name, most=MAX_BYTES >> 30),
            remedy="Give the name of a picture file.",
        )
    return data


def _open(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except FileNotFoundError as problem:
        raise StorageTrouble(
            say("There is no file {name}.", name=_told(path)), remedy="Check its name and folder."
        ) from problem
    except IsADirectoryError as problem:
        raise StorageTrouble(
            say("{name} is a folder, not a picture.", name=_told(path)), remedy="Name a file in it."
        ) from problem
    except (OSError, ValueError) as problem:  # ValueError: a name that holds a zero byte
        raise _trouble(path, problem) from problem


def _trouble(path: str, problem: Exception) -> StorageTrouble:
    why = getattr(problem, "strerror", None) or problem
    return StorageTrouble(
        say("{name} cannot be read ({why}).", name=_told(path), why=why),
        remedy="Check the name and who may read it.",
    )


def _told(path: str) -> str:
    """A path as text for people; what is no UTF-8 in it shows as �."""
    return os.fsencode(path).decode("utf-8", "replace")
