"""Clicks in several documents: read when nobody paints, one at a time in each, delivered in steps; nothing stops one."""
import pytest
from fake_canvas import FakeCanvas, FakeHost, FakeRequests
from recraft_core.shared.errors import BadAnswer, Unreachable
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.plugin import strips
from recraft_core.shared.plugin.document_job import Job
from recraft_core.shared.plugin.document_jobs import Jobs
from recraft_core.shared.plugin.result import Result
from recraft_core.shared.plugin.state import Facts
from recraft_core.shared.plugin.verbs import VERBS
from recraft_core.shared.protocol import Message

SELECTION = Box(120, 110, 50, 40)


class Delivery:
    """Two steps long; `wrong` is raised by the second."""

    wrong = None

    def __init__(self, job):
        self.job, self.steps, self.dropped = job, 0, False

    def step(self):
        self.steps += 1
        if self.steps == 2 and self.wrong:
            raise self.wrong
        self.job.placed_as = f"layer of {self.job.key}"
        return self.steps < 2

    def give_up(self, trouble):
        self.drop()
        self.job.note = f"not placed: {trouble}"

    def drop(self):
        self.dropped = True


class Desk:
    """A window's queue over the canvases that are open."""

    def __init__(self, *canvases):
        self.requests, self.facts, self.deliveries, self.ended = FakeRequests(), Facts(), [], []
        self.host = FakeHost(*canvases)
        self.jobs = Jobs(self.requests, self.host, self.facts, self._deliver)
        self.jobs.ended.connect(lambda job: self.ended.append((job.title, job.state)))

    def _deliver(self, job):
        self.deliveries.append(Delivery(job))
        return self.deliveries[-1]

    def click(self, canvas, operation="erase", **options):
        made = plan(Ask(operation, options, canvas.size, canvas.selection))
        job = Job(VERBS["erase"], made, options, canvas, request=canvas.key)
        return self.jobs.add(job, job.reading(canvas))

    def answer(self, number, layers=1, **fields):
        rows = [{"name": "Erase", "box": [0, 0, 1, 1], "pixels": 0, "svg": None} for _ in range(layers)]
        held = {"operation": "erase", "layers": rows, "units": 0, "notes": [], "entry": "e"}
        self.requests.answer(number, "result", [b"abcd"], **{**held, **fields})

    def settle(self):
        for _ in range(60):
            self.jobs.step()


def canvas(key="one"):
    return FakeCanvas(Size(300, 280), key, SELECTION)


def test_a_click_is_read_sent_and_delivered():
    desk, one = Desk(canvas()), None
    one = desk.click(desk.host.active())
    [(kind, _, blobs, fields)] = desk.requests.sent
    read = one.plan.read
    assert (kind, fields["parts"], fields["selection"], fields["read"]) == ("run", ["pixels", "coverage"], SELECTION, read)
    assert [len(blob) for blob in blobs] == [4 * read.size.area, read.size.area]
    assert (one.state, one.layer_id, one.seen) == ("running", "paper", ("paper",))
    desk.requests.answer(1, "progress", phase="working", share=0.5, left_s=3)
    assert (one.phase, one.share) == ("working", 0.5)
    desk.answer(1)
    assert one.state == "placing"
    desk.settle()
    assert (one.placed_as, desk.ended) == ("layer of one", [("one.kra", "done")])
    assert (one._blobs, one.reads) == ([], []), "pixels of what is over are held by nobody"


def test_one_document_is_one_line_and_another_is_not():
    one, two = canvas(), canvas("two")
    desk = Desk(one, two)
    first, second, other = desk.click(one), desk.click(one), desk.click(two)
    assert [job.state for job in (first, second, other)] == ["running", "waiting", "running"]
    desk.answer(1)
    assert second.state == "waiting", "the one before it is still being placed"
    desk.settle()
    assert (first.state, second.state) == ("done", "running")


def test_what_is_held_or_cancelled_before_is_not_sent():
    desk = Desk(canvas())
    desk.jobs.hold(True)
    job = desk.click(desk.host.active())
    assert (job.state, job.unsent, desk.requests.sent) == ("waiting", True, [])
    desk.jobs.cancel(job)
    desk.jobs.hold(False)
    assert (job.state, job.error.remedy, desk.requests.sent) == ("cancelled", "Nothing was sent.", [])
    running = desk.click(desk.host.active())
    desk.jobs.cancel(running)
    assert (running.state, desk.requests.cancelled) == ("running", [running.number])


def test_a_large_canvas_is_read_in_steps_and_given_up_when_it_is_closed(monkeypatch):
    monkeypatch.setattr(strips, "STRIP", 1 << 14)
    one, two = canvas(), canvas("two")
    desk = Desk(one, two)
    read, closed, cancelled = desk.click(one), desk.click(two), desk.click(one)
    assert [job.state for job in (read, closed, cancelled)] == ["reading"] * 3
    desk.host.canvases.remove(two)
    desk.jobs.cancel(cancelled)
    desk.settle()
    assert [job.state for job in (read, closed, cancelled)] == ["running", "failed", "cancelled"]
    assert desk.requests.sent[0][2][0] == one.peek(read.plan.read)
    assert len(desk.requests.sent) == 1


def test_a_fault_while_it_is_read_stops_no_queue(monkeypatch):
    monkeypatch.setattr(strips, "STRIP", 1 << 14)
    desk = Desk(canvas())
    wrong = desk.click(desk.host.active())
    desk.host.active().coverage = lambda _box: 1 / 0
    desk.settle()
    assert wrong.state == "failed"
    assert "mistake" in wrong.error.what


