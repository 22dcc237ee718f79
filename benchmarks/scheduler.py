"""A Dask scheduler's load and the shared limit with up to 1,000 workers: measured for a few, simulated for many.

    python benchmarks/scheduler.py [SECONDS]

Measured: a real scheduler and two processes of worker threads that do nothing but take turns: grants a second, CPU of
the scheduler for each, how fairly threads get them. Simulated: workers that take a turn one after the other, wait for
it, have the service work for some ten seconds and take the next row, on a clock of its own. Turns are given out by the
real `pacing.turn`; what a grant and a task cost is what was measured.
"""

from __future__ import annotations

import heapq
import os
import random
import sys
import time

from recraft_core.api import pacing
from recraft_core.batch.cluster import DaskTurns

PER_SECOND, PER_MINUTE = 5, 100  # the service's limits
QUIET = {"dashboard_address": None, "silence_logs": 50}
SERVICE_S = (6.0, 14.0)  # how long an answer takes


def hammer(turns: DaskTurns, seconds: float) -> list[float]:
    """Take turns as fast as they come; how long each took, in s."""
    until, took = time.monotonic() + seconds, []
    while time.monotonic() < until:
        start = time.monotonic()
        turns.take(1)
        took.append(time.monotonic() - start)
    return took


def fairness(counts: list[int]) -> float:
    """Jain's index: 1 where all got the same, 1/n where one got all."""
    return sum(counts) ** 2 / (len(counts) * sum(one * one for one in counts))


def measured(seconds: float, *, locked: bool) -> tuple[float, float]:
    """Seconds of a grant under load, and CPU seconds of the scheduler for it."""
    from distributed import Client, LocalCluster, Variable

    grant = cpu = 0.0
    for threads in (1, 4, 16, 64):
        each = max(1, threads // 2)
        with LocalCluster(n_workers=2, threads_per_worker=each, **QUIET) as made, Client(made) as client:
            name = f"turns-{threads}"
            Variable(name, client=client).set([])
            turns = DaskTurns(name, 10**6, 10**9, locked=locked)
            client.gather(client.map(hammer, [turns] * threads, [0.3] * threads, pure=False))
            start, used = time.monotonic(), time.process_time()
            took = client.gather(client.map(hammer, [turns] * threads, [seconds] * threads, pure=False))
            length, used = time.monotonic() - start, time.process_time() - used
            counts = [len(one) for one in took]
            every = sorted(one for some in took for one in some)
            grant, cpu = length / sum(counts), used / sum(counts)
            print(f"  {threads:3} threads: {1 / grant:6.1f} grants a second, {1000 * cpu:5.2f} ms of the "
                  f"scheduler's CPU each; waited {1000 * every[len(every) // 2]:.0f} ms, "
                  f"the longest {1000 * every[-1]:.0f} ms; {min(counts)} to {max(counts)} for a thread, "
                  f"fairness {fairness(counts):.3f}",
                  flush=True)  # fmt: skip
    return grant, cpu


def task_cost(tasks: int = 1000) -> float:
    """CPU seconds of the scheduler and the client for a task that does nothing."""
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=2, **QUIET) as made, Client(made) as one:
        one.gather(one.map(abs, range(50), pure=False))
        used = time.process_time()
        one.gather(one.map(abs, range(tasks), pure=False))
        return (time.process_time() - used) / tasks


def simulated(workers: int, grant: float, hours: float = 1.0) -> dict[str, float]:
    """Workers on a clock of their own for so many hours: rows done, waits and shares."""
    rng, end = random.Random(workers), hours * 3600
    events = [(rng.random(), number) for number in range(workers)]  # when a worker asks for its next turn
    heapq.heapify(events)
    taken: list[tuple[float, int]] = []
    free_at, busy = 0.0, 0.0
    rows, waits, sent = [0] * workers, [], []
    while events and events[0][0] < end:
        now, number = heapq.heappop(events)
        begun = max(now, free_at)  # in the order of asking
        free_at, busy = begun + grant, busy + grant
        waits.append(free_at - now)
        taken = [one for one in taken if one[0] > begun - 120]
        at = pacing.turn(taken, begun, 1, PER_SECOND, PER_MINUTE)
        taken.append((at, 1))
        if at < end:
            sent.append(at)
            rows[number] += 1
        heapq.heappush(events, (at + rng.uniform(*SERVICE_S), number))
    waits.sort()
    most = max(sum(1 for one in sent if at <= one < at + 60) for at in range(0, int(end) - 60, 7))
    return {
        "rows": len(sent), "pace": len(sent) / (hours * 60), "most": most, "lock": busy / end,
        "wait": waits[int(0.99 * (len(waits) - 1))], "longest": waits[-1], "least": min(rows), "largest": max(rows),
        "fairness": fairness(rows), "kept": len(taken),
    }  # fmt: skip


def main(seconds: float = 4.0) -> None:
    print("A real scheduler, all threads only take turns under a lock, as where it runs no functions", flush=True)
    measured(seconds, locked=True)
    print("The same with turns that the scheduler itself gives out", flush=True)
    grant, cpu = measured(seconds, locked=False)
    each = task_cost()
    print(f"  a task costs the scheduler and the client {1000 * each:.2f} ms of CPU", flush=True)
    print(f"Simulated for an hour: a grant takes {1000 * grant:.1f} ms, the service {SERVICE_S[0]:g} to "
          f"{SERVICE_S[1]:g} s, its limit is {PER_MINUTE} a minute")  # fmt: skip
    for workers in (1, 4, 16, 64, 250, 1000):
        told = simulated(workers, grant)
        load = told["rows"] * (cpu + each) / 3600
        print(f"  {workers:5} workers: {told['pace']:6.1f} rows a minute (at most {told['most']:.0f} in any minute), "
              f"turns keep it busy {told['lock']:.1%} of the time, its CPU {load:.1%}; for one 99 of 100 "
              f"waited under {told['wait']:.2f} s, the longest {told['longest']:.2f} s; {told['least']:.0f} to "
              f"{told['largest']:.0f} rows a worker, fairness {told['fairness']:.3f}; {told['kept']:.0f} turns kept",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main(*map(float, sys.argv[1:]))
