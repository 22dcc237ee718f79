"""One click for all open images. By mouse and keyboard; see gimp_screen.py."""
import json
import os
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import contract
from gi.repository import Gimp, Gio
from gimp_live import CANVAS, FILL, clear_messages, from_menu, held_up, plug_ins
from gimp_port import read, write
from gimp_screen import (
    SUCCESS,
    Screen,
    command,
    dialog,
    entries,
    keys,
    photograph,
    port,
    selected,
    typed,
    wait_for,
    windows,
)

FILLED, BARE = ["Fill", "ground"], ["ground"]


def closed():
    """What earlier checks have left open is closed: an image without a window is open, too."""
    clear_messages()
    for number in range(1, 200):  # GIMP tells of images only, and deletes none that is shown
        display = Gimp.Display.get_by_id(number)
        if display is not None and display.is_valid():
            display.delete()
    for image in Gimp.get_images():
        image.delete()


def ordered(words):
    """The dialog with these words, for all open images."""
    from_menu(FILL)
    dialog("Fill Selection$")
    keys("ctrl+a")
    typed(words)
    keys("alt+i", "Down")
    time.sleep(1)
    return dialog("Fill Selection$")


def gone():
    wait_for(lambda: not list(plug_ins()), "the end")
    assert not windows("Fill Selection$")


def check_one_click_for_all_open_images():
    """Each has its result in an undo step of its own; one without a selection, one without a layer stop none."""
    closed()
    pairs = [selected() for _ in range(3)]
    images = [image for image, _ in pairs]
    without = port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)
    hollow, shown = selected()
    hollow.remove_layer(hollow.get_layers()[0])
    displays = [*(display for _, display in pairs), shown, Gimp.Display.new(without)]
    for name, image in zip(("harbour", "market", "market", "meadow", "sketch"), (*images, without, hollow)):
        image.set_file(Gio.File.new_for_path(f"/pictures/{name}.xcf"))
    with prices():
        before = len(entries("inpaint"))
        photograph(ordered("a red boat"), "all-before")
        keys("shift+Return")
        photograph(dialog("working$"), "all-working")
        wait_for(partial(filled, images), "all three")
        window = dialog("Fill Selection$")
        time.sleep(1)
        photograph(window, "all-after")
        keys("shift+Return")  # what is left, and that alone: the one without a layer
        time.sleep(3)
        photograph(dialog("Fill Selection$"), "all-again")
        keys("Escape")
        gone()
    assert len(entries("inpaint")) == before + 3
    assert [port.layers(image) for image in (*images, without, hollow)] == [FILLED] * 3 + [BARE, []]
    for _ in range(20):  # earlier checks may have left others open between them
        if all(port.layers(image) == BARE for image in images):
            break
        title = command("xdotool", "getwindowname", dialog(CANVAS))
        if any(f"-{image.get_id()}." in title and port.layers(image) == FILLED for image in images):
            keys("ctrl+z")
            time.sleep(1)
        keys("ctrl+Next")
        time.sleep(0.5)
    assert [port.layers(image) for image in images] == [BARE] * 3, "one undo each"
    for one in displays:
        one.delete()


def check_all_together_are_held_against_the_cap():
    closed()
    displays = [display for _, display in (selected() for _ in range(3))]
    with prices(cap_per_click_units=100):
        before = len(entries("inpaint"))
        ordered("a green boat")
        time.sleep(1)
        photograph(dialog("Fill Selection$"), "all-capped")
        keys("shift+Return")
        time.sleep(2)
        assert not windows("working$"), "each alone is below the cap"
        keys("Escape")
        gone()
        assert len(entries("inpaint")) == before
    for display in displays:
        display.delete()


@contextmanager
def prices(*, latency_s=1, **settings):
    """With a key and a service that counts units: an engine of its own, told so to the plug-in by its settings."""
    worker = json.loads((Path(Gimp.directory()) / "plug-ins/recraft/worker.json").read_text())["command"]
    engine = subprocess.Popen([worker[0], "-m", "recraft_local", "--port", "8765", "--latency", str(latency_s)])
    folder = Path(os.environ["RECRAFT_HOME"]) / "config"
    folder.mkdir(parents=True, exist_ok=True)
    kept, key = folder / "settings.json", folder / "api-key"
    held = json.loads(kept.read_text()) if kept.exists() else {}
    kept.write_text(json.dumps({**held, "base_url": "http://127.0.0.1:8765/v1", **settings}))
    key.touch(mode=0o600)
    key.write_text("key-for-tests-0123456789")
    try:
        yield
    finally:
        kept.write_text(json.dumps(held))
        key.unlink()
        engine.terminate()
        engine.wait()


