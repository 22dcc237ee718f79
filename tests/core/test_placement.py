"""Where a result goes: trees of layers, composited by a witness of its own, and what the rule promises."""

from dataclasses import replace

import pytest
from recraft_core.shared.geometry import Box
from recraft_core.shared.plugin.placement import (
    CHOICES,
    READS,
    Layer,
    Spot,
    contributors,
    foreign_box,
    instead,
    newest,
    read_tree,
    spot,
)

ALL, BOX, ELSEWHERE = Box(0, 0, 100, 100), Box(10, 10, 20, 20), Box(60, 60, 20, 20)
RESULT = (0.2, 0.5, 0.9)
# What each layer does at a point of BOX: a colour with its coverage, or a change of what lies below.
COLOURS = {"red": (0.8, 0.1, 0.1), "grey": (0.5, 0.5, 0.5), "green": (0.1, 0.7, 0.2), "sky": (0.4, 0.6, 0.9)}


def paint(name, colour="grey", box=ALL, mode="normal", **more):
    return Layer(f"{name}/{colour}/{mode}", name=name, box=box, plain=mode == "normal", **more)


def group(name, *children, mode="normal", **more):
    return Layer(f"{name}/group/{mode}", "group", name, children=children, plain=mode == "normal", **more)


def invert(**more):
    return Layer("filter/invert/normal", "adjustment", "filter", **more)


def composite(tree, below=None):
    """Colour and coverage at a point of BOX, bottom to top: (r, g, b, alpha)."""
    out = below or (0.0, 0.0, 0.0, 0.0)
    for layer in tree:
        if layer.visible and layer.opacity > 0:
            out = _with(out, layer)
    return out


def _with(out, layer):
    _, what, mode = layer.id.split("/")
    if layer.kind == "group" and layer.passes:
        return _mixed(out, composite(layer.children, out), layer.opacity)
    if what == "invert":
        return _mixed(out, (*(1 - channel for channel in out[:3]), out[3]), layer.opacity)
    if layer.kind == "group":
        top = composite(layer.children)
    elif layer.box is not None and layer.box.intersect(BOX).empty:
        return out
    else:
        top = (*(RESULT if what == "result" else COLOURS[what]), 1.0)
    return _over(out, top, mode, layer.opacity)


def _mixed(one, other, share):
    return tuple(a + (b - a) * share for a, b in zip(one, other))


def _over(out, top, mode, opacity):
    alpha = top[3] * opacity
    mixed = [a * b if mode == "multiply" else b for a, b in zip(out, top[:3])]
    # Where nothing lies below, every mode shows the layer itself.
    colour = [b * (1 - out[3]) + m * out[3] for b, m in zip(top[:3], mixed)]
    whole = alpha + out[3] * (1 - alpha)
    if not whole:
        return out
    return (*((c * alpha + o * out[3] * (1 - alpha)) / whole for c, o in zip(colour, out[:3])), whole)


def entered(tree, found, name="result"):
    """The tree with the result where `found` says."""
    layer = Layer(f"{name}/result/normal", name=name, box=BOX)

    def put(level, parent):
        out = []
        for one in level:
            inner = put(one.children, one.id) if one.kind == "group" else one.children
            out.append(replace(one, children=inner))
            if parent == found.parent and one.id == found.above:
                out.append(layer)
        if parent == found.parent and not found.above:
            out.append(layer)
        return tuple(out)

    return put(tree, "")


