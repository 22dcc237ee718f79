"""Makes `files/shown.npz`: what libvips or ImageMagick reads of the kept files that are no plain copy of the picture.

    python tests/reading/keep.py

Of the two the one is kept that is nearer to us, and only when it is near; the rest is told.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
from differential import CLOSE, by_magick, by_vips, compare, expected, read_picture
from rows import rows

FOLDER = Path(__file__).parent / "files"


def main() -> None:
    """Read every kept file by everyone."""
    table, kept = {row.title: row for row in rows()}, {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix == ".npz":
            continue
        ours, found = read_picture(path).pixels, []
        wanted = expected(table[path.name])
        if wanted is not None and compare(ours, wanted)[0] <= 1:
            continue
        for reader in (by_vips, by_magick):
            with contextlib.suppress(Exception):  # a reader that cannot read it says nothing
                found.append(reader(path))
        nearest = min(found, key=lambda other: compare(ours, other), default=None)
        if nearest is None or compare(ours, nearest)[0] > CLOSE:
            print(path.name, "has no other reader that agrees")
            continue
        kept[path.name] = nearest
    np.savez_compressed(FOLDER / "shown.npz", **kept)


if __name__ == "__main__":
    main()
