"""The way to a service on the network: `requests`, with answers that are timed and redirects that are looked at."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import truststore
import urllib3
from requests.adapters import HTTPAdapter

from .auth import KeyFor
from .transport import answering


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
    answer = answering(answer_s)
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


class Session(requests.Session):
    """Requests to a service."""

    troubles: tuple[type[Exception], ...] = (
        requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError,
    )  # fmt: skip

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        auth: KeyFor,
        timeout: tuple[float, float],
        data: Any = None,
    ) -> requests.Response:
        """See `transport.Session`."""
        how: dict[str, Any] = {"auth": auth, "timeout": timeout, "allow_redirects": False, "stream": True}
        return self.request(method, url, data=data, headers=headers, **how)

    def resolve_redirects(self, *_args: Any, **_kwargs: Any) -> Iterator[Any]:
        """Where a redirect leads is for the caller to look at; requests would read its whole body first."""
        return iter(())


def session(answer_s: float, *, proxy: str = "", local: bool = False) -> Session:
    """A session whose answers end after `answer_s` seconds; `local` where nothing stands between us and the service.

    It trusts what the operating system trusts, and certifi's list (which requests adds) besides.
    """
    http_session = Session()
    http_session.mount("https://", _Adapter(answer_s, truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
    http_session.mount("http://", _Adapter(answer_s, None))
    http_session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    # What is packed small unfolds large; pictures are packed already.
    http_session.headers["Accept-Encoding"] = "identity"
    if local:
        # A proxy for everything must not stand between us and this very computer.
        http_session.trust_env = False
    elif proxy:
        http_session.proxies = {"http": proxy, "https": proxy}
    return http_session
