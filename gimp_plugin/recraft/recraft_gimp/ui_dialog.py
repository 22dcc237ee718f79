"""The dialog of an operation: the form, the price beside the button, the wait, and several results to choose from."""

from gi.repository import GimpUi, GLib, Gtk

from recraft_core.errors import BadOption, Cancelled, RecraftError

from . import reading
from .courier import outcome, unexpected
from .ui_form import Form
from .ui_parts import WIDE, column, label, money, picture, show_progress
from .ui_results import Results

OFFLINE = "Offline: erase, expand, cut out, trace and upscale run here. Prompts need a Recraft key."
THUMBNAIL = 512
LEAST_WIDTH = 480


class OperationDialog:
    """One dialog from opening to its end. `run()` answers what was placed; raises Cancelled when it was put away."""

    def __init__(self, errand):
        self._errand, self._courier = errand, errand.courier
        self._job = 0
        self._offline = None
        self._balance = ""
        self._done = None
        self._pending = 0
        errand.recall()
        self._dialog = GimpUi.ProcedureDialog.new(errand.procedure, errand.config, _title(errand.entry))
        self._dialog.set_ok_label(errand.entry.button)
        self._dialog.set_default_size(LEAST_WIDTH, -1)
        self._thumb = None
        self._form = Form(errand, self._thumbnail, (self._courier, self._say, self._press))
        self._results = Results(self._courier, self._say, self._changed_choice, errand.where)
        self._build()
        errand.config.connect("notify", lambda *_: self._later())
        self._courier.ask("account", self._account)
        if self._form.style:
            self._courier.ask("styles", self._styles)

    def _build(self):
        self._line = label(wrap=True)
        self._line.connect("activate-link", self._link)
        self._price = label(dim=True)
        self._phase = label()
        self._progress = Gtk.ProgressBar()
        self._wait = column(self._phase, self._progress, gap=4)
        inside = column(self._form.widget, self._results.widget, self._wait, self._line)
        inside.set_border_width(WIDE)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        # Shown once, even hidden again they would leave the dialog as tall as all of them together.
        inside.show_all()
        for later in (self._results.widget, self._wait):
            later.hide()
        self._beside_button()
        self._without_one_set()
        self._refresh()
        self._form.refresh()
        self._form.focus()

    def _beside_button(self):
        """The price stands left of the buttons, where the eye is before the click."""
        ok = self._dialog.get_widget_for_response(Gtk.ResponseType.OK)
        self._ok = ok
        box = ok.get_parent()
        self._price.set_margin_end(WIDE)
        self._price.show()
        box.pack_start(self._price, expand=False, fill=False, padding=0)
        if isinstance(box, Gtk.ButtonBox):
            box.set_child_non_homogeneous(self._price, True)
        box.reorder_child(ok, -1)

    def _without_one_set(self):
        """GIMP's own row keeps one set of options; our presets keep many, and one place for them is enough."""
        for child in self._dialog.get_content_area().get_children():
            if isinstance(child, Gtk.ButtonBox) and not self._ok.is_ancestor(child):
                child.hide()

    # --- life -------------------------------------------------------------------------------------------------------

    def run(self):
        """Until something was placed or the dialog was put away."""
        try:
            while self._done is None:
                if not self._dialog.run():
                    raise Cancelled
                self._act()
            return self._done
        finally:
            if self._pending:
                GLib.source_remove(self._pending)
            self._dialog.destroy()

    def _act(self):
        """The main button: run, or place what was chosen."""
        if self._results.chosen():
            self._place(self._results.chosen())
            return
        try:
            result = self._work()
        except Cancelled as stop:
            self._say(str(stop))
            return
        except RecraftError as trouble:
            self._tell(trouble)
            return
        except Exception as problem:  # noqa: BLE001 - shown instead of a silent end
            self._tell(unexpected(problem))
            return
        self._take(result)

    def _take(self, result):
        several = len(result["layers"]) > 1 or self._errand.entry.operation in {"explore", "explore_similar"}
        if several:
            self._form.widget.hide()
            self._results.add(result, self._base)
            self._results.widget.show_all()
            self._price.set_text(f"{money(result['units'])} charged" if not self._offline else "on this computer")
            self._changed_choice()
        else:
            self._place([(result, [0] if result["layers"] else [])])

    def _place(self, picked):
        for result, numbers in picked:
            self._done = self._errand.place(result, numbers)
        self._errand.remember()

    def _changed_choice(self):
        count = sum(len(numbers) for _, numbers in self._results.chosen())
        self._dialog.set_ok_label(f"Pl_ace {count}" if count > 1 else "Pl_ace")
        self._ok.set_sensitive(bool(count))

    # --- waiting ----------------------------------------------------------------------------------------------------

    def _work(self):
        """Send it and wait in this dialog, its Cancel at hand. Raises what goes wrong, Cancelled at once."""
        fields, blobs = self._errand.request()
        read = fields["read"]
        self._base = picture(blobs[0], read.size) if read else None, read
        loop, ends = GLib.MainLoop(), []

        def told(message):
            if message.ends:
                ends.append(message)
                loop.quit()
            elif message.kind == "progress":
                self._show(message)

        self._busy(True)
        self._job = self._courier.ask("run", told, blobs, **fields)
        handlers = [
            self._dialog.connect("response", lambda *_: self._courier.cancel(self._job)),
            self._dialog.connect("delete-event", lambda *_: True),
        ]
        if not ends:
            loop.run()
        for handler in handlers:
            self._dialog.disconnect(handler)
        self._busy(False)
        return outcome(ends[0])

    def _busy(self, busy):
        self._form.widget.set_sensitive(not busy)
        self._ok.set_sensitive(not busy)
        self._wait.set_visible(busy)
        if busy:
            self._say("")
            self._phase.set_text("Preparing")
            self._progress.set_fraction(0)

    def _show(self, message):
        show_progress(self._phase, self._progress, message)

    # --- words ------------------------------------------------------------------------------------------------------

    def _press(self):
        self._dialog.response(Gtk.ResponseType.OK)

    def _say(self, text):
        self._line.get_style_context().remove_class("error")
        self._line.set_text(text)
        self._line.set_visible(bool(text))

    def _tell(self, trouble):
        """An error in its own line, with a link where a click can mend it."""
        link = ' <a href="key">Add key</a>' if type(trouble).__name__ in {"KeyTrouble", "OutOfUnits"} else ""
        self._line.set_markup(GLib.markup_escape_text(str(trouble)) + link)
        self._line.get_style_context().add_class("error")
        self._line.show()

    def _later(self):
        """Many arguments may change at once; look at them together."""
        if not self._pending:
            self._pending = GLib.idle_add(self._refresh)

    def _refresh(self):
        self._pending = 0
        self._form.refresh()
        try:
            plan = self._errand.plan(prompt=True)
        except BadOption as trouble:
            self._price.set_text("")
            self._tell(trouble)
            return GLib.SOURCE_REMOVE
        notes = " ".join(plan.notes)
        costs = " · ".join(filter(None, (plan.price, self._balance)))
        self._price.set_text("on this computer" if self._offline else costs)
        if self._offline and self._form.prompt:
            self._line.get_style_context().remove_class("error")
            small = GLib.markup_escape_text(notes)
            self._line.set_markup(f'{OFFLINE} <a href="key">Add key</a>\n<small>{small}</small>')
            self._line.show()
        else:
            self._say(notes)
        return GLib.SOURCE_REMOVE

    def _account(self, message):
        if message.kind != "answer":
            return
        data = message["data"]
        self._offline = self._errand.offline = bool(data.get("offline"))
        self._balance = "" if self._offline else f"you have {money(int(data.get('balance') or 0))}"
        if not self._job:
            self._refresh()

    def _styles(self, message):
        if message.kind == "answer":
            self._form.style.own(message["data"]["styles"])

    def _link(self, _label, _where):
        from .ui_key import ask_key

        if ask_key(self._dialog, self._courier):
            self._courier.ask("account", self._account)
        return True

    def _thumbnail(self):
        """A small picture of the canvas, read once."""
        if self._thumb is None:
            self._thumb = reading.thumbnail(self._errand.sight, THUMBNAIL)
        return self._thumb


def _title(entry):
    return f"Recraft: {(entry.label or entry.row.verb).rstrip('…')}"
