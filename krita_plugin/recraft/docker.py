"""The docker: its panels in reading order, and what they ask of one another."""

from krita import DockWidget, Krita

from .desk import Desk
from .overlay import Overlay
from .panel_expand import ExpandPanel
from .panel_explore import ExplorePanel
from .panel_options import OptionsPanel
from .panel_prompt import PromptPanel
from .panel_results import ResultsPanel
from .panel_run import RunPanel, balance_text
from .panel_style import StylePanel
from .panel_verbs import VerbsPanel
from .panel_words import WordsPanel
from .qt import Qt, QtCore, QtWidgets, picture_of
from .scroll_area import Scroll
from .settings_dialog import SettingsDialog
from .shared.i18n import say
from .shared.plugin.verbs import VERBS
from .tr import tr
from .widgets import Elided, Note, Sign, column, gear, row

_WIDE = 520  # px from which prompt and options stand side by side


class RecraftDocker(DockWidget):
    """One per window; all share one `core`. `session` is this window's side of it."""

    core = None  # the Session, set before Krita makes the first docker
    session = None

    def __init__(self):
        super().__init__()
        self.setWindowTitle("Recraft")
        try:
            self._build()
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

    def canvasChanged(self, _canvas):  # noqa: N802 - Krita calls it; it may be None
        """Another document is in front."""
        # While Krita closes a document it is only half there (5.2): look at it a moment later.
        if self.session is not None:
            QtCore.QTimer.singleShot(0, self.session.state.look)

    def changeEvent(self, event):  # noqa: N802 - Qt's name
        """A new theme: the docker hears of it, the lines with colours of their own do not."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            for note in self.findChildren(Note):
                note.follow_theme()

    def _build(self):
        session = self.session = Desk(self.core, self)
        self.overlay = Overlay(self)
        self.prompt = PromptPanel(session, self.click, self.escape)
        self.options = OptionsPanel(session)
        self.words = WordsPanel(session, self)
        self.expand = ExpandPanel(session, self)
        self.style = StylePanel(session)
        self.run = RunPanel(session, self)
        self.results = ResultsPanel(session, self)
        self.explore = ExplorePanel(session, self)
        self._pair = Pair(self.prompt, [self.options, self.words])
        area = Scroll()
        layout = area.widget().column
        layout.addLayout(self._head())
        layout.addWidget(VerbsPanel(session))
        for panel in (self.expand, self._pair, self.style, self.run):
            layout.addWidget(panel)
        layout.addWidget(self.explore, 3)
        layout.addWidget(self.results, 2)
        area.pin(self.run.top)
        self.results.strip.setMinimumHeight(96)
        self.explore.grid.setMinimumHeight(140)
        self.setWidget(area)
        session.state.changed.connect(self.refresh)
        session.library.known.connect(self.refresh)
        session.library.changed.connect(self.refresh)
        self.refresh()

    def _head(self):
        self._balance = Elided("")
        self._balance.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row(self._balance, Sign(gear, tr("Settings"), self.settings))
        line.setStretch(0, 1)
        return line

    def refresh(self):
        """Balance, and which panels are there."""
        state = self.session.state
        if state.balance is not None:
            text, money = balance_text(state.balance)
            self._balance.setText(text)
            self._balance.setToolTip(money)
        else:
            self._balance.setText(tr("offline") if state.offline else "")
        self._pair.setVisible(state.verb.key != "style")
        self.results.setVisible(state.verb.key != "explore" or not self.explore.sets)
        if state.verb.key != "expand" and not self.overlay.showing and not self._hovering:
            self.overlay.frame([], "")

    _hovering = False
    _dialog = None

    # --- what panels ask of one another -----------------------------------------------------------------------------

    def click(self):
        """What the main button does: what it shows, or nothing."""
        if self.session.state.verb.key == "style":
            self.style.run()
        else:
            self.session.run(shown=self.run.shown)

    def focus_prompt(self):
        """Put the cursor into the prompt."""
        self.raise_()
        self.prompt.edit.setFocus()

    def escape(self):
        """Esc: put the preview away, else cancel."""
        if self.overlay.showing:
            self.results.put_away()
        else:
            self.session.cancel()

    def show_frame(self):
        """Show on the canvas what a click would send, and where its result goes."""
        made, _ = self.session.state.plan()
        if made is not None:
            self.show_boxes([box for box in (made.read, self.session.state.selection) if box is not None])

    def show_boxes(self, boxes):
        """Light boxes up on the canvas."""
        canvas = self.session.state.canvas
        if canvas is not None:
            self._hovering = True
            self.overlay.frame(boxes, canvas.key)

    def hide_frame(self):
        """Take the frame away."""
        self._hovering = False
        self.overlay.frame([], "")
        if self.session.state.verb.key == "expand":
            self.expand.refresh()

    def frame_moved(self, boxes):
        """The frame of Expand, on the canvas."""
        canvas = self.session.state.canvas
        if not self.overlay.showing and not self._hovering:
            self.overlay.frame(boxes if canvas else [], canvas.key if canvas else "")

    def choose_selection_tool(self):
        """The remedy of "Select an area": Krita's rectangular selection."""
        action = Krita.instance().action("KisToolSelectRectangular")
        if action is not None:
            action.trigger()

    def take_over(self, entry, data):
        """Put the values of a result into the docker and run them."""
        verb = next((one for one in VERBS.values() if one.operation == entry["operation"]), None)
        if verb is None:
            return
        vector = str(data["values"].get("model", "")).endswith("_vector")
        key = "vector_image" if verb.operation == "generate" and vector else verb.key
        state = self.session.state
        state.choose(key)
        state.set("prompt", entry["prompt"])
        for name, value in data["values"].items():
            if name != "prompt" and state.verb.takes(name, data["values"].get("model", "")):
                state.set(name, value)
        self.session.run()

    def use_as_style(self, entry, result):
        """Begin a new style with a result."""
        layer = result.layers[entry["index"]]
        _, _, width, height = layer["box"]
        self.session.state.choose("style")
        self.style.add(entry["prompt"] or tr("Result"), picture_of(layer["pixels"], width, height))

    def use_style(self, style_id):
        """Choose a style of one's own, and for it a model that takes one."""
        state = self.session.state
        state.choose(None)
        if not state.verb.takes("style_id", state.model):
            fitting = [name for name in state.verb.models if state.verb.takes("style_id", name)]
            state.set("model", fitting[0])
        state.set("style", None)
        state.set("style_id", style_id)

    def settings(self, key=False):
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

    def _settled(self):
        self._dialog = None


class Pair(QtWidgets.QWidget):
    """Prompt and options: below one another when narrow, side by side when wide."""

    def __init__(self, first, others):
        super().__init__()
        self._box = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        side = QtWidgets.QWidget()
        layout = column(side)
        for one in others:
            layout.addWidget(one)
        layout.addStretch(0)
        self._box.addWidget(first, 1, Qt.AlignmentFlag.AlignTop)
        self._box.addWidget(side, 1, Qt.AlignmentFlag.AlignTop)

    def resizeEvent(self, event):  # noqa: N802 - Qt's name
        """Turn with the width."""
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        way = ways.LeftToRight if event.size().width() >= _WIDE else ways.TopToBottom
        if way != self._box.direction():
            self._box.setDirection(way)
