"""XMP: say how a picture was made, beside what it said before, and read it back.

ISO 16684-1 for the form; IPTC Photo Metadata Standard 2025.1 for the source type and what the AI was told; XMP part 2
for the history of changes.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

from ..shared.geometry import Size
from ..shared.provenance import joined, uri

_SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
}
for _prefix, _space in _SPACES.items():
    ET.register_namespace(_prefix, _space)

MAX_BYTES = 4_000_000  # of a packet that is read
# Of a picture that is another one now, these would show the old one or point into parts of its file that are gone.
_GONE_SPACES = (
    "http://ns.google.com/photos/1.0/",
    "http://ns.google.com/photos/dd/1.0/",
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
)
_HEAD, _TAIL = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>', '<?xpacket end="w"?>'
_UNFIT = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # what XML 1.0 cannot hold


def _name(text: str) -> str:
    """xmp:CreatorTool as ElementTree spells it."""
    prefix, _, local = text.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


_GONE = {
    _name(one)
    for one in (
        "xmp:Thumbnails", "xmpNote:HasExtendedXMP", "dcterms:provenance", "tiff:ImageWidth", "tiff:ImageLength",
        "tiff:BitsPerSample", "tiff:Compression", "tiff:SamplesPerPixel", "tiff:PhotometricInterpretation",
        "tiff:NativeDigest", "exif:NativeDigest",
    )
}  # fmt: skip
_SOURCE, _HISTORY = _name("Iptc4xmpExt:DigitalSourceType"), _name("xmpMM:History")
_SYSTEM, _VERSION = _name("Iptc4xmpExt:AISystemUsed"), _name("Iptc4xmpExt:AISystemVersionUsed")
_PROMPT, _TOOL = _name("Iptc4xmpExt:AIPromptInformation"), _name("xmp:CreatorTool")
_DESCRIPTION, _RDF, _LI = _name("rdf:Description"), _name("rdf:RDF"), _name("rdf:li")


@dataclass(frozen=True)
class Statement:
    """What is said of a picture: the term of its source type, and what was done, with `agent`, at `when` (ISO 8601).

    `told` is what was asked: operation, and as far as wished model and prompt. `system` names the generative AI that
    did it, "" for none. `created` when it is a picture of its own, not a change of one.
    """

    source: str
    agent: str
    when: str
    told: Mapping[str, str]
    system: str = ""
    created: bool = False


def stated(before: bytes, says: Statement | None, size: Size | None = None) -> bytes:
    """The packet of a picture that had `before` (b"" for none): what it said, brought up to date, and what is said now.

    `size` in px is that of the picture now. Empty where nothing is to be said. What cannot be read is left out.
    """
    rdf = _read(before)
    if rdf is None and says is None:
        return b""
    rdf = ET.Element(_RDF) if rdf is None else rdf
    _bring_up_to_date(rdf, size)
    if says is not None:
        _say(rdf, says)
    return f"{_HEAD}{ET.tostring(element(rdf), encoding='unicode')}{_TAIL}".encode()


def element(rdf: ET.Element) -> ET.Element:
    """The outermost element around what is said, as it stands in a file or a drawing."""
    out = ET.Element(_name("x:xmpmeta"))
    out.append(rdf)
    return out


def metadata_element(says: Statement) -> bytes:
    """The same as the metadata element of a drawing."""
    rdf = ET.Element(_RDF)
    _say(rdf, says)
    return b"<metadata>" + ET.tostring(element(rdf)) + b"</metadata>"


def reads(packet: bytes) -> dict[str, Any]:
    """What a packet tells of how a picture was made, by plain names; `history` is a list of changes, oldest first."""
    rdf = _read(packet)
    if rdf is None:
        return {}
    facts = {
        "source_type": _text(rdf, _SOURCE).strip().rpartition("/")[2],
        "creator_tool": _text(rdf, _TOOL),
        "ai_system": _text(rdf, _SYSTEM),
        "ai_version": _text(rdf, _VERSION),
        "ai_prompt": _text(rdf, _PROMPT),
        "history": [_event(item) for item in rdf.iterfind(f".//{_HISTORY}//{_LI}")],
    }
    return {name: value for name, value in facts.items() if value}


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(packet: bytes) -> ET.Element | None:
    """The rdf:RDF of a packet; None for none, and for what is no XMP."""
    text = packet.strip(b"\0 \t\r\n")
    if not text or len(text) > MAX_BYTES:
        return None
    with suppress(Exception):  # defusedxml and expat raise what they like on hostile bytes
        root: ET.Element = fromstring(text)
        return root if root.tag == _RDF else root.find(f".//{_RDF}")
    return None


def _descriptions(rdf: ET.Element) -> Iterator[ET.Element]:
    yield from rdf.iterfind(_DESCRIPTION)


def _text(rdf: ET.Element, name: str) -> str:
    """A property as text, whether it is written as an attribute or as an element."""
    for one in _descriptions(rdf):
        if name in one.attrib:
            return one.attrib[name]
        node = one.find(name)
        if node is not None:
            return "".join(node.itertext()).strip() or node.get(_name("rdf:resource"), "")
    return ""


def _event(item: ET.Element) -> dict[str, str]:
    space = f"{{{_SPACES['stEvt']}}}"
    held = [*item.attrib.items()]
    for one in item.iter():
        held += [*one.attrib.items(), (one.tag, (one.text or "").strip())]
    return {name.removeprefix(space): value for name, value in held if name.startswith(space) and value}


# --- writing ---------------------------------------------------------------------------------------------------------


def _bring_up_to_date(rdf: ET.Element, size: Size | None) -> None:
    """Without what would show or point to the picture as it was; upright, and of its new size."""
    for one in _descriptions(rdf):
        for name in [name for name in one.attrib if _gone(name)]:
            del one.attrib[name]
        for child in [child for child in one if _gone(child.tag)]:
            one.remove(child)
    _change(rdf, _name("tiff:Orientation"), "1")
    _change(rdf, _name("xmpMM:InstanceID"), f"xmp.iid:{uuid.uuid4()}")
    if size is not None:
        _change(rdf, _name("exif:PixelXDimension"), str(size.width))
        _change(rdf, _name("exif:PixelYDimension"), str(size.height))


def _gone(name: str) -> bool:
    return name in _GONE or name[1:].startswith(_GONE_SPACES)


def _change(rdf: ET.Element, name: str, value: str) -> None:
    """A new value for a property that is there."""
    for one in _descriptions(rdf):
        if name in one.attrib:
            one.set(name, value)
        for node in one.iterfind(name):
            node.clear()
            node.text = value


def _say(rdf: ET.Element, says: Statement) -> None:
    before = _text(rdf, _SOURCE)
    one = ET.Element(_DESCRIPTION, {_name("rdf:about"): ""})
    _put(rdf, one, _SOURCE, uri(joined(before, says.source)))
    if says.created:
        _put(rdf, one, _TOOL, says.agent)
    if says.system:
        _put(rdf, one, _SYSTEM, _added(_text(rdf, _SYSTEM), says.system))
        _put(rdf, one, _VERSION, _added(_text(rdf, _VERSION), says.told.get("model", "")))
        _put(rdf, one, _PROMPT, _added(_text(rdf, _PROMPT), says.told.get("prompt", "")))
    rdf.append(one)
    seq = rdf.find(f"{_DESCRIPTION}/{_HISTORY}/{_name('rdf:Seq')}")
    if seq is None:
        seq = ET.SubElement(ET.SubElement(one, _HISTORY), _name("rdf:Seq"))
    item = ET.SubElement(seq, _LI, {_name("rdf:parseType"): "Resource"})
    parameters = json.dumps(dict(says.told), ensure_ascii=False)
    facts = {"action": "created" if says.created else "edited", "when": says.when, "softwareAgent": says.agent}
    for name, value in {**facts, "parameters": parameters}.items():
        ET.SubElement(item, _name(f"stEvt:{name}")).text = _fit(value)


def _put(rdf: ET.Element, where: ET.Element, name: str, value: str) -> None:
    """A property in `where`, and nowhere else."""
    for one in _descriptions(rdf):
        one.attrib.pop(name, None)
        for node in one.findall(name):
            one.remove(node)
    if value:
        ET.SubElement(where, name).text = _fit(value)


def _added(before: str, now: str) -> str:
    """What was said before stays, each thing once."""
    return "\n".join(dict.fromkeys(one for one in (*before.splitlines(), now) if one))


def _fit(text: str) -> str:
    return text if text.isprintable() else re.sub(_UNFIT, "", text)
