"""The history that travels in a picture: it comes back as it was, stays small, and a strange one does no harm."""

import base64
import json
import random

import pytest
from recraft_core.shared.plugin.in_picture import MOST, entries_of, with_result

ENTRY = {
    "entry": "e1", "operation": "inpaint", "prompt": "a boat", "model": "recraftv3", "created": 1.7e9, "units": 40,
    "offline": False, "document": "lake.kra", "source": "/home/somebody/lake.png",
}  # fmt: skip


def test_a_placed_result_comes_back_with_its_picture_and_without_paths():
    text = with_result(with_result("", ENTRY, 0, b"one"), {**ENTRY, "entry": "e2"}, 1, b"two")
    rows = [(one["entry"], one["index"], one["small"]) for one in entries_of(text)]
    assert rows == [("e2", 1, b"two"), ("e1", 0, b"one")]
    assert entries_of(text)[0]["prompt"] == "a boat"
    assert "somebody" not in text


def test_the_same_result_is_kept_once():
    text = with_result(with_result("", ENTRY, 0, b"old"), ENTRY, 0, b"new")
    assert [one["small"] for one in entries_of(text)] == [b"new"]


def test_it_stays_small_and_the_oldest_go():
    text = ""
    for number in range(40):
        text = with_result(text, {**ENTRY, "entry": str(number)}, 0, b"x" * 60_000)
    assert len(text) < 2_200_000
    assert [one["entry"] for one in entries_of(text)][:2] == ["39", "38"]
    text = ""
    for number in range(MOST + 20):
        text = with_result(text, {**ENTRY, "entry": str(number)}, 0, b"x")
    assert [int(one["entry"]) for one in entries_of(text)] == list(range(MOST + 19, 19, -1))


def test_what_an_entry_does_not_tell_is_empty():
    assert entries_of(with_result("", {"entry": "e"}, 0, b""))[0]["units"] == 0


@pytest.mark.parametrize("text", ["", "{", "{}", "[1, null, {}]", "[" * 100_000, '[{"entry": 1}]', "\x00", '"a"'])
def test_a_strange_text_is_nothing(text):
    assert entries_of(text) == []


def test_a_row_that_was_tampered_with_is_left_out():
    good = json.loads(with_result("", ENTRY, 0, b"one"))[0]
    odd = [
        {"index": -1}, {"index": 10**6}, {"index": "0"}, {"prompt": 3}, {"prompt": "a" * 5000}, {"picture": "ä"},
        {"picture": "A" * 10**6}, {"created": "now"}, {"offline": 1}, {"units": None},
    ]  # fmt: skip
    assert entries_of(json.dumps([good, *({**good, **one} for one in odd)])) == entries_of(json.dumps([good]))


def test_any_text_at_all_is_read_without_an_error():
    chance = random.Random(7)  # noqa: S311 - no secret
    text = with_result("", ENTRY, 0, base64.b64encode(b"picture"))
    for _ in range(400):
        at = chance.randrange(len(text))
        entries_of(text[:at] + chance.choice('{}[]":,0a\\') + text[at + chance.randrange(4) :])
