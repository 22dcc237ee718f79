"""What comes, or does not come, from the address of a result. It is paid for by then, and every error says so."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote, urljoin, urlsplit

from ..shared.contract.limits import RESULT_HOURS
from ..shared.errors import BadAnswer, RecraftError, Refused, Unreachable
from ..shared.i18n import say
from .transport import Response

_KEPT = "%:/?#[]@!$&'()*+,;=~"
_HOST = re.compile(r"(?:[^/?#]*:)?//[^/?#]*")


def cut_off(url: str) -> RecraftError:
    """The error when a result, paid for by then, did not arrive."""
    return Unreachable(
        say("The result could not be fetched from {host}.", host=urlsplit(url).netloc),
        remedy="It is paid for and kept there for about a day: fetch it again from the history.",
        charged=True,
    )


def checked(response: Response, content: bytes) -> bytes:
    """The content of a fetched result; the error that fits when it is none."""
    if response.status_code in {403, 404, 410}:
        raise Refused(
            "The service no longer has this result.",
            remedy=say(
                "Results are kept for about {hours} hours; what was placed or filed before is yours.",
                hours=RESULT_HOURS,
            ),
            status=response.status_code,
        )
    # Proxies that change what passes through them say 203, and caches 206 of all of it.
    if (response.status_code != HTTPStatus.OK and not (is_good(response) and has_end(content))) or not content:
        raise Unreachable(
            say("The result could not be fetched (status {status}).", status=response.status_code),
            remedy="It is paid for and kept there for about a day: fetch it again from the history.",
            status=response.status_code,
            charged=True,
        )
    if "html" in response.headers.get("Content-Type", "") and not has_end(content):
        raise BadAnswer(
            "A web page came back instead of a picture.",
            remedy="A proxy or sign-in page may be in between. The result is paid for: fetch it again later.",
            charged=True,
        )
    return content


def is_good(response: Response) -> bool:
    """Whether the status tells of success."""
    return 200 <= response.status_code < 300


def has_end(content: bytes) -> bool:
    """Whether the bytes are a picture that ends as its kind does: PNG, JPEG, WebP or SVG."""
    if content.startswith(b"\x89PNG"):
        return content[-12:-4] == b"\0\0\0\0IEND"
    if content.startswith(b"RIFF"):
        return content[8:12] == b"WEBP" and len(content) >= 8 + int.from_bytes(content[4:8], "little")
    if content.startswith(b"\xff\xd8"):
        return content.endswith(b"\xff\xd9")
    return b"<svg" in content[:4096] and content.rstrip().endswith(b"</svg>")


def spelled(url: str, base_url: str) -> str:
    """The address of a result as one may be spelled: told in whole, and umlauts and blanks in it as %…

    The host stays as it is: names are written otherwise there, which is done where it is asked.
    """
    base = urlsplit(base_url)
    start = f"{base.scheme}:" if url.startswith("/") else ""
    start += f"//{base.netloc}" if url.startswith("/") and not url.startswith("//") else ""
    if url.isascii() and " " not in url:
        return start + url
    host = _HOST.match(url)
    end = host.end() if host else 0
    # A half of a character is no text; its bytes are as good as any other, and what is there is asked for.
    return start + url[:end] + quote(url[end:], safe=_KEPT, errors="surrogatepass")


def onwards(url: str, location: str) -> str:
    """Where a redirect of a result leads."""
    with suppress(UnicodeError):  # headers are read as Latin-1, and written as UTF-8
        location = location.encode("latin-1").decode()
    try:
        return urljoin(url, spelled(location, url))
    except ValueError:
        raise BadAnswer(
            "The result's address redirects to an invalid address.",
            remedy="It is paid for: fetch it again later from the history.",
            charged=True,
        ) from None
