"""Rules and checks: each refusal names the value, the rule and the remedy; nothing odd gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core.shared.contract import ENDPOINTS, MODELS, RATIOS
from recraft_core.shared.errors import BadOption
from recraft_core.shared.fitting import check
from recraft_core.shared.lettering import Words
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.options import NOT_OPTIONS, OPTIONS, option_names, options_of
from recraft_core.shared.validation import Color, Colors, Number, SizeText

BOX = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.3], [0.1, 0.3]]

REFUSALS = [
    ("generations", {"prompt": "  "}, "prompt", "Write a few words"),
    ("generations", {}, "prompt", "Prompt is missing"),
    ("generations", {"prompt": "x", "n": 7}, "n", "1 to 6"),
    ("generations", {"prompt": "x", "n": 1.5}, "n", "whole number"),
    ("generations", {"prompt": "x", "n": True}, "n", "whole number"),
    ("generations", {"prompt": "x", "model": "recraftv9"}, "model", "Choose one of recraftv4_1"),
    ("generations", {"prompt": "x" * 1001, "model": "recraftv3"}, "prompt", "up to 1,000"),
    ("generations", {"prompt": "x" * 10_001}, "prompt", "10,000"),
    ("generations", {"prompt": "x", "model": "recraftv4", "negative_prompt": "y"}, "negative_prompt", "does not take it"),
    ("generations", {"prompt": "x", "model": "recraftv2", "no_text": True}, "no_text", "Recraft V3"),
    ("generations", {"prompt": "x", "style": "Illustration", "model": "recraftv4"}, "style", "does not take it"),
    ("generations", {"prompt": "x", "style": "Line art", "model": "recraftv3"}, "style", "Recraft V3 Vector"),
    ("generations", {"prompt": "x", "style": "Nonesuch", "model": "recraftv3"}, "style", "Recraft V3 Raw"),
    ("generations", {"prompt": "x", "size": "1820x1024"}, "size", "1344x768"),
    ("generations", {"prompt": "x", "size": "big"}, "size", "16:9"),
    ("generations", {"prompt": "x", "random_seed": -1}, "random_seed", "0 to 4294967295"),
    ("generations", {"prompt": "x", "prompts": "y"}, "prompts", "It takes prompt"),
    ("generations", {"prompt": "x", "colors": "#12345"}, "colors", "#RRGGBB"),
    ("generations", {"prompt": "x", "colors": "#123456:0.7 #654321:0.6"}, "colors", "more than 1"),
    ("generations", {"prompt": "x", "background_color": (1, 2, 300)}, "background_color", "0 to 255"),
    (
        "generations",
        {"prompt": "x", "style": "Illustration", "style_id": "229b2a75-05e4-4580-85f9-b47ee521a00d"},
        "style_id",
        "cannot be used together",
    ),
    ("imageToImage", {"prompt": "x"}, "strength", "Strength is missing"),
    ("imageToImage", {"prompt": "x", "strength": 1.01}, "strength", "0 to 1"),
    ("imageToImage", {"prompt": "x", "strength": float("nan")}, "strength", "0 to 1"),
    ("imageToImage", {"prompt": "x", "strength": 0.5, "model": "recraftv2"}, "model", "Choose one of"),
    ("inpaint", {"prompt": "x", "model": "recraftv4_1"}, "model", "recraftv3"),
    ("inpaint", {"prompt": "x", "size": "1:1"}, "size", "not an option here"),
    ("outpaint", {"prompt": "x"}, "size", "Give one of"),
    ("outpaint", {"prompt": "x", "zoom_out_percentage": 100}, "zoom_out_percentage", "below 100"),
    ("outpaint", {"prompt": "x", "expand_left": 4097}, "expand_left", "0 to 4096"),
    ("outpaint", {"prompt": "x", "expand_left": 4, "size": "1:1"}, "expand_left", "Leave out size"),
    ("explore", {"prompt": "x", "n": 2}, "n", "not an option here"),
    ("explore", {"prompt": "x", "model": "recraftv3"}, "model", "Choose one of"),
    ("explore/similar", {"source_image_id": "12", "similarity": 3}, "source_image_id", "229b2a75"),
    ("explore/similar", {"source_image_id": "229b2a75-05e4-4580-85f9-b47ee521a00d", "similarity": 6}, "similarity", "1 to 5"),
    ("prompts/enhance", {"prompt": "x" * 2001}, "prompt", "2,000"),
    ("styles", {"style": "Illustration"}, "style", "digital_illustration"),
    ("styles", {"style": "any", "source_style_weights": "1"}, "source_style_weights", "one weight per style"),
    ("styles", {"style": "any", "mix_policy": "Both"}, "mix_policy", "PaletteMatch"),
]  # fmt: skip


@pytest.mark.parametrize(("endpoint", "values", "option", "words"), REFUSALS)
def test_what_does_not_fit_is_refused_with_a_remedy(endpoint, values, option, words):
    with pytest.raises(BadOption) as caught:
        check(endpoint, values)
    assert caught.value.option == option
    assert words in str(caught.value)
    assert caught.value.remedy.endswith((".", "…"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("TWO WORDS", "box of its own"),
        ("A=B", "cannot be drawn"),
        ("", "needs a word"),
        ("日", "cannot be drawn"),
        ("\u0131", "cannot be drawn"),
    ],
)
def test_words_are_single_and_of_the_letters_there_are(text, words):
    with pytest.raises(ValueError, match=words):
        Words().read([{"text": text, "bbox": BOX}])


def test_words_may_be_written_small_and_leave_the_picture():
    wide = [[-0.5, 0], [1.5, 0], [1.5, 1], [-0.5, 1]]
    assert Words().read([{"text": "Recraft", "bbox": wide}])[0]["text"] == "Recraft"
    assert Words().read('[{"text": "Maß", "bbox": ' + str(BOX) + "}]")[0]["bbox"] == BOX


@pytest.mark.parametrize("box", [BOX[:3], [*BOX, [0, 0]], [[0], [1], [2], [3]], "x", [["a", "b"]] * 4])
def test_a_word_needs_four_corners(box):
    with pytest.raises(ValueError, match="four"):
        Words().read([{"text": "A", "bbox": box}])


def test_a_style_without_a_model_finds_its_model():
    assert check("generations", {"prompt": "x", "style": "Illustration"})["model"] == "recraftv3"
    assert check("generations", {"prompt": "x", "style": "Watercolor"})["model"] == "recraftv2"
    assert check("generations", {"prompt": "x"})["model"] == "recraftv4_1"
    assert check("generations", {"prompt": "x", "style_id": "229B2A75-05E4-4580-85F9-B47EE521A00D"})["model"] == "recraftv3"


def test_without_a_model_one_is_chosen_that_takes_what_is_set():
    words = [{"text": "SEA", "bbox": BOX}]
    for option, value in (("negative_prompt", "people"), ("text_layout", words), ("artistic_level", 2), ("no_text", True)):
        assert check("generations", {"prompt": "x", option: value})["model"] == "recraftv3", option
    assert check("generations", {"prompt": "x", "no_text": False})["model"] == "recraftv4_1"
    both = {"prompt": "x", "style": "Watercolor", "negative_prompt": "people"}
    assert check("generations", both)["model"] == "recraftv2"
    with pytest.raises(BadOption) as caught:  # Watercolor is V2's, lettering V3's: no model takes both
        check("generations", {**both, "text_layout": words})
    assert "Recraft V3" in caught.value.remedy


def test_each_option_is_offered_only_where_its_model_takes_it():
    v4 = {option.name for option in options_of(ENDPOINTS["generations"], "recraftv4_1")}
    v3 = {option.name for option in options_of(ENDPOINTS["generations"], "recraftv3")}
    assert v3 - v4 == {
        "style", "style_id", "negative_prompt", "text_layout", "artistic_level", "no_text", "substyle", "style_match",
    }  # fmt: skip
    assert "artistic_level" not in option_names(ENDPOINTS["explore"])


def test_every_parameter_of_the_contract_is_an_option():
    hidden = {"image", "mask", "file", "files", "response_format", "controls"}
    names = {row.name for endpoint in ENDPOINTS.values() for row in endpoint.parameters} - hidden
    assert names <= set(OPTIONS)
    assert all(option.help.endswith(".") and option.label for option in OPTIONS.values())


def test_every_endpoint_has_an_operation():
    called = {operation.endpoint for operation in OPERATIONS.values()}
    assert set(ENDPOINTS) - called == {"generations/raster", "generations/vector"}  # chosen by the model


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_colours_read_alike_as_text_and_numbers(red, green, blue):
    assert Color().read(f"#{red:02x}{green:02X}{blue:02x}") == Color().read([red, green, blue]) == (red, green, blue)
    assert Colors().read([{"rgb": [red, green, blue], "weight": 0.5}]) == Colors().read(f"#{red:02x}{green:02x}{blue:02x}:0.5")


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.text(max_size=8))
def test_numbers_are_in_range_or_refused(value):
    rule = Number(0, 1)
    try:
        read = rule.read(value)
    except ValueError:
        return
    assert 0 <= read <= 1


@given(st.sampled_from(RATIOS), st.sampled_from(sorted(MODELS)))
def test_every_documented_ratio_fits_every_model(ratio, model):
    own = {"style_id": "229b2a75-05e4-4580-85f9-b47ee521a00d"} if MODELS[model].needs_style else {}
    assert check("generations", {"prompt": "x", "model": model, "size": ratio, **own})["size"] == ratio
    assert SizeText().read(ratio.replace(":", " : ")) == ratio


def test_a_model_of_own_styles_needs_one():
    with pytest.raises(BadOption, match="style of your own"):
        check("generations", {"prompt": "x", "model": "recraftv4_styles"})


def test_a_base_style_finds_its_model_and_takes_a_substyle():
    read = check("generations", {"prompt": "x", "style": "digital_illustration", "substyle": "hand_drawn"})
    assert read["model"] == "recraftv3"
    assert check("generations", {"prompt": "x", "style": "icon"})["model"] == "recraftv2_vector"
    with pytest.raises(BadOption, match="base style"):
        check("generations", {"prompt": "x", "style": "Noir", "substyle": "hand_drawn"})


def test_the_longer_names_of_models_are_read():
    assert check("generations", {"prompt": "x", "model": "recraftv4_1_raster"})["model"] == "recraftv4_1"


def test_a_dearer_value_costs_what_it_costs():
    row = ENDPOINTS["vectorize"]
    assert [row.units_for(values) for values in ({}, {"version": "v1"}, {"version": "v1_pro"})] == [10, 10, 40]


def test_every_field_of_the_services_own_document_is_offered_or_has_its_reason():
    """`openapi.json` names the fields of each request; a field we do not send says why."""
    newer = {row.name for endpoint in ENDPOINTS.values() for row in endpoint.newer}
    hidden = {row.name for endpoint in ENDPOINTS.values() for row in endpoint.newer if not row.offered}
    assert newer - set(OPTIONS) <= set(NOT_OPTIONS)
    assert hidden <= {"upscale", "image_format"}
    assert all(reason for reason in NOT_OPTIONS.values())
