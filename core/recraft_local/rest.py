"""Whether anybody needs the engine still: an engine that a user's programs share ends after a while of rest."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .faults import Receive, Send
from .rules import Refusal

_TICKS = 20  # looks in the time of rest
_LONGEST_S = 5.0


class Rest:
    """What is asked at this moment, and since when nothing is. `end` stops the server; `over` once that is decided."""

    def __init__(self) -> None:
        self._asked = 0
        self._since = time.monotonic()
        self.over = False
        self.end: Callable[[], None] = lambda: None
        self.ending = asyncio.Event()

    @contextmanager
    def disturbed(self) -> Iterator[None]:
        """While somebody asks."""
        self._asked += 1
        try:
            yield
        finally:
            self._asked -= 1
            self._since = time.monotonic()

    @property
    def rested_s(self) -> float:
        """For how long nobody has asked."""
        return 0.0 if self._asked else time.monotonic() - self._since

    def watch(self, idle_s: float, data: str) -> None:
        """End the server after `idle_s` s of rest, or when its folder `data` is gone."""

        def ends() -> bool:
            return self.rested_s >= idle_s or bool(data and not Path(data).is_dir())

        def look() -> None:
            while not self.over:
                time.sleep(min(_LONGEST_S, idle_s / _TICKS))
                # Who comes at this moment sees that it is over, or is seen: nobody is let in and then left alone.
                self.over = ends()
                self.over = self.over and ends()
            self.end()

        threading.Thread(target=look, name="recraft_local rest", daemon=True).start()


class _Leased(Response):
    """An answer that lasts as long as who asked holds on to it."""

    def __init__(self, ending: asyncio.Event, shown: str) -> None:
        super().__init__(headers={"x-recraft-proof": shown})
        self._ending = ending

    async def __call__(self, _scope: object, receive: Receive, send: Send) -> None:
        """Begin, and wait until the other end is gone or the engine ends."""
        head = [one for one in self.raw_headers if one[0] != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        waits = [asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(self._ending.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def routes(rest: Rest, token: str) -> list[Route]:
    """How programs of the user share the engine; who cannot show that he knows the token is refused."""

    def shown(request: Request) -> str:
        """Our own proof, for a proof that is right."""
        nonce = request.headers.get("x-recraft-nonce", "")
        proof = request.headers.get("x-recraft-proof", "")
        if not hmac.compare_digest(proof.encode(), _proof(token, "user", nonce).encode()):
            raise Refusal("unauthorized")
        if rest.over:
            raise Refusal("ending")
        return _proof(token, "engine", nonce)

    async def lease(request: Request) -> Response:
        return _Leased(rest.ending, shown(request))

    async def stop(request: Request) -> Response:
        proof = shown(request)
        rest.over = True
        rest.ending.set()
        rest.end()
        return Response(headers={"x-recraft-proof": proof})

    return [Route("/_engine/lease", lease), Route("/_engine/stop", stop, methods=["POST"])]


def _proof(token: str, who: str, nonce: str) -> str:
    return hmac.new(token.encode(), f"{who} {nonce}".encode(), hashlib.sha256).hexdigest()
