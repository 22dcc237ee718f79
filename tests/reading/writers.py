"""Files that other programs write: container × mode × depth × profile × orientation. Each row is one file.

A writer gets a plain 16-bit picture (PPM or PAM, which every program reads) and makes a file of it. What is not on
the machine is told by `missing`, so that no row is left out in silence.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 41, 29
PROFILE_FOLDERS = ("/usr/share/color/icc/krita", "/usr/share/color/icc/ghostscript", "/usr/share/color/icc")
PROFILES = {
    "srgb": "sRGB-elle-V2-srgbtrc.icc",
    "wide": "ClayRGB-elle-V2-g22.icc",
    "large": "LargeRGB-elle-V2-g22.icc",
    "linear": "Rec2020-elle-V4-g10.icc",
    "gray22": "Gray-D50-elle-V2-g22.icc",
    "gray10": "Gray-D50-elle-V4-g10.icc",
    "cmyk": "cmyk.icm",
}


@dataclass(frozen=True)
class Row:
    """One file to be written: by which program, its name, and the rest of the command."""

    writer: str
    name: str
    mode: str
    how: tuple[str, ...] = ()
    profile: str = ""
    turn: int = 1
    lossy: int = 0

    @property
    def title(self) -> str:
        """The row as a name for a test."""
        return f"{self.writer}-{self.name}"


def profile(name: str) -> Path | None:
    """The file of a profile by its short name; None when the machine has none of that name."""
    folders = [Path(one) for one in PROFILE_FOLDERS]
    return next((folder / PROFILES[name] for folder in folders if (folder / PROFILES[name]).is_file()), None)


def missing(row: Row) -> str:
    """Why a row cannot be written here, or ""."""
    program = {"magick": "convert", "ffmpeg": "ffmpeg"}.get(row.writer)
    if program and not shutil.which(program):
        return f"{program} is not on this machine"
    if not program and importlib.util.find_spec({"vips": "pyvips"}.get(row.writer, row.writer)) is None:
        return f"the Python package of {row.writer} is not installed"
    if row.profile and profile(row.profile) is None:
        return f"the profile {PROFILES[row.profile]} is not on this machine"
    return ""


def truth(mode: str) -> np.ndarray:
    """The picture of a mode, uint16 (h, w, channels): smooth, edged and noisy parts, and a soft alpha."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    red, green, blue = x / (WIDTH - 1), y / (HEIGHT - 1), 1 - (x + y) / (WIDTH + HEIGHT - 2)
    rgb = np.stack([red, green, blue], axis=-1)
    rgb[4:12, 5:13] = (1, 0, 0)
    rgb[4:12, 15:23] = (0, 1, 0)
    rgb[4:12, 25:33] = (0, 0, 1)
    rgb[14:20, 5:13] = (1, 1, 1)
    rgb[14:20, 15:23] = (0, 0, 0)
    rgb += np.random.default_rng(8).normal(0, 0.004, rgb.shape)
    alpha = np.clip(1.2 - np.hypot(x - 20, y - 14) / 20, 0, 1)[..., None]
    parts = {"gray": rgb[..., :1] * 0.5 + rgb[..., 1:2] * 0.5, "rgb": rgb, "bw": (rgb[..., 1:2] > 0.5).astype(float)}
    base = parts.get(mode.removesuffix("a"), parts["rgb"])
    whole = np.dstack([base, alpha]) if mode.endswith("a") else base
    return np.floor(np.clip(whole, 0, 1) * 65535 + 0.5).astype(np.uint16)


def as_pam(numbers: np.ndarray) -> bytes:
    """A PAM of 16 bits: P7, which ImageMagick, libvips and ffmpeg read."""
    height, width, depth = numbers.shape
    kind = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}[depth]
    head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 65535\nTUPLTYPE {kind}\nENDHDR\n"
    return head.encode() + numbers.astype(">u2").tobytes()


def write(row: Row, folder: Path) -> Path:
    """Write the file of a row. Raises when its program fails."""
    target = folder / f"{row.writer}-{row.name}"
    numbers = truth(row.mode)
    if row.writer in {"magick", "ffmpeg"}:
        source = folder / f"source-{row.mode}.pam"
        source.write_bytes(as_pam(numbers))
        _run([_word(word, row, source, target) for word in row.how])
    elif row.writer == "vips":
        _vips(row, numbers, target)
    else:
        _tifffile(row, numbers, target)
    return target


def _word(word: str, row: Row, source: Path, target: Path) -> str:
    icc = str(profile(row.profile)) if row.profile else ""
    return word.replace("{in}", str(source)).replace("{out}", str(target)).replace("{icc}", icc)


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def _vips(row: Row, numbers: np.ndarray, target: Path) -> None:
    import pyvips

    how = dict(pair.split("=", 1) for pair in row.how)
    form = how.pop("format", "uchar")
    values = _in_form(numbers, form)
    height, width, bands = values.shape
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(values).data, width, height, bands, form)
    wide = form == "ushort"
    kind = ("grey16" if wide else "b-w") if bands < 3 else ("rgb16" if wide else "srgb")
    image = image.copy(interpretation=kind)
    if row.turn != 1:
        image = image.copy()
        image.set_type(pyvips.GValue.gint_type, "orientation", row.turn)
    if row.profile:
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile(row.profile).read_bytes())
    image.write_to_file(str(target) + ("[" + ",".join(f"{a}={b}" for a, b in how.items()) + "]" if how else ""))


def _in_form(numbers: np.ndarray, form: str) -> np.ndarray:
    if form == "uchar":
        return ((numbers.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return (numbers / 65535).astype({"float": np.float32, "double": np.float64}[form]) if form != "ushort" else numbers


def _tifffile(row: Row, numbers: np.ndarray, target: Path) -> None:
    import tifffile

    how = dict(pair.split("=", 1) for pair in row.how)
    values = _in_type(numbers, np.dtype(how.pop("dtype", "u1")))
    order = how.pop("byteorder", "<")
    more = {"photometric": how.pop("photometric"), "metadata": None}
    for name in ("predictor", "rowsperstrip"):
        if name in how:
            more[name] = int(how.pop(name))
    if "tile" in how:
        more["tile"] = (int(how["tile"]),) * 2
    if "compression" in how:
        more["compression"] = how["compression"]
    if "extra" in how:
        more["extrasamples"] = [how["extra"]]
    if how.get("planar"):
        values, more["planarconfig"] = np.moveaxis(values, -1, 0), "separate"
    if more["photometric"] == "miniswhite":
        values = (1 - values) if values.dtype.kind == "f" else ~values
    tags = [(274, "H", 1, row.turn, True)] if row.turn != 1 else []
    icc = profile(row.profile).read_bytes() if row.profile else None
    single = values[..., 0] if values.shape[-1] == 1 and not how.get("planar") else values
    with tifffile.TiffWriter(target, byteorder=order, bigtiff=how.get("big") == "1") as file:
        file.write(single, extratags=tags, iccprofile=icc, **more)


def _in_type(numbers: np.ndarray, kind: np.dtype) -> np.ndarray:
    if kind.kind == "f":
        return (numbers / 65535).astype(kind)
    top = np.iinfo(kind).max
    scaled = numbers.astype(np.float64) / 65535 * float(top)
    return np.minimum(np.floor(scaled + 0.5), float(top)).astype(np.float64).clip(0, np.nextafter(float(top), 0) if top > 1 << 53 else top).astype(kind)  # fmt: skip
