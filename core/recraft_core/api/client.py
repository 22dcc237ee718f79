"""Send a call, retry what is safe, fetch the results.

What is retried (the API has no idempotency key, so a call that may have arrived is never sent twice on its own):
a connection that failed before the first byte of the body, status 429, and failures of reads. A paid call that
broke off later ends in `Unanswered`, which tells the user that units may have been charged.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ..shared import __version__
from ..shared.contract import BASE_URL
from ..shared.contract.limits import RESULT_HOURS
from ..shared.errors import BadAnswer, BadOption, RecraftError, Refused, TooFast, Unanswered, Unreachable
from ..shared.validation import LOOPBACK, Address, address
from .wire import Answer, Body, Call, Made, decode, encode

Progress = Callable[[str, float], None]
"""Called with a phase (sending, working, receiving) and the share of it that is done, 0 to 1."""

_T = TypeVar("_T")
_CHUNK = 1 << 20
_ATTEMPTS = 4
_HOPS = 4
# An answer with six pictures of 16 MP as base64 stays below this; anything larger is not an answer.
MAX_ANSWER_BYTES = 400 << 20
MAX_PICTURE_BYTES = 128 << 20


class _SystemCertificates(HTTPAdapter):
    """Trusts what the operating system trusts, and certifi's list (which requests adds) besides."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=_trust(), **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        # Where there is a proxy, certificates of the network's own are the rule.
        return super().proxy_manager_for(proxy, ssl_context=_trust(), **kwargs)


def _trust() -> ssl.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _KeyFor(AuthBase):
    """Adds the key to requests for one origin and to no other; its presence also keeps .netrc out."""

    def __init__(self, key: str, base_url: str) -> None:
        self._key = key
        self._origin = _origin(base_url)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.pop("Authorization", None)
        if self._key and _origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _origin(url: str) -> tuple[str, bytes, int | None]:
    """What tells one server from another, however its name is spelled."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").encode("idna"), parts.port


class Client:
    """One service and one key. Keeps a connection open between calls; safe for one thread at a time.

    `connect_s` and `read_s` are time-outs in seconds; a picture can take minutes. `proxy` is a URL, empty for the
    one of the environment or the system. `sleep` is how the client waits between attempts.
    """

    def __init__(
        self,
        key: str,
        base_url: str = BASE_URL,
        *,
        proxy: str = "",
        connect_s: float = 10,
        read_s: float = 300,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = checked_address(base_url)
        self._timeout = (connect_s, read_s)
        self._sleep = sleep
        self._session = requests.Session()
        self._session.mount("https://", _SystemCertificates(max_retries=0))
        self._session.mount("http://", HTTPAdapter(max_retries=0))
        self._session.headers["User-Agent"] = f"recraft-canvas/{__version__}"
        if self.local:
            # A proxy for everything must not stand between us and this very computer.
            self._session.trust_env = False
        elif proxy:
            self._session.proxies = {"http": proxy, "https": proxy}
        self._with_key = _KeyFor(key, self.base_url)
        self._without_key = _KeyFor("", self.base_url)

    @property
    def local(self) -> bool:
        """True when the service runs on this computer."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    def close(self) -> None:
        """Close the kept connection."""
        self._session.close()

    def send(self, call: Call, *, progress: Progress = lambda _phase, _share: None) -> Answer:
        """Send `call` and read the answer. Raises the errors of `errors`; see the module for what is retried."""
        body = encode(call)

        def once_more(trouble: RecraftError) -> bool:
            if not _may_repeat(call, body, trouble):
                return False
            # Nothing is on its way any more: whoever wants to stop can do so before the wait.
            progress("sending", 0.0)
            return True

        return self._repeating(lambda: self._once(call, body, progress), once_more)

    def fetch(self, made: Made, *, progress: Progress = lambda _phase, _share: None) -> bytes:
        """The bytes of one result, fetched without the key when the answer gave an address."""
        if made.data:
            return made.data
        # Reading a result again costs nothing.
        return self._repeating(
            lambda: self._download(made.url, progress), lambda trouble: not isinstance(trouble, BadAnswer)
        )

    def _repeating(self, action: Callable[[], _T], may_repeat: Callable[[RecraftError], bool]) -> _T:
        for attempt in range(1, _ATTEMPTS):
            try:
                return action()
            except (Unreachable, TooFast) as trouble:
                if not may_repeat(trouble):
                    raise
                self._sleep(_pause(attempt, trouble.retry_after_s))
        return action()

    def _once(self, call: Call, body: Body | None, progress: Progress) -> Answer:
        headers = {"Content-Type": body.media_type} if body else {}
        try:
            with self._session.request(
                call.row.method,
                self.base_url + call.row.path,
                data=_Counted(body, progress) if body else None,
                headers=headers,
                auth=self._with_key,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _read(response, MAX_ANSWER_BYTES, progress)
        except requests.RequestException as trouble:
            raise self._broken(trouble, body, paid=call.units > 0) from trouble
        if response.is_redirect:
            raise self._redirected(response)
        return decode(call, response.status_code, _lower(response), content)

    def _download(self, url: str, progress: Progress) -> bytes:
        for _ in range(_HOPS):
            self._check_result_address(url)
            try:
                with self._session.get(
                    url, auth=self._without_key, timeout=self._timeout, allow_redirects=False, stream=True
                ) as response:
                    content = _read(response, MAX_PICTURE_BYTES, progress)
            except requests.RequestException as trouble:
                raise _cut_off(url) from trouble
            if not response.is_redirect:
                return _checked_result(response, content)
            url = urljoin(url, response.headers["Location"])
        raise BadAnswer("The address of the result leads in circles.", remedy="Fetch it again later.", charged=True)

    def _check_result_address(self, url: str) -> None:
        """Results come over https, or from the very computer the service runs on."""
        parts = address(url)
        here = parts is not None and self.local and parts.hostname in LOOPBACK and parts.scheme == "http"
        if here or (parts is not None and parts.scheme == "https"):
            return
        raise BadAnswer(
            f"The service gave an address for its result that is not safe to open: {url[:80]}",
            remedy="Report it to the service; nothing was opened.",
            charged=True,
        )

    def _redirected(self, response: requests.Response) -> RecraftError:
        parts = address(response.headers.get("Location", ""))
        target = parts.hostname if parts else "another address"
        return BadAnswer(
            f"The service sent us on to {target}, and the key goes to {urlsplit(self.base_url).hostname} only.",
            remedy="Check the base URL in the settings; a sign-in page of the network may be in between.",
            status=response.status_code,
        )

    def _broken(self, trouble: requests.RequestException, body: Body | None, *, paid: bool) -> RecraftError:
        host = urlsplit(self.base_url).netloc
        if paid and (body is None or body.complete):
            return Unanswered(
                f"{host} took the request but did not answer it in full.",
                remedy="It may have been carried out and charged: look at the balance before you try again.",
                charged=True,
            )
        for kind, what, remedy in _TROUBLES:
            if isinstance(trouble, kind):
                return Unreachable(f"{host} {what}.", remedy=f"{remedy} Nothing was charged.")
        return Unreachable(f"{host} cannot be reached.", remedy="Check the network. Nothing was charged.")


_TROUBLES: tuple[tuple[type[Exception], str, str], ...] = (
    (requests.exceptions.ProxyError, "cannot be reached through the proxy", "Check the proxy in the settings."),
    (
        requests.exceptions.SSLError,
        "showed a certificate that this computer does not trust",
        "Check the clock and the network; some networks put their own certificate in between.",
    ),
    (requests.exceptions.ConnectTimeout, "did not pick up in time", "Check the network and try again."),
    (requests.exceptions.ReadTimeout, "did not answer in time", "Try again."),
    # requests speaks SOCKS only with a package that nothing here needs.
    (
        requests.exceptions.InvalidSchema,
        "cannot be reached through a SOCKS proxy",
        'Install what it needs with: pip install "recraft-canvas[socks]", or use an HTTP proxy.',
    ),
    (requests.exceptions.InvalidURL, "is not an address", "Check the base URL in the settings."),
)
# What is no better a few seconds later.
_HOPELESS = (requests.exceptions.SSLError, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)


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
            f"The base URL “{base_url}” would send the key unprotected or nowhere.",
            remedy=f"Use https, such as {BASE_URL}, or http on 127.0.0.1.",
            option="base_url",
        ) from None


