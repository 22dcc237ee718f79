"""Rough hands: random shortcuts, dialogs, strokes, crops, undo, closed images and quits while paid jobs come and go.

RECRAFT_ROUGH is "seed:events". The service is the embedded engine with its request log open, so that what was charged
can be held against what the plug-in showed (gimp_spy.py) and what the history says. GIMP's batch interpreter runs this,
once for each life of GIMP: an event quits it. What is known goes from life to life in rough.json.
"""
import hashlib
import json
import os
import random
import re
import time
import traceback
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

import contract
import gimp_spy
from gi.repository import Gimp
from gimp_port import GimpPort, processes, read, signed
from gimp_screen import HOME, command, entry_of, keys, photograph, typed, windows
from gimp_spy import KEYS

SERVICE = "http://127.0.0.1:8765"
BOOK = HOME / "rough.json"
OVER = HOME / "over"
CANVAS = "GIMP$"
QUESTION = "^(Close|Quit)"
WINDOWS = "^History|^Account"
AT_ONCE = "Erase|Remove"
MOST_IMAGES, MOST_LAYERS, MOST_WINDOWS = 3, 12, 3
PATIENCE_S = 90  # for what must come to its end
# Run it, twice fast, to stay open, for all open images, put it away or leave it open.
IN_DIALOG = (["shift+Return"], ["shift+Return"], ["shift+Return"] * 2, ["alt+k", "shift+Return"],
             ["alt+i", "Down", "shift+Return"], ["Escape"], [])  # fmt: skip
ASKING = ("recraft-inpaint", "recraft-image-to-image", "recraft-generate", "recraft-outpaint")


@dataclass
class Sheet:
    """What an image looked like at each undo step (None: never seen), and the results it has had."""

    image: object
    states: list = field(default_factory=list)
    at: int = 0
    seen: set = field(default_factory=set)
    whole: bool = True  # what was before the first state is known: nothing


def layers_of(image):
    """All layers, groups before what is in them."""
    todo, found = list(image.get_layers()), []
    while todo:
        layer = todo.pop(0)
        found.append(layer)
        todo[:0] = layer.get_children() if layer.is_group() else []
    return found


def look(image):
    """{part: digest} of all that undo must bring back."""
    found = {"size": f"{image.get_width()}x{image.get_height()}", "selected": str(tuple(Gimp.Selection.bounds(image))[1:])}
    for place, layer in enumerate(layers_of(image)):
        said = (place, layer.get_name(), layer.get_visible(), tuple(layer.get_offsets())[1:])
        pixels = bytes(read(layer, (0, 0, layer.get_width(), layer.get_height())))
        found[str(layer.get_id())] = hashlib.sha256(repr(said).encode() + pixels).hexdigest()[:12]
    return found


def differs(one, two):
    return {name: (one.get(name), two.get(name)) for name in {*one, *two} if one.get(name) != two.get(name)}


