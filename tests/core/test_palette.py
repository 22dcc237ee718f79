"""A picture's colours brought to a few: counted here, reduced by the service, given back as #rrggbb."""

import json

import numpy as np
import pytest
import requests
from PIL import Image
from recraft_core import Studio, cli
from recraft_core.api.answers import read
from recraft_core.api.wire import Asked
from recraft_core.imaging.palette import counted
from recraft_core.shared.errors import BadAnswer, BadOption, Exit
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.plugin.choices import answer_words

RED, SEA, SAND = (200, 30, 40), (20, 90, 160), (230, 210, 160)


def stripes(noise=0):
    """Half red, three eighths sea, one eighth sand, each with a little noise."""
    pixels = np.zeros((160, 160, 3), np.int32)
    pixels[:, :80], pixels[:, 80:140], pixels[:, 140:] = RED, SEA, SAND
    pixels += np.random.default_rng(4).integers(-noise, noise + 1, pixels.shape)
    return pixels.clip(0, 255).astype(np.uint8)


def with_alpha(rgb, alpha=255):
    return np.dstack([rgb, np.full(rgb.shape[:2], alpha, np.uint8)])


def rgb(text):
    return np.array(tuple(bytes.fromhex(text[1:])), int)


def test_colours_are_counted_as_they_are_while_they_are_few():
    assert counted(with_alpha(stripes()), None, 256) == ((RED, 0.5), (SEA, 0.375), (SAND, 0.125))


def test_of_many_colours_near_ones_are_merged_and_none_is_lost():
    found = counted(with_alpha(stripes(noise=9)), None, 32)
    assert 3 <= len(found) <= 32
    assert sum(share for _, share in found) == pytest.approx(1)
    near_red = sum(share for colour, share in found if np.abs(np.subtract(colour, RED)).max() <= 12)
    assert near_red == pytest.approx(0.5, abs=0.01)


def test_what_is_transparent_or_not_selected_does_not_count():
    pixels = with_alpha(stripes())
    pixels[:, :80, 3] = 100
    assert dict(counted(pixels, None, 256)) == {SEA: 0.75, SAND: 0.25}
    coverage = np.zeros((160, 160), np.uint8)
    coverage[:, 150:] = 200
    assert counted(pixels, coverage, 256) == ((SAND, 1.0),)
    assert counted(with_alpha(stripes(), alpha=0), None, 256) == ()


@pytest.fixture
def studio(engine, key):
    return Studio(key=key, base_url=engine.base_url)


def test_a_script_gets_the_colours_of_the_picture(studio):
    made = studio.palette(stripes(noise=9), 3)
    assert len(made) == 3
    for found, wanted in zip(made, (RED, SEA, SAND), strict=True):
        assert np.abs(rgb(found) - wanted).max() <= 6


def test_fewer_colours_merge_what_looks_alike(studio):
    """Two reds that only numbers tell apart become one before red and blue do."""
    picture = np.zeros((60, 90, 3), np.uint8)
    picture[:, :30], picture[:, 30:60], picture[:, 60:] = (200, 30, 40), (210, 36, 46), (20, 90, 160)
    one, other = studio.palette(picture, 2)
    assert np.abs(rgb(one) - (205, 33, 43)).max() <= 3
    assert np.abs(rgb(other) - (20, 90, 160)).max() <= 1


def test_a_mask_chooses_where_to_look(studio):
    mask = np.zeros((160, 160), np.uint8)
    mask[:, 145:] = 255
    (only,) = studio.palette(stripes(), 4, mask=mask)
    assert np.abs(rgb(only) - SAND).max() <= 1


