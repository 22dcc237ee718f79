"""The main button with its price, the queue button beside it, the bar below, and the news under both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .many import many_or_trouble
from .panel_queue import QueueButton, truth
from .qt import Qt, QtCore, QtGui, QtWidgets, number, timer
from .shared import HOME
from .shared.errors import BadOption, KeyTrouble
from .shared.i18n import N_, join
from .shared.plugin.choices import price_short
from .shared.plugin.verbs import REAL_OFFLINE
from .tr import sentence, tr
from .widgets import Bar, Note, Popup, column, escaped, link, mixed, open_page, row, tool

if TYPE_CHECKING:
    from .desk import Desk
    from .docker import RecraftDocker
    from .shared.errors import RecraftError
    from .shared.plan import Plan
    from .shared.plugin.document_job import Job

_AIR = 8


class RunButton(QtWidgets.QAbstractButton):
    """One line on the highlight colour: the verb at the left, its price at the right. It never becomes a bar."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.short = "", "", ""
        self.ready = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """Two lines high."""
        return QtCore.QSize(120, 2 * self.fontMetrics().lineSpacing())

    def tell(self, first: str, second: str, *, short: str = "", ready: bool = True) -> None:
        """Verb and price, `short` where room is scarce; not `ready` it is quieter and says why at a click."""
        self.first, self.second, self.short, self.ready = first, second, short or second, ready
        self.setAccessibleName(f"{first}. {second}")
        self.update()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """A rounded field."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        roles, palette = QtGui.QPalette.ColorRole, self.palette()
        back = palette.color(roles.Highlight) if self.ready else mixed(palette, 0.14)
        if self.underMouse() and not self.isDown():
            back = back.lighter(108)
        area = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(area, 4, 4)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QtGui.QPen(mixed(palette, 0.8), 1.5))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 4, 4)
        self._text(painter, _on(back) if self.ready else palette.color(roles.WindowText))

    def _text(self, painter: QtGui.QPainter, colour: QtGui.QColor) -> None:
        bold = QtGui.QFont(self.font())
        bold.setBold(True)
        measure, edges = QtGui.QFontMetrics(bold), Qt.AlignmentFlag
        wide = self.width() - 2 * _AIR
        price = self.second
        if measure.horizontalAdvance(self.first) + self.fontMetrics().horizontalAdvance(price) + _AIR > wide:
            price = self.short
        room = self.fontMetrics().horizontalAdvance(price) + 1 if price else 0
        painter.setPen(colour)
        painter.setFont(bold)
        verb = measure.elidedText(self.first, Qt.TextElideMode.ElideRight, wide - room - (_AIR if room else 0))
        area = QtCore.QRectF(_AIR, 0, wide, self.height())
        painter.drawText(area, number(edges.AlignVCenter | edges.AlignLeft), verb)
        quiet = QtGui.QColor(colour)
        quiet.setAlphaF(0.82)
        painter.setPen(quiet)
        painter.setFont(self.font())
        painter.drawText(area, number(edges.AlignVCenter | edges.AlignRight), price)


def _on(colour: QtGui.QColor) -> QtGui.QColor:
    """Black or white, whichever can be read on `colour`."""
    red, green, blue = colour.getRgb()[:3]
    bright = 0.299 * red + 0.587 * green + 0.114 * blue
    return QtGui.QColor("#000000" if bright > 150 else "#ffffff")


# What a click can mend: by the kind of trouble, or by kind and option. The link's target and its words.
_LINKS = {
    "KeyTrouble": ("key", N_("Add key")),
    ("BadOption", "mask"): ("select", N_("Select an area")),
    ("BadOption", "prompt"): ("prompt", N_("Write a prompt")),
    ("OutOfUnits", "n"): ("fewer", N_("Lower count")),
    ("OutOfUnits", "cap_per_click_units"): ("settings", N_("Raise the cap")),
    ("OutOfUnits", "cap_per_day_units"): ("settings", N_("Raise the cap")),
}


class RunPanel(QtWidgets.QWidget):
    """Button and queue, bar, and the news with its remedy."""

    _trouble: RecraftError | None
    _again: Callable[[], Any] | None
    _job: Any
    _about: tuple[str, str] | None
    _kept: dict[Any, tuple[Any, ...]]
    _words: tuple[str, str] | None

    def __init__(self, session: Desk, dock: RecraftDocker) -> None:
        super().__init__()
        self._session, self._state, self._dock = session, session.state, dock
        self._trouble, self._again, self._job = None, None, None
        self._about, self._kept, self._words = None, {}, None
        self.lines = 3
        self.shown: tuple[Any, ...] | None = None  # what a click buys: State.face of the plan on the button
        self.button = RunButton()
        self.button.clicked.connect(lambda _checked=False: dock.click())
        self.button.installEventFilter(self)
        self.queue = QueueButton(session, dock)
        self.bar = Bar()
        self.cancel = tool("✕", hint=tr("Cancel"), call=self._cross)
        self.notice = Note("", "wrong", self._remedy)
        self.notice.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.news = QtWidgets.QWidget()
        line = row(self.notice, self.cancel)
        line.setStretch(0, 1)
        line.setAlignment(self.cancel, Qt.AlignmentFlag.AlignTop)
        self.news.setLayout(line)
        layout = column(self, gap=3)
        layout.addLayout(row(self.button, self.queue, gap=3))
        layout.addWidget(self.bar)
        layout.addWidget(self.news)
        self._clock = timer(self, 80, self._tick)
        self._clock.stop()
        self._state.changed.connect(self.refresh)
        session.library.known.connect(self.refresh)
        session.jobs.changed.connect(lambda _job: self.refresh())
        session.said.connect(self.say)
        self.refresh()

    # --- the button -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Verb, price, how far it is, and the news."""
        self._forget_old_news()
        self._waiting()
        job = self._session.jobs.queue.shown(self._key())
        self.bar.tell(job is not None, job.share if job is not None and job.state == "running" else None)
        self.queue.refresh()
        if job is not None:
            self._clock.start()
            self._long(job)
        else:
            self._clock.stop()
        self._show_news(job)

    def _waiting(self) -> None:
        verb = self._state.verb
        name = tr(verb.button or verb.label)
        self.shown = None
        if verb.key == "style":
            price, short = self._dock.new_style.price(), tr("free") if self._state.offline else ""
            self.button.tell(name, price, short=short, ready=self._dock.new_style.ready)
            return
        many, _ = many_or_trouble(self._session)
        if many is not None:
            self.shown = ("many", verb.key, len(many.parts))  # of no single request: a click on these buys no other
            price, short = price_short(many.units), tr("{units} u", units=f"{many.units:,}")
            if self._state.offline:
                price, short = tr("on this computer"), tr("free")
            self.button.tell(f"{name} ×{len(many.parts)}", price, short=short)
            self.button.setToolTip("\n".join(part.title for part in many.parts))
            return
        plan, trouble = self._state.plan()
        if trouble is not None:
            known = self._state.price_without_prompt() if trouble.option == "prompt" else None
            if known:
                self.button.tell(name, self._price(known), short=self._price(known, short=True), ready=False)
            else:  # a hint gives way to the verb, which a price never does
                self.button.tell(name, self._missing(trouble), short=" ", ready=False)
            self.button.setToolTip(f"{sentence(trouble.what)} {sentence(trouble.remedy)}")
            return
        self.shown = self._state.face(plan)
        self.button.tell(name, self._price(plan), short=self._price(plan, short=True))
        self.button.setToolTip(sentence(join(verb.row.help, *plan.notes), at_home=bool(self._state.offline)))

    def _missing(self, trouble: RecraftError) -> str:
        if isinstance(trouble, KeyTrouble):
            return tr("needs a key")
        if trouble.option == "frame":
            return tr("drag an edge")
        return tr("select first") if trouble.option == "mask" else ""

    def _price(self, plan: Plan, short: bool = False) -> str:
        if self._state.offline:
            return tr("free") if short else tr("on this computer")  # rather a shorter word than half a verb
        if not plan.units and self._state.offline is not None:
            return tr("free")
        locked = "🔒 " if self._state.get("random_seed") is not None and self._state.verb.takes("random_seed") else ""
        about = "" if plan.sure else "≈ "
        return locked + about + (tr("{units} u", units=f"{plan.units:,}") if short else price_short(plan.units))

    def _long(self, job: Job) -> None:
        """Say it once when a job takes three times as long as such a one usually does."""
        if job.state == "running" and not job.told_long and job.elapsed_s > max(90, 3 * job.usual_s):
            job.told_long = True
            self.say("This takes much longer than usual.", "wait")

    def _tick(self) -> None:
        job = self._session.jobs.queue.shown(self._key())
        self.bar.tell(job is not None, job.share if job is not None and job.state == "running" else None)
        if self._words is None:
            self._show_news(job)

    def _key(self) -> str:
        return self._state.canvas.key if self._state.canvas else ""

    def _forget_old_news(self) -> None:
        """A line about another verb or another document says nothing here; an error comes back with its own."""
        about = (self._state.verb.key, self._key())
        if about == self._about:
            return
        if self._trouble is not None:
            self._kept[self._about] = (self._words, self._trouble, self._again, self._job)
        self._about = about
        self._words, self._trouble, self._again, self._job = self._kept.pop(about, (None, None, None, None))

    def tell_account(self) -> None:
        """Why nothing can be asked of the service, with what helps: a click on the crossed-out cloud."""
        library = self._session.library
        if library.trouble is not None:
            self.say(library.trouble.what, library.trouble.remedy, library.trouble, library.ask_account)
        else:
            words = tr("Offline: {real} run here. Prompts need a Recraft key.", real=tr(REAL_OFFLINE))
            self._tell(escaped(words), link("key", tr("Add key")))

    # --- the news ---------------------------------------------------------------------------------------------------

    def say(
        self,
        text: str,
        remedy: str = "",
        trouble: RecraftError | None = None,
        again: Callable[[], Any] | None = None,
        job: Job | None = None,
    ) -> None:
        """News: what happened, then the remedy as a link that does it. "" takes them away.

        `again` repeats what has failed; `job` is one that may have been charged without an answer.
        """
        self._trouble, self._again, self._job = trouble, again, job
        if not text:
            self._words = None
            self._show_news(self._session.jobs.queue.shown(self._key()))
            return
        words, links = escaped(sentence(text, at_home=bool(self._state.offline))), ""
        if job is not None:
            anew = tr("Send again, {units} u more", units=f"{job.plan.units:,}")
            words += f" {tr('It may have been charged.')}"
            links = f"{link('look', tr('Look again'))} · {link('anew', anew)}"
        elif trouble is not None:
            cure, links = self._remedies(trouble, again)
            words = f"{words} {cure}".strip()
            if not isinstance(trouble, (BadOption, KeyTrouble)):
                # There is nothing to report about a missing selection or key.
                links = " · ".join(one for one in (links, link("details", tr("Details"))) if one)
        elif remedy == "hide":
            links = link("hide", tr("Hide the layer below"))
        elif remedy == "wait":
            links = f"{tr('Wait, or')} {link('look', tr('look at the balance'))} · {link('cancel', tr('Cancel'))}"
        elif remedy == "undo":
            links = link("undo", tr("Undo"))
        elif remedy == "use":
            links = link("use", tr("Use it"))
        elif remedy:
            words += f" {escaped(sentence(remedy))}"
        self._tell(words, links)

    def _tell(self, words: str, links: str = "") -> None:
        self._words = (words, links)
        self._show_news(None)
        self._dock.came_news()

    def _show_news(self, job: Job | None) -> None:
        """What happened last; where nothing did, how far the running job is."""
        if self._words is not None:
            words, links = self._words
            tone = "doubt" if self._job is not None else "wrong" if self._trouble is not None else "quiet"
        elif job is not None:
            words, links, tone = escaped(self._progress(job)), "", "quiet"
        elif self._session.library.release:
            words, tone = tr("Version {version} is out.", version=self._session.library.release), "quiet"
            links = link("release", tr("What is new"))
        else:
            self.news.hide()
            self.notice.tell("")
            self._dock.went_news()
            return
        self.notice.tell_within(words, links, self.lines, tone)
        self.cancel.setToolTip(tr("Dismiss") if job is None or self._words is not None else truth(job))
        self.cancel.setAccessibleName(self.cancel.toolTip())
        self.news.setVisible(self.lines > 0)
        self.queue.alarm(words if self._trouble is not None and not self.lines else "")

    def _progress(self, job: Job) -> str:
        """How far the job is that ✕ would cancel."""
        phase = tr(job.phase if job.state != "waiting" else "waiting")
        left = tr("about {left} s left", left=round(job.left_s)) if job.left_s else ""
        parts = [f"{tr(job.plan.operation.verb)}: {phase}", f"{job.elapsed_s:.0f} s", left]
        return ", ".join(part for part in parts if part)

    def _cross(self) -> None:
        """Away with what the line says: news are dismissed, a job is cancelled."""
        if self._words is not None:
            self._dock.stop_looking()
            self.say("")
        elif self._session.jobs.queue.shown(self._key()) is None:
            self._session.library.forget_release()
        else:
            self._session.cancel()

    def fit(self, lines: int) -> None:
        """Show so many lines of news."""
        self.lines = lines
        self.notice.setMaximumHeight(max(1, lines) * self.fontMetrics().lineSpacing() + 2)
        self.refresh()

    def _remedies(self, trouble: RecraftError, again: Callable[[], Any] | None = None) -> tuple[str, str]:
        """The remedy, (words, links): a link where we can do it, else in words; `again` repeats what failed."""
        kind = type(trouble).__name__
        # The link alone, or the remedy's own sentence with a link behind it.
        alone = _LINKS.get(kind) or _LINKS.get((kind, trouble.option))
        if alone is not None:
            return "", link(alone[0], tr(alone[1]))
        worth = again is not None and kind not in ("BadOption", "OutOfUnits", "BadPicture", "Refused", "Gone", "Kept")
        words = tr("Fetch again") if kind == "BadAnswer" and trouble.charged else tr("Try again")
        return escaped(sentence(trouble.remedy)), link("again", words) if worth else ""

    def _remedy(self, target: str) -> None:
        """Do what a link promises."""
        dock, session = self._dock, self._session
        links = {
            "again": lambda: self._again() if self._again is not None else None,
            "anew": lambda: session.repeat(self._job),
            "look": lambda: session.look_at_balance(self._job or session.jobs.queue.shown(self._key())),
            "cancel": session.cancel,
            "fewer": self._fewer,
            "use": lambda: self._state.use_style(dock.new_style.made),
            "hide": session.hide_cut,
            "undo": dock.results.undo_discard,
            "select": dock.choose_selection_tool,
            "details": self._details,
            "prompt": dock.focus_prompt,
            "key": lambda: dock.settings(key=True),
            "settings": dock.settings,
            "release": lambda: open_page(HOME),
        }
        if target in links:
            links[target]()

    def _fewer(self) -> None:
        """Nothing is bought by a link that says "Lower count": the button shows the new price."""
        self._state.set("n", 1)
        self.say("")

    def _details(self) -> None:
        """The whole of it in a small window, to be copied."""
        text = details(self._trouble, self._session.host.name) if self._trouble is not None else ""
        popup = Popup(self.notice)
        shown = QtWidgets.QPlainTextEdit(text)
        shown.setReadOnly(True)
        copy = tool(tr("Copy"), call=lambda: QtWidgets.QApplication.clipboard().setText(text))
        layout = column(popup, margin=4)
        layout.addWidget(shown)
        layout.addLayout(row(copy, 1))
        popup.setFixedSize(320, 180)
        popup.show_at(self.notice)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Hovering over the button shows on the canvas what is sent."""
        if watched is self.button and event.type() == QtCore.QEvent.Type.Enter:
            self._dock.show_frame()
        elif watched is self.button and event.type() == QtCore.QEvent.Type.Leave:
            self._dock.hide_frame()
        return False


def details(trouble: RecraftError, host: str) -> str:
    """An error for a bug report: everything known about it, never the key (the core keeps it out)."""
    lines = [f"{name}: {value}" for name, value in trouble.as_dict().items() if value not in (None, "", 0, False)]
    return "\n".join([*lines, f"host: {host}"])
