"""The windows in real GIMP on a screen: each opens, is photographed, works once, is cancelled, repeated and undone.

GIMP's batch interpreter runs this; gimp_screen.py presses the keys.
"""
import json
import os
import re
import secrets
import sys
import threading
import time
import traceback
from pathlib import Path

import contract
import gimp_live
import gimp_many
from gi.repository import Gimp
from gimp_port import signed
from gimp_screen import (
    CANCEL,
    HOME,
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

sys.path.append(str(Path(Gimp.directory()) / "plug-ins" / "recraft"))
from recraft_gimp import reading, texts

# The letter that presses each dialog's main button; the others run at once.
PRESS = {
    "inpaint": "f", "outpaint": "x", "replace_background": "b", "generate_background": "b", "image_to_image": "e",
    "variations": "v", "creative_upscale": "u", "generate": "g", "create_style": "e", "enhance_prompt": "i",
}  # fmt: skip
AT_ONCE = ("erase", "remove_background", "vectorize", "crisp_upscale")
SECRET = f"zebra{secrets.token_hex(8)}"


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
    """Explore, a style of its first picture, eight more like it; the first of those becomes a layer."""
    image, display = selected()

    def act():
        dialog("Explore$")
        keys("ctrl+a")
        typed("a lighthouse in fog")
        keys("shift+Return")
        window = dialog("choose$")
        photograph(window, "explore")
        styles = len(entries("create_style"))
        keys("alt+u", "Down", "Down", "Return")
        wait_for(lambda: len(entries("create_style")) > styles, "the style")
        # The row is out of reach until the plug-in, too, has heard of the style; then the next keys ask for more.
        wait_for(lambda: keys("alt+m") or entries("explore_similar"), "more like it")
        wait_for(lambda: keys("alt+a") or not windows("choose$"), "the layer")

    assert Screen(image, "explore").run(act) == SUCCESS, Gimp.get_pdb().get_last_error()
    assert len(image.get_layers()) == 2
    display.delete()


def check_a_preset_brings_options_back_and_one_of_three_is_chosen():
    image, display = selected()
    file = Path(Gimp.directory()) / "recraft" / "memory.json"

    def count(number):
        keys("alt+u", "ctrl+a")
        typed(number)
        keys("Tab")

    def act():
        dialog("Generate Background$")
        keys("ctrl+a")
        typed("a red boat")
        count("3")
        keys("alt+o", "alt+t")
        typed("three")
        keys("alt+a")
        wait_for(lambda: file.exists() and '"three"' in file.read_text(), "it kept")
        count("1")
        keys("alt+t", "ctrl+a")
        typed("three")
        keys("Return", "shift+Return")
        photograph(dialog("choose$"), "choose")
        keys("Right", "Return")

    assert Screen(image, "generate_background").run(act) == SUCCESS
    assert port.layers(image) == ["New background", "ground"]
    newest = max(entries("generate_background"), key=lambda entry: entry["created"])
    ids = [picture["image_id"] for picture in newest["pictures"]]
    assert len(ids) == 3
    assert signed(image.get_layers()[0])["image_id"] == ids[1]
    display.delete()


def check_back_leads_to_the_form():
    image, display = selected()

    def act():
        dialog("Variations$")
        keys("alt+u", "ctrl+a")
        typed("2")
        keys("Tab", "shift+Return")
        dialog("choose$")
        keys("alt+b")
        dialog("Variations$")
        keys("Escape")

    assert Screen(image, "variations").run(act) == CANCEL
    assert port.layers(image) == ["ground"]
    display.delete()


def check_cancel_ends_the_wait_and_places_nothing():
    image, display = selected()

    def act():
        dialog("Explore$")
        keys("ctrl+a")
        typed("a harbour with ships")
        keys("shift+Return")
        photograph(dialog("working$"), "working")
        keys("alt+c")
        photograph(dialog("Explore$"), "cancelled")
        keys("alt+c")

    assert Screen(image, "explore").run(act) == CANCEL
    assert len(image.get_layers()) == 1
    display.delete()


def check_one_undo_takes_it_back():
    image, display = selected()
    before = bytes(port.own_bytes(image)[0])
    assert Screen(image, "erase").run() == SUCCESS
    assert port.layers(image) == ["Erase", "ground"]
    photograph(dialog("GIMP$"), "erased")
    keys("ctrl+z")
    wait_for(lambda: port.layers(image) == ["ground"], "what was there before")
    assert bytes(port.own_bytes(image)[0]) == before
    assert port.selection(image) == contract.AROUND
    display.delete()


def check_shift_asks():
    image, display = selected()

    def act():
        try:
            photograph(dialog("Erase Selection$"), "shift")
        finally:
            command("xdotool", "keyup", "Shift_L")
        keys("alt+e")

    command("xdotool", "keydown", "Shift_L")
    assert Screen(image, "erase").run(act) == SUCCESS
    assert port.layers(image) == ["Erase", "ground"]
    display.delete()


def check_what_cannot_run_says_why():
    image = port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)

    def act():
        photograph(dialog(), "no-selection")
        keys("Escape")

    assert Screen(image, "inpaint").run(act) == CANCEL


