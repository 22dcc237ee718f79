"""How long a connection may take: one that drips its request or leaves its answer unread does not hold us for ever."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 15\r\n\r\nrequest timeout"
_NOTHING_SAID = (h11.IDLE, h11.SEND_RESPONSE)


class Connection(H11Protocol):
    """h11 whose connections are timed, and whose requests know theirs (scope["state"]["transport"]).

    `head_s` is how long a request's headers may take, `body_s` its body (64 MB at 5 Mbit/s), `read_s` how long an
    answer may lie unread. Time in which we ourselves do not read, since there is no room, is not counted.
    """

    head_s, body_s, read_s = 15.0, 120.0, 60.0

    _left: TimerHandle | None = None
    _unread: TimerHandle | None = None
    _awaited: Any = None  # the state of the other end that we wait to be over

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first headers."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting where the request is not whole."""
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        """What came behind the request may be a part of the next one."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        self._stop()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The other end does not take what it has asked for."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(self.read_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _wait(self) -> None:
        state = self.conn.their_state
        if state is self._awaited or self.transport.is_closing():
            return
        self._stop()
        if state in (h11.IDLE, h11.SEND_BODY):
            self._awaited = state
            self._left = self.loop.call_later(self.head_s if state is h11.IDLE else self.body_s, self._late)

    def _stop(self) -> None:
        self._awaited = None
        if self._left is not None:
            self._left.cancel()
            self._left = None

    def _late(self) -> None:
        self._stop()
        if self.flow.read_paused:
            self._wait()
            return
        if self.conn.our_state in _NOTHING_SAID:
            self.transport.write(_LATE)
        self.transport.close()
