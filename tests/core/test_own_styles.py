"""`recraft styles` against the engine, and against services whose answers are looser than their document."""

import io
import json
import sys
from contextlib import closing
from pathlib import Path

import pytest
from recraft_core import cli
from recraft_core.api.client import Client
from recraft_core.api.wire import Call
from recraft_core.history import History
from recraft_core.shared import errors
from recraft_core.shared.contract import ENDPOINTS, FREE_CALLS, STYLES, styles_of
from recraft_core.shared.errors import Exit
from wild import http, wild

DUNES = str(Path(__file__).parents[1] / "pictures" / "dunes.jpg")
ID, OTHER = "229b2a75-05e4-4580-85f9-b47ee521a00d", "c18a1988-45e7-4c00-82c4-4ad7d3dbce3a"
GOOD = {"id": ID, "style": "icon", "creation_time": "2026-08-22T10:00:00.123456789Z", "is_private": True}


@pytest.fixture
def recraft(engine, key, tmp_path, monkeypatch, capsys):
    """Run a command against the engine, or another address; (exit code, stdout, stderr)."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)

    def run(*arguments, base_url=engine.base_url):
        capsys.readouterr()
        code = cli.main([*arguments, "--base-url", base_url])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def made(recraft, engine):
    """An own style of the engine, made from words that the history keeps; the others are deleted."""
    for style in json.loads(recraft("styles", "--json")[1]):
        recraft("styles", "delete", style["id"], "--force")
    code, out, err = recraft("create-style", DUNES, "--style", "digital_illustration", "--prompt", "warm\nsand")
    assert code == Exit.OK, err
    engine.requests.clear()
    return out.strip()


class Person(io.StringIO):
    """Somebody at a terminal who types this."""

    def isatty(self):
        return True


def test_what_was_made_is_listed_with_what_the_history_knows(recraft, made):
    code, out, err = recraft("styles")
    assert (code, err) == (Exit.OK, "")
    (line,) = out.splitlines()
    assert line.startswith(f"{made}  digital_illustration ")
    assert line.endswith("  warm sand")
    (row,) = json.loads(recraft("styles", "list", "--json")[1])
    with closing(History()) as history:
        (entry,) = history.list(operation="create_style")
    assert (row["id"], row["name"], row["entry"], row["private"]) == (made, "warm sand", entry.id, True)


def test_without_words_it_is_called_by_its_pictures(recraft):
    made = recraft("create-style", DUNES, DUNES, "--style", "icon")[1].strip()
    rows = {row["id"]: row for row in json.loads(recraft("styles", "--json")[1])}
    assert (rows[made]["name"], rows[made]["style"]) == ("dunes.jpg, dunes.jpg", "icon")


def test_the_styles_of_the_service(recraft):
    rows = json.loads(recraft("styles", "--json", "basic")[1])
    assert {(row["model"], row["style"]) for row in rows} == {(model, name) for model in STYLES for name in styles_of(model)}
    assert all(len(row["id"]) == 36 for row in rows)
    lines = recraft("styles", "basic")[1].splitlines()
    assert len(lines) == len(rows)
    assert lines[0].split()[-2:] == [rows[0]["model"], rows[0]["id"]]


@pytest.mark.parametrize(("typed", "gone"), [("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("", False)])
def test_deleting_is_asked_about(recraft, made, engine, monkeypatch, typed, gone):
    monkeypatch.setattr(sys, "stdin", Person(typed))
    code, out, err = recraft("styles", "delete", made.upper())
    assert "digital_illustration, “warm sand”" in err
    assert (code, out) == ((Exit.OK, f"{made}\n") if gone else (Exit.CANCELLED, ""))
    assert [visit.method for visit in engine.requests] == (["GET", "DELETE"] if gone else ["GET"])
    assert bool(recraft("styles")[1]) != gone


def test_without_anybody_to_ask_nothing_is_deleted(recraft, made, engine, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    code, out, err = recraft("styles", "delete", made)
    assert (code, out) == (Exit.OPTION, "")
    assert "--force" in err
    assert [visit.method for visit in engine.requests] == ["GET"]
    assert recraft("styles", "delete", made, "--force")[:2] == (Exit.OK, f"{made}\n")
    code, out, err = recraft("styles")
    assert (code, out) == (Exit.OK, "")
    assert "create-style" in err


@pytest.mark.parametrize("force", [("--force",), ()])
def test_a_style_that_is_not_there(recraft, monkeypatch, force):
    monkeypatch.setattr(sys, "stdin", Person("y\n"))
    code, _, err = recraft("styles", "delete", OTHER, *force)
    assert code == Exit.REFUSED
    assert err == f"error: There is no own style {OTHER}. Those there are: recraft styles\n"


def test_an_address_without_styles_is_not_taken_for_a_style_that_is_gone(recraft):
    with wild(b"", http(b"404 page not found", status="404 Not Found", kind="text/plain")) as service:
        code, _, err = recraft("styles", "delete", OTHER, "--force", base_url=service.base_url)
    assert code == Exit.REFUSED
    assert "Check the base URL" in err


@pytest.mark.parametrize("id_", ["12", "../users/me", "basic", ""])
def test_what_is_no_id_is_never_sent(recraft, engine, id_):
    code, _, err = recraft("styles", "delete", id_, "--force")
    assert code == Exit.OPTION
    assert "Give an id such as" in err
    assert not engine.requests


ODD = [None, 5, "x", [], {}, {"id": ""}, {"id": None, "style": "icon"}, {"id": "\x1b"}]


@pytest.mark.parametrize("name", ["styles", "data"])
def test_odd_items_are_left_out_and_told(recraft, name):
    items = [GOOD, *ODD, {"id": OTHER, "style": 7, "creation_time": 3, "is_private": "?", "x": {}}]
    with wild(b"", http(json.dumps({name: items}).encode())) as service:
        code, out, err = recraft("styles", base_url=service.base_url)
    assert (code, err) == (Exit.OK, "8 of 10 items are no styles and are left out.\n")
    first, second = out.splitlines()
    assert first.split() == [ID, "icon", "2026-08-22", "10:00"]
    assert second.split() == [OTHER]


@pytest.mark.parametrize("when", ["yesterday", "9999-99-99T00:00:00Z", "0001-01-01T00:00:00Z", "2026-08-22", "\x1b[2J"])
def test_a_time_that_is_none_is_shown_as_it_came(recraft, when):
    with wild(b"", http(json.dumps({"styles": [{**GOOD, "creation_time": when}]}).encode())) as service:
        code, out, err = recraft("styles", base_url=service.base_url)
    assert (code, err) == (Exit.OK, "")
    assert out.startswith(ID)
    assert "\x1b" not in out


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"[]", b'{"styles": 5}', b"{}", b'{"styles": [{"id"'])
def test_an_answer_that_is_no_list(recraft, body):
    with wild(b"", http(body)) as service:
        code, out, err = recraft("styles", base_url=service.base_url)
    assert (code, out) == (Exit.NETWORK, "")
    assert "balance" not in err
    assert "It costs nothing" in err


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id": "x"}', b"[]"])
def test_whatever_json_says_that_it_is_gone(body, key):
    with wild(b"", http(body)) as service, closing(Client(key, service.base_url)) as client:
        if body == b"[]":
            with pytest.raises(errors.BadAnswer):
                client.send(Call("styles/delete", {"style_id": ID}))
        else:
            client.send(Call("styles/delete", {"style_id": ID}))
    assert [head.split()[:2] for head in service.asked] == [["DELETE", f"/v1/styles/{ID}"]]


def test_a_page_in_between_does_not_pass_for_a_deletion(recraft):
    with wild(b"", http(b"<html>Sign in</html>", kind="text/html")) as service:
        code, out, _ = recraft("styles", "delete", ID, "--force", base_url=service.base_url)
    assert (code, out) == (Exit.NETWORK, "")


def test_reads_are_repeated_and_deletions_are_not(key):
    with wild(b"", http(b"busy", status="503 Busy", kind="text/plain")) as service:
        for name in FREE_CALLS:
            service.asked.clear()
            with closing(Client(key, service.base_url, sleep=lambda _: None)) as client, pytest.raises(errors.RecraftError) as caught:
                client.send(Call(name, {"style_id": ID}))
            assert not caught.value.charged
            assert len(service.asked) == (1 if name == "styles/delete" else 4), name


@pytest.mark.parametrize("name", FREE_CALLS)
def test_the_key_goes_to_the_service_and_nowhere_else(key, name):
    with wild(b"", http(b"{}")) as other:
        onward = http(b"", status="302 Found", Location=f"http://localhost:{other.port}/v1/styles")
        with wild(b"", onward) as service, closing(Client(key, service.base_url)) as client:
            with pytest.raises(errors.BadAnswer):
                client.send(Call(name, {"style_id": ID}))
            assert all(f"Authorization: Bearer {key}" in head for head in service.asked)
        assert other.asked == []


def test_a_key_that_is_said_back_is_not_shown(recraft, key):
    said = json.dumps({"styles": [{**GOOD, "style": f"a {key} b"}]}).replace(key[0], f"\\u{ord(key[0]):04x}")
    with wild(b"", http(said.encode())) as service:
        for more in ((), ("--json",)):
            code, out, err = recraft("styles", *more, base_url=service.base_url)
            assert (code, err) == (Exit.OK, "")
            assert ID in out
            assert key not in out


def test_the_rows_say_how_they_are_known_and_that_they_are_free(engine, key):
    assert not set(FREE_CALLS) & set(ENDPOINTS)
    for row in FREE_CALLS.values():
        assert (row.trust, row.units_for({})) == ("observed", 0)
        assert "OpenAPI" in row.source
    with closing(Client(key, engine.base_url)) as client:
        assert client.send(Call("styles/list", {})).body["odd"] == client.send(Call("styles/basic", {})).body["odd"] == 0
        with pytest.raises(errors.Refused) as caught:
            client.send(Call("styles/delete", {"style_id": OTHER}))
    assert (caught.value.status, caught.value.code) == (404, "not_found")
