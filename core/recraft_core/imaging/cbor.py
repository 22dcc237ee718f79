"""CBOR, as much of it as C2PA's claims need, read from untrusted bytes. RFC 8949."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

_DEEPEST = 32
_MOST = 100_000  # items of one file
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True}
_OPEN = 31  # the length of what ends with a stop code
_STOP = 0xFF


def loads(data: bytes) -> Any:
    """The first item of `data` as plain Python; tags are left off. Raises ValueError for what cannot be read."""
    try:
        return _Reader(data).item(0)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError) as problem:
        raise ValueError("no CBOR that can be read") from problem


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = _MOST

    def item(self, depth: int) -> Any:
        """The next item."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise ValueError("too much in it")
        first = self._data[self._at]
        self._at += 1
        kind, short = first >> 5, first & 31
        if kind == 7:
            form = _FLOATS.get(short)
            return struct.unpack(form, self._take(1 << short - 24))[0] if form else _SIMPLE.get(short)
        if kind in {2, 3}:
            data = self._bytes(short, depth)
            return data.decode() if kind == 3 else data
        if kind == 4:
            return [self.item(depth + 1) for _ in self._counted(short)]
        if kind == 5:
            return {self.item(depth + 1): self.item(depth + 1) for _ in self._counted(short)}
        number = self._number(short)
        return self.item(depth + 1) if kind == 6 else -1 - number if kind else number

    def _counted(self, short: int) -> Iterator[None]:
        """Once for each item of a list or map."""
        if short != _OPEN:
            yield from (None for _ in range(self._number(short)))
            return
        while self._data[self._at] != _STOP:
            yield None
        self._at += 1

    def _bytes(self, short: int, depth: int) -> bytes:
        if short != _OPEN:
            return self._take(self._number(short))
        pieces = [self.item(depth + 1) for _ in self._counted(short)]
        return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)

    def _number(self, short: int) -> int:
        if short < 24:
            return short
        if short > 27:
            raise ValueError("a length that there is not")
        return int.from_bytes(self._take(1 << short - 24), "big")

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise ValueError("cut short")
        piece, self._at = self._data[self._at : end], end
        return piece
