"""A result as a file of its own."""

from pathlib import Path

from gi.repository import Gimp, Gio, GLib

from . import placing
from .shared.errors import StorageTrouble
from .shared.geometry import Box
from .shared.i18n import say


def numbers(result, index):
    """Numbers of the result's layers that are picture `index` of its entry in the history."""
    return [number for number, layer in enumerate(result["layers"]) if layer["index"] == index]


def save(result, layer, path):
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


def _export(result, layer, path):
    box = Box(*layer["box"])
    image = Gimp.Image.new(box.width, box.height, Gimp.ImageBaseType.RGB)
    try:
        placing.insert(image, (None, 0), layer["name"], Box(0, 0, *box.size), result.blobs[layer["pixels"]])
        if not Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path)):
            raise OSError(Gimp.get_pdb().get_last_error() or "GIMP gave no reason")
    finally:
        Gimp.progress_end()  # or GIMP's status bar goes on exporting for ever
        image.delete()
