"""Putting plugins in and taking them out: whole or not at all, and afterwards as if nothing had been."""

import json
import os
from pathlib import Path

import pytest
from recraft_setup import HERE, Steps, Trouble
from recraft_setup.hosts import Host
from recraft_setup.plugins import Ledger, enable, enabled, put, remove
from trees import tree

WORKER = [str(Path("/opt/python").absolute()), "-m", "recraft_core", "worker"]
OURS = "enable_recraft=true"
SETTINGS = {
    "none": None,
    "empty": "",
    "no section": "[general]\na=1\n",
    "section": "[general]\na=1\n\n[python]\nenable_other=true\n\n[zoo]\nx=2\n",
    "section last": "[general]\na=1\n\n[python]\nenable_other=true\n",
    "empty section": "[general]\na=1\n\n[python]\n\n[zoo]\nx=2\n",
    "turned off by hand": "[python]\nenable_recraft=false\nenable_other=true\n",
    "on already": "[python]\nenable_recraft=true\n",
    "values without section": "first=1\n[python]\nenable_recraft_check=true\n",
    "umlauts": "[general]\nname=Käthe\n",
    "no line end": "[general]\na=1",
}


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "Käthe Müller" / "home"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def ledger(home):
    return Ledger(home / "data" / "recraft")


def krita(home):
    return Host("krita", "Krita", home / ".local/share/krita/pykrita", home / ".config/kritarc")


def gimp(home):
    return Host("gimp", "GIMP 3.0", home / ".config/GIMP/3.0/plug-ins")


HOSTS = pytest.mark.parametrize("kind", [krita, gimp])


@HOSTS
@pytest.mark.parametrize("link", [False, True])
def test_after_removing_the_files_are_as_before(home, ledger, kind, link):
    (home / ".config").mkdir()
    before = tree(home)
    put(kind(home), WORKER, ledger, Steps(), link=link)
    assert json.loads((kind(home).plugins / "recraft/worker.json").read_text())["command"] == WORKER
    assert list((kind(home).plugins / "recraft").rglob("shared/worker_client.py"))
    remove(str(kind(home).plugins), Ledger(ledger.path.parent), Steps())
    assert tree(home) == before
    assert (HERE / "krita_plugin/recraft/__init__.py").exists(), "a link must not be followed when removing"


def test_what_others_put_there_stays(home, ledger):
    host = krita(home)
    put(host, WORKER, ledger, Steps())
    (host.plugins / "other.desktop").write_text("theirs")
    remove(str(host.plugins), ledger, Steps())
    assert [path.name for path in host.plugins.iterdir()] == ["other.desktop"]


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_kritarc_is_given_back_as_it_was(home, ledger, text):
    host = krita(home)
    host.settings.parent.mkdir(parents=True)
    if text is not None:
        host.settings.write_text(text, encoding="utf-8")
    put(host, WORKER, ledger, Steps())
    lines = host.settings.read_text(encoding="utf-8").splitlines()
    assert lines.count(OURS) == 1
    assert lines.count("[python]") == 1
    assert next(line for line in reversed(lines[: lines.index(OURS)]) if line.startswith("[")) == "[python]"
    remove(str(host.plugins), ledger, Steps())
    after = host.settings.read_text(encoding="utf-8") if host.settings.exists() else None
    assert after == text


def test_what_krita_wrote_meanwhile_stays(home, ledger):
    host = krita(home)
    put(host, WORKER, ledger, Steps())
    with host.settings.open("a", encoding="utf-8") as file:
        file.write("enable_other=true\n[theme]\nTheme=Krita dark\n")
    remove(str(host.plugins), ledger, Steps())
    assert host.settings.read_text(encoding="utf-8").split("\n") == [
        "[python]", "enable_other=true", "[theme]", "Theme=Krita dark", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "raw", [b"[general]\r\nname=x\r\n\r\n[python]\r\nenable_other=true\r\n", b"[general]\nname=K\xe4the\n"],
    ids=["Windows line ends", "not UTF-8"],
)  # fmt: skip
def test_kritarc_is_given_back_to_the_byte(home, ledger, raw):
    host = krita(home)
    host.settings.parent.mkdir(parents=True)
    host.settings.write_bytes(raw)
    put(host, WORKER, ledger, Steps())
    assert enabled(host.settings)
    assert host.settings.read_bytes().count(b"\n") == host.settings.read_bytes().count(b"\r\n") or b"\r" not in raw
    remove(str(host.plugins), ledger, Steps())
    assert host.settings.read_bytes() == raw


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_settings_kept_elsewhere_stay_linked(home, ledger):
    host, kept = krita(home), home / "dotfiles" / "kritarc"
    kept.parent.mkdir()
    kept.write_text("[general]\na=1\n")
    host.settings.parent.mkdir(parents=True)
    host.settings.symlink_to(kept)
    put(host, WORKER, ledger, Steps())
    assert host.settings.is_symlink()
    assert enabled(kept)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
