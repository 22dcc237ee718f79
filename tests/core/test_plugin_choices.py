"""What dialogs of all hosts share: fields as a request, and letters to press."""
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recraft_core.shared.errors import BadOption, OutOfUnits
from recraft_core.shared.fitting import check
from recraft_core.shared.i18n import say
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.plugin import choices
from recraft_core.shared.plugin.mnemonics import Mnemonics
from recraft_setup import catalogues

GENERATE, FILL = OPERATIONS["generate"], OPERATIONS["inpaint"]


def test_what_the_chosen_model_does_not_take_is_not_sent():
    values = {"prompt": "x", "negative_prompt": "people", "style": "Illustration", "model": "recraftv4_1"}
    sent = choices.for_model(GENERATE, values)
    assert sent == {"prompt": "x", "model": "recraftv4_1"}
    assert check("generations", sent)["model"] == "recraftv4_1"


def test_without_a_model_all_is_sent_and_one_is_found():
    values = {"prompt": "x", "negative_prompt": "people"}
    assert choices.for_model(GENERATE, values) == values


def test_the_model_of_a_style_hides_nothing():
    values = {"style": "icon", "model": "recraftv4_1"}
    assert choices.for_model(OPERATIONS["create_style"], values) == values


def test_offline_it_is_said_before_what_happens_and_after_that_words_were_not_heeded():
    assert "surroundings" in choices.offline_before(FILL)
    assert choices.offline_before(OPERATIONS["erase"]) == ""
    assert "key" in choices.offline_after(FILL, {"prompt": "a red kite"})
    assert choices.offline_after(FILL, {"prompt": "  "}) == ""
    expand = OPERATIONS["outpaint"]
    assert choices.offline_after(expand, {"prompt": expand.unsaid}) == ""
    assert choices.offline_after(GENERATE, {"prompt": "a red kite"}) == "", "a sketch does heed the words"


def test_every_operation_that_takes_words_says_what_becomes_of_them_offline():
    wordy = [one for one in OPERATIONS.values() if one.row.parameter("prompt") and one.row.answer != "style"]
    assert [one.name for one in wordy if not choices.offline_before(one)] == []


def test_equal_results_are_one():
    assert choices.distinct([b"a", b"b", b"a", bytearray(b"b"), b"c"]) == [0, 1, 4]
    assert choices.distinct([]) == []


def test_a_slip_of_a_script_is_told_with_the_choices():
    assert choices.checked_choice("Result", "result", "layer", ("layer", "image")) == "layer"
    with pytest.raises(BadOption, match="Choose one of layer, image"):
        choices.checked_choice("Result", "result", "nosuch", ("layer", "image"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.sampled_from("abcdefABC é"), max_size=6), max_size=9), st.text(st.sampled_from("abc")))
def test_no_letter_is_given_twice(titles, taken):
    letters = Mnemonics(taken)
    given_ = []
    for title in titles:
        made = letters.of(title)
        if made != title:
            at = next(at for at in range(len(made)) if made[at] == "_" and made[:at] + made[at + 1 :] == title)
            given_.append(made[at + 1].lower())
    assert len(given_) == len(set(given_))
    assert not set(given_) & set(taken)


def test_a_capital_is_underlined_first():
    letters = Mnemonics("a")
    assert [letters.of(word) for word in ("Avoid", "Artistic level", "Words")] == ["A_void", "Artistic _level", "_Words"]


def test_what_a_command_line_would_type_is_something_to_click_in_a_host():
    remedy = say(next(iter(choices.CLICKS)), name="cap_per_day_units", least=40)
    assert remedy.endswith("recraft settings set cap_per_day_units 40")
    capped = OutOfUnits("x", remedy=remedy, option="cap")
    told = choices.in_a_host(capped)
    assert (type(told), told.option) == (OutOfUnits, "cap")
    assert "recraft " not in told.remedy
    plain = BadOption("x", remedy="Choose another.")
    assert choices.in_a_host(plain) is plain


def test_every_remedy_that_is_a_command_has_its_click():
    """All sentences that name a command and that a worker can send."""
    template = catalogues.read((Path(__file__).parents[2] / "locale" / "recraft.pot").read_text(encoding="utf-8"))
    typed = {
        msgid
        for msgid, entry in template.items()
        if re.search(r"recraft (?:settings set|key set|history \w+)", msgid)
        and not all(re.search("/(cli/|doctor|studio)", place) for place in entry.places)
    }
    # Taking pictures out of a damaged entry is done by hand.
    left = {"Its pictures can be taken out with: recraft history export {id}"}
    assert set(choices.CLICKS) <= typed
    assert {one for one in typed - set(choices.CLICKS) if "history place" not in one} - left == set()


def test_option_names_are_spelled_as_the_host_does():
    text = "Give one of expand_left, expand_right or size."
    assert choices.spelled(text, ["expand_left", "expand_right"]) == "Give one of expand-left, expand-right or size."


def test_what_was_spent_counts_what_may_have_been():
    assert choices.spent_text(0, 0) == "Nothing spent today."
    assert choices.spent_text(846, 40) == "Spent today: 846 units · $0.846. Perhaps 40 units · $0.04 more."
    assert choices.spent_text(0, 0, nothing="") == ""
