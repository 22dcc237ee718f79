"""Several results side by side: choose those to place; Explore's can bring more of their kind or become a style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gi.repository import GdkPixbuf, Gtk

from .shared.i18n import tr
from .shared.plugin.verbs import EXPLORED
from .ui_explore import ExploreRow
from .ui_parts import column, fitting, label, named, on_squares, picture, pictures, room, show, smaller

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .shared.protocol import Message

HEAD = 80  # px of the lines above the pictures
MARGIN = 16  # px around each
# Up to so many pictures: columns, and px of a picture's longer side. Few can be looked at closely.
SIZES = {4: (2, 320), 6: (3, 260)}
MANY = (4, 190)


class Results:
    """The pictures of one or more answers. `changed()` is called when another choice was made, `place()` when one was
    double-clicked. `where()` is canvas and selection, so that further pictures find their place.
    """

    def __init__(
        self,
        requests: GimpRequests,
        say: Callable[[str], Any],
        where: Callable[[], Mapping[str, Any]],
        changed: Callable[[], Any],
        place: Callable[[], Any],
        paid: Callable[[int], Any] = lambda _units: None,
    ) -> None:
        self._changed, self._place, self._paid = changed, place, paid
        self._flow: Any = None
        self._side = 0
        self._explore = ExploreRow(requests, say, where, self)
        self._holder = column()
        hint = "Click the one to place, or several with Ctrl. The others stay in the history."
        self.widget = column(label(hint, wrap=True), self._explore.widget, self._holder)

    def clear(self) -> None:
        """Put them all away."""
        self._flow = None
        for child in self._holder.get_children():
            self._holder.remove(child)

    def tell_prices(self, offline: bool | None) -> None:
        """Say what Explore's buttons cost."""
        self._explore.tell_prices(offline)

    @property
    def count(self) -> int:
        """How many pictures there are to choose from."""
        return len(self._flow.get_children()) if self._flow is not None else 0

    def add(self, result: Message, base: tuple[Any, Any] = (None, None), numbers: Sequence[int] | None = None) -> None:
        """Show an answer's pictures, those of `numbers` or all, and choose the first; newer ones come first. `base` is
        what they lie on: its picture and box.
        """
        layers = list(enumerate(result["layers"]))
        layers = layers if numbers is None else [layers[number] for number in numbers]
        if self._flow is None:
            self._begin([layer["box"][2:] for _, layer in layers])
        for number, row in reversed(layers):
            self._flow.insert(self._cell(result, number, row, base), 0)
        self._explore.widget.set_visible(result["operation"] in EXPLORED)
        self._flow.show_all()
        self._flow.unselect_all()
        first = self._flow.get_child_at_index(0)
        if first is not None:
            self._flow.select_child(first)
            first.grab_focus()

    def add_more(self, result: Message) -> None:
        """Show a further answer, unless all has been put away meanwhile; `paid` hears what it cost."""
        self._paid(0 if result["offline"] else result["units"])
        if self._flow is not None:
            self.add(result)

    def _begin(self, sizes: Sequence[Sequence[int]]) -> None:
        columns, side = next((SIZES[most] for most in SIZES if len(sizes) <= most), MANY)
        rows = -(-len(sizes) // columns)
        tallest = max(height / max(width, height) for width, height in sizes)
        self._side = max(96, min(side, int((room() - HEAD) / rows / tallest) - MARGIN))
        self._flow = named(pictures(columns), "Results")
        self._flow.set_selection_mode(Gtk.SelectionMode.MULTIPLE)
        self._flow.connect("selected-children-changed", lambda _flow: self._changed())
        self._flow.connect("child-activated", lambda *_: self._place())
        self._holder.pack_start(fitting(self._flow), expand=True, fill=True, padding=0)
        self._holder.show_all()

    def _cell(self, result: Message, number: int, layer: Mapping[str, Any], base: tuple[Any, Any]) -> Gtk.FlowBoxChild:
        whole = _seen(picture(result.blobs[layer["pixels"]], layer["box"][2:]), layer, base)
        image = Gtk.Image()
        show(image, on_squares(_to_look_at(whole, self._side * image.get_scale_factor())), self._side)
        cell: Any = named(Gtk.FlowBoxChild(valign=Gtk.Align.CENTER), tr("Result {number}", number=number + 1))
        cell.add(image)
        cell.shown = (result, number)
        return cell

    def chosen(self) -> list[tuple[Message, list[int]]]:
        """Pairs of an answer and the numbers chosen of it."""
        groups: dict[int, tuple[Message, list[int]]] = {}
        for cell in self._flow.get_selected_children() if self._flow is not None else ():
            result, number = cell.shown
            groups.setdefault(id(result), (result, []))[1].append(number)
        return [(result, sorted(numbers)) for result, numbers in groups.values()]


def _to_look_at(whole: GdkPixbuf.Pixbuf, side: int) -> GdkPixbuf.Pixbuf:
    """At most `side` px long, and half of that at least: what is as small as its selection could not be judged."""
    share = side / 2 / max(whole.get_width(), whole.get_height())
    if share <= 1:
        return smaller(whole, side)
    width, height = (max(1, round(length * share)) for length in (whole.get_width(), whole.get_height()))
    return whole.scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR)


def _seen(pixbuf: GdkPixbuf.Pixbuf, layer: Mapping[str, Any], base: tuple[Any, Any]) -> GdkPixbuf.Pixbuf:
    """The result as it will look: over what was read, where it is a part of that."""
    below, read = base
    if below is None or list(layer["box"]) != list(read):
        return pixbuf
    seen = below.copy()
    width, height = seen.get_width(), seen.get_height()
    pixbuf.composite(seen, 0, 0, width, height, 0, 0, 1, 1, GdkPixbuf.InterpType.NEAREST, 255)
    return seen
