"""Explore: a grid of different pictures; each can bring more of its kind, become a layer or a style."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .qt import Qt, QtCore, QtWidgets, items_of
from .shared.plugin.choices import NEAR
from .shared.plugin.verbs import EXPLORED
from .strip import ENTRY, Strip, pixmap
from .tr import tr
from .widgets import Note, column, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .shared.errors import RecraftError
    from .shared.plugin.document_job import Job
    from .shared.plugin.groups import Entry
    from .shared.plugin.result import Result

_LEAST, _MOST = 96, 256  # px of a picture on screen
_GAP = 6


class ExplorePanel(QtWidgets.QWidget):
    """Shown for Explore, in the place of the strip: the newest set, and what can be done with the chosen picture."""

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._session, self._library, self._dock = session, session.library, dock
        self._entry: dict[str, Any] | None = None
        self._home: Any = None  # the widget it stands in while it is no window
        self._shape = 1.0  # height of the pictures per width
        self.grid = Strip(side=_LEAST)
        self.grid.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.grid.setMovement(QtWidgets.QListView.Movement.Static)
        self.grid.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.grid.setUniformItemSizes(True)
        self.grid.resized.connect(self._fit)
        self.grid.setAccessibleName(tr("Pictures to explore"))
        self.grid.itemDoubleClicked.connect(lambda _item: self.use_as_layer())
        self.grid.placed.connect(self.use_as_layer)
        self.grid.currentItemChanged.connect(lambda _now, _before: self._show_price())
        self.slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(1, 5)
        self.slider.setValue(3)
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QtWidgets.QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName(tr("Similarity"))
        self.slider.valueChanged.connect(lambda _value: self._show_price())
        self._how = Note("")
        self.more = QtWidgets.QPushButton(tr("More like this"))
        self.more.clicked.connect(lambda _checked=False: self.more_like_this())
        self._layer = tool(tr("Use as layer"), call=self.use_as_layer)
        self._style = tool(tr("Use as style"), call=self.use_as_style)
        self._back = tool("‹", hint=tr("The set before"), call=lambda: self._step(1))
        self._forth = tool("›", hint=tr("The set after"), call=lambda: self._step(-1))
        self._title = Note("")
        layout = column(self)
        layout.addLayout(row(self._back, self._title, self._forth))
        layout.addWidget(self.grid, 1)
        layout.addLayout(row(self.slider, self.more))
        layout.addWidget(self._how)
        layout.addLayout(row(self._layer, self._style, 1))
        self._at = 0
        self._library.changed.connect(self.refresh)
        session.state.changed.connect(self.refresh)
        session.jobs.ended.connect(self._ended)
        self.refresh()

    def as_window(self, alone: bool) -> None:
        """In a docker that is too low for a grid it stands in a window of its own."""
        if alone == self.isWindow():
            return
        if alone:
            self._home = self.parentWidget()
            self.setParent(self._dock, Qt.WindowType.Tool)
            self.setWindowTitle(tr("Explore"))
            self.resize(420, 460)
        else:
            self._home.layout().insertWidget(1, self, 1)

    @property
    def sets(self) -> list[dict[str, Any]]:
        """What Explore brought, newest first."""
        return [one for one in self._library.entries if one["operation"] in EXPLORED]

    def _ended(self, job: Job) -> None:
        if job.operation in EXPLORED:
            self._at = 0

    def _step(self, by: int) -> None:
        self._at = max(0, min(len(self.sets) - 1, self._at + by))
        self.refresh()

    def refresh(self) -> None:
        """Show the set in turn."""
        sets = self.sets
        if not sets:
            return
        entry = sets[min(self._at, len(sets) - 1)]
        for button, there in ((self._back, self._at + 1 < len(sets)), (self._forth, self._at > 0)):
            button.setEnabled(there)
        if self._entry is None or entry["entry"] != self._entry["entry"]:
            self._entry = entry
            self._library.forget_large()
            self.grid.clear()
            for index in range(entry["pictures"]):
                item = QtWidgets.QListWidgetItem()
                item.setData(ENTRY, {**entry, "index": index})
                self.grid.addItem(item)
            self.grid.setCurrentRow(0)
        for index, item in enumerate(items_of(self.grid)):
            thumbnail = self._library.thumbnail(entry["entry"], index, side=2 * _MOST)
            if thumbnail is not None:
                item.setData(Qt.ItemDataRole.DecorationRole, pixmap(thumbnail))
                _, width, height = thumbnail
                self._shape = height / width
        self._fit()
        self._title.tell(entry["prompt"] or tr("More like this"))
        self._show_price()

    def _fit(self) -> None:
        """Pictures as large as the room allows. All have one shape, so that no bands are left between the rows."""
        room, count = self.grid.size(), max(1, self.grid.count())
        # Qt leaves room for a scroll bar, whether there is one or not, and wraps where a tile would touch the edge.
        wide, high = room.width() - self.grid.verticalScrollBar().sizeHint().width() - _GAP, room.height() - _GAP
        sides = [_LEAST]
        for columns in range(1, count + 1):
            across, down = wide / columns - _GAP, high / -(-count // columns) - _GAP
            sides.append(int(min(across, down / self._shape, _MOST)))
        side = max(sides)
        self.grid.setGridSize(QtCore.QSize(side + _GAP, max(24, round(side * self._shape)) + _GAP))

    def _show_price(self) -> None:
        step = tr(NEAR[self.slider.value() - 1])
        price = self._session.price_of(
            "explore_similar", source_image_id="00000000-0000-4000-8000-000000000000", similarity=self.slider.value()
        )
        self._how.tell(tr("{step} similar · {price}", step=step, price=price or tr("on this computer")))
        self.more.setEnabled(bool(self.chosen() and self._image_id()))

    def chosen(self) -> Any:
        """The chosen picture's entry with its index."""
        item = self.grid.currentItem()
        return item.data(ENTRY) if item is not None else None

    def _image_id(self) -> str:
        entry = self.chosen()
        ids = entry.get("image_ids") or []
        return ids[entry["index"]] if entry["index"] < len(ids) else ""

    def more_like_this(self) -> None:
        """Ask for more like the chosen picture."""
        if self.chosen() and self._image_id():
            self._session.more_like(self._image_id(), self.slider.value())

    def use_as_layer(self) -> None:
        """Place the chosen picture."""
        entry = self.chosen()
        if entry is not None:
            self._session.fetch_and_place(entry)

    def use_as_style(self) -> None:
        """Begin a new style with the chosen picture."""
        self._with_chosen(self._dock.use_as_style)

    def _with_chosen(self, then: Callable[[Entry, Result], Any]) -> None:
        entry = self.chosen()
        if entry is None:
            return

        def came(result: Any, trouble: RecraftError | None) -> None:
            if trouble is not None:
                self._session.say(trouble, lambda: self._with_chosen(then))
            else:
                then(entry, result)

        self._library.whole(entry["entry"], came)
