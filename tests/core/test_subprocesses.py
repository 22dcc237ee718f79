"""Work apart: it cannot take us down, see the key, or run on for ever; and it is only ours."""

import subprocess
import sys

import pytest
from recraft_core import subprocesses
from recraft_core.imaging import svg

DRAWING = svg.__name__
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'


def test_neither_the_key_nor_our_settings_reach_it():
    made = subprocesses.environment({"RECRAFT_API_TOKEN": "secret", "RECRAFT_HOME": "/somewhere", "HOME": "/home/x"})
    assert made["HOME"] == "/home/x"
    assert not [name for name in made if name.startswith("RECRAFT_")]


def test_a_module_of_somebody_in_the_current_folder_is_not_run(tmp_path):
    for name in ("json.py", "re.py"):
        (tmp_path / name).write_text("raise SystemExit('taken over')")
    code = f"from recraft_core import subprocesses; print(subprocesses.run({DRAWING!r}, ('read', '99'), {SVG!r}, timeout_s=20)[-2:].decode())"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("/>\n", "")


def test_nonsense_fails_with_the_last_word_of_the_work():
    with pytest.raises(subprocesses.Failed, match="invalid literal for int"):
        subprocesses.run(DRAWING, ("read", "no number"), SVG, timeout_s=20)


def test_other_modules_are_not_run():
    command = [sys.executable, "-m", "recraft_core", subprocesses.WORD, "os", "x"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "os is no work of ours")
