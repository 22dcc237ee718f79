"""What is written is true: the module map, the tables, the examples."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from recraft_core import __version__
from recraft_core.shared.errors import Exit
from recraft_core.shared.operations import OPERATIONS

HERE = Path(__file__).parents[2]
README = (HERE / "README.md").read_text(encoding="utf-8")
PICTURES = HERE / "tests" / "pictures"


def test_the_architecture_page_maps_every_room():
    page = (HERE / "docs" / "architecture.md").read_text(encoding="utf-8")
    house = HERE / "core" / "recraft_core"
    rooms = {path.stem for path in house.glob("[!_]*.py")} | {path.parent.name for path in house.glob("*/__init__.py")}
    table = page.split("## The rooms")[1].split("Inside `shared`")[0]
    mapped = [name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(mapped) == sorted(rooms)


def test_the_readme_has_exactly_two_set_up_commands():
    block = README.split("## Set up")[1].split("```")[1]
    assert block.split("\n")[1:3] == ["python3 install.py demo", "python3 install.py test"]
    assert len(block.strip().splitlines()) == 2


def test_every_link_leads_somewhere():
    for page in (HERE / "README.md", *(HERE / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_exit_codes_are_written_as_they_are():
    text = (HERE / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == {int(code) for code in Exit}


def test_every_method_is_in_the_guide_for_scripts():
    text = (HERE / "docs" / "scripts.md").read_text(encoding="utf-8")
    assert all(f"`{name}(" in text for name in OPERATIONS)


def test_the_newest_entry_of_the_changelog_is_this_version():
    text = (HERE / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", text, re.MULTILINE)[1] == __version__


@pytest.mark.parametrize(
    ("example", "arguments", "makes"),
    [
        ("erase_folder.py", [".", "mask.png", "out"], "out/dunes.png"),
        ("cut_out_and_trace.py", ["dunes.jpg", "out"], "out/subject.svg"),
        ("price_first.py", ["dunes.jpg", "mask.png", "a camel", "100"], "filled.png"),
    ],
)
def test_the_examples_run(tmp_path, engine, key, example, arguments, makes):
    for name, source in {"dunes.jpg": "dunes.jpg", "mask.png": "dunes-mask.png"}.items():
        (tmp_path / name).write_bytes((PICTURES / source).read_bytes())
    settings = ["settings", "set", "base_url", engine.base_url]
    environment = {**os.environ, "RECRAFT_API_TOKEN": key, "RECRAFT_HOME": str(tmp_path / "home")}
    subprocess.run([sys.executable, "-m", "recraft_core", *settings], env=environment, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, HERE / "examples" / example, *arguments],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / makes).stat().st_size > 1000
