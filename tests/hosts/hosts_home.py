"""The HOME a host starts in: quiet settings, the plugins under test, and what a first start would spend time on."""
from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import hosts_table as table
from hosts_run import Outcome

SMOKE = Path(__file__).resolve().parent / "smoke"


def lay(home: Path, program: str, version: str, system: Path, plugins: Sequence[Path] = ()) -> None:
    """Write the quiet settings of `program` into `home` and copies of `plugins` where it looks for them.

    `system` is the root whose own session file is the model. A Krita plugin is a folder holding NAME.desktop
    and NAME/; a GIMP plug-in is a folder NAME with NAME.py.
    """
    words = {
        "version": version,
        "series": ".".join(version.split(".")[:2]),
        "plugins": "\n".join(f"enable_{entry.stem}=true" for path in plugins for entry in path.glob("*.desktop")),
    }
    for path, text in {**table.SETTINGS[""], **table.SETTINGS[program]}.items():
        write(home / path.format_map(words), text.format_map(words))
    for path, (model, old, new) in table.CHANGED.get(program, {}).items():
        text = (system / model).read_text(encoding="utf-8")
        write(home / path.format_map(words), text.replace(old, new))
    folder = home / table.PLUGIN_FOLDERS[program].format_map(words)
    for plugin in plugins:
        shutil.copytree(plugin, folder if program == "krita" else folder / plugin.name, dirs_exist_ok=True)
    if program == "gimp":
        for script in folder.glob("*/*.py"):
            script.chmod(0o755)  # GIMP passes over plug-ins without the run bit


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def smoke_plugins(program: str) -> list[Path]:
    """The plugin that only shows that plugins run."""
    return [SMOKE / "krita"] if program == "krita" else [SMOKE / "gimp" / "recraft-smoke"]


def smoke(
    start: Callable[..., Outcome], program: str, home: Path, *, timeout_s: float = 180.0
) -> tuple[Outcome, dict[str, object]]:
    """Start `program` with the smoke plugin; what the run left, and the plugin's report ({} when none came).

    `start(argv, env=..., timeout_s=...)` runs a command in the host. The window's picture is home/window.png.
    """
    env = {"RECRAFT_SMOKE_OUT": str(home)}
    script = f'exec(open("{SMOKE}/gimp/call.py").read())'
    batch = ("--no-splash", "--batch-interpreter=python-fu-eval", "-b", script, "--quit")
    outcome = start(["krita", "--nosplash"] if program == "krita" else ["gimp", *batch], env=env, timeout_s=timeout_s)
    report = home / "report.json"
    return outcome, json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}


def recipe() -> str:
    """A short digest of what decides how a kept home is made."""
    made_by = Path(__file__).read_bytes() + Path(table.__file__).read_bytes()
    return hashlib.sha256(made_by).hexdigest()[:8]


def keep(home: Path, warm: Path, words: Mapping[str, str]) -> None:
    """Keep a home that has been started once as `warm`, without the smoke plugin and what it wrote."""
    leftovers = ("report.json", "window.png", ".runtime", *(path.format_map(words) for path in table.PLUGIN_FOLDERS.values()))
    for name in leftovers:
        path = home / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(warm, ignore_errors=True)
    home.rename(warm)
