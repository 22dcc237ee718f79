"""The docker: rows of fixed heights, so that the main button never moves; what is left is the strip's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krita import DockWidget, Krita

from .compat import deleted
from .desk import Desk
from .many import many_or_trouble
from .overlay import Overlay
from .panel_chips import ChipsPanel
from .panel_expand import ExpandPanel
from .panel_explore import ExplorePanel
from .panel_many import ManyPopup
from .panel_prompt import PromptPanel
from .panel_results import ResultsPanel
from .panel_run import RunPanel
from .panel_setup import SetupPanel
from .panel_style import StylePanel
from .panel_verbs import VerbsPanel
from .panel_words import WordsPanel
from .qt import Qt, QtCore, QtWidgets, picture_of
from .settings_dialog import SettingsDialog
from .shared.i18n import say
from .shared.plugin.document_job import READING
from .shared.plugin.groups import earlier_prompts
from .shared.plugin.presets import Presets, filled
from .shared.plugin.rows import LEAST, LINE, WIDE_FROM, rows
from .shared.plugin.verbs import VERBS
from .tab_order import Body
from .tr import tr
from .widgets import Note, Rest, column

if TYPE_CHECKING:
    from .shared.geometry import Box
    from .shared.plugin.groups import Entry
    from .shared.plugin.result import Result

_LOOK_MS = 4  # between two looks at the key frames of a click
_COVERS_MS = 6000  # for which news stand in the place of a strip that is one low row


class RecraftDocker(DockWidget):
    """One per window; all share one `core`. `session` is this window's side of it."""

    core: Any = None  # the Session, set before Krita makes the first docker
    session: Any = None
    _rows: Any = None
    _covering = False

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Recraft")
        try:
            self._begin()
        except Exception as trouble:  # noqa: BLE001 - Krita would open a dialog at each start; say it in place
            import traceback

            label = QtWidgets.QLabel(
                say(
                    "Recraft could not start: {trouble}\n\n{trace}",
                    trouble=trouble,
                    trace=traceback.format_exc(limit=3),
                )
            )
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.setWidget(label)

    def canvasChanged(self, _canvas: Any) -> None:  # noqa: N802 - Krita calls it; it may be None
        """Another document is in front."""
        # While Krita closes a document it is only half there (5.2): look at it a moment later.
        if self.session is not None:
            QtCore.QTimer.singleShot(0, self.session.state.look)

    def changeEvent(self, event: QtCore.QEvent) -> None:  # noqa: N802 - Qt's name
        """A new theme, of which lines with colours of their own do not hear; a new font, which is another height."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.FontChange:
            self.fit()
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            for note in self.findChildren(Note):
                note.follow_theme()

    def _begin(self) -> None:
        """The docker; where there is no worker yet, first what fetches one."""
        if self.core.setup is None:
            self._build()
            return
        self.core.ready.connect(self._build)
        self.setWidget(SetupPanel(self.core.setup))

    def _build(self) -> None:
        session = self.session = Desk(self.core, self)
        self.overlay = Overlay(self)
        self.expand = ExpandPanel(session, self)
        self.words = WordsPanel(session, self)
        self.new_style = StylePanel(session)
        self.chips = ChipsPanel(session, self)
        self.verbs = VerbsPanel(session, self)
        self.prompt = PromptPanel(session, self)
        self.run = RunPanel(session, self)
        self.results = ResultsPanel(session, self)
        self.explore = ExplorePanel(session, self)
        for own in (self.expand, self.words):
            self.take_home(own)
        self._styles = QtWidgets.QScrollArea()
        self._styles.setWidgetResizable(True)
        self._styles.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._styles.setWidget(self.new_style)
        self._styles.setMinimumHeight(40)  # its own hint would press the rows above together
        body = Body()
        body.resized.connect(self.fit)
        self._box = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.TopToBottom, body)
        self._box.setContentsMargins(4, 2, 4, 2)
        self._box.setSpacing(3)
        # Rows that do not fit are taken away by `fit`; the docker is never made higher by them.
        self._box.setSizeConstraint(QtWidgets.QLayout.SizeConstraint.SetNoConstraint)
        upper, lower = QtWidgets.QWidget(), Rest()
        self._upper = column(upper, gap=3)
        for high in (self.verbs, self.prompt, self.chips, self.run):
            self._upper.addWidget(high)
        self._upper.addStretch(1)
        self._lower = column(lower, gap=0)
        for low in (self.results, self.explore, self._styles):
            self._lower.addWidget(low, 1)
        self._box.addWidget(upper)
        self._box.addWidget(lower, 1)
        before = self.widget()
        self.setWidget(body)
        if before is not None:  # what fetched the worker
            before.deleteLater()
        self._covers = QtCore.QTimer(self)
        self._covers.setSingleShot(True)
        self._covers.timeout.connect(self._uncover)
        session.state.changed.connect(self.refresh)
        session.library.known.connect(self.refresh)
        session.library.changed.connect(self.refresh)
        session.waiting.connect(self._result_waits)
        self.fit()
        self.refresh()

    def _unit(self) -> float:
        return self.fontMetrics().lineSpacing() / LINE

    def fit(self) -> None:
        """Show the rows that the height and the width have room for."""
        if self.session is None or self.widget() is None:
            return
        unit = self._unit()
        # Krita gives dockers their own, smaller font after they are built.
        self.widget().setMinimumSize(*(round(side * unit) for side in LEAST))
        inside = self.widget().size()
        layout = rows(inside.height() / unit)
        wide = inside.width() / unit >= WIDE_FROM
        if wide:  # the strip stands beside the rows and has the whole height
            layout = layout._replace(captions="group", strip="grid", tile=84, covers=False)
        if (layout, wide, round(unit, 2)) == self._rows:
            return
        self._rows = (layout, wide, round(unit, 2))
        high: dict[Any, int] = {self.verbs: 24, self.chips: 24, self.run.button: 30, self.run.queue: 30}
        for one, px in high.items():
            one.setFixedHeight(round(px * unit))
        ways = QtWidgets.QBoxLayout.Direction
        self._box.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._box.setStretch(0, 1 if wide else 0)
        self.prompt.fit(layout.prompt)
        self.chips.setVisible(layout.chips)
        self.verbs.options.setVisible(not layout.chips)
        self.verbs.refresh()
        self._covering = self._covering and layout.covers
        self.run.fit(0 if layout.covers and not self._covering else layout.note)
        self.results.fit(layout)
        self._settle()

    def refresh(self) -> None:
        """What stands in the strip's place."""
        self._settle()
        if self.session.state.verb.key != "expand" and not self.overlay.showing and not self._hovering:
            self.overlay.frame([], "")
        if self.presets is None and self.session.library.folder:
            self.presets = Presets(Path(self.session.library.folder) / "presets")

    def _settle(self) -> None:
        if self._rows is None:
            return
        layout, key = self._rows[0], self.session.state.verb.key
        there = not self._covering
        exploring = key == "explore" and bool(self.explore.sets)
        self.explore.as_window(exploring and layout.strip != "grid")
        self._styles.setVisible(there and key == "style")
        self.explore.setVisible(exploring and (there or layout.strip != "grid"))
        self.results.setVisible(there and key != "style" and not (exploring and layout.strip == "grid"))

    def came_news(self) -> None:
        """Where the strip is one low row, news take its place for a while."""
        if self._rows is not None and self._rows[0].covers:
            self._covering = True
            self._settle()
            self.run.fit(self._rows[0].note)
            self._covers.start(_COVERS_MS)

    def went_news(self) -> None:
        """Nothing is left to say: the strip is there again."""
        if self._covering:
            self._covers.stop()
            self._uncover()

    def _uncover(self) -> None:
        self._covering = False
        self.run.queue.dot(False)
        if self._rows[0].covers:
            self.run.fit(0)
        self._settle()

    def _result_waits(self, show: bool) -> None:
        """A result came and was not placed."""
        self.run.queue.dot(self._covering)
        if show and not self.overlay.showing:
            self.results.choose_newest()
            self.results.preview()

    def take_home(self, panel: QtWidgets.QWidget) -> None:
        """A panel that a small window has shown: it is the docker's, and out of sight."""
        panel.hide()
        panel.setParent(self)

    def tell_offline(self) -> None:
        """Why the cloud is crossed out."""
        self.run.tell_account()

    def prompts(self) -> list[Entry]:
        """Entries of earlier prompts, those of this picture first."""
        canvas = self.session.state.canvas
        groups = earlier_prompts(self.session.library.known_entries, canvas.title if canvas else "")
        return [*groups["this"], *groups["starred"], *groups["all"]]

    def use_preset(self, preset: Mapping[str, Any]) -> None:
        """Verb, prompt and options of a preset; nothing runs."""
        state = self.session.state
        own = state.get("prompt")
        if preset["verb"] in VERBS:
            state.choose(preset["verb"])
        self.prompt.edit.replace(filled(preset["prompt"], own))
        state.put(preset["values"])

    presets: Any = None
    _hovering = False
    _looking: Any = None
    _dialog: SettingsDialog | None = None

    # --- what panels ask of one another -----------------------------------------------------------------------------

    def click(self, looked: bool = False) -> None:
        """What the main button does: what it shows, or nothing. `looked`: which key frames are equal is known."""
        state = self.session.state
        if state.verb.key == "style":
            self.new_style.run()
            return
        self._looking = None
        if not looked:
            state.frames.forget()  # what was painted since is in none of its times
        many, trouble = many_or_trouble(self.session)
        if trouble is not None:
            self.session.say(trouble)
        elif many is not None and not state.frames.over:
            self._look_on()
        elif many is not None:
            popup = ManyPopup(self.session, many, self.run.button)
            popup.show_at(self.run.button)
            if not looked:  # after a while somebody may be painting, and Space would press it
                popup.yes.setFocus()
        else:
            self.session.run(shown=self.run.shown)

    def _look_on(self) -> None:
        """Compare key frames to the end, then click again: the list names no drawing twice."""
        state, mark = self.session.state, object()
        self._looking, front = mark, self._front()
        self.session.said.emit(READING, "")

        # A function and not a method: Qt's timers do not keep a method's object alive.
        def look() -> None:
            if deleted(self) or self._looking is not mark:
                return
            state.frames.go_on(state.canvas)
            if self._front() == front and not state.frames.over:
                QtCore.QTimer.singleShot(_LOOK_MS, look)
                return
            self.stop_looking()
            if self._front() == front:
                self.click(looked=True)

        look()

    def stop_looking(self) -> bool:
        """No list opens any more for a click whose key frames are still compared; True when there was one."""
        there, self._looking = self._looking is not None, None
        if there:
            self.session.said.emit("", "")
        return there

    def _front(self) -> tuple[str, str, str]:
        """What a click is about."""
        state = self.session.state
        return (state.canvas.key if state.canvas else "", state.verb.key, state.get("over", ""))

    def focus_prompt(self) -> None:
        """Put the cursor into the prompt."""
        self.raise_()
        self.prompt.edit.setFocus()

    def escape(self) -> None:
        """Esc: put the preview away, else cancel."""
        if self.stop_looking():
            return
        if self.overlay.showing:
            self.results.put_away()
        else:
            self.session.cancel()

    def show_frame(self) -> None:
        """Show on the canvas what a click would send, and where its result goes."""
        plan, _ = self.session.state.plan()
        if plan is not None:
            self.show_boxes([box for box in (plan.read, self.session.state.selection) if box is not None])

    def show_boxes(self, boxes: Sequence[Box]) -> None:
        """Light boxes up on the canvas."""
        canvas = self.session.state.canvas
        if canvas is not None:
            self._hovering = True
            self.overlay.frame(boxes, canvas.key)

    def hide_frame(self) -> None:
        """Take the frame away."""
        self._hovering = False
        self.overlay.frame([], "")
        if self.session.state.verb.key == "expand":
            self.expand.refresh()

    def frame_moved(self, boxes: Sequence[Box]) -> None:
        """The frame of Expand, on the canvas."""
        canvas = self.session.state.canvas
        if not self.overlay.showing and not self._hovering:
            self.overlay.frame(boxes if canvas else [], canvas.key if canvas else "")

    def choose_selection_tool(self) -> None:
        """The remedy of "Select an area": Krita's rectangular selection."""
        action = Krita.instance().action("KisToolSelectRectangular")
        if action is not None:
            action.trigger()

    def take_over(self, entry: Entry, data: dict[str, Any], *, run: bool = True) -> None:
        """Put the values of a result into the docker, and run them."""
        verb = next((one for one in VERBS.values() if one.operation == entry["operation"]), None)
        if verb is None:
            return
        vector = str(data["values"].get("model", "")).endswith("_vector")
        key = "vector_image" if verb.operation == "generate" and vector else verb.key
        state = self.session.state
        state.choose(key)
        self.prompt.edit.replace(entry["prompt"])
        state.put(data["values"])
        if run:
            self.session.run()

    def use_as_style(self, entry: Entry, result: Result) -> None:
        """Begin a new style with a result."""
        layer = result.layers[entry["index"]]
        _, _, width, height = layer["box"]
        self.session.state.choose("style")
        self.new_style.add(entry["prompt"] or tr("Result"), picture_of(layer["pixels"], width, height))

    def settings(self, key: bool = False) -> None:
        """Account and settings; a dialog that is open already comes to the front."""
        if self._dialog is None:
            self._dialog = SettingsDialog(self.session, self)
            self._dialog.destroyed.connect(self._settled)
        # What was spent meanwhile is known to the service only.
        self.session.library.ask_account()
        if key:
            self._dialog.key.setFocus()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _settled(self) -> None:
        self._dialog = None
