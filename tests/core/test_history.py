from __future__ import annotations

import json
import os
import shutil
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core import redaction
from recraft_core.history import Entry, History, Picture, Record
from recraft_core.history.entry import as_dict, from_dict, suffix
from recraft_core.shared.errors import BadOption, StorageTrouble
from recraft_core.shared.geometry import Box, Size

PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 100
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"w" * 100
INPAINT = Record(
    "inpaint",
    "inpaint",
    {"prompt": "A red door", "n": 2},
    model="recraftv3",
    units=80,
    canvas=Size(4000, 3000),
    read=Box(10, -20, 1024, 768),
    place=Box(30, 40, 50, 60),
    sent=Size(1024, 768),
    source="sha256:12ab",
    source_path="/pictures/house.kra",
    host="krita",
    document="house",
    more={"feather_px": 8},
)


@pytest.fixture
def history(tmp_path):
    found = History(tmp_path / "history")
    yield found
    found.close()


def done(history, record=INPAINT, data=PNG):
    entry = history.begin(record)
    history.answered(entry, [("id", "")], record.units)
    history.keep(entry, 0, data)
    return history.finish(entry)


class Clock:
    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def test_halves_of_characters_and_huge_numbers_are_no_trouble(history):
    entry = done(history, replace(INPAINT, document="caf\udce9.kra"))
    assert history.get(entry.id).record.document == "caf?.kra"
    assert [one.id for one in history.list("caf\udce9", limit=10**30)] == [entry.id]
    assert history.list(operation="\udce9", offset=10**30) == ()


def test_what_costs_nothing_is_never_at_risk_and_never_waits(history):
    free = history.begin(replace(INPAINT, engine="local"))
    assert history.answered(free, [("id", "http://127.0.0.1:5/x")], 80).waiting == ()
    assert history.begin(replace(INPAINT, engine="local")).at_risk == 0
    assert history.begin(INPAINT).at_risk == history.at_risk() == 80


def test_a_call_is_found_again_with_all_it_was(history):
    entry = history.begin(INPAINT, {"selection.png": PNG, "source.txt": b"house.kra"})
    history.answered(entry, [("id-1", "https://x/1"), ("id-2", "https://x/2")], 80, request_id="r", answer={"a": 1})
    history.keep(entry, 0, WEBP)
    history.keep(entry, 1, b"<?xml version='1.0'?><svg/>")
    history.finish(entry)
    history.close()
    (found,) = History(history.folder).list()
    assert found.record == INPAINT
    assert (found.status, found.charged, found.request_id, found.answer) == ("done", 80, "r", {"a": 1})
    assert [picture.image_id for picture in found.pictures] == ["id-1", "id-2"]
    assert [path.name for path in history.files(found)] == ["1.webp", "2.svg"]
    assert history.files(found)[0].read_bytes() == WEBP
    assert history.attached(found, "selection.png") == PNG
    assert history.attached(found, "other.png") is None


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    # What is called a key or an authorization is hidden, whatever it holds.
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
coordinates = st.integers(-30_000, 30_000)
records = st.builds(
    Record,
    st.text(),
    st.text(),
    st.dictionaries(st.sampled_from(["prompt", "colors", "n"]), plain),
    units=st.integers(0, 9999),
    canvas=st.none() | st.builds(Size, coordinates, coordinates),
    place=st.none() | st.builds(Box, coordinates, coordinates, coordinates, coordinates),
    document=st.text(),
)


@given(record=records, pictures=st.lists(st.builds(Picture, st.text(), st.text(), st.text(), st.integers(0))))
def test_an_entry_comes_back_from_its_json(tmp_path_factory, record, pictures):
    folder = tmp_path_factory.getbasetemp() / "20270115-080000000-abcdef"
    entry = Entry(folder.name, folder, record, 1.5, pictures=tuple(pictures))
    assert from_dict(folder, json.loads(json.dumps(as_dict(entry)))) == entry


@pytest.mark.parametrize("words", ["", "[]", "{}", "nonsense", '{"record": 3}', '{"created": 1, "record": {"endpoint": "x"}}'])
def test_pictures_outlive_the_loss_of_their_words(history, words):
    entry = done(history)
    (entry.folder / "entry.json").write_text(words)
    history.rebuild()
    (found,) = history.list()
    assert found.damaged
    assert history.files(found)[0].read_bytes() == PNG
    assert abs(found.created - entry.created) < 0.01


