"""The command `python -m recraft_local`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from calls import QUICK
from recraft_local.server import serving
from samples import sample
from waiting import wait_for

PICTURES = Path(__file__).parents[1] / "pictures"


@contextmanager
def command(*arguments):
    """The server as a process; yields it and its base address, ends it by closing its input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recraft_local", "--port", "0", "--until-stdin-closes", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        first = process.stdout.readline()
        assert re.fullmatch(r"Recraft API on http://127\.0\.0\.1:\d+/v1\n", first), process.stderr.read()
        yield process, first.split()[-1]
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
        process.stderr.close()


def me(base_url):
    return requests.get(f"{base_url}/users/me", headers={"Authorization": "Bearer k"}, timeout=20)


def test_the_command_serves_plays_faults_and_dies_with_its_parent(tmp_path):
    log = tmp_path / "log.txt"
    faults = json.dumps([{"endpoint": "users/me", "fault": "status", "status": 503}])
    with command("--units", "7", "--log", str(log), "--faults", faults) as (process, base_url):
        assert [me(base_url).status_code for _ in range(2)] == [503, 200]
        assert me(base_url).json()["credits"] == 7
    assert process.returncode == 0
    assert log.read_text(encoding="utf-8").count("GET /v1/users/me") == 3


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_comes_back_after_the_last_of_several_works():
    data = (PICTURES / "kitten.jpg").read_bytes()
    with command() as (process, base_url):
        for _ in range(3):
            requests.post(
                f"{base_url}/images/removeBackground",
                headers={"Authorization": "Bearer k"}, files={"file": ("kitten.jpg", data)}, timeout=120,
            ).raise_for_status()  # fmt: skip
        assert megabytes(process.pid, "VmHWM") > 150, "a cut-out takes memory"
        wait_for(lambda: megabytes(process.pid, "VmRSS") < 130)


def megabytes(pid, field):
    return int(re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) // 1024


@pytest.mark.parametrize(("option", "value", "exit_code"), [("--data", "a-file/engine", 8), ("--port", "70000", 2)])
def test_what_cannot_be_used_is_told_before_an_address_is(tmp_path, option, value, exit_code):
    (tmp_path / "a-file").write_text("")
    command = [sys.executable, "-m", "recraft_local", "--port", "0", option, value]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert "Traceback" not in done.stderr


def test_what_a_killed_engine_had_set_aside_is_there_again(tmp_path):
    data = ("--data", str(tmp_path), "--units", "50")
    with command(*data, "--latency", "600") as (process, base_url), ThreadPoolExecutor() as pool:
        files = {field: sample(which) for field, which in QUICK.items()}
        headers = {"Authorization": "Bearer k"}
        asked = pool.submit(requests.post, f"{base_url}/images/eraseRegion", headers=headers, files=files, timeout=600)
        wait_for(lambda: me(base_url).json()["credits"] == 48)
        process.kill()
        assert isinstance(asked.exception(60), requests.ConnectionError)
    with command(*data) as (_, base_url):
        assert me(base_url).json()["credits"] == 50


def test_several_workers_share_one_folder(tmp_path):
    with command("--workers", "2", "--data", str(tmp_path), "--units", "50") as (process, base_url):
        asked = [
            requests.post(
                f"{base_url}/images/eraseRegion", headers={"Authorization": "Bearer k"}, timeout=60,
                files={field: sample(which) for field, which in QUICK.items()},
            )
            for _ in range(4)
        ]  # fmt: skip
        # Whichever worker answers, every result is there and the balance is one.
        assert all(requests.get(one.json()["image"]["url"], timeout=20).status_code == 200 for one in asked)
        assert {me(base_url).json()["credits"] for _ in range(6)} == {42}
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--workers", "2"], "need --data"),
        (["--faults", '[{"fault": "nonsense"}]'], "'nonsense' is unknown"),
        (["--rate-limit", "0.5"], "at least 1"),
        (["--rate-limit", "nan"], "at least 1"),
        (["--units", "-5"], "from 0 upwards"),
        (["--units", "many"], "invalid number value: 'many'"),
        (["--latency", "nan"], "from 0 upwards"),
        (["--expire", "-1"], "from 0 upwards"),
        (["--workers", "0"], "from 1 upwards"),
    ],
)
def test_mistakes_on_the_command_line_are_explained(arguments, told, capsys):
    from recraft_local.__main__ import main

    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert told in capsys.readouterr().err


def test_a_taken_port_is_explained(capsys):
    from recraft_local.__main__ import main

    with serving() as engine:
        port = engine.base_url.split(":")[2].split("/")[0]
        assert main(["--port", port]) == 6
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
