"""The key, which one server gets and no other."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit


class Request(Protocol):
    """A request before it leaves."""

    url: Any
    headers: Any


_Request = TypeVar("_Request", bound=Request)


class KeyFor:
    """Adds the key to requests for one origin and to no other; its presence also keeps .netrc out."""

    def __init__(self, key: str, base_url: str) -> None:
        self._key = key
        self._origin = _origin(base_url)

    def __call__(self, request: _Request) -> _Request:
        """The request as it goes out; a key that went along to another server does not."""
        request.headers.pop("Authorization", None)
        if self._key and _origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _origin(url: str) -> tuple[str, bytes, int | None]:
    """What tells one server from another, however its name is spelled."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").encode("idna"), parts.port
