"""Words on the canvas: where each word of a text stands, upright and turned, as the service wants to know it."""
import math

import pytest
from recraft_core.shared.geometry import Box
from recraft_core.shared.lettering import Words
from recraft_core.shared.plugin.words import Text, Word, bbox, corners, layout_of, lines_of, shares, turned


def measure(_family):
    """A font in which an I is half as wide as all else, 50 hundredths."""
    return lambda text: sum(25 if letter == "I" else 50 for letter in text)


@pytest.mark.parametrize(
    ("svg", "lines"),
    [
        ("<text>HELLO</text>", ["HELLO"]),
        ("<text><tspan>A</tspan><tspan dy='20pt'>B C</tspan></text>", ["A", "B C"]),
        ("<text><tspan y='1'>A</tspan><tspan dy='0'>B</tspan></text>", ["AB"]),
        ("<text y='4'>A\nB</text>", ["A", "B"]),
        ('<text krita:role="x">A</text>', ["A"]),
        ("<text", []),
    ],
)
def test_lines_are_where_a_part_moves_down(svg, lines):
    assert lines_of(svg) == lines


def test_words_share_a_line_by_the_width_of_their_letters():
    found = list(shares(["IIII AB", "C"], measure("")))
    assert found[:2] == [("IIII", 0.0, 0.0, 0.4, 0.5), ("AB", 0.6, 0.0, 1.0, 0.5)]
    assert found[2] == ("C", 0.0, 0.5, 0.2, 1.0)
    assert list(shares([], len)) == []


@pytest.mark.parametrize(("anchor", "left"), [("start", 0), ("middle", 40), ("end", 80)])
def test_shorter_lines_begin_where_the_anchor_says(anchor, left):
    text = Text(f"<text text-anchor='{anchor}'><tspan>ABCDE</tspan><tspan dy='9'>F</tspan></text>", measure)
    assert text.spread(Box(10, 20, 100, 40))[1] == Word("F", Box(10 + left, 40, 20, 20))


def test_text_in_a_box_is_broken_as_its_letters_fill_it():
    # Ten px a letter: "AA BB" is 50 wide.
    assert Text("<text font-size='20' inline-size='50'>AA BB CC</text>", measure).lines == ["AA BB", "CC"]
    assert Text("<text font-size='20' inline-size='49'>AA BB CC</text>", measure).lines == ["AA", "BB", "CC"]


def test_a_text_that_is_turned_has_turned_words():
    text = Text("<text>AB</text>", measure)
    [word] = turned(text, Box(0, 0, 50, 200), math.pi / 2, 40)
    xs, ys = zip(*word.corners)
    assert max(ys) - min(ys) == pytest.approx(200)
    assert max(xs) - min(xs) == pytest.approx(50)
    assert word.corners[0] == pytest.approx((50, 0)), "what was its upper left corner is at the right now"
    assert word.outline() == word.corners


def test_what_is_sent_lies_in_the_picture_and_is_what_the_service_takes():
    words = [Word("RED", Box(10, 20, 40, 20)), Word("OUT", Box(300, 0, 10, 10)), Word("CUT", Box(-10, 90, 30, 40))]
    sent = layout_of(words, Box(0, 0, 100, 100))
    assert [one["text"] for one in sent] == ["RED", "CUT"]
    assert sent[0]["bbox"] == [[0.1, 0.2], [0.5, 0.2], [0.5, 0.4], [0.1, 0.4]]
    assert sent[1]["bbox"] == [[0.0, 0.9], [0.2, 0.9], [0.2, 1.0], [0.0, 1.0]]
    assert len(Words().read(sent)) == 2
    assert bbox(corners(0, 0, 50, 100), Box(0, 0, 100, 100))[2] == [0.5, 1.0]


def test_a_sign_that_cannot_be_lettered_is_known():
    assert Word("RED", Box(0, 0, 1, 1)).letterable
    assert not Word("R🙂D", Box(0, 0, 1, 1)).letterable
