"""What official and other people's clients send works on an engine as it is served; a strict one names what is off."""

import io

import pytest
import requests
from openai import OpenAI
from PIL import Image
from recraft_local.server import Settings, serving
from samples import sample

KEY = {"Authorization": "Bearer key"}


@pytest.fixture(scope="module")
def lenient():
    with serving(Settings(control=True)) as engine:
        yield engine


def parts(fields, **files):
    return [*((name, (None, value)) for name, value in fields.items()),
            *((name, (name, sample(which))) for name, which in files.items())]  # fmt: skip


# (what, path, what requests sends, the rule by which a strict engine refuses it, a word of its answer)
SHAPES = {
    "the Examples page: variations with file and seed":
        ("images/variateImage", {"files": parts({"size": "1024x1024", "seed": "7"}, file="photo")}, "seed"),
    "its JSON twin": ("images/variateImage", {"json": {"size": "1:1", "seed": 7, "image_url": "DATA"}}, "seed"),
    "Recraft's own plugin: a seed for background removal, files named by their field":
        ("images/removeBackground", {"files": parts({"random_seed": "7"}, image="photo")}, "random_seed"),
    "Recraft's own plugin: inpaint with a substyle":
        ("images/inpaint", {"files": parts({"prompt": "a door", "style": "digital_illustration", "substyle": "grain",
                                            "random_seed": "7"}, image="photo", mask="mask")}, ""),
    "ComfyUI: colours as nested fields of a form":
        ("images/generations", {"files": [("prompt", (None, "a door")), ("model", (None, "recraftv3")),
                                          *[("controls[colors][][rgb][]", (None, str(value))) for value in (9, 80, 200)]]},
         "application/json"),
    "ComfyUI: a drawing from V3": ("images/generations",
                                   {"json": {"prompt": "a door", "model": "recraftv3", "style": "vector_illustration"}},
                                   "vector"),
    "the OpenAI library's own fields": ("images/generations",
                                        {"json": {"prompt": "a door", "user": "me", "quality": "hd"}}, "user"),
}  # fmt: skip


def send(engine, path, request):
    import base64

    request = dict(request)
    if request.get("json", {}).get("image_url") == "DATA":
        data = base64.b64encode(sample("photo")).decode()
        request["json"] = {**request["json"], "image_url": f"data:image/png;base64,{data}"}
    return requests.post(f"{engine.base_url}/{path}", headers=KEY, timeout=60, **request)


@pytest.mark.parametrize("name", SHAPES)
def test_other_peoples_requests_are_served(lenient, name):
    path, request, _ = SHAPES[name]
    answer = send(lenient, path, request)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    first = made["image"] if "image" in made else made["data"][0]
    assert requests.get(first["url"], timeout=30).status_code == 200


@pytest.mark.parametrize("name", [name for name, (*_, word) in SHAPES.items() if word])
def test_a_strict_engine_names_what_is_off_and_charges_nothing(engine, name):
    path, request, word = SHAPES[name]
    before = engine.balance
    answer = send(engine, path, request)
    assert answer.status_code == 400
    assert word in answer.json()["message"]
    assert engine.balance == before


def test_v3_with_a_vector_style_gives_a_drawing_at_its_price(lenient):
    before = lenient.balance
    made = send(lenient, *SHAPES["ComfyUI: a drawing from V3"][:2]).json()
    assert before - lenient.balance == 80 == made["credits"]
    assert b"<svg" in requests.get(made["data"][0]["url"], timeout=30).content


def test_seed_means_random_seed(lenient):
    def picture(seed):
        made = send(lenient, "images/variateImage", {"files": parts({"size": "1:1", "seed": seed}, file="photo")}).json()
        return requests.get(made["data"][0]["url"], timeout=30).content

    assert picture("5") == picture("5") != picture("6")


def test_the_openai_library_with_fields_of_its_own(lenient):
    with OpenAI(base_url=lenient.base_url, api_key="key", max_retries=0) as client:
        made = client.images.generate(prompt="a red door", quality="hd", user="me")
    assert Image.open(io.BytesIO(requests.get(made.data[0].url, timeout=30).content)).size == (1024, 1024)


def test_a_call_is_served_while_the_balance_is_above_zero():
    with serving(Settings(units=3)) as engine:
        assert send(engine, "images/generations", {"json": {"prompt": "a door"}}).status_code == 200
        assert engine.balance == -32
        assert send(engine, "images/generations", {"json": {"prompt": "a door"}}).status_code == 402
