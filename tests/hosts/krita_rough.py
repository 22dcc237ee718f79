"""Rough hands: random clicks, strokes, undo, verbs, documents and saves by mouse and keyboard, while paid jobs come and go.

RECRAFT_ROUGH is "seed:events", and ":double" after it breaks the plugin, so that the check itself can be tried. The
service is the embedded engine with its request log open, so that what was charged can be held against what the docker
showed. Runs inside Krita; `main` writes verdicts.json.
"""
import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from krita_port import dock, krita, pump, session
from krita_rough_book import Book
from krita_rough_events import Events
from recraft import placing
from recraft.qt import QtWidgets
from recraft.shared.plugin.placement import Spot


class Hands(Events, Book):
    """One seed's run. `events` lists what was done; `faults` what went wrong."""

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

    def begin(self):
        """The first pictures."""
        krita().activeWindow().qwindow().activateWindow()
        for _ in range(2):
            self.new_picture()
        self.events.append("the first click")  # so that something was bought, whatever the dice say
        self.buying(lambda: self.click_at(dock().run.button))
        self.events.clear()

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


def place_twice():
    """Break the plugin: each result is placed once more than it is told of."""
    enter = placing.Placement.enter

    def twice(placement, spot=None):
        copies = [node.duplicate() for node in placement._made]
        own = enter(placement, spot)
        for node in copies:
            placement._canvas.enter(node, spot or Spot())
        return own

    placing.Placement.enter = twice


def main(out):
    seed, events, *broken = os.environ.get("RECRAFT_ROUGH", "1:40").split(":")
    if broken:
        place_twice()
    dock().setVisible(True)
    pump(lambda: session().state.offline is not None, 60)
    krita().setBatchmode(True)
    session().library.ask_account()
    pump(lambda: session().state.balance is not None, 60)
    hands = Hands(int(seed), out)
    try:
        hands.go(int(events))
    except Exception:  # noqa: BLE001 - it is a verdict
        hands.fault("the run broke", traceback.format_exc())
    verdict = {"faults": hands.faults, "events": len(hands.events), "count": hands.count, "offline": session().state.offline}
    (Path(out) / "verdicts.json").write_text(json.dumps(verdict, indent=1), encoding="utf-8")
    session().session.stop()
