"""Send a call, retry what is safe, fetch the results.

What is retried (the API has no idempotency key, so a call that may have arrived is never sent twice on its own):
a connection that failed before the first byte of the body, status 429 (for two minutes), and failures of reads. A
paid call that broke off later ends in `Unanswered`, which tells the user that units may have been charged.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from .. import keys, redaction
from ..shared import __version__
from ..shared.contract import BASE_URL, ENDPOINTS
from ..shared.errors import BadAnswer, BadOption, RecraftError, Refused, TooFast, Unanswered, Unreachable
from ..shared.i18n import join, say
from ..shared.validation import LOOPBACK, Address, address
from . import results, transport
from .answers import hushed, uncharged, without
from .auth import KeyFor
from .pacing import PATIENCE_S, Turns, pause_after, pause_before
from .transport import Response, Session
from .wire import Answer, Body, Call, Made, Raw, decode, encode

if TYPE_CHECKING:
    from .warm import Lease

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Called with a phase (waiting, sending, working, receiving) and the share of it that is done, 0 to 1."""

Received = Callable[[Raw], None]
"""Handed an answer that is paid for as it came, before anything in it is read."""

_T = TypeVar("_T")
_ATTEMPTS = 4
_STEP_S = 0.25  # after which whoever wants to stop is heard
_HOPS = 4
# A moment in which a store that does not have a result yet may come by it.
_NOT_YET_S = 3.0
# An answer with six large pictures as base64 stays below this; anything larger is not an answer.
MAX_ANSWER_BYTES = 160 << 20
MAX_PICTURE_BYTES = 128 << 20
_MAX_REFUSAL_BYTES = 64 << 10
# What the embedded engine is asked with, which takes any key.
_NO_KEYS = ("", "offline")
_AGENT = {"User-Agent": f"recraft-canvas/{__version__}"}


