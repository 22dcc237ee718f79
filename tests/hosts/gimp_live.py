"""Dialogs beside a living image: selected, closed and put away meanwhile. By mouse and keyboard; see gimp_screen.py."""
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import contract
from gi.repository import Gimp
from gimp_port import call, processes
from gimp_screen import (  # fmt: skip
    CANCEL,
    SUCCESS,
    Screen,
    dialog,
    entries,
    in_front,
    keys,
    photograph,
    port,
    selected,
    typed,
    wait_for,
    windows,
)

sys.path.append(str(Path(Gimp.directory()) / "plug-ins" / "recraft"))
from recraft_gimp.memory import memory

CANVAS = "GIMP$"
# Words of our entries that GIMP's own search finds nowhere else.
FILL, ERASE, CROP = "fill the selection with what the prompt says", "take away what is selected", "crop to selection"
QUESTION = "^Close .Untitled"


def opened(pixels=None):
    """The scene in a window, nothing selected."""
    image = port.canvas(pixels or contract.scene(), contract.WIDTH, contract.HEIGHT)
    return image, Gimp.Display.new(image)


def close_image():
    """Close the image in front as people do, changes or not."""
    dialog(CANVAS)
    keys("ctrl+w")
    dialog(QUESTION)
    wait_for(lambda: keys("alt+d") or not windows(QUESTION), "the end of the image")


def from_menu(words):
    """Start an entry of GIMP's menu through its search: as people do, and without a script that waits for the end."""
    dialog(CANVAS)
    keys("slash")
    time.sleep(1)
    typed(words)
    time.sleep(2)
    keys("Return")


def clear_messages():
    """Put away what GIMP has told: one window of it holds all its messages."""
    for window in windows("GIMP Message"):
        in_front(window)
        wait_for(lambda: keys("Escape") or not windows("GIMP Message"), "the end of the message")


def latest(operation):
    return max(entries(operation), key=lambda entry: entry["created"])


def check_what_is_selected_while_the_dialog_is_open_counts():
    image, display = opened()
    before = len(entries("inpaint"))

    def act():
        dialog("Fill Selection$")
        keys("ctrl+a")
        typed("a red boat")
        keys("shift+Return")  # nothing is selected yet: it says so and stays
        dialog(CANVAS)
        keys("ctrl+a")
        photograph(dialog("Fill Selection$"), "selected-meanwhile")
        keys("shift+Return")

    assert Screen(image, "inpaint").run(act) == SUCCESS
    assert len(entries("inpaint")) == before + 1
    assert latest("inpaint")["record"]["more"]["plan"]["selection"] == [0, 0, contract.WIDTH, contract.HEIGHT]
    display.delete()


def check_a_closed_image_under_the_dialog_is_told_in_words():
    clear_messages()
    image, _ = selected()
    before = len(entries())
    from_menu(FILL)
    dialog("Fill Selection$")
    keys("ctrl+a")
    typed("a red boat")
    close_image()
    wait_for(lambda: not image.is_valid(), "the end of the image")
    dialog("Fill Selection$")
    keys("shift+Return")
    time.sleep(1)
    photograph(dialog("Fill Selection$"), "closed-under-dialog")
    assert not windows("working$"), "it works on an image that is gone"
    wait_for(lambda: keys("Escape") or not windows("Fill Selection$"), "the end of the dialog")
    assert not windows("GIMP Message"), "an error in red"
    assert len(entries()) == before


def check_a_result_whose_image_was_closed_comes_with_what_it_was_made_from():
    clear_messages()
    image, _ = selected()
    known = {one.get_id() for one in Gimp.get_images()}
    from_menu(FILL)
    dialog("Fill Selection$")
    keys("ctrl+a")
    typed("a red boat")
    with held_up():
        keys("shift+Return")
        dialog("working$")
        close_image()
        wait_for(lambda: not image.is_valid(), "the end of the image")
    made = wait_for(lambda: [one for one in Gimp.get_images() if one.get_id() not in known], "the result")[0]
    wait_for(lambda: not list(plug_ins()), "the end")
    photograph("root", "closed-while-working")
    clear_messages()
    assert port.layers(made) == ["Fill", "What it was made from"]
    pixels = port.pixels(made)
    assert contract.at(pixels, 2, 2, made.get_width()) == contract.BACKGROUND, "the patch stands on nothing"


def check_a_shortcut_pressed_five_times_fast_is_one_request_and_one_layer():
    image, display = selected()
    from_menu(ERASE)
    wait_for(lambda: port.layers(image) == ["Erase", "ground"] and not list(plug_ins()), "the first one")
    image.remove_layer(image.get_layers()[0])
    before = len(entries("erase"))
    dialog(CANVAS)
    with held_up():
        keys(*["ctrl+f"] * 5)  # GIMP's Repeat
        wait_for(lambda: len(list(plug_ins())) == 5, "all five")
        time.sleep(8)
    wait_for(lambda: len(entries("erase")) > before, "the result")
    wait_for(lambda: not list(plug_ins()), "the end of all five")
    assert len(entries("erase")) == before + 1
    assert port.layers(image) == ["Erase", "ground"]
    display.delete()
    clear_messages()


@contextmanager
def held_up(which=b"\0serve\0"):
    """Nothing is answered meanwhile: every engine stands still, also one that is started only now; or every worker."""
    end = threading.Event()

    def hold():
        while not end.is_set():
            for pid in processes(which):
                os.kill(pid, signal.SIGSTOP)
            time.sleep(0.05)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        end.set()
        holder.join()
        for pid in processes(which):
            os.kill(pid, signal.SIGCONT)


