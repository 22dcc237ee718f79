"""What adding an operation takes: one row of the contract, one row of the operations, one maker of the engine.

A made-up operation is added so, in a process of its own, and found behind every door.
"""

import json
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


def with_it(code, *arguments):
    """What `code` prints where the operation was added first."""
    done = subprocess.run(
        [sys.executable, "-c", ADDED + code, *map(str, arguments)],
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
