"""The real worker process, spoken to as the plugins do, against the real engine."""

import hashlib
import json
import os
import signal
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from plugin import CANVAS, SELECTION, Plugin, canvas, erase, layer
from recraft_core import paths
from recraft_core.api import releases
from recraft_core.api.client import Client
from recraft_core.api.wire import Call
from recraft_core.history import History, Record
from recraft_core.shared.errors import BadOption, Cancelled, OutOfUnits, from_dict
from recraft_core.shared.geometry import Box
from recraft_core.shared.protocol import Message
from recraft_core.worker.job import Job
from waiting import wait_for

PHASES = ["preparing", "sending", "working", "receiving", "placing"]


@pytest.fixture
def plugin(tmp_path, engine, key):
    with Plugin(tmp_path, engine.base_url, key) as one:
        yield one


@pytest.fixture(scope="module")
def _shared(tmp_path_factory, _engine):
    with Plugin(tmp_path_factory.mktemp("home"), _engine.base_url, "key-for-tests-0123456789") as one:
        yield one


@pytest.fixture
def shared(_shared, engine):
    """One worker for all tests that do not mind what others have left in its history."""
    _shared.link.poll(1)
    return _shared


def trouble(message):
    assert message.kind == "error", message
    return from_dict(message["error"])


def posts(engine):
    return [visit for visit in engine.requests if visit.method == "POST"]


def test_a_click_from_canvas_to_layer(shared, engine):
    found = shared.all(shared.link.send("run", **erase()))
    result = found[-1]
    pixels, box = layer(result)
    inside = SELECTION.moved(-box.x, -box.y)
    outside = pixels.copy()
    outside[inside.y : inside.bottom, inside.x : inside.right] = 0
    assert not outside[..., 3].any()
    assert (pixels[inside.y : inside.bottom, inside.x : inside.right, 3] == 200).all()
    assert (result["units"], result["operation"], result["instead"], result["offline"]) == (2, "erase", False, False)
    assert Box(*result["place"]) == box
    phases = list(dict.fromkeys(message["phase"] for message in found[:-1]))
    assert phases == [phase for phase in PHASES if phase in phases]
    assert {"preparing", "sending", "working"} <= set(phases)
    (sending, *_) = [message for message in found if message.get("phase") == "sending"]
    assert 0 <= sending["sent"] <= sending["total"]
    assert len(posts(engine)) == 1


def test_after_a_paid_job_the_balance_is_told(plugin, engine):
    plugin.link.send("run", **erase())
    *_, balance = _until(plugin, "balance")
    assert (balance["balance"], balance["spent_today"]) == (engine.balance, 2)


def test_after_a_job_that_may_have_been_paid_the_balance_is_told_too(plugin, engine):
    engine.faults.add("eraseRegion", "close_after_work")
    plugin.link.send("run", **erase())
    *_, error, balance = _until(plugin, "balance")
    assert trouble(error).charged
    assert balance["balance"] == engine.balance


def _until(plugin, kind):
    """What came, up to the first message of that kind."""
    found = []

    def came():
        found.extend(plugin.link.poll(100, wait=True))
        return any(message.kind == kind for message in found)

    wait_for(came)
    at = next(at for at, message in enumerate(found) if message.kind == kind)
    return found[: at + 1]


def test_the_order_of_the_host_in_is_the_order_out(shared):
    rgba, _ = layer(shared.ask("run", **erase()))
    bgra, _ = layer(shared.ask("run", **erase(order="BGRA")))
    assert np.array_equal(rgba, bgra[..., [2, 1, 0, 3]])


def test_a_slow_job_does_not_hold_up_the_next(shared, engine):
    engine.faults.add("eraseRegion", "stall", seconds=0.7)
    slow = shared.link.send("run", **erase())
    shared.until(slow, "working")
    # Not the very same request: that one would wait for the result of the first.
    quick = shared.link.send("run", **erase(grow_px=3))
    found = shared.link.wait(slow, 30)
    assert [message.id for message in found if message.kind == "result"] == [quick, slow]


