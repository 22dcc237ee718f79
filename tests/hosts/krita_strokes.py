"""Strokes by the mouse inside a real Krita, and what is seen of a document afterwards. Needs no docker."""
import hashlib
import subprocess

import krita_mouse as mouse
from krita_port import krita, pump
from recraft import compat
from recraft.qt import QtCore, QtGui

NEAR = 14  # levels that a stroke's colour may be off


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


def xdo(*words, held=False):
    """Let xdotool do something while Krita's loop turns, as it does under a real hand; `held`: while it stands still."""
    if held:
        subprocess.run(["xdotool", *map(str, words)], check=True)
    else:
        with subprocess.Popen(["xdotool", *map(str, words)]) as process:
            pump(lambda: process.poll() is not None, 60)
    pump(seconds=0.05)


def point(shift, at):
    """A point of the canvas (its pixel's middle) in the view's px."""
    return shift.map(QtCore.QPointF(at[0] + 0.5, at[1] + 0.5)).toPoint()


def painted(node, at, colour):
    """True when a layer has that colour (red, green, blue) at a point of the canvas, within NEAR."""
    blue, green, red, alpha = bytes(node.pixelData(*at, 1, 1))
    return alpha >= 200 and max(abs(one - two) for one, two in zip((red, green, blue), colour)) <= NEAR


class Strokes:
    """A painter's hand; `dice` is its random.Random."""

    def brush(self):
        """A hard round brush of 10 px in the view in front."""
        view = krita().activeWindow().activeView()
        preset = krita().resources("preset").get("b) Basic-1")
        if preset is not None:
            view.setCurrentBrushPreset(preset)
        view.setBrushSize(10)

    def colour(self):
        values = [self.dice.randrange(40, 216) for _ in range(3)]
        view = krita().activeWindow().activeView()
        from krita import ManagedColor

        view.setForeGroundColor(ManagedColor.fromQColor(QtGui.QColor(*values), view.canvas()))
        return values

    def path(self, document, least=3):
        """A few points of the canvas, inside of what is selected."""
        box = compat.selection_box(document)
        left, top, wide, high = box or (0, 0, document.width(), document.height())
        if wide < 40 or high < 40 or left < 0 or top < 0:
            return []
        margin, roll = 12, self.dice.randrange
        # Of a quick stroke with one move alone Krita itself leaves the begin out (krita_quick.py counts it).
        spots = range(roll(least, 6))
        found = [(left + roll(margin, wide - margin), top + roll(margin, high - margin)) for _ in spots]
        area, shift = self.view()
        return found if all(area.viewport().rect().contains(point(shift, at)) for at in found) else []

    def view(self):
        window = krita().activeWindow()
        area = compat.canvas_widget(window)
        return area, compat.to_screen(window.activeView(), area, window.activeView().document().resolution())

    def drag(self, points, lasts, held=False):
        area, shift = self.view()
        screen = [area.viewport().mapToGlobal(point(shift, at)) for at in points]
        ratio = area.devicePixelRatioF()
        words = ["mousemove", round(screen[0].x() * ratio), round(screen[0].y() * ratio), "sleep", 0.05, "mousedown", 1]
        for at in screen[1:]:
            words += ["sleep", round(lasts / len(screen), 3), "mousemove", round(at.x() * ratio), round(at.y() * ratio)]
        xdo(*words, "sleep", round(lasts / len(screen), 3), "mouseup", 1, held=held)
        pump(lambda: not mouse._down(), 10)
