"""Reading a canvas bit by bit: never half a stroke, and what takes several looks is about what is in front."""
import pytest
from fake_canvas import FakeCanvas, last
from recraft_core.shared.errors import BadOption
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plugin import strips
from recraft_core.shared.plugin.strips import Search, all_in_strips, in_strips, mostly, search_areas

AREA = Box(3, 2, 30, 25)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Seven rows at once."""
    monkeypatch.setattr(strips, "STRIP", 7 * 4 * AREA.width)


def test_strips_are_the_same_bytes_as_the_whole():
    canvas = FakeCanvas()
    assert bytes(last(in_strips(canvas, AREA, canvas.read, 4))) == canvas.peek(AREA)
    assert [box.height for box in canvas.read_boxes] == [7, 7, 7, 4]


def test_what_is_painted_meanwhile_is_read_from_the_beginning():
    canvas = FakeCanvas()
    reading = in_strips(canvas, AREA, canvas.read, 4)
    for _ in range(2):
        assert next(reading) is False
    canvas.pixels[:] = b"\x09" * len(canvas.pixels)
    canvas.busy_for = 2
    assert next(reading) is True
    assert bytes(last(reading)) == b"\x09" * (4 * AREA.size.area)


def test_a_canvas_of_another_size_is_not_read_on():
    canvas = FakeCanvas()
    reading = in_strips(canvas, AREA, canvas.read, 4)
    next(reading)
    canvas.size = Size(41, 30)
    with pytest.raises(BadOption, match="changed while it was read"):
        last(reading)


def test_of_several_areas_all_are_read_again_after_a_stroke():
    canvas = FakeCanvas()
    reading = all_in_strips(canvas, [(AREA, canvas.read, 4), (Box(0, 0, 40, 30), canvas.coverage, 1)])
    while next(reading) is not None and len(canvas.read_boxes) < 4:
        pass
    next(reading)  # the first area is there
    canvas.pixels[:] = b"\x05" * len(canvas.pixels)
    canvas.busy_for = 2
    pixels, coverage = last(reading)
    assert bytes(pixels) == b"\x05" * (4 * AREA.size.area)
    assert len(coverage) == 40 * 30


def test_what_is_in_memory_is_not_read_again():
    canvas = FakeCanvas()
    read = mostly(lambda _box: b"beside", canvas.peek(AREA), AREA)
    assert read(Box(5, 5, 2, 1)) == canvas.peek(Box(5, 5, 2, 1))
    assert read(Box(0, 0, 2, 1)) == b"beside"


def test_the_areas_of_a_selection_are_found():
    canvas = FakeCanvas(selection=Box(0, 0, 40, 30))
    canvas.selected[:] = bytes(len(canvas.selected))
    for x, y in ((1, 1), (38, 28)):
        canvas.selected[y * 40 + x] = 255
    assert last(search_areas(canvas, Box(0, 0, 40, 30))) == (Box(1, 1, 1, 1), Box(38, 28, 1, 1))


def looking(found, looks=3):
    for _ in range(looks):
        yield
    return found


def test_a_search_goes_on_with_each_look_and_is_then_known(monkeypatch):
    monkeypatch.setattr(Search, "PATIENCE_S", -1.0)
    search, canvas = Search(), FakeCanvas()
    assert search.of(canvas, "box", lambda: looking(("found",))) == ()
    assert not search.over
    seen = [search.go_on(canvas) for _ in range(3)]
    assert (seen, search.over) == ([False, False, True], True)
    assert search.of(canvas, "box", lambda: pytest.fail("it is known")) == ("found",)
    assert search.of(canvas, "another box", lambda: looking((), 9)) == ()


def test_a_click_looks_to_the_end_even_while_somebody_paints():
    search, canvas = Search(), FakeCanvas()
    canvas.busy_for = 1000
    assert search.of(canvas, "box", lambda: looking(("found",))) == ()
    assert search.of(canvas, "box", lambda: looking(("found",)), to_end=True) == ("found",)


def test_nothing_is_looked_for_in_another_picture(monkeypatch):
    monkeypatch.setattr(Search, "PATIENCE_S", -1.0)
    search, canvas = Search(), FakeCanvas()
    search.of(canvas, "box", lambda: looking(("found",), 9))
    assert not any(search.go_on(other) for other in (None, FakeCanvas(key="two")) for _ in range(20))
    assert not search.over


def test_a_search_that_fails_is_begun_anew_and_one_that_calls_itself_is_not():
    search, canvas, inner = Search(), FakeCanvas(), []

    def failing():
        inner.append(search.go_on(canvas))
        yield
        raise BadOption("The canvas changed.", remedy="Click once more.")

    with pytest.raises(BadOption):
        search.of(canvas, "box", failing, to_end=True)
    assert inner == [False]
    assert search.of(canvas, "box", lambda: looking(("found",)), to_end=True) == ("found",)
