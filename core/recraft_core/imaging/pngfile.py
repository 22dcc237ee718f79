"""PNG files by Pillow, which takes the picture from those whose other parts are odd, as libpng does.

A comment that unfolds to more than it should, a large colour profile (those of calibrated screens have megabytes) and a
wrong checksum beside the picture say nothing of the picture itself. What has a wrong checksum does not count.
"""

from __future__ import annotations

import zlib
from threading import RLock
from typing import Any

from PIL import ImageFile, PngImagePlugin
from PIL.PngImagePlugin import PngImageFile, PngStream

from .png import is_kept

_FRAMES = {b"acTL", b"fcTL", b"fdAT"}  # of an animation; each builds on the one before
_MOST_PROFILE = 16 << 20  # bytes; more is no profile
_LOCK = RLock()


class PngPicture(PngImageFile):
    """A PNG file."""

    format = "PNG"

    def _open(self) -> None:
        # Pillow looks the class up when it opens a file and offers no other way to hand one in.
        with _LOCK:
            before: Any = PngImagePlugin.PngStream
            PngImagePlugin.PngStream = _Stream  # type: ignore[misc]
            try:
                super()._open()
            finally:
                PngImagePlugin.PngStream = before  # type: ignore[misc]
        if self.mode == "P" and self.palette is None:
            raise SyntaxError("the palette is missing")


class _Stream(PngStream):
    """The chunks of a PNG."""

    def call(self, cid: bytes, pos: int, length: int) -> bytes:
        """The content of a chunk, which counts unless it stands beside the picture with a wrong checksum."""
        if cid[:1].islower() and cid not in _FRAMES:
            data = self._held(length)
            if not is_kept(cid, data, self._file.read(4)):
                self._file.seek(pos + length)
                return data
            self._file.seek(pos)
        return super().call(cid, pos, length)

    def chunk_iCCP(self, pos: int, length: int) -> bytes:  # noqa: ARG002, N802 - Pillow's name
        data = self._held(length)
        _, _, packed = data.partition(b"\0")
        profile = _unpacked(packed[1:]) if packed[:1] == b"\0" else b""
        self.im_info["icc_profile"] = profile or None
        return data

    def chunk_zTXt(self, pos: int, length: int) -> bytes:  # noqa: N802 - Pillow's name
        return self._text(super().chunk_zTXt, pos, length)

    def chunk_iTXt(self, pos: int, length: int) -> bytes:  # noqa: N802 - Pillow's name
        return self._text(super().chunk_iTXt, pos, length)

    def chunk_tEXt(self, pos: int, length: int) -> bytes:  # noqa: N802 - Pillow's name
        return self._text(super().chunk_tEXt, pos, length)

    def crc(self, cid: bytes, data: bytes) -> None:
        """Checked of what the picture needs; that of other chunks, with a small letter in front, `call` has seen."""
        if cid[:1].islower():
            self.crc_skip(cid, data)
        else:
            super().crc(cid, data)

    def _text(self, chunk: Any, pos: int, length: int) -> bytes:
        try:
            data: bytes = chunk(pos, length)
        except (ValueError, SyntaxError):  # more than a text has, or packed in a way that nobody knows
            self._file.seek(pos)
            return self._held(length)
        return data

    def _held(self, length: int) -> bytes:
        data: bytes = ImageFile._safe_read(self._file, length)  # noqa: SLF001 - tells what is cut short
        return data

    @property
    def _file(self) -> Any:
        return self.fp


def _unpacked(packed: bytes) -> bytes:
    """A profile; b"" for what is damaged or too large to be one."""
    stream = zlib.decompressobj()
    try:
        profile = stream.decompress(packed, _MOST_PROFILE)
    except zlib.error:
        return b""
    return b"" if stream.unconsumed_tail else profile
