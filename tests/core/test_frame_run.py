"""Frames of an animation: each drawing is one request, read at its turn; all that come are placed together."""
import pytest
from fake_canvas import FakeCanvas, last
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.plugin import strips
from recraft_core.shared.plugin.document_job import Job
from recraft_core.shared.plugin.frame_run import FrameRun, Shelf, left_out, search_equal, told
from recraft_core.shared.plugin.verbs import VERBS
from test_document_jobs import Desk

BOX = Box(20, 20, 200, 180)


def animated(**frames):
    canvas = FakeCanvas(Size(300, 280), "one", BOX)
    canvas.frames = {"ink": {int(name[1:]): value for name, value in frames.items()}}
    canvas.layer_id = "ink"
    return canvas


def begun(desk, canvas, *drawings):
    """The jobs of a run over drawings, each a tuple of times."""
    run, jobs = FrameRun(desk.jobs, "ink"), []
    for times in drawings:
        made = plan(Ask("erase", {}, canvas.size, canvas.selection))
        job = Job(VERBS["erase"], made, {}, canvas, request=str(times))
        job.times, job.asked = times, len(times)
        run.take(job)
        jobs.append(desk.jobs.add(job, run.selecting(job, canvas)))
    return jobs


def test_equal_key_frames_are_one_drawing():
    canvas = animated(t0=5, t4=6, t8=5)
    assert last(search_equal(canvas, "ink", (0, 4, 8), BOX)) == ((0, 8), (4,))
    assert last(search_equal(canvas, "ink", (0, 9), BOX)) == (), "one is gone: nothing is known"
    assert last(search_equal(canvas, "paper", (0,), BOX)) == ()


def test_each_is_read_when_its_turn_comes_and_all_are_placed_together():
    canvas = animated(t0=5, t4=6)
    desk = Desk(canvas)
    one, two = begun(desk, canvas, (0,), (4,))
    assert (one.state, two.state, len(desk.requests.sent)) == ("running", "waiting", 1)
    assert set(bytes(desk.requests.sent[0][2][0])) == {5}
    assert one.message()[1] == [], "what is sent is held by nobody"
    canvas.frames["ink"][4] = 7  # painted meanwhile
    desk.answer(1)
    assert (one.state, desk.deliveries) == ("done", [])
    assert set(bytes(desk.requests.sent[1][2][0])) == {7}
    desk.answer(2)
    [delivery] = desk.deliveries
    assert (delivery.job.frames, delivery.job.layer_id) == ([one, two], "ink")
    assert delivery.job.shelf.get(two.result.layers[0]["pixels"]) == b"abcd"
    desk.settle()
    assert delivery.job.shelf._file is None, "nothing waits on the disk any more"


def test_times_with_another_drawing_by_then_are_left_out():
    canvas = animated(t0=5, t4=5, t8=5)
    desk = Desk(canvas)
    desk.jobs.hold(True)
    [one] = begun(desk, canvas, (0, 4, 8))
    canvas.frames["ink"][4] = 9
    del canvas.frames["ink"][8]
    desk.jobs.hold(False)
    assert (one.times, one.asked, one.state) == ((0,), 3, "running")
    assert left_out(one.asked - len(one.times)) == ["2 key frames have changed meanwhile and stay as they are."]
    assert left_out(0) == []


@pytest.mark.parametrize("change", [lambda one: one.frames.clear(), lambda one: setattr(one, "size", Size(300, 281))])
def test_what_is_gone_is_not_sent(change):
    canvas = animated(t0=5)
    desk = Desk(canvas)
    desk.jobs.hold(True)
    [one] = begun(desk, canvas, (0,))
    change(canvas)
    desk.jobs.hold(False)
    assert (one.state, one.error.remedy, desk.requests.sent) == ("failed", "Nothing was sent.", [])


def test_one_that_fails_holds_up_no_other_and_comes_above_them_when_sent_anew():
    canvas = animated(t0=5, t4=6)
    desk = Desk(canvas)
    one, two = begun(desk, canvas, (0,), (4,))
    desk.requests.answer(1, "error", error={"kind": "BadAnswer", "what": "No.", "remedy": "Again."})
    desk.answer(2)
    assert (one.state, one.run.failed, [each.job.frames for each in desk.deliveries]) == ("failed", [one], [[two]])
    desk.settle()
    again = desk.jobs.add(one.again())
    assert (again.state, one.run.failed) == ("running", [])
    desk.answer(3)
    assert desk.deliveries[1].job.layer_id == "layer of one"
    desk.settle()


def test_the_selection_is_taken_at_the_click_once_for_all(monkeypatch):
    monkeypatch.setattr(strips, "STRIP", 4000)
    canvas = animated(t0=5, t4=6)
    desk = Desk(canvas)
    one, two = begun(desk, canvas, (0,), (4,))
    assert [one.state, two.state] == ["reading", "reading"]
    taken = []
    whole = canvas.coverage
    canvas.coverage = lambda box: taken.append(box) or whole(box)
    desk.settle()
    canvas.selected[:] = bytes(len(canvas.selected))
    assert len({(box.x, box.y) for box in taken}) == len(taken), "no strip of it twice"
    assert one.run.clip == (whole_of(canvas, one), one.plan.read)


def whole_of(canvas, job):
    selected = FakeCanvas(canvas.size, selection=BOX)
    return selected.coverage(job.plan.read)


def test_a_disk_without_room_leaves_pixels_in_memory(tmp_path):
    shelf = Shelf(str(tmp_path))
    place = shelf.put(b"abc")
    assert (shelf.get(place), shelf.get(shelf.put(b"")), list(tmp_path.iterdir())) == (b"abc", b"", [])
    shelf.clear()
    nowhere = Shelf(str(tmp_path / "nowhere"))
    assert nowhere.get(nowhere.put(b"abc")) == b"abc"


def test_what_is_done_is_counted():
    assert told(1) == "1 frame is done: the new layer stands for the one below."
    assert told(3).startswith("3 frames are done")
