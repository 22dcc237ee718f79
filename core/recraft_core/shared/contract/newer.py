"""Fields that the service takes and its page does not list.

Source: Recraft's OpenAPI document, read on 2026-08-22. All are "observed": the page is the authority, and a request
carries one of these only when someone asks for it.
"""

from __future__ import annotations

from dataclasses import replace

from . import limits
from .rows import Parameter

OBSERVED = "observed"
_ON_OFF = ("on", "off")
IMAGE_FORMAT = Parameter("image_format", "choice", choices=("webp", "png"), trust=OBSERVED)
EXPIRE = Parameter("expire", "boolean", trust=OBSERVED)
BLOCK_NSFW = Parameter("block_nsfw", "boolean", trust=OBSERVED)
FEATURES = Parameter("calculate_features", "boolean", trust=OBSERVED)
SUBSTYLE = Parameter("substyle", "text", trust=OBSERVED)
CREATIVITY = Parameter("creativity", "choice", choices=("simple", "standard", "eccentric"), trust=OBSERVED)
UPSCALE = Parameter("upscale", "choice", choices=("upscale4mp", "upscale16mp"), trust=OBSERVED, priced=False)
# After a job of its own an enlarged result would no longer fit its place on the canvas.
_UPSCALE_HIDDEN = replace(UPSCALE, offered=False)
STYLE_MATCH = Parameter("style_match", "choice", choices=("regular", "precise", "flexible"), trust=OBSERVED)
REFERENCES = Parameter(
    "style_references", "references", high=limits.MAX_STYLE_FILES, trust=OBSERVED, priced=False,
    note="how many is not said: as many as a new style takes; nor whether the style made of them costs anything",
)  # fmt: skip
SEED = Parameter("random_seed", "integer", low=0, high=limits.MAX_SEED, trust=OBSERVED)

_SAVED = (IMAGE_FORMAT, EXPIRE)
_STYLED = (*_SAVED, BLOCK_NSFW, FEATURES, SUBSTYLE, CREATIVITY, STYLE_MATCH)
_TRACED = (
    Parameter("svg_compression", "choice", choices=_ON_OFF, trust=OBSERVED),
    Parameter("limit_num_shapes", "choice", choices=_ON_OFF, trust=OBSERVED),
    Parameter("max_num_shapes", "integer", low=1, high=limits.MAX_SEED, trust=OBSERVED),
    Parameter("color_reduction", "choice", choices=_ON_OFF, trust=OBSERVED),
    Parameter("return_gradients", "choice", choices=_ON_OFF, trust=OBSERVED),
    Parameter("shape_stacking", "choice", choices=("cut_out", "hierarchical"), trust=OBSERVED),
    Parameter("small_shape_filter", "choice", choices=_ON_OFF, trust=OBSERVED),
    Parameter("strict_color_palette", "palette", trust=OBSERVED),
    Parameter(
        "version", "choice", choices=("v1", "v1_pro"), trust="assumed", note="named on another vendor's page only"
    ),
)

NEWER: dict[str, tuple[Parameter, ...]] = {
    **dict.fromkeys(("generations", "generations/raster", "generations/vector"), (*_STYLED, UPSCALE, REFERENCES)),
    "imageToImage": _STYLED,
    **dict.fromkeys(("inpaint", "outpaint", "replaceBackground", "generateBackground"), (*_STYLED, SEED)),
    "vectorize": (replace(IMAGE_FORMAT, offered=False), EXPIRE, _UPSCALE_HIDDEN, *_TRACED),
    **dict.fromkeys(("removeBackground", "crispUpscale", "creativeUpscale"), (*_SAVED, _UPSCALE_HIDDEN)),
    "eraseRegion": _SAVED,
    "enhance": (IMAGE_FORMAT,),
    "variateImage": _SAVED,
    "explore": (*_SAVED, BLOCK_NSFW),
    "explore/similar": (*_SAVED, BLOCK_NSFW),
    "styles": (
        Parameter("match", "choice", choices=("regular", "precise", "flexible"), trust=OBSERVED),
        Parameter("palette", "any", trust=OBSERVED),
        Parameter("private", "boolean", trust=OBSERVED),
    ),
}
