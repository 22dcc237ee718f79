"""EXIF as it came, for a picture that is another one now: upright, of its new size, without the old small pictures.

Changed in place, so that makers' own notes, which point to places in the block, stay readable. CIPA DC-008 (Exif 3.0)
and TIFF 6.0 for the form.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import NamedTuple

from ..shared.geometry import Size

PREFIX = b"Exif\0\0"
_SHORT = 3
_ORIENTATION, _EXIF, _WIDTH, _HEIGHT, _NOTE, _COLOURS = 274, 34665, 40962, 40963, 37500, 40961
_THUMBNAIL = ((513, 514), (273, 279))  # where a small picture lies, and how long it is
_JPEG = b"\xff\xd8\xff"
_SRGB = 1
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


class _Entry(NamedTuple):
    at: int
    kind: int
    items: int
    value: int


class _Block:
    """The bytes after the prefix: a TIFF file without a picture."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self.order = {b"II": "<", b"MM": ">"}[data[:2]]
        if self.number("H", 2) != 42:
            raise ValueError("no TIFF header")

    def number(self, form: str, at: int) -> int:
        return int(struct.unpack_from(self.order + form, self.data, at)[0])

    def put(self, form: str, at: int, value: int) -> None:
        struct.pack_into(self.order + form, self.data, at, value)

    def entries(self, at: int) -> dict[int, _Entry]:
        """Tags of a directory; the value is a number where it is one, else the place where it lies."""
        entries = {}
        for index in range(self.number("H", at)):
            place = at + 2 + 12 * index
            tag, kind, count = self.number("H", place), self.number("H", place + 2), self.number("I", place + 4)
            small = kind == _SHORT and count == 1
            entries[tag] = _Entry(place, kind, count, self.number("H" if small else "I", place + 8))
        return entries

    def next_of(self, at: int) -> int:
        """The place of the pointer to the next directory."""
        return at + 2 + 12 * self.number("H", at)

    def set(self, entry: _Entry | None, value: int) -> None:
        """Another value for a tag that holds one number."""
        if entry is not None and entry.items == 1:
            self.put("H" if entry.kind == _SHORT else "I", entry.at + 8, value)

    def remove(self, at: int, entry: _Entry) -> None:
        """Take a tag out of the directory at `at`; what lay elsewhere becomes zeros."""
        length = entry.items * _SIZES.get(entry.kind, 1)
        if length > 4:
            self.blank(entry.value, length)
        end = self.next_of(at) + 4
        self.data[entry.at : end] = self.data[entry.at + 12 : end] + bytes(12)
        self.put("H", at, self.number("H", at) - 1)

    def blank(self, at: int, length: int) -> None:
        """Zeros, and at the end nothing at all."""
        length = max(0, min(length, len(self.data) - at))
        padding = len(self.data) - at - length
        self.data[at : at + length] = bytes(length if padding > 1 else 0)


def brought_up_to_date(exif: bytes, size: Size, *, srgb: bool) -> bytes:
    """The EXIF block for a picture of `size` px that lies upright; `srgb` when its colours were converted to sRGB.

    The small picture that cameras add shows what the picture was, so it goes; a maker's note goes where it holds one.
    With its prefix. Empty where there is none. Raises ValueError when it is damaged.
    """
    data = exif.removeprefix(PREFIX)
    if not data:
        return b""
    try:
        block = _Block(data)
        first = block.number("I", 4)
        tags = block.entries(first)
        block.set(tags.get(_ORIENTATION), 1)
        _without_small_picture(block, first)
        if _EXIF in tags:
            _update(block, tags[_EXIF].value, size, srgb=srgb)
    except (struct.error, KeyError, IndexError) as problem:
        raise ValueError("the EXIF data are damaged") from problem
    return PREFIX + bytes(block.data)


def _without_small_picture(block: _Block, first: int) -> None:
    pointer = block.next_of(first)
    with suppress(struct.error):  # a damaged second directory is left out like any other
        second = block.number("I", pointer)
        tags = block.entries(second) if second else {}
        for at, length in _THUMBNAIL:
            if at in tags and length in tags:
                block.blank(tags[at].value, tags[length].value)
    block.put("I", pointer, 0)


def _update(block: _Block, at: int, size: Size, *, srgb: bool) -> None:
    tags = block.entries(at)
    block.set(tags.get(_WIDTH), size.width)
    block.set(tags.get(_HEIGHT), size.height)
    if srgb:
        block.set(tags.get(_COLOURS), _SRGB)
    note = tags.get(_NOTE)
    if note is not None and _JPEG in block.data[note.value : note.value + note.items]:
        block.remove(at, note)
