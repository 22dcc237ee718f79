"""A picture that follows the style of others: by every door, as the service's own document spells it."""

import base64
import io
import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image
from recraft_core import Studio, cli
from recraft_core.api.wire import encode
from recraft_core.history import History
from recraft_core.operations import Reading, prepare
from recraft_core.settings import Settings
from recraft_core.shared.contract import learnt
from recraft_core.shared.errors import BadOption, BadPicture, Exit
from recraft_core.shared.geometry import Size
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.protocol import Message
from recraft_core.worker.job import Job
from recraft_local.server import Settings as Engine
from recraft_local.server import serving

DUNES = Path(__file__).parents[1] / "pictures" / "dunes.jpg"
SIZES = {"size": "1:1"}


def noise(seed, size=(300, 200)):
    return np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)


@pytest.fixture
def file(tmp_path):
    Image.fromarray(noise(1)).save(tmp_path / "with a blank.png")
    return tmp_path / "with a blank.png"


@pytest.fixture
def home(tmp_path, monkeypatch, key):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)


def encoded(options, count=2):
    made = plan(Ask("generate", {"prompt": "a boat", **options}, Size(300, 300)))
    body = encode(prepare(made, Reading(pictures=[np.dstack([noise(n), np.full((300, 200), 255, np.uint8)])
                                                  for n in range(count)])))  # fmt: skip
    return made, body.media_type, json.loads(b"".join(map(bytes, body)))


def test_the_request_is_the_one_of_the_services_document():
    made, media_type, body = encoded({"style_references": "a.png; b.png"})
    assert (made.endpoint, media_type) == ("generations", "application/json")
    assert set(body) == {"prompt", "model", "size", "style_reference_urls"}
    assert body["model"] == "recraftv4_styles"
    found = [Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) for url in body["style_reference_urls"]]
    assert [url.split(";")[0] for url in body["style_reference_urls"]] == [f"data:image/{one.format.lower()}" for one in found]
    for number, picture in enumerate(found):
        assert picture.size == (256, 384)  # as small as the service takes
        assert np.abs(np.asarray(picture.convert("RGB").resize((200, 300)), int) - noise(number)).mean() < 60


def test_vectors_have_a_model_of_their_own_and_the_price_is_not_sure():
    made, _, body = encoded({"style_references": ["a.png"], "vector": True}, 1)
    assert (made.endpoint, body["model"], made.units, made.sure) == (
        "generations/vector", "recraftv4_styles_vector", 50, False)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"style_references": "a.png", "model": "recraftv3"}, "Recraft V4 Styles"),
        ({"style_references": "a.png", "style_id": "229b2a75-05e4-4580-85f9-b47ee521a00d"}, "style_references"),
        ({"style_references": "a.png", "style": "Illustration"}, "Recraft V4 Styles"),
        ({"model": "recraftv4_styles"}, "style_references"),
        ({"style_references": " ; "}, "between"),
        ({"style_references": [7]}, "between"),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_is_sent(options, said):
    with pytest.raises(BadOption) as refused:
        plan(Ask("generate", {"prompt": "a boat", **options}))
    assert said in str(refused.value)


def test_a_price_with_references_teaches_nothing_about_one_without():
    values = {"model": "recraftv4_styles", "n": 1}
    row = plan(Ask("generate", {"prompt": "a boat", "style_references": "a.png"})).operation.row
    assert learnt.taught(row, {**values, "style_references": ("a.png",)}, 40)[0] != learnt.key_of(row, values)


def test_scripts_hand_over_files_bytes_and_arrays_and_the_style_serves_again(engine, key, file):
    studio, before = Studio(key=key, base_url=engine.base_url), engine.balance
    made = studio.generate("a pier", style_references=[DUNES, file.read_bytes(), noise(3)], **SIZES)
    style = made.body["style_id"]
    assert before - engine.balance == 35 == made.units
    assert any(style in note and "style_id" in note for note in map(str, made.notes))
    again = studio.generate("a pier", style_id=style, model="recraftv4_styles", **SIZES)
    assert again.body == {}
    assert engine.requests[0].fields == ["model", "prompt", "size", "style_reference_urls"]


