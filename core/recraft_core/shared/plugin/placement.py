"""Where a result goes in a tree of layers: arithmetic, without a host.

A host describes its layers as `Layer`s, bottom to top, once when the picture is read (`contributors`) and once when the
result comes (`spot`). The promise of the automatic choice: the result shows as it is, since it already holds
everything that was read; so it lies above all of that, adjustments too, and inside no group that would change it.
What came meanwhile (a stroke on a new layer) stays above the result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..geometry import Box
from ..i18n import N_, join, say

# What may be read, and where a result may go; the first of each is the default.
READS = {
    "visible": N_("All that is visible"),
    "below": N_("This layer and below"),
    "layer": N_("This layer alone"),
    "without": N_("Without the chosen layers"),
}
CHOICES = {
    "automatic": N_("Automatic"),
    "top": N_("Top"),
    "above": N_("Above the active layer"),
    "into": N_("Into the active layer"),
    "mask": N_("As mask"),
    "selection": N_("As selection"),
}
# Kinds of layers, besides "paint" and "mask": those that have no pixels of their own to change.
_UNPAINTABLE = {
    "group": N_("“{name}” is a group."),
    "vector": N_("“{name}” is a vector layer."),
    "text": N_("“{name}” is a text layer."),
    "adjustment": N_("“{name}” is an adjustment."),
    "fill": N_("“{name}” is a fill layer."),
    "clone": N_("“{name}” is a clone of another layer."),
    "file": N_("“{name}” is a file layer."),
}


@dataclass(frozen=True)
class Layer:
    """One layer. `children` run from the bottom up.

    `box` holds all its pixels in canvas px, None where it has no edge (fills, adjustments, and always for groups);
    `opacity` is 0..1. `passes` is True for a group whose children blend with what lies below the group. `plain` is
    False where something changes what is inside or below: another blending mode than normal, a mask, clipped alpha.
    `locked` layers and groups are not written into; nothing can be painted outside the `box` of a `bounded` one.
    """

    id: str
    kind: str = "paint"
    name: str = ""
    visible: bool = True
    opacity: float = 1.0
    box: Box | None = None
    children: tuple[Layer, ...] = ()
    passes: bool = False
    plain: bool = True
    locked: bool = False
    bounded: bool = False

    @property
    def shown(self) -> bool:
        """True when the layer itself lets anything be seen."""
        return self.visible and self.opacity > 0

    @property
    def open(self) -> bool:
        """True for a group in which a layer looks as it would beside the group."""
        lets_through = self.passes and self.shown and self.plain and self.opacity >= 1
        return self.kind == "group" and lets_through and not self.locked


if TYPE_CHECKING:  # Python 3.8 cannot work it out
    Tree = Sequence[Layer]


@dataclass(frozen=True)
class Spot:
    """Where the result goes.

    `how` is "layer" (a new one, in the group `parent`, "" the picture itself, right above its child `above`, "" on top
    of all of them), "into" (the pixels of the layer `target`), "mask" (a transparency mask of `target`) or "selection".
    A "layer" with a `target` takes that layer's place.
    `note` says why it is not what was asked for, "" when it is.
    """

    how: str = "layer"
    parent: str = ""
    above: str = ""
    target: str = ""
    note: str = ""


# --- what is read -------------------------------------------------------------------------------------------------


def read_tree(tree: Tree, what: str = "visible", active: str = "", chosen: Collection[str] = ()) -> tuple[Layer, ...]:
    """The tree as it is read: what is left out made invisible. `what` is one of READS, `chosen` the layers left out."""
    if what == "without":
        return _hidden(tree, set(chosen))
    path = _path(tree, active)
    if what == "visible" or not path:
        return tuple(tree)
    return _upto(tree, [layer.id for layer in path], alone=what == "layer")


def contributors(tree: Tree, box: Box) -> tuple[str, ...]:
    """The ids of all layers, groups left out, that may show in `box`: visible with all their groups, bottom to top."""
    return tuple(_contributing(tree, box))


def _contributing(tree: Tree, box: Box) -> Iterator[str]:
    for layer in tree:
        if not layer.shown or layer.kind == "mask":
            continue
        if layer.kind == "group":
            yield from _contributing(layer.children, box)
        elif layer.box is None or not layer.box.intersect(box).empty:
            yield layer.id


def _hidden(tree: Tree, ids: set[str]) -> tuple[Layer, ...]:
    return tuple(
        replace(layer, visible=layer.visible and layer.id not in ids, children=_hidden(layer.children, ids))
        for layer in tree
    )


def _upto(tree: Tree, path: Sequence[str], *, alone: bool) -> tuple[Layer, ...]:
    """All above the layer at the end of `path` invisible; with `alone` all beside it too."""
    if not path:
        return tuple(tree)
    at = next(index for index, layer in enumerate(tree) if layer.id == path[0])
    mine = replace(tree[at], children=_upto(tree[at].children, path[1:], alone=alone))
    below = tree[:at] if not alone else [replace(layer, visible=False) for layer in tree[:at]]
    return (*below, mine, *(replace(layer, visible=False) for layer in tree[at + 1 :]))


# --- where it goes ------------------------------------------------------------------------------------------------


def spot(
    tree: Tree,
    box: Box,
    choice: str = "automatic",
    *,
    active: str = "",
    read: Collection[str] | None = None,
    what: str = "visible",
    ours: Collection[str] = (),
) -> Spot:
    """Where a result of `box` (canvas px) goes in the tree as it is now.

    `active` is the active layer's id (of a mask: its layer), `read` what `contributors` said when the picture was
    read (None: nothing was read, or it is not known any more), `what` the READS it was read with, and `ours` the ids
    of results placed before: a newer one goes above an older one that lies right there.
    """
    if choice == "selection":
        return Spot("selection")
    if choice in ("into", "mask"):
        why = _why_not(_path(tree, active), choice, box)
        if not why:
            return Spot(choice, target=active)
        return replace(_automatic(tree, box, active, read, ours), note=join(why, "The result is a layer of its own."))
    if choice == "top":
        return Spot(above=tree[-1].id if tree else "")
    path = _path(tree, active)
    if path and (choice == "above" or what in ("below", "layer")):
        return _beside(tree, path, ours)
    return _automatic(tree, box, active, read, ours)


def newest(tree: Tree, box: Box, ours: Sequence[str]) -> str:
    """The id of the last of `ours` (oldest first) of which something shows in `box`, "" for none."""
    shown = set(contributors(tree, box))
    return next((one for one in reversed(ours) if one in shown), "")


def instead(tree: Tree, old: str) -> Spot | None:
    """Right above the earlier result `old`, which makes way; None where that is gone or locked."""
    path = _path(tree, old)
    if not path or any(one.locked for one in path):
        return None
    return Spot(parent=path[-2].id if len(path) > 1 else "", above=old, target=old)


def _why_not(path: Sequence[Layer], choice: str, box: Box) -> str:
    if not path:
        return "No layer is active."
    layer = path[-1]
    if choice == "into" and layer.kind in _UNPAINTABLE:
        return say(_UNPAINTABLE[layer.kind], name=layer.name)
    if choice == "into" and layer.bounded and not (layer.box or box).holds(box):
        return say("“{name}” does not reach as far as the result.", name=layer.name)
    if any(one.locked for one in path):
        return say("“{name}” is locked.", name=layer.name)
    if not all(one.shown for one in path):
        return say("“{name}” is hidden.", name=layer.name)
    return ""


def _beside(tree: Tree, path: Sequence[Layer], ours: Collection[str]) -> Spot:
    """Right above the active layer, in its group; out of every group in which nothing would be seen of it."""
    depth = next((at for at, group in enumerate(path[:-1]) if not group.shown), len(path) - 1)
    siblings = path[depth - 1].children if depth else tree
    note = "" if depth == len(path) - 1 else say("“{name}” is hidden: the result lies above it.", name=path[depth].name)
    return replace(_above(siblings, path[depth], path[depth - 1].id if depth else "", ours), note=note)


def _automatic(tree: Tree, box: Box, active: str, read: Collection[str] | None, ours: Collection[str]) -> Spot:
    now = contributors(tree, box)
    ids = {layer.id for layer in _all(tree)}
    # Layers merged, flattened or deleted meanwhile: what they were read as may be anywhere below the top now.
    counting = set(read if read is not None and all(one in ids for one in read) else now)
    return _topmost(tree, counting, ours) or _nothing_there(tree, active, ours)


def _topmost(tree: Tree, counting: set[str], ours: Collection[str], parent: str = "") -> Spot | None:
    for layer in reversed(tree):
        if layer.open:
            inner = _topmost(layer.children, counting, ours, layer.id)
            if inner is not None:
                return inner
        if layer.id in counting or any(one.id in counting for one in _all(layer.children)):
            return _above(tree, layer, parent, ours)
    return None


def _nothing_there(tree: Tree, active: str, ours: Collection[str]) -> Spot:
    """Nothing shows in the box: above the active layer, or the group at the picture's own level that holds it."""
    path = _path(tree, active)
    if not path:
        return Spot(above=tree[-1].id if tree else "")
    return _above(tree, path[0], "", ours)


