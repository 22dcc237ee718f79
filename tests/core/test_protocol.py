"""The wire between plugin and worker, byte by byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core.shared import protocol
from recraft_core.shared.errors import EngineTrouble
from recraft_core.shared.protocol import Message, Reader, pieces


def read(data, step, reader):
    """Feed bytes in steps of at most `step`, as a socket would."""
    found, at = [], 0
    while at < len(data):
        space = reader.space()
        count = min(step, len(space), len(data) - at)
        space[:count] = data[at : at + count]
        found += reader.got(count)
        at += count
    return found


def trusting(sender="host"):
    reader = Reader(sender)
    reader.trust()
    return reader


def wire(*said):
    return b"".join(bytes(piece) for message in said for piece in pieces(message))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=300), max_size=4), min_size=1, max_size=4), st.integers(1, 500))
def test_whatever_is_said_arrives_however_it_is_cut(blobs, step):
    said = [Message("run", number, {"operation": "x ü\n", "options": {}, "parts": []}, some) for number, some in enumerate(blobs)]
    heard = read(wire(*said), step, trusting())
    assert [(one.id, one["operation"], [bytes(blob) for blob in one.blobs]) for one in heard] == [
        (one.id, "x ü\n", one.blobs) for one in said
    ]


def test_boxes_and_sizes_cross_as_lists():
    from recraft_core.shared.geometry import Box

    (heard,) = read(wire(Message("plan", 1, {"operation": "a", "options": {"c": (1, 2)}, "selection": Box(1, 2, 3, 4)})), 99, trusting())
    assert heard["selection"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"[1]\n",
        b'{"kind": "run", "id": -1}\n',
        b'{"kind": "run", "id": true}\n',
        b'{"kind": "cancel", "id": 1, "blobs": 5}\n',
        b'{"kind": "cancel", "id": 1, "blobs": ["5"]}\n',
        b'{"kind": "run", "id": 1}\n',
        b'{"kind": "result", "id": 1, "layers": [], "units": 0, "notes": []}\n',
        b'{"kind": "nothing", "id": 1}\n',
        b'{"kind": "cancel", "id": 1, "blobs": [4294967296000]}\n',
        b"[" * 100_000 + b"\n",
        b"x" * (protocol.MAX_LINE + 1),
    ],
    ids=lambda line: line[:40].decode(),
)
def test_what_makes_no_sense_is_an_error_with_a_remedy(line):
    with pytest.raises(EngineTrouble) as caught:
        read(line, 1 << 16, trusting())
    assert "their versions match" in caught.value.remedy


def test_a_stranger_may_say_little():
    """Until the token has been shown, nobody can make the other side hold more than 4 KB."""
    with pytest.raises(EngineTrouble):
        read(b"x" * (protocol.MAX_GREETING + 10), 4096, Reader("worker"))
    with pytest.raises(EngineTrouble):
        read(b'{"kind": "hello", "id": 0, "protocol": 1, "token": "", "blobs": [10]}\n', 4096, Reader("worker"))


def test_the_greeting_takes_no_byte_that_follows_it():
    """What comes right behind the greeting may be long: it must wait for a reader that trusts."""
    reader = Reader("host")
    assert len(reader.space()) == 1
    reader.trust()
    assert len(reader.space()) > 1000


def test_fields_nobody_knows_do_no_harm():
    (heard,) = read(b'{"kind": "cancel", "id": 3, "colour": "red"}\n', 10, trusting())
    assert heard.get("colour") == "red"
    assert heard.get("missing", 5) == 5