def test_a_picture_that_is_none_costs_nothing(engine, key, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(BadPicture):
        Studio(key=key, base_url=engine.base_url).generate("a quay", style_references=str(tmp_path / "a.png"))
    assert not engine.requests


def test_the_command_line_takes_the_flag_again_and_again(engine, home, file, tmp_path, capsys):
    code = cli.main(["generate", "a jetty", "--style-references", str(file), "--style-references", str(DUNES), "--json",
                     "--base-url", engine.base_url, "-o", str(tmp_path / "o.png")])  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    with Image.open(tmp_path / "o.png") as picture:
        assert (code, picture.size) == (Exit.OK, (1024, 1024))
    assert told["answer"]["style_id"] in told["notes"][-1]
    assert engine.requests[0].files == []  # they travel in the JSON
    assert engine.requests[0].received > file.stat().st_size


def test_plugins_name_files(engine, key, file, home):
    posted = []
    message = Message("run", 1, {"operation": "generate", "options": {"prompt": "a ferry", "style_references":
                                 f"{file}; {DUNES}", **SIZES}, "canvas": None, "selection": None, "parts": [],
                                 "bare": True})  # fmt: skip
    job, studio = Job(message, posted.append), Studio(key=key, base_url=engine.base_url)
    with closing(History()) as history:
        job.work(studio.service, history, Settings(), "krita", offline=False)
    assert posted[-1].kind == "result"
    assert posted[-1]["answer"]["style_id"]
    assert "style_reference_urls" in engine.requests[0].fields


# --- the engine -----------------------------------------------------------------------------------------------------


def post(engine, path="generations", **request):
    headers = {"Authorization": "Bearer key-for-tests-0123456789"}
    return requests.post(f"{engine.base_url}/images/{path}", headers=headers, timeout=60, **request)


@pytest.mark.slow
def test_the_engine_takes_them_as_parts_of_a_form_and_lists_the_style():
    data = io.BytesIO()
    Image.fromarray(noise(4, (256, 256))).save(data, "PNG")
    parts = [("style_references", (name, data.getvalue(), "image/png")) for name in ("a.png", "b.png")]
    with serving(Engine(control=True)) as lenient:
        made = post(lenient, data={"prompt": "a raft"}, files=parts).json()
        styles = requests.get(f"{lenient.base_url}/styles", headers={"Authorization": "Bearer key"}, timeout=30).json()
    assert [one["id"] for one in styles["styles"]] == [made["style_id"]]
    assert made["credits"] == 35


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"model": "recraftv3"}, "style_references is not supported by recraftv3"),
        ({"style": "Illustration", "model": "recraftv4_styles"}, "exclude each other"),
        ({"style_reference_urls": []}, "style_reference_urls is required"),
        ({"style_reference_urls": ["DATA"] * 11}, "at most 10 files"),
        ({"style_reference_urls": "DATA"}, "must be an array"),
        ({"style_references": ["DATA"]}, "style_reference_urls"),
    ],
)
def test_the_engine_names_what_is_off_and_makes_no_style(engine, key, fields, word):
    data = io.BytesIO()
    Image.fromarray(noise(5, (256, 256))).save(data, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
    given = json.loads(json.dumps({"prompt": "a boat", "style_reference_urls": [url], **fields}).replace("DATA", url))
    listed = f"{engine.base_url}/styles", {"Authorization": f"Bearer {key}"}
    before = engine.balance, requests.get(listed[0], headers=listed[1], timeout=30).json()
    answer = post(engine, json=given)
    assert (answer.status_code, word in answer.json()["message"]) == (400, True), answer.text
    assert before == (engine.balance, requests.get(listed[0], headers=listed[1], timeout=30).json())


def test_inpaint_takes_none(engine):
    assert "style_reference_urls is not a parameter" in post(
        engine, "inpaint", json={"prompt": "a boat", "style_reference_urls": ["data:,"]}
    ).json()["message"]
