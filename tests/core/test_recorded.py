"""Every operation against every shape of answer in `recorded`: real ones and those the documents allow, made by hand.

Held means: every picture that can be had is had, each paid answer was handed over as it came before it was read, a
refusal is the error that fits, and neither the key nor a word of Python is in any text. RENEW_FAULTS=1 writes the
table, which is a part of docs/faults.md.
"""

import base64
import json
import os
import re
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from aftermath import ANSWERS, TABLE
from recraft_core.api.client import Client
from recraft_core.api.wire import Call, File, Raw
from recraft_core.shared import errors
from recraft_core.shared.contract import ENDPOINTS
from wild import PNG, http, png, wild

RECORDED = Path(__file__).with_name("recorded")
KEY = "rk-SECRETKEY-0123456789abcdef"
SMALL = png((64, 64))
FOLDERS = {"images": "pictures", "image": "pictures", "style": "style", "prompt": "prompt",
           "colours": "colours", "user": "user"}  # fmt: skip
PYTHON = re.compile(r"Traceback|[a-z]Error\b|<class|object at|\bNone\b|\bKeyError|\bdict\b|\{'|argument must|\\x|\\u")
KINDS = {401: errors.KeyTrouble, 402: errors.OutOfUnits, 403: errors.KeyTrouble, 404: errors.Refused, 413: errors.Refused}
SEEN: dict[str, Counter] = {}


def shapes(folder):
    return {path.stem: path.read_bytes() for path in sorted((RECORDED / folder).glob("*.http"))}


def answer(data):
    """A file as it goes over the line: with its length, unless it says its own, or ends with the connection."""
    data = data.replace(b"@B64", base64.b64encode(SMALL))
    head, _, body = data.rpartition(b"\r\n\r\n")
    if b"Content-Length" in head or b"X-Length" in head:
        return data
    return lambda _path, sock: _with_length(head, body, sock)


def _with_length(head, body, sock):
    body = body.replace(b"@PORT", b"%05d" % sock.getsockname()[1])
    # It says that it closes, as it does: a GET is tried again, and must not meet a connection that is just going.
    return head + b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def call(endpoint):
    row = ENDPOINTS[endpoint]
    files = [File(one.name, "image/png", PNG) for one in row.parameters if one.kind in {"file", "mask"}]
    values = {"model": row.default_model} if row.default_model and row.parameter("model") else {}
    return Call(endpoint, values, tuple(files))


def ask(endpoint, data):
    """(answer or error, pictures that came, what was handed over raw, heads that were sent)."""
    raws = []
    with wild(answer(data), http(SMALL, kind="image/png")) as service:
        if ENDPOINTS[endpoint].method == "GET":
            service.get = answer(data)
        with closing(Client(KEY, service.base_url, read_s=20, sleep=lambda _: None)) as client:
            try:
                got = client.send(call(endpoint), received=raws.append)
            except errors.RecraftError as error:
                return error, [], raws, service.asked
            wanted = [made for made in got.pictures if not made.extra and not made.trouble]
            return got, [client.fetch(made) for made in wanted], raws, service.asked


def wrong(texts):
    return [text for text in texts if PYTHON.search(text)]


def leaks(texts, heads):
    return [text for text in texts if KEY[:16] in text] + [head for head in heads if "/r/" in head and KEY in head]


def note(endpoint, *, lost=0, leaked=0, words=0):
    SEEN.setdefault(endpoint, Counter()).update(tried=1, lost=lost, leaked=leaked, words=words)
    assert (lost, leaked, words) == (0, 0, 0)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_good_answers(endpoint):
    row = ENDPOINTS[endpoint]
    for name, data in shapes(FOLDERS[row.answer]).items():
        got, pictures, raws, heads = ask(endpoint, data)
        assert not isinstance(got, Exception), (name, got)
        texts = [json.dumps(got.body), got.request_id, *(made.trouble for made in got.pictures)]
        # Those cut off or beside an odd one count as well: what is whole is had.
        lost = FOLDERS[row.answer] == "pictures" and not (pictures and all(one == SMALL for one in pictures))
        assert bool(raws) == bool(call(endpoint).units), name
        assert all(Raw.of(bytes(raw)).body == raw.body for raw in raws)
        assert 0 <= got.units <= 10**6
        note(endpoint, lost=int(lost), leaked=len(leaks(texts, heads)), words=len(wrong(texts)))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_refusals(endpoint):
    paid = call(endpoint).units > 0
    for name, data in shapes("refusals").items():
        error, _, raws, heads = ask(endpoint, data)
        assert isinstance(error, errors.RecraftError), name
        status = int(name[:3])
        assert raws == []
        if status in KINDS:
            assert type(error) is KINDS[status], name
        if paid:
            assert error.charged == (status >= 500 or name in {"400-text", "400-json-that-is-none", "400-empty", "400-error-object-odd",
                                                               "400-detail", "400-errors-list"}), name  # fmt: skip
        assert not (error.charged and "Nothing was charged" in error.remedy), name
        texts = [error.what, error.remedy]
        told = [word for word in ("prompt length", "invalid_model", "Bad size", "most 6", "Top up", "502 Bad Gateway") if word.encode() in data]
        words = len(wrong(texts)) + sum(word not in error.what for word in told)
        note(endpoint, leaked=len(leaks(texts, heads)), words=words)
        if paid:
            # An address nobody knows may be the newer one of two: nothing was begun, and the older is tried.
            most = 1 + len(ENDPOINTS[endpoint].older) * (name == "404-text")
            assert sum(head.startswith("POST") for head in heads) == most, name


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_answers_without_sense(endpoint):
    paid = call(endpoint).units > 0
    for name, data in shapes("senseless").items():
        error, _, raws, heads = ask(endpoint, data)
        assert isinstance(error, errors.BadAnswer), (name, error)
        assert len(raws) == paid
        assert error.request_id in error.what
        note(endpoint, lost=int(paid and not raws), leaked=len(leaks([error.what], heads)), words=len(wrong([error.what, error.remedy])))


HEAD = """\
## Answers of every shape

Made by `tests/core/test_recorded.py`, which tries every operation against every shape of answer in
`tests/core/recorded`: those that the service and its gateways are known to give, and those that its documentation
allows. "Held" means that the pictures are there, that the answer was handed over as it came before it was read, and
that a refusal raises the right error. "Wrong words" counts Python's own words, a refusal that does not say what the
service said, and "nothing was charged" where that is not certain.

"""


def test_the_table_in_the_docs_is_what_was_seen():
    if set(SEEN) != set(ENDPOINTS):
        pytest.skip("needs all of this file in one run")
    lines = ["| Operation | Shapes | Held | Pictures lost | Keys leaked | Wrong words |", "|---|---:|---:|---:|---:|---:|"]
    for name, seen in {**SEEN, "all": sum(SEEN.values(), Counter())}.items():
        held = seen["tried"] - seen["lost"] - seen["leaked"] - seen["words"]
        lines.append(f"| {name} | {seen['tried']} | {held} | {seen['lost']} | {seen['leaked']} | {seen['words']} |")
    text = HEAD + "\n".join(lines) + "\n"
    if os.environ.get("RENEW_FAULTS"):
        ANSWERS.write_text(text, encoding="utf-8")
    assert ANSWERS.read_text(encoding="utf-8") == text
    assert text in TABLE.read_text(encoding="utf-8"), "renew docs/faults.md"
