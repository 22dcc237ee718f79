"""The real mouse inside Krita's display, moved by xdotool; every step waits until Qt has heard of it."""
import subprocess

from krita_port import pump
from recraft.qt import Qt, QtGui, QtWidgets


def on_top(widget, point):
    """True when a click there would reach the widget."""
    return widget.isVisible() and QtWidgets.QApplication.widgetAt(widget.mapToGlobal(point)) is widget


def move(widget, point):
    """Move to a point of a widget (in its own px) and wait until the pointer is there."""
    target = widget.mapToGlobal(point)
    ratio = widget.devicePixelRatioF()
    _xdotool("mousemove", round(target.x() * ratio), round(target.y() * ratio))
    assert pump(lambda: (QtGui.QCursor.pos() - target).manhattanLength() <= 2, 20), "the pointer did not move"
    pump(seconds=0.05)


def press():
    _xdotool("mousedown", 1)
    assert pump(_down, 20), "no button went down"


def release():
    _xdotool("mouseup", 1)
    assert pump(lambda: not _down(), 20), "the button stayed down"


def click(widget, point, times=1):
    """So many whole clicks, 60 ms apart, without Qt in between: as quick fingers do."""
    move(widget, point)
    _xdotool("click", "--repeat", times, "--delay", 60, 1)
    pump(seconds=0.2)


def _down():
    return QtWidgets.QApplication.mouseButtons() != Qt.MouseButton.NoButton


def _xdotool(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True)
