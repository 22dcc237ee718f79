"""A result put into the pixels it was made from: outside byte for byte, inside what the two make together."""
import pytest
from hypothesis import given
from hypothesis import strategies as some
from recraft_core.shared.geometry import Box
from recraft_core.shared.plugin.in_place import cut, joined, replaced

OLD = (10, 20, 30, 40)


def put(old, layer, coverage, width):
    *_, last = replaced(bytes(old), bytes(layer), bytes(coverage), width)
    return bytes(last[0]), bytes(last[1])


@pytest.mark.parametrize(
    ("above", "covered", "becomes"),
    [
        ((0, 0, 0, 0), 0, OLD),
        ((1, 2, 3, 255), 255, (1, 2, 3, 255)),
        ((1, 2, 3, 7), 255, (1, 2, 3, 7)),  # it was replaced by something clear
        ((0, 0, 0, 0), 255, (0, 0, 0, 0)),  # it was removed
        ((10, 20, 30, 20), 128, (10, 20, 30, 40)),  # half of the same leaves the same
        ((200, 100, 0, 255), 0, (200, 100, 0, 255)),  # the result reaches beyond the selection: it lies above
    ],
)
def test_a_pixel_is_what_coverage_and_result_make_of_it(above, covered, becomes):
    [pixel] = [put(OLD, above, (covered,), 1)[0]]
    assert all(abs(one - other) <= 1 for one, other in zip(pixel, becomes)), tuple(pixel)


def test_half_covered_an_opaque_pixel_is_the_mean_and_stays_opaque():
    assert tuple(put((0, 0, 0, 255), (200, 100, 50, 128), (128,), 1)[0]) == (100, 50, 25, 255)


@given(some.data(), some.integers(1, 9), some.integers(1, 40))
def test_where_nothing_covers_the_bytes_stay(data, width, height):
    count = width * height
    old = data.draw(some.binary(min_size=4 * count, max_size=4 * count))
    coverage = data.draw(some.lists(some.sampled_from([0, 0, 255, 100]), min_size=count, max_size=count))
    alphas = [covered * data.draw(some.integers(0, 255)) // 255 for covered in coverage]
    layer = b"".join(bytes((5, 6, 7, alpha)) for alpha in alphas)
    pixels, touched = put(old, layer, coverage, width)
    for at, (covered, alpha) in enumerate(zip(coverage, alphas)):
        here, mine = slice(4 * at, 4 * at + 4), layer[4 * at : 4 * at + 4]
        assert bool(touched[at]) == bool(covered or alpha)
        if not touched[at]:
            assert pixels[here] == old[here]
        elif covered == 255:
            assert pixels[here] == mine


def test_a_part_is_cut_out_with_nothing_outside():
    data = bytes(range(12))  # 4 × 3
    assert bytes(cut(data, Box(10, 20, 4, 3), Box(12, 19, 4, 3), 1)) == bytes((0, 0, 0, 0, 2, 3, 0, 0, 6, 7, 0, 0))
    assert bytes(cut(data, Box(0, 0, 2, 3), Box(1, 1, 1, 2), 2)) == bytes((6, 7, 10, 11))
    assert bytes(cut(data, Box(0, 0, 4, 3), Box(9, 9, 2, 1), 1)) == bytes(2)


def test_only_what_was_touched_takes_new_bytes():
    assert bytes(joined(b"aabbccdd", b"AABBCCDD", bytes((0, 1, 0, 255)), 2)) == b"aaBBccDD"
