"""The windows in real GIMP on a screen: each opens, is photographed, works once, is cancelled, repeated and undone.

GIMP's batch interpreter runs this; a thread presses the keys, since a procedure's call waits for its dialog.
"""
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import contract
from gi.repository import Gimp
from gimp_port import GimpPort

sys.path.append(str(Path(Gimp.directory()) / "plug-ins" / "recraft"))
from recraft_gimp import reading, texts

HOME = Path(os.environ["HOME"])
SUCCESS, CANCEL = Gimp.PDBStatusType.SUCCESS, Gimp.PDBStatusType.CANCEL
TITLE = "Recraft: "
LONG = 60
# The letter that presses each dialog's main button; the others run at once.
PRESS = {
    "inpaint": "f", "outpaint": "x", "replace_background": "b", "generate_background": "b", "image_to_image": "s",
    "variations": "v", "creative_upscale": "u", "generate": "g", "create_style": "s", "enhance_prompt": "i",
}  # fmt: skip
AT_ONCE = ("erase", "remove_background", "vectorize", "crisp_upscale")
port = GimpPort()


def command(*words):
    told = subprocess.run(["timeout", "10", *words], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def keys(*names):
    command("xdotool", "key", "--delay", "40", *names)


def typed(text):
    command("xdotool", "type", "--delay", "12", text)


def windows():
    return command("xdotool", "search", "--onlyvisible", "--name", TITLE).split()


def wait_for(ready, seconds=LONG):
    """What `ready` says once it says anything; AssertionError when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain")


def dialog():
    """The open dialog, in front, painted and asked about the account."""
    window = wait_for(windows)[-1]
    command("xdotool", "windowactivate", "--sync", window)
    time.sleep(1.5)
    return window


def photograph(window, name):
    command("import", "-window", window, str(HOME / f"{name}.png"))


class Screen:
    """One call of a procedure with a thread at the keys."""

    def __init__(self, image, operation, mode=Gimp.RunMode.INTERACTIVE, **options):
        self.image, self.operation, self.mode, self.options = image, operation, mode, options

    def run(self, act=None):
        """The status; trouble of the thread is raised here."""
        trouble = []
        self.over = False

        def go():
            try:
                act()
            except Exception:  # noqa: BLE001 - told by whoever asked
                trouble.append(traceback.format_exc())
            end = time.monotonic() + (0 if trouble else LONG)
            while not self.over:
                time.sleep(0.2)
                if time.monotonic() > end:  # never leave a dialog standing: the call would wait for ever
                    trouble.append("its dialog stayed open")
                    keys("Escape")

        thread = threading.Thread(target=go if act else lambda: None)
        thread.start()
        procedure = Gimp.get_pdb().lookup_procedure(f"recraft-{self.operation.replace('_', '-')}")
        config = procedure.create_config()
        config.set_property("image", self.image)
        config.set_core_object_array("drawables", self.image.get_selected_layers())
        config.set_property("run-mode", self.mode)
        for name, value in self.options.items():
            config.set_property(name, value)
        values = procedure.run(config)
        self.over = True
        thread.join()
        if trouble:
            raise AssertionError(trouble[0])
        return values.index(0)


def selected():
    """The scene in a window, its square selected."""
    image = port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)
    port.select(image, b"\xff" * (contract.AROUND[2] * contract.AROUND[3]), contract.AROUND)
    return image, Gimp.Display.new(image)


def pressed(operation):
    """Open, write a prompt where one is wanted, photograph, press the button."""

    def act():
        window = dialog()
        if operation in contract.WANTED and "prompt" in contract.WANTED[operation]:
            keys("ctrl+a")
            typed("a red boat")
        photograph(window, operation)
        keys(f"alt+{PRESS[operation]}")

    return act


# --- checks -----------------------------------------------------------------------------------------------------------


def check_interactive(operation):
    image, display = selected()
    status = Screen(image, operation).run(pressed(operation) if operation in PRESS else None)
    display.delete()
    assert status == SUCCESS, Gimp.get_pdb().get_last_error()


def check_last_values(operation):
    """GIMP's Repeat: what the dialog was told is used again, without one."""
    image, display = selected()
    status = Screen(image, operation, Gimp.RunMode.WITH_LAST_VALS).run()
    display.delete()
    assert status == SUCCESS, Gimp.get_pdb().get_last_error()
    assert not windows()


def check_explore_and_more_like_it():
    image, display = selected()

    def act():
        dialog()
        keys("ctrl+a")
        typed("a lighthouse in fog")
        keys("shift+Return")
        time.sleep(1)
        window = wait_for(lambda: wide(windows()))
        time.sleep(0.5)
        photograph(window, "explore")
        keys("alt+m")
        time.sleep(8)
        photograph(window, "explore-more")
        keys("alt+a")

    assert Screen(image, "explore").run(act) == SUCCESS, Gimp.get_pdb().get_last_error()
    assert len(image.get_layers()) == 2
    display.delete()


def wide(found):
    """The window once it shows the results, which are wider than the form."""
    for window in found:
        size = dict(line.split("=") for line in command("xdotool", "getwindowgeometry", "--shell", window).splitlines())
        if int(size.get("WIDTH", 0)) > 860:
            return window
    return None


def check_cancel_ends_the_wait_and_places_nothing():
    image, display = selected()

    def act():
        window = dialog()
        keys("ctrl+a")
        typed("a harbour with ships")
        keys("shift+Return")
        time.sleep(1.2)
        photograph(window, "working")
        keys("alt+c")
        time.sleep(1)
        photograph(window, "cancelled")
        keys("alt+c")

    assert Screen(image, "explore").run(act) == CANCEL
    assert len(image.get_layers()) == 1
    display.delete()


def check_one_undo_takes_it_back():
    image, display = selected()
    before = bytes(port.own_bytes(image)[0])
    assert Screen(image, "erase").run() == SUCCESS
    assert port.layers(image) == ["Erase", "ground"]
    main = command("xdotool", "search", "--onlyvisible", "--name", "GIMP$").split()
    command("xdotool", "windowactivate", "--sync", main[-1])
    time.sleep(1)
    photograph("root", "erased")
    keys("ctrl+z")
    wait_for(lambda: port.layers(image) == ["ground"], 10)
    assert bytes(port.own_bytes(image)[0]) == before
    assert port.selection(image) == contract.AROUND
    display.delete()


def check_what_cannot_run_says_why():
    image = port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)

    def act():
        photograph(dialog(), "no-selection")
        keys("Escape")

    assert Screen(image, "inpaint").run(act) == CANCEL