def _cut_off(url: str) -> RecraftError:
    """The error when a result, paid for by then, did not arrive."""
    return Unreachable(
        f"The result could not be fetched from {urlsplit(url).netloc}.",
        remedy="It is paid for and kept there for about a day: fetch it again from the history.",
        charged=True,
    )


def _checked_result(response: requests.Response, content: bytes) -> bytes:
    """The content of a fetched result; the error that fits when it is none."""
    if response.status_code in {403, 404, 410}:
        raise Refused(
            "The service no longer has this result.",
            remedy=f"Results are kept for about {RESULT_HOURS} hours; what was placed or filed before is yours.",
            status=response.status_code,
        )
    if response.status_code != requests.codes.ok:
        raise Unreachable(
            f"The result could not be fetched (status {response.status_code}).",
            remedy="It is paid for and kept there for about a day: fetch it again from the history.",
            status=response.status_code,
            charged=True,
        )
    if "html" in response.headers.get("Content-Type", ""):
        raise BadAnswer(
            "Instead of a picture came a web page.",
            remedy="A proxy or sign-in page may be in between. The result is paid for: fetch it again later.",
            charged=True,
        )
    return content


def _may_repeat(call: Call, body: Body | None, trouble: RecraftError) -> bool:
    if isinstance(trouble, TooFast):
        return True
    if isinstance(trouble, (Unanswered, BadAnswer)) or isinstance(trouble.__cause__, _HOPELESS):
        return False
    if call.row.method == "GET":
        return True
    return trouble.status == 0 and body is not None and body.sent == 0


def _pause(attempt: int, asked: float | None) -> float:
    """Seconds to wait before the next attempt: what the service asked for, else 1, 2, 4 with some jitter."""
    return asked if asked is not None else 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _read(response: requests.Response, most: int, progress: Progress) -> bytes:
    """The whole body, at most `most` bytes; raises BadAnswer beyond that, before it fills the memory."""
    told = response.headers.get("Content-Length", "")
    length = int(told) if told.isdecimal() else 0
    parts, size = [], 0
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > most:
            raise BadAnswer(
                f"The answer is larger than {most >> 20} MB.",
                remedy="That cannot be a picture we asked for; look at the balance before you try again.",
                charged=True,
            )
        progress("receiving", min(1.0, size / length) if length else 0.0)
    if length and size < length and "Content-Encoding" not in response.headers:
        raise requests.ConnectionError(f"{size} of {length} bytes arrived")
    return b"".join(parts)


def _lower(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
