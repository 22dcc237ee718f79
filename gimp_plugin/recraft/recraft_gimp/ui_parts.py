"""Small pieces all our windows share."""

from gi.repository import GdkPixbuf, GLib, Gtk

from .running import phase_text

GAP = 6
WIDE = 12


def column(*children, gap=WIDE):
    """Widgets below each other."""
    return _packed(Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=gap), children)


def row(*children, gap=GAP):
    """Widgets beside each other."""
    return _packed(Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=gap), children)


def _packed(box, children):
    for child in children:
        box.pack_start(child, expand=False, fill=True, padding=0)
    return box


def label(text="", *, dim=False, wrap=False, mnemonic=None):
    """Words; quieter when `dim`; a `mnemonic` widget takes the focus of the underlined letter."""
    made = Gtk.Label(label=text, xalign=0)
    if mnemonic is not None:
        made.set_text_with_mnemonic(text)
        made.set_mnemonic_widget(mnemonic)
    if dim:
        made.get_style_context().add_class("dim-label")
    if wrap:
        made.set_line_wrap(True)
        made.set_max_width_chars(58)
    return made


def named(widget, name):
    """The widget with the name screen readers tell."""
    widget.get_accessible().set_name(name)
    return widget


def button(text, clicked, *, hint=""):
    """A button that calls `clicked()`."""
    made = Gtk.Button.new_with_mnemonic(text)
    made.connect("clicked", lambda _button: clicked())
    if hint:
        made.set_tooltip_text(hint)
    return made


def combo(values, active, changed=None, name=""):
    """A list of {value: shown}; `changed(value)` when another one is chosen."""
    made = Gtk.ComboBoxText()
    for value, shown in values.items():
        made.append(value, shown)
    made.set_active_id(active)
    if changed is not None:
        made.connect("changed", lambda box: changed(box.get_active_id() or ""))
    return named(made, name) if name else made


def frame(child, height=0):
    """A child that scrolls inside a thin frame."""
    made = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN)
    made.set_policy(Gtk.PolicyType.AUTOMATIC, Gtk.PolicyType.AUTOMATIC)
    if height:
        made.set_min_content_height(height)
    made.add(child)
    return made


def picture(data, size, side=0):
    """A GdkPixbuf of RGBA bytes; at most `side` px long where given."""
    width, height = size
    whole = GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(bytes(data)), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
    )
    return smaller(whole, side)


def smaller(whole, side):
    """The picture scaled to at most `side` px."""
    share = side / max(whole.get_width(), whole.get_height()) if side else 1
    if share >= 1:
        return whole
    width, height = (max(1, round(length * share)) for length in (whole.get_width(), whole.get_height()))
    return whole.scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR)


def on_squares(pixbuf):
    """The picture over light squares where it is transparent."""
    width, height = pixbuf.get_width(), pixbuf.get_height()
    return pixbuf.composite_color_simple(width, height, GdkPixbuf.InterpType.NEAREST, 255, 8, 0xF4F4F4, 0xD8D8D8)


def show_progress(phase, bar, message):
    """A `progress` message of the worker in a label and a Gtk.ProgressBar; the bar swings where no share is known."""
    phase.set_text(phase_text(message))
    share = message.get("share")
    if share is None:
        bar.pulse()
    else:
        bar.set_fraction(float(share))


def money(units):
    """1,000 units."""
    return f"{units:,} unit{'' if units == 1 else 's'}"
