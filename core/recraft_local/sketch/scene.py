"""A scene: everything that decides a drawing, read from a prompt and its controls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from .colours import RGB
from .reading import Reading, Subject, tokenised, understand, unknown, without
from .shapes import Point
from .styles import Family, family_for
from .vocabulary import named, table

Colours = Sequence[tuple[RGB, float | None]]
Lettering = Sequence[tuple[str, Sequence[Point]]]
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»]{1,40})[\"“”»]|(?<!\w)'([^']{2,40})'(?!\w)")
_PERCHED = {"bird": "dove", "blackbird": "eagle"}


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

    @property
    def layout(self) -> str:
        """The family's own (scene, badge or icon), or "tiled" for a pattern of things that can be drawn."""
        things = self.subjects and all(subject.thing for subject in self.subjects)
        return "tiled" if self.tiled and things and self.family.layout == "scene" else self.family.layout


def dice_for(name: str) -> Random:
    """Dice that depend on `name` alone: the same name always throws the same numbers."""
    return Random(name)  # noqa: S311 - decides where a cloud floats, keeps no secret


def read(prompt: str, *, style: str | None, vector: bool, negative_prompt: str = "", colors: Colours = (),
         background: RGB | None = None, text_layout: Lettering = (), artistic_level: int | None = None,
         no_text: bool = False, layout_seed: str, palette_seed: str, hue_shift: float = 0.0) -> Scene:  # fmt: skip
    """Read a prompt and its controls into a scene; the same arguments always give the same scene."""
    quoted = [a or b for a, b in _QUOTED.findall(prompt)]
    words = _QUOTED.sub(" ", prompt)
    seen = without(understand(words), understand(negative_prompt))
    dice = dice_for(palette_seed)
    family = family_for(style, prompt, vector)
    people = _people(seen.subjects, bearded="face" in seen.moods, old="age" in seen.moods)
    subjects = people[:4] or _company(words) or unknown(words)
    if "act" in seen.moods:
        subjects = _flying(subjects)
    if not subjects and family.layout == "icon":
        subjects = _token(seen)
    place = _place(seen, subjects, dice)
    subjects = subjects or tuple(Subject(named(art), art) for art in table("furniture").get(place, "").split())
    if seen.place_colour and "abstract" in seen.places:
        seen.loose.append(seen.place_colour)
    return Scene(
        prompt=prompt, subjects=subjects, place=place, place_named=bool(seen.places), place_colour=seen.place_colour,
        time=_time(seen, place, dice), weather=frozenset(seen.moods.get("weather", ())),
        season=next(iter(seen.moods.get("season", ())), "summer"), close="close" in seen.moods, old="age" in seen.moods,
        tiled="tiled" in seen.moods or "seamless" in (style or "").lower(),
        mounted=seen.under_at == 1 and len(subjects) > 1, family=family,
        colours=tuple((_rgb(c), 0.5 if w is None else max(w, 0.02)) for c, w in colors), hints=tuple(seen.loose),
        background=_rgb(background) if background is not None else None,
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


def _people(subjects: list[Subject], *, bearded: bool, old: bool) -> tuple[Subject, ...]:
    """Portraits: of a person, one bust; of anything else, the thing itself."""
    if not any(s.thing and s.thing.kind == "portrait" for s in subjects):
        return tuple(subjects)
    others = [s for s in subjects if s.thing and s.thing.kind != "portrait"] or subjects
    sitter = others[0].thing.art if others[0].thing else ""
    man = bearded or re.search(r"\bman\b|old-man", sitter) is not None
    if not man and not re.search(r"woman|portrait|^person$", sitter):
        return tuple(others)
    bust = named("portrait-beard" if bearded or (old and man) else "portrait-man" if man else "portrait-woman")
    return (replace(others[0], thing=bust, count=1), *others[1:])


def _company(words: str) -> tuple[Subject, ...]:
    """The people of "a family at the lake"; of "a family of ducks" the ducks have been seen before."""
    word = next((token for token in tokenised(words) if token in table("company")), "")
    rows = (row.split(":") for row in table("company").get(word, "").split())
    return tuple(Subject(named(art), word, int(count)) for art, count in rows)


def _flying(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """The first thing takes to the air; a perching bird spreads its wings."""
    if not subjects or subjects[0].thing is None:
        return subjects
    art = subjects[0].thing.art
    return (replace(subjects[0], thing=named(_PERCHED.get(art, art))._replace(where="air")), *subjects[1:])


def _token(seen: Reading) -> tuple[Subject, ...]:
    """For an icon of a place, a weather or an hour: the thing that stands for it."""
    tokens = [*seen.moods.get("weather", ()), *seen.places, *seen.moods.get("time", ()), "else"]
    art = next(table("tokens")[token] for token in tokens if token in table("tokens"))
    return (Subject(named(art), art),)


def _place(seen: Reading, subjects: Sequence[Subject], dice: Random) -> str:
    """Named scenery, the richest first; else where the main subject is at home."""
    winter = "winter" in seen.moods.get("season", ())
    if "forest" in seen.places and (winter or "snow" in seen.moods.get("weather", ())):
        return "snow"
    thing = subjects[0].thing if subjects else None
    if seen.places:
        place = next((p for p in seen.places if p not in ("sky", "studio", "any")), seen.places[0])
        if place == "room" and thing and thing.where == "table" and thing.place != "room":
            return "table"  # a dish in a restaurant stands on no floor
        return dice.choice(("mountain", "field", "lake")) if place == "any" else place
    if winter and thing and thing.where == "ground":
        return "snow"
    lodger = thing and thing.where in ("ground", "bust") and thing.place in ("room", "street", "studio")
    if len(subjects) > 1 and lodger:
        thing = subjects[1].thing or thing
    return thing.place if thing else "abstract" if not subjects else "studio"


def _time(seen: Reading, place: str, dice: Random) -> str:
    """The hour named in the prompt (a special one before plain day), or one that suits the place."""
    hours = seen.moods.get("time", [])
    if hours:
        return next((t for t in ("night", "sunset", "dusk", "neon") if t in hours), hours[0])
    if "weather" in seen.moods:
        return "storm" if "rain" in seen.moods["weather"] else "overcast"
    if place in ("space", "nightsky"):
        return "night"
    if place in ("studio", "room", "table", "underwater", "abstract"):
        return "day"
    return dice.choice(("day", "day", "morning", "golden", "sunset"))
