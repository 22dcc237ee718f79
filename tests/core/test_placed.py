"""Marks of placed results, as a document keeps them from version to version."""
import json

import pytest
from recraft_core.shared.plugin.placed import marks_of, still_there, with_marks


@pytest.mark.parametrize(
    ("note", "marks"),
    [
        ("", {}),
        ("{", {}),
        ('["a", "b"]', {"a": {"0": ""}, "b": {"0": ""}}),
        ('{"a": "layer"}', {"a": {"0": "layer"}}),
        ('{"a": {"2": "layer"}}', {"a": {"2": "layer"}}),
    ],
)
def test_every_version_of_the_note_is_read(note, marks):
    assert marks_of(note) == marks


def test_each_picture_of_an_entry_has_its_layer_and_the_oldest_go():
    note = with_marks(with_marks("", ["a"], 0, "one"), ["a", "b"], 2, "two")
    assert marks_of(note) == {"a": {"0": "one", "2": "two"}, "b": {"2": "two"}}
    for number in range(300):
        note = with_marks(note, [str(number)], 0, "layer")
    assert len(json.loads(note)) == 200
    assert "299" in json.loads(note)
    assert "a" not in json.loads(note)


def test_what_was_undone_is_gone_and_what_was_merged_is_not():
    marks = {"a": {"0": "one"}, "b": {"1": "two"}, "old": {"0": ""}}
    assert still_there(marks, {"paper", "one"}, {}) == {("a", 0), ("old", 0)}
    assert still_there(marks, {"paper", "one", "merged"}, {"b": {"paper", "one"}}) == {("a", 0), ("b", 1), ("old", 0)}
    assert still_there(marks, {"paper", "one"}, {"b": {"paper", "one"}}) == {("a", 0), ("old", 0)}


def test_an_entry_that_is_placed_again_is_the_youngest():
    note = with_marks(with_marks("", ["a", "b"], 0, "one"), ["a"], 1, "two")
    assert list(marks_of(note)) == ["b", "a"]
