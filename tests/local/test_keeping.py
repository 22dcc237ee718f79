"""What the server keeps: balance, rates, results for a while, styles and the log; and never the key."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
import requests
from calls import call, erase
from recraft_local.server import serving
from recraft_local.settings import Settings
from samples import sample
from waiting import wait_for


def test_a_call_that_costs_more_than_there_is_is_refused_and_costs_nothing():
    with serving(Settings(units=3, strict=True)) as engine:
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
        assert engine.balance == 100 - 2 - 5
        assert requests.get(f"{engine.base_url[:-3]}/{path}", timeout=5).status_code == 200
        assert call(engine, f"styles/{style}", method="GET").status_code == 200
    if os.name != "nt":
        assert (tmp_path / "engine" / "engine.sqlite").stat().st_mode & 0o077 == 0


_KEEPING = """
import os, resource, sys
from recraft_local.store import Store
store = Store(None, 1000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ids = [store.keep(os.urandom(1 << 20), "image/png", 3600) for _ in range(100)]
whole = all(len(store.result(one, store.signature(one)).data) == 1 << 20 for one in ids)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, whole)
"""


@pytest.mark.skipif(os.name == "nt", reason="counts memory as POSIX does")
def test_what_an_afternoon_makes_is_not_held_in_memory():
    """A hundred results of 1 MB, and each comes back whole."""
    told = subprocess.run([sys.executable, "-c", _KEEPING], stdout=subprocess.PIPE, text=True, check=True).stdout
    grown, whole = told.split()
    assert (int(grown) < 25, whole) == (True, "True"), told


def test_neither_log_holds_the_key(engine, caplog):
    caplog.set_level("INFO", logger="recraft_local")
    call(engine, "users/me", method="GET", key="very-secret")
    seen = requests.get(f"{engine.base_url[:-3]}/_control/requests", timeout=5)
    wait_for(lambda: "GET /v1/users/me 200 0 units" in caplog.text)
    assert "very-secret" not in seen.text + caplog.text
    assert seen.json()[-1]["authorization"] == hashlib.sha256(b"Bearer very-secret").hexdigest()


def test_an_address_cannot_write_lines_of_its_own_into_the_log(engine, caplog):
    caplog.set_level("INFO", logger="recraft_local")
    requests.get(f"{engine.base_url}/x%0A2026-01-01%20all%20is%20well", headers={"Authorization": "Bearer k"}, timeout=5)
    wait_for(lambda: "GET /v1/x%0A2026" in caplog.text)


def test_the_log_names_the_method_that_made_the_picture(engine, caplog):
    caplog.set_level("INFO", logger="recraft_local")
    erase(engine)
    visit = engine.requests[-1]
    assert (visit.units, visit.status, [name for name, _ in visit.files]) == (2, 200, ["image", "mask"])
    assert visit.how
    wait_for(lambda: f"ms {visit.how}" in caplog.text)
