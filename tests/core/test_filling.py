"""A new picture of nearly the place's shape fills the place; one of another shape keeps its own."""

import io

import numpy as np
import pytest
from PIL import Image
from recraft_core.operations.placing import place
from recraft_core.operations.sending import Reading
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan


def answer(width, height):
    """A PNG with a dark frame of 40 px, so that a cut at one side only would show."""
    pixels = np.full((height, width, 3), 230, np.uint8)
    pixels[:40], pixels[-40:], pixels[:, :40], pixels[:, -40:] = 10, 10, 10, 10
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("canvas", [Size(600, 400), Size(1200, 800), Size(403, 269), Size(400, 600)])
def test_as_the_picture_leaves_no_strips(canvas):
    wide, high = (1280, 832) if canvas.width > canvas.height else (832, 1280)
    layer = place(plan(Ask("generate", {"prompt": "a boat"}, canvas)), answer(wide, high), Reading())
    assert layer.box == Box(0, 0, *canvas)
    assert layer.pixels.shape[:2] == (canvas.height, canvas.width)
    # What was cut away is the same at both sides.
    row, column = layer.pixels[canvas.height // 2, :, 0] < 100, layer.pixels[:, canvas.width // 2, 0] < 100
    for line in (row, column):
        assert abs(int(line[: len(line) // 2].sum()) - int(line[len(line) // 2 :].sum())) <= 1


def test_another_shape_is_kept_whole():
    made = plan(Ask("generate", {"prompt": "a boat", "size": "16:9"}, Size(600, 400)))
    layer = place(made, answer(1344, 768), Reading())
    assert (layer.box.width, layer.box.height) == (600, 343)