def check_a_result_that_goes_elsewhere_is_told():
    """An indexed image would lose the colours; GIMP's own message says where the result is."""
    image, display = selected()
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
    assert Screen(image, "erase").run() == SUCCESS
    photograph(dialog("GIMP Message"), "indexed")
    wait_for(lambda: keys("Escape") or not windows("GIMP Message"), "the end of the message")
    assert port.layers(image) == ["ground"]
    display.delete()


def check_text_layers_become_words():
    image, display = selected()
    layer = Gimp.TextLayer.new(image, "HELLO SEA", Gimp.context_get_font(), 24, Gimp.Unit.pixel())
    image.insert_layer(layer, None, 0)
    words = json.loads(texts.layout(reading.look(image, [])))
    assert [word["text"] for word in words] == ["HELLO", "SEA"], words
    # Lettered, it would stand twice: the text layer is hidden, another stays.
    for shown, layout in ((True, words[:1]), (False, words)):
        lettered = texts.lettered(image, json.dumps(layout))
        assert [one.get_id() for one in lettered] == ([] if shown else [layer.get_id()])
    display.delete()


def check_the_history_stars_saves_removes_and_places():
    image, display = selected()
    file = HOME / "saved.png"

    def act():
        window = dialog("History .*picture")
        photograph(window, "history")
        title = command("xdotool", "getwindowname", window)
        keys("alt+s")
        newest = wait_for(lambda: [entry for entry in entries() if entry["starred"]], "the star")[0]["id"]
        keys("alt+v")
        dialog("Save picture")
        keys("ctrl+a")
        typed(str(file))
        keys("Return")
        wait_for(lambda: file.exists() and file.read_bytes().endswith(b"IEND\xaeB`\x82"), "the file")
        dialog("History")
        # The second press counts, unless the list has come anew between the two.
        wait_for(lambda: keys("alt+r") or newest not in [entry["id"] for entry in entries()], "its end")
        wait_for(lambda: command("xdotool", "getwindowname", window) != title, "the new list")
        keys("alt+p")

    assert Screen(image, "history").run(act) == SUCCESS
    assert len(image.get_layers()) == 2 or len(Gimp.get_images()) > 1
    display.delete()


def check_settings_keep_the_key_to_the_worker():
    image, display = selected()
    kept = Path(os.environ["RECRAFT_HOME"]) / "config" / "api-key"

    def act():
        dialog("Account and Settings")
        # The button is there once it is known whether there is a key.
        wait_for(lambda: keys("alt+k") or windows("Recraft key"), "the key's dialog")
        dialog("Recraft key")
        typed(SECRET)
        keys("Return")
        wait_for(lambda: kept.exists() and SECRET in kept.read_text(), "the key")
        photograph(dialog("Account and Settings"), "settings")
        assert holders() == [kept]
        wait_for(lambda: keys("alt+r") or not kept.exists(), "its removal")
        wait_for(lambda: keys("Escape") or not windows(), "the end")

    assert Screen(image, "settings").run(act) == SUCCESS
    assert holders() == []
    display.delete()


