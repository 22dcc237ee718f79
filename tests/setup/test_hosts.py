"""Krita and GIMP are found wherever their packagings put them, and nothing is found where nothing is."""

import os
import plistlib

import pytest
from recraft_setup import bundle, checks, hosts
from recraft_setup.hosts import app_store_krita, cache_folder, data_folder, find, programs

# packaging: (system, folders that show it, kind, label, plugin folder, kritarc, sandboxed)
PACKAGINGS = {
    "Krita of a distribution or AppImage": (
        "linux", [".local/share/krita"], "krita", "Krita", ".local/share/krita/pykrita", ".config/kritarc", False),
    "Krita, Flatpak": (
        "linux", [".var/app/org.kde.krita/data/krita"], "krita", "Krita (Flatpak)",
        ".var/app/org.kde.krita/data/krita/pykrita", ".var/app/org.kde.krita/config/kritarc", True),
    "Krita, snap": (
        "linux", ["snap/krita/current/.local/share/krita"], "krita", "Krita (snap)",
        "snap/krita/current/.local/share/krita/pykrita", "snap/krita/current/.config/kritarc", True),
    "Krita, Windows installer": (
        "win32", ["AppData/Roaming/krita"], "krita", "Krita", "AppData/Roaming/krita/pykrita",
        "AppData/Local/kritarc", False),
    "Krita, Microsoft Store": (
        "win32", ["AppData/Local/Packages/49800Krita_x1/LocalCache/Roaming/krita"], "krita", "Krita (Microsoft Store)",
        "AppData/Local/Packages/49800Krita_x1/LocalCache/Roaming/krita/pykrita",
        "AppData/Local/Packages/49800Krita_x1/LocalCache/Local/kritarc", False),
    "Krita, macOS": (
        "darwin", ["Library/Application Support/krita"], "krita", "Krita",
        "Library/Application Support/krita/pykrita", "Library/Preferences/kritarc", False),
    "GIMP of a distribution": (
        "linux", [".config/GIMP/3.0"], "gimp", "GIMP 3.0", ".config/GIMP/3.0/plug-ins", None, False),
    "GIMP, Flatpak": (
        "linux", [".var/app/org.gimp.GIMP/config/GIMP/3.2"], "gimp", "GIMP (Flatpak) 3.2",
        ".var/app/org.gimp.GIMP/config/GIMP/3.2/plug-ins", None, True),
    "GIMP, snap": (
        "linux", ["snap/gimp/current/.config/GIMP/3.0"], "gimp", "GIMP (snap) 3.0",
        "snap/gimp/current/.config/GIMP/3.0/plug-ins", None, True),
    "GIMP, Windows": (
        "win32", ["AppData/Roaming/GIMP/3.2"], "gimp", "GIMP 3.2", "AppData/Roaming/GIMP/3.2/plug-ins", None, False),
    "GIMP, macOS": (
        "darwin", ["Library/Application Support/GIMP/3.0"], "gimp", "GIMP 3.0",
        "Library/Application Support/GIMP/3.0/plug-ins", None, False),
}  # fmt: skip
LINUX, SYSTEMS = "linux", ("linux", "win32", "darwin")


def environ(home, **more):
    """A user whose home is `home`, and no program anywhere."""
    return {"HOME": str(home), "USERPROFILE": str(home), "PATH": "", "PROGRAMFILES": str(home / "Programs"), **more}


def make(home, *folders):
    for folder in folders:
        (home / folder).mkdir(parents=True)


