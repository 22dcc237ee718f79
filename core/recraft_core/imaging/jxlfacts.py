"""Whether a JPEG XL file is an animation, of which its reader gives the last picture. ISO/IEC 18181-1, annex D."""

from __future__ import annotations

from typing import BinaryIO

_STREAM, _BOXED = b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"
_HEAD = 256  # bytes that hold all that is looked at
_SIZES = (9, 13, 18, 30)
_PREVIEWS = (6, 8, 10, 12)


class _Bits:
    """Bits of bytes, the lowest first; zeros after the end."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._at = int.from_bytes(data, "little"), 0

    def __call__(self, count: int) -> int:
        found = (self._bits >> self._at) & ((1 << count) - 1)
        self._at += count
        return found


def is_animation(file: BinaryIO) -> bool:
    """True for an animation; False for all else, also for what cannot be read. From the file's beginning."""
    head = _codestream(file)
    if not head.startswith(_STREAM):
        return False
    bits = _Bits(head[2:])
    _skip_size(bits)
    if bits(1) or not bits(1):  # all is usual, or nothing but the colours is not
        return False
    bits(3)  # how it is turned
    if bits(1):
        _skip_size(bits)
    if bits(1):
        _skip_preview(bits)
    return bool(bits(1))


def _codestream(file: BinaryIO) -> bytes:
    """The beginning of the pictures' data, which may lie in a box."""
    file.seek(0)
    head = file.read(_HEAD)
    at, seen = 0, 0
    while head.startswith(_BOXED) and seen < 1000:
        file.seek(at)
        length, name = int.from_bytes(file.read(4), "big"), file.read(4)
        length = int.from_bytes(file.read(8), "big") if length == 1 else length
        if name in {b"jxlc", b"jxlp"}:
            file.read(4 if name == b"jxlp" else 0)
            return file.read(_HEAD)
        if length < 8:
            return b""
        at, seen = at + length, seen + 1
    return head


def _skip_size(bits: _Bits) -> None:
    """Height, ratio, and the width where the ratio does not tell it."""
    small = bits(1)
    for turn in range(2):
        bits(5 if small else _SIZES[bits(2)])
        if turn or bits(3):
            return


def _skip_preview(bits: _Bits) -> None:
    eights = bits(1)
    for turn in range(2):
        which = bits(2)
        bits((0, 0, 5, 9)[which] if eights else _PREVIEWS[which])
        if turn or bits(3):
            return
