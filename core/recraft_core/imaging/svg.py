"""SVG: measure, make safe, give a size, draw.

A drawing from elsewhere is hostile until it has been sanitised: what comes out has shapes, text and the pictures it
brings along, and nothing that runs, reaches outside the file, or unfolds without end. Every function here sanitises.
Sources: https://www.w3.org/TR/SVG2/ and, for lengths, https://www.w3.org/TR/css-values-3/#absolute-lengths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from math import isfinite
from typing import NamedTuple
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring as parsed_safely

from .. import subprocesses
from ..shared.errors import BadPicture, EngineTrouble
from ..shared.geometry import Size
from .decode import decode
from .pixels import Pixels, resize

MAX_BYTES = 32_000_000
_MAX_DEPTH = 200  # groups in groups; drawings by hand stay below 30
_MAX_UNFOLDED = 1_000_000  # elements after each reference has been followed

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_FOREIGN_NAMES = {
    f"{{{_XLINK}}}href": "xlink:href",
    f"{{{_XML}}}space": "xml:space",
    f"{{{_XML}}}lang": "xml:lang",
}

# What may stay. Left out: script, foreignObject, animation (its `to` can carry a script, and a canvas does not move),
# metadata, and everything of other namespaces.
_ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        """svg g defs symbol use switch title desc style path rect circle ellipse line polyline polygon
        text tspan textPath image linearGradient radialGradient stop pattern clipPath mask marker filter view
        feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
        feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode
        feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence""",
    )
)
_RENAMED = {"a": "g"}  # a link keeps its shapes and loses its target

_OWN_PICTURE = re.compile(r"data:image/(png|jpeg|jpg|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_REFERENCE = re.compile(r"url\(\s*['\"]?\s*#([^'\")\s]+)")
_CSS_DANGER = re.compile(
    # A backslash can spell any other word here in disguise.
    r"\\|//|@import|@charset|@namespace|expression\(|javascript:|behavior|-moz-binding|(?<![\w-])(image|src)\(|image-set\("
    r"|url\((?!\s*['\"]?\s*#)",
    re.IGNORECASE,
)
_PLAIN_DOCTYPE = re.compile(rb"<!DOCTYPE\s+svg\b[^\[\]<>]*>", re.IGNORECASE)

_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 24 / 25.4}
_PX |= {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}  # of the default font, 16 px
_LENGTH = re.compile(r"\s*\+?((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*|%)\s*", re.IGNORECASE)
_DEFAULT = (300.0, 150.0)  # what browsers take for a drawing without any size

_REMEDY = "Open it in a vector editor, save it as plain SVG, and use that."


class Svg(NamedTuple):
    """A safe drawing, its own `size` in px at 96 per inch, and its view box: left, top, width, height."""

    data: bytes
    size: tuple[float, float]
    view_box: tuple[float, float, float, float]


def read(data: bytes, *, max_bytes: int = MAX_BYTES) -> Svg:
    """The drawing made safe, with its size and view box. Raises BadPicture when it is no SVG or cannot be made safe."""
    root = _safe_root(data, max_bytes)
    size = _size(root)
    return Svg(_written(root), size, _view_box(root) or (0.0, 0.0, *size))


def measure(data: bytes) -> tuple[float, float]:
    """Width and height of the drawing in px, from its width, height and view box.

    Lengths in any CSS unit, at 96 px per inch; per cent are of the view box. With one side only, the view box gives
    the other; with nothing at all it is 300 × 150, as in browsers. Raises BadPicture.
    """
    return read(data).size


def sanitise(data: bytes, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The drawing as UTF-8 SVG without scripts, event handlers, links, animation, foreign content and outside files.

    Shapes, text and pictures inside the file stay. Doing it twice changes nothing more. Raises BadPicture for more than
    `max_bytes`, broken XML, entities, another root than svg, and drawings that unfold beyond all measure.
    """
    return read(data, max_bytes=max_bytes).data


