"""GIMP as a host of the contract, through the procedures a script would call. Runs inside gimp-console."""
import json
from pathlib import Path

import contract
from gi.repository import Gegl, Gimp

RGB, GREY = Gimp.ImageBaseType.RGB, Gimp.ImageBaseType.GRAY
# The other kinds of 32 bits have a check of their own in gimp_checks.py.
KINDS = {
    "RGBA 8": (RGB, Gimp.Precision.U8_NON_LINEAR),
    "RGBA 16 linear": (RGB, Gimp.Precision.U16_LINEAR),
    "RGBA float": (RGB, Gimp.Precision.FLOAT_LINEAR),
    "grey 8": (GREY, Gimp.Precision.U8_NON_LINEAR),
}
ANSWERS = {"create_style": "id", "enhance_prompt": "prompt", "account": "balance"}


def call(image, operation, mode=Gimp.RunMode.NONINTERACTIVE, layers=None, **options):
    """Run a procedure; its return values as a dict, "error" among them when it failed."""
    procedure = Gimp.get_pdb().lookup_procedure(f"recraft-{operation.replace('_', '-')}")
    config = procedure.create_config()
    config.set_property("image", image)
    if config.find_property("drawables"):  # what is no filter asks the image
        config.set_core_object_array("drawables", layers or (image.get_selected_layers() if image else []))
    config.set_property("run-mode", mode)
    for name, value in options.items():
        config.set_property(name.replace("_", "-"), value)
    values = procedure.run(config)
    if values.index(0) != Gimp.PDBStatusType.SUCCESS:
        return {"error": Gimp.get_pdb().get_last_error() or "it failed"}
    names = ("image", "layer", "", "units", "answer", "entry", "notes")
    told = {name: values.index(place) for place, name in enumerate(names, 1) if name and place < values.length()}
    return {"error": "", **told}


def write(layer, box, data, kind="R'G'B'A u8"):
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(*box), kind, bytes(data))
    buffer.flush()
    layer.update(*box)


def read(drawable, box, kind="R'G'B'A u8"):
    return drawable.get_buffer().get(Gegl.Rectangle.new(*box), 1.0, kind, Gegl.AbyssPolicy.NONE)


def signed(layer):
    """What the layer's parasite says."""
    parasite = layer.get_parasite("recraft")
    return json.loads(bytes(parasite.get_data())) if parasite else {}


class GimpPort(contract.Port):
    kinds = tuple(KINDS)
    can = frozenset({"layers", "selection"})  # no procedure undoes; gimp_windows.py presses Ctrl+Z

    def canvas(self, pixels, width, height, kind="RGBA 8"):
        base, precision = KINDS[kind]
        image = Gimp.Image.new_with_precision(width, height, base, precision)
        type_ = Gimp.ImageType.GRAYA_IMAGE if base == GREY else Gimp.ImageType.RGBA_IMAGE
        layer = Gimp.Layer.new(image, "ground", width, height, type_, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        write(layer, (0, 0, width, height), pixels)
        image.set_selected_layers([layer])
        return image

    def select(self, image, coverage, box):
        """Through a channel, which may reach outside and keeps every value."""
        Gimp.Selection.all(image)
        mask = image.get_selection()
        whole = bytearray(image.get_width() * image.get_height())
        for y in range(box[3]):
            for x in range(box[2]):
                at = box[0] + x, box[1] + y
                if contract.inside((0, 0, image.get_width(), image.get_height()), *at):
                    whole[at[1] * image.get_width() + at[0]] = coverage[y * box[2] + x]
        buffer = mask.get_buffer()
        buffer.set(Gegl.Rectangle.new(0, 0, image.get_width(), image.get_height()), "Y u8", bytes(whole))
        buffer.flush()
        mask.update(0, 0, image.get_width(), image.get_height())

    def run(self, image, operation, **options):
        before = self.size(image)
        told = call(image, operation, **options)
        if told["error"]:
            return contract.Ended(told["error"])
        made = told["image"]
        other = made and (made.get_id() != image.get_id() or (self.size(made) != before and operation.endswith("upscale")))
        new = self.size(made) if other else None
        ids = [signed(layer).get("image_id") for layer in made.get_layers()]
        answer = {ANSWERS[operation]: told["answer"]} if operation in ANSWERS and told["answer"] else {}
        return contract.Ended("", new, answer, [one for one in ids if one])

    def pixels(self, image):
        seen = Gimp.Layer.new_from_visible(image, image, "seen")
        return read(seen, (0, 0, image.get_width(), image.get_height()))

    def own_bytes(self, image):
        seen = Gimp.Layer.new_from_visible(image, image, "seen")
        return read(seen, (0, 0, image.get_width(), image.get_height()), None), seen.get_bpp()

    def size(self, image):
        return image.get_width(), image.get_height()

    def layers(self, image):
        return [layer.get_name() for layer in image.get_layers()]

    def selection(self, image):
        _, _, left, top, right, bottom = Gimp.Selection.bounds(image)
        return left, top, right - left, bottom - top


def processes(word):
    """Ids of running processes with `word` in their command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in path.read_bytes():
                yield int(path.parent.name)
        except OSError:
            continue
