"""How much a drawing unfolds to: ten copies of ten copies of ten … fill any memory (the "billion laughs").

References are followed as any reader may follow them, and never fewer: every element of an id where several bear it,
rules of style sheets by the last simple selector, paints that a group hands down to what is in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ..shared.errors import BadPicture
from ..shared.i18n import say
from .drawing_css import Names, Rule, Style, clean, declarations, inherits, references, rules, spellings, style_of
from .drawing_xml import MAX_PARTS, REMEDY, too_many

HREFS = frozenset({"href", "xlink:href"})
_MAX_CHAIN = 1000  # elements and references in a row; renderers stop at about as many
_MAX_CIRCLES = 200
_MAX_NAMES = 64  # that one element refers to, with what is handed down to it
_MAX_MATCHES = 5_000_000  # elements held against rules
_FEW = 2 * MAX_PARTS  # beyond this nobody counts
_SHAPES = frozenset(
    {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "use"}
)
_MARKERS = ("marker-start", "marker-mid", "marker-end")
_SURE = re.compile(r"none|black|white|#[0-9a-f]{3}|#[0-9a-f]{6}|url\(#[\w.-]+\)", re.IGNORECASE)  # valid anywhere
_CORNER = re.compile(r"[a-df-z]|[0-9]+", re.IGNORECASE)


class _Links(NamedTuple):
    """What an element refers to by itself, and the paints in effect there, by property."""

    others: Names = frozenset()
    paints: dict[str, Names] = {}  # noqa: RUF012 - never written to


class _Weight(NamedTuple):
    """Of an element with all that it shows: its parts, the shapes among them, and the corners of those."""

    parts: int
    shapes: int
    corners: int


_PART = _Weight(1, 0, 0)


def tamed(root: ET.Element) -> None:
    """Take away the references that go in circles. Raises BadPicture when a drawing unfolds beyond all measure."""
    graph = _Graph(root)
    if graph.weight(0).parts > MAX_PARTS:
        raise too_many()
    for element, name, paints in graph.circles:
        _cut(element, name, paints)


def _cut(element: ET.Element, name: str, paints: Iterable[str]) -> None:
    """Take away what refers to `name`; the element's `paints` that do are put out, so that none is handed down."""
    for key, value in list(element.items()):
        if name not in _named(key, value):
            continue
        parts = [part for part in value.split(";") if name not in references(part)] if key == "style" else []
        if parts:
            element.set(key, clean(";".join(parts)))
        else:
            del element.attrib[key]
    for paint in paints:
        for key in _MARKERS if paint == "marker" else (paint,):
            element.set(key, "none")


def _named(key: str, value: str) -> Names:
    return spellings(value[1:]) if key in HREFS else references(value)


