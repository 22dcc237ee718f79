"""Prices in short."""

from __future__ import annotations

from .shared.plan import price_text
from .tr import sentence, tr


def price_short(units: int) -> str:
    """Units and money as the button shows them: "40 u · $0.04"."""
    money = sentence(price_text(units)).partition(" · ")[2]
    return f"{tr('{units} u', units=f'{units:,}')} · {money}"
