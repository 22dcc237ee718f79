"""Damaged picture files by the million: headers and masks are read or refused, and nothing else happens.

    python tests/fuzz/fuzz_reading.py headers --count 1000000 --minutes 30
    python tests/fuzz/fuzz_reading.py masks --count 1000000 --minutes 30

Each input is made from a small picture of one of many kinds by a few changes, from its number alone, so that
`--only NUMBER` makes it again. The work is done in a process of its own, a batch at a time, with a bound on its
memory: what ends it is told by its number as well.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

from recraft_core.imaging.decode import guarded
from recraft_core.imaging.opening import header_of
from recraft_core.imaging.readfile import opened, read_mask
from recraft_core.shared.errors import RecraftError
from recraft_core.shared.geometry import Size

BATCH = 5000
SIDE = 12
MEMORY = 2 << 30
ODD = (0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
CASES = Path(__file__).parents[1] / "reading" / "cases"


def seeds() -> list[bytes]:
    """Small whole files of every kind and mode that Pillow writes, and the cases of the tests."""
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 4), dtype=np.uint8)
    full = Image.fromarray(noise)
    found = []
    for kind in (
        "PNG",
        "JPEG",
        "WEBP",
        "TIFF",
        "GIF",
        "BMP",
        "PPM",
        "TGA",
        "SGI",
        "PCX",
        "JPEG2000",
        "ICO",
        "DDS",
        "AVIF",
    ):
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"):
            try:
                out = BytesIO()
                (full.convert("L").convert(mode) if mode in {"I;16", "F"} else full.convert(mode)).save(out, kind)
            except (OSError, ValueError, KeyError):
                continue  # the kind has no such mode
            found.append(out.getvalue())
    for packed in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        out = BytesIO()
        full.save(out, "TIFF", compression=packed)
        found.append(out.getvalue())
    return found + [path.read_bytes() for path in sorted(CASES.iterdir()) if path.stat().st_size < 8000]


def made(number: int, whole: list[bytes]) -> bytes:
    """Input `number`: one of the files with a few changes."""
    chance = np.random.default_rng(number)
    data = bytearray(whole[int(chance.integers(len(whole)))])
    for _ in range(int(chance.integers(1, 6))):
        # Headers matter most, and lie at the beginning; those of a TIFF may lie at the end.
        at = int(min(chance.integers(len(data)), chance.integers(len(data)))) if chance.random() < 0.8 else int(chance.integers(len(data)))  # fmt: skip
        step = int(chance.integers(7))
        if step == 0:
            data[at] ^= 1 << int(chance.integers(8))
        elif step == 1:
            data[at] = int(chance.integers(256))
        elif step in {2, 3}:
            form = ("<I", ">I", "<H", ">H")[int(chance.integers(4))]
            value = ODD[int(chance.integers(len(ODD)))]
            packed = struct.pack(form, value & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
            data[at : at + len(packed)] = packed
        elif step == 4:
            del data[at : at + int(chance.integers(1, 20))]
        elif step == 5:
            other = whole[int(chance.integers(len(whole)))]
            data[at : at + 16] = other[at : at + 16]
        else:
            del data[max(at, 20) :]
        data = data or bytearray(b"\0")
    return bytes(data)


def headers(data: bytes) -> None:
    """The header is read or refused."""
    with opened(data) as file, guarded("The picture", "-"):
        header_of(file)


def masks(data: bytes) -> None:
    """The mask is read or refused."""
    read_mask(data, Size(SIDE, SIDE))


def batch(what: str, first: int, count: int) -> int:
    """Some inputs in this process; a line on standard output for each finding, and one at the end."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    whole, door = seeds(), {"headers": headers, "masks": masks}[what]
    slowest, at, refused = 0.0, first, 0
    for number in range(first, first + count):
        data = made(number, whole)
        sys.stderr.write(f"\r{number}")  # the last one told is the one that ended the process
        start = time.process_time()
        try:
            door(data)
        except RecraftError:
            refused += 1
        except BaseException as problem:  # noqa: BLE001 - this is what is looked for
            print(f"found {number} {type(problem).__name__}: {problem}")
        taken = time.process_time() - start
        if taken > slowest:
            slowest, at = taken, number
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"done {count} {refused} {slowest:.4f} {at} {peak:.0f}")
    return 0


def main() -> int:
    """Batches until the count or the time is reached; then a summary."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("what", choices=("headers", "masks"))
    words.add_argument("--count", type=int, default=1_000_000)
    words.add_argument("--minutes", type=float, default=30.0)
    words.add_argument("--first", type=int, default=0, help="the number to begin with")
    words.add_argument("--only", type=int, help="one input, in this process, with its trace")
    words.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.only is not None:
        {"headers": headers, "masks": masks}[chosen.what](made(chosen.only, seeds()))
        return 0
    if chosen.batch:
        return batch(chosen.what, chosen.first, chosen.batch)
    end, number = time.monotonic() + 60 * chosen.minutes, chosen.first
    done = refused = found = 0
    slowest, peak = (0.0, 0), 0
    while done < chosen.count and time.monotonic() < end:
        size = min(BATCH, chosen.count - done)
        call = [sys.executable, __file__, chosen.what, "--first", str(number), "--batch", str(size)]
        answer = subprocess.run(call, capture_output=True, text=True, check=False)
        for line in answer.stdout.splitlines():
            if line.startswith("found"):
                found += 1
                print(line, flush=True)
            elif line.startswith("done"):
                _, _, no, seconds, at, memory = line.split()
                refused, slowest, peak = (
                    refused + int(no),
                    max(slowest, (float(seconds), int(at))),
                    max(peak, int(memory)),
                )
        if answer.returncode:
            found += 1
            print(f"found {answer.stderr.split(chr(13))[-1][:200]} ended its process ({answer.returncode})", flush=True)
        done, number = done + size, number + size
    print(f"the slowest: input {slowest[1]}")
    print(json.dumps({"tried": done, "right": done - refused - found, "refused": refused, "failed": found,
                      "slowest_s": round(slowest[0], 2), "peak_mb": peak}))  # fmt: skip
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