class _Graph:
    """The elements of a drawing by number, in its order, and what each refers to.

    An id that is referred to has a number of its own, with all its bearers below it.
    """

    def __init__(self, root: ET.Element) -> None:
        self.circles: list[tuple[ET.Element, str, list[str]]] = []
        self._elements = list(root.iter())
        numbers = {element: index for index, element in enumerate(self._elements)}
        self._has_markers = any(element.tag == "marker" for element in self._elements)
        self._below = [[numbers[child] for child in element] for element in self._elements]
        self._ids = self._numbered_ids()
        self._rules = _by_mark(rule for one in root.iter("style") for rule in rules(one.text or ""))
        self._matches = 0
        self._links = self._linked()
        self._gone: dict[int, set[int]] = defaultdict(set)
        self._weights: dict[int, _Weight] = {}
        self._weigh_the_plain()

    def _numbered_ids(self) -> dict[str, int]:
        bearers: dict[str, list[int]] = defaultdict(list)
        for index, element in enumerate(self._elements):
            bearers[element.get("id", "")].append(index)
        bearers.pop("", None)
        first = len(self._below)
        self._below += bearers.values()
        return {name: first + index for index, name in enumerate(bearers)}

    # --- what refers to what ---

    def _linked(self) -> list[_Links]:
        plain = _Links()
        around = [plain] * len(self._elements)
        out = []
        for index, element in enumerate(self._elements):
            links = self._in_effect(element, around[index])
            if len(links.others) + sum(map(len, links.paints.values())) > _MAX_NAMES:
                raise too_many()
            out.append(links)
            for child in self._below[index]:
                around[child] = links
        return out

    def _in_effect(self, element: ET.Element, around: _Links) -> _Links:
        styles = self._styles(element)
        if not styles and not around.paints and not around.others and HREFS.isdisjoint(element.keys()):
            return around  # most elements of most drawings
        asks = any(style.inherits for style in styles)
        others: Names = frozenset().union(
            *(spellings(element.get(key, "")[1:]) for key in HREFS if element.get(key)),
            *(style.others for style in styles),
            around.others if asks else (),
        )
        sure = {key for key in around.paints if _SURE.fullmatch(element.get(key, ""))} if not asks else ()
        if not sure and not any(style.paints for style in styles):
            return _Links(others, around.paints)
        paints = {key: names for key, names in around.paints.items() if key not in sure}
        for style in styles:
            for key, names in style.paints.items():
                paints[key] = paints.get(key, frozenset()) | names
        return _Links(others, paints)

    def _styles(self, element: ET.Element) -> list[Style]:
        plain = [(key, value) for key, value in element.items() if key not in _WORDLESS and _says(value)]
        styles = [style_of(plain)] if plain else []
        if _says(element.get("style", "")):
            styles.append(style_of(declarations(element.get("style", ""))))
        return [*styles, *(rule.style for rule in self._rules_for(element))] if self._rules else styles

    def _rules_for(self, element: ET.Element) -> Iterator[Rule]:
        classes, id_ = frozenset(element.get("class", "").split()), element.get("id", "")
        for mark in (*("." + one for one in classes), "#" + id_, element.tag, ""):
            for rule in self._rules.get(mark, ()):
                self._matches += 1
                if self._matches > _MAX_MATCHES:
                    raise too_many()
                if rule.tag in {"", element.tag} and rule.id in {"", id_} and rule.classes <= classes:
                    yield rule

    # --- weighing ---

    def weight(self, first: int) -> _Weight:
        """Of an element with all below it; without recursion, which a long chain would break."""
        open_ = {first: self._needed(first)}
        while open_:
            index = next(reversed(open_))
            needed = next((one for one in open_[index] if one not in self._weights), None)
            if needed is None:
                self._weights[index] = self._sum(index)
                del open_[index]
            elif needed not in open_:
                if len(open_) >= _MAX_CHAIN:
                    raise BadPicture("The references in the SVG go too deep.", remedy=REMEDY)
                open_[needed] = self._needed(needed)
            else:
                # Back to the last reference on the way here: there the circle can be cut.
                while needed < len(self._elements):
                    del open_[index]
                    needed, index = index, next(reversed(open_))
                self._close_circle(index, needed)
        return self._weights[first]

    def _weigh_the_plain(self) -> None:
        """What refers to nothing, all the way down, is counted without much ado: children come behind their parents."""
        for index in range(len(self._elements) - 1, -1, -1):
            links = self._links[index]
            if not links.others and not links.paints and all(child in self._weights for child in self._below[index]):
                self._weights[index] = self._sum(index)

    def _needed(self, index: int) -> Iterator[int]:
        yield from self._below[index]
        if index < len(self._elements):
            yield from self._targets(index, self._links[index].others)
            for names in self._paints(index).values():
                yield from self._targets(index, names)

    def _targets(self, index: int, names: Names) -> Iterator[int]:
        gone = self._gone.get(index, ())
        targets = (self._ids[name] for name in names if name in self._ids)
        return (one for one in targets if one not in gone)

    def _paints(self, index: int) -> dict[str, Names]:
        return self._links[index].paints if self._elements[index].tag in _SHAPES else {}

    def _close_circle(self, index: int, target: int) -> None:
        """Mark the reference from an element to an id that leads back to it, to be cut."""
        element = self._elements[index]
        name = self._elements[self._below[target][0]].get("id", "")
        styles = [rule.style for rule in self._rules_for(element)]
        by_rule = (names for style in styles for names in (style.others, *style.paints.values()))
        # Where a rule makes the circle, or what is around is asked for, there is nothing here to cut.
        asks = any(style.inherits for style in self._styles(element))
        if asks or any(name in names for names in by_rule) or len(self.circles) >= _MAX_CIRCLES:
            raise BadPicture(say("The SVG refers to itself in a circle (“{name}”).", name=name[:40]), remedy=REMEDY)
        paints = [key for key, names in self._paints(index).items() if name in names]
        self.circles.append((element, name, paints))
        self._gone[index].add(target)

    def _sum(self, index: int) -> _Weight:
        below = [self._weights[one] for one in self._below[index]]
        if index >= len(self._elements):
            return _Weight(*map(max, zip(*below, strict=True)))
        tag, links = self._elements[index].tag, self._links[index]
        if not below and not links.paints and not links.others:
            return _Weight(1, 1, self._corners(index)) if tag in _SHAPES else _PART
        shown = [*below, *(self._weights[one] for one in self._targets(index, links.others))]
        parts = 1 + sum(one.parts for one in shown)
        shapes = sum(one.shapes for one in shown)
        corners = sum(one.corners for one in shown)
        if tag in _SHAPES:
            mine = self._corners(index)
            shapes, corners = shapes + 1, corners + mine
            for key, names in self._paints(index).items():
                if key.startswith("marker"):
                    times = corners if tag == "use" else mine
                else:
                    times = shapes if tag == "use" else 1
                parts += times * sum(self._weights[one].parts for one in self._targets(index, names))
        return _Weight(min(parts, _FEW), min(shapes, _FEW), min(corners, _FEW))


    def _corners(self, index: int) -> int:
        """How many corners a marker may stand on: at most one for each command and number."""
        text = self._elements[index].get("d") or self._elements[index].get("points") or ""
        return 2 + len(_CORNER.findall(text)) // 2 if self._has_markers else 2


_WORDLESS = frozenset({"style", "d", "points", "id", "class", *HREFS})


def _says(value: str) -> bool:
    """Whether a value may refer to something, or ask for what is around it."""
    return ("#" in value and "(" in value) or (not value[:1].isdigit() and inherits(value))


def _by_mark(candidates: Iterator[Rule]) -> dict[str, list[Rule]]:
    """Rules under one mark that an element must bear: a class, else its id, else its tag, else "" for any."""
    out: dict[str, list[Rule]] = defaultdict(list)
    for rule in candidates:
        mark = "." + min(rule.classes) if rule.classes else "#" + rule.id if rule.id else rule.tag
        out[mark].append(rule)
    return dict(out)
