"""The docker in real Krita: every check of krita_checks.py in each version, one start of Krita for all of them."""
import ast
import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import contract
import hosts_table
import pytest
import roots
from recraft_core.shared import operations
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
    assert len(verdicts) == 7
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


def test_the_actions_of_the_plugin_and_of_the_shortcut_editor_are_the_same():
    plugin = HERE.parents[1] / "krita_plugin"
    listed = {action.get("name") for action in ET.parse(plugin / "recraft.action").iter("Action")}  # noqa: S314 - our own file
    tree = ast.parse((plugin / "recraft" / "extension.py").read_text(encoding="utf-8"))
    table = next(node for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "ACTIONS")
    assert listed == {f"recraft_{key.value}" for key in table.value.keys}
