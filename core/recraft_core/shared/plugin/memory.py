"""Last prompts, drafts and presets of a host whose dialogs come and go, in a file of our own.

What a host keeps of a procedure's values it may write into every saved picture: words have no place there.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

KEPT = 20  # prompts remembered to choose from


class Memory:
    """What is kept in `folder()`, which is asked for each time: a host knows its own only when it runs."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self.folder = folder

    def recall(self) -> dict[str, Any]:
        """All that is remembered: {"last": {procedure: {argument: text}}, "drafts": {procedure: {argument: value}},
        "prompts": […], "presets": {…}, "told": {procedure: session}, "open": [procedure],
        "style": id, "offline": bool or None}.
        """
        try:
            data = json.loads((self.folder() / "memory.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            data = {}
        empty = {"last": {}, "drafts": {}, "prompts": [], "presets": {}, "told": {}, "open": [], "style": ""}
        return {**empty, "offline": None, **(data if isinstance(data, dict) else {})}

    def keep(self, held: Mapping[str, Any]) -> None:
        """Write it, whole or not at all, for this user's eyes only. A full disk costs the memory, not the picture."""
        with contextlib.suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self._made())  # mode 0600
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
                json.dump(held, file, ensure_ascii=False, indent=1)
            os.replace(name, self.folder() / "memory.json")  # noqa: PTH105

    def _made(self) -> Path:
        """The folder, there and for this user alone."""
        folder = self.folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def last(self, procedure: str) -> dict[str, Any]:
        """The private arguments of the last run of `procedure`."""
        return dict(self.recall()["last"].get(procedure, {}))

    def remember(self, procedure: str, values: Mapping[str, Any]) -> None:
        """Keep the private arguments of this run."""
        held = self.recall()
        held["last"][procedure] = values
        held["drafts"].pop(procedure, None)
        prompt = values.get("prompt", "")
        if prompt:
            held["prompts"] = [prompt, *(one for one in held["prompts"] if one != prompt)][:KEPT]
        self.keep(held)

    def draft(self, procedure: str) -> dict[str, Any]:
        """What a dialog had set when it was put away."""
        return dict(self.recall()["drafts"].get(procedure, {}))

    def keep_draft(self, procedure: str, values: Mapping[str, Any]) -> None:
        """Keep what a dialog has set for when it opens again; its words are no earlier prompt, they were not used."""
        held = self.recall()
        held["drafts"][procedure] = values
        self.keep(held)

    def presets(self, procedure: str) -> dict[str, dict[str, Any]]:
        """The arguments that are kept under a name."""
        return dict(self.recall()["presets"].get(procedure, {}))

    def keep_preset(self, procedure: str, name: str, values: Mapping[str, Any] | None) -> None:
        """Keep arguments under a name; None forgets them."""
        held = self.recall()
        presets = held["presets"].setdefault(procedure, {})
        presets.pop(name, None) if values is None else presets.update({name: values})
        self.keep(held)

    def first_time(self, procedure: str, session: str) -> bool:
        """True once per session of GIMP, for what need not be told again and again."""
        held = self.recall()
        first = held["told"].get(procedure) != session
        held["told"][procedure] = session
        if first:
            self.keep(held)
        return bool(first)

    def stays_open(self, procedure: str) -> bool:
        """True when the dialog of `procedure` is to stay open after it placed something."""
        return bool(procedure in self.recall()["open"])

    def keep_open(self, procedure: str, wished: bool) -> None:
        """Let it, or not, from now on."""
        held = self.recall()
        held["open"] = sorted({*held["open"], procedure} if wished else {*held["open"]} - {procedure})
        self.keep(held)

    def new_style(self, style: str = "") -> str:
        """Keep the id of a style just made; without one, hand out the last one kept, once."""
        held = self.recall()
        before = str(held["style"])
        held["style"] = style
        if before != style:
            self.keep(held)
        return before

    def keep_offline(self, offline: bool) -> None:
        """Keep who worked the last time."""
        held = self.recall()
        if held["offline"] != offline:
            self.keep({**held, "offline": offline})

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off other procedures of ours: GIMP closes the undo steps of two that place at once as if they were
        one.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError, ImportError):  # not on Windows
                import fcntl

                file = stack.enter_context((self._made() / "placing.lock").open("w"))
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def begun(self, name: str) -> None:
        """Note that this process works on `name`: GIMP's own Cancel ends it without a chance to say anything."""
        with contextlib.suppress(OSError):
            (self._made() / _mark(os.getpid())).write_text(name, encoding="utf-8")

    def ended(self) -> None:
        """It has ended by itself."""
        with contextlib.suppress(OSError):
            (self.folder() / _mark(os.getpid())).unlink()

    def cut_short(self) -> list[str]:
        """Names of what was ended from outside since this was asked last."""
        names = []
        with contextlib.suppress(OSError):
            for mark in self.folder().glob(_mark()):
                if Path("/proc/self").exists() and not Path("/proc", mark.name.rpartition("-")[2]).exists():
                    names.append(mark.read_text(encoding="utf-8"))
                    mark.unlink()
        return names


def _mark(pid: int | str = "*") -> str:
    return f"under-way-{pid}"
