"""Masks as programs that paint, measure and label write them."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from recraft_core import Studio
from recraft_core.imaging.png import chunk
from recraft_core.imaging.readfile import read_coverage, read_mask, read_picture
from recraft_core.imaging.white import Seen
from recraft_core.shared.errors import BadPicture
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
def test_several_numbers_far_below_white_are_labels_and_refused(largest, kind, door):
    if (kind, largest) in {("<f4", 2), ("u1", 300)}:
        return  # of floats what passes 1 a little is white
    numbers = np.ones((HEIGHT, WIDTH), kind)
    numbers[0] = 0
    numbers[-1, -1] = largest
    with pytest.raises(BadPicture, match=f"from 1 to {largest}, far below white"):
        coverage_of(numbers, door)


@pytest.mark.parametrize("how", [{}, {"invert_mask": True}])
@pytest.mark.parametrize("kind", ["u1", "<u2"])
def test_labels_are_told_before_anything_is_sent(kind, how):
    labels = (X // 16).astype(kind)
    job = Studio(local=True).job
    with pytest.raises(BadPicture, match="from 1 to 2, far below white: they are labels, or the mask is a very faint"):
        job("erase", RGB, mask=written(labels, "PNG"), **how)


def test_one_grey_that_is_not_far_below_white_stays_a_grey():
    assert set(np.unique(coverage_of(np.where(ALPHA > 0, 100, 0).astype("u1"), "PNG"))) == {0, 100}
    assert set(np.unique(coverage_of(np.where(ALPHA > 0, 20_000, 0).astype("<u2"), "PNG"))) == {0, 78}


def test_labels_in_rows_that_come_late_count_too():
    numbers = np.zeros((600, 8), np.uint16)
    numbers[:300] = 1
    numbers[-1, -1] = 2
    with pytest.raises(BadPicture):
        read_coverage(written(numbers, "PNG"), Size(8, 600))


def of_alpha(grey, alpha):
    """A PNG of 16 bits, grey and alpha."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 4, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in np.dstack([grey, alpha])))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("colour", [0, 65535])
def test_a_mask_of_ones_with_alpha_is_a_mask_of_ones(colour):
    """Either in its grey or, all white, in its alpha."""
    other = np.where(ALPHA > 0, 1, 0)
    data = of_alpha(np.full_like(other, colour), other) if colour else of_alpha(other, np.full_like(other, 65535))
    assert np.array_equal(read_coverage(data, Size(WIDTH, HEIGHT)), ALPHA)


def test_one_is_next_to_nothing_where_something_is_brighter():
    numbers = np.where(ALPHA > 0, 1, 0).astype(np.uint16)
    numbers[0, 0] = 65535
    assert np.count_nonzero(read_coverage(written(numbers, "PNG"), Size(WIDTH, HEIGHT)) >= 128) == 1
    assert not read_picture(written(numbers, "PNG")).pixels[1:, :, :3].any()


WHOLE = Size(WIDTH, HEIGHT)
SOFT = np.linspace(0, 1, WIDTH) * np.ones((HEIGHT, 1))


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_labels_in_the_alpha_are_refused_where_it_selects_and_do_not_count_in_the_colours(deep, invert):
    labels, white = X // 16 * 7, 65535 if deep else 255
    full = np.full_like(labels, white)

    def read(grey, alpha):
        eight = np.dstack([grey, grey, grey, alpha]).astype(np.uint8)
        return read_mask(of_alpha(grey, alpha) if deep else eight, WHOLE, transparent=True, invert=invert)

    with pytest.raises(BadPicture, match="from 7 to"):
        read(full, labels)
    found = read(labels, np.where(ALPHA > 0, white, 0))
    assert np.array_equal(found.coverage, ALPHA if invert else ~ALPHA)
    assert found.notes == ()


@pytest.mark.parametrize("invert", [False, True])
def test_faint_alpha_of_sixteen_bits_is_read_by_the_bits_that_it_needs(invert):
    faint = np.round(100 + 1900 * SOFT).astype(int)
    found = read_mask(of_alpha(np.full_like(faint, 65535), faint), WHOLE, transparent=True, invert=invert).coverage
    opaque = found if invert else ~found
    assert np.abs(opaque - faint * (255 / 4095)).max() <= 1


