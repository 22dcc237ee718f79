"""One embedded engine for all doors of a user: found, or started for everybody; it ends when nobody has asked for long.

A file that only the user may read tells where it is, and a token. Before anything else is said both ends show that they
know the token (HMAC over a number used once), so that neither another user nor whatever took over the port of an engine
that has died comes into it. The connection on which that was said stays open as long as the engine is needed: a process
that crashes lets go of it as well, and no engine ends under a script that pauses.

The file is named after the code that started it. After an update nobody finds the old engine, which ends by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import logging
import os
import secrets
import sys
import sysconfig
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .. import locks, paths
from ..shared import __version__
from . import embedded

log = logging.getLogger(__name__)

_LEASE, _STOP = "/_engine/lease", "/_engine/stop"
_HOUSES = ("recraft_core", "recraft_local")
_PATIENCE_S = 20.0  # an engine may be at work on a large picture
_NONCE, _PROOF = "x-recraft-nonce", "x-recraft-proof"


@dataclass(frozen=True)
class Place:
    """Where a shared engine answers. `pid` is its process, `since` when it was started, in s since 1970."""

    base_url: str
    token: str = field(repr=False)
    pid: int = 0
    version: str = ""
    since: float = 0.0


class Lease:
    """The use of an engine, until `close`. Requests go to `base_url` with `token` as their key."""

    def __init__(self, place: Place, connection: http.client.HTTPConnection) -> None:
        self.base_url, self.token = place.base_url, place.token
        self._connection = connection

    def close(self) -> None:
        """The engine is not needed any more."""
        self._connection.close()

    def __del__(self) -> None:
        self.close()  # a script does not close its Studio


def lease(folder: Path, idle_s: float) -> Lease:
    """The engine of the user for the data in `folder`; started where there is none, to end after `idle_s` s of rest.

    Raises EngineTrouble when it does not start, OSError or sqlite3.Error when `folder` cannot be used for this.
    """
    file = folder / f"shared-{_stamp()}.json"
    return _found(file) or _started(file, idle_s)


def running(folder: Path) -> list[Place]:
    """The shared engines that answer now, of any version; what tells of others is removed."""
    engines = []
    for file in sorted(folder.glob("shared-*.json")):
        place, held = _read(file), _found(file)
        if place is not None and held is not None:
            held.close()
            engines.append(place)
        else:
            with contextlib.suppress(OSError):
                file.unlink()
    return engines


def stop(folder: Path) -> list[Place]:
    """End them; those that were running. What one is at work on is finished first, for a few seconds."""
    ended = running(folder)
    for place in ended:
        with contextlib.suppress(OSError, http.client.HTTPException):
            _asked(place, "POST", _STOP)[0].close()
    return ended


def _started(file: Path, idle_s: float) -> Lease:
    """Start one, unless another process does so at this moment."""
    with locks.alone(file.with_suffix(".lock"), embedded.START_S):
        held = _found(file)
        if held is not None:
            return held
        running(file.parent)
        process = embedded.Engine(file.parent, idle_s=idle_s)
        place = Place(process.base_url, process.token, process.pid, __version__, process.since)
        paths.write(file, json.dumps(asdict(place)).encode(), private=True)
        return _held(place)


def _found(file: Path) -> Lease | None:
    """The engine that `file` tells of; None when there is none or it is not what answers there."""
    place = _read(file)
    try:
        return _held(place) if place else None
    except (OSError, http.client.HTTPException) as trouble:
        log.info("the shared engine of process %d is gone: %s", place.pid if place else 0, trouble)
        return None


def _read(file: Path) -> Place | None:
    try:
        data = json.loads(paths.whole(file))
        place = Place(str(data["base_url"]), str(data["token"]), int(data["pid"]), str(data["version"]), data["since"])
        # Raises ValueError for what is no port.
        return place if urlsplit(place.base_url).port else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _held(place: Place) -> Lease:
    connection, nonce, response = _asked(place, "GET", _LEASE)
    shown = response.getheader(_PROOF) or ""
    if response.status != 200 or not hmac.compare_digest(shown.encode(), _proof(place.token, "engine", nonce).encode()):
        connection.close()
        raise http.client.HTTPException("what answers is not it")
    return Lease(place, connection)


def _asked(place: Place, method: str, path: str) -> tuple[http.client.HTTPConnection, str, http.client.HTTPResponse]:
    parts = urlsplit(place.base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_S)
    nonce = secrets.token_hex(16)
    try:
        connection.request(method, path, headers={_NONCE: nonce, _PROOF: _proof(place.token, "user", nonce)})
        return connection, nonce, connection.getresponse()
    except BaseException:
        connection.close()
        raise


def _proof(token: str, who: str, nonce: str) -> str:
    """What only somebody who knows the token can say, as `who`, "user" or "engine"."""
    return hmac.new(token.encode(), f"{who} {nonce}".encode(), hashlib.sha256).hexdigest()


def _stamp() -> str:
    """What tells one installation, and one state of it, from another: its version, its files, its packages."""
    house = Path(__file__).parents[2]
    folders = [house / name for name in _HOUSES if (house / name).is_dir()]
    newest = max((_newest(folder) for folder in folders), default=0)
    packages = Path(sysconfig.get_path("purelib") or sys.prefix)
    about = (__version__, sys.executable, str(house), newest, _written(packages), _written(Path(sys.executable)))
    return hashlib.sha256(repr(about).encode()).hexdigest()[:12]


def _newest(folder: Path) -> int:
    newest = 0
    with os.scandir(folder) as rows:
        for row in rows:
            if row.is_dir() and row.name != "__pycache__":
                newest = max(newest, _newest(Path(row.path)))
            elif row.name.endswith(".py"):
                newest = max(newest, row.stat().st_mtime_ns)
    return newest


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
