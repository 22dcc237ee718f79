"""Small pieces every panel is made of. Colours come from Krita's palette, so both themes and any font size fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from .qt import Qt, QtCore, QtGui, QtWidgets, number
from .tr import language, tr


def column(parent: QtWidgets.QWidget | None = None, margin: int = 0, gap: int = 4) -> QtWidgets.QVBoxLayout:
    """A vertical layout."""
    layout = QtWidgets.QVBoxLayout(parent) if parent is not None else QtWidgets.QVBoxLayout()
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(gap)
    return layout


def row(*widgets: QtWidgets.QWidget | int, gap: int = 4) -> QtWidgets.QHBoxLayout:
    """A horizontal layout; a number among the widgets is a stretch."""
    layout = QtWidgets.QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    for widget in widgets:
        if isinstance(widget, int):
            layout.addStretch(widget)
        else:
            layout.addWidget(widget)
    return layout


def quiet(button: QtWidgets.QToolButton, text: str = "", hint: str = "") -> QtWidgets.QToolButton:
    """A flat tool button with a hint that is its accessible name as well."""
    button.setAutoRaise(True)
    button.setText(text)
    button.setToolTip(hint or text)
    button.setAccessibleName(hint or text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def tool(text: str = "", hint: str = "", call: Callable[[], Any] | None = None) -> QtWidgets.QToolButton:
    """A flat tool button that calls `call`."""
    button = quiet(QtWidgets.QToolButton(), text, hint)
    if call is not None:
        button.clicked.connect(lambda _checked=False: call())
    return button


class Sign(QtWidgets.QToolButton):
    """A flat button with a drawn sign: fonts and Krita's icon sets lack it, and drawn it fits any theme and screen.

    `draw(painter)` has a square from -1 to 1 to draw in.
    """

    def __init__(
        self,
        draw: Callable[[QtGui.QPainter], None],
        hint: str,
        call: Callable[[], Any],
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        quiet(self, hint=hint)
        self._draw = draw
        self.clicked.connect(lambda _checked=False: call())

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As the text buttons beside it."""
        side = self.fontMetrics().height() + 8
        return QtCore.QSize(side, side)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """The button's own frame, and the sign in the colour of text."""
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.translate(QtCore.QRectF(self.rect()).center())
        painter.scale(*[self.fontMetrics().height() * 0.48] * 2)
        pen = QtGui.QPen(mixed(self.palette(), 0.8 if self.isEnabled() else 0.3), 0.24)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        self._draw(painter)


def glass(painter: QtGui.QPainter) -> None:
    """A magnifying glass."""
    painter.drawEllipse(QtCore.QPointF(-0.2, -0.2), 0.6, 0.6)
    painter.drawLine(QtCore.QPointF(0.27, 0.27), QtCore.QPointF(0.8, 0.8))


def gear(painter: QtGui.QPainter) -> None:
    """A gear with eight teeth."""
    painter.drawEllipse(QtCore.QPointF(0, 0), 0.55, 0.55)
    for _tooth in range(8):
        painter.drawLine(QtCore.QPointF(0, -0.62), QtCore.QPointF(0, -0.85))
        painter.rotate(45)


def clock(painter: QtGui.QPainter) -> None:
    """A clock."""
    painter.drawEllipse(QtCore.QPointF(0, 0), 0.75, 0.75)
    painter.drawPolyline(QtGui.QPolygonF([QtCore.QPointF(*at) for at in ((0, -0.45), (0, 0), (0.35, 0.2))]))


def spark(painter: QtGui.QPainter) -> None:
    """A four-pointed star."""
    path = QtGui.QPainterPath(QtCore.QPointF(0, -0.85))
    for x, y in ((0.85, 0), (0, 0.85), (-0.85, 0), (0, -0.85)):
        path.quadTo(QtCore.QPointF(0, 0), QtCore.QPointF(x, y))
    painter.drawPath(path)


def plug(painter: QtGui.QPainter) -> None:
    """A cloud that is crossed out: no service."""
    path = QtGui.QPainterPath(QtCore.QPointF(-0.5, 0.45))
    path.cubicTo(-1.1, 0.45, -1.0, -0.3, -0.5, -0.2)
    path.cubicTo(-0.4, -0.85, 0.5, -0.8, 0.5, -0.2)
    path.cubicTo(1.0, -0.3, 1.1, 0.45, 0.5, 0.45)
    path.closeSubpath()
    painter.drawPath(path)
    painter.drawLine(QtCore.QPointF(-0.8, 0.85), QtCore.QPointF(0.8, -0.85))


def sliders(painter: QtGui.QPainter) -> None:
    """Three lines with a knob each."""
    for y, x in ((-0.6, 0.3), (0, -0.35), (0.6, 0.15)):
        painter.drawLine(QtCore.QPointF(-0.8, y), QtCore.QPointF(0.8, y))
        painter.drawEllipse(QtCore.QPointF(x, y), 0.14, 0.14)


