"""Thumbnails: the list that shows them, how each is drawn, and the buttons on the chosen one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .qt import Qt, QtCore, QtGui, QtWidgets, items_of, number, picture_of, point_of
from .shared.plugin.rows import tile_side
from .tr import tr
from .widgets import Sign, mixed, row, tick, tool

if TYPE_CHECKING:
    from .shared.plugin.groups import Entry

SIDE = 84  # px of a thumbnail on screen
WIDEST, GAP = 110, 4
BAR_FROM = 60  # px from which the chosen tile holds its buttons
ENTRY, CAPTION = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
# Drawn as sketches by the engine on this computer.
SKETCHED = {
    "generate", "explore", "explore_similar", "image_to_image", "variations", "generate_background",
    "replace_background",
}  # fmt: skip


class Strip(QtWidgets.QListWidget):
    """Enter places, Space hides the preview while held, Esc puts it away, Delete discards, Ctrl+F searches."""

    placed = QtCore.pyqtSignal()
    put_away = QtCore.pyqtSignal()
    dropped = QtCore.pyqtSignal()
    resized = QtCore.pyqtSignal()
    peeked = QtCore.pyqtSignal(bool)
    searched = QtCore.pyqtSignal()
    captioned = QtCore.pyqtSignal(object)

    def __init__(self, side: int = SIDE) -> None:
        super().__init__()
        self.side, self.film = side, False
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setItemDelegate(Tile(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def tiles(self) -> list[QtWidgets.QListWidgetItem]:
        """The items that are pictures, in order."""
        return [item for item in items_of(self) if item.data(ENTRY) is not None]

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Whoever fits the tiles to the room is told."""
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Keys that do what the mouse does."""
        keys, key = Qt.Key, event.key()
        signals: dict[int, Any] = {
            keys.Key_Return: self.placed, keys.Key_Enter: self.placed, keys.Key_Escape: self.put_away,
            keys.Key_Delete: self.dropped,
        }  # fmt: skip
        signal = signals.get(key)
        if signal is not None:
            signal.emit()
        elif key == keys.Key_Space:
            if not event.isAutoRepeat():
                self.peeked.emit(True)
        elif key == keys.Key_F and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.searched.emit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Space let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.peeked.emit(False)
        else:
            super().keyReleaseEvent(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """A click on a caption."""
        item = self.itemAt(point_of(event))
        if item is not None and item.data(CAPTION) is not None and event.button() == Qt.MouseButton.LeftButton:
            self.captioned.emit(item.data(CAPTION))
        super().mouseReleaseEvent(event)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:  # noqa: N802
        """A film row scrolls sideways."""
        if self.film and event.angleDelta().y():
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - event.angleDelta().y())
            event.accept()
        else:
            super().wheelEvent(event)


class GroupedStrip(Strip):
    """Tiles in rows that fill the width, captions between the groups; or one film row that scrolls sideways."""

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QtWidgets.QListView.ViewMode.ListMode)
        self.setFlow(QtWidgets.QListView.Flow.LeftToRight)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setWrapping(True)
        self.setMinimumHeight(40)  # its own hint would press the rows above together
        self.least = SIDE
        self.resized.connect(self.fit)

    def be(self, film: bool, least: int) -> None:
        """A film row of tiles at least `least` px large, or rows of them."""
        self.film, self.least = film, least
        self.setWrapping(not film)
        off, need = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(off if film else need)
        self.fit()

    def fit(self) -> None:
        """The tiles' side for the room there is."""
        if self.film:
            side = max(self.least, min(SIDE, self.height() - 2)) - GAP
        else:
            bar = self.verticalScrollBar().sizeHint().width()
            side = tile_side(self.width() - bar - 2, self.least - GAP, WIDEST, GAP)
        if side != self.side:
            self.side = side
            self.doItemsLayout()  # type: ignore[attr-defined]


