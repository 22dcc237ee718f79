"""The plugins fit the rooms that travel with them, type by type. The hosts' own modules count as unknown here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
PLUGINS = {"recraft": HERE / "krita_plugin/recraft", "recraft_gimp": HERE / "gimp_plugin/recraft/recraft_gimp"}
# Krita 5.1 has Python 3.8, but no mypy of today reads that any more.
CONFIG = """
[mypy]
check_untyped_defs = true
disallow_untyped_defs = true
disallow_incomplete_defs = true
disallow_any_generics = true
strict_equality = true
warn_unused_ignores = true
warn_redundant_casts = true
extra_checks = true
python_version = 3.10
[mypy-gi.*,krita,PyQt5.*,PyQt6.*]
ignore_missing_imports = true
"""


def problems(folder, package, plugin=None):
    """(exit code, what mypy says) of a plugin that has been put together as an installer does it."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(plugin or PLUGINS[package], folder / package, ignore=leave)
    shutil.copytree(HERE / "core/recraft_core/shared", folder / package / "shared", ignore=leave)
    (folder / "mypy.ini").write_text(CONFIG)
    command = [sys.executable, "-m", "mypy", "--no-color-output", "--cache-dir", str(folder / "cache"), "-p", package]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("package", PLUGINS)
def test_a_plugin_fits_what_travels_with_it(package, tmp_path):
    code, said = problems(tmp_path, package)
    assert code == 0, said


def with_more(tmp_path, package, file, code):
    """What mypy says of a plugin with more code at the end of one of its files."""
    wrong = shutil.copytree(PLUGINS[package], tmp_path / "wrong", ignore=shutil.ignore_patterns("__pycache__"))
    with (wrong / file).open("a", encoding="utf-8") as held:
        held.write(f"\n\n{code}\n")
    return problems(tmp_path / "all", package, wrong)[1]


def test_a_name_that_the_shared_rooms_have_not_got_is_found(tmp_path):
    said = with_more(tmp_path, "recraft", "state.py", "def _wrong(box: Box) -> int:\n    return box.breadth")
    assert '"Box" has no attribute "breadth"' in said


def test_a_function_without_types_is_found(tmp_path):
    said = with_more(tmp_path, "recraft_gimp", "reading.py", "def _untyped(box):\n    return box")
    assert "Function is missing a type annotation" in said
    assert "Found 1 error in 1 file" in said, said
