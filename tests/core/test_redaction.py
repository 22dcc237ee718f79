from __future__ import annotations

import base64
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core.redaction import HIDDEN, Redacting, forget, redact, redact_data, register

KEY = "rc-0123456789abcdefABCDEF+/xyz"


@pytest.fixture
def known():
    register(KEY)
    yield KEY
    forget(KEY)


@given(before=st.text(), after=st.text())
def test_a_given_secret_is_hidden_wherever_it_stands(before, after):
    assert KEY not in redact(f"{before}{KEY}{after}", [KEY])


@given(st.recursive(st.just(KEY) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.just(KEY), inner)))
def test_data_is_searched_to_its_leaves_and_its_names(data):
    assert KEY not in json.dumps(redact_data(data, [KEY]))


def test_a_registered_key_is_hidden_as_it_is_and_as_an_address_spells_it(known):
    text = redact(f"plain {known}, in a query ?k=rc-0123456789abcdefABCDEF%2B%2Fxyz")
    assert text == f"plain {HIDDEN}, in a query ?k={HIDDEN}"


def test_a_key_that_begins_like_another_leaves_no_tail():
    assert redact("12345678abc", ["12345678", "12345678abc"]) == HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer SECRETVALUE",
        "authorization: Basic SECRETVALUE==\r\nHost: x",
        "Proxy-Authorization: SECRETVALUE with blanks",
        '{"Authorization": "Bearer SECRETVALUE", "n": 1}',
        "{'Authorization': 'SECRETVALUE'}",
        "('Authorization', 'Bearer SECRETVALUE')",
        "{'authorization': b'Bearer SECRETVALUE'}",
        "sent bearer SECRETVALUE1234567890 to",
        "RECRAFT_API_TOKEN=SECRETVALUE recraft erase",
        '"api_key": "SECRETVALUE"',
        "proxy http://user:SECRETVALUE@proxy.example:8080/",
    ],
)
def test_what_looks_like_a_secret_is_hidden_without_being_known(text):
    assert "SECRETVALUE" not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "the bearer of good news, a knight",
        "a token of love; key=light, mood=dark",
        "https://img.recraft.ai/abc/rs:fit:1024/229b2a75-05e4-4580-85f9-b47ee521a00d.webp",
        "mail to someone@example.org",
        base64.b64encode(b"an ordinary picture " * 4).decode(),
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert redact(text) == text


def test_a_word_too_short_for_a_key_tears_no_holes():
    register("red")
    assert redact("a red door", ["door"]) == "a red door"


def test_what_follows_a_hidden_header_stays_readable():
    assert redact('{"Authorization": "Bearer x", "n": 1}') == f'{{"Authorization": {HIDDEN}, "n": 1}}'


def test_a_value_named_authorization_is_hidden_whole():
    assert redact_data({"headers": {"authorization": ["a", "b"]}}) == {"headers": {"authorization": HIDDEN}}


def test_no_part_of_a_log_record_holds_the_key(known, tmp_path):
    path = tmp_path / "log"
    handler = logging.FileHandler(path)
    handler.addFilter(Redacting())
    log = logging.getLogger("recraft-test-redaction")
    log.addHandler(handler)
    try:
        raise ValueError(f"refused {known}")  # noqa: TRY301
    except ValueError:
        log.exception("key %s in %r", known, {"Authorization": known}, stack_info=True)
    handler.close()
    text = path.read_text()
    assert known not in text
    assert "refused [hidden]" in text
    assert "Stack (most recent call last)" in text
