"""Letters to press with Alt: every field of a window gets one, and none twice."""

from __future__ import annotations


class Mnemonics:
    """Hands out letters. `taken` are those of the window's fixed buttons, in any order."""

    def __init__(self, taken: str = "") -> None:
        self._free = [letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in taken.lower()]

    def of(self, title: str) -> str:
        """The title with "_" before its letter, capitals and beginnings of words first; as it is when none is free.

        >>> Mnemonics("a").of("Avoid")
        'A_void'
        """
        order = sorted(range(len(title)), key=lambda at: (not self._begins(title, at), at))
        for at in order:
            if title[at].lower() in self._free:
                self._free.remove(title[at].lower())
                return f"{title[:at]}_{title[at:]}"
        return title

    @staticmethod
    def _begins(title: str, at: int) -> bool:
        return at == 0 or title[at - 1] == " "
