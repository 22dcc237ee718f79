"""Hand each message to whoever does it, each on a thread of its own: a crash in one job takes no other down."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from .. import logs, redaction, settings
from ..api import service
from ..api.wire import Call
from ..history import History, replay
from ..shared.errors import RecraftError
from ..shared.i18n import say
from ..shared.protocol import Message
from . import handlers

if TYPE_CHECKING:
    from ..api.client import Client
    from ..operations import Outcome
    from .job import Job

log = logging.getLogger(__name__)

Open = Callable[[service.Connection], "Client"]
Post = Callable[[Message], None]
# Beyond this they wait their turn: each holds a canvas in memory several times over.
_AT_ONCE = 4
# Entries younger than this are likely being fetched by the worker that asked for them.
_SETTLED_S = 120


class Dispatcher:
    """All jobs of one worker. `post` sends a message to the plugin, from any thread; `open_` makes a client."""

    def __init__(self, post: Post, *, host: str = "", open_: Open = service.Connection.open) -> None:
        self.host = host
        self._post = post
        self._open = open_
        self._history = History()
        self._jobs: dict[int, Job] = {}
        self._threads: set[threading.Thread] = set()
        self._turn = threading.Lock()
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    @property
    def busy(self) -> bool:
        """True while anything is at work."""
        return bool(self._threads)

    def take(self, message: Message) -> None:
        """Begin whatever the message asks for; returns at once."""
        if message.kind == "cancel":
            with self._turn:
                job = self._jobs.get(message.id)
            if job is not None:
                job.cancel()
        elif message.kind == "run":
            from .job import Job

            job = Job(message, self._post)
            with self._turn:
                self._jobs[message.id] = job
            self._spawn(partial(self._run, job))
        else:
            self._spawn(partial(self._answer, message))

    def tick(self) -> None:
        """Tell how far each job is."""
        with self._turn:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.tell()

    def fetch_missing(self) -> None:
        """Fetch in the background what an earlier worker left waiting at the service."""
        self._spawn(self._fetch_left_over)

    def close(self) -> None:
        """The plugin is gone: what was not sent is not sent any more; wait until the rest is filed."""
        with self._turn:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()
        for thread in list(self._threads):
            thread.join()
        self._history.close()

    # --- threads ----------------------------------------------------------------------------------------------------

    def _spawn(self, work: Callable[[], None]) -> None:
        def body() -> None:
            try:
                work()
            finally:
                with self._turn:
                    self._threads.discard(thread)

        thread = threading.Thread(target=body, name="recraft job")
        with self._turn:
            self._threads.add(thread)
        thread.start()

    def _run(self, job: Job) -> None:
        name = str(job.message["operation"])
        start = time.monotonic()
        try:
            with self._room:
                outcome = self._carry_out(job)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            log.info("%s failed after %.1f s: %s", name, time.monotonic() - start, _short(error))
            job.fail(as_trouble(error))
        else:
            log.info("%s took %.1f s, %d units", name, time.monotonic() - start, outcome.units)
        finally:
            with self._turn:
                self._jobs.pop(job.id, None)

    def _carry_out(self, job: Job) -> Outcome:
        chosen, _ = settings.read()
        connection = service.choose()
        client = self._open(connection)
        try:
            outcome = job.work(client, self._history, chosen, self.host, offline=connection.offline)
            if outcome.units and not connection.offline:
                self._tell_balance(client)
        except RecraftError as error:
            job.fail(error)
            if error.charged and not connection.offline:
                # Whether it was charged only the balance knows, and the remedy says to look at it.
                self._tell_balance(client)
            raise
        finally:
            client.close()
        return outcome

    def _tell_balance(self, client: Client) -> None:
        try:
            balance = client.send(Call("users/me", {})).body["credits"]
        except RecraftError as error:
            log.info("the balance could not be asked for: %s", _short(error))
            return
        self._post(Message("balance", 0, {"balance": balance, **handlers.spent_now(self._history)}))

    def _answer(self, message: Message) -> None:
        try:
            answer = handlers.answer(message, self._history, self._open)
        except Exception as error:  # noqa: BLE001 - as above
            answer = Message("error", message.id, {"error": redaction.redact_data(as_trouble(error).as_dict())})
        self._post(answer)

    def _fetch_left_over(self) -> None:
        try:
            replay.reread_all(self._history)
            if not replay.waiting(self._history, settled_s=_SETTLED_S):
                return
            with contextlib.closing(self._open(service.for_results())) as client:
                fetched = replay.fetch_all(self._history, client, settled_s=_SETTLED_S)
            log.info("%d results that had been left waiting are here now", len(fetched.entries))
        except Exception as error:  # noqa: BLE001 - nobody waits for this; the next start tries again
            log.warning("results that were left waiting could not be fetched: %s", _short(error))


def as_trouble(error: Exception) -> RecraftError:
    """An error a person can read: itself, or for a fault of ours one that says where to look."""
    if isinstance(error, RecraftError):
        return error
    if isinstance(error, MemoryError):
        return RecraftError(
            "There is not enough memory for this picture.", remedy="Select a smaller area, or close other programs."
        )
    log.error("a fault of our own", exc_info=error)
    what = redaction.redact(f"{type(error).__name__}: {error}".rstrip(": "))
    return RecraftError(
        say("Something went wrong inside: {what}.", what=what),
        remedy=say("Please report it, with {path}.", path=logs.path()),
    )


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {getattr(error, 'what', error)}"
