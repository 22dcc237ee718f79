"""The endpoints as rows: path, parameters, models, answer and price.

Source of the nineteen of the page: Recraft docs, "Endpoints" (api-reference/endpoints); prices from "Pricing". The
others stand in later pages and say where. `trust` says how a
fact is known: "documented" (on those pages), "observed" (seen in answers of the service by others) or
"assumed" (the pages are silent; the reason stands in `note`).
"""

from __future__ import annotations

from dataclasses import replace

from . import limits
from .models import (
    DEFAULT_MODEL,
    DEFAULT_VECTOR_MODEL,
    EDIT_MODELS,
    EXPLORE_MODELS,
    IMAGE_TO_IMAGE_MODELS,
    LATER,
    MODELS,
    PAGE_MODELS,
    RASTER_MODELS,
    VECTOR_MODELS,
)
from .newer import NEWER
from .rows import Endpoint, Parameter, Price
from .styles import BASE_STYLES

BASE_URL = "https://external.api.recraft.ai/v1"
# Which pool of credits pays, behind the address of each paid call and of users/me; the OpenAPI document.
BILLING = ("api", "subscription")
OPENAPI = "Recraft's OpenAPI document, read on 2026-08-22"

FREE = Price(0, "request")
BY_MODEL = Price(None, "image")
# "Pricing" has one price for the V3 edits; image to image on V4 is not listed and is taken at the model's price.
EDIT = Price(None, "image", raster=40, vector=80)
I2I = Price(None, "image", trust="assumed", note="V3 is listed at 40 / 80; V4 is not, its generation price is assumed")
EXPLORE = Price(80, "request", trust="assumed", note="not on the price list; 80 units a call were reported once")

PROMPT = Parameter("prompt", "prompt", required=True, low=1, note="at most the model's prompt length")
COUNT = Parameter("n", "integer", default=1, low=1, high=limits.MAX_COUNT)
MODEL = Parameter("model", "model", default=DEFAULT_MODEL)
EDIT_MODEL = replace(MODEL, default="recraftv3")
STYLE = Parameter("style", "style")
STYLE_ID = Parameter("style_id", "uuid")
SIZE = Parameter("size", "size")
NEGATIVE = Parameter("negative_prompt", "text")
SEED = Parameter(
    "random_seed", "integer", low=0, high=limits.MAX_SEED, note="the range is assumed, the option documented"
)
FORMAT = Parameter("response_format", "choice", default="url", choices=("url", "b64_json"))
WORDS = Parameter("text_layout", "words")
CONTROLS = Parameter("controls", "controls")
IMAGE = Parameter("image", "file", required=True)
FILE = Parameter("file", "file", required=True)
REFINEMENT = Parameter("refinement", "choice", choices=("subtle", "moderate"), trust="observed")
MASK = Parameter("mask", "mask", required=True)
STYLING = (STYLE, STYLE_ID)
ONE_STYLE = ((("style",), ("style_id",)),)
EXPANDS = ("expand_left", "expand_right", "expand_top", "expand_bottom")

_GENERATE = (PROMPT, COUNT, MODEL, *STYLING, SIZE, NEGATIVE, SEED, FORMAT, WORDS, CONTROLS)
_EDIT_TAIL = (COUNT, EDIT_MODEL, *STYLING, FORMAT, NEGATIVE, WORDS, CONTROLS)


def _generate(
    id_: str, models: tuple[str, ...], default: str, *, trust: str = "documented", note: str = ""
) -> Endpoint:
    rows = tuple(replace(row, default=default) if row is MODEL else row for row in _GENERATE)
    return Endpoint(
        id_, "POST", f"/images/{id_}", "json", "images", BY_MODEL, rows, models, default,
        exclusive=(*ONE_STYLE, (("style", "style_id"), ("style_references",))), trust=trust, note=note,
    )  # fmt: skip


def _edit(id_: str, *parameters: Parameter) -> Endpoint:
    return Endpoint(
        id_, "POST", f"/images/{id_}", "multipart", "images", EDIT, (*parameters, *_EDIT_TAIL), EDIT_MODELS,
        "recraftv3", takes_svg=True, exclusive=ONE_STYLE,
    )  # fmt: skip


def _process(id_: str, units: int, *, svg: bool = False, min_side: int = limits.MIN_SIDE) -> Endpoint:
    return Endpoint(
        id_, "POST", f"/images/{id_}", "multipart", "image", Price(units, "request"), (FILE, FORMAT),
        takes_svg=svg, min_side=min_side,
    )  # fmt: skip


