"""Prices in short."""

from .shared.plan import price_text
from .tr import tr


def price_short(units):
    """Units and money as the button shows them: "40 u · $0.04"."""
    return f"{tr('{units} u', units=f'{units:,}')} · {price_text(units).rpartition(' ')[2]}"
