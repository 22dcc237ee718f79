"""`recraft account --prices`: the whole table, true to what a click then costs, without a word to anybody."""

import json
import re
import socket

import pytest
from recraft_core import cli, learnt, paths
from recraft_core.shared.contract import MODELS
from recraft_core.shared.errors import Exit
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.plan import Ask, plan


@pytest.fixture
def printed(monkeypatch, tmp_path, capsys):
    """What `recraft account --prices` prints in a place without a network."""

    def nowhere(*_arguments, **_more):
        raise AssertionError("it asks somebody")

    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    monkeypatch.setattr(socket, "socket", nowhere)
    monkeypatch.setattr(socket, "create_connection", nowhere)

    def run(*more):
        assert cli.main(["account", "--prices", *more]) == Exit.OK
        return capsys.readouterr().out

    return run


def lines(printed):
    return {(line["operation"], line["when"]): line for line in json.loads(printed("--json"))}


def test_every_operation_and_every_model_it_takes_has_a_price(printed):
    told = lines(printed)
    assert {operation for operation, _ in told} == {operation.command for operation in OPERATIONS.values()}
    for operation in OPERATIONS.values():
        named = {when for command, when in told if command == operation.command}
        assert named >= (set(operation.row.models) if operation.row.price.units is None else {""})
    assert {when for command, when in told if command == "generate"} == set(MODELS)


def test_prices_of_the_list_and_of_later_pages(printed):
    """Source: "Pricing" for those it has; "observed" and "assumed" ones say so."""
    told = lines(printed)
    known = {
        ("generate", "recraftv4_1_pro"): (210, "image", "documented"),
        ("generate", "recraftv4_1_flash"): (7, "image", "observed"),
        ("generate", "recraftv4_styles_pro_vector"): (120, "image", "observed"),
        ("inpaint", "recraftv3_vector"): (80, "image", "documented"),
        ("image-to-image", "recraftv4"): (40, "image", "assumed"),
        ("creative-upscale", ""): (250, "request", "documented"),
        ("vectorize", "version v1_pro"): (40, "request", "assumed"),
        ("create-style", ""): (5, "request", "observed"),
        ("refine-details", ""): (210, "request", "observed"),
        ("explore", ""): (80, "request", "assumed"),
    }
    assert {key: tuple(told[key][name] for name in ("units", "per", "trust")) for key in known} == known
    page = "https://www.recraft.ai/docs/api-reference/endpoints"
    assert {key[1] for key, line in told.items() if key[0] == "generate" and line["source"] != page} == {
        "recraftv4_1_flash", "recraftv4_styles", "recraftv4_styles_vector", "recraftv4_styles_pro", "recraftv4_styles_pro_vector",
    }  # fmt: skip
    assert told["refine-details", ""]["source"] == "https://www.recraft.ai/docs, pages of November 2026"
    assert all(line["usd"] == line["units"] / 1000 for line in told.values())
    assert all(line["note"] for line in told.values() if line["trust"] == "assumed")


SAID = {"prompt": "a boat", "size": "1:1", "strength": 0.5, "expand_right": 60, "style": "any",
        "source_image_id": "c18a1988-45e7-4c00-82c4-4ad7d3dbce3a", "similarity": 3,
        "style_id": "c18a1988-45e7-4c00-82c4-4ad7d3dbce3a"}  # fmt: skip


def test_a_click_costs_what_the_table_says(printed):
    for (command, when), line in lines(printed).items():
        operation = OPERATIONS[command.replace("-", "_")]
        wanted = {option.name for option in operation.options}
        options = {name: value for name, value in SAID.items() if name in wanted}
        if operation.name != "create_style":
            options.pop("style", None)
        if "styles" not in when:
            options.pop("style_id", None)
        if operation.shape == "frame":
            options.pop("size", None)
        name, _, value = when.partition(" ")
        options.update({name: value} if value else {"model": when} if when else {})
        asked = plan(Ask(operation.name, options, canvas=Size(600, 600), selection=Box(200, 200, 100, 100)))
        assert asked.units == line["units"], (command, when)


def teach(prices, models):
    """The file in which what answers and the service taught is kept."""
    paths.make_folder(paths.here().history, private=True)
    (paths.here().history / learnt.NAME).write_text(json.dumps({"prices": prices, "models": models, "asked": 1}))


def test_what_answers_charged_stands_in_the_place_of_what_was_documented(printed):
    before = lines(printed)
    teach({"crispUpscale": 6, "vectorize version=v1_pro": 55, "generations recraftv4": 41, "variateImage recraftv3": 80}, {})
    after = lines(printed)
    changed = {key: (line["units"], line["usd"], line["trust"]) for key, line in after.items() if line != before[key]}
    assert changed == {
        ("crisp-upscale", ""): (6, 0.006, "learnt"), ("vectorize", "version v1_pro"): (55, 0.055, "learnt"),
        ("generate", "recraftv4"): (41, 0.041, "learnt"), ("variations", ""): (80, 0.08, "learnt"),
    }  # fmt: skip
    assert re.search(r"^crisp-upscale +6 units · \$0\.006 per request +learnt$", printed(), re.MULTILINE)


def test_models_that_the_service_alone_knows_come_last_under_its_own_name_for_them(printed):
    before = lines(printed)
    named = {"recraftv4": "V4", "recraftv4_1_raster": "V4.1", "recraftv5": "Recraft\x1b V5", "recraftv6": ""}
    teach({}, {name: {"name": label, "units": 60} for name, label in named.items()})
    told = [line for line in json.loads(printed("--json")) if (line["operation"], line["when"]) not in before]
    facts = {"operation": "generate", "units": 60, "usd": 0.06, "per": "image", "trust": "listed", "source": "GET /v1/models"}
    assert told == [
        {**facts, "when": "recraftv5", "note": "Recraft V5, for --model-id"},
        {**facts, "when": "recraftv6", "note": "recraftv6, for --model-id"},
    ]
    assert "generate recraftv5: Recraft V5, for --model-id." in printed().splitlines()


def test_the_table_for_a_person(printed):
    text = printed()
    assert re.search(r"^generate +recraftv4_1 +35 units · \$0\.035 per image +documented$", text, re.MULTILINE)
    assert re.search(r"^account +free per request", text, re.MULTILINE)
    assert [line.partition(":")[0] for line in text.splitlines() if line.endswith(".")] == [
        "vectorize version v1_pro", "image-to-image", "variations", "explore", "explore-similar", "create-style", "palette",
    ]  # fmt: skip
    assert "vectorize version v1_pro: named on another vendor's page only." in text
    assert max(map(len, text.splitlines())) <= 100
