"""What a service says when it refuses, in any of the shapes it and the gateways before it are known to use.

A code alone, {"code", "message"}, {"error": …}, {"detail": …}, plain text, a gateway's page. The user reads those words
and what they mean in ours. Only an answer with status 2xx costs anything (observed); "Nothing was charged" is said
where it is certain that the service itself refused, else "perhaps".
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ..shared.errors import KeyTrouble, OutOfUnits, RecraftError, Refused, TooFast, Unanswered, Unreachable, plain
from ..shared.i18n import join, say
from ..shared.notes import duration

_LONGEST = 300
_LONGEST_WAIT_S = 24 * 3600.0
_A_FEW_S = 10.0
_BALANCE = "Perhaps it was charged all the same: look at the balance before you try again."
_NOTHING = "Nothing was charged."

# Which error a status means. 401, 404 and 429 were observed; 402, 403 and 413 are taken as HTTP defines them (assumed).
_STATUS: dict[int, tuple[type[RecraftError], str, str]] = {
    401: (KeyTrouble, "The service does not accept the API key.", "Check it at app.recraft.ai/profile/api."),
    402: (OutOfUnits, "The account has too few units.", "Add units at app.recraft.ai/profile/api."),
    403: (KeyTrouble, "The key may not do this.", "Check its rights at app.recraft.ai/profile/api."),
    404: (Refused, "The service does not know this address.", "Check the base URL in the settings."),
    413: (Refused, "The picture is too large for the service.", "Send a smaller one."),
    429: (TooFast, "The service is getting too many requests right now.", "Wait a few seconds and try again."),
}
# Statuses that mean the same whoever says them: nothing was begun.
_CERTAIN = {401, 402, 403, 404, 413, 429}
# Codes that say more than their status: the status they stand for. Seen in use; none is documented.
_CODES = {
    "not_enough_credits": 402,
    "insufficient_balance": 402,
    "insufficient_credits": 402,
    "rate_limit_exceeded": 429,
    "unauthorized": 401,
    "invalid_api_key": 401,
}
# What a code means in our words, by what stands in it, and what to do.
_MEANINGS = (
    ("invalid_model", "It does not take this model here.", "Choose another model."),
    ("image_type", "Model and style do not go together.", "Choose a style of the model's kind, pixels or vectors."),
    ("style", "It does not take this style here.", "Choose another style, or none."),
    ("moderation", "Its moderation does not allow this.", "Change the words or the picture."),
    ("content_policy", "Its moderation does not allow this.", "Change the words or the picture."),
    ("nsfw", "Its moderation does not allow this.", "Change the words or the picture."),
    ("parameter", "It does not take one of the values.", "Change what it names and try again."),
    ("image", "It does not take this picture.", "Save it as PNG, within the limits, and try again."),
)


class Said(NamedTuple):
    """What a refusal says: a code, a message, and the title of a gateway's page where it was one."""

    code: str = ""
    message: str = ""
    page: str | None = None


def refusal(
    doing: str, status: int, headers: Mapping[str, str], body: bytes, request_id: str = "", *, paid: bool = True
) -> RecraftError:
    """The error for an answer whose status is not 2xx; `doing` names the call, `paid` when it would cost units."""
    reply = said(body)
    code = reply.code.lower()
    more: dict[str, Any] = {"status": status, "code": reply.code, "request_id": request_id}
    more["retry_after_s"] = wait(headers)
    known = _STATUS.get(_CODES.get(code, status) if 400 <= status < 500 else status)
    if known:
        kind, what, remedy = known
        if kind is TooFast and (more["retry_after_s"] or 0) > _A_FEW_S:
            remedy = say("Try again in {time}.", time=duration(more["retry_after_s"]))
        return kind(join(what, quoted(reply)), remedy=remedy, **more)
    if status >= 500:
        return _trouble(status, reply, more, paid=paid)
    certain = not paid or bool(code and 400 <= status < 500)
    meaning, remedy = _meaning(code)
    what = say("The service refused {doing} (status {status}).", doing=doing, status=status)
    remedy = join(_NOTHING if certain else _BALANCE, remedy)
    return Refused(join(what, quoted(reply), meaning), remedy=remedy, charged=not certain, **more)


