"""Rough hands: random clicks, strokes, undo, verbs, documents and saves by mouse and keyboard, while paid jobs come and go.

RECRAFT_ROUGH is "seed:events". The service is the embedded engine with its request log open, so that what was charged
can be held against what the docker showed. Runs inside Krita; `main` writes verdicts.json.
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import time
import traceback
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import krita_mouse as mouse
from contract import HEIGHT, WIDTH, scene
from krita_port import KritaPort, dock, krita, pump, session
from recraft import compat
from recraft.qt import QtCore, QtGui, QtWidgets
from recraft.strip import ENTRY

SERVICE = "http://127.0.0.1:8765"
VERBS = ("fill", "erase", "restyle", "remove_background", "vectorize", "image", "expand", "replace_background")
NEAR = 14  # levels that a stroke's colour may be off
MOST_DOCUMENTS = 4
QUICK_S = 0.3


class Fault(AssertionError):
    """Something a painter would lose trust over."""


@dataclass
class Sheet:
    """What is known of a document: its own layers, and what it looked like at each undo step (None: never seen)."""

    document: object
    own: set
    states: list = field(default_factory=list)
    at: int = 0
    path: str = ""


def history():
    """Krita's own list of undo steps: (its model, the row it stands at)."""
    window = krita().activeWindow().qwindow()
    view = next(one for one in window.findChildren(QtWidgets.QListView) if "Undo" in one.metaObject().className())
    return view.model().rowCount(), view.selectionModel().currentIndex().row()


def nodes(document):
    """All layers and masks but the selection, each after its parent."""
    todo, found = list(document.topLevelNodes()), []
    while todo:
        node = todo.pop()
        if node.type() != "selectionmask":
            found.append(node)
            todo.extend(node.childNodes())
    return found


def look_of(node):
    """What undo must bring back of a node: its pixels, or the number of its shapes."""
    if node.type() == "vectorlayer":
        return str(len(node.shapes())).encode()
    rect = node.bounds()
    return repr(rect.getRect()).encode() + bytes(node.pixelData(*rect.getRect())) if not rect.isEmpty() else b""


def looks(document):
    """{id: digest} of all layers, with the canvas's size."""
    document.waitForDone()
    found = {"size": f"{document.width()}x{document.height()}"}
    for node in nodes(document):
        found[node.uniqueId().toString()] = hashlib.sha256(look_of(node)).hexdigest()[:12]
    return found


def settled(document):
    """As krita_port's, but as impatient as a painter."""
    pump(seconds=0.04)
    document.waitForDone()
    pump(seconds=0.02)


def xdo(*words):
    """Let xdotool do something while Krita's loop turns, as it does under a real hand."""
    # Popen and not run: a blocked loop would see the whole stroke at once.
    with subprocess.Popen(["xdotool", *map(str, words)]) as process:
        pump(lambda: process.poll() is not None, 60)
    pump(seconds=0.05)


