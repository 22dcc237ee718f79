"""What services and the gateways before them say when they refuse, in every shape seen, and what the user reads."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core.api.refusals import refusal, said, wait
from recraft_core.shared import errors

SHAPES = [
    ({"code": "invalid_model"}, ("invalid_model", "")),
    ({"Code": "INVALID_MODEL", "Message": "No"}, ("INVALID_MODEL", "No")),
    ({"code": "x", "message": "prompt length should be in [1, 1000]"}, ("x", "prompt length should be in [1, 1000]")),
    ({"error": {"message": "No", "type": "invalid_request_error", "code": "bad_size"}}, ("bad_size", "No")),
    ({"error": "not_enough_credits"}, ("not_enough_credits", "")),
    ({"error": "Something is wrong"}, ("", "Something is wrong")),
    ({"detail": "Not here"}, ("", "Not here")),
    ({"detail": [{"loc": ["body", "n"], "msg": "too many", "type": "value_error"}]}, ("value_error", "n: too many")),
    ({"errors": [{"message": "first"}, {"message": "second"}]}, ("", "first")),
    ({"title": "Bad Request", "status": 400}, ("", "Bad Request")),
    (["unwanted"], ("", "unwanted")),
    ("plain words", ("", "plain words")),
    (None, ("", "")),
]


@pytest.mark.parametrize(("data", "expected"), SHAPES)
def test_every_shape_is_read(data, expected):
    told = said(json.dumps(data).encode())
    assert (told.code, told.message) == expected
    error = refusal("erase", 400, {"content-type": "TEXT/Html"}, json.dumps(data).encode())
    assert all(word in error.what for word in expected if word)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_refusal_in_any_encoding_of_json_is_read(encoding):
    told = said('{"code": "bad_size", "message": "zu gro\xdf"}'.encode(encoding))
    assert told == ("bad_size", "zu gro\xdf", None)


@pytest.mark.parametrize(
    ("body", "title"),
    [(b"<html><head><title>502 Bad Gateway</title></head>", "502 Bad Gateway"), (b"<!DOCTYPE html><p>x", ""),
     (b"  <HTML><TITLE lang=en>\n504 Gateway\tTime-out </TITLE>", "504 Gateway Time-out")],
)  # fmt: skip
def test_a_gateways_page_is_called_one(body, title):
    assert said(body).page == title
    error = refusal("erase", 502, {}, body, "req-1")
    assert "gateway's page" in error.what
    assert title in error.what
    assert "<" not in error.what
    assert "req-1" in error.what


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (400, {"code": "invalid_request_parameter", "message": "prompt"}, errors.Refused, "Nothing was charged"),
        (401, "request unauthorized", errors.KeyTrouble, ""),
        (404, "404 page not found", errors.Refused, ""),
        (429, {"code": "rate_limit_exceeded"}, errors.TooFast, ""),
        (400, "", errors.Refused, "Perhaps it was charged"),
        (400, "<html>", errors.Refused, "Perhaps it was charged"),
        (408, "late", errors.Refused, "Perhaps it was charged"),
        (302, "", errors.Refused, "Perhaps it was charged"),
        (500, {"code": "internal"}, errors.Unanswered, "Perhaps it was charged"),
        (503, "", errors.Unanswered, "Perhaps it was charged"),
    ],
)
def test_nothing_was_charged_is_said_where_it_is_certain(status, body, kind, says):
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    error = refusal("erase", status, {}, data)
    assert type(error) is kind
    assert says in error.remedy
    assert error.charged == says.startswith("Perhaps")
    free = refusal("erase", status, {}, data, paid=False)
    assert not free.charged
    assert "erhaps" not in free.remedy


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7), ("0", 0), ("1.5", 1.5), ("86401", 86400), ("Wed, 21 Oct 2026 07:28:00 GMT", 60), ("soon", None), ("", None),
     ("-3", None), ("nan", None), ("1e999", 86400), ("Wed, 99 Oct", None), ("9" * 400, 86400)],
)  # fmt: skip
def test_the_wait_a_service_asks_for(told, seconds):
    assert wait({"retry-after": told}, now=1792567620.0) == seconds


@settings(deadline=None, max_examples=300)
@given(st.integers(100, 999).filter(lambda status: not 200 <= status < 300), st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["code", "message", "error", "detail", "errors", "loc", "type", "Title"]), inner), max_leaves=8,
).map(lambda data: json.dumps(data).encode()))  # fmt: skip
def test_whatever_is_said_becomes_one_clear_error(status, body):
    error = refusal("erase", status, {}, body)
    assert error.what.rstrip().endswith((".", "”"))
    assert error.remedy
    assert len(error.what) < 2000
    assert error.what.isprintable() or all(letter.isprintable() or not letter.isascii() or letter in "\n\t" for letter in error.what)
