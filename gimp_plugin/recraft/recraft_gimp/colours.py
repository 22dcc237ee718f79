"""GEGL's colours and #RRGGBB. GEGL hands out linear light; people and the service count in sRGB."""

from __future__ import annotations

from gi.repository import Gegl


def hex_of(color: Gegl.Color) -> str:
    """#RRGGBB of a Gegl.Color."""
    held = color.get_rgba()
    return "#" + "".join(f"{round(255 * encoded(part)):02X}" for part in (held.red, held.green, held.blue))


def encoded(light: float) -> float:
    """Linear light 0..1 as sRGB 0..1; outside of that it is cut. IEC 61966-2-1."""
    light = min(1.0, max(0.0, light))
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def color_of(red: float, green: float, blue: float, alpha: float = 1.0) -> Gegl.Color:
    """A Gegl.Color of sRGB numbers 0..1."""
    return Gegl.Color.new("#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue, alpha)))
