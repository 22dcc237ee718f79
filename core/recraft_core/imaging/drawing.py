"""Draw an SVG with resvg: the part of `svg.rasterise` that runs in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence


def in_child(_arguments: Sequence[str], drawing: bytes) -> bytes:
    """A PNG of the sanitised `drawing` in its own size. Raises ValueError when resvg cannot make sense of it."""
    import resvg_py

    text = drawing.decode()
    # Looking through the system's fonts takes a while, and only letters need them.
    return bytes(resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts="<text" not in text))
