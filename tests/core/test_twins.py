"""One trigger, one charge: equal requests of several processes of the user, against the real engine."""
import base64
import json
import time
from types import MappingProxyType

import numpy as np
import pytest
from plugin import Plugin, erase, layer
from recraft_core.api.answers import Answer, Made
from recraft_core.api.wire import Call, File, Raw
from recraft_core.batch.work import mended
from recraft_core.history import History, Record
from recraft_core.history.recorder import AlreadyAsked, Books, Filing, Origin, digest_of
from recraft_core.history.twins import SHARED, once
from recraft_core.operations import Reading, run
from recraft_core.settings import Settings
from recraft_core.shared.errors import BadOption, Cancelled, Unanswered
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.islands import around
from recraft_core.shared.plan import Ask, plan
from waiting import wait_for
from wild import png


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


def meeting(history, entry, *steps):
    """`once` for a second request that meets `entry`; at each look the next of `steps` happens to it meanwhile."""
    tries, left = [], iter(steps)

    def work():
        tries.append(1)
        if len(tries) == 1:
            raise AlreadyAsked(entry.id)
        return "sent by itself"

    def look():
        next(left)()

    return once(history, work, look)


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


# --- who finds whom, without a process or a service -----------------------------------------------------------------


WORDS = plan(Ask("enhance_prompt", {"prompt": "a boat"}))
SAME = Call("prompts/enhance", {"prompt": "a boat"})
WRITTEN = Answer(10, (), "r1", {"prompt": "more"})


def digest(call):
    return digest_of(call, WORDS)


def press(history, call=SAME, *, made=WORDS, offline=False, known=None, **origin):
    """One press of a button, as far as its request being filed; nothing is sent."""
    books = None if known is None else Books(known)
    one = Filing(history, Settings(), Reading(), Origin(**origin), offline=offline, books=books)
    one.asked(made, call)
    return one


def finished(history, **more):
    """A press whose answer is here."""
    one = press(history, **more)
    one.answered(WRITTEN)
    one.done()
    return one.entry


def met(history, **more):
    """The entry that a press finds instead of being sent; None where it is sent."""
    try:
        press(history, **more)
    except AlreadyAsked as twin:
        return twin.entry
    return None


def test_from_its_first_moment_until_its_pictures_are_here_a_request_is_found(tmp_path):
    history = History(tmp_path)
    first = press(history)
    assert met(history) == first.entry.id
    first.answered(Answer(10, (Made("a", "https://img.recraft.ai/a"),)))
    assert met(history) == first.entry.id
    first.keep(0, b"<svg/>")
    first.done()
    assert met(history) is None


@pytest.mark.parametrize("error", [Unanswered("No answer came.", remedy="Wait."), Cancelled()])
def test_what_failed_or_was_called_off_keeps_nobody_from_asking_again(tmp_path, error):
    history = History(tmp_path)
    press(history, session="gimp-1").failed(error)
    assert met(history, session="gimp-1", reuse=True) is None


def test_whoever_wishes_another_one_gets_it_whatever_is_there(tmp_path):
    history = History(tmp_path)
    finished(history, session="gimp-1")
    press(history, session="gimp-1", again=True, reuse=True)
    assert met(history, session="gimp-1", again=True, reuse=True) is None


@pytest.mark.parametrize("offline", [True, False])
def test_what_the_engine_drew_is_no_answer_of_the_service_nor_the_other_way_round(tmp_path, offline):
    history = History(tmp_path)
    drawn = finished(history, offline=offline, session="gimp-1")
    under_way = press(history, SAME, offline=offline, session="gimp-2")
    other = {"offline": not offline, "session": "gimp-1", "reuse": True}
    assert met(history, known={digest(SAME): drawn.id}, **other) is None
    under_way.failed(Cancelled())
    assert met(history, session="gimp-1", reuse=True, offline=offline) == drawn.id


def test_an_answer_is_given_again_in_its_own_session_alone_and_where_that_is_wished(tmp_path):
    history = History(tmp_path)
    kept = finished(history, session="gimp-1")
    assert met(history, session="gimp-1", reuse=True) == kept.id
    assert met(history, session="gimp-1", since=kept.finished) == kept.id
    later = kept.finished + 0.001
    for other in ({"session": "gimp-2", "reuse": True}, {"session": "gimp-1"}, {"session": "gimp-1", "since": later}, {}):
        press(history, **other).failed(Cancelled())  # it was to be sent


