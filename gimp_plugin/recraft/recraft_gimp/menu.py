"""The menu as rows: each entry is a procedure. Labels with "…" open a dialog first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .shared.contract import MODELS
from .shared.i18n import N_, tr
from .shared.operations import OPERATIONS
from .shared.plugin.mnemonics import Mnemonics

if TYPE_CHECKING:
    from .shared.operations import Operation

FOLDER = "<Image>/Filters/Recraft"
RESULTS = {
    "layer": (N_("New layer"), N_("A new layer above what it was made from")),
    "into": (N_("In place"), N_("Into the layer you are on, which alone is read; one undo takes it back")),
    "replace": (N_("Replace my last result"), N_("A new layer in place of the last result, which is not read")),
    "mask": (N_("Layer with a mask"), N_("The whole result as a layer; the selection becomes its mask")),
    "image": (N_("New image"), N_("The result in an image of its own")),
    "canvas": (N_("Larger canvas"), N_("The canvas grows, and the result is a new layer")),
    "auto": (N_("Automatic"), N_("A new image; from scripts and batch tools, this image is scaled")),
    "scale": (N_("Scale this image"), N_("This image is scaled, and the result is a layer on top")),
}
# What becomes of a healed layer, of which something was missing.
HEALED = ("into", "layer")
# What an operation can do with its result, by how it meets the canvas; the first is the default.
RESULTS_BY_SHAPE = {
    "region": ("layer", "into", "replace", "mask", "image"),
    "picture": ("layer", "into", "replace", "mask", "image"),
    "frame": ("canvas", "layer", "image"),
    "enlarge": ("auto", "image", "scale", "layer"),
    "remix": ("image", "layer"),
    "new": ("layer", "image"),
    "colours": (),
    "words": (),
}


@dataclass(frozen=True)
class Entry:
    """One procedure. `label` is its menu entry ("" for none) without its dots, `button` its dialog's main button,
    `asks` whether its dialog opens without Shift. GIMP sorts entries by the alphabet, but sections first: `section`
    groups them. `heals`: what is transparent in a layer counts as selected, and that layer alone is read.
    """

    operation: str
    label: str = ""
    button: str = ""
    asks: bool = True
    help: str = ""
    section: int = 1
    heals: bool = False

    @property
    def name(self) -> str:
        """The procedure's name."""
        return "recraft-heal-transparency" if self.heals else f"recraft-{self.operation.replace('_', '-')}"

    @property
    def row(self) -> Any:
        """The operation's row, None for the windows that are no operation."""
        return OPERATIONS.get(self.operation)

    @property
    def results(self) -> tuple[str, ...]:
        """What can be done with the result, the default first."""
        if self.heals:
            return HEALED
        return RESULTS_BY_SHAPE[self.row.shape] if self.row else ()

    @property
    def is_filter(self) -> bool:
        """True when it makes a picture for the image it is run on; windows, words and colours do not."""
        return bool(self.results)

    def takes(self, option: str) -> bool:
        """True when the operation has an option of that name, and one of its models understands it."""
        if not self.row or all(one.name != option for one in self.row.options):
            return False
        models = self.row.row.models if self.row.row.answer != "style" else ()
        return not models or any(MODELS[name].takes(option) for name in models)


# An operation that reads the selected layers where others read picture files.
_HELP = {"create_style": "Make your own style from the selected layers."}


def entry_of(row: Operation) -> Entry:
    """The procedure of an operation's row."""
    return Entry(row.name, row.menu, row.button, row.asks, _HELP.get(row.name, row.help), row.section)


ENTRIES = (
    *map(entry_of, OPERATIONS.values()),
    Entry("erase", N_("Heal Transparency"), N_("_Heal"), asks=False, heals=True,
          help=N_("Fill what is transparent in a layer from its surroundings, in place.")),
    Entry("history", "History", help="Everything that was made, to place it again.", section=4),
    Entry("settings", "Account and Settings", help="Key, balance, caps and preferences.", section=4),
)
MENU = {entry.name: entry for entry in ENTRIES}


def labels() -> dict[str, str]:
    """The menu's words by procedure, each with a letter of its own to press."""
    letters = Mnemonics()
    shown = {entry.name: f"{tr(entry.label)}{'…' if entry.asks else ''}" for entry in ENTRIES if entry.label}
    return {name: letters.of(text) for name, text in shown.items()}