def tick(painter: QtGui.QPainter) -> None:
    """A tick."""
    painter.drawPolyline(QtGui.QPolygonF([QtCore.QPointF(*at) for at in ((-0.6, 0), (-0.15, 0.5), (0.65, -0.5))]))


def plus(painter: QtGui.QPainter) -> None:
    """A plus."""
    painter.drawLine(QtCore.QPointF(-0.65, 0), QtCore.QPointF(0.65, 0))
    painter.drawLine(QtCore.QPointF(0, -0.65), QtCore.QPointF(0, 0.65))


class Popup(QtWidgets.QFrame):
    """A small window at a button; a click elsewhere or Esc closes it."""

    closing = QtCore.pyqtSignal()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Whoever lent a widget takes it back."""
        self.closing.emit()
        super().closeEvent(event)

    def __init__(self, owner: QtWidgets.QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._at: Any = None  # the widget it belongs to

    def show_at(self, widget: QtWidgets.QWidget) -> None:
        """Below `widget`, above it where there is no room, and always on the screen."""
        self._at = widget
        self.adjustSize()
        self._settle()
        self.show()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """What it holds may ask for more room once it is shown: a longer language, a line that wraps."""
        super().resizeEvent(event)
        if self._at is not None:
            self._settle()

    def _settle(self) -> None:
        widget = self._at
        screen = widget.window().windowHandle().screen().availableGeometry()
        below, above = widget.mapToGlobal(widget.rect().bottomLeft()), widget.mapToGlobal(QtCore.QPoint(0, 0))
        y = below.y() + 1 if below.y() + self.height() < screen.bottom() else above.y() - self.height()
        x = min(below.x(), screen.right() - self.width())
        self.move(max(screen.left(), x), max(screen.top(), y))


def mixed(
    palette: QtGui.QPalette,
    share: float,
    over: QtGui.QPalette.ColorRole = QtGui.QPalette.ColorRole.WindowText,
    under: QtGui.QPalette.ColorRole = QtGui.QPalette.ColorRole.Window,
) -> QtGui.QColor:
    """A colour between two of the palette: `share` 0..1 of `over` on `under`."""
    top, low = palette.color(over), palette.color(under)
    parts = [round(share * a + (1 - share) * b) for a, b in zip(top.getRgb()[:3], low.getRgb()[:3])]
    return QtGui.QColor(*parts)


class Note(QtWidgets.QLabel):
    """A wrapping line of quiet text; links inside call `call(link)`. `tone` is "quiet", "plain", "doubt" or "wrong"."""

    def __init__(self, text: str = "", tone: str = "quiet", call: Callable[[str], Any] | None = None) -> None:
        super().__init__(text)
        self._tone = tone
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse
                                     | Qt.TextInteractionFlag.LinksAccessibleByKeyboard)  # fmt: skip
        # A wrapping label asks for little width, or the docker could not be narrow.
        self.setMinimumWidth(40)
        if call is not None:
            self.linkActivated.connect(call)
        self._dye()

    def tell(self, text: str, tone: str | None = None) -> None:
        """Show `text` (rich text), nothing when empty."""
        self._tone = tone or self._tone
        if not text:
            self._within = None
        self.setText(text)
        self.setVisible(bool(text))
        self._dye()

    _within: tuple[str, str, int | None, str] | None = None

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another width has room for other words."""
        super().resizeEvent(event)
        new, old = event.size(), event.oldSize()
        if self._within is not None and (new.width() != old.width() or (self._within[2] is None and new != old)):
            self.tell_within(*self._within)

    def tell_within(self, words: str, links: str, lines: int | None, tone: str) -> None:
        """Show words and links in so many lines: the words are shortened, the links never; the tooltip has it all.

        `lines` None: as many as its height shows; 0: all it takes.
        """
        self._within = (words, links, lines, tone)
        whole = f"{words} {links}".strip()
        paper = QtGui.QTextDocument()
        paper.setDefaultFont(self.font())
        paper.setDocumentMargin(0)
        paper.setTextWidth(max(60, self.contentsRect().width()))
        shown, parts = whole, words.split()
        paper.setHtml(shown)
        most = self.contentsRect().height() if lines is None else (lines + 0.5) * self.fontMetrics().lineSpacing()
        while lines != 0 and paper.size().height() > most and len(parts) > 2:
            parts.pop()
            shown = f"{' '.join(parts).rstrip(',.;:')}… {links}".strip()
            paper.setHtml(shown)
        self.setToolTip(whole if shown != whole else "")
        self.tell(shown, tone)

    def changeEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802 - Qt's name
        """A new theme brings new colours."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.ApplicationPaletteChange:
            self._dye()

    def follow_theme(self) -> None:
        """New colours, in links too. A widget with a palette of its own does not hear of a new theme by itself."""
        self._dye()
        new = f"color:{readable_link(QtWidgets.QApplication.palette()).name()}"
        words = [re.sub(r"color:#[0-9a-f]{6}", new, text) for text in (self.text(), *(self._within or ())[:2])]
        self.setText(words[0])
        if self._within is not None:
            self._within = (words[1], words[2], *self._within[2:])

    def _dye(self) -> None:
        app = QtWidgets.QApplication.palette()
        roles = QtGui.QPalette.ColorRole
        colour = {"quiet": mixed(app, 0.65), "plain": app.color(roles.WindowText)}.get(self._tone)
        if colour is None:
            dark = app.color(roles.Window).lightness() < 128
            wrong, doubt = ("#ff9d8a", "#ffc46b") if dark else ("#b3261e", "#7a4f00")
            colour = QtGui.QColor(doubt if self._tone == "doubt" else wrong)
        palette = self.palette()
        palette.setColor(roles.WindowText, colour)
        palette.setColor(roles.Link, readable_link(app))
        self.setPalette(palette)


def readable_link(palette: QtGui.QPalette) -> QtGui.QColor:
    """A link colour that is readable on the window of either theme."""
    dark = palette.color(QtGui.QPalette.ColorRole.Window).lightness() < 128
    return QtGui.QColor("#8ab8ff" if dark else "#1a5fb4")


def link(target: str, text: str) -> str:
    """A link in rich text, in a colour that can be read in either theme."""
    colour = readable_link(QtWidgets.QApplication.palette()).name()
    return f'<a href="{target}" style="color:{colour}">{escaped(text)}</a>'


def open_page(address: str) -> None:
    """Show a page in the browser."""
    QtGui.QDesktopServices.openUrl(QtCore.QUrl(address))


def escaped(text: object) -> str:
    """Plain text inside rich text."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def day_of(seconds: float) -> str:
    """Day and minute of a time since 1970, in the user's language."""
    when = QtCore.QDateTime.fromSecsSinceEpoch(int(seconds))
    return QtCore.QLocale(language()).toString(when, "d MMM HH:mm")


