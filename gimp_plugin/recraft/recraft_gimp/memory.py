"""Last prompts and presets, in a file of our own in GIMP's folder: GIMP would write them into every saved image."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gi.repository import Gimp

KEPT = 20  # prompts remembered to choose from


def folder() -> Path:
    """Our folder beside GIMP's own settings."""
    return Path(Gimp.directory()) / "recraft"


def recall() -> dict[str, Any]:
    """All that is remembered: {"last": {procedure: {argument: text}}, "drafts": {procedure: {argument: value}},
    "prompts": […], "presets": {…}, "told": {procedure: session}, "open": [procedure],
    "style": id, "offline": bool or None}.
    """
    try:
        data = json.loads((folder() / "memory.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        data = {}
    empty = {"last": {}, "drafts": {}, "prompts": [], "presets": {}, "told": {}, "open": [], "style": ""}
    return {**empty, "offline": None, **(data if isinstance(data, dict) else {})}


def keep(held: Mapping[str, Any]) -> None:
    """Write it, whole or not at all, for this user's eyes only. A full disk costs the memory, not the picture."""
    with contextlib.suppress(OSError):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder())  # mode 0600
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            json.dump(held, file, ensure_ascii=False, indent=1)
        os.replace(name, folder() / "memory.json")  # noqa: PTH105


def last(procedure: str) -> dict[str, Any]:
    """The private arguments of the last run of `procedure`."""
    return dict(recall()["last"].get(procedure, {}))


def remember(procedure: str, values: Mapping[str, Any]) -> None:
    """Keep the private arguments of this run."""
    held = recall()
    held["last"][procedure] = values
    held["drafts"].pop(procedure, None)
    prompt = values.get("prompt", "")
    if prompt:
        held["prompts"] = [prompt, *(one for one in held["prompts"] if one != prompt)][:KEPT]
    keep(held)


def draft(procedure: str) -> dict[str, Any]:
    """What a dialog had set when it was put away."""
    return dict(recall()["drafts"].get(procedure, {}))


def keep_draft(procedure: str, values: Mapping[str, Any]) -> None:
    """Keep what a dialog has set for when it opens again; its words are no earlier prompt, they were not used."""
    held = recall()
    held["drafts"][procedure] = values
    keep(held)


def first_time(procedure: str, session: str) -> bool:
    """True once per session of GIMP, for what need not be told again and again."""
    held = recall()
    first = held["told"].get(procedure) != session
    held["told"][procedure] = session
    if first:
        keep(held)
    return first


def stays_open(procedure: str) -> bool:
    """True when the dialog of `procedure` is to stay open after it placed something."""
    return procedure in recall()["open"]


def keep_open(procedure: str, wished: bool) -> None:
    """Let it, or not, from now on."""
    held = recall()
    held["open"] = sorted({*held["open"], procedure} if wished else {*held["open"]} - {procedure})
    keep(held)


def new_style(style: str = "") -> str:
    """Keep the id of a style just made; without one, hand out the last one kept, once."""
    held = recall()
    before, held["style"] = held["style"], style
    if before != style:
        keep(held)
    return before


def keep_offline(offline: bool) -> None:
    """Keep who worked the last time."""
    held = recall()
    if held["offline"] != offline:
        keep({**held, "offline": offline})


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold off other procedures of ours: GIMP closes the undo steps of two that place at once as if they were one."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, ImportError):  # not on Windows
            import fcntl

            folder().mkdir(mode=0o700, parents=True, exist_ok=True)
            file = stack.enter_context((folder() / "placing.lock").open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _mark(pid: int | str = "*") -> str:
    return f"under-way-{pid}"


def begun(name: str) -> None:
    """Note that this process works on `name`: GIMP's own Cancel ends it without a chance to say anything."""
    with contextlib.suppress(OSError):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder() / _mark(os.getpid())).write_text(name, encoding="utf-8")


def ended() -> None:
    """It has ended by itself."""
    with contextlib.suppress(OSError):
        (folder() / _mark(os.getpid())).unlink()


def cut_short() -> list[str]:
    """Names of what was ended from outside since this was asked last."""
    names = []
    with contextlib.suppress(OSError):
        for mark in folder().glob(_mark()):
            if Path("/proc/self").exists() and not Path("/proc", mark.name.rpartition("-")[2]).exists():
                names.append(mark.read_text(encoding="utf-8"))
                mark.unlink()
    return names