@pytest.fixture
def recraft(engine, key, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    monkeypatch.chdir(tmp_path)
    Image.fromarray(stripes()).save("stripes.png")

    def run(*words):
        capsys.readouterr()
        return cli.main(["palette", "stripes.png", *words, "--base-url", engine.base_url]), *capsys.readouterr()

    return run


def test_the_command_prints_a_colour_a_line(recraft, engine):
    before = engine.balance
    code, out, err = recraft("-n", "3")
    assert (code, out.split()) == (Exit.OK, ["#c81e28", "#145aa0", "#e6d2a0"]), err
    assert before - engine.balance == 10
    data = json.loads(recraft("-n", "2", "--json")[1])
    assert data["answer"]["colors"] == list(dict.fromkeys(pair["to"] for pair in data["answer"]["mapping"]))
    assert len(data["answer"]["colors"]) == 2


def test_a_dry_run_says_which_colours_would_go_and_that_the_price_is_a_guess(recraft, engine):
    engine.requests.clear()
    told = json.loads(recraft("--dry-run", "--json")[1])
    assert told["price"].startswith("about 10 units")
    assert told["fields"]["num_colors_limit"] == 8
    assert told["fields"]["colors"][0] == {"hex": "#c81e28", "weight": 0.5}
    assert not engine.requests


def test_too_many_or_none_are_refused_before_anything_is_sent(recraft, studio):
    for wrong in ("0", "65", "2.5"):
        code, _, err = recraft("-n", wrong)
        assert code == Exit.OPTION
        assert "Colours" in err
    with pytest.raises(BadOption, match="transparent"):
        studio.palette(with_alpha(stripes(), alpha=0), 3)


def test_only_the_selection_is_looked_at():
    made = plan(Ask("palette", {}, Size(8000, 6000), Box(10, 20, 300, 200)))
    assert (made.read, made.place, made.notes) == (Box(10, 20, 300, 200), None, ())
    assert plan(Ask("palette", {}, Size(8000, 6000))).read == Box(0, 0, 8000, 6000)


COLOURS = Asked("colours", 10)
LOOSE = {
    "as the document has it": ({"mapping": [{"from": "#C81E28", "to": "#c81e27"}], "credits": 3}, ["#c81e27"], 3),
    "without the sign": ({"mapping": [{"from": "c81e28", "to": "C81E28"}]}, ["#c81e28"], 10),
    "an odd item among good ones": (
        {"mapping": [None, {"from": "#1", "to": 4}, {"from": "#111111", "to": "#222222"}]}, ["#222222"], 10,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOSE)
def test_answers_are_read_leniently(name):
    body, colours, units = LOOSE[name]
    answer = read(COLOURS, json.dumps(body).encode())
    assert (answer.body["colors"], answer.units) == (colours, units)


@pytest.mark.parametrize("body", [{}, {"mapping": []}, {"mapping": [{"from": "red", "to": "blue"}]}, {"mapping": "no"}])
def test_an_answer_without_a_colour_says_so(body):
    with pytest.raises(BadAnswer, match="the colours"):
        read(COLOURS, json.dumps(body).encode())


def test_a_host_is_handed_the_colours_as_one_text():
    assert answer_words(OPERATIONS["palette"], {"colors": ["#111111", "#222222"]}) == "#111111 #222222"
    assert answer_words(OPERATIONS["enhance_prompt"], {"prompt": "a boat"}) == "a boat"
    assert answer_words(OPERATIONS["erase"], {}) == ""


def test_every_colour_is_mapped_and_there_are_no_more_than_asked_for(engine, key):
    rng = np.random.default_rng(8)
    colours = [{"hex": f"#{bytes(rng.integers(0, 256, 3, dtype=np.uint8)).hex()}", "weight": float(w)} for w in rng.random(200)]
    asked = {"colors": colours, "num_colors_limit": 12}
    answer = requests.post(f"{engine.base_url}/colors/optimize", json=asked, timeout=30,
                           headers={"Authorization": f"Bearer {key}"}).json()  # fmt: skip
    assert [pair["from"] for pair in answer["mapping"]] == [colour["hex"] for colour in colours]
    assert 1 < len({pair["to"] for pair in answer["mapping"]}) <= 12
