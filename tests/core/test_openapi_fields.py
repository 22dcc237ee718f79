"""Every field of the service's own OpenAPI document: sent by a door or left out for a reason, read or passed over.

`openapi_fields.json` holds the document's facts: the fields of each request and answer by name. What is sent is found
by planning and encoding a click for each option; what is read by taking the field out of an answer.
"""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from recraft_core.api.answers import Asked, read
from recraft_core.api.wire import encode
from recraft_core.operations import Reading, prepare
from recraft_core.shared.contract import ENDPOINTS, FREE_CALLS
from recraft_core.shared.errors import RecraftError
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.plan import Ask, plan

FACTS = json.loads((Path(__file__).with_name("openapi_fields.json")).read_text(encoding="utf-8"))
ID = "229b2a75-05e4-4580-85f9-b47ee521a00d"
# What is sent under one of two names is sent.
TWINS = {"image": "image_url", "mask": "mask_url", "images": "image_urls", "style_references": "style_reference_urls"}

# Paths that no door calls, and why.
NOT_CALLED = {
    "GET /ping": "says that it is there, which any call says",
    "GET /status": "a call that fails says more",
    "GET /v1/styles/{style_id}": "the list has all it says",
    "POST /v1/images/clarityUpscale": "deprecated: an older name of crispUpscale",
    "POST /v1/images/generativeUpscale": "deprecated: an older name of creativeUpscale",
}
# Fields that no door sends: by name, or by path and name.
NOT_SENT = {
    "expire": "what it makes expire, and when, is written nowhere",
    "response_format": "addresses are always asked for: an answer with bytes would be lost with the connection",
    "limit_num_shapes": "sent with max_num_shapes",
    "POST /v1/images/vectorize image_format": "the result is a drawing",
    "POST /v1/images/vectorize upscale": "a drawing has no pixels to enlarge",
    "POST /v1/images/removeBackground upscale": "an enlarged result would not fit its place on the canvas",
    "POST /v1/images/crispUpscale upscale": "it is an enlargement already",
    "POST /v1/images/creativeUpscale upscale": "it is an enlargement already",
}
# Nested fields that are not sent.
NOT_NESTED = {
    "ImageColor.std": "how far a colour may stray; no page says in which unit",
    "PaletteSuggest.background_color": "the style's colours say enough",
}
# Fields of answers that are passed over.
NOT_READ = {
    "created": "when it was made is known here",
}
NOT_READ_NESTED = {
    "Model.created": "prices and names are what is asked for",
    "Model.description": "prices and names are what is asked for",
    "Model.input_modalities": "prices and names are what is asked for",
    "Model.output_modalities": "prices and names are what is asked for",
}

VALUES = {
    "prompt": "a boat", "n": 2, "style": "Illustration", "style_id": ID, "size": "16:9", "negative_prompt": "cars",
    "random_seed": 7, "colors": "#112233:0.5", "background_color": "#445566", "artistic_level": 2, "no_text": True,
    "text_layout": [{"text": "A", "bbox": [[0, 0], [1, 0], [1, 1], [0, 1]]}], "strength": 0.5, "expand_left": 9,
    "expand_right": 9, "expand_top": 9, "expand_bottom": 9, "zoom_out_percentage": 10, "source_image_id": ID,
    "similarity": 3, "image_weights": "1 0.5", "source_styles": ID, "source_style_weights": "1",
    "mix_policy": "MaxWeight", "style_match": "precise", "creativity": "simple", "upscale": "upscale4mp",
    "image_format": "png", "block_nsfw": True, "calculate_features": True, "version": "v1", "max_num_shapes": 9,
    "strict_color_palette": "#112233", "color_reduction": True, "return_gradients": True, "shape_stacking": "cut_out",
    "small_shape_filter": True, "svg_compression": True, "match": "precise", "palette": "#112233", "private": True,
    "num_colors_limit": 3, "refinement": "subtle", "style_references": "a.png; b.png",
}  # fmt: skip
TOGETHER = {"substyle": {"substyle": "grain", "style": "digital_illustration"},
            "source_style_weights": {"source_styles": ID, "source_style_weights": "1"}}  # fmt: skip
NEEDED = {
    "outpaint": {"expand_left": 40}, "image_to_image": {"strength": 0.5}, "variations": {"size": "1:1"},
    "explore_similar": {"source_image_id": ID, "similarity": 3}, "create_style": {"style": "any"},
}  # fmt: skip
TWIN = {"file": "image"}  # the page's name and the document's
PIXELS = np.full((300, 300, 4), 255, np.uint8)
BOX = Box(60, 60, 80, 80)


