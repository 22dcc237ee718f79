"""Words that the service letters into a picture: which characters it knows, and where each word stands."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .contract.limits import BOX_POINTS, WORD_CHARACTERS
from .i18n import say
from .validation import Rule, number_of


@dataclass(frozen=True)
class Words(Rule):
    """Words with four corners each, relative to the picture. Source: "Endpoints", Text Layout."""

    widget = "words"

    @property
    def says(self) -> str:
        """Its form."""
        return 'JSON such as [{"text": "HELLO", "bbox": [[0.1,0.1],[0.5,0.1],[0.5,0.3],[0.1,0.3]]}]'

    def read(self, value: Any) -> tuple[dict[str, Any], ...]:
        """A tuple of {"text", "bbox"}."""
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise ValueError(say("Give {says}.", says=self.says)) from None
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
            raise ValueError(say("Give {says}.", says=self.says))
        return tuple({"text": self._text(item.get("text")), "bbox": self._box(item.get("bbox"))} for item in value)

    @staticmethod
    def _text(text: Any) -> str:
        if not isinstance(text, str) or not text:
            raise ValueError("Each entry needs a word under “text”.")
        if any(letter.isspace() for letter in text):
            raise ValueError(say("“{text}” is more than one word; give each word a box of its own.", text=text))
        odd = sorted({letter for letter in text if not word_character(letter)})
        if odd:
            raise ValueError(
                say(
                    "“{text}” contains {letters}, which cannot be drawn; use capitals and digits.",
                    text=text,
                    letters=" ".join(odd),
                )
            )
        return text

    @staticmethod
    def _box(box: Any) -> list[list[float]]:
        remedy = "Each “bbox” needs exactly four [x, y] points, 0 to 1 across the picture."
        if not isinstance(box, (list, tuple)) or len(box) != BOX_POINTS:
            raise ValueError(remedy)
        points = [[number_of(part) for part in point] if isinstance(point, (list, tuple)) else [] for point in box]
        finite_points = [[part for part in point if part is not None and math.isfinite(part)] for point in points]
        if any(len(point) != 2 or len(finite) != 2 for point, finite in zip(points, finite_points)):
            raise ValueError(remedy)
        return finite_points


def word_character(letter: str) -> bool:
    """True when the service can letter it: listed, or the small letter of a listed capital (a dotless i is not)."""
    capital = letter.upper()
    return letter in WORD_CHARACTERS or (capital in WORD_CHARACTERS and capital.lower() == letter)
