"""Pictures given by address: data URLs, and http addresses on this computer.

The service fetches any public address. This engine never reaches out: only a loopback address is read, without
proxy and without following redirects.
"""

from __future__ import annotations

import base64
import binascii
import re
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from recraft_core.shared.contract import limits

from .rules import Refusal

_DATA = re.compile(r"data:(?P<type>[\w.+/-]*)(?P<parameters>(;[\w-]+=[^;,]*)*)(?P<base64>;base64)?,", re.IGNORECASE)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PATIENCE_S = 10


def fetch(name: str, address: str, *, loopback: bool = True) -> bytes:
    """The bytes behind an address, at most one more than the file limit. Raises `Refusal`.

    Without `loopback` only data URLs are read.
    """
    if address[:5].lower() == "data:":
        return _data(name, address)
    try:
        parts = urlsplit(address)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
    except ValueError:
        local = False
    if not local:
        raise Refusal("file_address", name=name, why="this engine fetches nothing from elsewhere")
    if not loopback:
        raise Refusal("file_address", name=name, why="an engine that serves other computers takes data URLs only")
    return _loopback(name, address)


def _data(name: str, address: str) -> bytes:
    head = _DATA.match(address)
    if head is None:
        raise Refusal("file_address", name=name, why="the data URL has no comma or a malformed head")
    payload = address[head.end() :]
    if not head["base64"]:
        return unquote_to_bytes(payload)
    try:
        # Programs that write base64 break it into lines, and most that read it pass over them.
        return base64.b64decode("".join(payload.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("file_address", name=name, why="the data URL is not base64") from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect could lead off this computer: it counts as an error."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


def _loopback(name: str, address: str) -> bytes:
    opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=_PATIENCE_S) as answer:
            return bytes(answer.read(limits.MAX_FILE_BYTES + 1))
    except (OSError, HTTPException, ValueError) as trouble:
        raise Refusal("file_address", name=name, why=str(trouble)) from None