class Hands:
    """One seed's run. `told` lists its events; `faults` what went wrong."""

    port = KritaPort()

    def __init__(self, seed, out):
        self.dice, self.seed, self.out = random.Random(seed), seed, out  # noqa: S311 - no secret
        self.events, self.faults, self.raised = [], [], []
        self.sheets, self.jobs, self.placed = [], [], []
        self.bought = []  # (verb, units) of what the button showed at each click that made a job
        self.count = Counter()
        self._fresh = 0
        sys.excepthook = lambda *what: self.raised.append("".join(traceback.format_exception(*what)))
        session().jobs.changed.connect(self._saw)
        session().jobs.ended.connect(self._ended)

    # --- what comes and goes ----------------------------------------------------------------------------------------

    def _saw(self, job):
        if job not in self.jobs:
            self.jobs.append(job)

    def _ended(self, job):
        if job.placed_as and not job.note:
            self.placed.append(job.placed_as)

    def begin(self):
        """The first pictures."""
        krita().activeWindow().qwindow().activateWindow()
        for _ in range(2):
            self.new_picture()
        self.events.append("the first click")  # so that something was bought, whatever the dice say
        self.buying(lambda: self.click_at(dock().run.button))
        self.events.clear()

    def new_picture(self):
        self._fresh += 1
        document = self.port.canvas(scene(WIDTH + 8 * self._fresh), WIDTH + 8 * self._fresh, HEIGHT)
        above = document.createNode("ink", "paintlayer")
        document.rootNode().addChildNode(above, None)
        settled(document)
        pump(seconds=0.3)
        view = krita().activeWindow().activeView()
        preset = krita().resources("preset").get("b) Basic-1")
        if preset is not None:
            view.setCurrentBrushPreset(preset)
        view.setBrushSize(10)
        self.sheets.append(Sheet(document, {node.uniqueId().toString() for node in nodes(document)}))
        self.note(self.sheets[-1])
        session().state.look()
        self.prompt(enter=False)

    @property
    def sheet(self):
        """That of the document in front; a result may have opened a document of its own."""
        front = krita().activeDocument()
        found = next((one for one in self.sheets if one.document == front), None)
        if found is None:
            found = Sheet(front, {node.uniqueId().toString() for node in nodes(front)})
            self.sheets.append(found)
        return found

    # --- the book of states -----------------------------------------------------------------------------------------

    def note(self, sheet):
        """Enter what is seen now: how far undo goes, and the look of it."""
        settled(sheet.document)
        _, at = history()
        now = looks(sheet.document)
        if not sheet.states:
            sheet.states = [None] * at + [now]
        elif at > sheet.at:
            sheet.states = [*sheet.states[: sheet.at + 1], *[None] * (at - sheet.at - 1), now]
        elif at == sheet.at and sheet.states[at] != now:
            self.fault("changed without an undo step", differs(sheet.states[at], now))
            sheet.states[at] = now
        sheet.at = at
        self.layers(sheet)

    def walked(self, sheet, before, placed):
        """After an undo or a redo: the state must be the one that was there."""
        settled(sheet.document)
        _, at = history()
        now = looks(sheet.document)
        if len(self.placed) != placed:  # a result came in between: what is above is gone
            sheet.states = [*(sheet.states + [None] * at)[:at], now]
        elif at != before and at < len(sheet.states):
            if sheet.states[at] is None:
                sheet.states[at] = now
            elif sheet.states[at] != now:
                self.fault("another state than it was", f"step {before} to {at}: {differs(sheet.states[at], now)}")
                sheet.states[at] = now
        sheet.at = at
        self.layers(sheet)

    def layers(self, sheet):
        """Every layer is the painter's own or came from exactly one job."""
        if len(set(self.placed)) != len(self.placed):
            self.fault("a layer twice", self.placed)
        for node in nodes(sheet.document):
            name = node.uniqueId().toString()
            if name not in sheet.own and name not in self.placed and not node.type().endswith("mask"):
                settled(sheet.document)  # it is entered just before its job ends
                pump(lambda name=name: name in self.placed, 5)
                if name not in self.placed:
                    self.fault("a layer of no job", node.name())
                    sheet.own.add(name)

    def fault(self, what, why=""):
        self.faults.append(f"event {len(self.events)} ({self.events[-1] if self.events else 'start'}): {what}: {why}")

    # --- events -----------------------------------------------------------------------------------------------------

    def stroke(self):
        sheet = self.sheet
        document = sheet.document
        node = self.own_layer(sheet)
        points = self.path(document)
        if node is None or not points:
            return None
        krita().action("KritaShape/KisToolBrush").trigger()
        colour = self.colour()
        document.waitForDone()
        settled(document)
        self.note(sheet)
        if document.activeNode() is None or document.activeNode().uniqueId() != node.uniqueId():
            return self.fault("the chosen layer did not stay active", node.name())
        before, there = looks(document), {one.uniqueId().toString() for one in nodes(document)}
        lasts = self.dice.choice((0.02, 0.05, 0.1, 0.3, 0.3, 1.0, 1.0, 3.0, self.dice.choice((1.0, 10.0))))
        self.events[-1] += f" {lasts} s"
        self.drag(points, lasts)
        pump(lambda: not compat.busy(document), 10)
        settled(document)
        now = looks(document)
        mine = node.uniqueId().toString()
        for name in there - {mine, "size"}:
            if before[name] != now.get(name):
                self.fault("a stroke on another layer", name)
        # A quick one may come and go within one turn of Krita, which then paints a part of it or nothing.
        self.count["quick strokes not taken"] += now[mine] == before[mine]
        if lasts >= QUICK_S:
            self.whole(node, points, colour)
        return self.note(sheet)

    def whole(self, node, points, colour):
        """Begin, middle and end of a stroke are on the layer it began on."""
        for at in {points[0], points[len(points) // 2], points[-1]}:
            blue, green, red, alpha = bytes(node.pixelData(*at, 1, 1))
            if alpha < 200 or max(abs(one - two) for one, two in zip((red, green, blue), colour)) > NEAR:
                where = f"point {points.index(at)} of {len(points)}, {at}"
                self.fault("a stroke is not whole", f"{node.name()} {where}: {(red, green, blue, alpha)} for {colour}")

    def own_layer(self, sheet):
        """One of the painter's own layers, made the active one as by a click in the layer docker."""
        mine = [one for one in nodes(sheet.document) if one.uniqueId().toString() in sheet.own and one.type() == "paintlayer"]
        if not mine:
            return None
        node = sheet.document.activeNode()
        same = node is not None and any(node.uniqueId() == one.uniqueId() for one in mine)
        if not same or self.dice.random() < 0.3:
            node = self.dice.choice(mine)
            sheet.document.setActiveNode(node)
            pump(lambda: sheet.document.activeNode().uniqueId() == node.uniqueId(), 5)
            pump(seconds=0.2)
        return node

    def colour(self):
        values = [self.dice.randrange(40, 216) for _ in range(3)]
        view = krita().activeWindow().activeView()
        from krita import ManagedColor

        view.setForeGroundColor(ManagedColor.fromQColor(QtGui.QColor(*values), view.canvas()))
        return values

    def path(self, document):
        """A few points of the canvas, inside of what is selected."""
        box = compat.selection_box(document)
        left, top, wide, high = box or (0, 0, document.width(), document.height())
        if wide < 40 or high < 40 or left < 0 or top < 0:
            return []
        margin, roll = 12, self.dice.randrange
        spots = range(roll(2, 6))
        found = [(left + roll(margin, wide - margin), top + roll(margin, high - margin)) for _ in spots]
        area, shift = self.view()
        return found if all(area.viewport().rect().contains(point(shift, at)) for at in found) else []

    def view(self):
        window = krita().activeWindow()
        area = compat.canvas_widget(window)
        return area, compat.to_screen(window.activeView(), area, window.activeView().document().resolution())

    def drag(self, points, lasts):
        area, shift = self.view()
        screen = [area.viewport().mapToGlobal(point(shift, at)) for at in points]
        ratio = area.devicePixelRatioF()
        words = ["mousemove", round(screen[0].x() * ratio), round(screen[0].y() * ratio), "sleep", 0.05, "mousedown", 1]
        for at in screen[1:]:
            words += ["sleep", round(lasts / len(screen), 3), "mousemove", round(at.x() * ratio), round(at.y() * ratio)]
        xdo(*words, "sleep", round(lasts / len(screen), 3), "mouseup", 1)
        pump(lambda: not mouse._down(), 10)

    def undo(self):
        self.walk("edit_undo", "ctrl+z")

    def redo(self):
        self.walk("edit_redo", "ctrl+shift+z")

    def walk(self, action, keys):
        sheet, (_, before), placed = self.sheet, history(), len(self.placed)
        self.note(sheet)
        _, before = history()
        if self.dice.random() < 0.5:
            area = compat.canvas_widget(krita().activeWindow())
            area.viewport().setFocus()
            krita().activeWindow().qwindow().activateWindow()
            xdo("key", keys)
        else:
            krita().action(action).trigger()
        pump(lambda: history()[1] != before, 2)
        self.walked(sheet, before, placed)

    def verb(self):
        """By the row's own button where it has one, by the menu's action elsewhere."""
        key = self.dice.choice(VERBS)
        button = dock().verbs._buttons.get(key)
        if button is not None and button.isVisible() and mouse.on_top(button, button.rect().center()):
            self.click_at(button)
        else:
            dock().verbs._actions[key].trigger()

    def click_at(self, widget, at=None, times=1):
        at = at or widget.rect().center()
        if not mouse.on_top(widget, at):
            self.count["out of reach"] += 1
            return False
        self.count["clicks"] += times
        mouse.click(widget, at, times)
        return True

    def prompt(self, enter=None):
        """Other words, typed; now and then Shift+Enter, which runs."""
        edit = dock().prompt.edit
        if edit.isVisible() and edit.isEnabled() and self.click_at(edit.viewport()):
            xdo("key", "ctrl+a", "type", "--delay", 15, f"boat {self.dice.randrange(100)}")
            if enter is None and self.dice.random() < 0.3:
                self.buying(lambda: xdo("key", "shift+Return"))

    def run(self):
        self.buying(lambda: self.click_at(dock().run.button, times=self.dice.choice((1, 1, 1, 2))))

    def buying(self, click):
        """A click on the main button: at most one job, at the price that was painted there."""
        session().state.look()
        pump(seconds=0.05)
        shown = (session().state.verb.key, dock().run.shown[2] if dock().run.shown else None)
        before = list(self.jobs)
        click()
        pump(lambda: len(self.jobs) > len(before), 0.8)
        new = [job for job in self.jobs if job not in before and not job.from_history]
        if len(new) > 1:
            self.fault("one click, several jobs", [job.operation for job in new])
        for job in new:
            if (job.verb.key, job.plan.units) != shown:
                self.fault("bought another thing than shown", f"{shown}: {job.verb.key} {job.plan.units}")
            self.bought.append(shown)
            self.events[-1] += f" {job.verb.key} {job.plan.units} u"

    def cancel(self):
        if self.dice.random() < 0.5:
            self.click_at(dock().run.cancel)
        else:
            krita().action(f"recraft_{self.dice.choice(('cancel', 'cancel_waiting'))}").trigger()

    def tile(self):
        """One or two clicks on a result: shown, or placed."""
        strip = dock().results.strip
        tiles = [one for one in strip.tiles() if one.data(ENTRY)["here"]]
        if tiles:
            at = strip.visualItemRect(self.dice.choice(tiles[:6])).center()
            if strip.viewport().rect().contains(at):
                self.click_at(strip.viewport(), at, self.dice.choice((1, 2)))
                pump(seconds=0.6)
                if self.dice.random() < 0.5:
                    xdo("key", "Escape")

    def select(self):
        document = self.sheet.document
        if self.dice.random() < 0.3:
            document.setSelection(None)
        else:
            left, top = self.dice.randrange(0, document.width() - 150), self.dice.randrange(0, document.height() - 110)
            wide, high = self.dice.randrange(60, 150), self.dice.randrange(60, 110)
            self.port.select(document, b"\xff" * (wide * high), (left, top, wide, high))
        settled(document)
        self.note(self.sheet)

    def switch(self):
        area = krita().activeWindow().qwindow().centralWidget().findChild(QtWidgets.QMdiArea)
        before = krita().activeDocument()
        area.activateNextSubWindow()
        pump(lambda: krita().activeDocument() != before, 2)
        self.note(self.sheet)

    def close(self):
        if len(krita().documents()) - len(compat._sources) < 2:
            return self.open()
        sheet = self.sheet
        self.sheets.remove(sheet)
        document = sheet.document
        document.setModified(False)
        sheet.document = None
        left = len(krita().documents())
        del document
        krita().action("file_close").trigger()
        pump(lambda: len(krita().documents()) < left, 5)
        pump(seconds=0.3)
        return None

    def open(self):
        if len(self.sheets) < MOST_DOCUMENTS:
            self.new_picture()

    def save(self):
        sheet = self.sheet
        if not sheet.path:
            sheet.path = str(self.out / f"picture-{len(list(self.out.glob('picture-*.kra')))}.kra")
            sheet.document.saveAs(sheet.path)
        else:
            xdo("key", "ctrl+s")
        settled(sheet.document)

    def theme(self):
        """Another theme of Settings > Themes."""
        menu = krita().action("theme_menu")
        actions = menu.menu().actions() if menu is not None and menu.menu() is not None else []
        self.count["themes"] += len(actions) > 1
        if actions:
            self.dice.choice(actions).trigger()
        pump(seconds=0.2)

    def wait(self):
        pump(seconds=self.dice.choice((0.2, 0.5, 1.0, 2.0)))

    EVENTS = (
        ("stroke", 30), ("undo", 14), ("redo", 6), ("run", 16), ("verb", 8), ("prompt", 6), ("select", 6), ("tile", 6),
        ("cancel", 4), ("switch", 5), ("close", 1), ("open", 1), ("save", 2), ("theme", 1), ("wait", 4),
    )  # fmt: skip

    # --- the run ----------------------------------------------------------------------------------------------------

    def go(self, events):
        """So many events, then the way back."""
        self.begin()
        names, weights = zip(*self.EVENTS)
        for number in range(events):
            name = self.dice.choices(names, weights)[0]
            self.events.append(f"{number} {name}")
            begun = time.monotonic()
            getattr(self, name)()
            self.tidy()
            self.count[name] += 1
            print(f"{self.events[-1]}   {time.monotonic() - begun:.1f} s", len(session().jobs.open), len(self.faults))
            if self.raised:
                self.fault("a script error", self.raised.pop())
        self.events.append("the end")
        self.back()
        self.money()

    def tidy(self):
        """No menu or dialog stays open: the next event would go there."""
        for _ in range(3):
            open_ = QtWidgets.QApplication.activePopupWidget() or QtWidgets.QApplication.activeModalWidget()
            if open_ is None:
                return
            open_.close()
            pump(seconds=0.1)

    def back(self):
        """All jobs over; then undo to the first byte of each picture that is still open."""
        pump(lambda: not session().jobs.open, 120)
        area = krita().activeWindow().qwindow().centralWidget().findChild(QtWidgets.QMdiArea)
        for _ in range(len(area.subWindowList())):
            sheet = self.sheet
            self.note(sheet)
            while history()[1] > 0:
                _, before = history()
                krita().action("edit_undo").trigger()
                if not pump(lambda before=before: history()[1] != before, 5):
                    self.fault("undo does nothing", before)
                    break
                self.walked(sheet, before, len(self.placed))
                self.count["undone at the end"] += 1
            area.activateNextSubWindow()
            pump(seconds=0.3)

    def money(self):
        """Charges are those of the jobs that the docker showed: each at most once."""
        with urllib.request.urlopen(f"{SERVICE}/_control/requests", timeout=30) as answer:
            visits = [one for one in json.loads(answer.read()) if one["units"]]
        got = []
        session().library._ask("history", lambda data: got.append(data["entries"]), do="list", limit=1000)
        pump(lambda: got, 30)
        kept = sum(entry["units"] or 0 for entry in got[0])
        charged = sum(one["units"] for one in visits)
        done = sum(job.plan.units for job in self.jobs if job.state == "done" and not job.from_history)
        begun = sum(job.plan.units for job in self.jobs if job.begun and not job.from_history)
        self.count.update({"charged": charged, "in the history": kept, "done": done, "calls": len(visits)})
        if kept != charged or not done <= charged <= begun:
            self.fault("charges", f"{charged} charged, {kept} in the history, {done} done, {begun} begun")
        shown = Counter(self.bought)
        real = Counter((job.verb.key, job.plan.units) for job in self.jobs if not job.from_history and job.plan.units)
        if real - shown:
            self.fault("jobs that no button showed", dict(real - shown))


def point(shift, at):
    """A point of the canvas (its pixel's middle) in the view's px."""
    return shift.map(QtCore.QPointF(at[0] + 0.5, at[1] + 0.5)).toPoint()


def differs(one, two):
    """Which layers differ between two states."""
    return {name: (one.get(name), two.get(name)) for name in {*one, *two} if one.get(name) != two.get(name)}


def main(out):
    seed, events = (int(part) for part in os.environ.get("RECRAFT_ROUGH", "1:40").split(":"))
    dock().setVisible(True)
    pump(lambda: session().state.offline is not None, 60)
    krita().setBatchmode(True)
    session().library.ask_account()
    pump(lambda: session().state.balance is not None, 60)
    hands = Hands(seed, out)
    try:
        hands.go(events)
    except Exception:  # noqa: BLE001 - it is a verdict
        hands.fault("the run broke", traceback.format_exc())
    verdict = {"faults": hands.faults, "events": len(hands.events), "count": hands.count, "offline": session().state.offline}
    (Path(out) / "verdicts.json").write_text(json.dumps(verdict, indent=1), encoding="utf-8")
    session().session.stop()
