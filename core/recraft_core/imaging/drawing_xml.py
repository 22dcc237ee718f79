"""The XML of a drawing from elsewhere: unpacked, decoded and parsed under caps.

Entities are unfolded before the parser sees them, so that what they may grow to is known first.
Source: https://www.w3.org/TR/xml/, and for names https://www.w3.org/TR/xml-names/.
"""

from __future__ import annotations

import codecs
import re
import zlib
from xml.etree import ElementTree as ET
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ..shared.errors import BadPicture
from ..shared.i18n import say

MAX_PARTS = 1_000_000  # elements, and again after each reference has been followed
MAX_DEPTH = 200  # groups in groups; drawings by hand stay below 30
REMEDY = "Open it in a vector editor, save it as plain SVG, and use that."

_MAX_ENTITIES = 200
_MAX_UNFOLDED_CHARS = 1_000_000  # that all entities together add; Illustrator's add a few thousand
_MAX_NAMESPACE = 500  # characters; the parser copies the name for every element

_GZIP = b"\x1f\x8b"
_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})  # XML has them by itself
_DECLARED = re.compile(rb"""<\?xml[^>]{1,200}?encoding\s{0,20}=\s{0,20}["']([A-Za-z0-9._:-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Character sets only: Python's codecs also hold compressors and ciphers.
_CHARACTER_SETS = re.compile(
    r"utf-?8|utf-?16([lb]e)?|(us-)?ascii|latin-?\d|iso-?8859-\d+|(windows|cp)-?\d+|koi8-[rut]|mac-?roman|macintosh"
    r"|shift-?jis|euc-(jp|kr)|gb(k|2312|18030)|big5",
)


def unpacked(data: bytes, max_bytes: int) -> bytes:
    """What a .svgz holds, at most `max_bytes`; anything else as it is. Raises BadPicture."""
    if not data.startswith(_GZIP):
        return data
    machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        out = machine.decompress(data, max_bytes + 1)
    except zlib.error as problem:
        raise _damaged(problem) from problem
    if not machine.eof and len(out) <= max_bytes:
        raise _damaged("the packed file ends too early")
    return out


def beginning(head: bytes) -> bytes:
    """What a file that begins with `head` holds first, packed or not. Raises BadPicture."""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, 4096)
    except zlib.error as problem:
        raise _damaged(problem) from problem


def parsed(data: bytes) -> ET.Element:
    """The root of an XML file without a document type. Raises BadPicture when it is damaged, or beyond all measure."""
    text = _text(data)
    if text.count("<") - text.count("</") > MAX_PARTS + 1000:  # declarations and comments are few
        raise too_many()
    text = _without_document_type(text)
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(text)
        root: ET.Element = parser.close()
    except DefusedXmlException as problem:
        raise BadPicture(
            say("The SVG defines a document type ({name}).", name=type(problem).__name__), remedy=REMEDY
        ) from problem
    except (ET.ParseError, ValueError) as problem:
        raise _damaged(problem) from problem
    return root


def too_many() -> BadPicture:
    """The refusal of a drawing that fills any memory."""
    return BadPicture("The SVG unfolds to more than a million parts.", remedy=REMEDY)


def _damaged(why: object) -> BadPicture:
    return BadPicture(say("The SVG is damaged or cut short ({why}).", why=say(str(why))), remedy=REMEDY)


class _Bounded(ET.TreeBuilder):
    """Builds the tree, and stops in the middle of one that grows out of hand."""

    def __init__(self) -> None:
        super().__init__()
        self._count = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._count += 1
        self._depth += 1
        if self._count > MAX_PARTS:
            raise too_many()
        if self._depth > MAX_DEPTH:
            raise BadPicture(say("The SVG nests more than {most} groups.", most=MAX_DEPTH), remedy=REMEDY)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)

    def start_ns(self, prefix: str, uri: str) -> None:
        """Called for each namespace: its whole name is spelled out before every element that bears it."""
        if len(prefix or "") + len(uri or "") > _MAX_NAMESPACE:
            raise BadPicture("The SVG has a namespace that is far too long.", remedy=REMEDY)


def _text(data: bytes) -> str:
    match = _DECLARED.match(data)
    declared = match[1].decode().lower().replace("_", "-") if match else "utf-8"
    name = next((name for mark, name in _MARKS if data.startswith(mark)), declared)
    if not _CHARACTER_SETS.fullmatch(name.removesuffix("-sig")):
        raise _damaged(say("it claims to be written in “{name}”", name=name))
    try:
        return data.decode(name)
    except (UnicodeError, LookupError) as problem:
        raise _damaged(problem) from problem


# --- the document type -----------------------------------------------------------------------------------------------


class _RootReached(Exception):
    """No error: the prologue has been read."""


def _without_document_type(text: str) -> str:
    """The drawing from its root on, the few plain entities that Illustrator and others define unfolded.

    Those that refer to others, or to files, are refused: the "billion laughs" is made of them.
    """
    if "<!DOCTYPE" not in text:
        return text
    # Read as UTF-8 whatever the declaration says: it is text already.
    body = text.encode("utf-8", "surrogatepass")
    start, entities = _prologue(body)
    text = body[start:].decode("utf-8", "surrogatepass")
    if not entities or "&" not in text:
        return text
    room = _MAX_UNFOLDED_CHARS

    def unfold(match: re.Match[str]) -> str:
        nonlocal room
        value = entities.get(match[1])
        if value is None:
            return match[0]
        room -= len(value)
        if room < 0:
            raise BadPicture("The entities of the SVG expand to far too much text.", remedy=REMEDY)
        return value

    return re.sub(r"&([^\s&;<#]{1,100});", unfold, text)


def _prologue(body: bytes) -> tuple[int, dict[str, str]]:
    """Where the root element begins, and the entities defined before it."""
    entities: dict[str, str] = {}
    parser = expat.ParserCreate("utf-8")

    def entity(name: str, is_parameter: int, value: str | None, *_where: object) -> None:
        if is_parameter or value is None or "&" in value or "%" in value:
            raise BadPicture(
                say("The SVG defines entities that refer to others or to files (“{name}”).", name=name[:40]),
                remedy=REMEDY,
            )
        if name in _OWN:
            return
        if len(entities) >= _MAX_ENTITIES:
            raise BadPicture(
                say("The SVG defines more than {most} entities.", most=_MAX_ENTITIES), remedy=REMEDY
            )
        # As it stands in an attribute, where a quote would end it; markup keeps its own quotes.
        plain = value if "<" in value else value.replace('"', "&quot;").replace("'", "&apos;")
        entities.setdefault(name, plain)

    def element(_name: str, _attributes: object) -> None:
        raise _RootReached(parser.CurrentByteIndex)

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = element
    try:
        parser.Parse(body, True)
    except _RootReached as reached:
        return int(reached.args[0]), entities
    except expat.ExpatError:
        pass  # the parser proper says what is wrong
    return 0, {}
