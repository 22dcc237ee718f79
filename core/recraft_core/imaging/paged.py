"""Pictures too large to be held: their pixels lie in files of a folder, and only what is worked on is in memory."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..shared.errors import StorageTrouble
from ..shared.i18n import say
from .pixels import STRIP, strips

MakeArray: TypeAlias = "Callable[[tuple[int, ...]], NDArray[np.uint8]]"
"""Gives an array of zeros of a shape."""
_SPARE = 64 << 20  # bytes of the disk that stay free


def held(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Zeros in memory, as for every picture of a usual size."""
    return np.zeros(shape, np.uint8)


class Folder:
    """A folder of pixels beside `beside`, or in the system's own place for what is temporary. Used as a function it
    gives an array of zeros in a file of it; `close` deletes all of them.
    """

    def __init__(self, beside: str | None = None) -> None:
        self._kept = tempfile.TemporaryDirectory(prefix=".recraft-tiles-", dir=beside)
        self._made: list[np.memmap[Any, Any]] = []

    def __call__(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Zeros in a file that has its place on the disk. Raises StorageTrouble where there is none."""
        path = Path(self._kept.name, f"pixels-{len(self._made)}")
        try:
            _reserved(path, int(np.prod(shape)))
            array = np.memmap(path, np.uint8, "r+", shape=shape)
        except OSError as problem:
            raise StorageTrouble(
                say("{path} cannot be written ({why}).", path=self._kept.name, why=problem.strerror or problem),
                remedy="Check that the folder exists, that you may write there, and that the disk is not full.",
            ) from problem
        self._made.append(array)
        return array

    def close(self) -> None:
        """Let go of the files, which Windows does not delete before, and delete them."""
        for array in self._made:
            with suppress(BufferError):  # somebody still looks at it
                array._mmap.close()  # type: ignore[attr-defined]  # noqa: SLF001
        self._made.clear()
        self._kept.cleanup()


def _reserved(path: Path, size: int) -> None:
    """A file of zeros. Its place is taken at once: a full disk ends a process that writes to a mapped file."""
    if shutil.disk_usage(path.parent).free < size + _SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with path.open("wb") as file:
        file.truncate(size)
        if size and hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)


def relaxed(array: NDArray[Any]) -> None:
    """The pages of a mapped array may leave the memory; their content stays. Nothing happens to any other array."""
    mapped = getattr(array, "_mmap", None) if isinstance(array, np.memmap) else None
    if mapped is not None and hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)


def paged(array: NDArray[Any], rows: int = STRIP) -> Iterator[slice]:
    """The rows of an array by strips, each of which leaves the memory once it was worked on."""
    for some in strips(len(array), rows):
        yield some
        relaxed(array)


def copied(array: NDArray[np.uint8], into: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`into`, which has the content of `array` then."""
    for rows in paged(into):
        into[rows] = array[rows]
        relaxed(array)
    return into


def mapped_into(image: Image.Image, make: MakeArray) -> None:
    """Have an image that is not decoded yet decoded into what `make` gives, where Pillow can do so."""
    each = {"L": 1, "P": 1, "RGB": 4, "RGBX": 4, "RGBA": 4, "CMYK": 4}.get(image.mode)
    if each is None or not getattr(image, "tile", None):
        return
    into = make((image.height, image.width * each))
    # As `Image.frombuffer` does it, which leaves out RGB, though that has four bytes a pixel in Pillow too.
    image.im = Image.core.map_buffer(into, image.size, "raw", 0, (image.mode, 0, 1))  # type: ignore[attr-defined]
