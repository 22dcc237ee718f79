"""What a docker shows at which size, how its results stand in groups, its presets, and many requests in one go."""

import json
from itertools import pairwise

import pytest
from recraft_core.shared.errors import BadOption, OutOfUnits
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.plugin.groups import earlier_prompts, grouped, of_document
from recraft_core.shared.plugin.many import Many, Part, has_wildcards, spelled_out
from recraft_core.shared.plugin.presets import Presets, filled
from recraft_core.shared.plugin.rows import LEAST, behind, chips, does, fitting, rows, tile_side, verbs_in_sight
from recraft_core.shared.plugin.verbs import OWN_PLACE, VERBS


def high(found):
    """The height inside that those rows need, in px of 15 px lines: UX-docker's own sums."""
    prompt = 15 * (found.prompt or 2) + 10
    caption = 19 if found.captions else 0
    return 2 + 24 + 3 + prompt + 3 + (27 if found.chips else 0) + 30 + 3 + 4 + 3 + caption + found.tile + 2


@pytest.mark.parametrize("inside", range(LEAST[1], 900, 7))
def test_the_rows_of_each_height_fit_into_it(inside):
    assert high(rows(inside)) <= inside


def test_lower_dockers_never_show_more():
    found = [rows(inside) for inside in range(900, 100, -1)]
    for more, less in pairwise(found):
        assert less.note <= more.note or less.covers
        assert less.tile <= more.tile
        assert less.chips <= more.chips


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.key)
def test_every_option_of_a_verb_has_exactly_one_place(verb):
    if verb.key == "style":
        assert (chips(verb), behind(verb)) == ((), ())
        return
    for model in verb.models or ("",):
        shown, hidden = chips(verb, model), behind(verb, model)
        assert not set(shown) & set(hidden)
        names = {option.name for option in verb.options(model)} - set(OWN_PLACE) - set(verb.preset)
        names -= {"model"} if len(verb.models) < 2 else set()
        placed = set(shown) | set(hidden) | ({"size"} if "edges" in shown else set())
        assert names <= placed, names - placed
    assert bool(does(verb)) != verb.prompted


def test_verbs_that_fit_and_always_the_chosen_one():
    assert verbs_in_sight([40, 50, 60], 0, 200, 2) == [0, 1, 2]
    assert verbs_in_sight([40, 50, 60], 0, 120, 2) == [0, 1]
    assert verbs_in_sight([40, 50, 60], 2, 120, 2) == [0, 2]
    assert verbs_in_sight([40, 50, 60], 2, 10, 2) == [2]


def test_chips_that_fit_and_tiles_that_fill():
    assert fitting([50, 50, 50], 180, 2, 24) == 3
    assert fitting([50, 50, 50], 170, 2, 24) == 2
    assert fitting([500], 170, 2, 24) == 0
    assert tile_side(258, 80, 110, 4) == 82
    assert tile_side(200, 80, 110, 4) == 96
    assert tile_side(50, 80, 110, 4) == 80


def entry(name, **more):
    told = {
        "entry": name, "operation": "inpaint", "prompt": "a boat", "model": "recraftv3", "place": [0, 0, 9, 9],
        "canvas": [90, 90], "document": "lake.jpg", "pictures": 1, "units": 40, "at_risk": 0, "starred": False,
    }  # fmt: skip
    return {**told, **more}


def test_the_clicks_of_one_idea_stand_together_where_the_newest_does():
    found = grouped([entry("5"), entry("4", prompt="a house"), entry("3", pictures=2), entry("2", place=[1, 0, 9, 9])])
    assert [[(one["entry"], index) for one, index in group.tiles] for group in found] == [
        [("5", 0), ("3", 0), ("3", 1)], [("4", 0)], [("2", 0)],
    ]  # fmt: skip
    assert [group.units for group in found] == [80, 40, 40]


def test_a_group_says_when_something_of_it_may_have_been_charged():
    [group] = grouped([entry("2", pictures=0, at_risk=40, units=None), entry("1")])
    assert group.in_doubt
    assert group.units == 40
    assert len(group.tiles) == 2


def test_a_picture_shows_its_own_results_and_an_unnamed_one_those_made_or_placed_there():
    entries = [entry("1"), entry("2", document="cat.jpg"), entry("3", document="")]
    assert [one["entry"] for one in of_document(entries, "lake.jpg")] == ["1"]
    assert [one["entry"] for one in of_document(entries, "lake.jpg", placed=["2"])] == ["1", "2"]
    assert of_document(entries, "untitled") == []
    assert [one["entry"] for one in of_document(entries, "", session={"3"})] == ["3"]