def soon(true, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def busy():
    """True while any procedure of ours is at work or has a window open."""
    return bool(list(processes(b"recraft/recraft.py")))


def requests():
    """How many requests the history knows, whatever became of them."""
    return len(list((HOME / "recraft/data/history/entries").glob("2*")))


class Hands:
    """One life of GIMP under one seed."""

    port = GimpPort()

    def __init__(self, seed, events):
        held = json.loads(BOOK.read_text(encoding="utf-8")) if BOOK.exists() else {}
        self.done, self.faults = held.get("done", 0), held.get("faults", [])
        self.count, self.life = Counter(held.get("count", {})), held.get("life", 0) + 1
        self.wanted, self.event = events, "start"
        self.dice = random.Random(f"{seed}:{self.life}")  # noqa: S311 - no secret
        self.sheets = {}

    def keep(self, **more):
        held = {"done": self.done, "faults": self.faults, "count": self.count, "life": self.life, **more}
        BOOK.write_text(json.dumps(held, indent=1), encoding="utf-8")

    def fault(self, what, why=""):
        self.faults.append(f"{self.event}: {what}: {why}")
        photograph("root", f"fault-{len(self.faults)}")

    # --- the book of states -----------------------------------------------------------------------------------------

    def front(self):
        """The sheet of the image in front, which the title names; None without one."""
        named = lambda: re.search(r"-(\d+)\.\d+ \(", command("xdotool", "getwindowname", self.main()))  # noqa: E731
        found = named() or (soon(named, 1) and named())  # while it comes anew it may name none
        image = Gimp.Image.get_by_id(int(found[1])) if found else None
        if image is None or not image.is_valid():
            return None
        sheet = self.sheets.setdefault(image.get_id(), Sheet(image))
        if not sheet.states:
            sheet.states, sheet.seen = [look(image)], self.results(image)
        return sheet

    def results(self, image):
        """(entry, picture) of each result in it; each may be there once."""
        found = [(one["entry"], one["image_id"]) for one in map(signed, layers_of(image)) if one.get("entry")]
        if len(found) != len(set(found)):
            self.fault("a layer twice", found)
        return set(found)

    def note(self, sheet, *, own=False):
        """Enter what is seen now. `own`: something was done to it; else only a result may have come."""
        now, come = look(sheet.image), self.results(sheet.image) - sheet.seen
        if now == sheet.states[sheet.at]:
            return
        if not (own or come):
            self.fault("changed by itself", differs(sheet.states[sheet.at], now))
        between = len({entry for entry, _ in come}) - (0 if own else 1)
        sheet.states = [*sheet.states[: sheet.at + 1], *[None] * max(0, between), now]
        sheet.at = len(sheet.states) - 1
        sheet.seen |= come
        self.count["states"] += 1

    def walk(self, key, step):
        """Undo or redo by keyboard: what comes must be what was there."""
        sheet = self.front()
        if sheet is None:
            return None
        self.note(sheet)
        self.press(key)
        soon(lambda: look(sheet.image) != sheet.states[sheet.at], 3)
        now = look(sheet.image)
        if self.results(sheet.image) - sheet.seen:  # one came in between: the book begins anew
            sheet.states, sheet.at, sheet.whole = [now], 0, False
            sheet.seen |= self.results(sheet.image)
            self.count["begun anew"] += 1
            return None
        if now != sheet.states[sheet.at]:
            self.met(sheet, now, step)
        return sheet

    def met(self, sheet, now, step):
        """`now` must be the next state in that direction; what was never seen may be anything."""
        at = sheet.at + step
        while 0 <= at < len(sheet.states) and sheet.states[at] is None and sheet.states[at + step : at + step + 1] == [now]:
            at += step
        if at < 0 and not sheet.whole:
            sheet.states, at = [now, *sheet.states], 0
        elif not 0 <= at < len(sheet.states):
            self.fault("undo goes on past what is known", differs(sheet.states[sheet.at], now))
            sheet.states, at, sheet.whole = [now], 0, False
        elif sheet.states[at] is None:
            sheet.states[at] = now
        elif sheet.states[at] != now:
            self.fault("another state than it was", f"step {sheet.at} to {at}: {differs(sheet.states[at], now)}")
            sheet.states, at, sheet.whole = [now], 0, False
        else:
            self.count["states met again"] += 1
        sheet.at = at

    # --- hands ------------------------------------------------------------------------------------------------------

    def to_front(self, window):
        command("xdotool", "windowactivate", "--sync", window)
        return soon(lambda: command("xdotool", "getwindowfocus") == window, 2)

    def press(self, *names):
        """Keys for the image in front."""
        if self.to_front(self.main()):
            keys(*names)

    def main(self):
        """GIMP's own window; its title comes anew when a result does."""
        found = []
        soon(lambda: found.extend(windows(CANVAS)) or found, 10)
        return (found or ["0"])[-1]

    def key_of(self, actions):
        return f"ctrl+alt+{KEYS[self.dice.choice(actions)]}"

    def act(self, *names):
        """Keys that change the image in front; what they made of it is entered."""
        sheet = self.front()
        if sheet is not None:
            self.note(sheet)
            self.press(*names)
            self.settled(sheet)
            if sheet.image.is_valid():
                self.note(sheet, own=True)

    @staticmethod
    def settled(sheet):
        """What hands did has come; on a busy machine it takes a while, and it may change nothing."""
        soon(lambda: not sheet.image.is_valid() or look(sheet.image) != sheet.states[sheet.at], 1.5)
        time.sleep(0.3)

    def begin(self):
        for _ in range(2):
            self.open()
        if self.life == 1:  # so that something was bought, taken back and brought back, whatever the dice say
            sheet = self.front()
            self.press("ctrl+alt+e")
            soon(lambda: self.results(sheet.image))
            self.undo()
            self.redo()

    def open(self):
        if len(Gimp.get_images()) >= MOST_IMAGES:
            return
        image = self.port.canvas(contract.scene(), contract.WIDTH, contract.HEIGHT)
        box = contract.AROUND
        self.port.select(image, b"\xff" * (box[2] * box[3]), box)
        image.undo_disable()  # the way here is no step of the hands
        image.undo_enable()
        image.clean_all()
        Gimp.Display.new(image)
        soon(lambda: (sheet := self.front()) and sheet.image.get_id() == image.get_id(), 3)

    def stroke(self):
        sheet = self.front()
        if sheet is None:
            return
        self.note(sheet)
        self.press("n")
        window = self.main()
        wide, high = (int(value) for value in re.findall(r"(?:WIDTH|HEIGHT)=(\d+)", command("xdotool", "getwindowgeometry", "--shell", window)))
        x, y = wide // 2 + self.dice.randrange(-60, 60), high // 2 + self.dice.randrange(-60, 60)
        command("xdotool", "mousemove", "--window", window, str(x), str(y), "mousedown", "1", "sleep", "0.05",
                "mousemove_relative", "--", "30", "-20", "sleep", "0.05", "mousemove_relative", "20", "40", "sleep", "0.05",
                "mouseup", "1")  # fmt: skip
        self.settled(sheet)
        self.note(sheet, own=True)

    def select(self):
        sheet = self.front()
        if sheet is None:
            return None
        if self.dice.random() < 0.4:
            return self.act(self.dice.choice(("ctrl+a", "ctrl+shift+a", "ctrl+i")))
        self.note(sheet)
        wide, high = sheet.image.get_width(), sheet.image.get_height()
        box = [self.dice.randrange(0, max(1, side // 2)) for side in (wide, high)] + [self.dice.randrange(20, 90) for _ in "ab"]
        sheet.image.select_rectangle(Gimp.ChannelOps.REPLACE, *box)
        Gimp.displays_flush()
        return self.note(sheet, own=True)

    def undo(self):
        self.walk("ctrl+z", -1)

    def redo(self):
        self.walk("ctrl+y", 1)

    def change(self):
        """A crop, a turn or a mirror, by its key."""
        self.act(self.key_of(("image-crop-to-selection", "image-rotate-90", "image-flip-horizontal")))

    def at_once(self):
        self.press(self.key_of(("recraft-erase", "recraft-erase", "recraft-remove-background")))

    def repeat(self):
        self.press("ctrl+f")

    def five(self):
        """One key five times fast: at most one request, since nothing else is under way."""
        if not self.calm():
            return
        before, key = requests(), self.dice.choice(("ctrl+alt+e", "ctrl+f", "ctrl+alt+b"))
        self.press(*[key] * 5)
        time.sleep(1)
        self.calm()
        made = requests() - before
        if made > 1:
            self.fault("one shortcut five times fast, several requests", made)

    def dialog(self):
        """Open one, write, and do one of IN_DIALOG."""
        if len(windows("Recraft: ")) >= MOST_WINDOWS:
            return self.tidy()
        before = set(windows("Recraft: "))
        self.press(self.key_of(ASKING))
        soon(lambda: set(windows("Recraft: ")) - before, 8)
        return self.in_dialog(list(set(windows("Recraft: ")) - before))

    def in_dialog(self, found=None):
        """The same in one that is open."""
        found = windows("Recraft: ") if found is None else found
        if not found or not self.to_front(self.dice.choice(found)):
            return
        if self.dice.random() < 0.6:
            keys("alt+p", "ctrl+a")
            typed(f"boat {self.dice.randrange(100)}")
        for key in self.dice.choice(IN_DIALOG):
            keys(key)

    def window(self):
        """History or settings: opened, looked at, closed."""
        before = set(windows("Recraft: ") + windows(WINDOWS))
        self.press(self.key_of(("recraft-history", "recraft-settings")))
        soon(lambda: set(windows("Recraft: ") + windows(WINDOWS)) - before, 8)
        for one in set(windows("Recraft: ") + windows(WINDOWS)) - before:
            self.to_front(one)
            keys("Escape")

    def switch(self):
        self.press(f"alt+{self.dice.randrange(1, 4)}")
        time.sleep(0.3)
        sheet = self.front()
        if sheet is not None:
            self.note(sheet)

    def close(self):
        """The image in front, changes or not, whatever is under way for it."""
        sheet = self.front()
        if sheet is None or len(self.sheets) < 2:
            return self.open()
        self.press("ctrl+w")
        if soon(lambda: windows(QUESTION) or not sheet.image.is_valid(), 5) and windows(QUESTION):
            self.to_front(windows(QUESTION)[-1])
            keys("alt+d")
        if soon(lambda: not sheet.image.is_valid(), 5):
            self.sheets.pop(sheet.image.get_id(), None)
        return None

    def wait(self):
        time.sleep(self.dice.choice((0.2, 0.5, 1.0, 2.0)))

    def quit(self):
        """GIMP as people leave it; the next life goes on. Now and then while something is under way."""
        if self.done + 3 > self.wanted:
            return
        if self.dice.random() < 0.5:
            self.calm()
            self.back()
        self.count["quits"] += 1
        self.done += 1
        self.keep()
        self.press("ctrl+q")
        if soon(lambda: windows(QUESTION), 5):
            self.to_front(windows(QUESTION)[-1])
            keys("alt+d")
        time.sleep(30)  # it ends here
        self.done -= 1
        self.count["quits"] -= 1
        self.count["quits not taken"] += 1

    EVENTS = (
        ("stroke", 20), ("select", 14), ("undo", 16), ("redo", 7), ("at_once", 10), ("dialog", 9), ("in_dialog", 5),
        ("repeat", 4), ("five", 3), ("change", 7), ("window", 3), ("switch", 6), ("close", 2), ("open", 2), ("wait", 5), ("quit", 1),
    )  # fmt: skip

    # --- the run ----------------------------------------------------------------------------------------------------

    def go(self):
        self.begin()
        names, weights = zip(*self.EVENTS)
        while self.done < self.wanted:
            name = self.dice.choices(names, weights)[0]
            self.event, begun = f"life {self.life} event {self.done} {name}", time.monotonic()
            getattr(self, name)()
            self.count[name] += 1
            self.done += 1
            self.room()
            print(f"{self.event}   {time.monotonic() - begun:.1f} s", len(self.faults), flush=True)
            self.keep()
        self.event = "the end"
        self.calm()
        self.back()
        self.money()
        self.keep(over=True)
        OVER.touch()

    def room(self):
        """No question stays open, no image grows without end."""
        for one in windows(QUESTION):
            self.to_front(one)
            keys("Escape")
        for number, sheet in list(self.sheets.items()):
            if not sheet.image.is_valid():
                del self.sheets[number]
        sheet = self.front()
        if sheet is None:
            self.open()
        elif len(sheet.image.get_layers()) > MOST_LAYERS:
            self.close()

    def tidy(self):
        """Close our dialogs as people do; an entry that runs at once has a window too, whose Escape is Cancel."""
        for one in windows("Recraft: ") + windows(WINDOWS):
            if not re.search(AT_ONCE, command("xdotool", "getwindowname", one)):
                self.to_front(one)
                keys("Escape")

    def calm(self):
        """True once nothing of ours is at work; our dialogs are put away for that."""
        # Twice, with a while between: a key that was pressed just now has begun nothing yet.
        if soon(lambda: self.tidy() or not busy()) and not time.sleep(1) and soon(lambda: self.tidy() or not busy()):
            return True
        self.fault("something never ends", [command("xdotool", "getwindowname", one) for one in windows("Recraft")])
        return False

    def back(self):
        """Undo to the first byte of every image."""
        for number in range(1, len(Gimp.get_images()) + 1):
            self.press(f"alt+{number}")
            time.sleep(0.3)
            sheet, idle = self.front(), 0
            while sheet is not None and sheet.at > 0 and idle < 4:
                before = sheet.at
                self.walk("ctrl+z", -1)
                idle = idle + 1 if sheet.at == before else 0
                self.count["undone at the end"] += sheet.at != before
            if sheet is not None and sheet.at > 0:
                self.fault("undo does not lead back", f"stuck at step {sheet.at} of {len(sheet.states)}")

    def money(self):
        """Each charge is of one entry in the history and was shown by one click before."""
        with urllib.request.urlopen(f"{SERVICE}/_control/requests", timeout=30) as answer:
            charges = Counter(one["units"] for one in json.loads(answer.read()) if one["units"])
        kept = [one for one in map(entry_of, (HOME / "recraft/data/history/entries").glob("*/entry.json")) if one and one.get("charged")]
        shown = Counter((one["operation"], one["units"]) for one in gimp_spy.notes() if one["what"] == "clicked")
        bought = Counter((one["record"]["operation"], one["charged"]) for one in kept)
        self.count.update({"charged": sum(units * times for units, times in charges.items()), "calls": charges.total(),
                           "clicks that bought": shown.total()})  # fmt: skip
        if charges != Counter(one["charged"] for one in kept):
            self.fault("charges and history", f"{charges} charged, {bought} in the history")
        for one in gimp_spy.notes():
            if "made a mistake" in one["text"]:
                self.fault("a mistake of the plug-in", one["text"])
        if bought - shown:
            self.fault("charged what no click showed", dict(bought - shown))


def main():
    seed, events = (int(part) for part in os.environ.get("RECRAFT_ROUGH", "1:40").split(":"))
    hands = Hands(seed, events)
    try:
        hands.go()
    except Exception:  # noqa: BLE001 - it is a verdict
        hands.fault("the run broke", traceback.format_exc())
        hands.keep(over=True)
        OVER.touch()