def test_bytes_whose_words_a_crash_swallowed_are_found(history):
    entry = history.begin(INPAINT)
    history.answered(entry, [("a", "https://x/1"), ("b", "https://x/2")], 80)
    (entry.folder / "2.png").write_bytes(PNG)
    assert history.get(entry.id).waiting == (0,)
    assert history.files(entry) == (entry.folder / "2.png",)


def test_an_answer_never_told_keeps_its_pictures_too(history):
    entry = history.begin(INPAINT)
    history.keep(entry, 1, PNG)
    assert history.answered(entry, [("a", "")], 40).pictures[1].file == "2.png"


def test_pending_lists_what_can_still_be_fetched(tmp_path):
    clock = Clock()
    history = History(tmp_path, clock=clock)
    first = history.begin(INPAINT)
    clock.now += 1
    second = history.begin(INPAINT)
    for entry in (first, second):
        history.answered(entry, [("a", "https://x/1"), ("b", "https://x/2")], 80)
    history.keep(first, 1, PNG)
    history.fail(first, {"what": "cut off"})
    assert [(entry.id, entry.waiting) for entry in history.pending()] == [(first.id, (0,)), (second.id, (0, 1))]
    history.keep(first, 0, PNG)
    clock.now += 24 * 3600 - 1
    assert [entry.id for entry in history.pending()] == [second.id]
    clock.now += 1
    assert history.pending() == ()
    assert [entry.id for entry in history.pending(expired=True)] == [second.id]


def test_spent_counts_what_was_charged_also_for_removed_entries(tmp_path):
    clock = Clock()
    history = History(tmp_path, clock=clock)
    old = done(history, INPAINT)
    clock.now += 2 * 86400
    done(history, Record("erase", "eraseRegion", units=2))
    done(history, Record("erase", "eraseRegion", units=2, engine="local"))
    history.remove(old)
    for _ in range(2):
        assert history.spent() == 82
        assert history.spent(clock.now - 60) == 2
        assert history.spent_by("operation") == {"erase": 2, "inpaint": 80}
        assert history.spent_by("model") == {"": 2, "recraftv3": 80}
        assert list(history.spent_by("day").values()) == [80, 2]
        assert history.rebuild() == 2


def test_a_ledger_cut_short_by_a_crash_loses_one_line_only(history):
    history.remove(done(history))
    with (history.folder / "spent.jsonl").open("ab") as file:
        file.write(b'{"id": "2026')
    history.remove(done(history))
    history.rebuild()
    assert history.spent() == 160


def test_units_whose_fate_is_open_are_told_apart_from_spent_ones(history):
    asked = history.begin(INPAINT)
    broken = history.begin(INPAINT)
    history.fail(broken, {"kind": "Unanswered", "charged": True})
    history.fail(history.begin(INPAINT), {"kind": "Refused", "charged": False})
    done(history)
    assert (history.spent(), history.at_risk()) == (80, 160)
    assert [entry.id for entry in history.open()] == [asked.id]
    assert history.get(asked.id).outcome == "working"


def test_search_finds_words_in_any_order_and_case(history):
    door = done(history, Record("inpaint", "inpaint", {"prompt": "A RED door, ÄPFEL 100%"}, document="House"))
    tree = done(history, Record("generate", "generations", {"prompt": "a red tree"}))
    history.star(tree)
    assert [entry.id for entry in history.list("red")] == [tree.id, door.id]
    assert [entry.id for entry in history.list("äpfel Red house")] == [door.id]
    assert [entry.id for entry in history.list("0%")] == [door.id]
    assert history.list("red_tree") == ()
    assert [entry.id for entry in history.list("inpaint")] == [door.id]
    assert [entry.id for entry in history.list(operation="generate")] == [tree.id]
    assert [entry.id for entry in history.list(starred=False)] == [door.id]
    assert [entry.id for entry in history.list(limit=1, offset=1)] == [door.id]
    history.unstar(tree)
    assert history.list(starred=True) == ()


def test_an_entry_is_found_by_the_beginning_of_its_id_or_of_its_end(tmp_path):
    clock = Clock()
    history = History(tmp_path, clock=clock)
    first, second = history.begin(INPAINT), history.begin(INPAINT)
    assert history.get(first.id).id == first.id
    assert history.get(second.id[:-1]).id == second.id
    assert history.get(second.id[-6:]).id == second.id
    with pytest.raises(BadOption, match="fits 2 entries") as caught:
        history.get(first.id[:10])
    assert second.id in caught.value.remedy
    for none in ("9999", "", "../../etc"):
        with pytest.raises(BadOption, match="recraft history list"):
            history.get(none)


