"""Whether the service's own bytes can be kept as they came: only then do the credentials in them hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from xml.etree import ElementTree as ET

import numpy as np

from ..shared.errors import BadPicture
from .c2pa import stores
from .decode import decode, sniff
from .pixels import Pixels
from .xmp import Statement, metadata_element

_SUFFIXES = {"png": (".png",), "jpeg": (".jpg", ".jpeg"), "webp": (".webp",), "svg": (".svg",)}
_METADATA = "{http://www.w3.org/2000/svg}metadata"
_MANIFEST = "{http://c2pa.org/manifest}manifest"
_ENCODING = re.compile(rb"""^<\?xml[^>]{0,80}encoding\s?=\s?["'](?!utf-8["'])""", re.IGNORECASE)


def kept_picture(data: bytes, suffix: str, pixels: Pixels) -> bytes:
    """`data` where it holds credentials, is of the kind that `suffix` asks for, and shows just these `pixels`."""
    if suffix not in _SUFFIXES.get(sniff(data), ()) or not stores(data):
        return b""
    with suppress(BadPicture):
        return data if np.array_equal(decode(data), pixels) else b""
    return b""


def kept_drawing(data: bytes, clean: bytes) -> bytes:
    """`data` where it holds credentials and nothing else that is not in `clean`, which was made safe of it."""
    if sniff(data) != "svg" or not stores(data) or _beside_elements(data):
        return b""
    from .drawing_xml import parsed

    with suppress(BadPicture):
        return data if list(_inside(parsed(data))) == list(_inside(parsed(clean))) else b""
    return b""


def with_metadata(svg: bytes, says: Statement | None) -> bytes:
    """A safe drawing that says how it was made."""
    head, separator, rest = svg.partition(b">")
    if says is None or not separator or head.endswith(b"/"):
        return svg
    return head + separator + metadata_element(says) + rest


def _beside_elements(data: bytes) -> bool:
    """True for what a parser passes over and a browser may act upon: instructions, a DOCTYPE, another encoding."""
    instructions = data.count(b"<?") - data.startswith(b"<?xml ")
    return bool(instructions or b"<!DOCTYPE" in data or b"\0" in data or _ENCODING.match(data))


def _inside(root: ET.Element) -> Iterator[tuple[str, dict[str, str], str]]:
    """Each element with its attributes and text, but for metadata that hold a manifest and nothing else."""
    for element in root.iter():
        if element.tag == _METADATA and all(_is_manifest(child) for child in element):
            continue
        if not _is_manifest(element):
            yield element.tag, dict(element.attrib), (element.text or "").strip()


def _is_manifest(element: ET.Element) -> bool:
    return element.tag == _MANIFEST and not len(element) and not element.attrib
