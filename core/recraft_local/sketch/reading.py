"""Read words: which things, how many, in which colours, which places and moods a text names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .colours import NAMES, RGB
from .vocabulary import GENERIC_HEADS, IRREGULAR, MOODS, NUMBERS, PLACES, SUBJECTS, UNDER_WORDS, Thing

_KNOWN = SUBJECTS.keys() | PLACES.keys()
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[,.;:!?()]")
_COLOUR_ENDS = "and palette tones tone hues color colors colour colours light lights glow background"
_JOINTS = """
in on at with by under over near behind beside into through above below against wearing holding of for from
during inside while around between across and flying running walking playing eating reading
"""
# What a picture is made as; it is asked for, not shown: "icon of a cart" wants the cart.
_MEDIA = """
icon logo poster flyer picture image photo photograph painting drawing illustration sketch render rendering portrait
sticker badge emblem symbol sign scene design print artwork cartoon view shot still vector banner cover card tattoo
mascot silhouette pictogram line art style text lettering title light lights
"""
_FILLERS = """
a an the to or as is are that this its his her their very some outside like made style featuring having looking
"""
_AFTER_COLOUR = frozenset(_COLOUR_ENDS.split())  # a colour word before one of these is no fruit or flower
_ADVERBS = frozenset(("underwater", "indoors", "outdoors"))
_PUNCTUATION = frozenset(",.;:!?()")
_BREAKS = frozenset(_JOINTS.split()) | _PUNCTUATION  # where a noun phrase ends
_STOP = frozenset(_FILLERS.split()) | _BREAKS
_PASSED_OVER = _STOP | frozenset(_MEDIA.split())


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

    subjects: list[Subject]
    places: list[str]
    moods: dict[str, list[str]]
    loose: list[RGB]
    place_colour: RGB | None = None
    number: int = 0
    colour: RGB | None = None
    under_at: int = -1


def tokenised(text: str) -> list[str]:
    """Lower-case words and punctuation marks of a text."""
    return _TOKEN.findall(text.lower())


def understand(text: str) -> Reading:
    """Read lower-case or mixed-case text word by word; unknown words pass by."""
    tokens = tokenised(text)
    seen = Reading([], [], {}, [])
    i = 0
    while i < len(tokens):
        i += _take(tokens, i, seen)
    if seen.colour is not None:
        seen.loose.append(seen.colour)
    return seen


def _take(tokens: Sequence[str], i: int, seen: Reading) -> int:
    """Understand the words at i; return how many were used."""
    for n in (3, 2, 1):
        words = tokens[i : i + n]
        if len(words) < n:
            continue
        key = " ".join([*words[:-1], singular(words[-1])])
        raw = " ".join(words)
        if n == 1 and raw in NAMES and _is_colour(tokens, i):
            _see_colour(seen, NAMES[raw])
            return 1
        known = _see(seen, key, raw, before=tokens[i - 1] if i else "",
                     next_word=tokens[i + n] if i + n < len(tokens) else "")  # fmt: skip
        if known:
            return n
    word = tokens[i]
    if word in ("background", "backdrop", "wall") and seen.colour is not None:
        seen.place_colour, seen.colour = seen.colour, None
    elif word in NUMBERS:
        seen.number = NUMBERS[word]
    elif word in UNDER_WORDS and seen.under_at < 0:
        seen.under_at = len(seen.subjects)
    elif word in _BREAKS - UNDER_WORDS - {"of"}:
        seen.number = 0 if word in _PUNCTUATION else seen.number
        _let_go(seen)
    return 1


def _let_go(seen: Reading) -> None:
    """Forget an "on" after which no thing came: "on a beach with a horse" puts nobody on the horse."""
    if seen.under_at == len(seen.subjects):
        seen.under_at = -1


def _is_colour(tokens: Sequence[str], i: int) -> bool:
    """Whether a word such as "orange" names a colour here and not the fruit."""
    if not any(name in table for name in (tokens[i], singular(tokens[i])) for table in (SUBJECTS, PLACES, MOODS)):
        return True
    if i > 1 and tokens[i - 1] in ("and", ",", "or") and tokens[i - 2] in NAMES and not tokens[i].endswith("s"):
        return True
    following = tokens[i + 1 : i + 3]
    return any(t in _AFTER_COLOUR or singular(t) in SUBJECTS or singular(t) in PLACES for t in following)


def _see_colour(seen: Reading, colour: RGB) -> None:
    if seen.colour is not None:
        seen.loose.append(seen.colour)
    seen.colour = colour


def _see(seen: Reading, key: str, raw: str, before: str, next_word: str) -> bool:
    """Note a known noun or mood; True when the words meant anything."""
    moods = MOODS.get(raw) or MOODS.get(key) or ()
    for mood in moods:
        kind, value = mood.split(":")
        seen.moods.setdefault(kind, []).append(value)
    places = PLACES.get(raw) or PLACES.get(key) or ()
    thing = SUBJECTS.get(raw) or SUBJECTS.get(key)
    if places:
        following = PLACES.get(next_word) or PLACES.get(singular(next_word)) or ["any"]
        if following == ["any"]:  # of "mountain lake", the lake
            seen.places += places
        _let_go(seen)
        seen.place_colour, seen.colour, seen.number = seen.colour or seen.place_colour, None, 0
    elif thing and raw in GENERIC_HEADS and before in SUBJECTS:
        return True  # the word before has said what it is
    elif thing:
        plural = raw != key and raw not in SUBJECTS
        count = seen.number or (3 if plural else 1)
        beside = not plural and _modifies(next_word)
        _add(seen, Subject(thing, key, min(count, 9), seen.colour, beside))
        seen.colour, seen.number = None, 0
    return bool(moods or places or thing)


def _modifies(next_word: str) -> bool:
    """Whether a noun before `next_word` only describes it: "flower meadow", "robot cat", but not "perfume bottle"."""
    if next_word in GENERIC_HEADS or next_word in _ADVERBS:
        return False
    return any(name in table for name in (next_word, singular(next_word)) for table in (PLACES, SUBJECTS))


def _add(seen: Reading, subject: Subject) -> None:
    """A thing named twice is one thing; a second mention may still bring its colour or number."""
    for k, old in enumerate(seen.subjects):
        if old.thing == subject.thing:
            seen.subjects[k] = Subject(old.thing, old.word, max(old.count, subject.count), old.colour or subject.colour)
            return
    seen.subjects.append(subject)


def without(seen: Reading, banned: Reading) -> Reading:
    """Leave out what the negative prompt names."""
    arts = {s.thing for s in banned.subjects}
    seen.subjects = [s for s in seen.subjects if s.thing not in arts]
    if any(not s.beside for s in seen.subjects):
        seen.subjects = [s for s in seen.subjects if not s.beside]
    seen.places = [p for p in seen.places if p not in banned.places]
    seen.moods = {
        kind: kept for kind, values in seen.moods.items()
        if (kept := [v for v in values if v not in banned.moods.get(kind, ())])
    }  # fmt: skip
    return seen


def unknown(text: str) -> tuple[Subject, ...]:
    """The subject when no thing is known: the last word of the first phrase (an English noun), unless scenery."""
    head = ""
    for token in tokenised(text):
        if head and (token in _BREAKS or token.endswith("ing")):
            break
        if token not in _PASSED_OVER and token not in NAMES and len(token) > 2 and token[0].isalpha():
            head = token
    scenery = any(word in table for word in (head, singular(head)) for table in (PLACES, MOODS)) if head else True
    return () if scenery else (Subject(None, head, 1),)


def singular(word: str) -> str:
    """English singular of a noun, as far as the tables need it."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    candidates = [word]
    if word.endswith("ies"):
        candidates.append(word[:-3] + "y")
    if word.endswith("es"):
        candidates.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        candidates.append(word[:-1])
    return next((c for c in candidates if c in _KNOWN), candidates[-1])
