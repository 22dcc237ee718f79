"""History: everything that was made, newest first, to find, star and place again."""

import time

from gi.repository import GimpUi, GLib, Gtk, Pango

from recraft_core.catalog import OPERATIONS

from . import placing
from .courier import outcome
from .running import Done
from .ui_parts import WIDE, column, frame, label, money, named, on_squares, picture, row

SIDE = 128
PAGE = 48
WAIT_MS = 250  # after the last letter typed into the search
PLACE, REMOVE, STAR = 1, 2, 3


class HistoryWindow:
    """The window until something is placed or it is closed."""

    def __init__(self, errand):
        self._errand, self._courier = errand, errand.courier
        self._cells, self._timer, self._turn = {}, 0, 0
        self._dialog = GimpUi.Dialog(title="Recraft: History", role="recraft-history")
        self._dialog.add_button("_Star", STAR)
        self._dialog.add_button("_Remove", REMOVE)
        self._dialog.add_button("_Close", Gtk.ResponseType.CLOSE)
        self._dialog.add_button("_Place", PLACE)
        self._dialog.set_default_response(PLACE)
        self._dialog.set_default_size(720, 560)
        self._search = named(Gtk.SearchEntry(placeholder_text="Search prompts", hexpand=True), "Search")
        self._search.connect("search-changed", lambda _entry: self._later())
        self._search.connect("stop-search", lambda _entry: self._dialog.response(Gtk.ResponseType.CLOSE))
        self._starred = Gtk.ToggleButton(label="★ Starred")
        self._starred.connect("toggled", lambda _tick: self._load())
        self._flow = Gtk.FlowBox(homogeneous=True, selection_mode=Gtk.SelectionMode.SINGLE, valign=Gtk.Align.START)
        self._flow.set_max_children_per_line(6)
        self._flow.set_activate_on_single_click(False)
        self._flow.connect("child-activated", lambda *_: self._dialog.response(PLACE))
        self._line = label(wrap=True, dim=True)
        top = row(self._search, self._starred)
        top.set_child_packing(self._search, True, True, 0, Gtk.PackType.START)
        inside = column(top)
        inside.pack_start(frame(self._flow, 320), expand=True, fill=True, padding=0)
        inside.pack_start(self._line, expand=False, fill=True, padding=0)
        inside.set_border_width(WIDE)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        self._dialog.show_all()
        self._load()
        self._courier.ask("history", self._spent, do="spent")

    def run(self):
        """What was placed; nothing when it is closed."""
        try:
            acts = {PLACE: self._place, REMOVE: self._remove, STAR: self._star}
            while True:
                response = self._dialog.run()
                if response not in acts:
                    return Done()
                done = self._act(acts[response])
                if done is not None:
                    return done
        finally:
            if self._timer:
                GLib.source_remove(self._timer)
            self._dialog.destroy()

    def _act(self, act):
        from recraft_core.errors import RecraftError

        entry = self._chosen()
        if entry is None:
            self._line.set_text("Choose a result first: one click.")
            return None
        try:
            return act(entry)
        except RecraftError as trouble:
            self._line.set_text(str(trouble))
            return None

    def _place(self, entry):
        """Once more, exactly as it was."""
        result = self._courier.finish("history", do="place", entry=entry["entry"], draw=True, order="RGBA")
        sight = self._errand.sight
        same = sight.canvas and entry.get("canvas") and tuple(entry["canvas"]) == tuple(sight.canvas)
        verb = OPERATIONS[entry["operation"]].verb if entry["operation"] in OPERATIONS else "Recraft"
        about = {"operation": entry["operation"], "model": entry["model"], "units": entry["units"],
                 "entry": entry["entry"]}  # fmt: skip
        # On another picture the old place means nothing: then it comes in an image of its own.
        how = placing.How("layer" if same else "image", "layer", None, verb, about)
        placed = placing.place(sight, result, how)
        return Done(placed.image, placed.layers, 0, "", entry["entry"], placed.notes)

    def _remove(self, entry):
        self._courier.finish("history", do="remove", entry=entry["entry"])
        self._load()

    def _chosen(self):
        picked = self._flow.get_selected_children()
        return picked[0].entry if picked else None

    # --- the list ---------------------------------------------------------------------------------------------------

    def _later(self):
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(WAIT_MS, self._load)

    def _load(self):
        self._timer = 0
        self._turn += 1
        turn = self._turn
        fields = {"starred": True} if self._starred.get_active() else {}
        self._courier.ask("history", lambda message: self._list(message, turn), do="list", limit=PAGE,
                          search=self._search.get_text(), **fields)  # fmt: skip
        return GLib.SOURCE_REMOVE

    def _list(self, message, turn):
        if turn != self._turn:
            return  # a newer search is under way
        if message.kind == "error":
            self._line.set_text(f"{message['error']['what']} {message['error']['remedy']}")
            return
        for child in self._flow.get_children():
            self._flow.remove(child)
        entries = [entry for entry in message["data"]["entries"] if entry["pictures"]]
        for entry in entries:
            self._flow.add(self._cell(entry))
        self._flow.show_all()
        if not entries:
            self._line.set_text("Nothing here yet. What you make will be kept here, to place it again.")

    def _cell(self, entry):
        child = Gtk.FlowBoxChild()
        child.entry = entry
        image = Gtk.Image.new_from_icon_name("image-x-generic", Gtk.IconSize.DIALOG)
        image.set_size_request(SIDE, SIDE)
        verb = OPERATIONS[entry["operation"]].verb if entry["operation"] in OPERATIONS else entry["operation"]
        title = label(f"★ {verb}" if entry["starred"] else verb)
        below = label(entry["prompt"] or _when(entry), dim=True)
        for words in (title, below):
            words.set_ellipsize(Pango.EllipsizeMode.END)
            words.set_max_width_chars(16)
        cost = "on this computer" if entry["offline"] else money(entry["units"] or 0)
        child.set_tooltip_text("\n".join(filter(None, (entry["prompt"], entry["model"], _when(entry), cost))))
        child.add(column(image, title, below, gap=2))
        self._courier.ask("history", lambda message: _fill(image, message), do="thumbnail", entry=entry["entry"],
                          index=0, side=SIDE)  # fmt: skip
        return child

    def _star(self, entry):
        self._courier.finish("history", do="unstar" if entry["starred"] else "star", entry=entry["entry"])
        self._load()

    def _spent(self, message):
        if message.kind == "answer" and message["data"]["today"]:
            self._line.set_text(f"Spent today: {money(message['data']['today'])}.")


def _fill(image, message):
    if message.kind == "answer":
        image.set_from_pixbuf(on_squares(picture(message.blobs[0], outcome(message)["data"]["size"])))


def _when(entry):
    return time.strftime("%d %b, %H:%M", time.localtime(entry["created"]))
