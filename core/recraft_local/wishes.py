"""What a request wishes of a picture beside its prompt, and what of it goes unheard without a model."""

from __future__ import annotations

from typing import Any

from .checks import Order

_STEERING = ("prompt", "style", "style_id", "negative_prompt", "text_layout", "controls")


def of(order: Order) -> dict[str, Any]:
    """What a drawing is asked to look like, from the fields of the order."""
    controls = order.values.get("controls") or {}
    colours = tuple((item["rgb"], item.get("weight")) for item in controls.get("colors", ()))
    own = tuple((rgb, None) for rgb in order.style.colours) if order.style else ()
    background = controls.get("background_color")
    return {
        "style": order.style.name if order.style else None,
        "colors": colours or own,
        "background": background["rgb"] if background else None,
    }


def of_drawing(order: Order) -> dict[str, Any]:
    """The same for a drawing, which heeds more of them."""
    controls = order.values.get("controls") or {}
    return {
        **of(order),
        "vector": bool(order.model and order.model.vector),
        "negative_prompt": order.values.get("negative_prompt") or "",
        "text_layout": tuple((item["text"], item["bbox"]) for item in order.values.get("text_layout") or ()),
        "artistic_level": controls.get("artistic_level"),
        "no_text": controls.get("no_text", False),
    }


def unheard(order: Order, names: tuple[str, ...] = _STEERING) -> str:
    """Which wishes of the request had no effect here, for the log."""
    ignored = [name for name in names if order.values.get(name)]
    return f"{', '.join(ignored)} ignored: without a model nothing new is imagined" if ignored else ""


def left_out(order: Order) -> str:
    """The same of what a drawing without a model cannot heed, as the end of a sentence."""
    note = unheard(order, ("negative_prompt", "text_layout"))
    return f"; {note}" if note else ""
