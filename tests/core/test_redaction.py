from __future__ import annotations

import base64
import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core.redaction import HIDDEN, Redacting, forget, redact, redact_bytes, redact_data, redact_known, register
from recraft_core.shared.i18n import Sentence, say

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
    assert redact("0123456789", ["12345678", "0123456789"]) == HIDDEN
    assert redact_bytes(b"0123456789", ["12345678", "0123456789"]) == b"[hidden]"


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
        "client_secret: SECRETVALUE",
        "x-api-key: SECRETVALUE",
        '"api_key": "SECRETVALUE"',
        "/home/ann/api-key: SECRETVALUE1",
        "GET https://h/api-key: SECRETVALUE",
        "config/api-key: SECRETVALUE",
        "/home/ann/api-key: a-SECRETVALUE",
        "/home/ann/api-key:SECRETVALUE",
        "http://example.org/api_key=SECRETVALUE",
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
        "Cannot read “/home/ann/config/api-key”: it is a pipe or a device, not a file.",
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


def test_a_key_of_eight_characters_is_hidden_and_one_of_seven_is_a_word():
    assert redact("is 12345678 or 1234567", ["12345678", "1234567"]) == "is [hidden] or 1234567"
    assert redact_bytes(b"is 12345678 or 1234567", ["12345678", "1234567"]) == b"is [hidden] or 1234567"
    for secret in ("abcdefgh", "abcdefg"):
        register(f" {secret}\n")
    assert redact("is abcdefgh or abcdefg") == "is [hidden] or abcdefg"
    forget(" abcdefgh\n")
    assert redact("is abcdefgh") == "is abcdefgh"


def test_bytes_are_searched_like_text(known):
    spelled = b"plain %s, ?k=rc-0123456789abcdefABCDEF%%2B%%2Fxyz, /rc-0123456789abcdefABCDEF%%2B/xyz"
    assert redact_bytes(spelled % known.encode()) == b"plain [hidden], ?k=[hidden], /[hidden]"
    assert redact_bytes(b"12345678abc \xff", ["12345678", "12345678abc"]) == b"[hidden] \xff"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_bytes_are_searched_in_each_encoding_of_json(known, encoding):
    said = f'{{"message": "{known} is not {quote(known, safe="")}\xfc"}}'.encode(encoding)
    assert redact_bytes(said) == '{"message": "[hidden] is not [hidden]\xfc"}'.encode(encoding)


def test_a_path_that_holds_the_key_is_hidden_with_its_slashes():
    assert redact_known(f"/{'rc-0123456789abcdefABCDEF%2B/xyz'}", [KEY]) == "/[hidden]"


def test_a_sentence_stays_one_with_its_values_hidden():
    sentence = say("The service says “{words}”.", words=f"no {KEY}")
    for hide in (redact, redact_known):
        assert hide("plain", [KEY]) == "plain"
        clean = hide(sentence, [KEY])
        assert isinstance(clean, Sentence)
        assert clean.template == sentence.template
        assert clean == "The service says “no [hidden]”."
        assert hide(say("all is well"), [KEY]).template == "all is well"


def test_a_secret_across_a_sentences_seam_is_hidden_too():
    sentence = say("{half}def and more", half="rc-0123456789abc")
    hidden = redact(sentence, ["rc-0123456789abcdef"])
    assert hidden == "[hidden] and more"
    assert not isinstance(hidden, Sentence)


def test_plain_data_keeps_its_shape():
    data = {"a": (1, None, 2.5), "client_secret": "x", "authorization": "", "n": [True]}
    assert redact_data(data, [KEY]) == {"a": [1, None, 2.5], "client_secret": HIDDEN, "authorization": "", "n": [True]}
    assert redact_data("nothing to hide") == "nothing to hide"


def test_a_record_without_a_traceback_gets_none():
    record = logging.LogRecord("x", logging.INFO, "file", 1, "%s", ("plain",), None)
    assert Redacting().filter(record) is True
    assert (record.getMessage(), record.exc_text, record.stack_info) == ("plain", None, None)
    record.exc_text, record.exc_info = f"made before {KEY}", (ValueError, ValueError("later"), None)
    record.stack_info = f"Stack of {KEY}"
    register(KEY)
    Redacting().filter(record)
    forget(KEY)
    assert (record.exc_text, record.stack_info) == ("made before [hidden]", "Stack of [hidden]")
