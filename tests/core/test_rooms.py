"""The fences of the house: who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core"
HOUSE = CORE / "recraft_core"
PURE = ("answers", "refusals", "contract", "rules", "options", "catalog", "plan", "geometry", "wire", "errors", "messages", "child", "link")
THIRD_PARTY = {"requests", "numpy", "PIL", "urllib3", "platformdirs", "keyring", "truststore", "defusedxml"}
# Top to bottom: a room imports only what stands below it.
STOREYS = (
    ("cli", "worker"),
    ("jobs", "doctor"),
    ("studio",),
    ("journal", "rescue", "service"),
    ("operations",),
    ("history", "settings", "keys", "engine", "client", "transport", "logs"),
    ("places", "redaction"),
    ("imaging", "svg"),
    ("apart",),
    PURE,
)


def modules():
    return sorted(HOUSE.rglob("*.py"))


def room(path):
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(path):
    """(room of the core or name of a package) for each import of a module, wherever it stands."""
    here = path.relative_to(HOUSE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((None, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield None, node.module.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                yield ".".join((*base, name)).split(".")[0], None


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_the_core_needs_requests_numpy_pillow_and_small_helpers_only(path):
    allowed = set(sys.stdlib_module_names) | (set() if room(path) in PURE else THIRD_PARTY)
    if room(path) == "cli":
        allowed.add("recraft_local")
    if path.name == "drawing.py":
        allowed.add("resvg_py")
    foreign = {package for _, package in imports(path) if package} - allowed
    assert not foreign


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_only_go_down(path):
    storey = {name: level for level, names in enumerate(STOREYS) for name in names}
    here = room(path)
    if here in {"__init__", "__main__"}:
        return
    below = {name for name, _ in imports(path) if name and name not in {here, "__version__"}}
    upwards = {name for name in below if storey[name] < storey[here]}
    assert not upwards


def test_no_import_cycle():
    graph = {}
    for path in modules():
        graph.setdefault(room(path), set()).update(name for name, _ in imports(path) if name)
    graph.pop("__init__")
    done, trail = set(), []

    def visit(name):
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name in done or name not in graph:
            return
        trail.append(name)
        for other in graph[name] - {name}:
            visit(other)
        done.add(trail.pop())

    for name in graph:
        visit(name)


def test_the_pure_rooms_run_without_any_package():
    rooms = [name for name in PURE if (HOUSE / name).is_dir() or (HOUSE / f"{name}.py").exists()]
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(CORE)!r})\n"
        f"for name in {sorted(THIRD_PARTY)!r}: sys.modules[name] = None\n"
        + "".join(f"import recraft_core.{name}\n" for name in rooms)
        + "from recraft_core.plan import Ask, plan\n"
        "print(plan(Ask('generate', {'prompt': 'a boat'})).price)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("35 units · $0.035", "")


def test_the_pure_rooms_are_written_for_the_oldest_hosts():
    """Krita 5.1 ships Python 3.8 on Windows and as AppImage."""
    for path in modules():
        if room(path) in PURE or path.name == "__init__.py":
            ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_importing_the_front_door_does_no_work():
    code = "import sys, recraft_core; print(sorted({'numpy', 'PIL', 'requests'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_grows_out_of_hand():
    tall = {str(path.relative_to(CORE)): count for path in CORE.rglob("*.py")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 420}  # fmt: skip
    assert not tall


def test_the_installer_copies_every_pure_room_into_the_plugins():
    from recraft_setup.plugins import PURE_ROOMS

    assert {name.removesuffix(".py") for name in PURE_ROOMS} == {*PURE, "__init__"}
