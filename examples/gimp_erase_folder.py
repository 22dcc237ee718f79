"""In GIMP: erase one box, such as a date stamp, from every JPEG of a folder. docs/gimp.md says how to run it."""
import os
from pathlib import Path

from gi.repository import Gimp, Gio

quiet, erase = Gimp.RunMode.NONINTERACTIVE, Gimp.get_pdb().lookup_procedure("recraft-erase")
box = [float(px) for px in os.environ["BOX"].split(",")]  # left, top, width, height
for path in sorted(Path(os.environ["FOLDER"]).glob("*.jpg")):
    image = Gimp.file_load(quiet, Gio.File.new_for_path(str(path)))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *box)
    config = erase.create_config()
    config.set_property("image", image)
    if erase.run(config).index(0) == Gimp.PDBStatusType.SUCCESS:
        Gimp.file_save(quiet, image, Gio.File.new_for_path(str(path.with_suffix(".clean.png"))))
