"""The zip without a worker: small, for every system, and its plugin fetches the worker on a click and never before."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile

import pytest
from recraft_core.shared import worker_client
from recraft_core.shared.plugin import worker_setup
from recraft_core.shared.plugin.worker_setup import WorkerSetup, wanted
from recraft_setup import HERE, bundle, locked
from trees import tree

pytestmark = pytest.mark.slow
UV = os.environ.get("UV") or shutil.which("uv", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]))  # noqa: PTH120
WAY_OF = {"uv": [UV or "uv"], "pip": []}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(HERE)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def zips(wheel, tmp_path_factory):
    return bundle.online(wheel, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def plugin(zips, tmp_path):
    """The plugin as Krita's importer leaves it, for a user with a difficult name."""
    with zipfile.ZipFile(zips[0]) as archive:
        archive.extractall(tmp_path / "Käthe M" / "pykrita")
    return tmp_path / "Käthe M" / "pykrita" / "recraft"


def environ(wheel, way, **more):
    """A desktop's variables: our wheel in a folder of wheels, the rest from this machine's own index."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_")) or "PROXY" in name.upper()}
    links = f"{wheel.parent.as_uri()} {os.environ.get('PIP_FIND_LINKS', '')}".strip()
    folder = wheel.parent / way
    folder.mkdir(exist_ok=True)
    programs = {f"python3.{sys.version_info[1]}": os.path.realpath(sys.executable), **({"uv": UV} if way == "uv" else {})}
    for name, program in programs.items():
        if not (folder / name).exists():
            (folder / name).symlink_to(program)
    home = {"HOME": str(wheel.parent / "home"), "PATH": str(folder), "LANG": "C.UTF-8"}
    return {**kept, **home, "PIP_FIND_LINKS": links, **more}


def ended(setup, seconds=300, until=lambda: False):
    """Poll as a host's timer does; what was shown meanwhile."""
    shown, end = [], time.monotonic() + seconds
    while setup.state in ("running", "stopping") and time.monotonic() < end and not until():
        setup.poll()
        shown.append((setup.state, str(setup.words), setup.share))
        time.sleep(0.02)
    return shown


@pytest.fixture(autouse=True)
def _only_there(monkeypatch):
    monkeypatch.setattr(worker_setup, "_ELSEWHERE", ())


def test_both_zips_are_small_for_every_system_and_hold_what_fetches(zips, wheel):
    assert [path.name for path in zips] == [f"recraft-{kind}-{bundle.version()}-online.zip" for kind in ("krita", "gimp")]
    for path in zips:
        assert path.stat().st_size < 1_300_000, "mostly the words of all languages"
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            assert {"recraft/setup/__main__.py", "recraft/setup/recraft_setup/fetch.py"} <= names
            assert not [name for name in names if name.endswith("worker.json") or "/worker/" in name or "__pycache__" in name]
            known = archive.read("recraft/setup/recraft_setup/requirements.txt").decode()
        assert f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" in known


def test_what_fetches_needs_nothing_but_the_standard_library(plugin):
    code = "import sys; sys.path.insert(0, sys.argv[1]); from recraft_setup import fetch; print(*sorted(sys.modules))"
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(plugin / "setup")]
    known = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {name.partition(".")[0] for name in known} - set(sys.stdlib_module_names) - {"__main__", "recraft_setup"} == set()


@pytest.mark.parametrize("way", WAY_OF)
def test_set_up_fetches_a_worker_that_answers(plugin, wheel, way):
    if way == "uv" and not UV:
        pytest.skip("uv is not installed: pip install uv")
    if sys.platform == "win32":
        pytest.skip("its ways to a Python are tried by hand there")
    assert wanted(plugin)
    setup = WorkerSetup(plugin, environ(wheel, way))
    setup.start()
    shown = ended(setup)
    assert (setup.state, str(setup.trouble)) == ("done", "None")
    assert [share for _, _, share in shown] == sorted(share for _, _, share in shown)
    assert any("numpy" in words for _, words, _ in shown), {words for _, words, _ in shown}
    assert not wanted(plugin)
    link = worker_client.PluginLink(worker_client.read_command(plugin), host="Test", environ={**os.environ, "RECRAFT_HOME": str(plugin.parent / "ours")})
    news = link.wait(link.send("key", do="state"), 60)
    link.stop(10)
    assert [message.kind for message in news] == ["answer"]
    # An update brings another list, and with it the question once more.
    (plugin / "setup/recraft_setup/requirements.txt").write_text("else")
    assert wanted(plugin)