def plug_ins():
    """Ids of our plug-in's processes."""
    return processes(b"recraft/recraft.py")


def check_cancel_keeps_the_draft():
    image, display = selected()

    def put_away():
        dialog("Fill Selection$")
        keys("ctrl+a")
        typed("a draft of a heron")
        keys("Escape")

    def run():
        dialog("Fill Selection$")
        keys("shift+Return")

    assert Screen(image, "inpaint").run(put_away) == CANCEL
    assert Screen(image, "inpaint").run(run) == SUCCESS
    assert latest("inpaint")["record"]["values"]["prompt"] == "a draft of a heron"
    display.delete()


def check_automatic_chooses_a_model_that_takes_what_is_set_and_hidden_options_never_block():
    image, display = opened()

    def avoid(model):
        def act():
            dialog("Generate$")
            keys("ctrl+a")
            typed("a red boat")
            keys("alt+d", "Home", "alt+o", "alt+v", "ctrl+a")
            typed("people")
            keys("alt+d", *model)
            photograph(dialog("Generate$"), f"avoid-{len(model)}")
            keys("shift+Return")

        return act

    # From Automatic two steps down is V4.1 Vector, which hides what was typed.
    for model, drawn, left in (((), "recraftv3", "people"), (("Down", "Down"), "recraftv4_1_vector", None)):
        assert Screen(image, "generate").run(avoid(model)) == SUCCESS, model
        values = latest("generate")["record"]["values"]
        assert (values["model"], values.get("negative_prompt")) == (drawn, left)
    display.delete()


def check_a_crop_while_it_works_takes_the_result_along():
    clear_messages()
    image, display = selected()
    from_menu(FILL)
    dialog("Fill Selection$")
    keys("ctrl+a")
    typed("a red boat")
    with held_up():
        keys("shift+Return")
        dialog("working$")
        from_menu(CROP)
        wait_for(lambda: port.size(image) == contract.AROUND[2:], "the crop")
    wait_for(lambda: port.layers(image)[0] == "Fill", "the result")
    photograph(dialog(CANVAS), "cropped-meanwhile")
    layer = image.get_layers()[0]
    assert tuple(layer.get_offsets()[1:]) == (0, 0), layer.get_offsets()
    assert (layer.get_width(), layer.get_height()) == contract.AROUND[2:]
    display.delete()
    clear_messages()


def fill(words):
    """Write into the open dialog and run it."""
    dialog("Fill Selection")
    keys("alt+p", "ctrl+a")
    typed(words)
    keys("shift+Return")


def check_kept_open_it_queues_and_places_each_in_its_own_undo_step():
    clear_messages()
    image, display = selected()
    before = len(entries("inpaint"))
    from_menu(FILL)
    dialog("Fill Selection$")
    keys("alt+k")
    fill("a red boat")
    wait_for(lambda: port.layers(image) == ["Fill", "ground"], "the first one")
    photograph(dialog("Fill Selection$"), "kept-open")
    with held_up():
        for words in ("a blue boat", "a green boat", "a white boat"):
            fill(words)
            time.sleep(1)
        keys("shift+Return")  # the very same once more is asked about
        photograph(dialog("working$"), "queued")
        assert len(entries("inpaint")) == before + 1
    wait_for(lambda: len(image.get_layers()) == 5, "all three")
    photograph(dialog("Fill Selection$"), "queue-done")
    for left in (3, 2):
        dialog(CANVAS)
        keys("ctrl+z")
        wait_for(lambda left=left: len(image.get_layers()) == left + 1, "undo")
    dialog("Fill Selection$")
    keys("alt+k", "alt+c")
    wait_for(lambda: not list(plug_ins()), "the end")
    made = sorted(entries("inpaint"), key=lambda entry: entry["created"])[before:]
    assert [entry["record"]["values"]["prompt"] for entry in made] == [
        f"a {colour} boat" for colour in ("red", "blue", "green", "white")
    ]
    display.delete()


def check_what_is_written_meanwhile_keeps_the_dialog_and_its_words():
    clear_messages()
    image, display = selected()
    from_menu(FILL)
    dialog("Fill Selection$")
    with held_up():
        fill("a red boat")
        dialog("working$")
        keys("alt+p", "ctrl+a")
        typed("a heron")
    wait_for(lambda: port.layers(image) == ["Fill", "ground"], "the result")
    photograph(dialog("Fill Selection$"), "written-meanwhile")
    keys("Escape")
    wait_for(lambda: not list(plug_ins()), "the end")
    assert latest("inpaint")["record"]["values"]["prompt"] == "a red boat"
    assert memory.draft("recraft-inpaint")["prompt"] == "a heron"
    memory.keep_draft("recraft-inpaint", {})
    display.delete()


def check_in_place_is_one_undo_step():
    image, display = selected()
    before = bytes(port.own_bytes(image)[0])
    assert call(image, "erase", result="into")["error"] == ""
    assert port.layers(image) == ["ground"]
    assert bytes(port.own_bytes(image)[0]) != before
    dialog(CANVAS)
    keys("ctrl+z")
    wait_for(lambda: bytes(port.own_bytes(image)[0]) == before, "what was there before")
    assert port.selection(image) == contract.AROUND
    display.delete()
