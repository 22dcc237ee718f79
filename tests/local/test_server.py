"""The server's answers: shapes, pictures, lists, doors."""

from __future__ import annotations

import base64
import io
import re
import socket
import uuid

import numpy as np
import pytest
import requests
from calls import QUICK, call, decoded, erase
from defusedxml.ElementTree import fromstring
from PIL import Image
from recraft_core.shared.contract import ENDPOINTS, MODELS
from recraft_local.server import serving
from recraft_local.settings import Settings
from samples import SVG, encoded, sample
from waiting import wait_for


def test_a_single_answer(engine):
    before = engine.balance
    answer = erase(engine)
    body = answer.json()
    assert set(body) == {"created", "credits", "image"}
    assert set(body["image"]) == {"image_id", "url"}
    assert body["credits"] == 2 == before - engine.balance
    assert uuid.UUID(answer.headers["x-recraft-requestid"]).version == 4
    assert re.fullmatch(rf"{engine.base_url[:-3]}/results/[\w-]{{43}}/{body['image']['image_id']}", body["image"]["url"])


def test_a_list_answer_and_its_price(engine):
    files = {field: sample(which) for field, which in QUICK.items()}
    body = call(engine, "images/inpaint", files=files, data={"prompt": "x", "n": "3"}).json()
    assert set(body) == {"created", "credits", "data"}
    assert (len(body["data"]), body["credits"]) == (3, 120)
    pictures = [requests.get(one["url"], timeout=20).content for one in body["data"]]
    assert len(set(pictures)) > 1


def test_results_are_public_webp_without_loss(engine):
    answer = requests.get(erase(engine).json()["image"]["url"], timeout=20)
    assert answer.headers["content-type"] == "image/webp"
    outside = decoded(sample("mask")) == 0
    assert (decoded(answer.content)[outside] == decoded(sample("photo"))[outside]).all()


def test_base64_holds_the_same_picture_as_the_address(engine):
    url = erase(engine).json()["image"]["url"]
    inline = erase(engine, response_format="b64_json").json()["image"]
    assert set(inline) == {"image_id", "b64_json"}
    assert base64.b64decode(inline["b64_json"]) == requests.get(url, timeout=20).content


def test_png_on_demand(engine):
    inline = erase(engine, response_format="b64_json", image_format="png").json()["image"]
    assert base64.b64decode(inline["b64_json"]).startswith(b"\x89PNG")


def test_transparency_outside_the_mask_is_kept(engine):
    inline = erase(engine, {"image": "cutout", "mask": "mask"}, response_format="b64_json").json()["image"]
    pixels = decoded(base64.b64decode(inline["b64_json"]))
    assert (pixels[:40, :, 3] == 0).all()
    assert (pixels[40:, :, 3] == 255).all()


def test_a_half_transparent_surrounding_runs_on_into_the_hole(engine):
    inline = erase(engine, {"image": "glass", "mask": "mask"}, response_format="b64_json").json()["image"]
    pixels, before = decoded(base64.b64decode(inline["b64_json"])), decoded(sample("glass"))
    hole = decoded(sample("mask")) > 127
    assert (pixels[~hole] == before[~hole]).all()
    # On white it would come back opaque and far paler than what it stands in.
    assert abs(pixels[hole].astype(int) - (60, 40, 30, 120)).max() <= 4


@pytest.mark.parametrize(
    ("model", "size", "expected"),
    [("recraftv4_1", "16:9", (1344, 768)), ("recraftv3", "1365x1024", (1365, 1024)), ("recraftv2_raster", "9:16", (1024, 1820))],
)
def test_generated_sizes_are_those_of_the_model(engine, model, size, expected):
    told = {"prompt": "a lake", "model": model, "size": size, "response_format": "b64_json"}
    answer = call(engine, "images/generations", json=told)
    picture = Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"])))
    assert picture.size == expected


def test_pro_models_make_two_thousand_pixels(engine):
    told = {"prompt": "a lake", "model": "recraftv4_1_pro", "size": "2:1", "response_format": "b64_json"}
    answer = call(engine, "images/generations", json=told).json()
    assert Image.open(io.BytesIO(base64.b64decode(answer["data"][0]["b64_json"]))).size == (3072, 1536)
    assert answer["credits"] == MODELS["recraftv4_1_pro"].units


def test_vector_models_make_drawings_like_the_service(engine):
    told = {"prompt": "a red fox", "model": "recraftv4_vector", "size": "3:2", "response_format": "b64_json"}
    answer = call(engine, "images/generations", json=told).json()
    root = fromstring(base64.b64decode(answer["data"][0]["b64_json"]))
    tags = [child.tag.rsplit("}")[-1] for child in root]
    assert "metadata" in tags
    assert root.get("preserveAspectRatio") == "none"
    across, down = root.get("viewBox").split()[2:]
    assert across == down
    assert (root.get("width"), root.get("height")) == ("1280", "832")


