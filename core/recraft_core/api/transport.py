"""HTTP whose time-out is a deadline for the whole answer, and which believes nothing an answer says about itself.

`requests` does the work; what is added: the time for an answer ends, however slowly it drips; interim answers (100,
102, 103 …) are passed over; a redirect is neither followed nor read; cookies are not kept.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import truststore
import urllib3
from requests.adapters import HTTPAdapter

from ..shared.i18n import say

_CHUNK = 1 << 20
# Interim answers before one that counts; a service sends one or two.
_INTERIM = 32
_LINE = 1 << 16
_LINES = 200

# What an exchange can fail with, whatever library it comes from.
TROUBLES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


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


class _Patient:
    """What a connection needs so that its answers are timed."""

    sock: Any
    timeout: Any

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """As usual; a connection used before has the last answer's time-out yet."""
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        return super().request(*args, **kwargs)  # type: ignore[misc]


def _timed(pools: Mapping[str, Any], answer_s: float) -> dict[str, Any]:
    """The connection pools of urllib3, their connections with a deadline."""
    answer = type("Answer", (_Answer,), {"answer_s": answer_s})
    classes = {}
    for scheme, pool in pools.items():
        connection = type("Connection", (_Patient, pool.ConnectionCls), {"response_class": answer})
        classes[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
    return classes


class _Adapter(HTTPAdapter):
    def __init__(self, answer_s: float, trust: ssl.SSLContext | None) -> None:
        self._answer_s = answer_s
        self._more: dict[str, Any] = {"ssl_context": trust} if trust else {}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**self._more, **kwargs})
        self.poolmanager.pool_classes_by_scheme = _timed(self.poolmanager.pool_classes_by_scheme, self._answer_s)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        # Where there is a proxy, certificates of the network's own are the rule.
        fresh = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **self._more, **kwargs)
        if fresh:
            manager.pool_classes_by_scheme = _timed(manager.pool_classes_by_scheme, self._answer_s)
        return manager


class _Session(requests.Session):
    def resolve_redirects(self, *_args: Any, **_kwargs: Any) -> Iterator[Any]:
        """Where a redirect leads is for the caller to look at; requests would read its whole body first."""
        return iter(())


def session(answer_s: float) -> requests.Session:
    """A session whose answers end after `answer_s` seconds.

    It trusts what the operating system trusts, and certifi's list (which requests adds) besides.
    """
    http_session = _Session()
    http_session.mount("https://", _Adapter(answer_s, truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
    http_session.mount("http://", _Adapter(answer_s, None))
    http_session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    # What is packed small unfolds large; pictures are packed already.
    http_session.headers["Accept-Encoding"] = "identity"
    return http_session


def parts(response: requests.Response, most: int) -> Iterator[bytes]:
    """The body in pieces. Raises TooLarge beyond `most` bytes and BrokenOff with what had come when it ended early."""
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    # What has come is worth having when the rest does not: read1 hands over what is there. Not every urllib3 has it.
    read = response.raw.read if getattr(response.raw, "chunked", False) else _soonest(response.raw)
    size = 0
    held: list[bytes] = []
    while True:
        try:
            piece = read(_CHUNK, decode_content=False)
            whole = unpack(piece, most + 1 - size) if piece else b""
        except (*TROUBLES, ValueError, zlib.error) as trouble:
            raise BrokenOff(b"".join(held)) from trouble
        if not piece:
            return
        held.append(whole)
        size += len(whole)
        if size > most:
            raise TooLarge
        yield whole


def _soonest(raw: Any) -> Any:
    return getattr(raw, "read1", raw.read)


def _unpacker(encoding: str) -> Any:
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return lambda piece, _most: piece
    return zlib.decompressobj(47 if "gzip" in encoding.lower() else zlib.MAX_WBITS).decompress
