"""How deep a JPEG 2000 picture is, before it is decoded. ITU-T T.800, annex A.5.1."""

from __future__ import annotations

from ..shared.errors import BadPicture
from ..shared.i18n import say
from .kinds import AS_PNG
from .sources import Opened

_START = b"\xff\x4f\xff\x51"  # of the codestream, and of the segment that tells its size
_COUNT = 38  # bytes from that segment's marker to the number of channels


def check_depth(source: Opened) -> None:
    """Raise BadPicture for colour of more than 8 bits: Pillow, up to 13, decodes the brightest of it as black."""
    data = source.head()
    at = data.find(_START)
    if at < 0:
        data = source.whole()
        at = data.find(_START)
    first = at + 2 + _COUNT
    count = int.from_bytes(data[first : first + 2], "big")
    bits = max((byte & 127) + 1 for byte in (data[first + 2 : first + 2 + 3 * count : 3] or b"\7"))
    if at >= 0 and bits > 8:
        what = say("a JPEG 2000 picture in colour or with transparency, of {bits} bits a channel", bits=bits)
        raise BadPicture(say("The picture is {what}, which is not opened.", what=what), remedy=AS_PNG)
