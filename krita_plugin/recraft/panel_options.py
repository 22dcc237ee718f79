"""Style, model, count, colours, and behind "More" what few need: all made from the option rules."""

from .delivery import CHOICES, MASK
from .fields import field_for
from .qt import Qt, QtWidgets
from .shared.contract.styles import STYLES
from .tr import tr
from .widgets import Fold, Swatch, column, day_of, row, tool

_WIDE = 420  # px from which two fields stand side by side


class OptionsPanel(QtWidgets.QWidget):
    """The rows between prompt and main button; built anew when verb or model change."""

    def __init__(self, session):
        super().__init__()
        self._session, self._state = session, session.state
        self._built = None
        self._fields, self._styles, self._colours, self._as = {}, None, None, None
        self._wide = False
        self._column = column(self)
        self._holder = None
        self._state.changed.connect(self.refresh)
        session.library.known.connect(self.rebuild)
        self.refresh()

    def resizeEvent(self, event):  # noqa: N802 - Qt's name
        """Narrow: labels above fields."""
        super().resizeEvent(event)
        wide = event.size().width() >= _WIDE
        if wide != self._wide:
            self._wide = wide
            self.rebuild()

    def rebuild(self):
        """Build the rows again."""
        self._built = None
        self.refresh()

    def refresh(self):
        """Rows of the verb and model in use, filled with what is chosen."""
        # A new style has a panel of its own.
        self.setVisible(self._state.verb.key != "style")
        wanted = (self._state.verb.key, self._state.model, self._wide)
        if wanted != self._built:
            self._built = wanted
            self._build()
        for name, field in self._fields.items():
            field.show(self._state.get(name))
        if self._as is not None:
            self._show_as()
        if self._colours is not None:
            self._colours.refresh()
        if self._styles is not None:
            self._styles.refresh()

    def _show_as(self):
        """What is done with the result: as chosen for this document and verb, whoever showed another before."""
        blocked = self._as.blockSignals(True)
        self._as.setCurrentIndex(max(0, self._as.findData(self._state.get("result_as", ""))))
        self._as.blockSignals(blocked)

    def _build(self):
        if self._holder is not None:
            self._holder.hide()
            self._holder.deleteLater()
        self._holder = QtWidgets.QWidget()
        self._column.addWidget(self._holder)
        self._fields, self._styles, self._colours, self._as = {}, None, None, None
        verb, model = self._state.verb, self._state.model
        grid = _Grid(self._holder, columns=2 if self._wide else 1)
        if verb.takes("style", model) and verb.operation != "create_style":
            self._styles = StylePicker(self._session)
            grid.add(tr("Style"), self._styles)
        # What most people look at first stands in pairs; the rest of the rules follows behind "More".
        shown = [option for option in verb.fields(model) if not option.more]
        for option in shown:
            if option.name != "n" or not verb.models:
                self._add(grid, option, model)
        if verb.operation in CHOICES:
            grid.add(tr("Result as"), self._choice(verb.operation))
        if verb.takes("colors", model):
            self._colours = ColoursRow(self._session)
            grid.whole(self._colours)
        self._more(grid, [option for option in verb.fields(model) if option.more], model)

    def _add(self, grid, option, model):
        if option.name == "model":
            option = type(option)(option.name, option.label, option.help, option.rule, self._state.verb.default_model)
        field = self._field(option, model)
        if option.rule.widget == "flag":
            grid.add("", field.widget)
        elif option.name == "model" and self._state.verb.takes("n", model):
            # How many of which model: the two numbers that make the price stand together.
            count = self._field(next(one for one in self._state.verb.options(model) if one.name == "n"), model)
            grid.add(tr(option.label), together(field.widget, QtWidgets.QLabel(tr("Count")), count.widget))
        else:
            grid.add(tr(option.label), field.widget)

    def _field(self, option, model):
        field = field_for(option, model)
        if option.name == "model":
            for name in [name for name in option.rule.values if name not in self._state.verb.models]:
                field.widget.removeItem(field.widget.findData(name))
            for name, label in self._state.models().items():
                field.widget.setItemText(field.widget.findData(name), label)
        field.show(self._state.model if option.name == "model" else self._state.get(option.name))
        field.changed.connect(self._state.set)
        self._fields[option.name] = field
        return field

    def _choice(self, operation):
        box = QtWidgets.QComboBox()
        box.setMinimumContentsLength(6)
        box.setAccessibleName(tr("Result as"))
        canvas = self._state.canvas
        for text in CHOICES[operation]:
            if text != MASK or canvas is None or canvas.can_mask:
                box.addItem(tr(text), text)
        self._as = box
        self._show_as()
        box.currentIndexChanged.connect(lambda _index: self._state.set("result_as", box.currentData()))
        return box

    def _more(self, grid, options, model):
        if not options:
            return
        keep = self._session.host.keep_setting
        opened = self._session.host.setting("more", "false") == "true"
        fold = Fold(tr("More"), opened, lambda now: keep("more", "true" if now else "false"))
        inner = _Grid(fold.body, columns=2 if self._wide else 1)
        for option in options:
            self._add(inner, option, model)
        grid.whole(fold)


