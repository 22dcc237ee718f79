"""The dialog of an operation: the form, the price beside the button, the wait, and several results to choose from."""

import time

from gi.repository import Gdk, GimpUi, GLib, Gtk

from . import reading
from .requests import unexpected
from .shared.errors import BadOption, Cancelled, RecraftError
from .shared.i18n import N_, join, say, tr
from .shared.plan import at_home, price_text
from .shared.plugin.choices import offline_before
from .shared.protocol import Message
from .ui_explore import EXPLORED
from .ui_form import Form
from .ui_parts import WIDE, column, fitting, label, picture, show_progress
from .ui_results import Results


def _link(target, text):
    """A link that does not break at the end of a line."""
    return f'<a href="{target}">{GLib.markup_escape_text(tr(text)).replace(" ", chr(0xA0))}</a>'


ADD_KEY = _link("key", N_("Add key"))
ASK_AGAIN_S = 5.0  # the balance, at most so often when the window comes to the front
THUMBNAIL = 512
LEAST_WIDTH = 480
BACK = 100  # GIMP takes 1 for its own Reset
LINKS = {
    "KeyTrouble": ADD_KEY,
    "OutOfUnits": _link("settings", N_("Account and settings")),
}
# What ends a wait. Any other button of the dialog does not.
PUT_AWAY = {Gtk.ResponseType.CANCEL, Gtk.ResponseType.CLOSE, Gtk.ResponseType.DELETE_EVENT}


