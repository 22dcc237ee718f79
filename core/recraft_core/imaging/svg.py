"""SVG: measure, make safe, give a size, draw.

A drawing from elsewhere is hostile until it has been sanitised: what comes out has shapes, text and the pictures it
brings along, and nothing that runs, reaches outside the file, or unfolds without end. Every function here sanitises,
and takes time in proportion to the drawing. What comes from outside the program goes through `opened` first, which
does so in a process that can be ended.
Sources: https://www.w3.org/TR/SVG2/ and, for lengths, https://www.w3.org/TR/css-values-3/#absolute-lengths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from .. import subprocesses
from ..shared.errors import BadPicture, EngineTrouble
from ..shared.geometry import Size
from ..shared.i18n import say
from .decode import decode, sniff
from .drawing_clean import cleaned
from .drawing_xml import REMEDY, beginning, parsed, unpacked
from .pixels import Pixels, resize
from .unfolding import tamed

MAX_BYTES = 32_000_000

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"

_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 24 / 25.4}
_PX |= {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}  # of the default font, 16 px
_LENGTH = re.compile(r"\+?((?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s?([a-z]*|%)", re.IGNORECASE)
_LONGEST = 100  # characters of a length
_SMALLEST, _LARGEST = 1e-9, 1e9  # px: far beyond any drawing, and safe to reckon with
_DEFAULT = (300.0, 150.0)  # what browsers take for a drawing without any size


class Svg(NamedTuple):
    """A safe drawing, its own `size` in px at 96 per inch, and its view box: left, top, width, height.

    `notes` say what a person would miss in it, for instance pictures that lie outside the file.
    """

    data: bytes
    size: tuple[float, float]
    view_box: tuple[float, float, float, float]
    notes: tuple[str, ...] = ()

    @property
    def natural(self) -> Size:
        """Its own size in whole px, at least one."""
        return Size(*(max(1, round(side)) for side in self.size))


class Drawn(NamedTuple):
    """A drawing as `pixels`, and `notes` on what differs from what its maker saw, for instance a missing font."""

    pixels: Pixels
    notes: tuple[str, ...] = ()


def is_drawing(head: bytes) -> bool:
    """Whether a file that begins with `head` is an SVG, packed (.svgz) or not."""
    with suppress(BadPicture):
        head = beginning(head)
    return sniff(head) == "svg"


def opened(data: bytes, *, max_bytes: int = MAX_BYTES, timeout_s: float = 20) -> Svg:
    """What `read` makes of a drawing from outside, in a process of its own and in at most `timeout_s` seconds.

    Raises BadPicture when it is no SVG, cannot be made safe, or takes too long.
    """
    facts, clean_data = _apart(("read", str(max_bytes)), data, timeout_s, "read")
    return Svg(clean_data, tuple(facts["size"]), tuple(facts["view_box"]), tuple(facts["notes"]))


def read(data: bytes, *, max_bytes: int = MAX_BYTES) -> Svg:
    """The drawing made safe, with its size and view box. Raises BadPicture when it is no SVG or cannot be made safe."""
    left_out: list[str] = []
    root = _safe_root(data, max_bytes, left_out)
    size = _size(root)
    return Svg(_written(root), size, _view_box(root) or (0.0, 0.0, *size), _notes(left_out))


def measure(data: bytes) -> tuple[float, float]:
    """Width and height of the drawing in px, from its width, height and view box.

    Lengths in any CSS unit, at 96 px per inch; per cent are of the view box. With one side only, the view box gives
    the other; with nothing at all it is 300 × 150, as in browsers. Raises BadPicture.
    """
    return read(data).size


def sanitise(data: bytes, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The drawing as UTF-8 SVG without scripts, event handlers, links, animation, foreign content and outside files.

    Shapes, text and pictures inside the file stay; a .svgz is unpacked. Doing it twice changes nothing more. Raises
    BadPicture for more than `max_bytes`, broken XML, entities that refer to others, another root than svg, and
    drawings that unfold beyond all measure.
    """
    return read(data, max_bytes=max_bytes).data