def test_no_session_is_no_session_in_common(tmp_path):
    history = History(tmp_path)
    finished(history)
    assert met(history, reuse=True) is None


def test_a_row_tried_again_takes_what_an_earlier_try_was_answered(tmp_path):
    history = History(tmp_path)
    kept = finished(history, known={})
    known = {digest(SAME): kept.id}
    assert met(history, known=known) == kept.id
    other = Call("prompts/enhance", {"prompt": "another boat"})
    assert met(history, call=other, known=known) is None
    history.remove(kept)
    assert met(history, known=known) is None


def test_a_row_whose_process_was_killed_with_the_picture_in_its_answer_is_not_paid_for_again(tmp_path, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    history = History()
    killed = press(history, Call("generations", {"prompt": "a boat"}), known={})
    data = [{"image_id": "a", "b64_json": base64.b64encode(b"<svg/>").decode()}]
    killed.received(Raw(200, {}, json.dumps({"created": 1, "credits": 40, "data": data}).encode()))
    monkeypatch.setattr("recraft_core.history.entry.runs", lambda _pid: False)
    assert mended([killed.entry.id], None) == {digest(Call("generations", {"prompt": "a boat"})): killed.entry.id}
    assert [path.read_bytes() for path in history.files(killed.entry)] == [b"<svg/>"]


def test_a_try_that_failed_is_made_again(tmp_path):
    history = History(tmp_path)
    lost = press(history)
    lost.failed(Unanswered("No answer came.", remedy="Wait."))
    assert met(history, known={digest(SAME): lost.entry.id}) is None


def test_whatever_differs_in_a_request_makes_it_another_one():
    picture, mask = File("image", "image/png", b"one"), File("mask", "image/png", b"two")
    calls = [
        Call("inpaint", {"prompt": "x", "n": 2}, (picture, mask)), Call("inpaint", {"prompt": "x", "n": 1}, (picture, mask)),
        Call("eraseRegion", {"prompt": "x", "n": 2}, (picture, mask)), Call("inpaint", {"prompt": "x", "n": 2}, (picture,)),
        Call("inpaint", {"prompt": "x", "n": 2}, (mask, picture)),
        Call("inpaint", {"prompt": "x", "n": 2}, (picture, File("mask", "image/png", b"twO"))),
        Call("inpaint", {"prompt": "x", "n": 2}, (File("image", "image/png", b"one\0mask\x003\0two"),)),
        Call("inpaint", {"prompt": "x", "n": 2, "colors": (((1, 2, 3), None),)}, (picture, mask)),
    ]  # fmt: skip
    held = [Call("inpaint", MappingProxyType({"text_layout": MappingProxyType({"text": text})})) for text in "ab"]
    calls += held
    assert len({digest(call) for call in calls}) == len(calls)
    assert digest(held[0]) == digest(Call("inpaint", {"text_layout": {"text": "a"}}))
    assert {len(digest(call)) for call in calls} == {32}
    assert digest(Call("inpaint", {"n": 2, "prompt": "x"}, (picture, mask))) == digest(calls[0])


def test_equal_spots_at_two_places_are_two_requests():
    """Each result is cut and placed where its own was read."""
    call, size = Call("eraseRegion", {}), Size(900, 600)
    plans = [
        plan(Ask("erase", options, canvas, box))
        for options, canvas, box in (
            ({}, size, Box(300, 200, 20, 20)), ({}, size, Box(320, 200, 20, 20)), ({}, Size(901, 600), Box(300, 200, 20, 20)),
            ({"feather_px": 3}, size, Box(300, 200, 20, 20)),
        )
    ]  # fmt: skip
    coverage = np.zeros((2, 6), np.uint8)
    digests = [digest_of(call, made, coverage) for made in plans]
    digests += [digest_of(call, plans[0], coverage + 1), digest_of(call, plans[0], coverage[:, ::2])]
    assert len(set(digests)) == len(digests)
    assert digest_of(call, plans[0], coverage.copy()) == digests[0]


def test_two_equal_areas_of_one_click_are_both_filled(two, engine):
    """A shortcut's click finds what is under way since then, but not its own other areas."""
    one, _ = two
    size, areas = Size(9000, 300), (Box(200, 100, 40, 40), Box(8600, 100, 40, 40))
    made = plan(Ask("erase", {}, size, around(areas), areas))
    flat, blobs = bytes((90, 120, 150, 255)), []
    for part in made.parts:
        coverage = np.zeros((part.read.height, part.read.width), np.uint8)
        at = part.areas[0].moved(-part.read.x, -part.read.y)
        coverage[at.y : at.bottom, at.x : at.right] = 255
        blobs += [flat * part.read.size.area, coverage.tobytes()]
    fields = {
        "operation": "erase", "options": {}, "canvas": size, "selection": around(areas), "read": made.read,
        "parts": ["pixels", "coverage"] * 2, "areas": areas, "reads": [part.read for part in made.parts],
        "document": "a.xcf", "session": "gimp-1", "reuse": True, "since": time.time(), "draw": True,
    }  # fmt: skip
    told = one.all(one.link.send("run", blobs=blobs, **fields))[-1]
    assert (told.kind, told.get("units"), len(posts(engine))) == ("result", 4, 2), told.fields
    assert told.get("twin") is None
    assert tuple(told["layers"][0]["box"]) == around(areas)


@pytest.mark.parametrize("problem", [MemoryError(), KeyboardInterrupt(), ZeroDivisionError()])
def test_what_was_left_half_way_is_not_waited_for(tmp_path, problem):
    class Broken:
        def send(self, call, **_more):
            raise problem

    history = History(tmp_path)
    filing = Filing(history, Settings(), Reading(), Origin(), offline=False)
    with pytest.raises(type(problem)):
        run(WORDS, Broken(), journal=filing)
    assert history.at_work() == ()
    assert history.get(filing.entry.id).outcome == "unknown", "it may have been charged"
    assert met(history) is None


def test_a_process_does_not_wait_for_an_earlier_one_of_its_own_number(tmp_path):
    """In a container each process may be number 1."""
    began = time.time() - 3600
    history = History(tmp_path, clock=lambda: began)
    press(history)
    assert History(tmp_path).at_work() == ()
    assert met(History(tmp_path)) is None


def test_words_that_a_twin_was_given_are_given_to_the_second_for_nothing(tmp_path):
    history = History(tmp_path)
    first = press(history)
    outcome, entry = meeting(history, first.entry, lambda: first.answered(WRITTEN), first.done)
    assert (outcome.body, outcome.units, outcome.request_id, outcome.layers) == ({"prompt": "more"}, 0, "r1", ())
    assert outcome.notes[-1] == SHARED
    assert entry.id == first.entry.id


def test_a_picture_that_a_twin_was_given_is_given_to_the_second_for_nothing(tmp_path):
    history = History(tmp_path)
    made = plan(Ask("generate", {"prompt": "a boat"}))
    first = press(history, Call("generations", made.values), made=made)
    answer = Answer(35, (Made("a", "", png((8, 6), (200, 30, 30))),))
    outcome, _ = meeting(history, first.entry, lambda: first.answered(answer), first.done)
    assert (outcome.layers[0].pixels == (200, 30, 30, 255)).all()
    assert (outcome.layers[0].image_id, outcome.units, outcome.notes[-1]) == ("a", 0, SHARED)


def test_a_result_that_was_not_kept_is_told_and_not_paid_for_once_more(tmp_path):
    history = History(tmp_path)
    first = press(history)
    with pytest.raises(BadOption, match="its result was not kept"):
        meeting(history, first.entry, lambda: first.answered(WRITTEN), lambda: history.remove(first.entry))


@pytest.mark.parametrize("units", [0, 10])
def test_when_the_process_of_the_first_has_ended_its_price_may_be_charged(tmp_path, monkeypatch, units):
    history = History(tmp_path)
    first = history.begin(Record("enhance_prompt", "prompts/enhance", units=units))
    with pytest.raises(Unanswered, match="has ended") as caught:
        meeting(history, first, lambda: monkeypatch.setattr("recraft_core.history.entry.runs", lambda _pid: False))
    assert caught.value.charged is bool(units)
