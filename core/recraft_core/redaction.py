"""Hide secrets in anything that is written down: logs, errors, history entries, dry runs. Standard library only.

Hidden are the keys that were registered, whatever stands in an Authorization header, what looks like a bearer
token or a named key, and the name and password inside an address.
"""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from .shared.i18n import Sentence

HIDDEN = "[hidden]"
# Shorter than any key; hiding a shorter word would tear holes in ordinary text.
SHORTEST = 8

_registered: set[str] = set()
# Looked up at the start: later there may be no right to load them.
_ENCODERS = tuple(codecs.lookup(name).encode for name in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))
_NAMED = r"recraft_api_token|(?:x[-_])?api[-_]?(?:key|token)|access[-_]?token|client[-_]?secret"
_PATTERNS = (
    # A header as text, JSON or Python: to the end of its line or its closing quote.
    re.compile(r"""(?i)((?:proxy-)?authorization["']?\s*[:=,]\s*)(?:b?"[^"\r\n]*"|b?'[^'\r\n]*'|[^\r\n"'}]+)"""),
    # "the bearer of good news" is a prompt; a token is long and holds a digit.
    re.compile(r"(?i)(\bbearer\s+)(?=[\w.~+/=-]*\d)[\w.~+/=-]{16,}"),
    re.compile(rf"""(?i)(\b(?:{_NAMED})["']?\s*[=:]\s*["']?)[^\s"',;&}}]+"""),
    re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@]+(?=@)"),
)


def register(secret: str) -> None:
    """Hide `secret` from now on in everything that is redacted; anything under 8 characters is not a key."""
    secret = secret.strip()
    if len(secret) >= SHORTEST:
        _registered.add(secret)


def forget(secret: str) -> None:
    """Stop hiding `secret`."""
    _registered.discard(secret.strip())


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the registered keys, those in `secrets`, and what looks like a secret.

    >>> redact("Authorization: Bearer abc")
    'Authorization: [hidden]'
    """
    fit = redact_known(str.__str__(text), secrets)
    for pattern in _PATTERNS:
        fit = pattern.sub(lambda match: f"{match[1]}{HIDDEN}", fit)
    return _as_sentence(text, fit, lambda value: redact(value, secrets)) if isinstance(text, Sentence) else fit


def _as_sentence(sentence: Sentence, fit: str, redacted: Callable[[str], str]) -> str:
    """The sentence with its values redacted one by one; where that is not the whole of it, the text that is fit."""
    if fit == sentence:
        return sentence
    clean = sentence.mapped(redacted)
    return clean if clean == fit else fit


@lru_cache(maxsize=64)
def _spellings(secret: str) -> frozenset[str]:
    """A key as it is, and as it stands in an address."""
    return frozenset({secret, quote(secret, safe=""), quote(secret)})


def redact_known(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the registered keys and those in `secrets`; nothing else is touched."""
    line = text
    # Longest first: one key may be the beginning of another.
    for secret in sorted(_registered | {one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True):
        for spelling in _spellings(secret):
            text = text.replace(spelling, HIDDEN)
    return _as_sentence(line, text, lambda value: redact_known(value, secrets)) if isinstance(line, Sentence) else text


def redact_bytes(data: bytes, secrets: Iterable[str] = ()) -> bytes:
    """The same for bytes of any kind, in each encoding JSON may have."""
    # In the wider ones a zero is among the first four bytes.
    encoders = _ENCODERS if b"\0" in data[:4] else _ENCODERS[:1]
    for secret in sorted(_registered | {one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True):
        for spelling in _spellings(secret):
            for encoder in encoders:
                data = data.replace(encoder(spelling)[0], encoder(HIDDEN)[0])
    return data


def redact_data(value: Any, secrets: Iterable[str] = ()) -> Any:
    """The same for plain data: every text in mappings, lists and tuples; a value named Authorization is hidden whole.

    Mappings come back as dict, lists and tuples as list, as JSON would hold them.
    """
    known = tuple(secrets)
    if isinstance(value, str):
        return redact(value, known)
    if isinstance(value, Mapping):
        return {redact(str(name), known): _named(str(name), item, known) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_data(item, known) for item in value]
    return value


_SECRET_NAME = re.compile(rf"(?i)(?:proxy-)?authorization|{_NAMED}")


def _named(name: str, value: Any, secrets: tuple[str, ...]) -> Any:
    return HIDDEN if value and _SECRET_NAME.fullmatch(name) else redact_data(value, secrets)


class Redacting(logging.Filter):
    """Put this on every log handler: message, arguments and traceback leave it without secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; always True."""
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            # Formatters take exc_text where it is set, so the traceback is never made again from the exception.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
