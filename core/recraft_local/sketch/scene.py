"""Read a prompt into a scene: what is in it, how many, which colours, where, at what hour, in which style."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Sequence

from .colours import NAMES, RGB
from .shapes import Point
from .styles import Family, family_for
from .vocabulary import BY_ART, GENERIC_HEADS, IRREGULAR, MOODS, NUMBERS, PLACES, SUBJECTS, UNDER_WORDS, Thing

Colours = Sequence[tuple[RGB, float | None]]
Lettering = Sequence[tuple[str, Sequence[Point]]]


@dataclass(frozen=True)
class Subject:
    """One thing to draw. `thing` is None for a word nobody taught us: an emblem lettered with `word`."""

    thing: Thing | None
    word: str
    count: int = 1
    colour: RGB | None = None
    beside: bool = False  # only tells what kind of place it is ("flower meadow")


@dataclass(frozen=True)
class Scene:
    """Everything that decides a drawing."""

    prompt: str
    subjects: tuple[Subject, ...]
    place: str
    place_named: bool
    place_colour: RGB | None
    time: str
    weather: frozenset[str]
    season: str
    close: bool
    old: bool  # people have grey hair
    mounted: bool  # the first subject stands on the second
    family: Family
    colours: tuple[tuple[RGB, float], ...]
    background: RGB | None
    text_layout: tuple[tuple[str, tuple[Point, ...]], ...]
    title: str
    level: int  # 0 still and simple .. 5 lively
    no_text: bool
    layout_seed: str
    palette_seed: str
    hue_shift: float = 0.0  # degrees


_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[,.;:!?()]")
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»]{1,40})[\"“”»]|(?<!\w)'([^']{2,40})'(?!\w)")
_AFTER_COLOUR = frozenset("and palette tones tone hues color colors colour colours light glow background lights".split())
_STOP = frozenset(
    "a an the of in on at with by for from to and or under over near behind beside into through above below against "
    "around between across while as is are wearing holding that this its his her their very some during inside "
    "outside like made style featuring having looking flying running walking playing eating reading".split()
)
_BREAKS = frozenset(
    "in on at with by under over near behind beside into through above below against wearing holding , . ; : ! ? ( ) "
    "of for from during inside while around between across and flying running walking playing eating reading".split()
)


@dataclass
class _Reading:
    """What has been understood so far; the pending number and colour belong to the next noun."""

    subjects: list[Subject]
    places: list[str]
    moods: dict[str, list[str]]
    loose: list[RGB]
    place_colour: RGB | None = None
    number: int = 0
    colour: RGB | None = None
    under_at: int = -1


def read(prompt: str, *, style: str | None, vector: bool, negative_prompt: str = "", colours: Colours = (),
         background: RGB | None = None, text_layout: Lettering = (), artistic_level: int | None = None,
         no_text: bool = False, layout_seed: str, palette_seed: str, hue_shift: float = 0.0) -> Scene:  # fmt: skip
    """Read a prompt and its controls into a scene; the same arguments always give the same scene."""
    quoted = [a or b for a, b in _QUOTED.findall(prompt)]
    tokens = _TOKEN.findall(_QUOTED.sub(" ", prompt).lower())
    banned = _understand(_TOKEN.findall(negative_prompt.lower()))
    seen = _without(_understand(tokens), banned)
    dice = Random(palette_seed)
    subjects = _people(seen.subjects)[:4] or _unknown(tokens)
    place = _place(seen, subjects)
    weights = [(c, 0.5 if w is None else max(w, 0.02)) for c, w in colours] or [(c, 0.5) for c in seen.loose]
    return Scene(
        prompt=prompt, subjects=subjects, place=place, place_named=bool(seen.places), place_colour=seen.place_colour,
        time=_time(seen, place, dice), weather=frozenset(seen.moods.get("weather", ())),
        season=next(iter(seen.moods.get("season", ())), "summer"), close="close" in seen.moods, old="age" in seen.moods,
        mounted=seen.under_at == 1 and len(subjects) > 1, family=family_for(style, prompt, vector),
        colours=tuple(weights), background=background,
        text_layout=tuple((word, tuple(quad)) for word, quad in text_layout),
        title=quoted[0] if quoted and not no_text else "", level=2 if artistic_level is None else artistic_level,
        no_text=no_text, layout_seed=layout_seed, palette_seed=palette_seed, hue_shift=hue_shift,
    )  # fmt: skip


def _understand(tokens: Sequence[str]) -> _Reading:
    seen = _Reading([], [], {}, [])
    i = 0
    while i < len(tokens):
        i += _take(tokens, i, seen)
    if seen.colour is not None:
        seen.loose.append(seen.colour)
    return seen


def _take(tokens: Sequence[str], i: int, seen: _Reading) -> int:
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
    if word in NUMBERS:
        seen.number = NUMBERS[word]
    elif word in UNDER_WORDS and seen.under_at < 0:
        seen.under_at = len(seen.subjects)
    elif word in ",.;:!?()":
        seen.number = 0
    return 1


def _is_colour(tokens: Sequence[str], i: int) -> bool:
    """Whether a word such as "orange" names a colour here and not the fruit."""
    if not any(name in table for name in (tokens[i], singular(tokens[i])) for table in (SUBJECTS, PLACES, MOODS)):
        return True
    if i > 1 and tokens[i - 1] in ("and", ",", "or") and tokens[i - 2] in NAMES and not tokens[i].endswith("s"):
        return True
    following = tokens[i + 1 : i + 3]
    return any(t in _AFTER_COLOUR or singular(t) in SUBJECTS or singular(t) in PLACES for t in following)


def _see_colour(seen: _Reading, colour: RGB) -> None:
    if seen.colour is not None:
        seen.loose.append(seen.colour)
    seen.colour = colour


def _see(seen: _Reading, key: str, raw: str, before: str, next_word: str) -> bool:
    """Note a known noun or mood; True when the words meant anything."""
    moods = MOODS.get(raw) or MOODS.get(key) or ()
    for mood in moods:
        kind, value = mood.split(":")
        seen.moods.setdefault(kind, []).append(value)
    places = PLACES.get(raw) or PLACES.get(key) or ()
    thing = SUBJECTS.get(raw) or SUBJECTS.get(key)
    if places:
        seen.places += places
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
    if next_word in GENERIC_HEADS:
        return False
    return any(name in table for name in (next_word, singular(next_word)) for table in (PLACES, SUBJECTS))


def _add(seen: _Reading, subject: Subject) -> None:
    """A thing named twice is one thing; a second mention may still bring its colour or number."""
    for k, old in enumerate(seen.subjects):
        if old.thing is subject.thing:
            seen.subjects[k] = Subject(
                old.thing, old.word, max(old.count, subject.count), old.colour or subject.colour
            )
            return
    seen.subjects.append(subject)


def _without(seen: _Reading, banned: _Reading) -> _Reading:
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


def _unknown(tokens: Sequence[str]) -> tuple[Subject, ...]:
    """The subject when no thing is known: the last word of the first phrase (an English noun), unless scenery."""
    head = ""
    for token in tokens:
        if token in _BREAKS and head:
            break
        if token not in _STOP and token not in NAMES and len(token) > 2 and token[0].isalpha():
            head = token
    scenery = any(word in table for word in (head, singular(head)) for table in (PLACES, MOODS)) if head else True
    return () if scenery else (Subject(None, head, 1),)


def _people(subjects: list[Subject]) -> tuple[Subject, ...]:
    """Portraits: of a person, one bust; of anything else, the thing itself."""
    arts = {s.thing.art: s for s in subjects if s.thing}
    if "portrait" not in arts or len(arts) == 1:
        return tuple(subjects)
    others = [s for s in subjects if s.thing and s.thing.art != "portrait"]
    sitter = others[0]
    bust = {"man": "portraitman", "woman": "portrait"}.get(sitter.thing.art if sitter.thing else "")
    return (Subject(BY_ART[bust], sitter.word, 1, sitter.colour), *others[1:]) if bust else tuple(others)


def _place(seen: _Reading, subjects: Sequence[Subject]) -> str:
    """Named scenery, the richest first; else where the main subject is at home."""
    if seen.places:
        plain = {"sky", "studio"}
        return next((p for p in seen.places if p not in plain), seen.places[0])
    if "winter" in seen.moods.get("season", ()) and subjects and subjects[0].thing and subjects[0].thing.where == "ground":
        return "snow"
    thing = subjects[0].thing if subjects else None
    if len(subjects) > 1 and thing and thing.where == "ground" and thing.place in ("room", "street", "studio"):
        thing = subjects[1].thing or thing
    return thing.place if thing else "abstract" if not subjects else "studio"


def _time(seen: _Reading, place: str, dice: Random) -> str:
    """The hour named in the prompt (a special one before plain day), or one that suits the place."""
    named = seen.moods.get("time", [])
    if named:
        return next((t for t in ("night", "sunset", "dusk", "neon") if t in named), named[0])
    if "weather" in seen.moods:
        return "storm" if "rain" in seen.moods["weather"] else "overcast"
    if place in ("space", "nightsky"):
        return "night"
    if place in ("studio", "room", "table", "underwater", "abstract"):
        return "day"
    return dice.choice(("day", "day", "morning", "golden", "sunset"))


def singular(word: str) -> str:
    """English singular of a noun, as far as the tables need it."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    known = SUBJECTS.keys() | PLACES.keys()
    candidates = [word]
    if word.endswith("ies"):
        candidates.append(word[:-3] + "y")
    if word.endswith("es"):
        candidates.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        candidates.append(word[:-1])
    return next((c for c in candidates if c in known), candidates[-1])
