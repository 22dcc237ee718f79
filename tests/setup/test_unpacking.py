"""A packed worker unpacks itself once: whole or not at all, beside others that do the same, and nothing out of its folder."""

import argparse
import errno
import io
import itertools
import json
import lzma
import os
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest
from recraft_core.shared.errors import EngineTrouble
from recraft_core.shared.plugin.requests import WorkerRequests
from recraft_core.shared.worker_client import PluginLink
from recraft_core.shared.worker_process import UNPACKING_FAILED, Child, read_command
from recraft_setup import Trouble, bundle, commands, unpacking

PROGRAM = "recraft-worker"


def packed(plugin, members, *, program=b"a program"):
    """A plugin as its zip leaves it, with `members` in its packed file: content by name."""
    worker = plugin / "worker"
    (worker / "_internal" / "lib-dynload").mkdir(parents=True, exist_ok=True)
    (worker / PROGRAM).write_bytes(program)
    (worker / PROGRAM).chmod(0o755)
    (worker / "_internal" / "lib-dynload" / "_lzma.so").write_bytes(b"python's own")
    with lzma.open(worker / unpacking.REST, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.name, member.mode = name, 0o755 if name.endswith("tool") else 0o644
            data = content if isinstance(content, bytes) else b""
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    name = unpacking.name_of(worker, PROGRAM)
    (plugin / "worker.json").write_text(json.dumps({"command": [f"worker/{PROGRAM}", "worker"], "whole": name}))
    return worker


AT_REST = {"worker", "worker.json", unpacking.LOCK}
MEMBERS = {"_internal/numpy/core.so": b"\1" * 100_000, "_internal/bin/tool": b"\2", "licences/numpy/LICENSE": b"free"}


def whole(worker, shares=None):
    tell = (lambda _share: None) if shares is None else shares.append
    return unpacking.whole(worker, worker.parents[1] / "ours", tell, PROGRAM)


def listed(folder):
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def test_unpacked_once_it_lies_whole_beside_the_packed_one(tmp_path):
    worker, shares = packed(tmp_path / "Käthe M/recraft", MEMBERS), []
    plugin = worker.parent
    assert read_command(plugin) == [str(worker / PROGRAM), "worker"]
    program = whole(worker, shares)
    assert program.parent.parent == plugin
    assert listed(program.parent) == sorted([*MEMBERS, PROGRAM, "_internal/lib-dynload/_lzma.so"])
    assert all((program.parent / name).read_bytes() == data for name, data in MEMBERS.items())
    if os.name != "nt":
        runs = {one for one in listed(program.parent) if os.access(program.parent / one, os.X_OK)}
        assert {PROGRAM, "_internal/bin/tool"} == {one for one in runs if (program.parent / one).stat().st_mode & 0o100}
    assert shares == sorted(shares)
    assert (shares[:3], shares[-1]) == ([0, 0, 0], 1), "it is told of before the packed file is read, too"
    assert read_command(plugin) == [str(program), "worker"]
    before = program.stat().st_mtime_ns
    assert whole(worker) == program
    assert program.stat().st_mtime_ns == before
    assert {one.name for one in plugin.iterdir()} == {*AT_REST, program.parent.name}


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:evil", "a\\..\\evil", "./evil", "a//evil"])
def test_a_name_that_leads_out_is_refused_and_nothing_stays(tmp_path, name):
    worker = packed(tmp_path / "plugins/recraft", {**MEMBERS, name: b"evil"})
    with pytest.raises(ValueError, match="does not belong there"):
        whole(worker)
    assert not list(tmp_path.rglob("*evil*"))
    assert {one.name for one in worker.parent.iterdir()} == AT_REST


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    member = tarfile.TarInfo()
    member.type, member.linkname = kind, "../../../.."
    with pytest.raises(ValueError, match="does not belong there"):
        whole(packed(tmp_path / "recraft", {"link": member}))


def test_a_packed_file_cut_short_or_mixed_of_two_versions_counts_as_nothing(tmp_path):
    worker = packed(tmp_path / "recraft", {**MEMBERS, "more": os.urandom(200_000)})
    data = (worker / unpacking.REST).read_bytes()
    (worker / unpacking.REST).write_bytes(data[:-50_000])
    with pytest.raises(ValueError, match="different versions"):
        whole(worker)
    told = json.loads((tmp_path / "recraft/worker.json").read_text())
    told["whole"] = unpacking.name_of(worker, PROGRAM)
    (tmp_path / "recraft/worker.json").write_text(json.dumps(told))
    with pytest.raises((EOFError, lzma.LZMAError, tarfile.TarError)):
        whole(worker)
    assert {one.name for one in worker.parent.iterdir()} == AT_REST


def test_a_full_disk_leaves_nothing_and_does_not_go_elsewhere(tmp_path, monkeypatch):
    worker = packed(tmp_path / "recraft", MEMBERS)

    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(unpacking.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        whole(worker)
    assert {one.name for one in tmp_path.iterdir()} == {"recraft"}
    assert {one.name for one in worker.parent.iterdir()} == AT_REST


def test_a_plugin_that_may_not_be_written_has_its_worker_in_the_users_folder(tmp_path, monkeypatch):
    worker = packed(tmp_path / "recraft", MEMBERS)

    def refused(target, _kept_s):
        if target.parent == worker.parent:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(unpacking, "_sweep", refused)
    program = whole(worker)
    os.utime(program.parent, (0, 0))
    assert program.parent.parent == tmp_path / "ours"
    assert listed(program.parent) == sorted([*MEMBERS, PROGRAM, "_internal/lib-dynload/_lzma.so"])
    assert whole(worker) == program
    assert time.time() - program.parent.stat().st_mtime < 86400, "it is marked as used"
    assert read_command(worker.parent) == [str(worker / PROGRAM), "worker"]


def test_in_the_users_folder_two_plugins_of_different_versions_keep_theirs(tmp_path, monkeypatch):
    one = packed(tmp_path / "krita", MEMBERS, program=b"one")
    other = packed(tmp_path / "gimp", MEMBERS, program=b"another")
    monkeypatch.setattr(unpacking, "_READ_ONLY", (errno.EISDIR, errno.EACCES))
    programs = []
    for worker in (one, other):
        (worker.parent / unpacking.LOCK).mkdir()  # nothing can be written beside it
        programs.append(whole(worker))
    assert {program.parents[1] for program in programs} == {tmp_path / "ours"}
    assert all(program.is_file() for program in programs)
    long_ago = time.time() - 31 * 86400
    os.utime(programs[0].parent, (long_ago, long_ago))
    programs[1].unlink()
    assert whole(other) == programs[1]
    assert not programs[0].exists()


def test_several_that_start_at_once_get_one_and_the_same(tmp_path):
    worker = packed(tmp_path / "recraft", {**MEMBERS, "more": os.urandom(3_000_000)})
    programs, gate = [], threading.Barrier(6)

    def start():
        gate.wait()
        programs.append(whole(worker))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(programs) == 6
    assert len({*programs}) == 1
    assert {one.name for one in worker.parent.iterdir()} == {*AT_REST, programs[0].parent.name}


START = """
import os, sys
from pathlib import Path
sys.path[:0] = [{core!r}]
from recraft_setup import unpacking
def tell(share):
    {tell}
print(unpacking.whole(Path({worker!r}), Path({ours!r}), tell, {program!r}))
"""


def started(worker, tell):
    """Another process that unpacks, and does `tell` at each word of how far it is."""
    ours = str(worker.parents[1] / "ours")
    code = START.format(core=str(bundle.HERE / "core"), tell=tell, worker=str(worker), ours=ours, program=PROGRAM)
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_start_waits_for_the_first_and_finds_it_whole(tmp_path):
    """The first stands still before its end, with a folder that must not be taken for a leftover."""
    worker = packed(tmp_path / "recraft", {**MEMBERS, "more": os.urandom(3_000_000)})
    with started(worker, "share == 1 and (print(share, flush=True), input())") as first:
        first.stdout.readline()
        (left,) = worker.parent.glob(".worker-*")
        waits, found = threading.Event(), []
        told = itertools.count()

        def second():
            found.append(whole(worker, type("Told", (), {"append": lambda _self, _share: next(told) > 4 and waits.set()})()))

        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(30), "it says all the while that it moves"
        assert left.is_dir()
        assert not found
        first.stdin.write("\n")
        first.stdin.close()
        program = Path(first.stdout.read().splitlines()[-1])
        thread.join()
    assert found == [program]
    assert listed(program.parent) == sorted([*MEMBERS, "more", PROGRAM, "_internal/lib-dynload/_lzma.so"])


def test_a_folder_taken_away_meanwhile_is_not_made_anew(tmp_path):
    worker = packed(tmp_path / "recraft", {**MEMBERS, "more": os.urandom(3_000_000)})
    taken = []

    def take(_share):
        for one in worker.parent.glob(".worker-*") if not taken else ():
            unpacking.shutil.rmtree(one)
            taken.append(one)

    with pytest.raises(FileNotFoundError):
        unpacking.whole(worker, tmp_path / "ours", take, PROGRAM)
    assert taken
    assert {one.name for one in worker.parent.iterdir()} == AT_REST


def test_a_damaged_one_makes_way_for_a_whole_one(tmp_path):
    worker = packed(tmp_path / "recraft", MEMBERS)
    program = whole(worker)
    program.unlink()
    (program.parent / "_internal/bin/tool").unlink()
    assert whole(worker) == program
    assert listed(program.parent) == sorted([*MEMBERS, PROGRAM, "_internal/lib-dynload/_lzma.so"])
    assert {one.name for one in worker.parent.iterdir()} == {*AT_REST, program.parent.name}


def test_a_program_that_cannot_be_gone_on_with_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(unpacking, "whole", lambda *_: tmp_path / "gone")
    assert unpacking.main() == UNPACKING_FAILED
    err = capsys.readouterr().err  # in the words of the system, and of Wine
    assert any(words in err for words in ("No such file", "cannot find", "File not found"))


def test_a_crash_half_way_leaves_nothing_that_counts_and_goes_later(tmp_path):
    worker = packed(tmp_path / "recraft", {**MEMBERS, "more": os.urandom(3_000_000)})
    with started(worker, "share and os._exit(9)") as crashing:
        assert crashing.wait(30) == 9
    (left,) = worker.parent.glob(".worker-*")
    assert read_command(worker.parent) == [str(worker / PROGRAM), "worker"]
    assert whole(worker).is_file()
    assert not left.exists()


def test_an_older_one_goes_unless_somebody_runs_it(tmp_path, monkeypatch):
    worker = packed(tmp_path / "recraft", MEMBERS)
    first = whole(worker)
    packed(worker.parent, MEMBERS, program=b"the second version")
    monkeypatch.setattr(unpacking.running, "using", lambda folder: [7] if folder == first.parent else [])
    second = whole(worker)
    assert first.is_file()
    monkeypatch.setattr(unpacking.running, "using", lambda _folder: [])
    packed(worker.parent, MEMBERS, program=b"the third version")
    third = whole(worker)
    assert [one.name for one in worker.parent.glob("*worker-*")] == [third.parent.name]
    assert not second.exists()


def test_the_link_waits_while_it_unpacks_and_tells_how_far_it_is(tmp_path, monkeypatch):
    program = tmp_path / "packed.py"
    program.write_text(
        "import sys, time\n"
        "for share in (0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 1):\n"
        "    print('unpacking', share, end='\\r', file=sys.stderr, flush=True)\n"
        "    time.sleep(0.5)\n"
        "print('No space left on device', file=sys.stderr)\n"
        f"sys.exit({UNPACKING_FAILED})\n"
    )
    monkeypatch.setattr("recraft_core.shared.worker_client.START_S", 2.0)
    link = PluginLink([sys.executable, str(program)], host="Test")
    asked, run = link.send("account"), link.send("run", operation="erase", options={}, parts=[])
    news = link.wait(run, 30)
    progress, error = [one for one in news if one.kind == "progress"], news[-1]
    assert {one.id for one in progress} == {run} != {asked}, "only a click has a bar"
    assert [(one["phase"], one["share"]) for one in progress] == [("unpacking", one) for one in (0.1, 0.4, 1)]
    assert "could not be unpacked: No space left on device." in error["error"]["what"], error.fields
    assert "200 MB" in error["error"]["remedy"]
    assert EngineTrouble.__name__ == error["error"]["kind"]
    link.stop(5)


@pytest.mark.skipif(os.name == "nt", reason="its programs are no scripts")
def test_a_host_that_was_open_while_its_plugin_was_updated_starts_the_new_worker(tmp_path):
    """But only when the one it began with is gone: the new one may not understand the old plugin."""
    requests = WorkerRequests(tmp_path, "Test")
    before, today = tmp_path / "before", tmp_path / "today"
    for one in (before, today):
        one.write_text(f"#!/bin/sh\necho the version of {one.name} >&2\nexit 1\n")
        one.chmod(0o755)
    (tmp_path / "worker.json").write_text(json.dumps({"command": [str(before)]}))
    assert "of before" in said(requests)
    (tmp_path / "worker.json").write_text(json.dumps({"command": [str(today)]}))
    assert "of before" in said(requests)
    before.unlink()
    assert "of today" in said(requests)
    requests.stop()


@pytest.mark.skipif(os.name == "nt", reason="its programs are no scripts")
def test_a_host_that_saw_the_packed_worker_takes_the_whole_one_next(tmp_path):
    """And where that one does not start, it unpacks itself anew at the next click, if need be from the zip put in anew."""
    worker = packed(tmp_path / "recraft", MEMBERS, program=b"#!/bin/sh\necho packed >&2\nexit 1\n")
    requests = WorkerRequests(worker.parent, "Test")
    assert "packed" in said(requests)
    program = whole(worker)
    program.write_text("#!/bin/sh\necho a library is lost >&2\nexit 127\n")
    told = said(requests)
    assert "a library is lost" in told
    assert "zip again" in told
    assert "install.py" not in told
    assert read_command(worker.parent) == [str(worker / PROGRAM), "worker"]
    assert "packed" in said(requests)
    assert whole(worker).read_bytes() == (worker / PROGRAM).read_bytes()
    requests.stop()


@pytest.mark.skipif(os.name == "nt", reason="its programs are no scripts")
@pytest.mark.parametrize(("end", "stays"), [("exit 1", False), ("kill -9 $$", True)])
def test_one_that_misses_a_file_only_at_work_unpacks_itself_anew_too(tmp_path, end, stays):
    program = whole(packed(tmp_path / "recraft", MEMBERS, program=f"#!/bin/sh\n{end}\n".encode()))
    child = Child([str(program)], os.environ, {})
    assert child.wait(20)
    trouble = child.why(ready=True)
    child.let_go()
    assert "history" in trouble.remedy
    assert "zip again" in trouble.remedy
    assert program.is_file() == stays


def said(requests):
    """What a request that fails is answered, with its remedy."""
    heard, end = [], time.monotonic() + 30
    requests.ask("account", heard.append)
    while not heard and time.monotonic() < end:
        requests.poll()
    error = heard.pop()["error"]
    return f"{error['what']} {error['remedy']}"


def test_remove_takes_what_was_unpacked_in_the_users_folder(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "ours"))
    monkeypatch.setattr(commands.hosts, "find", lambda _kind: [])
    left = tmp_path / "ours" / unpacking.ELSEWHERE / "worker-0123456789ab" / PROGRAM
    left.parent.mkdir(parents=True)
    left.write_bytes(b"")
    monkeypatch.setattr(commands.running, "using", lambda folder: [7] if left.is_relative_to(folder) else [])
    with pytest.raises(Trouble, match="still at work"):
        commands.remove(argparse.Namespace(dry_run=False))
    assert left.exists()
    monkeypatch.setattr(commands.running, "using", lambda _folder: [])
    assert commands.remove(argparse.Namespace(dry_run=False)) == 0
    assert not left.parents[1].exists()
