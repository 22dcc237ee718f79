"""The plug-in in real GIMP: every check of gimp_checks.py in each version, one start of gimp-console for all of them."""
import json
import os
import re
import shlex
import shutil
import sys
from collections import Counter
from pathlib import Path

import contract
import gimp_spy
import gimp_words
import hosts_table
import numpy as np
import pytest
import roots
from PIL import Image
from recraft_core.shared.operations import OPERATIONS
from recraft_setup import catalogues
from recraft_setup.plugins import put_gimp

HERE = Path(__file__).resolve().parent
CONSOLE = ("gimp-console", "-idf")
# Rough hands: how many events, and their seeds; a seed that has failed once stays. A long run by hand, in any version:
# RECRAFT_ROUGH_EVENTS=500 RECRAFT_ROUGH_SEEDS=3,4 RECRAFT_ROUGH_HOSTS=gimp-3.0 pytest tests/hosts/test_gimp.py -k rough
EVENTS = int(os.environ.get("RECRAFT_ROUGH_EVENTS", "30"))
ROUGH = [int(seed) for seed in os.environ.get("RECRAFT_ROUGH_SEEDS", "1").split(",")]


def start(host, home, code, *, program=CONSOLE, env=None, timeout_s=1200.0, display=False, spoil=None):
    """Start GIMP with the plug-in and hand Python `code` to its batch interpreter; the outcome. `spoil` is a file of it to break."""
    roots.settle(host.host.name, home)
    series = ".".join(host.version.split(".")[:2])
    put_gimp(home / f".config/GIMP/{series}/plug-ins", [sys.executable, "-m", "recraft_core", "worker"])
    if (env or {}).get("LANGUAGE") == catalogues.PSEUDO:
        plug_in = home / f".config/GIMP/{series}/plug-ins/recraft"
        catalogues.build(roots.PROJECT / "locale", plug_in / "recraft_gimp/shared/locale", with_pseudo=True)
        gimp_words.install(plug_in, HERE)
    if spoil:
        spoil.write_text("raise RuntimeError('spoilt on purpose')", encoding="utf-8")
    argv = [*program, "--batch-interpreter=python-fu-eval", "-b", code, "--quit"]
    words = {"RECRAFT_HOME": str(home / "recraft-home"), **(env or {})}
    folders = sorted({Path(sys.prefix), Path(sys.base_prefix).resolve()})
    return roots.run(
        host.host.name, argv, home=home, folders=folders, env=words, timeout_s=timeout_s, display=display, network=False
    )  # fmt: skip


def checks(home, name="gimp_checks"):
    """Code that runs a module of checks and writes its verdicts into `home`."""
    return (
        f"import sys, pathlib; sys.path.insert(0, {str(HERE)!r}); import {name}; "
        f"{name}.run_all(pathlib.Path({str(home / 'verdicts.json')!r}))"
    )


def verdicts_of(home, outcome):
    path = home / "verdicts.json"
    assert path.exists(), f"{outcome.stdout[-2000:]}\n{outcome.stderr[-3000:]}"
    return json.loads(path.read_text(encoding="utf-8"))


def assert_all_good(verdicts):
    assert "complete" in verdicts, f"it stopped after {list(verdicts)[-1]}"
    bad = {name: text for name, text in verdicts.items() if text != "ok" and not text.startswith("skipped")}
    assert not bad, "\n\n".join(f"{name}: {text}" for name, text in bad.items())


def table(verdicts):
    """{operation: {run mode: verdict}} of what these verdicts tell."""
    rows = {name: {} for name in OPERATIONS}
    for check, verdict in verdicts.items():
        mode, _, rest = check.partition(".")
        for name in rows:
            if mode == "Contract" and re.match(rf"test_{name}(_|$)", rest) and not re.match(rf"test_{name}_background", rest):
                rows[name]["noninteractive"] = verdict
            elif mode in {"interactive", "last_values"} and rest == name:
                rows[name][mode] = verdict
    # Explore's test goes on with its own results, and so does its window.
    for source, mode in (("Contract.test_explore_and_more_like_it", "noninteractive"), ("explore_and_more_like_it", "interactive")):
        for name in ("explore", "explore_similar"):
            rows[name] |= {mode: verdicts[source]} if source in verdicts else {}
    return rows


def keep(host, verdicts):
    """Add this version's column to gimp-operations.json in the hosts' cache, for the table in the notes."""
    path = roots.cache() / "gimp-operations.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    column = known.setdefault(host.version, {})
    for name, modes in table(verdicts).items():
        column[name] = {**column.get(name, {}), **modes}
    path.write_text(json.dumps(known, indent=1), encoding="utf-8")


