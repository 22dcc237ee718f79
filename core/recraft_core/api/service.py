"""Which service answers: Recraft with the user's key, or the embedded engine without one."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import keys, locks, paths, settings
from ..shared.contract import BASE_URL
from ..shared.errors import KeyTrouble

if TYPE_CHECKING:
    from . import embedded, warm
    from .client import Client
    from .pacing import Turns

log = logging.getLogger(__name__)

ALONE = "RECRAFT_NO_SHARE"  # in the environment: as --no-share with every command


@dataclass(frozen=True)
class Connection:
    """Where requests go: `offline` to the embedded engine, else to `base_url` with the key.

    `timeout_s` is how long an answer is waited for, `connect_s` how long for a connection and each part sent. `pace` is
    how many requests go out in a second and how many pictures in a minute at most; (0, 0) for no limit. `keep_s`
    is how long the embedded engine stays for the next who needs it, 0 for an engine of this process's own. `billing` is
    the pool of units that pays, "" for the service's choice.
    """

    key: str = field(repr=False)
    base_url: str
    proxy: str = ""
    offline: bool = False
    timeout_s: float = 300
    connect_s: float = 10
    pace: tuple[int, int] = (0, 0)
    billing: str = ""
    keep_s: float = 0

    def open(self, *, sleep: Callable[[float], None] = time.sleep, pacer: Turns | None = None) -> Client:
        """A client for it; the embedded engine is started when it is needed. `sleep` waits between attempts.

        `pacer` gives out the turns, that of this user's processes when None.
        """
        from .client import Client
        from .pacing import Pacer

        key, base_url, lease = self.key, self.base_url, None
        if self.offline:
            engine, lease = self._engine()
            key, base_url = engine.token, engine.base_url
        patience: dict[str, Any] = {"connect_s": self.connect_s, "read_s": self.timeout_s}
        paced = all(self.pace) and not self.offline
        turns = (pacer or Pacer(paths.here().history, *self.pace)) if paced else None
        patience["billing"] = "" if self.offline else self.billing
        more: dict[str, Any] = {"free": self.offline, "pacer": turns, "lease": lease, "sleep": sleep}
        return Client(key, base_url, proxy=self.proxy, **more, **patience)

    def _engine(self) -> tuple[warm.Lease | embedded.Engine, warm.Lease | None]:
        """The embedded engine, and what is to be given back when it is one that is shared."""
        from . import embedded, warm

        # Made here, so that a folder nobody may write to is not taken for an engine that is out of order.
        folder = paths.make_folder(engine_folder(), private=True)
        if self.keep_s:
            try:
                lease = warm.lease(folder, self.keep_s)
                return lease, lease  # noqa: TRY300
            except (OSError, sqlite3.Error) as trouble:  # such as a file system without locks
                log.warning("no engine can be shared in %s: %s", folder, trouble)
        # Where nothing can be locked the engine keeps what it knows for as long as it runs.
        return embedded.shared(folder if locks.work(folder) else None), None


def engine_folder() -> Path:
    """Where the embedded engine keeps what it knows, once it was started."""
    return paths.here().data / "engine"


def choose(
    *, key: str | None = None, base_url: str | None = None, local: bool = False, proxy: str = "", share: bool = True
) -> Connection:
    """The service in use; nothing is started or asked.

    What is given here wins over the settings; without `share` the embedded engine is one of this process's own. With a
    base URL but no key the service is asked without one, and says so itself. Raises KeyTrouble when the settings insist
    on Recraft and there is no key.
    """
    chosen, _ = settings.read()
    proxy, patience = proxy or chosen.proxy or "", float(chosen.timeout_s)
    pace, pool = (chosen.requests_per_second, chosen.pictures_per_minute), chosen.billing or ""
    here = Connection("offline", "", offline=True, timeout_s=patience, keep_s=_kept_s(chosen) if share else 0)
    if local or (chosen.engine == "local" and not base_url):
        return here
    api_key = keys.accepted(key) if key is not None and key.strip() else _stored_key()
    if base_url:
        return Connection(api_key or "offline", base_url, proxy, timeout_s=patience, pace=pace, billing=pool)
    if api_key:
        return Connection(api_key, chosen.base_url or BASE_URL, proxy, timeout_s=patience, pace=pace, billing=pool)
    if chosen.engine == "service":
        raise KeyTrouble("There is no API key.", remedy="Add one with: recraft key set, or choose the engine “auto”.")
    return here


def _kept_s(chosen: settings.Settings) -> float:
    return 0 if os.environ.get(ALONE, "").strip() else chosen.keep_engine_s


def models(connection: Connection) -> list[Mapping[str, Any]]:
    """The models the service names: {"id", "name", "usd"}, the price of a picture as it was told. Costs nothing."""
    from .wire import Call

    with closing(connection.open()) as client:
        return list(client.send(Call("models/list", {})).body["models"])


def for_results() -> Connection:
    """How results that are paid for are fetched. That takes no key, so it goes on when the key is gone."""
    chosen, _ = settings.read()
    return Connection("", chosen.base_url or BASE_URL, chosen.proxy or "", timeout_s=float(chosen.timeout_s))


def _stored_key() -> str:
    key = keys.find()
    return key.value if key else ""


def offline(*, key: str | None = None, base_url: str | None = None, local: bool = False) -> bool:
    """True when `choose` with the same arguments takes the embedded engine; nothing is started."""
    try:
        return choose(key=key, base_url=base_url, local=local).offline
    except KeyTrouble:
        return False