class Elided(QtWidgets.QLabel):
    """One line that is shortened in the middle when there is no room; the whole stands in the tooltip."""

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Draw what fits."""
        painter = QtGui.QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), number(self.alignment()), text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Show `text`."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """As narrow as need be."""
        return QtCore.QSize(20, super().minimumSizeHint().height())


class Swatch(QtWidgets.QToolButton):
    """One colour as a button."""

    def __init__(self, rgb: Iterable[int], hint: str = "") -> None:
        super().__init__()
        self.rgb = tuple(rgb)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        name = "#{:02x}{:02x}{:02x}".format(*self.rgb)
        self.setToolTip(f"{name}: {hint}" if hint else name)
        self.setAccessibleName(tr("Colour {name}", name=name))
        side = self.fontMetrics().height() + 4
        self.setFixedSize(side, side)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """A disc with a fine edge, so that white shows on white."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(mixed(self.palette(), 0.5), 2 if self.hasFocus() else 1))
        painter.setBrush(QtGui.QColor(*self.rgb))
        painter.drawEllipse(self.rect().adjusted(2, 2, -3, -3))


class Bar(QtWidgets.QWidget):
    """How far the running job is: always there, empty when nothing runs, so that nothing jumps."""

    share: float | None

    def __init__(self) -> None:
        super().__init__()
        self.working, self.share, self._swing = False, None, 0.0
        self.setFixedHeight(4)

    def tell(self, working: bool, share: float | None = None) -> None:
        """`share` is 0..1, None where nobody knows how far."""
        self.working, self.share = working, share
        self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A track, and what is done of it."""
        painter = QtGui.QPainter(self)
        whole = QtCore.QRectF(self.rect()).adjusted(0, 1, 0, -1)
        painter.fillRect(whole, mixed(self.palette(), 0.14))
        if not self.working:
            return
        part = QtCore.QRectF(whole)
        if self.share is not None:
            part.setWidth(whole.width() * min(1.0, self.share))
        else:
            # Nobody knows how far: a band that walks says it is alive.
            self._swing = (self._swing + 0.03) % 1.3
            part = QtCore.QRectF(whole.width() * (self._swing - 0.3), whole.y(), whole.width() * 0.3, whole.height())
        painter.fillRect(part.intersected(whole), self.palette().color(QtGui.QPalette.ColorRole.Highlight))


class Rest(QtWidgets.QWidget):
    """Takes the height that others leave: what is in it, such as lines that wrap, never presses them together."""

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """No: it takes any height."""
        return False

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Next to nothing."""
        return QtCore.QSize(20, 0)
