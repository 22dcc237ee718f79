"""Last prompts and presets, in our folder beside GIMP's own settings: GIMP would write them into every saved image."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gimp

from .shared.plugin.memory import Memory

memory = Memory(lambda: Path(Gimp.directory()) / "recraft")
