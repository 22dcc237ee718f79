"""Which service answers: Recraft with the user's key, or the embedded engine without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import keys, paths, settings
from ..shared.contract import BASE_URL
from ..shared.errors import KeyTrouble
from . import embedded
from .client import Client
from .pacing import Pacer, Turns


@dataclass(frozen=True)
class Connection:
    """Where requests go: `offline` to the embedded engine, else to `base_url` with the key.

    `timeout_s` is how long an answer is waited for, `connect_s` how long for a connection and each part sent. `pace` is
    how many requests go out in a second and how many pictures in a minute at most; (0, 0) for no limit.
    """

    key: str = field(repr=False)
    base_url: str
    proxy: str = ""
    offline: bool = False
    timeout_s: float = 300
    connect_s: float = 10
    pace: tuple[int, int] = (0, 0)

    def open(self, *, sleep: Callable[[float], None] = time.sleep, pacer: Turns | None = None) -> Client:
        """A client for it; the embedded engine is started when it is needed. `sleep` waits between attempts.

        `pacer` gives out the turns, that of this user's processes when None.
        """
        base_url = self.base_url
        if self.offline:
            # Made here, so that a folder nobody may write to is not taken for an engine that is out of order.
            folder = paths.make_folder(paths.here().data / "engine", private=True)
            base_url = embedded.shared(folder).base_url
        patience: dict[str, Any] = {"connect_s": self.connect_s, "read_s": self.timeout_s}
        paced = all(self.pace) and not self.offline
        pacer = (pacer or Pacer(paths.here().history, *self.pace)) if paced else None
        return Client(self.key, base_url, proxy=self.proxy, free=self.offline, pacer=pacer, sleep=sleep, **patience)


def choose(
    *, key: str | None = None, base_url: str | None = None, local: bool = False, proxy: str = ""
) -> Connection:
    """The service in use; nothing is started or asked.

    What is given here wins over the settings. With a base URL but no key the service is asked without one, and says
    so itself. Raises KeyTrouble when the settings insist on Recraft and there is no key.
    """
    chosen, _ = settings.read()
    proxy, patience = proxy or chosen.proxy or "", float(chosen.timeout_s)
    pace = (chosen.requests_per_second, chosen.pictures_per_minute)
    if local or (chosen.engine == "local" and not base_url):
        return Connection("offline", "", offline=True, timeout_s=patience)
    found = keys.accepted(key) if key is not None and key.strip() else _stored_key()
    if base_url:
        return Connection(found or "offline", base_url, proxy, timeout_s=patience, pace=pace)
    if found:
        return Connection(found, chosen.base_url or BASE_URL, proxy, timeout_s=patience, pace=pace)
    if chosen.engine == "service":
        raise KeyTrouble("There is no API key.", remedy="Add one with: recraft key set, or choose the engine “auto”.")
    return Connection("offline", "", offline=True, timeout_s=patience)


def for_results() -> Connection:
    """How results that are paid for are fetched. That takes no key, so it goes on when the key is gone."""
    chosen, _ = settings.read()
    return Connection("", chosen.base_url or BASE_URL, chosen.proxy or "", timeout_s=float(chosen.timeout_s))


def _stored_key() -> str:
    found = keys.find()
    return found.value if found else ""


def offline(*, key: str | None = None, base_url: str | None = None, local: bool = False) -> bool:
    """True when `choose` with the same arguments takes the embedded engine; nothing is started."""
    try:
        return choose(key=key, base_url=base_url, local=local).offline
    except KeyTrouble:
        return False