def resized(data: bytes, width: float, height: float) -> bytes:
    """The drawing, made safe, with this width and height in px. Its view box stays, or is added, so that it scales."""
    root = _safe_root(data, MAX_BYTES)
    if _view_box(root) is None:
        root.set("viewBox", " ".join(map(_number, (0, 0, *_size(root)))))
    _, _, across, down = _view_box(root) or (0, 0, width, height)
    if abs(width / height * down / across - 1) * max(width, height) < 1:
        # The shape differs by rounding only: fill it, rather than leave a faint line at two edges.
        root.set("preserveAspectRatio", "none")
    root.set("width", _number(width))
    root.set("height", _number(height))
    return _written(root)


def cropped(data: bytes, across: float, down: float) -> bytes:
    """The left upper part of the drawing, made safe: `across` of its width and `down` of its height, 0..1."""
    root = _safe_root(data, MAX_BYTES)
    width, height = _size(root)
    left, top, wide, high = _view_box(root) or (0.0, 0.0, width, height)
    root.set("viewBox", " ".join(map(_number, (left, top, wide * across, high * down))))
    root.set("preserveAspectRatio", "none")
    root.set("width", _number(width * across))
    root.set("height", _number(height * down))
    return _written(root)


def rasterise(data: bytes, size: Size, *, timeout_s: float = 20) -> Pixels:
    """The drawing, made safe, as pixels of `size`, in at most `timeout_s` seconds.

    Drawn by resvg in a process of its own, which can be ended and cannot take this one down. Raises EngineTrouble when
    resvg is not installed, BadPicture when the drawing fails or takes too long.
    """
    picture = _drawn(resized(data, *size), timeout_s)
    return resize(decode(picture, max_pixels=2 * size.area + 4, remedy=_REMEDY), size)


# --- reading ---------------------------------------------------------------------------------------------------------


def _safe_root(data: bytes, max_bytes: int) -> ET.Element:
    if len(data) > max_bytes:
        raise BadPicture(
            f"The SVG has {len(data) / 1e6:.1f} MB; at most {max_bytes / 1e6:.0f} MB are read.",
            remedy="Simplify its paths, or export it as PNG.",
        )
    try:
        root = _clean(_parsed(data), 0)
        if root is None or root.tag != "svg":
            raise BadPicture("This XML file is no SVG drawing.", remedy=_REMEDY)
        _check_unfolding(root)
    except RecursionError as problem:
        raise BadPicture("The references in the SVG go too deep.", remedy=_REMEDY) from problem
    return root


def _parsed(data: bytes) -> ET.Element:
    # Older programs write a document type that only names SVG. It is harmless and goes; one that defines things is not.
    plain = _PLAIN_DOCTYPE.sub(b"", data, count=1)
    try:
        root: ET.Element = parsed_safely(plain, forbid_dtd=True)
    except DefusedXmlException as problem:
        kind = type(problem).__name__
        raise BadPicture(f"The SVG defines a document type or entities ({kind}).", remedy=_REMEDY) from problem
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise BadPicture(f"The SVG is damaged or cut short ({problem}).", remedy=_REMEDY) from problem
    if not root.tag.startswith("{"):  # an svg without its namespace, as copied out of a web page
        for element in root.iter():
            element.tag = f"{{{_SVG}}}{element.tag}" if not element.tag.startswith("{") else element.tag
    return root


# --- cleaning --------------------------------------------------------------------------------------------------------


def _clean(element: ET.Element, depth: int) -> ET.Element | None:
    """A copy with plain names that holds only what may stay; None when the element itself may not."""
    if depth > _MAX_DEPTH:
        raise BadPicture(f"The SVG nests more than {_MAX_DEPTH} groups.", remedy=_REMEDY)
    name = _local_name(element.tag)
    if name not in _ELEMENTS:
        return None
    out = ET.Element(name, dict(_clean_attributes(element, name)))
    out.text = _safe_css("".join(element.itertext())) if name == "style" else element.text
    for child in () if name == "style" else element:
        kept = _clean(child, depth + 1)
        if kept is not None:
            out.append(kept)
        _add_text(out, child.tail)
    return out


def _local_name(tag: str) -> str:
    name = tag.removeprefix(f"{{{_SVG}}}")
    return _RENAMED.get(name, name)


