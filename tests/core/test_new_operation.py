"""What adding an operation takes: one row of the contract, one row of the operations, one maker of the engine.

A made-up operation is added so, in a process of its own, and found behind every door. So are an option, which is a
field of the contract and a row, and a setting, which is a row.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

HERE = Path(__file__).resolve().parents[2]
ADDED = """
import sys
from dataclasses import replace
from recraft_core.shared.contract import ENDPOINTS
from recraft_core.shared.contract.endpoints import FILE, FORMAT, Endpoint, Price
from recraft_core.shared.operations import OPERATIONS, Operation, Verb

ENDPOINTS["posterize"] = Endpoint(
    "posterize", "POST", "/images/posterize", "multipart", "image", Price(7, "request"), (FILE, FORMAT)
)
OPERATIONS["posterize"] = Operation(
    "posterize", "Posterize", "Canvas", "posterize", "picture", "Reduce the picture to a few colours.", "file",
    example="cat.jpg -o poster.png", menu="Posterize", asks=False, button="_Posterize",
    verbs=(Verb("posterize", "Posterize", "Canvas"),),
)
import numpy
from recraft_local import makers

STEPS = numpy.array([0xC0, 0xC0, 0xC0, 0xFF], numpy.uint8)
makers.MAKERS["posterize"] = lambda order, _seed: makers.Finished(makers._rgba(order) & STEPS, b"", "posterized")
"""


def with_it(code, *arguments, added=ADDED):
    """What `code` prints where the operation, or what else is `added`, was added first."""
    done = subprocess.run(
        [sys.executable, "-c", added + code, *map(str, arguments)],
        cwd=HERE, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return path


def test_it_is_a_command_with_its_help():
    overview = with_it("from recraft_core.cli import main; main(['--help'])")
    assert "posterize            Reduce the picture to a few colours." in overview
    text = with_it("from recraft_core.cli import main; main(['posterize', '--help'])")
    assert "usage: recraft posterize PICTURE [options]" in text
    assert "recraft posterize cat.jpg -o poster.png" in text


def test_the_command_the_engine_and_the_script_make_it(picture, tmp_path):
    code = """
from recraft_local.server import serving
from recraft_core import Studio
from recraft_core.cli import main
with serving() as engine:
    before = engine.balance
    code = main(["posterize", sys.argv[1], "-o", sys.argv[2], "--base-url", engine.base_url, "--json", "-q"])
    made = Studio(key="key-for-tests-0123456789", base_url=engine.base_url).posterize(sys.argv[1])
    print(code, before - engine.balance, sorted({int(v) for v in made.pixels[..., 0].ravel()}))
"""
    out = with_it(code, picture, tmp_path / "poster.png").splitlines()
    assert json.loads(out[0])["units"] == 7
    assert out[1] == "0 14 [0, 64, 128, 192]"
    assert {value for _, value in Image.open(tmp_path / "poster.png").convert("L").getcolors()} == {0, 64, 128, 192}


def test_its_price_is_planned_before_the_click():
    code = """
from recraft_core.shared.geometry import Size
from recraft_core.shared.plan import Ask, plan
print(plan(Ask("posterize", canvas=Size(300, 300))).price)
"""
    assert with_it(code).strip() == "7 units · $0.007"


def test_it_is_a_verb_of_the_docker():
    code = """
from recraft_core.shared.plugin.verbs import VERBS
verb = VERBS["posterize"]
print(verb.label, verb.group, verb.row.help, [key for key, one in VERBS.items() if one.group == "Canvas"][-1])
"""
    assert with_it(code).strip() == "Posterize Canvas Reduce the picture to a few colours. posterize"


def test_it_is_a_procedure_and_an_entry_of_the_menu_in_gimp(tmp_path):
    from recraft_setup.plugins import put_gimp

    put_gimp(tmp_path, [sys.executable], link=False, frozen=None)
    code = """
sys.modules["recraft_gimp"] = package = type(sys)("recraft_gimp")
package.__path__ = [sys.argv[1] + "/recraft/recraft_gimp"]
import recraft_gimp.shared.operations as copied
copied.OPERATIONS["posterize"] = OPERATIONS["posterize"]
from recraft_gimp.menu import MENU
entry = MENU["recraft-posterize"]
print(entry.label, entry.button, entry.help, entry.results)
"""
    said = with_it(code, tmp_path).strip()
    assert said == "Posterize _Posterize Reduce the picture to a few colours. ('layer', 'into', 'replace', 'mask', 'image')"


# --- an option: a field of the contract, and a row ------------------------------------------------------------------

OPTION = """
import sys
from dataclasses import replace
from recraft_core.shared.contract import ENDPOINTS
from recraft_core.shared.contract.rows import Parameter
from recraft_core.shared.options import OPTIONS, Option
from recraft_core.shared.validation import Number

