"""What a click will do: boxes, sizes, price and the sentences a person reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core.shared.contract import EXPANDS, RATIOS
from recraft_core.shared.errors import BadOption
from recraft_core.shared.frames import margins, with_margins
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.notes import at_home, scaled, told_price
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.plan import Ask, frame_of, plan, price_text, wants_areas

sides = st.integers(1, 16_000)
sizes = st.builds(Size, sides, sides)


@st.composite
def selections(draw):
    canvas = draw(sizes)
    x, y = draw(st.integers(0, canvas.width - 1)), draw(st.integers(0, canvas.height - 1))
    return canvas, Box.between(x, y, draw(st.integers(x + 1, canvas.width)), draw(st.integers(y + 1, canvas.height)))


@given(selections(), st.none() | st.integers(0, 4096), st.integers(-256, 256))
def test_what_is_sent_for_a_selection_fits_the_limits(marked, context, grow):
    canvas, selection = marked
    made = plan(Ask("erase", {"context_px": context, "grow_px": grow}, canvas, selection))
    assert Box.of(canvas).holds(made.read)
    assert made.read.holds(selection)
    assert made.place == made.read
    assert made.padded.area <= made.limits.max_pixels
    assert made.limits.min_side <= min(made.padded)
    assert max(made.padded) <= made.limits.max_side


def test_however_little_context_is_asked_for_there_is_something_to_continue():
    made = plan(Ask("outpaint", {"prompt": "sea", "expand_left": 100, "context_px": 0}, Size(900, 300)))
    assert (made.read, made.place) == (Box(0, 0, 256, 300), Box(-100, 0, 356, 300))


@pytest.mark.parametrize("options", [{"zoom_out_percentage": 99.99}, {"size": "9:16"}])
def test_what_could_be_paid_for_but_not_placed_is_refused(options):
    with pytest.raises(BadOption, match="The new canvas would be"):
        plan(Ask("outpaint", {"prompt": "sea", **options}, Size(60_000, 300)))


def test_a_canvas_without_pixels_is_told():
    with pytest.raises(BadOption, match="0 × 5"):
        plan(Ask("generate", {"prompt": "sea"}, Size(0, 5)))


@given(sizes, st.fixed_dictionaries({}, optional={name: st.integers(0, 4096) for name in EXPANDS}))
def test_expanding_covers_exactly_the_new_frame(canvas, margins):
    ask = Ask("outpaint", {"prompt": "sea", **margins}, canvas)
    if not any(margins.values()):
        with pytest.raises(BadOption):
            plan(ask)
        return
    made = plan(ask)
    frame = frame_of(made)
    left, right, top, bottom = (margins.get(name, 0) for name in EXPANDS)
    assert frame == Box(-left, -top, canvas.width + left + right, canvas.height + top + bottom)
    # The answer covers all of the new area: what it does not cover of the frame lies on the canvas.
    assert all(Box.of(canvas).holds(rest) for rest in outside(frame, made.place))
    sent = [made.sent.width + made.values.get("expand_left", 0) + made.values.get("expand_right", 0),
            made.sent.height + made.values.get("expand_top", 0) + made.values.get("expand_bottom", 0)]  # fmt: skip
    assert max(sent) <= 4096
    assert min(made.sent) >= 256
    assert {name for name in EXPANDS if name in made.values} == {name for name, by in margins.items() if by}


def outside(frame, inner):
    """The parts of `frame` beside `inner`, as boxes."""
    yield Box.between(frame.x, frame.y, inner.x, frame.bottom)
    yield Box.between(inner.right, frame.y, frame.right, frame.bottom)
    yield Box.between(frame.x, frame.y, frame.right, inner.y)
    yield Box.between(frame.x, inner.bottom, frame.right, frame.bottom)


@given(sizes, st.sampled_from(RATIOS), st.floats(0, 90))
def test_a_ratio_only_ever_adds(canvas, ratio, zoom):
    across, down = map(int, ratio.split(":"))
    ask = Ask("outpaint", {"prompt": "x", "size": ratio, "zoom_out_percentage": zoom}, canvas)
    try:
        frame = frame_of(plan(ask))
    except BadOption:
        with pytest.raises(BadOption, match=r"nothing to add|The new canvas would be"):
            plan(ask)
        return
    assert frame.holds(Box.of(canvas))
    if zoom == 0:
        assert abs(frame.width * down - frame.height * across) <= max(across, down)


def test_expanding_needs_no_words():
    made = plan(Ask("outpaint", {"expand_right": 400, "prompt": " "}, Size(600, 400)))
    assert made.values["prompt"] == "Continue the picture."


def test_only_the_border_travels_when_one_side_grows():
    made = plan(Ask("outpaint", {"prompt": "sea", "expand_right": 400}, Size(6000, 4000)))
    assert made.read == Box(5200, 0, 800, 4000)
    assert made.place == Box(5200, 0, 1200, 4000)
    assert made.scale == 1


def test_an_explicit_size_is_a_picture_of_its_own():
    made = plan(Ask("outpaint", {"prompt": "sea", "size": "1820x1024"}, Size(600, 400)))
    assert (made.place, made.values["size"], frame_of(made)) == (None, "1820x1024", None)


@pytest.mark.parametrize(
    ("options", "box"),
    [
        ({"context_px": 300}, Box(1700, 1700, 1000, 1000)),
        ({"context_px": 300, "grow_px": 20}, Box(1680, 1680, 1040, 1040)),
        ({"context_px": 300, "grow_px": 1}, Box(1699, 1699, 1002, 1002)),
        ({"context_px": 300, "grow_px": 20, "spill_px": 10}, Box(1670, 1670, 1060, 1060)),
        ({"context_px": 300, "grow_px": -20}, Box(1700, 1700, 1000, 1000)),
        ({"context_px": 300, "grow_px": -20, "spill_px": 10}, Box(1700, 1700, 1000, 1000)),
        ({}, Box(1800, 1800, 800, 800)),
    ],
)
def test_what_is_read_is_the_grown_selection_and_its_context(options, box):
    operation = "inpaint" if "spill_px" in options else "erase"
    more = {"prompt": "x"} if operation == "inpaint" else {}
    made = plan(Ask(operation, {**options, **more}, Size(4000, 4000), Box(2000, 2000, 400, 400)))
    assert made.read == made.place == box


def test_context_gives_way_where_it_would_cost_detail():
    """A selection nearly as large as what is sent at full size takes less along than the half of its side: 64 px."""
    made = plan(Ask("erase", {}, Size(9000, 9000), Box(2000, 2000, 3860, 3860)))
    assert (made.read, made.scale) == (Box(1936, 1936, 3988, 3988), 1)
    made = plan(Ask("erase", {}, Size(9000, 9000), Box(2000, 2000, 3000, 3000)))
    assert (made.read, made.scale) == (Box(1526, 1526, 3948, 3948), 1)
    larger = plan(Ask("erase", {}, Size(9000, 9000), Box(2000, 2000, 4400, 4400)))
    assert (larger.read, larger.scale < 1) == (Box(1936, 1936, 4528, 4528), True)


def test_only_a_selection_has_areas():
    whole = plan(Ask("refine_details", {}, Size(9000, 9000)))
    assert (wants_areas(whole), whole.place) == (False, Box(0, 0, 9000, 9000))
    assert whole.scale < 1
    near = Box(100, 100, 10, 10), Box(130, 100, 10, 10)  # so near that one request serves both
    ask = Ask("erase", {"islands": "auto"}, Size(9000, 9000), Box(100, 100, 5000, 30), near)
    assert wants_areas(plan(ask))
    assert plan(ask).parts == ()
    assert not wants_areas(plan(Ask("erase", {"islands": "auto"}, Size(900, 900), Box(100, 100, 50, 30))))
    assert not wants_areas(plan(Ask("erase", {"islands": "together"}, Size(9000, 9000), Box(100, 100, 5000, 30))))


def test_what_makes_a_new_picture_lies_in_the_selection_else_on_the_canvas():
    words = {"prompt": "x"}
    assert plan(Ask("generate", words, Size(500, 400), Box(5, 6, 70, 80))).place == Box(5, 6, 70, 80)
    assert plan(Ask("generate", words, Size(500, 400))).place == Box(0, 0, 500, 400)
    assert plan(Ask("generate", words, None, Box(5, 6, 70, 80))).place == Box(5, 6, 70, 80)
    assert plan(Ask("generate", words)).place is None
    assert plan(Ask("vectorize", {}, Size(500, 400))).place == Box(0, 0, 500, 400)
    assert plan(Ask("palette", {}, Size(100, 100), Box(50, 50, 100, 100))).read == Box(50, 50, 50, 50)
    assert plan(Ask("variations", {"size": "16:9"}, Size(1000, 1500))).values["size"] == "16:9"


def test_an_expanded_frame_is_sent_in_margins_alone():
    made = plan(Ask("outpaint", {"size": "16:9", "zoom_out_percentage": 20}, Size(600, 400)))
    assert not {"size", "zoom_out_percentage"} & made.values.keys()
    assert made.padded == made.sent
    assert (made.canvas, made.place) == (Size(600, 400), frame_of(made))
    assert made.notes[0].startswith("The new canvas is ")
    assert frame_of(plan(Ask("erase", {}, Size(600, 400), Box(5, 6, 70, 80)))) is None
    small = plan(Ask("outpaint", {"expand_left": 50}, Size(128, 128)))
    assert (small.sent, small.values["expand_left"]) == (Size(256, 256), 100)


@pytest.mark.parametrize(
    ("ask", "option"),
    [
        (Ask("erase", {}, Size(100, 100)), "mask"), (Ask("erase"), "picture"), (Ask("erase", {}, Size(0, 5)), "picture"),
        (Ask("erase", {}, Size(100, 100), Box(200, 0, 5, 5)), "mask"),
        (Ask("erase", {"context_px": -1}, Size(100, 100), Box(0, 0, 5, 5)), "context_px"),
        (Ask("generate", {"prompt": "x", "vector": True, "model": "recraftv3"}), "model"),
        (Ask("outpaint", {"expand_left": 0}, Size(100, 100)), "size"),
        (Ask("outpaint", {"size": "1:1"}, Size(100, 100)), "size"),
        (Ask("outpaint", {"zoom_out_percentage": 99.99}, Size(60_000, 300)), "zoom_out_percentage"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_it_is_about(ask, option):
    with pytest.raises(BadOption) as caught:
        plan(ask)
    assert caught.value.option == option


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_lacks_before_anything_else(name):
    operation = OPERATIONS[name]
    if operation.picture:
        with pytest.raises(BadOption, match="needs a picture"):
            plan(Ask(name, {"prompt": "x"}))
    if operation.masked:
        with pytest.raises(BadOption, match="Select an area"):
            plan(Ask(name, {"prompt": "x"}, Size(100, 100)))


def test_an_unknown_operation_names_those_there_are():
    with pytest.raises(BadOption, match="enhance_prompt"):
        plan(Ask("sharpen"))


def test_a_selection_beside_the_canvas_is_told():
    with pytest.raises(BadOption, match="outside the canvas"):
        plan(Ask("erase", {}, Size(100, 100), Box(200, 0, 5, 5)))
    # What needs no selection is done as if there were none.
    for name in ("generate", "variations", "vectorize"):
        given = {"prompt": "a boat"} if name == "generate" else {}
        assert plan(Ask(name, given, Size(300, 300), Box(400, 0, 5, 5))) == plan(Ask(name, given, Size(300, 300)))


def test_own_options_are_checked_like_the_services():
    with pytest.raises(BadOption, match="0 to 4096"):
        plan(Ask("erase", {"context_px": 5000}, Size(100, 100), Box(0, 0, 5, 5)))


@pytest.mark.parametrize(
    ("options", "endpoint", "model"),
    [
        ({}, "generations/raster", "recraftv4_1"),
        ({"vector": True}, "generations/vector", "recraftv4_1_vector"),
        ({"vector": True, "style": "Line art"}, "generations/vector", "recraftv3_vector"),
        ({"model": "recraftv2_vector"}, "generations/vector", "recraftv2_vector"),
        ({"style_id": "229b2a75-05e4-4580-85f9-b47ee521a00d"}, "generations", "recraftv3"),
        ({"style_id": "229b2a75-05e4-4580-85f9-b47ee521a00d", "vector": True}, "generations/vector", "recraftv3_vector"),
    ],
)
def test_pixels_or_vectors_choose_the_endpoint_and_its_model(options, endpoint, model):
    made = plan(Ask("generate", {"prompt": "x", **options}))
    assert (made.endpoint, made.values["model"]) == (endpoint, model)


def test_a_raster_model_asked_for_vectors_names_its_twin():
    with pytest.raises(BadOption, match="Recraft V3 Vector"):
        plan(Ask("generate", {"prompt": "x", "vector": True, "model": "recraftv3"}))


def test_the_canvas_fills_in_the_size():
    assert plan(Ask("variations", {}, Size(1000, 1500))).values["size"] == "2:3"
    assert plan(Ask("generate", {"prompt": "x"}, Size(1000, 500), Box(0, 0, 100, 100))).values["size"] == "1:1"
    assert "size" not in plan(Ask("generate", {"prompt": "x"})).values


def test_the_notes_say_what_travels_and_how_it_was_scaled():
    made = plan(Ask("inpaint", {"prompt": "x"}, Size(6000, 4000), Box(3000, 2000, 300, 200)))
    assert made.notes == ("Only the selection and 150 px around it are sent (600 × 500).",)
    assert plan(Ask("inpaint", {"prompt": "x"}, Size(300, 300), Box(0, 0, 300, 300))).notes == ()
    assert "scaled down to" in plan(Ask("vectorize", {}, Size(8000, 4000))).notes[0]
    assert "scaled up to 102 %" in plan(Ask("vectorize", {}, Size(1, 4000))).notes[0]
    assert "scaled up to 256 %" in plan(Ask("vectorize", {}, Size(100, 100))).notes[0]


@pytest.mark.parametrize(
    ("units", "text"),
    [(0, "0 units · $0.00"), (1, "1 unit · $0.001"), (35, "35 units · $0.035"), (40, "40 units · $0.04"),
     (250, "250 units · $0.25"), (1800, "1,800 units · $1.80")],
)  # fmt: skip
def test_units_are_shown_with_money(units, text):
    assert price_text(units) == text


@pytest.mark.parametrize(
    ("known", "sure", "text"),
    [("", True, "40 units · $0.04"), ("", False, "about 40 units · $0.04"), ("learnt", True, "40 units · $0.04, learnt"),
     ("listed", True, "40 units · $0.04"), ("listed", False, "about 40 units · $0.04"),
     ("unknown", False, "price unknown, counted as 40 units · $0.04")],
)  # fmt: skip
def test_a_price_says_how_it_is_known(known, sure, text):
    assert told_price(40, known, sure=sure) == text


@pytest.mark.parametrize(
    ("size", "sent", "text"),
    [((400, 300), (200, 150), "scaled down to 50 %"), ((400, 1), (200, 1), "scaled down to 50 %"),
     ((1, 400), (1, 200), "scaled down to 50 %"), ((1, 4000), (2, 4000), "scaled up to 100 %"),
     ((4000, 1), (4000, 2), "scaled up to 100 %"), ((100, 50), (512, 256), "scaled up to 512 %")],
)  # fmt: skip
def test_scaling_is_told_by_the_longer_side(size, sent, text):
    assert text in scaled(Size(*size), Size(*sent))[0]
    assert scaled(Size(*size), Size(*size)) == ()


def test_where_nothing_is_sent_no_note_says_so():
    notes = [
        *plan(Ask("inpaint", {"prompt": "x"}, Size(6000, 4000), Box(3000, 2000, 300, 200))).notes,
        *plan(Ask("vectorize", {}, Size(8000, 4000))).notes,
        *plan(Ask("vectorize", {}, Size(100, 100))).notes,
        *plan(Ask("outpaint", {"expand_right": 400}, Size(6000, 4000))).notes,
    ]
    assert len(notes) == 4
    for note in notes:
        assert "sent" in note.lower()
        assert "sent" not in at_home(note).lower()
    assert at_home("as it was") == "as it was"


def test_a_price_that_is_not_documented_is_about():
    assert plan(Ask("explore", {"prompt": "x"})).price == "about 80 units · $0.08"
    assert plan(Ask("inpaint", {"prompt": "x", "n": 2}, Size(9, 9), Box(0, 0, 9, 9))).price == "80 units · $0.08"
    assert plan(Ask("account")).units == 0


def test_enlarging_what_is_too_large_says_that_it_may_not_grow():
    assert "no larger than the original" in plan(Ask("crisp_upscale", {}, Size(20_000, 300))).notes[-1]
    assert not plan(Ask("crisp_upscale", {}, Size(800, 600))).notes


def test_the_margins_of_a_frame_make_that_frame():
    whole, frame = Box(0, 0, 300, 200), Box(-8, -16, 340, 232)
    assert margins(whole, frame) == {"expand_left": 8, "expand_right": 32, "expand_top": 16, "expand_bottom": 16}
    assert with_margins(whole, margins(whole, frame)) == frame
