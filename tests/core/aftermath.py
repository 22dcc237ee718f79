"""What must hold after any fault, counted; and the table of all faults for the docs."""

import json
import os
import re
import secrets
from pathlib import Path

from plugin import layer
from recraft_core.shared.errors import from_dict
from recraft_core.shared.geometry import Box
from waiting import wait_for

# Random, so that wherever it is found it has come from here.
KEY = f"key-for-tests-{secrets.token_hex(12)}"
TABLE = Path(__file__).parents[2] / "docs" / "faults.md"
# Made by tests/fuzz/run_all.py.
ATTACKS = Path(__file__).parents[1] / "fuzz" / "attacks.md"
# Made by test_recorded.py.
ANSWERS = Path(__file__).with_name("recorded") / "table.md"
ERASE, RESULTS = "eraseRegion", "results"
PHASES = ("preparing", "sending", "working", "receiving", "placing")
UNITS = 2

# What becomes of a click after the fault, and what must hold then.
PLACED = "the result is placed"
KEPT = "placed from the history"
FREE = "nothing was charged"
UNSURE = "perhaps charged, and the user is warned"
RAW = "kept as it came"
GONE = "gone at the service, and the user is informed"
EITHER = f"{FREE}, or {UNSURE}"

# Name: what becomes of it, lost, sent twice, leaked, and the words the user reads.
SEEN: dict[str, tuple[str, int, int, int, str]] = {}


def told(message):
    """The one error the user sees; it has a remedy."""
    assert message.kind == "error", message
    error = from_dict(message["error"])
    assert error.what.endswith((".", "”"))
    assert len(error.remedy) > 10
    return error


def requests_that_count(engine):
    """Paid requests that the service did not turn away as too many."""
    return [visit for visit in engine.requests if visit.method == "POST" and visit.status != 429]


def settled(engine):
    """Until the engine has nothing at work any more; it goes on when whoever asked is gone."""
    wait_for(lambda: all(visit.ended or visit.endpoint == RESULTS for visit in engine.requests))


def leaks(engine, plugin, *texts):
    """Where the key was seen that is not the API's host."""
    found = [str(path) for path in plugin.home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    found += [text for text in texts if KEY in text]
    found += [visit.path for visit in engine.requests if visit.endpoint == RESULTS and visit.authorization]
    return found + [f"process {one.name}" for one in _processes() if KEY.encode() in read(one / "cmdline")]


def _processes():
    """This process's children and theirs, but for the tests' own host, which is told the key as an argument."""
    parents = {one: _parent(one) for one in Path("/proc").glob("[0-9]*")}
    mine, found = {os.getpid()}, []
    while more := [one for one, parent in parents.items() if parent in mine and one not in found]:
        found += more
        mine |= {int(one.name) for one in more}
    return [one for one in found if b"host_for_tests" not in read(one / "cmdline")]


def _parent(process):
    # Behind the program's name, which may hold blanks and brackets: state, parent.
    fields = read(process / "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def placed_again(plugin, entry):
    """The layer out of the history, exactly in place."""
    again = plugin.ask("history", do="place", entry=entry)
    assert again.kind == "result", again
    pixels, box = layer(again)
    assert box == Box(*again["place"])
    assert pixels[..., 3].any()
    return pixels


def lost(plugin, entries, after):
    """Paid answers that can be had no more: neither placed nor kept as they came. What expired at the service before
    it was told could be had by nobody."""
    told_of = [entry for entry in entries if entry["pictures"] and after != GONE]
    if after == RAW:
        return sum(entry["here"] < entry["pictures"] for entry in told_of)
    return sum(plugin.ask("history", do="place", entry=entry["entry"]).kind != "result" for entry in told_of)


def note(name, after, engine, plugin, *texts, entries=(), missing=0):
    """Write down what was seen; nothing may be lost, sent twice or leaked."""
    twice = max(0, len(requests_that_count(engine)) - 1)
    counts = (missing + lost(plugin, entries, after), twice, len(leaks(engine, plugin, *texts)))
    assert counts == (0, 0, 0), leaks(engine, plugin, *texts)
    error = from_dict(json.loads(texts[0])) if texts and texts[0].startswith("{") else None
    says = _plain(f"{error.what} {error.remedy}") if error and after != EITHER else ""
    SEEN[name] = (after, *counts, says)


def _plain(text):
    """Without what differs from run to run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "the service", text)
    text = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", text)
    return re.sub(r"/\S+/data/history\S*?(?=: )", "…/data/history", text)


def _placed(plugin, new, engine, before, last):
    assert last.kind == "result"
    assert engine.balance == before - UNITS
    assert new[0]["units"] == UNITS
    placed_again(plugin, new[0]["entry"])


def _kept(plugin, new, engine, before, last):
    assert engine.balance == before - UNITS
    assert new[0]["units"] == UNITS
    placed_again(plugin, new[0]["entry"])


def _free(plugin, new, engine, before, last):
    assert engine.balance == before
    assert not from_dict(last["error"]).charged
    assert all(entry["units"] is None and entry["at_risk"] == 0 for entry in new)


def _unsure(plugin, new, engine, before, last):
    assert from_dict(last["error"]).charged
    assert "balance" in from_dict(last["error"]).remedy
    assert (new[0]["units"], new[0]["at_risk"]) == (None, UNITS)


def _raw(plugin, new, engine, before, last):
    assert engine.balance == before - UNITS
    assert (new[0]["units"], new[0]["here"]) == (UNITS, 1)
    (path,) = plugin.home.rglob(f"{new[0]['entry']}/1.*")
    assert path.stat().st_size > 0


def _gone(plugin, new, engine, before, last):
    assert new[0]["units"] == UNITS
    assert "no longer has this result" in told(plugin.ask("history", do="place", entry=new[0]["entry"])).what


def _either(plugin, new, engine, before, last):
    (_unsure if from_dict(last["error"]).charged else _free)(plugin, new, engine, before, last)


AFTER = {EITHER: _either, PLACED: _placed, KEPT: _kept, FREE: _free, UNSURE: _unsure, RAW: _raw, GONE: _gone}


HEAD = """\
# What can go wrong, and what happens then

Made by `tests/core/test_faults.py`, which plays each of these against the real worker process. Afterwards it checks
whether every paid answer is there, whether anything was sent twice, and whether anyone but the API's host saw the key.

"Perhaps charged" means that the request was sent and no answer came back. The API has no way to ask what happened to a
request, so nothing is sent again. The history shows the units at risk, and the balance shows what was charged. "Kept as
it came" means that what the service sent is not a picture; its bytes are in the history. "Gone at the service" means
that the address had already expired when it arrived, so nobody could fetch the result.

| What goes wrong | What happens | Lost | Sent twice | Key leaked |
|---|---|---:|---:|---:|
"""


def table(names):
    rows = ["| " + " | ".join(map(str, (name, *SEEN[name][:4]))) + " |" for name in names]
    missing, twice, leaked = (sum(row[column] for row in SEEN.values()) for column in (1, 2, 3))
    total = f"\n{len(rows)} faults: {missing} paid answers lost, {twice} requests sent twice, {leaked} leaks of the key.\n"
    says = [f"- **{name}**: {SEEN[name][4]}" for name in names if SEEN[name][4]]
    told = "\n## What the user sees\n\n" + "\n".join(says) + "\n\n"
    return HEAD + "\n".join(rows) + "\n" + total + told + ANSWERS.read_text(encoding="utf-8") + ATTACKS.read_text(encoding="utf-8")
