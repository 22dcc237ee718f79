"""One trigger, one charge: equal requests of several processes of the user, against the real engine."""
import threading
import time

import pytest
from plugin import Plugin, erase, layer
from recraft_core.history import History, Record
from recraft_core.history.recorder import AlreadyAsked
from recraft_core.history.twins import once
from recraft_core.shared.errors import Unanswered
from waiting import wait_for


@pytest.fixture
def two(tmp_path, engine, key):
    """Two plugins of one user: the history's folder is all they share."""
    with Plugin(tmp_path, engine.base_url, key) as one, Plugin(tmp_path, engine.base_url, key) as other:
        yield one, other


def posts(engine):
    return [visit for visit in engine.requests if visit.method == "POST"]


def started(plugin, engine, **fields):
    """The number of a request that the engine is at work on."""
    known = len(posts(engine))
    number = plugin.link.send("run", **erase(), **fields)
    wait_for(lambda: plugin.link.poll(20) or len(posts(engine)) > known)
    return number


def test_the_same_request_in_two_processes_is_sent_and_charged_once(two, engine):
    one, other = two
    engine.faults.add("eraseRegion", "stall", seconds=2)
    first = started(one, engine)
    twin = other.all(other.link.send("run", **erase()))[-1]
    result = one.all(first)[-1]
    assert (len(posts(engine)), result["units"], twin["units"]) == (1, 2, 0)
    assert twin["twin"]["document"] == "noise.kra"
    assert result.get("twin") is None
    assert bytes(twin.blobs[0]) == bytes(result.blobs[0])
    assert twin["entry"] == result["entry"]
    assert any("nothing more was sent" in note for note in twin["notes"])
    assert (layer(twin)[0] == layer(result)[0]).all()


def test_it_is_under_way_until_its_pictures_are_here(two, engine):
    one, other = two
    engine.faults.add("results", "stall", seconds=2)
    first = one.link.send("run", **erase())
    wait_for(lambda: one.link.poll(20) or [visit for visit in engine.requests if visit.method == "GET" and "images" in visit.path])
    twin = other.all(other.link.send("run", **erase()))[-1]
    result = one.all(first)[-1]
    assert (len(posts(engine)), result["units"], twin["units"]) == (1, 2, 0)
    assert bytes(twin.blobs[0]) == bytes(result.blobs[0])


@pytest.mark.parametrize("gone", ["process", "time"])
def test_what_its_process_left_half_fetched_is_not_waited_for(tmp_path, monkeypatch, gone):
    history = History(tmp_path)
    entry = history.answered(first_of(history), [("a", "https://img.recraft.ai/a")], 2)
    assert history.at_work() == (entry,)
    if gone == "process":
        monkeypatch.setattr("recraft_core.history.entry.runs", lambda _pid: False)
    else:
        monkeypatch.setattr("recraft_core.history.entry.FETCH_S", -1.0)
    assert history.at_work() == ()
    assert history.get(entry.id).outcome == "answered"


def test_another_one_is_sent_where_it_is_wished_and_where_anything_differs(two, engine):
    one, other = two
    engine.faults.add("eraseRegion", "stall", seconds=1, times=0)
    first = started(one, engine)
    assert other.all(other.link.send("run", **erase(), again=True))[-1]["units"] == 2
    assert other.all(other.link.send("run", **erase(grow_px=4)))[-1]["units"] == 2
    assert one.all(first)[-1]["units"] == 2
    assert len(posts(engine)) == 3


def test_whoever_waits_for_a_twin_can_stop_waiting_and_nothing_is_charged_for_it(two, engine):
    one, other = two
    engine.faults.add("eraseRegion", "stall", seconds=2)
    first = started(one, engine)
    twin = other.link.send("run", **erase())
    other.link.cancel(twin)
    told = other.all(twin)[-1]
    assert (told["error"]["kind"], told["error"]["charged"]) == ("Cancelled", False)
    assert one.all(first)[-1]["units"] == 2


def test_what_is_done_is_no_twin(two, engine):
    one, other = two
    assert [each.all(each.link.send("run", **erase()))[-1]["units"] for each in (one, other)] == [2, 2]
    assert len(posts(engine)) == 2


def first_of(history):
    return history.begin(Record("erase", "eraseRegion", units=2))


def meeting(history, entry, then):
    """`once` for a second request that meets `entry`, while another thread does `then` to it."""
    tries = []

    def work():
        tries.append(1)
        if len(tries) == 1:
            raise AlreadyAsked(entry.id)
        return "sent by itself"

    other = threading.Timer(0.3, then)
    other.start()
    try:
        return once(history, work, lambda: None)
    finally:
        other.join()


def test_how_the_first_fails_is_told_to_the_second_which_is_not_sent(tmp_path):
    history = History(tmp_path)
    entry = first_of(history)
    lost = Unanswered("No answer came.", remedy="Look at the balance.", charged=True)
    with pytest.raises(Unanswered) as caught:
        meeting(history, entry, lambda: history.fail(entry, lost.as_dict()))
    assert caught.value.charged


def test_when_the_first_is_called_off_the_second_goes_by_itself(tmp_path):
    history = History(tmp_path)
    entry = first_of(history)
    assert meeting(history, entry, lambda: history.remove(entry)) == ("sent by itself", None)


def test_within_a_session_what_was_answered_is_answered_from_the_history(two, engine):
    one, other = two
    paid = one.all(one.link.send("run", **erase(), session="gimp-1", reuse=True))[-1]
    kept = other.all(other.link.send("run", **erase(), session="gimp-1", reuse=True))[-1]
    later = other.all(other.link.send("run", **erase(), session="gimp-2", reuse=True))[-1]
    assert [told["units"] for told in (paid, kept, later)] == [2, 0, 2]
    assert bytes(kept.blobs[0]) == bytes(paid.blobs[0])
    assert len(posts(engine)) == 2


def test_one_that_was_answered_after_the_click_was_under_way_then(two, engine):
    """A shortcut five times fast starts five processes: the last may come to send when the first has its answer."""
    one, other = two
    clicked = time.time()
    paid = one.all(one.link.send("run", **erase(), session="gimp-1", since=clicked))[-1]
    same = other.all(other.link.send("run", **erase(), session="gimp-1", since=clicked))[-1]
    later = other.all(other.link.send("run", **erase(), session="gimp-1", since=time.time()))[-1]
    assert [told["units"] for told in (paid, same, later)] == [2, 0, 2]
    assert "twin" in same.fields
    assert len(posts(engine)) == 2
