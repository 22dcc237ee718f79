"""The table of what was tried where: counted from a real run of pytest, written into the page."""

import json
import re
import subprocess
import sys

import tried

TESTS = """
import pytest

def test_good(record_property):
    record_property("where", "Krita 9.9")
    record_property("inside", '{"hosts": {"passed": 3, "needs 10": 1}}')

def test_well_inside(record_property):
    record_property("where", "Krita 10")
    record_property("inside", '{"hosts": {"passed": 3}}')
    assert False

def test_told_inside(record_property):
    record_property("where", "GIMP 9")
    record_property("inside", '{"hosts": {"passed": 3, "failed": 2}}')
    assert False

def test_plain(): pass

def test_bad(): assert False

@pytest.mark.skip(reason="no\\nFUSE in /work/here")
def test_not(): pass
"""


def counted(tmp_path):
    """The places that a run of TESTS tells of."""
    folder = tmp_path / "tests" / "core"
    folder.mkdir(parents=True)
    (folder / "test_some.py").write_text(TESTS)
    run = tmp_path / "run.xml"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "--junitxml", str(run), "tests"]
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    return tried.of_file(run), run


def test_each_place_has_its_own_row_and_what_was_not_run_its_reason(tmp_path):
    places, run = counted(tmp_path)
    here = next(name for name in places if name.startswith("Linux ("))
    assert places["Krita 9.9"] == {"hosts": {"passed": 3, "needs 10": 1}}
    assert places[here]["core"]["passed"] == 1
    assert places[here]["core"]["failed"] == 1
    lines = list(tried.table(places, tried.days([run])))
    assert re.fullmatch(r"Counted, from the records of the whole runs of \d{4}-\d\d-\d\d:", lines[0])
    assert "| Krita 9.9 | plugins, releases | 4 | 3 | 1 | 0 |" in lines
    assert f"| {here} | core, command line, worker, batch | 3 | 1 | 1 | 1 |" in lines
    assert f"- no FUSE in … ({here}: 1)" in lines
    assert tried.of_run(run, {"bad": "not ours"})["core"]["not ours"] == 1


def test_a_failure_counts_once_whatever_was_counted_inside(tmp_path):
    places, _ = counted(tmp_path)
    assert places["Krita 10"] == {"hosts": {"passed": 3}, "core": {"failed": 1}}
    assert places["GIMP 9"] == {"hosts": {"passed": 3, "failed": 2}}


def test_what_runs_inside_a_host_is_counted_by_its_verdict():
    told = {"a": "ok", "b": "skipped: needs 5.2", "c": "Traceback: no", "complete": "ok"}
    assert json.loads(json.dumps(tried.of_verdicts(told))) == {"hosts": {"passed": 1, "needs 5.2": 1, "failed": 1}}


def test_the_page_has_the_table_once_however_often_it_is_renewed():
    page = tried.DOCS.read_text(encoding="utf-8")
    assert page.count(tried.BEGIN) == page.count(tried.END) == 1
    once = tried.renewed(page, ["| a |"])
    assert tried.renewed(once, ["| a |"]) == once
    assert "| a |\n\n<!-- end -->\n" in once
