"""The dice of a drawing: the same name always throws the same numbers."""

from __future__ import annotations

from random import Random


def dice_for(name: str) -> Random:
    """Dice that depend on `name` alone."""
    return Random(name)  # noqa: S311 - decides where a cloud floats, keeps no secret
