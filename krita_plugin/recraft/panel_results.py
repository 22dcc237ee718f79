"""The strip: this picture's results in groups, newest first. A click shows, a double click places."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .compat import deleted
from .qt import Qt, QtGui, QTimer, QtWidgets, items_of, picture_of, timer
from .result_menu import ResultMenu, below, heading, one_line
from .shared.plugin.groups import grouped, of_document
from .shared.plugin.placement import foreign_box
from .shared.plugin.verbs import REAL_OFFLINE
from .strip import CAPTION, ENTRY, Caption, GroupedStrip, TileBar, pixmap
from .tr import tr
from .widgets import Note, column, link, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .qt import QtCore
    from .shared.errors import RecraftError
    from .shared.plugin.groups import Entry, Group
    from .shared.plugin.result import Result
    from .shared.plugin.rows import Rows

_DOUBLE_S = 0.5  # after placing a result, for which a click shows nothing
_SHARP = 4096  # px of the longer side of a preview
_UNDO_MS = 10_000  # for which a discarded result can be had back


class ResultsPanel(QtWidgets.QWidget):
    """The caption of the first group in sight, the strip, and what stands in its place while there is nothing."""

    _discarded: dict[str, object]
    _placed: set[tuple[str, int]]

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self.session, self.library, self.dock = session, session.library, dock
        self._wanted, self._placed_at = 0, float("-inf")  # number of the preview that is awaited; seconds
        self.menu = ResultMenu(self)
        self._groups: list[Group] = []
        self._captions, self._discarded, self._placed = "group", {}, set()
        self.everything = False
        self.strip = GroupedStrip()
        self.strip.setAccessibleName(tr("Results"))
        self.strip.itemClicked.connect(lambda item: self.preview() if item.data(ENTRY) else None)
        self.strip.itemDoubleClicked.connect(lambda item: self.place() if item.data(ENTRY) else None)
        self.strip.currentItemChanged.connect(lambda now, _before: self._moved(now))
        self.strip.placed.connect(self.place)
        self.strip.put_away.connect(self.put_away)
        self.strip.dropped.connect(self.discard)
        self.strip.peeked.connect(dock.overlay.hide_for_now)  # before and after, while Space is held
        self.strip.searched.connect(self._search)
        self.strip.captioned.connect(lambda at: self.take_group(self._groups[at]))
        self.strip.customContextMenuRequested.connect(self._menu_at)
        self.bar = TileBar(self.strip, self.place, self.menu.place_as, lambda at: self.menu.open(below(at)))
        self.caption = Caption()
        self.caption.clicked.connect(self._take_first)
        self.switch = tool(tr("This picture"), call=self._switch)
        self.switch.setSizePolicy(QtWidgets.QSizePolicy.Policy.Maximum, QtWidgets.QSizePolicy.Policy.Maximum)
        self.switch.setMaximumHeight(self.fontMetrics().lineSpacing() + 3)
        self.head = QtWidgets.QWidget()
        line = row(self.caption, self.switch)
        line.setStretch(0, 1)
        self.head.setLayout(line)
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(tr("Search results"))
        self.search.setClearButtonEnabled(True)
        self.search.setVisible(False)
        self.search.textChanged.connect(self.library.find)
        self.empty = Note("", "quiet", lambda target: dock.settings(key=True) if target == "key" else self._switch())
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        layout = column(self, gap=2)
        for one in (self.head, self.search):
            layout.addWidget(one)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.strip, 1)
        self.library.changed.connect(self.refresh)
        self.library.known.connect(self.refresh)
        session.placed.connect(lambda _entry: self.refresh())
        session.state.changed.connect(self._other_document)
        for bar in (self.strip.verticalScrollBar(), self.strip.horizontalScrollBar()):
            bar.valueChanged.connect(lambda value, bar=bar: self._scrolled(bar, value))
        self._marks = timer(self, 1500, self._look_at_marks)
        self._about: tuple[str, bool | None] | None = None
        self.refresh()

    # --- showing ----------------------------------------------------------------------------------------------------

    def fit(self, rows: Rows) -> None:
        """Captions, tiles and the strip itself for the height there is."""
        self._captions = rows.captions
        self.head.setVisible(bool(rows.captions))
        self.strip.be(rows.strip == "film", rows.tile or 44)
        self.refresh()

    def refresh(self) -> None:
        """Show the entries; keeps what is chosen."""
        self._placed = self.session.placed_tiles(self.session.host.active())
        self._groups = grouped(self._entries())
        rows = self._rows()
        chosen, at_start = self.chosen(), self._at_start()
        names = [self._name(kind, data) for kind, data in rows]
        if names != self._names():
            self._fill(rows, names)
        self._dress(rows)
        for item in self.strip.tiles() if chosen is not None else ():
            if self._name("tile", item.data(ENTRY)) == self._name("tile", chosen):
                self.strip.setCurrentItem(item)
        if at_start:
            # A new result stands first; choosing again has scrolled to where the old one went.
            self.strip.scrollToTop()
            self.strip.horizontalScrollBar().setValue(0)
        self._say_empty(not rows)
        self._say_caption()
        self.bar.settle()

    def _entries(self) -> Sequence[Entry]:
        entries = [entry for entry in self.library.entries if entry["entry"] not in self._discarded]
        canvas = self.session.host.active()
        if self.everything or self.library.search or canvas is None:
            return entries
        mine = of_document(entries, canvas.title, {name for name, _ in self._placed}, self.session.made_in(canvas))
        there = {entry["entry"] for entry in self.library.entries}
        # What was made on another computer, or is gone from the history: the picture itself tells of it.
        return [*mine, *(one for one in self.session.in_picture(canvas) if one["entry"] not in there)]

    def _rows(self) -> list[tuple[str, Any]]:
        """What stands in the strip, in order: ("caption", number of its group) and ("tile", entry)."""
        rows: list[tuple[str, Any]] = []
        for at, group in enumerate(self._groups):
            if at and self._captions == "group":
                rows.append(("caption", at))
            rows += [
                ("tile", {**entry, "index": index, "placed": (entry["entry"], index) in self._placed})
                for entry, index in group.tiles
            ]
        return rows

    @staticmethod
    def _name(kind: str, data: Any) -> str | tuple[str, int]:
        return f"caption {data}" if kind == "caption" else (data["entry"], data["index"])

    def _names(self) -> list[Any]:
        return [item.data(Qt.ItemDataRole.UserRole + 2) for item in items_of(self.strip)]

    def _fill(self, rows: Sequence[tuple[str, Any]], names: Sequence[Any]) -> None:
        blocked = self.strip.blockSignals(True)
        self.strip.clear()
        for (kind, _data), name in zip(rows, names):
            item = QtWidgets.QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole + 2, name)
            if kind == "caption":
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.strip.addItem(item)
        self.strip.blockSignals(blocked)

    def _dress(self, rows: Sequence[tuple[str, Any]]) -> None:
        for item, (kind, data) in zip(items_of(self.strip), rows):
            if kind == "caption":
                item.setData(CAPTION, data)
                item.setText(heading(self._groups[data], self._foreign(self._groups[data].first)))
                item.setToolTip(item.text())
                continue
            item.setData(ENTRY, data)
            item.setToolTip(one_line(data))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, one_line(data))
            if isinstance(item.data(Qt.ItemDataRole.DecorationRole), QtGui.QPixmap):
                continue
            thumbnail = self.library.thumbnail(data["entry"], data["index"]) if data["here"] else None
            if thumbnail is not None:
                item.setData(Qt.ItemDataRole.DecorationRole, pixmap(thumbnail))
            elif "small" in data:
                small = QtGui.QPixmap()
                if small.loadFromData(data["small"]):
                    item.setData(Qt.ItemDataRole.DecorationRole, small)

    def _foreign(self, entry: Entry) -> str:
        """The name of the picture it came from, "" for the one in front."""
        canvas = self.session.host.active()
        document = entry.get("document") or ""
        return document if canvas is not None and document != canvas.title else ""

    def _say_empty(self, empty: bool) -> None:
        self.empty.setVisible(empty)
        self.strip.setVisible(not empty)
        if not empty:
            return
        words, links = tr("Nothing found."), []
        if not self.library.search:
            words = tr("Results of this picture wait here.")
            if self.session.state.offline:
                real = tr("Runs on this computer: {real}. Pictures from words need a key.", real=tr(REAL_OFFLINE))
                words, links = f"{words}<br>{real}", [link("key", tr("Add key"))]
            if self.library.entries:
                links.append(link("all", tr("Show those of other pictures")))
        self.empty.tell_within(words, "<br>".join(links), None, "quiet")

    def _say_caption(self) -> None:
        group = self._first_in_sight()
        self.caption.setText(heading(group, self._foreign(group.first)) if group is not None else "")
        self.switch.setText(tr("All pictures") if self.everything else tr("This picture"))
        self.switch.setVisible(bool(self.library.entries))

    def _first_in_sight(self) -> Group | None:
        for item in self.strip.tiles():
            where = self.strip.visualItemRect(item)
            if where.bottom() > 4 and where.right() > 4:
                return self._group_of(item.data(ENTRY))
        return None

    def _group_of(self, entry: Entry) -> Group | None:
        return next((one for one in self._groups if entry["entry"] in [each["entry"] for each in one.entries]), None)

    def _at_start(self) -> bool:
        return not self.strip.verticalScrollBar().value() and not self.strip.horizontalScrollBar().value()

    def _scrolled(self, bar: QtWidgets.QScrollBar, value: int) -> None:
        """The end of the strip brings what is further back."""
        self._say_caption()
        if bar.maximum() and value >= bar.maximum() - 2 * self.strip.side:
            self.library.older()

    def _look_at_marks(self) -> None:
        """Undo takes layers away, and their marks with them; Krita does not tell."""
        if self.isVisible() and self.session.placed_tiles(self.session.host.active()) != self._placed:
            self.refresh()

    def _other_document(self) -> None:
        canvas = self.session.state.canvas
        about = (canvas.key if canvas else "", self.session.state.offline)
        if about != self._about:
            self._about = about
            self.refresh()

    def chosen(self) -> Any:
        """The chosen entry with its picture's index, None without one."""
        item = self.strip.currentItem()
        return item.data(ENTRY) if item is not None else None

    def all_chosen(self) -> list[dict[str, Any]]:
        """All chosen entries, each once."""
        items = {item.data(ENTRY)["entry"]: item.data(ENTRY) for item in self.strip.selectedItems() if item.data(ENTRY)}
        return list(items.values())

    def _search(self) -> None:
        self.search.setVisible(True)
        self.search.setFocus()

    def _switch(self) -> None:
        self.everything = not self.everything
        self.search.setVisible(self.everything)
        if not self.everything:
            self.search.clear()
        self.refresh()

    def _moved(self, item: QtWidgets.QListWidgetItem | None) -> None:
        """Arrow keys show as a click does, once a preview is open."""
        if item is not None and item.data(ENTRY) is not None and self.dock.overlay.showing:
            self.preview()

    # --- doing ------------------------------------------------------------------------------------------------------

    def _take_first(self) -> None:
        group = self._first_in_sight()
        if group is not None:
            self.take_group(group)

    def take_group(self, group: Group) -> None:
        """Put the group's prompt and options back into the docker; nothing runs."""
        entry = group.first
        self.library.details(entry["entry"], lambda data: self.dock.take_over(entry, data, run=False))

    def preview(self) -> None:
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
        self.fetch(entry, lambda entry, result: self._show(entry, result) if mine == self._wanted else None)

    def fetch(self, entry: Entry, then: Callable[[Entry, Result], Any]) -> None:
        """The whole result of an entry: `then(entry, result)`."""

        def came(result: Any, trouble: RecraftError | None) -> None:
            if trouble is not None:
                self.session.say(trouble, lambda: self.fetch(entry, then))
            else:
                then(entry, result)

        self.library.whole(entry["entry"], came)

    def _missing(self, entry: Entry) -> None:
        """What was paid for and did not arrive is fetched again; what never had an answer is told about."""
        if "small" in entry:
            self.session.said.emit("Only its small picture is here.", "It is whole on the computer that made it.")
        elif entry["pictures"]:
            self.session.fetch_again(entry["entry"])
        else:
            remedy = tr("Look at your account's page for {units} units.", units=entry["at_risk"])
            self.session.said.emit("No answer came to this, and it may have been charged.", remedy)

    def _show(self, entry: Entry, result: Result) -> None:
        canvas = self.session.host.active()
        if canvas is None or entry["index"] >= len(result.layers):
            return
        layer = result.layers[entry["index"]]
        box, (width, height) = layer["box"], layer["box"][2:]
        if result.place is None or list(canvas.size) != list(entry.get("canvas") or canvas.size):
            box = foreign_box((width, height), canvas.size)
        image = picture_of(layer["pixels"], width, height, most=_SHARP)
        self.dock.overlay.picture(image, tuple(box), canvas.key)

    def put_away(self) -> None:
        """Take the preview away, also one that is still on its way."""
        self._wanted += 1
        self.dock.overlay.clear()

    def toggle_preview(self) -> None:
        """Show the newest or chosen result, or put it away."""
        if self.dock.overlay.showing:
            self.put_away()
            return
        if self.chosen() is None:
            self.choose_newest()
        self.preview()

    def choose_newest(self) -> None:
        """The newest result is the chosen one."""
        for item in self.strip.tiles()[:1]:
            self.strip.setCurrentItem(item)

    def step(self, by: int) -> None:
        """Show the next (1) or the previous (-1) result."""
        tiles = self.strip.tiles()
        if tiles:
            now = next((at for at, one in enumerate(tiles) if one is self.strip.currentItem()), -1 if by > 0 else 1)
            self.strip.setCurrentItem(tiles[max(0, min(len(tiles) - 1, now + by))])
            self.preview()

    def place(self, how: str | None = None, keep: bool = False, entry: Any = None) -> None:
        """Place `entry` or the chosen one; `how` other than by the chip, `keep` what was placed of its group before."""
        entry = entry or self.chosen()
        if entry is None:
            return
        if not entry["here"]:
            self._missing(entry)
            return
        self._placed_at = time.monotonic()
        self.put_away()
        group = self._group_of(entry)
        others = [one["entry"] for one in group.entries] if group is not None and not keep else []
        self.session.fetch_and_place(entry, how, others)

    def discard(self, gone: list[Any] | None = None) -> None:
        """Throw results away, the chosen ones if none are given; for ten seconds they can be had back."""
        gone = gone or self.all_chosen()
        if not gone:
            return
        self.put_away()
        mark = object()
        self._discarded.update({entry["entry"]: mark for entry in gone})

        # A function and not a method: Qt's timers do not keep a method's object alive.
        def for_good() -> None:
            if deleted(self):
                return
            for name in [name for name, one in self._discarded.items() if one is mark]:
                self.library.discard(name)

        QTimer.singleShot(_UNDO_MS, for_good)
        self.refresh()
        self.session.said.emit("Discarded.", "undo")

    def undo_discard(self) -> None:
        """Have back what was discarded just now."""
        self._discarded = {}
        self.refresh()

    def _menu_at(self, point: QtCore.QPoint) -> None:
        item = self.strip.itemAt(point)
        if item is not None and item.data(ENTRY) is not None:
            self.strip.setCurrentItem(item)
            self.menu.open(self.strip.viewport().mapToGlobal(point))
