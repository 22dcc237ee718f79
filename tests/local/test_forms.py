"""Bodies decoded: both bracket spellings, JSON parts, data URLs and addresses on this computer."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_local.nesting import nested
from recraft_local.rules import Refusal
from recraft_local.server import serving
from recraft_local.settings import Settings
from samples import sample

POINT = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda p: [str(n) for n in p])
COLOUR = st.fixed_dictionaries({"rgb": st.lists(st.integers(0, 255).map(str), min_size=3, max_size=3)})
WORDS = st.fixed_dictionaries({"text": st.sampled_from(["A", "RED", "42"]), "bbox": st.lists(POINT, min_size=4, max_size=4)})
FIELDS = st.fixed_dictionaries(
    {
        "controls": st.fixed_dictionaries(
            {"colors": st.lists(COLOUR, min_size=1, max_size=5), "background_color": COLOUR}
        ),
        "text_layout": st.lists(WORDS, min_size=1, max_size=4),
    }
)


def flat(value, key, *, numbered):
    """Form pairs the way clients write nested values."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from flat(item, f"{key}[{name}]" if key else name, numbered=numbered)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flat(item, f"{key}[{index if numbered else ''}]", numbered=numbered)
    else:
        yield key, value


@settings(max_examples=60, deadline=None)
@given(FIELDS, st.booleans())
def test_nested_values_survive_either_spelling(fields, numbered):
    assert nested(flat(fields, "", numbered=numbered)) == fields


def test_values_of_several_colours_under_one_key_are_regrouped_by_three():
    pairs = [("controls[colors][][rgb][]", text) for text in ("1", "2", "3", "4", "5", "6")]
    assert nested(pairs) == {"controls": {"colors": [{"rgb": ["1", "2", "3"]}, {"rgb": ["4", "5", "6"]}]}}


def test_numbers_sort_as_numbers_not_as_text():
    pairs = [(f"controls[colors][{index}][rgb][{channel}]", f"{index}") for index in range(11) for channel in range(3)]
    assert [colour["rgb"][0] for colour in nested(pairs)["controls"]["colors"]] == [str(index) for index in range(11)]