def _trouble(status: int, reply: Said, more: dict[str, Any], *, paid: bool) -> RecraftError:
    if reply.page is None:
        who = say("The service is having problems (status {status}).", status=status)
    else:
        who = say("A gateway in front of the service is having problems (status {status}).", status=status)
    named = say("Its request id is {request_id}.", request_id=more["request_id"]) if more["request_id"] else ""
    what = join(who, quoted(reply), named)
    if paid:
        return Unanswered(what, remedy=_BALANCE, charged=True, **more)
    return Unreachable(what, remedy="Try again in a minute.", **more)


def _meaning(code: str) -> tuple[str, str]:
    for part, means, remedy in _MEANINGS:
        if part in code:
            return means, remedy
    return "", "Change what it names and try again."


def quoted(reply: Said) -> str:
    """What a refusal says as a sentence, "" where it says nothing."""
    if reply.page:
        return say("What came is a gateway's page: “{page}”.", page=reply.page)
    if reply.page is not None:
        return "What came is a gateway's page."
    both = f"{reply.message} ({reply.code})" if reply.message and reply.code not in reply.message else reply.message
    words = both if reply.message and reply.code else reply.message or reply.code
    return say("It says: “{words}”.", words=words) if words else ""


def said(body: bytes) -> Said:
    """What the body of a refusal says."""
    text = decoded(body).strip()
    try:
        return words_of(json.loads(text))
    except (ValueError, RecursionError):
        pass
    if text.startswith("<"):
        title = re.search(r"(?is)<title[^>]{0,200}>([^<]{0,300})", text[:20_000])
        return Said(page=_cut(title[1]) if title else "")
    return Said("", _cut(text))


def decoded(body: bytes) -> str:
    """A body as text; bytes that are none are replaced."""
    # Of UTF-16 and UTF-32 every other byte is zero; no text has such.
    return body.decode(json.detect_encoding(body) if b"\0" in body[:4] else "utf-8-sig", "replace")


def words_of(data: Any) -> Said:
    """What plain data says of a refusal, "" and "" where it says nothing."""
    code, message = _words(data, 4)
    return Said(_cut(code), _cut(message))


def is_refusal(data: Mapping[str, Any], *fields: str) -> bool:
    """True when data without anything to use in its `fields` says why instead: a code in it, or words beside them."""
    beside = {name: value for name, value in data.items() if name not in fields}
    return any(_words(beside, 4)) or bool(_words(data, 4)[0])


def _cut(text: str) -> str:
    return plain(text[:2000])[:_LONGEST].strip()


_NAMES_OF_CODES = ("code", "error_code", "errorcode", "type")
_NAMES_OF_MESSAGES = ("message", "error_description", "detail", "msg", "description", "reason", "title")
_NAMES_OF_BOTH = ("error", "errors", "detail", "data", "details")


def _words(data: Any, depth: int) -> tuple[str, str]:
    """(code, message) wherever they stand in a refusal's JSON."""
    if isinstance(data, str):
        return (data, "") if re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)+", data) else ("", data)
    if isinstance(data, list):
        return _words(data[0], depth - 1) if data and depth else ("", "")
    if not isinstance(data, dict):
        return "", ""
    low = {str(name).lower(): value for name, value in data.items()}
    code = next((str(low[name]) for name in _NAMES_OF_CODES if isinstance(low.get(name), (str, int))), "")
    message = next((low[name] for name in _NAMES_OF_MESSAGES if isinstance(low.get(name), str)), "")
    if isinstance(low.get("loc"), list) and low["loc"]:
        message = f"{low['loc'][-1]}: {message}"
    for name in _NAMES_OF_BOTH if depth and not (code and message) else ():
        inner = _words(low.get(name), depth - 1)
        code, message = code or inner[0], message or inner[1]
    return code, message


def wait(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds of a Retry-After header, a number or a date, at most a day; None without one that makes sense."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value) if value[:1].isdigit() else _until(value, time.time() if now is None else now)
        return min(_LONGEST_WAIT_S, max(0.0, seconds)) if seconds == seconds else None  # noqa: PLR0124 - NaN
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _until(value: str, now: float) -> float:
    return parsedate_to_datetime(value).timestamp() - now
