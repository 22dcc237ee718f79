"""What a plan tells before the click: its price, at which size it is sent, and the same where nothing is sent."""

from __future__ import annotations

from .contract import UNITS_PER_USD
from .geometry import Size
from .i18n import N_, reworded, say, say_n

# What is said instead where the work is done on this computer: nothing is sent then.
_AT_HOME = {
    "Only the selection and {margin} px around it are sent ({size}).": N_(
        "Only the selection and {margin} px around it are used ({size})."
    ),
    "Sent at {sent}, scaled down to {share} % to fit the service's limits.": N_(
        "Worked on at {sent}, scaled down to {share} %."
    ),
    "Sent at {sent}, scaled up to {share} % to fit the service's limits.": N_(
        "Worked on at {sent}, scaled up to {share} %."
    ),
    "The new canvas is {frame}; {read} of the picture are sent.": N_(
        "The new canvas is {frame}; {read} of the picture are used."
    ),
    "{areas} separate areas in {requests} requests, {price} each": N_("{areas} separate areas in {requests} parts"),
    "{done} of {requests} requests went well; the others were not sent: {trouble}": N_(
        "{done} of {requests} parts went well; the others were not begun: {trouble}"
    ),
    "The very same request was under way already. This is its result; nothing more was sent or charged.": N_(
        "The very same was under way already. This is its result."
    ),
    "“{choice}” would keep full detail, in {count} requests.": N_("“{choice}” would keep full detail."),
    "At most {count} tiles at full detail, {price} each.": N_("At most {count} tiles at full detail."),
}


def at_home(note: str) -> str:
    """A plan's note as it reads where the work is done on this computer."""
    return reworded(note, _AT_HOME)


def price_text(units: int) -> str:
    """Units with money beside them: 40 units · $0.04."""
    tenths = units * 1000 // UNITS_PER_USD % 10  # of a cent
    dollars = units / UNITS_PER_USD
    if tenths:
        return say_n("{n:,} unit · ${dollars:.3f}", "{n:,} units · ${dollars:.3f}", units, dollars=dollars)
    return say_n("{n:,} unit · ${dollars:.2f}", "{n:,} units · ${dollars:.2f}", units, dollars=dollars)


def scaled(size: Size, sent: Size) -> tuple[str, ...]:
    """What there is to tell of `size` (px) that is sent as `sent`; nothing where both are the same."""
    if sent == size:
        return ()
    share = round(100 * max(sent) / max(size))  # of the longer side, which rounding hardly touches
    if sent.width < size.width or sent.height < size.height:
        return (say("Sent at {sent}, scaled down to {share} % to fit the service's limits.", sent=sent, share=share),)
    return (say("Sent at {sent}, scaled up to {share} % to fit the service's limits.", sent=sent, share=share),)


def told_price(units: int, known: str, *, sure: bool) -> str:
    """A price before the click: `known` as of `contract.learnt.how_known`, `sure` where it is documented or learnt."""
    price = price_text(units)
    if known == "unknown":
        return say("price unknown, counted as {price}", price=price)
    if known == "learnt":
        return say("{price}, learnt", price=price)
    return price if sure else say("about {price}", price=price)


def duration(seconds: float) -> str:
    """A time as people say it: 42 s, 3 min, 5 h 10 min."""
    whole = round(seconds)
    if whole < 100:
        return say("{seconds} s", seconds=whole)
    hours, minutes = divmod(round(whole / 60), 60)
    text = say("{minutes} min", minutes=minutes)
    return say("{hours} h {minutes} min", hours=hours, minutes=minutes) if hours else text
