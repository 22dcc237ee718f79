"""The style of a drawing from elsewhere: what in it reaches outside goes, what it refers to inside is found.

The check is made on the text that is kept, as plain text: no reader can find an address in it that is not there to be
seen. Every pass is linear, whatever the text. Source: https://www.w3.org/TR/css-syntax-3/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

_SPACE = re.compile(r"[ \t\r\n\f]+")  # CSS's own; other blanks are part of a name
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_TOKEN = re.compile(r"""\"[^"\r\n\f]*"?|'[^'\r\n\f]*'?|[{};()\[\]]|[^"'{};()\[\]]+""")
_DANGER = re.compile(
    # A backslash can spell any other word here in disguise; what moves may put on any mask, and a canvas does not move.
    r"\\|//|@import|@charset|@namespace|@[\w-]*keyframes|expression\(|javascript:|behavior|-moz-binding|(?<![\w-])(?:image|src)\("
    r"|image-set\(|cross-fade\(",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"url\(", re.IGNORECASE)
# Of spaces there is one at most: they have been drawn together before.
_WITHIN = re.compile(
    r"""url\( ?(?:" ?#([^\s"'()\\]+) ?"|' ?#([^\s"'()\\]+) ?'|#([^\s"'()\\]+)) ?\)""", re.IGNORECASE
)

_MOST_REFERENCES = 16  # of one property; a chain of filters has three or four

# What a shape takes from the groups around it, and so from wherever it is shown.
PAINTS = frozenset({"fill", "stroke", "marker", "marker-start", "marker-mid", "marker-end"})
_INHERITS = re.compile(r"\b(?:inherit|unset|revert|var)\b", re.IGNORECASE)

Names = frozenset[str]


class Style(NamedTuple):
    """What declarations refer to: `paints` by the properties that are handed down, `others` by all the rest.

    `inherits` when they may ask for anything that the element around has.
    """

    paints: dict[str, Names]
    others: Names
    inherits: bool = False


class Rule(NamedTuple):
    """A rule for elements of this tag, id and classes, each "" or empty for any; a superset of what it selects."""

    tag: str
    id: str
    classes: frozenset[str]
    style: Style


def dangerous(text: str) -> bool:
    """Whether a value or a part of a style sheet reaches outside the file, or could run something."""
    flat = _SPACE.sub(" ", text)
    if _DANGER.search(flat):
        return True
    if "(" not in flat:
        return False
    local = 0
    for match in _ADDRESS.finditer(flat):
        if _WITHIN.match(flat, match.start()) is None:
            return True
        local += 1
    # A variable would be put to use in places that nobody counts.
    return local > _MOST_REFERENCES or (local > 0 and flat.lstrip(" ").startswith("--"))


def clean(text: str) -> str:
    """A style sheet or style attribute without the declarations, rules and statements that are dangerous."""
    parts: list[str] = []
    depth = removed = 0  # blocks open here; blocks open within one that goes
    for part, end in _parts(_COMMENT.sub(" ", text)):
        if removed:
            removed += {"{": 1, "}": -1}.get(end, 0)
            continue
        bad = dangerous(part) or _ambiguous(part)
        if end == "{" and bad:
            removed = 1
        elif end == "}" and not depth:
            parts.append("" if bad else part)
        elif end == "}":
            parts.append(end if bad else part + end)
            depth -= 1
        elif not bad:
            parts.append(part + end)
            depth += end == "{"
    out = "".join(parts)
    return "" if dangerous(out) else out


def _ambiguous(part: str) -> bool:
    """Whether readers that know strings and brackets less well would end it elsewhere."""
    return any(end in part for end in "{};") or part.count('"') % 2 == 1 or part.count("'") % 2 == 1


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Each part of a sheet with the brace or semicolon that ends it; those in strings and brackets end nothing."""
    part: list[str] = []
    brackets = 0
    for token in _TOKEN.findall(text):
        if token in {"{", "}", ";"} and not brackets:
            yield "".join(part), token
            part = []
            continue
        brackets += (token in {"(", "["}) - (token in {")", "]"} and brackets > 0)
        part.append(token)
    if part:
        yield "".join(part), ""


# --- what is referred to ---------------------------------------------------------------------------------------------


def spellings(name: str) -> Names:
    """The ids a reference may mean: as it stands, and with its percent escapes undone."""
    return frozenset({name, unquote(name)})


def references(value: str) -> Names:
    """The ids that a value refers to by url(#…)."""
    if "#" not in value or "(" not in value:
        return frozenset()
    flat = _SPACE.sub(" ", value)
    ids = (match[1] or match[2] or match[3] for match in _WITHIN.finditer(flat))
    return frozenset().union(*map(spellings, ids))


def inherits(value: str) -> bool:
    """Whether a value may be that of the element around."""
    return _INHERITS.search(value) is not None


def style_of(pairs: Iterable[tuple[str, str]]) -> Style:
    """What pairs of property and value refer to."""
    paints: dict[str, Names] = {}
    others: Names = frozenset()
    asks = False
    for key, value in pairs:
        asks = asks or inherits(value)
        names = references(value)
        if names and key in PAINTS:
            paints[key] = paints.get(key, frozenset()) | names
        else:
            others |= names
    return Style(paints, others, asks)


def declarations(text: str) -> Iterator[tuple[str, str]]:
    """Property and value of each declaration of a style attribute."""
    for part, _ in _parts(text):
        yield _declaration(part)


def _declaration(part: str) -> tuple[str, str]:
    key, _, value = part.partition(":")
    return key.strip().lower(), value


def rules(sheet: str) -> Iterator[Rule]:
    """The rules of a clean sheet that refer to something, for all media.

    The last simple selector of each decides; what stands before it, pseudo-classes and attributes are taken to hold.
    """
    blocks: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    for part, end in [*_parts(sheet), *[("", "}")] * sheet.count("{")]:  # what is open at the end is closed there
        if end == "{":
            blocks.append((part.strip(), []))
            continue
        if ":" in part:
            blocks[-1][1].append(_declaration(part))
        if end == "}" and len(blocks) > 1:
            selectors, pairs = blocks.pop()
            style = style_of(pairs)
            if style.paints or style.others or style.inherits:
                yield from (Rule(*subject, style) for subject in _subjects(selectors))


_CERTAIN = re.compile(r"[\w\s.#*:>+~,-]*")
_COMPOUND = re.compile(r"([\w-]*|\*)((?:[.#][\w-]+)*)")
_ANY = ("", "", frozenset[str]())


def _subjects(selectors: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Tag, id and classes that an element must have for each selector of a list."""
    plain = re.sub(r"\[[^\]]*\]", "", selectors)
    if not plain or plain.startswith("@") or not _CERTAIN.fullmatch(plain):
        yield _ANY
        return
    for selector in plain.split(","):
        compounds = re.split(r"[\s>+~]+", re.sub(r":+[\w-]+", "", selector).strip())
        match = _COMPOUND.fullmatch(compounds[-1])
        if match is None:
            yield _ANY
            continue
        marks = re.findall(r"[.#][\w-]+", match[2])
        ids = [mark[1:] for mark in marks if mark[0] == "#"]
        yield match[1].strip("*"), "".join(ids[:1]), frozenset(mark[1:] for mark in marks if mark[0] == ".")
