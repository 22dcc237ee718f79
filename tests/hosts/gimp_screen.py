"""A procedure of ours on a screen: a thread waits for its windows and presses keys, since the call waits for its dialog.

Nothing here counts seconds: each step waits for what the step before it brings, a window's title, a file or a layer.
"""
import json
import os
import subprocess
import threading
import time
import traceback
from pathlib import Path

import contract
from gi.repository import Gimp
from gimp_port import GimpPort

HOME = Path(os.environ["HOME"])
SUCCESS, CANCEL = Gimp.PDBStatusType.SUCCESS, Gimp.PDBStatusType.CANCEL
TITLE = "Recraft: "
LONG = 120  # s; only used up when something is broken
port = GimpPort()


def command(*words):
    told = subprocess.run(["timeout", "30", *words], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def keys(*names):
    command("xdotool", "key", "--delay", "40", *names)


def typed(text):
    command("xdotool", "type", "--delay", "12", text)


def windows(title=TITLE):
    """Windows whose title matches the pattern."""
    return command("xdotool", "search", "--onlyvisible", "--name", title).split()


def wait_for(ready, what="it"):
    """What `ready` says once it says anything; AssertionError when it never does."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


def dialog(title=TITLE):
    """The open window of that title, in front: what is typed now is for it."""
    window = wait_for(lambda: windows(title), title)[-1]
    wait_for(lambda: in_front(window), f"{title} in front")
    return window


def in_front(window):
    command("xdotool", "windowactivate", "--sync", window)
    return command("xdotool", "getwindowfocus") == window


def photograph(window, name):
    command("import", "-window", window, str(HOME / f"{name}.png"))


def entries(operation=""):
    """What the history holds, as its files say."""
    folder = Path(os.environ["RECRAFT_HOME"]) / "data" / "history" / "entries"
    found = [entry for entry in map(entry_of, folder.glob("*/entry.json")) if entry]
    return [entry for entry in found if operation in ("", entry["record"]["operation"]) and entry["status"] == "done"]


def entry_of(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # just being written or removed
        return None


class Screen:
    """One call of a procedure with a thread at the keys."""

    def __init__(self, image, operation, mode=Gimp.RunMode.INTERACTIVE):
        self.image, self.operation, self.mode = image, operation, mode
        self.over = False

    def run(self, act=None):
        """The status; trouble of the thread is raised here."""
        trouble = []
        thread = threading.Thread(target=self.press, args=(act, trouble))
        if act:
            thread.start()
        procedure = Gimp.get_pdb().lookup_procedure(f"recraft-{self.operation.replace('_', '-')}")
        config = procedure.create_config()
        config.set_property("image", self.image)
        if config.find_property("drawables"):  # what is no filter asks the image
            config.set_core_object_array("drawables", self.image.get_selected_layers())
        config.set_property("run-mode", self.mode)
        values = procedure.run(config)
        self.over = True
        if act:
            thread.join()
        if trouble:
            raise AssertionError(trouble[0])
        return values.index(0)

    def press(self, act, trouble):
        """Press the keys, then see to it that no dialog stays: the call would wait for ever."""
        try:
            act()
        except Exception:  # noqa: BLE001 - told by whoever asked
            trouble.append(traceback.format_exc())
            photograph("root", f"trouble-{self.operation}")
        end = time.monotonic() + (0 if trouble else LONG)
        while not self.over:
            time.sleep(0.1)
            if time.monotonic() > end:
                trouble.append("its dialog stayed open")
                for window in windows():
                    command("xdotool", "windowactivate", "--sync", window)
                    keys("Escape")


def selected():
    """The scene in a window, its square selected."""
    image = port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)
    port.select(image, b"\xff" * (contract.AROUND[2] * contract.AROUND[3]), contract.AROUND)
    return image, Gimp.Display.new(image)
