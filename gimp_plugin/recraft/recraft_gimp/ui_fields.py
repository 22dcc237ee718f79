"""One widget per option, made from its rule and bound to the procedure's argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gi.repository import Gdk, GObject, Gtk

from .arguments import AUTO, bounds, property_of
from .shared.contract import MODELS, allowed
from .shared.i18n import N_, tr
from .ui_parts import button, combo, named, row

if TYPE_CHECKING:
    from .menu import Entry
    from .shared.contract.models import Model
    from .shared.options import Option

BOTH = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


def field_of(option: Option, config: GObject.Object) -> Any:
    """The widget of one option."""
    widget = _MAKE.get(option.rule.widget, text)(option, config)
    widget.set_tooltip_text(tr(option.help))
    return named(widget, option.label)


def text(option: Option, config: GObject.Object) -> Gtk.Entry:
    """A line of text."""
    widget = Gtk.Entry(hexpand=True, activates_default=True)
    config.bind_property(property_of(option.name), widget, "text", BOTH)
    return widget


def files(option: Option, config: GObject.Object) -> Gtk.Box:
    """Names of picture files, with ; between them, and a button to choose them."""
    widget: Any = named(text(option, config), option.label)

    def choose() -> None:
        chooser = Gtk.FileChooserNative(
            title=tr("Add files…"), transient_for=widget.get_toplevel(), action=Gtk.FileChooserAction.OPEN
        )
        chooser.set_select_multiple(True)
        if chooser.run() == Gtk.ResponseType.ACCEPT:
            widget.set_text("; ".join(filter(None, (widget.get_text().strip(), *chooser.get_filenames()))))
        chooser.destroy()

    both = row(widget, button("Add files…", choose))
    both.set_child_packing(widget, True, True, 0, Gtk.PackType.START)
    return both


def number(option: Any, config: GObject.Object) -> Gtk.SpinButton:
    """A spin button; one below its range reads "automatic"."""
    low, high, _ = bounds(option)
    whole = option.rule.whole
    step = 1 if whole else 0.05
    step = 16 if option.rule.unit == "px" else step
    widget = Gtk.SpinButton.new(Gtk.Adjustment(lower=low, upper=high, step_increment=step, page_increment=step * 8),
                              0, 0 if whole else 2)  # fmt: skip
    widget.set_width_chars(11)
    if low < option.rule.low:
        spell_least(widget, tr("automatic"))
    config.bind_property(property_of(option.name), widget.get_adjustment(), "value", BOTH)
    return widget


def spell_least(spin: Gtk.SpinButton, word: str) -> None:
    """Show the lowest number as a word: it stands for "none"."""
    # The word itself cannot be read as a number; then what was set stays.
    spin.set_numeric(False)
    spin.set_update_policy(Gtk.SpinButtonUpdatePolicy.IF_VALID)
    spin.connect("output", lambda one: _spelt(one, word))
    _spelt(spin, word)


def _spelt(spin: Gtk.SpinButton, word: str) -> bool:
    if spin.get_value() > spin.get_adjustment().get_lower():
        return False
    spin.set_text(word)
    return True


def choice(option: Any, config: GObject.Object) -> Gtk.ComboBoxText:
    """A list; "automatic" first where nothing needs to be chosen."""
    name = property_of(option.name)
    auto = {} if option.name == "style" else {AUTO: N_("Automatic")}
    widget = combo({**auto, **option.rule.values}, config.get_property(name))
    config.bind_property(name, widget, "active-id", BOTH)
    return widget


def automatic(model: Model | None) -> str:
    """The words for "left to us", with the model that means."""
    return tr("Automatic ({model})", model=model.label) if model else tr("Automatic")


def model(entry: Entry, config: GObject.Object) -> Gtk.ComboBoxText:
    """The models, the one used without a choice named."""
    row_ = entry.row.row
    default = MODELS.get(row_.default_model)
    shown = {AUTO: automatic(default)}
    shown |= {name: MODELS[name].label for name in row_.models}
    widget = named(combo(shown, config.get_property("model")), "Model")
    config.bind_property("model", widget, "active-id", BOTH)
    return widget


def flag(option: Option, config: GObject.Object) -> Gtk.CheckButton:
    """Yes or no, with its own words."""
    widget = Gtk.CheckButton.new_with_label(tr(option.label))
    config.bind_property(property_of(option.name), widget, "active", BOTH)
    return widget


def size(option: Option, config: GObject.Object) -> Gtk.ComboBoxText:
    """Shapes the model makes, and "like the canvas"."""
    widget = Gtk.ComboBoxText()
    widget.append("", tr("Like the canvas"))
    for ratio in allowed("recraftv3"):
        if ":" in ratio:
            widget.append(ratio, ratio)
    name = property_of(option.name)
    widget.set_active_id(config.get_property(name) or "")
    widget.connect("changed", lambda box: config.set_property(name, box.get_active_id() or ""))
    config.connect(f"notify::{name}", lambda held, _property: widget.set_active_id(held.get_property(name) or ""))
    return widget


def color(option: Option, config: GObject.Object) -> Gtk.Box:
    """A colour that may be absent."""
    name = property_of(option.name)
    use, well = Gtk.CheckButton(), Gtk.ColorButton()
    held = Gdk.RGBA()
    use.set_active(bool(config.get_property(name)) and held.parse(config.get_property(name)))
    well.set_rgba(held if use.get_active() else Gdk.RGBA(1, 1, 1, 1))

    def tell(widget: Gtk.Widget) -> None:
        if widget is well:
            use.set_active(True)
        config.set_property(name, hex_of(well.get_rgba()) if use.get_active() else "")

    use.connect("toggled", tell)
    well.connect("color-set", tell)
    return row(use, well)


def hex_of(rgba: Gdk.RGBA) -> str:
    """#RRGGBB of a GDK colour."""
    return "#" + "".join(f"{round(255 * part):02X}" for part in (rgba.red, rgba.green, rgba.blue))


_MAKE = {"number": number, "choice": choice, "flag": flag, "size": size, "color": color, "files": files}
