"""README's one line with uv alone: `uvx recraft-canvas install krita`, erasing, and `remove`, which leaves nothing."""
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import roots
from hosts_run import run_in
from recraft_setup import pip_wheel
from test_stock import NOBODY, reached

HERE = Path(__file__).resolve().parent
PICTURES = roots.PROJECT / "tests" / "pictures"
KRITA = Path(".local/share/krita")
# uv's own, and what its users have of theirs.
UVS = (".cache", ".local/share/uv")

pytestmark = [pytest.mark.host, pytest.mark.slow]


@pytest.fixture(scope="session")
def uv(tmp_path_factory):
    """A folder with uv and uvx and nothing else, out of uv's wheel; or a skip that says that it cannot be had."""
    folder = tmp_path_factory.mktemp("uv")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), "uv"]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"uv: pip cannot download its wheel: {done.stderr.strip().splitlines()[-1]}")
    programs = folder / "bin"
    programs.mkdir()
    with zipfile.ZipFile(next(folder.glob("uv-*.whl"))) as wheel:
        for name in wheel.namelist():
            if ".data/scripts/" in name:
                (programs / Path(name).name).write_bytes(wheel.read(name))
    for program in programs.iterdir():
        program.chmod(0o755)
    folder.chmod(0o755)
    return programs


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel of this very code."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(roots.PROJECT)]
    subprocess.run(pip, check=True)
    folder.chmod(0o755)
    return next(folder.glob("recraft_canvas-*.whl"))


def with_uv(uv, wheel, **more):
    """Variables and folders for somebody who has uv and reaches packages as this machine does."""
    env, folders = reached()
    env |= {**pip_wheel.for_uv(), "UV_PYTHON_DOWNLOADS": "never", **more}
    return {"env": env, "folders": [*folders, uv.parent, wheel.parent, PICTURES], "timeout_s": 600}


def line(uv, wheel, *words):
    """The one line, with uv on the PATH, and the wheel for the name that it will have on the index."""
    return ["env", f"PATH={uv}:/usr/bin:/bin", "uvx", "--from", str(wheel), "recraft-canvas", *words]


def files(home):
    """What is in a home, but for uv's own."""
    found = {path.relative_to(home) for path in home.rglob("*")}
    return {path for path in found if not any(path.is_relative_to(one) or Path(one).is_relative_to(path) for one in UVS)}


def worker_of(home):
    """The Python that the plugin starts its worker with."""
    told = json.loads((home / KRITA / "pykrita/recraft/worker.json").read_text(encoding="utf-8"))
    return (told if isinstance(told, list) else told["command"])[0]


@pytest.mark.parametrize("system", ["stock"], indirect=True)
def test_an_ordinary_user_of_a_stock_machine_installs_erases_and_removes(system, tmp_path, uv, wheel):
    home = tmp_path / "home"
    (home / KRITA).mkdir(parents=True)
    (home / ".runtime").mkdir(mode=0o700)
    subprocess.run(["chown", "--recursive", f"{NOBODY}:{NOBODY}", str(home)], check=True)
    as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def runs(*words, **more):
        done = run_in(system, [*as_user, *words], home=home, display=False, **with_uv(uv, wheel, **more))
        assert done.exit == 0, done.stdout + done.stderr

    before = files(home)
    runs(*line(uv, wheel, "install", "krita"))
    assert (home / KRITA / "pykrita/recraft.desktop").is_file()
    erase = ["erase", f"{PICTURES}/sand.jpg", "--mask", f"{PICTURES}/sand-mask.png", "-o", f"{home}/after.png", "--local", "--no-share"]
    runs(worker_of(home), "-I", "-m", "recraft_core", *erase, RECRAFT_HOME=f"{home}/ours")
    assert (home / "after.png").stat().st_size > 10_000
    (home / "after.png").unlink()
    shutil.rmtree(home / "ours")
    runs(*line(uv, wheel, "remove"))
    assert files(home) == before


@pytest.mark.parametrize("host", ["krita-5.2"], indirect=True)
def test_krita_erases_with_what_the_one_line_installed(host, home, uv, wheel):
    roots.settle(host.host.name, home, [HERE / "krita_check"])

    def runs(*words, **options):
        return roots.run(host.host.name, words, home=home, **options)

    before = files(home)
    installed = runs(*line(uv, wheel, "install", "krita"), display=False, **with_uv(uv, wheel))
    assert installed.exit == 0, installed.stdout + installed.stderr
    env = {"RECRAFT_CHECK": str(HERE / "krita_checks.py"), "RECRAFT_CHECK_OUT": str(home), "RECRAFT_ONLY": "Contract.test_erase"}
    ended = runs("krita", "--nosplash", env=env, network=False, timeout_s=240)
    said = f"{ended.stderr[-2000:]}\n{(home / 'log.txt').read_text(encoding='utf-8')[-3000:]}"
    assert json.loads((home / "verdicts.json").read_text(encoding="utf-8")) == {"Contract.test_erase": "ok"}, said
    removed = runs(*line(uv, wheel, "remove"), display=False, **with_uv(uv, wheel))
    assert removed.exit == 0, removed.stdout + removed.stderr
    left = {path for path in files(home) - before if KRITA in path.parents}
    assert left == set(), left
