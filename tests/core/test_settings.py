from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recraft_core import settings
from recraft_core.history import History
from recraft_core.history.recorder import check_caps
from recraft_core.settings import CAPS, Settings, change, checked, migrate, read, write
from recraft_core.shared.contract import ENDPOINTS, MODELS
from recraft_core.shared.errors import BadOption, OutOfUnits, StorageTrouble
from recraft_core.shared.preferences import SETTINGS


def test_every_setting_has_a_rule_and_a_default_that_keeps_it():
    assert list(SETTINGS) == [row.name for row in dataclasses.fields(Settings) if row.name not in {"unknown", "unsure"}]
    for name, default in settings.defaults().items():
        assert checked(name, default) == default


def test_what_is_written_is_read_back(tmp_path):
    mine = Settings(engine="service", cap_per_click_units=None, default_models={"inpaint": "recraftv3"}, feather_px=2.5)
    write(mine, tmp_path)
    assert read(tmp_path) == (mine, "")


def test_without_a_file_there_are_the_defaults(tmp_path):
    assert read(tmp_path / "none") == (Settings(), "")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("cap_per_click_units", "80", 80),
        ("cap_per_day_units", "none", None),
        ("keep_history", "no", False),
        ("history_max_bytes", "1.5 GB", 1_500_000_000),
        ("history_max_bytes", 20_000_000, 20_000_000),
        ("context_px", "128", 128),
        ("base_url", "http://127.0.0.1:8123/v1/", "http://127.0.0.1:8123/v1"),
        ("proxy", "socks5://proxy.example:1080", "socks5://proxy.example:1080"),
        ("default_models", "inpaint=recraftv3_vector, generate=recraftv2", {"inpaint": "recraftv3_vector", "generate": "recraftv2"}),
    ],
)  # fmt: skip
def test_a_setting_is_changed_from_text(tmp_path, name, text, value):
    assert getattr(change(name, text, tmp_path), name) == value
    assert getattr(read(tmp_path)[0], name) == value


def test_one_operations_model_is_changed_alone(tmp_path):
    change("default_models.inpaint", "recraftv3", tmp_path)
    change("default_models.generate", "recraftv4", tmp_path)
    assert change("default_models.inpaint", "none", tmp_path).default_models == {"generate": "recraftv4"}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("engine", "cloud", "auto, service, local"),
        ("cap_per_click_units", "-1", "Or say none: no cap"),
        ("count", "7", "from 1 to 6"),
        ("history_max_bytes", "5 MB", "at least 10 MB"),
        ("history_max_bytes", "a lot", "2 GB"),
        ("base_url", "http://api.example.org/v1", "for this computer only"),
        ("base_url", "https://user:pass@api.example.org", "alone"),
        ("base_url", "https://a b", "https://"),
        ("base_url", "https://[", "https://"),
        ("default_models", "inpaint=dalle", "recraftv3"),
        ("default_models", "inpaint", "recraftv3"),
        ("colour", "red", "engine, base_url"),
        ("engine.local", "x", "engine, base_url"),
    ],
)
def test_a_value_that_breaks_its_rule_changes_nothing_and_says_what_is_allowed(tmp_path, name, text, says):
    with pytest.raises(BadOption) as caught:
        change(name, text, tmp_path)
    assert says in caught.value.remedy
    assert read(tmp_path) == (Settings(), "")


def test_a_proxys_password_is_not_in_the_message(tmp_path):
    with pytest.raises(BadOption) as caught:
        change("proxy", "ftp://me:hunter2secret@proxy", tmp_path)
    assert "hunter2secret" not in str(caught.value)


