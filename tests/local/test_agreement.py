"""The engine refuses exactly what the client refuses: each option set is read by both, through the bytes sent.

The client decides with `fitting.check` (and `prepare` for the pictures of a style); the engine decodes what `wire.encode`
made and checks it with code of its own. Where the two differ on purpose, a row of `BY_THE_CLIENT` or `BY_THE_ENGINE`
says why; a row that no example bears out any more is a failure too.
"""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from recraft_core.api.wire import Call, File, encode
from recraft_core.operations import Reading, prepare
from recraft_core.shared import fitting, options
from recraft_core.shared.contract import ENDPOINTS, EXPANDS, MODELS, RATIOS, STYLES, limits
from recraft_core.shared.errors import BadOption
from recraft_core.shared.plan import Ask, plan
from recraft_local import checks, forms
from recraft_local.rules import Refusal
from recraft_local.store import Store
from samples import flat, sample
from starlette.datastructures import Headers

# What the client counts in a picture and nobody can wish for is left out.
PAID = [name for name, row in ENDPOINTS.items() if row.method == "POST" and row.answer != "colours"]
BOX = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.3], [0.1, 0.3]]
OPAQUE = np.dstack([flat(), np.full(flat().shape[:2], 255, np.uint8)])
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Known:
    """What the engine remembers: an own style of each kind, and a picture that explore made."""

    def __init__(self):
        self.store = Store(None, 1000)
        made = [("digital_illustration", "recraftv3"), ("icon", "recraftv2_vector"), ("any", "recraftv2")]
        self.styles = [self.store.add_style({"style": style, "model": model}) for style, model in made]
        self.explored = UNKNOWN.replace("8000", "9000")
        self.store.remember(self.explored, {})


KNOWN = Known()


# Both sides.


def client(endpoint, values, pictures=1):
    """The call as the client would send it. Raises BadOption."""
    checked = fitting.check(endpoint, values)
    if endpoint == "styles":
        return prepare(plan(Ask("create_style", values)), Reading(pictures=[OPAQUE] * pictures))
    count = references(checked)
    if count:
        ask = Ask("generate", {"prompt": "x", "style_references": checked["style_references"]})
        prepare(plan(ask), Reading(pictures=[OPAQUE] * count))
    return Call(endpoint, checked, files(endpoint, references=count))


def bare(endpoint, values, pictures=1):
    """The call with the values as they are, unchecked; what is None counts as not given."""
    return Call(endpoint, {name: value for name, value in values.items() if value is not None},
                files(endpoint, pictures, references(values)))  # fmt: skip


def references(values):
    """How many reference pictures are named."""
    names = values.get("style_references")
    return len(names) if isinstance(names, (list, tuple)) else int(isinstance(names, str))


def files(endpoint, pictures=1, references=0):
    found = [File("style_references", "image/png", sample("flat"))] * references
    for row in ENDPOINTS[endpoint].parameters:
        if row.kind == "file":
            found.append(File(row.name, "image/png", sample("flat")))
        elif row.kind == "mask":
            found.append(File("mask", "image/png", sample("mask")))
        elif row.kind == "files":
            found += [File(f"file{number}", "image/png", sample("flat")) for number in range(pictures)]
    return tuple(found)


def engine_refuses(call):
    """The rule by which the engine refuses the bytes of a call; "" when it takes them."""
    body = encode(call)
    row = ENDPOINTS[call.endpoint]
    takes = ("json",) if row.body == "json" else ("multipart", "json")
    try:
        read = asyncio.run(forms.decode(b"".join(body), Headers({"content-type": body.media_type}), takes, row.id))
        checks.check(row, read, KNOWN.store)
    except Refusal as refusal:
        return refusal.rule
    return ""


def client_refuses(endpoint, values, pictures=1):
    """The trouble by which the client refuses a set; None when it takes it."""
    try:
        client(endpoint, values, pictures)
    except BadOption as trouble:
        return trouble
    return None


# Where they differ on purpose.


def blank(_endpoint, values):
    return any(isinstance(value, str) and value and not value.strip() for value in values.values())


def goes_nowhere(endpoint, values):
    named = [name for name in (*EXPANDS, "zoom_out_percentage") if values.get(name) is not None]
    return endpoint == "outpaint" and bool(named) and not any(values[name] for name in named) and not values.get("size")


def not_offered(endpoint, values):
    return any(row.name in values and (not row.offered or row.name in options.NOT_OPTIONS) for row in ENDPOINTS[endpoint].newer)


def unnatural_weights(endpoint, values):
    given = [values.get(name) for name in ("image_weights", "source_style_weights")]
    several = [number for item in given for number in (item if isinstance(item, (list, tuple)) else [item])]
    return endpoint == "styles" and any(isinstance(number, (int, float)) and not 0 <= number <= 1 for number in several)


