"""Identifiers of models that no table here knows, sent on purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .contract import ALIASES, MODELS, Endpoint
from .errors import BadOption
from .i18n import say

_MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}", re.ASCII)


def unknown_model(endpoint: Endpoint, read: Mapping[str, Any], name: str) -> str:
    """The identifier itself. Raises BadOption where it is none, a table knows it, or the endpoint has no models."""
    what: str = ""
    remedy: str = say("Give {name} as model.", name=name[:60])
    if not endpoint.models or endpoint.parameter("model") is None:
        what, remedy = "There is no model to choose here.", "Leave model_id out."
    elif "model" in read:
        what, remedy = "Both model and model_id are given.", "Give one of them."
    elif ALIASES.get(name, name) in MODELS:
        what = say("“{name}” is a model that is known here.", name=name)
    elif not _MODEL_ID.fullmatch(name):
        what = say("“{name}” is no identifier.", name=name[:60])
        remedy = say("It is made of letters, digits and _ - . / :")
    if what:
        raise BadOption(what, remedy=remedy, option="model_id")
    return name
