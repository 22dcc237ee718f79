"""Expanding the canvas: the picture with its new frame, to see and to drag, and shapes to choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gi.repository import Gdk, Gtk

from .arguments import property_of
from .shared.contract import EXPANDS
from .shared.frames import RATIOS, margins
from .shared.geometry import Box
from .shared.i18n import say, tr
from .shared.options import OPTIONS
from .ui_fields import BOTH
from .ui_parts import column, label, named, row

HEIGHT = 150
# A nicer beginning than nothing: an eighth of the longer side all around.
START = 8
NEAR = 10  # px around an edge that take hold of it
HANDLE = 7  # px, in the middle of each edge


class FrameBox:
    """Bound to the four margins and `size`. `canvas()` gives its size, `thumbnail()` a small picture of it, `frame()`
    the planned frame: all may change while the dialog is open.
    """

    def __init__(
        self, config: Any, canvas: Callable[[], Any], thumbnail: Callable[[], Any], frame: Callable[[], Box | None]
    ) -> None:
        self._config, self._size, self._thumbnail, self._frame = config, canvas, thumbnail, frame
        self._held = ""
        self._grip: Any = None  # where it was taken hold of, and how all lay then
        self.area = named(Gtk.DrawingArea(), "The canvas and its new frame; drag an edge")
        self.area.set_size_request(-1, HEIGHT)
        events = Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON_RELEASE_MASK | Gdk.EventMask.POINTER_MOTION_MASK
        self.area.add_events(events)
        for signal, act in (("draw", self._draw), ("button-press-event", self._press),
                            ("motion-notify-event", self._move), ("button-release-event", self._release)):  # fmt: skip
            self.area.connect(signal, act)
        self._shown = label(dim=True)
        shapes = row(*(self._shape(ratio) for ratio in RATIOS))
        shapes.pack_end(self._shown, expand=False, fill=False, padding=0)
        self.widget = column(self.area, shapes, self._margins(), gap=6)
        if not any(self._margin(name) for name in EXPANDS) and not config.get_property("size"):
            for name in EXPANDS:
                config.set_property(property_of(name), max(canvas()) // START)

    @property
    def _canvas(self) -> tuple[int, int]:
        return self._size() or (1, 1)  # the image may have been closed

    def refresh(self) -> None:
        """Draw what the arguments say now."""
        frame = self._frame()
        self._shown.set_text(f"{self._canvas} → {frame.size}" if frame else "")
        self.area.queue_draw()

    def _margin(self, name: str) -> int:
        return self._config.get_property(property_of(name))

    def _shape(self, ratio: str) -> Gtk.Button:
        widget = Gtk.Button(label=ratio)
        widget.set_tooltip_text(tr("Make the canvas {ratio}", ratio=ratio))
        widget.connect("clicked", lambda _button: self._choose(ratio))
        return widget

    def _choose(self, ratio: str) -> None:
        for name in EXPANDS:
            self._config.set_property(property_of(name), 0)
        self._config.set_property("size", ratio)
        frame = self._frame()
        if frame is None:
            return
        # As margins, so that the numbers say what will be.
        for name, px in margins(Box.of(self._canvas), frame).items():
            self._config.set_property(property_of(name), px)
        self._config.set_property("size", "")

    def _margins(self) -> Gtk.Box:
        grid = row(gap=10)
        for name in EXPANDS:
            spin = Gtk.SpinButton.new(Gtk.Adjustment(lower=0, upper=4096, step_increment=16, page_increment=128), 0, 0)
            self._config.bind_property(property_of(name), spin.get_adjustment(), "value", BOTH)
            spin.connect("value-changed", self._typed)
            side = tr(OPTIONS[name].label)
            spin = named(spin, say("{side} margin in px", side=side))
            grid.pack_start(column(label(f"{side}, px", dim=True), spin, gap=2),
                            expand=True, fill=True, padding=0)  # fmt: skip
        return grid

    def _typed(self, spin: Gtk.SpinButton) -> None:
        # A number of one's own and a shape cannot hold both.
        if spin.get_value() and self._config.get_property("size"):
            self._config.set_property("size", "")

    # --- drawing and dragging ---------------------------------------------------------------------------------------

    def _fit(self) -> tuple[Box, float, float, float]:
        """The frame, and the scale and origin at which it is shown."""
        frame = self._frame() or Box.of(self._canvas)
        if self._grip:  # while an edge is held all else stays, or the frame would run away from the pointer
            return (frame, *self._grip[3:])
        width, height = self.area.get_allocated_width(), self.area.get_allocated_height()
        share = min((width - 24) / frame.width, (height - 24) / frame.height)
        left = (width - frame.width * share) / 2 - frame.x * share
        top = (height - frame.height * share) / 2 - frame.y * share
        return frame, share, left, top

    def _draw(self, area: Gtk.DrawingArea, context: Any) -> None:
        frame, share, left, top = self._fit()
        ink = area.get_style_context().get_color(Gtk.StateFlags.NORMAL)
        context.rectangle(left + frame.x * share, top + frame.y * share, frame.width * share, frame.height * share)
        context.set_source_rgba(ink.red, ink.green, ink.blue, 0.10)
        context.fill_preserve()
        context.set_source_rgba(ink.red, ink.green, ink.blue, 0.75)
        context.set_dash([5, 4])
        context.set_line_width(1)
        context.stroke()
        thumbnail = self._thumbnail()
        if thumbnail is not None:
            self._paint(context, thumbnail, share, left, top)
        context.set_source_rgba(ink.red, ink.green, ink.blue, 0.9)
        for x, y in self.handles.values():
            context.rectangle(round(x) - HANDLE / 2, round(y) - HANDLE / 2, HANDLE, HANDLE)
            context.fill()

    def _paint(self, context: Any, thumbnail: Any, share: float, left: float, top: float) -> None:
        context.save()
        context.translate(left, top)
        width, height = self._canvas
        context.scale(width * share / thumbnail.get_width(), height * share / thumbnail.get_height())
        Gdk.cairo_set_source_pixbuf(context, thumbnail, 0, 0)
        context.paint()
        context.restore()

    @property
    def handles(self) -> dict[str, tuple[float, float]]:
        """The middle of each edge by the name of its margin, in px of the drawing."""
        frame, share, left, top = self._fit()
        x, y = left + (frame.x + frame.width / 2) * share, top + (frame.y + frame.height / 2) * share
        return {name: (at, y) if axis == 0 else (x, at) for name, (axis, at) in self._edges().items()}

    def _edges(self) -> dict[str, tuple[int, float]]:
        frame, share, left, top = self._fit()
        return {
            "expand_left": (0, left + frame.x * share), "expand_right": (0, left + frame.right * share),
            "expand_top": (1, top + frame.y * share), "expand_bottom": (1, top + frame.bottom * share),
        }  # fmt: skip

    def _at(self, event: Gdk.EventButton | Gdk.EventMotion) -> str:
        place = (event.x, event.y)
        return next((name for name, (axis, at) in self._edges().items() if abs(place[axis] - at) <= NEAR), "")

    def _press(self, _area: Gtk.DrawingArea, event: Gdk.EventButton) -> None:
        self._held = self._at(event)
        if self._held:
            self._grip = (event.x, event.y, self._margin(self._held), *self._fit()[1:])

    def _move(self, area: Gtk.DrawingArea, event: Gdk.EventMotion) -> None:
        if not self._held:
            name = self._at(event)
            shape = {"": "default", "expand_left": "ew-resize", "expand_right": "ew-resize"}.get(name, "ns-resize")
            area.get_window().set_cursor(Gdk.Cursor.new_from_name(area.get_display(), shape))
            return
        x, y, before, share = self._grip[:4]
        pulled = {"expand_left": x - event.x, "expand_right": event.x - x, "expand_top": y - event.y}
        pulled = pulled.get(self._held, event.y - y)
        self._config.set_property("size", "")
        self._config.set_property(property_of(self._held), int(min(4096, max(0, before + pulled / share))))

    def _release(self, area: Gtk.DrawingArea, _event: Gdk.EventButton) -> None:
        self._held, self._grip = "", None
        area.queue_draw()
