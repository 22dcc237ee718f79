"""Drawings made from a picture or from another drawing: restyled, varied, similar, and scenery alone."""

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from recraft_local import sketch
from sketching import BOAT, FLAT, apart, pixels


@pytest.fixture(scope="module")
def source():
    return pixels("a red car on a street", size=(240, 160), style="Illustration")


def restyled(source, strength, **options):
    asked = {"width": 240, "height": 160, "vector": False, "style": None, "seed": 3, **options}
    return sketch.restyle(source, "a sailboat on the sea at night", strength=strength, **asked)


def test_strength_moves_from_the_picture_to_the_prompt(source):
    far = [apart(restyled(source, s).pixels, source) for s in (0.0, 0.3, 0.6, 1.0)]
    assert far[0] == 0
    assert far == sorted(far)
    assert far[3] > 2 * far[1] > 0


def test_restyling_to_svg_needs_a_tracer_and_marks_its_work(source):
    with pytest.raises(ValueError, match="tracer"):
        restyled(source, 0.5, vector=True)

    def tracer(rgba):
        assert rgba.shape[2] == 4
        return b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><path d="M0 0L60 0L60 40z"/></svg>'

    root = fromstring(restyled(source, 0.5, vector=True, tracer=tracer).svg)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("240", "160", "0 0 60 40")
    assert len(root) == 4, "the traced path, and tag, rim and letters on top"


@pytest.mark.parametrize("size", [(240, 160), (300, 300), (320, 160), (128, 256)])
def test_a_variation_has_the_size_asked_for(source, size):
    got = sketch.variation(source, width=size[0], height=size[1], vector=False, seed=1).pixels
    assert got.shape == (size[1], size[0], 3)
    assert got.dtype == np.uint8


def test_variations_differ_from_the_picture_and_by_seed(source):
    one, two, again = (sketch.variation(source, width=240, height=160, vector=False, seed=s).pixels for s in (1, 2, 1))
    assert np.array_equal(one, again)
    assert apart(one, source) > 3
    assert apart(one, two) > 3


def test_the_less_similar_the_farther():
    def relative(similarity):
        return sketch.similar(BOAT, similarity=similarity, original_seed=7, seed=1, width=160, height=160,
                              vector=False, style=FLAT).pixels  # fmt: skip

    original = pixels()
    far = [apart(relative(s), original) for s in (5, 4, 2)]
    assert 0 < far[0] < far[1] < far[2]


def test_a_backdrop_has_scenery_but_neither_subject_nor_mark():
    asked = {"width": 160, "height": 160, "style": FLAT, "seed": 7}
    ground = sketch.backdrop("a red boat on a lake at noon", **asked)
    whole = pixels("a red boat on a lake at noon")
    reddish = [((p[..., 0].astype(int) - p[..., 1]) > 90).sum() for p in (ground, whole)]
    assert reddish[0] == 0
    assert reddish[1] > 200
    assert np.abs(sketch.mark(ground).astype(int) - ground).sum() > 0
