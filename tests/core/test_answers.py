"""Answers looser than the page: nothing in them that is paid for is thrown away."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core.api.answers import MAX_ITEMS, Asked, picture, read
from recraft_core.api.wire import Raw
from recraft_core.shared import errors

THREE = Asked("images", 120, 3)
ONE = Asked("image", 2)
URL = {"image_id": "a", "url": "https://x/a"}


def got(asked, data):
    return read(asked, data if isinstance(data, bytes) else json.dumps(data).encode())


@pytest.mark.parametrize(
    "odd", [None, 3, "x", True, [], {}, {"image_id": "b"}, {"url": ""}, {"url": 7}, {"url": None, "b64_json": None},
            {"b64_json": "!"}, {"b64_json": 5}, {"url": "x" * 9000}],
)  # fmt: skip
def test_an_odd_item_costs_that_one_alone(odd):
    answer = got(THREE, {"credits": 120, "data": [URL, odd, URL]})
    assert [bool(made.url) for made in answer.pictures] == [True, False, True]
    assert answer.pictures[1].trouble
    assert (answer.units, answer.about) == (120, False)


@pytest.mark.parametrize("asked", [THREE, ONE])
@pytest.mark.parametrize("data", [{"data": [URL]}, {"image": URL}, {"data": URL}, {"image": [URL]}, {"image": None, "data": [URL]}])
def test_pictures_are_read_from_either_name(asked, data):
    (made,) = got(asked, data).pictures
    assert made.url == "https://x/a"


@pytest.mark.parametrize(
    "told", ["40", "many", True, None, -1, -0.5, 2**63, 10**30, float("inf"), float("nan"), [], {}, "missing"],
)  # fmt: skip
def test_credits_that_make_no_sense_are_booked_as_about_the_price(told):
    data = {"data": [URL]} if told == "missing" else {"data": [URL], "credits": told}
    answer = got(THREE, data)
    assert (answer.units, answer.about, len(answer.pictures)) == (120, True, 1)


@pytest.mark.parametrize(("told", "units"), [(0, 0), (35, 35), (40.0, 40), (40.2, 41)])
def test_credits_that_make_sense_are_believed(told, units):
    assert (got(THREE, {"data": [URL], "credits": told}).units, got(THREE, {"data": [URL]}).about) == (units, True)


def test_a_number_of_a_million_digits_is_none():
    assert got(THREE, b'{"credits": ' + b"9" * 1_000_000 + b', "data": [{"url": "https://x/a"}]}').about


def test_what_came_beyond_what_was_asked_is_kept_and_marked():
    answer = got(Asked("images", 40, 2), {"data": [URL, None, URL, URL]})
    assert [made.extra for made in answer.pictures] == [False, False, False, True]
    assert len(got(Asked("images", 80, None), {"data": [URL] * 99}).pictures) == MAX_ITEMS
    assert not any(made.extra for made in got(Asked("images", 80, None), {"data": [URL] * 12}).pictures)


def test_a_picture_may_come_as_a_data_url():
    assert picture({"url": "data:image/png;base64,aGk="}).data == b"hi"
    assert picture({"b64_json": "data:image/webp;base64,aGk="}).data == b"hi"
    assert picture({"b64_json": "!", "url": "https://x/a"}).url == "https://x/a"


def test_an_answer_that_broke_off_gives_what_came_whole():
    answer = got(THREE, b'{"created": 1, "credits": 120, "data": [{"url": "https://x/a"}, {"url": "https://x/b"}, {"ur')
    assert ([made.url for made in answer.pictures], answer.units, answer.about) == (["https://x/a", "https://x/b"], 120, False)


def test_what_stands_around_the_object_does_not_matter():
    for body in (b"\xef\xbb\xbf%s", b"\r\n  %s", b"%s\n<!-- proxied -->"):
        assert got(ONE, body % json.dumps({"image": URL}).encode()).pictures[0].url
    assert got(ONE, b'{"image": {"url": "https://x/a", "revised_prompt": "\xff\xfe"}}').pictures[0].url


def test_nothing_from_outside_moves_the_cursor():
    nasty = "a\x1b[2J\x9b1m\u202eb\r\nc"
    answer = got(ONE, {"image": {"image_id": nasty, "url": "https://x/a", "revised_prompt": nasty}})
    assert answer.pictures[0].image_id == "a[2J1mb c"
    assert got(Asked("prompt", 10), {"enhanced_prompt": nasty}).body["prompt"] == "a[2J1mb\nc"
    assert got(Asked("style", 40), {"id": nasty, "deep": {"x": [1]}, "more": nasty}).body == {"id": "a[2J1mb c", "more": "a[2J1mb\nc"}


@pytest.mark.parametrize("kind", ["style", "prompt", "user"])
@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": []}, {"enhanced_prompt": 3}, {"credits": True}, {"credits": "x"}, {"credits": 1e999}])
def test_words_that_are_missing_are_told(kind, data):
    with pytest.raises(errors.BadAnswer):
        got(Asked(kind, 10), data)


def test_the_raw_answer_comes_back_from_its_file():
    raw = Raw(200, {"content-type": "application/json", "x-recraft-requestid": "r\r\n1", "set-cookie": "no"}, b"\r\n\r\n\xff")
    back = Raw.of(bytes(raw))
    assert (back.status, back.body, back.whole) == (200, raw.body, True)
    assert back.headers == {"content-type": "application/json", "x-recraft-requestid": "r 1"}
    assert not Raw.of(bytes(Raw(200, {}, b"x", whole=False))).whole
    for other in (b"", b"HTTP/1.1 200", b"{}"):
        with pytest.raises(ValueError, match="no answer"):
            Raw.of(other)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["data", "image", "url", "b64_json", "credits", "image_id", "id", "enhanced_prompt", "x"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(["images", "image", "style", "prompt", "user"]), ANYTHING | st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_a_clear_error(kind, data):
    try:
        answer = got(Asked(kind, 40), data)
    except errors.BadAnswer:
        return
    assert 0 <= answer.units <= 10**6
    json.dumps(answer.body)
