"""Several results side by side: tick those to place; Explore's have "more like this"."""

from gi.repository import GdkPixbuf, Gtk

from .courier import outcome
from .ui_parts import button, column, frame, label, named, on_squares, picture, row, smaller

SIDE = 176
NEAR = ("a little", "somewhat", "clearly", "very", "extremely")


class Results:
    """Thumbnails of one or more answers. `changed()` is called when another choice was made.

    `where` is canvas and selection, so that further pictures find their place.
    """

    def __init__(self, courier, say, changed, where):
        self._courier, self._say, self._changed, self._where = courier, say, changed, where
        self._cells = []  # (tick, result, number)
        self._flow = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE, halign=Gtk.Align.START, valign=Gtk.Align.START)
        self._flow.set_min_children_per_line(2)
        self._flow.set_max_children_per_line(4)
        self._flow.set_row_spacing(6)
        self._flow.set_column_spacing(6)
        self._near = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 1, 5, 1)
        self._near.set_value(3)
        self._near.set_draw_value(False)
        self._near.set_size_request(120, -1)
        self._words = label(NEAR[2], dim=True)
        self._near.connect("value-changed", lambda scale: self._words.set_text(NEAR[int(scale.get_value()) - 1]))
        self._more_button = button("_More like this", self._more, hint="Eight more like the ticked one")
        self._more_row = row(self._more_button, named(self._near, "How similar"), self._words)
        self._more_row.set_no_show_all(True)
        self.widget = column(label("Tick what to place. The others stay in the history."), self._more_row)
        self._scroll = frame(self._flow, 2 * SIDE + 40)
        self._scroll.set_min_content_width(4 * (SIDE + 44))
        self.widget.pack_start(self._scroll, expand=True, fill=True, padding=0)

    def add(self, result, base=(None, None)):
        """Show an answer's pictures; newer ones come first. `base` is what they lie on: its picture and box."""
        for number, told in reversed(list(enumerate(result["layers"]))):
            self._flow.insert(self._cell(result, number, told, base), 0)
        if result["operation"] in {"explore", "explore_similar"}:
            self._more_row.set_no_show_all(False)
            self._more_row.show_all()
        if not any(tick.get_active() for tick, *_ in self._cells):
            self._cells[-1][0].set_active(True)
        self._flow.show_all()

    def _cell(self, result, number, told, base):
        small = smaller(_seen(picture(result.blobs[told["pixels"]], told["box"][2:]), told, base), SIDE)
        tick = named(Gtk.CheckButton(halign=Gtk.Align.START), f"Result {number + 1}")
        tick.add(Gtk.Image.new_from_pixbuf(on_squares(small)))
        tick.connect("toggled", lambda _tick: self._changed())
        self._cells.append((tick, result, number))
        return tick

    def chosen(self):
        """Pairs of an answer and the numbers ticked in it."""
        found = {}
        for tick, result, number in self._cells:
            if tick.get_active():
                found.setdefault(id(result), (result, []))[1].append(number)
        return [(result, sorted(numbers)) for result, numbers in found.values()]

    def _more(self):
        picked = [(result, number) for result, numbers in self.chosen() for number in numbers]
        if len(picked) != 1:
            self._say("Tick one picture to get more like it.")
            return
        result, number = picked[0]
        options = {"source_image_id": result["layers"][number]["image_id"], "similarity": int(self._near.get_value())}
        self._more_button.set_sensitive(False)
        self._say("Looking for more like it …")
        self._courier.ask("run", self._found, operation="explore_similar", options=options, parts=[], draw=True,
                          **self._where)  # fmt: skip

    def _found(self, message):
        if not message.ends:
            return
        self._more_button.set_sensitive(True)
        if message.kind == "error":
            self._say(f"{message['error']['what']} {message['error']['remedy']}")
            return
        self._say("")
        for tick, *_ in self._cells:
            tick.set_active(False)
        self.add(outcome(message))


def _seen(pixbuf, told, base):
    """The result as it will look: over what was read, where it is a part of that."""
    below, read = base
    if below is None or list(told["box"]) != list(read):
        return pixbuf
    seen = below.copy()
    width, height = seen.get_width(), seen.get_height()
    pixbuf.composite(seen, 0, 0, width, height, 0, 0, 1, 1, GdkPixbuf.InterpType.NEAREST, 255)
    return seen