@pytest.mark.host
@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_every_procedure_keeps_its_promises(host, home):
    outcome = start(host, home, checks(home))
    verdicts = verdicts_of(home, outcome)
    keep(host, verdicts)
    assert_all_good(verdicts)


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_every_window_opens_and_works_once(host, home):
    outcome = start(host, home, checks(home, "gimp_windows"), program=("gimp", "--no-splash"), display=True,
                    timeout_s=1500.0)  # fmt: skip
    verdicts = verdicts_of(home, outcome)
    keep(host, verdicts)
    assert_all_good(verdicts)


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_every_word_of_the_dialogs_is_in_the_language_chosen(host, home):
    outcome = start(host, home, checks(home, "gimp_words"), program=("gimp", "--no-splash"), display=True,
                    env={"LANGUAGE": catalogues.PSEUDO}, timeout_s=400.0)  # fmt: skip
    assert_all_good(verdicts_of(home, outcome))


@pytest.mark.host
@pytest.mark.parametrize("host", os.environ.get("RECRAFT_ROUGH_HOSTS", "gimp-3.2").split(","), indirect=True)
@pytest.mark.parametrize("seed", ROUGH)
def test_rough_hands_lose_nothing_and_pay_for_what_was_shown(host, home, seed):
    verdict, told = rough(host, home, seed, EVENTS)
    assert verdict["faults"] == []
    assert told == []
    assert verdict["done"] == EVENTS
    assert verdict["count"]["charged"] > 0, "nothing was bought: the events prove little"
    assert verdict["count"]["states met again"] > 0


def rough(host, home, seed, events):
    """So many random events in GIMP, in as many lives as it takes, with prices on: the verdict, and what stderr should not say.

    Messages go to the terminal instead of windows of GIMP's own, so that all of them can be read.
    """
    roots.settle(host.host.name, home)
    config = home / f".config/GIMP/{'.'.join(host.version.split('.')[:2])}"
    gimp_spy.install(put_gimp(config / "plug-ins", [sys.executable, "-m", "recraft_core", "worker"]), HERE)
    (config / "shortcutsrc").write_text(gimp_spy.shortcuts(), encoding="utf-8")
    (home / "recraft/config").mkdir(parents=True)
    settings = {"version": 1, "base_url": "http://127.0.0.1:8765/v1"}
    (home / "recraft/config/settings.json").write_text(json.dumps(settings), encoding="utf-8")
    engine = f"{sys.executable} -m recraft_local --control --strict --latency 0.5 --log {home}/engine.log"
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import gimp_rough; gimp_rough.main()"
    gimp = f"gimp --no-splash --console-messages --batch-interpreter=python-fu-eval -b {shlex.quote(code)} --quit"
    lives = f"for life in $(seq {2 + events // 10}); do [ -e {home}/over ] || {gimp}; done"
    env = {"RECRAFT_HOME": str(home / "recraft"), "RECRAFT_API_TOKEN": "key-for-tests-0123456789", "RECRAFT_ROUGH": f"{seed}:{events}"}
    folders = sorted({Path(sys.prefix), Path(sys.base_prefix).resolve()})
    outcome = roots.run(host.host.name, ["sh", "-c", f"{engine} & {lives}"], home=home, folders=folders, env=env, network=False,
                        timeout_s=120 + 8 * events)  # fmt: skip
    (home / "stdout.txt").write_text(outcome.stdout, encoding="utf-8")
    (home / "stderr.txt").write_text(outcome.stderr, encoding="utf-8")
    path = home / "rough.json"
    assert path.exists(), outcome.stderr[-3000:]
    return json.loads(path.read_text(encoding="utf-8")), unwanted(outcome.stderr)


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_batcher_runs_our_procedures_and_is_offered_filters_only(host, home):
    """RECRAFT_BATCHER names the folder `batcher` of a checkout of kamilburda/batcher."""
    batcher = os.environ.get("RECRAFT_BATCHER")
    if not batcher:
        pytest.skip("RECRAFT_BATCHER does not say where Batcher is")
    roots.settle(host.host.name, home)
    folder = home / f".config/GIMP/{'.'.join(host.version.split('.')[:2])}/plug-ins/batcher"
    shutil.copytree(batcher, folder)
    (folder / "batcher.py").chmod(0o755)
    pictures = home / "pictures"
    pictures.mkdir()
    scene = np.frombuffer(contract.scene(), np.uint8).reshape(contract.HEIGHT, contract.WIDTH, 4)[:, :, :3]
    for number in range(10):
        Image.fromarray(np.clip(scene + np.uint8(3 * number), 0, 255)).save(pictures / f"{number}.png")
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import gimp_batcher; gimp_batcher.main()"
    outcome = start(host, home, code, env={"BATCH": str(pictures)})
    assert (home / "batcher.json").exists(), outcome.stderr[-3000:]
    told = json.loads((home / "batcher.json").read_text(encoding="utf-8"))
    assert not {"recraft-history", "recraft-settings", "recraft-account", "recraft-create-style"} & set(told["offered"])
    made = {name: [Image.open(path) for path in sorted((home / name).glob("*.png"))] for name in ("erase", "remove-background", "crisp-upscale")}
    assert {name: len(pictures) for name, pictures in made.items()} == dict.fromkeys(made, 10)
    for erased, cut, larger in zip(*made.values()):
        x, y = contract.SQUARE[0] + 20, contract.SQUARE[1] + 20
        assert erased.convert("RGB").getpixel((x, y))[2] > 150, "the red square is still there"
        assert [cut.convert("RGBA").getpixel(at)[3] for at in ((x, y), (3, 3))] == [255, 0]
        assert larger.size > (contract.WIDTH, contract.HEIGHT)
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in (home / "recraft-home").glob("data/history/entries/*/entry.json")]
    charged = Counter(entry["record"]["operation"] for entry in entries for _ in range(entry["charged"] or 0))
    assert charged == {name.replace("-", "_"): 10 * OPERATIONS[name.replace("-", "_")].row.units() for name in made}
    assert len(entries) == 30, "one request for each picture and operation"


