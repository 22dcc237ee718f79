"""What can be done with the chosen result, and how one is told about in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .delivery import choices
from .panel_options import ColoursRow
from .qt import QtCore, QtWidgets
from .shared.operations import OPERATIONS
from .shared.plugin.groups import verb_of
from .shared.plugin.shapes import palette
from .strip import vector
from .tr import tr
from .widgets import day_of

if TYPE_CHECKING:
    from .panel_results import ResultsPanel
    from .shared.plugin.groups import Entry, Group
    from .shared.plugin.result import Result


class ResultMenu:
    """The menus of a `ResultsPanel`."""

    def __init__(self, panel: ResultsPanel) -> None:
        self._panel = panel

    def _run_again(self, entry: Entry) -> None:
        """The same values once more: they are put into the docker and run."""
        self._panel.library.details(entry["entry"], lambda data: self._panel.dock.take_over(entry, data))

    def _same_seed(self, entry: Entry) -> None:
        """Lock the seed of a result."""

        def came(data: dict[str, Any]) -> None:
            seed = data["values"].get("random_seed")
            if seed is None:
                self._panel.session.said.emit("Its seed is not known.", "")
            else:
                self._panel.session.state.set("random_seed", int(seed))

        self._panel.library.details(entry["entry"], came)

    def place_as(self, at: QtWidgets.QWidget) -> None:
        """Where it can go."""
        entry = self._panel.chosen()
        if entry is None:
            return
        menu = QtWidgets.QMenu(self._panel)
        self._ways(menu, entry)
        menu.popup(below(at))

    def open(self, where: QtCore.QPoint) -> None:
        """All that can be done with it: with what is chosen now, whatever is when a row is clicked."""
        entry, gone = self._panel.chosen(), self._panel.all_chosen()
        if entry is None:
            return
        menu = QtWidgets.QMenu(self._panel)
        menu.addAction(tr("Show on canvas")).triggered.connect(lambda _checked=False: self._panel.preview())
        self._ways(menu.addMenu(tr("Place as")), entry)
        rows = (
            (tr("Remove star") if entry["starred"] else tr("Star"),
             lambda: self._panel.library.star(entry["entry"], not entry["starred"]), True),
            (tr("Copy prompt"), lambda: copied(entry["prompt"]), bool(entry["prompt"])),
            (tr("Run again"), lambda: self._run_again(entry), True),
            (tr("Same seed"), lambda: self._same_seed(entry), True),
            (tr("Use as style"), lambda: self._panel.fetch(entry, self._panel.dock.use_as_style), not vector(entry)),
            (tr("Take its colours"), lambda: self._panel.fetch(entry, self._take_colours), vector(entry)),
            (tr("Place in the chosen colours"), lambda: self._recolour(entry), vector(entry)),
            (tr("Save as SVG…"), lambda: self._save_svg(entry), vector(entry)),
            (tr("Discard"), lambda: self._panel.discard(gone), True),
        )  # fmt: skip
        for text, call, there in rows:
            if there:
                menu.addAction(text).triggered.connect(lambda _checked=False, call=call: call())
        menu.popup(where)

    def _ways(self, menu: QtWidgets.QMenu, entry: Entry) -> None:
        canvas, place = self._panel.session.state.canvas, self._panel.place
        shape = OPERATIONS[entry["operation"]].shape
        for key, text in choices(shape, can_mask=canvas is None or canvas.can_mask).items():
            menu.addAction(tr(text)).triggered.connect(lambda _checked=False, key=key: place(key, entry=entry))
        both = menu.addAction(tr("Place and keep the earlier one"))
        both.triggered.connect(lambda _checked=False: place(keep=True, entry=entry))

    def _take_colours(self, entry: Entry, result: Result) -> None:
        """The colours of a drawing become those to prefer."""
        svg = result.layers[entry["index"]]["svg"]
        if svg is not None:
            colours = palette(bytes(svg).decode("utf-8"), ColoursRow.MOST)
            self._panel.session.state.set("colors", [[list(rgb), None] for rgb in colours])
            self._panel.session.said.emit("Its colours are those to prefer now, behind the plus.", "")

    def _recolour(self, entry: Entry) -> None:
        """Place a drawing in the colours to prefer, or those of Krita's palette where none are chosen."""
        desk = self._panel.session
        chosen = [tuple(one[0]) for one in desk.state.get("colors", ())]
        desk.fetch_and_place(entry, colours=chosen or desk.host.palette(12))

    def _save_svg(self, entry: Entry) -> None:
        """The file as it came."""
        path, _ = QtWidgets.QFileDialog.getSaveFileName(self._panel, tr("Save as SVG…"), "drawing.svg", "SVG (*.svg)")
        if path:
            self._panel.library.save_file(entry["entry"], entry["index"], path, self._panel.session.say)


def below(widget: QtWidgets.QWidget) -> QtCore.QPoint:
    """The screen's point at a widget's lower left corner."""
    return widget.mapToGlobal(widget.rect().bottomLeft())


def copied(text: str) -> None:
    """Into the clipboard."""
    QtWidgets.QApplication.clipboard().setText(text)


def one_line(entry: Entry) -> str:
    """An entry in one line: when, what, and what it cost."""
    return f"{what(entry)} · {day_of(entry['created'])} · {cost(entry['offline'], entry['units'])}"


def what(entry: Entry) -> str:
    """Verb and prompt."""
    return " · ".join(filter(None, (verb_of(entry), entry["prompt"])))


def cost(offline: bool, units: int | None) -> str:
    """What it has cost, in short."""
    return tr("on this computer") if offline else tr("{units} u", units=f"{units or 0:,}")


def heading(group: Group, foreign: str) -> str:
    """The caption of a group: time, verb, prompt, price, and which picture it is from where that is another one."""
    when = QtCore.QDateTime.fromSecsSinceEpoch(int(group.first["created"]))
    day = when.toString("HH:mm") if when.date() == QtCore.QDate.currentDate() else day_of(group.first["created"])
    price = tr("free") if group.first["offline"] else cost(False, group.units)
    parts = [f"{day}  {what(group.first)}", price, tr("from {name}", name=foreign) if foreign else ""]
    return " · ".join(part for part in parts if part) + (" ?" if group.in_doubt else "")
