"""Clocks set back and forth, over midnight and by years: the cap of each day holds, and nothing paid for is lost."""

import time
from contextlib import closing

import pytest
from recraft_core import Studio, settings
from recraft_core.api.pacing import Pacer
from recraft_core.batch.ledger import Ledger
from recraft_core.history import History, replay
from recraft_core.history.entry import Record
from recraft_core.history.recorder import Filing, midnight
from recraft_core.shared.errors import OutOfUnits
from test_kills import COUNT, UNITS, service

KEY = "key-for-tests-0123456789"
DAY, YEAR = 86_400.0, 365 * 86_400.0
really = time.time
# A little before a midnight to come, by the clock of this computer.
EVENING = midnight(really() + 3 * DAY) - 600


@pytest.fixture
def clock(monkeypatch, tmp_path):
    """Sets the clock of this process to a moment, from which it goes on."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))

    def now():
        return time.time()

    for made in (History, Filing, Pacer):
        monkeypatch.setitem(made.__init__.__kwdefaults__, "clock", now)

    def set_(moment):
        ahead = moment - really()
        monkeypatch.setattr(time, "time", lambda: really() + ahead)

    set_(EVENING)
    return set_


def clicks(clock, moments, cap):
    """The moments at which a click went through; the others were refused with the way out, and sent nothing."""
    settings.change("cap_per_day_units", cap)
    done, remedies = [], []
    with service() as one:
        for number, moment in enumerate(moments):
            clock(moment)
            try:
                result = Studio(key=KEY, base_url=one.base_url).generate(f"picture {number}", n=COUNT)
            except OutOfUnits as refused:
                remedies.append(refused.remedy)
            else:
                assert len(result.layers) == COUNT
                done.append(moment)
            assert one.posts() == len(done)
    assert all("recraft settings set cap_per_day_units" in remedy for remedy in remedies)
    assert remedies
    return done


def whole(done):
    """Every paid answer is found, counted once and placed again, whatever the clock says now."""
    with closing(History()) as history:
        found = history.list(limit=1000)
        assert [entry.charged for entry in found] == [UNITS] * len(done)
        assert [int(entry.created) for entry in found] == sorted(map(int, done), reverse=True)
        assert (history.spent(), history.at_risk()) == (UNITS * len(done), 0)
        assert {len(replay.again(history, entry).layers) for entry in found} <= {COUNT}


def test_back_and_forth_over_midnight_no_day_costs_more_than_its_cap(clock):
    night = [EVENING + 1200 * (step % 2) for step in range(12)]
    done = clicks(clock, night, cap=2 * UNITS)
    assert len(done) == 3  # two before midnight, or one and those of tomorrow; tomorrow never more than its cap
    assert sum(one > EVENING + 600 for one in done) <= 2
    whole(done)


@pytest.mark.parametrize("years", [-56, -20, 20, 200])
def test_a_clock_that_is_years_off_loses_nothing_and_opens_no_cap(clock, years):
    there = max(10 * DAY, EVENING + years * YEAR)
    done = clicks(clock, [EVENING, there, EVENING + 60, there + 60, EVENING + 120], cap=2 * UNITS)
    assert sum(one < EVENING + DAY and one > EVENING - DAY for one in done) <= 2
    whole(done)


@pytest.mark.parametrize(("back", "alive"), [(600, True), (2 * DAY, False), (20 * YEAR, False)])
def test_who_was_at_work_before_the_clock_was_set_back(clock, tmp_path, back, alive):
    """A number that runs today is another process where it was written down long before or long after."""
    ledger = Ledger(tmp_path / "rows.sqlite")
    with closing(History()) as history:
        entry = history.begin(Record("generate", "generations/raster"))
        ledger.take("a.png", "a.png", "request", "stamp", free=False)
        clock(EVENING - back)
        assert (history.get(entry.id).at_work, ledger.get("a.png").at_work) == (alive, alive)
    ledger.close()


def left_at(one, history):
    """Results that are paid for and still lie at the service."""
    Studio(key=KEY, base_url=one.base_url).generate("a boat", n=COUNT)
    (entry,) = history.list()
    for path in history.files(entry):
        path.unlink()
    history.rebuild()


@pytest.mark.parametrize(("back", "found"), [(-300, 1), (-10, 0), (10, 0), (300, 1), (YEAR, 1)])
def test_what_was_left_at_the_service_is_fetched_also_by_a_clock_that_was_set_back(clock, back, found):
    """What was answered a moment ago is left to whoever asked for it."""
    with service() as one, closing(History()) as history:
        left_at(one, history)
        clock(EVENING - back)
        assert len(replay.waiting(history, settled_s=120)) == found


def test_an_answer_that_waits_at_the_service_is_still_fetched_after_the_clock_was_set_back(clock):
    with service() as one, closing(History()) as history:
        left_at(one, history)
        clock(EVENING - 2 * YEAR)
        (waiting,) = history.pending()
        assert waiting.waiting == tuple(range(COUNT))
