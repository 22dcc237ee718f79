"""Erasing over transparency: a layer above shows nothing there, so what was to go is hidden by a transparency mask."""

_SEEN = 8  # levels of alpha from which something is seen


def kept_part(pixels, area, coverage, layer, box):
    """What stays of the picture below a result, 0..255 for each pixel of `area`; None where all of it may stay.

    `pixels` (BGRA) and `coverage` (the selection) fill `area`, the box that was read; `layer` are the result's pixels
    in `box`, cut to the coverage already. With the result on top, the picture's alpha then is what the result says:
    alpha · kept · (1 - above) + above = alpha · (1 - covered) + above.
    """
    alpha = bytes(memoryview(pixels).cast("B")[3::4])
    if min(alpha, default=255) == 255:
        return None
    above = _alpha_of(layer, box, area)
    kept = bytearray(b"\xff") * len(alpha)
    gone = False
    for at, covered in enumerate(coverage):
        if covered and above[at] < 255:
            kept[at] = min(255, 255 * (255 - covered) // (255 - above[at]))
            gone = gone or (alpha[at] > _SEEN and kept[at] < 255 - _SEEN)
    return bytes(kept) if gone else None


def _alpha_of(layer, box, area):
    """The alpha of pixels in `box`, for each pixel of `area`."""
    alpha, out = bytes(memoryview(layer).cast("B")[3::4]), bytearray(area.width * area.height)
    both = box.intersect(area)
    for y in range(both.y, both.bottom):
        start = (y - box.y) * box.width + both.x - box.x
        to = (y - area.y) * area.width + both.x - area.x
        out[to : to + both.width] = alpha[start : start + both.width]
    return out


def empty(layer):
    """True when nothing of a layer's pixels (BGRA) is seen."""
    return max(memoryview(layer).cast("B")[3::4].tobytes(), default=0) <= _SEEN


def targets(seen, active):
    """Ids of the layers that are masked: the active one where it alone shows, else all that show."""
    return [active] if list(seen) == [active] else list(seen)
