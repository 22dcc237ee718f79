"""Drawings one level deep, their colours, and the same in other colours; what they show is drawn by resvg and compared."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from recraft_core.imaging.svg import opened, rasterise
from recraft_core.shared.geometry import Size
from recraft_core.shared.plugin.shapes import SVG, colours_in, lab, nearest, one_level, palette, recoloured

HEAD = f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" width="80" height="60" viewBox="0 0 80 60">'
NESTED = (
    '<g transform="translate(10 5)" fill="#ff0000" id="a"><g transform="scale(2)" stroke="#0000ff">'
    '<rect width="10" height="8"/><circle cx="20" cy="9" r="4" fill="rgb(0, 200, 0)"/></g>'
    '<path d="M40 30h20v10z" style="fill:#abc"/></g><rect x="60" y="2" width="9" height="9"/>'
)
DRAWINGS = {
    "nested": NESTED,
    "opacity stays": f'<g opacity="0.5">{NESTED}</g>',
    "group in a group with opacity": f'<g fill="#00ff00"><g opacity="0.5">{NESTED}<rect width="70" height="9"/></g></g>',
    "clip": f'<clipPath id="c"><rect width="30" height="30"/></clipPath><g clip-path="url(#c)">{NESTED}</g>',
    "gradient": '<defs><linearGradient id="g"><stop stop-color="#f00"/><stop offset="1" stop-color="#00f"/>'
    '</linearGradient></defs><g fill="url(#g)" transform="rotate(10)"><rect width="50" height="30"/></g>',
    "use": '<defs><rect id="r" width="9" height="9" fill="#f0f"/></defs><g transform="translate(9 9)">'
    '<use xlink:href="#r"/><use xlink:href="#r" x="20"/></g>',
    "style wins": '<g fill="#f00"><rect width="20" height="20" style="fill: #0f0"/></g>',
    "empty": "<g/>",
}


def shown(svg):
    return rasterise(opened(svg.encode()).data, Size(160, 120)).astype(int)


@pytest.mark.slow  # each is drawn twice, in a process of its own
@pytest.mark.parametrize("body", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_looks_the_same_one_level_deep(body):
    svg = f"{HEAD}{body}</svg>"
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    found = one_level(root)
    for child in list(root):
        root.remove(child)
    root.extend(found)
    assert np.abs(shown(ET.tostring(root, encoding="unicode")) - shown(svg)).max() <= 2
    ids = [child.get("id") for child in found]
    assert len(set(ids)) == len(ids)


def children(body):
    return one_level(ET.fromstring(f"{HEAD}{body}</svg>"))  # noqa: S314 - our own text


def test_plain_groups_are_gone_and_shapes_have_names():
    names = [child.get("id") for child in children(NESTED)]
    assert names == ["rect-1-ff0000", "circle-2-00c800", "path-3-aabbcc", "rect-4"]


def test_a_group_that_makes_its_shapes_look_different_stays():
    [group] = children(DRAWINGS["opacity stays"])
    assert group.tag.endswith("}g")


def test_colours_are_found_however_they_are_written():
    assert colours_in("#ABC rgb(1, 2,300) #00ff7f url(#abcd) #12345") == [(170, 187, 204), (1, 2, 255), (0, 255, 127)]
    assert palette(f"{HEAD}{NESTED}<rect fill='#f00'/></svg>", most=2)[0] == (255, 0, 0)


def test_a_photographs_colours_are_those_of_its_regions():
    """Ninety blues, none of them twice, weigh more than a red that stands there three times."""
    blues = "".join(f"<rect fill='#0a{k}f0'/>" for k in range(10, 100))
    found = palette(HEAD + blues + 3 * "<rect fill='#f00000'/>" + "</svg>")
    assert found == [(10, 0x40, 240), (10, 0x10, 240), (10, 0x80, 240), (240, 0, 0)]


@pytest.mark.slow
def test_recolouring_uses_the_palette_only_and_changes_nothing_else():
    svg = f'{HEAD}{NESTED}<text id="x">fill="#123456" is text</text></svg>'
    colours = [(0, 0, 0), (250, 20, 10), (20, 40, 240)]
    other = recoloured(svg, colours)
    assert set(palette(other)) <= set(colours)
    assert other.count("<") == svg.count("<")
    drawn = shown(other).reshape(-1, 4)
    solid = {tuple(pixel[:3]) for pixel in drawn if pixel[3] == 255}
    # Edges are mixed; what is filled is one of the palette.
    filled = [one for one in solid if (drawn[:, :3] == one).all(axis=1).sum() > 40]
    assert set(filled) <= set(colours)
    assert recoloured(svg, []) == svg


@pytest.mark.parametrize(
    ("rgb", "want"),  # as colour tables list sRGB's primaries and HTML's green, D65
    [((255, 0, 0), (53.24, 80.09, 67.20)), ((0, 128, 0), (46.23, -51.70, 49.90)), ((0, 0, 255), (32.30, 79.19, -107.86))],
)
def test_lab_is_what_colour_tables_list(rgb, want):
    assert np.allclose(lab(rgb), want, atol=0.35)


def test_the_nearest_colour_is_the_one_that_looks_so():
    assert nearest((250, 240, 10), [(0, 0, 0), (255, 255, 255), (255, 200, 0)]) == (255, 200, 0)
    assert nearest((10, 10, 40), [(0, 0, 0), (0, 0, 255)]) == (0, 0, 0)
