"""What may stay of a drawing from elsewhere: shapes, text, and the pictures it brings along.

Sources: https://www.w3.org/TR/SVG2/ for the elements, https://www.w3.org/TR/SVG2/linking.html for the references.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree as ET

from PIL.GifImagePlugin import GifImageFile

from ..shared.geometry import Size
from .decode import READERS, sniff
from .drawing_css import clean, dangerous
from .drawing_xml import MAX_DEPTH
from .unfolding import HREFS

_MAX_PICTURES = 64_000_000  # px² of all pictures in a drawing together: each is opened by whoever shows it
_LONGEST = 100  # characters of a number

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
        text tspan tref textPath image linearGradient radialGradient stop pattern clipPath mask marker filter view
        feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
        feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode
        feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence""",
    )
)
_OF_LINKS = frozenset({"ping", "src", "target", "download", "referrerpolicy", "hreflang", "rel"})
_LOOKED_INTO = HREFS | {"style"}

_OWN_PICTURE = re.compile(r"data:image/(?:png|jpeg|jpg|webp|gif);base64,([A-Za-z0-9+/=\s]*)", re.IGNORECASE)

# Octaves beyond the tenth are fainter than any screen shows; a wider neighbourhood is looked through px by px.
_LARGEST_VALUES = {("feTurbulence", "numOctaves"): 10.0, ("feMorphology", "radius"): 100.0}


def cleaned(root: ET.Element, left_out: list[str]) -> ET.Element | None:
    """A copy of the drawing that holds only what may stay; the addresses of pictures that go join `left_out`."""
    return _Cleaner(left_out).clean(root, 0)


class _Cleaner:
    """Makes copies of elements that hold only what may stay. Notes the pictures that had to go in `left_out`."""

    def __init__(self, left_out: list[str]) -> None:
        self._left_out = left_out
        self._room = _MAX_PICTURES
        self._checked: dict[str, bool] = {}

    def clean(self, element: ET.Element, depth: int, inside: str = "") -> ET.Element | None:
        """A copy with plain names; None when the element itself may not stay."""
        name = _local_name(element.tag, inside)
        if name not in _ELEMENTS or depth > MAX_DEPTH:
            return None
        out = ET.Element(name, dict(self._attributes(element, name)))
        out.text = clean("".join(element.itertext())) if name == "style" else element.text
        for child in () if name == "style" else element:
            copy = self.clean(child, depth + 1, name)
            if copy is not None:
                out.append(copy)
            _add_text(out, child.tail)
        return out

    def _attributes(self, element: ET.Element, name: str) -> Iterator[tuple[str, str]]:
        for full, value in element.items():
            key = _FOREIGN_NAMES.get(full, full)
            # XML knows no hReF, but a page that takes the drawing in reads it as href.
            plain = key.lower()
            disguised = plain != key and plain in _LOOKED_INTO
            if key.startswith("{") or plain.startswith("on") or plain in _OF_LINKS or disguised:
                continue
            if key in HREFS:
                if self._may_refer(name, element, value.strip()):
                    yield key, value.strip()
            elif key == "style":
                yield key, clean(value)
            elif ("(" not in value and "\\" not in value) or not dangerous(value):
                yield key, _bounded(name, key, value)

    def _may_refer(self, name: str, element: ET.Element, value: str) -> bool:
        if element.tag == f"{{{_SVG}}}a":
            return False
        if value.startswith("#"):
            return True
        if name not in {"image", "feImage"}:
            return False
        if value not in self._checked:
            self._checked[value] = self._may_show(value)
        if not self._checked[value] and value:
            self._left_out.append(value)
        return self._checked[value]

    def _may_show(self, value: str) -> bool:
        """Whether a picture lies in the drawing itself, is of a known kind, and not beyond all measure."""
        match = _OWN_PICTURE.fullmatch(value)
        size = _inner_size(match[1]) if match else None
        if size is None or size.area > self._room:
            return False
        self._room -= size.area
        return True


def _inner_size(text: str) -> Size | None:
    """Width and height of an encoded picture by its header; None when it is none that can be shown."""
    try:
        data = base64.b64decode(text + "==")
        reader = GifImageFile if data.startswith(b"GIF8") else READERS[sniff(data)]
        with reader(BytesIO(data)) as image:
            return Size(*image.size)
    except (KeyError, binascii.Error):
        return None
    except Exception:  # noqa: BLE001 - decoders raise what they like on hostile bytes
        return None


def _bounded(name: str, key: str, value: str) -> str:
    """The value, or the largest that makes a difference: some readers count up to whatever they are told."""
    most = _LARGEST_VALUES.get((name, key))
    if most is None:
        return value
    try:
        numbers = [float(part) for part in re.split(r"[\s,]+", value.strip()[:_LONGEST])]
    except ValueError:
        return value
    return value if all(number <= most for number in numbers) else f"{most:g}"


def _local_name(tag: str, inside: str) -> str:
    """A name without its namespace; a link keeps its shapes or letters and loses its target."""
    name = tag.removeprefix(f"{{{_SVG}}}")
    if name != "a":
        return name
    return "tspan" if inside in {"text", "tspan", "textPath"} else "g"


def _add_text(parent: ET.Element, text: str | None) -> None:
    """Text behind the last child, so that words around a removed element stay in their place."""
    if not text:
        return
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
