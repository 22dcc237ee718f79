"""Picture sizes by table and aspect ratio. Source: Recraft docs, "Appendix", list of supported image sizes.

Vector models document the aspect ratios only; explicit sizes of the same table are accepted by clients in the
field, so `allowed` takes both. Ratios are safe everywhere.
"""

from __future__ import annotations

from .models import MODELS

SOURCE = "https://www.recraft.ai/docs/api-reference/appendix#list-of-supported-image-sizes"

_V4_1K: dict[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "2:1": (1536, 768),
    "1:2": (768, 1536),
    "3:2": (1280, 832),
    "2:3": (832, 1280),
    "4:3": (1216, 896),
    "3:4": (896, 1216),
    "5:4": (1152, 896),
    "4:5": (896, 1152),
    "6:10": (832, 1344),
    "14:10": (1280, 896),
    "10:14": (896, 1280),
    "16:9": (1344, 768),
    "9:16": (768, 1344),
}

SIZES: dict[str, dict[str, tuple[int, int]]] = {
    "v4_1k": _V4_1K,
    # The Pro sizes are exactly twice the others.
    "v4_2k": {ratio: (2 * width, 2 * height) for ratio, (width, height) in _V4_1K.items()},
    "v2_v3": {
        "1:1": (1024, 1024),
        "2:1": (2048, 1024),
        "1:2": (1024, 2048),
        "3:2": (1536, 1024),
        "2:3": (1024, 1536),
        "4:3": (1365, 1024),
        "3:4": (1024, 1365),
        "5:4": (1280, 1024),
        "4:5": (1024, 1280),
        "6:10": (1024, 1707),
        "14:10": (1434, 1024),
        "10:14": (1024, 1434),
        "16:9": (1820, 1024),
        "9:16": (1024, 1820),
    },
}
RATIOS = tuple(_V4_1K)
# Not in the Appendix, but in the OpenAPI document and in what the service's own clients offer.
_LATER: dict[str, dict[str, tuple[int, int]]] = {"v2_v3": {"1707x1024": (1707, 1024)}}


def allowed(model: str) -> dict[str, tuple[int, int]]:
    """Every spelling of `size` the model takes, as w:h and as WxH, with its width and height in px."""
    table = SIZES[MODELS[model].sizes]
    spelled = {f"{width}x{height}": (width, height) for width, height in table.values()}
    return {**table, **spelled, **_LATER.get(MODELS[model].sizes, {})}


def nearest_ratio(width: int, height: int) -> str:
    """The aspect ratio of the table that is nearest to width : height (by proportion, not difference)."""

    def distance(ratio: str) -> float:
        across, down = (int(part) for part in ratio.split(":"))
        proportion = (width * down) / (height * across)
        return max(proportion, 1 / proportion)

    return min(RATIOS, key=distance)
