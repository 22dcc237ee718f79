from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest
from recraft_core import paths
from recraft_core.shared.errors import StorageTrouble


def test_recraft_home_holds_everything(tmp_path):
    found = paths.here({"RECRAFT_HOME": str(tmp_path)})
    assert {found.data.parent, found.config.parent, found.cache.parent, found.log.parent} == {tmp_path}
    assert found.portable
    assert not paths.here({"RECRAFT_HOME": "  "}).portable


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "a.json"
    paths.write(path, b"one")
    paths.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
def test_a_private_file_is_for_its_owner_from_its_first_moment(tmp_path):
    path = paths.write(tmp_path / "keys" / "k", b"secret", private=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_somebody_holds_for_a_moment_on_windows_is_tried_again(monkeypatch):
    """Else another process's reading would count as words that were lost."""
    tried = []

    def action():
        tried.append(0)
        if len(tried) < 4:
            raise PermissionError(13, "in use")
        return "read"

    monkeypatch.setattr(paths.sys, "platform", "win32")
    monkeypatch.setattr(paths.time, "sleep", lambda _: None)
    assert paths.patiently(action) == "read"
    monkeypatch.setattr(paths.sys, "platform", "linux")
    tried.clear()
    with pytest.raises(PermissionError):
        paths.patiently(action)
    assert len(tried) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
def test_an_ordinary_file_follows_the_users_mask(tmp_path):
    mask = os.umask(0o022)
    try:
        assert paths.write(tmp_path / "a", b"").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(mask)


def test_a_folder_that_cannot_be_says_which_why_and_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageTrouble) as caught:
        paths.write(tmp_path / "file" / "sub" / "a", b"")
    assert str(tmp_path / "file" / "sub") in caught.value.what
    # Windows tells the two apart otherwise; either is true.
    words = ("a part of the path is a file", "a file is where a folder is needed", "it is not there")
    assert any(text in caught.value.what for text in words)
    assert "RECRAFT_HOME" in caught.value.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="uses a file-size limit")
def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path):
    # A small file system of its own would need rights; a file-size limit fails the same way, half-way through.
    code = (
        "import resource, signal, sys; from pathlib import Path; from recraft_core import paths; from recraft_core.shared import errors\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); path = Path(sys.argv[1]); paths.write(path, b'old')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: paths.write(path, b'x' * 5000)\n"
        "except errors.StorageTrouble as problem: print(problem)\n"
    )
    path = tmp_path / "a"
    said = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"Cannot write {path}: ")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read only"), (errno.EACCES, "permission"), (errno.EIO, "error")],
)
def test_each_reason_is_named(tmp_path, number, word):
    problem = paths.trouble("write", tmp_path, OSError(number, os.strerror(number)))
    assert word in problem.what
    assert problem.remedy


def test_a_missing_file_reads_as_none_and_a_folder_is_trouble(tmp_path):
    assert paths.read(tmp_path / "none") is None
    with pytest.raises(StorageTrouble, match="folder is where a file is needed"):
        paths.read(tmp_path)