def heavy_palette(endpoint, values):
    """The sum of a style's palette; a value of another shape has none."""
    given = values.get("palette")
    pairs = [one for one in (given if isinstance(given, tuple) else ()) if isinstance(one, tuple) and len(one) == 2]
    return endpoint == "styles" and sum(weight or 0 for _, weight in pairs if isinstance(weight, (int, float))) > 1


def one_more_picture(endpoint, values):
    return endpoint == "styles" and bool(values.get("style_references"))


def long_note(endpoint, values):
    longest = max(MODELS[name].prompt_max for name in ENDPOINTS["styles"].models)
    return endpoint == "styles" and len(str(values.get("prompt"))) > longest


def nothing_said(_endpoint, values):
    return any(value == () for value in values.values()) or any(
        values.get(name, True) in ("", False) for name in ("colors", "background_color")
    )


def unnamed(_endpoint, values):
    names = values.get("style_references")
    several = names if isinstance(names, (list, tuple)) else [names]
    return names is not None and not (several and all(isinstance(name, str) and said(name) for name in several))


def said(name):
    """What is left of a name without lone halves of characters, which no name has on its way."""
    return name.encode("utf-8", "ignore").strip()


def typeless(endpoint, values):
    texts = [values[name] for name in ("prompt", "negative_prompt") if values.get(name) is not None]
    return ENDPOINTS[endpoint].body == "multipart" and not all(isinstance(text, str) for text in texts)


# The client refuses, the engine would take it: when, why, and a set that shows it.
BY_THE_CLIENT = (
    (blank, "blanks are no words; the service counts them as characters", ("generations", {"prompt": "  "})),
    (goes_nowhere, "expanding by nothing would be paid for nothing", ("outpaint", {"prompt": "x", "expand_top": 0})),
    (not_offered, "fields that no door shows are taken, each for its reason",
     ("vectorize", {"upscale": "upscale4mp"})),
    (unnatural_weights, "no range of a style's weights is documented; 0 to 1, as the weights of colours",
     ("styles", {"style": "any", "image_weights": (2.0,)})),
    (heavy_palette, "nothing is documented of a style's palette; as the colours of a picture",
     ("styles", {"style": "any", "palette": (((0, 0, 0), 1.0), ((9, 9, 9), 0.5))})),
    (one_more_picture, "a new style takes pictures, whatever their parts are called; references are pictures of its own",
     ("styles", {"style": "any", "style_references": ("picture.png",)})),
    (long_note, "no length of a style's prompt is documented; that of the models it is for",
     ("styles", {"style": "any", "prompt": "x" * 1001})),
    (typeless, "a form carries text only: 7 is read as the word 7", ("inpaint", {"prompt": 7})),
    (unnamed, "what is no name of a file cannot be sent, so the engine never sees it",
     ("generations", {"prompt": "x", "style_references": 7})),
    (nothing_said, "an empty colour is none on the way", ("generations", {"prompt": "x", "background_color": ""})),
)  # fmt: skip
# The engine refuses by this rule what the client takes: why, and a set that shows it.
BY_THE_ENGINE = {
    "style_id_unknown": ("only the service knows which styles there are",
                         ("generations", {"prompt": "x", "style_id": UNKNOWN})),
    "explored": ("only the service knows what explore made",
                 ("explore/similar", {"source_image_id": UNKNOWN, "similarity": 1})),
    "style_kind": ("only the service knows whether an own style makes vectors",
                   ("generations", {"prompt": "x", "style_id": KNOWN.styles[1]})),
    "style_id_model": ("only the service knows which model an own style was made for",
                       ("generations", {"prompt": "x", "style_id": KNOWN.styles[0], "model": "recraftv2"})),
    "canvas_side": ("the plan, which knows the picture, scales what would grow beyond 4096 px",
                    ("outpaint", {"prompt": "x", "expand_left": 4096})),
}  # fmt: skip


# Option sets: what every endpoint needs, and a few options on top, rarely out of bounds.

