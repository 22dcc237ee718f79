"""Disks as some network drives are: without locks, without fsync, without a rename over a file that is there. Nothing
is lost, nothing is unsaid, and the cap holds, whoever asks at the same time."""

import errno
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from recraft_core import locks
from recraft_core.history import History, Record
from recraft_core.history.turn import Turn
from recraft_core.shared.errors import Exit, StorageTrouble
from test_kills import COUNT, PERHAPS, PLACED, UNITS, aftermath, pictures, service

CORE = Path(__file__).parents[2] / "core"
CC = shutil.which("cc") or shutil.which("gcc")
KEY = "key-for-tests-0123456789"
preloaded = pytest.mark.skipif(
    not (sys.platform == "linux" and CC), reason="a rough disk is made with LD_PRELOAD and a C compiler"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    made = tmp_path_factory.mktemp("rough") / "rough.so"
    source = Path(__file__).with_name("rough_disk.c")
    subprocess.run([CC, "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=True)
    return made


@pytest.fixture
def start(library, tmp_path):
    """Starts `recraft` with words of its own on a disk where `rough` fails."""

    def start(one, *words, rough, code=errno.ENOLCK, **chosen):
        (tmp_path / "config").mkdir(exist_ok=True)
        chosen = {"engine": "service", "base_url": one.base_url, **chosen}
        (tmp_path / "config" / "settings.json").write_text(json.dumps(chosen))
        told = {"RECRAFT_HOME": str(tmp_path), "RECRAFT_API_TOKEN": KEY, "PYTHONPATH": str(CORE)}
        disk = {"LD_PRELOAD": str(library), "ROUGH": rough, "LOCK_ERROR": str(code), "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "recraft_core", *words], env={**os.environ, **told, **disk}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


def ended(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


@preloaded
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP])
def test_without_locks_processes_at_once_keep_the_cap_of_the_day(code, start, tmp_path):
    with service() as one:
        clicks = [
            start(one, "generate", f"picture {number}", "-n", "2", "-o", str(tmp_path / f"out{number}.png"),
                  rough="lock", code=code, cap_per_day_units=UNITS + 30)
            for number in range(4)
        ]  # fmt: skip
        codes = sorted(ended(click)[0] for click in clicks)
        assert (codes, one.posts()) == ([Exit.OK] + [Exit.KEY_OR_UNITS] * 3, 1)
        assert aftermath(tmp_path, one) == [(PLACED, True)]
    assert len(pictures(tmp_path)) == COUNT


@preloaded
def test_without_locks_a_batch_stops_before_anything_is_paid(start, tmp_path):
    (tmp_path / "rows.csv").write_text("prompt\na boat\n")
    with service() as one:
        code, said = ended(
            start(one, "batch", "generate", str(tmp_path / "rows.csv"), "-o", str(tmp_path / "made"), rough="lock")
        )
        assert (code, one.posts()) == (Exit.STORAGE, 0)
    assert "--ledger FILE" in said


@preloaded
def test_without_locks_the_embedded_engine_works(start, tmp_path):
    with service() as one:
        code, said = ended(start(one, "generate", "a boat", "--local", "-o", str(tmp_path / "out.png"), rough="lock"))
        assert (code, one.posts()) == (0, 0), said
    assert len(pictures(tmp_path)) == 1


@preloaded
def test_without_fsync_nothing_is_sent(start, tmp_path):
    with service() as one:
        code, said = ended(start(one, "generate", "a boat", "-o", str(tmp_path / "out.png"), rough="fsync"))
        assert (code, one.posts()) == (Exit.STORAGE, 0), said
    assert "RECRAFT_HOME" in said


@preloaded
def test_where_no_file_is_replaced_the_pictures_come_and_count(start, tmp_path):
    def click(one, number):
        words = ("generate", f"boat {number}", "-n", "2", "-o", str(tmp_path / f"out{number}.png"))
        return ended(start(one, *words, rough="replace", cap_per_day_units=UNITS + 30))

    with service() as one:
        code, said = click(one, 1)
        assert (code, one.posts(), len(pictures(tmp_path))) == (0, 1, COUNT), said
        assert "Not filed in the history" in said
        assert click(one, 2)[0] == Exit.KEY_OR_UNITS
        assert one.posts() == 1
        assert aftermath(tmp_path, one) in ([(PLACED, True)], [(PERHAPS, True)])


def lockless(monkeypatch, folder):
    monkeypatch.setitem(locks._tried, folder, False)


def test_a_turn_that_a_killed_process_held_is_the_next_ones(tmp_path, monkeypatch):
    lockless(monkeypatch, tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / "changing"
    left.mkdir()
    (left / f"{gone.pid}@{platform.node()}").touch()
    with closing(History(tmp_path, wait_s=0.2)) as history:
        history.begin(Record("generate", "generations"))
        assert len(history.list()) == 1
    assert not left.exists()


def test_a_turn_that_somebody_keeps_stops_what_is_to_be_paid_and_nothing_else(tmp_path, monkeypatch):
    lockless(monkeypatch, tmp_path)
    with closing(History(tmp_path, wait_s=0.2)) as history:
        entry = history.begin(Record("generate", "generations"))
        other = Turn(tmp_path / "changing")
        other.take(1)
        history.answered(entry, [], 40)
        with pytest.raises(StorageTrouble, match="changing"):
            history.begin(Record("generate", "generations"))
        other.let_go()
        history.begin(Record("generate", "generations"))
        assert (len(history.list()), history.spent()) == (2, 40)


def test_one_at_a_time_has_the_turn(tmp_path):
    inside, most = [], []

    def work():
        for _ in range(20):
            turn = Turn(tmp_path / "turn")
            turn.take(60)
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            turn.let_go()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most), list(tmp_path.iterdir())) == (80, 1, [])
