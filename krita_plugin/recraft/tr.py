"""All text on screen goes through here: English is the key, other languages are looked up.

`tr` is for the plugin's own words, `sentence` for what the core says, whose values stand in it already.
"""

import functools
import os

from .german import GERMAN
from .german_core import GERMAN_CORE
from .qt import QtCore
from .wording import retold

_TABLES = {"de": GERMAN}
_SENTENCES = {"de": GERMAN_CORE}
# Said instead when the work is done on this computer: nothing is sent then.
_AT_HOME = {
    "Only the selection and {margin} px around it are sent ({size}).":
        "Only the selection and {margin} px around it are used ({size}).",
    "Sent at {size}, scaled {way} to {share} to fit the service's limits.":
        "Worked on at {size}, scaled {way} to {share}.",
    "The new canvas is {frame}; {read} of the picture are sent.":
        "The new canvas is {frame}; {read} of the picture are used.",
}  # fmt: skip


def language():
    """Two letters: Krita's own language, which it puts into LANGUAGE, else the system's."""
    chosen = os.environ.get("LANGUAGE", "").split(":")[0] or QtCore.QLocale().name()
    return chosen[:2]


def tr(text, **words):
    """`text` in the user's language with {words} put in; English where there is no translation."""
    found = _TABLES.get(language(), {}).get(text, text)
    return found.format(**words) if words else found


def sentence(text, *, at_home=False):
    """One or several of the core's sentences in the user's language; English where there is no translation.

    `at_home`: the work is done on this computer, so nothing is said to be sent.
    """
    known = tr(text)
    return known if known != text else _sentence(text, at_home, language())


@functools.lru_cache(maxsize=500)  # asked for with every turn of the bar
def _sentence(text, at_home, language_):
    if at_home:
        text = retold(text, _AT_HOME)
    return retold(text, _SENTENCES.get(language_, {}), tr)
