"""The history with a damaged index, with several processes, and with processes that end at the worst moment."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from recraft_core.history import History, Record
from recraft_core.history.index import NAME

PNG = b"\x89PNG\r\n\x1a\n"
INPAINT = Record("inpaint", "inpaint", {"prompt": "a red door"}, units=40)

START = """
import sys, time
from pathlib import Path
from recraft_core.history import History, Record
history = History(Path(sys.argv[1]))
record = Record("inpaint", "inpaint", {"prompt": "a red door"}, units=40)
PNG = b"\\x89PNG\\r\\n\\x1a\\n"
"""


def start(code, folder, *more):
    return subprocess.Popen([sys.executable, "-c", START + code, folder, *more], stdout=subprocess.PIPE, text=True)


@pytest.fixture
def history(tmp_path):
    found = History(tmp_path)
    yield found
    found.close()


def test_two_processes_at_once_do_not_pass_the_cap_of_the_day(history):
    code = """
from recraft_core.shared.errors import OutOfUnits
from recraft_core.history.recorder import check_caps
from recraft_core.settings import Settings
begun = 0
for at in range(20):
    try:
        # The day since which all counts is long ago, so that none ends meanwhile.
        history.begin(record, allowed=lambda: check_caps(40, Settings(cap_per_day_units=400), history, 200_000))
        begun += 1
    except OutOfUnits:
        pass
print(begun)
"""
    both = [start(code, history.folder) for _ in range(2)]
    assert sum(int(one.communicate()[0]) for one in both) == 10
    assert history.at_risk() == 400
    assert [one for one in (history.folder / "entries").iterdir() if one.name.startswith(".")] == []


def test_two_processes_lose_none_of_each_others_changes(history):
    shared = history.begin(INPAINT)
    code = """
for at in range(12):
    entry = history.begin(record)
    history.keep(entry, 0, PNG)
    history.finish(entry)
    for again in range(4):
        if sys.argv[3] == "star":
            history.unstar(sys.argv[2])
            assert not history.get(sys.argv[2]).starred
            history.star(sys.argv[2])
            assert history.get(sys.argv[2]).starred
        else:
            history.answered(sys.argv[2], [("a", "")], at)
            assert history.get(sys.argv[2]).charged == at
"""
    both = [start(code, history.folder, shared.id, what) for what in ("star", "answer")]
    assert [one.wait() for one in both] == [0, 0]
    for one in both:
        one.stdout.close()
    entries = history.list()
    assert len(entries) == 25
    assert all(entry.status == "done" for entry in entries[:-1])
    assert (entries[-1].starred, entries[-1].charged) == (True, 11)


STEPS = {
    "asked": "",
    "answered": "history.answered(entry, [('a', 'https://x/1')], 40)\n",
    "kept": "history.answered(entry, [('a', 'https://x/1')], 40)\nhistory.keep(entry, 0, PNG)\n",
}


@pytest.mark.skipif(os.name == "nt", reason="uses kill -9")
@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_at_any_step_leaves_an_entry_that_says_how_far_it_came(history, step):
    code = f"entry = history.begin(record)\n{STEPS[step]}print(entry.id, flush=True)\ntime.sleep(60)"
    with start(code, history.folder) as process:
        id_ = process.stdout.readline().strip()
        assert history.list()[0].id == id_
        assert history.list()[0].outcome == ("working" if step == "asked" else "answered")
        process.send_signal(signal.SIGKILL)
    (entry,) = History(history.folder).list()
    assert (entry.id, entry.record.prompt) == (id_, "a red door")
    assert entry.outcome == ("unknown" if step == "asked" else "answered")
    assert (history.at_risk(), history.spent()) == ((40, 0) if step == "asked" else (0, 40))
    assert len(history.pending()) == (step == "answered")
    assert len(history.files(entry)) == (step == "kept")


def filled(history, count=30):
    for at in range(count):
        entry = history.begin(Record("inpaint", "inpaint", {"prompt": f"door {at} " + "long " * 100}, units=40))
        history.answered(entry, [("a", "")], 40)
    history.star(entry)
    return entry


def overwrite(path, start, length=4096):
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


@pytest.mark.parametrize("at", [0, 100, 4096, 12_288])
def test_a_damaged_index_is_made_anew_from_the_files(history, at):
    starred = filled(history)
    history.close()
    overwrite(history.folder / NAME, at)
    assert len(history.list()) == 30
    assert [entry.id for entry in history.list(starred=True)] == [starred.id]
    assert history.spent() == 1200
    history.close()
    with sqlite3.connect(history.folder / NAME) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_an_index_damaged_while_it_is_open_stops_no_result_from_being_filed(history):
    filled(history, 3)
    for tail in ("", "-wal", "-shm"):
        path = history.folder / (NAME + tail)
        overwrite(path, 0, path.stat().st_size)
    entry = history.begin(INPAINT)
    history.keep(entry, 0, PNG)
    history.close()
    assert len(history.list()) == 4
    assert history.files(entry)[0].read_bytes() == PNG


@pytest.mark.skipif(os.name == "nt", reason="Windows removes nothing that is open")
def test_a_missing_index_is_made_anew_also_under_the_feet_of_another_process(history):
    filled(history, 3)
    other = History(history.folder)
    other.rebuild()
    entry = history.begin(INPAINT)
    assert len(other.list()) == 4
    for tail in ("", "-wal", "-shm"):
        (history.folder / (NAME + tail)).unlink(missing_ok=True)
    history.star(entry)
    assert other.list(starred=True)[0].id == entry.id
    other.close()


@pytest.mark.parametrize("damaged", [False, True])
def test_an_index_that_another_process_has_open_is_made_anew_all_the_same(history, monkeypatch, damaged):
    """Windows removes no file that somebody has open."""
    from recraft_core.history.index import Index

    filled(history, 3)
    history.close()
    if damaged:
        overwrite(history.folder / NAME, 0)
    else:
        with sqlite3.connect(history.folder / NAME) as db:
            db.execute("UPDATE entries SET charged = 9000")
        db.close()

    def refused(self):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Index, "_unlink", refused)
    assert history.rebuild() == 3
    assert history.spent() == 120


def test_what_a_crash_kept_from_the_index_is_caught_up(history):
    entry = filled(history, 2)
    history.close()
    words = (entry.folder / "entry.json").read_text().replace("door 1", "gate 1")
    (entry.folder / "entry.json").write_text(words)
    assert [found.id for found in history.list("gate")] == [entry.id]


def test_where_no_index_can_be_kept_everything_works_without(history):
    (history.folder / NAME).mkdir(parents=True)
    entry = filled(history, 3)
    assert len(history.list("door")) == 3
    assert history.get(entry.id).starred
    assert history.spent() == 120


def test_an_index_that_another_process_holds_for_too_long_stops_nothing(tmp_path):
    history = History(tmp_path, wait_s=0.05)
    entry = history.begin(INPAINT)
    db = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    history.keep(entry, 0, PNG)
    history.answered(entry, [("a", "")], 40)
    db.execute("COMMIT")
    db.close()
    assert history.spent() == 40
    assert history.get(entry.id).pictures[0].file == "1.png"
    history.close()


def test_a_stranger_in_the_folder_is_passed_over(history):
    filled(history, 1)
    (history.folder / "entries" / "notes").mkdir()
    (history.folder / "entries" / "20270115-080000000-abcdef").mkdir()
    assert history.rebuild() == 1
