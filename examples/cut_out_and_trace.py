"""Cut a subject out of its background, and trace what is left into an SVG.

python cut_out_and_trace.py PICTURE OUT
"""

import sys
from pathlib import Path

from recraft_core import Studio

picture, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(exist_ok=True)
studio = Studio()
subject = studio.remove_background(picture)
subject.save(out / "subject.png")
studio.vectorize(subject.pixels).save(out / "subject.svg")
print(f"{subject.units} units")
