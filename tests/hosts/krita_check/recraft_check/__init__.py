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
    from PyQt5.QtCore import QTimer
except ImportError:  # Krita 6
    from PyQt6.QtCore import QTimer


class Check(Extension):
    def setup(self):
        self.timer = QTimer()
        self.timer.timeout.connect(self.look)
        self.timer.start(200)

    def createActions(self, window):
        pass

    def look(self):
        window = Krita.instance().activeWindow()
        if window is not None and window.qwindow().isVisible():
            self.timer.stop()
            QTimer.singleShot(300, self.go)

    def go(self):
        out, script = Path(os.environ["RECRAFT_CHECK_OUT"]), Path(os.environ["RECRAFT_CHECK"])
        # Krita puts its own objects in the place of the streams, and os._exit would lose what they hold.
        sys.stdout = sys.stderr = (out / "log.txt").open("w", buffering=1, encoding="utf-8")
        faulthandler.enable((out / "crash.txt").open("w", encoding="utf-8"))
        sys.path.insert(0, str(script.parent))
        try:
            importlib.import_module(script.stem).main(out)
        except BaseException:  # whatever it is, it belongs into the log
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(0)  # an orderly end asks whether to save


Krita.instance().addExtension(Check(Krita.instance()))
