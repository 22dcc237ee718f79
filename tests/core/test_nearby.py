"""The embedded engine is asked without `requests`: whatever happens on the way, the same is told as with it."""

import contextlib
import gc
import http.client
import re
import time
from pathlib import Path

import pytest
import wild
from recraft_core.api import nearby, online
from recraft_core.api.client import Client
from recraft_core.api.wire import Call
from recraft_core.shared.errors import RecraftError

CALL = Call("generations", {"prompt": "a boat", "model": "recraftv2", "size": "1:1", "random_seed": 1})
ENHANCE = Call("prompts/enhance", {"prompt": "a boat"})  # takes the engine no time
FAULTS = {
    "refuse": {}, "close_after_body": {}, "close_after_work": {}, "reset_midway": {}, "html": {},
    "huge": {"bytes": 161 << 20}, "redirect": {"to": "http://127.0.0.1:9/elsewhere"}, "stall": {"seconds": 4},
    "stall_before_body": {"seconds": 4}, "slow_drip": {"seconds": 1, "bytes": 20},
    "status": {"status": 503, "body": "down", "content_type": "text/plain"},
}  # fmt: skip


@pytest.fixture
def both(engine):
    """Makes two clients that wait so many seconds for an answer, one for each way to ask."""
    with contextlib.ExitStack() as made:

        def make(read_s):
            ways = [Client("offline", engine.base_url, free=True, read_s=read_s, sleep=lambda _: None) for _ in range(2)]
            ways[1]._session = online.session(read_s, local=True)
            for one in ways:
                made.callback(one.close)
            return ways

        yield make


def outcome(client, call=CALL):
    """The first bytes of the picture that was made, or what is told instead; and what of it was filed."""
    filed = []
    try:
        answer = client.send(call, received=filed.append)
        return client.fetch(answer.pictures[0])[:4], len(filed)
    except RecraftError as error:
        return type(error), re.sub(r"id is [0-9a-f-]+", "id", str(error)), error.charged, error.status, [raw.whole for raw in filed]


def test_the_engine_is_asked_the_light_way(both):
    clients = both(30)
    assert isinstance(clients[0]._session, nearby.Session)
    assert outcome(clients[0]) == outcome(clients[1]) == (b"RIFF", 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_told_alike(both, engine, fault):
    told = []
    for client in both(2 if "stall" in fault or "drip" in fault else 30):
        engine.faults.clear()
        engine.faults.add("*", fault, times=20, **FAULTS[fault])
        told.append(outcome(client, ENHANCE))
    engine.faults.clear()
    assert told[0] == told[1]
    assert isinstance(told[0][0], type), told[0]


def test_a_result_elsewhere_is_not_fetched_by_it(both):
    client = both(1)[0]
    with pytest.raises(http.client.InvalidURL):
        client._session.ask("GET", "https://example.org/x", headers={}, auth=client._without_key, timeout=(1, 1))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists what a process has open")
def test_an_answer_that_is_not_read_to_its_end_leaves_nothing_open():
    away = wild.http(b"x" * 4096, "302 Found", Location="http://127.0.0.1:9/elsewhere")
    with wild.wild(away) as service, contextlib.closing(Client("offline", service.base_url, free=True)) as client:
        gc.collect()
        gc.disable()
        try:
            before = len(list(Path("/proc/self/fd").iterdir()))
            for _ in range(20):
                with pytest.raises(RecraftError):
                    client.send(ENHANCE, received=lambda _: None)
            for _ in range(50):  # the service's own ends are in this process too
                if len(list(Path("/proc/self/fd").iterdir())) <= before + 4:
                    break
                time.sleep(0.1)
            assert len(list(Path("/proc/self/fd").iterdir())) <= before + 4
        finally:
            gc.enable()
