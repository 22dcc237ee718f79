"""The release files: what is in them, that they can be made again to the byte, and that the frozen worker works."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
import requests
from recraft_core.shared.worker_client import PluginLink
from recraft_core.shared.worker_process import read_command
from recraft_setup import HERE, Steps, bundle, unpacking
from recraft_setup.hosts import Host
from recraft_setup.plugins import Ledger, put, remove
from trees import tree

pytestmark = pytest.mark.slow
DATE = 1767323045.0  # 2 January 2026, 03:04:05; zips count in steps of two seconds
PICTURES = HERE / "tests" / "pictures"


@pytest.fixture(scope="module")
def worker():
    return bundle.frozen_worker(Steps())


@pytest.fixture(scope="module")
def zips(worker, tmp_path_factory):
    return [bundle.zips(worker, tmp_path_factory.mktemp("dist"), level=1, date=DATE) for _ in range(2)]


def names(path):
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: entry for entry in archive.infolist()}


def test_krita_and_gimp_find_what_they_look_for(zips):
    krita, gimp = map(names, zips[0])
    # Krita's importer wants the folder itself in the list, GIMP wants the run bit.
    wanted = {"recraft.desktop", "recraft.action", "recraft/", "recraft/__init__.py", "recraft/worker.json"}
    assert wanted <= set(krita)
    assert {"recraft/", "recraft/recraft.py", "recraft/recraft_gimp/shared/worker_client.py", "recraft/worker.json"} <= set(gimp)
    for entries, runs in ((krita, [f"recraft/worker/{bundle.PROGRAM}"]), (gimp, ["recraft/recraft.py"])):
        assert all(entries[name].external_attr >> 16 & 0o111 for name in runs)
    assert not [name for name in (*krita, *gimp) if "__pycache__" in name or "/." in name]
    rest = io.BytesIO(zipfile.ZipFile(zips[0][0]).read(f"recraft/worker/{unpacking.REST}"))
    with tarfile.open(fileobj=rest) as members:
        inside = set(members.getnames())
    assert [name for name in inside if name.startswith("licences/numpy")]
    assert not {f"recraft/worker/{name}" for name in inside} & {*krita}


def test_made_twice_they_are_the_same(zips):
    for one, other in zip(*zips, strict=True):
        assert one.name == other.name
        assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
        assert {entry.date_time for entry in names(one).values()} == {(2026, 1, 2, 3, 4, 4)}


def test_they_stay_below_what_people_will_download(zips):
    assert all(path.stat().st_size < 58e6 for path in zips[0]), "and that at the least compression"


def test_imported_its_first_start_unpacks_it_and_the_second_takes_that(zips, tmp_path):
    """As an importer leaves it, without the run bit, over an older version that was unpacked; nothing lies elsewhere."""
    home = tmp_path / "Käthe M"
    plugin, old = home / "pykrita" / "recraft", home / "pykrita" / "recraft" / "worker-0123456789ab"
    (old / "_internal").mkdir(parents=True)
    (old / bundle.PROGRAM).write_bytes(b"of before")
    shutil.unpack_archive(zips[0][0], home / "pykrita")
    environ = {"PATH": os.environ["PATH"], "RECRAFT_HOME": str(tmp_path / "ours")}
    commands = []
    for phase in ("unpacking", None):
        commands.append(read_command(plugin))
        link = PluginLink(commands[-1], host="Test", environ=environ)
        *before, last = link.wait(link.send("run", operation="erase", options={}, parts=[]), 120)
        assert last.kind == "error", "there is no picture in it"
        assert "worker" not in last["error"]["what"], last["error"]
        assert {one["phase"] for one in before if one["phase"] == "unpacking"} == {phase} - {None}
        link.stop(10)
    (whole,) = [one for one in plugin.iterdir() if "worker-" in one.name]
    assert commands == [[str(one / bundle.PROGRAM), "worker"] for one in (plugin / "worker", whole)]
    assert {one.relative_to(plugin).parts[0] for one in plugin.glob("worker*")} == {"worker", "worker.json", whole.name}
    assert not (tmp_path / "ours" / unpacking.ELSEWHERE).exists()


def test_a_sandboxed_program_gets_the_frozen_worker_and_it_answers(worker, tmp_path):
    """As Krita's importer leaves it, without the run bit, and with none of our settings around."""
    host = Host("krita", "Krita (Flatpak)", tmp_path / "Käthe M/krita/pykrita", tmp_path / "kritarc", sandboxed=True)
    before = tree(tmp_path)
    put(host, bundle.COMMAND, Ledger(tmp_path / "data"), Steps(), frozen=worker)
    program = host.plugins / "recraft" / bundle.COMMAND[0]
    program.chmod(0o644)
    environ = {"PATH": os.environ["PATH"], "RECRAFT_HOME": str(tmp_path / "ours")}
    link = PluginLink(read_command(host.plugins / "recraft"), host="Test", environ=environ)
    news = link.wait(link.send("key", do="state"), 60)
    link.stop(10)
    assert [message.kind for message in news] == ["answer"]
    remove(str(host.plugins), Ledger(tmp_path / "data"), Steps())
    assert {path for path in tree(tmp_path) if not path.startswith("ours")} == set(before)


@pytest.mark.parametrize(
    "words",
    [
        ["erase", str(PICTURES / "sand.jpg"), "--mask", str(PICTURES / "sand-mask.png")],
        ["vectorize", str(PICTURES / "woodcut.jpg")],
        ["remove-background", str(PICTURES / "kitten.jpg")],
        ["generate", "a red boat on a lake", "--random-seed", "7"],
    ],
    ids=lambda words: words[0],
)
def test_frozen_it_makes_the_same_as_unfrozen(worker, tmp_path, words):
    """Engine, PatchMatch, networks, tracer and resvg are all inside, and none has been replaced by something plainer."""
    made = []
    for index, start in enumerate(([str(worker / bundle.PROGRAM)], [sys.executable, "-m", "recraft_core"])):
        environ = {**os.environ, "RECRAFT_HOME": str(tmp_path / str(index))}
        # What a file says of how it was made holds the time, and a number of its own.
        (tmp_path / str(index) / "config").mkdir(parents=True)
        (tmp_path / str(index) / "config" / "settings.json").write_text('{"provenance": "off"}')
        out = tmp_path / f"{index}{'.svg' if words[0] == 'vectorize' else '.png'}"
        subprocess.run([*start, *words, "--local", "-o", str(out)], env=environ, check=True, capture_output=True)
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_frozen_it_serves_with_several_workers(worker, tmp_path):
    """Each of them is this program started again, which must not take that for a command of the user's."""
    serve = [str(worker / bundle.PROGRAM), "serve", "--port", "0", "--workers", "2", "--until-stdin-closes"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*serve, "--data", str(tmp_path)], **pipes, text=True) as process:
        base_url = process.stdout.readline().split()[-1]
        answer = requests.get(f"{base_url}/users/me", headers={"Authorization": "Bearer k"}, timeout=120)
        process.stdin.close()
        assert (answer.status_code, process.wait(120)) == (200, 0)
