"""Read words: which things, how many, in which colours, which places and moods a text names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from .colours import RGB, rgb
from .vocabulary import Thing, listed, pairs, table, thing, words

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[,.;:!?()]")
_PUNCTUATION = frozenset(",.;:!?()")


@dataclass(frozen=True)
class Subject:
    """One thing to draw. `thing` is None for a word nobody taught us: an emblem lettered with `word`."""

    thing: Thing | None
    word: str
    count: int = 1
    colour: RGB | None = None
    beside: bool = False  # only tells what kind of place it is ("flower meadow")


@dataclass
class Reading:
    """What has been understood so far; the pending number and colour belong to the next noun."""

    subjects: list[Subject] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    moods: dict[str, list[str]] = field(default_factory=dict)
    loose: list[RGB] = field(default_factory=list)
    place_colour: RGB | None = None
    number: int = 0
    colour: RGB | None = None
    under_at: int = -1


@cache
def role(name: str) -> frozenset[str]:
    """The words that play a part in a sentence: joints, fillers, media ..."""
    return frozenset(table("grammar")[name].replace("_", " ").split(" "))


def colour_named(word: str) -> RGB | None:
    """The colour of that name."""
    code = pairs("colours").get(word)
    return rgb(code) if code else None


def tokenised(text: str) -> list[str]:
    """Lower-case words and punctuation marks of a text."""
    return _TOKEN.findall(text.lower())


def understand(text: str) -> Reading:
    """Read lower-case or mixed-case text word by word; unknown words pass by."""
    tokens = tokenised(text)
    seen = Reading()
    i = 0
    while i < len(tokens):
        i += _take(tokens, i, seen)
    if seen.colour is not None:
        seen.loose.append(seen.colour)
    return seen


def _take(tokens: Sequence[str], i: int, seen: Reading) -> int:
    """Understand the words at i; return how many were used."""
    word = tokens[i]
    if colour_named(word) and _is_colour(tokens, i):
        if seen.colour is not None:
            seen.loose.append(seen.colour)
        seen.colour = colour_named(word)
        return 1
    for n in (3, 2, 1):
        if len(tokens[i : i + n]) == n and _see(seen, tokens, i, n):
            return n
    if word in ("background", "backdrop", "wall") and seen.colour is not None:
        seen.place_colour, seen.colour = seen.colour, None
    elif word in listed("numbers"):
        seen.number = int(listed("numbers")[word][0])
    elif word in role("under") and seen.under_at < 0:
        seen.under_at = len(seen.subjects)
    elif _breaks(word) and word != "of" and word not in role("under"):
        seen.number = 0 if word in _PUNCTUATION else seen.number
        _let_go(seen)
    return 1


def _breaks(word: str) -> bool:
    """Whether a noun phrase ends here."""
    return word in _PUNCTUATION or word in role("joints")


def _let_go(seen: Reading) -> None:
    """Forget an "on" after which no thing came: "on a beach with a horse" puts nobody on the horse."""
    if seen.under_at == len(seen.subjects):
        seen.under_at = -1


def _is_colour(tokens: Sequence[str], i: int) -> bool:
    """Whether a word such as "orange" names a colour here and not the fruit."""
    if not _known(tokens[i]):
        return True
    if i > 1 and tokens[i - 1] in ("and", ",", "or") and colour_named(tokens[i - 2]) and not tokens[i].endswith("s"):
        return True
    following = tokens[i + 1 : i + 3]
    return any(t in role("after_colour") or _noun(t) for t in following[:1]) or any(
        _noun(t) for t in following[1:] if not _breaks(following[0])
    )


def _noun(word: str) -> bool:
    one = singular(word)
    return not _passed(word) and (one in words() or any(w in listed("places") for w in (word, one)))


def _known(word: str) -> bool:
    one = singular(word)
    return any(w in t for w in (word, one) for t in (words(), listed("places"), listed("moods")))


def _passed(word: str) -> bool:
    """Whether a word says how things stand together or what the picture is made as, and is nothing to draw."""
    return _breaks(word) or any(word in role(name) for name in ("fillers", "media", "under"))


def _see(seen: Reading, tokens: Sequence[str], i: int, n: int) -> bool:
    """Note what the n words at i name; True when they meant anything."""
    run = tokens[i : i + n]
    raw, key = " ".join(run), " ".join([*run[:-1], singular(run[-1])])
    before, after = tokens[i - 1] if i else "", tokens[i + n] if i + n < len(tokens) else ""
    moods = listed("moods").get(raw) or listed("moods").get(key) or []
    for kind, value in (mood.split(":") for mood in moods):
        seen.moods.setdefault(kind, []).append(value)
    places = listed("places").get(raw) or listed("places").get(key) or []
    if raw in role("materials") and after in role("works"):
        return True  # "oil painting" says how, not what
    passed = _passed(raw) if n == 1 else _breaks(run[0]) or run[-1] in role("works")
    known = None if passed else thing(raw) or thing(key)
    taught = raw in listed("words") or key in listed("words")
    if places:
        following = listed("places").get(after) or listed("places").get(singular(after)) or ["any"]
        if following == ["any"]:  # of "mountain lake", the lake
            seen.places += places
        _let_go(seen)
        seen.place_colour, seen.colour, seen.number = seen.colour or seen.place_colour, None, 0
    elif known and raw in role("heads") and thing(before):
        return True  # the word before has said what it is
    elif known and (taught or not moods):
        plural = singular(run[-1]) != run[-1]
        count = seen.number or (3 if plural else 1)
        _add(seen, Subject(known, key, min(count, 9), seen.colour, not plural and _modifies(after)))
        seen.colour, seen.number = None, 0
    return bool(moods or places or known)


def _modifies(after: str) -> bool:
    """Whether a noun before `after` only describes it: "flower meadow", "robot cat", but not "perfume bottle"."""
    return after not in role("heads") and after not in role("adverbs") and _noun(after)


def _add(seen: Reading, subject: Subject) -> None:
    """A thing named twice is one thing; a second mention may still bring its colour or number."""
    for k, old in enumerate(seen.subjects):
        if old.thing == subject.thing:
            seen.subjects[k] = replace(
                old, count=max(old.count, subject.count), colour=old.colour or subject.colour,
                beside=old.beside and subject.beside,
            )  # fmt: skip
            return
    seen.subjects.append(subject)


def without(seen: Reading, banned: Reading) -> Reading:
    """Leave out what the negative prompt names, and nouns that only describe another."""
    arts = {s.thing for s in banned.subjects}
    seen.subjects = [s for s in seen.subjects if s.thing not in arts]
    if any(not s.beside for s in seen.subjects):
        seen.subjects = [s for s in seen.subjects if not s.beside]
    seen.places = [p for p in seen.places if p not in banned.places]
    for kind, values in banned.moods.items():
        seen.moods[kind] = [v for v in seen.moods.get(kind, ()) if v not in values]
    seen.moods = {kind: values for kind, values in seen.moods.items() if values}
    return seen


def unknown(text: str) -> tuple[Subject, ...]:
    """The subject when no thing is known: the last word of the first phrase (an English noun), unless scenery."""
    head = ""
    for token in tokenised(text):
        if head and (_breaks(token) or token in role("under") or token.endswith("ing")):
            break
        if not _passed(token) and not colour_named(token) and len(token) > 2 and token[0].isalpha():
            head = token
    return (Subject(None, head),) if head and not _known(head) else ()


@cache
def singular(word: str) -> str:
    """English singular of a noun: an irregular one, or the first regular form that the tables know."""
    known = (words(), listed("places"), listed("moods"))
    if word in pairs("irregular"):
        return pairs("irregular")[word]
    if not word.endswith("s") or word.endswith("ss") or len(word) < 4:
        return word
    endings = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("s", ""), ("es", ""))
    candidates = [word[: -len(end)] + one for end, one in endings if word.endswith(end)]
    return next((one for one in (*candidates, word) if any(one in t for t in known)), candidates[-1])
