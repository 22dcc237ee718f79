"""Frames and pictures shown over the canvas without being in the document: no layer, no undo step."""

from krita import Krita

from . import quirks
from .qt import Qt, QtCore, QtGui, QtWidgets, timer


class Overlay(QtWidgets.QWidget):
    """A sheet over the active view. What it shows moves, zooms and turns with the canvas; clicks go through it."""

    def __init__(self):
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._frames = []
        self._picture = None
        self._place = None
        self._shift = None
        self._key = ""
        self._follow = timer(self, 40, self._again)
        self._follow.stop()
        self.hide()

    @property
    def showing(self):
        """True while a picture is shown."""
        return self._picture is not None

    def frame(self, boxes, key):
        """Show boxes (canvas px) of the canvas `key`: the first with a dashed line. [] takes them away."""
        self._frames, self._key = list(boxes), key
        self._settle()

    def picture(self, image, box, key):
        """Show a QImage in a box of the canvas `key`; None takes it away."""
        self._picture, self._place, self._key = image, box, key
        self._settle()

    def clear(self):
        """Show nothing."""
        self._frames, self._picture = [], None
        self._settle()

    def _settle(self):
        if self._frames or self._picture is not None:
            self._follow.start()
            self._again()
        else:
            self._follow.stop()
            self.hide()

    def _again(self):
        """Follow the view; hide while another document is in front."""
        window = Krita.instance().activeWindow()
        area = quirks.canvas_widget(window)
        document = Krita.instance().activeDocument()
        if area is None or document is None or quirks.key_of(document) != self._key:
            self.hide()
            return
        shift = quirks.to_screen(window.activeView(), area, document.resolution())
        if shift is None:
            self.hide()
            return
        parent = area.viewport()
        if self.parent() is not parent:
            self.setParent(parent)
        moved = self.geometry() != parent.rect() or shift != self._shift or not self.isVisible()
        self._shift = shift
        if moved:
            self.setGeometry(parent.rect())
            self.show()
            self.raise_()
        self.update()

    def paintEvent(self, _event):  # noqa: N802 - Qt's name
        """Draw picture and frames."""
        if self._shift is None:
            return
        painter = QtGui.QPainter(self)
        painter.setTransform(self._shift)
        if self._picture is not None:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QtCore.QRectF(*self._place), self._picture)
        for index, box in enumerate(self._frames):
            for pen in _pens(index):
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QtCore.QRectF(*box))


def _pens(index):
    """White under coloured, one px wide on screen at any zoom: seen on every picture."""
    under = QtGui.QPen(QtGui.QColor(255, 255, 255, 220), 3)
    over = QtGui.QPen(QtGui.QColor("#2f6fed" if index == 0 else "#e0662f"), 1.5)
    if index == 0:
        over.setStyle(Qt.PenStyle.DashLine)
    for pen in (under, over):
        pen.setCosmetic(True)
    return under, over
