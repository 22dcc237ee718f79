"""What can be known of a result's file before it is paid for: by every road, nothing is sent and nothing is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from recraft_core import Studio, cli
from recraft_core.batch import Options
from recraft_core.shared.destination import check_files, check_folder, series
from recraft_core.shared.errors import BadOption, Exit, StorageTrouble

POSIX = pytest.mark.skipif(os.name == "nt", reason="rights are otherwise on Windows")


@pytest.fixture
def home(tmp_path, key, monkeypatch):
    """A user of the service in an empty folder with a picture in it, a folder in place of a file, and the reverse."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    Image.effect_mandelbrot((280, 260), (-2, -1.5, 1, 1.5), 40).convert("RGB").save("small.png")
    Image.new("L", (280, 260), 255).save("hole.png")
    Path("taken.png").mkdir()
    Path("boat-2.png").mkdir()
    Path("file").write_text("")
    return work


def posts(engine):
    return [visit for visit in engine.requests if visit.method == "POST"]


# The name of the result, how many, and what is said of it.
NAMES = [
    ("taken.png", 1, "taken.png is a folder"),
    ("boat.png", 2, "boat-2.png is a folder"),
    ("a" * 252 + ".png", 1, "aaa.png is too long"),
    ("a" * 250 + ".png", 2, "aaa-2.png is too long"),
]


@pytest.mark.parametrize(("name", "count", "says"), NAMES, ids=[name[:9] + str(count) for name, count, _ in NAMES])
def test_a_name_that_cannot_be_written_is_refused_by_every_road(home, engine, capsys, name, count, says):
    before = sorted(path.name for path in Path().iterdir())
    with pytest.raises(BadOption, match=says):
        check_files(series(Path(name), count))
    words = ["generate", "x", "--model", "recraftv2", "-n", str(count), "-o", name, "--base-url", engine.base_url]
    assert cli.main(words) == Exit.OPTION
    assert says in capsys.readouterr().err
    studio = Studio(base_url=engine.base_url)
    for out in [*([] if name == "taken.png" else [name]), f"{name[:-3]}{{ext}}"]:
        rows = [{"prompt": "x", "n": count, "model": "recraftv2", "out": out}]
        how = Options(overwrite=True, ledger=str(home.parent / "rows.sqlite"))
        (done,) = studio.batch("generate", rows, how=how, executor="threads")
        assert (done.state, says in done.error["what"]) == ("failed", True), done.error
    assert posts(engine) == []
    assert sorted(path.name for path in Path().iterdir()) == before


def test_the_longest_names_that_can_be_written_are(home, engine):
    words = ["generate", "x", "--model", "recraftv2", "-n", "2", "-o", "a" * 249 + ".png", "--base-url", engine.base_url]
    assert cli.main(words) == Exit.OK
    check_files(series(Path("new/and/deeper", "a" * 249 + ".png"), 2))
    assert not Path("new").exists()


@POSIX
def test_a_path_as_long_as_there_can_be_is_no_trouble(home):
    folder = home
    while len(os.fsencode(folder)) < 4050:
        folder = folder / ("d" * min(200, 4050 - len(os.fsencode(folder))))
        folder.mkdir()
    check_files([folder / ("a" * (4094 - len(os.fsencode(folder))))])
    with pytest.raises(BadOption, match="too long"):
        check_files([folder / ("a" * (4096 - len(os.fsencode(folder))))])


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("file/boat.png", "work/file .*Not a directory" if os.name == "posix" else "work.file "),
        ("a\0b.png", "“a�b.png” is the name of no file"),
        ("boat.gif", "does not say what kind"),
    ],
)
def test_a_batch_with_a_file_above_it_or_a_zero_byte_in_it_sends_nothing(home, engine, out, says):
    how = Options(out=out, ledger=str(home / "rows.sqlite"))
    with pytest.raises((BadOption, StorageTrouble), match=says):  # noqa: PT012 - some before, some at their turn
        (done,) = Studio(base_url=engine.base_url).batch("crisp_upscale", ["small.png"], how=how, executor="threads")
        raise BadOption(str(done.error["what"]), remedy="-")
    assert posts(engine) == []


def test_a_kind_that_cannot_hold_so_many_pixels_is_refused_before_it_is_paid(home, engine, capsys):
    Image.new("RGB", (16384, 32), "white").save("wide.png")
    Image.new("L", (16384, 32), 255).save("mask.png")
    words = ["erase", "wide.png", "--mask", "mask.png", "--base-url", engine.base_url, "-o"]
    assert cli.main([*words, "wide.webp"]) == Exit.OPTION
    assert "16384 × 32 pixels cannot be written as webp. Use .png." in capsys.readouterr().err
    assert cli.main(["batch", *words, "{stem}.webp"]) == Exit.OPTION
    assert "pixels cannot be written as webp. Use .png." in capsys.readouterr().err
    Image.new("RGB", (4200, 32), "white").save("wide.png")
    tiled = ["batch", "crisp-upscale", "wide.png", "--tiles", "--base-url", engine.base_url, "-o", "{stem}.webp"]
    assert cli.main(tiled) == Exit.OPTION
    assert "16800 × 128 pixels cannot be written as webp" in capsys.readouterr().err
    assert posts(engine) == []


