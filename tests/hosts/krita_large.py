"""How long Krita's event loop stands still on a canvas of 12000 × 9000: for each of our steps, beside Krita's own calls.

verdicts.json: {name: [longest gap in ms, longest work of the loop's thread between two turns in CPU ms]}; the second
says more on a busy machine. RECRAFT_LARGE is another size, "WIDTHxHEIGHT" in px.

With RECRAFT_FRAMES, an animation of 3840 × 2160 with so many key frames instead, restyled frame by frame: {name: MB}.
"""
import json
import os
import time
from pathlib import Path

from krita_port import SRGB, dock, krita, pump, session, settled
from recraft.qt import QtCore, QtWidgets

PIECE = 512  # rows that are painted at once


class Watch:
    """The longest time between two turns of the event loop, since `begin`."""

    def __init__(self):
        self.timer = QtCore.QTimer()
        self.timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._turn)
        self.begin()

    def begin(self):
        self.last, self.longest_s, self.own, self.most_s = time.monotonic(), 0.0, time.thread_time(), 0.0
        self.timer.start(1)

    def _turn(self):
        now, own = time.monotonic(), time.thread_time()
        self.longest_s, self.most_s = max(self.longest_s, now - self.last), max(self.most_s, own - self.own)
        self.last, self.own = now, own

    def end(self):
        """The longest gap, and the longest work, in ms."""
        self._turn()
        self.timer.stop()
        return [round(self.longest_s * 1000), round(self.most_s * 1000)]


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
            found[f"{verb}: stands in {state}"] = [-1, -1]
            return
        found[f"{verb}: {state}"] = list(map(max, watch.end(), found.get(f"{verb}: {state}", (0, 0))))
    watch.begin()
    pump(seconds=3)
    found[f"{verb}: afterwards"] = watch.end()
    if job.error or job.note:
        found[f"{verb}: trouble"] = str(job.error or job.note)


def resident_mb(pid):
    """MB that a process and all its children hold."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * 4096 / 1e6 + sum(map(resident_mb, children))


def animation(count):
    """Key frames of noise, each another one."""
    width, height = 3840, 2160
    document = krita().createDocument(width, height, "film", "RGBA", "U8", SRGB, 72.0)
    layer = document.topLevelNodes()[0]
    layer.enableAnimation()
    krita().activeWindow().addView(document)
    pump(lambda: krita().activeDocument() == document, 10)
    document.setActiveNode(layer)
    noise = os.urandom(width * height * 4)
    for at in range(count):
        document.setCurrentTime(at)
        settled(document)
        if at:
            krita().action("add_blank_frame").trigger()
            settled(document)
        layer.setPixelData(QtCore.QByteArray(noise[at * 4096 :] + noise[: at * 4096]), 0, 0, width, height)
    document.setPlayBackRange(0, count - 1)
    document.setCurrentTime(0)
    settled(document)
    session().state.look()


def film(count, out):
    """What the memory of Krita, worker and engine grows by while the frames of an animation are worked on."""
    own, worker = os.getpid(), session().session.requests
    found = {"empty": resident_mb(own)}
    animation(count)
    desk = session()
    desk.state.choose("restyle")
    desk.state.set("prompt", "ink")
    desk.state.set("over", "frames")
    pump(seconds=2)
    found["before the click"], peaks, watch = resident_mb(own), {}, Watch()
    dock().run.button.click()
    pump(lambda: QtWidgets.QApplication.activePopupWidget() is not None, 60)
    found["the click, ms"], begun = watch.end(), time.monotonic()
    QtWidgets.QApplication.activePopupWidget().yes.click()
    while desk.jobs.open:
        job = next((one for one in desk.jobs.open if one.state != "waiting"), desk.jobs.open[0])
        watch.begin()
        pump(seconds=0.1)
        gap = watch.end()
        most = peaks.get(job.state, [0, 0, 0, 0])
        here = [resident_mb(own), resident_mb(worker.pid), *gap]
        peaks[job.state] = list(map(max, most, here))
    found |= {f"peak, {state}: all MB, worker MB, gap ms, work ms": values for state, values in peaks.items()}
    pump(seconds=1)
    found["afterwards"], found["s"] = resident_mb(own), time.monotonic() - begun
    found["note"] = dock().run.notice.text()
    (out / "verdicts.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def main(out):
    dock().setVisible(True)
    pump(lambda: session().state.offline is not None, 60)
    krita().setBatchmode(True)
    if "RECRAFT_FRAMES" in os.environ:
        film(int(os.environ["RECRAFT_FRAMES"]), out)
        session().session.stop()
        return
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
