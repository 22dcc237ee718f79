"""The server: shapes of answers, money, results, rates, faults, the command line."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager

import numpy as np
import pytest
import requests
from defusedxml.ElementTree import fromstring
from PIL import Image
from recraft_core.contract import ENDPOINTS, MODELS
from recraft_local.faults import FAULTS
from recraft_local.server import serving
from recraft_local.settings import Settings
from samples import SVG, sample

QUICK = {"image": "photo", "mask": "mask"}


def call(engine, path, *, method="POST", key="key", **request):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers |= request.pop("headers", {})
    return requests.request(
        method, f"{engine.base_url}/{path}", headers=headers, timeout=60, allow_redirects=False, **request
    )


def erase(engine, files=None, **fields):
    named = {field: sample(which) for field, which in (files or QUICK).items()}
    return call(engine, "images/eraseRegion", files=named, data=fields)


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def wait_for(true, patience_s=5):
    """The log line of a request is written just after its answer has left."""
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


# Answers.


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


# Lists and other doors.


def test_styles_are_kept_listed_and_forgotten(engine):
    made = call(engine, "styles", files={"file1": sample("photo")}, data={"style": "icon"}).json()
    assert call(engine, f"styles/{made['id']}", method="GET").json()["style"] == "icon"
    assert made["id"] in [one["id"] for one in call(engine, "styles", method="GET").json()["styles"]]
    told = {"prompt": "x", "style_id": made["id"], "model": "recraftv3"}
    assert "not a raster style" in call(engine, "images/generations", json=told).json()["message"]
    told = {"prompt": "x", "style_id": made["id"], "model": "recraftv2_vector"}
    assert "does not fit recraftv2_vector" in call(engine, "images/generations", json=told).json()["message"]
    assert call(engine, f"styles/{made['id']}", method="DELETE").json() == {}
    assert call(engine, f"styles/{made['id']}", method="GET").status_code == 404


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


def test_other_names_for_this_computer_are_refused(engine):
    answer = call(engine, "users/me", method="GET", headers={"Host": "recraft.example.org"})
    assert answer.status_code == 421


def test_a_body_beyond_the_cap_is_refused_before_it_is_read(engine):
    port = int(engine.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        head = f"POST /v1/images/vectorize HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer k\r\n"
        connection.sendall(f"{head}Content-Length: {10**9}\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


# Money, rates, keys, life of results.


def test_a_call_that_costs_more_than_there_is_is_refused_and_costs_nothing():
    with serving(Settings(units=3)) as engine:
        assert erase(engine).status_code == 200
        answer = erase(engine)
        assert (answer.status_code, answer.json()["code"]) == (402, "not_enough_credits")
        assert engine.balance == 1


def test_a_failure_of_the_engine_itself_costs_nothing():
    with serving() as engine:
        # The results can no longer be kept: the work was done and must be given back.
        engine.engine.store._base.execute("drop table results")
        answer = erase(engine)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
        assert engine.balance == Settings().units


def test_requests_and_pictures_are_counted_per_key():
    with serving(Settings(rate=3)) as engine:
        codes = [call(engine, "users/me", method="GET", key="one").status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = call(engine, "users/me", method="GET", key="one")
        assert refused.json() == {"code": "rate_limit_exceeded", "message": "Rate limit exceeded"}
        assert "retry-after" not in refused.headers
        assert call(engine, "users/me", method="GET", key="two").status_code == 200
        store = engine.engine.store
        assert [store.allow_pictures("three", 60, 100), store.allow_pictures("three", 60, 100)] == [True, False]


def test_only_the_one_key_when_there_is_one():
    with serving(Settings(token="right")) as engine:
        assert call(engine, "users/me", method="GET", key="wrong").text == "request unauthorized"
        assert call(engine, "users/me", method="GET", key="right").status_code == 200


def test_results_expire_and_their_addresses_cannot_be_guessed(engine):
    url = erase(engine).json()["image"]["url"]
    assert requests.get(url[:-1] + ("0" if url[-1] != "0" else "1"), timeout=5).status_code == 404
    assert requests.get(url.replace("/results/", "/results/x"), timeout=5).status_code == 404
    with serving(Settings(expire_s=0)) as short_lived:
        assert requests.get(erase(short_lived).json()["image"]["url"], timeout=5).status_code == 410


def test_a_folder_keeps_balance_styles_and_results(tmp_path):
    settings = Settings(data=str(tmp_path / "engine"), units=100)
    with serving(settings) as engine:
        path = erase(engine).json()["image"]["url"].split("/", 3)[3]
        style = call(engine, "styles", files={"file1": sample("photo")}, data={"style": "any"}).json()["id"]
    with serving(settings) as engine:
        assert engine.balance == 100 - 2 - 40
        assert requests.get(f"{engine.base_url[:-3]}/{path}", timeout=5).status_code == 200
        assert call(engine, f"styles/{style}", method="GET").status_code == 200
    if os.name != "nt":
        assert (tmp_path / "engine" / "engine.sqlite").stat().st_mode & 0o077 == 0


def test_neither_log_holds_the_key(engine, caplog):
    caplog.set_level("INFO", logger="recraft_local")
    call(engine, "users/me", method="GET", key="very-secret")
    seen = requests.get(f"{engine.base_url[:-3]}/_control/requests", timeout=5)
    wait_for(lambda: "GET /v1/users/me 200 0 units" in caplog.text)
    assert "very-secret" not in seen.text + caplog.text
    assert seen.json()[-1]["authorization"] == hashlib.sha256(b"Bearer very-secret").hexdigest()


def test_the_log_names_the_method_that_made_the_picture(engine, caplog):
    caplog.set_level("INFO", logger="recraft_local")
    erase(engine)
    visit = engine.requests[-1]
    assert (visit.units, visit.status, [name for name, _ in visit.files]) == (2, 200, ["image", "mask"])
    assert visit.how
    wait_for(lambda: f"ms {visit.how}" in caplog.text)


# Faults.

BROKEN = {"refuse", "close_after_body", "close_after_work", "reset_midway"}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_connections_break_on_demand(engine, fault):
    before = engine.balance
    engine.faults.add("eraseRegion", fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        erase(engine)
    worked = fault in ("close_after_work", "reset_midway")
    assert before - engine.balance == (2 if worked else 0)
    assert erase(engine).status_code == 200


def test_a_fault_is_played_as_often_as_told_and_only_where_told(engine):
    engine.faults.add("users/me", "status", times=2, status=503, body="later", headers={"retry-after": "1"})
    codes = [call(engine, "users/me", method="GET").status_code for _ in range(3)]
    assert codes == [503, 503, 200]
    engine.faults.add("*", "html", times=0)
    pages = [call(engine, path, method="GET").text for path in ("users/me", "styles", "users/me")]
    assert all(page.startswith("<!doctype html>") for page in pages)


def test_answers_go_wrong_on_demand(engine):
    engine.faults.add("users/me", "huge", bytes=300_000)
    assert len(call(engine, "users/me", method="GET").content) == 300_000
    engine.faults.add("users/me", "redirect", to="http://127.0.0.1:9/x")
    moved = call(engine, "users/me", method="GET")
    assert (moved.status_code, moved.headers["location"]) == (302, "http://127.0.0.1:9/x")
    for fault in ("stall", "stall_before_body", "slow_drip"):
        engine.faults.add("users/me", fault, seconds=0.01, bytes=40)
        assert call(engine, "users/me", method="GET").json()["credits"] == engine.balance


def test_a_stall_lasts_longer_than_an_impatient_client(engine):
    for fault in ("stall", "stall_before_body"):
        engine.faults.add("results", fault, seconds=1)
        with pytest.raises(requests.exceptions.RequestException):
            requests.get(f"{engine.base_url[:-3]}/results/x/y", timeout=0.2)


@pytest.mark.parametrize("endpoint", ["eraseRegion", "results"])
@pytest.mark.parametrize("fault", ["truncated_picture", "wrong_type", "expired_url"])
def test_pictures_go_wrong_on_demand(engine, endpoint, fault):
    engine.faults.add(endpoint, fault, content_type="text/html")
    answer = requests.get(erase(engine).json()["image"]["url"], timeout=20)
    if fault == "expired_url":
        assert answer.status_code == 410
        return
    assert answer.status_code == 200
    with pytest.raises((OSError, SyntaxError)):
        decoded(answer.content)
    assert answer.headers["content-type"].startswith("text/html" if fault == "wrong_type" else "image/webp")


def test_the_test_door_takes_and_lists_faults(engine):
    door = f"{engine.base_url[:-3]}/_control/faults"
    told = requests.post(door, json=[{"endpoint": "users/me", "fault": "status", "status": 418}], timeout=5).json()
    assert told["waiting"] == [{"endpoint": "users/me", "fault": "status", "times": 1, "status": 418}]
    assert set(told["known"]) == set(FAULTS)
    assert call(engine, "users/me", method="GET").status_code == 418
    assert requests.post(door, json={"fault": "nonsense"}, timeout=5).status_code == 400
    assert requests.delete(door, timeout=5).json()["waiting"] == []


def test_the_test_door_is_shut_unless_asked_for():
    with serving(Settings()) as engine:
        assert requests.get(f"{engine.base_url[:-3]}/_control/requests", timeout=5).status_code == 404


# The command.


@contextmanager
def command(*arguments):
    """The server as a process; yields it and its base address, ends it by closing its input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recraft_local", "--port", "0", "--until-stdin-closes", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        first = process.stdout.readline()
        assert re.fullmatch(r"Recraft API on http://127\.0\.0\.1:\d+/v1\n", first), process.stderr.read()
        yield process, first.split()[-1]
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
        process.stderr.close()