class Tile(QtWidgets.QStyledItemDelegate):
    """A thumbnail on checks with its marks, or a caption over the whole width."""

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> QtCore.QSize:  # noqa: N802
        """A square; a caption takes a row of its own."""
        strip: Any = self.parent()
        if index.data(CAPTION) is not None:
            return QtCore.QSize(max(20, strip.viewport().width() - 2), option.fontMetrics.lineSpacing() + 4)
        grid = strip.gridSize()
        return grid - QtCore.QSize(2, 2) if grid.isValid() else QtCore.QSize(strip.side + GAP, strip.side + GAP)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> None:
        """Picture, marks, and a frame when chosen."""
        painter.save()
        if index.data(CAPTION) is not None:
            caption(painter, option.rect, index.data(Qt.ItemDataRole.DisplayRole), option.palette)
            painter.restore()
            return
        gap = GAP // 2
        whole = option.rect.adjusted(gap, gap, -gap, -gap)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        area = whole
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        entry = index.data(ENTRY) or {}
        if isinstance(icon, QtGui.QPixmap):
            source = shown_part(icon.width(), icon.height())
            scaled = source.size().scaled(QtCore.QSizeF(area.size()), Qt.AspectRatioMode.KeepAspectRatio).toSize()
            place = QtCore.QRect(QtCore.QPoint(0, 0), scaled)
            place.moveCenter(area.center())
            painter.fillRect(place, checks())
            painter.drawPixmap(QtCore.QRectF(place), icon, source)
            area = place
        else:
            painter.fillRect(area, mixed(option.palette, 0.1))
            sign = "…" if entry.get("here", 1) else "⟳" if entry["pictures"] else "?"
            painter.setPen(mixed(option.palette, 0.7))
            painter.drawText(area, number(Qt.AlignmentFlag.AlignCenter), sign)
        self._marks(painter, area, entry)
        if option.state & QtWidgets.QStyle.StateFlag.State_Selected:
            painter.setPen(QtGui.QPen(option.palette.color(QtGui.QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area)
        painter.restore()

    def _marks(self, painter: QtGui.QPainter, area: QtCore.QRect, entry: Entry) -> None:
        """One in each corner: kept, vector, uncertain, placed; a sketch has a dashed frame."""
        if entry.get("offline") and entry.get("operation") in SKETCHED:
            pen = QtGui.QPen(QtGui.QColor(255, 255, 255, 200), 1, Qt.PenStyle.DashLine)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, style in ((QtGui.QColor(0, 0, 0, 150), Qt.PenStyle.SolidLine), (pen.color(), pen.style())):
                painter.setPen(QtGui.QPen(colour, 1, style))
                painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.setPen(QtGui.QPen(QtGui.QColor(0, 0, 0, 160), 1))
        if entry.get("placed"):
            badge(painter, area.right() - 7, area.bottom() - 7, "#2f8f4b")
            painter.setPen(QtGui.QPen(QtGui.QColor("#ffffff"), 1.6))
            points = ((-3, 0), (-1, 2.5), (3, -2.5))
            centre = QtCore.QPointF(area.right() - 7, area.bottom() - 7)
            painter.drawPolyline(QtGui.QPolygonF([centre + QtCore.QPointF(*at) for at in points]))
        painter.setPen(QtGui.QPen(QtGui.QColor(0, 0, 0, 160), 1))
        if entry.get("starred"):
            painter.setBrush(QtGui.QColor("#ffc83d"))
            painter.drawPath(star(area.left() + 8, area.top() + 8, 7))
        if vector(entry):
            letter(painter, area.right() - 7, area.top() + 7, "V", "#4a5fc1")


def vector(entry: Entry) -> bool:
    """True for a result made of shapes."""
    return str(entry.get("model", "")).endswith("_vector") or entry.get("operation") == "vectorize"


def badge(painter: QtGui.QPainter, x: float, y: float, colour: str) -> None:
    """A disc of 12 px."""
    painter.setBrush(QtGui.QColor(colour))
    painter.drawEllipse(QtCore.QPointF(x, y), 6, 6)


def letter(painter: QtGui.QPainter, x: float, y: float, text: str, colour: str) -> None:
    """A letter on a disc."""
    badge(painter, x, y, colour)
    font = QtGui.QFont(painter.font())
    font.setPixelSize(9)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QtGui.QColor("#ffffff"))
    painter.drawText(QtCore.QRectF(x - 6, y - 6, 12, 12), text, QtGui.QTextOption(Qt.AlignmentFlag.AlignCenter))


def caption(painter: QtGui.QPainter, rect: QtCore.QRect, text: str, palette: QtGui.QPalette) -> None:
    """One quiet line, shortened at its end."""
    painter.setPen(mixed(palette, 0.65))
    area = rect.adjusted(2, 0, -2, 0)
    short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, number(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), short)


