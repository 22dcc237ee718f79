"""The books of a click: caps before it is sent, every step filed, and the same layer again afterwards."""

import json
import time
from contextlib import closing

import numpy as np
import pytest
from plugin import CANVAS, SELECTION, canvas
from recraft_core.api.answers import Answer, Made
from recraft_core.api.client import Client
from recraft_core.history import History, replay
from recraft_core.history.recorder import Filing, Origin, check_caps, fingerprint, midnight, spent_today
from recraft_core.imaging.pixels import crop
from recraft_core.operations import Reading, run
from recraft_core.settings import Settings
from recraft_core.shared.errors import BadOption, BadPicture, Cancelled, OutOfUnits, StorageTrouble
from recraft_core.shared.geometry import Size
from recraft_core.shared.plan import Ask, plan

NOON = 1_795_348_800.0


@pytest.fixture
def history(tmp_path):
    with closing(History(tmp_path / "history")) as one:
        yield one


@pytest.fixture
def client(engine, key):
    with closing(Client(key, engine.base_url, sleep=lambda _seconds: None)) as one:
        yield one


def click(history, client, operation="erase", size=CANVAS, settings=None, offline=False, progress=None, pixels=None, **options):
    """One click; its outcome and its filing."""
    masked = operation in {"erase", "remove_background"}
    made = plan(Ask(operation, options, size, SELECTION if masked else None))
    pixels = canvas(size) if pixels is None else pixels
    coverage = np.zeros((size.height, size.width), np.uint8)
    coverage[SELECTION.y : SELECTION.bottom, SELECTION.x : SELECTION.right] = 180
    reading = Reading(crop(pixels, size, made.read), crop(coverage, size, made.read, "L") if masked else None)
    filing = Filing(history, settings or Settings(), reading, Origin("Test", "a.kra"), offline=offline)
    more = {"progress": progress} if progress else {}
    return run(made, client, reading, journal=filing, **more), filing


SIZES = {"erase": CANVAS, "remove_background": Size(200, 180), "outpaint": Size(280, 260), "image_to_image": CANVAS}
OPTIONS = {
    "erase": {"feather_px": 6, "grow_px": 4},
    "outpaint": {"prompt": "more", "expand_left": 40},
    "image_to_image": {"prompt": "snow", "strength": 0.3, "model": "recraftv3"},
}


@pytest.mark.parametrize("operation", SIZES)
def test_out_of_the_history_comes_the_very_same_layer(history, client, operation):
    """The cut-out is sent scaled up, the erasure is cut softly, the frame grows: all of it must come back."""
    outcome, filing = click(history, client, operation, SIZES[operation], **OPTIONS.get(operation, {}))
    again = replay.again(history, history.get(filing.entry.id))
    for first, second in zip(outcome.layers, again.layers, strict=True):
        assert (first.box, first.name, first.image_id) == (second.box, second.name, second.image_id)
        assert np.array_equal(first.pixels, second.pixels)
    assert again.plan.place == outcome.plan.place


def test_what_was_charged_is_what_the_answer_told(history, client):
    outcome, filing = click(history, client)
    entry = history.get(filing.entry.id)
    assert (entry.status, entry.charged, entry.record.units, outcome.units) == ("done", 2, 2, 2)
    assert entry.record.document == "a.kra"
    assert history.spent() == 2


def test_an_answer_that_brings_its_bytes_along_is_kept_before_its_words(history, client):
    class Inline:
        def send(self, call, *, progress, received):
            answer = client.send(call, progress=progress)
            data = client.fetch(answer.pictures[0])
            made = type(answer.pictures[0])(answer.pictures[0].image_id, "", data)
            return type(answer)(answer.units, (made,), answer.request_id, answer.body)

        def fetch(self, made, *, progress):
            (entry,) = history.list()
            assert history.files(entry), "the bytes are on the disk before anything else is done with them"
            return made.data

    _, filing = click(history, Inline())
    assert history.files(filing.entry)[0].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("selected", [True, False])
def test_what_a_drawing_lacks_is_told_then_and_out_of_the_history(history, selected):
    drawing = b"""<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><image href="photo.png" width="9"
        height="9"/><text y="40" font-family="No Such Font">a</text></svg>"""

    class Drawing:
        def send(self, call, *, progress, received):
            return Answer(10, (Made("one", "", drawing),))

        def fetch(self, made, *, progress):
            return made.data

    made = plan(Ask("vectorize", {}, CANVAS, SELECTION if selected else None))
    coverage = np.full((made.read.height, made.read.width), 180, np.uint8) if selected else None
    reading = Reading(crop(canvas(CANVAS), CANVAS, made.read), coverage)
    filing = Filing(history, Settings(), reading, Origin("Test", "a.kra"), offline=False)
    outcome = run(made, Drawing(), reading, journal=filing)
    # What was cut to the selection was drawn here, and so without the font.
    for told in (outcome, replay.again(history, history.get(filing.entry.id))):
        assert len(told.notes) == (2 if selected else 1)
        assert "photo.png" in told.notes[0]
        assert ("No Such Font" in told.notes[-1]) is selected


