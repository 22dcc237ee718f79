"""The strip: what the history holds, newest first. A click shows, a double click places; search, star, discard."""

import math
import time

from .qt import Qt, QtCore, QtGui, QtWidgets, number, picture_of, timer
from .shared.i18n import say_n
from .shared.operations import OPERATIONS
from .shared.plugin.placement import foreign_box
from .tr import tr
from .widgets import Note, Sign, column, day_of, glass, row

SIDE = 84  # px of a thumbnail on screen
_DOUBLE_S = 0.5  # after placing a result, for which a click shows nothing
_ENTRY = Qt.ItemDataRole.UserRole


class Strip(QtWidgets.QListWidget):
    """Thumbnails that wrap with the width. Enter places, Esc puts the preview away, Delete discards."""

    placed = QtCore.pyqtSignal()
    put_away = QtCore.pyqtSignal()
    dropped = QtCore.pyqtSignal()
    resized = QtCore.pyqtSignal()

    def __init__(self, side=SIDE):
        super().__init__()
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setIconSize(QtCore.QSize(side, side))
        self.setGridSize(QtCore.QSize(side + 6, side + 6))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setItemDelegate(Tile(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def resizeEvent(self, event):  # noqa: N802 - Qt's name
        """Whoever fits the tiles to the room is told."""
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event):  # noqa: N802
        """Keys that do what the mouse does."""
        keys = Qt.Key
        signal = {
            keys.Key_Return: self.placed, keys.Key_Enter: self.placed, keys.Key_Escape: self.put_away,
            keys.Key_Delete: self.dropped,
        }.get(event.key())  # fmt: skip
        if signal is not None:
            signal.emit()
        else:
            super().keyPressEvent(event)


class Tile(QtWidgets.QStyledItemDelegate):
    """A thumbnail on checks, with a star when kept and a dot when placed."""

    def sizeHint(self, _option, _index):  # noqa: N802
        """What the strip's grid leaves for it."""
        return self.parent().gridSize() - QtCore.QSize(2, 2)

    def paint(self, painter, option, index):
        """Picture, marks, and a frame when chosen."""
        painter.save()
        whole = option.rect.adjusted(2, 2, -2, -2)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        area = whole
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        entry = index.data(_ENTRY) or {}
        if isinstance(icon, QtGui.QPixmap):
            scaled = icon.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QtCore.QRect(QtCore.QPoint(0, 0), scaled)
            place.moveCenter(area.center())
            painter.fillRect(place, checks())
            painter.drawPixmap(place, icon)
            area = place
        else:
            painter.fillRect(area, option.palette.color(QtGui.QPalette.ColorRole.AlternateBase))
            sign = "…" if entry.get("here", 1) else "⟳" if entry["pictures"] else "?"
            painter.drawText(area, number(Qt.AlignmentFlag.AlignCenter), sign)
        self._marks(painter, area, entry)
        if option.state & QtWidgets.QStyle.StateFlag.State_Selected:
            painter.setPen(QtGui.QPen(option.palette.color(QtGui.QPalette.ColorRole.Highlight), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(whole)
        painter.restore()

    def _marks(self, painter, area, entry):
        painter.setPen(QtGui.QPen(QtGui.QColor(0, 0, 0, 160), 1))
        if entry.get("placed"):
            painter.setBrush(QtGui.QColor("#4fbf6b"))
            painter.drawEllipse(QtCore.QRectF(area.right() - 13, area.bottom() - 13, 9, 9))
        if entry.get("starred"):
            painter.setBrush(QtGui.QColor("#ffc83d"))
            painter.drawPath(star(area.left() + 10, area.top() + 10, 8))


def star(x, y, radius):
    """A five-pointed star around a point."""
    path = QtGui.QPainterPath()
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.45
        angle = math.pi * step / 5 - math.pi / 2
        point = QtCore.QPointF(x + reach * math.cos(angle), y + reach * math.sin(angle))
        path.lineTo(point) if step else path.moveTo(point)
    path.closeSubpath()
    return path


def checks():
    """Fine checks behind transparent pictures."""
    tile = QtGui.QPixmap(12, 12)
    tile.fill(QtGui.QColor("#d9d9d9"))
    painter = QtGui.QPainter(tile)
    painter.fillRect(0, 0, 6, 6, QtGui.QColor("#bfbfbf"))
    painter.fillRect(6, 6, 6, 6, QtGui.QColor("#bfbfbf"))
    painter.end()
    return QtGui.QBrush(tile)


def pixmap(thumbnail):
    """A thumbnail of the library as a QPixmap."""
    data, width, height = thumbnail
    return QtGui.QPixmap.fromImage(picture_of(data, width, height, "RGBA"))


class ResultsPanel(QtWidgets.QWidget):
    """Search, strip, and the line that tells about the chosen result."""

    def __init__(self, session, dock):
        super().__init__()
        self._session, self._library, self._dock = session, session.library, dock
        self._wanted, self._placed_at = 0, float("-inf")  # number of the preview that is awaited; seconds
        self.strip = Strip()
        self.strip.setAccessibleName(tr("Results"))
        self.strip.itemClicked.connect(lambda _item: self.preview())
        self.strip.itemDoubleClicked.connect(lambda _item: self.place())
        self.strip.currentItemChanged.connect(lambda now, _before: self._moved(now))
        self.strip.placed.connect(self.place)
        self.strip.put_away.connect(self.put_away)
        self.strip.dropped.connect(self.discard)
        self.strip.customContextMenuRequested.connect(self._menu)
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(tr("Search results"))
        self.search.setClearButtonEnabled(True)
        self.search.setVisible(False)
        self.search.textChanged.connect(self._library.find)
        self._glass = Sign(glass, tr("Search results"), self._toggle_search)
        self._line = Note("")
        layout = column(self)
        layout.addLayout(row(self._line, self._glass))
        layout.addWidget(self.search)
        layout.addWidget(self.strip, 1)
        self._library.changed.connect(self.refresh)
        session.placed.connect(lambda _entry: self.refresh())
        self.strip.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._marks = timer(self, 1500, self._look_at_marks)
        self.refresh()

    # --- showing ----------------------------------------------------------------------------------------------------

    def refresh(self):
        """Show the entries; keeps what is chosen."""
        placed = self._placed = set(self._session.placed_in(self._session.host.active()))
        rows = [
            ({**entry, "index": index, "placed": entry["entry"] in placed})
            for entry in self._library.entries
            for index in range(max(1, entry["pictures"]))
        ]
        chosen = self.chosen()
        before, now = self._names(), [(one["entry"], one["index"]) for one in rows]
        fresh = now[: len(before)] != before or not before
        if fresh:
            self._fill(rows)
        else:
            self._add(rows[len(before) :])
        for at, entry in enumerate(rows):
            item = self.strip.item(at)
            item.setData(_ENTRY, entry)
            found = self._library.thumbnail(entry["entry"], entry["index"]) if entry["here"] else None
            if found is not None and not isinstance(item.data(Qt.ItemDataRole.DecorationRole), QtGui.QPixmap):
                item.setData(Qt.ItemDataRole.DecorationRole, pixmap(found))
        if chosen is not None:
            self._choose(chosen["entry"], chosen["index"])
        if fresh:
            # A new result stands first; choosing again has scrolled to where the old one went.
            self.strip.scrollToTop()
        self._say(rows)

    def _say(self, rows):
        entry = self.chosen()
        if not rows:
            self._line.tell(tr("Nothing found.") if self._library.search else tr("Results wait here."))
        elif entry is None:
            self._line.tell(tr("Click shows a result, double-click places it."))
        else:
            self._line.tell(tr("Enter places it, Esc puts it away.") if self._dock.overlay.showing else told(entry))

    def _names(self):
        entries = [self.strip.item(at).data(_ENTRY) for at in range(self.strip.count())]
        return [(one["entry"], one["index"]) for one in entries]

    def _fill(self, rows):
        blocked = self.strip.blockSignals(True)
        self.strip.clear()
        self._add(rows)
        self.strip.blockSignals(blocked)

    def _add(self, rows):
        for entry in rows:
            item = QtWidgets.QListWidgetItem()
            item.setData(_ENTRY, entry)
            item.setToolTip(told(entry))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told(entry))
            self.strip.addItem(item)

    def _scrolled(self, value):
        """The end of the strip brings what is further back."""
        bar = self.strip.verticalScrollBar()
        if value >= bar.maximum() - 2 * SIDE:
            self._library.older()

    def _look_at_marks(self):
        """Undo takes layers away, and their marks with them; Krita does not tell."""
        placed = set(self._session.placed_in(self._session.host.active()))
        if placed != self._placed and self.isVisible():
            self.refresh()

    def _choose(self, name, index):
        for at in range(self.strip.count()):
            entry = self.strip.item(at).data(_ENTRY)
            if (entry["entry"], entry["index"]) == (name, index):
                self.strip.setCurrentRow(at)

    def chosen(self):
        """The chosen entry with its picture's index, None without one."""
        item = self.strip.currentItem()
        return item.data(_ENTRY) if item is not None else None

    def _toggle_search(self):
        self.search.setVisible(not self.search.isVisible())
        if self.search.isVisible():
            self.search.setFocus()
        else:
            self.search.clear()

    def _moved(self, item):
        """Arrow keys show as a click does, once a preview is open."""
        if item is not None and self._dock.overlay.showing:
            self.preview()

    # --- doing ------------------------------------------------------------------------------------------------------

    def preview(self):
        """Show the chosen result over the canvas; the document stays as it is."""
        entry = self.chosen()
        # The second release of a double click is a click too: it must not show what was just placed.
        if entry is None or time.monotonic() - self._placed_at < _DOUBLE_S:
            return
        if not entry["here"]:
            self._missing(entry)
            return
        self._wanted += 1
        mine = self._wanted
        self._fetch(entry, lambda entry, result: self._show(entry, result) if mine == self._wanted else None)

    def _fetch(self, entry, then):
        def came(result, trouble):
            if trouble is not None:
                self._session.say(trouble, lambda: self._fetch(entry, then))
            else:
                then(entry, result)

        self._library.whole(entry["entry"], came)

    def _missing(self, entry):
        """What was paid for and did not arrive is fetched again; what never had an answer is told about."""
        if entry["pictures"]:
            self._session.fetch_again(entry["entry"])
        else:
            remedy = tr("Look at your account's page for {units} units.", units=entry["at_risk"])
            self._session.said.emit("No answer came to this, and it may have been charged.", remedy)

    def _show(self, entry, result):
        canvas = self._session.host.active()
        if canvas is None or entry["index"] >= len(result.layers):
            return
        layer = result.layers[entry["index"]]
        box, (width, height) = layer["box"], layer["box"][2:]
        if result.place is None or list(canvas.size) != list(entry.get("canvas") or canvas.size):
            box = foreign_box((width, height), canvas.size)
        self._dock.overlay.picture(picture_of(layer["pixels"], width, height), tuple(box), canvas.key)
        self._say([entry])

    def put_away(self):
        """Take the preview away, also one that is still on its way."""
        self._wanted += 1
        self._dock.overlay.clear()
        self._say([1])

    def toggle_preview(self):
        """Show the newest or chosen result, or put it away."""
        if self._dock.overlay.showing:
            self.put_away()
            return
        if self.chosen() is None and self.strip.count():
            self.strip.setCurrentRow(0)
        self.preview()

    def step(self, by):
        """Show the next (1) or the previous (-1) result."""
        if self.strip.count():
            now = self.strip.currentRow() if self.chosen() is not None else -1 if by > 0 else 1
            self.strip.setCurrentRow(max(0, min(self.strip.count() - 1, now + by)))
            self.preview()

    def place(self):
        """Place the chosen result."""
        entry = self.chosen()
        if entry is not None and not entry["here"]:
            self._missing(entry)
        elif entry is not None:
            self._placed_at = time.monotonic()
            self.put_away()
            self._session.fetch_and_place(entry)

    def discard(self):
        """Throw the chosen result away."""
        entry = self.chosen()
        if entry is not None:
            self.put_away()
            self._library.discard(entry["entry"])

    def run_again(self):
        """The same values once more: they are put into the docker and run."""
        entry = self.chosen()
        if entry is not None:
            self._library.details(entry["entry"], lambda data: self._dock.take_over(entry, data))

    def _menu(self, point):
        item = self.strip.itemAt(point)
        if item is None:
            return
        self.strip.setCurrentItem(item)
        entry = self.chosen()
        menu = QtWidgets.QMenu(self)
        rows = (
            (tr("Show on canvas"), self.preview),
            (tr("Place"), self.place),
            (tr("Remove star") if entry["starred"] else tr("Star"),
             lambda: self._library.star(entry["entry"], not entry["starred"])),
            (tr("Copy prompt"), lambda: QtWidgets.QApplication.clipboard().setText(entry["prompt"])),
            (tr("Run again"), self.run_again),
            (tr("Use as style"), lambda: self._fetch(entry, self._dock.use_as_style)),
            (tr("Discard"), self.discard),
        )  # fmt: skip
        for text, call in rows:
            action = menu.addAction(text)
            action.triggered.connect(lambda _checked=False, call=call: call())
            action.setEnabled(bool(entry["prompt"]) if text == tr("Copy prompt") else True)
        menu.popup(self.strip.viewport().mapToGlobal(point))


def told(entry):
    """An entry in one line: when, what, and what it cost."""
    verb = OPERATIONS[entry["operation"]].verb if entry["operation"] in OPERATIONS else entry["operation"]
    cost = tr("on this computer") if entry["offline"] else tr(say_n("{n:,} unit", "{n:,} units", entry["units"] or 0))
    words = f"{tr(verb)}: {entry['prompt']}" if entry["prompt"] else tr(verb)
    return f"{words} · {day_of(entry['created'])} · {cost}"
