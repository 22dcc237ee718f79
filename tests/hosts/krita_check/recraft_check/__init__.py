"""Runs one module of checks inside Krita, once its window is there, and leaves.

RECRAFT_CHECK is "folder/module.py"; its `main()` is called with the folder for verdicts, RECRAFT_CHECK_OUT.
"""
import faulthandler
import importlib
import os
import sys
import traceback
from pathlib import Path

from krita import Extension, Krita

try:
    from PyQt5.QtCore import QAbstractEventDispatcher, QTimer
except ImportError:  # Krita 6
    from PyQt6.QtCore import QAbstractEventDispatcher, QTimer


class Check(Extension):
    def setup(self):
        self.timer = QTimer()
        self.timer.timeout.connect(self.look)
        self.timer.start(200)

    def createActions(self, window):  # noqa: N802 - Krita's name
        pass

    def look(self):
        window = Krita.instance().activeWindow()
        if window is not None and window.qwindow().isVisible():
            self.timer.stop()
            self.gone = False
            # Not from a timer: Krita holds back its own messages about new layers while an event is being handled,
            # and the checks turn the event loop themselves. The dispatcher calls from outside of any event.
            QAbstractEventDispatcher.instance().awake.connect(self.go)
            self.waking = QTimer()
            self.waking.start(50)

    def go(self):
        if self.gone:
            return
        self.gone = True
        out, script = Path(os.environ["RECRAFT_CHECK_OUT"]), Path(os.environ["RECRAFT_CHECK"])
        # Krita puts its own objects in the place of the streams, and os._exit would lose what they hold.
        sys.stdout = sys.stderr = (out / "log.txt").open("w", buffering=1, encoding="utf-8")
        faulthandler.enable((out / "crash.txt").open("w", encoding="utf-8"))
        sys.path.insert(0, str(script.parent))
        try:
            importlib.import_module(script.stem).main(out)
        except BaseException:  # noqa: BLE001 - whatever it is, it belongs into the log
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(0)  # an orderly end asks whether to save


Krita.instance().addExtension(Check(Krita.instance()))
