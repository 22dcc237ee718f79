"""What a JPEG is before it is decoded, and whether the end that it lacks is all that it lacks. ITU-T T.81."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from ..shared.errors import BadPicture
from ..shared.i18n import N_, say
from .kinds import AS_PNG

NO_END = "The JPEG file lacks its end mark; every row of the picture is there."
_END = b"\xff\xd9"
_LOSSLESS = {0xC3, 0xC7, 0xCB, 0xCF}
_HIERARCHICAL = {0xC5, 0xC6, 0xCD, 0xCE}
_LS = 0xF7  # ITU-T T.87
_FRAMES = {*range(0xC0, 0xD0), _LS} - {0xC4, 0xC8, 0xCC}
# Any bits will do, if only they differ from those that a decoder makes up where there are none.
_MADE_UP = b"\xa5\x5a\x3c\xc3" * 64 + _END


def check_kind(head: bytes) -> None:
    """Raise BadPicture by name for the kinds of JPEG that are not decoded: 12 bits, lossless, hierarchical, LS."""
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            _check_frame(marker, head[at + 4])
            return
        at += 1 if marker == 0xFF else 2 + length


def _check_frame(marker: int, bits: int) -> None:
    what = ""
    if marker in _LOSSLESS:
        what = N_("a lossless JPEG, a kind used by scanners and cameras")
    elif marker == _LS:
        what = N_("a JPEG-LS, a kind used for medical pictures")
    elif marker in _HIERARCHICAL:
        what = N_("a hierarchical JPEG")
    elif bits != 8:
        what = say("a JPEG with {bits} bits a channel", bits=bits)
    if what:
        raise BadPicture(say("The picture is {what}, which is not opened.", what=say(what)), remedy=AS_PNG)


def ended(file: BinaryIO) -> tuple[BinaryIO, str]:
    """The file, or a copy with the end mark that it lacks, and a note about that.

    The copy is given only when every row is there: decoded twice, with different bits after its end, the picture is
    the same. Otherwise the file as it is, which the decoder then refuses.
    """
    if _has_end(file):
        return file, ""
    file.seek(0)
    data = file.read()
    data = data[:-1] if data.endswith(b"\xff") else data
    with _decoded(data + _END) as one, _decoded(data + _MADE_UP) as two:
        whole = ImageChops.difference(one, two).getbbox() is None
    return (BytesIO(data + _END), NO_END) if whole else (file, "")


def _has_end(file: BinaryIO) -> bool:
    """An end mark among the last bytes (cameras and servers add some after it) that is not that of a thumbnail."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16)))
    tail = file.read()
    return tail.rfind(_END) > tail.rfind(b"\xff\xda")


def _decoded(data: bytes) -> Image.Image:
    image = JpegImageFile(BytesIO(data))
    image.load()
    return image
