"""What a command loads: each only what it works with, so that it starts at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PICTURES = Path(__file__).parents[1] / "pictures"
HEAVY = {"numpy", "PIL", "requests", "sqlite3", "recraft_setup", "recraft_local"}
# What asks a service, draws drawings, counts colours, goes through many pictures, or is an engine itself.
UNUSED = {
    "requests", "urllib3", "truststore", "certifi", "charset_normalizer", "recraft_core.imaging.svg",
    "recraft_core.imaging.drawing_clean", "recraft_core.imaging.palette", "recraft_core.batch.running", "recraft_local",
    "recraft_core.doctor", "statistics", "keyring", "asyncio",
}  # fmt: skip
CODE = """
import contextlib, json, os, sys
from recraft_core.cli import main
with contextlib.suppress(SystemExit), open(os.devnull, "w") as sys.stdout:
    main(sys.argv[1:])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.__stdout__)
"""


def loaded(home, *words):
    """The packages that a process of its own has loaded once it has done the command."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        capture_output=True, text=True, check=True, env={**os.environ, "RECRAFT_HOME": str(home)},
    )  # fmt: skip
    return HEAVY & set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        ("--help", set()),
        ("--version", set()),
        ("erase --help", set()),
        ("account --prices", {"sqlite3"}),
        ("settings get count", {"sqlite3"}),
        ("history list", {"sqlite3"}),
    ],
)
def test_a_command_loads_what_it_works_with_and_no_more(words, needs, tmp_path):
    assert loaded(tmp_path, *words.split()) <= needs


def test_the_account_is_asked_without_what_works_on_pictures(engine, tmp_path):
    found = loaded(tmp_path, "account", "--base-url", engine.base_url)
    assert found == {"requests", "sqlite3"}


def test_a_small_erase_on_this_computer_loads_neither_what_asks_a_service_nor_what_draws(engine, tmp_path):
    """The second command of a user costs little more than what the engine does for it."""
    code = f"""
import json, sys
from recraft_core.api import service
service.Connection._engine = lambda _: (type("Engine", (), {{"token": "offline", "base_url": {engine.base_url!r}}}), None)
from recraft_core.cli import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""
    picture, mask = PICTURES / "sand.jpg", PICTURES / "sand-mask.png"
    done = subprocess.run(
        [sys.executable, "-c", code, "erase", picture, "--mask", mask, "-o", tmp_path / "out.png", "--local", "--quiet"],
        capture_output=True, text=True, check=True, env={**os.environ, "RECRAFT_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    assert (tmp_path / "out.png").exists()
    assert UNUSED & {*modules} == set()


def test_a_worker_answers_a_docker_without_what_works_on_pictures(tmp_path):
    code = (
        "import sys; from recraft_core.worker.dispatcher import Dispatcher; from recraft_core.shared.protocol import Message\n"
        "import threading; told, came = [], threading.Event()\n"
        "def post(message): told.append(message.kind); came.set()\n"
        "with __import__('contextlib').closing(Dispatcher(post)) as worker:\n"
        "    worker.fetch_missing()\n"
        "    worker.take(Message('settings', 1, {'do': 'get'})); came.wait(30)\n"
        "print(told, sorted({'numpy', 'PIL', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "RECRAFT_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout == "['answer'] []\n"


@pytest.mark.parametrize("package", ["numpy", "PIL", "requests", "defusedxml", "truststore", "platformdirs"])
def test_a_package_that_is_gone_is_named_with_the_way_to_have_it_again(package, tmp_path):
    code = f"import sys; sys.modules[{package!r}] = None; from recraft_core.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", "--quick"],
        check=False, capture_output=True, encoding="utf-8", env={**os.environ, "RECRAFT_HOME": str(tmp_path)},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 7, said
    assert f"missing: {'Pillow' if package == 'PIL' else package}" in said
    assert "pip install --force-reinstall recraft-canvas" in said
    assert "Traceback" not in said