@pytest.fixture
def older(monkeypatch):
    """A process that began before all that the clocks of these tests tell."""
    monkeypatch.setattr("recraft_core.history.entry._BORN", 0.0)


def test_prune_takes_the_oldest_and_spares_the_starred_and_the_needed(tmp_path, older):
    clock = Clock(time.time() - 7200)
    history = History(tmp_path, clock=clock)
    entries = []
    for _ in range(5):
        clock.now += 60
        entries.append(done(history, data=PNG * 50))
    history.star(entries[0])
    waiting = history.begin(INPAINT)
    history.answered(waiting, [("a", "https://x/1")], 40)
    working = history.begin(INPAINT)
    assert history.prune(history.size()) == ()
    assert history.prune(history.size() - 1) == (entries[1].id,)
    assert history.prune(0) == tuple(entry.id for entry in entries[2:])
    assert {entry.id for entry in history.list()} == {entries[0].id, waiting.id, working.id}
    assert sorted(path.name for path in (tmp_path / "entries").iterdir()) == sorted([entries[0].id, waiting.id, working.id])


def test_what_a_removal_cut_short_left_behind_is_swept_up(history):
    left = history.folder / "entries" / ".old-20270115-080000000-abcdef"
    kept = done(history)
    shutil.copytree(kept.folder, left)
    os.utime(left, (0, 0))
    history.prune(10**9)
    assert list((history.folder / "entries").iterdir()) == [kept.folder]


def test_what_can_be_fetched_or_read_again_is_spared_for_as_long_as_it_can(tmp_path):
    clock = Clock()
    history = History(tmp_path, clock=clock)
    unread = history.begin(INPAINT)
    history.came(unread, b"HTTP/1.1 200\r\n\r\nhalf")
    history.fail(unread, {"what": "cut off"})
    waiting = history.begin(INPAINT)
    history.answered(waiting, [("a", "https://x/1")], 40)
    clock.now += 24 * 3600 - 1
    assert history.prune(0) == ()
    clock.now += 1
    assert history.prune(0) == (waiting.id,)
    assert [entry.id for entry in history.unread()] == [unread.id]


def test_an_answer_lies_there_twice_only_where_it_is_small_or_not_all_here(history):
    for size, wanted, stays in ((1 << 20, 1, True), ((1 << 20) + 1, 1, False), (2 << 20, 2, True)):
        entry = history.begin(INPAINT)
        history.came(entry, bytes(size))
        history.answered(entry, [(str(number), "https://x/1") for number in range(wanted)], 80)
        history.keep(entry, 0, PNG)
        history.finish(entry)
        assert (history.raw(entry) is not None) is stays, (size, wanted)


def test_a_request_is_at_work_for_an_hour_after_its_answer_and_no_longer(tmp_path, older):
    clock = Clock(time.time() - 3700)
    history = History(tmp_path, clock=clock)
    late = history.answered(history.begin(INPAINT), [("a", "https://x/1")], 80)
    clock.now += 200
    still = history.answered(history.begin(INPAINT), [("a", "https://x/1")], 80)
    clock.now += 1
    asked = history.begin(INPAINT)
    clock.now += 3499
    assert (late.at_work, still.at_work, asked.at_work) == (False, True, True)
    assert history.at_work() == (still, asked)
    history.finish(still)
    assert history.at_work() == (asked,)


def test_what_a_request_is_told_last_counts(history):
    """Answered once more after a crash or a failure: nothing that is known already is forgotten."""
    entry = history.begin(INPAINT)
    history.answered(entry, [("a", "https://x/1"), ("b", "https://x/2")], 80, request_id="r", answer={"a": 1}, extra=[1])
    history.keep(entry, 0, PNG)
    history.fail(entry, {"what": "cut off"})
    again = history.answered(entry, [("c", "https://x/3")], 40, about=True)
    assert (again.status, again.charged, again.about, again.request_id, again.error) == ("answered", 40, True, "r", {})
    assert [(one.image_id, one.url, one.file, one.extra) for one in again.pictures] == [
        ("c", "https://x/3", "1.png", False), ("b", "https://x/2", "", True),
    ]  # fmt: skip
    assert again == history.get(entry.id)
    assert history.answered(history.finish(entry), [], 40).status == "done"


