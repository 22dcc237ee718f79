"""Erase the same spot, such as a date stamp, from every picture of a folder.

python erase_folder.py PICTURES MASK OUT
"""

import sys
from pathlib import Path

from recraft_core import RecraftError, Studio

pictures, mask, out = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
out.mkdir(exist_ok=True)
studio = Studio()
for picture in sorted(pictures.glob("*.jpg")):
    try:
        print(*studio.erase(picture, mask=mask).save(out / f"{picture.stem}.png"))
    except RecraftError as error:
        # One picture of another size must not stop the rest.
        print(f"{picture.name}: {error}", file=sys.stderr)