def check_cancel_keeps_what_has_come_and_another_click_takes_the_rest():
    closed()
    pairs = [selected() for _ in range(4)]
    images = [image for image, _ in pairs]
    before = len(entries("inpaint"))

    def came():
        return [image for image in images if port.layers(image) == FILLED]

    ordered("a blue boat")
    keys("shift+Return")
    wait_for(came, "the first one")
    with held_up():
        dialog("working$")
        keys("alt+c")
        photograph(dialog("Fill Selection$"), "all-stopped")
    assert 1 <= len(came()) < 4
    keys("shift+Return")
    time.sleep(2)
    if windows("Fill Selection$"):  # what was cancelled may have been charged: it asks
        photograph(dialog("Fill Selection$"), "all-asks")
        keys("shift+Return")
    wait_for(lambda: len(came()) == 4, "the rest")
    gone()
    assert [port.layers(image) for image in images] == [FILLED] * 4
    assert 4 <= len(entries("inpaint")) - before <= 5  # what was cancelled may have been made all the same
    for _, display in pairs:
        display.delete()


def filled(images):
    return all(port.layers(image) == FILLED for image in images)


def check_a_click_before_the_cap_is_known_waits_for_it():
    for cap in (100, 500):  # together they cost 120
        closed()
        pairs = [selected() for _ in range(3)]
        with prices(cap_per_click_units=cap):
            ordered("a grey boat")  # from now on it is known that somebody has to pay
            time.sleep(1)
            keys("Escape")
            gone()
            before = len(entries("inpaint"))
            with held_up(b"\0worker\0"):
                ordered("a grey boat")
                keys("shift+Return")
                time.sleep(1)
                assert not windows("working$"), "nothing is known yet"
            if cap > 120:
                wait_for(partial(filled, [image for image, _ in pairs]), "all three")
            else:
                time.sleep(2)
                photograph(dialog("Fill Selection"), "all-early")
                assert not windows("working$"), "together they are above the cap"
                keys("Escape")
            gone()
            assert len(entries("inpaint")) - before == (3 if cap > 120 else 0)
        for _, display in pairs:
            display.delete()


def check_all_open_images_with_every_kind_of_result():
    """A layer each where the result goes into the image, an image each where it is one of its own; all read as they are."""
    for operation in ("erase", "remove_background", "vectorize", "heal_transparency", "crisp_upscale", "variations"):
        closed()
        pairs = [selected() for _ in range(3)]
        if operation == "heal_transparency":
            for image, _ in pairs:
                layer = image.get_layers()[0]
                layer.add_alpha()
                write(layer, contract.AROUND, bytes(4 * contract.AROUND[2] * contract.AROUND[3]))
        images = [image for image, _ in pairs]
        before, known = [entry["id"] for entry in entries()], {image.get_id() for image in Gimp.get_images()}
        command("xdotool", "keydown", "Shift_L")
        assert Screen(images[0], operation).run(partial(for_all, operation)) == SUCCESS, operation
        wait_for(lambda: not list(plug_ins()), "the end")
        new = [entry for entry in entries() if entry["id"] not in before]
        made = [image for image in Gimp.get_images() if image.get_id() not in known]
        layers = [port.layers(image) for image in images]
        assert len(new) == 3, operation
        if operation in {"crisp_upscale", "variations"}:
            # An image for each picture: an earlier check may have left the dialog at two.
            came = sum(len(entry["pictures"]) for entry in new)
            told = [entry["record"]["values"] for entry in new], [image.get_name() for image in made]
            assert (len(made), layers) == (came, [BARE] * 3), (operation, came, len(made), told)
        else:
            assert [len(names) for names in layers] == [1 if operation == "heal_transparency" else 2] * 3, operation
        if operation == "heal_transparency":
            assert all(read(image.get_layers()[0], contract.AROUND)[3] == 255 for image in images)
        for _, display in pairs:
            display.delete()


def for_all(operation):
    """In a dialog that Shift has opened: all open images, and go."""
    try:
        dialog()
    finally:
        command("xdotool", "keyup", "Shift_L")
    keys("alt+i", "Down")
    time.sleep(1)
    photograph(dialog(), f"all-{operation}")
    keys("shift+Return")