def check_a_newer_version_is_told():
    image, display = selected()
    home, heights = Path(os.environ["RECRAFT_HOME"]), []
    note, kept = home / "cache" / "release.json", home / "config" / "settings.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"asked": time.time(), "version": "9.1"}))
    before = json.loads(kept.read_text()) if kept.exists() else {}

    def height():
        return int(re.search(r"HEIGHT=(\d+)", command("xdotool", "getwindowgeometry", "--shell", dialog()))[1])

    def act():
        dialog()
        time.sleep(3)  # for a line that must not come
        heights.append(height())
        kept.write_text(json.dumps({**before, "new_versions": True}))
        keys("Escape")

    def look():
        wait_for(lambda: height() > heights[0], "the line")
        photograph(dialog(), "newer-version")
        keys("Escape")

    for doing in (act, look):
        assert Screen(image, "variations").run(doing) == CANCEL
    kept.write_text(json.dumps(before))
    display.delete()


def holders():
    """Files of this user in which the key can be read."""
    files = (path for path in HOME.rglob("*") if path.is_file())
    return [path for path in files if SECRET.encode() in path.read_bytes()]


def check_the_frame_follows_the_pointer():
    """The edge that is dragged stays under the pointer, and the margin says how far it went."""
    import gi

    for name in ("Gtk", "Gdk"):
        gi.require_version(name, "3.0")
    from gi.repository import GdkPixbuf, GLib, Gtk
    from recraft_gimp.shared.geometry import Box, Size
    from recraft_gimp.ui_frame import FrameBox

    config = Gimp.get_pdb().lookup_procedure("recraft-outpaint").create_config()
    margins = [f"expand-{side}" for side in ("left", "right", "top", "bottom")]

    def planned():
        left, right, top, bottom = map(config.get_property, margins)
        return Box(-left, -top, 800 + left + right, 600 + top + bottom)

    blank = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, 80, 60)
    frame = FrameBox(config, lambda: Size(800, 600), lambda: blank, planned)
    config.connect("notify", lambda *_: frame.refresh())
    window = Gtk.Window(title="A frame by itself")
    window.add(frame.widget)
    window.show_all()
    loop, trouble = GLib.MainLoop(), []

    def drag():
        try:
            id_ = dialog("A frame by itself")
            before = config.get_property("expand-right")
            x, y = frame.handles["expand_right"]
            command("xdotool", "mousemove", "--window", id_, str(round(x)), str(round(y)), "mousedown", "1")
            for _ in range(4):
                command("xdotool", "mousemove_relative", "10", "0")
            wait_for(lambda: abs(frame.handles["expand_right"][0] - x - 40) < 2, "the edge")
            photograph(id_, "frame")
            command("xdotool", "mouseup", "1")
            assert config.get_property("expand-right") > before
            assert config.get_property("expand-left") == before
        except Exception:  # noqa: BLE001 - raised below
            trouble.append(traceback.format_exc())
        GLib.idle_add(loop.quit)

    threading.Thread(target=drag).start()
    loop.run()
    window.destroy()
    assert not trouble, trouble[0]


BEFORE = {"check_interactive", "check_last_values", "check_explore_and_more_like_it"}


def checks():
    """(name, check) in order; the repeats need the dialogs before them."""
    for operation in (*PRESS, *AT_ONCE):
        yield f"interactive.{operation}", lambda operation=operation: check_interactive(operation)
    for operation in (*PRESS, *AT_ONCE, "account"):
        yield f"last_values.{operation}", lambda operation=operation: check_last_values(operation)
    yield "explore_and_more_like_it", check_explore_and_more_like_it
    yield "last_values.explore", lambda: check_last_values("explore")
    for module in (globals(), vars(gimp_live), vars(gimp_many)):
        for name, check in module.items():
            if name.startswith("check_") and name not in BEFORE:
                yield name.removeprefix("check_"), check


def run_all(out):
    """Run every check and write {name: "ok" or the trouble} to `out`."""
    verdicts = {}
    wanted = os.environ.get("RECRAFT_CHECK_ONLY", "")
    for name, check in checks():
        if not re.search(wanted, name):
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
