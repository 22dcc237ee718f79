"""The books of a click: caps before it is sent, every step filed, and the same layer again afterwards."""

import json
import time
from contextlib import closing

import numpy as np
import pytest
from plugin import CANVAS, SELECTION, canvas
from recraft_core.api.answers import Answer, Made
from recraft_core.api.client import Client
from recraft_core.api.wire import Call, Raw
from recraft_core.history import History, replay
from recraft_core.history.recorder import Books, Filing, Origin, check_caps, fingerprint, midnight, spent_today
from recraft_core.imaging.pixels import crop
from recraft_core.operations import Reading, prepare, run
from recraft_core.settings import Settings
from recraft_core.shared.contract.learnt import PRICES
from recraft_core.shared.errors import BadOption, BadPicture, Cancelled, OutOfUnits, Refused, StorageTrouble
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan

PNG = b"\x89PNG\r\n\x1a\n not really"
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


# --- the books alone: no service, no picture ------------------------------------------------------------------------


BOAT = plan(Ask("generate", {"prompt": "a boat"}))
REFUSED = Refused("No.", remedy="Ask for something else.", status=400)


def filing(history, settings=None, made=BOAT, offline=False, books=None, origin=None):
    """The books of a click whose request is filed."""
    one = Filing(history, settings or Settings(), Reading(), origin or Origin(), offline=offline, books=books)
    one.asked(made, prepare(made, Reading()))
    return one


def test_what_a_cap_forbids_is_not_filed_and_what_costs_nothing_knows_no_cap(history):
    with pytest.raises(OutOfUnits):
        filing(history, Settings(cap_per_click_units=34))
    assert history.list() == ()
    assert filing(history, Settings(cap_per_click_units=34), offline=True).entry.at_risk == 0
    assert filing(history, Settings(cap_per_click_units=35)).entry.at_risk == 35


def test_to_ask_for_the_balance_is_no_entry(history):
    one = Filing(history, Settings(), Reading(), Origin(), offline=False)
    one.asked(plan(Ask("account", {})), Call("users/me", {}))
    for step in (lambda: one.received(Raw(200, {}, b"{}")), lambda: one.answered(Answer(0, (), "", {"credits": 3})), one.done):
        step()
    one.keep(0, b"")
    one.missed(0, REFUSED)
    one.failed(REFUSED)
    assert (one.entry, history.list()) == (None, ())


def test_an_answer_is_filed_as_it_came_before_it_is_read(history):
    one = filing(history)
    raw = Raw(200, {"content-type": "application/json"}, b"{half of it", whole=False)
    one.received(raw)
    assert Raw.of(history.raw(one.entry)) == raw
    assert [entry.id for entry in history.open()] == [one.entry.id]


def test_what_an_answer_charged_is_learnt_only_where_it_was_told_and_is_money(history):
    told = (Answer(50, (Made("a", "", PNG),), about=True), Answer(50, (Made("a", "", PNG),)))
    for offline, answer in ((False, told[0]), (True, told[1])):
        filing(history, offline=offline).answered(answer)
        assert PRICES == {}
    filing(history, origin=Origin(again=True)).answered(told[1])
    assert list(PRICES.values()) == [50]


def test_pictures_that_came_along_are_filed_once_and_each_in_its_place(history):
    one = filing(history)
    one.answered(Answer(35, (Made("a", "https://img.recraft.ai/a"), Made("b", "", PNG), Made("c", "https://img.recraft.ai/c", extra=True))))
    assert history.get(one.entry.id) == one.entry
    assert [(picture.image_id, picture.file, picture.extra) for picture in one.entry.pictures] == [
        ("a", "", False), ("b", "2.png", False), ("c", "", True),
    ]  # fmt: skip
    one.keep(1, b"GIF8 another")
    one.keep(0, b"<svg/>")
    one.keep(0, b"GIF8 another")
    assert [(path.name, path.read_bytes()) for path in history.files(one.entry)] == [("1.svg", b"<svg/>"), ("2.png", PNG)]


def test_the_words_of_an_answer_are_filed_though_a_picture_cannot_be(history, monkeypatch):
    def full(*_arguments):
        raise StorageTrouble("The disk is full.", remedy="Make room.")

    one = filing(history)
    monkeypatch.setattr(history, "keep", full)
    with pytest.raises(StorageTrouble):
        one.answered(Answer(35, (Made("a", "", PNG),), "r1"))
    assert (history.get(one.entry.id).charged, history.get(one.entry.id).request_id) == (35, "r1")