def test_export_copies_and_overwrites_nothing(history, tmp_path):
    entry = done(history)
    (first,) = history.export(entry.id[-6:], tmp_path / "out")
    first.write_bytes(b"painted over")
    (second,) = history.export(entry, tmp_path / "out")
    (third,) = history.export(entry, tmp_path / "out")
    assert [one.read_bytes() for one in (first, second, third)] == [b"painted over", PNG, PNG]
    assert [one.name for one in (first, second, third)] == [f"inpaint-{entry.id}-1{more}.png" for more in ("", " (2)", " (3)")]


def test_expected_time_goes_by_what_is_alike(tmp_path):
    clock = Clock()
    history = History(tmp_path, clock=clock)
    for side, seconds in ((1000, 10), (1100, 14), (1000, 30), (3000, 90)):
        entry = history.begin(Record("erase", "eraseRegion", sent=Size(side, side)))
        clock.now += seconds
        history.answered(entry, [], 2)
    slow = history.begin(Record("erase", "eraseRegion"))
    clock.now += 1000
    history.fail(slow, {"what": "no answer"})
    assert history.expected_s("erase", 1.0) == 14
    assert history.expected_s("erase", 9.0) == 90
    assert history.expected_s("erase", 200.0) == 22
    assert history.expected_s("erase", 1.0, model="recraftv3") == 14
    assert history.expected_s("inpaint") is None
    assert history.expected_s("erase", engine="local") is None
    assert len(history.timings("erase")) == 4


def test_the_key_is_in_no_file(history):
    key = "rc_0123456789abcdef0123456789"
    redaction.register(key)
    record = Record("inpaint", "inpaint", {"prompt": f"paste {key}", "Authorization": key, key: [key]}, document=key)
    entry = history.begin(record, {"source.txt": f"from {key}".encode()})
    history.answered(entry, [(key, f"https://x/{key}")], 40, request_id=key, answer={"style": key})
    history.keep(entry, 0, PNG)
    history.fail(entry, {"what": f"Bearer {key} was refused", "nested": {"headers": {"Authorization": "other-secret"}}})
    history.remove(history.begin(record))
    history.rebuild()
    history.list(key)
    redaction.forget(key)
    files = [path for path in history.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in files)
    assert [path for path in files if key.encode() in path.read_bytes() or b"other-secret" in path.read_bytes()] == []


def test_a_signed_address_is_kept_to_the_letter(history):
    url = "https://img.example/a?access_token=abc&Signature=Bearer%20x"
    entry = history.begin(INPAINT)
    history.answered(entry, [("a", url)], 40)
    assert history.pending()[0].pictures[0].url == url


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_sent(tmp_path):
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history")
    with pytest.raises(StorageTrouble, match=r"a part of the path is a file|a file is where") as caught:
        history.begin(INPAINT)
    assert str(tmp_path) in caught.value.what
    assert history.list() == ()
    assert history.spent() == 0


def test_bytes_that_cannot_be_filed_say_so_and_that_units_are_gone(history):
    entry = history.begin(INPAINT)
    history.close()  # Windows removes nothing that is open
    shutil.rmtree(history.folder)
    history.folder.write_text("")
    with pytest.raises(StorageTrouble, match="could not be filed") as caught:
        history.keep(entry, 0, PNG)
    assert caught.value.charged
    assert "placed now" in caught.value.remedy


def test_what_is_paid_for_is_filed_though_its_entry_was_removed_meanwhile(history):
    entry = history.begin(INPAINT)
    history.remove(entry)
    history.keep(entry, 0, PNG)
    assert history.files(entry.id)[0].read_bytes() == PNG
    assert history.get(entry.id).record == INPAINT


def test_extras_cannot_leave_their_folder(history):
    for name in ("../x.png", "1.png", "entry.json", "a/b.png", ".x.png"):
        with pytest.raises(BadOption):
            history.begin(INPAINT, {name: PNG})
    assert history.list() == ()


def test_many_threads_lose_nothing(history):
    entry = history.begin(INPAINT)
    jobs = [threading.Thread(target=history.keep, args=(entry, at, PNG + bytes([at]))) for at in range(6)]
    jobs += [threading.Thread(target=done, args=(history,)) for _ in range(6)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    told = json.loads((entry.folder / "entry.json").read_text())["pictures"]
    assert [picture["file"] for picture in told] == [f"{at}.png" for at in range(1, 7)]
    assert len(history.list()) == 7


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (PNG, "png"),
        (WEBP, "webp"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\xef\xbb\xbf <!-- made -->\n<svg", "svg"),
        (b"<html><body>Sign in</body>", "bin"),
        (b"", "bin"),
    ],
)
def test_the_suffix_goes_by_the_bytes(data, name):
    assert suffix(data) == name
