"""The command line as a person and as a script meet it: real processes for streams and codes, the rest in one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from recraft_core import cli
from recraft_core.cli.parser import parser
from recraft_core.cli.screen import Screen
from recraft_core.shared.errors import Exit
from recraft_core.shared.operations import OPERATIONS

HELP = Path(__file__).parent / "help"
PICTURES = Path(__file__).parents[1] / "pictures"
DUNES, MASK = str(PICTURES / "dunes.jpg"), str(PICTURES / "dunes-mask.png")


@pytest.fixture
def recraft(engine, key, tmp_path, monkeypatch, capsys):
    """Run a command against the engine in an empty folder; (exit code, stdout, stderr)."""
    # The environment and the working folder are what a shell gives a command, not a part of ours replaced.
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, base_url=engine.base_url):
        capsys.readouterr()
        where = ["--base-url", base_url] if base_url and arguments[0] in COMMANDS else []
        code = cli.main([*map(str, arguments), *where])
        out, err = capsys.readouterr()
        return code, out, err

    return run


COMMANDS = {operation.command for operation in OPERATIONS.values()}
STYLE = ("create-style", DUNES, "--style", "any")

RUNS = [
    ("generate", "a red boat", "--model", "recraftv2", "-o", "out.png"),
    ("generate", "a red boat", "--vector", "-o", "out.svg"),
    ("inpaint", "small.png", "--mask", "hole.png", "--prompt", "sand", "-o", "out.png"),
    ("erase", "small.png", "--mask", "hole.png", "-o", "out.jpg"),
    ("outpaint", "small.png", "--expand-right", "60", "-o", "out.webp"),
    ("replace-background", "small.png", "--prompt", "a garden", "-o", "out.png"),
    ("generate-background", "small.png", "--mask", "hole.png", "--prompt", "a garden", "-o", "out.png"),
    ("remove-background", "small.png", "-o", "out.png"),
    ("vectorize", "small.png", "-o", "out.svg"),
    ("crisp-upscale", "tiny.png", "-o", "out.tif"),
    ("creative-upscale", "small.png", "-o", "out.png"),
    ("refine-details", "small.png", "--mask", "hole.png", "--refinement", "subtle", "-o", "out.png"),
    ("image-to-image", "small.png", "--prompt", "winter", "--strength", "0.3", "-o", "out.png"),
    ("variations", "small.png", "--size", "1:1", "--model", "recraftv2", "-o", "out.png"),
]


@pytest.fixture
def pictures(tmp_path):
    Image.effect_mandelbrot((280, 260), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(tmp_path / "small.png")
    Image.effect_mandelbrot((40, 40), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(tmp_path / "tiny.png")
    hole = Image.new("L", (280, 260))
    hole.paste(255, (100, 100, 160, 150))
    hole.save(tmp_path / "hole.png")


@pytest.mark.parametrize("words", RUNS, ids=lambda words: " ".join(words[:2]))
def test_every_command_makes_its_file_and_prints_its_name(recraft, pictures, words):
    code, out, err = recraft(*words)
    assert (code, out.strip()) == (Exit.OK, words[-1]), err
    assert Path(words[-1]).stat().st_size > 200
    assert words[0] in err.splitlines()[0]


def test_commands_without_a_picture_print_their_answer(recraft):
    code, out, _ = recraft("enhance-prompt", "race car on a track")
    assert code == Exit.OK
    assert "race car on a track" in out
    code, out, _ = recraft("account")
    assert "credits: " in out
    code, out, _ = recraft(*STYLE)
    assert len(out.strip()) == 36


def test_explore_prints_the_ids_that_explore_similar_takes(recraft):
    code, out, _ = recraft("explore", "a lighthouse", "--model", "recraftv4_vector", "-o", "found.svg")
    first = out.splitlines()[0].split("\t")
    assert (code, first[0]) == (Exit.OK, "found.svg")
    code, out, _ = recraft("explore-similar", first[1], "--similarity", "5", "--json")
    assert code == Exit.OK
    assert all(Path(file).exists() for file in json.loads(out)["files"])


def test_the_result_as_json(recraft, pictures):
    code, out, _ = recraft("erase", "small.png", "--mask", "hole.png", "-o", "out.png", "--json")
    data = json.loads(out)
    assert (code, data["files"], data["units"], data["operation"]) == (Exit.OK, ["out.png"], 2, "erase")
    assert len(data["boxes"][0]) == 4


def test_without_a_name_nothing_is_overwritten(recraft, pictures):
    names = [recraft("erase", "small.png", "--mask", "hole.png")[1].strip() for _ in range(2)]
    assert names == ["small-erase.png", "small-erase-2.png"]


WRONG = [
    (("erase", "small.png"), Exit.OPTION, "needs a selection"),
    (("erase",), Exit.OPTION, "needs a picture"),
    (("erase", "nothere.png", "--mask", "hole.png"), None, "nothere.png"),
    (("erase", "hole.txt", "--mask", "hole.png"), Exit.PICTURE, "hole.txt"),
    (("erase", "small.png", "--mask", "tiny.png"), Exit.PICTURE, "40 × 40"),
    (("erase", "small.png", "--mask", "./small.png"), Exit.OPTION, "is the picture itself"),
    # What cannot be written is told before it is paid for.
    (("erase", "small.png", "--mask", "hole.png", "-o", "clean.svg"), Exit.OPTION, "will be pixels"),
    (("generate", "x", "--model", "recraftv3", "-o", "x.svg"), Exit.OPTION, "will be pixels"),
    (("erase", "small.png", "--mask", "hole.png", "-o", "."), Exit.OPTION, "is a folder"),
    (("erase", "missing.svg", "--mask", "hole.png"), Exit.STORAGE, "There is no file"),
    (("inpaint", "small.png", "--mask", "hole.png"), Exit.OPTION, "Prompt is missing"),
    (("generate",), Exit.OPTION, "Prompt is missing"),
    (("generate", "x", "-n", "9"), Exit.OPTION, "1 to 6"),
    (("generate", "x", "--size", "7:7"), Exit.OPTION, "does not make"),
    (("generate", "x", "-o", "boat.gif"), Exit.OPTION, ".png, .jpg"),
    (("generate", "x", "-o", "no/such/boat.png"), Exit.OPTION, "There is no folder"),
    (("image-to-image", "small.png", "--prompt", "x"), Exit.OPTION, "Strength is missing"),
    (("image-to-image", "small.png", "--prompt", "x", "--strength", "2"), Exit.OPTION, "0 to 1"),
    (("outpaint", "small.png", "--prompt", "x"), Exit.OPTION, "how far"),
    (("explore-similar", "12", "--similarity", "3"), Exit.OPTION, "Give an id"),
    (("explore-similar",), Exit.OPTION, "is missing"),
    (("create-style", "--style", "any"), Exit.OPTION, "1 to 10 pictures"),
    (("create-style", "small.png"), Exit.OPTION, "Style is missing"),
]


@pytest.mark.parametrize(("words", "exit_code", "says"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_bad_input_names_the_remedy_and_sends_nothing(recraft, engine, pictures, words, exit_code, says):
    Path("hole.txt").write_text("no picture")
    code, out, err = recraft(*words)
    assert says in err
    assert code == exit_code if exit_code else code in {Exit.PICTURE, Exit.STORAGE}
    assert out == ""
    assert err.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in err
    assert not engine.requests


def test_a_dry_run_shows_the_request_and_sends_nothing(recraft, engine):
    code, out, err = recraft("inpaint", DUNES, "--mask", MASK, "--prompt", "sand", "--dry-run")
    assert code == Exit.OK
    assert "POST /images/inpaint" in out
    assert "40 units · $0.04" in out
    assert "188 px around it are sent" in err
    assert "Nothing was sent." in err
    data = json.loads(recraft("inpaint", DUNES, "--mask", MASK, "--prompt", "sand", "--dry-run", "--json")[1])
    assert data["units"] == 40
    assert data["files"][0]["size"] == data["read"][2:]
    assert max(data["files"][0]["size"]) < 1000
    assert not engine.requests


def test_an_error_as_json(recraft):
    code, out, _ = recraft("generate", "x", "-n", "9", "--json")
    error = json.loads(out)["error"]
    assert (code, error["option"], error["exit"]) == (Exit.OPTION, "n", 2)


@pytest.mark.parametrize(
    ("status", "exit_code"), [(401, Exit.KEY_OR_UNITS), (402, Exit.KEY_OR_UNITS), (400, Exit.REFUSED), (503, Exit.NETWORK)]
)
def test_refusals_end_in_the_promised_codes(recraft, engine, status, exit_code):
    engine.faults.add("prompts/enhance", "status", status=status, body="no", content_type="text/plain")
    code, _, err = recraft("enhance-prompt", "x")
    assert code == exit_code
    assert err.splitlines()[-1].startswith("error: ")


def test_an_address_that_would_show_the_key_is_refused(recraft):
    code, _, err = recraft("account", base_url="http://example.com/v1")
    assert code == Exit.OPTION
    assert "Use https" in err


def process(*arguments, **more):
    return subprocess.run([sys.executable, "-m", "recraft_core", *arguments], capture_output=True, text=True, check=False, **more)


def test_misuse_is_exit_code_two():
    done = process("erase", "--nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert process().returncode == 2


def test_results_go_to_stdout_and_all_else_to_stderr(engine, key, tmp_path):
    environment = {"PATH": "", "RECRAFT_API_TOKEN": key, "RECRAFT_HOME": str(tmp_path), "SYSTEMROOT": ""}
    done = process(
        "erase", DUNES, "--mask", MASK, "-o", str(tmp_path / "clean.png"), "--base-url", engine.base_url, env=environment
    )
    assert done.stdout == f"{tmp_path / 'clean.png'}\n"
    assert done.stderr.startswith("erase  ")
    quiet = process("account", "--quiet", "--base-url", engine.base_url, env=environment)
    assert quiet.stderr == ""


def test_a_home_sign_that_no_shell_replaced_is_understood(recraft, pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    code, out, err = recraft("erase", "~/small.png", "--mask=~/hole.png", "--out=~/clean.png")
    assert (code, out.strip()) == (Exit.OK, str(tmp_path / "clean.png")), err


def test_a_drawing_is_taken_as_one_whatever_its_name(recraft, tmp_path):
    (tmp_path / "logo.png").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="90" height="90"/></svg>'
    )
    code, out, err = recraft("vectorize", "logo.png", "--dry-run")
    assert (code, "300 × 300" in out) == (Exit.OK, True), err


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="file names are always Unicode there")
def test_a_name_that_is_no_unicode_does_not_lose_the_result(recraft, pictures, tmp_path):
    odd = os.fsdecode(b"lat\xedn.png")
    Path("small.png").rename(odd)
    code, _, err = recraft("erase", odd, "--mask", "hole.png", "-o", "out.png")
    assert code == Exit.OK, err
    assert "lat�n.png" in recraft("history", "list")[1]


def test_what_could_not_be_written_after_all_is_in_the_history(recraft, pictures, monkeypatch):
    # As if it had become too long meanwhile: before anything is sent it would be refused.
    monkeypatch.setattr("recraft_core.studio.Job.check_out", lambda _job, _path: None)
    code, out, err = recraft("generate", "a boat", "--model", "recraftv2", "-n", "2", "-o", f"{'a' * 251}.png")
    assert (code, out) == (Exit.STORAGE, "")
    entry = err.rpartition("The result is kept: recraft history place ")[2].split()[0]
    assert recraft("history", "place", entry, "-o", "kept.png")[:2] == (Exit.OK, "kept.png\nkept-2.png\n")


def test_a_mask_can_be_taken_the_other_way_round(recraft, pictures):
    assert recraft("erase", "small.png", "--mask", "hole.png", "--invert-mask", "-o", "out.png")[0] == Exit.OK
    before, after = (Image.open(name).convert("RGB").crop((104, 104, 156, 146)) for name in ("small.png", "out.png"))
    assert before.tobytes() == after.tobytes()  # what the mask marks stays
    corner = (0, 0, 90, 90)
    assert Image.open("small.png").convert("RGB").crop(corner).tobytes() != Image.open("out.png").convert("RGB").crop(corner).tobytes()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a folder read-only for root")
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_sent(recraft, engine, key, pictures, tmp_path):
    (tmp_path / "shelf").mkdir()
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    words = ["generate", "x", "-o", str(tmp_path / "shelf/out.png"), "--base-url", engine.base_url]
    command = ["unshare", "--mount", "sh", "-c", mount, str(tmp_path / "shelf"), sys.executable, "-m", "recraft_core", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env={**os.environ, "RECRAFT_API_TOKEN": key})
    assert (done.returncode, list(engine.requests)) == (Exit.STORAGE, []), done.stderr
    assert "Nothing can be written in the folder" in done.stderr
    assert "Choose another folder." in done.stderr


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user")
def test_a_dry_run_tries_nothing_in_a_folder_of_somebody_else(tmp_path):
    for one in (tmp_path, *tmp_path.parents):
        if one.owner() == "root" and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o777)
    # First as root, for nobody else may read the modules.
    code = (
        "import os, sys; from recraft_core import cli; words = sys.argv[1:]; cli.main([*words, '--dry-run'])\n"
        "os.setuid(65534); print(cli.main([*words, '--dry-run']), cli.main(words))"
    )
    line = [sys.executable, "-c", code, "generate", "cat", "--local"]
    home = {**os.environ, "RECRAFT_HOME": str(tmp_path / "home")}
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, env=home)
    codes = done.stdout.splitlines()[-1]
    assert codes == f"{int(Exit.OK)} {int(Exit.STORAGE)}", done.stderr


@pytest.mark.parametrize("words", [("batch", "palette", "small.png"), ("palette", "small.png", "tiny.png"), ("palette", ".", "--jobs", "2")])
def test_colours_are_of_one_picture_at_a_time(recraft, pictures, words):
    if words[0] == "batch":
        with pytest.raises(SystemExit, match="2"):
            recraft(*words, "--dry-run")
        return
    code, _, err = recraft(*words, "--dry-run")
    assert (code, "“palette” cannot be run as a batch." in err) == (Exit.OPTION, True), err


def test_a_prompt_of_several_lines_is_one_line_of_the_history(recraft):
    recraft("enhance-prompt", "a red\npaper boat")
    assert len(recraft("history", "list")[1].splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no file of Windows has such a name")
def test_names_and_words_from_outside_do_not_move_the_terminal(recraft, pictures, monkeypatch):
    """A name that somebody else gave a file, a prompt that was pasted: a pipe has results to the letter, nobody else."""
    odd = "a\x1b[2J\u202eb.png"
    Path("small.png").rename(odd)
    code, out, _ = recraft("erase", odd, "--mask", "hole.png", "-o", f"o{odd}")
    assert (code, out) == (Exit.OK, f"o{odd}\n")
    recraft("enhance-prompt", "a \x1b]0;x\x07 boat \u2066")
    entries = [line.split()[0] for line in recraft("history", "list")[1].splitlines()]
    said = [recraft(*words)[1:] for words in (
        ("history", "list"), *(("history", "show", entry) for entry in entries), ("inspect", odd), ("inspect", "x\x1b.png"),
        ("erase", odd, "--mask", "hole.png", "--dry-run"),
    )]  # fmt: skip
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    said.append(recraft("erase", odd, "--mask", "hole.png", "-o", f"o{odd}")[1:])
    with pytest.raises(SystemExit):
        cli.main(["frob\x1b[2J"])
    text = "".join(map("".join, said))
    assert "a[2Jb.png" in text
    assert "]0;x boat" in text
    assert not set("\x1b\x07\u202e\u2066") & set(text)


def test_a_prompt_does_not_move_the_terminal_before_it_is_sent_and_is_the_same_json(recraft):
    odd = "a \x9b2J\x7f\u2028\u202e\u2066 b\xf6at"
    words = ("generate", odd, "--dry-run")
    shown, data = recraft(*words)[1], recraft(*words, "--json")[1]
    assert not set(odd) & set(shown + data) - set("a 2Jb\xf6t")
    assert r"a \u009b2J\u007f\u2028\u202e\u2066 böat" in shown
    assert json.loads(data)["fields"]["prompt"] == odd


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Windows closes no streams")
def test_a_picture_from_a_standard_input_that_is_closed(tmp_path):
    command = [sys.executable, "-m", "recraft_core", "erase", "-", "--mask", "hole.png"]
    environment = {"PATH": "", "RECRAFT_HOME": str(tmp_path)}
    done = subprocess.run(["/bin/sh", "-c", '"$@" <&-', "sh", *command], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "it contains no bytes at all" in done.stderr) == (Exit.PICTURE, True), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_streams_that_are_closed_or_full(tmp_path):
    environment = {"PATH": "", "RECRAFT_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "recraft_core", "settings", "list"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (Exit.STORAGE, "error: The output cannot be written (No space left on device).\n")
    closed = subprocess.run(["/bin/sh", "-c", '"$@" >&- 2>&-', "sh", *command], env=environment, check=False)
    assert closed.returncode == Exit.OK


def helps():
    action = next(action for action in parser()._actions if action.choices)
    return {"recraft": parser(), **action.choices}


@pytest.mark.parametrize("name", helps())
def test_help_reads_as_it_was_written(name, monkeypatch):
    """RENEW_HELP=1 writes the texts anew, for a person to read in the change."""
    import os

    monkeypatch.setenv("COLUMNS", "100")
    text = helps()[name].format_help()
    path = HELP / f"{name}.txt"
    if os.environ.get("RENEW_HELP"):
        HELP.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_help_text_belongs_to_a_command():
    assert {path.stem for path in HELP.glob("*.txt")} == set(helps())


def test_the_overview_fits_a_screen():
    assert len(parser().format_help().splitlines()) <= 48


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_example_of_each_help_can_be_parsed(name):
    import shlex

    words = shlex.split(OPERATIONS[name].command_line)
    assert parser().parse_args(words[1:]).operation == name


@pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo terminals of this kind")
@pytest.mark.parametrize("columns", [20, 80])
def test_the_bar_stays_on_one_line_of_a_narrow_terminal(columns):
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor
        screen = Screen(stream=stream)
        screen.progress("working", 0.5)
        screen.finish(done=True)
        drawn = os.read(ours, 65536).decode()
    os.close(ours)
    lines = [line for line in drawn.replace("\r\n", "\r").split("\r") if line]
    assert "100%" in lines[-1]
    assert max(map(len, lines)) < columns
    assert "\033" not in drawn, "an escape code, which older consoles show"