@pytest.mark.parametrize(("missed", "books", "stays"), [(False, None, False), (True, None, True), (False, Books(), True)])
def test_without_a_history_stays_what_is_not_whole_and_what_a_batch_keeps_books_of(history, missed, books, stays):
    one = filing(history, Settings(keep_history=False), books=books)
    one.answered(Answer(35, (Made("a", "https://img.recraft.ai/a"), Made("b", "", PNG))))
    if missed:
        one.missed(0, REFUSED)
    one.done()
    assert (len(history.list()), one.entry is not None) == (stays, stays)
    assert history.spent() == 35


def test_a_batch_prunes_by_itself_and_knows_each_entry_before_it_is_sent(history):
    known = []
    small = Settings(history_max_bytes=0)
    one = filing(history, small, books=Books(on_filed=lambda id_: known.append((id_, history.get(id_).status))))
    assert known == [(one.entry.id, "asked")]
    one.answered(Answer(35, (Made("a", "", PNG),)))
    one.done()
    assert [entry.status for entry in history.list()] == ["done"]
    other = filing(history, small)
    other.answered(Answer(35, (Made("a", "", PNG),)))
    other.done()
    assert history.list() == ()


def test_a_click_called_off_is_at_no_risk_and_one_that_was_answered_stays(history):
    early = filing(history)
    early.failed(Cancelled())
    assert (early.entry, history.list(), history.at_risk()) == (None, (), 0)
    paid = filing(history)
    paid.answered(Answer(35, (Made("a", "https://img.recraft.ai/a"),)))
    paid.failed(Cancelled())
    assert [(entry.status, entry.charged, entry.waiting) for entry in history.list()] == [("failed", 35, (0,))]
    assert paid.entry.status == "failed"


def test_a_refusal_is_filed_with_its_reason(history):
    one = filing(history)
    one.failed(REFUSED)
    assert (one.entry.status, history.get(one.entry.id).error["what"], history.at_risk()) == ("failed", "No.", 0)


def test_an_entry_says_where_its_picture_was_from(history):
    made = plan(Ask("vectorize", {}, CANVAS, SELECTION))
    origin = Origin("Test 1.0", "a.kra", "layer 3", "/a.png", "12ab", "gimp-1", colours="P3")
    one = Filing(history, Settings(), Reading(svg=b"<svg/>"), origin, offline=True)
    one.asked(made, Call("vectorize", {"model": "recraftv3"}))
    record = history.get(one.entry.id).record
    assert (record.operation, record.endpoint, record.model, record.units, record.engine) == ("vectorize", "vectorize", "recraftv3", 10, "local")
    assert (record.canvas, record.read, record.place, record.sent) == (CANVAS, made.read, made.place, made.sent)
    assert (record.host, record.document, record.source, record.source_path) == ("Test 1.0", "a.kra", "12ab", "/a.png")
    told = {name: record.more[name] for name in ("layer", "session", "colours", "svg")}
    assert told == {"layer": "layer 3", "session": "gimp-1", "colours": "P3", "svg": True}
    assert tuple(record.more["plan"]["selection"]) == SELECTION


@pytest.mark.parametrize(
    ("operation", "size", "read", "kept"),
    [
        ("erase", CANVAS, True, ["coverage.png"]), ("erase", Size(200, 180), True, ["coverage.png"]), ("erase", CANVAS, False, []),
        ("remove_background", Size(200, 180), True, ["coverage.png", "source.png"]), ("remove_background", Size(200, 180), False, []),
        ("remove_background", CANVAS, True, ["coverage.png"]),
    ],
)  # fmt: skip
def test_with_a_request_is_kept_what_placing_its_answer_needs_and_no_more(history, operation, size, read, kept):
    """The selection to cut with; of a cut-out that was sent scaled, the sharp colours."""
    selection = Box(100, 100, 50, 40)
    made = plan(Ask(operation, {}, size, selection if operation == "erase" or size != CANVAS else Box(0, 0, *CANVAS)))
    assert (made.sent != made.read.size) is (size != CANVAS)
    shape = (made.read.height, made.read.width)
    reading = Reading(np.zeros((*shape, 4), np.uint8), np.full(shape, 9, np.uint8)) if read else Reading()
    one = Filing(history, Settings(), reading, Origin(), offline=False)
    one.asked(made, Call(made.endpoint, made.values))
    assert sorted(one.entry.extras) == kept
    if kept:
        assert (replay._reading(history, one.entry).coverage == 9).all()  # faint, not white


def test_caps_count_to_the_last_unit(history):
    day = Settings(cap_per_click_units=None, cap_per_day_units=100)
    one = filing(history)
    one.answered(Answer(35, (Made("a", "", PNG),)))
    filing(history, origin=Origin(again=True))  # 35 more that may be charged
    now = time.time()
    check_caps(30, day, history, now)
    with pytest.raises(OutOfUnits, match="70 of today") as caught:
        check_caps(31, day, history, now)
    assert "cap_per_day_units 101" in caught.value.remedy
    check_caps(0, Settings(cap_per_day_units=1), history, now)
