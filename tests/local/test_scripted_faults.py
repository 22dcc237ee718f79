"""Scripted faults: the trouble a client must live through really happens."""

from __future__ import annotations

import pytest
import requests
from calls import call, decoded, erase
from recraft_local.faults import FAULTS
from recraft_local.server import serving
from recraft_local.settings import Settings

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
