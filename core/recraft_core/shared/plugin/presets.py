"""Presets: a verb, a prompt and options under a name. Each is one file in a folder: to share it, copy the file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..i18n import say

MARK = "{prompt}"  # where one's own prompt goes


class Presets:
    """A folder of presets, each {"name", "verb", "prompt", "values"}; files that are none are passed by."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[dict[str, Any]]:
        """All of them, by name."""
        presets = [_read(path) for path in sorted(self._folder.glob("*.json"))]
        return sorted((one for one in presets if one is not None), key=lambda one: str(one["name"]).lower())

    def keep(self, name: str, verb: str, prompt: str, values: Mapping[str, Any], verbs: Sequence[str] = ()) -> Path:
        """Write one; one of the same name is replaced. Raises ValueError for a verb that is none of `verbs`."""
        if verbs and verb not in verbs:
            raise ValueError(say("“{verb}” is no verb.", verb=verb))
        self._folder.mkdir(parents=True, exist_ok=True)
        preset = {"name": name.strip(), "verb": verb, "prompt": prompt, "values": dict(values)}
        path = self._path(name)
        fresh = path.with_suffix(".tmp")
        fresh.write_text(json.dumps(preset, indent=1, ensure_ascii=False), encoding="utf-8")
        fresh.replace(path)
        return path

    def forget(self, name: str) -> None:
        """Remove the one of that name."""
        path = self._path(name)
        if path.exists():
            path.unlink()

    def _path(self, name: str) -> Path:
        safe = re.sub(r"[^\w .-]", "_", name.strip()).strip(". ")[:80] or "preset"
        return self._folder / f"{safe}.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        preset = json.loads(path.read_text(encoding="utf-8") if path.is_file() else "")  # a pipe would be waited for
    except (OSError, ValueError):
        return None
    whole = isinstance(preset, dict) and isinstance(preset.get("values"), dict)
    if not whole or not all(isinstance(preset.get(name), str) for name in ("name", "verb", "prompt")):
        return None
    return dict(preset)


def filled(preset: str, prompt: str) -> str:
    """The preset's prompt with one's own at its mark; without a mark the preset's own words, else one's own."""
    if MARK in preset:
        return preset.replace(MARK, prompt.strip())
    return preset or prompt
