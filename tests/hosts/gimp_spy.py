"""Notes what the plug-in shows and answers, for the rough hands: its windows are another process's, and paint prices.

The test adds a line to the installed copy of the plug-in that calls `watch` in the modules it names.
"""
import json
import os
import re
from pathlib import Path

NOTES = Path(os.environ["HOME"]) / "shown.jsonl"
WATCHED = ("ui_dialog", "ui_running", "running")
LINE = "\nimport sys\nsys.path.append({folder!r})\nimport gimp_spy\ngimp_spy.watch_{module}(globals())\n"

# GIMP's own names of actions; with Ctrl and Alt it leaves these letters free.
KEYS = {
    "recraft-erase": "e", "recraft-inpaint": "i", "recraft-remove-background": "b", "recraft-image-to-image": "r",
    "recraft-generate": "g", "recraft-outpaint": "o", "recraft-history": "h", "recraft-settings": "s",
    "image-crop-to-selection": "c", "image-rotate-90": "t", "image-flip-horizontal": "m",
}  # fmt: skip


def shortcuts():
    """GIMP's shortcutsrc with those keys."""
    rows = (f'(action "{name}" "<Primary><Alt>{key}")' for name, key in KEYS.items())
    return "\n".join(("(file-version 1)", *rows, ""))


def note(what, **fields):
    with NOTES.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"what": what, "pid": os.getpid(), **fields}) + "\n")


def notes():
    return [json.loads(line) for line in NOTES.read_text(encoding="utf-8").splitlines()] if NOTES.exists() else []


def install(folder, here):
    """Add the lines to the modules of the plug-in in `folder`."""
    for module in WATCHED:
        path = Path(folder) / "recraft_gimp" / f"{module}.py"
        path.write_text(path.read_text(encoding="utf-8") + LINE.format(folder=str(here), module=module), encoding="utf-8")


def units_in(text):
    """The units of "about 1,040 units · $1.04"; 0 where none are named."""
    found = re.match(r"(?:about )?([\d,]+) units?", text)
    return int(found[1].replace(",", "")) if found else 0


def watch_ui_dialog(module):
    """Each click of a dialog's main button that queued something, with what stood beside the button then."""
    dialog = module["OperationDialog"]
    act = dialog._act

    def watched(self):
        shown, add = self._price.widget.get_text(), self._jobs.add

        def added(*jobs):
            for _ in jobs:  # of many, each costs its share of what was shown
                note("clicked", operation=self._run.entry.operation, units=units_in(shown) // len(jobs), text=shown)
            add(*jobs)

        self._jobs.add = added
        try:
            act(self)
        finally:
            self._jobs.add = add

    dialog._act = watched


def watch_ui_running(module):
    """What the window of an entry that runs at once says."""
    waiting = module["Waiting"]
    begin = waiting.__init__

    def watched(self, run, price):
        note("clicked", operation=run.entry.operation, units=units_in(price), text=price)
        begin(self, run, price)

    waiting.__init__ = watched


def watch_running(module):
    """Repeats, whose price the bar does not tell, and what every procedure answers that is no success."""
    silent, returned = module["silent"], module["returned"]

    def watched(run):
        note("clicked", operation=run.entry.operation, units=run.plan().units, text="repeat")
        return silent(run)

    def answered(procedure, status, trouble):
        note("answer", status=int(status), text=str(trouble), kind=type(trouble).__name__)
        return returned(procedure, status, trouble)

    module["silent"], module["returned"] = watched, answered