word = st.text(min_size=1, max_size=12)
unit = st.floats(0, 1) | st.sampled_from([0, 1, 0.1, 0.5])
odd_number = st.sampled_from([-1, -0.001, 1.001, 1.5, 7, 100, 4097, 10**20, 10**400, True, math.nan, math.inf, "2", "x"])
odd = odd_number | st.sampled_from(["", " ", "x", "\ud800", (), [1, 2, 3], {"a": 1}, False])
colour = st.tuples(*[st.integers(0, 255)] * 3)
odd_colour = st.sampled_from([(0, 0, 256), (0, 0), (0, 0, 0.5), (0, 0, True), (-1, 0, 0), "red"])
names = st.sampled_from([name for group in STYLES.values() for kind in group.values() for name in kind])
letters = st.text(st.sampled_from(sorted(limits.WORD_CHARACTERS)) | st.sampled_from("aßöéя=\\日\ud800 "), max_size=6)
points = st.lists(st.floats(-2, 2) | st.integers(-1, 2) | st.sampled_from([math.nan, math.inf, None, 10**400]),
                  min_size=2, max_size=2)  # fmt: skip
boxes = st.just(BOX) | st.lists(points, min_size=4, max_size=4) | st.sampled_from([BOX[:3], [[0]] * 4, None, "x"])
ids = st.sampled_from([*KNOWN.styles, UNKNOWN, "not-an-id", KNOWN.styles[0].upper()])
lengths = st.sampled_from([1, 999, 1000, 1001, 2000, 2001, 9999, 10_000, 10_001])
prompts = word | lengths.map(lambda count: "é" * count)
sizes = st.sampled_from([*RATIOS, "1024x1024", "1820x1024", "2048x2048", "1x1", "21:9", "0:1", "big", "1:1:1"])
weights = st.lists(unit, max_size=3).map(tuple)
VALUES = {
    "prompt": prompts,
    "model": st.sampled_from([*MODELS, "recraftv9", "recraftv3_raster"]),
    "n": st.integers(1, 6) | st.sampled_from([0, 7]),
    "style": names | st.sampled_from(["any", "icon", "digital_illustration", "vector_illustration", "Nonesuch"]),
    "style_id": ids,
    "size": sizes,
    "negative_prompt": word | st.just(""),
    "random_seed": st.integers(0, limits.MAX_SEED) | st.just(limits.MAX_SEED + 1),
    "colors": st.lists(st.tuples(colour | odd_colour, st.none() | unit | st.just(1.1)), max_size=3).map(tuple),
    "background_color": colour | odd_colour,
    "artistic_level": st.integers(0, 5) | st.just(6),
    "no_text": st.booleans(),
    "calculate_features": st.booleans(),
    "refinement": st.sampled_from(["subtle", "moderate", "wild"]),
    "text_layout": st.lists(st.fixed_dictionaries({"text": letters, "bbox": boxes}), max_size=2).map(tuple),
    "strength": unit,
    **dict.fromkeys(EXPANDS, st.integers(0, 900) | st.sampled_from([0, 4096, 4097])),
    "zoom_out_percentage": st.floats(0, 99) | st.sampled_from([0, 99.99, 100]),
    "source_image_id": st.sampled_from([KNOWN.explored, UNKNOWN, "x"]),
    "similarity": st.integers(1, 5) | st.sampled_from([0, 6]),
    "image_weights": weights,
    "source_styles": st.lists(ids, max_size=2).map(tuple),
    "source_style_weights": weights,
    "substyle": st.sampled_from(["hand_drawn", "2d_art_poster"]),
    **dict.fromkeys(("style_match", "match"), st.sampled_from(["regular", "precise", "flexible", "loose"])),
    "creativity": st.sampled_from(["simple", "standard", "eccentric", "wild"]),
    "upscale": st.sampled_from(["upscale4mp", "upscale16mp", "8x"]),
    "image_format": st.sampled_from(["webp", "png", "jpg"]),
    "version": st.sampled_from(["v1", "v1_pro", "v2"]),
    "shape_stacking": st.sampled_from(["hierarchical", "cut_out", "flat"]),
    "max_num_shapes": st.integers(1, 100_000) | st.just(0),
    "strict_color_palette": st.lists(colour, max_size=3).map(tuple),
    "palette": st.lists(st.tuples(colour, st.none() | unit), max_size=3).map(tuple),
    **dict.fromkeys(
        ("block_nsfw", "color_reduction", "return_gradients", "small_shape_filter", "svg_compression", "private"),
        st.booleans(),
    ),
    "style_references": st.lists(st.just("picture.png"), max_size=11).map(tuple) | st.just("one.png; two.png"),
    "mix_policy": st.sampled_from(["PaletteMatch", "MaxWeight", "Mean"]),
}
NEEDED = {
    "prompt": "a red door", "strength": 0.5, "size": "1:1", "similarity": 3, "source_image_id": KNOWN.explored,
    "style": "any",
}  # fmt: skip


def needed(endpoint):
    row = ENDPOINTS[endpoint]
    found = {parameter.name: NEEDED[parameter.name] for parameter in row.parameters
             if parameter.required and parameter.name in NEEDED}  # fmt: skip
    return {**found, "expand_left": 8} if endpoint == "outpaint" else found


