"""What a host's dialogs remember: for this user's eyes only, whole or not at all, and never a reason to fail."""
import os
import stat
import subprocess
import sys

import pytest
from recraft_core.shared.plugin.memory import KEPT, Memory


@pytest.fixture
def memory(tmp_path):
    return Memory(lambda: tmp_path / "recraft")


def test_the_words_of_the_last_run_come_back_and_are_earlier_prompts(memory):
    memory.keep_draft("recraft-inpaint", {"prompt": "half a bo"})
    for prompt in ("a boat", "a kite", "a boat"):
        memory.remember("recraft-inpaint", {"prompt": prompt})
    memory.remember("recraft-erase", {})
    assert memory.last("recraft-inpaint") == {"prompt": "a boat"}
    assert memory.draft("recraft-inpaint") == {}, "what was used is no draft any more"
    assert memory.recall()["prompts"] == ["a boat", "a kite"]
    for number in range(2 * KEPT):
        memory.remember("recraft-inpaint", {"prompt": str(number)})
    assert len(memory.recall()["prompts"]) == KEPT


def test_a_draft_is_no_earlier_prompt(memory):
    memory.keep_draft("recraft-inpaint", {"prompt": "half a bo"})
    assert memory.draft("recraft-inpaint") == {"prompt": "half a bo"}
    assert memory.recall()["prompts"] == []


def test_presets_are_kept_for_each_procedure(memory):
    memory.keep_preset("recraft-inpaint", "mine", {"n": 2})
    memory.keep_preset("recraft-inpaint", "mine", {"n": 3})
    memory.keep_preset("recraft-generate", "mine", {"n": 4})
    assert memory.presets("recraft-inpaint") == {"mine": {"n": 3}}
    memory.keep_preset("recraft-inpaint", "mine", None)
    memory.keep_preset("recraft-inpaint", "nosuch", None)
    assert (memory.presets("recraft-inpaint"), memory.presets("recraft-generate")) == ({}, {"mine": {"n": 4}})


def test_small_facts(memory):
    assert [memory.first_time("recraft-inpaint", session) for session in ("a", "a", "b")] == [True, False, True]
    memory.keep_open("recraft-inpaint", True)
    assert (memory.stays_open("recraft-inpaint"), memory.stays_open("recraft-erase")) == (True, False)
    memory.keep_open("recraft-inpaint", False)
    assert not memory.stays_open("recraft-inpaint")
    memory.new_style("1-2-3")
    assert [memory.new_style(), memory.new_style()] == ["1-2-3", ""]
    assert memory.recall()["offline"] is None
    memory.keep_offline(False)
    assert memory.recall()["offline"] is False


@pytest.mark.parametrize("text", ["", "[]", "{", '"a"'])
def test_a_file_that_is_none_is_an_empty_memory(memory, text):
    memory.folder().mkdir()
    (memory.folder() / "memory.json").write_text(text)
    assert memory.last("recraft-inpaint") == {}
    memory.remember("recraft-inpaint", {"prompt": "a boat"})
    assert memory.last("recraft-inpaint") == {"prompt": "a boat"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_it_is_for_this_user_alone(memory):
    memory.remember("recraft-inpaint", {"prompt": "a boat"})
    assert stat.S_IMODE(memory.folder().stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in memory.folder().iterdir()] == [0o600]


def test_a_folder_that_cannot_be_written_costs_the_memory_alone(tmp_path):
    (tmp_path / "file").write_text("")
    memory = Memory(lambda: tmp_path / "file" / "recraft")
    memory.remember("recraft-inpaint", {"prompt": "a boat"})
    memory.begun("Explore")
    memory.ended()
    with memory.alone():
        pass
    assert (memory.last("recraft-inpaint"), memory.cut_short()) == ({}, [])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells which processes there are")
def test_what_was_ended_from_outside_is_told_once(memory):
    memory.begun("Erase")
    assert memory.cut_short() == [], "it is still at work"
    memory.ended()
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (memory.folder() / f"under-way-{int(child.stdout)}").write_text("Explore")
    assert [memory.cut_short(), memory.cut_short()] == [["Explore"], []]


@pytest.mark.skipif(os.name == "nt", reason="there is no such lock")
def test_two_that_place_at_once_go_one_after_the_other(memory):
    import fcntl

    with memory.alone(), (memory.folder() / "placing.lock").open("w") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