GROUND = paint("ground", "sky")
TREES = {
    "one layer": [GROUND],
    "nothing": [],
    "nothing in the box": [paint("corner", "red", ELSEWHERE)],
    "two layers": [GROUND, paint("boat", "red", BOX)],
    "a filter on top": [GROUND, invert()],
    "a filter below a layer": [GROUND, invert(), paint("boat", "red", BOX)],
    "a weak filter": [GROUND, invert(opacity=0.4)],
    "a multiplied layer on top": [GROUND, paint("shade", "grey", mode="multiply")],
    "a multiplied layer elsewhere": [GROUND, paint("shade", "grey", ELSEWHERE, mode="multiply")],
    "a hidden layer on top": [GROUND, paint("hidden", "red", visible=False)],
    "an empty-opacity layer on top": [GROUND, paint("hidden", "red", opacity=0)],
    "half a layer on top": [GROUND, paint("mist", "grey", opacity=0.5)],
    "a group": [GROUND, group("folder", paint("boat", "red", BOX))],
    "a group in front of a layer": [group("folder", paint("boat", "red", BOX)), paint("mist", "grey", opacity=0.5)],
    "a hidden group": [GROUND, group("folder", paint("boat", "red", BOX), visible=False)],
    "a multiplied group": [GROUND, group("shades", paint("shade", "grey"), mode="multiply")],
    "a weak group": [GROUND, group("folder", paint("boat", "red"), opacity=0.3)],
    "a passing group": [GROUND, group("folder", paint("boat", "red"), passes=True)],
    "a passing weak group": [GROUND, group("folder", paint("boat", "red"), passes=True, opacity=0.5)],
    "a passing group with a filter": [GROUND, group("folder", paint("boat", "red"), invert(), passes=True)],
    "a passing group, nothing there": [GROUND, group("folder", paint("boat", "red", ELSEWHERE), passes=True)],
    "a locked passing group": [GROUND, group("folder", paint("boat", "red"), passes=True, locked=True)],
    "groups in groups": [GROUND, group("a", group("b", paint("boat", "red")), invert())],
    "passing in passing": [GROUND, group("a", group("b", paint("boat", "red"), passes=True), passes=True)],
    "passing in multiplied": [GROUND, group("a", group("b", paint("x", "red"), passes=True), mode="multiply")],
    "multiplied in passing": [GROUND, group("a", group("b", paint("x", "red"), mode="multiply"), passes=True)],
    "a fill below": [Layer("fill/green/normal", "fill", "fill"), paint("boat", "red", BOX)],
    "a fill above": [GROUND, Layer("fill/green/normal", "fill", "fill", opacity=0.5)],
    "a vector layer above": [GROUND, Layer("ink/red/normal", "vector", "ink", box=BOX)],
    "a clone and a file layer": [
        GROUND, Layer("copy/red/normal", "clone", "copy", box=BOX), Layer("file/green/normal", "file", "file", box=BOX)
    ],
    "a hidden filter over a shown one": [GROUND, invert(), Layer("f/invert/x", "adjustment", "f", visible=False)],
    "inking over an empty sheet": [paint("paper", "sky", ELSEWHERE), paint("ink", "red", BOX)],
}  # fmt: skip


def layers(tree):
    for layer in tree:
        yield layer
        yield from layers(layer.children)


@pytest.mark.parametrize("name", TREES)
def test_what_was_read_from_all_that_is_visible_shows_as_it_is(name):
    tree = TREES[name]
    for active in ["", *(layer.id for layer in layers(tree))]:
        found = spot(tree, BOX, active=active, read=contributors(tree, BOX))
        assert composite(entered(tree, found))[:3] == pytest.approx(RESULT, abs=2 / 255), (active, found)


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("choice", ["automatic", "top", "above", "into", "mask"])
def test_no_choice_ever_places_a_result_unseen_or_into_nothing(name, choice):
    tree = TREES[name]
    known = {layer.id: layer for layer in layers(tree)}
    for active in ["", *known]:
        found = spot(tree, BOX, choice, active=active)
        if found.how == "layer":
            assert found.above in known or not tree
            assert not found.parent or known[found.parent].shown
            assert "result" in {layer.name for layer in layers(entered(tree, found))}
        else:
            assert known[found.target].shown


def test_it_lies_right_above_the_topmost_that_contributed_and_below_what_did_not():
    tree = [GROUND, paint("boat", "red", BOX), paint("corner", "green", ELSEWHERE), paint("off", "red", visible=False)]
    assert spot(tree, BOX).above == tree[1].id
    assert spot(tree, ELSEWHERE).above == tree[2].id


