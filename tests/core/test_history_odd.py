"""Entries and ledgers as a damaged disk, another version or a hostile answer left them: no command fails for them."""

import json
import shutil
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core.history import History, Record
from recraft_core.worker.handlers import summary_of

ODD = [2**63, -(2**63), 10**40, -1, 1.5, float("inf"), float("nan"), "x", "\ud800", True, None, [], [1], {}, {"a": 1}]


@pytest.fixture(scope="module")
def filed(tmp_path_factory):
    """Puts a history of three entries into a folder: the middle one has a picture and was charged. Gives their ids."""
    model = tmp_path_factory.mktemp("filed")
    ids = _file(model)

    def put(folder):
        shutil.copytree(model, folder, dirs_exist_ok=True)
        return ids

    return put


def _file(folder):
    with closing(History(folder)) as history:
        entries = [history.begin(Record("erase", "eraseRegion", {"prompt": "x"}, units=2)) for _ in range(3)]
        history.answered(entries[1], [("a", "https://x/a")], 2)
        history.keep(entries[1], 0, b"\x89PNG\r\n\x1a\n")
        return [entry.id for entry in entries]


def looked_through(folder):
    """Everything a command asks of a history."""
    with closing(History(folder)) as history:
        entries = history.list()
        for entry in entries:
            json.dumps([summary_of(entry), entry.at_risk, entry.outcome, entry.waiting], default=str)
        sums = [history.spent(), history.at_risk(), history.size(), *history.spent_by("day").values()]
        assert all(isinstance(one, int) for one in sums)
        history.pending(), history.open(), history.unread(), history.expected_s("erase", 1.0)
        history.repair()
        history.prune(10**12)
        return entries


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(
    "where", ["charged", "created", "answered", "status", "pictures", "error", "answer", "extras", "pid", "starred", "about",
              "record", "record.units", "record.values", "record.canvas", "record.model", "record.engine", "pictures.0",
              "pictures.0.url", "pictures.0.bytes"],
)  # fmt: skip
def test_an_odd_value_in_an_entry_disables_nothing(value, where, tmp_path, filed):
    ids = filed(tmp_path)
    path = tmp_path / "entries" / ids[1] / "entry.json"
    data = place = json.loads(path.read_text())
    *way, last = [int(part) if part.isdecimal() else part for part in where.split(".")]
    for part in way:
        place = place[part]
    place[last] = value
    path.write_text(json.dumps(data))
    entries = looked_through(tmp_path)
    # The neighbours stand, and the picture can be had.
    assert {ids[0], ids[1], ids[2]} == {entry.id for entry in entries}
    with closing(History(tmp_path)) as history:
        assert len(history.files(ids[1])) == 1


def test_the_number_that_disabled_every_command(tmp_path, filed):
    ids = filed(tmp_path)
    path = tmp_path / "entries" / ids[1] / "entry.json"
    path.write_text(path.read_text().replace('"charged": 2', f'"charged": {2**63}'))
    with closing(History(tmp_path)) as history:
        assert (history.get(ids[1]).charged, history.get(ids[1]).about) == (2, True)
        assert history.spent() == 2


@settings(max_examples=min(60, settings.default.max_examples))
@given(st.lists(st.binary(max_size=80) | st.sampled_from(ODD).map(lambda value: json.dumps(
    {"id": value, "created": value, "operation": value, "model": value, "engine": "service", "charged": value, "risk": value}).encode()),
    max_size=6))  # fmt: skip
def test_an_odd_ledger_disables_nothing(tmp_path_factory, filed, lines):
    folder = tmp_path_factory.mktemp("odd")
    filed(folder)
    (folder / "spent.jsonl").write_bytes(b"\n".join(lines))
    assert len(looked_through(folder)) == 3
