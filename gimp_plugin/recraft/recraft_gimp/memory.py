"""Last prompts and presets, in a file of our own in GIMP's folder: GIMP would write them into every saved image."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

from gi.repository import Gimp

KEPT = 20  # prompts remembered to choose from


def folder():
    """Our folder beside GIMP's own settings."""
    return Path(Gimp.directory()) / "recraft"


def recall():
    """All that is remembered: {"last": {procedure: {argument: text}}, "prompts": […], "presets": {…}}."""
    try:
        found = json.loads((folder() / "memory.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    return {"last": {}, "prompts": [], "presets": {}, **(found if isinstance(found, dict) else {})}


def keep(held):
    """Write it, whole or not at all, for this user's eyes only. A full disk costs the memory, not the picture."""
    with contextlib.suppress(OSError):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder())  # mode 0600
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            json.dump(held, file, ensure_ascii=False, indent=1)
        os.replace(name, folder() / "memory.json")  # noqa: PTH105


def last(procedure):
    """The private arguments of the last run of `procedure`."""
    return dict(recall()["last"].get(procedure, {}))


def remember(procedure, values):
    """Keep the private arguments of this run."""
    held = recall()
    held["last"][procedure] = values
    prompt = values.get("prompt", "")
    if prompt:
        held["prompts"] = [prompt, *(one for one in held["prompts"] if one != prompt)][:KEPT]
    keep(held)