UNWANTED = re.compile(r"fatal error|Traceback|CRITICAL|WARNING|Broken pipe|-Error|made a mistake|doesn't exist|Calling error")
# GIMP's own, with or without us: an icon loader that wants a sandbox, a pointer that Xvfb has no device for, tiles of
# images that are open when it ends, a canvas that is cropped while a plug-in reads its tiles, before anything is sent,
# and undo pressed in the moment in which any plug-in's undo step is open: nothing is undone then.
THEIRS = re.compile(
    r"Glycin running without sandbox|(gdk|gimp)_\w*device_|gegl_tile_cache_destroy|received tile info did not match|"
    r"gimp_image_undo: assertion 'private->pushing_undo_group == GIMP_UNDO_GROUP_NONE'|"
    r"^\(python-eval\.py:\d+\): .*gimp_flush"  # the checks themselves, as GIMP ends
)


def unwanted(stderr):
    """Lines on the terminal that nobody should see."""
    return [line for line in stderr.splitlines() if UNWANTED.search(line) and not THEIRS.search(line)]


@pytest.mark.host
@pytest.mark.parametrize("host", ["gimp-3.0"], indirect=True)
def test_the_example_erases_a_whole_folder(host, home):
    pictures = home / "pictures"
    pictures.mkdir()
    for name in ("one.jpg", "two.jpg"):
        scene = np.frombuffer(contract.scene(), np.uint8).reshape(contract.HEIGHT, contract.WIDTH, 4)
        Image.fromarray(scene).convert("RGB").save(pictures / name, quality=95)
    (pictures / "bad.jpg").write_bytes(b"no picture at all")
    box = ",".join(map(str, contract.AROUND))
    code = f'exec(open("{roots.PROJECT / "examples/gimp_erase_folder.py"}").read())'
    outcome = start(host, home, code, env={"FOLDER": str(pictures), "BOX": box})
    assert outcome.exit != 0, "a picture failed, but the exit code says all is well"
    assert [line.partition(":")[0] for line in outcome.stdout.splitlines() if ".jpg:" in line] == ["bad.jpg", "one.jpg", "two.jpg"]
    for name in ("one", "two"):
        clean = pictures / f"{name}.clean.png"
        assert clean.is_file(), outcome.stderr[-2000:]
        with Image.open(clean) as picture:
            red, _, blue = picture.convert("RGB").getpixel((contract.SQUARE[0] + 20, contract.SQUARE[1] + 20))
        assert blue > red, "the red square is still there"


@pytest.mark.host
@pytest.mark.parametrize("host", ["gimp-3.0"], indirect=True)
def test_a_plug_in_that_cannot_load_says_so(host, home):
    where = f".config/GIMP/{'.'.join(host.version.split('.')[:2])}"
    code = (
        "from gi.repository import Gimp; import pathlib; name = 'recraft-could-not-load'; "
        "found = Gimp.get_pdb().lookup_procedure(name); "
        "pathlib.Path('found.txt').write_text(found.get_menu_label() if found else 'nothing')"
    )
    outcome = start(host, home, code, spoil=home / where / "plug-ins/recraft/recraft_gimp/menu.py")
    assert (home / "found.txt").read_text(encoding="utf-8") == "Recraft could not load…", outcome.stderr
    assert "spoilt on purpose" in (home / where / "recraft/trouble.log").read_text(encoding="utf-8")


def test_the_guide_prints_the_example_as_it_is():
    example = (roots.PROJECT / "examples/gimp_erase_folder.py").read_text(encoding="utf-8")
    assert example in (roots.PROJECT / "docs/gimp.md").read_text(encoding="utf-8")
