"""Who does the rows: threads, processes of our own, or anything with the interface of concurrent.futures.Executor."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.connection import wait

from ..shared.errors import BadOption
from ..shared.i18n import say
from . import work

log = logging.getLogger(__name__)

THREADS, PROCESSES = "threads", "processes"
# An answer takes some ten seconds, and the service makes a hundred pictures a minute.
JOBS_FOR_THE_SERVICE = 12


def usual_jobs(*, free: bool) -> int:
    """How many rows are worked on at once where nobody says."""
    if not free:
        return JOBS_FOR_THE_SERVICE
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def create(kind: str, jobs: int) -> Executor:
    """An executor of our own. Raises BadOption for a kind that does not exist."""
    if kind == THREADS:
        return ThreadPoolExecutor(jobs, thread_name_prefix="recraft-batch")
    if kind == PROCESSES:
        # Spawned: a copy of a process with threads may hang.
        return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    raise BadOption(
        say("There is no executor “{kind}”.", kind=kind),
        remedy=say("Use {threads}, {processes} or an Executor.", threads=THREADS, processes=PROCESSES),
        option="executor",
    )


_rows = threading.Lock()


def in_process(task: work.Task) -> work.Done:
    """`carry_out` in a process of the pool, which ends between two rows when its starter is gone."""
    with _rows:
        return work.carry_out(task)


def _begin() -> None:
    """Ctrl+C is for the starter, which lets running rows come to their end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_starter, daemon=True).start()


def _end_with_starter() -> None:
    starter = multiprocessing.parent_process()
    if starter is None:
        return
    wait([starter.sentinel])
    with _rows:  # the row that is under way is finished first
        os._exit(0)