def test_the_second_job_knows_how_long_it_will_take(plugin, engine):
    engine.faults.add("eraseRegion", "stall", times=2, seconds=0.5)
    first = plugin.all(plugin.link.send("run", **erase()))
    assert all(message.get("left_s") is None for message in first if message.get("phase") == "working")
    second = plugin.all(plugin.link.send("run", **erase()))
    left = [message["left_s"] for message in second if message.get("phase") in {"preparing", "sending", "working"}]
    told = [number for number in left if number is not None]
    assert told
    assert told[0] > 0.3
    assert all(after <= before for before, after in pairwise(told))


def test_cancelled_before_it_is_sent_nothing_is_sent(plugin, engine):
    plugin.ask("settings", do="get")
    id_ = plugin.link.send("run", **erase())
    plugin.link.cancel(id_)
    error = trouble(plugin.all(id_)[-1])
    assert isinstance(error, Cancelled)
    assert "Nothing was sent" in error.remedy
    assert plugin.entries() == []
    assert not posts(engine)


def test_cancelled_while_it_works_the_wait_ends_and_the_answer_is_kept(shared, engine):
    engine.faults.add("eraseRegion", "stall", seconds=2)
    id_ = shared.link.send("run", **erase())
    shared.until(id_, "working")
    wait_for(lambda: posts(engine))  # sent is not yet seen
    shared.link.cancel(id_)
    error = trouble(shared.all(id_)[-1])
    assert isinstance(error, Cancelled)
    assert error.charged
    assert not posts(engine)[-1].status, "the wait ended only with the answer"
    *_, filed = _until(shared, "filed")
    assert (filed.id, filed["units"]) == (id_, 2)
    again = shared.ask("history", do="place", entry=filed["entry"])
    assert layer(again)[1] == Box(*again["place"])


def test_a_bad_job_takes_no_other_down(shared, engine):
    engine.faults.add("eraseRegion", "stall", seconds=0.6)
    good = shared.link.send("run", **erase())
    shared.until(good, "working")
    for wrong in (
        {**erase(), "blobs": [b"123", b"4"]},
        {**erase(), "blobs": []},
        {**erase(), "read": [0, 0, 5, 5]},
        {**erase(), "order": "ARGB"},
        {**erase(), "canvas": "large"},
        {**erase(), "options": {"threshold": "soft"}},
        {**erase(), "operation": "dream"},
    ):
        assert isinstance(trouble(shared.ask("run", **wrong)), BadOption)
    assert shared.link.wait(good, 20)[-1].kind == "result"
    assert len(posts(engine)) == 1


def test_a_cap_per_click_stops_it_before_it_is_sent(plugin, engine):
    plugin.ask("settings", do="set", name="cap_per_click_units", value=1)
    error = trouble(plugin.ask("run", **erase()))
    assert isinstance(error, OutOfUnits)
    assert error.option == "cap_per_click_units"
    assert "recraft settings set cap_per_click_units 2" in error.remedy
    assert not posts(engine)


def test_a_cap_per_day_counts_what_this_day_has_cost(plugin, engine):
    plugin.ask("settings", do="set", name="cap_per_day_units", value="3")
    assert plugin.ask("run", **erase()).kind == "result"
    error = trouble(plugin.ask("run", **erase()))
    assert "recraft settings set cap_per_day_units 4" in error.remedy
    assert len(posts(engine)) == 1
    assert plugin.ask("history", do="spent")["data"]["today"] == 2


def test_a_plan_tells_price_and_boxes(shared):
    fields = erase()
    told = shared.ask("plan", **{name: fields[name] for name in ("operation", "options", "canvas", "selection")})["data"]
    assert (told["units"], told["price"], told["offline"]) == (2, "2 units · $0.002", False)
    assert told["read"] == list(fields["read"])


def test_the_history_over_the_wire(plugin):
    result = plugin.ask("run", **erase())
    entry = result["entry"]
    (listed,) = plugin.entries()
    assert (listed["entry"], listed["operation"], listed["document"], listed["units"]) == (entry, "erase", "noise.kra", 2)
    again = plugin.ask("history", do="place", entry=entry)
    assert np.array_equal(layer(again)[0], layer(result)[0])
    small = plugin.ask("history", do="thumbnail", entry=entry, side=64)
    assert max(small["data"]["size"]) == 64
    assert len(small.blobs[0]) == 4 * small["data"]["size"][0] * small["data"]["size"][1]
    assert plugin.ask("history", do="thumbnail", entry=entry, side=64).blobs == small.blobs
    assert "no picture 2" in trouble(plugin.ask("history", do="thumbnail", entry=entry, index=1)).what
    assert plugin.ask("history", do="star", entry=entry)["data"]["starred"]
    assert plugin.ask("history", do="list", starred=False)["data"]["entries"] == []
    plugin.ask("history", do="remove", entry=entry)
    assert plugin.entries() == []
    assert plugin.ask("history", do="spent")["data"]["today"] == 2
    assert "no entry" in trouble(plugin.ask("history", do="get", entry=entry)).what
    assert "is not a known action" in trouble(plugin.ask("history", do="dance")).what