def body(operation, options):
    """The encoded request of a click, as an object; None where the options do not go together."""
    try:
        made = plan(Ask(operation.name, options, Size(300, 300), BOX if operation.masked else None))
        reading = Reading(PIXELS, None, b"", [PIXELS] * 2)
        if made.read is not None:
            whole = np.zeros((300, 300), np.uint8)
            whole[60:140, 60:140] = 255
            rows, columns = slice(made.read.y, made.read.bottom), slice(made.read.x, made.read.right)
            reading = Reading(PIXELS[rows, columns], whole[rows, columns] if operation.masked else None)
        call = prepare(made, reading)
    except RecraftError:
        return None
    encoded = encode(call)
    if encoded is None:
        return {}
    data = b"".join(bytes(part) for part in encoded)
    if encoded.media_type == "application/json":
        return json.loads(data)
    names = [head.split('"')[1] for head in data.decode("latin-1").split("form-data; name=")[1:]]
    return dict.fromkeys("images" if name.startswith("file") and name[4:] else TWIN.get(name, name) for name in names)


def sent_by_doors():
    """(path, field) of everything some click sends, with nested fields as field.name."""
    found = set()
    for operation in OPERATIONS.values():
        base = {"prompt": "a boat"} if operation.row.parameter("prompt") and operation.name != "create_style" else {}
        base |= NEEDED.get(operation.name, {})
        for option in (None, *operation.options):
            for vector in (False, True) if operation.name == "generate" else (False,):
                wish = {} if option is None else TOGETHER.get(option.name, {option.name: VALUES.get(option.name)})
                wish = {**base, **wish, **({"vector": True} if vector else {})}
                if option is not None and option.name == "model":
                    first = operation.row.models[0] if operation.name != "create_style" else "recraftv3"
                    wish["model"] = f"{first}_vector" if vector else first
                if vector:
                    wish.setdefault("model", "recraftv3_vector")
                if vector and "style" in wish:
                    wish |= {"style": "Line art"} if "substyle" not in wish else {"style": "vector_illustration"}
                if option is not None and option.name == "size" and operation.shape == "frame":
                    wish = {"prompt": "a boat", "size": "1820x1024"}
                if option is not None and option.name == "zoom_out_percentage":
                    continue  # the canvas grows by margins, which are sent
                told = body(operation, wish)
                if told is not None:  # else no model of this operation takes it
                    found |= {(made_path(operation, wish), name) for name in names(told)}
    return found


def made_path(operation, wish):
    made = plan(Ask(operation.name, wish, Size(300, 300), BOX if operation.masked else None))
    return one_of_three(f"{ENDPOINTS[made.endpoint].method} /v1{ENDPOINTS[made.endpoint].path}")


def one_of_three(path):
    """The three addresses of generations take the same; which one is asked follows from the model."""
    return path.removesuffix("/raster").removesuffix("/vector")


def names(told):
    found = set(told)
    for outer, inner in (("controls", told.get("controls")), ("palette", told.get("palette"))):
        if isinstance(inner, dict):
            found |= {f"{outer}.{name}" for name in inner}
    return found


@pytest.fixture(scope="module")
def sent():
    return sent_by_doors()


def test_every_field_of_a_request_is_sent_or_left_out_for_a_reason(sent):
    left, unused = [], {*NOT_SENT}
    for path, fields in FACTS["requests"].items():
        if path in NOT_CALLED:
            continue
        for name in fields:
            twins = {name, TWINS.get(name, name), *(one for one, other in TWINS.items() if other == name)}
            reasons = [key for key in (name, f"{path} {name}", *(one for one in twins)) if key in NOT_SENT]
            if name in {"billing", "style_id"} and path.split()[0] in {"GET", "DELETE"}:
                continue  # behind the address, see test_service_fields.py and test_own_styles.py
            if name == "billing" or any((one_of_three(path), one) in sent for one in twins):
                continue
            if reasons:
                unused -= set(reasons)
            else:
                left.append((path, name))
    assert left == WHOLE_PICTURE
    assert unused <= {"limit_num_shapes"}


# The canvas grows by margins in pixels, worked out from the ratio or the percentage.
WHOLE_PICTURE = [("POST /v1/images/outpaint", "zoom_out_percentage")]


def test_nothing_is_sent_that_neither_the_document_nor_the_page_has(sent):
    known = {(path, name) for path, fields in FACTS["requests"].items() for name in fields}
    pages = {(f"{row.method} /v1{row.path}", one.name) for row in ENDPOINTS.values() for one in row.fields}
    odd = {pair for pair in sent if pair not in known | pages and "." not in pair[1]}
    spelled = {(path, name) for path, name in odd if name in {"image", "images", "image_url", "mask_url", "image_urls"}}
    assert odd - spelled == set()


