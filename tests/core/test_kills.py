"""A click killed at any moment between the request and its result, and disks that take no more at any step: what is
paid for is on disk or told as perhaps charged, never gone without a word. KILLS=300 kills each door that often."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest
from recraft_core.api.client import Client
from recraft_core.history import History, replay
from wild import http, png, wild

KILLS = int(os.environ.get("KILLS", "10"))
DOORS = ("script", "command", "worker")
COUNT, UNITS = 2, 70
PICTURE = png((64, 64))
pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks and kills")


@pytest.fixture(scope="module")
def zygote():
    command = [sys.executable, str(Path(__file__).with_name("zygote.py"))]
    environ = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    environ.pop("RECRAFT_API_TOKEN", None)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as process:
        yield process
        process.stdin.close()
        process.wait(20)


def click(zygote, home, service, kill_after=None, file_limit=None, door="script"):
    """One click of a process of its own; its exit code."""
    told = {"home": str(home), "base_url": service.base_url, "count": COUNT, "file_limit": file_limit, "door": door}
    zygote.stdin.write(json.dumps(told) + "\n")
    zygote.stdin.flush()
    pid = int(zygote.stdout.readline())
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return int(zygote.stdout.readline())


def slowly(data, seconds):
    """A little at a time, so that every stage can be hit."""
    def say(_path, sock):
        whole = data.replace(b"@PORT", b"%05d" % sock.getsockname()[1])
        half = len(whole) // 2
        sock.sendall(whole[:half])
        time.sleep(seconds)
        return whole[half:]

    return say


def service():
    items = [{"image_id": str(at), "url": f"http://127.0.0.1:@PORT/r/{at}.png"} for at in range(COUNT)]
    answer = http(json.dumps({"created": 1, "credits": UNITS, "data": items}).encode())
    return wild(slowly(answer, 0.01), slowly(http(PICTURE, kind="image/png"), 0.01))


def aftermath(home, one):
    """What became of the click, as the next process finds it after the rescue that every worker begins with."""
    with closing(History(home / "data" / "history")) as history, closing(Client("", one.base_url)) as client:
        replay.reread_all(history)
        replay.fetch_all(history, client)
        entries = history.list()
        if not entries:
            return "nothing asked", one.posts() == 0
        (entry,) = entries
        if entry.charged is None:
            # Sent or about to be: told as perhaps charged, in the sums and in the list.
            return "perhaps charged, and told so", entry.at_risk == UNITS and entry.outcome in {"unknown", "failed"}
        layers = replay.again(history, entry).layers
        return "placed from the history", (entry.charged, len(layers)) == (UNITS, COUNT)


@pytest.mark.parametrize("door", DOORS)
def test_a_click_killed_at_any_moment_loses_nothing(door, zygote, tmp_path):
    with service() as one:
        start = time.monotonic()
        assert click(zygote, tmp_path / "whole", one, door=door) == 0
        took = time.monotonic() - start
    chance, seen = random.Random(7), Counter()  # noqa: S311 - no secret
    for number in range(KILLS):
        home = tmp_path / str(number)
        with service() as one:
            click(zygote, home, one, kill_after=chance.uniform(0, 1.1 * took), door=door)
            assert one.posts() <= 1
            what, held = aftermath(home, one)
        assert held, (number, what)
        seen[what] += 1
    print(json.dumps({"door": door, **seen}))
    assert len(seen) > 1, "every kill hit the same moment"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("limit", [0, 40, 200, 400, 700, 1000, 1500, 2000, 3000, 4096, 8192, 16384, 32768, 65536, 1 << 20])
def test_a_disk_that_takes_no_more_at_any_step(limit, door, zygote, tmp_path):
    """Either nothing is sent, or the pictures come all the same."""
    with service() as one:
        code = click(zygote, tmp_path, one, file_limit=limit, door=door)
        assert code in {0, 8}, code
        if door == "command" and code == 8 and one.posts():
            # Only the file asked for did not fit any more: what was paid for is in the history.
            assert aftermath(tmp_path, one) == ("placed from the history", True)
            return
        assert one.posts() == (code == 0)
        if code == 0:
            assert sum("/r/" in head for head in one.asked) == COUNT


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_history_nobody_may_write_sends_nothing(zygote, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    with service() as one:
        assert click(zygote, tmp_path, one) == 8
        assert one.posts() == 0
