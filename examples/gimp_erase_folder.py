"""In GIMP: erase one box, such as a date stamp, from every JPEG of a folder. docs/gimp.md says how to run it."""
import os
from pathlib import Path

from gi.repository import Gimp, Gio

quiet, erase = Gimp.RunMode.NONINTERACTIVE, Gimp.get_pdb().lookup_procedure("recraft-erase")
box = [float(px) for px in os.environ["BOX"].split(",")]  # left, top, width, height


def clean(path: Path) -> None:
    """Erase the box from one picture and save it beside it. Raises what goes wrong."""
    image = Gimp.file_load(quiet, Gio.File.new_for_path(str(path)))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *box)
    config = erase.create_config()
    config.set_property("image", image)
    if erase.run(config).index(0) != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(Gimp.get_pdb().get_last_error())
    Gimp.file_save(quiet, image, Gio.File.new_for_path(str(path.with_suffix(".clean.png"))))
    image.delete()


failed = []
for path in sorted(Path(os.environ["FOLDER"]).glob("*.jpg")):
    try:
        clean(path)
        print(f"{path.name}: done", flush=True)
    except Exception as problem:  # noqa: BLE001 - one bad picture does not stop the others
        failed.append(path.name)
        print(f"{path.name}: {problem}", flush=True)
if failed:
    raise RuntimeError(f"{len(failed)} failed: {', '.join(failed)}")  # and GIMP ends with an exit code that says so
