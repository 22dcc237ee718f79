"""Sentences that hold values already, found in a table of templates and said in other words. Knows no Qt."""

import re

_WITHIN = r"(?:(?!\. ).)+?"  # a value ends where its sentence does, except:
_KINDS = {
    **dict.fromkeys(("text", "message", "trouble", "what"), ".+?"),  # may be whole sentences themselves
    "count": r"[\d,]+",
    "money": r"\$[\d.,]+",
}
_patterns = {}  # by template, made when first needed


def retold(text, table, word=lambda value: value):
    """`text`, one or several sentences, as `table` has it; what the table does not know stays as it is.

    `table` has templates with a {hole} for each value on both sides; `word` translates a value that is a word of ours.
    """
    ends = [match.start() for match in re.finditer(r"(?<=[.!”]) (?=[A-Z“])", text)]
    # The longest beginning that is known: some templates are two sentences long.
    for end in [len(text), *reversed(ends)]:
        found = _one(text[:end], table, word)
        if found is not None:
            rest = text[end + 1 :]
            return f"{found} {retold(rest, table, word)}" if rest else found
    if not ends:
        return text
    return f"{text[: ends[0]]} {retold(text[ends[0] + 1 :], table, word)}"


def _one(text, table, word):
    if text in table:
        return table[text]
    for template, other in table.items():
        found = _pattern(template).fullmatch(text) if "{" in template else None
        if found:
            values = {name: _one(value, table, word) or word(value) for name, value in found.groupdict().items()}
            return other.format(**values)
    return None


def _pattern(template):
    if template not in _patterns:
        parts = re.split(r"\{(\w+)\}", template)
        holes = [f"(?P<{name}>{_KINDS.get(name, _WITHIN)})" for name in parts[1::2]]
        words = [re.escape(part) for part in parts[::2]]
        _patterns[template] = re.compile("".join(piece for pair in zip(words, [*holes, ""]) for piece in pair))
    return _patterns[template]
