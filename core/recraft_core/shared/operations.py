"""One row per operation: what a person does, in their words, and everything any door needs to offer it.

Commands, procedures, menus, the docker, `Studio` and the documentation are made from `OPERATIONS`; the request itself
is a row of `contract.ENDPOINTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .contract import ENDPOINTS, Endpoint
from .options import Option, option_for, option_names

_REGION = ("context_px", "grow_px", "feather_px", "threshold")
_MASKED = (*_REGION, "islands")
_DRAWN = (*_MASKED, "spill_px")


@dataclass(frozen=True)
class Verb:
    """One entry of a docker's menu of verbs: an operation, or one of its two shapes.

    `preset` are options it fixes; `whole` leaves the selection out of it; `short` is its name where room is scarce.
    """

    key: str
    label: str
    group: str
    button: str = ""
    short: str = ""
    whole: bool = False
    preset: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One thing a person does.

    What it does: `endpoint` is the contract's row; `shape` says how it meets the canvas: region (the selection with its
    context), picture (the selection or the whole canvas), frame (the canvas grows), enlarge (a larger picture comes
    back), remix (a picture of its own comes back), new (nothing is read), colours (its colours are counted, words come
    back) or words (no picture at all). `picture` is the API's name of the picture's field, `ours` the options that
    never reach the API, `unsaid` the prompt where nobody writes one though the API wants one. `instead` is true when
    the result stands for the canvas rather than above it.

    How it is offered: `verb`, `group` and `help` everywhere; `example` ends its line in the command's help and `lead`
    names the option that needs no flag there; `gives` is the field of the answer that is its result in words. `menu`
    is its entry in a menu of procedures ("" for none), in `section`; `asks` when a dialog opens first, `button` that
    dialog's main button with its mnemonic. `verbs` are its entries in a docker. `name` is its one identifier, with
    hyphens as a command and a procedure.
    """

    name: str
    verb: str
    group: str
    endpoint: str
    shape: str
    help: str
    picture: str = ""
    ours: tuple[str, ...] = ()
    unsaid: str = ""
    instead: bool = False
    example: str = ""
    lead: str = ""
    gives: str = ""
    menu: str = ""
    section: int = 1
    asks: bool = True
    button: str = ""
    verbs: tuple[Verb, ...] = ()

    @property
    def row(self) -> Endpoint:
        """The endpoint it calls."""
        return ENDPOINTS[self.endpoint]

    @property
    def masked(self) -> bool:
        """True when a mask goes along, so that a selection is needed."""
        return self.row.parameter("mask") is not None

    @property
    def is_drawn(self) -> bool:
        """True when pictures come of it, not words or colours."""
        return self.row.answer in {"image", "images"}

    @property
    def options(self) -> tuple[Option, ...]:
        """Everything a user can set: the API's options, then our own."""
        names = (*option_names(self.row), *self.ours)
        return tuple(option_for(self.row, name) for name in names)

    @property
    def command(self) -> str:
        """Its name on the command line."""
        return self.name.replace("_", "-")

    @property
    def command_line(self) -> str:
        """A whole command that shows how it is used."""
        return f"recraft {self.command} {self.example}".rstrip()