def resized(data: bytes, width: float, height: float) -> bytes:
    """The drawing, made safe, with this width and height in px. Its view box stays, or is added, so that it scales."""
    return _written(_resized(_safe_root(data, MAX_BYTES), width, height))


def _resized(root: ET.Element, width: float, height: float) -> ET.Element:
    if _view_box(root) is None:
        root.set("viewBox", " ".join(map(_number, (0, 0, *_size(root)))))
    _, _, across, down = _view_box(root) or (0, 0, width, height)
    if abs(width / height * down / across - 1) * max(width, height) < 1:
        # The shape differs by rounding only: fill it, rather than leave a faint line at two edges.
        root.set("preserveAspectRatio", "none")
    root.set("width", _number(width))
    root.set("height", _number(height))
    return root


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
    """The drawing, made safe, as pixels of `size`, in at most `timeout_s` seconds: `drawn` without its notes."""
    return drawn(data, size, timeout_s=timeout_s).pixels


def drawn(data: bytes, size: Size, *, timeout_s: float = 20) -> Drawn:
    """The drawing, made safe, as pixels of `size`, in at most `timeout_s` seconds, and what is to be said of them.

    Drawn by resvg in a process of its own, which can be ended and cannot take this one down. Raises EngineTrouble when
    resvg is not installed, BadPicture when the drawing fails or takes too long.
    """
    if find_spec("resvg_py") is None:
        raise EngineTrouble(
            "Drawing an SVG needs resvg, which is not installed.", remedy='Run: pip install "recraft-canvas[local]"'
        )
    facts, picture = _apart(("draw", *map(str, size)), data, timeout_s, "drawn")
    pixels = resize(decode(picture, max_pixels=2 * size.area + 4, remedy=REMEDY), size)
    return Drawn(pixels, tuple(facts["notes"]))


# --- in a process of its own -----------------------------------------------------------------------------------------


def _apart(arguments: Sequence[str], data: bytes, timeout_s: float, verb: str) -> tuple[dict[str, Any], bytes]:
    """What `in_child` tells and makes. Raises BadPicture, with its own words where it has any."""
    try:
        answer = subprocesses.run(__name__, arguments, data, timeout_s=timeout_s)
    except subprocesses.Failed as problem:
        raise BadPicture(
            say("The SVG cannot be {verb}: {problem}.", verb=say(verb), problem=problem), remedy=REMEDY
        ) from problem
    head, _, output = answer.partition(b"\n")
    facts: dict[str, Any] = json.loads(head)
    if "refused" in facts:
        what, remedy = facts["refused"]
        raise BadPicture(what, remedy=remedy)
    return facts, output


def in_child(arguments: Sequence[str], data: bytes) -> bytes:
    """One line of JSON, then what was made: `read` gives the safe drawing, `draw` a PNG of the width and height."""
    task, *numbers = arguments
    try:
        facts, output = _IN_CHILD[task](data, *map(int, numbers))
    except BadPicture as problem:
        facts, output = {"refused": [problem.what, problem.remedy]}, b""
    return json.dumps(facts).encode() + b"\n" + output


def _read_in_child(data: bytes, max_bytes: int) -> tuple[dict[str, Any], bytes]:
    drawing = read(data, max_bytes=max_bytes)
    return {"size": drawing.size, "view_box": drawing.view_box, "notes": drawing.notes}, drawing.data


def _draw_in_child(data: bytes, width: int, height: int) -> tuple[dict[str, Any], bytes]:
    from . import drawing

    root = _resized(_safe_root(data, MAX_BYTES), width, height)
    picture, notes = drawing.drawn(_with_namespaces(root))
    return {"notes": notes}, picture


