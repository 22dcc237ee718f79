"""Many pictures in one go, through real HTTP to the real engine: each row done once, paid once, whatever happens."""

import asyncio
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recraft_core import Studio, cli, settings
from recraft_core.api import pacing
from recraft_core.batch import Options, Row, files
from recraft_core.batch.outputs import clashing
from recraft_core.batch.rows import output, pattern_of, rows
from recraft_core.history import History
from recraft_core.shared.destination import folded
from recraft_core.shared.errors import BadOption, Exit, StorageTrouble
from recraft_core.shared.operations import OPERATIONS
from waiting import wait_for

UPSCALE, ERASE, GENERATE = OPERATIONS["crisp_upscale"], OPERATIONS["erase"], OPERATIONS["generate"]
PRICE = UPSCALE.row.price.units


@pytest.fixture
def home(tmp_path, monkeypatch, key):
    """A user of the service with an empty history, in an empty folder, whose limits are those of a fast account."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", key)
    settings.change("requests_per_second", 100)
    settings.change("pictures_per_minute", 10_000)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def picture(path, seed=0, size=(40, 36)):
    """A small picture like no other."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def photos(home):
    for number in range(5):
        picture(home / "photos" / f"p{number}.png", number)
    return home / "photos"


def batch(engine, sources, executor="threads", **how):
    return Studio(base_url=engine.base_url).batch(
        "crisp_upscale", sources, how=Options(**{"out": "made", **how}), executor=executor
    )


def size_of(path):
    with Image.open(path) as image:
        return image.size


def posts(engine):
    return [visit for visit in engine.requests if visit.method == "POST"]


def charged(engine):
    return sum(visit.units for visit in posts(engine))


# --- rows -------------------------------------------------------------------------------------------------------------


def named(found):
    return [row.picture for row in found]


def test_files_folders_and_patterns_are_rows(home):
    for name in ("a.png", "in/b.png", "in/deep/c.jpg"):
        picture(name)
    Path("in/notes.txt").write_text("no picture")
    Path("in/.hidden.png").write_bytes(b"")
    assert named(rows(UPSCALE, ["a.png", "in"])) == ["a.png", "in/b.png", "in/deep/c.jpg"]
    assert named(rows(UPSCALE, ["in/*.png"])) == ["in/b.png"]
    assert named(rows(UPSCALE, ["**/*.jpg"])) == ["in/deep/c.jpg"]
    assert [row.folder for row in rows(UPSCALE, ["in"])] == [".", "deep"]
    with pytest.raises(StorageTrouble, match=r"Nothing fits \*\.tif"):
        list(rows(UPSCALE, ["*.tif"]))


