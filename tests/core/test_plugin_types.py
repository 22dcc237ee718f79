"""The plugins fit the rooms that travel with them, and the hosts, type by type.

Krita's part is in stubs/, Qt's and GTK's come from the index. GIMP itself, GEGL and babl count as unknown.
"""

import re
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
[mypy-gi.*,PyQt6.*]
ignore_missing_imports = true
ignore_errors = true
[mypy-recraft.qt]
disable_error_code = no-redef
"""


GTK = "PyGObject-stubs==2.20.0"  # by itself: what it depends on wants GTK's headers and a compiler


@pytest.fixture(scope="module")
def gtk(tmp_path_factory):
    """A folder with the types of GTK 3 as `gi`; None where they cannot be had."""
    folder = tmp_path_factory.mktemp("gtk")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), GTK]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    (folder / "gi-stubs").rename(folder / "gi")  # mypy looks for "-stubs" beside its own packages only
    types = folder / "gi/repository"
    for name in ("Gtk", "Gdk"):
        text = (types / f"_{name}3.pyi").read_text(encoding="utf-8")
        (types / f"{name}.pyi").write_text(re.sub(r"\b_(Gtk|Gdk)3\b", r"\1", text), encoding="utf-8")
    for path in types.glob("*.pyi"):
        # Where there is a window there is a display, and a child that was added is there.
        text = re.sub(r"-> (.*) \| None: \.\.\.", r"-> \1: ...", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    with (types / "__init__.pyi").open("a", encoding="utf-8") as held:
        held.write("\nfrom typing import Any\n\ndef __getattr__(name: str) -> Any: ...\n")
    return folder / "gi"


def problems(folder, package, plugin=None, types=None):
    """(exit code, what mypy says) of a plugin that has been put together as an installer does it."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(plugin or PLUGINS[package], folder / package, ignore=leave)
    shutil.copytree(HERE / "core/recraft_core/shared", folder / package / "shared", ignore=leave)
    shutil.copy(HERE / "tests/core/stubs/krita.pyi", folder)
    if types:
        shutil.copytree(types, folder / "gi")
    (folder / "mypy.ini").write_text(CONFIG)
    command = [sys.executable, "-m", "mypy", "--no-color-output", "--cache-dir", str(folder / "cache"), "-p", package]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("package", PLUGINS)
def test_a_plugin_fits_what_travels_with_it_and_its_host(package, tmp_path, gtk):
    code, said = problems(tmp_path, package, types=gtk)
    assert code == 0, said
    if package == "recraft_gimp" and not gtk:
        pytest.skip(f"{GTK} cannot be had here: GTK counted as unknown")


def with_more(tmp_path, package, file, code, types=None):
    """What mypy says of a plugin with more code at the end of one of its files."""
    wrong = shutil.copytree(PLUGINS[package], tmp_path / "wrong", ignore=shutil.ignore_patterns("__pycache__"))
    with (wrong / file).open("a", encoding="utf-8") as held:
        held.write(f"\n\n{code}\n")
    return problems(tmp_path / "all", package, wrong, types)[1]


def test_a_name_that_the_shared_rooms_have_not_got_is_found(tmp_path):
    said = with_more(tmp_path, "recraft", "many.py", "def _wrong(box: Box) -> int:\n    return box.breadth")
    assert '"Box" has no attribute "breadth"' in said


WRONG = """
def _one(document: Document) -> Any:
    return document.rotNode()

def _two() -> str:
    return Krita.instance().activeDocument().name()

def _three(box: QtWidgets.QSpinBox) -> None:
    box.setText("")
"""


def test_what_krita_and_qt_have_not_got_is_found(tmp_path):
    said = with_more(tmp_path, "recraft", "compat.py", WRONG)
    assert '"Document" has no attribute "rotNode"' in said
    assert 'Item "None" of "Document | None"' in said
    assert '"QSpinBox" has no attribute "setText"' in said


def test_what_gtk_has_not_got_is_found(tmp_path, gtk):
    if not gtk:
        pytest.skip(f"{GTK} cannot be had here")
    said = with_more(tmp_path, "recraft_gimp", "ui_parts.py", "def _wrong(line: Gtk.Entry) -> None:\n    line.append('')", gtk)
    assert '"Entry" has no attribute "append"' in said


def test_a_function_without_types_is_found(tmp_path):
    said = with_more(tmp_path, "recraft_gimp", "reading.py", "def _untyped(box):\n    return box")
    assert "Function is missing a type annotation" in said
    assert "Found 1 error in 1 file" in said, said
