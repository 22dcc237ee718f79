"""The docker's inside: Tab goes through it in reading order, and out of it at either end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .qt import Qt, QtCore, QtWidgets

if TYPE_CHECKING:
    from .qt import QtGui

_ROW = 12  # px within which widgets count as standing in one row


class Body(QtWidgets.QWidget):
    """Holds the panels. Panels are built anew all the time, so that Qt's own order, by age, would jump about."""

    resized = QtCore.pyqtSignal()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Whoever fits the rows to the room is told."""
        super().resizeEvent(event)
        self.resized.emit()

    def focusNextPrevChild(self, forth: bool) -> bool:  # noqa: N802 - Qt's name
        """Tab and Shift+Tab; at either end Krita's other dockers are next."""
        inside = [one for one in self.findChildren(QtWidgets.QWidget) if self._takes_tab(one)]
        inside.sort(key=self._reading)
        now = QtWidgets.QApplication.focusWidget()
        at = inside.index(now) + (1 if forth else -1) if now in inside else -1
        if not 0 <= at < len(inside):
            return super().focusNextPrevChild(forth)
        kinds = Qt.FocusReason
        inside[at].setFocus(kinds.TabFocusReason if forth else kinds.BacktabFocusReason)
        return True

    def _takes_tab(self, one: QtWidgets.QWidget) -> bool:
        takes = one.focusPolicy() in (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)
        # A proxy hands its focus on to another widget, which is in the list itself.
        return takes and one.isVisibleTo(self) and one.isEnabled() and one.focusProxy() is None

    def _reading(self, one: QtWidgets.QWidget) -> tuple[int, int]:
        middle = one.mapTo(self, one.rect().center())
        return middle.y() // _ROW, middle.x()
