"""Given to GIMP's batch interpreter, with the plug-in of the small zip: the window that offers to set up, put away."""
import json
import os
import subprocess
import threading
import time
from pathlib import Path

from gi.repository import Gimp

HOME = Path(os.environ["HOME"])


def command(*words):
    return subprocess.run(["timeout", "30", *words], capture_output=True, text=True, check=False).stdout.strip()


def within(seconds, ready):
    """What `ready` says once it says anything."""
    end = time.monotonic() + seconds
    while not ready() and time.monotonic() < end:
        time.sleep(0.1)
    return ready()


def window():
    """The topmost window of the plug-in; "" without one."""
    return ([*command("xdotool", "search", "--onlyvisible", "--name", "^Recraft$").split(), ""])[0]


def put_away(found):
    """Click Set up by key, without a network to set up from; a picture of what it says; then Escape until it is gone."""
    one = within(90, window)
    found["shown"] = bool(one)
    command("xdotool", "windowactivate", "--sync", one)
    command("import", "-window", one, str(HOME / "setup.png"))
    # The progress makes it taller, and the words of what went wrong have a height of their own.
    heights = found["heights"] = [height(one)]
    command("xdotool", "key", "Return")
    for _ in ("progress", "trouble"):
        within(60, lambda: height(one) != heights[-1])
        heights.append(height(one))
    time.sleep(0.5)
    command("import", "-window", one, str(HOME / "trouble.png"))
    for _ in range(20):
        if not window():
            break
        command("xdotool", "key", "Escape")
        time.sleep(0.5)
    found["gone"] = not window()


def height(one):
    lines = command("xdotool", "getwindowgeometry", "--shell", one).splitlines()
    return int(dict(line.split("=") for line in lines).get("HEIGHT", 0))


def main():
    found = {}
    image = Gimp.Image.new(64, 64, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "ground", 64, 64, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 20, 20)
    procedure = Gimp.get_pdb().lookup_procedure("recraft-erase")
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_core_object_array("drawables", [layer])
    hand = threading.Thread(target=put_away, args=(found,))
    hand.start()
    result = procedure.run(config)
    hand.join()
    found["cancelled"] = result.index(0) == Gimp.PDBStatusType.CANCEL
    found["layers"] = len(image.get_layers())
    Path(os.environ["RECRAFT_OUT"]).write_text(json.dumps(found), encoding="utf-8")


main()
