"""`recraft inspect`: what a picture file is, and what it says of how it was made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..imaging.inspection import inspected
from ..shared.errors import Exit
from ..shared.i18n import say
from .command import add_json, file_name, show

UNVERIFIED = "What content credentials say was read, not verified."
_MADE = {"source_type": "made as", "creator_tool": "tool", "ai_system": "AI system", "ai_version": "AI model", "ai_prompt": "prompt"}  # fmt: skip  # noqa: E501
_TURNED = "turned by its EXIF orientation, {turn}"


def _arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", type=file_name, metavar="FILE", help="a picture or drawing of any kind; - is a pipe")
    add_json(one)


def _run(chosen: argparse.Namespace) -> int:
    facts, trouble = inspected(sys.stdin.buffer.read() if chosen.file == "-" else chosen.file)
    if trouble is not None:
        facts["trouble"] = str(trouble)
    show(chosen, facts, [f"{name + ':':<14} {value}" for name, value in _lines(facts) if value])
    return Exit.OK if trouble is None else int(trouble.exit_code)


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "file", f"{facts['name']}, {facts['bytes']:,} bytes"
    yield "trouble", facts.get("trouble", "")
    if "size" in facts:
        yield from _picture(facts)
    made = facts.get("made", {})
    for name, label in _MADE.items():
        yield label, made.get(name, "")
    for event in made.get("history", ()):
        told = (event.get(name, "") for name in ("when", "action", "softwareAgent", "parameters"))
        yield "history", "  ".join(filter(None, told))
    if facts.get("metadata"):
        sizes = ", ".join(f"{name.upper()} {count:,} bytes" for name, count in facts["metadata"].items())
        yield "metadata", sizes + (", with the place it was taken at" if facts["place"] else "")
    yield from credentials(facts["credentials"])


def _picture(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    width, height = facts["size"]
    turned = f", {_TURNED.format(turn=facts['orientation'])}" if facts["orientation"] != 1 else ""
    yield "size", f"{width} × {height} px{turned}"
    yield (
        "kind",
        say(
            "{kind}, {mode}, {bits} bits a channel",
            kind=facts["kind"] or say("pixels"),
            mode=facts["mode"],
            bits=facts["bits"],
        ),
    )
    yield "profile", facts["profile"] or "none, taken as sRGB"
    yield "resolution", " × ".join(f"{one:g}" for one in facts["dpi"]) + " px per inch" if facts["dpi"] else ""
    yield "frames", say("{frames}, of which the first is read", frames=facts["frames"]) if facts["frames"] > 1 else ""
    for note in facts["notes"]:
        yield "note", note


def credentials(found: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A line for each manifest, and that nobody verified them."""
    for one in found:
        told = (one["label"], f"by {one['generator']}" if one["generator"] else "", ", ".join(one["sources"]))
        yield "credentials", "  ".join(filter(None, told))
    if found:
        yield "note", UNVERIFIED


DEED = _arguments, _run