def test_pictures_to_choose_from_come_bare_and_are_placed_from_the_history(shared):
    options = {"prompt": "a boat", "model": "recraftv4_1_vector"}
    explored = {"operation": "explore", "options": options, "canvas": CANVAS, "parts": []}
    bare = shared.ask("run", **explored, bare=True)
    assert not bare.blobs
    assert all(told["image_id"] and told["pixels"] is told["svg"] is None for told in bare["layers"])
    placed = shared.ask("history", do="place", entry=bare["entry"], draw=True)
    assert [told["box"] for told in placed["layers"]] == [told["box"] for told in bare["layers"]]
    assert layer(placed)[0].any()


def test_settings_and_key_over_the_wire(tmp_path, engine):
    with Plugin(tmp_path, engine.base_url) as plugin:
        held = plugin.ask("settings", do="set", name="feather_px", value=3)["data"]
        assert (held["settings"]["feather_px"], held["defaults"]["feather_px"]) == (3, 0)
        assert plugin.ask("settings", do="reset", name="feather_px")["data"]["settings"]["feather_px"] == 0
        assert trouble(plugin.ask("settings", do="set", name="colour", value=3)).option == "colour"
        assert "no API key" in trouble(plugin.ask("key", do="test")).what
        kept = plugin.ask("key", do="set", key="key-typed-in-the-plugin-1")["data"]
        assert (kept["kept_in"], kept["present"], kept["origin"]) == ("file", True, "file")
        tested = plugin.ask("key", do="test")["data"]
        assert tested["balance"] == engine.balance
        sent = hashlib.sha256(b"Bearer key-typed-in-the-plugin-1").hexdigest()
        assert engine.requests[-1].authorization == sent
        assert plugin.ask("key", do="remove")["data"]["present"] is False


