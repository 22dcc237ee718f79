"""History: everything that was made, newest first, to find, star, save and place again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gi.repository import GimpUi, GLib, Gtk, Pango

from . import placing, reading, saving
from .returns import Done
from .shared.errors import RecraftError
from .shared.geometry import Size
from .shared.i18n import N_, join, say, say_n, tr
from .shared.plan import price_text
from .shared.plugin.choices import spent_text
from .shared.plugin.groups import verb_of
from .shared.plugin.requests import outcome
from .ui_parts import WIDE, column, frame, label, named, on_squares, picture, pictures, row, show

if TYPE_CHECKING:
    from .running import Run
    from .shared.protocol import Message

SIDE = 128
PAGE = 48
WAIT_MS = 250  # after the last letter typed into the search
PLACE, REMOVE, STAR, SAVE = 1, 2, 3, 4
TITLE = "Recraft: History"
LOOKING = "Looking …"
NOTHING_FOUND = "Nothing found."
NOTHING_YET = "Nothing here yet. What you make will be kept here, to place it again."


class HistoryWindow:
    """The window until something is placed or it is closed. Each picture stands for itself."""

    def __init__(self, run: Run) -> None:
        self._run, self._requests = run, run.requests
        self._timer, self._turn = 0, 0
        self._empty = False  # the line says that there is nothing
        self._doomed = ""  # the entry to be removed at the next click
        self._dialog = GimpUi.Dialog(title=tr(TITLE), role="recraft-history")
        self._buttons()
        self._dialog.set_default_size(760, 560)
        self._search = named(Gtk.SearchEntry(placeholder_text=tr("Search prompts"), hexpand=True), "Search")
        self._search.connect("search-changed", lambda _entry: self._later())
        self._search.connect("stop-search", lambda _entry: self._dialog.response(Gtk.ResponseType.CLOSE))
        self._search.connect("activate", lambda _entry: self._flow.child_focus(Gtk.DirectionType.TAB_FORWARD))
        self._starred = Gtk.ToggleButton(label=tr("★ Starred"))
        self._starred.connect("toggled", lambda _tick: self._load())
        self._flow: Any = named(pictures(), "Pictures")
        self._flow.set_selection_mode(Gtk.SelectionMode.SINGLE)
        self._flow.connect("child-activated", lambda *_: self._dialog.response(PLACE))
        self._flow.connect("selected-children-changed", lambda _flow: self._changed_choice())
        self._line = label(wrap=True, dim=True)
        self._build()
        self._load()

    def _buttons(self) -> None:
        words = ((STAR, N_("_Star")), (REMOVE, N_("_Remove")), (SAVE, N_("Sa_ve…")),
                 (Gtk.ResponseType.CLOSE, N_("_Close")), (PLACE, N_("_Place")))  # fmt: skip
        for response, text in words:
            self._dialog.add_button(tr(text), response)
        self._dialog.set_default_response(PLACE)

    def _build(self) -> None:
        top = row(self._search, self._starred)
        top.set_child_packing(self._search, True, True, 0, Gtk.PackType.START)
        inside = column(top)
        inside.pack_start(frame(self._flow, 320), expand=True, fill=True, padding=0)
        inside.pack_start(self._line, expand=False, fill=True, padding=0)
        inside.set_border_width(WIDE)
        self._dialog.get_content_area().pack_start(inside, expand=True, fill=True, padding=0)
        self._dialog.show_all()
        self._say(LOOKING)
        self._empty = True
        self._changed_choice()
        self._requests.ask("history", self._spent, do="spent")

    def run(self) -> Done:
        """What was placed; nothing when it is closed."""
        acts = {PLACE: self._place, REMOVE: self._remove, STAR: self._star, SAVE: self._save}
        try:
            while True:
                response = self._dialog.run()
                if response not in acts:
                    return Done()
                done = self._act(acts[response])
                if done is not None:
                    return done
        finally:
            self._turn += 1  # answers still on their way find no window
            if self._timer:
                GLib.source_remove(self._timer)
            self._dialog.destroy()

    def _act(self, act: Callable[[Mapping[str, Any], int], Done | None]) -> Done | None:
        chosen = self._chosen()
        if chosen is None:
            self._say("Choose a picture first: one click.")
            return None
        try:
            return act(*chosen)
        except RecraftError as trouble:
            self._say(str(trouble))
            return None

    def _fetched(self, entry: Mapping[str, Any]) -> Message:
        return self._requests.finish("history", do="place", entry=entry["entry"], draw=True, order="RGBA")

    def _place(self, entry: Mapping[str, Any], index: int) -> Done:
        """Once more, exactly as it was."""
        result, context = self._fetched(entry), self._run.context
        about = {"operation": entry["operation"], "model": entry["model"], "units": entry["units"],
                 "entry": entry["entry"]}  # fmt: skip
        # On a canvas of another size the old place means nothing: then it comes centred and inside.
        way = "layer" if context.still else "image"
        placement = placing.PlacementOptions(way, "layer", None, verb_of(entry), about)
        placement.canvas = Size(*entry["canvas"]) if entry.get("canvas") else None
        colours, profile = result.get("colours", ""), context.still and reading.profile_of(context.image)
        if colours and profile and reading.colours_of(profile) == colours:
            placement.profile = profile
        placed = placing.place(context, result, placement, saving.numbers(result, index))
        return Done(placed.image, placed.layers, 0, "", entry["entry"], placed.notes, placed.surprises)

    def _save(self, entry: Mapping[str, Any], index: int) -> None:
        """As a file of its own, in the format its name ends with."""
        result = self._fetched(entry)
        layer = result["layers"][saving.numbers(result, index)[0]]
        path = _ask_where(self._dialog, entry, layer.get("svg") is not None)
        if path:
            saving.save(result, layer, path)
            self._say(say("Saved as {path}.", path=path))

    def _say(self, text: str) -> None:
        self._empty = False
        self._line.set_text(tr(text))
        self._line.set_visible(bool(text))

    def _remove(self, entry: Mapping[str, Any], _index: int) -> None:
        """At the second click: what is removed is gone."""
        if self._doomed != entry["entry"]:
            self._doomed = entry["entry"]
            count = entry["pictures"]
            self._dialog.get_widget_for_response(REMOVE).set_label(
                tr("_Remove {count}?", count=count) if count > 1 else tr("_Remove it?")
            )
            self._say("Click once more: removed pictures cannot be brought back.")
            return
        self._say("")
        self._requests.finish("history", do="remove", entry=entry["entry"])
        self._load()

    def _star(self, entry: Mapping[str, Any], _index: int) -> None:
        self._requests.finish("history", do="unstar" if entry["starred"] else "star", entry=entry["entry"])
        self._load()

    def _chosen(self) -> tuple[Mapping[str, Any], int] | None:
        picked = self._flow.get_selected_children()
        return picked[0].shown if picked else None

    def _changed_choice(self) -> None:
        chosen = self._chosen()
        for response in (PLACE, REMOVE, STAR, SAVE):
            pictured = response in (REMOVE, STAR) or (chosen is not None and chosen[1] >= 0)
            self._dialog.set_response_sensitive(response, chosen is not None and pictured)
        self._doomed = ""  # another choice is another question
        self._dialog.get_widget_for_response(REMOVE).set_label(tr("_Remove"))
        star = self._dialog.get_widget_for_response(STAR)
        star.set_label(tr("Un_star" if chosen and chosen[0]["starred"] else "_Star"))

    # --- the list ---------------------------------------------------------------------------------------------------

    def _later(self) -> None:
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(WAIT_MS, self._load)

    def _load(self) -> bool:
        self._timer = 0
        self._turn += 1
        turn = self._turn
        fields: dict[str, Any] = {"starred": True} if self._starred.get_active() else {}
        self._requests.ask("history", lambda message: self._list(message, turn), do="list", limit=PAGE,
                          search=self._search.get_text(), **fields)  # fmt: skip
        return GLib.SOURCE_REMOVE

    def _list(self, message: Message, turn: int) -> None:
        if turn != self._turn:
            return  # a newer search is under way, or the window is closed
        if message.kind == "error":
            self._say(join(message["error"]["what"], message["error"]["remedy"]))
            return
        before = self._chosen()
        for child in self._flow.get_children():
            self._flow.remove(child)
        for entry in message["data"]["entries"]:
            for index in range(entry["pictures"]):
                self._flow.add(self._cell(entry, index, turn))
            if entry["at_risk"] and not entry["pictures"]:
                self._flow.add(self._doubt(entry))
        self._flow.show_all()
        self._choose_again(before)
        count = sum(cell.shown[1] >= 0 for cell in self._flow.get_children())
        self._dialog.set_title(
            f"{tr(TITLE)} · {tr(say_n('{n} picture', '{n} pictures', count))}"
        )
        if not self._flow.get_children():
            self._say(self._nothing())
            self._empty = True
        elif self._empty:
            self._say("")

    def _nothing(self) -> str:
        if self._search.get_text() or self._starred.get_active():
            return NOTHING_FOUND
        return NOTHING_YET

    def _choose_again(self, before: tuple[Mapping[str, Any], int] | None) -> None:
        """The picture chosen before, or the newest."""
        cells = self._flow.get_children()
        wanted = (before[0]["entry"], before[1]) if before else None
        same = (cell for cell in cells if (cell.shown[0]["entry"], cell.shown[1]) == wanted)
        cell = next(same, cells[0] if cells else None)
        if cell is not None:
            self._flow.select_child(cell)
        self._changed_choice()

    def _cell(self, entry: Mapping[str, Any], index: int, turn: int) -> Gtk.FlowBoxChild:
        child: Any = Gtk.FlowBoxChild()
        child.shown = (entry, index)
        image = Gtk.Image.new_from_icon_name("image-x-generic", Gtk.IconSize.DIALOG)
        image.set_size_request(SIDE, SIDE)
        star, count = "★ " if entry["starred"] else "", entry["pictures"]
        title = label(f"{star}{verb_of(entry)}{f' {index + 1}/{count}' if count > 1 else ''}")
        below = label(dim=True)
        below.set_text(entry["prompt"] or _when(entry))
        for words in (title, below):
            words.set_ellipsize(Pango.EllipsizeMode.END)
            words.set_max_width_chars(17)
        cost = tr("on this computer") if entry["offline"] else tr(price_text(entry["units"] or 0))
        child.set_tooltip_text("\n".join(filter(None, (entry["prompt"], entry["model"], _when(entry), cost))))
        child.add(column(image, title, below, gap=2))

        def came(message: Message) -> None:
            if message.kind == "answer" and turn == self._turn:
                show(image, on_squares(picture(message.blobs[0], outcome(message)["data"]["size"])), SIDE)

        self._requests.ask("history", came, do="thumbnail", entry=entry["entry"], index=index,
                          side=SIDE * image.get_scale_factor())  # fmt: skip
        return child

    def _doubt(self, entry: Mapping[str, Any]) -> Gtk.FlowBoxChild:
        """A request without an answer: no picture, but it may have cost something, and only the balance knows."""
        child: Any = Gtk.FlowBoxChild()
        child.shown = (entry, -1)
        image = Gtk.Image.new_from_icon_name("dialog-question", Gtk.IconSize.DIALOG)
        image.set_size_request(SIDE, SIDE)
        title = label(say("{verb}: perhaps charged", verb=verb_of(entry)))
        below = label(f"{tr(price_text(entry['at_risk']))} · {_when(entry)}", dim=True)
        for words in (title, below):
            words.set_ellipsize(Pango.EllipsizeMode.END)
            words.set_max_width_chars(17)
        doubt = say("Perhaps charged: {price}.", price=price_text(entry["at_risk"]))
        tell = tr(join(entry["error"] or "No answer came.", doubt, "Account and Settings has the balance."))
        child.set_tooltip_text("\n".join(filter(None, (entry["prompt"], entry["model"], _when(entry), tell))))
        child.add(column(image, title, below, gap=2))
        return named(child, tell)

    def _spent(self, message: Message) -> None:
        if message.kind == "answer":
            self._say(spent_text(message["data"]["today"], message["data"]["at_risk"], nothing=""))


def _ask_where(parent: Gtk.Window, entry: Mapping[str, Any], drawing: bool) -> str:
    """The path of a new file, "" when none was chosen."""
    chooser = Gtk.FileChooserDialog(title=tr("Save picture"), transient_for=parent, action=Gtk.FileChooserAction.SAVE)
    chooser.add_button(tr("_Cancel"), Gtk.ResponseType.CANCEL)
    chooser.add_button(tr("_Save"), Gtk.ResponseType.OK)
    chooser.set_default_response(Gtk.ResponseType.OK)
    chooser.set_do_overwrite_confirmation(True)
    chooser.set_current_name(f"{verb_of(entry).lower()}.{'svg' if drawing else 'png'}")
    path = chooser.get_filename() if chooser.run() == Gtk.ResponseType.OK else ""
    chooser.destroy()
    chooser.get_display().flush()  # else it would stand there while the file is written
    return path or ""


def _when(entry: Mapping[str, Any]) -> str:
    return time.strftime("%d %b, %H:%M", time.localtime(entry["created"]))
