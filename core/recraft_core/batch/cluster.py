"""A Dask cluster as the executor of a batch: any number of computers that see the same files.

Rows travel as names. Dask runs a task again whose worker died, so each request is marked on the scheduler before its
first byte leaves: one that is marked already is never sent twice. Turns are given out on the scheduler, too.
Source: https://distributed.dask.org/en/stable/api.html
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .. import settings
from ..api import pacing
from ..shared.errors import BadOption, EngineTrouble, Unanswered
from ..shared.i18n import say

log = logging.getLogger(__name__)
_INSTALL = 'Install it with: pip install "recraft-canvas[dask]".'


@dataclass(frozen=True)
class DaskGate:
    """Marks on the scheduler which requests of the batch `name` have been sent."""

    name: str

    def took(self, key: str) -> None:
        """Nothing to mark."""

    def filed(self, key: str, entry: str) -> None:
        """Nothing to mark."""

    def sending(self, key: str, number: int) -> None:
        """Mark the request. Raises Unanswered when a worker that died since had marked it."""
        from distributed import Event, get_client

        mark = Event(f"{self.name}/{number}/{key}", client=get_client())
        if mark.is_set():
            raise Unanswered(
                "The worker that had sent this row ended before an answer came.",
                remedy="It may have been charged: look at the balance, then send it again with --retry-doubtful.",
                charged=True,
            )
        mark.set()


@dataclass(frozen=True)
class DaskTurns:
    """One limit for all workers: turns lie on the scheduler and are given out there, by its clock, in one step.

    A scheduler that does not have this package, or runs no functions, keeps them under a lock; then clocks have to
    agree to a second, and many workers that wait for the lock at once keep the scheduler busy.
    """

    name: str
    per_second: int
    per_minute: int
    locked: bool = False

    def take(self, pictures: int = 0) -> float:
        """Take the next turn for a request that makes so many pictures; seconds to wait until it comes."""
        if not self.locked:
            seconds: float = _there(_taken, self, pictures)
            return seconds
        with self._turns() as turns:
            return _next(turns, self, pictures)

    def hold(self, seconds: float, pictures: int = 0) -> None:
        """The service refused a request for so many pictures and asked for a pause: no turn comes before it is over."""
        if not self.locked:
            _there(_held, self.name, seconds, pictures)
            return
        with self._turns() as turns:
            _paused(turns, seconds, pictures)

    @contextmanager
    def _turns(self) -> Iterator[list[tuple[float, int]]]:
        from distributed import Lock, Variable, get_client

        client = get_client()
        variable = Variable(self.name, client=client)
        with Lock(f"{self.name}-lock"):
            turns = [(float(at), int(count)) for at, count in variable.get()]
            yield turns
            variable.set(turns)


_kept: dict[str, list[tuple[float, int]]] = {}  # on the scheduler: the turns of each batch


def _there(function: Callable[..., Any], *values: Any) -> Any:
    """Run a function in the scheduler's process, which does one thing at a time."""
    from distributed import get_client

    return get_client().run_on_scheduler(function, *values)


def _taken(turns: DaskTurns, pictures: int) -> float:
    return _next(_kept.setdefault(turns.name, []), turns, pictures)


def _held(name: str, seconds: float, pictures: int) -> None:
    _paused(_kept.setdefault(name, []), seconds, pictures)


def _paused(turns: list[tuple[float, int]], seconds: float, pictures: int) -> None:
    now = time.time()
    turns[:] = [*pacing.without(turns, now, pictures), (now + seconds, 0)]


def _next(turns: list[tuple[float, int]], limits: DaskTurns, pictures: int) -> float:
    now = time.time()
    taken = sorted((at, count) for at, count in turns if now - 120 < at < now + 3600)
    at = pacing.turn(taken, now, pictures, limits.per_second, limits.per_minute)
    turns[:] = [*taken, (at, pictures)]
    return max(0.0, at - now)


@contextmanager
def connected(address: str) -> Iterator[dict[str, Any]]:
    """What `Studio.batch` needs to work on the cluster at `address`, or on a Client: executor, gate and pacer.

    Raises EngineTrouble when it is not installed or does not answer.
    """
    client = _client(address)
    try:
        yield parts(client)
    finally:
        if client is not address:
            client.close()


def parts(client: Any) -> dict[str, Any]:
    """The same for a `distributed.Client`."""
    from distributed import Variable

    name = f"recraft-{secrets.token_hex(6)}"
    held = settings.read()[0]
    Variable(name, client=client).set([])
    executor = client.get_executor(pure=False, retries=0)
    executor._max_workers = max(1, sum(client.nthreads().values()))  # noqa: SLF001 - ours to say how wide it is
    turns = DaskTurns(name, held.requests_per_second, held.pictures_per_minute, locked=not _runs(client))
    return {"executor": executor, "gate": DaskGate(name), "pacer": turns}


def _runs(client: Any) -> bool:
    """True when the scheduler runs our functions."""
    try:
        client.run_on_scheduler(_held, "", 0.0, 0)
    except Exception as why:  # noqa: BLE001 - whatever it lacks
        log.info("the scheduler runs no functions of ours, so turns are kept under a lock: %r", why)
        return False
    return True


def _client(address: Any) -> Any:
    try:
        from distributed import Client
    except ImportError as missing:
        raise EngineTrouble("Dask is not installed.", remedy=_INSTALL) from missing
    if isinstance(address, Client):
        return address
    try:
        return Client(address, timeout=10, set_as_default=False)
    except (OSError, TimeoutError) as problem:
        raise EngineTrouble(
            say("There is no Dask scheduler at {address}.", address=address),
            remedy="Start one with: dask scheduler, and workers with: dask worker ADDRESS.",
        ) from problem
    except ValueError as problem:
        raise BadOption(
            say("{address} is not an address ({problem}).", address=address, problem=problem),
            remedy="Give tcp://host:8786.",
        ) from problem
