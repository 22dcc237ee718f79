"""`recraft serve --strict`: what the API's page does not list is refused by name, also where later documents have it."""

import pytest
import requests
from recraft_local.server import Settings, serving
from samples import sample
from test_command import command

HEADERS = {"Authorization": "Bearer key-for-tests-0123456789"}
# (path, JSON or form, what the answer names): fields of nbr23-recraft 0.4.0, of ComfyUI's nodes and of the document
LATER = [
    ("images/generations", {"json": {"prompt": "a door", "image_format": "png"}}, "image_format"),
    ("images/generations", {"json": {"prompt": "a door", "creativity": "simple"}}, "creativity"),
    ("images/generations", {"json": {"prompt": "a door", "style_reference_urls": []}}, "style_reference_urls"),
    ("images/generations", {"json": {"prompt": "a door", "model": "recraftv4_1_flash"}}, "recraftv4_1_flash"),
    ("images/generations", {"json": {"prompt": "a door", "model": "recraftv3_raster"}}, "recraftv3_raster"),
    ("images/generations?billing=api", {"json": {"prompt": "a door"}}, "billing"),
    ("images/inpaint", {"files": {"image": sample("photo"), "mask": sample("mask")},
                        "data": {"prompt": "a door", "random_seed": "7"}}, "random_seed"),
    ("images/vectorize", {"files": {"file": sample("photo")}, "data": {"max_num_shapes": "50"}}, "max_num_shapes"),
]  # fmt: skip


@pytest.fixture(scope="module")
def page():
    with serving(Settings(strict=True, page_only=True)) as engine:
        yield engine


def post(base_url, path, request):
    return requests.post(f"{base_url}/{path}", headers=HEADERS, timeout=60, **request)


@pytest.mark.parametrize(("path", "request_", "named"), LATER)
def test_what_only_later_documents_have_is_named_and_charges_nothing(page, path, request_, named):
    before = page.balance
    answer = post(page.base_url, path, request_)
    assert (answer.status_code, named in answer.json()["message"], page.balance) == (400, True, before), answer.text


@pytest.mark.parametrize("path", ["images/enhance", "images/refineDetails", "colors/optimize"])
def test_calls_of_later_documents_are_not_there(page, path):
    assert post(page.base_url, path, {"files": {"image": sample("photo")}} if "images" in path else
                {"json": {"colors": [{"hex": "#112233"}], "num_colors_limit": 1}}).status_code == 404  # fmt: skip


def test_what_the_page_lists_is_served(page):
    assert post(page.base_url, "images/eraseRegion", {"files": {"image": sample("photo"), "mask": sample("mask")}}).ok


def test_the_flag_says_so():
    with command("--port", "0", "--strict") as (_, base_url):
        answer = post(base_url, "images/generations", {"json": {"prompt": "a door", "user": "me"}})
        assert (answer.status_code, "user" in answer.json()["message"]) == (400, True)
        assert "creativity" in post(base_url, *LATER[1][:2]).json()["message"]