def me(base_url):
    return requests.get(f"{base_url}/users/me", headers={"Authorization": "Bearer k"}, timeout=20)


def test_the_command_serves_plays_faults_and_dies_with_its_parent(tmp_path):
    log = tmp_path / "log.txt"
    faults = json.dumps([{"endpoint": "users/me", "fault": "status", "status": 503}])
    with command("--units", "7", "--log", str(log), "--faults", faults) as (process, base_url):
        assert [me(base_url).status_code for _ in range(2)] == [503, 200]
        assert me(base_url).json()["credits"] == 7
    assert process.returncode == 0
    assert log.read_text(encoding="utf-8").count("GET /v1/users/me") == 3


def test_several_workers_share_one_folder(tmp_path):
    with command("--workers", "2", "--data", str(tmp_path), "--units", "50") as (process, base_url):
        asked = [
            requests.post(
                f"{base_url}/images/eraseRegion", headers={"Authorization": "Bearer k"}, timeout=60,
                files={field: sample(which) for field, which in QUICK.items()},
            )
            for _ in range(4)
        ]  # fmt: skip
        # Whichever worker answers, every result is there and the balance is one.
        assert all(requests.get(one.json()["image"]["url"], timeout=20).status_code == 200 for one in asked)
        assert {me(base_url).json()["credits"] for _ in range(6)} == {42}
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--workers", "2"], "need --data"),
        (["--faults", '[{"fault": "nonsense"}]'], "'nonsense' is unknown"),
        (["--rate-limit", "0.5"], "at least 1"),
    ],
)
def test_mistakes_on_the_command_line_are_explained(arguments, told, capsys):
    from recraft_local.__main__ import main

    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert told in capsys.readouterr().err


def test_a_taken_port_is_explained(capsys):
    from recraft_local.__main__ import main

    with serving() as engine:
        port = engine.base_url.split(":")[2].split("/")[0]
        assert main(["--port", port]) == 6
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
