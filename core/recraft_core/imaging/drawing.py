"""Draw an SVG with resvg: what runs in a process of its own, for the core and for the embedded engine.

Source: https://github.com/baseplate-admin/resvg-py, and for what resvg makes of fonts and languages
https://docs.rs/usvg/latest/usvg/struct.Options.html.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image

from ..shared.i18n import say
from .fonts import KNOWN, candidates, families, languages, named

DPI = 96  # of CSS, and so of an SVG; without it mm, cm, in, pt and pc are nothing
_NOWHERE = "no such font"


def drawn(root: ET.Element) -> tuple[bytes, list[str]]:
    """A PNG of a sanitised drawing in its own size, and notes on fonts that are missing.

    `root` is an svg element with plain names and its namespaces. Raises ValueError when resvg cannot draw it.
    """
    text = ET.tostring(root, encoding="unicode")
    options: dict[str, Any] = {"dpi": DPI, "languages": languages()}
    if not any(_local(element) == "text" for element in root.iter()):
        # Looking through the system's fonts takes a while, and only letters need them.
        return _resvg(text, skip_system_fonts=True, **options), []
    lists = families(root)
    stand_ins = {generic: candidates(generic) for generic in KNOWN}
    there = _installed([*named(lists), *(name for names in stand_ins.values() for name in names)])
    chosen = {
        generic: next((name for name in names if name in there), next(iter(sorted(there)), None))
        for generic, names in stand_ins.items()
    }
    generic = {f"{key.replace('-', '_')}_family": name for key, name in chosen.items() if name}
    plain = {"font_family": chosen["serif"]} if chosen["serif"] else {}
    return _resvg(text, **options, **generic, **plain), _missing(lists, there)


def _missing(lists: list[list[str]], there: set[str]) -> list[str]:
    """Notes on the fonts that a drawing asks for first and that are not there; those behind them are stand-ins."""
    gone = [name for names in lists for name in named([names[:1]]) if name not in there]
    if not there:
        return ["The drawing has text, but this machine has no font to write it in: the text is left out."]
    listed = ", ".join(f"“{name[:60]}”" for name in dict.fromkeys(gone))
    return (
        [
            say(
                "The drawing uses {listed}, which this machine does not have: another font is used instead.",
                listed=listed,
            )
        ]
        if gone
        else []
    )


def _installed(names: Iterable[str]) -> set[str]:
    """Which of these fonts resvg finds, by its own word: it is asked to write a letter in each, with no other."""
    unique = list(dict.fromkeys(names))
    sheet = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "width": "8", "height": str(8 * len(unique))})
    for row, name in enumerate(unique):
        place = {"x": "1", "y": str(8 * row + 7), "font-size": "8", "font-family": "'" + name.replace("'", "") + "'"}
        ET.SubElement(sheet, "text", place).text = "x"
    nothing = {f"{key.replace('-', '_')}_family": _NOWHERE for key in KNOWN}
    picture = _resvg(ET.tostring(sheet, encoding="unicode"), font_family=_NOWHERE, **nothing)
    with Image.open(io.BytesIO(picture)) as image:
        alpha = image.convert("RGBA").getchannel("A")
        return {name for row, name in enumerate(unique) if alpha.crop((0, 8 * row, 8, 8 * row + 8)).getbbox()}


def _resvg(text: str, **options: Any) -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=text, **options))


def _local(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