def check_text_layers_become_words():
    image, display = selected()
    layer = Gimp.TextLayer.new(image, "HELLO SEA", Gimp.context_get_font(), 24, Gimp.Unit.pixel())
    image.insert_layer(layer, None, 0)
    words = json.loads(texts.layout(reading.look(image, [])))
    assert [word["text"] for word in words] == ["HELLO", "SEA"], words
    display.delete()


def check_history_and_settings_open():
    image, display = selected()
    for name in ("settings", "history", "account"):

        def act(name=name):
            window = dialog()
            time.sleep(1)
            photograph(window, name)
            keys("Escape")

        assert Screen(image, name).run(act) == SUCCESS
    display.delete()


BEFORE = {"check_interactive", "check_last_values", "check_explore_and_more_like_it"}


def checks():
    """(name, check) in order; the repeats need the dialogs before them."""
    for operation in (*PRESS, *AT_ONCE):
        yield f"interactive.{operation}", lambda operation=operation: check_interactive(operation)
    for operation in (*PRESS, *AT_ONCE, "account"):
        yield f"last_values.{operation}", lambda operation=operation: check_last_values(operation)
    yield "explore_and_more_like_it", check_explore_and_more_like_it
    yield "last_values.explore", lambda: check_last_values("explore")
    for name, check in globals().items():
        if name.startswith("check_") and name not in BEFORE:
            yield name.removeprefix("check_"), check


def run_all(out):
    """Run every check and write {name: "ok" or the trouble} to `out`."""
    verdicts = {}
    wanted = os.environ.get("RECRAFT_CHECK_ONLY", "")
    for name, check in checks():
        if wanted not in name:
            continue
        begun = time.monotonic()
        try:
            check()
            verdicts[name] = "ok"
        except Exception:  # noqa: BLE001 - it is the verdict
            verdicts[name] = traceback.format_exc()
        print(name, verdicts[name].splitlines()[-1], round(time.monotonic() - begun, 1), flush=True)
        out.write_text(json.dumps(verdicts, indent=1), encoding="utf-8")
    verdicts["complete"] = "ok"
    out.write_text(json.dumps(verdicts, indent=1), encoding="utf-8")