def test_every_nested_field_is_sent_or_left_out_for_a_reason(sent):
    flat = {name for _, name in sent}
    assert {f"controls.{name}" for name in FACTS["nested"]["UserControls"]} <= flat
    assert {f"palette.{name}" for name in FACTS["nested"]["PaletteSuggest"]} - flat == {"palette.background_color"}
    colour = body(OPERATIONS["generate"], {"prompt": "x", "colors": "#112233:0.5"})["controls"]["colors"][0]
    assert set(FACTS["nested"]["ImageColor"]) - set(colour) == {"std"}
    assert set(NOT_NESTED) == {"ImageColor.std", "PaletteSuggest.background_color"}
    word = body(OPERATIONS["generate"], {"prompt": "x", "text_layout": VALUES["text_layout"]})["text_layout"][0]
    assert set(word) == set(FACTS["nested"]["TextLayoutItem"])
    counted = body(OPERATIONS["palette"], {})["colors"][0]
    assert set(counted) == set(FACTS["nested"]["ColorHexAndWeight"])


def test_every_path_is_called_or_has_its_reason():
    called = {f"{row.method} /v1{row.path}" for row in (*ENDPOINTS.values(), *FREE_CALLS.values())}
    assert set(FACTS["requests"]) - called == set(NOT_CALLED)


# --- answers --------------------------------------------------------------------------------------------------------

PICTURE = {"image_id": ID, "url": "https://img.recraft.ai/a", "revised_prompt": "a boat at sea", "features": {"nsfw_score": 0.2}}
STYLE = {"id": ID, "style": "icon", "substyle": "outline", "creation_time": "2026-08-22T10:00:00Z", "is_private": True}
GOOD = {
    "images": {"created": 1, "credits": 3, "data": [PICTURE], "style_id": ID},
    "image": {"created": 1, "credits": 3, "image": PICTURE},
    "style": {**STYLE, "credits": 3},
    "prompt": {"credits": 3, "enhanced_prompt": "a boat at sea"},
    "colours": {"credits": 3, "mapping": [{"from": "#111111", "to": "#222222"}]},
    "user": {"id": ID, "credits": 3, "email": "a@b.c", "name": "A"},
    "styles": {"styles": [STYLE]},
    "models": {"data": [{"id": "a", "name": "A", "created": 1, "description": "d", "input_modalities": ["text"],
                         "output_modalities": ["image"], "pricing": {"image": "0.04"}}]},
    "nothing": {},
}  # fmt: skip


def heard(kind, data):
    try:
        return read(Asked(kind, 5), json.dumps(data).encode())
    except RecraftError as error:
        return str(error)


def is_read(kind, *way):
    """True when taking this field out of a good answer makes a difference."""
    less = copy.deepcopy(GOOD[kind])
    inner = less
    for step in way[:-1]:
        inner = inner[step]
    del inner[way[-1]]
    return heard(kind, less) != heard(kind, GOOD[kind])


def test_every_field_of_an_answer_is_read_or_passed_over_for_a_reason():
    rows = {f"{row.method} /v1{row.path}": row for row in (*ENDPOINTS.values(), *FREE_CALLS.values())}
    left = set()
    for path, fields in FACTS["answers"].items():
        if path in NOT_CALLED:
            continue
        kind = rows[path].answer
        assert {*fields} <= {*GOOD[kind]}, path
        left |= {name for name in fields if not is_read(kind, name)}
    assert left == {"created"}
    assert all(NOT_READ.values())


WAYS = {
    "Image": ("image", "image"),
    "ImageFeatures": ("image", "image", "features"),
    "ColorMapping": ("colours", "mapping", 0),
    "Style": ("styles", "styles", 0),
    "Model": ("models", "data", 0),
    "ModelPricing": ("models", "data", 0, "pricing"),
}


@pytest.mark.parametrize("name", WAYS)
def test_every_nested_field_of_an_answer_is_read_or_passed_over_for_a_reason(name):
    kind, *way = WAYS[name]
    fields = [field for field in FACTS["nested"][name] if field != "b64_json"]
    left = {f"{name}.{field}" for field in fields if not is_read(kind, *way, field)}
    assert left == {key for key in NOT_READ_NESTED if key.startswith(f"{name}.")}


def test_bytes_in_an_answer_are_read():
    with_bytes = {**GOOD["image"], "image": {"image_id": ID, "b64_json": "aGk="}}
    assert heard("image", with_bytes).pictures[0].data == b"hi"
