"""What a plugin knows besides jobs: it asks, keeps what was answered, and says when that has changed."""
import pytest
from fake_canvas import FakeRequests
from recraft_core.shared.errors import KeyTrouble, RecraftError
from recraft_core.shared.plugin.library import SIDE, Library
from recraft_core.shared.plugin.state import Facts


def made():
    requests = FakeRequests()
    library = Library(requests, Facts())
    rings = []
    library.changed.connect(lambda: rings.append("changed"))
    library.known.connect(lambda: rings.append("known"))
    return requests, library, rings


def entry(name, **fields):
    known = {"entry": name, "here": 1, "pictures": 1, "at_risk": 0, "outcome": "done", "prompt": "a boat"}
    return {**known, **fields}


def test_what_has_a_tile_is_listed_and_nothing_else():
    requests, library, rings = made()
    library.refresh()
    entries = [
        entry("here"),
        entry("waits", here=0),
        entry("lost", here=0, pictures=0, at_risk=40),
        entry("working", here=0, pictures=0, at_risk=40, outcome="working"),
        entry("words", here=0, pictures=0),
    ]
    requests.answer(1, data={"entries": entries})
    assert [one["entry"] for one in library.entries] == ["here", "waits", "lost"]
    assert rings == ["changed"]


def test_the_end_of_the_list_brings_more_only_where_there_is_more():
    requests, library, _ = made()
    library.refresh()
    requests.answer(1, data={"entries": [entry(str(number)) for number in range(59)]})
    library.older()
    assert len(requests.sent) == 1
    library.refresh()
    requests.answer(2, data={"entries": [entry(str(number)) for number in range(60)]})
    library.older()
    library.older()  # before the answer
    assert [fields["limit"] for _, _, _, fields in requests.sent] == [60, 60, 120]
    library.find("boat")
    assert requests.sent[-1][3] == {"do": "list", "search": "boat", "limit": 60}


def test_a_small_picture_is_asked_for_once():
    requests, library, rings = made()
    assert library.thumbnail("one") is None
    assert library.thumbnail("one") is None
    requests.answer(1, blobs=[b"abcd"], data={"size": [1, 1]})
    assert library.thumbnail("one") == (b"abcd", 1, 1)
    assert rings == ["changed"]
    library.thumbnail("one", side=2 * SIDE)
    library.forget_large()
    library.thumbnail("one", side=2 * SIDE)
    assert [fields["side"] for _, _, _, fields in requests.sent] == [SIDE, 2 * SIDE, 2 * SIDE]


def test_a_whole_result_comes_as_it_was_placed_or_with_its_trouble():
    requests, library, _ = made()
    came = []
    library.whole("one", lambda result, trouble: came.append((result and result.entry, type(trouble))))
    layer = {"name": "Fill: a boat", "box": [0, 0, 1, 1], "pixels": 0, "svg": None}
    requests.answer(1, "result", [b"abcd"], operation="inpaint", layers=[layer], units=0, notes=[], entry="one")
    library.whole("two", lambda result, trouble: came.append((result, type(trouble))))
    requests.answer(2, "error", error=RecraftError("It is gone.", remedy="Look again.").as_dict())
    assert came == [("one", type(None)), (None, RecraftError)]


def test_a_file_is_written_as_it_came(tmp_path):
    requests, library, _ = made()
    said = []
    library.save_file("one", 0, str(tmp_path / "drawing.svg"), said.append)
    library.save_file("one", 0, str(tmp_path / "no folder" / "drawing.svg"), said.append)
    for number in (1, 2):
        requests.answer(number, blobs=[b"<svg/>"], data={})
    assert (tmp_path / "drawing.svg").read_bytes() == b"<svg/>"
    assert said[0] is None
    assert "cannot be written" in said[1].what


