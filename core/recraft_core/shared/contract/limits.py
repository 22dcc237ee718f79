"""Limits of files, prompts, words and rates that no single endpoint owns.

Source: Recraft docs, "Endpoints" (files, text layout, controls) and "Appendix" (prompts, rates). Where the page says
both "less than" and "no more than", the engine refuses what is more and the client stays below.
"""

from __future__ import annotations

from ..geometry import Limits

SOURCE = "https://www.recraft.ai/docs/api-reference/endpoints"

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 16_000_000
MAX_SIDE = 4096
MIN_SIDE = 256
MIN_SIDE_CRISP = 32

MAX_STYLE_FILES = 10  # the page says 5, later pages and the OpenAPI document 10
MAX_STYLE_BYTES = 5 * 1024 * 1024

MAX_COUNT = 6
MAX_SEED = 4_294_967_295  # 32 bits: assumed from the OpenAPI document, no range on the page
MAX_ENHANCE_PROMPT = 2_000
MAX_EXPAND = 4096
MAX_ARTISTIC_LEVEL = 5
SIMILARITY = (1, 5)

# Colours of a palette, and of the picture it is made from: ours, nobody names a limit.
MAX_PALETTE = 64
MAX_COUNTED = 256

PICTURES_PER_MINUTE = 100
RESULT_HOURS = 24

# "Endpoints", Text Layout: capitals, digits and signs of Latin, and the Greek and Cyrillic capitals shown there.
# The page's own example writes "Recraft", so a word is upper-cased before it is checked (assumed).
WORD_CHARACTERS = frozenset(
    "!\"#$%&'()*+,-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_{}"
    "ØĐĦŁŊŦ"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # noqa: RUF001 - Greek, as documented
    "ІАВЕКМНОРСТУХ"  # noqa: RUF001 - Cyrillic, as documented
    "ßẞ"
)
BOX_POINTS = 4


def client_limits(min_side: int = MIN_SIDE) -> Limits:
    """What our own requests keep to: strictly below every bound, and 10 MB read as 10,000,000 bytes."""
    return Limits(
        min_side=min_side, max_side=MAX_SIDE - 1, max_pixels=MAX_PIXELS - 1, max_bytes=10_000_000 - 1
    )
