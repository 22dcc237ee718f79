"""Registration: every entry of the menu as a procedure, with arguments from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gi.repository import Gimp, GObject

from .arguments import add_arguments
from .menu import FOLDER, MENU, labels
from .returns import add_returns
from .shared import __version__
from .shared.i18n import join, say, tr
from .shared.plan import price_text

if TYPE_CHECKING:
    from .menu import Entry

# GIMP greys an entry where its image lacks something but cannot say what. Ours always run, and say it.
ALWAYS = int(Gimp.ProcedureSensitivityMask.ALWAYS)
WRITABLE = GObject.ParamFlags.READWRITE


def names() -> list[str]:
    """All procedures."""
    return list(MENU)


def create(plug_in: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The procedure called `name`."""
    from .running import run, run_aside

    entry = MENU[name]
    if entry.is_filter:
        procedure = Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, entry)
    else:
        procedure = Gimp.Procedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run_aside, entry)
        add_context(procedure)
    procedure.set_sensitivity_mask(ALWAYS)
    # Without an id there is no Help button, which would open GIMP's own manual, where there is nothing about us.
    procedure.set_documentation(tr(entry.help), help_of(entry), None)
    procedure.set_attribution("Recraft Canvas", "Recraft Canvas, MIT licence", __version__)
    if entry.label:
        procedure.set_menu_label(labels()[name])
        procedure.add_menu_path(f"{FOLDER}/[{entry.section}]")
    if entry.row:
        add_arguments(procedure, entry)
        add_returns(procedure)
    return procedure


def add_context(procedure: Gimp.Procedure) -> None:
    """What a filter has by itself. A display before the image tells filters from the rest: batch tools offer only
    what begins with the image, GIMP repeats only that, and GIMP's menu fills in both alike.
    """
    mode = Gimp.RunMode
    procedure.add_enum_argument("run-mode", "Run mode", "Run mode", mode.__gtype__, mode.NONINTERACTIVE, WRITABLE)
    procedure.add_display_argument("display", "Display", "The window it was started in", True, WRITABLE)
    procedure.add_image_argument("image", "Image", "The image, whose chosen layers are meant", True, WRITABLE)
    # GIMP 3.0 looks for layers after the image without asking whether anything is there, and ends where there is not.
    procedure.add_boolean_argument("reserved", "Reserved", "Has no meaning", False, WRITABLE)


def help_of(entry: Entry) -> str:
    """What a script's writer wants to know."""
    if entry.row is None:
        return tr(entry.help)
    return tr(join(entry.help, price_of(entry), "Without a key it runs on this computer and costs nothing."))


def price_of(entry: Entry) -> str:
    """One sentence about what a click costs with a key."""
    row = entry.row.row
    prices = sorted({row.units(model) for model in row.models}) if row.models else [row.units()]
    if prices[-1] == 0:
        return "It is free."
    first, last = price_text(prices[0]), price_text(prices[-1])
    return (
        say("It costs {first}.", first=first)
        if first == last
        else say("It costs from {first} to {last} a picture, by model.", first=first, last=last)
    )