row = ENDPOINTS["vectorize"]
ENDPOINTS["vectorize"] = replace(row, parameters=(*row.parameters, Parameter("wobble", "integer", low=0, high=9)))
OPTIONS["wobble"] = Option("wobble", "Wobble", "How shaky the lines are.", Number(0, 9, "px", whole=True), more=True)
"""


def test_an_option_is_a_flag_with_its_help_and_reaches_the_engine(picture, tmp_path):
    text = with_it("from recraft_core.cli import main; main(['vectorize', '--help'])", added=OPTION)
    assert "--wobble" in text
    assert "How shaky the lines are. Allowed: 0 to 9 px." in text
    code = """
from recraft_local.server import Settings, serving
from recraft_core import Studio
from recraft_core.cli import main
with serving(Settings(strict=True)) as engine:
    print(main(["vectorize", sys.argv[1], "-o", sys.argv[2], "--wobble", "4", "--base-url", engine.base_url, "-q"]))
    Studio(key="key-for-tests-0123456789", base_url=engine.base_url).vectorize(sys.argv[1], wobble=5)
    print([(visit.status, visit.fields) for visit in engine.requests if "wobble" in visit.fields])
"""
    out = with_it(code, picture, tmp_path / "drawing.svg", added=OPTION).splitlines()
    assert out[-2] == "0"
    assert out[-1].count("(200, ") == 2


def test_an_option_is_a_field_of_docker_and_dialog(tmp_path):
    code = """
from recraft_core.shared.plugin.verbs import VERBS
from recraft_core.shared.operations import OPERATIONS
for options in (VERBS["vectorize"].options(""), OPERATIONS["vectorize"].options):
    print([(one.label, one.help, one.rule.widget, one.rule.unit) for one in options if one.name == "wobble"])
"""
    assert set(with_it(code, added=OPTION).splitlines()) == {"[('Wobble', 'How shaky the lines are.', 'number', 'px')]"}


# --- a setting: a row ------------------------------------------------------------------------------------------------


@pytest.fixture
def with_a_setting(tmp_path):
    """Python with a core in which one row was written into the preferences."""
    shutil.copytree(HERE / "core", tmp_path / "core", ignore=shutil.ignore_patterns("__pycache__", "data"))
    rows = tmp_path / "core/recraft_core/shared/preferences.py"
    row = '    echo: int = setting(3, "Echo", "How often it calls back.", Number(0, 9, whole=True), page="Results")\n'
    before, mark, after = rows.read_text(encoding="utf-8").partition("    log_level: str = setting(\n")
    rows.write_text(f"{before}{row}{mark}{after}", encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "core"), "RECRAFT_HOME": str(tmp_path / "home")}

    def run(*words):
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout + done.stderr

    return run


def test_a_setting_is_one_row(with_a_setting):
    recraft = ("-m", "recraft_core", "settings")
    assert "echo                   3 " in with_a_setting(*recraft, "list")
    assert "Echo: “12” does not fit. Give a whole number from 0 to 9." in with_a_setting(*recraft, "set", "echo", "12")
    assert with_a_setting(*recraft, "set", "echo", "5") == "echo is 5 now.\n"
    assert with_a_setting(*recraft, "get", "echo") == "5\n"
    shown = with_a_setting("-c", "from recraft_core.worker.handlers import shown; from recraft_core import settings; "
                           "print(shown(settings.read()[0])['echo'], settings.defaults()['echo'])")  # fmt: skip
    assert shown == "5 3\n"
    page = "from recraft_core.shared.preferences import on_page; print([row.name for row in on_page('Results')])"
    assert "'echo'" in with_a_setting("-c", page)


@pytest.mark.parametrize("path", ["krita_plugin/recraft/settings_dialog.py", "gimp_plugin/recraft/recraft_gimp/ui_settings.py"])
def test_no_dialog_names_a_setting_of_its_own_accord(path):
    """The dialogs need a host to be opened; what they are made of must be the rows alone."""
    from recraft_core.shared.preferences import SETTINGS

    text = (HERE / path).read_text(encoding="utf-8")
    assert "on_page(" in text
    assert [name for name in SETTINGS if f'"{name}"' in text] == []
