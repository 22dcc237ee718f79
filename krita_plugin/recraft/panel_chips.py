"""The chips: each shows a value and changes it at a click; what does not fit, and all else, stands behind the plus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .compat import deleted
from .delivery import choices
from .fields import field_for
from .many import overs
from .panel_expand import SIDES
from .panel_options import ColoursRow, StylePicker
from .qt import Qt, QtCore, QtGui, QtWidgets
from .shared.contract import allowed
from .shared.i18n import N_
from .shared.options import OPTIONS
from .shared.plugin.rows import behind, chips, fitting
from .tr import sentence, tr
from .widgets import Popup, Sign, column, plus, quiet

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .fields import Field

GAP = 2
# What stands on the chip, where the whole is too long.
_SHORT = {
    "automatic": N_("Auto"), "above": N_("Above"), "mask": N_("Mask"), "selection": N_("Selection"),
    "scale": N_("Scale"),
}  # fmt: skip
_LABELS = {"placement": N_("Result as"), "edges": N_("Edges"), "words": N_("Words on the canvas")}


class Chip(QtWidgets.QToolButton):
    """A value with an arrow. Bold away from its default; the middle button takes it back."""

    def __init__(self, name: str, panel: ChipsPanel) -> None:
        super().__init__()
        self.name, self._panel = name, panel
        quiet(self)
        self.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.clicked.connect(lambda _checked=False: panel.open(name, self))

    def tell(self, value: str, label: str, changed: bool) -> None:
        """Show a value."""
        self.setText(f"{value} ▾")
        self.setToolTip(f"{label}: {value}")
        self.setAccessibleName(f"{label}: {value}")
        font = self.font()
        if font.bold() != changed:
            font.setBold(changed)
            self.setFont(font)
            self.updateGeometry()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The middle button takes it back."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panel.take_back(self.name)
        super().mouseReleaseEvent(event)


class Plus(Sign):
    """The plus, with a dot when something behind it is set."""

    marked = False

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The sign and the dot."""
        super().paintEvent(event)
        if self.marked:
            painter = QtGui.QPainter(self)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(QtGui.QPalette.ColorRole.Highlight))
            painter.drawEllipse(self.width() - 8, 3, 5, 5)


