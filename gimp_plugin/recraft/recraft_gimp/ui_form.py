"""The form of an operation: prompt, style and model, count, colours, frame; the rest behind More."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gi.repository import GLib, Gtk

from . import texts
from .arguments import AUTO, DRAWN, READ, chosen, has, may_draw
from .menu import RESULTS
from .shared.contract import MODELS
from .shared.i18n import N_, say_n, tr
from .shared.options import OPTIONS, options_of
from .shared.plugin.mnemonics import Mnemonics
from .ui_fields import BOTH, automatic, field_of, model, number, size
from .ui_frame import FrameBox
from .ui_palette import PaletteRow
from .ui_parts import button, column, combo, label, named, row
from .ui_presets import Presets
from .ui_prompt import PromptBox
from .ui_style import StylePicker

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .running import Run
    from .shared.geometry import Box
    from .shared.plan import Plan

# Shown above More, in this order, each beside its name.
FIRST = ("strength", "similarity", "n", "size")
# They have a place of their own, or none.
APART = {"prompt", "model", "style", "style_id", "colors", "text_layout", "source_image_id", "expand_left",
         "expand_right", "expand_top", "expand_bottom"}  # fmt: skip

LAST = 99  # the line of More below all others
# What stands at fixed places with a letter of its own: GIMP's, then ours. The main button comes with the entry.
THEIRS = ("_Cancel", "_Reset", "_Help")
FIXED = tuple(map(N_, (
    "_Back", "_Prompt", "St_yle", "Mo_del", "Co_unt", "M_ore", "Prese_t", "S_ave", "Re_move", "✦ E_nhance",
    "_Keep open", "Re_sults", "_Images",
)))  # fmt: skip
LETTERS = {"n": N_("Co_unt")}


class Form:
    """All fields of one entry, the row `images` among them. `talk` is what the prompt needs: requests and say."""

    def __init__(
        self, run: Run, thumbnail: Callable[[], Any], talk: tuple[GimpRequests, Callable[[str], Any]],
        images: Gtk.Widget,
    ) -> None:  # fmt: skip
        self._run, self._entry, self._config = run, run.entry, run.config
        theirs = (GLib.dgettext(None, text) for text in THEIRS)
        self._letters = Mnemonics(fixed=(*theirs, *map(tr, (*FIXED, self._entry.button))))
        self._height, self._half = 0, False  # of More: its last line, and whether that has room for a second field
        self._model_field: Gtk.ComboBoxText | None = None
        self._rows: dict[str, list[Gtk.Widget]] = {}  # option name: the widgets that come and go with it
        self._options = {option.name: option for option in self._entry.row.options}
        free = bool(self._entry.row.unsaid)
        self.prompt = PromptBox(self._config, *talk, free=free) if self._entry.takes("prompt") else None
        self.style: Any = StylePicker(self._entry, self._config) if self._styled() else None
        self.frame = self._frame(thumbnail)
        parts: tuple[Any, ...] = (
            self.prompt and self.prompt.widget, self.frame and self.frame.widget, self._style_and_model(),
            self._first(), images, self._more(),
        )  # fmt: skip
        self.widget = column(*filter(None, parts))
        self.refresh()

    def _styled(self) -> bool:
        return self._entry.takes("style_id")

    def _frame(self, thumbnail: Callable[[], Any]) -> FrameBox | None:
        if self._entry.row.shape != "frame" or self._run.context.canvas is None:
            return None
        return FrameBox(self._config, lambda: self._run.context.canvas, thumbnail, self._planned_frame)

    def _planned_frame(self) -> Box | None:
        from .shared.errors import RecraftError
        from .shared.plan import frame_of

        try:
            return frame_of(self._run.plan(prompt=True))
        except RecraftError:
            return None

    def focus(self) -> None:
        """Begin at the prompt."""
        if self.prompt:
            self.prompt.field.grab_focus()

    def refresh(self, plan: Plan | None = None) -> None:
        """Show what the chosen model takes; what it does not take is not there. `plan` says which one will draw."""
        drawing = MODELS.get(plan.values.get("model", "")) if plan else None
        ours = chosen(self._config, "model", AUTO) == AUTO
        model_id = self._model()
        takes = {option.name for option in options_of(self._entry.row.row, model_id)} | set(self._entry.row.ours)
        for name, widgets in self._rows.items():
            for widget in widgets:
                widget.set_visible(name in takes)
        if self.prompt:
            limiting = drawing or MODELS.get(self._entry.row.row.default_model if ours else model_id)
            self.prompt.limit(limiting.prompt_max if limiting else self._options["prompt"].rule.high)
        if drawing and ours and self._model_field is not None:
            shown: Any = self._model_field.get_model()
            shown.set_value(shown.get_iter_first(), 0, automatic(drawing))
        if self.frame:
            self.frame.refresh()

    def _model(self) -> str:
        chosen_model = chosen(self._config, "model", AUTO)
        if chosen_model != AUTO:
            return chosen_model
        # Left to us, a style decides for a model that knows it, so styles stay in sight.
        return next((name for name in self._entry.row.row.models if MODELS[name].generation == "V3"),
                    self._entry.row.row.default_model)  # fmt: skip

    # --- parts ------------------------------------------------------------------------------------------------------

    def _style_and_model(self) -> Gtk.Box | None:
        cells = []
        if self.style:
            cell = column(label("St_yle", mnemonic=self.style.widget), self.style.widget, gap=4)
            self._rows["style"] = [cell]
            cells.append(cell)
        if self._entry.takes("model") and self._entry.operation != "create_style":
            field = self._model_field = model(self._entry, self._config)
            cells.append(column(label("Mo_del", mnemonic=field), field, gap=4))
        if not cells:
            return None
        both = row(*cells, gap=12)
        both.set_homogeneous(len(cells) > 1)
        for cell in cells:
            both.set_child_packing(cell, True, True, 0, Gtk.PackType.START)
        return both

    def _first(self) -> Gtk.Box | None:
        """Count, size and their like in one line."""
        cells: list[Gtk.Widget] = []
        if self._entry.operation == "create_style":
            cells.append(self._named("style", field_of(self._options["style"], self._config)))
        for name in FIRST:
            # The frame has its own shapes; asking for the size twice would only confuse.
            if name in self._options and not (self.frame and name == "size"):
                option = self._options[name]
                widget = size(option, self._config) if name == "size" else number(option, self._config)
                cells.append(self._named(name, widget))
        if "vector" in self._options:
            cells.append(self._bare(field_of(self._options["vector"], self._config)))
        if self._entry.results and self._entry.row.shape in {"frame", "enlarge"}:
            cells.append(self._own("result", N_("Result"), {name: RESULTS[name][0] for name in self._entry.results}))
        colours = self._colours()
        if colours:
            cells.append(colours)
        return row(*cells, gap=12) if cells else None

    def _named(self, name: str, widget: Gtk.Widget) -> Gtk.Box:
        option = OPTIONS[name]
        widget.set_tooltip_text(tr(option.help))
        words = label(LETTERS.get(name) or self._letters.of(tr(option.label)), mnemonic=widget)
        cell = column(words, named(widget, option.label), gap=4)
        self._rows[name] = [cell]
        return cell

    @staticmethod
    def _bare(widget: Gtk.Widget) -> Gtk.Widget:
        # Level with the fields beside it, which have their names above.
        widget.set_valign(Gtk.Align.END)
        widget.set_margin_bottom(8)
        return widget

    def _own(self, name: str, title: str, values: Mapping[str, str]) -> Gtk.Box:
        widget = combo(values, self._config.get_property(name), name=title)
        self._config.bind_property(name, widget, "active-id", BOTH)
        return column(label(self._letters.of(tr(title)), mnemonic=widget), widget, gap=4)

    def _colours(self) -> Gtk.Box | None:
        if "colors" not in self._options:
            return None
        palette = PaletteRow(self._config)
        cell = column(label(self._letters.of(tr("Colours")), mnemonic=palette.opener), palette.widget, gap=4)
        self._rows["colors"] = [cell]
        return cell

    # --- more -------------------------------------------------------------------------------------------------------

    def _more(self) -> Gtk.Expander | None:
        grid = Gtk.Grid(column_spacing=12, row_spacing=8, margin_top=8)
        for option in self._entry.row.options:
            if option.name in APART or option.name in FIRST or option.name == "vector":
                continue
            if self._entry.operation == "create_style" and option.name == "style":
                continue
            unit = getattr(option.rule, "unit", "")
            title = f"{tr(option.label)}, {tr(unit)}" if unit else tr(option.label)
            self._line(grid, title, field_of(option, self._config), option.name)
        if "text_layout" in self._options:
            self._line(grid, tr("Words"), self._words(), "text_layout")
        self._ours(grid)
        if not grid.get_children():
            return None
        presets = Presets(self._entry, self._config)
        grid.attach(label("Prese_t", mnemonic=presets.entry), 0, LAST, 1, 1)
        grid.attach(presets.widget, 1, LAST, 3, 1)
        expander = Gtk.Expander(label=tr("M_ore"), use_underline=True)
        expander.add(grid)
        # As wide from the beginning as it will be: a window that grows moves under the mouse.
        grid.show_all()
        expander.set_size_request(grid.get_preferred_width()[1], -1)
        return expander

    def _line(self, grid: Gtk.Grid, title: str, widget: Gtk.Widget, name: str = "") -> None:
        """A field with its name before it; short ones stand two in a row."""
        if isinstance(widget, Gtk.CheckButton):
            head = label()
            widget.set_use_underline(True)
            widget.set_label(self._letters.of(widget.get_label()))
        else:
            head = label(self._letters.of(title), mnemonic=_first_field(widget))
        short = isinstance(widget, (Gtk.SpinButton, Gtk.ComboBox)) or name in {"background_color", "no_text"}
        half = 2 if short and self._half else 0
        self._height += 0 if half else 1
        self._half = short and not half
        grid.attach(head, half, self._height, 1, 1)
        grid.attach(widget, half + 1, self._height, 1 if short else 3, 1)
        if name:
            self._rows.setdefault(name, []).extend((head, widget))

    def _ours(self, grid: Gtk.Grid) -> None:
        """What GIMP does with it."""
        config = self._config
        tables = [("read-from", N_("Read"), {name: READ[name][0] for name in READ})]
        if self._entry.row.shape not in {"frame", "enlarge"}:
            tables.append(("result", N_("Result"), {name: RESULTS[name][0] for name in self._entry.results}))
        if may_draw(self._entry):
            tables.append(("drawing", N_("Drawing"), {name: DRAWN[name][0] for name in DRAWN}))
        for name, title, values in tables:
            if has(config, name):
                widget = combo(values, config.get_property(name), name=title)
                config.bind_property(name, widget, "active-id", BOTH)
                self._line(grid, tr(title), widget)
        if has(config, "keep-prompt"):
            tick = Gtk.CheckButton.new_with_label(tr("Keep the prompt in the image, also in saved files"))
            config.bind_property("keep-prompt", tick, "active", BOTH)
            self._line(grid, "", tick)

    def _words(self) -> Gtk.Box:
        """The words of the image's text layers, each with its own box."""
        shown = label(dim=True)

        def tell(*_: Any) -> None:
            count = texts.count(self._config.get_property("text-layout"))
            shown.set_text(
                tr(say_n("{n} word", "{n} words", count)) if count else tr("none")
            )
            away.set_visible(bool(count))

        def take() -> None:
            self._config.set_property("text-layout", texts.layout(self._run.context))
            tell()

        def clear() -> None:
            self._config.set_property("text-layout", "")
            tell()

        hint = "Draw the words of this image's text layers where they stand"
        away = button("Clear", clear)
        away.set_no_show_all(True)
        tell()
        return row(shown, button("From text layers", take, hint=hint), away)


def _first_field(widget: Gtk.Widget) -> Gtk.Widget:
    """What takes the focus: the widget itself, or the first of those it holds that can."""
    inner = widget.get_children() if isinstance(widget, Gtk.Box) else []
    return next((one for one in inner if one.get_can_focus()), widget)
