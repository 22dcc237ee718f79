"""Paths and pipes: what a shell can hand over is read, and what is printed can be used."""

import json
import os
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_core.cli import main
from recraft_core.cli.command import as_json, file_name
from recraft_core.cli.screen import Screen
from recraft_core.shared.errors import Exit

PICTURE = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "small.png")
    hole = Image.new("L", (64, 64))
    hole.paste(255, (20, 20, 40, 40))
    hole.save(tmp_path / "hole.png")
    return tmp_path


@pytest.fixture
def shell(engine, key, folder):
    """Run a line of bash in an empty folder with two pictures; `recraft` is the command."""
    env = {**os.environ, "RECRAFT_HOME": str(folder / "home"), "RECRAFT_API_TOKEN": key, "ENGINE": engine.base_url}

    def run(line, **more):
        start = f'recraft() {{ "{sys.executable}" -m recraft_core "$@"; }}\n'
        given = {**env, **more}
        return subprocess.run(["bash", "-c", start + line], cwd=folder, env=given, capture_output=True, check=False)

    return run


def size_of(data):
    with Image.open(BytesIO(data)) as image:
        return image.size


def test_a_picture_through_pipes_both_ways(shell):
    done = shell('recraft crisp-upscale <(cat small.png) --base-url "$ENGINE" -o - -q')
    assert (done.returncode, size_of(done.stdout)[0] > 64) == (0, True), done.stderr
    done = shell('cat small.png | recraft erase - --mask hole.png --base-url "$ENGINE" -o - -q')
    assert (done.returncode, size_of(done.stdout)) == (0, (64, 64)), done.stderr


def test_a_named_pipe_and_standard_input_by_its_path(shell, folder):
    done = shell(
        "mkfifo pipe; cat hole.png > pipe & "
        'recraft erase /dev/stdin --mask pipe --base-url "$ENGINE" --json < small.png'
    )
    assert done.returncode == 0, done.stderr
    assert (folder / json.loads(done.stdout)["files"][0]).name == "recraft-erase.png"


def test_a_name_that_is_no_utf8_goes_in_and_comes_out(shell, folder):
    name = os.fsdecode(b"caf\xe9.png")
    try:
        (folder / "small.png").rename(folder / name)
    except OSError:
        pytest.fail("this file system takes UTF-8 names only; run the tests on one that takes any")
    done = shell('recraft erase caf*.png --mask hole.png --base-url "$ENGINE" --json -q')
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout.decode("utf-8", "strict"))["files"][0]
    assert Path(folder / made).is_file()
    plain = shell("recraft erase $'caf\\xe9.png' --mask hole.png --base-url \"$ENGINE\" -q")
    assert (folder / os.fsdecode(plain.stdout.rstrip(b"\n"))).is_file()


USAGE = [
    "erase a.png --no-such-flag --json",
    "no-such-command --json",
    "history list --json --no-such-flag",
    "generate x -n 99 --json",
    "erase https://example.com/a.png --mask hole.png --json",
    "erase - --mask - --json",
    "crisp-upscale small.png -o - --json",
]


