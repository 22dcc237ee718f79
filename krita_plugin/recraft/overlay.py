"""Frames and pictures shown over the canvas without being in the document: no layer, no undo step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import compat
from .qt import Qt, QtCore, QtGui, QtWidgets, timer

if TYPE_CHECKING:
    from .shared.geometry import Box


class Overlay:
    """What is shown over the active view. It moves, zooms and turns with the canvas. `owner` is the docker."""

    def __init__(self, owner: QtWidgets.QWidget) -> None:
        self._owner = owner
        self._frames: list[Box] = []
        self._picture: QtGui.QImage | None = None
        self._place: tuple[int, ...] = ()
        self._key = ""
        self._veiled = False
        self._sheet: Sheet | None = None
        self._follow = timer(owner, 40, self._again)
        self._follow.stop()

    @property
    def showing(self) -> bool:
        """True while a picture is shown."""
        return self._picture is not None

    @property
    def seen(self) -> bool:
        """True while something of it is on screen."""
        return self._sheet is not None and self._sheet.isVisible()

    def frame(self, boxes: Sequence[Box], key: str) -> None:
        """Show boxes (canvas px) of the canvas `key`: the first with a dashed line. [] takes them away."""
        self._frames, self._key = list(boxes), key
        self._settle()

    def picture(self, image: QtGui.QImage | None, box: tuple[int, ...], key: str) -> None:
        """Show a QImage in a box of the canvas `key`; None takes it away."""
        self._picture, self._place, self._key = image, box, key
        self._settle()

    def hide_for_now(self, hidden: bool) -> None:
        """Show the canvas as it is without the picture, until told otherwise."""
        self._veiled = hidden
        if self._sheet is not None:
            self._sheet.update()

    def clear(self) -> None:
        """Show nothing."""
        self._frames, self._picture = [], None
        self._settle()

    def _settle(self) -> None:
        if self._frames or self._picture is not None:
            self._follow.start()
            self._again()
            if self._sheet is not None:
                self._sheet.update()
        else:
            self._follow.stop()
            self._hide()

    def _hide(self) -> None:
        if self._sheet is not None:
            self._sheet.hide()

    def _again(self) -> None:
        """Follow the view; hide while another document is in front."""
        window = compat.window_of(self._owner)
        view = compat.front(window)
        area = compat.canvas_widget(window) if view is not None else None
        document = view.document() if view is not None else None
        if view is None or area is None or document is None or compat.key_of(document) != self._key:
            self._hide()
            return
        shift = compat.to_screen(view, area, document.resolution())
        if shift is None:
            self._hide()
            return
        self._over(area.viewport()).show_at(shift)

    def _over(self, viewport: QtWidgets.QWidget) -> Sheet:
        """The sheet over that view. It is the view's child, so it goes when the document is closed."""
        if self._sheet is None:
            self._sheet = Sheet(self)
            self._sheet.destroyed.connect(self._gone)
        if self._sheet.parent() is not viewport:
            self._sheet.setParent(viewport)
        return self._sheet

    def _gone(self) -> None:
        self._sheet = None

    def paint(self, painter: QtGui.QPainter) -> None:
        """Draw picture and frames; the painter counts in canvas px."""
        if self._picture is not None and not self._veiled:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QtCore.QRectF(*self._place), self._picture)
        for index, box in enumerate(self._frames):
            for pen in _pens(index):
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QtCore.QRectF(*box))


class Sheet(QtWidgets.QWidget):
    """The widget over one view; clicks go through it."""

    def __init__(self, overlay: Overlay) -> None:
        super().__init__()
        self._overlay = overlay
        self._shift: QtGui.QTransform | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def show_at(self, shift: QtGui.QTransform) -> None:
        """Fill the view and draw, with `shift` from canvas px to px of the view."""
        if shift == self._shift and self.geometry() == self.parentWidget().rect() and self.isVisible():
            return
        self._shift = shift
        self.setGeometry(self.parentWidget().rect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw what the overlay holds."""
        if self._shift is not None:
            painter = QtGui.QPainter(self)
            painter.setTransform(self._shift)
            self._overlay.paint(painter)


def _pens(index: int) -> tuple[QtGui.QPen, QtGui.QPen]:
    """White under coloured, one px wide on screen at any zoom: seen on every picture."""
    under = QtGui.QPen(QtGui.QColor(255, 255, 255, 220), 3)
    over = QtGui.QPen(QtGui.QColor("#2f6fed" if index == 0 else "#e0662f"), 1.5)
    if index == 0:
        over.setStyle(Qt.PenStyle.DashLine)
    for pen in (under, over):
        pen.setCosmetic(True)
    return under, over