def test_the_settings_file_keeps_its_permissions(home):
    settings = home / "kritarc"
    settings.write_text("[general]\n")
    settings.chmod(0o600)
    enable(settings)
    assert enabled(settings)
    assert settings.stat().st_mode & 0o777 == 0o600


@HOSTS
def test_twice_is_as_good_as_once(home, ledger, kind):
    put(kind(home), WORKER, ledger, Steps())
    once = tree(home)
    put(kind(home), WORKER, Ledger(ledger.path.parent), Steps())
    assert tree(home) == once


@HOSTS
def test_an_older_install_is_replaced_whole(home, ledger, kind):
    put(kind(home), WORKER, ledger, Steps())
    stale = kind(home).plugins / "recraft" / "gone_since.py"
    stale.write_text("")
    put(kind(home), ["/opt/newer", "worker"], ledger, Steps())
    assert not stale.exists()
    assert json.loads((stale.parent / "worker.json").read_text())["command"] == ["/opt/newer", "worker"]


@HOSTS
def test_a_folder_that_cannot_be_made_is_named(home, ledger, kind):
    (home / ".local").write_text("a file, no folder")
    (home / ".config").write_text("a file, no folder")
    before = tree(home)
    with pytest.raises(Trouble, match=r"could not be set up: .*\.(local|config)"):
        put(kind(home), WORKER, ledger, Steps())
    assert tree(home) == before


def test_a_new_version_that_cannot_be_made_whole_leaves_the_old_one_working(home, ledger, tmp_path):
    host = krita(home)
    put(host, WORKER, ledger, Steps())
    before = tree(host.plugins)
    incomplete = tmp_path / "no such frozen worker"
    with pytest.raises(Trouble, match="what was there before still works"):
        put(host, ["worker/recraft-worker"], ledger, Steps(), frozen=incomplete)
    assert tree(host.plugins) == before
    assert ledger.rows[str(host.plugins)]["worker"] == WORKER


def test_settings_that_cannot_be_written_take_a_first_install_back(home, ledger):
    host = krita(home)
    host.settings.mkdir(parents=True)  # a folder where the file should be
    before = tree(home)
    with pytest.raises(Trouble, match="Krita could not be set up"):
        put(host, WORKER, ledger, Steps())
    assert tree(home) == before


@HOSTS
def test_a_dry_run_names_every_file_and_touches_none(home, ledger, kind, capsys):
    put(kind(home), WORKER, ledger, Steps(dry=True))
    assert tree(home) == {}
    named = [line.removeprefix("would write ") for line in capsys.readouterr().out.splitlines()]
    put(kind(home), WORKER, ledger, Steps())
    written = {str(home / path) for path, content in tree(home).items() if content is not None}
    assert all(any(path == name or path.startswith(f"{name}{os.sep}") for name in named) for path in written)
    before = tree(home)
    remove(str(kind(home).plugins), ledger, Steps(dry=True))
    assert tree(home) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no run bits")
def test_gimp_may_run_the_plug_in(home, ledger):
    put(gimp(home), WORKER, ledger, Steps())
    assert os.access(gimp(home).plugins / "recraft/recraft.py", os.X_OK)


def test_a_damaged_ledger_is_as_good_as_none(home, ledger):
    ledger.path.parent.mkdir(parents=True)
    ledger.path.write_text('["old"]')
    assert Ledger(ledger.path.parent).rows == {}
