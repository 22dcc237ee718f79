"""A slice of `tests/fuzz/messages.py`, and what it found."""

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "fuzz" / "messages.py"


@pytest.mark.parametrize(("first", "count"), [(0, 150), (2500, 60)])
def test_hostile_messages_are_refused_or_answered_once(first, count):
    done = subprocess.run([sys.executable, str(FUZZ), "--first", str(first), "--count", str(count)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "answer" in done.stdout
    assert "error" in done.stdout
