"""How long Krita's event loop stands still on a canvas of 12000 × 9000: for each of our steps, beside Krita's own calls.

verdicts.json: {name: longest gap in ms}. RECRAFT_LARGE is another size, "WIDTHxHEIGHT" in px.
"""
import json
import os
import time

from krita_port import SRGB, dock, krita, pump, session, settled
from recraft.qt import QtCore

PIECE = 512  # rows that are painted at once


class Watch:
    """The longest time between two turns of the event loop, since `begin`."""

    def __init__(self):
        self.timer = QtCore.QTimer()
        self.timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._turn)
        self.begin()

    def begin(self):
        self.last, self.longest_s = time.monotonic(), 0.0
        self.timer.start(1)

    def _turn(self):
        now = time.monotonic()
        self.longest_s, self.last = max(self.longest_s, now - self.last), now

    def end(self):
        """The longest gap in ms."""
        self._turn()
        self.timer.stop()
        return round(self.longest_s * 1000)


def picture(width, height):
    """A large picture in bands of colour, with a spot to erase."""
    document = krita().createDocument(width, height, "large", "RGBA", "U8", SRGB, 300.0)
    layer = document.topLevelNodes()[0]
    for top in range(0, height, PIECE):
        rows = min(PIECE, height - top)
        colour = bytes((top * 7 % 256, top * 3 % 256, 120, 255))
        layer.setPixelData(QtCore.QByteArray(colour * (width * rows)), 0, top, width, rows)
    document.refreshProjection()
    krita().activeWindow().addView(document)
    pump(lambda: krita().activeDocument() == document, 10)
    document.setActiveNode(layer)
    settled(document)
    pump(seconds=2)
    return document


def own_calls(document):
    """Krita's own calls that nobody can cut: each once over the whole canvas, and at rest."""
    watch, found = Watch(), {}
    pump(seconds=3)
    found["Krita at rest"] = watch.end()
    node = document.createNode("own", "paintlayer")
    calls = {
        "Krita: pixelData of the canvas": lambda: document.pixelData(0, 0, document.width(), document.height()),
        "Krita: an empty layer, added": lambda: document.rootNode().addChildNode(node, None),
        "Krita: refreshProjection": document.refreshProjection,
        "Krita: undo of that layer": lambda: krita().action("edit_undo").trigger(),
    }
    for name, call in calls.items():
        watch.begin()
        call()
        pump(seconds=1.5)
        found[name] = watch.end()
    return found


def phases(verb, found):
    """One click over all; the longest gap of each of the job's phases."""
    desk, note = session(), dock().run.notice
    desk.state.look()
    desk.state.choose(verb)
    desk.state.sheet.values.clear()
    pump(seconds=1)
    watch = Watch()
    job = desk.run(sure=True)
    begun = watch.end()
    found[f"{verb}: the click"] = begun
    if job is None:
        found[f"{verb}: not begun"] = note.text()
        return
    while not job.over:
        state = job.state
        watch.begin()
        if not pump(lambda state=state: job.state != state, 400):
            found[f"{verb}: stands in {state}"] = -1
            return
        found[f"{verb}: {state}"] = max(watch.end(), found.get(f"{verb}: {state}", 0))
    watch.begin()
    pump(seconds=3)
    found[f"{verb}: afterwards"] = watch.end()
    if job.error or job.note:
        found[f"{verb}: trouble"] = str(job.error or job.note)


def main(out):
    dock().setVisible(True)
    pump(lambda: session().state.offline is not None, 60)
    krita().setBatchmode(True)
    width, height = map(int, os.environ.get("RECRAFT_LARGE", "12000x9000").split("x"))
    document = picture(width, height)
    found = own_calls(document)
    krita().action("select_all").trigger()
    settled(document)
    for verb in ("erase", "vectorize"):
        phases(verb, found)
        print(found)
        (out / "verdicts.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    session().session.stop()