@pytest.mark.parametrize(("kind", "largest", "white"), [
    ("u1", 31, 255), ("u1", 20, 255), ("<u2", 2000, 4095), ("<u2", 5000, 16383), ("<f4", 0.1, 1), ("<i4", 2000, 4095),
])  # fmt: skip
def test_a_faint_selection_with_soft_edges_is_kept(kind, largest, white):
    numbers = SOFT * largest if kind == "<f4" else np.round(SOFT * largest)
    assert np.abs(coverage_of(numbers.astype(kind), "array") - numbers * (255 / white)).max() <= 1


def test_hard_steps_tell_labels_from_soft_edges():
    with pytest.raises(BadPicture):
        read_coverage((X // 2 % 2 * (X // 4)).astype(np.uint8), WHOLE)


@pytest.mark.parametrize(("count", "kind"), [(12, "<u2"), (40, "<u2"), (100, "<u2"), (12, "<i4"), (1000, "<i4")])
def test_labels_of_any_count_are_refused(count, kind):
    labels = np.random.default_rng(count).integers(0, count + 1, (HEIGHT, WIDTH))
    with pytest.raises(BadPicture, match=f"from 1 to {count}, far below white"):
        read_coverage(labels.astype(kind), WHOLE)


def edge(numbers, kind):
    """Black, then the numbers side by side, as a selection's soft edge has them, and back."""
    row = np.repeat([0, *numbers, *reversed(numbers), 0], 3)[:WIDTH]
    return np.resize(row, WIDTH).astype(kind) * np.ones((HEIGHT, 1), kind)


FEATHERS = [
    [32, 64, 96, 128, 160, 192, 224], [36, 73, 109, 146, 182, 219], [85, 170], [64, 128, 191], [51, 102, 153, 204, 254],
    [6, 40, 128, 215, 249], [128, 254], [31, 63, 95, 127, 159, 191, 223, 254],
]  # fmt: skip
LABELS = [
    [1, 2], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8], [10, 20, 30], [7, 14], [2, 4, 6, 8], [500, 1000, 1500],
]  # fmt: skip


@pytest.mark.parametrize("numbers", FEATHERS, ids=str)
@pytest.mark.parametrize("kind", ["<u2", "<i4"])
def test_a_soft_edge_of_few_numbers_is_a_mask(kind, numbers):
    mask = edge(numbers, kind)
    assert np.array_equal(coverage_of(mask, "array"), mask)
    assert np.array_equal(coverage_of(mask.T, "array"), mask.T)
    assert np.array_equal(coverage_of(mask, "TIFF"), mask)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("steps", [3, 5, 8])
def test_a_soft_edge_of_few_numbers_at_other_depths(bits, steps):
    white = 2**bits - 1
    mask = edge([round(white * (step + 1) / (steps + 1)) for step in range(steps)], "<u2")
    assert np.abs(coverage_of(mask, "array") - mask * (255 / white)).max() <= 1


@pytest.mark.parametrize(("numbers", "kind"), [*((one, kind) for one in LABELS for kind in ("<u2", "<i4")), ([50, 100], "<u2"), ([1, 2, 3, 254], "<u2")], ids=str)
def test_few_labels_are_no_soft_edge(kind, numbers):
    with pytest.raises(BadPicture, match=f"to {numbers[-1]}, far below white"):
        coverage_of(edge(numbers, kind), "array")


@pytest.mark.parametrize("numbers", FEATHERS, ids=str)
def test_numbers_of_a_soft_edge_that_do_not_lie_side_by_side_are_labels(numbers):
    mask = edge(numbers, "<u2")
    mask[HEIGHT // 2 :] = 0  # all of them end at black, as objects do
    if len(numbers) > 1:
        with pytest.raises(BadPicture, match=f"to {numbers[-1]}, far below white"):
            coverage_of(mask, "array")


@pytest.mark.parametrize("bright", [0, 299])
def test_what_is_dim_in_a_mask_with_white_in_it_is_dim(bright):
    """Wherever the white lies."""
    numbers = np.full((300, 8), 3, np.uint8)
    numbers[bright] = 255
    assert set(np.unique(read_coverage(written(numbers, "PNG"), Size(8, 300)))) == {3, 255}


@pytest.mark.parametrize("place", [0, 5])
def test_what_is_no_number_is_no_white(place):
    mask = np.where(ALPHA > 0, 1, 0).astype("<f4")
    mask[place, 0] = np.nan
    assert read_mask(Image.fromarray(mask), WHOLE).coverage.max() == 255


@pytest.mark.parametrize("kind", ["u1", "<i8"])
def test_an_even_mask_is_the_grey_that_it_is(kind):
    """A frame of a video without an object: its black is 16."""
    found = read_mask(np.full((HEIGHT, WIDTH), 16, kind), WHOLE)
    assert set(np.unique(found.coverage)) == {16}
    assert found.notes == ()


@pytest.mark.parametrize("kind", ["u1", "<u2", "<i4"])
def test_a_number_that_is_taken_for_white_is_told(kind):
    found = read_mask(np.where(ALPHA > 0, 16, 0).astype(kind), WHOLE)
    assert np.array_equal(found.coverage, ALPHA)
    assert found.notes == ("In the mask 16 is taken for white.",)


@pytest.mark.parametrize(("kind", "door"), [("<i2", "TIFF"), ("<i2", "tiff"), ("<i2", "array"), ("<i4", "TIFF"), ("<i4", "image"), ("<i4", "array"),
                                            ("<u4", "tiff"), ("<u4", "array"), ("<i8", "array")])  # fmt: skip
def test_white_is_the_largest_number_that_the_kind_holds(kind, door):
    numbers = np.floor(SOFT * (float(np.iinfo(kind).max) * (1 - 1e-9))).astype(kind)
    if (kind, door) == ("<i2", "TIFF"):
        coverage = read_coverage(tiff(numbers, order="<", big=False, photometric=1, bits=16, form=2), WHOLE)
    else:
        coverage = coverage_of(numbers, door)
    assert np.abs(coverage - SOFT * 255).max() <= 1


def nested(numbers, inset):
    squares = np.full((64, 64), numbers[0], np.uint16)
    for at, number in enumerate(numbers[1:], 1):
        squares[at * inset : -at * inset, at * inset : -at * inset] = number
    return squares


def stripes(numbers):
    return np.repeat(numbers, -(-64 // len(numbers)))[:64].astype(np.uint16) * np.ones((64, 1), np.uint16)


AREAS = {
    "halves": stripes([100, 200]), "stripes": stripes([90, 130, 170]), "side by side": stripes([0, 400, 800]),
    "nested": nested([0, 60, 120, 200], 8), "nested deep": nested([0, 500, 800, 1000], 8),
    "narrowly nested": nested([0, 60, 120, 200], 5),
}  # fmt: skip


@pytest.mark.parametrize("name", AREAS)
@pytest.mark.parametrize("turn", [False, True])
def test_areas_of_few_numbers_are_labels_however_they_rise(name, turn):
    labels = AREAS[name].T if turn else AREAS[name]
    with pytest.raises(BadPicture, match="they are labels"):
        read_coverage(written(labels, "PNG"), Size(64, 64))


@pytest.mark.parametrize("height", [1, 2, 5, 7])
def test_areas_and_edges_are_told_apart_in_parts_of_any_height(height):
    """Also where a number ends with a part."""
    edges = [edge([85, 170], "<u2"), edge([85, 170], "<u2").T]
    for numbers, soft in [*((one, True) for one in edges), *((one, False) for one in AREAS.values())]:
        seen = Seen()
        for top in range(0, len(numbers), height):
            seen.add(numbers[top : top + height, :, None], enough=False)
        assert seen.soft(255 / 65535 if numbers.max() <= 255 else 1023 / 65535) is soft
