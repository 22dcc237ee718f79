"""Photoshop files of GIMP, Krita and ImageMagick, and Lab TIFFs of Krita: each shows the picture of `writers.truth`."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from recraft_core.imaging.readfile import read_picture
from recraft_core.shared.errors import BadPicture

HERE = Path(__file__).parent
CASES = HERE / "cases"
sys.path.insert(0, str(HERE))

from writers import truth  # noqa: E402

# File: the picture in it, and how far its colours may be where its alpha is above 32. What lies on white in 8 bits has
# lost as much as its alpha is thin; 8 bits of Lab have few steps in the dark. GIMP rounds a deep alpha to 8 bits.
ON_WHITE = 255 // 32 + 1
FILES = {
    "gimp-graya8.psd": ("graya", ON_WHITE),
    "gimp-rgba8.psd": ("rgba", ON_WHITE),
    "gimp-rgba16.psd": ("rgba", ON_WHITE + 1),
    "krita-graya8.psd": ("graya", 1),
    "krita-graya16.psd": ("graya", 1),
    "krita-laba8.psd": ("rgba", 12),
    "krita-laba16.psd": ("rgba", 1),
    "krita-laba16.tif": ("rgba", 1),
    "magick-graya16.psd": ("graya", 1),
    "magick-cmyka8.psd": ("rgba", 2),
    "magick-cmyka16.psd": ("rgba", 1),
}


def wanted(mode):
    eight = ((truth(mode).astype(np.uint32) * 255 + 32767) // 65535).astype(int)
    return eight if eight.shape[2] == 4 else np.dstack([eight[..., :1]] * 3 + [eight[..., 1:]])


@pytest.mark.parametrize("name", FILES)
def test_colours_and_transparency_are_those_of_the_picture(name):
    mode, far = FILES[name]
    read, right = read_picture(CASES / name), wanted(mode)
    apart = np.abs(read.pixels.astype(int) - right)
    assert apart[..., 3].max() <= 1
    assert apart[right[..., 3] > 32][:, :3].max() <= far
    assert read.bits == (16 if "16" in name else 8)
    assert read.notes == ()


def test_lab_compressed_as_jpeg_is_refused_by_its_name():
    with pytest.raises(BadPicture, match="ICC Lab in 4 channels of 8 bits") as caught:
        read_picture(CASES / "krita-laba8-jpeg.tif")
    assert "PNG" in caught.value.remedy


def sections(data):
    """Head, palette, resources, layers, and the merged picture."""
    at, out = 26, [data[:26]]
    for _ in range(3):
        end = at + 4 + struct.unpack_from(">I", data, at)[0]
        out.append(data[at:end])
        at = end
    return [*out, data[at:]]


def with_layers(data, layers):
    head, palette, resources, _, picture = sections(data)
    return b"".join([head, palette, resources, struct.pack(">I", len(layers)), layers, picture])


BESIDE = struct.pack(">II", 0, 0)  # no list of layers, no mask of all


@pytest.mark.parametrize(
    ("layers", "clear"),
    [
        (b"", False),  # a saved selection, which is not the picture's transparency
        (BESIDE, False),
        (BESIDE + struct.pack(">4s4sIhxx", b"8BIM", b"Lr16", 4, 1), False),
        (BESIDE + struct.pack(">4s4sIhxx", b"8BIM", b"Lr16", 4, -1), True),
        (BESIDE + struct.pack(">4s4sI", b"8BIM", b"Mt16", 0), True),
        (BESIDE + struct.pack(">4s4sI3sx4s4sI", b"8BIM", b"Patt", 3, b"abc", b"8BIM", b"Mtrn", 0), True),
    ],
)
def test_what_says_that_a_further_channel_is_transparency(layers, clear):
    """As deep files of Photoshop list their layers, by Adobe's specification."""
    data = with_layers((CASES / "magick-graya16.psd").read_bytes(), layers)
    alpha = read_picture(data).pixels[..., 3]
    assert np.array_equal(alpha, wanted("graya")[..., 3]) if clear else (alpha == 255).all()


@pytest.mark.parametrize("name", ["magick-graya16.psd", "magick-cmyka16.psd"])
def test_a_file_cut_short_is_refused(name):
    data = (CASES / name).read_bytes()
    for share in (0.2, 0.6, 0.99):
        with pytest.raises(BadPicture, match="damaged or cut short"):
            read_picture(data[: int(len(data) * share)])
    with pytest.raises(BadPicture):
        read_picture(data[:30])


@pytest.mark.parametrize("compression", [2, 3, 9])
def test_a_compression_that_is_not_known_is_told(compression):
    """Pillow gives a black picture for it."""
    *head, picture = sections((CASES / "magick-cmyka8.psd").read_bytes())
    with pytest.raises(BadPicture, match="Photoshop file of an uncommon kind"):
        read_picture(b"".join(head) + struct.pack(">H", compression) + picture[2:])
