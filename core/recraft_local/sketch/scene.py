"""A scene: everything that decides a drawing, read from a prompt and its controls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from .chance import dice_for
from .colours import RGB
from .reading import Reading, Subject, tokenised, understand, unknown, without
from .shapes import Point
from .styles import Family, family_for
from .vocabulary import BY_ART, COMPANY, FURNITURE, TOKENS_OF_PLACE

Colours = Sequence[tuple[RGB, float | None]]
Lettering = Sequence[tuple[str, Sequence[Point]]]
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»]{1,40})[\"“”»]|(?<!\w)'([^']{2,40})'(?!\w)")


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
    tiled: bool  # the subjects repeat over the whole page
    mounted: bool  # the first subject stands on the second
    family: Family
    colours: tuple[tuple[RGB, float], ...]  # asked for by the controls
    hints: tuple[RGB, ...]  # named in the prompt, but of nothing in particular
    background: RGB | None
    text_layout: tuple[tuple[str, tuple[Point, ...]], ...]
    title: str
    level: int  # 0 still and simple .. 5 lively
    no_text: bool
    layout_seed: str
    palette_seed: str
    hue_shift: float = 0.0  # degrees


def read(prompt: str, *, style: str | None, vector: bool, negative_prompt: str = "", colours: Colours = (),
         background: RGB | None = None, text_layout: Lettering = (), artistic_level: int | None = None,
         no_text: bool = False, layout_seed: str, palette_seed: str, hue_shift: float = 0.0) -> Scene:  # fmt: skip
    """Read a prompt and its controls into a scene; the same arguments always give the same scene."""
    quoted = [a or b for a, b in _QUOTED.findall(prompt)]
    words = _QUOTED.sub(" ", prompt)
    seen = without(understand(words), understand(negative_prompt))
    dice = dice_for(palette_seed)
    family = family_for(style, prompt, vector)
    subjects = _people(seen.subjects, bearded="face" in seen.moods)[:4] or _company(words) or unknown(words)
    if "act" in seen.moods:
        subjects = _flying(subjects)
    if not subjects and family.layout == "icon":
        subjects = _token(seen)
    place = _place(seen, subjects, dice)
    subjects = subjects or tuple(Subject(BY_ART[art], art) for art in FURNITURE.get(place, ()))
    if seen.place_colour and "abstract" in seen.places:
        seen.loose.append(seen.place_colour)
    weights = tuple((_rgb(c), 0.5 if w is None else max(w, 0.02)) for c, w in colours)
    return Scene(
        prompt=prompt, subjects=subjects, place=place, place_named=bool(seen.places), place_colour=seen.place_colour,
        time=_time(seen, place, dice), weather=frozenset(seen.moods.get("weather", ())),
        season=next(iter(seen.moods.get("season", ())), "summer"), close="close" in seen.moods, old="age" in seen.moods,
        tiled="tiled" in seen.moods or "seamless" in (style or "").lower(),
        mounted=seen.under_at == 1 and len(subjects) > 1, family=family,
        colours=weights, hints=tuple(seen.loose), background=_rgb(background) if background is not None else None,
        text_layout=tuple((word, tuple((_near(x), _near(y)) for x, y in quad)) for word, quad in text_layout),
        title=quoted[0] if quoted and not no_text else "", level=2 if artistic_level is None else artistic_level,
        no_text=no_text, layout_seed=layout_seed, palette_seed=palette_seed, hue_shift=hue_shift,
    )  # fmt: skip


def _near(coordinate: float) -> float:
    """A coordinate of a box, in page sizes: beyond a few of them only the numbers suffer."""
    return max(-20.0, min(20.0, float(coordinate)))


def _rgb(colour: Sequence[int]) -> RGB:
    """A colour from anything with three numbers; JSON brings lists."""
    red, green, blue = colour
    return int(red), int(green), int(blue)


def _people(subjects: list[Subject], *, bearded: bool) -> tuple[Subject, ...]:
    """Portraits: of a person, one bust; of anything else, the thing itself."""
    arts = {s.thing.art: s for s in subjects if s.thing}
    if "portrait" not in arts:
        return tuple(subjects)
    others = [s for s in subjects if s.thing and s.thing.art != "portrait"] or subjects
    sitter = others[0]
    man = "portraitbeard" if bearded else "portraitman"
    sex = {"man": man, "woman": "portrait", "portrait": man if bearded else "portrait"}
    bust = sex.get(sitter.thing.art if sitter.thing else "")
    return (Subject(BY_ART[bust], sitter.word, 1, sitter.colour), *others[1:]) if bust else tuple(others)


def _company(words: str) -> tuple[Subject, ...]:
    """The people of "a family at the lake"; of "a family of ducks" the ducks have been seen before."""
    word = next((token for token in tokenised(words) if token in COMPANY), "")
    return tuple(Subject(BY_ART[art], word, count) for art, count in COMPANY.get(word, {}).items())


def _flying(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """The first thing takes to the air; a perching bird spreads its wings."""
    if not subjects or subjects[0].thing is None:
        return subjects
    thing = subjects[0].thing
    winged = BY_ART["seagull"]._replace(main=thing.main) if thing.art == "bird" else thing._replace(where="air")
    return (replace(subjects[0], thing=winged), *subjects[1:])


def _token(seen: Reading) -> tuple[Subject, ...]:
    """For an icon of a place, a weather or an hour: the thing that stands for it."""
    named = [*seen.moods.get("weather", ()), *seen.places, *seen.moods.get("time", ())]
    art = next((TOKENS_OF_PLACE[name] for name in named if name in TOKENS_OF_PLACE), "star")
    return (Subject(BY_ART[art], art),)


def _place(seen: Reading, subjects: Sequence[Subject], dice: Random) -> str:
    """Named scenery, the richest first; else where the main subject is at home."""
    if "forest" in seen.places and "winter" in seen.moods.get("season", ()):
        return "snow"
    thing = subjects[0].thing if subjects else None
    if seen.places:
        plain = {"sky", "studio", "any"}
        place = next((p for p in seen.places if p not in plain), seen.places[0])
        if place == "room" and thing and thing.where == "table" and thing.place != "room":
            return "table"  # a dish in a restaurant stands on no floor
        return dice.choice(("mountain", "field", "lake")) if place == "any" else place
    if "winter" in seen.moods.get("season", ()) and thing and thing.where == "ground":
        return "snow"
    if len(subjects) > 1 and thing and thing.where == "ground" and thing.place in ("room", "street", "studio"):
        thing = subjects[1].thing or thing
    return thing.place if thing else "abstract" if not subjects else "studio"


def _time(seen: Reading, place: str, dice: Random) -> str:
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