ENDPOINTS: dict[str, Endpoint] = {
    row.id: replace(row, newer=NEWER.get(row.id, ()))
    for row in (
        _generate("generations", tuple(MODELS), DEFAULT_MODEL),
        _generate("generations/raster", RASTER_MODELS, DEFAULT_MODEL),
        _generate(
            "generations/vector", VECTOR_MODELS, DEFAULT_VECTOR_MODEL, trust="assumed",
            note="the page gives recraftv4_1, a raster model, as the default; the client always sends a model",
        ),
        Endpoint(
            "styles", "POST", "/styles", "multipart", "style",
            Price(5, "request", trust="observed", note="the page's older example says 40; 5 were charged later"),
            (
                Parameter("style", "choice", required=True, choices=tuple(BASE_STYLES)),
                Parameter("files", "files", high=limits.MAX_STYLE_FILES, note="required unless source_styles is given"),
                Parameter("model", "model"),
                Parameter("image_weights", "numbers", note="as many as files"),
                Parameter("source_styles", "uuids"),
                Parameter("source_style_weights", "numbers", note="as many as source_styles"),
                Parameter("prompt", "text"),
                Parameter("mix_policy", "choice", choices=("PaletteMatch", "MaxWeight")),
            ),
            models=("recraftv3", "recraftv3_vector", "recraftv2", "recraftv2_vector"),
            min_side=1, at_least_one_of=("files", "source_styles"),
            note="the page names recraftv3 and recraftv3_vector as examples of models",
        ),
        Endpoint(
            "imageToImage", "POST", "/images/imageToImage", "multipart", "images", I2I,
            (
                IMAGE, PROMPT, Parameter("strength", "number", required=True, low=0, high=1), COUNT, MODEL,
                *STYLING, SEED, FORMAT, NEGATIVE, WORDS, CONTROLS,
            ),
            IMAGE_TO_IMAGE_MODELS, DEFAULT_MODEL, takes_svg=True, exclusive=ONE_STYLE,
            note="the page gives no minimum side for this endpoint; 256 is assumed",
        ),
        _edit("inpaint", IMAGE, MASK, PROMPT),
        replace(
            _edit(
                "outpaint", IMAGE, PROMPT,
                *(Parameter(side, "integer", low=0, high=limits.MAX_EXPAND) for side in EXPANDS),
                SIZE,
                Parameter("zoom_out_percentage", "number", default=0, low=0, high=100, high_excluded=True),
            ),
            at_least_one_of=("size", *EXPANDS, "zoom_out_percentage"),
            exclusive=(*ONE_STYLE, (("size",), EXPANDS)),
        ),
        _edit("replaceBackground", IMAGE, PROMPT),
        _edit("generateBackground", IMAGE, MASK, PROMPT),
        replace(_process("vectorize", 10), dearer=(("version", "v1_pro", 40),)),
        _process("removeBackground", 10, svg=True),
        _process("crispUpscale", 4, min_side=limits.MIN_SIDE_CRISP),
        _process("creativeUpscale", 250),
        replace(_process("eraseRegion", 2, svg=True), parameters=(IMAGE, MASK, FORMAT)),
        Endpoint(
            "enhance", "POST", "/images/enhance", "multipart", "image", Price(210, "request", trust="observed"),
            (IMAGE, REFINEMENT, FORMAT), older=("/images/refineDetails",), source=LATER, trust="observed",
            note="two pages differ in the name and in the limit, 20 MB and 10 MB: the newer name and the lower limit",
        ),
        Endpoint(
            "variateImage", "POST", "/images/variateImage", "multipart", "images",
            Price(40, "request", note="the price list says per request; whether n pictures cost more is not said"),
            (IMAGE, replace(SIZE, required=True), COUNT, replace(MODEL, default=None), SEED, FORMAT),
            PAGE_MODELS, "recraftv3", takes_svg=True, trust="assumed",
            note="models and their default are not documented: all are taken, V3 by default",
        ),
        Endpoint(
            "explore", "POST", "/images/explore", "json", "images", EXPLORE,
            (PROMPT, MODEL, *STYLING, replace(SIZE, default="1:1"), FORMAT, CONTROLS),
            EXPLORE_MODELS, DEFAULT_MODEL, exclusive=ONE_STYLE,
            note="style and style_id are listed but no explore model has styles: they are taken as null only",
        ),
        Endpoint(
            "explore/similar", "POST", "/images/explore/similar", "json", "images", EXPLORE,
            (
                Parameter("source_image_id", "uuid", required=True),
                Parameter("similarity", "integer", required=True, low=1, high=5),
                FORMAT,
            ),
        ),
        Endpoint(
            "prompts/enhance", "POST", "/prompts/enhance", "json", "prompt", Price(10, "request"),
            (Parameter("prompt", "text", required=True, low=1, high=limits.MAX_ENHANCE_PROMPT),),
        ),
        Endpoint(
            "colors/optimize", "POST", "/colors/optimize", "json", "colours",
            Price(10, "request", trust="assumed", note="nobody says what it costs: taken to be what a prompt costs"),
            (
                Parameter("colors", "hexes", required=True, high=limits.MAX_COUNTED, trust="observed", offered=False),
                Parameter(
                    "num_colors_limit", "integer", required=True, default=8, low=1, high=limits.MAX_PALETTE,
                    trust="observed", note="its range and the default are ours",
                ),
            ),
            min_side=1, source=OPENAPI, trust="observed",
        ),
        Endpoint("users/me", "GET", "/users/me", "", "user", FREE),
    )
}  # fmt: skip

# How many pictures explore returns is not documented; eight were reported.
EXPLORE_COUNT = 8