def test_a_drawing_comes_as_svg_and_drawn_when_asked(shared):
    fields = erase()
    flat = bytes([200, 40, 40, 255]) * (len(fields["blobs"][0]) // 4)
    fields |= {"operation": "vectorize", "draw": True, "blobs": [flat, fields["blobs"][1]]}
    result = shared.ask("run", **fields)
    (told,) = result["layers"]
    assert bytes(result.blobs[told["svg"]]).lstrip().startswith(b"<")
    assert layer(result)[1] == Box(*told["box"])


def test_a_drawing_too_large_to_be_drawn_is_told_and_stays_in_the_history(shared):
    asked = {"operation": "generate", "options": {"prompt": "a boat", "vector": True}, "canvas": [100_000, 100_000]}
    error = trouble(shared.ask("run", **asked, parts=[], draw=True))
    assert "cannot be drawn" in error.what
    assert "BACKTRACE" not in error.what
    again = shared.ask("history", do="place", entry=shared.entries()[0]["entry"])
    assert again["layers"][0]["svg"] == 0


def test_a_style_of_two_pictures_is_listed_as_an_own_style(shared):
    blobs = [canvas().tobytes(), canvas().tobytes()]
    asked = {"operation": "create_style", "options": {"style": "digital_illustration"}, "parts": ["picture", "picture"]}
    made = shared.ask("run", **asked, pictures=[CANVAS, CANVAS], blobs=blobs)
    # The account has those of the tests before as well.
    (style,) = [one for one in shared.ask("styles")["data"]["styles"] if one["id"] == made["answer"]["id"]]
    assert style["style"] == "digital_illustration"


def test_when_the_host_leaves_what_was_paid_for_is_finished(tmp_path, engine, key):
    engine.faults.add("eraseRegion", "stall", seconds=0.5)
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        plugin.until(plugin.link.send("run", **erase()), "working")
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        (entry,) = plugin.entries()
        assert (entry["outcome"], entry["here"], entry["units"]) == ("done", 1, 2)


@pytest.mark.skipif(os.name == "nt", reason="there such a signal ends a process at once")
def test_asked_to_end_it_files_what_is_paid_for_first(tmp_path, engine, key):
    engine.faults.add("eraseRegion", "stall", seconds=0.3)
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        job = plugin.link.send("run", **erase())
        plugin.until(job, "working")
        os.kill(plugin.link.pid, signal.SIGTERM)
        assert "history" in trouble(plugin.all(job)[-1]).remedy
        plugin.link.stop(20)
    with closing(History(tmp_path / "data" / "history")) as history:
        (entry,) = history.list()
        assert (entry.status, entry.charged, len(history.files(entry))) == ("done", 2, 1)


def test_what_an_earlier_worker_left_at_the_service_is_fetched_at_the_next_start(tmp_path, engine, key):
    home = tmp_path / "data" / "history"
    with closing(Client(key, engine.base_url)) as client:
        answer = client.send(Call("generations/raster", {"prompt": "a boat", "model": "recraftv2"}))
    with closing(History(home, clock=lambda: time.time() - 3600)) as history:
        left = history.begin(Record("generate", "generations/raster", units=22))
        history.answered(left, [(made.image_id, made.url) for made in answer.pictures], answer.units)
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        wait_for(lambda: plugin.entries()[0]["here"])
        (entry,) = plugin.entries()
        assert (entry["here"], entry["units"]) == (1, answer.units)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_offline_nothing_is_paid_and_the_engine_never_sees_the_key(tmp_path, key):
    with Plugin(tmp_path, key=key, engine="local") as plugin:
        assert plugin.ask("account")["data"] == {"offline": True, "balance": None}
        result = plugin.ask("run", **erase())
        assert layer(result)[0].any()
        assert result["offline"]
        (entry,) = plugin.entries()
        assert plugin.ask("history", do="place", entry=entry["entry"])["offline"]
        assert (entry["offline"], plugin.ask("history", do="spent")["data"]["today"]) == (True, 0)
        children = _children(plugin.link.pid)
        assert children
        for child in children:
            assert key.encode() not in (Path("/proc") / child / "environ").read_bytes()
            assert key.encode() not in (Path("/proc") / child / "cmdline").read_bytes()


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split() or [
        one.name for one in Path("/proc").iterdir() if one.name.isdigit() and f"PPid:\t{pid}\n" in _status(one)
    ]


def _status(process):
    try:
        return (process / "status").read_text()
    except OSError:
        return ""


def test_nothing_is_sent_that_costs_more_than_was_shown(shared, engine):
    for most, words in ((0, "that it is free"), (1, "1 unit")):
        found = shared.all(shared.link.send("run", most=most, **erase()))
        assert words in str(trouble(found[-1]))
        assert isinstance(trouble(found[-1]), OutOfUnits)
    assert posts(engine) == []
    assert shared.all(shared.link.send("run", most=2, **erase()))[-1]["units"] == 2


def test_testing_the_key_tells_what_was_spent_today_too(plugin):
    plugin.all(plugin.link.send("run", **erase()))
    (told,) = plugin.all(plugin.link.send("key", do="test"))
    assert told["data"]["spent_today"] == 2


def test_a_newer_version_is_told_where_the_user_wants_to_know(tmp_path):
    paths.write(tmp_path / "cache" / releases.FILE, json.dumps({"asked": time.time(), "version": "9.1"}).encode())
    with Plugin(tmp_path) as plugin:
        quiet = plugin.all(plugin.link.send("release"))[-1]
        plugin.all(plugin.link.send("settings", do="set", name="new_versions", value=True))
        told = plugin.all(plugin.link.send("release"))[-1]
    assert (quiet["data"]["version"], told["data"]) == ("", {"version": "9.1"})


def test_cancelled_after_its_first_parts_it_says_that_those_are_paid_for():
    told = []
    job = Job(Message("run", 1, {}), told.append)
    job._answered = 2
    job.cancel()
    (error,) = [message["error"] for message in told if message.kind == "error"]
    assert error["charged"]
    assert "2 of its requests" in str(from_dict(error).remedy)
