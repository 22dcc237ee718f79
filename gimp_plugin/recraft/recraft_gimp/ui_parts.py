"""Small pieces all our windows share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from gi.repository import Gdk, GdkPixbuf, GLib, Gtk

from .bar import phase_text
from .shared.i18n import tr

if TYPE_CHECKING:
    from .shared.protocol import Message

GAP = 6
WIDE = 12
# Buttons, title bar and what else stands around the part of a window that scrolls.
AROUND_PX = 210
# GIMP's themes show a chosen picture by a ground that the picture itself covers, and words of an error like any other.
CSS = b"""
flowbox.pictures > flowboxchild { padding: 5px; border-radius: 4px; }
flowbox.pictures > flowboxchild:selected { background: #3584e4; color: #fff; }
label.trouble { font-weight: bold; }
"""


_Widget = TypeVar("_Widget", bound=Gtk.Widget)


def column(*children: Gtk.Widget, gap: int = WIDE) -> Gtk.Box:
    """Widgets below each other."""
    return _packed(Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=gap), children)


def row(*children: Gtk.Widget, gap: int = GAP) -> Gtk.Box:
    """Widgets beside each other."""
    return _packed(Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=gap), children)


def _packed(box: Gtk.Box, children: Iterable[Gtk.Widget]) -> Gtk.Box:
    for child in children:
        box.pack_start(child, expand=False, fill=True, padding=0)
    return box


def label(text: str = "", *, dim: bool = False, wrap: bool = False, mnemonic: Gtk.Widget | None = None) -> Gtk.Label:
    """Words of ours; quieter when `dim`; a `mnemonic` widget takes the focus of the underlined letter."""
    widget = Gtk.Label(label=tr(text), xalign=0)
    if mnemonic is not None:
        widget.set_text_with_mnemonic(tr(text))
        widget.set_mnemonic_widget(mnemonic)
    if dim:
        widget.get_style_context().add_class("dim-label")
    if wrap:
        widget.set_line_wrap(True)
        widget.set_max_width_chars(58)
    return widget


def named(widget: _Widget, name: str) -> _Widget:
    """The widget with the name screen readers tell."""
    widget.get_accessible().set_name(tr(name))
    return widget


def button(text: str, clicked: Callable[[], Any], *, hint: str = "") -> Gtk.Button:
    """A button that calls `clicked()`."""
    widget = Gtk.Button.new_with_mnemonic(tr(text))
    widget.connect("clicked", lambda _button: clicked())
    if hint:
        widget.set_tooltip_text(tr(hint))
    return widget


def combo(
    values: Mapping[str, str], active: str, changed: Callable[[str], Any] | None = None, name: str = ""
) -> Gtk.ComboBoxText:
    """A list of {value: shown}; `changed(value)` when another one is chosen."""
    widget = Gtk.ComboBoxText()
    for value, shown in values.items():
        widget.append(value, tr(shown))
    widget.set_active_id(active)
    if changed is not None:
        widget.connect("changed", lambda box: changed(box.get_active_id() or ""))
    return named(widget, name) if name else widget


def frame(child: Gtk.Widget, height: int = 0) -> Gtk.ScrolledWindow:
    """A child that scrolls inside a thin frame."""
    scroller = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN)
    scroller.set_policy(Gtk.PolicyType.AUTOMATIC, Gtk.PolicyType.AUTOMATIC)
    if height:
        scroller.set_min_content_height(height)
    scroller.add(child)
    return scroller


def fitting(child: Gtk.Widget) -> Gtk.ScrolledWindow:
    """A child as high as it wants to be, which scrolls where the screen is too small for that."""
    scroller = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER, overlay_scrolling=False)
    scroller.add(child)
    view: Any = scroller.get_child()
    view.set_shadow_type(Gtk.ShadowType.NONE)

    def fit() -> bool:
        """Follow the child, and let the window take back what it does not need any more."""
        before, width = scroller.get_min_content_height(), child.get_allocated_width()
        height = min(room(), child.get_preferred_height_for_width(width)[1])
        window: Any = scroller.get_toplevel()
        if height != before:
            child.set_margin_end(WIDE if height == room() else 0)  # beside the bar that scrolls
            scroller.set_min_content_height(height)
            if height < before and hasattr(window, "resize"):
                window.resize(window.get_size()[0], 1)
        return GLib.SOURCE_REMOVE

    child.connect("size-allocate", lambda *_: GLib.idle_add(fit))
    return scroller


def room() -> int:
    """Height in px which the inside of a window can have on the smallest screen."""
    display = Gdk.Display.get_default()
    monitors = [display.get_monitor(number) for number in range(display.get_n_monitors())]
    return max(200, min(one.get_workarea().height for one in monitors) - AROUND_PX)


def pictures(columns: int = 0) -> Gtk.FlowBox:
    """An empty grid of pictures to choose from; so many `columns`, or as many as fit."""
    flow = Gtk.FlowBox(homogeneous=True, activate_on_single_click=False, halign=Gtk.Align.START, valign=Gtk.Align.START)
    flow.set_min_children_per_line(columns)
    flow.set_max_children_per_line(columns or 6)
    flow.get_style_context().add_class("pictures")
    _dress()
    return flow


def _dress() -> None:
    """Our few rules of style, once a process."""
    if not _DRESSED:
        _DRESSED.append(Gtk.CssProvider())
        _DRESSED[0].load_from_data(CSS)
        above = Gtk.STYLE_PROVIDER_PRIORITY_USER + 1  # GIMP's own theme has the user's priority
        Gtk.StyleContext.add_provider_for_screen(Gdk.Screen.get_default(), _DRESSED[0], above)


_DRESSED: list[Gtk.CssProvider] = []


def picture(data: Any, size: tuple[int, int], side: int = 0) -> GdkPixbuf.Pixbuf:
    """A GdkPixbuf of RGBA bytes; at most `side` px long where given."""
    width, height = size
    whole = GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(bytes(data)), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
    )
    return smaller(whole, side)


def smaller(whole: GdkPixbuf.Pixbuf, side: int) -> GdkPixbuf.Pixbuf:
    """The picture scaled to at most `side` px."""
    share = side / max(whole.get_width(), whole.get_height()) if side else 1
    if share >= 1:
        return whole
    width, height = (max(1, round(length * share)) for length in (whole.get_width(), whole.get_height()))
    return whole.scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR)


def on_squares(pixbuf: GdkPixbuf.Pixbuf) -> GdkPixbuf.Pixbuf:
    """The picture over light squares where it is transparent."""
    width, height = pixbuf.get_width(), pixbuf.get_height()
    return pixbuf.composite_color_simple(width, height, GdkPixbuf.InterpType.NEAREST, 255, 8, 0xF4F4F4, 0xD8D8D8)


def show(image: Gtk.Image, pixbuf: GdkPixbuf.Pixbuf, side: int) -> None:
    """The picture in a Gtk.Image, `side` px long at most; finer where both screen and picture have the px for it."""
    scale = image.get_scale_factor()
    if max(pixbuf.get_width(), pixbuf.get_height()) <= side:
        image.set_from_pixbuf(pixbuf)
    else:
        image.set_from_surface(Gdk.cairo_surface_create_from_pixbuf(pixbuf, scale, None))


def show_progress(phase: Gtk.Label, bar: Gtk.ProgressBar, message: Message) -> None:
    """A `progress` message of the worker in a label and a Gtk.ProgressBar; the bar swings where no share is known."""
    phase.set_text(phase_text(message))
    share = message.get("share")
    if share is None:
        bar.pulse()
    else:
        bar.set_fraction(float(share))
