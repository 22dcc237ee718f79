#!/usr/bin/env python3
"""The least a plug-in can do: be called, make a small canvas, read it back, say which GIMP this is."""
import json
import os
import sys
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, GLib  # noqa: E402  versions first

OUT = Path(os.environ["RECRAFT_SMOKE_OUT"])


class Smoke(Gimp.PlugIn):
    def do_query_procedures(self):
        return ["recraft-smoke"]

    def do_set_i18n(self, name):
        return False

    def do_create_procedure(self, name):
        return Gimp.Procedure.new(self, name, Gimp.PDBProcType.PLUGIN, self.run, None)

    def run(self, procedure, config, data):
        Gegl.init(None)
        image = Gimp.Image.new(64, 48, Gimp.ImageBaseType.RGB)
        layer = Gimp.Layer.new(image, "red", 64, 48, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        everything = Gegl.Rectangle.new(0, 0, 64, 48)
        layer.get_buffer().set(everything, "R'G'B'A u8", bytes((255, 0, 0, 255)) * (64 * 48))
        layer.get_buffer().flush()
        image.insert_layer(layer, None, 0)
        corner = layer.get_buffer().get(Gegl.Rectangle.new(0, 0, 1, 1), 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
        found = {"version": Gimp.version(), "size": [image.get_width(), image.get_height()], "corner": list(corner)}
        (OUT / "report.json").write_text(json.dumps(found))
        Gimp.Display.new(image)
        Gimp.displays_flush()
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


Gimp.main(Smoke.__gtype__, sys.argv)
