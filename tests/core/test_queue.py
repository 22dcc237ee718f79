"""Which clicks count, and in which order jobs run."""

from types import SimpleNamespace

import pytest
from recraft_core.shared.plugin.queue import ASK, IGNORE, RUN, ClickGuard, Queue, request_of

ONE, OTHER = request_of("erase", {}, document="a"), request_of("erase", {}, document="b")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def guard(clock):
    return ClickGuard(0.4, clock)


def later(clock, guard, seconds, request=ONE, running=()):
    clock.now += seconds
    return guard.judge(request, running)


def test_a_double_click_is_one_click(clock, guard):
    assert later(clock, guard, 0) == RUN
    assert later(clock, guard, 0.1, running=[ONE]) == IGNORE
    # However many follow, each within the time of the one before.
    assert [later(clock, guard, 0.3, running=[ONE]) for _ in range(5)] == [IGNORE] * 5


def test_a_second_click_that_waited_while_the_first_was_dealt_with_is_no_new_one(clock, guard):
    """Reading a large canvas takes a second, and the toolkit hands over the second press after it."""
    assert later(clock, guard, 0) == RUN
    clock.now += 1.5
    guard.handled()
    assert later(clock, guard, 0.01) == IGNORE


def test_not_even_another_request_counts_within_the_double_click(clock, guard):
    """The verb may have changed under the pointer between the two clicks."""
    later(clock, guard, 0)
    assert later(clock, guard, 0.1, OTHER) == IGNORE


def test_a_repetition_to_the_letter_is_asked_about_and_confirmed_by_one_more_click(clock, guard):
    later(clock, guard, 0)
    assert later(clock, guard, 2, running=[ONE]) == ASK
    assert later(clock, guard, 0.1, running=[ONE]) == IGNORE
    assert later(clock, guard, 1, running=[ONE]) == RUN
    assert later(clock, guard, 1, running=[ONE, ONE]) == ASK


def test_another_request_is_no_confirmation(clock, guard):
    later(clock, guard, 0)
    assert later(clock, guard, 1, running=[ONE]) == ASK
    assert later(clock, guard, 1, OTHER, running=[ONE]) == RUN
    assert later(clock, guard, 1, running=[ONE, OTHER]) == ASK


def test_an_old_question_does_not_stand(clock, guard):
    later(clock, guard, 0)
    assert later(clock, guard, 1, running=[ONE]) == ASK
    assert later(clock, guard, 31, running=[ONE]) == ASK


def test_what_may_have_been_charged_is_asked_about_once(clock, guard):
    later(clock, guard, 0)
    guard.doubt(ONE)
    assert later(clock, guard, 60) == ASK
    assert later(clock, guard, 2) == RUN
    assert later(clock, guard, 2) == RUN


def test_requests_differ_by_every_value_and_not_by_their_order():
    assert request_of("erase", {"a": 1, "b": [1, 2]}, box=(1, 2)) == request_of("erase", {"b": [1, 2], "a": 1}, box=(1, 2))
    for other in (request_of("fill", {"a": 1}), request_of("erase", {"a": 2}), request_of("erase", {"a": 1}, box=1)):
        assert other != request_of("erase", {"a": 1})


def job(key, state="waiting"):
    return SimpleNamespace(key=key, state=state, request="")


def queue(*jobs):
    made = Queue()
    for one in jobs:
        made.add(one)
    return made


def test_one_at_a_time_in_each_document():
    jobs = [job("a", "running"), job("a"), job("b"), job("b"), job("")]
    assert queue(*jobs).ready() == [jobs[2], jobs[4]]


def test_held_nothing_starts_and_what_runs_goes_on():
    made = queue(job("a", "placing"), job("b"))
    made.held = True
    assert made.ready() == []
    assert len(made.open) == 2


def test_the_cross_cancels_the_job_that_the_progress_names():
    one, two, three = job("a", "running"), job("a"), job("a")
    made = queue(job("b", "running"), one, two, three)
    assert made.shown("a") is one
    one.state = "done"
    assert made.shown("a") is two
    assert made.shown("nowhere") is None


def test_a_waiting_job_may_go_first_but_not_before_what_runs():
    jobs = [job("a", "running"), job("a"), job("a"), job("a")]
    made = queue(*jobs)
    made.next_up(jobs[3])
    made.next_up(jobs[0])
    assert made.all == [jobs[0], jobs[3], jobs[1], jobs[2]]


def test_old_ones_are_forgotten_and_open_ones_never():
    made = queue(*(job("a", "done") for _ in range(90)), *(job("a") for _ in range(60)))
    made.forget_old()
    assert (len(made.all), len(made.open)) == (100, 60)