def test_tables_written_by_a_spreadsheet_are_rows(home):
    """As LibreOffice and Excel write them: a mark at the beginning, quotes, umlauts, empty cells, \\r\\n."""
    Path("t").mkdir()
    Path("t/rows.csv").write_bytes(
        '\ufeffpicture,mask,prompt,out\r\nä 1.png,m.png,"a vase, red",\r\nb.png,alpha,tulips,made/b.webp\r\n'.encode()
    )
    first, second = rows(OPERATIONS["inpaint"], ["t/rows.csv"])
    assert (first.picture, first.mask, first.options, first.out) == ("t/ä 1.png", "t/m.png", {"prompt": "a vase, red"}, "")
    assert (second.mask, second.out) == ("alpha", "made/b.webp")
    Path("rows.jsonl").write_text('{"prompt": "a boat", "n": 2}\n\n{"prompt": "a lake", "random-seed": 4}\n')
    assert [row.options for row in rows(GENERATE, ["rows.jsonl"])] == [
        {"prompt": "a boat", "n": 2}, {"prompt": "a lake", "random_seed": 4}]  # fmt: skip
    lines = ["a b.png\n", '{"picture": "c.png"}\n', "\n"]
    assert named(rows(UPSCALE, ["-"], lines=lines)) == ["a b.png", "c.png"]
    assert [row.options for row in rows(GENERATE, ["-"], lines=["a boat\n"])] == [{"prompt": "a boat"}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("de.csv", b"picture;mask\r\na.png;m.png\r\n"),
        ("mac.csv", b"picture,mask\ra.png,m.png\r"),
        ("tab.csv", b"picture\tmask\na.png\tm.png\n"),
        ("said.csv", b"sep=;\r\npicture;mask\r\na.png;m.png\r\n"),
        ("text.csv", "picture\tmask\r\na.png\tm.png\r\n".encode("utf-16")),
        ("used.csv", b"Picture,Mask,,\na.png,m.png,,\n"),
        ("lines.csv", b"\n\npicture,mask\n\na.png,m.png\n"),
        ("u.jsonl", '{"picture": "a.png", "mask": "m.png", "out": "\u2028\x85.png"}\r\n'.encode()),
    ],
)
def test_tables_as_spreadsheets_of_all_countries_write_them(home, name, data):
    Path(name).write_bytes(data)
    (row,) = rows(UPSCALE, [name])
    assert (Path(row.picture).name, Path(row.mask).name) == ("a.png", "m.png")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_json_lines_however_they_end(home, end):
    Path("r.jsonl").write_bytes(end.join(['{"picture": "a.png"}', "", '{"picture":\t"b.png"}', ""]).encode())
    assert [Path(row.picture).name for row in rows(UPSCALE, ["r.jsonl"])] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("r.csv", "picture,colour\na.png,red\n", "column “colour”"),
        ("r.csv", "mask\na.png\n", "line 2 names no picture"),
        ("r.jsonl", '{"picture": "a.png"}\nnope\n', "line 2 is not JSON"),
        ("r.jsonl", '{"picture": "a.png"}\rnope\r', "line 2 is not JSON"),
        ("r.jsonl", '{"picture": "a.png"}\r\nnope\r\n', "line 2 is not JSON"),
        ("r.jsonl", "[1]\n", "line 1 is not an object"),
        ("r.jsonl", "[" * 100_000 + "\n", "line 1 is not JSON"),
        ("r.jsonl", '{"picture": "\\ud800.png"}\n', "line 1: “.png” is the name of no file"),
        ("r.jsonl", '{"picture": "a.png", "out": "b\\u0000.png"}\n', "line 1: “b.png” is the name of no file"),
        ("r.csv", "picture\na\0.png\n", "line 2: “a.png” is the name of no file"),
        ("r.csv", "picture\n" + "a" * 200_000 + "\n", "line 2 cannot be read"),
        ("r.csv", "picture\na.png,more\n", "column “”"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_by_its_line(home, name, text, says):
    Path(name).write_bytes(text.encode())
    with pytest.raises(BadOption, match=says):
        list(rows(UPSCALE, [name]))


def test_masks_by_folder_pattern_and_alpha(home):
    for name in ("in/a.jpg", "in/deep/b.png", "masks/a.png", "masks/deep/b_mask.png", "in/a-mask.png"):
        picture(name)
    assert [row.mask for row in rows(ERASE, ["in/a.jpg", "in"], mask="masks")][:1] == ["masks/a.png"]
    assert [row.mask for row in rows(ERASE, ["in/deep"], mask="masks/deep")] == ["masks/deep/b_mask.png"]
    found = list(rows(ERASE, ["in/*.*"], mask="in/{stem}-mask.png"))
    assert [(row.picture, row.mask) for row in found] == [("in/a.jpg", "in/a-mask.png")]
    assert [row.mask for row in rows(ERASE, ["in/a.jpg"], mask="alpha")] == ["alpha"]


def test_folders_are_mirrored_and_names_that_clash_are_refused_before_anything_is_sent():
    def outs(out, *found):
        return [output(row, pattern_of(out, UPSCALE), UPSCALE) for row in found]

    one, two = Row("in/x/a.png", folder="x", number=1), Row("in/x/a.jpg", folder="x", number=2)
    assert outs("made/", one) == ["made/x/a.{ext}"]
    assert outs("", one) == ["x/a-crisp-upscale.{ext}"]
    assert outs("m/{number}-{stem}-{operation}.webp", one) == ["m/0001-a-crisp-upscale.webp"]
    assert outs("s3://b/made", one) == ["s3://b/made/x/a.{ext}"]
    with pytest.raises(BadOption, match=r"a\.png and in/x/a\.jpg would both become made/x/a"):
        clashing(list(zip((one, two), outs("made", one, two), strict=True)), UPSCALE, {})
    clashing(list(zip((one, two), outs("made/{name}.{ext}", one, two), strict=True)), UPSCALE, {})
    with pytest.raises(BadOption, match=r"field \{size\}"):
        outs("{size}.png", one)


@pytest.fixture
def mac(tmp_path, monkeypatch):
    """A disk like a Mac's, as far as folders are made and looked at: capitals and how é is composed do not count."""

    def folding(call):
        def called(path, *arguments, **more):
            inside = isinstance(path, (str, os.PathLike)) and str(path).startswith(str(tmp_path))
            return call(f"{tmp_path}{folded(str(path)[len(str(tmp_path)):])}" if inside else path, *arguments, **more)

        return called

    for name in ("mkdir", "stat", "lstat"):
        monkeypatch.setattr(os, name, folding(getattr(os, name)))


TWINS = [("A.png", "a.png"), ("Made/x.png", "made/x.png"), ("caf\u00e9.png", "cafe\u0301.png"), ("\u00c9.png", "e\u0301.png")]


def clash(*outs):
    found = [Row(f"{number}.png", number=number) for number in range(len(outs))]
    clashing(list(zip(found, outs, strict=True)), UPSCALE, {})


@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: ascii(twins[0]))
@pytest.mark.parametrize("kept", [".png", ".{ext}"])
def test_names_that_the_disk_takes_for_one_are_refused(home, mac, twins, kept):
    one, other = (name.replace(".png", kept) for name in twins)
    with pytest.raises(BadOption, match=r"0\.png and 2\.png would both become"):
        clash(one, "between.png", other)
    clash(f"s3://box/{one}", f"s3://box/{other}")  # no disk
    assert [path.name for path in home.iterdir()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="where capitals count")
