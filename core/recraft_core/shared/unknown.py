"""Identifiers of models that no table here knows, sent on purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .contract import ALIASES, MODELS, Endpoint
from .errors import BadOption

_MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}", re.ASCII)


def unknown_model(endpoint: Endpoint, read: Mapping[str, Any], name: str) -> str:
    """The identifier itself. Raises BadOption where it is none, a table knows it, or the endpoint has no models."""
    what, remedy = "", f"Give {name[:60]} as model."
    if not endpoint.models or endpoint.parameter("model") is None:
        what, remedy = "There is no model to choose here.", "Leave model_id out."
    elif "model" in read:
        what, remedy = "Both model and model_id are given.", "Give one of them."
    elif ALIASES.get(name, name) in MODELS:
        what = f"“{name}” is a model that is known here."
    elif not _MODEL_ID.fullmatch(name):
        what, remedy = f"“{name[:60]}” is no identifier.", "It is made of letters, digits and _ - . / :"
    if what:
        raise BadOption(what, remedy=remedy, option="model_id")
    return name