OPERATIONS: dict[str, Operation] = {
    row.name: row
    for row in (
        Operation(
            "generate", "Generate", "New", "generations", "new",
            "Make a new picture from words.", ours=("vector",), lead="prompt",
            example='"a red paper boat on a pond" --size 16:9 -o boat.png',
            menu="Generate", section=3, button="_Generate",
            verbs=(
                Verb("image", "Image", "New", "Generate", preset={"vector": False}),
                Verb("vector_image", "Vector image", "New", "Generate vector", preset={"vector": True}),
            ),
        ),
        Operation(
            "inpaint", "Fill", "Selection", "inpaint", "region",
            "Fill the selection with what the prompt says.", "image", _DRAWN,
            example='desk.jpg --mask mug.png --prompt "a vase of tulips" -o vase.png',
            menu="Fill Selection", button="_Fill selection",
            verbs=(Verb("fill", "Fill", "Selection", "Fill selection"),),
        ),
        Operation(
            "erase", "Erase", "Selection", "eraseRegion", "region",
            "Take away what is selected and close the gap.", "image", _MASKED,
            example="desk.jpg --mask mug.png -o clean.png",
            menu="Erase Selection", asks=False, button="_Erase selection",
            verbs=(Verb("erase", "Erase", "Selection", "Erase selection"),),
        ),
        Operation(
            "outpaint", "Expand", "Canvas", "outpaint", "frame",
            "Continue the picture beyond its edges.", "image", ("context_px",), "Continue the picture.",
            example='beach.jpg --prompt "sea and sand" --expand-right 400 -o wide.png',
            menu="Expand Canvas", button="E_xpand",
            verbs=(Verb("expand", "Expand", "Canvas", "Expand canvas", whole=True),),
        ),
        Operation(
            "replace_background", "Replace background", "Canvas", "replaceBackground", "picture",
            "Keep the subject and put another background behind it.", "image", _REGION,
            example='cat.jpg --prompt "a garden in spring" -o garden.png',
            menu="Replace Background", button="Replace _background",
            verbs=(Verb("replace_background", "Replace background", "Canvas", whole=True),),
        ),
        Operation(
            "generate_background", "New background", "Selection", "generateBackground", "region",
            "Fill the selection with a background.", "image", _MASKED,
            example='cat.jpg --mask wall.png --prompt "a library" -o library.png',
            menu="Generate Background", button="Generate _background",
            verbs=(Verb("new_background", "New background here", "Selection", short="Background"),),
        ),
        Operation(
            "remove_background", "Remove background", "Canvas", "removeBackground", "picture",
            "Keep the subject, make the rest transparent.", "file", _REGION, instead=True,
            example="cat.jpg -o cat.png",
            menu="Remove Background", asks=False, button="Remove _background",
            verbs=(Verb("remove_background", "Remove background", "Canvas", "Cut out", "Cut out"),),
        ),
        Operation(
            "vectorize", "Vectorize", "Canvas", "vectorize", "picture",
            "Turn the picture into shapes (SVG).", "file", _REGION, instead=True,
            example="logo.png -o logo.svg",
            menu="Vectorize", section=2, asks=False, button="_Vectorize",
            verbs=(Verb("vectorize", "Vectorize", "Canvas"),),
        ),
        Operation(
            "crisp_upscale", "Crisp upscale", "Canvas", "crispUpscale", "enlarge",
            "Enlarge the picture, sharp and clean.", "file",
            example="small.png -o large.png",
            menu="Crisp Upscale", section=2, asks=False, button="_Upscale",
            verbs=(Verb("crisp_upscale", "Crisp upscale", "Canvas", whole=True),),
        ),
        # A quarter of a dollar should not go with a slip of the mouse: this one asks.
        Operation(
            "creative_upscale", "Creative upscale", "Canvas", "creativeUpscale", "enlarge",
            "Enlarge the picture and refine its details.", "file",
            example="small.png -o large.png",
            menu="Creative Upscale", section=2, button="_Upscale",
            verbs=(Verb("creative_upscale", "Creative upscale", "Canvas", whole=True),),
        ),
        # A fifth of a dollar: it asks, too.
        Operation(
            "refine_details", "Refine details", "Canvas", "enhance", "picture",
            "Redraw the details of the picture, sharper and richer.", "image", _REGION,
            example="portrait.jpg --mask face.png -o sharper.png",
            menu="Refine Details", section=2, button="Re_fine details",
            verbs=(Verb("refine_details", "Refine details", "Canvas"),),
        ),
        Operation(
            "image_to_image", "Restyle", "Canvas", "imageToImage", "picture",
            "Redraw the picture after the prompt.", "image", _REGION,
            example='cat.jpg --prompt "in winter" --strength 0.3 -o winter.png',
            menu="Restyle", section=2, button="R_estyle",
            verbs=(
                Verb("restyle_selection", "Restyle selection", "Selection", short="Restyle"),
                Verb("restyle", "Restyle", "Canvas", "Restyle canvas", whole=True),
            ),
        ),
        Operation(
            "variations", "Variations", "Canvas", "variateImage", "remix",
            "Make more pictures like this one.", "image",
            example="cat.jpg -n 2 -o cats.png",
            menu="Variations", section=2, button="Make _variations",
            verbs=(Verb("variations", "Variations", "Canvas", "Make variations", whole=True),),
        ),
        Operation(
            "explore", "Explore", "New", "explore", "new",
            "Make a set of different pictures from words.", lead="prompt",
            example='"a lighthouse" -o lights.png',
            menu="Explore", section=3, button="_Explore",
            verbs=(Verb("explore", "Explore", "New", "Explore"),),
        ),
        Operation(
            "explore_similar", "More like this", "New", "explore/similar", "new",
            "Make more pictures like one that Explore made.", lead="source_image_id",
            example="c18a1988-45e7-4c00-82c4-4ad7d3dbce3a --similarity 4 -o more.png",
            button="More _like this",
        ),
        Operation(
            "create_style", "New style", "More", "styles", "words",
            "Make a style of your own from pictures.", lead="pictures", gives="id",
            example="one.png two.png --style digital_illustration",
            menu="New Style", section=3, button="Mak_e style",
            verbs=(Verb("style", "New style from layers", "Styles", "Make style", "New style"),),
        ),
        Operation(
            "enhance_prompt", "Enhance", "More", "prompts/enhance", "words",
            "Turn a short prompt into a rich one.", lead="prompt", gives="prompt",
            example='"race car on a track"', button="Enhance _it",
        ),
        Operation(
            "palette", "Palette", "More", "colors/optimize", "colours",
            "Bring the picture's colours down to a few.", "colors", gives="colors",
            example="poster.jpg -n 5",
        ),
        Operation(
            "account", "Account", "More", "users/me", "words",
            "Show whose key it is and how many units are left.", gives="credits",
        ),
    )
}  # fmt: skip

# Those that a batch can do tile by tile on pictures beyond the service's largest.
TILED = ("crisp_upscale", "erase", "inpaint")