def test_a_result_that_cannot_be_placed_is_told_of_and_the_next_goes_on():
    desk = Desk(canvas())
    first, second = desk.click(desk.host.active()), desk.click(desk.host.active())
    desk.answer(1)
    desk.deliveries[0].wrong = MemoryError("no room")
    desk.settle()
    assert (first.state, first.note, desk.deliveries[0].dropped) == ("done", "not placed: no room", True)
    assert second.state == "running"


def test_of_several_results_one_is_placed_and_the_others_are_told_of():
    desk = Desk(canvas())
    job = desk.click(desk.host.active())
    desk.answer(1, layers=3)
    assert len(job.result.layers) == 1
    assert job.where == ["The first of 3 lies on the canvas, the others wait in the strip."]


@pytest.mark.parametrize(("arrival", "waits"), [("first", False), ("show", True), ("keep", True)])
def test_what_comes_is_placed_unless_it_is_wished_otherwise(arrival, waits):
    desk = Desk(canvas())
    desk.facts.arrival = arrival
    job = desk.click(desk.host.active())
    desk.answer(1)
    assert (job.waits, job.state, len(desk.deliveries)) == (waits, "done" if waits else "placing", not waits)


def test_beside_an_equal_one_that_was_placed_it_waits_in_the_strip():
    desk = Desk(canvas())
    first, second = desk.click(desk.host.active()), desk.click(desk.host.active())
    second.rivals = [first]
    desk.answer(1)
    desk.settle()
    desk.answer(2)
    assert (second.waits, second.state) == (True, "done")


def test_what_costs_nothing_is_tried_once_more_by_itself():
    desk = Desk(canvas())
    gone = Unreachable("The engine was gone.", remedy="Try again.").as_dict()
    desk.facts.offline = True
    job = desk.click(desk.host.active())
    desk.requests.answer(1, "error", error=gone)
    assert (job.state, job.retried, len(desk.requests.sent)) == ("running", True, 2)
    desk.requests.answer(2, "error", error=gone)
    assert (job.state, len(desk.requests.sent)) == ("failed", 2)


def test_a_paid_one_is_repeated_by_hand_only_with_the_same_pixels():
    desk = Desk(canvas())
    job = desk.click(desk.host.active())
    desk.requests.answer(1, "error", error=BadAnswer("It is no picture.", remedy="Look.", charged=True).as_dict())
    assert (job.state, job.error.charged, len(desk.requests.sent)) == ("failed", True, 1)
    desk.host.active().pixels[:] = bytes(len(desk.host.active().pixels))
    again = desk.jobs.add(job.again())
    assert desk.requests.sent[1][2] == desk.requests.sent[0][2]
    assert (again.state, again.error) == ("running", None)
    desk.answer(1)
    assert job.state == "failed", "an answer that comes after the end changes nothing"


def test_several_prompts_share_what_is_read(monkeypatch):
    monkeypatch.setattr(strips, "STRIP", 1 << 14)
    one = canvas()
    desk = Desk(one)
    first = desk.click(one)
    twin = Job(VERBS["erase"], first.plan, {}, one, request="twin")
    desk.jobs.add(twin, twin.reading_of(first))
    desk.settle()
    assert twin.message()[1] is first.message()[1]
    assert len([box for box in one.read_boxes if box.width == first.plan.read.width]) == len(set(one.read_boxes))


def test_separate_areas_that_are_others_by_now_are_not_sent():
    one = canvas()
    for y in range(110, 150):
        one.selected[y * 300 + 130 : y * 300 + 150] = bytes(20)
    ask = Ask("erase", {"islands": "each"}, one.size, SELECTION, areas=(Box(120, 110, 10, 40), Box(150, 110, 20, 40)))
    desk = Desk(one)
    made = plan(ask)
    right = Job(VERBS["erase"], made, dict(ask.options), one)
    desk.jobs.add(right, right.reading(one))
    desk.settle()
    assert right.message()[0]["parts"] == ["pixels", "coverage"] * 2
    assert right.message()[0]["areas"] == made.areas
    one.selected[110 * 300 + 140] = 255
    wrong = Job(VERBS["erase"], made, dict(ask.options), one)
    desk.jobs.add(wrong, wrong.reading(one))
    desk.settle()
    assert (wrong.state, len(desk.requests.sent)) == ("failed", 1)
    assert "nothing was done" in wrong.error.what


def test_out_of_the_history_it_is_delivered_as_if_it_had_just_come():
    desk = Desk(canvas())
    desk.facts.arrival = "keep"
    first = desk.click(desk.host.active())
    desk.answer(1)
    assert first.result.layers == [], "the pictures of what is over are in the history"
    layer = {"name": "Erase", "box": [0, 0, 1, 1], "pixels": 0, "svg": None}
    fields = {"operation": "erase", "layers": [layer], "units": 0, "notes": [], "entry": "e"}
    desk.jobs.deliver_again(first.again(), Result(Message("result", 1, fields, blobs=[b"abcd"])))
    [delivery] = desk.deliveries
    desk.settle()
    assert (delivery.job.state, delivery.job.placed_as) == ("done", "layer of one")


def test_without_a_history_all_pictures_are_placed_as_they_come():
    desk = Desk(canvas())
    desk.facts.arrival = "keep"
    job = desk.click(desk.host.active())
    desk.answer(1, layers=2, entry="")
    desk.settle()
    assert (job.state, job.placed_as, job.where) == ("done", "layer of one", [])
    assert len(job.result.layers) == 2, "there is no strip that would have them"


def test_the_end_of_the_host_drops_what_is_half_built():
    desk = Desk(canvas())
    desk.click(desk.host.active())
    desk.answer(1)
    desk.jobs.drop_deliveries()
    desk.settle()
    assert (desk.deliveries[0].dropped, desk.deliveries[0].steps) == (True, 0)
