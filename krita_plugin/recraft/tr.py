"""All text on screen goes through one table: English is the key, other languages are looked up."""

from .german import GERMAN
from .qt import QtCore

_TABLES = {"de": GERMAN}


def language():
    """Two letters: Krita's own language, which it puts into LANGUAGE, else the system's."""
    import os

    chosen = os.environ.get("LANGUAGE", "").split(":")[0] or QtCore.QLocale().name()
    return chosen[:2]


def tr(text, **words):
    """`text` in the user's language with {words} put in; English where there is no translation."""
    found = _TABLES.get(language(), {}).get(text, text)
    return found.format(**words) if words else found