@given(st.binary(max_size=200))
def test_whatever_is_in_the_file_the_settings_can_be_read(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("s")
    (folder / "settings.json").write_bytes(data)
    found, _ = read(folder)
    for name in SETTINGS:
        checked(name, getattr(found, name))


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff\xfe", b"", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_the_defaults_are_used(tmp_path, data):
    (tmp_path / "settings.json").write_bytes(data)
    found, warning = read(tmp_path)
    assert found == Settings(unsure=CAPS)
    assert str(tmp_path / "settings.json.damaged") in warning
    assert (tmp_path / "settings.json.damaged").read_bytes() == data
    assert read(tmp_path) == (Settings(unsure=CAPS), "")


def test_one_bad_value_costs_only_itself(tmp_path):
    bad = {name: [["x"], {"y": ["z"]}] for name in SETTINGS if name != "engine"}
    (tmp_path / "settings.json").write_text(json.dumps({**bad, "default_models": {"a": ["b"]}, "engine": "local"}))
    found, warning = read(tmp_path)
    assert found == Settings(engine="local", unsure=CAPS)
    assert all(name in warning for name in bad)


def test_a_value_of_a_kind_nobody_expects_is_refused_like_any_other(tmp_path):
    for value in (["recraftv3"], {"a": 1}):
        with pytest.raises(BadOption):
            change("default_models.inpaint", value, tmp_path)


def test_several_may_meet_a_damaged_file_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            (tmp_path / "settings.json").write_text("{")
            assert [found for found, _ in pool.map(lambda _: read(tmp_path), range(8))] == [Settings(unsure=CAPS)] * 8


def test_a_damaged_file_that_another_holds_open_is_copied_aside(tmp_path, monkeypatch):
    """Windows gives no file away that somebody reads."""
    path = tmp_path / "settings.json"
    path.write_text("{")
    held = type(path).replace

    def refused(self, target):
        if self == path:
            raise PermissionError(13, "in use")
        return held(self, target)

    monkeypatch.setattr(type(path), "replace", refused)
    assert read(tmp_path)[0] == Settings(unsure=CAPS)
    assert (tmp_path / "settings.json.damaged").read_text() == "{"


def test_what_a_newer_version_wrote_survives_an_older_one(tmp_path):
    (tmp_path / "settings.json").write_text('{"version": 7, "engine": "local", "brush": {"size": 3}}')
    change("count", "2", tmp_path)
    held = json.loads((tmp_path / "settings.json").read_text())
    assert (held["version"], held["engine"], held["count"], held["brush"]) == (7, "local", 2, {"size": 3})


def test_migration_takes_each_step_once_and_in_order():
    steps = {1: lambda data: {**data, "path": "a"}, 2: lambda data: {**data, "path": data["path"] + "b"}}
    assert migrate({"count": 2}, 3, steps) == {"count": 2, "path": "ab", "version": 3}
    assert migrate({"version": 2, "path": "x"}, 3, steps)["path"] == "xb"
    assert migrate({"version": 9}, 3, steps) == {"version": 9}


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageTrouble, match=r"a part of the path is a file|a file is where"):
        write(Settings(), tmp_path / "file" / "config")


def test_the_cap_lets_every_single_picture_through():
    prices = [row.units(model, 1) for row in ENDPOINTS.values() for model in row.models or ("",)]
    assert max(*prices, *(model.units for model in MODELS.values())) <= Settings().cap_per_click_units


def test_a_preferred_model_counts_only_where_the_endpoint_takes_it():
    mine = Settings(default_models={"inpaint": "recraftv4", "generate": "recraftv4"})
    assert mine.model_for("inpaint", "inpaint") == ""
    assert mine.model_for("generate", "generations") == "recraftv4"
    assert mine.model_for("erase", "eraseRegion") == ""


# --- caps that cannot be read -----------------------------------------------------------------------------------------


def paid(folder, units=40):
    """Raise what a paid click would."""
    with closing(History(folder / "history")) as history:
        check_caps(units, read(folder)[0], history, 1_800_000_000.0)


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("value", ["3 dollars", -1, "-1", True, False, [], {}, 1e999, float("nan"), 10**30, 1.5, "²", "?"])
def test_a_cap_that_cannot_be_read_stops_what_is_paid(cap, value, tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"version": 1, cap: value}))
    with pytest.raises(OutOfUnits, match=f"recraft settings set {cap}"):
        paid(tmp_path)
    paid(tmp_path, 0)
    # Another setting does not wipe that away; the cap itself does.
    change("feather_px", 4, tmp_path)
    with pytest.raises(OutOfUnits):
        paid(tmp_path)
    change(cap, "none", tmp_path)
    paid(tmp_path)


def test_a_damaged_file_never_means_no_cap(tmp_path):
    (tmp_path / "settings.json").write_text('{"cap_per_day_units": 100, ')
    for _ in range(3):
        with pytest.raises(OutOfUnits):
            paid(tmp_path)
    change("count", 2, tmp_path)
    with pytest.raises(OutOfUnits):
        paid(tmp_path)
    change("cap_per_click_units", 500, tmp_path)
    change("cap_per_day_units", 1000, tmp_path)
    paid(tmp_path)


@pytest.mark.parametrize("value", [None, "none", "", 0, 40, 40.0, "40"])
def test_a_cap_that_can_be_read_is_no_trouble(value, tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"cap_per_click_units": value}))
    assert read(tmp_path)[0].unsure == ()