def test_the_same_request_gives_the_same_bytes_and_another_seed_others(engine):
    told = {"prompt": "a red fox", "size": "1:1", "response_format": "b64_json"}
    made = [
        call(engine, "images/generations", json={**told, **more}).json()["data"][0]["b64_json"]
        for more in ({}, {}, {"random_seed": 1}, {"random_seed": 1}, {"random_seed": 2})
    ]
    assert made[0] == made[1]
    assert made[2] == made[3]
    assert len({made[0], made[2], made[4]}) == 3


def test_svg_in_svg_out_by_geometry(engine):
    answer = erase(engine, {"image": "svg", "mask": "mask"}, response_format="b64_json")
    assert base64.b64decode(answer.json()["image"]["b64_json"]).startswith(b"<svg")
    answer = call(
        engine, "images/removeBackground", files={"file": SVG}, data={"response_format": "b64_json"}
    )
    left = base64.b64decode(answer.json()["image"]["b64_json"])
    assert b"M0 0H256" not in left
    assert b"circle" in left


EDITS = [
    ("inpaint", {"prompt": "x"}, True),
    ("outpaint", {"prompt": "x", "expand_top": 16}, False),
    ("replaceBackground", {"prompt": "snow"}, False),
    ("generateBackground", {"prompt": "snow"}, True),
    ("imageToImage", {"prompt": "snow", "strength": 0.5}, False),
    ("variateImage", {"size": "1:1"}, False),
]


@pytest.mark.parametrize("which", ["flat", "svg"])
@pytest.mark.parametrize(("endpoint", "fields", "masked"), EDITS, ids=[row[0] for row in EDITS])
def test_the_model_decides_what_comes_out_whatever_went_in(engine, endpoint, fields, masked, which):
    # The drawing goes to the raster model and the flat picture to the vector model: both ways through each maker.
    model = "recraftv3" if which == "svg" else "recraftv3_vector"
    files = {"image": sample(which), **({"mask": sample("mask")} if masked else {})}
    told = {**fields, "model": model, "response_format": "b64_json"}
    answer = call(engine, f"images/{endpoint}", files=files, data=told)
    assert answer.status_code == 200, answer.text
    data = base64.b64decode(answer.json()["data"][0]["b64_json"])
    width, height = {"variateImage": (1024, 1024), "outpaint": (256, 272)}.get(endpoint, (256, 256))
    if which == "svg":
        assert decoded(data).shape == (height, width, 3)
    else:
        root = fromstring(data)
        assert (root.get("width"), root.get("height")) == (str(width), str(height))


def test_vector_exploring_stays_vector(engine):
    told = {"prompt": "a red fox", "model": "recraftv4_vector", "size": "4:3"}
    made = call(engine, "images/explore", json=told).json()["data"]
    near = {"source_image_id": made[2]["image_id"], "similarity": 1}
    answer = call(engine, "images/explore/similar", json=near).json()
    assert len(answer["data"]) == 8
    root = fromstring(requests.get(answer["data"][7]["url"], timeout=20).content)
    assert (root.get("width"), root.get("height")) == ("1216", "896")


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"expand_left": 30, "expand_bottom": 20}, (286, 276)),
        ({"zoom_out_percentage": 20}, (256, 256)),
        ({"size": "1024x1024"}, (1024, 1024)),
    ],
)
def test_outpaint_makes_exactly_the_box_asked_for(engine, fields, size):
    told = {"prompt": "x", "response_format": "b64_json", **fields}
    answer = call(engine, "images/outpaint", files={"image": sample("photo")}, data=told)
    pixels = decoded(base64.b64decode(answer.json()["data"][0]["b64_json"]))
    assert pixels.shape[1::-1] == size
    if "expand_left" in fields:
        assert (pixels[:256, 30:] == decoded(sample("photo"))).all()


def test_outpaint_leaves_transparent_what_was_transparent_at_the_border(engine):
    picture = np.zeros((256, 256, 4), np.uint8)
    picture[80:180, 80:180] = (200, 60, 40, 255)
    told = {"prompt": "x", "response_format": "b64_json", "expand_right": 20}
    answer = call(engine, "images/outpaint", files={"image": encoded(picture)}, data=told)
    pixels = decoded(base64.b64decode(answer.json()["data"][0]["b64_json"]))
    assert (pixels[..., 3] == np.pad(picture[..., 3], ((0, 0), (0, 20)))).all()


# Lists and other doors.


def test_styles_are_kept_listed_and_forgotten(engine):
    made = call(engine, "styles", files={"file1": sample("photo")}, data={"style": "icon"}).json()
    assert call(engine, f"styles/{made['id']}", method="GET").json()["style"] == "icon"
    assert made["id"] in [one["id"] for one in call(engine, "styles", method="GET").json()["styles"]]
    told = {"prompt": "x", "style_id": made["id"], "model": "recraftv3"}
    assert "not a raster style" in call(engine, "images/generations", json=told).json()["message"]
    told = {"prompt": "x", "style_id": made["id"], "model": "recraftv2_vector"}
    assert "does not fit recraftv2_vector" in call(engine, "images/generations", json=told).json()["message"]
    assert call(engine, f"styles/{made['id'].upper()}", method="DELETE").json() == {}
    assert call(engine, f"styles/{made['id']}", method="GET").status_code == 404


