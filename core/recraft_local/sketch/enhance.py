"""Enhance a prompt by rule: keep its words, then add what it leaves open.

A model would imagine; this only fills gaps. It reads the prompt as the sketcher does and adds one sentence each on
composition, setting, light, colour and surface, but never on something the prompt already speaks of.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from .reading import tokenised
from .scene import Scene, dice_for, read
from .vocabulary import listed, pairs, table

_LIMIT = 1000  # characters: the shortest prompt limit among the models (recraftv3), kept when the prompt itself fits

_GRAPHIC_COLOUR = "Three flat colours with strong contrast on a plain ground"
_PLAIN_SURFACE = "Clean shapes, soft shading and a light paper grain"

class _Gap(NamedTuple):
    """One matter a prompt may leave open, and the sentence for it ("" for none)."""

    matter: str
    sentence: Callable[[Scene, Random], str]


def enhance(prompt: str) -> str:
    """The prompt with sentences on composition, setting, light, colour and surface where it is silent.

    The user's words come first, unchanged but for spaces at the ends. The same prompt always gives the same answer;
    a prompt of up to 1000 characters stays within 1000.
    """
    words = prompt.strip()
    if not words:
        return words
    name = f"enhance {words}"
    scene = read(words, style=None, vector=False, layout_seed=name, palette_seed=name)
    dice = dice_for(name)
    spoken = {matter for word in tokenised(words) for matter in listed("spoken").get(word, ())}
    sentences = [gap.sentence(scene, dice) for gap in _GAPS if gap.matter not in spoken]
    text = words if words[-1] in ".!?…" else words + "."
    for sentence in filter(None, sentences):
        longer = f"{text} {sentence}."
        if len(words) <= _LIMIT < len(longer):
            break
        text = longer
    return text if len(words) > _LIMIT or len(text) <= _LIMIT else words


def _frame(scene: Scene, dice: Random) -> str:
    hero = scene.subjects[0] if scene.subjects else None
    if scene.family.layout != "scene" or scene.place == "abstract":
        kind = "graphic"
    elif hero is None:
        kind = "none"
    elif hero.thing and hero.thing.kind == "portrait":
        kind = "portrait"
    elif hero.count > 1:
        kind = "many"
    else:
        kind = "flatlay" if hero.thing and hero.thing.where == "table" else "one"
    it = _named(hero.word, hero.count) if hero else ""
    return dice.choice(table("say frame")[kind].split(" / ")).format(it=it)


def _named(word: str, count: int) -> str:
    """The noun in the number the prompt uses."""
    if count == 1:
        return word
    irregular = {one: many for many, one in pairs("irregular").items()}
    if word in irregular:
        return irregular[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _setting(scene: Scene, _dice: Random) -> str:
    return "" if scene.family.layout != "scene" else table("say setting").get(scene.place, "")


def _light(scene: Scene, dice: Random) -> str:
    return "" if scene.family.layout != "scene" or scene.place == "abstract" else dice.choice(
        table("say light")[scene.time].split(" / ")
    )


def _colour(scene: Scene, _dice: Random) -> str:
    say = table("say colour")
    tones = say.get(scene.season) or say.get(scene.place) or say[scene.time]
    if scene.family.layout != "scene":
        tones = _GRAPHIC_COLOUR
    named = any(s.colour for s in scene.subjects) or scene.place_colour or scene.hints
    return f"{tones}, so that the named colours stand out" if named else tones


def _surface(scene: Scene, _dice: Random) -> str:
    return table("say surface").get(scene.family.name, _PLAIN_SURFACE)


_GAPS = (
    _Gap("frame", _frame), _Gap("setting", _setting), _Gap("light", _light), _Gap("colour", _colour),
    _Gap("surface", _surface),
)  # fmt: skip
