"""Krita's own language for all text on screen: `tr` for the plugin's words, `sentence` for what the core says."""

from __future__ import annotations

import os

from .qt import QtCore
from .shared.i18n import language, tr, use
from .shared.plan import at_home as as_at_home

__all__ = ["language", "sentence", "tr"]

# Krita puts the language chosen in its settings into LANGUAGE; else it follows the system, as Qt does.
use(os.environ.get("LANGUAGE") or QtCore.QLocale().name())


def sentence(text: str, *, at_home: bool = False) -> str:
    """One or several of the core's sentences in the user's language.

    `at_home`: the work is done on this computer, so nothing is said to be sent.
    """
    return tr(as_at_home(text) if at_home else text)
