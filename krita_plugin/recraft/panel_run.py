"""The main button with its price, the bar it becomes while a job runs, and the one line under it."""

from .qt import Qt, QtCore, QtGui, QtWidgets, number, timer
from .scroll_area import Pinned
from .shared.errors import BadOption, KeyTrouble
from .shared.i18n import N_, join, say_n
from .shared.plan import price_text
from .shared.plugin.verbs import REAL_OFFLINE
from .tr import sentence, tr
from .widgets import Note, column, escaped, link, mixed, row, tool


class RunButton(QtWidgets.QAbstractButton):
    """Two lines on the highlight colour: the verb, and the price or how far the job is."""

    def __init__(self):
        super().__init__()
        self.first, self.second = "", ""
        self.share = None  # 0..1 while a job runs and it is known
        self.working = False
        self.ready = True
        self._swing = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self):  # noqa: N802 - Qt's name
        """Two lines of text and air."""
        return QtCore.QSize(120, 2 * self.fontMetrics().lineSpacing() + 18)

    def tell(self, first, second, *, working=False, share=None, ready=True):
        """What it says; `ready` False makes it quieter, it can be clicked all the same and then says why not."""
        self.first, self.second = first, second
        self.working, self.share, self.ready = working, share, ready
        self.setAccessibleName(f"{first}. {second}")
        self.update()

    def paintEvent(self, _event):  # noqa: N802
        """A rounded field, filled as far as the job is."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        roles, palette = QtGui.QPalette.ColorRole, self.palette()
        full = palette.color(roles.Highlight)
        if self.underMouse() and not self.isDown():
            full = full.lighter(108)
        calm = mixed(palette, 0.14)
        back = full if self.ready and not self.working else calm
        area = QtCore.QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(area, 5, 5)
        if self.working:
            self._bar(painter, area, mixed(palette, 0.45, roles.Highlight))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QtGui.QPen(mixed(palette, 0.8), 1.5))
            painter.drawRoundedRect(area, 5, 5)
        self._text(painter, palette.color(roles.WindowText) if back is calm else _on(full))

    def _bar(self, painter, area, colour):
        painter.save()
        clip = QtGui.QPainterPath()
        clip.addRoundedRect(area, 5, 5)
        painter.setClipPath(clip)
        if self.share is not None:
            part = QtCore.QRectF(area.x(), area.y(), area.width() * min(1.0, self.share), area.height())
        else:
            # Nobody knows how far: a band that walks says it is alive.
            self._swing = (self._swing + 0.03) % 1.3
            left = area.x() + area.width() * (self._swing - 0.3)
            part = QtCore.QRectF(left, area.y(), area.width() * 0.3, area.height())
        painter.fillRect(part, colour)
        painter.restore()

    def _text(self, painter, colour):
        painter.setPen(colour)
        half = self.height() / 2
        wide = self.width() - 12
        bold = QtGui.QFont(self.font())
        bold.setBold(True)
        edges = Qt.AlignmentFlag
        lines = [(bold, self.first, 0, half, edges.AlignBottom), (self.font(), self.second, half, half, edges.AlignTop)]
        if not self.second:
            lines = [(bold, self.first, 0, self.height(), edges.AlignVCenter)]
        for font, text, top, high, edge in lines:
            painter.setFont(font)
            short = QtGui.QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(QtCore.QRectF(6, top, wide, high), number(edge | edges.AlignHCenter), short)


def _on(colour):
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
    """Button, bar, Cancel; what is sent; what went wrong with its remedy; the offline line."""

    def __init__(self, session, dock):
        super().__init__()
        self._session, self._state, self._dock = session, session.state, dock
        self._trouble, self._again, self._job = None, None, None
        self._about = None
        self.shown = None  # what a click buys: State.face of the plan on the button
        self.button = RunButton()
        self.button.clicked.connect(lambda _checked=False: dock.click())
        self.cancel = tool("✕", hint=tr("Cancel"), call=session.cancel)
        self.cancel.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Expanding)
        self.notice = Note("", "wrong", self._remedy)
        self.sent = Note("", "quiet", self._remedy)
        self.sent.setMouseTracking(True)
        self.sent.installEventFilter(self)
        self.offline = Note("", "quiet", self._of_account)
        top = QtWidgets.QWidget()
        lines = column(top)
        lines.addLayout(row(self.button, self.cancel))
        lines.addWidget(self.notice)
        self.top = Pinned(top)
        layout = column(self)
        for one in (self.top, self.sent, self.offline):
            layout.addWidget(one)
        self._clock = timer(self, 80, self._tick)
        self._clock.stop()
        self._state.changed.connect(self.refresh)
        session.library.known.connect(self.refresh)
        session.jobs.changed.connect(lambda _job: self.refresh())
        session.said.connect(self.say)
        self.notice.hide()
        self.refresh()

    # --- the button -------------------------------------------------------------------------------------------------

    def refresh(self):
        """Verb and price, or how far it is."""
        self._forget_old_news()
        jobs = self._jobs()
        self.cancel.setVisible(bool(jobs))
        if jobs:
            self._working(jobs)
            self._clock.start()
        else:
            self._clock.stop()
            self._waiting()
        self._offline_line()

    def _waiting(self):
        verb = self._state.verb
        name = tr(verb.button or verb.label)
        self.shown = None
        if verb.key == "style":
            self.button.tell(name, self._dock.style.price(), ready=self._dock.style.ready)
            self.sent.tell("")
            return
        made, trouble = self._state.plan()
        if trouble is not None:
            price = self._state.price_without_prompt() if trouble.option == "prompt" else None
            self.button.tell(name, self._price(price) if price else "", ready=False)
            # Once it was clicked the same stands in the line above, with its remedy.
            self.sent.tell("" if self._trouble is not None else self._why(trouble))
            return
        self.shown = self._state.face(made)
        self.button.tell(name, self._price(made))
        self.sent.tell(escaped(sentence(join(*made.notes), at_home=bool(self._state.offline))))

    def _why(self, trouble):
        """What is missing, quietly: nobody has clicked yet."""
        if trouble.option == "prompt":
            return ""
        return f"{escaped(sentence(trouble.what))} {self._remedies(trouble)}"

    def _price(self, made):
        if self._state.offline is None:
            return sentence(made.price)
        if self._state.offline:
            return tr("on this computer")
        return sentence(made.price) if made.units else tr("free")

    def _working(self, jobs):
        """How far the job is that ✕ would cancel; what a click would cost stays in sight."""
        job = self._session.jobs.queue.shown(self._key())
        if job is None:
            return
        phase = tr(job.phase if job.state != "waiting" else "waiting")
        left = f" · {tr('about {left} s left', left=round(job.left_s))}" if job.left_s else ""
        waiting = len([one for one in jobs if one.state == "waiting" and one is not job])
        more = f" · {tr('{waiting} waiting', waiting=waiting)}" if waiting else ""
        made, trouble = self._state.plan()
        self.shown = self._state.face(made) if trouble is None else None
        price = f" · {self._price(made)}" if made is not None else ""
        verb = tr(job.plan.operation.verb)
        self.button.tell(f"{verb}: {phase}", f"{job.elapsed_s:.0f} s{left}{more}{price}", working=True, share=job.share)
        self._long(job)

    def _long(self, job):
        """Say it once when a job takes three times as long as such a one usually does."""
        if job.state == "running" and not job.told_long and job.elapsed_s > max(90, 3 * job.usual_s):
            job.told_long = True
            self.say("This takes much longer than usual.", "wait")

    def _tick(self):
        jobs = self._jobs()
        if jobs:
            self._working(jobs)

    def _jobs(self):
        """Jobs of the document in front, and those of none (a new style, an enhanced prompt)."""
        return self._session.jobs.of(self._key()) or [job for job in self._session.jobs.open if not job.key]

    def _key(self):
        return self._state.canvas.key if self._state.canvas else ""

    def _forget_old_news(self):
        """A line about another verb or another document says nothing here."""
        about = (self._state.verb.key, self._state.canvas.key if self._state.canvas else "")
        if about != self._about:
            self._about = about
            self.say("")

    def _offline_line(self):
        line = ""
        if self._session.library.trouble is not None:
            trouble = self._session.library.trouble
            line = f"{escaped(sentence(trouble.what))} {self._remedies(trouble, self._session.library.ask_account)}"
        elif self._state.offline:
            line = tr("Offline: {real} run here. Prompts need a Recraft key.", real=tr(REAL_OFFLINE))
            line = f"{escaped(line)} {link('key', tr('Add key'))}"
        self.offline.tell(line)

    # --- the line ---------------------------------------------------------------------------------------------------

    def say(self, text, remedy="", trouble=None, again=None, job=None):
        """One line: what happened, then the remedy as a link that does it. "" takes it away.

        `again` repeats what has failed; `job` is one that may have been charged without an answer.
        """
        self._trouble, self._again, self._job = trouble, again, job
        if not text:
            self.notice.tell("")
            return
        words = escaped(sentence(text, at_home=bool(self._state.offline)))
        if job is not None:
            anew = tr("Send anew, {price} more", price=sentence(price_text(job.plan.units)))
            words += f" {tr('It may have been charged.')} {link('look', tr('Look again'))} · {link('anew', anew)}"
        elif trouble is not None:
            words += f" {self._remedies(trouble, again)}"
            if not isinstance(trouble, (BadOption, KeyTrouble)):
                # There is nothing to report about a missing selection or key.
                words += f" · {link('copy', tr('Copy details'))}"
        elif remedy == "hide":
            words += f" {link('hide', tr('Hide the layer below'))}"
        elif remedy == "wait":
            words += f" {tr('Wait, or')} {link('look', tr('look at the balance'))} · {link('cancel', tr('Cancel'))}"
        elif remedy == "use":
            words += f" {link('use', tr('Use it'))}"
        elif remedy:
            words += f" {escaped(sentence(remedy))}"
        self.notice.tell(words, "wrong" if trouble is not None else "quiet")
        if trouble is not None:
            self.sent.tell("")

    def _remedies(self, trouble, again=None):
        """The remedy: as a link where we can do it, else in words; `again` repeats what failed."""
        kind = type(trouble).__name__
        # The link alone, or the remedy's own sentence with a link behind it.
        alone = _LINKS.get(kind) or _LINKS.get((kind, trouble.option))
        if alone is not None:
            return link(alone[0], tr(alone[1]))
        worth = again is not None and kind not in ("BadOption", "OutOfUnits", "BadPicture", "Refused", "Gone", "Kept")
        words = tr("Fetch again") if kind == "BadAnswer" and trouble.charged else tr("Try again")
        return f"{_sentence(trouble)} {link('again', words)}" if worth else _sentence(trouble)

    def _remedy(self, target):
        """Do what a link promises."""
        dock, session = self._dock, self._session
        links = {
            "again": lambda: self._again() if self._again is not None else None,
            "anew": lambda: session.repeat(self._job),
            "look": lambda: session.look_at_balance(self._job or session.jobs.queue.shown(self._key())),
            "cancel": session.cancel,
            "fewer": self._fewer,
            "use": lambda: dock.use_style(dock.style.made),
            "hide": session.hide_cut,
            "select": dock.choose_selection_tool,
            "copy": self._copy,
            "prompt": dock.focus_prompt,
            "key": lambda: dock.settings(key=True),
            "settings": dock.settings,
        }
        if target in links:
            links[target]()

    def _fewer(self):
        """Nothing is bought by a link that says "Lower count": the button shows the new price."""
        self._state.set("n", 1)
        self.say("")

    def _copy(self):
        if self._trouble is not None:
            QtWidgets.QApplication.clipboard().setText(details(self._trouble, self._session.host.name))

    def _of_account(self, target):
        """The line about balance and key: what failed there is asked again, nothing is bought."""
        if target == "again":
            self._session.library.ask_account()
        else:
            self._remedy(target)

    def eventFilter(self, watched, event):  # noqa: N802
        """Hovering over what is sent shows its frame on the canvas."""
        if watched is self.sent and event.type() == QtCore.QEvent.Type.Enter:
            self._dock.show_frame()
        elif watched is self.sent and event.type() == QtCore.QEvent.Type.Leave:
            self._dock.hide_frame()
        return False


def _sentence(trouble):
    return escaped(sentence(trouble.remedy))


def details(trouble, host):
    """An error for a bug report: everything known about it, never the key (the core keeps it out)."""
    lines = [f"{name}: {value}" for name, value in trouble.as_dict().items() if value not in (None, "", 0, False)]
    return "\n".join([*lines, f"host: {host}"])


def balance_text(units):
    """The balance as the heading shows it, with the money it is worth as tooltip."""
    return tr(say_n("{n:,} unit", "{n:,} units", units)), sentence(price_text(units))
