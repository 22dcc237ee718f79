"""What a file is and says of itself: how our reader sees it, and what its metadata tell of its making."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import ImageCms

from ..shared.errors import RecraftError
from . import c2pa, xmp
from .canvas import read_canvas
from .carried import Carried
from .opening import header_of, uncapped
from .reading import Source
from .sources import Opened, PictureLike, opened
from .svg import is_drawing

_XMP_IN_SVG = (b"<x:xmpmeta", b"</x:xmpmeta>")


def inspected(picture: PictureLike) -> tuple[dict[str, Any], RecraftError | None]:
    """Facts about a file by plain names, and why it cannot be opened as a picture, None where it can.

    What it says of itself is read from any file that can be read at all. Raises what reading a file raises.
    """
    with opened(picture) as file:
        data, trouble, carried = file.whole(), None, Carried()
        facts: dict[str, Any] = {"name": file.name, "bytes": len(data)}
        try:
            seen, carried = _seen(file)
            facts |= seen
        except RecraftError as error:
            trouble = error
    origin = xmp.reads(carried.xmp or _in_drawing(data))
    facts |= {"made": origin} if origin else {}
    facts |= _camera(carried)
    return {**facts, "credentials": [one._asdict() for one in c2pa.manifests(data)]}, trouble


def _seen(file: Opened) -> tuple[dict[str, Any], Carried]:
    turn = 1
    if not is_drawing(file.head()):
        with uncapped():
            turn = header_of(file).turn
    source = read_canvas(file).source
    return {**_facts(source), "orientation": turn, "notes": list(source.notes)}, source.carried


def _facts(source: Source) -> Mapping[str, Any]:
    return {
        "kind": source.format,
        "size": list(source.size),
        "mode": source.mode,
        "bits": source.bits,
        "profile": _profile(source.icc),
        "dpi": [round(one, 2) for one in source.dpi] if source.dpi else [],
        "frames": source.frames,
    }


def _profile(icc: bytes | None) -> str:
    """The name of a colour profile; "" without one."""
    if not icc:
        return ""
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc))).strip()
    except (ImageCms.PyCMSError, OSError, ValueError):
        return "one that cannot be read"


def _camera(held: Carried) -> dict[str, Any]:
    """How many bytes each block has, and whether it says where the picture was taken."""
    sizes = {name: len(block) for name, block in held._asdict().items() if block}
    return {"metadata": sizes, "place": held.says_where} if sizes else {}


def _in_drawing(data: bytes) -> bytes:
    """The packet in the metadata of a drawing."""
    start, end = data.find(_XMP_IN_SVG[0]), data.rfind(_XMP_IN_SVG[1])
    return data[start : end + len(_XMP_IN_SVG[1])] if 0 <= start < end else b""
