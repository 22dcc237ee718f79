"""Prices in short."""

from __future__ import annotations

from .shared.i18n import say_n
from .shared.plan import price_text
from .tr import sentence, tr


def charged(before: int | None, now: int | None) -> tuple[str, str]:
    """What a job without an answer has cost, by the balance before it and the one now: (text, remedy)."""
    if before is None or now is None:
        return "The balance before is not known.", "Compare it with your account's page."
    if now == before:
        return "The balance is unchanged: nothing was charged.", ""
    lower = say_n(
        "The balance is {n:,} unit lower: it was charged.",
        "The balance is {n:,} units lower: it was charged.",
        before - now,
    )
    return lower, ""



def price_short(units: int) -> str:
    """Units and money as the button shows them: "40 u · $0.04"."""
    money = sentence(price_text(units)).partition(" · ")[2]
    return f"{tr('{units} u', units=f'{units:,}')} · {money}"