class ChipsPanel(QtWidgets.QWidget):
    """The row of chips."""

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._session, self._state, self._dock = session, session.state, dock
        self._chips: dict[str, Chip] = {}
        self._layout = QtWidgets.QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._row = QtWidgets.QHBoxLayout()
        self._row.setSpacing(GAP)
        self.plus: Plus = Plus(plus, tr("More options"), lambda: self.open_all(self.plus))
        self._layout.addLayout(self._row)
        self._layout.addStretch(1)
        self._layout.addWidget(self.plus)
        self._state.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """As many as fit."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """The row never makes the docker wide."""
        return QtCore.QSize(60, self.plus.sizeHint().height())

    def refresh(self) -> None:
        """Chips of the verb, with their values."""
        names = chips(self._state.verb, self._state.model)
        if tuple(self._chips) != names:
            for chip in self._chips.values():
                self._row.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
            self._chips = {name: Chip(name, self) for name in names}
            for chip in self._chips.values():
                self._row.addWidget(chip)
        for name, chip in self._chips.items():
            chip.tell(*self._told(name))
        self.plus.marked = any(self._changed(name) for name in (*self._behind(), "colors", "over"))
        self.plus.update()
        self._fit()

    def _fit(self) -> None:
        widths = [chip.sizeHint().width() for chip in self._chips.values()]
        count = fitting(widths, self.width(), GAP, self.plus.sizeHint().width() + GAP)
        for at, chip in enumerate(self._chips.values()):
            chip.setVisible(at < count)
        verb = self._state.verb
        more = bool(self._behind()) or verb.takes("colors", self._state.model) or bool(verb.row.picture)
        self.plus.setVisible(count < len(widths) or more)

    def _behind(self) -> tuple[str, ...]:
        return behind(self._state.verb, self._state.model)

    # --- what they say ----------------------------------------------------------------------------------------------

    def _told(self, name: str) -> tuple[str, str, bool]:
        """(value, label, whether it is away from its default) of a chip."""
        label = tr(_LABELS[name] if name in _LABELS else OPTIONS[name].label)
        return getattr(self, f"_say_{name}")(), label, self._changed(name)

    def _say_model(self) -> str:
        return self._state.models()[self._state.model]

    def _say_style(self) -> str:
        if self._state.get("style_id"):
            return tr("Own style")
        style = self._state.get("style")
        return style or tr("No style")

    def _say_size(self) -> str:
        size = self._state.get("size")
        return size.replace("x", " × ") if size else tr("As picture")

    def _say_n(self) -> str:
        return f"×{self._state.get('n') or 1}"

    def _say_placement(self) -> str:
        key = self._placement()
        return tr(_SHORT.get(key, self._choices()[key]))

    def _say_edges(self) -> str:
        return self._state.get("size") or tr("Edges")

    def _say_strength(self) -> str:
        return tr("Strength {share} %", share=round(100 * float(self._state.get("strength") or 0)))

    def _say_words(self) -> str:
        count = len([word for word in self._state.sheet.words if word[6]])
        return tr("Words {count}", count=count) if count else tr("Words")

    def _changed(self, name: str) -> bool:
        values = self._state.sheet.values.get(self._state.verb.key, {})
        if name == "edges":
            return any(values.get(key) for key in ("size", *SIDES))
        if name == "style":
            return bool(values.get("style") or values.get("style_id"))
        if name == "words":
            return any(word[6] for word in self._state.sheet.words)
        return bool(values.get("result_as" if name == "placement" else name))

    def _choices(self) -> dict[str, str]:
        canvas = self._state.canvas
        return choices(self._state.verb.row.shape, can_mask=canvas is None or canvas.can_mask)

    def _placement(self) -> str:
        known, chosen = self._choices(), self._state.get("result_as", "")
        return chosen if chosen in known else next(iter(known))

    # --- what they do -----------------------------------------------------------------------------------------------

    def take_back(self, name: str) -> None:
        """Back to the default."""
        keys = {
            "edges": ("size", *SIDES),
            "style": ("style", "style_id"), "placement": ("result_as",), "words": ("text_layout",),
        }  # fmt: skip
        if name == "words":
            self._dock.words.clear()
        for key in keys.get(name, (name,)):
            self._state.set(key, None)

    def open(self, name: str, at: QtWidgets.QWidget) -> None:
        """Its menu, or the small window it opens."""
        known: dict[str, Callable[[], Mapping[Any, str]]] = {
            "model": self._state.models, "n": lambda: {count: f"×{count}" for count in range(1, 7)},
            "placement": lambda: {key: tr(text) for key, text in self._choices().items()}, "size": self._sizes,
        }  # fmt: skip
        if name in known:
            self._menu(name, known[name](), at)
        else:
            popup = Popup(at)
            column(popup, margin=6).addWidget(self._inside(name, popup))
            popup.show_at(at)

    def _menu(self, name: str, rows: Mapping[Any, str], at: QtWidgets.QWidget) -> None:
        now = {"model": self._state.model, "placement": self._placement(), "n": self._state.get("n") or 1}
        key = "result_as" if name == "placement" else name
        menu = QtWidgets.QMenu(at)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for value, text in rows.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(value == now.get(name, self._state.get(key) or ""))
            action.triggered.connect(lambda _checked=False, value=value: self._state.set(key, value))
        menu.popup(at.mapToGlobal(at.rect().bottomLeft()))

    def _sizes(self) -> dict[str, str]:
        return {"": tr("as the picture"), **{size: size.replace("x", " × ") for size in allowed(self._state.model)}}

    def _inside(self, name: str, popup: Popup) -> QtWidgets.QWidget:
        if name == "style":
            picker = StylePicker(self._session)
            picker.refresh()
            picker.setMinimumWidth(14 * self.fontMetrics().averageCharWidth() + 120)
            return picker
        if name in ("edges", "words"):
            panel = self._dock.expand if name == "edges" else self._dock.words
            # It belongs to the docker: the small window only shows it.
            popup.closing.connect(lambda: self._dock.take_home(panel))
            panel.show()
            return panel
        return self._field(name).widget

    def _field(self, name: str) -> Field:
        option = next(one for one in self._state.verb.options(self._state.model) if one.name == name)
        field = field_for(option, self._state.model)
        field.show(self._state.get(name))
        field.changed.connect(self._state.set)
        return field

    def open_all(self, at: QtWidgets.QWidget) -> None:
        """All that is not in sight: chips that did not fit, and the options without one."""
        popup = Popup(at)
        grid = QtWidgets.QGridLayout(popup)
        grid.setColumnStretch(1, 1)
        hidden = [name for name, chip in self._chips.items() if not chip.isVisibleTo(self) or not self.isVisible()]
        for name in hidden:
            chip = Chip(name, self)
            face = self._told(name)
            chip.tell(*face)
            self._state.changed.connect(lambda chip=chip: self._retell(chip))
            self._pair(grid, face[1], chip)
        if self._state.verb.takes("colors", self._state.model):
            self._pair(grid, tr("Colours"), ColoursRow(self._session))
        for name in self._behind():
            field = self._field(name)
            label = "" if field.option.rule.widget == "flag" else tr(field.option.label)
            field.widget.setToolTip(sentence(field.option.help))
            self._pair(grid, label, field.widget)
        if self._state.verb.row.picture:
            self._pair(grid, tr("Over"), self._over())
        if not grid.count():
            grid.addWidget(QtWidgets.QLabel(tr("There is nothing to choose here.")), 0, 0)
        popup.setMinimumWidth(240)
        popup.show_at(at)

    def _retell(self, chip: Chip) -> None:
        """A chip in the small window follows what is chosen; one whose verb is gone does not."""
        if not deleted(chip) and chip.name in self._chips:
            chip.tell(*self._told(chip.name))

    def _over(self) -> QtWidgets.QComboBox:
        box = QtWidgets.QComboBox()
        box.setAccessibleName(tr("Over"))
        for value, text in overs(self._state).items():
            box.addItem(tr(text), value)
        box.setCurrentIndex(max(0, box.findData(self._state.get("over", ""))))
        box.setToolTip(tr("Each in one request, all in one go; the names of areas are their prompts."))
        box.currentIndexChanged.connect(lambda _index: self._state.set("over", box.currentData()))
        return box

    def _pair(self, grid: QtWidgets.QGridLayout, text: str, widget: QtWidgets.QWidget) -> None:
        at = grid.rowCount()
        label = QtWidgets.QLabel(text)
        label.setBuddy(widget)
        grid.addWidget(label, at, 0)
        if isinstance(widget, Chip):
            grid.addWidget(widget, at, 1, Qt.AlignmentFlag.AlignLeft)
        else:
            grid.addWidget(widget, at, 1)
