"""The way to the embedded engine on this computer, without what `requests` costs to load."""

from __future__ import annotations

import errno
import http.client
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from typing import Any, cast
from urllib.parse import urlsplit

from .auth import KeyFor
from .transport import answering


class Request:
    """What `auth` may add to a request before it leaves."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url, self.headers = url, headers


class Response:
    """An answer; its connection ends with it."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer = connection, answer
        self.status_code, self.raw = answer.status, self

    @property
    def is_redirect(self) -> bool:
        """True when it names another address instead of an answer."""
        return 300 <= self.status_code < 400 and "Location" in self.headers

    @property
    def headers(self) -> Mapping[str, str]:
        """By their names, in whatever case."""
        return cast("Mapping[str, str]", self._answer.headers)

    def read1(self, size: int, **_: Any) -> bytes:
        """What is there of the body, at most `size` bytes; b"" at its end."""
        return self._answer.read1(size)

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()  # with "Connection: close" the connection has let go of it already
        self._connection.close()


class Session:
    """Requests to an engine, each on a connection of its own. Answers end after `answer_s` seconds."""

    troubles: tuple[type[Exception], ...] = (http.client.HTTPException, OSError)

    def __init__(self, answer_s: float) -> None:
        self._answer = answering(answer_s)

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
        """See `transport.Session`."""
        parts = urlsplit(url)
        if parts.scheme != "http":
            raise http.client.InvalidURL(url)
        more = {"Content-Length": str(len(data))} if data else {}
        request = auth(Request(url, {**headers, **more}))
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout[0])
        connection.response_class = self._answer
        try:
            connection.connect()
            try:
                connection.request(method, parts._replace(scheme="", netloc="").geturl(), data, request.headers)
            except OSError as trouble:
                # An engine that refuses may answer before it has read all of it; a Mac calls that EPROTOTYPE.
                if not isinstance(trouble, ConnectionError) and trouble.errno != errno.EPROTOTYPE:
                    raise
            return closing(Response(connection, connection.getresponse()))
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Nothing is kept open."""