class OperationDialog:
    """One dialog from opening to its end. `run()` answers what was placed; raises Cancelled when it was put away."""

    def __init__(self, errand):
        self._errand, self._requests = errand, errand.requests
        self._job = 0
        self._base = None, None  # what the results lie on: its picture and box
        self._offline = None
        self._balance = ""
        self._done = None
        self._pending = 0
        self._units = None  # the price that is shown
        self._paid = 0
        self._account_asked = 0.0
        errand.recall(draft=True)
        self._dialog = GimpUi.ProcedureDialog.new(errand.procedure, errand.config, _title(errand.entry))
        self._dialog.set_default_size(LEAST_WIDTH, -1)
        self._dialog.connect("key-press-event", self._key)
        self._back = self._dialog.add_button(tr("_Back"), BACK)
        self._back.connect("clicked", self._goes_back)
        self._went_back = False  # GIMP's run() says no more than whether it was the main button
        self._thumb = None
        self._form = Form(errand, self._thumbnail, (self._requests, self._say))
        self._results = Results(self._requests, self._say, lambda: errand.where, self._changed_choice, self._press,
                                self._add_paid)  # fmt: skip
        self._build()
        errand.config.connect("notify", lambda *_: self._later())
        self._dialog.connect("focus-in-event", self._came_to_front)
        self._requests.news.connect(self._news)
        self._ask_account()
        if self._form.style:
            self._requests.ask("styles", self._styles)

    def _build(self):
        self._line = label(wrap=True)
        self._line.connect("activate-link", self._link)
        self._price = label(dim=True)
        self._price.set_xalign(1)
        self._price.set_justify(Gtk.Justification.RIGHT)
        self._phase = label()
        self._progress = Gtk.ProgressBar()
        self._wait = column(self._phase, self._progress, gap=4)
        self._form_part = fitting(self._form.widget)
        inside = column(self._form_part, self._results.widget, self._wait, self._line)
        inside.set_border_width(WIDE)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        # Shown once, even hidden again they would leave the dialog as tall as all of them together.
        inside.show_all()
        self._buttons()
        self._wait.hide()
        self._to_form()
        self._form.focus()

    def _buttons(self):
        """The price stands left of the main button, where the eye is before the click."""
        self._ok = self._dialog.get_widget_for_response(Gtk.ResponseType.OK)
        box = self._ok.get_parent()
        self._price.set_margin_start(WIDE)
        self._price.set_margin_end(WIDE)
        self._price.show()
        box.pack_start(self._price, expand=False, fill=False, padding=0)
        if isinstance(box, Gtk.ButtonBox):
            box.set_child_non_homogeneous(self._price, True)
        box.reorder_child(self._ok, -1)
        own = (self._price, self._ok, self._back, self._dialog.get_widget_for_response(Gtk.ResponseType.CANCEL))
        # GIMP's Reset: only the form has something to reset.
        self._spare = [one for one in box.get_children() if one not in own]
        for child in self._dialog.get_content_area().get_children():
            # GIMP's own row keeps one set of options; our presets keep many, and one place for them is enough.
            if isinstance(child, Gtk.ButtonBox) and not self._ok.is_ancestor(child):
                child.hide()

    def _to_form(self):
        """The form, at the beginning and again after Back."""
        self._results.clear()
        self._results.widget.hide()
        self._form_part.show()
        self._back.hide()
        for one in self._spare:
            one.show()
        self._dialog.set_ok_label(tr(self._errand.entry.button))
        self._ok.set_sensitive(True)
        self._stage()
        self._refresh()

    def _stage(self, words=""):
        """Where it stands, in the title: GIMP stays usable meanwhile, and the task bar tells when there is a choice."""
        title = _title(self._errand.entry)
        self._dialog.set_title(f"{title} · {words}" if words else title)

    # --- life -------------------------------------------------------------------------------------------------------

    def run(self):
        """Until something was placed or the dialog was put away."""
        try:
            while self._done is None:
                if self._dialog.run():
                    self._act()
                elif self._went_back:
                    self._went_back = False
                    self._to_form()
                    self._dialog.resize(LEAST_WIDTH, 1)
                else:
                    self._errand.keep_draft()
                    raise Cancelled
            return self._done
        finally:
            self._requests.news.disconnect(self)
            if self._pending:
                GLib.source_remove(self._pending)
            self._dialog.destroy()

    def _act(self):
        """The main button: run, or place what was chosen."""
        try:
            if self._results.chosen():
                self._place(self._results.chosen())
                return
            self._errand.look_again()
            if self._as_shown():
                self._take(self._work())
        except Cancelled as stop:
            self._say(str(stop))
        except RecraftError as trouble:
            self._tell(trouble)
        except Exception as problem:  # noqa: BLE001 - shown instead of a silent end
            self._tell(unexpected(problem))

    def _as_shown(self):
        """True when the click costs what is shown; else show the price there is by now, to be clicked once more."""
        units = self._errand.plan().units
        if self._offline or self._units in (None, units):
            return True
        self._refresh()
        self._say("The price is another by now: look at it, and click once more.")
        return False

    def _take(self, result):
        numbers = self._errand.differing(result)
        if len(numbers) < 2 and not (numbers and self._errand.entry.operation in EXPLORED):
            self._place([(result, numbers)])
            return
        self._form_part.hide()
        for one in self._spare:
            one.hide()
        self._back.show()
        self._results.widget.show()
        self._stage(tr("choose"))
        self._results.tell_prices(self._offline)
        self._results.add(result, self._base, numbers)
        self._paid = 0
        self._add_paid(0 if result["offline"] else result["units"])
        self._changed_choice()
        # As small as the pictures: the form may have been longer.
        self._dialog.resize(1, 1)

    def _add_paid(self, units):
        """What all that is shown has cost so far; "More like this" adds to it."""
        self._paid += units
        self._price.set_text(
            tr("{price} charged", price=price_text(self._paid)) if self._paid else tr("on this computer")
        )

    def _place(self, picked):
        for result, numbers in picked:
            self._done = self._errand.place(result, numbers)
        self._errand.remember()

    def _changed_choice(self):
        count = sum(len(numbers) for _, numbers in self._results.chosen())
        self._dialog.set_ok_label(tr("Pl_ace {count}", count=count) if count > 1 else tr("Pl_ace"))
        self._ok.set_sensitive(bool(count))

    # --- waiting ----------------------------------------------------------------------------------------------------

    def _work(self):
        """Send it and wait in this dialog, its Cancel at hand. Raises what goes wrong, Cancelled at once."""
        fields, blobs = self._errand.request()
        # Whoever was shown a price pays no more than that, whatever has become of key and settings since.
        fields["most"] = 0 if self._offline else self._errand.plan().units
        read, pixels = self._errand.base or (None, None)
        self._base = picture(pixels, read.size) if read else None, read
        self._busy(True)
        handlers = [
            self._dialog.connect("response", self._put_away),
            self._dialog.connect("delete-event", lambda *_: True),
        ]
        try:
            return self._requests.finish("run", on_progress=self._show, on_begin=self._begun, blobs=blobs, **fields)
        finally:
            for handler in handlers:
                self._dialog.disconnect(handler)
            self._busy(False)

    def _begun(self, job):
        self._job = job

    def _put_away(self, _dialog, response):
        if response in PUT_AWAY:
            self._requests.cancel(self._job)

    def _busy(self, busy):
        for one in (self._ok, *self._spare):  # the fields stay alive: the next words may be written meanwhile
            one.set_sensitive(not busy)
        self._wait.set_visible(busy)
        self._stage(tr("working") if busy else "")
        if busy:
            self._say("")
            self._phase.set_text(tr("Preparing"))
            self._progress.set_fraction(0)

    def _show(self, message):
        show_progress(self._phase, self._progress, message)

    # --- words ------------------------------------------------------------------------------------------------------

    def _press(self):
        if self._ok.get_sensitive():
            self._dialog.response(Gtk.ResponseType.OK)

    def _goes_back(self, _button):
        self._went_back = True

    def _key(self, _dialog, event):
        """Shift+Enter runs, wherever the focus is."""
        enter = event.keyval in (Gdk.KEY_Return, Gdk.KEY_KP_Enter)
        if enter and event.state & (Gdk.ModifierType.SHIFT_MASK | Gdk.ModifierType.CONTROL_MASK):
            self._press()
            return True
        return False

    def _say(self, text):
        self._line.get_style_context().remove_class("trouble")
        self._line.set_text(tr(text))
        self._line.set_visible(bool(text))

    def _tell(self, trouble):
        """An error in its own line, with a link where a click can mend it."""
        link = LINKS.get(type(trouble).__name__, "")
        self._line.set_markup(f"⚠ {GLib.markup_escape_text(tr(str(trouble)))} {link}")
        self._line.get_style_context().add_class("trouble")
        self._line.show()
        if getattr(trouble, "option", "") == "prompt":
            self._form.focus()

    def _later(self):
        """Many arguments may change at once; look at them together."""
        if not self._pending:
            self._pending = GLib.idle_add(self._refresh)

    def _came_to_front(self, *_):
        """The dialog is not modal: what is selected, the layer, the size, even the image may be others by now."""
        if not self._wait.get_visible() and not self._results.shown:
            self._errand.look_again()
            self._thumb = None
            self._later()
            if time.monotonic() - self._account_asked > ASK_AGAIN_S:
                self._ask_account()
        return False

    def _refresh(self):
        self._pending = 0
        try:
            plan = self._errand.plan(prompt=True)
        except BadOption as trouble:
            self._form.refresh()
            self._price.set_text("")
            self._units = None
            self._tell(trouble)
            return GLib.SOURCE_REMOVE
        self._form.refresh(plan)
        self._show_price(plan)
        if not self._wait.get_visible():
            self._say_before(plan.notes)
        return GLib.SOURCE_REMOVE

    def _say_before(self, notes):
        """What the click will do: without a key, in so many words."""
        before = offline_before(self._errand.entry.row) if self._offline else ""
        told = tr(join(*map(at_home, notes) if self._offline else notes)) if notes else ""
        before = tr(before)
        self._say(before or told)
        if before:
            small = f"\n<small>{GLib.markup_escape_text(told)}</small>" if told else ""
            self._line.set_markup(f"{GLib.markup_escape_text(before)} {ADD_KEY}{small}")

    def _show_price(self, plan):
        """What it will cost; nothing yet while it is not known who will do it."""
        self._units = None if self._offline is None else plan.units
        below = f"\n<small>{tr(self._balance)}</small>" if self._balance else ""
        price = {None: "", True: tr("on this computer")}.get(self._offline, f"{tr(plan.price)}{below}")
        self._price.set_markup(price)

    def _ask_account(self):
        self._account_asked = time.monotonic()
        self._requests.ask("account", self._account)

    def _news(self, message):
        """A balance nobody asked for: something that may have been paid has ended."""
        if message.kind == "balance":
            self._account(Message("answer", 0, {"data": {"offline": False, **message.fields}}))

    def _account(self, message):
        data = message["data"] if message.kind == "answer" else {"offline": False}
        self._offline = bool(data.get("offline"))
        self._balance = say("you have {price}", price=price_text(int(data["balance"]))) if data.get("balance") else ""
        if not self._results.shown:
            self._later()

    def _styles(self, message):
        if message.kind == "answer":
            self._form.style.own(message["data"]["styles"])

    def _link(self, _label, where):
        from .ui_settings import SettingsWindow, ask_key

        if where == "settings":
            SettingsWindow(self._requests, self._dialog).run()
        else:
            ask_key(self._dialog, self._requests)
        self._ask_account()
        return True

    def _thumbnail(self):
        """A small picture of the canvas, read once each time the dialog comes to the front; None without an image."""
        if self._thumb is None and self._errand.sight.still:
            self._thumb = reading.thumbnail(self._errand.sight, THUMBNAIL)
        return self._thumb


def _title(entry):
    return tr("Recraft: {verb}", verb=tr(entry.label or entry.row.verb).rstrip("…"))
