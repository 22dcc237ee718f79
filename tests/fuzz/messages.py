"""Messages between plugin and worker, hostile in every field: each is refused or answered once, and nothing else.

    python tests/fuzz/messages.py --count 3000

Each message is made from its number alone, by a few changes to a proper one. Those a plugin might send go to a real
dispatcher, whose service refuses everything; those a worker might send go to the plugin's reader.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "core"), str(HERE.parent / "core")]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ.pop("RECRAFT_API_TOKEN", None)

from recraft_core.shared.errors import EngineTrouble  # noqa: E402
from recraft_core.shared.operations import OPERATIONS  # noqa: E402
from recraft_core.shared.protocol import KINDS, Message, Reader, pieces  # noqa: E402
from wild import http, wild  # noqa: E402

BOXES = {"canvas": [30, 20], "selection": [5, 5, 4, 4], "read": [0, 0, 30, 20]}
PROPER = {
    "plan": {"operation": "erase", "options": {}, **BOXES},
    "account": {},
    "styles": {},
    "release": {},
    "history": {"do": "list", "entry": "20260101-000000000-aaaaaa", "index": 0},
    "settings": {"do": "get", "values": {"cap_per_click": 5}},
    "key": {"do": "state", "key": "key-for-tests-0123456789"},
    "cancel": {},
    "progress": {"phase": "working", "share": 0.5, "text": "…"},
    "result": {"layers": [{"name": "a", "box": [0, 0, 1, 1], "pixels": 0}], "units": 1, "notes": []},
    "answer": {"data": {"balance": 5}},
    "error": {"error": {"kind": "BadOption", "what": "No.", "remedy": "Yes."}},
    "filed": {"entry": "a", "units": 1},
    "balance": {"balance": 1, "spent_today": 0, "at_risk_today": 0},
    "bye": {},
}
ODD = [
    None, True, False, 0, -1, 1, 7, 2**31, 2**63, -(2**63), 10**40, 0.5, -0.0, float("inf"), float("nan"), "", " ", "x", "../../etc",
    "\0", "\ud800", "é" * 5000, "NaN", "{0}", "%s", "\x1b[2J", [], [1], [[]], [[[[]]]], {}, {"": 0}, {"a": {"b": []}},
    [0, 0, 0, 0], [0, 0, -5, 5], [1e9, 1e9, 1e9, 1e9], [0, 0, 2**40, 2**40], ["a", "b", "c", "d"], [None] * 4,
]  # fmt: skip
DOES = ["list", "get", "star", "unstar", "delete", "place", "fetch", "spent", "reset", "set", "remove", "test", "state", "x"]
NAMES = ["order", "document", "at", "format", "parts", "options", "host", "place", "entry", "index", "count", "since", "id", "kind"]


def proper(chance, kind):
    """Fields and byte strings of a message that would be all right, or nearly."""
    if kind != "run":
        return dict(PROPER.get(kind, {})), []
    operation = chance.choice([*OPERATIONS, "erase"])
    blobs = [bytes(30 * 20 * 4), bytes(30 * 20)] if chance.random() < 0.7 else []
    options = {"prompt": "x", "n": 1} if chance.random() < 0.5 else {}
    return {"operation": operation, "options": options, **BOXES, "parts": ["pixels", "coverage"][: len(blobs)]}, blobs


def bent(chance, fields, blobs):
    """The same with one to three things changed."""
    for _ in range(chance.randint(1, 3)):
        name = chance.choice([*fields, *NAMES]) if fields else chance.choice(NAMES)
        held = fields.get(name)
        way = chance.randrange(5)
        if way == 0 and name in fields:
            del fields[name]
        elif way == 1 and isinstance(held, dict):
            fields[name] = {**held, chance.choice([*held, "model", "prompt", "size", "style", "mask", "n", "x"]): chance.choice(ODD)}
        elif way == 2 and isinstance(held, list) and held:
            fields[name] = [chance.choice(ODD) if chance.random() < 0.4 else one for one in held]
        elif way == 3 and blobs:
            blobs[chance.randrange(len(blobs))] = bytes(chance.choice([0, 1, 3, 599, 601, 2400, 100_000]))
        elif name == "do":
            fields[name] = chance.choice(DOES)
        else:
            fields[name] = chance.choice(ODD)
    return fields, blobs


def message(number):
    """The message of that number."""
    chance = random.Random(number)  # noqa: S311 - no secret
    kind = chance.choice(["run"] * 6 + [name for name in KINDS if name not in {"hello", "welcome"}])
    fields, blobs = bent(chance, *proper(chance, kind))
    fields.pop("kind", None)
    fields.pop("id", None)
    return Message(kind, number, fields, blobs)


def read(said, sender):
    """What the other side makes of it; None when it is refused."""
    reader = Reader(sender)
    reader.trust()
    data = b"".join(bytes(piece) for piece in pieces(said))
    found, at = [], 0
    try:
        while at < len(data):
            space = reader.space()
            count = min(len(space), len(data) - at)
            space[:count] = data[at : at + count]
            found += reader.got(count)
            at += count
    except EngineTrouble:
        return None
    assert len(found) <= 1, said
    return found[0] if found else None


class Side:
    """A dispatcher with everything it said, and whatever went wrong in its threads."""

    def __init__(self, home, base_url):
        (home / "config").mkdir(parents=True)
        (home / "config" / "settings.json").write_text(json.dumps({"engine": "service", "base_url": base_url}))
        os.environ["RECRAFT_HOME"] = str(home)
        from recraft_core.worker.dispatcher import Dispatcher

        self.said, self.crashed = [], []
        threading.excepthook = lambda what: self.crashed.append(what.exc_value)

        def open_(connection):
            # Whatever settings a message leaves behind: nobody else is asked.
            return replace(connection, base_url=base_url, offline=False, proxy="").open(sleep=lambda _seconds: None)

        self.dispatcher = Dispatcher(self.hear, host="Test 1.0", open_=open_)

    def hear(self, said):
        # As it would go over the wire: what cannot be written down is a fault of its own.
        b"".join(bytes(piece) for piece in pieces(said))
        self.said.append(said)

    def take(self, heard):
        """The kind of the one message that ended it, or what was wrong."""
        self.said.clear()
        self.dispatcher.take(heard)
        end = time.monotonic() + 60
        while self.dispatcher.busy and time.monotonic() < end:
            time.sleep(0.0005)
        ends = [one for one in self.said if one.id == heard.id and one.ends]
        if self.crashed or self.dispatcher.busy or len(ends) != (heard.kind != "cancel"):
            return f"FAILED {self.crashed or ends}"
        words = "".join(str(one.fields) for one in ends)
        if "Traceback" in words or "object at 0x" in words or "wrong inside" in words:
            return f"FAILED {words[:300]}"
        return ends[0].kind if ends else "nothing, as is right"


def run(first, count):
    """(how they ended, counted; what failed) of so many messages from the number `first` on."""
    seen, failed = Counter(), []
    refusal = http(b'{"code": "bad_request", "message": "no"}', "400 Bad Request")
    with tempfile.TemporaryDirectory() as home, wild(refusal, refusal) as service:
        side = Side(Path(home) / "home", service.base_url)
        with contextlib.closing(side.dispatcher):
            for number in range(first, first + count):
                said = message(number)
                sender = KINDS[said.kind].sender
                heard = read(said, sender)
                how = "refused by the reader" if heard is None else side.take(heard) if sender == "host" else "taken by the plugin"
                if how.startswith("FAILED"):
                    failed.append((number, said.kind, said.fields, how))
                    side.crashed.clear()
                seen[how.split()[0] if how.startswith("FAILED") else how] += 1
    return seen, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0)
    chosen = parser.parse_args()
    seen, failed = run(chosen.first, chosen.count)
    for one in failed:
        print(*one)
    print(dict(seen))
    refused = seen["error"] + seen["refused by the reader"]
    right = sum(seen.values()) - refused - len(failed)
    print(json.dumps({"tried": sum(seen.values()), "right": right, "refused": refused, "failed": len(failed)}))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
