"""The clicks of one window: one is sent, the others wait; each ends by itself."""
import pytest
from recraft_core.shared.errors import BadPicture
from recraft_core.shared.plugin.jobs import Job, Jobs
from recraft_core.shared.plugin.many import Tally
from recraft_core.shared.plugin.queue import ASK, IGNORE, RUN, ClickGuard
from recraft_core.shared.protocol import Message


class Worker:
    """The requests of a plugin, with nobody at the other end: the test answers."""

    def __init__(self):
        self.sent, self.cancelled = [], []

    def ask(self, kind, on_message, blobs=(), **fields):
        self.sent.append((kind, on_message, list(blobs), fields))
        return len(self.sent)

    def cancel(self, number):
        self.cancelled.append(number)

    def answer(self, number, kind="result", **fields):
        self.sent[number - 1][1](Message(kind, number, fields))


def made():
    worker, told, ended, now = Worker(), [], [], [0.0]

    def end(job, message):
        # What the host does at the end of one may already ask what runs now.
        ended.append((job.title, message.kind, jobs.shown and jobs.shown.title))

    jobs = Jobs(worker, lambda job, message: told.append((job.title, message["phase"])), end,
                ClickGuard(clock=lambda: now[0]))  # fmt: skip
    return worker, jobs, told, ended, now


def job(title):
    return Job(title, {"operation": "erase"}, [title.encode()], title)


def test_one_runs_and_the_others_follow_in_order():
    worker, jobs, told, ended, _ = made()
    for title in ("one", "two", "three"):
        jobs.add(job(title))
    assert [blobs for _, _, blobs, _ in worker.sent] == [[b"one"]]
    assert [one.title for one in jobs.waiting] == ["two", "three"]
    worker.answer(1, "progress", phase="working")
    worker.answer(1)
    assert told == [("one", "working")]
    assert [blobs for _, _, blobs, _ in worker.sent] == [[b"one"], [b"two"]]
    worker.answer(2, "error", error={})
    worker.answer(3)
    assert ended == [("one", "result", "two"), ("two", "error", "three"), ("three", "result", None)]
    assert jobs.shown is None
    assert not jobs.waiting


def test_cancel_ends_what_runs_and_not_what_waits():
    worker, jobs, _, ended, _ = made()
    jobs.cancel()
    for title in ("one", "two"):
        jobs.add(job(title))
    jobs.cancel()
    assert worker.cancelled == [1]
    worker.answer(1, "error", error={})
    assert (jobs.shown.title, len(worker.sent)) == ("two", 2)
    assert ended == [("one", "error", "two")]


def test_a_double_click_is_one_and_an_equal_one_is_asked_about():
    worker, jobs, _, _, now = made()

    def click(request, after_s):
        now[0] += after_s
        verdict = jobs.judge(request)
        if verdict == RUN:
            jobs.add(job(request))
        return verdict

    assert [click("one", 9), click("one", 0.1), click("one", 9), click("two", 9)] == [RUN, IGNORE, ASK, RUN]
    worker.answer(1)
    assert click("one", 9) == RUN, "the first is over"
    assert [one.title for one in jobs.waiting] == ["one"]


def read_late(title, group, trouble=None):
    """One of many, read when its turn comes."""

    def read(job):
        if trouble:
            raise BadPicture(trouble, remedy="")
        job.fields, job.blobs = {"operation": "erase"}, [title.encode()]

    return Job(title, {}, (), title, read=read, group=group)


def test_many_are_read_one_by_one_and_one_that_cannot_be_read_stops_none():
    worker, jobs, _, ended, _ = made()
    group = Tally(4)
    for title in ("one", "two", "three", "four"):
        jobs.add(read_late(title, group, "It is gone." if title in ("two", "four") else None))
    assert [blobs for _, _, blobs, _ in worker.sent] == [[b"one"]]
    worker.answer(1)
    assert [blobs for _, _, blobs, _ in worker.sent] == [[b"one"], [b"three"]]
    assert ended == [("one", "result", "three"), ("two", "error", "three")]
    worker.answer(2)
    assert ended[2:] == [("three", "result", None), ("four", "error", None)]
    jobs.add(read_late("five", group, "It is gone."))
    assert ended[4:] == [("five", "error", None)]


def test_cancel_of_one_of_many_drops_the_rest_of_them_only():
    worker, jobs, _, _, _ = made()
    group = Tally(3)
    for title in ("one", "two", "three"):
        jobs.add(read_late(title, group))
    jobs.add(job("other"))
    assert [one.title for one in jobs.cancel()] == ["two", "three"]
    assert worker.cancelled == [1]
    worker.answer(1, "error", error={})
    assert (jobs.shown.title, jobs.waiting) == ("other", [])


def test_no_part_of_a_click_for_many_goes_out_twice_unasked():
    _, jobs, _, _, now = made()
    jobs.add(job("one"))
    now[0] += 9
    assert jobs.judge("two and one", ["two", "one"]) == ASK
    now[0] += 9
    assert jobs.judge("two and three", ["two", "three"]) == RUN
    jobs.guard.doubt("three")
    now[0] += 9
    assert jobs.judge("two and three", ["two", "three"]) == ASK


def test_a_tally_says_what_became_of_each():
    tally = Tally(5, dropped=1)
    assert tally.now("a.png") == "1 of 5: a.png"
    tally.done = 2
    tally.miss("b.png", BadPicture("It is empty.", remedy="Paint something."))
    assert tally.now("c.png") == "4 of 5: c.png"
    assert not tally.over
    tally.miss("c.png", BadPicture("It is gone.", remedy=""))
    assert (tally.over, tally.whole) == (True, False)
    assert [*map(str, tally.said())] == [
        "Done: 2 of 5.", "Not begun: 1.", "b.png: It is empty. Paint something.", "c.png: It is gone.",
    ]  # fmt: skip


def test_what_is_the_same_of_several_is_said_once():
    tally = Tally(4, done=1)
    for title, why in (("a", "It is gone."), ("b", "It is locked."), ("c", "It is gone.")):
        tally.miss(title, Exception(why))
    assert tally.said() == ["Done: 1 of 4.", "a, c: It is gone.", "b: It is locked."]


@pytest.mark.parametrize("charged", [True, False])
def test_what_may_have_been_charged_is_asked_about_before_it_is_sent_again(charged):
    _worker, jobs, _, _, now = made()
    one = job("one")
    remedy = "Set the key again: recraft key set."
    wrong = Message("error", 1, {"error": BadPicture("No.", remedy=remedy, charged=charged).as_dict()})
    with pytest.raises(BadPicture, match="Account and Settings"):
        jobs.outcome(one, wrong)
    now[0] += 9
    assert jobs.judge(one.request) == (ASK if charged else RUN)
    assert jobs.outcome(one, Message("result", 1, {})).kind == "result"
