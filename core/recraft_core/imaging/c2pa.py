"""C2PA's content credentials in a file: what they call themselves. They are read, never verified.

C2PA Technical Specification 2.2, 11.3 (embedding); ISO/IEC 19566-5 for the boxes (JUMBF). A signature is bound to the
bytes of its file: what is decoded and written anew cannot keep it.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, NamedTuple

from ..shared.provenance import BASE
from .cbor import loads
from .tifffacts import raw_tag

_DEEPEST = 8
_TIFF_TAG = 52545
_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_IN_SVG = re.compile(rb"<(?:\w{1,40}:)?manifest[^<>]{0,400}>([A-Za-z0-9+/=\s]*)</(?:\w{1,40}:)?manifest\s{0,20}>")
_SPACE_IN_SVG = b"http://c2pa.org/manifest"


class Manifest(NamedTuple):
    """One manifest: its label, the program that says it made it, its title, the source types that its actions name,
    and the labels of its assertions. Nothing of it was verified.
    """

    label: str
    generator: str = ""
    title: str = ""
    sources: tuple[str, ...] = ()
    assertions: tuple[str, ...] = ()


class _Box(NamedTuple):
    kind: bytes
    data: bytes


def manifests(data: bytes) -> tuple[Manifest, ...]:
    """The manifests in a picture file of any kind, the newest last; none where there are none that can be read."""
    out: list[Manifest] = []
    with suppress(ValueError, struct.error, IndexError):
        for store in stores(data):
            out += _of_store(store)
    return tuple(out)


def stores(data: bytes) -> list[bytes]:
    """The blocks in which a file holds its manifests, as they are."""
    for starts, find in _WAYS:
        if starts(data):
            return [one for one in find(data) if one]
    return []


# --- where they lie --------------------------------------------------------------------------------------------------


def _in_png(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"caBX":
            yield data[at + 8 : at + 8 + length]
        at += 12 + length


def _in_jpeg(data: bytes) -> Iterator[bytes]:
    """APP11 segments "JP" with the number of their box and of their place in it; each repeats the box's header."""
    parts: dict[int, list[tuple[int, bytes]]] = {}
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if data[at + 1] == 0xEB and body[:2] == b"JP" and len(body) > 16:
            number, place = struct.unpack_from(">HI", body, 2)
            parts.setdefault(number, []).append((place, body[8:]))
        at += 2 + length
    for pieces in parts.values():
        first, *rest = (piece for _, piece in sorted(pieces))
        head = 16 if first[:4] == b"\0\0\0\1" else 8
        yield first + b"".join(piece[head:] for piece in rest)


def _in_riff(data: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"C2PA":
            yield data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _in_tiff(data: bytes) -> Iterator[bytes]:
    yield raw_tag(BytesIO(data), _TIFF_TAG)


def _in_boxes(data: bytes) -> Iterator[bytes]:
    for box in _boxes(data):
        if box.kind == b"uuid" and box.data[:16] == _UUID:
            purpose, _, rest = box.data[20:].partition(b"\0")
            if purpose == b"manifest":
                yield rest[8:]
        elif box.kind == b"jumb":  # JPEG XL
            yield struct.pack(">I4s", len(box.data) + 8, b"jumb") + box.data


def _in_svg(data: bytes) -> Iterator[bytes]:
    if _SPACE_IN_SVG in data:
        for match in _IN_SVG.finditer(data):
            with suppress(ValueError):
                yield base64.b64decode(match[1])


_WAYS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[bytes]]], ...] = (
    (lambda data: data.startswith(b"\x89PNG"), _in_png),
    (lambda data: data.startswith(b"\xff\xd8"), _in_jpeg),
    (lambda data: data[:4] == b"RIFF", _in_riff),
    (lambda data: data[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}, _in_tiff),
    (lambda data: data[4:8] in {b"ftyp", b"JXL "}, _in_boxes),
    (lambda data: b"<" in data[:4096], _in_svg),
)


# --- what they say ---------------------------------------------------------------------------------------------------


def _boxes(data: bytes) -> Iterator[_Box]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + length if length else len(data)
        if end < at + head:
            return
        yield _Box(kind, data[at + head : end])
        at = end


def _of_store(store: bytes) -> Iterator[Manifest]:
    for box in _boxes(store):
        if box.kind == b"jumb":
            for child in _boxes(box.data):
                if child.kind == b"jumb":
                    yield _manifest(child.data)


def _labelled(data: bytes) -> tuple[str, list[_Box]]:
    """A superbox's label, and what is in it."""
    first, *rest = _boxes(data)
    toggles = first.data[16] if first.kind == b"jumd" and len(first.data) > 16 else 0
    label = first.data[17:].partition(b"\0")[0].decode("utf-8", "replace") if toggles & 2 else ""
    return label, rest


def _manifest(data: bytes) -> Manifest:
    label, inside = _labelled(data)
    result = Manifest(label)
    for box in inside:
        if box.kind != b"jumb":
            continue
        name, content = _labelled(box.data)
        if name.startswith("c2pa.claim"):
            claim = _cbor(content)
            result = result._replace(generator=_generator(claim), title=str(claim.get("dc:title") or ""))
        elif name == "c2pa.assertions":
            held = [_labelled(one.data) for one in content if one.kind == b"jumb"]
            sources = (
                source for one, what in held if one.startswith("c2pa.actions") for source in _sources(_cbor(what))
            )
            result = result._replace(assertions=tuple(one for one, _ in held), sources=tuple(dict.fromkeys(sources)))
    return result


def _cbor(content: list[_Box]) -> dict[Any, Any]:
    """The map in a box of CBOR; empty where there is none that can be read."""
    for box in content:
        if box.kind == b"cbor":
            with suppress(ValueError):
                read = loads(box.data)
                return read if isinstance(read, dict) else {}
    return {}


def _generator(claim: dict[Any, Any]) -> str:
    """claim_generator_info, a map or a list of maps, says it for people; claim_generator is the older text."""
    info = claim.get("claim_generator_info")
    first = info[0] if isinstance(info, list) and info else info
    if isinstance(first, dict) and first.get("name"):
        return f"{first['name']} {first.get('version') or ''}".strip()
    return str(claim.get("claim_generator") or "")


def _sources(actions: dict[Any, Any]) -> Iterator[str]:
    listed = actions.get("actions")
    for action in listed if isinstance(listed, list) else ():
        if isinstance(action, dict) and action.get("digitalSourceType"):
            yield str(action["digitalSourceType"]).removeprefix(BASE)