_IN_CHILD: dict[str, Callable[..., tuple[dict[str, Any], bytes]]] = {"read": _read_in_child, "draw": _draw_in_child}


# --- reading ---------------------------------------------------------------------------------------------------------


def _safe_root(data: bytes, max_bytes: int, left_out: list[str] | None = None) -> ET.Element:
    """The root, cleaned; the addresses of pictures that had to go are added to `left_out`."""
    _check_bytes(len(data), max_bytes)
    data = unpacked(data, max_bytes)
    _check_bytes(len(data), max_bytes)
    root = cleaned(_named_plainly(parsed(data)), [] if left_out is None else left_out)
    if root is None or root.tag != "svg":
        raise BadPicture("This XML file is not an SVG drawing.", remedy=REMEDY)
    tamed(root)
    return root


def _check_bytes(count: int, max_bytes: int) -> None:
    if count > max_bytes:
        raise BadPicture(
            say(
                "The SVG has {size:.1f} MB; at most {most:.0f} MB are read.",
                size=count / 1000000.0,
                most=max_bytes / 1000000.0,
            ),
            remedy="Simplify its paths, or export it as PNG.",
        )


def _named_plainly(root: ET.Element) -> ET.Element:
    if not root.tag.startswith("{"):  # an svg without its namespace, as copied out of a web page
        for element in root.iter():
            element.tag = f"{{{_SVG}}}{element.tag}" if not element.tag.startswith("{") else element.tag
    return root


def _notes(left_out: Sequence[str]) -> tuple[str, ...]:
    if not left_out:
        return ()
    names = list(dict.fromkeys(map(_short, left_out)))
    listed: str = ", ".join(names[:3])
    if len(names) > 3:
        listed = say("{listed} and {count} more", listed=listed, count=len(names) - 3)
    return (
        say(
            "Left out are pictures that do not lie in the drawing, or cannot be taken from it: {listed}.", listed=listed
        ),
    )


def _short(address: str) -> str:
    """An address as it may be shown: one line, and of data only its kind."""
    shown = address.partition(",")[0] if address[:5].lower() == "data:" else address
    plain = "".join(letter for letter in shown if letter.isprintable())
    return plain if len(plain) <= 60 else f"{plain[:20]}…{plain[-38:]}"


def _with_namespaces(root: ET.Element) -> ET.Element:
    out = ET.Element("svg", {"xmlns": _SVG, "xmlns:xlink": _XLINK, **root.attrib})
    out.text = root.text
    out.extend(root)
    return out


def _written(root: ET.Element) -> bytes:
    return ET.tostring(_with_namespaces(root), encoding="unicode").encode()


# --- measuring -------------------------------------------------------------------------------------------------------


def _size(root: ET.Element) -> tuple[float, float]:
    box = _view_box(root)
    across, down = box[2:] if box else _DEFAULT
    width, height = _length(root.get("width", ""), across), _length(root.get("height", ""), down)
    if width and height:
        return width, height
    if width:
        return width, min(width * down / across, _LARGEST) if box else down
    if height:
        return min(height * across / down, _LARGEST) if box else across, height
    return across, down


def _length(text: str, whole: float) -> float | None:
    """A length in px, `whole` being 100 %; None when it is missing, not positive, or not understood."""
    match = _LENGTH.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    unit = match[2].lower() if match else "?"
    scale = whole / 100 if unit == "%" else _PX.get(unit)
    value = float(match[1]) * scale if match and scale else 0.0
    return value if _SMALLEST < value < _LARGEST else None


def _view_box(root: ET.Element) -> tuple[float, float, float, float] | None:
    try:
        left, top, width, height = (float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        return None
    usable = all(abs(number) < _LARGEST for number in (left, top)) and all(
        _SMALLEST < side < _LARGEST for side in (width, height)
    )
    return (left, top, width, height) if usable else None


def _number(value: float) -> str:
    return f"{value:.10g}"