def _add_text(parent: ET.Element, text: str | None) -> None:
    """Text behind the last child, so that words around a removed element stay in their place."""
    if not text:
        return
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _clean_attributes(element: ET.Element, name: str) -> Iterator[tuple[str, str]]:
    for full, value in element.items():
        key = _FOREIGN_NAMES.get(full, full)
        if key.startswith("{") or key.lower().startswith("on"):
            continue
        if key in {"href", "xlink:href"}:
            if _may_refer(name, element, value):
                yield key, value.strip()
        elif key == "style":
            yield key, _safe_css(value)
        elif "(" not in value or not _CSS_DANGER.search(value):
            yield key, value


def _may_refer(name: str, element: ET.Element, value: str) -> bool:
    if element.tag == f"{{{_SVG}}}a":
        return False
    own = name in {"image", "feImage"} and _OWN_PICTURE.fullmatch(value.strip()) is not None
    return own or value.strip().startswith("#")


def _safe_css(text: str) -> str:
    """A style sheet or style attribute without the declarations and rules that fetch or run something."""
    plain = re.sub(r"/\*.*?(\*/|\Z)", " ", text, flags=re.DOTALL)
    return re.sub(r"[^{};]+", lambda part: "" if _CSS_DANGER.search(part[0]) else part[0], plain)


def _check_unfolding(root: ET.Element) -> None:
    """Refuse drawings that multiply: ten copies of ten copies of ten … fill any memory (the "billion laughs")."""
    by_id = {element.get("id"): element for element in root.iter()}
    weights: dict[ET.Element, int] = {}

    def weight(element: ET.Element) -> int:
        if element not in weights:
            weights[element] = 1  # a circle of references ends here
            targets = (by_id[name] for name in _references(element) if name in by_id)
            weights[element] = 1 + sum(map(weight, element)) + sum(map(weight, targets))
        return weights[element]

    if weight(root) > _MAX_UNFOLDED:
        raise BadPicture("The SVG unfolds to more than a million parts.", remedy=_REMEDY)


def _references(element: ET.Element) -> Iterator[str]:
    for key, value in element.items():
        if key in {"href", "xlink:href"}:
            yield value[1:]
        elif "url(" in value:
            yield from _REFERENCE.findall(value)


def _written(root: ET.Element) -> bytes:
    out = ET.Element("svg", {"xmlns": _SVG, "xmlns:xlink": _XLINK, **root.attrib})
    out.text = root.text
    out.extend(root)
    return ET.tostring(out, encoding="unicode").encode()


# --- measuring -------------------------------------------------------------------------------------------------------


def _size(root: ET.Element) -> tuple[float, float]:
    box = _view_box(root)
    across, down = box[2:] if box else _DEFAULT
    width, height = _length(root.get("width", ""), across), _length(root.get("height", ""), down)
    if width and height:
        return width, height
    if width:
        return width, width * down / across if box else down
    if height:
        return height * across / down if box else across, height
    return across, down


def _length(text: str, whole: float) -> float | None:
    """A length in px, `whole` being 100 %; None when it is missing, not positive, or not understood."""
    found = _LENGTH.fullmatch(text)
    unit = found[2].lower() if found else "?"
    scale = whole / 100 if unit == "%" else _PX.get(unit)
    value = float(found[1]) * scale if found and scale else 0.0
    return value if 0 < value < float("inf") else None


def _view_box(root: ET.Element) -> tuple[float, float, float, float] | None:
    try:
        left, top, width, height = (float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        return None
    usable = all(map(isfinite, (left, top, width, height))) and width > 0 and height > 0
    return (left, top, width, height) if usable else None


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


# --- drawing ---------------------------------------------------------------------------------------------------------

def _drawn(drawing: bytes, timeout_s: float) -> bytes:
    if find_spec("resvg_py") is None:
        raise EngineTrouble(
            "Drawing an SVG needs resvg, which is not installed.", remedy='Run: pip install "recraft-canvas[local]"'
        )
    try:
        return subprocesses.run("recraft_core.imaging.drawing", (), drawing, timeout_s=timeout_s)
    except subprocesses.Failed as problem:
        raise BadPicture(f"The SVG cannot be drawn: {problem}.", remedy=_REMEDY) from problem