class Client:
    """One service and one key. Keeps a connection open between calls; safe for one thread at a time.

    `connect_s` is the time-out for a connection and each part sent, `read_s` that for a whole answer, in seconds; a
    picture can take minutes. `free` when nothing is paid to whoever answers. `proxy` is a URL, empty for the one of the
    environment or the system. `pacer` gives out the turns of requests, None for at once. `lease` is let go of by
    `close`. `billing` names the pool of units that pays. `sleep` is how the client waits between attempts. Raises
    KeyTrouble when `key` cannot be one.
    """

    def __init__(
        self,
        key: str,
        base_url: str = BASE_URL,
        *,
        proxy: str = "",
        connect_s: float = 10,
        read_s: float = 300,
        free: bool = False,
        pacer: Turns | None = None,
        billing: str = "",
        lease: Lease | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        key = key if key in _NO_KEYS else keys.accepted(key)
        self.base_url = checked_address(base_url)
        self._timeout = (connect_s, read_s)
        self._free = free
        self._pacer = pacer
        self._query = f"?billing={billing}" if billing else ""
        self._lease = lease
        self._sleep = sleep
        self._secrets = () if key in _NO_KEYS else (key,)
        self._session = _session(read_s, proxy, free=free, local=self.local)
        self._with_key = KeyFor(key, self.base_url)
        self._without_key = KeyFor("", self.base_url)

    @property
    def local(self) -> bool:
        """True when the service runs on this computer."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    def close(self) -> None:
        """Close the kept connection, and let go of the engine where it was borrowed."""
        self._session.close()
        if self._lease:
            self._lease.close()

    def send(
        self,
        call: Call,
        *,
        progress: Progress = lambda _phase, _share: None,
        received: Received = lambda _raw: None,
    ) -> Answer:
        """Send `call` and read the answer. Raises the errors of `errors`; see the module for what is retried.

        `received` is handed an answer that is paid for as it came, before anything in it is read.
        """
        body = encode(call)

        def once_more(trouble: RecraftError) -> bool:
            if not _may_repeat(call, body, trouble):
                return False
            # Nothing is on its way any more: whoever wants to stop can do so before the wait.
            progress("sending", 0.0)
            return True

        left = PATIENCE_S
        for attempt in itertools.count():
            self._turn(call.pictures, progress)
            try:
                return self._repeating(lambda: self._once(call, body, progress, received), once_more)
            except TooFast as trouble:
                pause = pause_before(attempt, trouble.retry_after_s, left)
                if pause is None:
                    raise
                log.info("the service is asked too often; waiting %.1f s", pause)
                if self._pacer:
                    self._pacer.hold(pause, call.pictures)
                self._wait(pause, progress)
                left -= pause
        raise AssertionError("counted to the end")

    def _turn(self, pictures: int, progress: Progress) -> None:
        """Wait for the turn of a request that makes so many pictures."""
        self._wait(self._pacer.take(pictures) if self._pacer else 0.0, progress)

    def _wait(self, seconds: float, progress: Progress) -> None:
        """Wait, and tell so; whoever wants to stop is heard."""
        left, until = seconds, time.monotonic() + seconds
        while left > 0:
            progress("waiting", 1 - left / seconds)
            self._sleep(min(_STEP_S, left))
            # Each step of a long wait ends a little late; all of them together would be seconds.
            left = min(left - _STEP_S, until - time.monotonic())

    def fetch(self, picture: Made, *, progress: Progress = lambda _phase, _share: None) -> bytes:
        """The bytes of one result, fetched without the key when the answer gave an address."""
        if picture.data:
            return picture.data

        def download() -> bytes:
            # Reading a result again costs nothing.
            return self._repeating(
                lambda: self._download(picture.url, progress), lambda trouble: not isinstance(trouble, BadAnswer)
            )

        try:
            return download()
        except Refused:
            # What was made a moment ago may not have reached every store.
            self._sleep(_NOT_YET_S)
            return download()

    def _repeating(self, action: Callable[[], _T], may_repeat: Callable[[RecraftError], bool]) -> _T:
        for attempt in range(1, _ATTEMPTS):
            try:
                return action()
            except Unreachable as trouble:
                if not may_repeat(trouble):
                    raise
                self._sleep(pause_after(attempt))
        return action()

    def _once(self, call: Call, body: Body | None, progress: Progress, received: Received) -> Answer:
        *newer, oldest = call.paths
        for path in newer:
            try:
                return self._at(path, call, body, progress, received)
            except Refused as error:
                # The front layer's 404, which has no code: nothing was begun, and an older service knows an older name.
                if error.status != HTTPStatus.NOT_FOUND or error.code:
                    raise
        return self._at(oldest, call, body, progress, received)

    def _at(self, path: str, call: Call, body: Body | None, progress: Progress, received: Received) -> Answer:
        paid = call.units > 0 and not self._free
        try:
            with self._asked(path, call, body, progress) as response:
                if response.is_redirect:
                    raise self._redirected(response)
                raw, broken = self._read(response, progress, charged=paid)
        except self._session.troubles as trouble:
            raise self._broken(trouble, body, paid=paid) from trouble
        if call.units and 200 <= raw.status < 300:
            received(raw)
        try:
            answer = decode(call, raw.status, raw.headers, raw.body, free=self._free)
        except RecraftError as error:
            if broken is not None and 200 <= raw.status < 300:
                raise self._broken(broken, body, paid=paid) from broken
            raise without(uncharged(error) if self._free else error, self._secrets) from None
        return hushed(answer, self._secrets)

    def _asked(self, path: str, call: Call, body: Body | None, progress: Progress) -> AbstractContextManager[Response]:
        return self._session.ask(
            call.row.method,
            self.base_url + path + (self._query if call.endpoint in ENDPOINTS else ""),
            data=_Counted(body, progress) if body else None,
            headers={**_AGENT, "Content-Type": body.media_type} if body else _AGENT,
            auth=self._with_key,
            timeout=self._timeout,
        )

    def _read(self, response: Response, progress: Progress, *, charged: bool) -> tuple[Raw, Exception | None]:
        """The answer without the key in it, and what broke it off, if anything did."""
        good = 200 <= response.status_code < 300
        content, broken = b"", None
        try:
            content = _body(response, MAX_ANSWER_BYTES if good else _MAX_REFUSAL_BYTES, progress, charged=charged)
        except transport.BrokenOff as trouble:
            content, broken = trouble.body, trouble
        headers = {name: redaction.redact_known(value, self._secrets) for name, value in _lower(response).items()}
        clean = redaction.redact_bytes(content, self._secrets)
        return Raw(response.status_code, headers, clean, whole=broken is None), broken

    def _download(self, url: str, progress: Progress) -> bytes:
        troubles: tuple[type[Exception], ...] = (*self._session.troubles, transport.BrokenOff)
        url = results.spelled(url, self.base_url)
        for _ in range(_HOPS):
            self._check_result_address(url)
            try:
                with self._session.ask(
                    "GET", url, headers=_AGENT, auth=self._without_key, timeout=self._timeout
                ) as response:
                    if not response.is_redirect:
                        return results.checked(response, _picture(response, progress))
                    url = results.onwards(url, response.headers.get("Location", ""))
            except troubles as trouble:
                raise results.cut_off(url) from trouble
        raise BadAnswer("The result's address redirects in a loop.", remedy="Fetch it again later.", charged=True)

    def _check_result_address(self, url: str) -> None:
        """Results come over https, or from the very computer the service runs on."""
        parts = address(url)
        here = parts is not None and self.local and parts.hostname in LOOPBACK and parts.scheme == "http"
        known = any(spelled in url for secret in self._secrets for spelled in (secret, quote(secret, safe="")))
        if (here or (parts is not None and parts.scheme == "https")) and not known:
            return
        shown = redaction.redact(url, self._secrets)[:80]
        raise BadAnswer(
            say("The service gave an address for its result that is not safe to open: {shown}", shown=shown),
            remedy="Report it to the service; nothing was opened.",
            charged=True,
        )

    def _redirected(self, response: Response) -> RecraftError:
        parts = address(response.headers.get("Location", ""))
        target = parts.hostname if parts else say("another address")
        return BadAnswer(
            say(
                "The service redirected to {target}, but the key is sent to {host} only.",
                target=target,
                host=urlsplit(self.base_url).hostname,
            ),
            remedy="Check the base URL in the settings; a sign-in page of the network may be in between.",
            status=response.status_code,
        )

    def _broken(self, trouble: Exception, body: Body | None, *, paid: bool) -> RecraftError:
        host = urlsplit(self.base_url).netloc
        if paid and (body is None or body.complete):
            return Unanswered(
                say("{host} took the request but did not answer it in full.", host=host),
                remedy="It may have been carried out and charged: look at the balance before you try again.",
                charged=True,
            )
        if self._free:
            return Unreachable(
                say("{host} did not answer in full.", host=host), remedy="On this computer it is free: try again."
            )
        from .unreachable import TROUBLES

        # Not a byte had gone, or not all of them: whoever listens cannot have begun.
        for kind, what, remedy in TROUBLES:
            if isinstance(trouble, kind):
                return Unreachable(
                    say(what, host=host),
                    remedy=join(remedy, "Nothing was charged."),
                )
        return Unreachable(
            say("{host} cannot be reached.", host=host), remedy="Check the network. Nothing was charged."
        )


def _session(read_s: float, proxy: str, *, free: bool, local: bool) -> Session:
    # Each is loaded where it is the way: `requests` costs as much as the rest of a small click.
    if free:
        from . import nearby

        return nearby.Session(read_s)
    from . import online

    return online.session(read_s, proxy=proxy, local=local)


class _Counted:
    """The body as requests streams it, reporting how much has gone out."""

    def __init__(self, body: Body, progress: Progress) -> None:
        self._body = body
        self._progress = progress

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Any:
        for part in self._body:
            self._progress("sending", self._body.sent / len(self._body))
            yield part
        self._progress("working", 0.0)


def checked_address(base_url: str) -> str:
    """The base URL without a closing slash. It must be https, or http on this computer."""
    try:
        return Address(("https",), safe=True).read(base_url)
    except ValueError:
        raise BadOption(
            say("The base URL “{address}” would send the key unprotected or nowhere.", address=base_url),
            remedy=say("Use https, such as {address}, or http on 127.0.0.1.", address=BASE_URL),
            option="base_url",
        ) from None


def _may_repeat(call: Call, body: Body | None, trouble: RecraftError) -> bool:
    from .unreachable import HOPELESS

    if isinstance(trouble, (Unanswered, BadAnswer)) or isinstance(trouble.__cause__, HOPELESS):
        return False
    if call.row.method == "GET":
        return True
    return trouble.status == 0 and body is not None and body.sent == 0


def _picture(response: Response, progress: Progress) -> bytes:
    """The body of a result. One that broke off behind the end of its picture is whole. Raises as `_body` does."""
    most = MAX_PICTURE_BYTES if results.is_good(response) else _MAX_REFUSAL_BYTES
    try:
        return _body(response, most, progress, charged=True)
    except transport.BrokenOff as broken:
        if not results.has_end(broken.body):
            raise
        return broken.body


def _body(response: Response, most: int, progress: Progress, *, charged: bool) -> bytes:
    """The whole body, at most `most` bytes. Raises BadAnswer beyond that (a refusal is cut), and BrokenOff."""
    header = response.headers.get("Content-Length", "")
    length = int(header) if header.isdecimal() and len(header) < 16 else 0
    parts, size = [], 0
    try:
        for part in transport.parts(response, most):
            parts.append(part)
            size += len(part)
            progress("receiving", min(1.0, size / length) if length else 0.0)
    except transport.TooLarge:
        if most <= _MAX_REFUSAL_BYTES:
            return b"".join(parts)
        raise BadAnswer(
            say("The answer is larger than {most} MB.", most=most >> 20),
            remedy="That cannot be a picture we asked for; look at the balance before you try again.",
            charged=charged,
        ) from None
    if size < length and "Content-Encoding" not in response.headers:
        raise transport.BrokenOff(b"".join(parts))
    return b"".join(parts)


def _lower(response: Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
