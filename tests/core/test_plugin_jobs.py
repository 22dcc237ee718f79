"""The clicks of one window: one is sent, the others wait; each ends by itself."""
from recraft_core.shared.plugin.jobs import Job, Jobs
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