def _above(siblings: Tree, layer: Layer, parent: str, ours: Collection[str]) -> Spot:
    """Above `layer` and above those of `ours` that lie right on it: a newer result must not hide below an older one."""
    at = next(index for index, one in enumerate(siblings) if one.id == layer.id)
    while at + 1 < len(siblings) and siblings[at + 1].id in ours:
        at += 1
    return Spot(parent=parent, above=siblings[at].id)


def _path(tree: Tree, wanted: str) -> tuple[Layer, ...]:
    """The layer of that id with all its groups, outermost first; () when there is none."""
    for layer in tree:
        if layer.id == wanted:
            return (layer,)
        inner = _path(layer.children, wanted)
        if inner:
            return (layer, *inner)
    return ()


def _all(tree: Tree) -> Iterator[Layer]:
    for layer in tree:
        yield layer
        yield from _all(layer.children)


# --- results of other pictures ------------------------------------------------------------------------------------


def foreign_box(size: tuple[int, int], canvas: tuple[int, int]) -> Box:
    """Where a result without a place of its own goes: centred, scaled down to fit the canvas, never up."""
    scale = min(1.0, canvas[0] / size[0], canvas[1] / size[1])
    width, height = (max(1, round(side * scale)) for side in size)
    return Box((canvas[0] - width) // 2, (canvas[1] - height) // 2, width, height)
