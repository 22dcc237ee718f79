"""What a picture says of how it was made: terms of IPTC's list of digital source types.

https://cv.iptc.org/newscodes/digitalsourcetype/ (of 2024-10). Law, galleries and search engines read these terms.
"""

from __future__ import annotations

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MADE = "trainedAlgorithmicMedia"  # created using generative AI
EDITED = "compositeWithTrainedAlgorithmicMedia"  # edited using generative AI
DRAWN = "algorithmicMedia"  # by an algorithm that learnt from no pictures
ENHANCED = "algorithmicallyEnhanced"  # altered by an algorithm, its content being the same
MIXED = "composite"
# The more a term says of machines, the later: what a picture said before is never taken back.
_RISING = (ENHANCED, MIXED, DRAWN, "compositeSynthetic", EDITED, MADE)

_PLAIN = ("crisp_upscale", "remove_background", "vectorize")  # no content is invented
_OFFLINE = {
    "inpaint": MIXED,  # a sketch is laid into the picture
    "generate_background": MIXED,
    "replace_background": MIXED,
    "image_to_image": EDITED,  # a trained network paints it anew
}


def source_type(operation: str, shape: str, *, offline: bool) -> str:
    """The term for what an operation of that shape makes; `offline` when the embedded engine does."""
    if operation in _PLAIN:
        return ENHANCED
    own = shape in ("new", "remix")  # a picture of its own
    if offline:
        return _OFFLINE.get(operation, DRAWN if own else ENHANCED)
    return MADE if own else EDITED


def within(term: str) -> str:
    """The term for a picture into which something that `term` is true of was laid."""
    return {MADE: EDITED, DRAWN: MIXED}.get(term, term)


def joined(before: str, now: str) -> str:
    """The term for a picture that said `before` of itself, and was then changed as `now` says; both may be URIs."""
    held, new = before.strip().rpartition("/")[2], now.rpartition("/")[2]
    return held if held in _RISING and _RISING.index(held) > _RISING.index(new) else new


def uri(term: str) -> str:
    """The address of a term, which is what metadata hold.

    >>> uri("composite")
    'http://cv.iptc.org/newscodes/digitalsourcetype/composite'
    """
    return BASE + term