def program(folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("packaging", PACKAGINGS.values(), ids=PACKAGINGS)
def test_each_packaging(tmp_path, packaging):
    system, folders, kind, label, plugins, settings, sandboxed = packaging
    make(tmp_path, *folders)
    (host,) = find(kind, environ(tmp_path), system)
    assert (host.kind, host.label, host.sandboxed) == (kind, label, sandboxed)
    assert host.plugins == tmp_path / plugins
    assert host.settings == (settings and tmp_path / settings)
    assert find("gimp" if kind == "krita" else "krita", environ(tmp_path), system) == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", ["krita", "gimp"])
def test_nothing_is_found_in_an_empty_home(tmp_path, system, kind):
    names = [host.label for host in find(kind, environ(tmp_path), system)]
    assert system == "darwin" or names == []  # /Applications is the same for everybody


def test_all_packagings_side_by_side(tmp_path):
    for system, folders, *_ in PACKAGINGS.values():
        if system == LINUX:
            make(tmp_path, *folders)
    assert [host.label for host in find("krita", environ(tmp_path), LINUX)] == [
        "Krita", "Krita (Flatpak)", "Krita (snap)",
    ]  # fmt: skip


def test_both_gimps_and_neither_gimp_2_nor_a_stray_folder(tmp_path):
    make(tmp_path, *(f".config/GIMP/{name}" for name in ("2.10", "3.0", "3.2", "3.0 (copy)", "3.2.bak")))
    assert [host.label for host in find("gimp", environ(tmp_path), LINUX)] == ["GIMP 3.0", "GIMP 3.2"]


@pytest.mark.skipif(os.name == "nt", reason="Linux names its programs and folders otherwise")
def test_a_program_that_was_never_started_is_found_by_its_name(tmp_path):
    for name in ("krita", "gimp-3.0"):
        program(tmp_path / "bin", name)
    here = environ(tmp_path, PATH=str(tmp_path / "bin"))
    assert [host.plugins for host in find("krita", here, LINUX)] == [tmp_path / ".local/share/krita/pykrita"]
    assert [host.plugins for host in find("gimp", here, LINUX)] == [tmp_path / ".config/GIMP/3.0/plug-ins"]


@pytest.mark.skipif(os.name == "nt", reason="Linux names its programs and folders otherwise")
def test_a_newer_gimp_that_was_never_started_gets_a_folder_only_where_there_is_none_to_take_over(tmp_path):
    program(tmp_path / "bin", "gimp-3.2")
    here = environ(tmp_path, PATH=str(tmp_path / "bin"))
    assert [host.label for host in find("gimp", here, LINUX)] == ["GIMP 3.2"]
    make(tmp_path, ".config/GIMP/3.0")
    assert [host.label for host in find("gimp", here, LINUX)] == ["GIMP 3.0"]


def test_windows_programs_are_found_where_installers_put_them(tmp_path):
    program(tmp_path / "Programs/Krita (x64)/bin", "krita.exe")
    assert [host.label for host in find("krita", environ(tmp_path), "win32")] == ["Krita"]


@pytest.mark.skipif(os.name == "nt", reason="Linux names its programs and folders otherwise")
def test_the_users_own_xdg_folders_count(tmp_path):
    make(tmp_path, "data/krita", "config/GIMP/3.0")
    here = environ(tmp_path, XDG_DATA_HOME=str(tmp_path / "data"), XDG_CONFIG_HOME=str(tmp_path / "config"))
    (krita,) = find("krita", here, LINUX)
    assert (krita.plugins, krita.settings) == (tmp_path / "data/krita/pykrita", tmp_path / "config/kritarc")
    assert find("gimp", here, LINUX)[0].plugins == tmp_path / "config/GIMP/3.0/plug-ins"


def test_folders_without_a_root_are_passed_over(tmp_path):
    here = environ(tmp_path, XDG_DATA_HOME="data", XDG_CACHE_HOME="./cache")
    assert data_folder(here, LINUX) == tmp_path / ".local/share/recraft-canvas"
    assert cache_folder(here, LINUX) == tmp_path / ".cache/recraft-canvas"


def test_recraft_home_moves_our_own_folder(tmp_path):
    assert data_folder(environ(tmp_path, RECRAFT_HOME=str(tmp_path / "stick")), LINUX) == tmp_path / "stick"
    assert data_folder(environ(tmp_path), LINUX) == tmp_path / ".local/share/recraft-canvas"


# --- macOS, as far as it shows from elsewhere ------------------------------------------------------------------------


def app(folder, version):
    (folder / "Contents/MacOS").mkdir(parents=True)
    with (folder / "Contents/Info.plist").open("wb") as file:
        plistlib.dump({"CFBundleShortVersionString": version}, file)
    return folder


@pytest.mark.parametrize(("version", "label"), [("3.2.6", "GIMP 3.2"), ("3.0.4", "GIMP 3.0"), ("broken", "GIMP 3.0")])
def test_a_mac_application_says_its_version(tmp_path, version, label):
    app(tmp_path / "Applications/GIMP.app", version)
    here = environ(tmp_path)
    assert [host.label for host in find("gimp", here, "darwin")] == [label]
    assert programs("gimp", here, "darwin") == [tmp_path / "Applications/GIMP.app"]


def test_a_damaged_info_plist_is_no_reason_to_stop(tmp_path):
    (app(tmp_path / "Applications/GIMP.app", "3.2") / "Contents/Info.plist").write_text("<plist")
    assert [host.label for host in find("gimp", environ(tmp_path), "darwin")] == ["GIMP 3.0"]


def test_krita_in_the_users_own_applications_is_found(tmp_path):
    app(tmp_path / "Applications/krita.app", "5.2")
    (krita,) = find("krita", environ(tmp_path), "darwin")
    assert krita.plugins == tmp_path / "Library/Application Support/krita/pykrita"


def test_the_console_is_looked_for_inside_the_application_and_beside_the_program(tmp_path, monkeypatch):
    inside = app(tmp_path / "Applications/GIMP.app", "3.0.4")
    beside = tmp_path / "GIMP 3/bin/gimp-3.0.exe"
    program(inside / "Contents/MacOS", "gimp-console-3.0")
    program(beside.parent, "gimp-console-3.0.exe")
    monkeypatch.setattr(checks.shutil, "which", lambda name: None)
    for known, console in ((inside, inside / "Contents/MacOS/gimp-console-3.0"), (beside, beside.with_name("gimp-console-3.0.exe"))):
        monkeypatch.setattr(checks, "programs", lambda kind, known=known: [known])
        assert checks._console(hosts.Host("gimp", "GIMP 3.0", tmp_path)) == str(console)


def test_krita_of_the_app_store_is_told_to_be_unable(tmp_path, monkeypatch):
    make(tmp_path, "Library/Containers/org.kde.krita")
    assert app_store_krita(environ(tmp_path), "darwin")
    assert not app_store_krita(environ(tmp_path), LINUX)
    monkeypatch.setattr(checks, "app_store_krita", lambda: True)
    monkeypatch.setattr(checks, "find", lambda kind: [])
    assert any("App Store" in one.what and "krita.org" in one.cure for one in checks.installed())


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_links_become_copies_where_a_mac_looks_for_libraries_by_them(tmp_path, monkeypatch):
    inside = tmp_path / "_internal"
    (inside / "numpy/.dylibs").mkdir(parents=True)
    (inside / "numpy/.dylibs/libopenblas.dylib").write_text("library")
    (inside / "libopenblas.dylib").symlink_to("numpy/.dylibs/libopenblas.dylib")
    (inside / "Python.framework/Versions/3.13").mkdir(parents=True)
    (inside / "Python.framework/Versions/3.13/Python").write_text("python")
    (inside / "Python.framework/Versions/Current").symlink_to("3.13")
    (inside / "Python").symlink_to("Python.framework/Versions/3.13/Python")
    monkeypatch.setattr(bundle.sys, "platform", "darwin")
    bundle._slim(tmp_path)
    assert [one for one in inside.rglob("*") if one.is_symlink()] == []
    assert (inside / "libopenblas.dylib").read_text() == "library"
    assert (inside / "Python").read_text() == (inside / "Python.framework/Versions/Current/Python").read_text() == "python"


def test_a_python_that_is_too_old_is_told_where_to_get_another():
    """Xcode's is 3.9."""
    import runpy
    import sys
    from unittest import mock

    with mock.patch.object(sys, "version_info", (3, 9, 6, "final", 0)), pytest.raises(SystemExit) as ended:
        runpy.run_path(str(bundle.HERE / "install.py"))
    said = str(ended.value.code)
    assert "Python 3.9" in said
    assert "https://www.python.org/downloads/" in said
    assert "uv run --no-project --python 3.12 install.py" in said
