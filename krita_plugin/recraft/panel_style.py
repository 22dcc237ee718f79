"""New style: references from the layers chosen in the layer docker or from files, each with a weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .compat import bits
from .fields import picture_kinds
from .qt import Qt, QtGui, QTimer, QtWidgets, picture_of
from .shared.contract.limits import MAX_STYLE_FILES
from .shared.contract.styles import BASE_STYLES
from .shared.errors import BadOption
from .shared.geometry import Box
from .tr import tr
from .widgets import Elided, Note, column, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .shared.plugin.document_job import Job

_LONGEST = 1536  # px: references larger than this are scaled down before they are handed over


class StylePanel(QtWidgets.QWidget):
    """Shown for New style only."""

    def __init__(self, session: Desk) -> None:
        super().__init__()
        self._session, self._state = session, session.state
        self._references: list[list[Any]] = []  # [name, QImage, weight box, row]
        self.made = ""  # the newest style's id
        self.base = QtWidgets.QComboBox()
        self.base.setAccessibleName(tr("Kind of style"))
        self.base.setMinimumContentsLength(6)
        for name in BASE_STYLES:
            self.base.addItem(tr("Any") if name == "any" else name.replace("_", " ").capitalize(), name)
        self.name = QtWidgets.QLineEdit()
        self.name.setPlaceholderText(tr("what it should look like, in words (optional)"))
        self._list = QtWidgets.QVBoxLayout()
        self._empty = Note(tr("Choose layers in the layer docker, then add them here."))
        self.base.currentIndexChanged.connect(lambda _index: self._state.changed.emit())
        layout = column(self)
        layout.addWidget(self.base)
        layout.addWidget(self.name)
        layout.addLayout(self._list)
        layout.addWidget(self._empty)
        layout.addLayout(row(tool(tr("Add layers"), call=self.add_layers), tool(tr("Add files…"), call=self._files), 1))
        layout.addStretch(1)
        self._state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """A word where there is nothing yet."""
        self._empty.setVisible(not self._references)

    @property
    def ready(self) -> bool:
        """True when there is something to make a style from."""
        return bool(self._references)

    def price(self) -> str:
        """What making it costs, "" where that is not known."""
        if self._state.offline:
            return tr("on this computer")
        return self._session.price_of("create_style", short=True, style=self.base.currentData())

    def add_layers(self) -> None:
        """Take the chosen layers as they look now."""
        canvas = self._session.host.active()
        if canvas is None:
            self._session.say_nothing_open()
            return
        chosen = self._session.host.chosen_layers()
        if not chosen:
            self._session.say(BadOption("No layer is chosen.", remedy="Choose layers in the layer docker first."))
        for node in chosen:
            rect = node.bounds()
            box = Box(rect.x(), rect.y(), rect.width(), rect.height()).intersect(Box.of(canvas.size))
            if not box.empty:
                image = picture_of(canvas.read_layer(node, box), box.width, box.height)
                self.add(node.name(), image)

    def add(self, name: str, image: QtGui.QImage) -> None:
        """One reference more."""
        if len(self._references) >= MAX_STYLE_FILES:
            self._session.said.emit(tr("A style takes up to {most} pictures.", most=MAX_STYLE_FILES), "")
            return
        if max(image.width(), image.height()) > _LONGEST:
            modes = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(_LONGEST, _LONGEST, *modes)
        weight = QtWidgets.QDoubleSpinBox()
        weight.setRange(0, 1)
        weight.setSingleStep(0.1)
        weight.setValue(1)
        weight.setToolTip(tr("How much this picture counts"))
        weight.setAccessibleName(tr("Weight of {name}", name=name))
        holder, icon = QtWidgets.QWidget(), QtWidgets.QLabel()
        icon.setPixmap(QtGui.QPixmap.fromImage(image.scaled(32, 32, Qt.AspectRatioMode.KeepAspectRatio)))
        reference = [name, image, weight, holder]
        drop = tool("✕", hint=tr("Leave it out"), call=lambda: self._drop(reference))
        label = Elided(name)
        label.setToolTip(name)
        line = row(icon, label, weight, drop)
        line.setStretch(1, 1)
        holder.setLayout(line)
        self._list.addWidget(holder)
        self._references.append(reference)
        self._state.changed.emit()

    def _drop(self, reference: list[Any]) -> None:
        self._references.remove(reference)
        reference[3].deleteLater()
        self._state.changed.emit()

    def _files(self) -> None:
        paths, _ = QtWidgets.QFileDialog.getOpenFileNames(self, tr("Add files…"), "", picture_kinds())
        for path in paths:
            image = QtGui.QImage(path)
            if image.isNull():
                self._session.said.emit(tr("{path} cannot be read as a picture.", path=path), "")
            else:
                self.add(path.replace("\\", "/").rsplit("/", 1)[-1], image)

    def run(self) -> None:
        """Make it: what the main button does here."""
        if not self.ready:
            self._session.say(BadOption("There is no picture for the style yet.", remedy="Add layers or files."))
            return
        options = {"style": self.base.currentData()}
        if self.name.text().strip():
            options["prompt"] = self.name.text().strip()
        weights = [round(weight.value(), 2) for _, _, weight, _ in self._references]
        if any(weight != weights[0] for weight in weights):
            options["image_weights"] = weights
        pictures = [(bits(image), image.width(), image.height()) for _, image, _, _ in self._references]
        self._session.make_style(options, pictures, self._made)

    def _made(self, job: Job) -> None:
        if job.state == "done":
            self.made = str(job.result.answer["id"])
            # Said after the line that every job's end clears.
            QTimer.singleShot(0, lambda: self._session.said.emit("The style is made.", "use"))
