"""Refine details: its price, its place, its engine, and the two names the service has had for it."""

import io
import json

import numpy as np
import pytest
import requests
from PIL import Image
from recraft_core import Studio
from recraft_core.api.client import Client
from recraft_core.api.wire import Call, File
from recraft_core.shared.contract import ENDPOINTS, SIZES
from recraft_core.shared.errors import RecraftError
from wild import PNG, http, wild

MADE = http(json.dumps({"created": 1, "credits": 210, "image": {"image_id": "one", "b64_json": "aGk="}}).encode())
PICTURE = File("image", "image/png", PNG)
MISSING = http(b"404 page not found", "404 Not Found", "text/plain")


def texture(width=300, height=260):
    """Waves of brightness that a blur has taken the edge off."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    wave = 127 + 60 * np.sin(x / 3.1) * np.sin(y / 4.3)
    return np.dstack([wave, wave * 0.8, 255 - wave]).astype(np.uint8)


@pytest.mark.parametrize("refinement", ["subtle", "moderate"])
def test_the_engine_raises_details_at_the_size_of_the_largest_model(engine, key, refinement):
    data = io.BytesIO()
    Image.fromarray(texture()).save(data, "PNG")
    before = engine.balance
    answer = requests.post(
        f"{engine.base_url}/images/enhance", headers={"Authorization": f"Bearer {key}"}, timeout=120,
        files={"image": ("a.png", data.getvalue(), "image/png"), "refinement": (None, refinement)},
    ).json()  # fmt: skip
    assert (answer["credits"], before - engine.balance) == (210, 210)
    made = Image.open(io.BytesIO(requests.get(answer["image"]["url"], timeout=60).content)).convert("RGB")
    assert made.size == SIZES["v4_2k"]["5:4"]
    back = np.asarray(made.resize((300, 260), Image.Resampling.BOX), float)
    assert np.abs(back - texture()).mean() < 12  # still the same picture
    assert back[..., 0].std() > texture()[..., 0].std()  # with more contrast in its details


def test_a_part_of_the_picture_is_refined_in_its_place(engine, key):
    canvas, hole = texture(600, 500), np.zeros((500, 600), np.uint8)
    hole[200:300, 250:400] = 255
    made = Studio(key=key, base_url=engine.base_url).refine_details(canvas, mask=hole, refinement="moderate")
    changed = (made.pixels[..., :3] != canvas).any(axis=2)
    assert changed[hole == 255].mean() > 0.5
    assert not changed[hole == 0].any()
    assert made.units == 210


def test_a_service_that_knows_the_older_name_is_asked_by_it_once():
    """A 404 without a code is the front layer's: nothing was begun."""
    with wild(lambda path, _sock: MADE if path.endswith("/refineDetails") else MISSING) as service:
        answer = Client("key-for-tests-0123456789", service.base_url).send(Call("enhance", {}, (PICTURE,)))
    assert answer.units == 210
    assert [head.split()[1].rsplit("/", 1)[1] for head in service.asked] == ["enhance", "refineDetails"]


@pytest.mark.parametrize(
    ("refusal", "posts"),
    [
        (MISSING, 2),
        (http(b'{"code": "not_found", "message": "no such style"}', "404 Not Found"), 1),
        (http(b'{"code": "invalid_request_parameter", "message": "no"}', "400 Bad Request"), 1),
        (http(b"oh", "500 Internal Server Error", "text/plain"), 1),
    ],
)
def test_only_an_unknown_address_leads_to_the_older_name(refusal, posts):
    with wild(refusal) as service, pytest.raises(RecraftError):
        Client("key-for-tests-0123456789", service.base_url).send(Call("enhance", {}, (PICTURE,)))
    assert service.posts() == posts


def test_the_engine_knows_both_names(engine, key):
    for path in (ENDPOINTS["enhance"].path, *ENDPOINTS["enhance"].older):
        answer = requests.post(f"{engine.base_url}{path}", headers={"Authorization": f"Bearer {key}"}, json={}, timeout=20)
        assert (answer.status_code, answer.json()["message"]) == (400, "image is required")
