"""Turns: the limits hold for every window of a second and a minute, across processes, whatever the clock does."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core import locks
from recraft_core.api.pacing import NAME, Pacer, turn, without


class Clock:
    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def most(turns, seconds):
    """The largest (requests, pictures) within any window of that length."""
    windows = [[two for two in turns if 0 <= two[0] - one[0] < seconds] for one in turns]
    return max(len(window) for window in windows), max(sum(count for _, count in window) for window in windows)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 8)), min_size=1, max_size=80), st.integers(1, 9), st.integers(8, 120))
def test_no_window_holds_more_than_it_may(asks, per_second, per_minute):
    taken, now = [], 0.0
    for pause, pictures in asks:
        now += pause
        taken.append((turn(taken, now, pictures, per_second, per_minute), pictures))
    assert taken == sorted(taken, key=lambda one: one[0])
    assert most(taken, 1.0)[0] <= per_second
    assert most(taken, 60.0)[1] <= per_minute


def test_what_the_limits_allow_goes_at_once_and_no_more(tmp_path):
    """5 requests a second and 100 pictures a minute are allowed, not forbidden."""
    clock = Clock()
    pacer = Pacer(tmp_path, clock=clock)
    assert [pacer.take(pictures) for pictures in (50, 49, 1, 0, 0)] == [0, 0, 0, 0, 0]
    assert 1 <= pacer.take() < 1.5
    clock.now += 2
    assert 58 <= pacer.take(1) < 60
    assert Pacer(tmp_path / "large").take(1000) == 0  # more than the limit goes alone, or it would never go


def test_three_hundred_pictures_take_hardly_longer_than_the_limits_allow(tmp_path):
    """50 requests of 6 pictures: 16 a minute go, so the last two begin after three full minutes."""
    clock = Clock()
    pacer = Pacer(tmp_path, clock=clock)
    start, done = clock.now, []
    for _ in range(50):
        clock.now += pacer.take(6)
        done.append(clock.now)
    assert most([(at, 6) for at in done], 60.0)[1] <= 100
    assert done[-1] - start <= 1.05 * 180


def take(folder):
    pacer = Pacer(folder)
    return [time.time() + pacer.take() for _ in range(6)]


@pytest.mark.slow
def test_processes_share_their_turns(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        turns = sorted(at for found in pool.map(take, [tmp_path] * 3) for at in found)
    assert len(turns) == 18
    assert all(later - sooner > 0.95 for sooner, later in zip(turns, turns[5:]))


def test_a_pause_holds_for_everybody(tmp_path):
    clock = Clock()
    one, other = Pacer(tmp_path, clock=clock), Pacer(tmp_path, clock=clock)
    one.hold(30)
    assert other.take() == pytest.approx(30, abs=0.01)
    clock.now += 31
    assert other.take() <= 1.1


@pytest.mark.parametrize("shared", [True, False])
def test_pictures_of_a_refused_request_count_from_when_it_is_sent_again(tmp_path, shared):
    """Else the minute seems to be over while the service still counts them, and refuses others, one after another."""
    clock = Clock()
    if not shared:
        (tmp_path / "turns").write_text("in the way")
    pacer = Pacer(tmp_path / "turns", clock=clock)
    assert pacer.take(100) == 0
    pacer.hold(30, 100)
    assert pacer.take(100) == pytest.approx(30, abs=0.01)
    clock.now += 61  # the first attempt is a minute old, the second is not
    assert pacer.take(1) == pytest.approx(30 + 61.0 - 61, abs=0.1)


@pytest.mark.parametrize("back_s", [60, 1800, 86_400, 20 * 365 * 86_400])
@pytest.mark.parametrize("shared", [True, False])
def test_a_clock_that_is_set_back_does_not_stop_anybody(tmp_path, back_s, shared):
    clock, folder = Clock(), tmp_path / "turns"
    if not shared:
        folder.write_text("in the way")
    pacer = Pacer(folder, clock=clock)
    for _ in range(9):
        pacer.take(6)
    pacer.hold(30)
    clock.now -= back_s
    assert pacer.take(6) == 0
    clock.now += 2 * back_s + 200
    assert pacer.take(6) == 0


def test_only_the_newest_past_turn_for_so_many_pictures_is_taken_back():
    assert without([(1, 6), (2, 6), (3, 2), (9, 6)], 5, 6) == [(1, 6), (2, 0), (3, 2), (9, 6)]
    assert without([(9, 6), (3, 2)], 5, 6) == [(9, 6), (3, 2)]


def test_a_folder_that_cannot_lock_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setitem(locks._tried, tmp_path, False)
    assert Pacer(tmp_path, clock=Clock()).take(6) == 0
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_where_no_turns_can_be_kept_those_of_this_process_count(tmp_path, damage):
    folder = tmp_path / "turns"
    if damage:
        folder.mkdir()
        (folder / NAME).write_bytes(damage * 500)
    else:
        folder.write_text("in the way")
    clock = Clock()
    pacer = Pacer(folder, clock=clock)
    assert [round(pacer.take()) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    pacer.hold(9)
    assert pacer.take() >= 8.9


def test_threads_share_one_pacer(tmp_path):
    pacer = Pacer(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        turns = sorted(pool.map(lambda _: time.time() + pacer.take(), range(20)))
    assert all(later - sooner > 0.9 for sooner, later in zip(turns, turns[5:]))