def test_who_works_and_the_balance_reach_every_window():
    requests, library, _ = made()
    library.ask_account()
    requests.answer(2, data={"offline": False, "balance": 100})
    assert (library._facts.offline, library._facts.balance) == (False, 100)
    requests.news.emit(message("balance", balance=60))
    assert library._facts.balance == 60
    library.ask_account()
    requests.answer(4, "error", error=KeyTrouble("The key is refused.", remedy="Set it again.").as_dict())
    assert library.trouble.what == "The key is refused."
    assert library._facts.offline is False, "nothing is free because the service cannot be asked"
    requests.answer(2, data={"offline": True})
    assert (library.trouble, library._facts.offline) == (None, True)


def message(kind, **fields):
    from recraft_core.shared.protocol import Message

    return Message(kind, 0, fields)


def test_what_was_filed_is_listed():
    requests, _library, _ = made()
    requests.news.emit(message("filed", entry="one", units=40))
    assert [fields["limit"] for _, _, _, fields in requests.sent] == [60, 400]


def test_a_setting_is_kept_and_what_is_wrong_with_it_is_said():
    requests, library, _ = made()
    said = []
    library.change("new_versions", True, said.append)
    requests.answer(1, data={"settings": {"new_versions": True}, "defaults": {"n": 1}, "folder": "here"})
    assert (library._facts.settings, library.defaults, library.folder) == ({"new_versions": True}, {"n": 1}, "here")
    assert requests.asked("release"), "whoever wants to know is told now"
    library.change("n", 99, said.append)
    requests.answer(3, "error", error=RecraftError("It is too much.", remedy="Up to 6.").as_dict())
    assert [one and one.what for one in said] == [None, "It is too much."]


def test_a_key_is_handed_over_and_tried():
    requests, library, _ = made()
    said = []
    library.set_key("abc", said.append)
    requests.answer(1, data={"present": True})
    assert (library.key, said) == ({"present": True}, [])
    requests.answer(2, data={"offline": False, "balance": 5})
    assert said == [None]
    library.remove_key()
    requests.answer(3, data={"present": False})
    assert library.key == {"present": False}
    assert len(requests.asked("account")) == 2


@pytest.mark.parametrize("refused", [True, False])
def test_a_key_that_is_refused_is_said(refused):
    requests, library, _ = made()
    said = []
    library.set_key("abc", said.append)
    if not refused:
        requests.answer(1, data={"present": True})
    requests.answer(1 if refused else 2, "error", error=KeyTrouble("No.", remedy="Another.").as_dict())
    assert [one.what for one in said] == ["No."]


def test_a_new_version_is_told_until_it_is_dismissed():
    requests, library, _ = made()
    library.ask_release()
    requests.answer(1, data={"version": "9.9"})
    assert library.release == "9.9"
    library.forget_release()
    assert library.release == ""


def test_earlier_prompts_are_those_of_many_whatever_is_searched_for():
    requests, library, _ = made()
    library.refresh()
    requests.answer(1, data={"entries": [entry("one")]})
    assert library.known_entries == library.entries
    library.ask_many()
    requests.answer(2, data={"entries": [entry("one"), entry("two")]})
    assert len(library.known_entries) == 2


def test_at_the_start_all_is_asked_for():
    requests, library, _ = made()
    library.begin()
    assert {kind for kind, _, _, _ in requests.sent} == {"settings", "key", "account", "history", "styles", "release"}
    requests.answer(requests.asked("styles")[0], data={"styles": [{"id": "1"}]})
    assert library.styles == [{"id": "1"}]


def test_star_discard_and_fetch_bring_the_list_anew():
    requests, library, _ = made()
    said = []
    library.star("one", True)
    library.star("one", False)
    library.discard("one")
    library.fetch("one", said.append)
    assert [fields["do"] for _, _, _, fields in requests.sent] == ["star", "unstar", "remove", "fetch"]
    for number in range(1, 5):
        requests.answer(number, data={})
    assert len(requests.asked("history", do="list")) == 4
    assert said == [None]
