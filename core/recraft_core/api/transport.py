"""HTTP whose time-out is a deadline for the whole answer, and which believes nothing an answer says about itself.

The time for an answer ends, however slowly it drips; interim answers (100, 102, 103 …) are passed over. `online` speaks
so to a service, `nearby` to the embedded engine.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..shared.i18n import say
from .auth import KeyFor

_CHUNK = 1 << 20
# Interim answers before one that counts; a service sends one or two.
_INTERIM = 32
_LINE = 1 << 16
_LINES = 200


class Response(Protocol):
    """An answer whose body has not been read: `raw` has it, as it comes."""

    status_code: int
    raw: Any

    @property
    def headers(self) -> Mapping[str, str]:
        """By their names, in whatever case."""

    @property
    def is_redirect(self) -> bool:
        """True when it names another address instead of an answer."""


class Session(Protocol):
    """A way to one service."""

    @property
    def troubles(self) -> tuple[type[Exception], ...]:
        """What an exchange can fail with."""

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        auth: KeyFor,
        timeout: tuple[float, float],
        data: Any = None,
    ) -> AbstractContextManager[Response]:
        """The answer to a request, redirects included. `data` is an iterable of bytes with a length.

        `timeout` in s is that of the connection and each part sent, and that of the answer's first byte.
        """

    def close(self) -> None:
        """Let go of what is open."""


class TooLarge(Exception):
    """A body of more bytes than was allowed."""


class BrokenOff(Exception):
    """A body that ended early; `body` is what had come by then."""

    def __init__(self, body: bytes) -> None:
        super().__init__(say("{count} bytes came", count=len(body)))
        self.body = body


class _Timed(io.RawIOBase):
    """The bytes of one connection; each read waits for what is left of the time and no longer."""

    def __init__(self, raw: Any, sock: socket.socket, until: float) -> None:
        self._raw = raw
        self._sock = sock
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the answer is over")
        self._sock.settimeout(left)
        return int(self._raw.readinto(buffer) or 0)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that has `answer_s` seconds from the moment the request is out."""

    answer_s = 300.0

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        until = time.monotonic() + self.answer_s
        self.fp: Any = io.BufferedReader(_Timed(self.fp.detach(), sock, until))

    def _read_status(self) -> Any:
        for _ in range(_INTERIM):
            status = super()._read_status()  # type: ignore[misc]
            if not 100 <= status[1] < 200:
                return status
            self._pass_over()
        raise http.client.HTTPException("nothing but interim answers came")

    def _pass_over(self) -> None:
        for _ in range(_LINES):
            if self.fp.readline(_LINE) in {b"\r\n", b"\n", b""}:
                return
        raise http.client.HTTPException("an interim answer does not end")


def answering(answer_s: float) -> type[http.client.HTTPResponse]:
    """Answers that end after `answer_s` seconds."""
    return type("Answer", (_Answer,), {"answer_s": answer_s})


def parts(response: Response, most: int) -> Iterator[bytes]:
    """The body in pieces. Raises TooLarge beyond `most` bytes and BrokenOff with what had come when it ended early."""
    unpack = _Unpacker(response.headers.get("Content-Encoding", ""))
    # What has come is worth having when the rest does not: read1 hands over what is there. Not every urllib3 has it.
    soonest = hasattr(response.raw, "read1") and not getattr(response.raw, "chunked", False)
    read = response.raw.read1 if soonest else response.raw.read
    size = 0
    held: list[bytes] = []
    while True:
        broken: Exception | None = None
        try:
            piece = read(_CHUNK, decode_content=False)
        except Exception as trouble:  # noqa: BLE001 - each library has its own for an answer that breaks off
            broken, piece = trouble, _came_by_then(trouble)
        try:
            whole = unpack(piece, most + 1 - size) if piece else unpack.rest()
        except zlib.error as trouble:
            raise BrokenOff(b"".join(held)) from trouble
        held.append(whole)
        size += len(whole)
        if size > most:
            raise TooLarge
        if broken is not None or unpack.is_cut(at_end=not piece):
            raise BrokenOff(b"".join(held)) from broken
        if whole:
            yield whole
        if not piece:
            return


def _came_by_then(trouble: BaseException | None) -> bytes:
    """What a library had read of an answer in chunks when it broke off; it hands that over with its errors."""
    parts = []
    while trouble is not None:
        held = [one for one in (trouble, *trouble.args) if isinstance(one, http.client.IncompleteRead)]
        if held:
            # The whole chunks; its own cause has what came of the last one.
            partial = held[0].partial  # urllib3's own errors of that name hold a number
            parts.append(partial if isinstance(partial, bytes) else b"")
            trouble = held[0]
        trouble = trouble.__cause__ or (None if held else trouble.__context__)
    return b"".join(parts)


class _Unpacker:
    """Takes apart what is packed with gzip or deflate, in parts that follow one another too.

    What the header says is a hint: the first bytes tell whether it is packed, and some servers mean by "deflate" the
    bare stream without its header.
    """

    def __init__(self, encoding: str) -> None:
        self._deflated = encoding.strip().lower() == "deflate"
        self._stream: Any = None
        self._first = b""
        self._plain = False
        self._more = _PARTS

    def __call__(self, piece: bytes, most: int) -> bytes:
        if self._plain:
            return piece
        out = [self._unpacked(piece, most)]
        if self._stream is None:
            return out[0]
        while self._stream.eof and self._stream.unused_data[:2] == _GZIP and len(out[-1]) < most and self._more:
            rest = self._stream.unused_data
            self._stream = zlib.decompressobj(31)
            self._more -= 1
            most -= len(out[-1])
            out.append(self._stream.decompress(rest, most))
        return b"".join(out)

    def _unpacked(self, piece: bytes, most: int) -> bytes:
        if self._stream is not None and not self._first:
            return self._stream.decompress(piece, most)  # type: ignore[no-any-return]
        self._first += piece
        if len(self._first) < 2:
            return b""
        if self._stream is None:
            piece, self._stream = self._first, self._begun(self._first)
        try:
            out: bytes = self._stream.decompress(piece, most) if self._stream else b""
        except zlib.error:
            # Nothing was made of it yet: what was called "deflate" is not packed.
            if self._first[:2] == _GZIP:
                raise
            self._stream = None
        if self._stream is None:
            self._plain = True
            return self.rest()
        if out or len(self._first) > _DOUBTFUL:
            self._first = b""
        return out

    def is_cut(self, *, at_end: bool) -> bool:
        """True when the packed stream goes on, though nothing more comes or more parts of it than are taken."""
        if self._stream is None:
            return False
        return self._stream.unused_data[:2] == _GZIP if self._stream.eof else at_end

    def rest(self) -> bytes:
        """At the end, what was too short to tell whether it is packed."""
        rest, self._first = self._first, b""
        return rest if self._stream is None else b""

    def _begun(self, start: bytes) -> Any:
        if start[:2] == _GZIP:
            return zlib.decompressobj(31)
        if self._deflated and start[:1] not in _PLAIN:
            headed = start[0] & 15 == 8 and int.from_bytes(start[:2], "big") % 31 == 0
            return zlib.decompressobj(zlib.MAX_WBITS if headed else -zlib.MAX_WBITS)
        return None


_DOUBTFUL = 1024  # bytes within which a stream that is one has yielded something
_PARTS = 64  # that a packed answer may consist of
_GZIP = b"\x1f\x8b"
_PLAIN = (b"{", b"[", b"<", b"\x89", b"R", b"\xff")  # how answers and pictures begin that are not packed
