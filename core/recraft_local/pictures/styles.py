"""The hand of a painting on another picture: arbitrary style transfer.

A style is a vector of 100 numbers that a small network reads off a picture; a second network paints any picture
with it, at any size, and keeps what is on it. After Ghiasi, Lee, Kudlur, Dumoulin and Shlens 2017,
https://arxiv.org/abs/1705.06830. `data/hands.npz` holds the vectors of the styles the service has names for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from . import net, upscale
from .made import Made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

LENGTH = 100  # numbers of a style
LOOK = 256  # px a side, what the reading network sees
SIDE = 1024  # px, the longest side that is painted; larger pictures are painted so and enlarged, so strokes grow along
LEAST = 16  # px, the shortest side that can be painted
FAINT = 0.3  # strength below which the painting is laid over the picture thinly
FROM = 0.4  # of the way from the picture's own style to the wanted one, at strength 0
LOOKS, VARIED = ("oil", "watercolor", "pastel", "gouache", "impressionism"), 0.6  # of variations, and their strength
LUMA = np.array((0.299, 0.587, 0.114), np.float32)


class Hand(NamedTuple):
    """A style: its `vector`, its `name` for the log, and how much of the painting's own colours it brings, 0..1."""

    vector: Floats
    name: str
    colours: float = 1.0


def read(pictures: Sequence[Bytes], weights: Sequence[float] | None = None) -> Floats:
    """The style of one picture or the mean style of several, (h, w, 3) each; `weights` default to equal ones."""
    with net.opened("hand") as run:
        vectors = [_read(picture, run) for picture in pictures]
    return np.average(vectors, axis=0, weights=weights).astype(np.float32)


def _read(rgb: Bytes, run: Any) -> Floats:
    """The mean over the two squares at the ends of the picture: nothing of it is left out or squeezed."""
    height, width = rgb.shape[:2]
    side, head = min(height, width), _data()["head"]
    scores = []
    for top, left in {(0, 0), (height - side, width - side)}:
        square = Image.fromarray(np.ascontiguousarray(rgb[top : top + side, left : left + side]))
        x = np.asarray(square.resize((LOOK, LOOK), Image.Resampling.LANCZOS), np.float32) / np.float32(255)
        scores.append(head[:, :-1] @ run(x.transpose(2, 0, 1)).mean((1, 2)) + head[:, -1])
    return np.asarray(np.mean(scores, axis=0), np.float32)


def named(name: str) -> Hand | None:
    """The hand of that name; None when there is none."""
    data = _data()
    if name not in data["names"]:
        return None
    at = data["names"].index(name)
    return Hand(data["vectors"][at], name, float(data["colours"][at]))


def names() -> list[str]:
    """All hands there are."""
    return list(_data()["names"])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    with np.load(net.DATA / "hands.npz") as file:
        names = str(file["names"]).split("|")
        return {"names": names, **{key: file[key].astype(np.float32) for key in file.files if key != "names"}}


def paint(rgb: Bytes, hand: Hand, *, strength: float = 1.0, colours: float | None = None) -> Made:
    """`rgb` (h, w, 3) painted in that hand, the same size; what is on it stays.

    `strength` 0..1 leads from the picture itself to the full hand. `colours` 0..1 is how far the picture takes on
    the colours of the style; None leaves it to the hand.
    """
    height, width = rgb.shape[:2]
    if strength <= 0 or min(height, width) < LEAST:
        return Made(rgb, "left as it is")
    small = _fitted(rgb)
    vector = hand.vector
    if strength < 1:
        share = np.float32(FROM + (1 - FROM) * strength)
        vector = share * vector + (1 - share) * read([small])
    painting = _coloured(_painted(small, vector), small, hand.colours if colours is None else colours)
    painting = _enlarged(painting, (width, height))
    thin = min(1.0, strength / FAINT)
    if thin < 1:
        painting = np.rint(rgb + np.float32(thin) * (painting.astype(np.float32) - rgb)).astype(np.uint8)
    runner = "ncnn" if net.has_ncnn() else "numpy"
    return Made(painting, f"painted in the hand of {hand.name} at strength {strength:g} by style transfer on {runner}")


def look(rgb: Bytes, number: int) -> Made:
    """`rgb` (h, w, 3) in another look, the same for the same `number`: near its own colours, in a painter's hand."""
    hand = named(LOOKS[number % len(LOOKS)])
    if hand is None:
        raise LookupError("The styles of this engine are damaged. Install recraft-canvas again.")
    return paint(rgb, hand, strength=VARIED, colours=hand.colours / 2)


def _fitted(rgb: Bytes) -> Bytes:
    height, width = rgb.shape[:2]
    scale = min(1, SIDE / max(height, width))
    if scale == 1:
        return rgb
    size = max(LEAST, round(width * scale)), max(LEAST, round(height * scale))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))


def _painted(rgb: Bytes, vector: Floats) -> Bytes:
    """The network's picture; sides are made whole multiples of 4 for it, and cut again."""
    height, width = rgb.shape[:2]
    whole = np.pad(rgb, ((0, -height % 4), (0, -width % 4), (0, 0)), mode="edge")
    x = whole.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    with net.opened("style", _weights(vector)) as run:
        output = run(x)[:, :height, :width]
    return np.rint(np.clip(output, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)


def _weights(vector: Floats) -> bytes:
    """The painting network's weights with the gains and shifts that the style gives each channel."""
    data, base = _data(), (net.DATA / "style.bin").read_bytes()
    wanted = np.append(vector, np.float32(1)).astype(np.float32)
    gains, shifts = data["gamma"] @ wanted, data["beta"] @ wanted
    parts, at, channel = [], 0, 0
    for place, count in data["cuts"].astype(int):
        mine = slice(channel, channel + count)
        parts += [base[at:place], gains[mine].tobytes(), shifts[mine].tobytes()]
        at, channel = int(place), channel + int(count)
    return b"".join([*parts, base[at:]])


def _coloured(painting: Bytes, own: Bytes, share: float) -> Bytes:
    """`painting` with its own light and, up to `share`, its own colours; the rest are those of `own`."""
    if share >= 1:
        return painting
    out, source = painting.astype(np.float32), own.astype(np.float32)
    light = (out @ LUMA)[..., None]
    chroma = np.float32(share) * (out - light) + np.float32(1 - share) * (source - (source @ LUMA)[..., None])
    return np.rint(np.clip(light + chroma, 0, 255)).astype(np.uint8)


def _enlarged(painting: Bytes, size: tuple[int, int]) -> Bytes:
    """`painting` at `size` (width, height): in one piece, so there are no seams."""
    if painting.shape[1::-1] == size:
        return painting
    return upscale.to_size(painting, size)
