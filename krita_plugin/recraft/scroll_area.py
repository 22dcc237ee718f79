"""The docker's inside: it scrolls when the docker is low, the main button stays in sight, Tab goes in reading order."""

from .qt import Qt, QtCore, QtWidgets
from .widgets import column

_ROW = 12  # px within which widgets count as standing in one row


class Scroll(QtWidgets.QScrollArea):
    """Scrolls instead of pressing its rows together."""

    def __init__(self):
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(Body())

    def pin(self, place):
        """Keep what `place` holds in sight; it is somewhere in the body already."""
        place.pinned_in(self)


class Body(QtWidgets.QWidget):
    """Holds the panels. Panels are built anew all the time, so that Qt's own order, by age, would jump about."""

    def __init__(self):
        super().__init__()
        self.column = column(self, margin=6, gap=6)

    def focusNextPrevChild(self, forth):  # noqa: N802 - Qt's name
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

    def _takes_tab(self, one):
        takes = one.focusPolicy() in (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)
        # A proxy hands its focus on to another widget, which is in the list itself.
        return takes and one.isVisibleTo(self) and one.isEnabled() and one.focusProxy() is None

    def _reading(self, one):
        middle = one.mapTo(self, one.rect().center())
        return middle.y() // _ROW, middle.x()


class Pinned(QtWidgets.QWidget):
    """The place of a widget that may not scroll out of sight: where it would, it stays at the lower edge."""

    def __init__(self, content):
        super().__init__()
        self._content, self._area = content, None
        policy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def pinned_in(self, area):
        """Begin; `area` is the Scroll around it."""
        self._area, body = area, area.widget()
        self._content.setParent(body)
        # What lies below must not shine through.
        self._content.setAutoFillBackground(True)
        self._content.show()
        # Everything that can move it: its panel, its own rows, the body's size, the scroll bar.
        for one in (self.parentWidget(), self._content, area.viewport()):
            one.installEventFilter(self)
        area.verticalScrollBar().valueChanged.connect(lambda _value: self.settle())
        area.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self.settle())

    def sizeHint(self):  # noqa: N802
        """As the widget wants it."""
        return self._content.sizeHint()

    def heightForWidth(self, width):  # noqa: N802
        """Its line of news wraps; without one its height is always the same."""
        high = self._content.heightForWidth(width)
        return high if high > 0 else self._content.sizeHint().height()

    def eventFilter(self, _watched, event):  # noqa: N802
        """Follow."""
        kinds = QtCore.QEvent.Type
        if event.type() == kinds.LayoutRequest:
            self.updateGeometry()
        if event.type() in (kinds.LayoutRequest, kinds.Move, kinds.Resize, kinds.Show, kinds.Hide):
            self.settle()
        return False

    def resizeEvent(self, event):  # noqa: N802
        """Follow."""
        super().resizeEvent(event)
        self.settle()

    def settle(self):
        """Put the widget at its place, or at the lower edge of what is seen."""
        if self._area is None:
            return
        self._content.setVisible(self.isVisibleTo(self._area))
        own = self.mapTo(self._area.widget(), QtCore.QPoint(0, 0))
        edge = self._area.verticalScrollBar().value() + self._area.viewport().height() - self.height()
        where = QtCore.QRect(own.x(), min(own.y(), edge), self.width(), self.height())
        if where != self._content.geometry():
            self._content.setGeometry(where)
            self._content.raise_()
