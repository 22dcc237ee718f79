"""What install.py does, in rooms of its own: standard library only, never installed itself.

`hosts` where Krita and GIMP keep their plugins · `environment` Pythons with the core in them · `plugins` put a plugin
in and take it out again · `bundle` release files with a frozen worker · `checks` what is wrong and what to do.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parents[2]


class Trouble(Exception):
    """Something went wrong that the user can mend; the text says how."""


class Steps:
    """What is done to the file system, said line by line; with `dry` it is only said."""

    def __init__(self, *, dry: bool = False) -> None:
        self.dry = dry

    def say(self, text: str) -> None:
        """One line for the user."""
        print(text, flush=True)

    def touch(self, doing: str, *paths: Path) -> bool:
        """Say what happens to each of `paths` when nothing will; True when it is to be done."""
        for path in paths if self.dry else ():
            self.say(f"would {doing} {path}")
        return not self.dry
