"""A batch on a real Dask scheduler with worker processes, against the real engine."""

import os
import pickle
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from recraft_core import Studio
from recraft_core.batch import Options
from recraft_core.batch.cluster import parts as cluster_parts
from recraft_core.shared.errors import EngineTrouble, Exit
from test_batch import PRICE, charged, home, photos, posts  # noqa: F401 - fixtures
from waiting import wait_for

distributed = pytest.importorskip("distributed")
# A scheduler with workers of its own; and of what Dask itself says on its way.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@contextmanager
def cluster(workers):
    """A scheduler and workers in processes of their own, which belong to this very user."""
    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
            silence_logs=50,
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


def batch(engine, client, **how):
    from recraft_core.batch.cluster import parts

    studio = Studio(base_url=engine.base_url)
    return studio.batch("crisp_upscale", ["photos"], how=Options(out="made", **how), **parts(client))


def test_a_cluster_does_each_row_once_and_the_key_stays_at_home(photos, engine, key):  # noqa: F811
    with cluster(2) as client:
        work = batch(engine, client)
        sent = []
        submit = work._executor.submit
        work._executor.submit = lambda call, task: (sent.append(pickle.dumps((call, task))), submit(call, task))[1]
        assert [done.state for done in work] == ["done"] * 5
        again = batch(engine, client)
        assert list(again) == []
    assert (charged(engine), work.exit_code(), again.run.counts.before) == (5 * PRICE, Exit.OK, 5)
    assert (work.jobs, len(sent), any(key.encode() in task for task in sent)) == (2, 5, False)


def test_a_worker_that_dies_costs_a_second_try_and_no_paid_row_is_sent_twice(photos, engine):  # noqa: F811
    with cluster(1) as client:
        engine.faults.add("crispUpscale", "stall_before_body", seconds=30, times=1)
        results = iter(batch(engine, client))
        (pid,) = client.run(os.getpid).values()
        states = []
        listening = threading.Thread(target=lambda: states.extend(done.state for done in results))
        listening.start()
        wait_for(lambda: any(visit.status == 200 for visit in posts(engine)))
        os.kill(pid, signal.SIGKILL)
        listening.join()
    assert sorted(states) == ["done"] * 4 + ["doubtful"]
    # The second try of that row may have begun; its body was not sent.
    assert sum(visit.status == 200 for visit in posts(engine)) == 5
    assert len(list(Path("made").glob("*.png"))) == 4


def taken(turns, count):
    return [time.time() + turns.take(1) for _ in range(count)]


@pytest.mark.parametrize("locked", [False, True], ids=["by the scheduler", "under a lock"])
def test_all_workers_together_keep_the_limits(locked, home):  # noqa: F811
    with cluster(2) as client:
        turns = replace(cluster_parts(client)["pacer"], per_second=5, per_minute=12)
        assert turns.locked is False, "a scheduler that has this package gives the turns out itself"
        turns = replace(turns, locked=locked)
        each = client.gather(client.map(taken, [turns] * 3, [10] * 3, pure=False))
    ats = sorted(at for some in each for at in some)
    slack = 0.3  # between the turn and the clock that the worker looks at
    assert all(later - sooner > 1 - slack for sooner, later in zip(ats, ats[5:]))
    assert all(later - sooner > 60 - slack for sooner, later in zip(ats, ats[12:]))
    assert ats[-1] - ats[0] < 2 * 60 + 30, "no turn is lost"


def test_a_scheduler_that_runs_no_functions_keeps_turns_under_a_lock(home, monkeypatch):  # noqa: F811
    with cluster(1) as client:
        monkeypatch.setattr(client, "run_on_scheduler", lambda *_: (_ for _ in ()).throw(ModuleNotFoundError("no")))
        assert cluster_parts(client)["pacer"].locked


def test_where_no_scheduler_is_it_says_how_to_start_one(home):  # noqa: F811
    from recraft_core.batch.cluster import connected

    with pytest.raises(EngineTrouble, match="dask scheduler"), connected("tcp://127.0.0.1:9"):
        pass
