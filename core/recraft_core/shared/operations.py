"""The seventeen operations as rows: what a person does, in their words, and which endpoint does it.

Menus, commands, procedures, dialogs and the documentation are made from `OPERATIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .contract import ENDPOINTS, Endpoint
from .options import Option, option_for, option_names

_REGION = ("context_px", "grow_px", "feather_px", "threshold")
_MASKED = (*_REGION, "islands")


@dataclass(frozen=True)
class Operation:
    """One thing a person does.

    `shape` says how it meets the canvas: region (the selection with its context), picture (the selection or the
    whole canvas), frame (the canvas grows), enlarge (a larger picture comes back), remix (a picture of its own comes
    back), new (nothing is read) or words (no picture at all). `picture` is the API's name of the picture's field;
    `unsaid` the prompt where nobody writes one, though the API wants one.
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

    @property
    def row(self) -> Endpoint:
        """The endpoint it calls."""
        return ENDPOINTS[self.endpoint]

    @property
    def masked(self) -> bool:
        """True when a mask goes along, so that a selection is needed."""
        return self.row.parameter("mask") is not None

    @property
    def options(self) -> tuple[Option, ...]:
        """Everything a user can set: the API's options, then our own."""
        names = (*option_names(self.row), *self.ours)
        return tuple(option_for(self.row, name) for name in names)

    @property
    def command(self) -> str:
        """Its name on the command line."""
        return self.name.replace("_", "-")


OPERATIONS: dict[str, Operation] = {
    row.name: row
    for row in (
        Operation(
            "generate", "Generate", "New", "generations", "new",
            "Make a new picture from words.", ours=("vector",),
        ),
        Operation(
            "inpaint", "Fill", "Selection", "inpaint", "region",
            "Fill the selection with what the prompt says.", "image", _MASKED,
        ),
        Operation(
            "erase", "Erase", "Selection", "eraseRegion", "region",
            "Take away what is selected and close the gap.", "image", _MASKED,
        ),
        Operation(
            "outpaint", "Expand", "Canvas", "outpaint", "frame",
            "Continue the picture beyond its edges.", "image", ("context_px",), unsaid="Continue the picture.",
        ),
        Operation(
            "replace_background", "Replace background", "Canvas", "replaceBackground", "picture",
            "Keep the subject and put another background behind it.", "image", _REGION,
        ),
        Operation(
            "generate_background", "New background", "Selection", "generateBackground", "region",
            "Fill the selection with a background.", "image", _MASKED,
        ),
        Operation(
            "remove_background", "Remove background", "Canvas", "removeBackground", "picture",
            "Keep the subject, make the rest transparent.", "file", _REGION,
        ),
        Operation(
            "vectorize", "Vectorize", "Canvas", "vectorize", "picture",
            "Turn the picture into shapes (SVG).", "file", _REGION,
        ),
        Operation(
            "crisp_upscale", "Crisp upscale", "Canvas", "crispUpscale", "enlarge",
            "Enlarge the picture, sharp and clean.", "file",
        ),
        Operation(
            "creative_upscale", "Creative upscale", "Canvas", "creativeUpscale", "enlarge",
            "Enlarge the picture and refine its details.", "file",
        ),
        Operation(
            "image_to_image", "Restyle", "Canvas", "imageToImage", "picture",
            "Redraw the picture after the prompt.", "image", _REGION,
        ),
        Operation(
            "variations", "Variations", "Canvas", "variateImage", "remix",
            "Make more pictures like this one.", "image",
        ),
        Operation(
            "explore", "Explore", "New", "explore", "new",
            "Make a set of different pictures from words.",
        ),
        Operation(
            "explore_similar", "More like this", "New", "explore/similar", "new",
            "Make more pictures like one that Explore made.",
        ),
        Operation(
            "create_style", "New style", "More", "styles", "words",
            "Make a style of your own from pictures.",
        ),
        Operation(
            "enhance_prompt", "Enhance", "More", "prompts/enhance", "words",
            "Turn a short prompt into a rich one.",
        ),
        Operation(
            "account", "Account", "More", "users/me", "words",
            "Show whose key it is and how many units are left.",
        ),
    )
}  # fmt: skip
