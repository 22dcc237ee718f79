"""Enhance a prompt by rule: keep its words, then add what it leaves open.

A model would imagine; this only fills gaps. It reads the prompt as the sketcher does and adds one sentence each on
composition, setting, light, colour and surface, but never on something the prompt already speaks of.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from .chance import dice_for
from .scene import Scene, read

_LIMIT = 1000  # characters: the shortest prompt limit among the models (recraftv3), kept when the prompt itself fits

_FRAME = {
    "portrait": ("Head and shoulders, eyes on the upper third, the background kept quiet",
                 "A close, calm portrait at eye level, with room to one side of the face"),
    "one": ("The {it} stands clear of the background, a little off the centre, seen at eye level",
            "The {it} takes one third of the frame, with open space where it is heading",
            "A low, close view that lets the {it} fill most of the height"),
    "many": ("The {it} are grouped in a loose triangle, overlapping, each in its own pose",
             "The {it} lead the eye from the foreground into the depth, near ones larger"),
    "none": ("A wide view in three planes: something near at the edge, the subject in the middle, air behind",
             "A calm horizon in the lower third and one clear point of interest off the centre"),
    "graphic": ("One centred motif with generous margins, readable at a small size",
                "A compact, balanced silhouette with an even outline and open counter-shapes"),
    "flatlay": ("A still life at table height, the {it} slightly turned, its shadow falling to one side",
                "Seen from a little above, the {it} set on a plain surface with breathing space around"),
}  # fmt: skip
_SETTING = {
    "sea": "Long swells run to a clear horizon and catch the light in flat glints",
    "lake": "Still water doubles the shore, with reeds at the edge",
    "beach": "Wet sand, a thin line of foam and shallow turquoise water",
    "mountain": "Ridges step back one behind another, each paler than the last",
    "forest": "Tall trunks frame a path, with ferns and moss on the ground",
    "field": "Rolling ground with tall grass, scattered flowers and a line of trees far off",
    "castlefield": "Rolling ground with tall grass and a path that leads the eye inwards",
    "desert": "Wind-drawn ripples in the sand and sharp dune crests",
    "city": "Layered buildings with small lit windows and a hazy skyline",
    "street": "House fronts in rhythm, shop awnings, a pavement that leads into depth",
    "snow": "Untouched snow with blue hollows and frosted conifers",
    "sky": "Towering clouds with clean edges and wide open air between them",
    "nightsky": "A deep sky full of small stars over a dark line of trees",
    "space": "A starfield with a faint coloured nebula and the curve of a planet",
    "room": "A lived-in interior: a window, a rug and a few well-chosen objects",
    "table": "A wooden table against a plain wall, a window just outside the frame",
    "studio": "A seamless, softly graded backdrop",
    "underwater": "Shafts of light from the surface, drifting bubbles, coral at the bottom",
    "abstract": "Overlapping organic and geometric forms with varied size and open rests between them",
}
_LIGHT = {
    "day": ("Clear daylight from one side with soft, short shadows",
            "Bright, even daylight with a gentle fall-off into the corners"),
    "morning": ("Cool early light, low and soft, with a trace of mist",),
    "golden": ("Warm, low side light that rims the edges and stretches the shadows",),
    "sunset": ("Low sun behind the scene, glowing edges, long shadows",),
    "dusk": ("The last blue light of the day with a few warm lamps",),
    "night": ("Moonlight from above, deep shadows, small warm points of light",),
    "overcast": ("Soft light from a covered sky, almost without shadows",),
    "storm": ("Heavy cloud with one break of light on the subject",),
    "fog": ("Diffuse light that fades with distance",),
    "neon": ("Magenta and cyan sign light with wet reflections",),
}  # fmt: skip
_COLOUR = {
    "day": "Fresh blues and greens with one warm accent", "morning": "Pale rose, lilac and cool grey-green",
    "golden": "Honey, ochre and olive with dusty blue shadows", "sunset": "Violet to apricot, with dark plum shadows",
    "dusk": "Indigo and mauve with amber accents", "night": "Midnight blues with a little ivory and amber",
    "overcast": "Muted slate, sage and cream", "storm": "Steel grey and deep teal with a pale gold break",
    "fog": "Pearl greys and faded greens", "neon": "Deep violet with electric pink and cyan",
}  # fmt: skip
_PLACE_COLOUR = {
    "table": "Warm wood, cream and one strong accent", "room": "Warm neutrals with one or two saturated accents",
    "studio": "A tone-on-tone ground that lets the colour of the subject speak",
    "underwater": "Blue-greens that darken with depth, coral accents",
    "space": "Near-black blue with violet and teal mist",
    "abstract": "Two related hues, their complement and a warm off-white",
}  # fmt: skip
_GRAPHIC_COLOUR = "Three flat colours with strong contrast on a plain ground"
_SEASON = {
    "autumn": "Rust, amber and faded olive", "winter": "Ice blue, white and dark pine",
    "spring": "Young green with blossom pink",
}  # fmt: skip
_SURFACE = {
    "photo": "Shallow depth of field, natural texture, fine film grain",
    "blackwhite": "A full scale of greys with deep blacks and fine grain",
    "watercolor": "Transparent washes, blooms where the colour pooled, white paper left at the edges",
    "line": "Even, confident ink lines and plenty of white",
    "pencil": "Soft hatching, visible strokes, rubbed-out lights",
    "engraving": "Swelling parallel lines and cross-hatching in the shadows",
    "linocut": "Bold carved shapes in three inks with small misses",
    "riso": "Grainy overlapping inks, slightly out of register",
    "comic": "Bold outlines, flat colour, printed dots in the half shades",
    "pixel": "A limited palette and crisp square pixels",
    "neon": "Soft bloom around every light source",
    "clay": "Rounded hand-made shapes with finger marks and soft shadows",
    "flat": "Flat shapes, crisp edges, few well-spaced tones",
    "icon": "Simple geometry, two or three flat colours",
    "emblem": "Even line weights, a strong outer ring, a worn printed surface",
    "cartoon": "Rounded shapes, lively outlines, bright flat colour",
    "pastel": "Chalky, low-contrast colour with soft edges", "noir": "Hard-edged light and large areas of black",
}  # fmt: skip
_PLAIN_SURFACE = "Clean shapes, soft shading and a light paper grain"

# matter | words that show the prompt has already decided it
_SPOKEN_TABLE = """
frame | close-up closeup wide view angle perspective overhead aerial centered centred symmetrical composition
frame | foreground third macro panorama framed
light | light lit lighting backlit shadow shadows glow glowing sunlight lamp rays
colour | palette colors colours color colour tones tone hues monochrome pastel muted vibrant black-and-white
surface | texture textured grain grainy brush brushstrokes flat glossy matte smooth detailed detail strokes sharp
"""


def _spoken() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in _SPOKEN_TABLE.strip().splitlines():
        matter, words = row.split("|")
        found.setdefault(matter.strip(), set()).update(words.split())
    return found


_SPOKEN = _spoken()


_PLURALS = {
    "man": "men", "woman": "women", "child": "children", "mouse": "mice", "wolf": "wolves", "fish": "fish",
    "sheep": "sheep", "deer": "deer", "person": "people", "people": "people", "leaf": "leaves",
}  # fmt: skip


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
    low = set(words.lower().replace(",", " ").replace(".", " ").split())
    sentences = [gap.sentence(scene, dice) for gap in _GAPS if not low & _SPOKEN.get(gap.matter, set())]
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
    elif hero.thing and hero.thing.art.startswith("portrait"):
        kind = "portrait"
    elif hero.count > 1:
        kind = "many"
    else:
        kind = "flatlay" if hero.thing and hero.thing.where == "table" else "one"
    it = _named(hero.word, hero.count) if hero else ""
    return dice.choice(_FRAME[kind]).format(it=it)


def _named(word: str, count: int) -> str:
    """The noun in the number the prompt uses."""
    if count == 1:
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _setting(scene: Scene, _dice: Random) -> str:
    return "" if scene.family.layout != "scene" else _SETTING.get(scene.place, "")


def _light(scene: Scene, dice: Random) -> str:
    return "" if scene.family.layout != "scene" or scene.place == "abstract" else dice.choice(_LIGHT[scene.time])


def _colour(scene: Scene, _dice: Random) -> str:
    tones = _SEASON.get(scene.season) or _PLACE_COLOUR.get(scene.place) or _COLOUR[scene.time]
    if scene.family.layout != "scene":
        tones = _GRAPHIC_COLOUR
    named = any(s.colour for s in scene.subjects) or scene.place_colour or scene.hints
    return f"{tones}, so that the named colours stand out" if named else tones


def _surface(scene: Scene, _dice: Random) -> str:
    return _SURFACE.get(scene.family.name, _PLAIN_SURFACE)


_GAPS = (
    _Gap("frame", _frame), _Gap("setting", _setting), _Gap("light", _light), _Gap("colour", _colour),
    _Gap("surface", _surface),
)  # fmt: skip
