"""The unmodified OpenAI library runs every example of the page "Endpoints" against the engine.

The calls are the page's own, word for word but for the pictures (256 px here) and the ids that a real call returned.
"""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import requests
from openai import OpenAI, PermissionDeniedError, RateLimitError
from PIL import Image
from recraft_core.shared.contract import ENDPOINTS, SIZES
from samples import sample

FORM = {"headers": {"Content-Type": "multipart/form-data"}}


@pytest.fixture
def client(engine, key):
    with OpenAI(base_url=engine.base_url, api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture
def opened(tmp_path):
    """Open files by field name, as the examples do; closed after the test."""
    (tmp_path / "image.png").write_bytes(sample("photo"))
    (tmp_path / "mask.png").write_bytes(sample("mask"))
    with ExitStack() as stack:

        def open_all(*fields):
            names = {field: "mask.png" if field == "mask" else "image.png" for field in fields}
            return {field: stack.enter_context((tmp_path / name).open("rb")) for field, name in names.items()}

        yield open_all


def picture(url):
    """The pixels, or the SVG, behind a result's address."""
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200
    if answer.headers["content-type"].startswith("image/svg"):
        return answer.text
    assert answer.headers["content-type"] == "image/webp"
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_generate_image(client):
    response = client.images.generate(prompt="race car on a track")
    assert picture(response.data[0].url).shape[2] == 3


def test_generate_with_a_style_id_and_controls(client, opened):
    made = client.post(path="/styles", cast_to=object, options=FORM, body={"style": "digital_illustration"},
                       files=opened("file1"))  # fmt: skip
    response = client.images.generate(
        prompt="race car on a track", extra_body={"style_id": made["id"], "controls": {"artistic_level": 2}}
    )
    # V3 by its style; without a size one of its table is chosen from the prompt.
    assert picture(response.data[0].url).shape[1::-1] in SIZES["v2_v3"].values()


@pytest.mark.parametrize("kind", ["raster", "vector"])
def test_generate_one_kind(client, kind):
    model = "recraftv3" if kind == "raster" else "recraftv3_vector"
    body = {"prompt": "race car on a track", "model": model, "size": "1:1"}
    response = client.post(path=f"/images/generations/{kind}", cast_to=object, body=body)
    assert isinstance(picture(response["data"][0]["url"]), str) == (kind == "vector")


def test_create_style(client, opened):
    response = client.post(path="/styles", cast_to=object, options=FORM, body={"style": "digital_illustration"},
                           files=opened("file1"))  # fmt: skip
    assert set(response) == {"id", "style", "creation_time", "is_private", "credits"}
    assert (response["style"], response["is_private"], response["credits"]) == ("digital_illustration", True, 5)


def test_image_to_image(client, opened):
    response = client.post(path="/images/imageToImage", cast_to=object, options=FORM, files=opened("image"),
                           body={"prompt": "winter", "strength": 0.2})  # fmt: skip
    assert picture(response["data"][0]["url"]).shape == (256, 256, 3)


def test_inpaint(client, opened):
    response = client.post(path="/images/inpaint", cast_to=object, options=FORM,
                           files=opened("image", "mask"), body={"prompt": "winter"})  # fmt: skip
    _only_the_mask_changed(picture(response["data"][0]["url"]))


def _only_the_mask_changed(pixels):
    before = np.asarray(Image.open(io.BytesIO(sample("photo"))))
    kept = np.asarray(Image.open(io.BytesIO(sample("mask")))) == 0
    assert (pixels[kept] == before[kept]).all()
    assert (pixels[~kept] != before[~kept]).any()


def test_outpaint(client, opened):
    response = client.post(path="/images/outpaint", cast_to=object, options=FORM, files=opened("image"),
                           body={"prompt": "a mountain landscape", "size": "16:9",
                                 "zoom_out_percentage": 25.0})  # fmt: skip
    assert picture(response["data"][0]["url"]).shape == (1024, 1820, 3)


def test_replace_background(client, opened):
    response = client.post(path="/images/replaceBackground", cast_to=object, options=FORM,
                           files=opened("image"), body={"prompt": "winter"})  # fmt: skip
    assert picture(response["data"][0]["url"]).shape == (256, 256, 3)


def test_generate_background(client, opened):
    response = client.post(path="/images/generateBackground", cast_to=object, options=FORM,
                           files=opened("image", "mask"), body={"prompt": "winter"})  # fmt: skip
    assert picture(response["data"][0]["url"]).shape == (256, 256, 3)


def test_vectorize(client, opened):
    response = client.post(path="/images/vectorize", cast_to=object, options=FORM, files=opened("file"))
    assert "<svg" in picture(response["image"]["url"])


def test_remove_background(client, opened):
    response = client.post(path="/images/removeBackground", cast_to=object, options=FORM, files=opened("file"))
    assert picture(response["image"]["url"]).shape[:2] == (256, 256)


@pytest.mark.parametrize("path", ["crispUpscale", "creativeUpscale"])
def test_upscale(client, opened, path):
    response = client.post(path=f"/images/{path}", cast_to=object, options=FORM, files=opened("file"))
    assert picture(response["image"]["url"]).shape == (1024, 1024, 3)


def test_erase_region(client, opened):
    response = client.post(path="/images/eraseRegion", cast_to=object, options=FORM,
                           files=opened("image", "mask"))  # fmt: skip
    _only_the_mask_changed(picture(response["image"]["url"]))


def test_remix(client, opened):
    response = client.post(path="/images/variateImage", cast_to=object, options=FORM, files=opened("image"),
                           body={"size": "1024x1024"})  # fmt: skip
    assert picture(response["data"][0]["url"]).shape == (1024, 1024, 3)


def test_explore_and_explore_similar(client):
    response = client.post(path="/images/explore", cast_to=object, body={"prompt": "race car on a track"})
    source = response["data"][0]
    assert len({one["image_id"] for one in response["data"]}) == 8
    similar = client.post(path="/images/explore/similar", cast_to=object,
                          body={"source_image_id": source["image_id"], "similarity": 5})  # fmt: skip
    first, near = picture(source["url"]), picture(similar["data"][0]["url"])
    assert first.shape == near.shape == (1024, 1024, 3)
    assert (first != near).any()


def test_a_palette(client):
    colours = [{"hex": "#ff0000"}, {"hex": "#f00000"}, {"hex": "#0000ff"}]
    response = client.post(path="/colors/optimize", cast_to=object, body={"colors": colours, "num_colors_limit": 2})
    assert len({pair["to"] for pair in response.get("mapping") or response["data"]}) == 2


def test_enhance_prompt(client):
    response = client.post(path="/prompts/enhance", cast_to=object, body={"prompt": "race car on a track"})
    assert "race car" in response["enhanced_prompt"]
    assert response["credits"] == 10


def test_get_user_information(client):
    response = client.get(path="/users/me", cast_to=object)
    assert set(response) == {"credits", "email", "id", "name"}


def test_controls(client):
    response = client.images.generate(
        prompt="race car on a track", extra_body={"controls": {"colors": [{"rgb": [0, 255, 0]}]}}
    )
    plain = client.images.generate(prompt="race car on a track")
    greener = picture(response.data[0].url).reshape(-1, 3).mean(0) - picture(plain.data[0].url).reshape(-1, 3).mean(0)
    assert greener[1] > max(greener[0], greener[2])


def test_text_layout(client):
    response = client.images.generate(
        prompt="cute red panda with a sign",
        style="Illustration",
        extra_body={
            "text_layout": [
                {"text": "Recraft", "bbox": [[0.3, 0.45], [0.6, 0.45], [0.6, 0.55], [0.3, 0.55]]},
                {"text": "AI", "bbox": [[0.62, 0.45], [0.70, 0.45], [0.70, 0.55], [0.62, 0.55]]},
            ]
        },
    )
    assert picture(response.data[0].url).shape == (1024, 1024, 3)


def test_nested_values_beside_a_picture_as_the_library_spells_them(client, engine, opened):
    colours = [{"rgb": [0, 255, 0], "weight": 0.25}, {"rgb": [0, 0, 255], "weight": 0.25}]
    word = {"text": "A", "bbox": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]}
    response = client.post(path="/images/inpaint", cast_to=object, options=FORM, files=opened("image", "mask"),
                           body={"prompt": "winter", "text_layout": [word, word],
                                 "controls": {"colors": colours, "no_text": False}})  # fmt: skip
    assert len(response["data"]) == 1
    assert engine.requests[-1].fields == ["controls", "prompt", "text_layout"]


def test_refusals_reach_the_library_as_its_own_errors(engine, client):
    engine.faults.add("users/me", "status", status=429, body={"code": "rate_limit_exceeded", "message": "x"})
    with pytest.raises(RateLimitError):
        client.get(path="/users/me", cast_to=object)
    engine.faults.add("users/me", "status", status=403)
    with pytest.raises(PermissionDeniedError):
        client.get(path="/users/me", cast_to=object)


def test_no_endpoint_is_left_out():
    text = Path(__file__).read_text(encoding="utf-8")
    left_out = [row.id for row in ENDPOINTS.values() if row.path not in text and row.id.split("/")[-1] not in text]
    assert not left_out
