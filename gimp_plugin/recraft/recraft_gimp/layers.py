"""GIMP's layers as the placement rule knows them, and the rule's answer as parent and position."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp

from .reading import own_box
from .shared.plugin.placement import Layer, contributors, instead, newest, spot

if TYPE_CHECKING:
    from .reading import ImageContext
    from .shared.geometry import Box
    from .shared.plugin.placement import Spot

# What a layer of ours carries about itself: kept in saved files, and undone with the layer.
PARASITE, _PERSISTENT = "recraft", 1 | 2
_PLAIN = (Gimp.LayerMode.NORMAL, Gimp.LayerMode.NORMAL_LEGACY, Gimp.LayerMode.PASS_THROUGH)


def tree(image: Gimp.Image) -> tuple[Layer, ...]:
    """All layers, bottom to top."""
    return tuple(_told(layer) for layer in reversed(image.get_layers()))


def _told(layer: Gimp.Layer) -> Layer:
    group = layer.is_group()
    plain = layer.get_mode() in _PLAIN and layer.get_mask() is None and not _effects(layer)
    return Layer(
        str(layer.get_id()),
        "group" if group else _kind(layer),
        layer.get_name(),
        layer.get_visible(),
        layer.get_opacity() / 100,
        None if group else own_box(layer),
        tuple(_told(child) for child in reversed(layer.get_children())) if group else (),
        # A plain group at full opacity, passing through or not: a normal layer looks the same inside and above it.
        passes=group,
        plain=plain,
        locked=layer.get_lock_content(),
        bounded=True,
    )


def _kind(layer: Gimp.Layer) -> str:
    if isinstance(layer, Gimp.TextLayer):
        return "text"
    for name, kind in (("VectorLayer", "vector"), ("LinkLayer", "file")):  # 3.2
        if hasattr(Gimp, name) and isinstance(layer, getattr(Gimp, name)):
            return kind
    return "paint"


def _effects(layer: Gimp.Layer) -> bool:
    """True when a filter of GIMP's own changes what the layer shows."""
    return any(one.get_visible() for one in layer.get_filters())


def read_from(context: ImageContext, box: Box, without: Gimp.Layer | None = None) -> tuple[str, ...]:
    """The ids of what shows in `box` now: a result made from it goes above all of them."""
    left_out = str(without.get_id()) if without is not None else ""
    return tuple(one for one in contributors(tree(context.image), box) if one != left_out)


def last_result(image: Gimp.Image, box: Box) -> Gimp.Layer | None:
    """The newest layer with our parasite of which something shows in `box`, None for none."""
    return item(newest(tree(image), box, sorted(signed(image), key=int)))


def item(number: str) -> Gimp.Item | None:
    """The layer of that id, None for "" and for what is gone."""
    gimp_item = Gimp.Item.get_by_id(int(number)) if number else None
    return gimp_item if gimp_item is not None and gimp_item.is_valid() else None


def spot_for(image: Gimp.Image, box: Box, choice: str = "automatic", **known: Any) -> Spot:
    """Where a result of `box` goes, by the rule that all hosts share."""
    return spot(tree(image), box, choice, **known)


def spot_instead(image: Gimp.Image, old: Gimp.Layer) -> Spot | None:
    """Where the result goes that takes the place of the layer `old`, None where that cannot be."""
    return instead(tree(image), str(old.get_id()))


def place_of(image: Gimp.Image, place: Spot) -> tuple[Gimp.Item | None, int]:
    """(parent, position) of a spot."""
    above = item(place.above)
    return item(place.parent), image.get_item_position(above) if above is not None else 0


def above(item: Gimp.Item) -> tuple[Gimp.Item | None, int]:
    """(parent, position) right above an item of the image."""
    return item.get_parent(), item.get_image().get_item_position(item)


def signed(image: Gimp.Image) -> tuple[str, ...]:
    """Ids of the layers that carry our parasite, in groups too."""
    return tuple(str(layer.get_id()) for layer in _each(image.get_layers()) if layer.get_parasite(PARASITE))


def mark(about: dict[str, Any]) -> Gimp.Parasite:
    """Where a layer comes from, attached before it is in the image: redoing an attachment of its own GIMP ends an undo
    step that it never began. Seen in 3.0.4 and 3.2.6.
    """
    return Gimp.Parasite.new(PARASITE, _PERSISTENT, json.dumps({**about, "placed": time.time()}).encode())


def placed_since(image: Gimp.Image, operation: str, selection: Box | None, moment: float) -> bool:
    """True when a result of `operation` for that selection has come into the image after `moment`, in s since 1970."""
    box = None if selection is None else list(selection)
    for layer in _each(image.get_layers()):
        parasite = layer.get_parasite(PARASITE)
        try:
            about = json.loads(bytes(parasite.get_data())) if parasite else {}
            # A file from a computer whose clock is ahead says nothing about a click of today.
            same = (about["operation"], about["selection"]) == (operation, box)
            if same and moment < about["placed"] <= time.time():
                return True
        except (ValueError, LookupError, TypeError):  # marked by an earlier version, or by somebody else
            continue
    return False


def _each(layers: Iterable[Gimp.Layer]) -> Iterator[Gimp.Layer]:
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from _each(layer.get_children())


def alpha_locked(layer: Gimp.Layer) -> bool:
    """True where nothing transparent can be painted: locked in the layer or a group around it."""
    while layer is not None:
        if layer.get_lock_alpha():
            return True
        layer = layer.get_parent()
    return False
