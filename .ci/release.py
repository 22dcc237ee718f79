#!/usr/bin/env python3
"""What a release is made of, apart from its files: the steps of .github/workflows/release.yml.

    python3 .ci/release.py check v1.2.3      the tag, the version and the changelog agree
    python3 .ci/release.py notes v1.2.3      the changelog's section, for the release's page
    python3 .ci/release.py gather FROM TO    each file once out of FROM's folders, and SHA256SUMS
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def version() -> str:
    """The version, from the one place where it stands."""
    text = (HERE / "core" / "recraft_core" / "shared" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if not found:
        sys.exit("core/recraft_core/shared/__init__.py names no version.")
    return found[1]


def section(tag: str) -> tuple[str, str]:
    """The heading and the text of the changelog's section for `tag`; empty where there is none."""
    text = (HERE / "CHANGELOG.md").read_text(encoding="utf-8")
    number = re.escape(tag.removeprefix("v"))
    found = re.search(rf"^## \[?{number}\]?[ \t]*([^\n]*)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return (found[1], found[2].strip()) if found else ("", "")


def check(tag: str) -> None:
    """End with what is wrong, if anything is."""
    date, text = section(tag)
    if tag != f"v{version()}":
        sys.exit(f"The tag is {tag}, the version in recraft_core/shared/__init__.py is {version()}. Make them agree.")
    if not text:
        sys.exit(f"CHANGELOG.md has no section for {tag.removeprefix('v')}. Write one.")
    if not re.search(r"\d{4}-\d{2}-\d{2}", date):
        sys.exit(f"CHANGELOG.md gives {tag.removeprefix('v')} no date, such as 2027-01-31. Give it one.")


def notes(tag: str) -> None:
    """Print the changelog's section."""
    print(section(tag)[1])


def gather(source: str, target: str) -> None:
    """Copy each file once; every system makes the same wheel, and the first by name stands for all."""
    folder = Path(target)
    folder.mkdir(parents=True)
    for path in sorted(Path(source).rglob("*")):
        if path.is_file() and not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
    files = sorted(folder.iterdir())
    kinds = {".whl": 1, ".tar.gz": 1, "-online.zip": 2, ".zip": 4}
    for ending, least in kinds.items():
        if sum(one.name.endswith(ending) for one in files) < least:
            sys.exit(f"{source} holds too few files that end in {ending}: {', '.join(one.name for one in files)}.")
    sums = "".join(f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in files)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")


if __name__ == "__main__":
    verb, *words = sys.argv[1:] or [""]
    steps = {"check": check, "notes": notes, "gather": gather}
    if verb not in steps or len(words) != (2 if verb == "gather" else 1):
        sys.exit(__doc__)
    steps[verb](*words)