def together(*widgets):
    """Widgets in one row; the first takes what is left."""
    holder = QtWidgets.QWidget()
    line = row(*widgets)
    line.setStretch(0, 1)
    holder.setLayout(line)
    return holder


class _Grid:
    """Label and field in pairs: one pair a row when narrow, two when wide."""

    def __init__(self, parent, columns):
        self._grid = QtWidgets.QGridLayout(parent)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._columns, self._count = columns, 0
        for column_ in range(columns):
            self._grid.setColumnStretch(2 * column_ + 1, 1)

    def add(self, text, widget):
        """One pair."""
        at_row, at = divmod(self._count, self._columns)
        label = QtWidgets.QLabel(text)
        label.setBuddy(widget)
        self._grid.addWidget(label, at_row, 2 * at, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(widget, at_row, 2 * at + 1)
        self._count += 1

    def whole(self, widget):
        """A widget over the whole width."""
        at_row = -(-self._count // self._columns)
        self._grid.addWidget(widget, at_row, 0, 1, 2 * self._columns)
        self._count = (at_row + 1) * self._columns


class StylePicker(QtWidgets.QComboBox):
    """All styles of the model by group, own ones first; typing searches."""

    def __init__(self, session):
        super().__init__()
        self._session, self._state = session, session.state
        self.setEditable(True)
        self.setMaxVisibleItems(20)
        self.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setAccessibleName(tr("Style"))
        self._fill()
        completer = QtWidgets.QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QtWidgets.QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.lineEdit().editingFinished.connect(self._typed)
        self.activated.connect(self._chosen)

    def _fill(self):
        self.addItem(tr("no style"), ("", ""))
        own = self._session.library.styles
        offline = bool(self._state.offline)
        for style in (one for one in own if bool(one.get("offline")) == offline):
            kind = style.get("style", "any").replace("_", " ")
            name = style.get("prompt") or ("" if kind == "any" else kind)
            words = [tr("Own"), name, day_of(style["created"])]
            self.addItem(" · ".join(word for word in words if word), ("style_id", style["id"]))
        for group, names in STYLES.get(self._state.model, {}).items():
            self.insertSeparator(self.count())
            for name in names:
                title = "Raw" if group == "default" else f"{group.capitalize()} · {name}"
                self.addItem(title, ("style", name))

    def refresh(self):
        """Show what is chosen."""
        wanted = ("style_id", self._state.get("style_id")) if self._state.get("style_id") else None
        wanted = wanted or (("style", self._state.get("style")) if self._state.get("style") else ("", ""))
        for index in range(self.count()):
            data = self.itemData(index)
            if data is not None and tuple(data) == tuple(wanted):
                if index != self.currentIndex():
                    self.setCurrentIndex(index)
                return

    def _typed(self):
        index = self.findText(self.currentText(), Qt.MatchFlag.MatchFixedString)
        if index >= 0:
            self.setCurrentIndex(index)
            self._chosen(index)
        else:
            self.refresh()
            self.setEditText(self.itemText(self.currentIndex()))

    def _chosen(self, index):
        data = self.itemData(index)
        if data is None:
            return
        kind, value = data
        for name in ("style", "style_id"):
            self._state.set(name, value if name == kind else None)


class ColoursRow(QtWidgets.QWidget):
    """Swatches of the colours to prefer; a click takes one away, + adds the foreground, background or palette."""

    MOST = 8

    def __init__(self, session):
        super().__init__()
        self._session, self._state = session, session.state
        self._layout = row(gap=2)
        self.setLayout(self._layout)
        self._shown = None
        self.refresh()

    def refresh(self):
        """Show the chosen colours."""
        colours = tuple(tuple(one[0]) for one in self._state.get("colors", ()))
        if colours == self._shown:
            return
        self._shown = colours
        while self._layout.count():
            item = self._layout.takeAt(0)
            if item.widget() is not None:
                item.widget().deleteLater()
        for index, rgb in enumerate(colours):
            swatch = Swatch(rgb, tr("click to leave it out"))
            swatch.clicked.connect(lambda _checked=False, index=index: self._drop(index))
            self._layout.addWidget(swatch)
        self._layout.addWidget(self._plus())
        if not colours:
            self._layout.addWidget(QtWidgets.QLabel(tr("Colours")))
        self._layout.addStretch(1)

    def _plus(self):
        plus = tool("+", hint=tr("Take the foreground colour"))
        plus.clicked.connect(lambda: self._take(self._session.host.colours()[:1]))
        menu = QtWidgets.QMenu(plus)
        for text, found in (
            (tr("Foreground colour"), lambda: self._session.host.colours()[:1]),
            (tr("Background colour"), lambda: self._session.host.colours()[1:]),
            (tr("Krita's active palette"), self._session.host.palette),
        ):
            menu.addAction(text).triggered.connect(lambda _checked=False, found=found: self._take(found()))
        plus.setMenu(menu)
        plus.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return plus

    def _take(self, found):
        now = [tuple(one[0]) for one in self._state.get("colors", ())]
        new = [*now, *(rgb for rgb in found if rgb not in now)][: self.MOST]
        self._state.set("colors", [[list(rgb), None] for rgb in new])

    def _drop(self, index):
        now = list(self._state.get("colors", ()))
        del now[index]
        self._state.set("colors", now)