@pytest.fixture
def recraft(folder, monkeypatch, capsys):
    """Run a command in this process: (exit code, standard output, standard error)."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RECRAFT_HOME", str(folder / "home"))

    def run(line):
        try:
            code = main(line.split())
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize("line", USAGE)
def test_a_misspelt_command_is_one_json_object_too(recraft, line):
    code, out, err = recraft(line)
    assert code == Exit.OPTION
    error = json.loads(out)["error"]
    assert error["exit"] == Exit.OPTION
    assert error["what"]
    assert error["remedy"]
    assert "error: " in err


@pytest.mark.parametrize("line", ["crisp-upscale -x.png --json", "crisp-upscale a.png -o -2.png --json", "erase a.png --json --mask -photo.of.me.webp"])
def test_a_file_that_begins_like_an_option_is_told_how_to_be_written(recraft, line):
    code, out, err = recraft(line)
    name = re.search(r" (-[\w.]+\.\w+)", line)[1]
    assert (code, json.loads(out)["error"]["remedy"]) == (Exit.OPTION, f"If {name} is a file, write ./{name}.")
    assert err.endswith(f"If {name} is a file, write ./{name}.\n")


@pytest.mark.parametrize("line", ["crisp-upscale --nonsense", "generate x --strenth -0.5", "crisp-upscale -z", "generate -- -x.png --x --y.png"])
def test_other_mistakes_are_not_taken_for_files(recraft, line):
    assert "is a file" not in recraft(line)[2]


def test_an_address_is_answered_with_what_to_do(recraft):
    code, out, err = recraft("crisp-upscale https://example.com/a.png")
    assert (code, out) == (Exit.OPTION, "")
    assert "Download the picture first" in err


def test_a_folder_that_cannot_be_written_is_a_storage_trouble(recraft, engine):
    code, _, err = recraft(f"crisp-upscale small.png --base-url {engine.base_url} -o /proc/here.png")
    assert code == Exit.STORAGE, err
    assert "cannot be written" in err or "can be written" in err
    assert not engine.requests


def test_a_name_that_begins_with_a_tilde(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert file_name("~draft.png") == "~draft.png"
    assert file_name("~") == "~"
    assert file_name("~/draft.png") == str(folder / "draft.png")
    assert file_name("~nobody-of-that-name/draft.png") == "~nobody-of-that-name/draft.png"


def test_json_is_utf8_whatever_a_file_is_called():
    text = as_json({"files": [os.fsdecode(b"caf\xe9.png"), "Köln 🛶.png"]})
    assert json.loads(text.encode())["files"] == [os.fsdecode(b"caf\xe9.png"), "Köln 🛶.png"]
    assert "Köln 🛶" in text


class Terminal(BytesIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("term", "moves"), [("dumb", False), ("xterm", True)])
def test_a_dumb_terminal_gets_no_bar(monkeypatch, term, moves):
    monkeypatch.setenv("TERM", term)
    assert Screen(stream=Terminal())._moving is moves


# What stands where a file of ours, or one that is named, should be: a command that reads it, its exit code, its words.
ODD_PLACES = {
    "home/config/settings.json": ("settings", 8, "Cannot read .*settings.json: "),
    "home/config/api-key": ("key show", 8, "Cannot read “.*api-key”: (it is a|a folder)"),
    "home/data/history/spent.jsonl": ("history spent", 8, "Cannot read .*spent.jsonl: "),
    "home/data/history/index-1.sqlite": ("history list", 0, ""),
    "home/data/history/learnt-1.json": ("account --prices", 0, ""),
    "home/log/recraft.log": ("history list", 0, ""),
    "rows.csv": ("batch crisp-upscale rows.csv -o out --dry-run", 8, "rows.csv cannot be reached"),
    "folder/a.png": ("batch crisp-upscale folder small.png -o out --dry-run", 0, ""),
}


@pytest.mark.parametrize("made", ["mkfifo", "mkdir", "ln -s /dev/zero"])
@pytest.mark.parametrize("place", ODD_PLACES)
def test_a_pipe_a_folder_or_a_device_in_place_of_a_file_is_told_at_once(shell, folder, place, made):
    command, code, words = ODD_PLACES[place]
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    line = f'{made} {place}; timeout 60 "{sys.executable}" -m recraft_core {command} < /dev/null'
    done = shell(line, RECRAFT_API_TOKEN="")
    said = done.stderr.decode()
    assert (done.returncode, "Traceback" in said) == (code, False), said
    assert re.search(words, said), said


@pytest.mark.parametrize("stem", ["n" * 245, "\u96ea" * 83], ids=["latin", "japanese"])
def test_a_picture_with_the_longest_of_names(shell, folder, stem):
    """What is made of it has a tail to its name, and files have others while they are written."""
    (folder / "small.png").rename(folder / f"{stem}.png")
    many = f"batch crisp-upscale {stem}.png"
    one = many.removeprefix("batch ")
    for line in (one, one, f"{one} -o {stem[:-1]}.png", many, f"{many} -o '{{stem}}-{{operation}}-x.{{ext}}'", f"{many} -o out"):
        done = shell(f'recraft {line} --base-url "$ENGINE"')
        assert done.returncode == 0, done.stderr
    longer = shell(f'recraft crisp-upscale {stem}.png -o {stem}{stem}.png --base-url "$ENGINE"')
    assert (longer.returncode, b"is too long" in longer.stderr) == (2, True)
    assert {len(os.fsencode(one.name)) <= 255 for one in folder.iterdir()} == {True}


def test_a_device_is_no_picture(shell):
    done = shell("recraft crisp-upscale /dev/zero --dry-run --local")
    assert done.returncode == 8
    assert b"/dev/zero cannot be read (it is a device, not a file)" in done.stderr


def test_the_rows_of_a_batch_are_files_that_end(shell):
    line = f'mkfifo pipe.png; timeout 60 "{sys.executable}" -m recraft_core batch crisp-upscale pipe.png small.png'
    done = shell(f"{line} -o out --local")
    assert b"pipe.png cannot be reached (it is a pipe or a device, not a file)" in done.stdout + done.stderr
