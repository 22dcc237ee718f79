"""Drawing SVG in a process of its own."""

import numpy as np
import pytest
from recraft_local.pictures import raster
from recraft_local.pictures.made import PictureTrouble

pytest.importorskip("resvg_py")
HALF = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" preserveAspectRatio="none" width="1" height="1">
<path fill="#c86432" fill-opacity="0.5" d="M 0 0 L 5 0 L 5 10 L 0 10 z"/></svg>"""
SLOW = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><filter id="f"><feGaussianBlur stdDeviation="2"/>
</filter><rect width="9" height="9" filter="url(#f)"/></svg>"""


def test_it_draws_at_the_size_asked_with_straight_alpha():
    drawn = raster.rasterise(HALF, 60, 20)
    assert drawn.shape == (20, 60, 4)
    assert np.abs(drawn[10, 10].astype(int) - (200, 100, 50, 128)).max() <= 1
    assert not drawn[:, 31:].any()


def test_a_picture_of_other_proportions_is_centred():
    square = HALF.replace(b' preserveAspectRatio="none"', b"").replace(b'width="1" height="1"', b"")
    drawn = raster.rasterise(square, 60, 20)
    assert drawn.shape == (20, 60, 4)
    assert drawn[10, 22, 3] == 128
    assert not drawn[:, :19].any()


def test_an_svg_without_a_view_box_is_scaled_by_its_size():
    drawn = raster.rasterise(
        b"<svg xmlns='http://www.w3.org/2000/svg' width='4px' height='4'><rect width='2' height='4' fill='red'/></svg>", 40, 40
    )
    assert (drawn[:, :20] == (255, 0, 0, 255)).all()
    assert not drawn[:, 20:].any()


def test_a_slow_drawing_is_stopped():
    with pytest.raises(PictureTrouble, match=r"longer than 0\.5 s"):
        raster.rasterise(SLOW, 4096, 4096, timeout_s=0.5)


def test_a_broken_svg_says_so():
    with pytest.raises(PictureTrouble, match="raster step failed"):
        raster.rasterise(b"<svg nonsense", 64, 64)