def test_listed_styles_are_taken_by_their_id(engine):
    basic = call(engine, "styles/basic", method="GET").json()["styles"]
    line_art = next(one["style_id"] for one in basic if (one["style"], one["model"]) == ("Line art", "recraftv3_vector"))
    answer = call(engine, "images/generations", json={"prompt": "a key", "style_id": line_art})
    assert (answer.status_code, answer.json()["credits"]) == (200, MODELS["recraftv3_vector"].units)
    mixed = {"style": "vector_illustration", "source_styles": [line_art]}
    assert call(engine, "styles", json=mixed).status_code == 200


def test_published_lists(engine):
    basic = call(engine, "styles/basic", method="GET").json()["styles"]
    assert {"style": "Noir", "model": "recraftv3"}.items() <= next(one for one in basic if one["style"] == "Noir").items()
    assert [one["id"] for one in call(engine, "models", method="GET").json()["data"]] == list(MODELS)
    root = engine.base_url[:-3]
    assert requests.get(f"{root}/ping", timeout=5).content == b""
    assert requests.get(f"{root}/status", timeout=5).json() == {"service": True, "generation": True}


def test_the_description_covers_every_endpoint_and_parameter(engine):
    root = engine.base_url[:-3]
    paths = requests.get(f"{root}/openapi.json", timeout=5).json()["paths"]
    page = requests.get(f"{root}/docs", timeout=5).text
    assert set(paths) == {row.path for row in ENDPOINTS.values()}
    for row in ENDPOINTS.values():
        assert f"{row.method} {row.path}" in page
        operation = paths[row.path][row.method.lower()]
        if row.body:
            content = operation["requestBody"]["content"]
            schema = content["application/json" if row.body == "json" else "multipart/form-data"]["schema"]
            assert set(schema["properties"]) == {parameter.name for parameter in row.parameters}


def test_head_options_and_wrong_methods(engine):
    assert call(engine, "users/me", method="HEAD").status_code == 200
    options = call(engine, "images/inpaint", method="OPTIONS")
    assert (options.status_code, options.headers["allow"]) == (204, "POST")
    wrong = call(engine, "images/inpaint", method="GET")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert call(engine, "nothing", method="GET", key="").status_code == 401
    assert call(engine, "nothing", method="GET").text == "404 page not found"


@pytest.mark.parametrize("host", ["recraft.example.org", "127.0.0.1:8765@example.org", "127.0.0.1.example.org", "[bad", ""])
def test_other_names_for_this_computer_are_refused(engine, host):
    assert call(engine, "users/me", method="GET", headers={"Host": host}).status_code == 421


def test_its_own_names_are_taken_however_they_are_spelled(engine):
    for host in ("LocalHost:1", "127.0.0.1", "[::1]:8765"):
        assert call(engine, "users/me", method="GET", headers={"Host": host}).status_code == 200
    with serving(Settings(host="::")) as everywhere:
        assert call(everywhere, "users/me", method="GET", headers={"Host": "studio.example.org"}).status_code == 200


def test_whatever_goes_wrong_is_told_in_the_shape_of_a_refusal():
    with serving() as engine:
        engine.engine.store._base.execute("drop table account")
        answer = call(engine, "users/me", method="GET")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
        assert uuid.UUID(answer.headers["x-recraft-requestid"])


def test_a_client_that_goes_away_while_sending_is_no_failure_of_the_engine(engine, caplog):
    port = int(engine.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        head = f"POST /v1/images/vectorize HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer k\r\n"
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\nshort".encode())
        wait_for(lambda: engine.requests and engine.requests[-1].received)
    wait_for(lambda: engine.requests[-1].ended)
    assert "failed" not in caplog.text


def test_a_drawing_that_asks_too_much_is_refused_and_costs_nothing(engine):
    pytest.importorskip("resvg_py")
    before = engine.balance
    files = {"image": sample("svg-laughs")}
    answer = call(engine, "images/replaceBackground", files=files, data={"prompt": "snow", "model": "recraftv3_vector"})
    assert (answer.status_code, "cannot be drawn" in answer.json()["message"]) == (400, True)
    assert engine.balance == before


def test_a_body_beyond_the_cap_is_refused_before_it_is_read(engine):
    port = int(engine.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        head = f"POST /v1/images/vectorize HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer k\r\n"
        connection.sendall(f"{head}Content-Length: {10**9}\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_the_log_names_every_wish_that_had_no_effect(engine):
    wishes = {"prompt": "a fox", "style": "Noir", "negative_prompt": "birds"}
    answer = call(
        engine, "images/inpaint", data=wishes, files={"image": sample("flat"), "mask": sample("mask")}
    )
    assert answer.status_code == 200
    wait_for(lambda: engine.requests and engine.requests[-1].how)
    assert "prompt, style, negative_prompt ignored" in engine.requests[-1].how
    assert "a fox" not in engine.requests[-1].how
