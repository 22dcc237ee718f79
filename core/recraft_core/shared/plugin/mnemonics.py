"""Letters to press with Alt: every field of a window gets one, and none twice."""

from __future__ import annotations

from collections.abc import Iterable


class Mnemonics:
    """Hands out letters. `taken` are given away already, as are those behind the "_" of the `fixed` titles."""

    def __init__(self, taken: str = "", fixed: Iterable[str] = ()) -> None:
        self._taken = {*taken.lower(), *(title[title.find("_") + 1 :][:1].lower() for title in fixed if "_" in title)}

    def of(self, title: str) -> str:
        """The title with "_" before its letter, capitals and beginnings of words first; as it is when none is free.

        >>> Mnemonics("a").of("Avoid")
        'A_void'
        """
        order = sorted(range(len(title)), key=lambda at: (not self._begins(title, at), at))
        for at in order:
            letter = title[at].lower()
            # Only scripts with capitals have letters on the keyboard; a word in Japanese goes without.
            if letter != title[at].upper() and letter not in self._taken:
                self._taken.add(letter)
                return f"{title[:at]}_{title[at:]}"
        return title

    @staticmethod
    def _begins(title: str, at: int) -> bool:
        return at == 0 or title[at - 1] == " "
