"""What a dialog's fields say, as what is sent and told: host and toolkit have no part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..contract import MODELS
from ..errors import BadOption, RecraftError, from_dict
from ..i18n import N_, Sentence, join, reworded, say, say_n, tr
from ..operations import Operation
from ..plan import price_text

KEYS_PAGE = "https://app.recraft.ai/profile/api"
# How similar the pictures of "More like this" are, 1 to 5.
NEAR = tuple(map(N_, ("a little", "somewhat", "fairly", "very", "extremely")))
# What this computer makes of a request without a key, where that is less than the words ask for.
_OFFLINE = {
    "inpaint": "This computer fills the selection from its surroundings; your words wait for a Recraft key.",
    "outpaint": "This computer continues the picture at its edges; your words wait for a Recraft key.",
    "generate_background": "This computer draws a simple backdrop; a real one needs a Recraft key.",
    "replace_background": "This computer cuts out and draws a simple backdrop; a real one needs a Recraft key.",
    "generate": "This computer draws a sketch of your words; a real picture needs a Recraft key.",
    "explore": "This computer draws sketches of your words; real pictures need a Recraft key.",
    "explore_similar": "This computer draws sketches; real pictures need a Recraft key.",
    "image_to_image": "This computer makes a sketch after the picture; a real one needs a Recraft key.",
    "variations": "This computer makes sketches after the picture; real ones need a Recraft key.",
    "enhance_prompt": "This computer adds a few usual words; Recraft's own writing needs a key.",
}
# Those that do not heed the words at all: whoever wrote some has to be told afterwards, too.
_WORDLESS = ("inpaint", "outpaint")


def for_model(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without what the chosen model does not take: a dialog hides that, and what is hidden is not sent.

    Where no model is chosen all is kept: the core then finds one that takes it.
    """
    model = MODELS.get(str(values.get("model") or ""))
    if model is None or operation.row.answer == "style":
        return dict(values)
    return {name: value for name, value in values.items() if model.takes(name)}


def offline_before(operation: Operation) -> str:
    """One sentence about what this computer will do, "" where it does the real thing."""
    return _OFFLINE.get(operation.name, "")


def offline_after(operation: Operation, values: Mapping[str, Any]) -> str:
    """What to say when it is done and the words that were written have not been heeded; else ""."""
    prompt = str(values.get("prompt") or "").strip()
    heedless = operation.name in _WORDLESS and prompt and prompt != operation.unsaid
    return _OFFLINE[operation.name] if heedless else ""


def answer_words(operation: Operation, answer: Mapping[str, Any]) -> str:
    """What an operation answers besides pictures, as one text: a prompt, an id, colours; "" where that is nothing."""
    value = answer.get(operation.gives, answer) if operation.gives else ""
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def checked_choice(label: str, name: str, value: str, choices: Sequence[str]) -> str:
    """The value, when it is one of the choices. Raises BadOption that names them: a script's slip must cost nothing."""
    if value not in choices:
        raise BadOption(
            say("{label}: there is no “{value}”.", label=say(label), value=value),
            remedy=say("Choose one of {choices}.", choices=", ".join(choices)),
            option=name,
        )
    return value


def distinct(pictures: Sequence[Any]) -> list[int]:
    """Indices of the pictures that differ from all before them, by their bytes."""
    seen: dict[bytes, int] = {}
    for index, data in enumerate(pictures):
        seen.setdefault(bytes(data), index)
    return sorted(seen.values())


def same_note(count: int) -> str:
    """What to say of so many equal results."""
    return say("The {count} results are the same, so only one is shown.", count=count)


# A remedy of the core may be a command to type; in a host it is something to click.
_ADD_KEY = N_("Add one in Account and Settings.")
_RAISE = N_("Nothing was sent. Raise the cap in Account and Settings.")
_FETCH = N_("Open History: what waits at the service is fetched there.")
CLICKS = {
    "Nothing was sent. Lower the count or choose a cheaper model, or raise the cap: "
    "recraft settings set {name} {least}": _RAISE,
    "Nothing was sent. Set it again: recraft settings set {cap} UNITS, or none for no cap.": _RAISE,
    "Add one with: recraft key set. {where}.": _ADD_KEY,
    "Add one with: recraft key set, or choose the engine “auto”.": _ADD_KEY,
    "Set the key again: recraft key set.": N_("Set it again in Account and Settings."),
    "It waits at the service; get it with: recraft history fetch {id}": _FETCH,
    "{n} more came than was asked for; recraft history fetch ID gets it.": _FETCH,
    "Look at your balance before you try again; a proxy or sign-in page in between may be the cause. What came is kept "
    "in the history, and a newer version may read it: recraft history reread.": N_(
        "Look at your balance before you try again. What came is kept as it is, for a newer version to read."
    ),
    "See the ids with: recraft history list.": N_("Open History to see what there is."),
}


def in_a_host(trouble: RecraftError) -> RecraftError:
    """The same trouble with a remedy for people who have no command line before them."""
    remedy = reworded(trouble.remedy, CLICKS)
    return trouble if remedy == trouble.remedy else from_dict({**trouble.as_dict(), "remedy": remedy})


def spelled(text: str, names: Sequence[str]) -> str:
    """The text with the options' names as a host of hyphens spells them: expand-left for expand_left."""
    if isinstance(text, Sentence):
        return text.mapped(lambda value: spelled(value, names))
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, name.replace("_", "-"))
    return text


def spent_text(units: int, at_risk: int, *, nothing: str = "Nothing spent today.") -> str:
    """What today has cost, and what it may have cost without an answer to tell."""
    spent = say("Spent today: {price}.", price=price_text(units)) if units else nothing
    return join(spent, say("Perhaps {price} more.", price=price_text(at_risk)) if at_risk else "")


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
    """Units and money in the user's language, as a button shows them: "40 u · $0.04"."""
    money = tr(price_text(units)).partition(" · ")[2]
    return f"{tr('{units} u', units=f'{units:,}')} · {money}"
