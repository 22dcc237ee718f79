"""A click killed at any moment between the request and its result, and disks that take no more at any step: what is
paid for is on disk or told as perhaps charged, never gone without a word. KILLS=300 kills each door that often."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest
from PIL import Image
from recraft_core.api.client import Client
from recraft_core.batch.ledger import NAME, Ledger
from recraft_core.history import History, replay
from recraft_core.shared.errors import Exit
from wild import http, png, wild
from zygote import ROWS

KILLS, SEED = int(os.environ.get("KILLS", "10")), int(os.environ.get("SEED", "7"))
DOORS = ("script", "command", "worker", "batch")
COUNT, UNITS = 2, 70
PICTURE = png((64, 64))
NOTHING, FREE, PERHAPS, PLACED = "nothing asked", "not sent, and the user is informed", "perhaps charged, and the user is warned", "placed from the history"
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


def click(zygote, home, service, *, kill=lambda: None, door="script", **more):
    """One click of a process of its own; its exit code, and what it said. It is killed when `kill` returns something."""
    told = {"home": str(home), "base_url": service.base_url, "count": COUNT, "door": door, **more}
    zygote.stdin.write(json.dumps(told) + "\n")
    zygote.stdin.flush()
    pid = int(zygote.stdout.readline())
    if kill():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return json.loads(zygote.stdout.readline())


def slowly(data, seconds, begun):
    """A little at a time, so that every stage can be hit; `begun` is set with the first byte."""
    def say(_path, sock):
        whole = data.replace(b"@PORT", b"%05d" % sock.getsockname()[1])
        half = len(whole) // 2
        sock.sendall(whole[:1])
        begun.set()
        sock.sendall(whole[1:half])
        time.sleep(seconds)
        return whole[half:]

    return say


def service(begun=None):
    items = [{"image_id": str(at), "url": f"http://127.0.0.1:@PORT/r/{at}.png"} for at in range(COUNT)]
    answer = http(json.dumps({"created": 1, "credits": UNITS, "data": items}).encode())
    get = slowly(http(PICTURE, kind="image/png"), 0.01, threading.Event())
    return wild(slowly(answer, 0.01, begun or threading.Event()), get)


def rescued(home, one):
    """The history as the next process finds it, after the rescue that every worker begins with."""
    with closing(History(home / "data" / "history")) as history, closing(Client("", one.base_url)) as client:
        replay.reread_all(history)
        replay.fetch_all(history, client)
        return [(entry, _became(history, entry)) for entry in history.list()]


def _became(history, entry):
    """What became of a request, and whether that is so: PERHAPS is told in the sums and in the list."""
    if entry.status == "failed" and not entry.error.get("charged"):
        return FREE, entry.at_risk == 0
    if entry.charged is None:
        return PERHAPS, entry.at_risk == UNITS and entry.outcome in {"unknown", "failed"}
    layers = replay.again(history, entry).layers
    return PLACED, (entry.charged, len(layers)) == (UNITS, COUNT)


def aftermath(home, one):
    """What became of a click: of each of its requests, held or not."""
    found = [after for _entry, after in rescued(home, one)] or [(NOTHING, one.posts() == 0)]
    assert one.posts() <= len(found), "a request that the history does not know"
    assert sum(map(bool, one.bodies)) <= sum(what != FREE for what, _ in found), "a request that went was called free"
    assert_each_once(one)
    return found


def assert_each_once(one):
    """No body came twice. Of two requests cut off before their bodies, nothing can be compared."""
    whole = [body for body in one.bodies if body]
    assert len(set(whole)) == len(whole), "a request was sent twice"


def taken_up(zygote, home, one, door):
    """After the kill a batch is started once more: it goes on, and what is in doubt is told, not sent again."""
    if door != "batch":
        return
    code, said = click(zygote, home, one, door=door)
    with closing(Ledger(home / "made" / NAME)) as ledger:
        doubtful, done = ledger.in_state("doubtful"), ledger.in_state("done")
    assert len(doubtful) + len(done) == ROWS, said
    assert code == (Exit.PARTLY if done and doubtful else Exit.NETWORK if doubtful else Exit.OK), said
    assert all(row.error["charged"] for row in doubtful)
    assert len(pictures(home)) == COUNT * len(done)
    assert_each_once(one)


def pictures(home):
    """The files that a click has written where the user wanted them; each is whole."""
    found = [*home.glob("out*.png"), *home.glob("made/*.png")]
    for path in found:
        with Image.open(path) as image:
            image.load()
    return found


@pytest.mark.parametrize("door", DOORS)
def test_a_click_killed_at_any_moment_loses_nothing(door, zygote, tmp_path):
    moment, seen, tally = Moment(), Counter(), Counter()
    with service(moment.again()) as one:
        assert click(zygote, tmp_path / "whole", one, kill=moment.first_byte, door=door)[0] == 0
        moment.measured()
    for number in range(KILLS):
        home = tmp_path / str(number)
        with service(moment.again()) as one:
            code, _ = click(zygote, home, one, kill=lambda at=number: moment.comes(at), door=door)
            pictures(home)
            for what, held in aftermath(home, one):
                assert held, (number, what)
                seen[what] += 1
            tally.update(paid=one.posts(), killed=code == -signal.SIGKILL)
            moment.sooner(whole=code == 0)
            taken_up(zygote, home, one, door)
    print(json.dumps({"door": door, "kills": KILLS, **tally, **seen}))
    assert len(seen) > 1, "every kill hit the same moment"


class Moment:
    """When a click is killed: each a little later than the one before, from the first byte of a paid answer to the end;
    every tenth from the click on. A first click, which is not killed, tells how long that is.
    """

    def __init__(self):
        self._chance = random.Random(SEED)  # noqa: S311 - no secret
        self._whole = self._after = 0.0

    def again(self):
        """The event of the next click's first byte."""
        self._begun, self._start = threading.Event(), time.monotonic()
        return self._begun

    def first_byte(self):
        assert self._begun.wait(60)
        self._byte = time.monotonic()

    def measured(self):
        end = time.monotonic()
        self._whole, self._after = end - self._start, end - self._byte

    def sooner(self, *, whole):
        """A click that had ended before its moment came shows that clicks take less by now."""
        shorter = 0.9 if whole else 1.0
        self._whole, self._after = self._whole * shorter, self._after * shorter

    def comes(self, number):
        """Wait for the moment of kill `number`."""
        anywhere = number % 10 == 0
        if not anywhere:
            assert self._begun.wait(60)
        time.sleep((number + self._chance.random()) / KILLS * (self._whole if anywhere else self._after))
        return True


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("limit", [0, 40, 200, 400, 700, 1000, 1500, 2000, 3000, 4096, 8192, 16384, 32768, 65536, 1 << 20])
def test_a_disk_that_takes_no_more_at_any_step(limit, door, zygote, tmp_path):
    """Either nothing is sent, or what is paid for is in the user's hands, or in the history and the way there is told."""
    with service() as one:
        code, said = click(zygote, tmp_path, one, file_limit=limit, door=door)
        after, paid, files = aftermath(tmp_path, one), one.posts(), pictures(tmp_path)
    wanted = ROWS if door == "batch" else 1
    assert all(held for _, held in after), (after, said)
    assert "Traceback" not in said, "a log that cannot be written is nothing to read for anybody"
    there = sum(what == PLACED for what, _ in after)
    if code == 0:
        assert paid == wanted
        assert there == paid or door in {"script", "worker"}, (after, said)
        assert len(files) == (COUNT * wanted if door in {"command", "batch"} else 0)
    elif paid:
        # Only the file asked for did not fit: what was paid for is in the history, and the way there is told.
        assert (door, code, there, len(files)) == ("command", Exit.STORAGE, 1, 0), said
        assert "out.png cannot be written" in said
        assert "recraft history place" in said
    else:
        assert code == Exit.STORAGE, said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_history_nobody_may_write_sends_nothing(zygote, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    with service() as one:
        assert click(zygote, tmp_path, one)[0] == Exit.STORAGE
        assert one.posts() == 0
