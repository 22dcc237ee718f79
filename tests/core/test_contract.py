"""The tables against the collected facts of the API's page, field by field, and against themselves."""

import json
from pathlib import Path

import pytest
from recraft_core.shared.contract import (
    BASE_STYLES,
    BASE_URL,
    DEFAULT_STYLES,
    ENDPOINTS,
    MODELS,
    RATIOS,
    SIZES,
    STYLES,
    UNITS_PER_USD,
    allowed,
    client_limits,
    limits,
    models_with,
    nearest_ratio,
    styles_of,
)
from recraft_core.shared.contract.learnt import how_known, key_of, quote, taught, units_of, use
from recraft_core.shared.contract.models import PAGE_MODELS
from recraft_core.shared.contract.rows import SOURCE, Endpoint, Parameter, Price

FACTS = Path(__file__).parent / "contract.json"
# Our ids follow the paths; the facts name four of them differently.
THEIR_ID = {
    "styles": "styles.create",
    "explore/similar": "explore.similar",
    "prompts/enhance": "prompts.enhance",
    "users/me": "users.me",
}
KINDS = {
    "prompt": "string", "text": "string", "style": "string|null", "model": "string|null", "size": "string|null",
    "integer": "integer|null", "number": "float|null", "uuid": "uuid|null", "choice": "string|null", "words": "array|null",
    "controls": "object|null", "file": "file", "mask": "file", "files": "file parts, any field name",
    "numbers": "array of number|null", "uuids": "array of uuid|null",
}  # fmt: skip


@pytest.fixture(scope="module")
def facts():
    return json.loads(FACTS.read_text(encoding="utf-8"))


def test_models(facts):
    theirs = {row["id"]: row for row in facts["models"]}
    assert list(theirs) == list(PAGE_MODELS)
    for name, row in theirs.items():
        ours = MODELS[name]
        assert (ours.generation, ours.vector) == (row["family"].split()[0], row["output"] == "vector")
        assert (ours.units, ours.units / UNITS_PER_USD) == tuple(row["generation_price"][key] for key in ("units", "usd"))
        assert ours.prompt_max == row["max_prompt_length"]
        assert row["size_group"] in {None, ours.sizes}
        assert DEFAULT_STYLES.get(name) == row["default_style"]
        supports = {key.split(".")[-1]: value for key, value in row["supports"].items()}
        assert {key: ours.takes(key) for key in supports} == {key: bool(value) for key, value in supports.items()}
        for endpoint in ENDPOINTS.values():
            theirs_id = THEIR_ID.get(endpoint.id, endpoint.id)
            if endpoint.id not in {"styles", "variateImage"}:
                assert (name in endpoint.models) == (theirs_id in row["endpoints"]), (name, endpoint.id)


def test_sizes(facts):
    theirs = facts["sizes"]["groups"]
    ours = {group: {ratio: f"{w}x{h}" for ratio, (w, h) in table.items()} for group, table in SIZES.items()}
    assert ours == theirs
    assert list(RATIOS) == facts["sizes"]["aspects_all_models"]


def test_styles(facts):
    theirs = facts["styles"]
    assert {model: {group: list(names) for group, names in groups.items()} for model, groups in STYLES.items()} == theirs[
        "curated_names_by_model"
    ]
    assert {name: "vector" if vector else "raster" for name, vector in BASE_STYLES.items()} == theirs["base_style_output"]
    assert theirs["defaults_when_no_style"] == DEFAULT_STYLES


def test_what_the_page_does_not_list_says_how_it_is_known():
    newer = [MODELS[name] for name in MODELS if name not in PAGE_MODELS]
    newer += [parameter for endpoint in ENDPOINTS.values() for parameter in endpoint.newer]
    assert {row.trust for row in newer} == {"observed", "assumed"}
    assert all(row.note for row in newer if row.trust == "assumed")
    for endpoint in ENDPOINTS.values():
        assert not {row.name for row in endpoint.newer} & {row.name for row in endpoint.parameters}


OF_THE_PAGE = [row for row in ENDPOINTS.values() if row.source == SOURCE]


def test_the_nineteen_endpoints_of_the_page(facts):
    theirs = {row["id"]: row for row in facts["endpoints"]}
    assert sorted(THEIR_ID.get(row.id, row.id) for row in OF_THE_PAGE) == sorted(theirs)
    assert len(OF_THE_PAGE) == 19
    assert facts["meta"]["base_url"] == BASE_URL


