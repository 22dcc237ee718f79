"""Which fonts stand for the generic families on this machine, and which languages its user reads.

A renderer of its own knows neither: it takes Arial for sans-serif, and there is no Arial on most Linux machines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from xml.etree import ElementTree as ET

# Generic family: fonts to stand for it, the likeliest first. On Linux what fontconfig says comes before them.
KNOWN = {
    "serif": ("Times New Roman", "Times", "Liberation Serif", "Noto Serif", "DejaVu Serif", "Tinos", "FreeSerif"),
    "sans-serif": (
        "Arial", "Helvetica", "Segoe UI", "Liberation Sans", "Noto Sans", "DejaVu Sans", "Cantarell", "FreeSans",
    ),
    "monospace": (
        "Courier New", "Courier", "Consolas", "Menlo", "Liberation Mono", "Noto Sans Mono", "DejaVu Sans Mono",
    ),
    "cursive": ("Comic Sans MS", "Apple Chancery", "Comic Neue", "URW Chancery L", "Z003"),
    "fantasy": ("Impact", "Papyrus", "Anton", "URW Gothic"),
}  # fmt: skip
_OTHERS = {"system-ui": "sans-serif", "ui-sans-serif": "sans-serif", "ui-serif": "serif", "ui-monospace": "monospace"}
_GENERIC = frozenset({*KNOWN, *_OTHERS, "inherit", "initial", "unset", "emoji", "math", "fangsong", "ui-rounded"})
_MOST = 50  # families that one drawing is asked about
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[_-]([A-Za-z]{2}|\d{3}))?(?:[.@].*)?")
_FAMILY = re.compile(r"""font-family\s{0,20}:([^;}]{1,500})""", re.IGNORECASE)


def languages(environ: Mapping[str, str] = os.environ) -> list[str]:
    """What the user reads, best first, as in de-DE, de; English where the machine does not say."""
    value = environ.get("LANGUAGE") or environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    out: list[str] = []
    for one in (value or _windows_locale()).split(":"):
        match = _LOCALE.fullmatch(one)
        if match is not None:
            language = match[1].lower()
            out += [f"{language}-{match[2].upper()}", language] if match[2] else [language]
    return list(dict.fromkeys(out)) or ["en"]


def _windows_locale() -> str:
    if sys.platform != "win32":
        return ""
    import ctypes
    import locale

    return str(locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), ""))


def candidates(generic: str) -> tuple[str, ...]:
    """Fonts that may stand for a generic family here, the best first; not all of them exist."""
    return (*_by_fontconfig(generic), *KNOWN[generic])


def _by_fontconfig(generic: str) -> tuple[str, ...]:
    program = shutil.which("fc-match")
    if program is None or sys.platform in {"win32", "darwin"}:
        return ()
    try:
        done = subprocess.run(
            [program, "--format=%{family}", generic], capture_output=True, text=True, timeout=5, check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired, UnicodeError):
        return ()
    return tuple(name for name in done.stdout.strip().split(",") if name)


def families(root: ET.Element) -> list[list[str]]:
    """Each list of fonts that a drawing names, in order of preference and with generic families in it."""
    said: dict[str, None] = {}
    for element in root.iter():
        texts = [element.get("style") or "", (element.text or "") if element.tag == "style" else ""]
        from_css = [match[1] for text in texts for match in _FAMILY.finditer(text)]
        said.update(dict.fromkeys([element.get("font-family") or "", *from_css]))
    lists = ([name for part in text.split(",") if (name := part.strip(" \t\r\n'\""))] for text in said)
    return [names for names in lists if names][:_MOST]


def named(lists: list[list[str]]) -> list[str]:
    """The fonts among `lists` that are no generic families, each once."""
    return list(dict.fromkeys(name for names in lists for name in names if name.lower() not in _GENERIC))[:_MOST]