@pytest.mark.parametrize(
    ("pairs", "rule"),
    [
        ([("prompt", "a"), ("prompt", "b")], "twice"),
        ([("controls[colors", "a")], "body_malformed"),
        ([("controls[colors][][rgb][]", "1")] * 3 + [("controls[colors][][weight]", "1")] * 2, "unpaired"),
        ([("controls[colors][x][rgb][]", "1")], "unpaired"),
        ([("controls", "{}"), ("controls[no_text]", "true")], "twice"),
        ([("controls[no_text]", "true"), ("controls", "{}")], "twice"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(pairs, rule):
    with pytest.raises(Refusal) as refusal:
        nested(pairs)
    assert refusal.value.rule == rule


def refused(engine, key, **request):
    """The refusal of an outpaint request that lacks only what is under test."""
    answer = requests.post(
        f"{engine.base_url}/images/inpaint", headers={"Authorization": f"Bearer {key}"}, timeout=20, **request
    )
    assert answer.status_code == 400, answer.text
    return answer.json()["message"]


# The weights add up to 1.2: the refusal shows that both were read, and as numbers.
TWO_COLOURS = {"colors": [{"rgb": [1, 2, 3], "weight": 0.6}, {"rgb": [4, 5, 6], "weight": 0.6}]}


@pytest.mark.parametrize(
    "parts",
    [
        [("controls", (None, json.dumps(TWO_COLOURS)))],
        [("controls", (None, json.dumps(TWO_COLOURS), "application/json"))],
        [("controls", ("blob", json.dumps(TWO_COLOURS), "application/json"))],
        [(name, (None, str(value))) for name, value in flat({"controls": TWO_COLOURS}, "", numbered=False)],
        [(name, (None, str(value))) for name, value in flat({"controls": TWO_COLOURS}, "", numbered=True)],
    ],
    ids=["text", "typed part", "typed part with a file name", "brackets", "numbers"],
)
def test_every_way_to_send_controls_along_with_pictures_is_read(engine, key, parts):
    files = [("image", sample("photo")), ("mask", sample("mask")), ("prompt", (None, "x")), *parts]
    assert "they make 1.2" in refused(engine, key, files=files)


def post(engine, key, path, **request):
    return requests.post(
        f"{engine.base_url}/{path}", headers={"Authorization": f"Bearer {key}"}, timeout=60, **request
    )


def data_url(name, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(sample(name)).decode()}"


def erased(answer):
    assert answer.status_code == 200, answer.text
    return base64.b64decode(answer.json()["image"]["b64_json"])


def test_pictures_come_as_files_data_urls_or_addresses_and_make_the_same(engine, key):
    files = {"image": sample("photo"), "mask": sample("mask")}
    first = erased(post(engine, key, "images/eraseRegion", files=files, data={"response_format": "b64_json"}))
    told = {"mask_url": data_url("mask"), "response_format": "b64_json"}
    second = erased(post(engine, key, "images/eraseRegion", json={"image_url": data_url("photo"), **told}))
    assert first == second
    kept = post(engine, key, "images/eraseRegion", files=files).json()["image"]["url"]
    third = erased(post(engine, key, "images/eraseRegion", json={"image_url": kept, **told}))
    assert third[:4] == b"RIFF"


def test_style_pictures_come_as_a_list_of_addresses(engine, key):
    told = {"style": "any", "image_urls": [data_url("photo"), data_url("photo.jpg", "image/jpeg")]}
    assert post(engine, key, "styles", json={**told, "image_weights": [0.5, 0.5]}).status_code == 200
    answer = post(engine, key, "styles", json={**told, "image_weights": [0.5]})
    assert "as many numbers as files: 2" in answer.json()["message"]


@pytest.mark.parametrize("field", ["file", "image"])
def test_both_names_of_the_one_file_are_taken(engine, key, field):
    assert post(engine, key, "images/crispUpscale", files={field: sample("32px")}).status_code == 200


@pytest.mark.parametrize(
    "address", ["http://192.0.2.1/a.png", "file:///etc/hostname", "http://127.0.0.1.example.org/", "http://[bad/", "x"]
)
def test_nothing_is_fetched_from_elsewhere(engine, key, address):
    answer = post(engine, key, "images/vectorize", json={"image_url": address})
    assert (answer.status_code, "this computer" in answer.json()["message"]) == (400, True)


def test_an_engine_for_other_computers_looks_at_no_address_of_its_own(key):
    with serving(Settings(host="::")) as engine:
        answer = post(engine, key, "images/vectorize", json={"image_url": engine.base_url.replace("/v1", "/ping")})
        assert (answer.status_code, "data URLs only" in answer.json()["message"]) == (400, True)
        assert [visit.path for visit in engine.requests] == ["/v1/images/vectorize"]


def test_a_redirect_is_not_followed_to_a_picture(engine, key):
    engine.faults.add("/ping", "redirect", to="https://example.org/")
    answer = post(engine, key, "images/vectorize", json={"image_url": engine.base_url.replace("/v1", "/ping")})
    assert answer.status_code == 400
    assert "302" in answer.json()["message"]


def test_null_means_not_given_in_json_and_is_no_number_in_a_form(engine, key):
    answer = post(engine, key, "prompts/enhance", json={"prompt": None})
    assert "[1, 2000]" in answer.json()["message"]
    files = [("image", sample("photo")), ("mask", sample("mask")), ("prompt", (None, "x")), ("n", (None, "null"))]
    assert "n must be an integer" in refused(engine, key, files=files)


# --- bodies as other programs spell them ------------------------------------------------------------------------------


def form(*parts, before=b""):
    """The bytes of a form with the boundary `b`; each part is its headers and its content."""
    return before + b"".join(b"--b\r\n%s\r\n\r\n%s\r\n" % part for part in parts) + b"--b--\r\n"


def part(name, more=b"", kind=b"image/png"):
    head = b"Content-Disposition: form-data; name=%s%s" % (name, more)
    return (head + b"\r\nContent-Type: " + kind if kind else head, sample({b"image": "photo", b"mask": "mask"}[name.strip(b'"')]))


NAMED = b'; filename="a.png"'


@pytest.mark.parametrize(
    "body",
    [
        form(part(b'"image"', NAMED), part(b'"mask"', NAMED)),
        form(part(b'"image"', NAMED), part(b'"mask"', NAMED), before=b"This is a message of several parts.\r\n"),
        form(part(b'"image"', NAMED), part(b'"mask"', NAMED), before=b"\r\n"),
        form(part(b'"image"', b"; filename*=UTF-8''%C3%BC.png"), part(b'"mask"', b"; filename*=utf-8''m.png", b"")),
        form(part(b'"image"'), part(b'"mask"', b"", b"application/octet-stream")),
        form(part(b'"image"', b'; filename=""'), part(b"mask", b"; filename=m.png")),
        form(part(b'"mask"', NAMED), part(b'"image"', b'; filename="a;b\\".png"')),
    ],
    ids=["usual", "words before", "a line before", "filename*", "no filename", "empty and bare", "the other order"],
)
def test_a_form_however_it_is_spelled(engine, key, body):
    answer = requests.post(
        engine.base_url + "/images/eraseRegion", data=body, timeout=60,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip
    assert (answer.status_code, answer.json().get("credits")) == (200, 2), answer.text


def test_text_without_a_name_is_no_file(engine, key):
    answer = requests.post(
        engine.base_url + "/images/eraseRegion", timeout=60,
        data=form(part(b'"image"', b"", b""), part(b'"mask"', NAMED)),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip
    assert answer.status_code == 400


def test_base64_in_lines(engine, key):
    lines = base64.encodebytes(sample("32px")).decode()
    answer = post(engine, key, "images/crispUpscale", json={"image_url": f"data:image/png;base64,{lines}"})
    assert answer.status_code == 200, answer.text


def test_the_whole_address_in_a_requests_first_line(engine, key):
    """As to a proxy; a server has to take it (RFC 9112, 3.2.2)."""
    with closing(HTTPConnection(urlsplit(engine.base_url).netloc)) as connection:
        connection.request("GET", engine.base_url + "/users/me", headers={"Authorization": f"Bearer {key}"})
        assert connection.getresponse().status == 200
    with closing(HTTPConnection(urlsplit(engine.base_url).netloc)) as connection:
        connection.request("GET", "http://elsewhere.example/v1/users/me", headers={"Authorization": f"Bearer {key}", "Host": "elsewhere.example"})
        assert connection.getresponse().status == 421