@pytest.mark.parametrize("endpoint", OF_THE_PAGE, ids=lambda row: row.id)
def test_endpoint_rows(facts, endpoint):
    row = next(row for row in facts["endpoints"] if row["id"] == THEIR_ID.get(endpoint.id, endpoint.id))
    assert (endpoint.method, f"/v1{endpoint.path}") == (row["method"], row["path"])
    bodies = {"json": ["application/json"], "multipart": ["multipart/form-data"], "": []}
    assert bodies[endpoint.body] == row["request"]
    answers = {"images": "GenerateImageResponse", "image": "ProcessImageResponse", "style": "CreateStyleResponse",
               "prompt": "EnhancePromptResponse", "user": "User"}  # fmt: skip
    assert answers[endpoint.answer] == row["response"]
    assert {one.name for one in endpoint.parameters} == {one["name"] for one in row.get("params", [])}
    for theirs in row.get("params", []):
        check_parameter(endpoint, endpoint.parameter(theirs["name"]), theirs)
    if "image" in row:
        assert endpoint.min_side == row["image"].get("min_dim", 256)
        assert endpoint.takes_svg == ("svg" in row["image"]["formats"])
        assert row["image"]["max_bytes"] == limits.MAX_FILE_BYTES
        assert (row["image"]["max_megapixels"] * 1_000_000, row["image"]["max_dim"]) == (limits.MAX_PIXELS, limits.MAX_SIDE)
    # The page's example of a new style is older than what later answers charged.
    if isinstance(row.get("price"), dict) and row["price"]["units"] is not None and endpoint.id != "styles":
        assert endpoint.price.units == row["price"]["units"]


def check_parameter(endpoint, ours, theirs):
    where = f"{endpoint.id}.{ours.name}"
    assert ours.required == theirs["required"], where
    assert KINDS[ours.kind].split("|")[0] in {theirs["type"].split("|")[0], "float"} or ours.kind == "number", where
    if "min" in theirs:
        assert (ours.low, ours.high) == (theirs["min"], theirs.get("max", theirs.get("max_exclusive"))), where
        assert ours.high_excluded == ("max_exclusive" in theirs), where
    if "enum" in theirs:
        listed = theirs["enum"]
        if endpoint.id.startswith("generations/") and ours.kind == "model":
            # The page lists all models and says in prose that each variant takes one kind only.
            listed = [name for name in listed if name.endswith("_vector") == endpoint.id.endswith("vector")]
        models = [name for name in endpoint.models if name in PAGE_MODELS]
        assert sorted(models if ours.kind == "model" else ours.choices) == sorted(listed), where
    # Two defaults are ours on purpose: no size means "from the prompt", and /vector needs a vector model.
    if theirs["default"] != "auto from prompt" and (endpoint.id, ours.name) != ("generations/vector", "model"):
        assert ours.default == theirs["default"], where


def test_prices_that_are_not_on_the_list_say_so(facts):
    for endpoint in OF_THE_PAGE:
        row = next(row for row in facts["endpoints"] if row["id"] == THEIR_ID.get(endpoint.id, endpoint.id))
        if isinstance(row.get("price"), dict) and row["price"]["units"] is None:
            assert endpoint.price.trust == "assumed"


def test_text_layout_characters(facts):
    assert set(facts["text_layout"]["supported_characters"]) == limits.WORD_CHARACTERS


def test_every_row_says_where_it_is_from():
    rows = [*ENDPOINTS.values(), *MODELS.values()]
    assert all(row.source.startswith(("https://www.recraft.ai/docs", "Recraft's OpenAPI document")) for row in rows)
    assert {row.trust for row in rows} <= {"documented", "observed", "assumed"}
    assert all(row.note for row in ENDPOINTS.values() if row.trust == "assumed")


def test_edits_cost_what_the_price_list_says():
    assert [ENDPOINTS["inpaint"].units(model, 2) for model in ("recraftv3", "recraftv3_vector")] == [80, 160]
    assert ENDPOINTS["generations"].units("recraftv4_1_pro", 3) == 630
    assert ENDPOINTS["variateImage"].units("recraftv3", 4) == 40


MODEL, DRAWER = "recraftv4_1", "recraftv4_1_vector"
LISTED = Price(None, "image", raster=5, vector=9)
SURE, ASSUMED = Price(7, "image"), Price(7, "image", trust="assumed")
FINISH = Parameter("finish", "text", priced=False)


