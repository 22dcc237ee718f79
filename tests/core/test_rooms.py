"""The fences of the house: who may import whom."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core"
HOUSE = CORE / "recraft_core"
SHARED = HOUSE / "shared"
THIRD_PARTY = {"requests", "numpy", "PIL", "urllib3", "platformdirs", "keyring", "truststore", "defusedxml"}
# Top to bottom: a room imports only what stands below it.
STOREYS = (
    ("cli",),
    ("doctor",),
    ("worker",),
    ("studio",),
    ("batch",),
    ("history",),
    ("operations",),
    ("api",),
    ("settings", "keys", "logs", "learnt"),
    ("paths", "redaction", "locks"),
    ("imaging",),
    ("subprocesses",),
    ("shared",),
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
    allowed = set(sys.stdlib_module_names) | (set() if room(path) == "shared" else THIRD_PARTY)
    if room(path) == "cli":
        allowed |= {"recraft_local", "recraft_setup"}
    if room(path) == "batch":
        allowed |= {"distributed", "fsspec"}
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


def module(path):
    """The dotted name of a file: recraft_core/api/__init__.py is recraft_core.api."""
    return ".".join(path.relative_to(CORE).with_suffix("").parts).removesuffix(".__init__")


def arrows(path, names):
    """The modules of the house that a file imports, wherever the import stands."""
    here = path.relative_to(CORE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = [*here[: len(here) - node.level + 1]] if node.level else []
        target = ".".join([*base, *([node.module] if node.module else [])])
        for alias in node.names:
            one = f"{target}.{alias.name}"
            yield one if one in names else target


def test_no_files_import_each_other_in_a_circle():
    files = {module(path): path for house in ("recraft_core", "recraft_local") for path in (CORE / house).rglob("*.py")}
    graph = {name: {to for to in arrows(path, files) if to in files and to != name} for name, path in files.items()}
    done, trail = set(), []

    def visit(name):
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name in done:
            return
        trail.append(name)
        for other in sorted(graph[name]):
            visit(other)
        done.add(trail.pop())

    for name in sorted(graph):
        visit(name)


def oldest_python():
    """A Python 3.8, None where there is none that runs."""
    for found in (shutil.which("python3.8"), *Path.home().glob(".pyenv/versions/3.8.*/bin/python3.8")):
        if found and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode:
            return str(found)
    return None


@pytest.mark.parametrize("python", [sys.executable, oldest_python()], ids=["ours", "oldest"])
def test_what_travels_runs_alone_and_without_any_package(tmp_path, python):
    """A copy of the folder under another name, as it lies in a plugin, in a Python that has nothing else."""
    if python is None:
        pytest.skip("there is no Python 3.8 on this machine")
    shutil.copytree(SHARED, tmp_path / "plugin" / "shared")
    (tmp_path / "plugin" / "__init__.py").touch()
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"for name in {sorted(THIRD_PARTY | {'recraft_core'})!r}: sys.modules[name] = None\n"
        + "".join(f"import plugin.shared.{name}\n" for name in shared_modules())
        + "from plugin.shared.plan import Ask, plan\n"
        "print(plan(Ask('generate', {'prompt': 'a boat'})).price)\n"
    )
    done = subprocess.run([python, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("35 units · $0.035", "")


def shared_modules():
    for path in sorted(SHARED.rglob("*.py")):
        if path != SHARED / "__init__.py":
            yield ".".join(path.relative_to(SHARED).with_suffix("").parts).removesuffix(".__init__")


class Evaluated(ast.NodeTransformer):
    """What Python works out when it loads a file: no annotations, nothing for type checkers alone."""

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        return self.generic_visit(ast.Expr(node.value)) if node.value else None

    def visit_If(self, node):
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def too_new(text):
    """What a file works out that Python 3.8 cannot: types in brackets, which are classes there and no more."""
    tree = ast.parse(text, feature_version=(3, 8))
    names = {"list", "dict", "set", "frozenset", "tuple", "type"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"collections", "collections.abc", "re", "contextlib", "queue"}:
            names |= {one.asname or one.name for one in node.names}
    found = (node for node in ast.walk(Evaluated().visit(tree)) if isinstance(node, ast.Subscript))
    return [ast.unparse(node) for node in found if isinstance(node.value, ast.Name) and node.value.id in names]


@pytest.mark.parametrize("folder", [SHARED, CORE.parent / "krita_plugin/recraft"], ids=["shared", "krita"])
def test_what_travels_is_written_for_the_oldest_hosts(folder):
    """Krita 5.1 ships Python 3.8 on Windows and as AppImage."""
    assert {path.name: odd for path in folder.rglob("*.py") if (odd := too_new(path.read_text(encoding="utf-8")))} == {}


def test_what_the_oldest_hosts_cannot_work_out_is_found():
    head = "from __future__ import annotations\nfrom collections.abc import Sequence\n"
    assert too_new(f"{head}Tree = Sequence[int]\nx = list[int]\n") == ["Sequence[int]", "list[int]"]
    assert too_new(f"{head}x: list[int] = []\ndef a(b: Sequence[int]) -> dict[str, int]: return b[0]\n") == []


def test_importing_the_front_door_does_no_work():
    code = "import sys, recraft_core; print(sorted({'numpy', 'PIL', 'requests'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("house", ["recraft_core", "recraft_local"])
def test_no_child_flashes_a_window_on_windows(house):
    """Whatever starts a process says with which flags."""
    for path in (CORE / house).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"subprocess.Popen", "subprocess.run"}:
                flags = {word.arg for word in node.keywords}
                assert "creationflags" in flags or None in flags, f"{path}:{node.lineno}"


def test_no_file_grows_out_of_hand():
    tall = {str(path.relative_to(CORE)): count for path in CORE.rglob("*.py")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 420}  # fmt: skip
    assert not tall