def test_the_group_that_passes_through_is_entered_and_the_isolating_one_is_not():
    inner = paint("boat", "red")
    for passes, parent in ((True, "folder/group/normal"), (False, "")):
        tree = [GROUND, group("folder", inner, passes=passes)]
        assert spot(tree, BOX).parent == parent


def test_what_was_painted_meanwhile_on_a_new_layer_stays_above():
    before = [GROUND, paint("boat", "red", BOX)]
    now = [*before, paint("new strokes", "green", BOX)]
    assert spot(now, BOX, read=contributors(before, BOX)).above == before[1].id


def test_after_a_merge_or_flatten_it_lies_on_what_is_there_now():
    read = contributors([GROUND, paint("boat", "red", BOX)], BOX)
    for now in ([paint("merged", "sky")], [GROUND, paint("merged", "red", BOX)]):
        assert spot(now, BOX, read=read).above == now[-1].id


def test_on_top_means_above_what_did_not_contribute_too():
    tree = [GROUND, paint("boat", "red", BOX), group("corner", paint("far", "green", ELSEWHERE))]
    assert spot(tree, BOX).above == tree[1].id
    assert spot(tree, BOX, "top") == Spot(above=tree[2].id)


def test_two_results_read_at_the_same_time_lie_the_newer_on_top():
    tree = [GROUND]
    read = contributors(tree, BOX)
    tree = entered(tree, spot(tree, BOX, read=read), "first")
    ours = {tree[1].id}
    assert spot(tree, BOX, read=read, ours=ours).above == tree[1].id
    assert spot(tree, BOX, "above", active=GROUND.id, ours=ours).above == tree[1].id


def test_read_this_layer_and_below_goes_right_above_this_layer():
    boat, ink = paint("boat", "red", BOX), paint("ink", "green", BOX)
    tree = [GROUND, group("folder", boat, ink), invert()]
    seen = read_tree(tree, "below", boat.id)
    assert contributors(seen, BOX) == (GROUND.id, boat.id)
    assert composite(seen)[:3] == pytest.approx(COLOURS["red"])
    found = spot(tree, BOX, active=boat.id, read=contributors(seen, BOX), what="below")
    assert (found.parent, found.above) == ("folder/group/normal", boat.id)


def test_read_this_layer_alone_or_without_chosen_ones():
    boat, ink = paint("boat", "red", BOX), paint("ink", "green", BOX)
    tree = [GROUND, group("folder", boat), ink]
    assert contributors(read_tree(tree, "layer", boat.id), BOX) == (boat.id,)
    seen = contributors(read_tree(tree, "without", chosen=[ink.id]), BOX)
    assert seen == (GROUND.id, boat.id)
    # The lines that were left out stay above the colour made below them.
    assert spot(tree, BOX, read=seen, what="without").above == "folder/group/normal"


def test_above_the_active_layer_means_in_its_group_but_not_in_a_hidden_one():
    boat = paint("boat", "red", BOX)
    shown, hidden = group("folder", boat), group("folder", boat, visible=False)
    assert spot([GROUND, shown], BOX, "above", active=boat.id).parent == shown.id
    assert not spot([GROUND, shown], BOX, "above", active=boat.id).note
    found = spot([GROUND, hidden], BOX, "above", active=boat.id)
    assert (found.parent, found.above) == ("", hidden.id)
    assert "“folder” is hidden" in found.note


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (Layer("a", "group", "Sky"), "“Sky” is a group."),
        (Layer("a", "vector", "Ink"), "“Ink” is a vector layer."),
        (Layer("a", "adjustment", "Curves"), "“Curves” is an adjustment."),
        (Layer("a", "fill", "Paper"), "“Paper” is a fill layer."),
        (Layer("a", "clone", "Twin"), "“Twin” is a clone of another layer."),
        (Layer("a", "file", "Photo"), "“Photo” is a file layer."),
        (Layer("a", "paint", "Base", locked=True), "“Base” is locked."),
        (Layer("a", "paint", "Base", visible=False), "“Base” is hidden."),
        (Layer("b", "paint", "Other"), "No layer is active."),
        (Layer("a", "paint", "Patch", box=Box(BOX.x, BOX.y, BOX.width - 1, BOX.height), bounded=True),
         "“Patch” does not reach as far as the result."),
    ],
)
def test_into_a_layer_that_cannot_take_it_is_a_layer_of_its_own_and_said(layer, why):
    found = spot([GROUND, layer], BOX, "into", active="a")
    assert (found.how, found.note) == ("layer", f"{why} The result is a layer of its own.")


