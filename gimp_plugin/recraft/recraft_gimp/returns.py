"""What a procedure hands back to whoever called it: announced when it is registered, filled in when it has run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp, GLib, GObject

from .shared.i18n import tr

if TYPE_CHECKING:
    from .shared.errors import RecraftError

WRITABLE = GObject.ParamFlags.READWRITE


@dataclass
class Done:
    """What a run hands back to whoever called it."""

    image: Any = None
    layers: list[Gimp.Layer] = field(default_factory=list)
    units: int = 0
    answer: str = ""
    entry: str = ""
    notes: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)


def add_returns(procedure: Gimp.Procedure) -> None:
    """The same return values for every operation; `succeeded` fills them in this order."""
    procedure.add_image_return_value("result-image", tr("Image"), tr("The image the result is in"), True, WRITABLE)
    procedure.add_layer_return_value("layer", tr("Layer"), tr("The new layer; of several the topmost"), True, WRITABLE)
    procedure.add_int32_array_return_value(
        "layer-ids",
        tr("Layers"),
        tr("Numbers of all new layers, topmost first: Gimp.Item.get_by_id finds them"),
        WRITABLE,
    )
    procedure.add_int_return_value("units", tr("Units"), tr("Units charged"), 0, 2**31 - 1, 0, WRITABLE)
    procedure.add_string_return_value("answer", tr("Answer"), tr("A prompt, a style's id or a balance"), "", WRITABLE)
    procedure.add_string_return_value("entry", tr("Entry"), tr("Its number in the history"), "", WRITABLE)
    procedure.add_string_return_value("notes", tr("Notes"), tr("What there is to tell, a line each"), "", WRITABLE)


def returned(procedure: Gimp.Procedure, status: Gimp.PDBStatusType, trouble: RecraftError) -> Gimp.ValueArray:
    """A run that has ended without a result, and why."""
    words: Any = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), tr(str(trouble)), 0)
    return procedure.new_return_values(status, words)


def succeeded(done: Done) -> Gimp.ValueArray:
    """SUCCESS with what `add_returns` announces, in its order."""
    # Python cannot fill GIMP's arrays of layers, but numbers it can: Gimp.Item.get_by_id finds each.
    numbers = GObject.Value(GObject.type_from_name("GimpInt32Array"))
    Gimp.value_set_int32_array(numbers, [layer.get_id() for layer in done.layers])
    values = [
        GObject.Value(Gimp.PDBStatusType, Gimp.PDBStatusType.SUCCESS),
        GObject.Value(Gimp.Image, done.image),
        GObject.Value(Gimp.Layer, done.layers[0] if done.layers else None),
        numbers,
        GObject.Value(GObject.TYPE_INT, done.units),
        GObject.Value(GObject.TYPE_STRING, done.answer),
        GObject.Value(GObject.TYPE_STRING, done.entry),
        GObject.Value(GObject.TYPE_STRING, "\n".join(map(tr, done.notes))),
    ]
    return Gimp.ValueArray.new_from_values(values)