@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: ascii(twins[0]))
def test_names_that_the_disk_tells_apart_are_two(home, twins):
    clash(*twins)
    assert [path.name for path in home.iterdir()] == []


def test_one_file_by_two_ways_is_one(home):
    with pytest.raises(BadOption, match="would both become"):
        clash("made/a.png", "made/deep/../a.png")


@pytest.mark.skipif(sys.platform != "linux", reason="a link stands for a disk on which capitals do not count")
def test_a_result_that_is_spelled_otherwise_is_no_input(photos, engine):
    """Listed in another form than it was written in, as HFS+ lists é."""
    assert len(list(batch(engine, ["photos"], out="photos/{stem}-\u00e9.{ext}"))) == 5
    for path in [*photos.glob("*-\u00e9.png")]:
        path.with_name(path.name.replace("\u00e9", "e\u0301")).hardlink_to(path)
        path.unlink()
        path.symlink_to(path.name.replace("\u00e9", "e\u0301"))
    assert len(batch(engine, ["photos"], out="photos/{stem}-\u00e9.{ext}")) == 5


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (("nothing",), Exit.STORAGE, "no picture was found"),
        (("photos", "-o", "made/{stem}.gif"), Exit.OPTION, "what kind of picture"),
        (("photos", "-o", "made/{stem}.svg"), Exit.OPTION, "will be pixels"),
        (("photos", "-o", "-"), Exit.OPTION, "one picture only"),
        (("photos", "*.tif"), Exit.STORAGE, "Nothing fits"),
        (("photos", "--jobs", "many"), None, "whole number"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_paid(recraft, photos, engine, words, exit_code, says):
    Path("nothing").mkdir()
    if exit_code is None:
        with pytest.raises(SystemExit):
            recraft("batch", "crisp-upscale", *words)
    else:
        code, _, err = recraft("batch", "crisp-upscale", *words)
        assert (code, says in err) == (exit_code, True), err
    assert charged(engine) == 0


# --- done once, paid once ---------------------------------------------------------------------------------------------


def test_one_bad_file_stops_nothing_and_what_is_done_is_not_paid_again(photos, engine):
    (photos / "bad.png").write_bytes(b"no picture at all")
    work = batch(engine, ["photos"])
    found = {Path(done.name).name: done for done in work}
    assert sorted(name for name, done in found.items() if done.state == "done") == [f"p{n}.png" for n in range(5)]
    assert "not a kind of picture" in found["bad.png"].error["what"]
    assert (work.run.counts.units, charged(engine), work.exit_code()) == (5 * PRICE, 5 * PRICE, Exit.PARTLY)
    assert size_of("made/p3.png") == (160, 144)
    again = batch(engine, ["photos"])
    assert [done.state for done in again] == ["failed"]
    assert (again.run.counts.before, charged(engine)) == (5, 5 * PRICE)


def test_a_changed_picture_is_done_anew_and_one_that_was_only_touched_is_not(photos, engine):
    list(batch(engine, ["photos"]))
    picture(photos / "p1.png", 99)
    os.utime(photos / "p2.png", (1, 1))
    work = batch(engine, ["photos"])
    assert [Path(done.name).name for done in work] == ["p1.png"]
    assert (charged(engine), work.run.counts.before) == (6 * PRICE, 4)


def test_a_result_that_is_gone_comes_out_of_the_history_and_costs_nothing(photos, engine):
    list(batch(engine, ["photos"]))
    before = Path("made/p4.png").read_bytes()
    Path("made/p4.png").unlink()
    work = batch(engine, ["photos"])
    assert [done.state for done in work] == ["done"]
    assert Path("made/p4.png").read_bytes() == before
    assert (charged(engine), work.run.counts.units) == (5 * PRICE, 0)


def test_another_option_is_another_request(home, engine):
    Path("rows.jsonl").write_text('{"prompt": "a boat", "out": "boat.png", "model": "recraftv2"}\n')
    studio = Studio(base_url=engine.base_url)
    for seed, asked in ((1, 1), (1, 1), (2, 2)):
        list(studio.batch("generate", ["rows.jsonl"], executor="threads", random_seed=seed))
        assert len(posts(engine)) == asked


def test_no_more_is_spent_than_was_allowed(photos, engine):
    work = batch(engine, ["photos"], max_units=3 * PRICE + 1, jobs=4)
    assert len(list(work)) == 3
    assert (charged(engine), work.exit_code(), work.run.counts.left) == (3 * PRICE, Exit.KEY_OR_UNITS, 2)
    assert len(list(batch(engine, ["photos"], limit=1))) == 1
    assert charged(engine) == 4 * PRICE


def test_separate_areas_of_a_mask_count_before_they_are_paid(home, engine):
    """Two specks go out as two requests: twice the price that was reckoned with."""
    picture("big.png", 3, (600, 560))
    mask = Image.new("L", (600, 560))
    mask.paste(255, (10, 10, 30, 30))
    mask.paste(255, (560, 520, 580, 540))
    mask.save("mask.png")
    studio, price = Studio(base_url=engine.base_url), ERASE.row.price.units

    def run(most):
        work = studio.batch("erase", ["big.png"], how=Options(out="m/", mask="mask.png", max_units=most), islands="each",
                            executor="threads")  # fmt: skip
        return [done.units for done in work], work.exit_code()

    assert run(2 * price - 1) == ([], Exit.KEY_OR_UNITS)
    assert charged(engine) == 0
    assert run(2 * price) == ([2 * price], Exit.OK)


def test_a_key_that_is_not_taken_stops_the_batch_at_once(photos, engine):
    engine.faults.add("crispUpscale", "status", status=401, times=0)
    work = batch(engine, ["photos"], jobs=1)
    assert len(list(work)) == 1
    assert (work.exit_code(), work.run.counts.left) == (Exit.KEY_OR_UNITS, 4)


def test_alpha_is_a_mask(home, engine):
    pixels = np.random.default_rng(5).integers(0, 255, (280, 300, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[100:140, 100:160, 3] = 0
    Image.fromarray(pixels).save("hole.png")
    studio = Studio(base_url=engine.base_url)
    (done,) = studio.batch("erase", ["hole.png"], how=Options(out="m/", mask="alpha"), executor="threads")
    assert done.state == "done", done.error
    with Image.open("m/hole.png") as image:
        made = np.asarray(image.convert("RGBA"))
    assert made[100:140, 100:160, 3].min() == 255
    assert (made[:90] == pixels[:90]).all()


def test_without_a_history_nothing_stays_behind_but_the_results(photos, engine):
    settings.change("keep_history", "no")
    list(batch(engine, ["photos"]))
    assert len(list(Path("made").glob("p*.png"))) == 5
    assert History().list() == ()


# --- executors --------------------------------------------------------------------------------------------------------


def test_results_come_with_async_for(photos, engine):
    async def all_of_it():
        return [done.state async for done in batch(engine, ["photos"])]

    assert asyncio.run(all_of_it()) == ["done"] * 5


def test_any_executor_will_do_and_no_key_travels(photos, engine, key):
    """Each task is pickled on its way, as Dask, Ray and mpi4py do it."""
    seen = []

    class Travelling(ThreadPoolExecutor):
        def submit(self, call, task):
            seen.append(pickle.dumps((call, task)))
            return super().submit(*pickle.loads(seen[-1]))  # noqa: S301 - our own

    with Travelling(2) as executor:
        assert [done.state for done in batch(engine, ["photos"], executor=executor)] == ["done"] * 5
    assert charged(engine) == 5 * PRICE
    assert all(key.encode() not in task for task in seen)
    with pytest.raises(BadOption, match="stays in this process"):
        Studio(key=key, base_url=engine.base_url).batch("crisp_upscale", ["photos"], executor=executor)


def test_whoever_stops_listening_leaves_nothing_half_done(photos, engine):
    for done in batch(engine, ["photos"], jobs=1):
        assert done.state == "done"
        break
    asked = len(posts(engine))
    assert asked < 5
    list(batch(engine, ["photos"]))
    assert charged(engine) == 5 * PRICE


# --- ended in between -------------------------------------------------------------------------------------------------


def started(engine, *more, base_url=True):
    """The command in a process of its own."""
    words = ["batch", "crisp-upscale", "photos", "-o", "made", *more]
    where = ["--base-url", engine.base_url] if base_url else ["--local"]
    return subprocess.Popen(
        [sys.executable, "-m", "recraft_core", *words, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_killed_while_requests_are_on_the_way_they_are_in_doubt_and_asked_about(photos, engine):
    engine.faults.add("crispUpscale", "stall_before_body", seconds=8, times=2)
    settings.change("requests_per_second", 2)
    settings.change("pictures_per_minute", 2)  # two are sent, the others wait for their turn
    command = started(engine, "--jobs", "4")
    wait_for(lambda: sum(visit.status == 200 for visit in posts(engine)) == 2)
    command.kill()
    command.communicate()
    settings.change("requests_per_second", 100)
    settings.change("pictures_per_minute", 10_000)
    engine.faults.clear()
    (Path(os.environ["RECRAFT_HOME"]) / "data" / "history" / pacing.NAME).unlink()
    engine.requests.clear()
    work = batch(engine, ["photos"])
    states = sorted(done.state for done in work)
    assert states == ["done", "done", "done", "doubtful", "doubtful"]
    assert (charged(engine), len(work.doubtful()), work.exit_code()) == (3 * PRICE, 2, Exit.PARTLY)
    assert sorted(done.state for done in batch(engine, ["photos"])) == ["doubtful"] * 2
    assert charged(engine) == 3 * PRICE
    work = batch(engine, ["photos"], retry_doubtful=True)
    assert [done.state for done in work] == ["done"] * 2
    assert (charged(engine), work.exit_code()) == (5 * PRICE, Exit.OK)


def test_ctrl_c_finishes_what_is_paid_for_and_says_how_to_go_on(photos, engine):
    engine.faults.add("crispUpscale", "stall", seconds=3, times=1)
    command = started(engine, "--jobs", "1")
    wait_for(lambda: posts(engine) or command.poll() is not None)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=60)
    assert (command.returncode, len(out.split()), charged(engine)) == (Exit.CANCELLED, 1, PRICE), err
    assert "The same command goes on" in err
    list(batch(engine, ["photos"]))
    assert charged(engine) == 5 * PRICE


def test_the_engine_on_this_computer_goes_on_after_a_kill_and_after_a_worker_died(photos, engine):
    """Real worker processes, each with an engine of its own; nothing is paid, so nothing is asked."""
    command = started(engine, "--jobs", "2", "--json", base_url=False)
    first = json.loads(command.stdout.readline())
    assert first["state"] == "done"
    command.kill()
    command.communicate()
    work = Studio(local=True).batch("crisp_upscale", ["photos"], how=Options(out="made", jobs=1))
    results = iter(work)
    next(results)
    for process in list(work.run._pool._processes.values()):
        process.kill()
    assert [done.state for done in results if done.state != "done"] == []
    assert (work.exit_code(), len(list(Path("made").glob("p*.png")))) == (Exit.OK, 5)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def recraft(home, engine, capsys):
    def run(*words):
        capsys.readouterr()
        code = cli.main([*map(str, words), "--base-url", engine.base_url])
        return code, *capsys.readouterr()

    return run


def test_several_pictures_in_any_command_are_a_batch(recraft, photos, engine):
    code, out, err = recraft("crisp-upscale", "photos/p0.png", "photos/p1.png")
    made = [str(Path(f"p{number}-crisp-upscale.png").absolute()) for number in range(2)]
    assert (code, sorted(out.split())) == (Exit.OK, made)
    assert all(size_of(path) == (160, 144) for path in made)
    assert "2 done" in err


def test_the_report_is_json_lines_and_the_dry_run_counts(recraft, photos, engine):
    (photos / "bad.png").write_bytes(b"no picture at all")
    code, out, _ = recraft("batch", "crisp-upscale", "photos", "-o", "made", "--dry-run", "--json")
    data = json.loads(out)
    assert (code, data["todo"], data["units"], data["pixels"]) == (Exit.OK, 5, 5 * PRICE, 5 * 40 * 36)
    assert [Path(row["picture"]).name for row in data["bad"]] == ["bad.png"]
    assert (posts(engine), Path("made").exists()) == ([], False)
    code, out, err = recraft("batch", "crisp-upscale", "photos", "-o", "made", "--json", "--report", "report.jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [json.loads(line) for line in Path("report.jsonl").read_text().splitlines()] == lines
    assert (code, lines[-1]["summary"]["done"], lines[-1]["summary"]["units"]) == (Exit.PARTLY, 5, 5 * PRICE)
    assert [line["error"]["exit"] for line in lines[:-1] if line["state"] == "failed"] == [Exit.PICTURE]
    assert "bad.png" in err


def test_nothing_of_the_users_is_overwritten_without_a_name(recraft, photos, engine):
    Path("p0-crisp-upscale.png").write_text("mine")
    code, _, err = recraft("batch", "crisp-upscale", "photos/p0.png", "photos/p1.png")
    assert (code, Path("p0-crisp-upscale.png").read_text()) == (Exit.PARTLY, "mine")
    assert "already exists, and no batch" in err
    assert len(posts(engine)) == 1


def test_a_file_that_no_batch_has_made_is_written_over_only_where_that_is_asked_for(recraft, photos, engine, tmp_path):
    """By a name of the batch's or of a table's own, wherever that leads; what a batch has made it may make anew."""
    away = tmp_path / "away"
    away.mkdir()
    Path("link.png").symlink_to(away / "linked.png")
    mine = [Path("made/p0.png"), away / "mine.png", away / "linked.png"]
    Path("made").mkdir()
    for one in mine:
        one.write_text("mine")
    table = f"picture,out\nphotos/p1.png,{away / 'mine.png'}\nphotos/p2.png,made/../link.png\nphotos/p3.png,{away}/new.png\n"
    Path("rows.csv").write_text(table)
    for sources in (["photos/p0.png", "photos/p4.png"], ["rows.csv"]):
        code, _, err = recraft("batch", "crisp-upscale", *sources, "-o", "made")
        assert (code, "already exists, and no batch" in err, "--overwrite" in err) == (Exit.PARTLY, True, True)
    assert [one.read_text() for one in mine] == ["mine"] * 3
    assert len(posts(engine)) == 2
    assert recraft("batch", "crisp-upscale", "rows.csv", "-o", "made", "--overwrite")[0] == Exit.OK
    assert [one.read_bytes()[:4] == b"\x89PNG" for one in mine] == [False, True, True]  # a link is followed
    assert recraft("batch", "crisp-upscale", "rows.csv", "-o", "made", "--image-format", "png")[0] == Exit.OK
    assert len(posts(engine)) == 7


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("crisp-upscale photos -o photos --overwrite", "photos/p0.png, which goes in"),
        ("crisp-upscale in-table.csv --overwrite", "photos/p1.png, which goes in"),
        ("crisp-upscale linked/p0.png -o photos --overwrite", "photos/p0.png, which goes in"),
        ("erase photos --mask masks -o masks", "masks/p0.png, which goes in"),
    ],
)
def test_no_picture_that_goes_in_is_written_over(recraft, photos, engine, line, named):
    Path("linked").symlink_to("photos")
    Path("masks").mkdir()
    shutil.copy("photos/p0.png", "masks/p0.png")
    Path("in-table.csv").write_text("picture,out\nphotos/p0.png,x.png\nphotos/p1.png,photos/../photos/p1.png\n")
    before = {path: path.read_bytes() for path in Path().rglob("*.png")}
    code, _, err = recraft("batch", *line.split())
    assert (code, named in err) == (Exit.OPTION, True), err
    assert {path: path.read_bytes() for path in Path().rglob("*.png")} == before
    assert not posts(engine)


def test_a_picture_that_goes_in_is_known_by_any_name(recraft, photos, engine):
    """On disks that do not tell A from a the results' folder may be that of the pictures; here by a second name."""
    Path("Photos").mkdir()
    Path("Photos/p3.png").hardlink_to("photos/p3.png")
    code, _, err = recraft("batch", "crisp-upscale", "photos", "-o", "Photos", "--overwrite")
    assert (code, "Photos/p3.png, which goes in" in err, posts(engine)) == (Exit.OPTION, True, []), err


def test_the_second_picture_of_a_row_is_written_over_nothing_either(recraft, photos, engine):
    Path("made").mkdir()
    Path("made/p0-2.png").write_text("mine")
    Path("three.csv").write_text("picture,n\nphotos/p0.png,2\n")
    code, _, err = recraft("batch", "variations", "three.csv", "-o", "made")
    assert (code, "p0-2.png already exists" in err, Path("made/p0-2.png").read_text()) == (Exit.OPTION, True, "mine"), err
    shutil.copy("photos/p1.png", "photos/p0-2.png")
    for again, says in (
        ("photos/p0.png photos/p0-2.png -o photos/{stem}.webp --overwrite", "both become photos/p0-2.webp"),
        ("photos/p0.png photos/p0-2.png -o photos/x{number}.png --overwrite --n 1", ""),
    ):
        code, _, err = recraft("batch", "variations", *again.split(), "--dry-run", *(["--n", "2"] if says else []))
        assert (code, says in err) == (Exit.OPTION if says else Exit.OK, True), err
    shutil.copy("photos/p1.png", "photos/x-v-2.png")
    more = ("--n", "2", "-o", "photos/{stem}-v.png", "--overwrite")
    code, _, err = recraft("batch", "variations", "photos/x.png", "photos/x-v-2.png", *more)
    assert (code, "photos/x-v-2.png, which goes in" in err) == (Exit.OPTION, True), err
    assert not posts(engine)


def test_only_a_file_of_the_kind_that_comes_stands_in_the_way_and_is_named(recraft, home, engine):
    Path("made").mkdir()
    Path("made/boat.svg").write_text("mine")
    Path("rows.csv").write_text("prompt,out\na boat,made/boat.{ext}\n")
    assert "The file made/boat.svg already exists" in recraft("batch", "generate", "rows.csv", "--vector", "--dry-run")[1]
    code, _, err = recraft("batch", "generate", "rows.csv", "--model", "recraftv4_1_vector")
    assert (code, "The file made/boat.svg already exists" in err) == (Exit.OPTION, True), err
    assert recraft("batch", "generate", "rows.csv")[0] == Exit.OK
    assert (Path("made/boat.svg").read_text(), Path("made/boat.png").exists()) == ("mine", True)


def test_pictures_of_a_row_that_are_new_to_its_books_take_the_place_of_nothing(recraft, photos, engine):
    line = ("batch", "variations", "photos/p0.png", "-o", "made")
    assert recraft(*line)[0] == Exit.OK
    Path("made/p0-2.png").write_text("mine")
    assert recraft(*line, "--n", "2")[0] == Exit.OPTION
    assert Path("made/p0-2.png").read_text() == "mine"
    assert recraft(*line, "--n", "2", "--overwrite")[0] == Exit.OK
    assert recraft(*line, "--n", "2", "--image-format", "png")[0] == Exit.OK


def test_a_drawing_beside_its_picture_is_written_over_nothing(recraft, photos):
    assert recraft("batch", "vectorize", "photos/p0.png", "-o", "photos", "--dry-run")[0] == Exit.OK


def test_results_and_the_history_inside_the_pictures_folder_do_not_go_in(recraft, photos, engine, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(Path("photos/home").absolute()))
    for _ in range(2):
        for command, out in (("crisp-upscale", "photos/big"), ("remove-background", "photos/cut")):
            assert recraft("batch", command, "photos", "-o", out)[0] == Exit.OK
    assert len(posts(engine)) == 10
    assert sorted(path.name for path in Path("photos/big").glob("*.png")) == [f"p{at}.png" for at in range(5)]
    code, out, _ = recraft("batch", "vectorize", "photos/cut", "-o", "drawn", "--dry-run", "--json")
    assert (code, json.loads(out)["pictures"] if "pictures" in out else 5) == (Exit.OK, 5)  # results that are named are meant


def test_a_file_that_the_books_know_is_looked_for_once(photos, engine, monkeypatch):
    """Far away each question takes its time."""
    list(batch(engine, ["photos"]))
    asked, exists = [], files.exists
    monkeypatch.setattr(files, "exists", lambda name: asked.append(name) or exists(name))
    again = batch(engine, ["photos"])
    assert {again.deciding.state(*row) for row in again.rows} == {"done"}
    assert len(asked) == len(set(asked)) == 5


@pytest.mark.parametrize("way", [shutil.move, shutil.copytree])
def test_results_that_were_moved_with_their_books_are_known_where_they_are(recraft, photos, engine, way):
    Path("photos/x").mkdir()
    picture("photos/x/y.png", 7)
    assert recraft("batch", "variations", "photos", "-o", "out", "--n", "2")[0] == Exit.OK
    way("out", "out2")
    paid = charged(engine)
    code, out, _ = recraft("batch", "variations", "photos", "-o", "out2", "--n", "2", "--dry-run")
    assert (code, "0 of 6 to do, 6 done before" in out) == (Exit.OK, True), out
    way("out2", "photos/out3")
    assert recraft("batch", "variations", "photos", "-o", "photos/out3", "--n", "2")[0] == Exit.OK
    assert charged(engine) == paid
    Path("photos/out3/x/y-2.png").unlink()
    assert recraft("batch", "variations", "photos", "-o", "photos/out3", "--n", "2")[0] == Exit.OK
    assert (charged(engine), Path("photos/out3/x/y-2.png").exists()) == (paid, True)


def test_books_of_others_are_read_without_a_trace_and_those_that_cannot_be_are_told(recraft, photos, engine):
    """Also where nobody may write: the results beside them are no pictures to begin with."""
    assert recraft("batch", "crisp-upscale", "photos", "-o", "photos/big")[0] == Exit.OK
    line = ("batch", "remove-background", "photos", "-o", "cut", "--dry-run")
    books = Path("photos/big/.recraft-batch.sqlite")
    for one in (books, *books.parent.glob(f"{books.name}?*")):
        one.chmod(0o444)
    before = {one.name: one.stat().st_mtime_ns for one in books.parent.iterdir()}
    assert "5 of 5 to do" in recraft(*line)[1]
    Path("photos/empty").mkdir()
    Path("photos/empty/.recraft-batch.sqlite").touch()
    assert "5 of 5 to do" in recraft(*line)[1]
    assert {one.name: one.stat().st_mtime_ns for one in books.parent.iterdir()} == before
    assert Path("photos/empty/.recraft-batch.sqlite").stat().st_size == 0
    books.unlink()
    books.write_text("no books at all")
    code, _, err = recraft(*line)
    assert (code, f"{books} cannot be used" in err, "taken for input" in err) == (Exit.STORAGE, True, True), err


def test_pictures_beside_the_history_go_in_and_where_only_its_own_are_left_it_says_so(recraft, home, engine, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(Path("prj").absolute()))
    for name in ("prj/data/a.png", "prj/cache/b.png", "prj/data/history/c.png"):
        picture(name)
    code = recraft("batch", "crisp-upscale", "prj", "-o", "made")[0]
    assert (code, sorted(one.name for one in Path("made").rglob("*.png"))) == (Exit.OK, ["a.png", "b.png"])
    Path("prj/data/a.png").unlink()
    code, _, err = recraft("batch", "crisp-upscale", "prj/data", "-o", "made")
    assert (code, "c.png and files like it belong to the history" in err) == (Exit.STORAGE, True), err
    assert recraft("batch", "crisp-upscale", "prj/data/history", "-o", "made", "--dry-run")[0] == Exit.OK


def test_a_name_of_a_table_does_not_move_the_terminal(recraft, home):
    Path("rows.csv").write_text('picture\n"a\x1b[2J\u202eb\nc.png"\n', encoding="utf-8")
    for more in ((), ("--dry-run",)):
        _, out, err = recraft("batch", "crisp-upscale", "rows.csv", "-o", "made", *more)
        assert not set("\x1b\u202e") & set(out + err)
        assert "a[2Jb c.png: " in out + err


def test_what_came_out_is_no_picture_to_begin_with(recraft, photos, engine):
    assert recraft("batch", "crisp-upscale", ".")[0] == Exit.OK
    assert recraft("batch", "crisp-upscale", ".")[0] == Exit.OK
    assert len(posts(engine)) == 5
