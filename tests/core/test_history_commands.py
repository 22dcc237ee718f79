"""`recraft history`, `key`, `settings` and `doctor` as a person meets them."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from recraft_core import cli
from recraft_core.cli.parser import parser
from recraft_core.history import History, Record
from recraft_core.shared.errors import Exit


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def recraft(engine, key, home, tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder with a key and the engine as the service; (exit code, stdout, stderr)."""
    monkeypatch.setenv("RECRAFT_HOME", str(home))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    monkeypatch.chdir(tmp_path)
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.json").write_text(json.dumps({"base_url": engine.base_url}))
    Image.effect_mandelbrot((280, 260), (-2, -1.5, 1, 1.5), 40).convert("RGB").save("small.png")
    hole = Image.new("L", (280, 260))
    hole.paste(200, (100, 100, 160, 150))
    hole.save("hole.png")

    def run(*arguments):
        capsys.readouterr()
        code = cli.main([*map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def erased(recraft):
    """An erasure made and filed: its id."""
    code, out, _ = recraft("erase", "small.png", "--mask", "hole.png", "-o", "clean.png", "--json")
    assert code == Exit.OK
    return json.loads(out)["entry"]


def test_place_puts_it_back_exactly(recraft, erased):
    code, out, _ = recraft("history", "place", erased[-6:], "-o", "again.png")
    assert (code, out) == (Exit.OK, "again.png\n")
    assert Path("again.png").read_bytes() == Path("clean.png").read_bytes()


def test_place_asks_before_it_uses_another_picture(recraft, erased):
    Image.open("small.png").rotate(180).save("small.png")
    code, _, err = recraft("history", "place", erased, "-o", "again.png")
    assert code == Exit.PICTURE
    assert "has changed since" in err
    assert recraft("history", "place", erased, "--anyway", "-o", "again.png")[0] == Exit.OK
    Path("small.png").rename("moved.png")
    code, _, err = recraft("history", "place", erased)
    assert code == Exit.PICTURE
    assert "--on FILE" in err
    assert recraft("history", "place", erased, "--on", "moved.png", "--anyway")[1] == "moved-erase.png\n"
    Image.new("RGB", (300, 300)).save("other.png")
    code, _, err = recraft("history", "place", erased, "--on", "other.png")
    assert "300 × 300" in err


def test_list_show_and_spent(recraft, erased):
    _, out, _ = recraft("history", "list")
    assert erased[-6:] in out
    assert "2 units" in out
    assert "small.png" in out
    assert recraft("history", "list", "nothing-like-it")[2] == "Nothing fits.\n"
    (entry,) = json.loads(recraft("history", "list", "small", "--operation", "erase", "--json")[1])
    assert (entry["entry"], entry["units"]) == (erased, 2)
    _, out, _ = recraft("history", "show", erased)
    assert str(Path("small.png").absolute()) in out
    shown = json.loads(recraft("history", "show", erased, "--json")[1])
    assert Path(shown["files"][0]).exists()
    assert "2 units · $0.002" in recraft("history", "spent")[1]
    assert json.loads(recraft("history", "spent", "--by", "operation", "--json")[1])["units"] == {"erase": 2}


def test_export_star_prune_and_remove(recraft, erased, tmp_path):
    _, out, _ = recraft("history", "export", erased, "-o", "kept")
    assert Path(out.strip()).stat().st_size > 100
    recraft("history", "star", erased)
    assert recraft("history", "prune", "--to", "0 MB")[1] == ""
    assert json.loads(recraft("history", "list", "--starred", "--json")[1])
    recraft("history", "unstar", erased)
    assert recraft("history", "prune", "--to", "0 MB")[1] == f"{erased}\n"
    assert recraft("history", "remove", erased)[0] == Exit.OPTION
    assert "2 units" in recraft("history", "spent")[1]
    assert recraft("history", "prune", "--to", "much")[0] == Exit.OPTION
    assert Path(recraft("history", "path")[1].strip()).is_dir()


def test_an_unknown_id_touches_no_other(recraft, erased):
    code, _, err = recraft("history", "remove", erased, "zzzzzz")
    assert code == Exit.OPTION
    assert "recraft history list" in err
    assert recraft("history", "show", erased)[0] == Exit.OK


def test_fetch_gets_what_was_left_at_the_service(recraft, engine, monkeypatch):
    engine.faults.add("results", "status", times=2, status=404)
    assert recraft("erase", "small.png", "--mask", "hole.png", "-o", "clean.png")[0] == Exit.REFUSED
    assert "to fetch" in recraft("history", "list")[1]
    monkeypatch.delenv("RECRAFT_API_TOKEN")  # a result needs no key, and no engine
    recraft("settings", "set", "engine", "service")
    _, out, _ = recraft("history", "fetch")
    assert recraft("history", "place", out.strip(), "-o", "late.png")[0] == Exit.OK
    assert recraft("history", "fetch")[2] == "Nothing waits at the service.\n"
    with Image.open("late.png") as late:
        assert late.size == (280, 260)


def test_a_new_picture_is_placed_on_nothing(recraft):
    recraft("generate", "a red boat", "--model", "recraftv2", "-o", "boat.png")
    (entry,) = json.loads(recraft("history", "list", "boat", "--json")[1])
    assert recraft("history", "place", entry["entry"], "-o", "again.png")[0] == Exit.OK
    assert Path("again.png").read_bytes() == Path("boat.png").read_bytes()


def test_the_settings_choose_what_a_command_begins_with(recraft):
    recraft("settings", "set", "count", "2")
    recraft("settings", "set", "default_models.generate", "recraftv2")
    dry = json.loads(recraft("generate", "a boat", "--dry-run", "--json")[1])
    assert (dry["fields"]["model"], dry["fields"]["n"]) == ("recraftv2", 2)
    dry = json.loads(recraft("generate", "a boat", "--model", "recraftv3", "-n", "1", "--dry-run", "--json")[1])
    assert (dry["fields"]["model"], dry["fields"]["n"]) == ("recraftv3", 1)


def test_a_cap_holds_on_the_command_line_too(recraft, engine):
    recraft("settings", "set", "cap_per_click_units", "1")
    code, _, err = recraft("erase", "small.png", "--mask", "hole.png", "-o", "clean.png")
    assert code == Exit.KEY_OR_UNITS
    assert "recraft settings set cap_per_click_units 2" in err
    assert not engine.requests


def test_settings_list_get_set_reset(recraft, home):
    assert recraft("settings", "set", "feather_px", "4")[0] == Exit.OK
    assert recraft("settings", "get", "feather_px")[1] == "4\n"
    assert json.loads(recraft("settings", "list", "--json")[1])["feather_px"] == 4
    assert "feather_px" in recraft("settings")[1]
    assert recraft("settings", "reset", "feather_px")[0] == Exit.OK
    assert recraft("settings", "get", "feather_px")[1] == "0\n"
    assert recraft("settings", "get", "colour")[0] == Exit.OPTION
    code, _, err = recraft("settings", "set", "base_url", "http://example.com")
    assert code == Exit.OPTION
    assert "https" in err
    recraft("settings", "reset")
    assert recraft("settings", "get", "base_url")[1] == "https://external.api.recraft.ai/v1\n"
    assert recraft("settings", "path")[1].strip() == str(home / "config" / "settings.json")


def test_a_key_is_read_from_a_pipe_kept_tested_and_never_shown(recraft, engine, monkeypatch):
    secret = "key-from-a-pipe-987654321"
    monkeypatch.delenv("RECRAFT_API_TOKEN")
    assert "no key" in recraft("key", "show")[1]
    assert recraft("key", "test")[0] == Exit.KEY_OR_UNITS
    command = [sys.executable, "-m", "recraft_core", "key", "set"]
    done = subprocess.run(command, input=secret + "\n", capture_output=True, text=True, check=True)
    assert "Kept in a file only you can read" in done.stderr
    said = [recraft("key", "show"), recraft("key", "test"), recraft("doctor")]
    assert [code for code, _, _ in said] == [Exit.OK] * 3
    assert "a key of 25 characters from the file" in said[0][1]
    assert f"{engine.balance:,} units" in said[1][1]
    assert secret not in repr([done, *said])
    assert recraft("key", "remove")[2] == "Removed from the file.\n"
    assert "no key to remove" in recraft("key", "remove")[2]
    with pytest.raises(SystemExit):
        recraft("key", "set", secret)


def test_the_doctor_finds_a_healthy_house(recraft, key, erased):
    code, out, _ = recraft("doctor")
    assert code == Exit.OK
    assert "✗" not in out
    assert "1 entry" in out
    assert key not in out
    findings = {one["name"]: one for one in json.loads(recraft("doctor", "--json")[1])}
    assert findings["connection"]["state"] == "good"
    assert f"a key of {len(key)} characters" in findings["key"]["says"]


def doctor(recraft, *more):
    code, out, _ = recraft("doctor", "--json", *more)
    return code, {one["name"]: one for one in json.loads(out) if one["state"] != "good"}


def test_the_doctor_says_what_to_do(recraft, engine, home):
    engine.faults.add("users/me", "status", times=0, status=401)
    code, bad = doctor(recraft)
    assert (code, bad["connection"]["remedy"]) == (Exit.KEY_OR_UNITS, "Check it at app.recraft.ai/profile/api.")
    engine.faults.clear()
    (home / "config" / "settings.json").write_text("not json")
    code, bad = doctor(recraft, "--quick")
    assert (code, "could not be understood" in bad["settings"]["says"]) == (Exit.OPTION, True)
    (home / "config" / "settings.json.damaged").unlink()
    (home / "data" / "history").mkdir(parents=True, exist_ok=True)  # the pacer keeps its turns there
    with closing(History(home / "data" / "history")) as history:
        one = history.begin(Record("erase", "eraseRegion", units=2))
        history.answered(one, [("id", "https://img.recraft.ai/1")], 2)
    code, bad = doctor(recraft, "--quick")
    assert (code, bad["history"]["remedy"]) == (Exit.NETWORK, "Get them within a day: recraft history fetch")


@pytest.mark.skipif(os.name == "nt", reason="a file in the way is told otherwise there")
def test_the_doctor_survives_a_house_it_cannot_enter(recraft, home, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "file"))
    code, bad = doctor(recraft, "--quick")
    assert code == Exit.STORAGE
    assert {"data", "config", "log"} <= set(bad)
    assert all(one["remedy"] for one in bad.values() if one["state"] == "bad")


def test_the_log_tells_what_was_done_without_words_or_key(recraft, home, key):
    recraft("generate", "a very private boat", "--model", "recraftv2", "-o", "boat.png")
    text = (home / "log" / "recraft.log").read_text()
    assert "generate: " in text
    assert "private" not in text
    assert key not in text


@pytest.mark.parametrize("command", ["history", "key", "settings"])
def test_each_verb_has_its_help(command):
    action = next(action for action in parser()._actions if action.choices)
    assert command in action.choices[command].format_help()  # a command's arguments are made when they are asked for
    verbs = next(action for action in action.choices[command]._actions if action.choices)
    assert len(verbs.choices) >= 4
    for verb in verbs.choices.values():
        assert verb.format_help().startswith(f"usage: recraft {command} ")
