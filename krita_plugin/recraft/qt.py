"""Qt for every Krita: PyQt5 up to 5.3, PyQt6 from 6.0. All other modules take Qt from here.

PyQt5 first: Krita 5.2 would load a PyQt6 that happens to lie about and crash, while Krita 6 refuses PyQt5 with an
ImportError. Enums are always spelled in full (Qt.AlignmentFlag.AlignLeft): the one spelling both know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

try:
    from PyQt5 import QtCore, QtGui, QtWidgets
except ImportError:  # Krita 6
    from PyQt6 import QtCore, QtGui, QtWidgets

if TYPE_CHECKING:
    from .shared.protocol import Bytes

Qt = QtCore.Qt
QTimer = QtCore.QTimer

__all__ = [
    "QTimer", "Qt", "QtCore", "QtGui", "QtWidgets", "file_of", "items_of", "number", "picture_of", "point_of", "timer",
]  # fmt: skip


def file_of(small: tuple[bytes, int, int], side: int = 128) -> bytes:
    """A small picture, (bytes RGBA, width, height), as a file: PNG where it is transparent, else JPEG."""
    data, width, height = small
    image = picture_of(data, width, height, "RGBA")
    modes = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    if max(image.width(), image.height()) > side:
        image = image.scaled(side, side, *modes)
    opaque = min(bytes(data)[3::4], default=255) == 255
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG" if opaque else "PNG", 85 if opaque else -1)
    return bytes(buffer.data())


def point_of(event: QtGui.QMouseEvent) -> QtCore.QPoint:
    """Where a mouse event happened in its widget; PyQt6 has no pos()."""
    return event.position().toPoint() if hasattr(event, "position") else event.pos()


def items_of(view: QtWidgets.QListWidget) -> list[QtWidgets.QListWidgetItem]:
    """The items of a list, in order."""
    items: Any = (view.item(at) for at in range(view.count()))
    return list(items)


def number(flags: Any) -> int:
    """Flags as an int, which QPainter.drawText wants; PyQt6's are Python enums."""
    return flags.value if hasattr(flags, "value") else int(flags)


def picture_of(data: Bytes, width: int, height: int, order: str = "BGRA", most: int = 0) -> QtGui.QImage:
    """A QImage of raw pixels (8 bit, straight alpha); one longer than `most` px is scaled down to it."""
    kinds = QtGui.QImage.Format
    kind = kinds.Format_ARGB32 if order == "BGRA" else kinds.Format_RGBA8888
    image = QtGui.QImage(bytes(data), width, height, 4 * width, kind)
    if 0 < most < max(width, height):
        return image.scaled(most, most, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation)
    # QImage does not own the bytes it was given.
    return image.copy()


def timer(parent: QtCore.QObject, every_ms: int, call: Callable[[], Any]) -> QtCore.QTimer:
    """A running QTimer that calls `call` every `every_ms` milliseconds."""
    ticker = QTimer(parent)
    ticker.timeout.connect(call)
    ticker.start(every_ms)
    return ticker
