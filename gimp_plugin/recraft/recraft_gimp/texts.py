"""Text layers of the image as the option `text_layout`: each word with the four corners of its box."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gi.repository import Gimp

from .shared.geometry import Box
from .shared.lettering import word_character
from .shared.plugin.words import bbox, corners, shares

if TYPE_CHECKING:
    from .reading import ImageContext


def layout(context: ImageContext) -> str:
    """JSON for the argument: the words of all visible text layers; "" without any."""
    if not context.still:
        return ""
    words = [word for layer in _text_layers(context.image.get_layers()) for word in _words_of(layer)]
    whole = Box.of(context.canvas)
    rows = [{"text": text, "bbox": bbox(corners(*edges), whole)} for text, edges in words]
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def count(text: str) -> int:
    """How many words the argument holds."""
    try:
        return len(json.loads(text)) if text else 0
    except ValueError:
        return 0


def lettered(image: Gimp.Image, text: str) -> list[Gimp.TextLayer]:
    """The visible text layers whose words are all among those of the argument `text`."""
    try:
        words = {word["text"] for word in json.loads(text)} if text else set()
    except (ValueError, TypeError, KeyError):
        words = set()
    return [
        layer for layer in _text_layers(image.get_layers())
        if words and {word for word, _ in _words_of(layer)} <= words
    ]  # fmt: skip


def _text_layers(layers: Iterable[Gimp.Layer]) -> Iterator[Gimp.TextLayer]:
    for layer in layers:
        if not layer.get_visible():
            continue
        if layer.is_group():
            yield from _text_layers(layer.get_children())
        elif isinstance(layer, Gimp.TextLayer):
            yield layer


def _words_of(layer: Gimp.TextLayer) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    _, left, top = layer.get_offsets()
    return boxes(_plain(layer), left, top, layer.get_width(), layer.get_height())


def _plain(layer: Gimp.TextLayer) -> str:
    """The words without the markup a text layer may hold instead."""
    text = layer.get_text()
    if text:
        return text
    from xml.etree import ElementTree as ET

    markup = layer.get_markup()
    return "".join(ET.fromstring(f"<all>{markup}</all>").itertext()) if markup else ""  # noqa: S314 - GIMP's own


def boxes(
    text: str, left: int, top: int, width: int, height: int
) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """(word, (left, top, right, bottom)) for each word. How wide letters are GIMP does not say: all count alike."""
    for word, *edges in shares(text.splitlines(), len):
        clean = "".join(letter for letter in word if word_character(letter))
        if clean:
            x, y, right, bottom = edges
            yield clean, (left + width * x, top + height * y, left + width * right, top + height * bottom)