def shown_part(width: int, height: int) -> QtCore.QRectF:
    """The middle of a picture, at most twice as long as it is wide, and the reverse."""
    wide, high = min(width, 2 * height), min(height, 2 * width)
    return QtCore.QRectF((width - wide) / 2, (height - high) / 2, wide, high)


class Caption(QtWidgets.QLabel):
    """The caption above the strip, as those inside it."""

    clicked = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show `text`; all of it in the tooltip."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """As narrow as need be."""
        return QtCore.QSize(20, super().minimumSizeHint().height())

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """What fits."""
        caption(QtGui.QPainter(self), self.rect(), self.text(), self.palette())

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """A click."""
        self.clicked.emit()


class TileBar(QtWidgets.QWidget):
    """The buttons along the lower edge of the chosen tile."""

    def __init__(
        self,
        strip: Strip,
        place: Callable[[], Any],
        place_as: Callable[[QtWidgets.QWidget], Any],
        more: Callable[[QtWidgets.QWidget], Any],
    ) -> None:
        super().__init__(strip.viewport())
        self._strip = strip
        self.setAutoFillBackground(True)
        self.place = tool(tr("Place"), call=place)
        self.sign = Sign(tick, tr("Place"), place)
        self.how: QtWidgets.QToolButton = tool("▾", hint=tr("Place as"), call=lambda: place_as(self.how))
        self.more: QtWidgets.QToolButton = tool("⋯", hint=tr("More"), call=lambda: more(self.more))
        for one in (self.place, self.sign, self.how, self.more):
            one.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            one.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Ignored)
        line = row(self.place, self.sign, self.how, self.more, gap=0)
        for at, share in enumerate((5, 3, 2, 2)):
            line.setStretch(at, share)
        self.setLayout(line)
        self.hide()
        strip.itemSelectionChanged.connect(self.settle)
        strip.resized.connect(self.settle)
        for bar in (strip.verticalScrollBar(), strip.horizontalScrollBar()):
            bar.valueChanged.connect(lambda _value: self.settle())

    def settle(self) -> None:
        """Follow the chosen tile."""
        item = self._strip.currentItem()
        entry = item.data(ENTRY) if item is not None and item.isSelected() else None
        if entry is None or self._strip.side < BAR_FROM or not entry["here"]:
            self.hide()
            return
        rect = self._strip.visualItemRect(item).adjusted(2, 2, -2, -2)
        high = self.fontMetrics().height() + 6
        written = self.place.sizeHint().width() + 34 < rect.width()
        self.place.setVisible(written)
        self.sign.setVisible(not written)
        self.setGeometry(rect.x(), rect.bottom() - high, rect.width(), high)
        self.show()
        self.raise_()


def star(x: float, y: float, radius: float) -> QtGui.QPainterPath:
    """A five-pointed star around a point."""
    path = QtGui.QPainterPath()
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.45
        angle = math.pi * step / 5 - math.pi / 2
        point = QtCore.QPointF(x + reach * math.cos(angle), y + reach * math.sin(angle))
        path.lineTo(point) if step else path.moveTo(point)
    path.closeSubpath()
    return path


def checks() -> QtGui.QBrush:
    """Fine checks behind transparent pictures."""
    tile = QtGui.QPixmap(12, 12)
    tile.fill(QtGui.QColor("#d9d9d9"))
    painter = QtGui.QPainter(tile)
    painter.fillRect(0, 0, 6, 6, QtGui.QColor("#bfbfbf"))
    painter.fillRect(6, 6, 6, 6, QtGui.QColor("#bfbfbf"))
    painter.end()
    return QtGui.QBrush(tile)


def pixmap(thumbnail: tuple[bytes, int, int]) -> QtGui.QPixmap:
    """A thumbnail of the library as a QPixmap."""
    data, width, height = thumbnail
    return QtGui.QPixmap.fromImage(picture_of(data, width, height, "RGBA"))
