"""A result as a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp, Gio, GLib

from . import metadata, painting
from .shared.errors import StorageTrouble
from .shared.geometry import Box
from .shared.i18n import say

if TYPE_CHECKING:
    from .shared.protocol import Message

_EXPORTERS = {
    ".png": "file-png-export", ".jpg": "file-jpeg-export", ".jpeg": "file-jpeg-export", ".webp": "file-webp-export",
    ".tif": "file-tiff-export", ".tiff": "file-tiff-export",
}  # fmt: skip


def numbers(result: Message, index: int) -> list[int]:
    """Numbers of the result's layers that are picture `index` of its entry in the history."""
    return [number for number, layer in enumerate(result["layers"]) if layer["index"] == index]


def save(result: Message, layer: Mapping[str, Any], path: str) -> None:
    """Write one layer of a result to `path`: a drawing as it is where the name ends with .svg, else through GIMP, which
    knows formats by their endings. Raises StorageTrouble.
    """
    try:
        if Path(path).suffix.lower() == ".svg" and layer.get("svg") is not None:
            Path(path).write_bytes(bytes(result.blobs[layer["svg"]]))
        else:
            _export(result, layer, path)
    except (OSError, GLib.Error) as problem:
        reason = getattr(problem, "message", "") or str(problem)
        what = say("{path} could not be written: {reason}.", path=path, reason=reason)
        raise StorageTrouble(what, remedy="Choose another name or folder.") from problem


def _saved(image: Gimp.Image, file: Gio.File, suffix: str) -> bool:
    """By the exporter that can be told to write the metadata, which GIMP by itself leaves out; else as GIMP does it."""
    exporter = Gimp.get_pdb().lookup_procedure(_EXPORTERS[suffix]) if suffix in _EXPORTERS else None
    if exporter is None:
        return Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file)
    config = exporter.create_config()
    for name, value in {"image": image, "file": file, "include-xmp": True}.items():
        config.set_property(name, value)
    return exporter.run(config).index(0) == Gimp.PDBStatusType.SUCCESS


def _export(result: Message, layer: Mapping[str, Any], path: str) -> None:
    box = Box(*layer["box"])
    image = Gimp.Image.new(box.width, box.height, Gimp.ImageBaseType.RGB)
    try:
        painting.insert(image, (None, 0), layer["name"], Box(0, 0, *box.size), result.blobs[layer["pixels"]])
        metadata.say(image, result.get("provenance"), alone=True)
        if not _saved(image, Gio.File.new_for_path(path), Path(path).suffix.lower()):
            raise OSError(Gimp.get_pdb().get_last_error() or "GIMP gave no reason")
    finally:
        Gimp.progress_end()  # or GIMP's status bar goes on exporting for ever
        image.delete()