@pytest.mark.skipif(sys.platform == "win32", reason="its ways to a Python are tried by hand there")
@pytest.mark.parametrize("after", ["at once", "while fetching", "with the host"])
def test_cancelled_it_leaves_nothing_behind(plugin, wheel, after):
    before = tree(plugin)
    setup = WorkerSetup(plugin, environ(wheel, "pip"))
    setup.start()
    if after != "at once":
        ended(setup, until=lambda: setup.package)
        assert (plugin / "worker").is_dir()
    if after == "with the host":  # which ends without a word, and its pipes with it
        process = setup._process
        process.stdin.close()
        assert process.wait(60) == 1
        setup.poll()
    else:
        setup.cancel()
        assert setup.state == "stopping"
        ended(setup, 60)
        assert (setup.state, setup.trouble) == ("idle", None)
    assert tree(plugin) == before
    assert wanted(plugin)


@pytest.mark.skipif(sys.platform == "win32", reason="its ways to a Python are tried by hand there")
def test_another_file_than_the_listed_one_is_refused(plugin, wheel, tmp_path):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / wheel.name
    shutil.copyfile(wheel, other)
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("recraft_core/more.py", "")
    before = tree(plugin)
    links = {"PIP_FIND_LINKS": f"{other.parent.as_uri()} {os.environ.get('PIP_FIND_LINKS', '')}".strip()}
    setup = WorkerSetup(plugin, environ(wheel, "pip", **links))
    setup.start()
    ended(setup)
    assert setup.state == "idle"
    assert "could not be fetched" in str(setup.trouble)
    assert tree(plugin) == before


@pytest.mark.skipif(sys.platform == "win32", reason="its ways to a Python are tried by hand there")
def test_without_a_network_it_names_network_and_proxy(plugin, wheel):
    before = tree(plugin)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "/nowhere"}
    setup = WorkerSetup(plugin, environ(wheel, "pip", **nowhere))
    setup.start()
    ended(setup)
    assert setup.state == "idle"
    assert "HTTPS_PROXY" in setup.trouble.remedy
    assert tree(plugin) == before


def test_without_uv_and_python_it_says_where_to_get_one(plugin, wheel):
    setup = WorkerSetup(plugin, environ(wheel, "pip", PATH=str(plugin)))
    setup.start()
    assert setup.state == "idle"
    assert "docs.astral.sh/uv" in setup.trouble.remedy


def test_a_plugin_with_a_worker_of_its_own_offers_nothing(tmp_path):
    (tmp_path / "worker.json").write_text(json.dumps({"command": [sys.executable]}))
    assert not wanted(tmp_path)


def test_the_list_is_what_setup_cfg_asks_for_and_every_file_has_its_hash():
    from packaging.requirements import Requirement

    spec = __import__("importlib.util").util.spec_from_file_location("lock", HERE / ".ci" / "lock.py")
    lock = __import__("importlib.util").util.module_from_spec(spec)
    spec.loader.exec_module(lock)
    for asked, part in zip(lock.requirements(), locked.parts(), strict=True):
        listed = {locked.package(block).lower(): [] for block in part}
        for block in part:
            assert "--hash=sha256:" in block, block
            listed[locked.package(block).lower()].append(Requirement(block.partition("\\")[0]))
        for line in map(Requirement, asked):
            for one in listed[line.name.lower()]:
                assert str(one.specifier).removeprefix("==") in line.specifier, (str(line), str(one))