def row(price, **more):
    return Endpoint("made", "POST", "/made", "json", "images", price, **more)


@pytest.mark.parametrize(
    ("price", "values", "units"),
    [
        (Price(7, "image"), {"n": 3}, 21), (Price(7, "request"), {"n": 3}, 7), (Price(0, "request"), {}, 0),
        (LISTED, {"model": MODEL}, 5), (LISTED, {"model": DRAWER, "n": 2}, 18), (LISTED, {"n": 2}, 10),
        (Price(None, "image"), {"n": 2}, 70), (Price(None, "image"), {"model": DRAWER}, 80),
        (LISTED, {"finish": "gold"}, 33), (LISTED, {"finish": "silver"}, 5),
        (LISTED, {"model": "nobody", "n": 2}, 18), (SURE, {"model": "nobody"}, 7),
    ],
)  # fmt: skip
def test_a_price_is_of_a_picture_or_a_request_of_the_row_or_the_model(price, values, units):
    made = row(price, models=(MODEL, DRAWER), default_model=MODEL, dearer=(("finish", "gold", 33),))
    assert units_of(made, values) == units


def test_a_model_that_the_service_lists_costs_what_it_says():
    use({}, {"nobody": 60})
    made = row(LISTED, models=(MODEL, DRAWER), default_model=MODEL)
    assert units_of(made, {"model": "nobody", "n": 2}) == 120
    assert [how_known(made, {"model": name}) for name in ("nobody", "stranger", MODEL, "")] == ["listed", "unknown", "", ""]
    assert how_known(made, {}) == ""
    assert how_known(row(SURE), {"model": "nobody"}) == ""


def test_what_was_learnt_counts_for_the_picture_or_the_request():
    use({"made recraftv4_1": 11}, {})
    by_model = row(LISTED, models=(MODEL, DRAWER), default_model=MODEL)
    assert (units_of(by_model, {"n": 3}), how_known(by_model, {})) == (33, "learnt")
    assert units_of(row(Price(7, "request"), default_model=MODEL), {"n": 3}) == 11
    assert quote(row(ASSUMED, default_model=MODEL), {"n": 2}) == (22, True)


def test_a_quote_is_sure_where_all_of_it_is_documented():
    assert quote(row(SURE, parameters=(FINISH,)), {}) == (7, True)
    assert quote(row(SURE, parameters=(FINISH,)), {"finish": "gold"}) == (7, False)
    assert quote(row(ASSUMED), {}) == (7, False)
    assert quote(row(Price(None, "request")), {}) == (0, True)


def test_what_a_price_goes_for_is_endpoint_model_and_what_changes_it():
    by_model = row(LISTED, default_model=MODEL)
    assert key_of(by_model, {}) == "made recraftv4_1"
    assert key_of(row(SURE), {"n": 2, "prompt": "x"}) == "made"
    chosen = {"model": DRAWER, "version": "v1", "upscale": "upscale4mp", "refinement": "subtle", "style_references": ("a",)}
    assert key_of(by_model, chosen) == (
        "made recraftv4_1_vector version=v1 upscale=upscale4mp refinement=subtle style_references"
    )


@pytest.mark.parametrize(
    ("price", "values", "charged", "lesson"),
    [
        (SURE, {"n": 2}, 22, ("made", 11)), (SURE, {"n": 2}, 14, None), (SURE, {"n": 2}, 15, None),
        (SURE, {}, 1, ("made", 1)), (SURE, {}, 0, None), (SURE, {}, -7, None),
        (Price(7, "request"), {"n": 2}, 9, ("made", 9)),
    ],
)  # fmt: skip
def test_an_answer_teaches_the_price_of_one(price, values, charged, lesson):
    assert taught(row(price), values, charged) == lesson


def test_our_requests_stay_below_every_bound():
    ours = client_limits()
    assert ours.max_bytes < limits.MAX_FILE_BYTES
    assert ours.max_pixels < limits.MAX_PIXELS
    assert ours.max_side < limits.MAX_SIDE


def test_sizes_are_looked_up_by_both_spellings():
    assert allowed("recraftv3")["16:9"] == allowed("recraftv3")["1820x1024"] == (1820, 1024)
    assert nearest_ratio(6000, 4000) == "3:2"
    assert nearest_ratio(4000, 6000) == "2:3"


def test_a_style_name_finds_its_models_v3_first():
    assert models_with("Illustration") == ("recraftv3", "recraftv2")
    assert styles_of("recraftv4") == ()
