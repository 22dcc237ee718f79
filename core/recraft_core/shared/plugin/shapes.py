"""A drawing as its shapes: one level deep and named, its colours, and the same in other colours.

Colours are (red, green, blue), 0..255.

Drawings come from the worker, which has made them safe; here they are only rearranged. What cannot be taken out of its
group without looking different (opacity, masks, clips, filters, styles by class) stays in it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")

_ASIDE = {
    "defs", "style", "symbol", "linearGradient", "radialGradient", "pattern", "clipPath", "mask", "marker", "filter",
}  # fmt: skip
# What a group hands on to its shapes one by one; a group that has anything else stays a group.
_INHERITED = {
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
    "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "color",
}  # fmt: skip
_HANDED_ON = _INHERITED | {"transform", "id"}
_COLOUR = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b|rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_VERY_MANY = 64  # colours: a photograph's drawing, in which hardly one stands twice
_PAINTED = ("fill", "stroke", "stop-color", "style", "color", "flood-color")


def one_level(root: ET.Element) -> list[ET.Element]:
    """The children of a drawing with groups opened as far as can be, each shape with an id that names it.

    Works on the tree that it is given. Ids that something refers to are left as they are.
    """
    used = {reference for element in root.iter() for value in element.attrib.values() for reference in _refers(value)}
    out: list[ET.Element] = []
    for child in list(root):
        out += _opened(child, {})
    for number, element in enumerate((one for one in out if local(one) not in _ASIDE), 1):
        if element.get("id") not in used:
            element.set("id", _name(element, number))
    return out


def _refers(value: str) -> list[str]:
    """The ids that an attribute's value names; plain colours look alike and do no harm."""
    return _REFERENCE.findall(value) if "#" in value else []


_REFERENCE = re.compile(r"#([^)\s'\"]+)")


def _opened(element: ET.Element, handed: dict[str, str]) -> Iterator[ET.Element]:
    kind = local(element)
    if kind in _ASIDE or not isinstance(element.tag, str):
        yield element
        return
    if kind == "g" and set(element.attrib) <= _HANDED_ON and len(element):
        mine = {**handed, **{name: value for name, value in element.attrib.items() if name in _INHERITED}}
        mine["transform"] = f"{handed.get('transform', '')} {element.get('transform', '')}".strip()
        for child in list(element):
            yield from _opened(child, mine)
        return
    for name, value in handed.items():
        if name == "transform":
            whole = f"{value} {element.get('transform', '')}".strip()
            if whole:
                element.set("transform", whole)
        elif name not in element.attrib and f"{name}:" not in element.get("style", "").replace(" ", ""):
            element.set(name, value)
    yield element


def _name(element: ET.Element, number: int) -> str:
    colour = next((spelled(one) for one in colours_in(element.get("fill", "") + element.get("style", ""))), "")
    return f"{local(element)}-{number}{'-' + colour[1:] if colour else ''}"


def local(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


# --- colours ------------------------------------------------------------------------------------------------------


def colours_in(text: str) -> list[tuple[int, int, int]]:
    """The colours written in a text, in order."""
    return [_rgb(match) for match in _COLOUR.finditer(text)]


def _rgb(match: re.Match[str]) -> tuple[int, int, int]:
    if match[1]:
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    return min(255, int(match[2])), min(255, int(match[3])), min(255, int(match[4]))


def spelled(rgb: Sequence[int]) -> str:
    """A colour as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def palette(svg: str, most: int = 8) -> list[tuple[int, int, int]]:
    """The colours of a drawing, those that stand in it most often first; of very many, one for all that are alike."""
    counted = Counter(colours_in("\n".join(_paint(svg))))
    if len(counted) > _VERY_MANY:
        alike: dict[tuple[int, ...], Counter[tuple[int, int, int]]] = {}
        for rgb, times in counted.items():
            alike.setdefault(tuple(part // 64 for part in rgb), Counter())[rgb] = times
        counted = Counter({shades.most_common(1)[0][0]: sum(shades.values()) for shades in alike.values()})
    return [rgb for rgb, _ in counted.most_common(most)]


def recoloured(svg: str, colours: Sequence[tuple[int, int, int]]) -> str:
    """The drawing in the nearest of `colours` only; nothing but its colours is changed."""
    if not colours:
        return svg
    known: dict[tuple[int, int, int], tuple[int, int, int]] = {}

    def other(match: re.Match[str]) -> str:
        rgb = _rgb(match)
        if rgb not in known:
            known[rgb] = nearest(rgb, colours)
        return spelled(known[rgb])

    return _ATTRIBUTE.sub(lambda match: f"{match[1]}{_COLOUR.sub(other, match[2])}{match[3]}", svg)


_ATTRIBUTE = re.compile(r"""(\b(?:%s)=["'])([^"']*)(["'])""" % "|".join(_PAINTED))  # noqa: UP031 - braces abound


def _paint(svg: str) -> Iterable[str]:
    return (match[2] for match in _ATTRIBUTE.finditer(svg))


def nearest(rgb: tuple[int, int, int], colours: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    """The one of `colours` that looks most like `rgb`, by the distance of their CIE Lab values."""
    mine = lab(rgb)
    return min(colours, key=lambda one: sum((a - b) ** 2 for a, b in zip(mine, lab(one))))


def lab(rgb: Sequence[float]) -> tuple[float, float, float]:
    """CIE Lab (D65) of sRGB 0..255: IEC 61966-2-1 and CIE 15."""
    red, green, blue = (_linear(part / 255) for part in rgb)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (_root(part) for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _root(part: float) -> float:
    return float(part ** (1 / 3)) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116