def test_earlier_prompts_come_once_newest_first_and_by_kind():
    entries = [
        entry("4", prompt="a boat"), entry("3", prompt="a cat", document="cat.jpg"), entry("2", prompt="a boat "),
        entry("1", prompt="a Red house", starred=True), entry("0", prompt=""),
    ]  # fmt: skip
    found = earlier_prompts(entries, "lake.jpg")
    assert {kind: [one["entry"] for one in rows_] for kind, rows_ in found.items()} == {
        "starred": ["1"], "this": ["4"], "all": ["3"],
    }  # fmt: skip
    assert [one["entry"] for one in earlier_prompts(entries, "", search="red")["starred"]] == ["1"]
    assert sum(map(len, earlier_prompts(entries, "", most=2).values())) == 2


def test_a_preset_is_a_file_that_can_be_copied(tmp_path):
    mine = Presets(tmp_path / "presets")
    assert mine.all() == []
    mine.keep("Boat / dusk", "fill", "{prompt} at dusk", {"n": 2})
    mine.keep("a house", "image", "a house", {})
    copied = Presets(tmp_path / "other")
    (tmp_path / "other").mkdir()
    for path in (tmp_path / "presets").iterdir():
        (tmp_path / "other" / path.name).write_bytes(path.read_bytes())
    assert [one["name"] for one in copied.all()] == ["a house", "Boat / dusk"]
    assert copied.all()[1] == {"name": "Boat / dusk", "verb": "fill", "prompt": "{prompt} at dusk", "values": {"n": 2}}
    copied.forget("Boat / dusk")
    assert [one["name"] for one in copied.all()] == ["a house"]
    with pytest.raises(ValueError, match="no verb"):
        mine.keep("x", "fly", "", {}, ("fill",))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": 1, "verb": "fill", "prompt": "", "values": {}}', "\x00"])
def test_a_file_that_is_no_preset_is_passed_by(tmp_path, text):
    (tmp_path / "odd.json").write_text(text, encoding="utf-8")
    (tmp_path / "good.json").write_text(json.dumps({"name": "a", "verb": "fill", "prompt": "", "values": {}}))
    assert [one["name"] for one in Presets(tmp_path).all()] == ["a"]


def test_ones_own_words_stand_where_the_preset_marks_it():
    assert filled("{prompt}, oil on canvas", " a boat ") == "a boat, oil on canvas"
    assert filled("an oil painting", "a boat") == "an oil painting"
    assert filled("", "a boat") == "a boat"


@pytest.mark.parametrize(
    ("prompt", "all_of_it"),
    [
        ("a boat", ["a boat"]),
        ("a {red|blue} boat", ["a red boat", "a blue boat"]),
        ("{a|b} {1|2}", ["a 1", "a 2", "b 1", "b 2"]),
        ("a {|small} boat", ["a boat", "a small boat"]),
        ("{red|red} boat", ["red boat"]),
        ("{prompt} and {one}", ["{prompt} and {one}"]),
        ("{a|{b|c}}", ["{a|b}", "{a|c}"]),
        ("{|}", []),
    ],
)
def test_wildcards_are_spelled_out(prompt, all_of_it):
    assert spelled_out(prompt) == all_of_it
    assert has_wildcards(prompt) == (all_of_it != [prompt])


def test_too_many_wildcards_are_refused_before_anything_is_made():
    with pytest.raises(BadOption, match="stands for 100,000,000,000,000,000,000 prompts"):
        spelled_out(" ".join(["{a|b|c|d|e|f|g|h|i|j}"] * 20))


def test_many_have_one_price_and_one_cap():
    size, area = Size(1000, 800), Box(300, 300, 90, 80)
    made = [plan(Ask("inpaint", {"prompt": text}, size, area)) for text in spelled_out("a {red|blue} boat")]
    many = Many(tuple(Part("", one, lambda: None) for one in made))
    assert many.units == 2 * made[0].units == 80
    assert many.price == "80 units · $0.08"
    many.check(80, 80)
    with pytest.raises(OutOfUnits, match="80 units, your cap is 79"):
        many.check(79)
    with pytest.raises(OutOfUnits, match="the account has 70"):
        many.check(None, 70)
