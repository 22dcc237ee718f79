"""What an image says of how its parts were made: in its metadata, which GIMP writes into the files it exports.

Through GIMP's own text form of metadata, <tag name="Xmp.dc.title">: the library behind it (GExiv2) cannot be reached
from Python on every system.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from gi.repository import Gimp

from .shared.provenance import joined, uri, within

SOURCE = "Xmp.iptcExt.DigitalSourceType"
_AI = {"system": "Xmp.iptcExt.AISystemUsed", "model": "Xmp.iptcExt.AISystemVersionUsed",
       "prompt": "Xmp.iptcExt.AIPromptInformation"}  # fmt: skip


def say(image: Gimp.Image, statement: Mapping[str, Any] | None, *, alone: bool = False, prompt: bool = True) -> None:
    """Say in an image what a result says of itself: `statement` (None: nothing). `alone`: there is nothing else in it.

    Undone together with the layers where an undo step is open. The prompt is said only where it may be.
    """
    if not statement:
        return
    tags = tags_of(image)
    term = statement["source"] if alone else within(statement["source"])
    tags[SOURCE] = uri(joined(tags.get(SOURCE, ""), term))
    if statement["system"]:
        words = {"system": statement["system"], **statement["told"]}
        tags.update({_AI[name]: words[name] for name in _AI if words.get(name) and (prompt or name != "prompt")})
    root = _tree(image)
    for old in [one for one in root if one.get("name") in tags]:
        root.remove(old)
    for name, value in tags.items():
        ET.SubElement(root, "tag", {"name": name}).text = "".join(one for one in value if one.isprintable())
    image.set_metadata(Gimp.Metadata.deserialize(ET.tostring(root, encoding="unicode")))


def tags_of(image: Gimp.Image) -> dict[Any, str]:
    """What an image says of its making, by the names of the tags."""
    return {one.get("name"): one.text or "" for one in _tree(image) if one.get("name") in {SOURCE, *_AI.values()}}


def _tree(image: Gimp.Image) -> ET.Element:
    held = image.get_metadata()
    return ET.fromstring(held.serialize()) if held is not None else ET.Element("metadata")  # noqa: S314 - GIMP's own
