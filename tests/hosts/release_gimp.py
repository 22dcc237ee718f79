"""Given to GIMP's batch interpreter: look for the menu, erase a square on a plain ground, write down what came."""
import importlib.util
import json
import os
from pathlib import Path

from gi.repository import Gegl, Gimp

SIDE, BOX = 240, (100, 100, 40, 40)
GROUND, SUBJECT = (90, 140, 200, 255), (250, 30, 30, 255)


def paint(layer, box, colour):
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(*box), "R'G'B'A u8", bytes(colour) * (box[2] * box[3]))
    buffer.flush()
    layer.update(*box)


def erase():
    image = Gimp.Image.new(SIDE, SIDE, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "ground", SIDE, SIDE, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    paint(layer, (0, 0, SIDE, SIDE), GROUND)
    paint(layer, BOX, SUBJECT)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, BOX[0] - 10, BOX[1] - 10, BOX[2] + 20, BOX[3] + 20)
    procedure = Gimp.get_pdb().lookup_procedure("recraft-erase")
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    result = procedure.run(config)
    seen = Gimp.Layer.new_from_visible(image, image, "seen").get_buffer()
    centre = seen.get(Gegl.Rectangle.new(120, 120, 1, 1), 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    return {
        "worked": result.index(0) == Gimp.PDBStatusType.SUCCESS, "layers": len(image.get_layers()), "centre": list(centre),
        "menus": list(procedure.get_menu_paths()),
        "absent": [name for name in ("numpy", "PIL", "requests") if importlib.util.find_spec(name) is None],
    }  # fmt: skip


Gegl.init(None)
Path(os.environ["RECRAFT_OUT"]).write_text(json.dumps(erase()), encoding="utf-8")
