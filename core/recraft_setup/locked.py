"""What a worker's environment is made of: versions, and the hash of every file. `.ci/lock.py` makes the list."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

FILE = Path(__file__).with_name("requirements.txt")
# The line between what is needed and what is wished for.
_WISHED = "# Without these it goes on"
_BLOCK = re.compile(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9#]|\Z)", re.MULTILINE | re.DOTALL)


def parts(file: Path = FILE) -> tuple[list[str], list[str]]:
    """What a worker cannot be without, and what it can: one package each, as pip takes it from a file."""
    needed, _, wished = file.read_text(encoding="utf-8").partition(_WISHED)
    return _BLOCK.findall(needed), _BLOCK.findall(wished)


def package(block: str) -> str:
    """The name of a block's package."""
    return block.partition("==")[0].strip()


def digest(file: Path = FILE) -> str:
    """What tells one list from another."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
