"""The least a plugin can do: name its Krita, make a small canvas, photograph the window, leave."""
import json
import os
from pathlib import Path

from krita import Extension, Krita

try:
    from PyQt5.QtCore import QTimer
except ImportError:  # Krita 6
    from PyQt6.QtCore import QTimer

OUT = Path(os.environ["RECRAFT_SMOKE_OUT"])


class Smoke(Extension):
    def setup(self):
        self.timer = QTimer()
        self.timer.timeout.connect(self.look)
        self.timer.start(200)

    def createActions(self, window):  # noqa: N802  Krita calls it by this name
        pass

    def look(self):
        window = Krita.instance().activeWindow()
        if window is None or not window.qwindow().isVisible():
            return
        self.timer.stop()
        self.canvas = self.red_canvas()
        window.addView(self.canvas)
        QTimer.singleShot(1500, self.report)  # time to lay out and paint the view

    def red_canvas(self):
        canvas = Krita.instance().createDocument(64, 48, "smoke", "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 72.0)
        layer = canvas.createNode("red", "paintlayer")
        layer.setPixelData(bytes((0, 0, 255, 255)) * (64 * 48), 0, 0, 64, 48)  # BGRA
        canvas.rootNode().addChildNode(layer, None)
        canvas.refreshProjection()
        return canvas

    def report(self):
        self.canvas.waitForDone()
        Krita.instance().activeWindow().qwindow().grab().save(str(OUT / "window.png"))
        corner = list(bytes(self.canvas.pixelData(0, 0, 1, 1)))
        found = {"version": Krita.instance().version(), "size": [64, self.canvas.height()], "corner": corner}
        (OUT / "report.json").write_text(json.dumps(found))
        os._exit(0)  # an orderly end asks whether to save


Krita.instance().addExtension(Smoke(Krita.instance()))
