"""Masks as programs that paint, measure and label write them."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from recraft_core import Studio
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import read_coverage, read_picture
from recraft_core.shared.errors import BadOption
from recraft_core.shared.geometry import Size
from test_odd_files import ALPHA, HEIGHT, RGB, WIDTH, X, tiff


def written(numbers, kind):
    out = BytesIO()
    Image.fromarray(numbers).save(out, kind)
    return out.getvalue()


# Type of numbers, and where masks of it are met.
DEPTHS = [
    ("u1", ["PNG", "TIFF", "array"]), ("<u2", ["PNG", "TIFF", "array", "PPM"]), ("<i4", ["TIFF", "array", "image"]),
    ("<f4", ["TIFF", "array", "image"]), ("<u4", ["tiff", "array"]), ("<i8", ["tiff", "array"]),
]  # fmt: skip


def in_depths():
    return pytest.mark.parametrize(("kind", "door"), [(kind, door) for kind, doors in DEPTHS for door in doors])


def coverage_of(numbers, door):
    size = Size(numbers.shape[1], numbers.shape[0])
    if door == "tiff":
        form = {"u": 1, "i": 2, "f": 3}[numbers.dtype.kind]
        numbers = np.pad(numbers, ((0, HEIGHT - size.height), (0, WIDTH - size.width)))
        whole = tiff(numbers, order="<", big=False, photometric=1, bits=numbers.dtype.itemsize * 8, form=form)
        return read_coverage(whole, Size(WIDTH, HEIGHT))[: size.height, : size.width]
    if door == "array":
        return read_coverage(numbers, size)
    return read_coverage(Image.fromarray(numbers) if door == "image" else written(numbers, door), size)


@in_depths()
@pytest.mark.parametrize("white", [1, 3, 255, 4095, 65535])
def test_of_a_mask_with_one_number_beside_zero_that_one_is_white(white, kind, door):
    """As programs that measure, label and segment write them."""
    if white > np.iinfo(kind if kind != "<f4" else np.int32).max:
        return
    assert np.array_equal(coverage_of(np.where(ALPHA > 0, white, 0).astype(kind), door), ALPHA)


@in_depths()
@pytest.mark.parametrize("white", [255, 4095, 65535])
def test_of_a_mask_with_soft_edges_the_largest_number_of_so_many_bits_is_white(white, kind, door):
    if white > np.iinfo(kind if kind != "<f4" else np.int32).max:
        return
    numbers = np.round(np.linspace(0, white, WIDTH)).astype(kind) * np.ones((HEIGHT, 1), kind)
    wanted = np.linspace(0, 255, WIDTH) * np.ones((HEIGHT, 1))
    assert np.abs(coverage_of(numbers, door) - wanted).max() <= 1


@in_depths()
@pytest.mark.parametrize("largest", [2, 3, 15, 300])
def test_several_numbers_far_below_white_are_labels_and_select_nothing(largest, kind, door):
    if (kind, largest) in {("<f4", 2), ("u1", 300)}:
        return  # of floats what passes 1 a little is white
    numbers = np.ones((HEIGHT, WIDTH), kind)
    numbers[0] = 0
    numbers[-1, -1] = largest
    assert not coverage_of(numbers, door).any()


@pytest.mark.parametrize("kind", ["u1", "<u2"])
def test_labels_are_told_before_anything_is_sent(kind):
    labels = (X // 16).astype(kind)
    job = Studio(local=True).job
    with pytest.raises(BadOption, match="black all over") as caught:
        job("erase", RGB, mask=written(labels, "PNG"))
    assert "from 1 to 2, far below white, as those of labels do" in caught.value.remedy


def test_one_grey_that_is_not_far_below_white_stays_a_grey():
    assert set(np.unique(coverage_of(np.where(ALPHA > 0, 100, 0).astype("u1"), "PNG"))) == {0, 100}
    assert set(np.unique(coverage_of(np.where(ALPHA > 0, 20_000, 0).astype("<u2"), "PNG"))) == {0, 78}


def test_labels_in_rows_that_come_late_count_too():
    numbers = np.zeros((600, 8), np.uint16)
    numbers[:300] = 1
    numbers[-1, -1] = 2
    assert not read_coverage(written(numbers, "PNG"), Size(8, 600)).any()


@pytest.mark.parametrize("colour", [0, 65535])
def test_a_mask_of_ones_with_alpha_is_a_mask_of_ones(colour):
    """Either in its grey or, all white, in its alpha."""
    other = np.where(ALPHA > 0, 1, 0)
    numbers = np.dstack([np.full_like(other, colour), other] if colour else [other, np.full_like(other, 65535)])
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 4, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in numbers))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert np.array_equal(read_coverage(data, Size(WIDTH, HEIGHT)), ALPHA)


def test_one_is_next_to_nothing_where_something_is_brighter():
    numbers = np.where(ALPHA > 0, 1, 0).astype(np.uint16)
    numbers[0, 0] = 65535
    assert np.count_nonzero(read_coverage(written(numbers, "PNG"), Size(WIDTH, HEIGHT)) >= 128) == 1
    assert not read_picture(written(numbers, "PNG")).pixels[1:, :, :3].any()
