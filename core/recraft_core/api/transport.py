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
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    # What has come is worth having when the rest does not: read1 hands over what is there. Not every urllib3 has it.
    soonest = hasattr(response.raw, "read1") and not getattr(response.raw, "chunked", False)
    read = response.raw.read1 if soonest else response.raw.read
    size = 0
    held: list[bytes] = []
    while True:
        try:
            piece = read(_CHUNK, decode_content=False)
            whole = unpack(piece, most + 1 - size) if piece else b""
        except Exception as trouble:  # each library has its own for an answer that breaks off
            raise BrokenOff(b"".join(held)) from trouble
        if not piece:
            return
        held.append(whole)
        size += len(whole)
        if size > most:
            raise TooLarge
        yield whole


def _unpacker(encoding: str) -> Any:
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return lambda piece, _most: piece
    return zlib.decompressobj(47 if "gzip" in encoding.lower() else zlib.MAX_WBITS).decompress
