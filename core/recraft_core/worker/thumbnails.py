"""Small pictures of what the history holds. Each is made once and lies beside the picture it shows."""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from pathlib import Path

from .. import paths
from ..history import Entry
from ..imaging.decode import decode, sniff
from ..imaging.encode import encode_picture
from ..imaging.pixels import Pixels, resize
from ..imaging.svg import opened, rasterise
from ..shared.errors import BadOption, BadPicture
from ..shared.geometry import Box, Size, contain
from ..shared.i18n import say

# A plugin asks for a whole page at once, and each picture takes many times its file in memory while it is made small.
_room = threading.BoundedSemaphore(2)


def thumbnail(entry: Entry, index: int, side: int) -> Pixels:
    """Picture `index` of the entry, scaled to fit a square of `side` px.

    Raises BadOption when the entry has no such picture here, BadPicture when it cannot be shown.
    """
    if not 0 <= index < len(entry.pictures) or not entry.pictures[index].file:
        raise BadOption(
            say("The entry {id} has no picture {index} here.", id=entry.id, index=index + 1),
            remedy="Fetch it, or choose another.",
        )
    file = entry.folder / f"small-{index + 1}-{side}.webp"
    with suppress(OSError, BadPicture):
        return decode(file.read_bytes())
    with _room:
        small = _made_small(paths.read(entry.folder / entry.pictures[index].file) or b"", side)
    _keep(file, encode_picture(small, max_bytes=small.size + 10_000, prefer="lossless").data)
    return small


def _made_small(data: bytes, side: int) -> Pixels:
    room = Box(0, 0, side, side)
    if sniff(data) == "svg":
        drawing = opened(data)
        return rasterise(drawing.data, contain(drawing.natural, room).size)
    pixels = decode(data)
    return resize(pixels, contain(Size(pixels.shape[1], pixels.shape[0]), room).size)


def _keep(path: Path, data: bytes) -> None:
    """For the next time; what cannot be kept, since the disk is full or the entry was just removed, is made again."""
    fresh = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        fresh.write_bytes(data)
        fresh.replace(path)
