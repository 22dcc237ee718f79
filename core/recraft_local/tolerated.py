"""Fields the service's OpenAPI document has and the documented page has not: taken, mostly without effect.

Source: Recraft's OpenAPI document, read on 2026-08-22. `image_format` and `random_seed` do what they say; the
others are checked for their type and then ignored, as far as a client can see.
"""

from __future__ import annotations

from recraft_core.shared.contract import Parameter, limits

_ON_OFF = ("on", "off")
FORMAT = Parameter("image_format", "choice", choices=("webp", "png"))
EXPIRE = Parameter("expire", "boolean")
NSFW = Parameter("block_nsfw", "boolean")
FEATURES = Parameter("calculate_features", "boolean")
SUBSTYLE = Parameter("substyle", "text")
CREATIVITY = Parameter("creativity", "choice", choices=("simple", "standard", "eccentric"))
UPSCALE = Parameter("upscale", "choice", choices=("upscale4mp", "upscale16mp"))
STYLE_MATCH = Parameter("style_match", "choice", choices=("regular", "precise", "flexible"))
SEED = Parameter("random_seed", "integer", low=0, high=limits.MAX_SEED)

_SAVED = (FORMAT, EXPIRE)
_STYLED = (*_SAVED, NSFW, FEATURES, SUBSTYLE, CREATIVITY, STYLE_MATCH)
_TRACED = (
    Parameter("svg_compression", "choice", choices=_ON_OFF),
    Parameter("limit_num_shapes", "choice", choices=_ON_OFF),
    Parameter("max_num_shapes", "integer", low=0, high=limits.MAX_SEED),
    Parameter("color_reduction", "choice", choices=_ON_OFF),
    Parameter("return_gradients", "choice", choices=_ON_OFF),
    Parameter("shape_stacking", "choice", choices=("cut_out", "hierarchical")),
    Parameter("small_shape_filter", "choice", choices=_ON_OFF),
    Parameter("strict_color_palette", "any"),
)

EXTRAS: dict[str, tuple[Parameter, ...]] = {
    **dict.fromkeys(("generations", "generations/raster", "generations/vector"), (*_STYLED, UPSCALE)),
    "imageToImage": _STYLED,
    **dict.fromkeys(("inpaint", "outpaint", "replaceBackground", "generateBackground"), (*_STYLED, SEED)),
    "vectorize": (*_SAVED, UPSCALE, *_TRACED),
    **dict.fromkeys(("removeBackground", "crispUpscale", "creativeUpscale"), (*_SAVED, UPSCALE)),
    "eraseRegion": _SAVED,
    "variateImage": _SAVED,
    "explore": (*_SAVED, NSFW),
    "explore/similar": (*_SAVED, NSFW),
    "styles": (Parameter("match", "text"), Parameter("palette", "any"), Parameter("private", "boolean")),
}
# `billing` may stand behind the address of every call.
QUERY = {"billing": ("api", "subscription")}
