"""Widgets made from option rules: what the rule allows is what the widget can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .qt import QtGui, QtWidgets
from .shared.contract import RATIOS, allowed
from .shared.plugin.signals import Signal
from .shared.validation import Choice, Color, Files, Flag, Number, SizeText
from .tr import sentence, tr

if TYPE_CHECKING:
    from .shared.options import Option


class Field:
    """One option with its widget. `changed` rings with (name, value); None means "as the default"."""

    option: Any  # an Option whose rule suits the field

    def __init__(self, option: Option) -> None:
        self.option = option
        self.changed = Signal()
        self._quiet = False
        self.widget = self._make()
        self.widget.setToolTip(sentence(option.help))
        self.widget.setAccessibleName(tr(option.label))

    def _make(self) -> QtWidgets.QWidget:
        raise NotImplementedError

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def value(self) -> Any:
        """What is set, None as the default."""
        raise NotImplementedError

    def show(self, value: Any) -> None:
        """Show a value without ringing."""
        self._quiet = True
        self._show(self.option.default if value is None else value)
        self._quiet = False

    def _moved(self, *_ignored: Any) -> None:
        if not self._quiet:
            self.changed.emit(self.option.name, self.value())


class NumberField(Field):
    """A spin box. Where there is no default, its lowest step reads "automatic" and means None."""

    widget: Any  # QSpinBox or QDoubleSpinBox

    def _make(self) -> QtWidgets.QWidget:
        rule = self.option.rule
        whole = rule.whole
        box: Any = QtWidgets.QSpinBox() if whole else QtWidgets.QDoubleSpinBox()
        step = 1 if whole else 0.05 if rule.high <= 1 else 1.0
        self._auto = self.option.default is None and self.option.name != "strength"
        low = rule.low - (step if self._auto else 0)
        # A Qt spin box holds 32 bit signed; a seed goes to twice that.
        box.setRange(int(low) if whole else low, min(int(rule.high), 2**31 - 1) if whole else rule.high)
        box.setSingleStep(step)
        if not whole:
            box.setDecimals(2 if rule.high <= 1 else 1)
        if rule.unit:
            box.setSuffix(f" {tr(rule.unit)}")
        if self._auto:
            box.setSpecialValueText(tr("automatic"))
        box.setMinimumWidth(52)
        box.valueChanged.connect(self._moved)
        return box

    def value(self) -> float | None:
        """The number, None for automatic."""
        if self._auto and self.widget.value() == self.widget.minimum():
            return None
        value = self.widget.value()
        return round(value, 4) if isinstance(value, float) else value

    def _show(self, value: Any) -> None:
        if value is None:
            value = self.widget.minimum()
        self.widget.setValue(int(value) if self.option.rule.whole else float(value))


class ChoiceField(Field):
    """A combo box; the empty entry, where there is no default, means None."""

    widget: QtWidgets.QComboBox

    def _make(self) -> QtWidgets.QWidget:
        box = QtWidgets.QComboBox()
        # Long names must not make the docker wide.
        box.setMinimumContentsLength(6)
        box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        if self.option.default is None:
            box.addItem(tr("automatic"), None)
        for value, label in self.choices().items():
            if self._begins(value):
                box.insertSeparator(box.count())
            box.addItem(tr(label), value)
        box.currentIndexChanged.connect(self._moved)
        return box

    def choices(self) -> Mapping[str, str]:
        """Values with their labels."""
        return self.option.rule.values

    def _begins(self, _value: str) -> bool:
        """True when another group of values begins with this one."""
        return False

    def value(self) -> Any:
        """The chosen value."""
        return self.widget.currentData()

    def _show(self, value: Any) -> None:
        self.widget.setCurrentIndex(max(0, self.widget.findData(value)))


class SizeField(ChoiceField):
    """The sizes a model makes; the first entry is the ratio nearest to the canvas."""

    def __init__(self, option: Option, model: str = "") -> None:
        self._model = model
        super().__init__(option)
        self.widget.setItemText(0, tr("as the picture"))

    def choices(self) -> Mapping[str, str]:
        """Ratios first, each once."""
        sizes = allowed(self._model) if self._model else RATIOS
        return {size: size.replace("x", " × ") for size in sizes}

    def _begins(self, value: str) -> bool:
        """Pixel sizes follow the ratios."""
        return "x" in value and value == next(size for size in self.choices() if "x" in size)


class FlagField(Field):
    """A tick."""

    widget: QtWidgets.QCheckBox

    def _make(self) -> QtWidgets.QWidget:
        box = QtWidgets.QCheckBox(tr(self.option.label))
        box.toggled.connect(self._moved)
        return box

    def value(self) -> bool | None:
        """True, or None when it is not ticked."""
        return True if self.widget.isChecked() else None

    def _show(self, value: Any) -> None:
        self.widget.setChecked(bool(value))


class LineField(Field):
    """One line of text."""

    def _make(self) -> QtWidgets.QWidget:
        self._line = line = QtWidgets.QLineEdit()
        line.setPlaceholderText(self.option.rule.says if self.option.rule.says != "text" else "")
        line.textEdited.connect(self._moved)
        return line

    def value(self) -> str | None:
        """The text, None when empty."""
        return self._line.text().strip() or None

    def _show(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if text != self._line.text().strip():
            self._line.setText(text)


class FilesField(LineField):
    """Names of picture files with ; between them, and a button to choose them."""

    def _make(self) -> QtWidgets.QWidget:
        holder = QtWidgets.QWidget()
        super()._make()
        self._line.setMinimumWidth(52)
        choose = QtWidgets.QToolButton()
        choose.setText("…")
        choose.setToolTip(tr("Add files…"))
        choose.setAccessibleName(tr("Add files…"))
        choose.clicked.connect(self._choose)
        layout = QtWidgets.QHBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line, 1)
        layout.addWidget(choose)
        holder.setFocusProxy(self._line)
        return holder

    def _choose(self) -> None:
        names, _ = QtWidgets.QFileDialog.getOpenFileNames(self.widget, tr("Add files…"), "", picture_kinds())
        if names:
            self._line.setText("; ".join(filter(None, (self.value(), *names))))
            self._moved()

    def _show(self, value: Any) -> None:
        super()._show(value if isinstance(value, str) else "; ".join(value or ()))


def picture_kinds() -> str:
    """The filter of a dialog that opens pictures."""
    return tr("Pictures") + " (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff)"


class ColorField(Field):
    """A button with the colour; a right click or the colour dialog's Cancel leaves it, "×" takes it away."""

    def _make(self) -> QtWidgets.QWidget:
        holder = QtWidgets.QWidget()
        self._button = QtWidgets.QToolButton()
        self._button.setText(tr("choose"))
        self._button.clicked.connect(self._choose)
        self._clear = QtWidgets.QToolButton()
        self._clear.setText("×")
        self._clear.setAutoRaise(True)
        self._clear.setAccessibleName(tr("No colour"))
        self._clear.clicked.connect(lambda: (self._show(None), self._moved()))  # type: ignore[func-returns-value]
        layout = QtWidgets.QHBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        for one in (self._button, self._clear):
            layout.addWidget(one)
        layout.addStretch(1)
        self._rgb: tuple[int, ...] | None = None
        return holder

    def _choose(self) -> None:
        colour = QtWidgets.QColorDialog.getColor(QtGui.QColor(*(self._rgb or (255, 255, 255))), self.widget)
        if colour.isValid():
            self._show((colour.red(), colour.green(), colour.blue()))
            self._moved()

    def value(self) -> tuple[int, ...] | None:
        """(red, green, blue) or None."""
        return self._rgb

    def _show(self, value: Any) -> None:
        self._rgb = tuple(value) if value else None
        self._clear.setVisible(self._rgb is not None)
        name = "#{:02x}{:02x}{:02x}".format(*self._rgb) if self._rgb else tr("choose")
        self._button.setText(name)
        if self._rgb:
            square = QtGui.QPixmap(16, 16)
            square.fill(QtGui.QColor(*self._rgb))
            self._button.setIcon(QtGui.QIcon(square))
            self._button.setToolButtonStyle(QtWidgets.QToolButton().toolButtonStyle().__class__.ToolButtonTextBesideIcon)
        else:
            self._button.setIcon(QtGui.QIcon())


def field_for(option: Option, model: str = "") -> Field:
    """The field that suits an option's rule."""
    if isinstance(option.rule, SizeText):
        return SizeField(option, model)
    for rule, kind in ((Number, NumberField), (Choice, ChoiceField), (Flag, FlagField), (Color, ColorField),
                       (Files, FilesField)):
        if isinstance(option.rule, rule):
            return kind(option)
    return LineField(option)
