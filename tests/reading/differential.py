"""What we read of files that other programs wrote, beside what two further readers make of them.

Writes every row of `rows.py` (container × mode × depth × profile × orientation) with ImageMagick, libvips, ffmpeg and
tifffile, reads it with us, with libvips and with ImageMagick, and reports the differences in levels of 8 bits. Rows
without a loss and a profile are held against the picture itself as well.

    python tests/reading/differential.py --report table.md

Needs pyvips, tifffile and imagecodecs, and the programs convert and ffmpeg; what is missing is told row by row.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "core")]

from recraft_core.imaging.readfile import read_picture  # noqa: E402
from rows import rows  # noqa: E402
from writers import Row, missing, profile, truth, write  # noqa: E402

CLOSE = 3  # levels: as far as two colour engines differ from each other


class Found(NamedTuple):
    """What became of one row: differences in levels to each, None where that reader says nothing."""

    row: Row
    problem: str
    of: dict[str, tuple[int, float] | None]

    @property
    def right(self) -> bool:
        """True when the picture itself agrees, or, where that is not to be had, one of the other readers."""
        if self.problem:
            return False
        own = self.of.get("truth")
        if own is not None and own[0] <= max(1, self.row.lossy):
            return True
        # What a writer changes, as ffmpeg the last bits, is no fault of a reader: then the others have to agree.
        return any(self.of.get(name) is not None and self.of[name][0] <= CLOSE for name in ("vips", "magick"))


def expected(row: Row) -> np.ndarray | None:
    """The picture of a row in 8 bits RGBA, where writing it loses and changes nothing."""
    if row.profile not in {"", "srgb"} or row.lossy == 255 or "assocalpha" in row.name:
        return None
    numbers = truth(row.mode)
    eight = ((numbers.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    alpha = eight[..., -1] if row.mode.endswith("a") and "unspecified" not in row.name else np.full(eight.shape[:2], 255, np.uint8)  # fmt: skip
    colours = eight[..., :-1] if row.mode.endswith("a") else eight
    whole = np.dstack([np.broadcast_to(colours, (*alpha.shape, 3)), alpha])
    return turned(whole, row.turn)


def turned(array: np.ndarray, turn: int) -> np.ndarray:
    """The array as EXIF orientation `turn` shows it; written anew here, to share nothing with what is tested."""
    steps = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (3, False), 7: (3, True), 8: (1, False)}  # fmt: skip
    quarter, mirrored = steps[turn]
    whole = np.rot90(array, quarter)
    if turn in {2, 4}:
        return whole[:, ::-1]
    return {5: np.swapaxes(array, 0, 1), 7: np.rot90(np.swapaxes(array, 0, 1), 2)}.get(turn, whole) if mirrored else whole  # fmt: skip


def by_vips(path: Path) -> np.ndarray:
    """RGBA of 8 bits in sRGB by libvips."""
    import pyvips

    image = pyvips.Image.new_from_file(str(path)).autorot()
    if "icc-profile-data" in image.get_fields():
        image = image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True)
    if image.format in {"float", "double"} and image.interpretation not in {"lab", "scrgb"}:
        image = (image * 255).copy(interpretation="srgb" if image.bands > 2 else "b-w")
    image = image.colourspace("srgb").rint().cast("uchar")
    array = image.numpy()
    array = array[..., None] if array.ndim == 2 else array
    if array.shape[-1] in {1, 2}:
        array = np.dstack([np.repeat(array[..., :1], 3, axis=-1), array[..., 1:]])
    return array if array.shape[-1] == 4 else np.dstack([array[..., :3], np.full(array.shape[:2], 255, np.uint8)])


def by_magick(path: Path) -> np.ndarray:
    """RGBA of 8 bits in sRGB by ImageMagick."""
    icc = profile("srgb")
    size = subprocess.run(["convert", f"{path}[0]", "-auto-orient", "-format", "%w %h %[profiles]\n", "info:"],
                          check=True, capture_output=True, timeout=60).stdout.split()  # fmt: skip
    managed = ("-intent", "Relative", "-black-point-compensation", "-profile", str(icc)) if any(b"icc" in one for one in size[2:]) else ("-colorspace", "sRGB")  # fmt: skip
    words = ["convert", f"{path}[0]", "-auto-orient", *managed, "-colorspace", "sRGB", "-depth", "8", "RGBA:-"]
    data = subprocess.run(words, check=True, capture_output=True, timeout=60).stdout
    return np.frombuffer(data, np.uint8).reshape(int(size[1]), int(size[0]), 4)


def compare(ours: np.ndarray, other: np.ndarray | None) -> tuple[int, float] | None:
    """Largest and mean difference in levels, of alpha and of the colours where something shows; None without other."""
    if other is None:
        return None
    if ours.shape != other.shape:
        return 999, 999.0
    apart = np.abs(ours.astype(int) - other.astype(int))
    seen = (ours[..., 3] > 8) | (other[..., 3] > 8)  # colours under next to no alpha are rounded away by some
    apart[..., :3][~seen] = 0
    return int(apart.max()), round(float(apart.mean()), 3)


def looked_at(row: Row, folder: Path) -> Found:
    """One row written, and read by everyone."""
    try:
        path = write(row, folder)
    except Exception as problem:  # noqa: BLE001 - the other program's trouble is told as such
        said = getattr(problem, "stderr", b"") or str(problem).encode()
        return Found(row, "not written: " + said.decode("utf-8", "replace").strip().splitlines()[-1][:90], {})
    try:
        ours = read_picture(path).pixels
    except Exception as problem:  # noqa: BLE001 - whatever it is goes into the table
        return Found(row, f"{type(problem).__name__}: {problem}", {})
    others: dict[str, Any] = {"truth": expected(row)}
    for name, reader in (("vips", by_vips), ("magick", by_magick)):
        try:
            others[name] = reader(path)
        except Exception:  # noqa: BLE001 - a reader that cannot read it says nothing about us
            others[name] = None
    return Found(row, "", {name: compare(ours, other) for name, other in others.items()})


def table(found: list[Found]) -> str:
    """The rows that differ, and how many agree."""
    counts = Counter(one.row.writer for one in found if one.right)
    every = Counter(one.row.writer for one in found)
    lines = ["| writer | files | agree |", "|---|---|---|"]
    lines += [f"| {name} | {every[name]} | {counts[name]} |" for name in every]
    lines += ["", "| file | truth | libvips | ImageMagick | |", "|---|---|---|---|---|"]
    for one in found:
        if not one.right:
            cells = [str(one.of.get(name) or "") for name in ("truth", "vips", "magick")]
            lines.append(f"| {one.row.title} | {' | '.join(cells)} | {one.problem} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """The whole table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--report", type=Path, help="a Markdown file for the table; else it is printed")
    words.add_argument("--only", default="", help="rows whose name holds this")
    words.add_argument("--folder", type=Path, help="where to keep the files; else they are thrown away")
    chosen = words.parse_args()
    start, found = time.monotonic(), []
    with TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for row in rows():
            if chosen.only in row.title:
                gone = missing(row)
                found.append(Found(row, f"not written: {gone}", {}) if gone else looked_at(row, folder))
    text = table(found) + f"\n{len(found)} files, {time.monotonic() - start:.0f} s.\n"
    if chosen.report:
        chosen.report.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
