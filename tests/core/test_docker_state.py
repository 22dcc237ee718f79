"""What a docker shows and what a click would do: the choices of each document, and the plan they make."""
import json

import pytest
from fake_canvas import FakeCanvas, FakeHost
from recraft_core.shared.errors import OutOfUnits
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plugin.state import Facts, Sheet, Sheets, State

SELECTION = Box(120, 110, 50, 40)


def made(*canvases):
    state = State(FakeHost(*canvases), Facts(), Sheets())
    state.look()
    return state


def canvas(key="one", selection=SELECTION):
    return FakeCanvas(Size(300, 280), key, selection)


def test_what_is_in_front_is_seen_once():
    state, rings = made(), []
    state.changed.connect(lambda: rings.append((state.size, state.selection)))
    state.host.canvases = [canvas()]
    assert [state.look(), state.look()] == [True, False]
    state.host.canvases[0].selection = None
    state.look()
    assert rings == [(Size(300, 280), SELECTION), (Size(300, 280), None)]


def test_the_canvas_decides_what_nobody_has_chosen():
    state = made(canvas())
    assert state.verb.key == "fill"
    state.host.canvases[0].selection = Box(400, 0, 20, 20)  # beside the canvas, where nothing can be done
    state.look()
    assert (state.verb.key, state.selection) == ("image", None)
    state.choose("vectorize")
    assert state.verb.key == "vectorize"
    state.choose(None)
    assert state.verb.key == "image"


def test_each_document_has_its_own_choices_and_remembers_them():
    one, two = canvas(), canvas("two")
    state = made(one, two)
    state.set("prompt", "a boat")
    state.set("n", 3)
    state.host.canvases = [two, one]
    state.look()
    assert (state.get("prompt"), state.get("n")) == ("", None)
    state.host.canvases = [one]
    state.look()
    assert state.get("n") == 3
    assert json.loads(one.notes["ui"])["values"] == {"fill": {"n": 3}}, "kept when nobody paints"
    again = made(one)
    assert (again.get("prompt"), again.get("n")) == ("a boat", 3)


def test_nothing_is_written_into_a_document_while_somebody_paints():
    one = canvas()
    state = made(one)
    state.set("prompt", "a boat")
    one.busy_for = 2
    state.look()
    assert one.notes == {}


@pytest.mark.parametrize("text", ["", "{", '{"verb": "nosuch", "values": {"nosuch": {}}, "words": [[1], "x"]}'])
def test_a_note_that_somebody_else_has_written_is_no_choice(text):
    sheet = Sheet(text)
    assert (sheet.verb, sheet.prompt, sheet.values, sheet.words) == (None, "", {}, [])


def test_what_is_taken_back_is_the_settings_again():
    state = made(canvas())
    state.facts.settings = {"default_models": {"inpaint": "recraftv4_1"}, "draw_n": 2}
    state.choose("fill")
    state.set("model", "recraftv3")
    assert state.model == "recraftv3"
    state.set("model", None)
    assert state.get("model") == "recraftv4_1"
    state.facts.settings = {"default_models": {"inpaint": "nosuch"}}
    assert state.model == state.verb.default_model


def test_only_what_verb_and_model_take_is_sent():
    state = made(canvas())
    state.choose("erase")
    state.set("prompt", "a boat")
    assert "prompt" not in state.options()
    state.choose("image")
    state.set("style", "Illustration")
    state.set("style_id", "1-2-3")
    state.set("model", "recraftv3")
    assert {"style_id", "model", "prompt"} <= state.options().keys()
    assert "style" not in state.options(), "one's own style wins"


def test_a_canvas_grows_by_a_ratio_or_by_margins():
    state = made(canvas())
    state.choose("expand")
    state.set("expand_left", 64)
    assert state.options()["expand_left"] == 64
    state.set("size", "16:9")
    assert "expand_left" not in state.options()
    state.set("size", None)
    state.set("expand_left", None)
    plan, trouble = state.plan()
    assert (plan, trouble.option) == (None, "frame")
    assert "Drag an edge" in trouble.remedy


def test_what_is_missing_is_told_and_its_price_known():
    state = made(canvas(selection=None))
    state.choose("fill")
    assert state.plan()[1].option == "mask"
    state.choose("image")
    assert state.plan()[1].option == "prompt"
    assert state.price_without_prompt().units > 0
    state.set("prompt", "a boat")
    assert state.plan()[0].units == state.price_without_prompt().units


def test_a_cap_stops_a_click_unless_nothing_costs():
    state = made(canvas())
    state.choose("image")
    state.set("prompt", "a boat")
    state.facts.settings = {"cap_per_click_units": 1}
    trouble = state.plan()[1]
    assert (type(trouble), trouble.option) == (OutOfUnits, "cap_per_click_units")
    state.set("n", 2)
    assert state.plan()[1].option == "n"
    state.facts.offline = True
    assert state.plan()[1] is None


def test_a_click_is_known_by_what_it_is_about_and_costs():
    state = made(canvas(), canvas("two"))
    state.choose("erase")
    face = state.face(state.plan()[0])
    state.host.canvases.reverse()
    state.look()
    state.choose("erase")
    assert state.face(state.plan()[0]) != face


def test_separate_areas_are_looked_for_where_they_count():
    one = canvas(selection=Box(10, 10, 200, 200))
    one.selected[:] = bytes(len(one.selected))
    for y in (*range(12, 20), *range(190, 200)):
        one.selected[y * 300 + 12 : y * 300 + 20] = b"\xff" * 8
    state = made(one)
    state.choose("erase")
    state.set("islands", "each")
    plan, trouble = state.plan(to_end=True)
    assert trouble is None
    assert plan.areas == (Box(12, 12, 8, 8), Box(12, 190, 8, 10))


def test_a_preset_brings_what_the_verb_takes_and_no_prompt():
    state = made(canvas())
    state.choose("erase")
    state.put({"prompt": "a boat", "n": 3, "image_format": "webp"})
    assert (state.get("prompt"), state.get("n"), state.get("image_format")) == ("", None, "webp")


def test_a_style_of_ones_own_brings_a_model_that_takes_it():
    state = made(canvas(selection=None))
    state.choose("image")
    state.set("model", "recraftv4_1")
    state.set("style", "Illustration")
    state.use_style("1-2-3")
    assert (state.get("style_id"), state.get("style")) == ("1-2-3", None)
    assert state.verb.takes("style_id", state.model)