@st.composite
def option_sets(draw):
    endpoint = draw(st.sampled_from(PAID))
    known = options.option_names(ENDPOINTS[endpoint])
    values = needed(endpoint)
    for name in draw(st.lists(st.sampled_from([*known, *known, *known, *VALUES]), max_size=4, unique=True)):
        usual = draw(st.integers(0, 7))
        values[name] = draw(VALUES[name]) if usual else draw(odd | st.none())
    return endpoint, values, draw(st.sampled_from([1, 1, 1, 0, 2, 6])) if endpoint == "styles" else 1


def sendable(endpoint, values):
    """Whether the values can be put in a request at all, unchecked: in the client's shapes, text that is text."""
    try:
        encode(bare(endpoint, values))
    except (TypeError, ValueError, KeyError):
        return False
    return True


# What must hold.


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(option_sets())
@example(("generations", {"prompt": "x", "no_text": False}, 1))
@example(("generations", {"prompt": "x", "artistic_level": 0}, 1))
@example(("styles", {"style": "icon", "model": "recraftv3"}, 1))
@example(("styles", {"style": "any", "palette": (((0, 0, 0), 1.0), ((0, 0, 0), 1.0))}, 1))
@example(("styles", {"style": "any", "style_references": ("picture.png",)}, 1))
@example(("generations", {"prompt": "x", "substyle": "hand_drawn", "style": [1, 2, 3]}, 1))
@example(("generations", {"prompt": "x\ud800"}, 1))
@example(("generations", {"prompt": "x", "style_references": "\ud800"}, 1))
@example(("generations", {"prompt": "x", "random_seed": 10**400}, 1))
@example(("generations", {"prompt": "x", "model": "recraftv3",
                          "text_layout": ({"text": "A", "bbox": [[10**400, 0], *BOX[1:]]},)}, 1))  # fmt: skip
@example(("generations", {"prompt": "x", "model": "recraftv3",
                          "text_layout": ({"text": "A", "bbox": [[math.nan, 0], *BOX[1:]]},)}, 1))  # fmt: skip
def test_engine_and_client_refuse_the_same(wish):
    endpoint, values, pictures = wish
    trouble = client_refuses(endpoint, values, pictures)
    if trouble is None:
        rule = engine_refuses(client(endpoint, values, pictures))
        assert not rule or rule in BY_THE_ENGINE, f"the client takes what the engine refuses by {rule}"
    elif sendable(endpoint, values) and not any(differs(endpoint, values) for differs, *_ in BY_THE_CLIENT):
        assert engine_refuses(bare(endpoint, values, pictures)), f"the engine takes what the client refuses: {trouble}"


@pytest.mark.parametrize("row", BY_THE_CLIENT, ids=lambda row: row[0].__name__)
def test_what_only_the_client_refuses_is_really_taken_by_the_engine(row):
    differs, _reason, (endpoint, values) = row
    assert differs(endpoint, values)
    assert client_refuses(endpoint, values)
    assert not engine_refuses(bare(endpoint, values))


@pytest.mark.parametrize("rule", BY_THE_ENGINE)
def test_what_only_the_engine_refuses_is_really_taken_by_the_client(rule):
    _reason, (endpoint, values) = BY_THE_ENGINE[rule]
    assert engine_refuses(client(endpoint, values)) == rule


REFUSED = (
    ("generations", {"prompt": "x", "model": "recraftv4_1", "negative_prompt": "y"}),
    ("imageToImage", {"prompt": "x", "strength": 0.5, "model": "recraftv3", "text_layout": ({"text": "A B", "bbox": BOX},)}),
    ("outpaint", {"prompt": "x", "zoom_out_percentage": 100}),
    ("variateImage", {"size": "21:9"}),
    ("eraseRegion", {"prompt": "x"}),
    ("styles", {"style": "icon", "model": "recraftv3"}),
    ("explore/similar", {"source_image_id": "x", "similarity": 2}),
    ("prompts/enhance", {"prompt": "x" * 2001}),
)  # fmt: skip


@pytest.mark.parametrize(("endpoint", "values"), REFUSED, ids=[name for name, _ in REFUSED])
def test_the_door_says_what_the_checks_say(engine, key, endpoint, values):
    """What the sweep above reads in process is what a served engine answers to the same bytes."""
    call = bare(endpoint, values)
    body = encode(call)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": body.media_type}
    answer = requests.post(engine.base_url + call.row.path, data=b"".join(body), headers=headers, timeout=30)
    assert answer.status_code == 400
    assert engine_refuses(call)
    assert client_refuses(endpoint, values)