def test_without_a_history_only_the_cost_stays(history, client):
    _, filing = click(history, client, settings=Settings(keep_history=False))
    assert filing.entry is None
    assert history.list() == ()
    assert history.spent() == 2
    assert not list((history.folder / "entries").iterdir())


def test_a_click_called_off_before_it_is_sent_leaves_nothing(history, client, engine):
    def stop(phase, _share):
        if phase == "sending":
            raise Cancelled

    with pytest.raises(Cancelled):
        click(history, client, progress=stop)
    assert history.list() == ()
    assert all(visit.units == 0 for visit in engine.requests)


def test_a_picture_nobody_can_read_is_kept_as_it_came(history, client, engine):
    engine.faults.add("eraseRegion", "wrong_type", content_type="image/png")
    with pytest.raises(BadPicture):
        click(history, client)
    (entry,) = history.list()
    assert (entry.status, entry.charged) == ("failed", 2)
    assert history.files(entry)[0].stat().st_size > 0
    with pytest.raises(BadPicture):
        replay.again(history, entry)


def test_what_lies_at_the_service_can_be_fetched_later(history, client, engine):
    engine.faults.add("results", "status", times=4, status=503)
    with pytest.raises(Exception, match="503"):
        click(history, client)
    (entry,) = history.pending()
    with pytest.raises(BadOption, match="recraft history fetch"):
        replay.again(history, entry)
    fetched = replay.fetch_all(history, client)
    assert [one.id for one in fetched.entries] == [entry.id]
    assert replay.again(history, fetched.entries[0]).layers[0].pixels.any()
    assert history.pending() == ()


def test_no_room_for_the_answer_means_it_is_not_asked_for(tmp_path, client, engine):
    (tmp_path / "file").write_text("")
    with closing(History(tmp_path / "file" / "history")) as history:
        with pytest.raises(StorageTrouble, match="RECRAFT_HOME"):
            click(history, client)
        assert not engine.requests
        outcome, _ = click(history, client, offline=True)
        assert "Not filed in the history" in " ".join(outcome.notes)


def test_the_history_keeps_to_its_size(history, client):
    _, first = click(history, client)
    _, second = click(history, client, settings=Settings(history_max_bytes=history.size() * 3 // 2))
    assert [entry.id for entry in history.list()] == [second.entry.id]
    assert history.spent() == 4
    assert first.entry.id != second.entry.id


def test_caps(history):
    free = Settings(cap_per_click_units=None)
    check_caps(10_000, free, history, NOON)
    check_caps(0, Settings(cap_per_click_units=0, cap_per_day_units=0), history, NOON)
    with pytest.raises(OutOfUnits) as caught:
        check_caps(250, Settings(cap_per_click_units=249), history, NOON)
    assert "250 units · $0.25" in caught.value.what
    assert "cap_per_click_units 250" in caught.value.remedy
    assert caught.value.option == "cap_per_click_units"
    check_caps(250, Settings(cap_per_click_units=250, cap_per_day_units=250), history, NOON)
    with pytest.raises(OutOfUnits, match="“Cap per day” cannot be read") as caught:
        check_caps(1, Settings(cap_per_click_units=None, unsure=("cap_per_day_units",)), history, NOON)
    assert caught.value.option == "cap_per_day_units"
    check_caps(0, Settings(unsure=("cap_per_day_units",)), history, NOON)
    check_caps(0, Settings(cap_per_day_units=-1), history, NOON)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_a_day_begins_at_midnight_of_the_users_clock(zone, monkeypatch):
    if not hasattr(time, "tzset"):
        pytest.skip("Windows cannot be told another clock")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for now in (NOON, NOON + 180 * 86_400):  # by winter's clock, and by summer's
            begun = time.localtime(midnight(now))
            assert begun[:6] == (*time.localtime(now)[:3], 0, 0, 0)
            assert 0 <= now - midnight(now) < 25 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_cap_of_a_day_counts_open_requests_and_forgets_yesterday(tmp_path, client):
    day = Settings(cap_per_day_units=100)
    now = [midnight(NOON) - 60]
    with closing(History(tmp_path, clock=lambda: now[0])) as history:
        click(history, client)
        now[0] = NOON
        check_caps(100, day, history, NOON)
        open_ = Filing(history, Settings(), Reading(), Origin(), offline=False, clock=lambda: NOON)
        made = plan(Ask("generate", {"prompt": "a boat"}))
        from recraft_core.operations import prepare

        open_.asked(made, prepare(made, Reading()))
        assert spent_today(history, NOON) == 0
        with pytest.raises(OutOfUnits, match="with the 35 of today") as caught:
            check_caps(70, day, history, NOON)
        assert caught.value.option == "cap_per_day_units"
        assert "cap_per_day_units 105" in caught.value.remedy


def test_a_changed_file_is_told_from_the_old_one(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    first = fingerprint(str(path))
    path.write_bytes(b"two")
    assert len(first) == 32
    assert first != fingerprint(str(path))
    assert fingerprint(str(tmp_path / "gone.png")) == fingerprint("") == ""


def test_the_entry_holds_no_key(history, client, key):
    _, filing = click(history, client)
    for path in filing.entry.folder.rglob("*"):
        assert key.encode() not in path.read_bytes()
    assert json.loads((filing.entry.folder / "entry.json").read_text())["record"]["more"]["plan"]
