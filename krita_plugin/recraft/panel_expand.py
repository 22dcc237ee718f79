"""Expand: the canvas as a small rectangle with four edges to drag, ratios, and the same numbers as spin boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .qt import Qt, QtCore, QtGui, QtWidgets, number, point_of
from .shared.contract.limits import MAX_EXPAND
from .shared.errors import RecraftError
from .shared.frames import RATIOS, margins
from .shared.geometry import Box
from .shared.plan import frame_of, plan
from .tr import tr
from .widgets import Note, column, mixed, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .shared.geometry import Size

SIDES = ("expand_left", "expand_top", "expand_right", "expand_bottom")
_LABELS = {"expand_left": "Left", "expand_top": "Top", "expand_right": "Right", "expand_bottom": "Bottom"}
_GRIP = 9


class Frame(QtWidgets.QWidget):
    """The canvas and the frame around it, to scale. Dragging an edge tells `dragged(side, px)`."""

    dragged = QtCore.pyqtSignal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(120)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Frame around the canvas: drag its edges"))
        self._size: Any = None  # Size and Box, once there is a canvas
        self._frame: Any = None
        self._sides: tuple[str, ...] = ()
        self._scale_held: tuple[float, float, float] | None = None

    def show_frame(self, size: Size, frame: Box) -> None:
        """The canvas's size and the frame around it, in canvas px."""
        self._size, self._frame = size, frame
        self.update()

    def _scale(self) -> tuple[float, float, float]:
        """(screen px per canvas px, left, top of the canvas on screen); held while dragging, or it would run away."""
        if self._scale_held is not None:
            return self._scale_held
        room = self._frame.grown(round(max(self._size) * 0.12))
        scale = min((self.width() - 8) / room.width, (self.height() - 8) / room.height)
        left = self.width() / 2 - scale * (self._frame.x + self._frame.width / 2)
        top = self.height() / 2 - scale * (self._frame.y + self._frame.height / 2)
        return scale, left, top

    def outer(self) -> QtCore.QRectF:
        """The frame's own rectangle in px of this widget."""
        return self._on_screen(self._frame)

    def _on_screen(self, box: Box) -> QtCore.QRectF:
        scale, left, top = self._scale()
        return QtCore.QRectF(left + scale * box.x, top + scale * box.y, scale * box.width, scale * box.height)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """New area in colour, the canvas in grey, grips on the edges."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self._size is None:
            return
        outer, inner = self.outer(), self._on_screen(Box.of(self._size))
        high = self.palette().color(QtGui.QPalette.ColorRole.Highlight)
        soft = QtGui.QColor(high)
        soft.setAlpha(70)
        painter.fillRect(outer, soft)
        painter.fillRect(inner, mixed(self.palette(), 0.3))
        painter.setPen(mixed(self.palette(), 0.85))
        # While an edge is dragged one looks here.
        painter.drawText(inner, number(Qt.AlignmentFlag.AlignCenter), f"{self._frame.width} × {self._frame.height}")
        painter.setPen(QtGui.QPen(high, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(outer)
        painter.setBrush(high)
        for middle in _middles(outer).values():
            painter.drawEllipse(middle, 4, 4)

    def _sides_at(self, point: QtCore.QPoint) -> tuple[str, ...]:
        """The edges near a point: none, one, or the two of a corner."""
        outer = self.outer()
        if not outer.adjusted(-_GRIP, -_GRIP, _GRIP, _GRIP).contains(QtCore.QPointF(point)):
            return ()
        across = {"expand_left": abs(point.x() - outer.left()), "expand_right": abs(point.x() - outer.right())}
        down = {"expand_top": abs(point.y() - outer.top()), "expand_bottom": abs(point.y() - outer.bottom())}
        # Of two edges that lie close together the nearer one.
        nearest = (min(both, key=both.__getitem__) for both in (across, down))
        return tuple(side for side, both in zip(nearest, (across, down)) if both[side] <= _GRIP)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Take hold of an edge."""
        if self._size is not None:
            self._sides = self._sides_at(point_of(event))
            self._scale_held = self._scale() if self._sides else None

    def mouseReleaseEvent(self, _event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Let go; the frame is fitted into the panel again."""
        self._sides, self._scale_held = (), None
        self.update()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Drag, or show which edge could be dragged."""
        if self._size is None:
            return
        if not self._sides:
            self.setCursor(_cursor(self._sides_at(point_of(event))))
            return
        scale, left, top = self._scale()
        x, y = (point_of(event).x() - left) / scale, (point_of(event).y() - top) / scale
        by = {"expand_left": -x, "expand_top": -y, "expand_right": x - self._size.width,
              "expand_bottom": y - self._size.height}  # fmt: skip
        for side in self._sides:
            self.dragged.emit(side, max(0, min(MAX_EXPAND, round(by[side] / 8) * 8)))


def _cursor(sides: tuple[str, ...]) -> Qt.CursorShape:
    shapes = Qt.CursorShape
    if len(sides) == 2:
        falling = sides in (("expand_left", "expand_top"), ("expand_right", "expand_bottom"))
        return shapes.SizeFDiagCursor if falling else shapes.SizeBDiagCursor
    if not sides:
        return shapes.ArrowCursor
    return shapes.SizeHorCursor if sides[0] in ("expand_left", "expand_right") else shapes.SizeVerCursor


def _middles(rect: QtCore.QRectF) -> dict[str, QtCore.QPointF]:
    return {
        "expand_left": QtCore.QPointF(rect.left(), rect.center().y()),
        "expand_right": QtCore.QPointF(rect.right(), rect.center().y()),
        "expand_top": QtCore.QPointF(rect.center().x(), rect.top()),
        "expand_bottom": QtCore.QPointF(rect.center().x(), rect.bottom()),
    }


class ExpandPanel(QtWidgets.QWidget):
    """Behind a chip of Expand."""

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._state, self._dock = session.state, dock
        self.frame = Frame()
        self.frame.dragged.connect(self.set_side)
        self._ratios = {}
        buttons = QtWidgets.QHBoxLayout()
        buttons.setSpacing(2)
        for ratio in RATIOS:
            button = tool(ratio, hint=tr("Grow to {ratio}", ratio=ratio))
            button.setCheckable(True)
            button.clicked.connect(lambda checked=False, ratio=ratio: self.set_ratio(ratio if checked else None))
            self._ratios[ratio] = button
            buttons.addWidget(button)
        buttons.addStretch(1)
        grid = QtWidgets.QGridLayout()
        grid.setHorizontalSpacing(6)
        self._boxes = {}
        for at, side in enumerate(SIDES):
            box = QtWidgets.QSpinBox()
            box.setRange(0, MAX_EXPAND)
            box.setSuffix(" px")
            box.setSingleStep(8)
            box.setAccessibleName(tr(_LABELS[side]))
            box.valueChanged.connect(lambda value, side=side: self._typed(side, value))
            label = QtWidgets.QLabel(tr(_LABELS[side]))
            label.setBuddy(box)
            grid.addWidget(label, at // 2, 2 * (at % 2))
            grid.addWidget(box, at // 2, 2 * (at % 2) + 1)
            self._boxes[side] = box
        for at in (1, 3):
            grid.setColumnStretch(at, 1)
        self._size = Note("")
        layout = column(self)
        layout.addWidget(self.frame)
        layout.addLayout(row(self._size))
        layout.addLayout(buttons)
        layout.addLayout(grid)
        self._state.changed.connect(self.refresh)
        self.refresh()

    def set_ratio(self, ratio: str | None) -> None:
        """Grow to a ratio; None goes back to the margins."""
        for side in SIDES:
            self._state.set(side, None)
        self._state.set("size", ratio)

    def set_side(self, side: str, px: int) -> None:
        """Add `px` at one side; a ratio chosen before turns into its margins first."""
        if self._state.get("size"):
            for name, value in self._margins().items():
                self._state.set(name, value)
            self._state.set("size", None)
        self._state.set(side, px or None)

    def _typed(self, side: str, value: int) -> None:
        if value != self._margins().get(side, 0):
            self.set_side(side, value)

    def _margins(self) -> dict[str, int]:
        size = self._state.size
        return margins(Box.of(size), self._frame()) if size is not None else {}

    def _frame(self) -> Any:
        """The new canvas as it is set; the old one where nothing grows."""
        if self._state.size is None:
            return None
        ask = self._state.ask({"prompt": self._state.get("prompt") or "-"})
        try:
            return frame_of(plan(ask)) or Box.of(self._state.size)
        except RecraftError:
            return Box.of(self._state.size)

    def refresh(self) -> None:
        """Show the frame as it is."""
        if self._state.verb.key != "expand" or self._state.size is None:
            return
        frame = self._frame()
        self.frame.show_frame(self._state.size, frame)
        grown = frame != Box.of(self._state.size)
        text = tr("New canvas: {width} × {height}", width=frame.width, height=frame.height)
        self._size.tell(text if grown else tr("Drag an edge, or choose a shape."))
        for ratio, button in self._ratios.items():
            button.setChecked(self._state.get("size") == ratio)
        for side, value in self._margins().items():
            box = self._boxes[side]
            blocked = box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(blocked)
        self._dock.frame_moved([frame] if grown else [])
