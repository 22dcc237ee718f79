"""The pool of units that pays, scores of nudity, and the account's own styles in the lists of the hosts."""

import json
from contextlib import closing

import pytest
from recraft_core import settings
from recraft_core.api import service
from recraft_core.api.answers import picture
from recraft_core.api.client import Client
from recraft_core.api.wire import Call
from recraft_core.history import History
from recraft_core.shared.errors import BadOption
from recraft_core.worker.own_styles import own_styles
from wild import http, wild

KEY = "key-for-tests-0123456789"
ID, OTHER = "229b2a75-05e4-4580-85f9-b47ee521a00d", "c18a1988-45e7-4c00-82c4-4ad7d3dbce3a"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", KEY)


def user():
    return http(json.dumps({"id": "a", "credits": 9}).encode())


def test_the_pool_stands_behind_the_address_of_what_is_paid_and_of_the_balance():
    settings.change("billing", "subscription")
    with wild(http(b'{"enhanced_prompt": "a", "credits": 10}'), user()) as server:
        connection = service.choose(base_url=server.base_url)
        with closing(connection.open()) as client:
            client.send(Call("prompts/enhance", {"prompt": "x"}))
            client.send(Call("users/me", {}))
        with closing(connection.open()) as client, pytest.raises(Exception, match="styles"):
            client.send(Call("styles/list", {}))
    asked = [head.split()[1] for head in server.asked]
    assert asked == ["/v1/prompts/enhance?billing=subscription", "/v1/users/me?billing=subscription", "/v1/styles"]


def test_without_the_setting_the_service_decides_and_nonsense_is_refused():
    with wild(b"", user()) as server, closing(service.choose(base_url=server.base_url).open()) as client:
        client.send(Call("users/me", {}))
    assert [head.split()[1] for head in server.asked] == ["/v1/users/me"]
    with pytest.raises(BadOption, match="Paid from"):
        settings.change("billing", "cash")
    assert settings.change("billing", "none").billing is None


def test_the_engine_takes_the_pool(engine):
    client = Client(KEY, engine.base_url, billing="api")
    assert client.send(Call("prompts/enhance", {"prompt": "a pool"})).units == 10


@pytest.mark.parametrize(
    ("features", "score"),
    [({"nsfw_score": 0.93}, 0.93), ({"nsfw_score": 1}, 1.0), ({"nsfw_score": 7}, None), ({"nsfw_score": "high"}, None),
     ({"nsfw_score": True}, None), ({}, None), (None, None), ([1], None)],
)  # fmt: skip
def test_a_score_of_nudity_is_read_where_it_is_one(features, score):
    made = picture({"image_id": "a", "url": "https://img.recraft.ai/a", "features": features})
    assert (made.nsfw, made.trouble) == (score, "")


def listing(*styles):
    return http(json.dumps({"styles": list(styles)}).encode())


def told(base_url, monkeypatch):
    monkeypatch.setattr(service, "choose", lambda: service.Connection(KEY, base_url))
    with closing(History()) as history:
        return own_styles(history, service.Connection.open)


def test_a_hosts_list_holds_the_accounts_own_styles_the_newest_first(monkeypatch):
    old = {"id": OTHER, "style": "icon", "creation_time": "2026-01-02T10:00:00Z", "is_private": True}
    new = {"id": ID, "style": "any", "creation_time": "2026-08-22T10:00:00.123456789Z", "is_private": True}
    with wild(b"", listing(old, new, None, {"id": "x", "creation_time": "soon"})) as server:
        found = told(server.base_url, monkeypatch)
    assert [(one["id"], one["style"], one["offline"]) for one in found] == [(ID, "any", False), (OTHER, "icon", False), ("x", "", False)]
    assert [one["created"] for one in found] == [1787392800.0, 1767348000.0, 0.0]


@pytest.mark.slow
@pytest.mark.parametrize("said", [http(b"oh", "500 Internal Server Error", "text/plain"), http(b"[]"), b""])
def test_where_the_list_cannot_be_had_the_history_is_enough(said, monkeypatch):
    with wild(b"", said) as server:
        assert told(server.base_url, monkeypatch) == []


def test_what_was_made_here_keeps_its_words(engine, monkeypatch):
    import numpy as np
    from recraft_core import Studio

    picture = np.full((300, 300, 3), (200, 90, 20), np.uint8)
    made = Studio(key=KEY, base_url=engine.base_url).create_style("any", [picture], prompt="warm sand").body["id"]
    found = {one["id"]: one for one in told(engine.base_url, monkeypatch)}
    assert (found[made]["prompt"], found[made]["style"]) == ("warm sand", "any")
    assert found[made]["entry"]
    Client(KEY, engine.base_url).send(Call("styles/delete", {"style_id": made}))
    assert made not in {one["id"] for one in told(engine.base_url, monkeypatch)}
