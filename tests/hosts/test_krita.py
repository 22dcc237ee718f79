"""The docker in real Krita: every check of krita_checks.py in each version, one start of Krita for all of them."""
import ast
import json
import re
import runpy
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import contract
import hosts_table
import pytest
import roots
from recraft_core import keys
from recraft_core.history import recorder
from recraft_core.settings import Settings
from recraft_core.shared import errors, operations, worker_process
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.options import OPTIONS
from recraft_core.shared.plan import Ask, plan
from recraft_setup.plugins import enable, put_krita

HERE = Path(__file__).resolve().parent
OPERATIONS = (
    "generate", "inpaint", "erase", "outpaint_grows_and_keeps_the_old_picture", "replace_background",
    "generate_background", "remove_background", "vectorize", "crisp_upscale_brings_a_larger_picture",
    "creative_upscale_brings_a_larger_picture", "image_to_image", "variations", "explore_and_more_like_it",
    "create_style", "enhance_prompt", "account",
)  # fmt: skip


def worker():
    """A command that starts the worker inside a root too: this interpreter, whose folders the run can see."""
    return [sys.executable, "-m", "recraft_core", "worker"]


def start(host, home, script, *, env=None, timeout_s=900.0, screen="1400x900x24"):
    """Start Krita with the plugin and let it run a module of checks; the outcome."""
    roots.settle(host.host.name, home, [HERE / "krita_check"])
    put_krita(home / ".local/share/krita/pykrita", worker())
    enable(home / ".config/kritarc")
    words = {"RECRAFT_CHECK": str(HERE / script), "RECRAFT_CHECK_OUT": str(home), **(env or {})}
    folders = sorted({Path(sys.prefix), Path(sys.base_prefix).resolve()})
    return roots.run(
        host.host.name, ["krita", "--nosplash"], home=home, folders=folders, env=words, timeout_s=timeout_s,
        network=False, screen=screen,
    )  # fmt: skip


@pytest.mark.host
@pytest.mark.parametrize("host", hosts_table.names("krita"), indirect=True)
def test_the_docker_keeps_its_promises(host, home, record_property):
    outcome = start(host, home, "krita_checks.py")
    path = home / "verdicts.json"
    assert path.exists(), f"{outcome.stderr[-2000:]}\n{(home / 'log.txt').read_text(encoding='utf-8')[-3000:]}"
    verdicts = json.loads(path.read_text(encoding="utf-8"))
    table = {name.split("_grows")[0].split("_brings")[0]: verdicts[f"Contract.test_{name}"] for name in OPERATIONS}
    record_property("operations", json.dumps(table))
    keep(host, table)
    assert len(verdicts) > len(OPERATIONS) + 10, "checks are missing"
    bad = {name: text for name, text in verdicts.items() if text != "ok" and not text.startswith("skipped")}
    assert not bad, "\n\n".join(f"{name}: {text}" for name, text in bad.items())


@pytest.mark.host
@pytest.mark.parametrize("host", ["krita-5.2"], indirect=True)
def test_the_docker_is_sharp_and_nothing_is_cut_on_a_dense_screen(host, home):
    start(host, home, "krita_sharp.py", env={"QT_SCALE_FACTOR": "2", "LANGUAGE": "de"}, screen="2560x1600x24")
    verdicts = json.loads((home / "verdicts.json").read_text(encoding="utf-8"))
    assert len(verdicts) == 4
    assert {name: text for name, text in verdicts.items() if text != "ok"} == {}


@pytest.mark.host
@pytest.mark.parametrize("host", hosts_table.names("krita"), indirect=True)
def test_krita_ends_in_order_after_a_drawing_was_placed(host, home):
    outcome = start(host, home, "krita_quit.py", timeout_s=240.0)
    verdicts = json.loads((home / "verdicts.json").read_text(encoding="utf-8"))
    assert verdicts == {"layers": ["Vectorize", "Background"], "note": ""}
    assert (outcome.exit, outcome.timed_out) == (0, False), (home / "crash.txt").read_text(encoding="utf-8")[-3000:]


def keep(host, table):
    """The row of this version in operations.json of the hosts' cache, for the table in the notes."""
    path = roots.cache() / "krita-operations.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[host.version] = table
    path.write_text(json.dumps(known, indent=1), encoding="utf-8")


def test_the_contract_names_options_for_operations_that_exist():
    assert set(contract.WANTED) | contract.SELECTED <= set(operations.OPERATIONS)


