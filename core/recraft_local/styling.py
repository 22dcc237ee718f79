"""Which model and which style a request means, and whether they agree.

Styles are for V2 and V3. A style name without a model picks the model that knows it, V3 before V2 (page "Styles";
the text layout example of "Endpoints" relies on it). Base styles such as digital_illustration with a `substyle` are
the older spelling, still in the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from recraft_core.shared.contract import ALIASES, BASE_STYLES, MODELS, Endpoint, Model, models_with

from . import model_list, values
from .pictures_in import Picture
from .rules import Refusal
from .store import Store

_GENERATION = ("generations", "generations/raster", "generations/vector")


@dataclass(frozen=True)
class Styling:
    """The style of a request: a name, whether it makes vectors, and an own style's colours and hand.

    The hand is the style vector of `pictures.styles`; empty for the service's own names.
    """

    name: str
    vector: bool
    colours: tuple[tuple[int, int, int], ...] = ()
    hand: tuple[float, ...] = ()


def choose_model(row: Endpoint, fields: Mapping[str, Any], store: Store, *, referring: bool = False) -> Model | None:
    """The model the request names or means; None where the endpoint has none. Raises `Refusal`.

    `referring` when pictures come along whose style it follows.
    """
    parameter = row.parameter("model")
    if parameter is None:
        return None
    name = fields.get("model")
    if name is None:
        if referring:
            return next(MODELS[one] for one in row.models if MODELS[one].needs_style)
        return _meant(row, fields, store)
    name = ALIASES.get(values.text("model", name), name)
    if name not in MODELS:
        raise Refusal("model_unknown", value=name, choices=row.models)
    # On /raster and /vector the other kind is told as a style of the wrong kind, after the prompt.
    if name not in row.models and row.id not in _GENERATION:
        raise Refusal("model_here", value=name, choices=row.models)
    return MODELS[name]


def _meant(row: Endpoint, fields: Mapping[str, Any], store: Store) -> Model | None:
    if row.id == "styles":
        return None
    knowing = _knowing(fields, store)
    return next((MODELS[name] for name in knowing if name in row.models), MODELS[row.default_model])


def _knowing(fields: Mapping[str, Any], store: Store) -> tuple[str, ...]:
    style, style_id = fields.get("style"), fields.get("style_id")
    if isinstance(style, str):
        return models_with(style)
    if not isinstance(style_id, str):
        return ()
    if style_id.lower() in model_list.BY_ID:
        return (model_list.BY_ID[style_id.lower()][1],)
    own = store.style(style_id.lower())
    return (own["model"],) if own else ()


def check_style(
    row: Endpoint, fields: Mapping[str, Any], model: Model | None, store: Store, *, referring: bool = False
) -> Styling | None:
    """The style of the request, None without one. Raises `Refusal`."""
    if model is None:
        return None
    if row.id == "styles":
        _base(fields.get("style"), model)
        return None
    _output_kind(row, fields, model, _knowing(fields, store))
    style, style_id = fields.get("style"), fields.get("style_id")
    if style is not None and style_id is not None and row.parameter("style"):
        raise Refusal("style_two")
    if "substyle" in fields and not (isinstance(style, str) and style in BASE_STYLES):
        raise Refusal("substyle", value=fields["substyle"])
    if referring and not model.takes("style_references"):
        raise Refusal("model_option", name="style_references", model=model.id)
    if referring and (style is not None or style_id is not None):
        raise Refusal("exclusive", first="style_references", second="style" if style_id is None else "style_id")
    if model.needs_style and style_id is None and not referring:
        raise Refusal("style_needed", model=model.id)
    if style is not None and row.parameter("style"):
        return _named(values.text("style", style), model)
    if style_id is not None and row.parameter("style_id"):
        return _own(values.uuid("style_id", style_id), model, store)
    return None


def _base(style: Any, model: Model) -> None:
    if isinstance(style, str) and style in BASE_STYLES and BASE_STYLES[style] != model.vector:
        raise Refusal("style_kind", value=style, wanted="vector" if model.vector else "raster")


def _output_kind(row: Endpoint, fields: Mapping[str, Any], model: Model, knowing: tuple[str, ...]) -> None:
    """/raster takes raster models and styles only, /vector vector ones; `knowing` are the models of the style."""
    if row.id not in ("generations/raster", "generations/vector"):
        return
    wanted = row.id.rsplit("/", 1)[1]
    vector = wanted == "vector"
    if model.vector != vector or (knowing and all(MODELS[name].vector != vector for name in knowing)):
        style = fields.get("style") or ("any" if vector else "vector_illustration")
        raise Refusal("style_kind", value=style, wanted=wanted)


def _named(name: str, model: Model) -> Styling:
    if not model.takes("style"):
        raise Refusal("style_invalid", value=name)
    if model.id in models_with(name):
        return Styling(name, model.vector)
    known = models_with(name)
    if known and all(MODELS[other].vector != model.vector for other in known):
        raise Refusal("style_kind", value=name, wanted="vector" if model.vector else "raster")
    raise Refusal("style_invalid", value=name)


def _own(style_id: str, model: Model, store: Store) -> Styling:
    if not model.takes("style_id"):
        raise Refusal("model_option", name="style_id", model=model.id)
    if style_id in model_list.BY_ID:
        return _named(model_list.BY_ID[style_id][0], model)
    own = store.style(style_id)
    if own is None:
        raise Refusal("style_id_unknown", value=style_id)
    vector = BASE_STYLES[own["style"]]
    if vector != model.vector:
        raise Refusal("style_kind", value=own["style"], wanted="vector" if model.vector else "raster")
    # An own style fits V3 and the model it was made for (page "Styles").
    if model.generation != "V3" and not model.needs_style and model.id != own["model"]:
        raise Refusal("style_id_model", value=style_id, made=own["model"], model=model.id)
    colours = tuple((int(red), int(green), int(blue)) for red, green, blue in own.get("colours", ()))
    return Styling(own["style"], vector, colours, tuple(map(float, own.get("hand", ()))))


def of_pictures(pictures: Sequence[Picture], model: Model) -> Styling:
    """The style that pictures of a generation show, as an own style made of them would have it."""
    colours = tuple((red, green, blue) for red, green, blue in palette(pictures))
    return Styling(_BASE[model.vector], model.vector, colours, tuple(hand_of(pictures, None)))


_BASE = {False: "any", True: "vector_illustration"}


def palette(pictures: Sequence[Picture]) -> list[list[int]]:
    """The main colours of the pictures, at most five, as [r, g, b]."""
    colours: list[list[int]] = []
    for picture in pictures:
        if picture.pixels is not None:
            image = Image.fromarray(picture.pixels).convert("RGB").resize((64, 64))
            table = image.quantize(5).getpalette() or []
            colours += [table[start : start + 3] for start in range(0, min(15, len(table)), 3)]
    return colours[:5]


def hand_of(
    pictures: Sequence[Picture], weights: Sequence[float] | None, mixed: Sequence[tuple[list[float], float]] = ()
) -> list[float]:
    """The style vector of an own style: the mean over its pictures and over the styles mixed in, with their weights.

    Empty where there is nothing to read it from.
    """
    from .pictures import styles

    shown = [(picture.pixels[..., :3], weight) for picture, weight in zip(pictures, weights or [1.0] * len(pictures),
             strict=True) if picture.pixels is not None]  # fmt: skip
    read = [(styles.read([rgb]), weight) for rgb, weight in shown]
    vectors, shares = zip(*[*read, *mixed], strict=True) if read or mixed else ((), ())
    if not sum(shares):
        return []
    total = sum(share * np.asarray(vector) for vector, share in zip(vectors, shares, strict=True)) / sum(shares)
    return [round(float(number), 4) for number in total]
