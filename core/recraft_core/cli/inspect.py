"""`recraft inspect`: what a picture file is, and what it says of how it was made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..imaging.inspection import inspected
from ..shared.errors import Exit
from ..shared.i18n import N_, say, tr
from .command import add_json, file_name, show

UNVERIFIED = "What content credentials say was read, not verified."
_MADE = {
    "source_type": N_("made as"),
    "creator_tool": N_("tool"),
    "ai_system": N_("AI system"),
    "ai_version": N_("AI model"),
    "ai_prompt": N_("prompt"),
}


def _arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", type=file_name, metavar="FILE", help="a picture or drawing of any kind; - is a pipe")
    add_json(one)


def _run(chosen: argparse.Namespace) -> int:
    facts, trouble = inspected(sys.stdin.buffer.read() if chosen.file == "-" else chosen.file)
    if trouble is not None:
        facts["trouble"] = str(trouble)
    show(chosen, facts, [f"{tr(name) + ':':<14} {tr(value)}" for name, value in _lines(facts) if value])
    return Exit.OK if trouble is None else int(trouble.exit_code)


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield N_("file"), say("{name}, {count:,} bytes", name=facts["name"], count=facts["bytes"])
    yield N_("trouble"), facts.get("trouble", "")
    if "size" in facts:
        yield from _picture(facts)
    origin = facts.get("made", {})
    for name, label in _MADE.items():
        yield label, origin.get(name, "")
    for event in origin.get("history", ()):
        words = (event.get(name, "") for name in ("when", "action", "softwareAgent", "parameters"))
        yield N_("history"), "  ".join(filter(None, words))
    blocks = ", ".join(f"{name.upper()} {count:,}" for name, count in facts.get("metadata", {}).items())
    if blocks:
        where = facts["place"]
        yield (
            N_("metadata"),
            say("{blocks} bytes, with the place it was taken at", blocks=blocks)
            if where
            else say("{blocks} bytes", blocks=blocks),
        )
    yield from credentials(facts["credentials"])


def _picture(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    width, height = facts["size"]
    turn, dpi = facts["orientation"], " × ".join(f"{one:g}" for one in facts["dpi"])
    size = say("{width} × {height} px", width=width, height=height)
    turned = say("{size}, turned by its EXIF orientation, {turn}", size=size, turn=turn)
    yield N_("size"), size if turn == 1 else turned
    kind = facts["kind"] or say("pixels")
    yield (
        N_("kind"),
        say("{kind}, {mode}, {bits} bits a channel", kind=kind, mode=facts["mode"], bits=facts["bits"]),
    )
    yield N_("profile"), facts["profile"] or N_("none, taken as sRGB")
    yield N_("resolution"), say("{dpi} px per inch", dpi=dpi) if dpi else ""
    frames = facts["frames"]
    yield N_("frames"), say("{frames}, of which the first is read", frames=frames) if frames > 1 else ""
    for note in facts["notes"]:
        yield N_("note"), note


def credentials(manifests: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A line for each manifest, and that nobody verified them."""
    for one in manifests:
        by = say("{label}, by {generator}", label=one["label"], generator=one["generator"])
        named = by if one["generator"] else one["label"]
        sources = ", ".join(one["sources"])
        yield N_("credentials"), say("{named}: {sources}", named=named, sources=sources) if sources else named
    if manifests:
        yield N_("note"), UNVERIFIED


DEED = _arguments, _run
