"""Pictures of any kind as pixels, the way a viewer shows them.

`opening` knows the kinds, `colour` and `spaces` the colours, `deep` what has more than 8 bits a channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import inf, isfinite
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from ..shared.geometry import Size
from . import deep, psdfacts, spaces, tifffacts
from .arrays import from_array
from .carried import Carried, carried_by, of_resources, of_tiff
from .colour import apart, converts, flat_of
from .decode import check_png, guarded, to_pixels
from .kinds import AS_PNG
from .opening import Header, header_of, header_of_image, uncapped
from .paged import MakeArray, copied, held, mapped_into, paged
from .pixels import Pixels, as_array
from .pngfacts import check_rows, outranks_profile, space_of
from .sources import PictureLike, is_pixels, opened
from .white import Whites

MakeBands: TypeAlias = Callable[["Pixels", "Pixels | None"], deep.Bands]
"""Gives the numbers of a deep picture; it may use the memory that it is given, zeros in the size of the picture."""


class Source(NamedTuple):
    """A picture that was read, and what a file like it should keep.

    `pixels` are upright sRGB, 8 bit. `mode` (Pillow's name) and `bits` per channel are those of the file, `icc` its
    colour profile, `dpi` px per inch across and down, `format` Pillow's name as in "PNG", or "" for arrays. `native`
    are the numbers of the file itself where its profile is RGB but not sRGB, so that they can be written unchanged.
    `frames` is how many pictures the file holds, of which `pixels` are the first. `notes` are sentences on what was
    made of it. `carried` are the blocks of EXIF, IPTC and XMP beside the pixels.
    """

    pixels: Pixels
    mode: str = "RGBA"
    bits: int = 8
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: str = ""
    native: Pixels | None = None
    frames: int = 1
    notes: tuple[str, ...] = ()
    carried: Carried = Carried()

    @property
    def size(self) -> Size:
        """Width and height in px, as shown."""
        return Size(self.pixels.shape[1], self.pixels.shape[0])


def read_picture(source: PictureLike, make: MakeArray = held) -> Source:
    """A picture from a path, bytes, an open binary file, a Pillow image or an array, as a viewer shows it.

    Turned upright by its EXIF orientation, brought to sRGB by what it says of its colours, 8 bit with alpha; of an
    animation the first picture. Arrays are (h, w) grey, (h, w, 3) or (h, w, 4), taken as sRGB: floats run 0..1,
    uint16 0..65535, bool False and True, all other whole numbers 0..255. `make` gives the arrays that pixels are read
    into. Raises BadPicture when it cannot be used, StorageTrouble when the file cannot be read, BadOption for what is
    no picture at all.
    """
    if isinstance(source, np.ndarray):
        return Source(from_array(source), bits=16 if source.dtype.newbyteorder("=") == np.uint16 else 8)
    with headed(source) as header:
        return decoded(header, make=make)


@contextmanager
def headed(source: PictureLike, otherwise: str = "The picture") -> Iterator[Header]:
    """The header of anything but an array, the file kept open for `decoded`."""
    if is_pixels(source):
        with guarded(otherwise, AS_PNG), uncapped():
            yield header_of_image(source)  # type: ignore[arg-type]
        return
    with opened(source, otherwise) as file, guarded(file.name, AS_PNG), uncapped():
        yield header_of(file)


def decoded(header: Header, *, whites: Whites | None = None, make: MakeArray = held) -> Source:
    """The picture behind a header; with `whites` as a mask: its numbers without profile and gamma, up to its white."""
    managed = whites is None
    if header.merged is not None:
        return _decoded_psd(header, header.merged, whites, make=make)
    if header.image is None:
        return _decoded_tiff(header, whites, make)
    image = header.image
    icc = image.info.get("icc_profile") or None
    if header.png and outranks_profile(header.png):
        icc = None
    facts = image.mode, _bits(image), icc, _dpi(image), image.format or ""
    frames = _frames(image)
    space, note = space_of(header.png) if header.png and managed else (None, "")
    icc = icc if managed else None
    if _is_deep(header, image):
        clipping = deep.Clipping(whites and whites.set_full(_white(image, managed=managed)))
        bands, alpha = _deep_bands(header, image, managed=managed)
        pixels, native = _gathered(header, bands, "L" if _grey(image) else "RGB", alpha, icc, space, clipping, make)
        clipped = clipping.note()
        if header.png and header.file and not all(row[:, :3].any() for row in pixels[-2:]):
            check_rows(header.file, header.png)
    else:
        clipped = ""
        image = _loaded(image, own=header.file is not None, make=make)
        if header.png and header.file:
            check_png(header.file, image)
        pixels, native = _strips(image, icc, space, make)
        if image.format in _UNUSED_ALPHA:
            _shown_if_clear(pixels)
    notes = tuple(filter(None, (*header.notes, note, clipped)))
    carried = carried_by(header.image, header.file)
    header.image = None  # its memory is needed to turn the picture
    del image
    turned = upright_array(pixels, header.turn, make)
    upright = None if native is None else upright_array(native, header.turn, make)
    return Source(turned, *facts, upright, frames, notes, carried)


# Of these many hold a fourth byte that means nothing, and say it or not.
_UNUSED_ALPHA = {"BMP", "ICO", "TGA"}


def _shown_if_clear(pixels: Pixels) -> None:
    """A picture that would be transparent all over though it has colours is opaque."""
    if not pixels[..., 3].any() and pixels[..., :3].any():
        pixels[..., 3] = 255


def _decoded_tiff(header: Header, whites: Whites | None, make: MakeArray) -> Source:
    layout = header.layout
    if layout is None:
        raise ValueError("nothing to decode")
    icc = layout.tags.get(34675) or None
    clipping = deep.Clipping(whites and whites.set_full(tifffacts.white_of(layout)))
    pixels, native = _gathered(
        header,
        lambda *_: tifffacts.bands(layout),
        layout.colours,
        layout.alpha,
        None if whites else icc,
        None,
        clipping,
        make,
    )
    mode = {"L": "F" if layout.form == 3 else "I;16"}.get(layout.colours, layout.colours) + (
        "A" if layout.alpha else ""
    )
    note = clipping.note()
    dpi = tifffacts.resolution(layout.tags)
    native = None if native is None else upright_array(native, header.turn, make)
    frames = tifffacts.frames_of(layout.file)
    pixels = upright_array(pixels, header.turn, make)
    carried = of_tiff(layout.file)
    return Source(pixels, mode, layout.bits, icc, dpi, "TIFF", native, frames, (note,) if note else (), carried)


def _decoded_psd(header: Header, psd: psdfacts.Merged, whites: Whites | None, make: MakeArray) -> Source:
    alpha = "straight" if psd.alpha else ""
    shown = None if whites else psd.icc
    clipping = deep.Clipping(whites and whites.set_full((1 << psd.bits) - 1))
    pixels, native = _gathered(header, lambda *_: psdfacts.bands(psd), psd.colours, alpha, shown, None, clipping, make)
    mode = psd.colours + ("A" if psd.alpha else "")
    carried = of_resources(psd.resources)
    return Source(pixels, mode, psd.bits, psd.icc, format="PSD", native=native, carried=carried)


def _loaded(image: Image.Image, *, own: bool, make: MakeArray) -> Image.Image:
    """The image decoded. Of a WebP file of our `own` its decoder and its second copy are let go, 12 bytes a pixel."""
    if not (own and image.format == "WEBP" and hasattr(image, "_get_next")):
        if own and make is not held:
            mapped_into(image, make)
        image.load()
        return image
    data, mode = image._get_next()[0], image.rawmode  # type: ignore[attr-defined]  # noqa: SLF001
    image._decoder = None  # type: ignore[attr-defined]  # noqa: SLF001
    return Image.frombuffer(mode, image.size, data, "raw", mode, 0, 1)


def _strips(
    image: Image.Image, icc: bytes | None, space: spaces.Space | None, make: MakeArray
) -> tuple[Pixels, Pixels | None]:
    """Pixels of a Pillow image of 8 bits, a few rows at a time; and its own numbers where they differ from them."""
    changed = space is None and converts(image.mode, icc)
    flat = flat_of(icc if changed else None)
    pixels = make((image.height, image.width, 4))
    native = make(pixels.shape) if changed and image.mode in {"RGB", "RGBX", "RGBA"} else None
    for rows in paged(pixels):
        part = image.crop((0, rows.start, image.width, rows.stop))
        if not changed:
            pixels[rows] = to_pixels(part)
            if space is not None:
                pixels[rows, :, :3] = space.shown(pixels[rows, :, :3].astype(np.uint16) * 257)
            continue
        colours, alpha = apart(part)
        pixels[rows] = as_array(flat(colours))
        if alpha is not None:
            pixels[rows, :, 3] = as_array(alpha)
        if native is not None:
            native[rows] = to_pixels(part)
    return pixels, native


def _is_deep(header: Header, image: Image.Image) -> bool:
    """True for what has more than 8 bits a channel and is read at full depth."""
    return image.mode.startswith(("I", "F")) or (header.png is not None and header.png.bits == 16)


def _grey(image: Image.Image) -> bool:
    return image.mode.startswith(("I", "F", "L")) or bool(image.mode == "RGBA" and _stored(image, "LA;16"))


def _stored(image: Image.Image, what: str) -> bool:
    return any(what in str(tile[3]) for tile in getattr(image, "tile", None) or [])


def _white(image: Image.Image, *, managed: bool) -> float:
    """The number of white in an image not yet loaded: 65535, 1 of floats, or inf where whole numbers do not tell.

    In a mask of numbers with a sign it is 32767.
    """
    if not managed and _stored(image, ";16S"):
        return 32767.0
    if image.mode == "F":
        return 1.0
    sixteen = not image.mode.startswith("I") or image.mode.startswith("I;16") or _stored(image, ";16")
    return 65535.0 if sixteen or image.format == "PPM" else inf


def _deep_bands(header: Header, image: Image.Image, *, managed: bool) -> tuple[MakeBands, str]:
    """The numbers of a deep picture that Pillow decodes, and its alpha, "" or "straight"."""
    if not image.mode.startswith(("I", "F")):
        if header.png is None or header.file is None:
            raise ValueError("no PNG")
        clear = header.png.colour in {4, 6} or header.png.key() is not None
        return partial(deep.of_png, header.file, header.png), "straight" if clear else ""
    full = _white(image, managed=managed)
    known = full in {32767, 65535} or (image.mode == "F" and image.format == "PPM")
    image.load()
    if not known:
        full = deep.white_of(image) if managed else inf
    key = image.info.get("transparency")
    key = key if isinstance(key, int) else None
    return lambda *_: deep.of_image(image, full, key), "" if key is None else "straight"


def _gathered(
    header: Header,
    bands: MakeBands,
    colours: str,
    alpha: str,
    icc: bytes | None,
    space: spaces.Space | None,
    clipping: deep.Clipping,
    make: MakeArray,
) -> tuple[Pixels, Pixels | None]:
    """All bands of a deep picture as pixels; and in the file's own colours, where a profile changed them."""
    changed = space is None and converts(colours, icc)
    if space is None and colours == "LAB":
        space = spaces.LAB
    space = space or (spaces.of_profile(icc) if icc and changed and colours in {"L", "RGB"} else None)
    lying = Size(header.size.height, header.size.width) if header.turn >= 5 else header.size
    pixels = make((lying.height, lying.width, 4))
    own = changed and colours == "RGB" and not (space and space.linear())  # 8 bits of linear light are of no use
    native = make(pixels.shape) if own else None
    if clipping.whites and colours in {"L", "RGB"}:
        clipping.whites.look(bands(pixels, native), len(colours))
    whole = ((rows, clipping.whole(numbers, len(colours))) for rows, numbers in bands(pixels, native))
    for band in deep.shown(whole, colours=colours, alpha=alpha, space=space, flat=flat_of(icc if changed else None)):
        pixels[band.rows] = band.pixels
        if native is not None:
            native[band.rows] = band.native
    return pixels, native


def upright_array(array: NDArray[np.uint8], turn: int, make: MakeArray = held) -> NDArray[np.uint8]:
    """The array as EXIF orientation `turn` says it is meant, 1 to 8; the array itself for 1. CIPA DC-008, tag 274."""
    if turn == 1:
        return array
    turned = array.swapaxes(0, 1) if turn >= 5 else array
    if turn in {3, 4, 7, 8}:
        turned = turned[::-1]
    if turn in {2, 3, 6, 7}:
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned) if make is held else copied(turned, make(turned.shape))


def _bits(image: Image.Image) -> int:
    """Bits per channel in the file; to be asked before it is loaded, when Pillow still says how it is stored."""
    if ";16" in image.mode or _stored(image, ";16"):
        return 16
    return {"1": 1, "I": 32, "F": 32}.get(image.mode, 8)


def _frames(image: Image.Image) -> int:
    """How many pictures the file holds; a PSD's are its layers, and what is read of it shows them all."""
    if isinstance(image, TiffImageFile):
        return tifffacts.frames_of(image.fp)  # type: ignore[arg-type]
    return 1 if image.format == "PSD" else int(getattr(image, "n_frames", 1))


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # A TIFF that tells no resolution reads as 1.
    return (across, down) if all(isfinite(value) and 1 < value < 1e6 for value in (across, down)) else None
