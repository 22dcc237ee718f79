"""What Explore's pictures can do: bring more of their kind, or become a style of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gi.repository import Gtk

from .shared.contract.limits import MAX_STYLE_FILES
from .shared.i18n import join, say, tr
from .shared.operations import OPERATIONS
from .shared.plan import price_text
from .shared.plugin.choices import NEAR
from .ui_parts import button, label, named, row

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .shared.protocol import Message
    from .ui_results import Results

KINDS = next(vars(option.rule)["values"] for option in OPERATIONS["create_style"].options if option.name == "style")


class ExploreRow:
    """The row above the pictures. `results` holds them: those `chosen()`, and `add_more`."""

    def __init__(
        self,
        requests: GimpRequests,
        say: Callable[[str], Any],
        where: Callable[[], Mapping[str, Any]],
        results: Results,
    ) -> None:
        self._requests, self._say, self._where, self._results = requests, say, where, results
        self._near = named(Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 1, 5, 1), "How similar")
        self._near.set_value(3)
        self._near.set_draw_value(False)
        self._near.set_size_request(110, -1)
        words = label(NEAR[2], dim=True)
        words.set_width_chars(max(len(tr(one)) for one in NEAR))
        self._near.connect("value-changed", lambda scale: words.set_text(tr(NEAR[int(scale.get_value()) - 1])))
        self._more = button("_More like this", self._ask_more)
        self._head = Gtk.MenuItem(sensitive=False)
        self._style = Gtk.MenuButton(label=tr("_Use as style"), use_underline=True, popup=self._kinds())
        self._style.set_tooltip_text(tr("Make the chosen pictures a style of your own"))
        self.widget = row(self._more, self._near, words)
        self.widget.pack_end(self._style, expand=False, fill=False, padding=0)
        self.widget.show_all()
        # The window shows all it has when it opens; this row comes with the pictures.
        self.widget.set_no_show_all(True)
        self.widget.hide()

    def tell_prices(self, offline: bool | None) -> None:
        """Say what the two buttons cost."""
        more, style = (
            say("on this computer") if offline else price_text(OPERATIONS[name].row.units())
            for name in ("explore_similar", "create_style")
        )
        self._more.set_label(tr("_More like this: {more}", more=more))
        self._more.set_tooltip_text(tr("Eight more like the chosen one ({more})", more=more))
        self._head.set_label(tr("A new style of the kind ({style})", style=style))

    def _kinds(self) -> Gtk.Menu:
        """A menu of the kinds a style can be of: the service has to be told."""
        menu = Gtk.Menu()
        menu.append(self._head)
        for kind, shown in KINDS.items():
            item = Gtk.MenuItem(label=tr(shown))
            item.connect("activate", lambda _item, kind=kind: self._ask_style(kind))
            menu.append(item)
        menu.show_all()
        return menu

    def _ask_more(self) -> None:
        picked = self._picked()
        if len(picked) != 1:
            self._say("Choose one picture to get more like it.")
            return
        result, number = picked[0]
        options = {"source_image_id": result["layers"][number]["image_id"], "similarity": int(self._near.get_value())}
        self._ask("Looking for more like it …", self._results.add_more, operation="explore_similar", options=options,
                  parts=[], draw=True, **self._where())  # fmt: skip

    def _ask_style(self, kind: str) -> None:
        picked = self._picked()
        if not 1 <= len(picked) <= MAX_STYLE_FILES:
            self._say(
                say(
                    "Choose one to {most} pictures to make a style of them.", most=MAX_STYLE_FILES
                )
            )
            return
        layers = [(result, result["layers"][number]) for result, number in picked]
        blobs = [result.blobs[layer["pixels"]] for result, layer in layers]
        self._ask("Making a style …", self._made, blobs, operation="create_style", options={"style": kind},
                  parts=["picture"] * len(blobs), pictures=[layer["box"][2:] for _, layer in layers],
                  order="RGBA")  # fmt: skip

    def _made(self, _result: Message) -> None:
        self._say("The style is made. From now on it is the first one of your own in every list of styles.")

    def _picked(self) -> list[tuple[Message, int]]:
        return [(result, number) for result, numbers in self._results.chosen() for number in numbers]

    def _ask(self, doing: str, done: Callable[[Message], Any], blobs: Sequence[Any] = (), **fields: Any) -> None:
        """Run it, with these two buttons out of reach until it has ended."""

        def on_answer(message: Message) -> None:
            if not message.ends:
                return
            self.widget.set_sensitive(True)
            if message.kind == "error":
                self._say(join(message["error"]["what"], message["error"]["remedy"]))
            else:
                self._say("")
                done(message)

        self.widget.set_sensitive(False)
        self._say(doing)
        self._requests.ask("run", on_answer, blobs, **fields)