def test_a_dry_run_of_a_batch_tells_them_too(home, engine, capsys):
    words = ["batch", "crisp-upscale", "small.png", "-o", "{stem}-" + "a" * 250 + ".png", "--overwrite", "--dry-run"]
    assert cli.main([*words, "--base-url", engine.base_url]) == Exit.OK
    assert "is too long. Choose another name." in capsys.readouterr().out


@pytest.mark.parametrize("report", ["nowhere/x.jsonl", "taken.png"])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_sent(home, engine, capsys, report):
    words = ["batch", "crisp-upscale", "small.png", "-o", "made", "--report", report, "--base-url", engine.base_url]
    assert cli.main(words) == Exit.STORAGE
    assert f"Cannot write {Path(report)}: " in capsys.readouterr().err
    assert posts(engine) == []


def test_what_is_there_may_be_replaced_where_the_disk_lets_it(home):
    kept = Path("kept.png")
    kept.write_bytes(b"kept")
    check_files([kept])
    if os.name == "posix":  # a file of one's own that is read-only is replaced
        kept.chmod(0o444)
        check_files([kept])
    assert kept.read_bytes() == b"kept"


@POSIX
def test_a_link_is_tried_where_it_leads(home):
    (home / "deep").mkdir()
    Path("link.png").symlink_to(home / "deep" / "x.png")
    check_files([Path("link.png")])
    (home / "deep").rmdir()
    with pytest.raises(BadOption, match=r"There is no folder .*work/deep\."):
        check_files([Path("link.png")])
    Path("there.png").symlink_to(home / "file" / "x.png")
    with pytest.raises(BadOption, match=r"There is no folder .*work/file\."):
        check_files([Path("there.png")])


@POSIX
def test_a_drawing_and_a_picture_are_written_where_a_link_leads(home, engine):
    (home / "deep").mkdir()
    for name in ("x.svg", "x.png"):
        Path(name).symlink_to(home / "deep" / name)
    for operation, name in (("vectorize", "x.svg"), ("crisp-upscale", "x.png")):
        assert cli.main([operation, "small.png", "-o", name, "--base-url", engine.base_url]) == Exit.OK
        assert Path(name).is_symlink()
        assert (home / "deep" / name).stat().st_size > 100


def test_no_folder_of_ours_is_made_among_the_pictures(home, monkeypatch):
    """Another command may be listing them."""
    made = []
    monkeypatch.setattr(os, "mkdir", lambda path, *_more: made.append(path))
    check_files(series(home / "new" / "boat.png", 3))
    check_files(series(home / "boat.png", 1))
    assert made == []


@pytest.mark.parametrize("out", ["memory://box/{stem}.svg", "made/{stem}.svg"])
def test_a_drawing_asked_of_pixels_is_refused_wherever_it_should_go(home, engine, out):
    how = Options(out=out, ledger=str(home / "rows.sqlite"))
    (done,) = Studio(base_url=engine.base_url).batch("crisp_upscale", ["small.png"], how=how, executor="threads")
    assert "asks for a drawing, but the result will be pixels" in done.error["what"]
    assert posts(engine) == []


def test_only_the_ending_that_comes_is_tried(home, engine):
    """A folder of the other ending's name stands in nobody's way."""
    (home / "made" / "small.png").mkdir(parents=True)
    how = Options(out="made/{stem}.{ext}", ledger=str(home / "rows.sqlite"))
    (done,) = Studio(base_url=engine.base_url).batch("vectorize", ["small.png"], how=how, executor="threads")
    assert done.state == "done", done.error
    assert (home / "made" / "small.svg").exists()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("mode", "says"),
    [("0755", "Nothing can be written in the folder"), ("1777", "theirs.png cannot be written (Operation not permitted)")],
)
def test_folders_and_files_of_others(tmp_path, mode, says):
    for one in (tmp_path, *tmp_path.parents):
        if one.owner() == "root" and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "theirs.png").write_bytes(b"kept")
    folder.chmod(int(mode, 8))
    code = (
        "import os, sys; from pathlib import Path; from recraft_core.shared.destination import check_files\n"
        "os.setuid(65534)\ntry: check_files([Path(sys.argv[1])])\nexcept Exception as error: print(error.what)"
    )
    line = [sys.executable, "-c", code, str(folder / "theirs.png")]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    assert says in done.stdout, done.stderr
    assert (folder / "theirs.png").read_bytes() == b"kept"


@POSIX
def test_a_folder_that_is_gone_is_told_where_no_name_was_given(home, engine, capsys):
    gone = home / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    with pytest.raises(StorageTrouble, match="Nothing can be written in the folder"):
        check_folder(Path())
    assert cli.main(["generate", "x", "--base-url", engine.base_url]) == Exit.STORAGE
    assert "Nothing can be written in the folder" in capsys.readouterr().err
    assert posts(engine) == []
