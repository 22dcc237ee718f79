"""What a dry run says is what the contract says is what the price list says is what is charged: every operation, every
model, every count."""

import json

import numpy as np
import pytest
from PIL import Image
from recraft_core import cli
from recraft_core.api.client import Client
from recraft_core.api.wire import Call
from recraft_core.operations import Reading, prepare
from recraft_core.shared.contract import ENDPOINTS
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.plan import Ask, plan

# Units per picture. Source: Recraft docs, "Pricing" (read mid-2026), and for the later ones its pages of autumn 2026.
PRICES = {
    "recraftv4_1": 35, "recraftv4_1_vector": 80, "recraftv4_1_pro": 210, "recraftv4_1_pro_vector": 300,
    "recraftv4_1_utility": 35, "recraftv4_1_utility_vector": 80, "recraftv4_1_utility_pro": 210,
    "recraftv4_1_utility_pro_vector": 300, "recraftv4": 40, "recraftv4_vector": 80, "recraftv4_pro": 250,
    "recraftv4_pro_vector": 300, "recraftv3": 40, "recraftv3_vector": 80, "recraftv2": 22, "recraftv2_vector": 44,
    "recraftv4_1_flash": 7, "recraftv4_styles": 35, "recraftv4_styles_vector": 50, "recraftv4_styles_pro": 100,
    "recraftv4_styles_pro_vector": 120,
}  # fmt: skip
# Units per request.
FIXED = {
    "erase": 2, "vectorize": 10, "remove_background": 10, "crisp_upscale": 4, "creative_upscale": 250, "refine_details": 210,
    "enhance_prompt": 10, "account": 0,
}  # fmt: skip
EDITS = ("inpaint", "outpaint", "replace_background", "generate_background")
CANVAS, SELECTION = Size(300, 280), Box(60, 60, 120, 100)
STYLED = "229b2a75-05e4-4580-85f9-b47ee521a00d"
NEEDED = {
    "outpaint": {"expand_left": 40}, "image_to_image": {"strength": 0.5}, "variations": {"size": "1:1"},
    "explore_similar": {"source_image_id": STYLED, "similarity": 3}, "create_style": {"style": "any"},
}  # fmt: skip


def combinations():
    """(operation, model, count) for all that can be asked."""
    for operation in OPERATIONS.values():
        row = operation.row
        models = row.models if row.parameter("model") and row.models else ("",)
        counts = range(1, 7) if row.parameter("n") else (1,)
        yield from ((operation.name, model, count) for model in models for count in counts)


def planned(name, model, count):
    operation = OPERATIONS[name]
    options = {"prompt": "a boat"} if operation.row.parameter("prompt") and name != "create_style" else {}
    options |= NEEDED.get(name, {})
    options |= {"model": model} if model else {}
    options |= {"n": count} if count > 1 else {}
    if model.startswith("recraftv4_styles"):
        options["style_id"] = STYLED
    if model.endswith("_vector"):
        options |= {"vector": True} if name == "generate" else {"style": "icon"} if name == "create_style" else {}
    canvas = CANVAS if operation.picture else None
    return plan(Ask(name, options, canvas, SELECTION if operation.masked else None))


def expected(name, model, count):
    """By the price list; None where it has none."""
    if name in FIXED:
        return FIXED[name]
    if name in EDITS:
        return (80 if model.endswith("_vector") else 40) * count
    if name == "generate":
        return PRICES.get(model.removesuffix("_raster"), 0) * count or None
    return None


def test_every_combination_costs_what_the_list_says():
    checked = listed = 0
    for name, model, count in combinations():
        made = planned(name, model, count)
        units = expected(name, model, count)
        assert made.units == Call(made.endpoint, made.values).units, (name, model, count)
        assert units is None or made.units == units, (name, model, count)
        checked, listed = checked + 1, listed + (units is not None)
    assert checked > 250
    assert listed > 150


def reading(made):
    pixels = np.random.default_rng(1).integers(0, 255, (CANVAS.height, CANVAS.width, 4), np.uint8)
    pixels[..., 3] = 255
    read = made.read or Box.of(CANVAS)
    pixels = np.ascontiguousarray(pixels[read.y : read.bottom, read.x : read.right])
    coverage = np.full(pixels.shape[:2], 255, np.uint8)
    return Reading(pixels, coverage, pictures=[pixels] if made.operation.name == "create_style" else [])


def once():
    """One (operation, model) for each price: the list above has been through all the others."""
    found = {}
    for name, model, count in combinations():
        if count == 1 and name != "explore_similar" and not model.startswith("recraftv4_styles"):
            found.setdefault((name, planned(name, model, 1).units), (name, model))
    return sorted(found.values())


@pytest.mark.parametrize(("name", "model"), once())
def test_what_is_charged_is_what_was_planned(name, model, engine, key):
    client = Client(key, engine.base_url)
    several = name == "generate" and model in {"recraftv2", "recraftv2_vector"}
    for count in range(1, 7) if several else (1,):
        made = planned(name, model, count)
        before = engine.balance
        answer = client.send(prepare(made, reading(made)))
        assert (answer.units, before - engine.balance, answer.about) == (made.units, made.units, False)
    client.close()


def test_the_dry_run_says_the_same(engine, key, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    for model in ENDPOINTS["generations"].models:
        if model.startswith("recraftv4_styles"):
            continue
        for count in (1, 6):
            capsys.readouterr()
            words = ["generate", "x", "--model", model, "-n", str(count), "--dry-run", "--json"]
            assert cli.main(words) == 0, model
            told = json.loads(capsys.readouterr().out)
            assert told["units"] == planned("generate", model, count).units
    monkeypatch.delenv("RECRAFT_API_TOKEN")
    assert cli.main(["generate", "x", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["units"], told["price"], told["to"]) == (0, "free, on this computer", "this computer")


@pytest.mark.slow
def test_what_is_done_on_this_computer_is_neither_sent_nor_priced_in_its_notes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    monkeypatch.delenv("RECRAFT_API_TOKEN", raising=False)
    wide, mask = np.full((300, 9000, 3), 120, np.uint8), np.zeros((300, 9000), np.uint8)
    mask[140:150, 200:8800] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ["erase", str(tmp_path / "wide.png"), "--mask", str(tmp_path / "mask.png"), "-o", str(tmp_path / "out.png"), "--json"]
    for more in (["--dry-run"], ["--dry-run", "--islands", "tiles"], []):
        assert cli.main([*words, *more]) == 0
        notes = json.loads(capsys.readouterr().out)["notes"]
        assert notes
        assert not [note for note in notes if "sent" in note or "$" in note or "request" in note], notes
