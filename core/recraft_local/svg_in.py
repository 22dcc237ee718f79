"""An uploaded SVG: is it safe to draw, and how large is it?

Unsafe SVGs are refused as the service does, not repaired: scripts, event handlers, foreign content, and references
that leave the file (resvg was seen reading local files through image references).
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image
from recraft_core.shared.contract import limits

from .rules import Refusal

MAX_ELEMENTS = 50_000
MAX_DEPTH = 200
_LONGEST = 100  # characters of a length
_SVG = "http://www.w3.org/2000/svg"
_FORBIDDEN = frozenset(
    {"script", "foreignObject", "iframe", "object", "embed", "handler", "listener", "audio", "video"}
)
_INNER_PICTURE = re.compile(r"data:image/(png|jpeg|jpg|webp|gif);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_LENGTH = re.compile(r"\+?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s?(px|pt|pc|in|cm|mm|q|)", re.IGNORECASE)
_UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6}
_URL = re.compile(r"url\((?! ?['\"]? ?#)", re.IGNORECASE)  # of spaces there is one at most


def looks_like(data: bytes) -> bool:
    """True when the first bytes could begin an SVG."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith((b"<?xml", b"<svg", b"<!--", b"<!DOCTYPE"))


def check(name: str, data: bytes) -> tuple[float, float]:
    """Width and height in px of a safe SVG. Raises `Refusal`."""
    root = parse(name, data)
    for count, (element, depth) in enumerate(_walk(root)):
        if count >= MAX_ELEMENTS or depth > MAX_DEPTH:
            raise Refusal("svg_unsafe", name=name, why="it has too many elements or nests too deeply")
        why = danger(element)
        if why:
            raise Refusal("svg_unsafe", name=name, why=why)
    return size_of(name, root)


def parse(name: str, data: bytes) -> Element:
    """The root element; no entities, no document type."""
    if re.search(rb"<\?xml-stylesheet", data):
        raise Refusal("svg_unsafe", name=name, why="it names a style sheet")
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise Refusal("svg_unsafe", name=name, why="it declares a document type or entities") from None
    except (ParseError, ValueError, LookupError):
        raise Refusal("file_broken", name=name, why="it is not well-formed XML") from None
    if root.tag not in (f"{{{_SVG}}}svg", "svg"):
        raise Refusal("file_format", name=name, wanted="PNG or JPEG or WEBP or SVG", value="other XML")
    return root


def _walk(root: Element) -> Iterator[tuple[Element, int]]:
    waiting = [(root, 0)]
    while waiting:
        element, depth = waiting.pop()
        yield element, depth
        waiting += [(child, depth + 1) for child in element]


def danger(element: Element) -> str:
    """Why an element may not be drawn; empty when it may."""
    tag = local(element.tag)
    if tag in _FORBIDDEN:
        return f"it holds <{tag}>"
    for attribute, value in element.attrib.items():
        why = _told(tag, local(attribute), value.strip())
        if why:
            return why
    sheet = "".join(element.itertext()) if tag == "style" else ""
    # A backslash escape could hide a reference from this reader and not from the renderer.
    if _leaves(sheet) or "@import" in sheet.lower() or "\\" in sheet:
        return "its style sheet refers to something outside the file"
    return ""


def _told(tag: str, key: str, value: str) -> str:
    """Why an attribute may not stand there; empty when it may."""
    if key.lower().startswith("on"):
        return f"it holds the event handler {key}"
    if key in ("href", "src") and not value.startswith("#"):
        if not _INNER_PICTURE.fullmatch(value):
            return f"<{tag}> refers to something outside the file"
        if _outsized(value):
            return f"<{tag}> holds a picture that cannot be read or is too large"
    if _leaves(value) or ("\\" in value and (key == "style" or "(" in value)):
        return f"{key} of <{tag}> refers to something outside the file"
    return ""


def _outsized(address: str) -> bool:
    """Whether a picture inside is broken or larger than one sent by itself may be: its head tells."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as picture:
            return picture.width * picture.height > limits.MAX_PIXELS
    except Exception:  # noqa: BLE001 - decoders raise what they like on hostile bytes
        return True


def _leaves(text: str) -> bool:
    return bool(_URL.search(re.sub(r"[ \t\r\n\f]+", " ", text))) or "javascript:" in text.lower()


def local(tag: str) -> str:
    """A tag or attribute name without its namespace."""
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def size_of(name: str, root: Element) -> tuple[float, float]:
    """Width and height in px: from the attributes, else from the view box."""
    width, height = length(root.get("width")), length(root.get("height"))
    box = _view_box(root.get("viewBox"))
    if box is not None:
        across, down = box
        scale = width / across if width else height / down if height else 1.0
        width, height = width or across * scale, height or down * scale
    if not width or not height:
        raise Refusal("svg_size", name=name, why="it needs width and height or a viewBox")
    return width, height


def length(text: str | None) -> float:
    """A length in px; 0 when there is none, or it is not understood."""
    match = _LENGTH.fullmatch(text.strip()) if text and len(text) <= _LONGEST else None
    if match is None:
        return 0.0
    return float(match[1] + (match[2] or "")) * _UNITS[match[3].lower()]


def _view_box(text: str | None) -> tuple[float, float] | None:
    try:
        _, _, width, height = (float(part) for part in re.split(r"[\s,]+", (text or "").strip()))
    except ValueError:
        return None
    return (width, height) if 0 < width < math.inf and 0 < height < math.inf else None
