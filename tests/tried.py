"""What was tried where: the table of docs/install.md, made of test runs.

    RECRAFT_WINDOWS=1 python3 install.py test --junitxml run.xml
    python3 tests/tried.py run.xml [MORE.xml ...]

A test of a real program or another system says where it ran (the property "where") and what became of all that was
checked inside of it ("inside"); any other ran on this machine. Of a place that stands in several files the last counts.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

DOCS = Path(__file__).resolve().parents[1] / "docs" / "install.md"
BEGIN, END = "<!-- made by tests/tried.py -->\n", "<!-- end -->\n"
# What a folder of tests is about, for people.
ROOMS = {
    "core": "core, command line, worker, batch",
    "local": "embedded engine",
    "reading": "picture files of other programs",
    "setup": "installing, doctor, removing",
    "fuzz": "random input",
    "hosts": "plugins, releases",
}
Tally = dict[str, Counter[str]]  # of a room: "passed", "failed", or why it was not run, and how many


def of_verdicts(verdicts: Mapping[str, str]) -> Tally:
    """The tally of checks that ran inside a host: each is "ok", "skipped: why" or a trouble."""
    some = [text.removeprefix("skipped: ") if text.startswith("skipped") else "passed" if text.startswith("ok") else "failed"
            for name, text in verdicts.items() if name != "complete"]  # fmt: skip
    return {"hosts": Counter(some)}


def of_run(path: Path, excused: Mapping[str, str] | None = None) -> Tally:
    """The tally of a whole run that wrote the junit file `path`; `excused` is part of a name and why it may fail."""
    tally: Tally = {}
    for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it
        why = next((why for part, why in (excused or {}).items() if part in case.get("name", "")), "")
        tally.setdefault(_room(case), Counter())[_became(case, why)] += 1
    return tally


def _room(case: ET.Element) -> str:
    return case.get("classname", "").removeprefix("tests.").partition(".")[0]


def _became(case: ET.Element, excuse: str = "") -> str:
    skipped = case.find("skipped")
    if skipped is not None:
        return str(skipped.get("message"))
    return "passed" if case.find("failure") is None and case.find("error") is None else excuse or "failed"


def of_file(path: Path) -> dict[str, Tally]:
    """The tallies of one junit file, by place."""
    here = f"Linux ({_system()}), Python {platform.python_version()}"
    places: dict[str, Tally] = {}
    for case in ET.parse(path).iter("testcase"):  # noqa: S314
        said = {one.get("name"): one.get("value", "") for one in case.iter("property")}
        inside = json.loads(said.get("inside", "{}")) or {_room(case): {_became(case): 1}}
        if _became(case) == "failed" and not any(counts.get("failed") for counts in inside.values()):
            inside.setdefault(_room(case), {})["failed"] = 1  # all that was checked inside is well, the rest is not
        if case.find("skipped") is not None and "where" not in said and _room(case) == "hosts":
            continue  # a program that is not here was not tried
        for room, counts in inside.items():
            places.setdefault(said.get("where", here), {}).setdefault(room, Counter()).update(counts)
    return places


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"].partition(" (")[0].replace("GNU/Linux ", "")
    except OSError:
        return platform.system()


def days(files: Iterable[str | Path]) -> str:
    """The days of the runs in junit files, oldest first: "2026-11-28, 2026-11-29"."""
    suites = (suite for name in files for suite in ET.parse(name).iter("testsuite"))  # noqa: S314
    return ", ".join(sorted({suite.get("timestamp", "").partition("T")[0] for suite in suites}))


def table(places: Mapping[str, Tally], when: str) -> Iterator[str]:
    """Lines of Markdown: a row for each place and room, then why something was not run. `when` names the days."""
    yield from (f"Counted, from the records of the whole runs of {when}:", "")
    yield from ("| where | what | checks | passed | not run | failed |", "|---|---|---:|---:|---:|---:|")
    reasons: dict[str, list[str]] = {}
    for place, tally in sorted(places.items()):
        for room, counts in sorted(tally.items()):
            other = {why: count for why, count in counts.items() if why not in {"passed", "failed"}}
            cells = [sum(counts.values()), counts["passed"], sum(other.values()), counts["failed"]]
            yield f"| {place} | {ROOMS.get(room, room)} | {' | '.join(f'{one:,}' for one in cells)} |"
            for why, count in other.items():
                reasons.setdefault(_plain(why), []).append(f"{place}: {count}")
    if reasons:
        yield from ("", "What was not run, and why:", "")
        yield from (f"- {why} ({', '.join(dict.fromkeys(some))})" for why, some in sorted(reasons.items()))


def _plain(why: str) -> str:
    """A reason on one line, without folders of this machine."""
    return re.sub(r"\s+", " ", re.sub(r"/(?:home|root|tmp|work)/\S+", "…", why)).strip().rstrip(".")


def renewed(text: str, lines: Iterable[str]) -> str:
    """The page with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + rest.partition(END)[2]


def main(files: list[str]) -> int:
    """Read the files and write the table."""
    places: dict[str, Tally] = {}
    for name in files:
        places |= of_file(Path(name))
    DOCS.write_text(renewed(DOCS.read_text(encoding="utf-8"), table(places, days(files))), encoding="utf-8")
    return int(any(counts["failed"] for tally in places.values() for counts in tally.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