def test_a_result_takes_the_place_of_the_newest_one_that_shows_there():
    old, newer, hidden, apart = (
        Layer(name, name=name, visible=name != "hidden", box=BOX if name != "apart" else BOX.moved(9999, 0))
        for name in ("old", "newer", "hidden", "apart")
    )
    tree = [GROUND, Layer("folder", "group", children=(newer,)), old, hidden, apart]
    ours = ("old", "newer", "hidden", "apart")  # as they were made
    assert newest(tree, BOX, ours) == "newer"
    assert newest(tree, BOX, ("hidden", "apart")) == ""
    assert instead(tree, "newer") == Spot(parent="folder", above="newer", target="newer")
    assert instead(tree, "old") == Spot(above="old", target="old")
    assert instead([GROUND], "newer") is None
    assert instead([Layer("folder", "group", children=(newer,), locked=True)], "newer") is None


def test_into_the_layer_as_mask_and_as_selection():
    boat = paint("boat", "red", BOX)
    assert spot([GROUND, boat], BOX, "into", active=boat.id).target == boat.id
    assert spot([GROUND, group("g", boat)], BOX, "mask", active="g/group/normal").how == "mask"
    assert spot([GROUND], BOX, "selection").how == "selection"


def test_what_documents_and_scripts_name_stays_as_it_is():
    assert tuple(READS) == ("visible", "below", "layer", "without")
    assert tuple(CHOICES) == ("automatic", "top", "above", "into", "mask", "selection")
    assert Spot("selection") == Spot("selection", parent="", above="", target="", note="")


def test_all_that_is_visible_is_read_whichever_layer_is_active():
    boat = paint("boat", "red", BOX)
    tree = [boat, paint("sky", "sky")]
    assert read_tree(tree, active=boat.id) == read_tree(tree, "visible", boat.id) == read_tree(tree) == tuple(tree)


def test_a_group_that_blends_or_is_locked_is_not_open():
    assert Layer("g", "group", passes=True).open
    for change in ({"plain": False}, {"opacity": 0.9}, {"visible": False}, {"locked": True}, {"passes": False}):
        assert not replace(Layer("g", "group", passes=True), **change).open
    assert not Layer("g", "paint", passes=True).open


def test_a_mask_contributes_nothing_of_its_own():
    assert contributors([GROUND, Layer("m", "mask", box=ALL)], BOX) == (GROUND.id,)


def test_into_a_layer_of_a_hidden_group_is_a_layer_of_its_own():
    found = spot([GROUND, Layer("g", "group", "Folder", visible=False, children=(Layer("a", name="Base"),))], BOX, "into",
                 active="a")  # fmt: skip
    assert (found.how, found.note) == ("layer", "“Base” is hidden. The result is a layer of its own.")


@pytest.mark.parametrize(
    ("size", "canvas", "box"),
    [
        ((1536, 1024), (1024, 576), (80, 0, 864, 576)),
        ((200, 100), (400, 300), (100, 100, 200, 100)),
        ((1365, 1024), (400, 300), (0, 0, 400, 300)),
        ((10, 5000), (100, 100), (49, 0, 1, 100)),
        ((2000, 100), (200, 200), (0, 95, 200, 10)),
    ],
)
def test_a_result_of_another_picture_lies_on_the_canvas(size, canvas, box):
    assert foreign_box(size, canvas) == Box(*box)
