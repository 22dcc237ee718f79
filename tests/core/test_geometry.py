"""Arithmetic on boxes: what one pixel of error would break."""

import math

from hypothesis import given
from hypothesis import strategies as st
from recraft_core.shared.contract import client_limits
from recraft_core.shared.geometry import Box, Limits, Size, contain, context_box, fit, padding

sides = st.integers(1, 20_000)
sizes = st.builds(Size, sides, sides)
LIMITS = client_limits()


@st.composite
def boxes_in(draw, size):
    x, y = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
    return Box.between(x, y, draw(st.integers(x + 1, size.width)), draw(st.integers(y + 1, size.height)))


@given(sizes, st.data(), st.integers(0, 5000))
def test_context_holds_the_selection_and_stays_on_the_canvas(canvas, data, margin):
    selection = data.draw(boxes_in(canvas))
    context = context_box(selection, canvas, margin=margin)
    assert context.holds(selection)
    assert Box.of(canvas).holds(context)
    assert all(got >= min(256, whole) for got, whole in zip(context.size, canvas, strict=True))


@given(sizes, st.data(), st.integers(0, 300))
def test_context_keeps_its_margin_where_the_canvas_has_it(canvas, data, margin):
    selection = data.draw(boxes_in(canvas))
    assert context_box(selection, canvas, margin=margin).holds(selection.grown(margin).intersect(Box.of(canvas)))


@given(sizes)
def test_what_is_sent_fits_every_limit(size):
    sent = fit(size, LIMITS)
    padded = padding(sent, LIMITS)
    assert max(padded) <= LIMITS.max_side
    assert padded.area <= LIMITS.max_pixels
    assert min(padded) >= LIMITS.min_side
    assert all(one <= other for one, other in zip(sent, padded, strict=True))


@given(sizes)
def test_scaling_keeps_the_shape_to_a_pixel(size):
    sent = fit(size, LIMITS)
    scale = sent.width / size.width
    assert abs(sent.height - size.height * scale) <= 1 + size.height / size.width
    if LIMITS.min_side <= min(size) and max(size) <= LIMITS.max_side and size.area <= LIMITS.max_pixels:
        assert sent == size


@given(sizes, sizes, st.integers(-500, 500), st.integers(-500, 500))
def test_contained_boxes_lie_inside_and_touch_two_edges(size, room, x, y):
    into = Box(x, y, *room)
    box = contain(size, into)
    assert into.holds(box)
    assert box.width == into.width or box.height == into.height or 1 in box.size


@given(sizes, st.data())
def test_intersection_is_the_largest_box_both_hold(size, data):
    one, other = data.draw(boxes_in(size)), data.draw(boxes_in(size))
    both = one.intersect(other)
    assert one.holds(both)
    assert other.holds(both)
    assert both.empty or not one.intersect(other.moved(size.width, 0)).width


def test_an_empty_box_is_held_by_all_and_holds_nothing():
    empty = Box(5, 5, 0, 3)
    assert empty.empty
    assert Box(0, 0, 1, 1).holds(empty)
    assert not empty.holds(Box(5, 5, 1, 1))


def test_a_tiny_picture_is_scaled_up_to_the_minimum_exactly():
    assert fit(Size(100, 100), LIMITS) == Size(256, 256)
    assert fit(Size(64, 32), client_limits(32)) == Size(64, 32)
    assert math.isclose(fit(Size(8190, 8190), LIMITS).width, 3999, abs_tol=1)


def test_a_side_is_rounded_so_that_no_limit_is_passed():
    assert fit(Size(3, 5), LIMITS) == Size(256, 427)  # up to the minimum: never below it
    assert fit(Size(300, 200), Limits(1, 100, 10**9, 0)) == Size(100, 66)  # down to the maximum: never above it
    assert fit(Size(1, 4000), Limits(256, 4095, 10**9, 0)) == Size(1, 4095)  # up, but the maximum decides
    assert fit(Size(3, 4000), Limits(256, 4001, 10**9, 0)) == Size(3, 4001)


def test_a_box_larger_than_its_room_is_centred_over_it():
    assert Box(5, 5, 9, 4).inside(Box(0, 0, 4, 100)) == Box(-2, 5, 9, 4)
    assert Box(-3, 99, 2, 4).inside(Box(0, 0, 4, 100)) == Box(0, 96, 2, 4)


def test_what_is_contained_stands_in_the_middle():
    assert contain(Size(10, 10), Box(0, 0, 30, 10)) == Box(10, 0, 10, 10)
    assert contain(Size(10, 10), Box(7, 3, 10, 30)) == Box(7, 13, 10, 10)


def test_a_small_selection_takes_the_smallest_context_along():
    assert context_box(Box(1000, 1000, 10, 20), Size(4000, 4000), margin=5) == Box(877, 882, 256, 256)
    assert context_box(Box(-5, 0, 10, 300), Size(4000, 4000), margin=5, min_side=32) == Box(0, 0, 32, 310)