def test_everything_the_docker_says_can_be_said_in_german():
    plugin = HERE.parents[1] / "krita_plugin" / "recraft"
    known = runpy.run_path(str(plugin / "german.py"))["GERMAN"]
    said = {text for path in plugin.glob("*.py") for text in translated(path)}
    assert len(said) > 60
    assert sorted(said - set(known)) == []


def test_what_the_core_says_in_the_ordinary_flow_can_be_said_in_german():
    plugin = HERE.parents[1] / "krita_plugin" / "recraft"
    retold = runpy.run_path(str(plugin / "wording.py"))["retold"]
    sentences = runpy.run_path(str(plugin / "german_core.py"))["GERMAN_CORE"]
    words = runpy.run_path(str(plugin / "german.py"))["GERMAN"]
    said = [text for text in [*notes(), *troubles(), *hints()] if text]
    assert len(said) > 50
    assert [text for text in said if retold(text, sentences, words.get) == text] == []
    # A translated sentence holds no English: these words stand in none of the German ones.
    left = {"the", "and", "selection", "picture", "service", "your", "charged", "is", "of", "to", "it"}
    half = {text: retold(text, sentences, lambda value: words.get(value, value)) for text in said}
    assert {text: german for text, german in half.items() if left & set(german.lower().split())} == {}


def notes():
    """What stands below the button before a click, and the price on it."""
    small, large = Size(1000, 800), Size(9000, 6000)
    area = Box(300, 300, 90, 80)
    asks = [
        Ask("erase", {}, small, area),
        Ask("erase", {"context_px": 4096}, large, Box(10, 10, 5000, 4000)),
        Ask("outpaint", {"prompt": "sky", "expand_left": 100}, small),
        Ask("crisp_upscale", {}, large),
        Ask("vectorize", {}, Size(40, 40)),
    ]
    plans = [plan(ask) for ask in asks]
    assert all(made.notes for made in plans)
    return [*(note for made in plans for note in made.notes), *(made.price for made in plans)]


def troubles():
    """What and remedy of the errors most people meet sooner or later."""
    small, far = Size(1000, 800), Box(2000, 2000, 5, 5)
    calls = [
        lambda: plan(Ask("generate", {})),
        lambda: plan(Ask("generate", {"prompt": "a" * 20_000})),
        lambda: plan(Ask("generate", {"prompt": "a", "style": "no such style"})),
        lambda: plan(Ask("erase", {}, small)),
        lambda: plan(Ask("erase", {}, small, far)),
        lambda: plan(Ask("vectorize", {})),
        lambda: plan(Ask("outpaint", {"prompt": "sky", "size": "5:4"}, small)),
        lambda: keys.check("a b"),
        lambda: keys.check("abc"),
        lambda: keys.check("'" * 40),
        lambda: worker_process.read_command(HERE / "nowhere"),
        lambda: recorder.check_caps(40, Settings(cap_per_click_units=20), None, 0.0),  # asks no history for this cap
    ]
    found = [caught(call) for call in calls] + [errors.Cancelled()]
    return [text for trouble in found for text in (trouble.what, trouble.remedy) if not COMMANDS.search(text)]


# Remedies in the command line's words: the docker shows a link of its own instead.
COMMANDS = re.compile("Give prompt|recraft settings set")


def caught(call):
    with pytest.raises(errors.RecraftError) as found:
        call()
    return found.value


def hints():
    """The tooltips of everything the docker offers."""
    shown = {"n", "model", "size", "strength", "context_px", "grow_px", "feather_px", "threshold", "random_seed"}
    unseen = {"explore_similar", "create_style", "enhance_prompt", "palette", "account"}
    verbs = [row.help for name, row in operations.OPERATIONS.items() if name not in unseen]
    return [*verbs, *(OPTIONS[name].help for name in sorted(shown))]


def translated(path):
    """Every text a module hands to tr()."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def test_the_actions_of_the_plugin_and_of_the_shortcut_editor_are_the_same():
    plugin = HERE.parents[1] / "krita_plugin"
    listed = {action.get("name") for action in ET.parse(plugin / "recraft.action").iter("Action")}  # noqa: S314 - our own file
    tree = ast.parse((plugin / "recraft" / "extension.py").read_text(encoding="utf-8"))
    table = next(node for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "ACTIONS")
    assert listed == {f"recraft_{key.value}" for key in table.value.keys}
