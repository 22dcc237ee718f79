"""The book of the rough hands: what each undo step looked like, which layers came from which job, what was charged."""
import json
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

from krita_port import krita, pump, session
from krita_strokes import looks, nodes, settled
from recraft.qt import QtWidgets

SERVICE = "http://127.0.0.1:8765"


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


def differs(one, two):
    """Which layers differ between two states."""
    return {name: (one.get(name), two.get(name)) for name in {*one, *two} if one.get(name) != two.get(name)}


class Book:
    """Enters what is seen and notes every fault."""

    def _saw(self, job):
        if job not in self.jobs:
            self.jobs.append(job)

    def _ended(self, job):
        if job.placed_as and not job.note:
            self.placed.append(job.placed_as)

    @property
    def sheet(self):
        """That of the document in front; a result may have opened a document of its own."""
        front = krita().activeDocument()
        found = next((one for one in self.sheets if one.document == front), None)
        if found is None:
            found = Sheet(front, {node.uniqueId().toString() for node in nodes(front)})
            self.sheets.append(found)
        return found

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
