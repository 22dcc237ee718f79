"""The door of the engine: every request passes here, is written down, and leaves with an id."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from recraft_core.shared.contract import ENDPOINTS
from starlette.requests import ClientDisconnect

from .addresses import LOOPBACK
from .answers import refused
from .engine import Engine
from .faults import PICTURE_FAULTS, App, Message, Receive, Send, Wire
from .request_log import Visit
from .rules import Refusal

LOG = logging.getLogger("recraft_local")
_BY_PATH = {f"/v1{path}": row.id for row in ENDPOINTS.values() for path in (row.path, *row.older)}
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only compared with


class Doorman:
    """ASGI middleware: request id, host check, key, rate, faults, log."""

    def __init__(self, app: App, engine: Engine) -> None:
        self.app = app
        self.engine = engine

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith("/_control"):
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith("http://"):
            # The whole address instead of the path, as to a proxy: RFC 9112, 3.2.2.
            scope["path"] = "/" + scope["path"].removeprefix("http://").partition("/")[2]
        started = time.monotonic()
        visit = _visit(scope)
        scope["visit"] = visit
        self.engine.requests.append(visit)
        try:
            with self.engine.rest.disturbed():
                await self._serve(scope, _counting(receive, visit), _signed(send, visit), visit)
        finally:
            visit.ended = True
            took_ms = round((time.monotonic() - started) * 1000)
            LOG.info(
                "%s %s %s %d units %d ms %s",
                visit.method, _asked(scope), visit.status or "closed", visit.units, took_ms, visit.how or visit.fault,
            )  # fmt: skip

    async def _serve(self, scope: Any, receive: Receive, send: Send, visit: Visit) -> None:
        fault = self.engine.faults.take(visit.endpoint)
        if fault is not None:
            visit.fault = fault.fault
            if fault.fault in PICTURE_FAULTS:
                visit.picture_fault = fault
            else:
                await Wire(fault, self._checked, scope, receive, send).play()
                return
        await self._checked(scope, receive, send)

    async def _checked(self, scope: Any, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope["visit"], dict(scope["headers"]).get(b"authorization", b"").decode("latin-1"))
        except Refusal as refusal:
            await refused(refusal)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to be told
        except Exception as trouble:
            # Such as a data folder that is gone: told in the shape of every refusal, as long as nothing was told.
            LOG.exception("the engine failed at %s", _asked(scope))
            if scope["visit"].status:
                raise
            await refused(Refusal("broken", why=f"{type(trouble).__name__}: {trouble}"))(scope, receive, send)

    def _admit(self, visit: Visit, authorization: str) -> None:
        """Host, key and rate; in this order. Raises `Refusal`."""
        settings = self.engine.settings
        # A page of the web could reach this server under a name of its own (DNS rebinding).
        if settings.host not in _EVERYWHERE and _name(visit.host) not in (*LOOPBACK, settings.host.lower()):
            raise Refusal("foreign_host", value=visit.host)
        if not visit.path.startswith("/v1/"):
            return
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip() or (settings.token and not _same(key, settings.token)):
            raise Refusal("unauthorized")
        if settings.rate and not self.engine.store.allow_request(visit.authorization, settings.rate):
            raise Refusal("rate")


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same(key: str, token: str) -> bool:
    return hmac.compare_digest(key.strip().encode(), token.encode())


def _asked(scope: Any) -> str:
    """The path as it was written: decoded, it could hold a line end and write lines of its own into the log."""
    return str(scope.get("raw_path", b"").decode("ascii", "replace")) or "-"


def _visit(scope: Any) -> Visit:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path = scope["path"]
    header = headers.get("authorization", "")
    return Visit(
        scope["method"], path, "results" if path.startswith("/results/") else _BY_PATH.get(path, path),
        content_type=headers.get("content-type", "").split(";")[0], host=headers.get("host", ""),
        authorization=hashlib.sha256(header.encode()).hexdigest() if header else "",
    )  # fmt: skip


def _counting(receive: Receive, visit: Visit) -> Receive:
    async def counted() -> Any:
        message = await receive()
        visit.received += len(message.get("body", b""))
        return message

    return counted


def _signed(send: Send, visit: Visit) -> Send:
    async def signed(message: Message) -> None:
        if message["type"] == "http.response.start":
            visit.status = message["status"]
            head = (b"x-recraft-requestid", visit.request_id.encode())
            message = {**message, "headers": [*message["headers"], head]}
        await send(message)

    return signed
