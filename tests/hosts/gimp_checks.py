"""What only GIMP has: groups, offsets, layer masks, depths, parasites, run modes, a plug-in that is killed.

Runs inside gimp-console, where the batch interpreter is a plug-in itself and can also load ours from its folder.
"""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in GIMP's own Python

import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import contract
from gi.repository import Babl, Gegl, Gimp, Gio
from gimp_port import GimpPort, call, processes, read, signed, write

sys.path.append(str(Path(Gimp.directory()) / "plug-ins" / "recraft"))
from recraft_gimp import colours, drawings, layers, painting, placing, reading, saving, texts
from recraft_gimp.memory import memory
from recraft_gimp.menu import MENU
from recraft_gimp.requests import GimpRequests
from recraft_gimp.shared.plugin import following

AROUND, WIDTH, HEIGHT = contract.AROUND, contract.WIDTH, contract.HEIGHT
FULL = b"\xff" * (AROUND[2] * AROUND[3])
TRIANGLES = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 640 640"
preserveAspectRatio="none"><path d="M0 0L640 0L0 640Z" fill="#FF0000"/>
<path d="M400 400L600 400L600 600L400 600Z" fill="rgb(60,120,200)"/></svg>"""


class Contract(contract.HostContract, unittest.TestCase):
    port = GimpPort()

    def tearDown(self):
        forget()


def forget():
    for image in Gimp.get_images():
        image.delete()


class Case(unittest.TestCase):
    port = GimpPort()
    tearDown = Contract.tearDown

    def selected(self, kind="RGBA 8", coverage=FULL):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT, kind)
        self.port.select(image, coverage, AROUND)
        return image, image.get_layers()[0]

    def erased(self, image, **options):
        told = call(image, "erase", **options)
        self.assertEqual(told["error"], "")
        return told

    def gone(self, image):
        Contract.assert_square_is_gone(self, image)


class Placing(Case):
    def test_the_result_stands_above_its_source_in_its_group_at_the_exact_box(self):
        image, layer = self.selected()
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        image.reorder_item(layer, group, 0)
        told = self.erased(image, layers=[layer])
        new = told["layer"]
        self.assertEqual(new.get_parent().get_id(), group.get_id())
        self.assertEqual([one.get_name() for one in group.get_children()], ["Erase", "ground"])
        _, left, top = new.get_offsets()
        self.assertEqual((left, top, new.get_width(), new.get_height()), AROUND)
        self.gone(image)

    def test_the_source_keeps_bytes_offsets_mask_and_name(self):
        image, layer = self.selected()
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(mask)
        before = read(layer, (0, 0, WIDTH, HEIGHT)), layer.get_offsets(), layer.get_name()
        self.erased(image)
        after = read(layer, (0, 0, WIDTH, HEIGHT)), layer.get_offsets(), layer.get_name()
        self.assertEqual(before, after)
        self.assertEqual(layer.get_mask().get_id(), mask.get_id())
        self.assertEqual(set(read(mask, (0, 0, WIDTH, HEIGHT), "Y u8")), {255})

    def test_a_layer_off_the_canvas_is_read_at_its_place(self):
        image = Gimp.Image.new(WIDTH, HEIGHT, Gimp.ImageBaseType.RGB)
        layer = Gimp.Layer.new(image, "far", WIDTH, HEIGHT, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        write(layer, (0, 0, WIDTH, HEIGHT), contract.scene())
        layer.set_offsets(-37, 21)
        sight = reading.look(image, [layer])
        box = reading.Box(0, 0, 200, 200)
        for only in (True, False):
            data = reading.pixels(sight, box, only_layer=only)
            self.assertEqual(tuple(data[:4]), (0, 0, 0, 0), "above the layer there is nothing")
            x, y = contract.SQUARE[0] - 37, contract.SQUARE[1] + 21
            self.assertEqual(contract.at(data, x, y, 200), contract.SUBJECT)
            self.assertEqual(contract.at(data, x - 1, y, 200), contract.BACKGROUND)

    def test_the_selection_can_become_a_layer_mask_to_the_last_value(self):
        image, _ = self.selected(coverage=contract.soft(AROUND, 12))
        new = self.erased(image, result="mask")["layer"]
        _, left, top = new.get_offsets()
        box = (left, top, new.get_width(), new.get_height())
        self.assertEqual(read(new.get_mask(), (0, 0, *box[2:]), "Y u8"), read(image.get_selection(), box, "Y u8"))
        self.assertEqual(set(read(new, (0, 0, *box[2:]))[3::4]), {255})
        self.assertFalse(new.get_edit_mask())

    def test_a_new_image_leaves_the_old_one_alone(self):
        image, _ = self.selected()
        told = self.erased(image, result="image")
        self.assertNotEqual(told["image"].get_id(), image.get_id())
        self.assertEqual(self.port.layers(image), ["ground"])
        self.assertEqual(self.port.size(told["image"]), (WIDTH, HEIGHT))

    def test_an_indexed_image_keeps_its_colours_and_gets_a_new_image(self):
        image, _ = self.selected()
        image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
        told = self.erased(image)
        self.assertIn("indexed", told["notes"])
        self.assertEqual(self.port.layers(image), ["ground"])
        self.assertEqual(told["image"].get_base_type(), Gimp.ImageBaseType.RGB)

    def test_deep_and_grey_images_are_told_about(self):
        for kind, word in (("RGBA 16 linear", "8 bits"), ("grey 8", "greyscale")):
            image, _ = self.selected(kind)
            self.assertIn(word, self.erased(image)["notes"])

    def test_colours_are_right_in_sixteen_bit_linear(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT, "RGBA 16 linear")
        grey = bytes((128, 64, 32, 200)) * (20 * 10)
        layer = painting.insert(image, (None, 0), "grey", reading.Box(5, 7, 20, 10), grey)
        self.assertEqual(read(layer, (0, 0, 20, 10)), grey)
        self.assertEqual(layer.get_offsets()[1:], (5, 7))

    def test_in_32_bits_not_the_last_bit_changes_where_nothing_is_placed(self):
        for name in ("FLOAT_PERCEPTUAL", "FLOAT_NON_LINEAR", "U32_PERCEPTUAL"):
            image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
            image.convert_precision(getattr(Gimp.Precision, name))
            before, bytes_ = self.port.own_bytes(image)
            half = bytes((10, 200, 30, 255)) * 400 + bytes(1600)  # the lower rows cover nothing
            painting.insert(image, (None, 0), "half", reading.Box(30, 40, 40, 20), half)
            after, _ = self.port.own_bytes(image)
            changed = {at // bytes_ for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}
            self.assertEqual({(at % WIDTH // 40, at // WIDTH // 10) for at in changed}, {(0, 4), (1, 4)}, name)

    def test_a_closed_image_costs_nothing_but_a_new_one(self):
        image, layer = self.selected()
        sight = reading.look(image, [layer])
        image.delete()
        message = made_result([5, 6, 8, 4], bytes((9, 9, 9, 255)) * 32)
        placed = placing.place(sight, message, placing.PlacementOptions("layer", title="Late"))
        self.assertIn("closed", placed.notes[0])
        self.assertEqual(placed.layers[0].get_name(), "Late")

    def test_a_layer_says_where_it_comes_from(self):
        image, _ = self.selected()
        told = self.erased(image)
        said = signed(told["layer"])
        self.assertEqual(said["operation"], "erase")
        self.assertEqual((told["units"], said["units"]), (0, 0), "this computer charges nothing")
        self.assertTrue(said["entry"])

    def test_an_image_says_how_its_parts_were_made_and_so_do_files_of_it(self):
        image, _ = self.selected()
        call(image, "inpaint", prompt="zebracake")
        self.assertIn("digitalsourcetype/composite<", image.get_metadata().serialize())
        made = call(None, "generate", prompt="a boat")["image"]
        self.assertIn("digitalsourcetype/algorithmicMedia<", made.get_metadata().serialize())
        said = {"source": "trainedAlgorithmicMedia", "system": "Recraft", "told": {"prompt": "zebracake"}}
        result = made_result([0, 0, 8, 8], bytes((200, 30, 40, 255)) * 64)
        result.fields["provenance"] = said
        for ending in ("jpg", "tif"):
            path = Path(os.environ["HOME"]) / f"said.{ending}"
            saving.save(result, result["layers"][0], str(path))
            for word in (b"digitalsourcetype/trainedAlgorithmicMedia", b"zebracake"):
                self.assertTrue(word in path.read_bytes(), f"{word} in {path.name}")

    def test_a_floating_selection_is_refused_in_words(self):
        image, layer = self.selected()
        Gimp.Selection.float(image, [layer], 0, 0)
        self.assertIn("Anchor", call(image, "erase", layers=[layer])["error"])

    def test_nothing_is_put_into_a_locked_group(self):
        image, layer = self.selected()
        group = Gimp.GroupLayer.new(image, "closed")
        image.insert_layer(group, None, 0)
        image.reorder_item(layer, group, 0)
        group.set_lock_content(True)
        self.erased(image, layers=[layer])
        self.assertEqual(self.port.layers(image), ["Erase", "closed"])
        self.gone(image)

    def over(self, image, mode, colour=(110, 110, 110, 255)):
        """A layer of one colour over the whole image, not the chosen one."""
        layer = Gimp.Layer.new(image, "over", WIDTH, HEIGHT, Gimp.ImageType.RGBA_IMAGE, 100, mode)
        image.insert_layer(layer, None, 0)
        write(layer, (0, 0, WIDTH, HEIGHT), bytes(colour) * (WIDTH * HEIGHT))
        image.set_selected_layers([image.get_layers()[-1]])
        return layer

    def test_what_lies_above_is_not_applied_twice(self):
        for mode in (Gimp.LayerMode.MULTIPLY, Gimp.LayerMode.SCREEN, Gimp.LayerMode.NORMAL):
            image, ground = self.selected()
            self.over(image, mode, (110, 110, 110, 128 if mode == Gimp.LayerMode.NORMAL else 255))
            before = self.port.pixels(image)
            self.erased(image, layers=[ground])
            self.assertEqual(self.port.layers(image), ["Erase", "over", "ground"], mode)
            after = self.port.pixels(image)
            left, top, width, height = contract.SQUARE
            worst = max(contract.away(contract.at(after, left + x, top + y), contract.at(before, 20, 20))
                        for y in range(0, height, 5) for x in range(0, width, 5))  # fmt: skip
            self.assertLessEqual(worst, 12, mode)

    def test_an_upscaled_image_is_not_darkened_by_what_lies_above(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        self.over(image, Gimp.LayerMode.MULTIPLY)
        before = contract.at(self.port.pixels(image), 20, 20)
        self.assertEqual(call(image, "crisp_upscale", result="scale")["error"], "")
        after = contract.at(self.port.pixels(image), 40, 40, image.get_width())
        self.assertLessEqual(contract.away(before, after), 3)

    def test_the_chosen_layer_may_lie_below_what_is_seen(self):
        image, ground = self.selected()
        cover = self.over(image, Gimp.LayerMode.NORMAL, contract.BACKGROUND)
        write(cover, contract.SQUARE, bytes(contract.SUBJECT) * (contract.SQUARE[2] * contract.SQUARE[3]))
        self.erased(image, layers=[ground])
        self.gone(image)

    def test_a_later_result_lies_above_an_earlier_one(self):
        image, layer = self.selected()
        first = self.erased(image, layers=[layer])["layer"]
        second = self.erased(image, layers=[layer])["layer"]
        self.assertEqual([one.get_id() for one in image.get_layers()[:2]], [second.get_id(), first.get_id()])

    def test_in_place_changes_the_layer_and_nothing_outside_the_selection(self):
        """In groups, at offsets, in 8 bits and in float: no new layer, outside byte for byte, the selection as it was."""
        for kind in ("RGBA 8", "RGBA 16 linear", "RGBA float"):
            image, layer = self.selected(kind, contract.soft(AROUND, 6))
            group = Gimp.GroupLayer.new(image, "group")
            image.insert_layer(group, None, 0)
            image.reorder_item(layer, group, 0)
            layer.resize(WIDTH + 30, HEIGHT + 20, 30, 20)
            self.over(image, Gimp.LayerMode.MULTIPLY)
            before, selection = read(layer, (30, 20, WIDTH, HEIGHT), None), self.port.selection(image)
            active = [one.get_id() for one in image.get_selected_layers()]
            told = self.erased(image, layers=[layer], result="into")
            self.assertNotIn("of its own", told["notes"], kind)
            self.assertEqual(told["layer"].get_id(), layer.get_id(), kind)
            self.assertEqual(self.port.layers(image), ["over", "group"], kind)
            self.assertEqual(self.port.selection(image), selection)
            self.assertEqual(image.get_channels(), [])
            self.assertEqual([one.get_id() for one in image.get_selected_layers()], active)
            seen = read(layer, (30, 20, WIDTH, HEIGHT))
            left, top, width, height = contract.SQUARE
            worst = max(contract.away(contract.at(seen, left + x, top + y), contract.BACKGROUND)
                        for y in range(0, height, 5) for x in range(0, width, 5))  # fmt: skip
            self.assertLessEqual(worst, 12, kind)
            after, px = read(layer, (30, 20, WIDTH, HEIGHT), None), layer.get_bpp()
            changed = [at // px for at in range(0, len(after), px) if after[at : at + px] != before[at : at + px]]
            outside = [at for at in changed if not contract.inside(AROUND, at % WIDTH, at // WIDTH)]
            self.assertEqual((bool(changed), outside), (True, []), kind)

    def test_in_place_cuts_the_layer_itself_out(self):
        image, layer = self.selected()
        Gimp.Selection.none(image)
        told = call(image, "remove_background", result="into")
        self.assertEqual((told["error"], self.port.layers(image)), ("", ["ground"]))
        seen = read(layer, (0, 0, WIDTH, HEIGHT))
        x, y = contract.SQUARE[0] + 20, contract.SQUARE[1] + 20
        self.assertEqual((contract.at(seen, x, y)[3], contract.at(seen, 3, 3)[3]), (255, 0))

    def test_what_cannot_go_into_the_layer_is_one_of_its_own_and_said(self):
        image, layer = self.selected()
        layer.resize(WIDTH // 2, HEIGHT, 0, 0)
        told = self.erased(image, layers=[layer], result="into")
        self.assertEqual(self.port.layers(image), ["Erase", "ground"])
        self.assertIn("does not reach", told["notes"])

    def test_a_result_can_take_the_place_of_the_last_one_and_does_not_read_it(self):
        image, ground = self.selected()
        first = self.erased(image, layers=[ground])["layer"]
        write(first, (0, 0, first.get_width(), first.get_height()), b"\x10\xf0\x10\xff" * (first.get_width() * first.get_height()))
        above = Gimp.Layer.new(image, "note", WIDTH, HEIGHT, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(above, None, 0)
        told = self.erased(image, layers=[ground], result="replace")
        self.assertEqual(self.port.layers(image), ["note", "Erase", "ground"])
        self.assertNotEqual(told["layer"].get_id(), first.get_id())
        self.gone(image)
        # Elsewhere there is none to replace.
        Gimp.Selection.none(image)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 2, 2, 20, 20)
        self.erased(image, layers=[ground], result="replace")
        self.assertEqual(self.port.layers(image), ["Erase #1", "note", "Erase", "ground"])

    def changed(self, change):
        """An image that `change` was done to while its result was under way, and the layer placed; None without one."""
        image, layer = self.selected()
        noise = bytes(value for at in range(WIDTH * HEIGHT) for value in (at * 37 % 251, at * at % 241, at // WIDTH % 256, 255))
        write(layer, (0, 0, WIDTH, HEIGHT), noise)
        sight, read = reading.look(image, [layer]), reading.Box(60, 40, 200, 180)
        look = following.within(reading.pixels(sight, read), read)
        how = placing.PlacementOptions("layer", title="Erase", selected=True, canvas=sight.canvas)
        how.print = following.fingerprint(sight.canvas, read, look)
        how.read = layers.read_from(sight, read)
        change(image)
        data = bytearray(200 * 180 * 4)
        for y in range(50, 80):
            at = (y * 200 + 70) * 4
            data[at : at + 40 * 4] = noise[((y + 40) * WIDTH + 130) * 4 :][: 40 * 4]
        placed = placing.place(sight, made_result(list(read), bytes(data), place=list(read)), how)
        return image, placed

    def test_the_result_moves_along_when_the_image_changes_meanwhile(self):
        """What is placed is what is there: wherever it lands it must not be seen."""
        changes = {
            "crop": (lambda image: image.crop(220, 200, 50, 30), (80, 60, 40, 30)),
            "grow": (lambda image: image.resize(400, 350, 31, 17), (161, 107, 40, 30)),
            "turn": (lambda image: image.rotate(Gimp.RotationType.DEGREES90), (HEIGHT - 120, 130, 30, 40)),
            "mirror": (lambda image: image.flip(Gimp.OrientationType.HORIZONTAL), (WIDTH - 170, 90, 40, 30)),
            "nothing": (lambda image: None, (130, 90, 40, 30)),
        }
        for name, (change, box) in changes.items():
            image, placed = self.changed(change)
            (layer,) = placed.layers
            self.assertEqual((*layer.get_offsets()[1:], layer.get_width(), layer.get_height()), box, name)
            with_it = self.port.pixels(image)
            layer.set_visible(False)
            self.assertEqual(bytes(with_it), bytes(self.port.pixels(image)), name)
            self.assertEqual(bool(placed.surprises), name != "nothing", name)

    def test_a_place_that_is_gone_is_told_and_nothing_is_placed(self):
        image, placed = self.changed(lambda image: image.crop(50, 30, 260, 240))
        self.assertEqual((placed.layers, self.port.layers(image)), ([], ["ground"]))
        self.assertIn("it is in the history", placed.surprises[0])

    def test_a_result_without_a_place_of_its_own_lands_inside(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        how = placing.PlacementOptions("layer", title="Later", canvas=reading.Size(1536, 1024))
        sight = reading.look(image, [])
        message = made_result([900, 600, 480, 400], bytes((9, 9, 9, 255)) * (480 * 400), place=[900, 600, 480, 400])
        (layer,) = placing.place(sight, message, how).layers
        _, left, top = layer.get_offsets()
        box = reading.Box(left, top, layer.get_width(), layer.get_height())
        self.assertTrue(reading.Box(0, 0, WIDTH, HEIGHT).holds(box), box)
        self.assertLessEqual(abs(2 * left + box.width - WIDTH) + abs(2 * top + box.height - HEIGHT), 2)

    def test_nothing_that_is_seen_is_refused_before_it_is_booked(self):
        image, layer = self.selected()
        before = count()
        for spoil in (lambda: layer.set_visible(False), lambda: layer.set_offsets(-WIDTH - 9, 0)):
            spoil()
            self.assertIn("nothing to work on", call(image, "erase")["error"])
            layer.set_visible(True)
        self.assertEqual(count(), before)

    def test_quick_mask_is_named(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        image.insert_channel(Gimp.Channel.new(image, "Qmask", WIDTH, HEIGHT, 50, Gegl.Color.new("red")), None, 0)
        self.assertIn("Shift+Q", call(image, "erase")["error"])

    def test_equal_results_are_placed_once(self):
        image, _ = self.selected()
        told = call(image, "inpaint", prompt="a boat", n=3)
        self.assertEqual((told["error"], self.port.layers(image)), ("", ["Fill", "ground"]))
        self.assertIn("the same", told["notes"])

    def test_upscaling_can_scale_this_image_and_expanding_can_leave_the_canvas(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        told = call(image, "crisp_upscale")  # by itself: what a batch tool exports is the image it handed over
        self.assertEqual((told["error"], told["image"].get_id()), ("", image.get_id()))
        self.assertGreater(image.get_width(), WIDTH)
        other = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        told = call(other, "outpaint", prompt="sky", expand_left=40, result="layer")
        self.assertEqual((told["error"], self.port.size(other)), ("", (WIDTH, HEIGHT)))
        self.assertEqual(told["layer"].get_offsets()[1], -40)


def made_result(box, data, place=None):
    from recraft_gimp.shared.protocol import Message

    layer = {"name": "Erase", "box": box, "image_id": "", "index": 0, "pixels": 0, "svg": None}
    fields = {"operation": "erase", "layers": [layer], "units": 0, "notes": [], "place": place}
    return Message("result", 1, fields, [data])


def space(name):
    """A colour profile by its primaries and curve, as babl writes it; babl's own tests hold those."""
    if name == "sRGB":
        return Gimp.ColorProfile.new_rgb_srgb()
    if name == "Adobe RGB":
        return Gimp.ColorProfile.new_rgb_adobe()
    return Gimp.ColorProfile.new_from_icc_profile(Babl.space_get_icc(Babl.space(name)))


# Flat colours that sRGB cannot hold in the wider spaces.
SPACES = ("sRGB", "Adobe RGB", "Apple", "ProPhoto", "Rec2020")
DEPTHS = ("U8_NON_LINEAR", "U16_NON_LINEAR", "FLOAT_LINEAR")
FLAT = (30, 230, 20, 255)
EDITS = ("erase", "inpaint", "outpaint", "remove_background", "crisp_upscale")


class Colours(Case):
    """What is flat stays flat, in the numbers of the image's own space, whatever that is."""

    def flat(self, space_name, depth, operation):
        image = Gimp.Image.new_with_precision(WIDTH, HEIGHT, Gimp.ImageBaseType.RGB, getattr(Gimp.Precision, depth))
        self.assertTrue(image.set_color_profile(space(space_name)))
        layer = Gimp.Layer.new(image, "ground", WIDTH, HEIGHT, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        around = contract.BACKGROUND if operation == "remove_background" else FLAT  # it keeps what stands out
        write(layer, (0, 0, WIDTH, HEIGHT), bytes(around) * (WIDTH * HEIGHT), reading.own_format(layer))
        write(layer, contract.SQUARE, bytes(FLAT) * (contract.SQUARE[2] * contract.SQUARE[3]), reading.own_format(layer))
        image.set_selected_layers([layer])
        return image

    def worst(self, image, operation):
        """Run it; the largest difference from the flat colour that shows, of a cut-out inside its edge."""
        if operation in contract.SELECTED:
            self.port.select(image, FULL, AROUND)
        before = bytes(self.port.own_bytes(image)[0])
        told = call(image, operation, **contract.WANTED.get(operation, {}))
        self.assertEqual(told["error"], "", operation)
        if operation in contract.SELECTED:
            after, step = self.port.own_bytes(image)
            self.assert_same_outside(before, bytes(after), step)
        made = told["image"]
        if operation == "remove_background":
            made.get_layers()[-1].set_visible(False)
        seen = Gimp.Layer.new_from_visible(made, made, "seen")
        x, y, width, height = contract.SQUARE
        inner, whole = (x + 8, y + 8, width - 16, height - 16), (0, 0, made.get_width(), made.get_height())
        data = read(seen, inner if operation == "remove_background" else whole, reading.own_format(seen))
        shown = {bytes(data[at : at + 4]) for at in range(0, len(data), 4)}
        return max(abs(a - b) for pixel in shown for a, b in zip(pixel, FLAT))

    def assert_same_outside(self, before, after, step):
        contract.HostContract.assert_outside_unchanged(self, (before, step), (after, step), AROUND)

    def test_in_every_space_and_depth_an_erased_flat_colour_is_itself(self):
        # All of them is the table of the notes; here each space and each depth, and each operation once.
        every = [(name, depth, one) for name in SPACES for depth in DEPTHS for one in EDITS]
        some = [*zip(SPACES, (*DEPTHS, *DEPTHS[1:])), ("Adobe RGB", DEPTHS[0])]
        few = [(*row, EDITS[0]) for row in some] + [("Adobe RGB", DEPTHS[0], one) for one in EDITS[1:]]
        wanted = every if os.environ.get("RECRAFT_ALL_COLOURS") else few
        rows = {" ".join(row): self.worst(self.flat(*row), row[2]) for row in wanted}
        Path(os.environ["HOME"], "colours.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
        self.assertEqual({row: worst for row, worst in rows.items() if worst > 2}, {})


class Healing(Case):
    """Holes with hard and soft edges, one at the edge of a layer smaller than the canvas; something else is selected."""

    BOX = (20, 10, WIDTH - 60, HEIGHT - 40)
    FLAT = (60, 120, 200, 255)

    def holed(self):
        image = self.port.canvas(bytes((250, 20, 20, 255)) * (WIDTH * HEIGHT), WIDTH, HEIGHT)
        layer = Gimp.Layer.new(image, "holed", *self.BOX[2:], Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        layer.set_offsets(*self.BOX[:2])
        width = self.BOX[2]
        data = bytearray(bytes(self.FLAT) * (width * self.BOX[3]))
        for x, y in ((x, y) for x in (*range(12), *range(40, 80)) for y in range(30, 60)):
            data[(y * width + x) * 4 : (y * width + x) * 4 + 4] = (0, 255, 0, 90 if x == 40 else 0)
        write(layer, (0, 0, *self.BOX[2:]), data)
        image.set_selected_layers([layer])
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 150, 100, 20, 20)
        return image, layer

    def test_holes_are_filled_in_place_from_the_layer_alone(self):
        image, layer = self.holed()
        before = bytes(read(layer, (0, 0, *self.BOX[2:])))
        told = call(image, "heal_transparency")
        self.assertEqual((told["error"], self.port.layers(image)), ("", ["holed", "ground"]))
        after = bytes(read(layer, (0, 0, *self.BOX[2:])))
        self.assertEqual(set(after[3::4]), {255})
        worst = max(abs(after[at] - self.FLAT[at % 4]) for at in range(len(after)))
        self.assertLessEqual(worst, 3, "something of the hole, or of what lies below the layer, is in the fill")
        kept = [at for at in range(0, len(before), 4) if before[at + 3] == 255]
        self.assertTrue(all(before[at : at + 4] == after[at : at + 4] for at in kept))
        self.assertEqual(self.port.selection(image), (150, 100, 20, 20))

    def test_a_layer_whose_alpha_is_locked_gets_a_layer_above_and_says_so(self):
        image, layer = self.holed()
        layer.set_lock_alpha(True)
        before = bytes(read(layer, (0, 0, *self.BOX[2:])))
        told = call(image, "heal_transparency")
        self.assertEqual((told["error"], len(image.get_layers())), ("", 3))
        self.assertEqual(bytes(read(layer, (0, 0, *self.BOX[2:]))), before)
        self.assertIn("transparency is locked", str(told))

    def test_grey_and_deep_layers_are_healed_as_well(self):
        ways = {
            "grey": lambda image: image.convert_grayscale(),
            "16 bit": lambda image: image.convert_precision(Gimp.Precision.U16_NON_LINEAR),
            "float": lambda image: image.convert_precision(Gimp.Precision.FLOAT_LINEAR),
        }
        for name, convert in ways.items():
            image, layer = self.holed()
            convert(image)
            image.set_selected_layers([layer])
            before = bytes(read(layer, (0, 0, *self.BOX[2:])))
            told = call(image, "heal_transparency")
            self.assertEqual(told["error"], "", name)
            after = bytes(read(layer, (0, 0, *self.BOX[2:])))
            self.assertEqual(set(after[3::4]), {255}, f"{name}: {told['notes']} {self.port.layers(image)}")
            kept = [at for at in range(0, len(before), 4) if before[at + 3] == 255]
            self.assertTrue(all(before[at : at + 4] == after[at : at + 4] for at in kept), name)
            solid = {before[at : at + 4] for at in kept}
            worst = max(min(contract.away(after[at : at + 4], one) for one in solid) for at in range(0, len(after), 404))
            self.assertLessEqual(worst, 3, name)

    def test_an_indexed_layer_keeps_its_colours_and_the_healed_picture_is_a_new_image(self):
        image, layer = self.holed()
        image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
        image.set_selected_layers([layer])
        before = bytes(read(layer, (0, 0, *self.BOX[2:])))
        told = call(image, "heal_transparency")
        self.assertIn("indexed", told["notes"])
        self.assertNotEqual(told["image"], image)
        self.assertEqual(bytes(read(layer, (0, 0, *self.BOX[2:]))), before)

    def test_it_may_be_a_layer_above_and_says_where_there_is_nothing_to_heal(self):
        image, layer = self.holed()
        told = call(image, "heal_transparency", result="layer")
        self.assertEqual((told["error"], len(image.get_layers())), ("", 3))
        self.assertIn(0, bytes(read(layer, (0, 0, *self.BOX[2:])))[3::4])
        image.set_selected_layers([image.get_layers()[-1]])
        self.assertIn("Nothing in this layer is transparent", call(image, "heal_transparency")["error"])


class Drawings(Case):
    def test_plain_shapes_become_vector_layers_or_paths(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        notes = []
        box = reading.Box(10, 20, 64, 64)
        group = drawings.shapes(image, TRIANGLES, box, "drawing", "shapes", (None, 0), notes)
        if hasattr(Gimp, "VectorLayer"):
            self.assertEqual(len(group.get_children()), 2)
            pixels = self.port.pixels(image)
            self.assertLess(contract.away(contract.at(pixels, 14, 24), (255, 0, 0, 255)), 4)
            self.assertLess(contract.away(contract.at(pixels, 60, 70), (60, 120, 200, 255)), 4)
        else:
            self.assertIsNone(group)
            self.assertEqual(len(image.get_paths()), 2)

    def test_a_drawing_of_many_shapes_keeps_its_outlines_in_one_path(self):
        image, placed = self.port.canvas(contract.scene(), WIDTH, HEIGHT), placing.Placed()
        count = drawings.MOST_SHAPES + 50
        shapes = b"".join(b'<path d="M%d 0h4v4h-4z" fill="#102030"/>' % (at * 5) for at in range(count))
        svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 64">%s</svg>' % shapes
        box = reading.Box(10, 20, 200, 64)
        self.assertIsNone(drawings.shapes(image, svg, box, "drawing", "shapes", (None, 0), placed))
        (path,) = image.get_paths()
        points = [path.stroke_get_points(stroke)[1] for stroke in path.get_strokes()]
        self.assertEqual(len(points), count)
        x, y = ([number for stroke in points for number in stroke[axis::2]] for axis in (0, 1))
        wanted = (box.x, box.x + (5 * count - 1) * 0.2, box.y, box.y + 4)
        for seen, edge in zip((min(x), max(x), min(y), max(y)), wanted, strict=True):
            self.assertAlmostEqual(seen, edge, 2)
        self.assertIn("one path with all outlines", placed.surprises[0])

    def test_colours_are_counted_as_people_do(self):
        self.assertEqual(colours.hex_of(Gegl.Color.new("#804020")), "#804020")
        self.assertEqual(colours.hex_of(colours.color_of(1, 0.5, 0)), "#FF8000")

    def test_an_svg_that_cannot_be_saved_is_told_before_it_is_paid_for(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        home = os.environ["HOME"]
        for path, says in (("/nowhere/traced.svg", "no folder"), (f"{home}/{'a' * 252}.svg", "too long")):
            told = call(image, "vectorize", svg_file=Gio.File.new_for_path(path), drawing="layer")
            self.assertIn(says, told["error"])
            self.assertEqual(len(self.port.layers(image)), 1)

    def test_an_svg_that_could_not_be_saved_after_all_is_told(self):
        placed = placing.Placed()
        drawings.save([{"svg": 0}], [b"<svg/>"], Gio.File.new_for_path("/nowhere/traced.svg"), placed)
        self.assertIn("/nowhere/traced.svg", placed.surprises[0])

    def test_the_svg_is_saved_on_request(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        path = Path(os.environ["HOME"]) / "traced.svg"
        told = call(image, "vectorize", svg_file=Gio.File.new_for_path(str(path)), drawing="layer")
        self.assertEqual(told["error"], "")
        self.assertIn(b"<svg", path.read_bytes())


class Islands(Case):
    def test_two_specks_far_apart_are_one_tight_layer_of_two_requests(self):
        size = reading.Size(4400, 4300)
        image = Gimp.Image.new(*size, Gimp.ImageBaseType.RGB)
        layer = Gimp.Layer.new(image, "ground", *size, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        Gimp.context_set_foreground(colours.color_of(0.2, 0.5, 0.8))
        layer.edit_fill(Gimp.FillType.FOREGROUND)
        image.set_selected_layers([layer])
        spots = ((60, 50, 40, 40), (4300, 4200, 40, 40))
        for spot in spots:
            write(layer, spot, bytes(contract.SUBJECT) * (spot[2] * spot[3]))
            image.select_rectangle(Gimp.ChannelOps.ADD, *spot)
        before = count()
        told = self.erased(image, layers=[layer])
        self.assertEqual(count(), before + 2)
        new = told["layer"]
        _, left, top = new.get_offsets()
        self.assertEqual((left, top, new.get_width(), new.get_height()), (60, 50, 4280, 4190))
        for x, y, _, _ in spots:
            pixel = read(new, (x + 20 - left, y + 20 - top, 1, 1))
            self.assertLess(contract.away(pixel, (51, 128, 204, 255)), 12)
        self.assertIn("2 separate areas in 2 parts", told["notes"])

    def test_a_long_band_goes_in_tiles_and_is_one_layer(self):
        image, _ = self.selected()
        image.scale(9000, 200)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 200, 90, 8600, 20)
        before = count()
        told = call(image, "erase", islands="tiles")
        self.assertEqual((told["error"], told["units"], count() - before), ("", 0, 3))
        new = told["layer"]
        self.assertEqual((*new.get_offsets()[1:], new.get_width(), new.get_height()), (200, 90, 8600, 20))
        self.assertEqual(set(read(new, (0, 0, 8600, 20))[3::4]), {255})


class Filters(Case):
    def test_what_is_no_filter_is_not_offered_as_one(self):
        """Batch tools and GIMP's Repeat tell filters by an image right after the run mode."""
        for name, entry in MENU.items():
            names = [one.name for one in Gimp.get_pdb().lookup_procedure(name).get_arguments()]
            self.assertEqual(names[1] == "image", entry.is_filter, name)
        self.assertEqual([name for name, entry in MENU.items() if not entry.is_filter], [
            "recraft-create-style", "recraft-enhance-prompt", "recraft-palette", "recraft-account", "recraft-history",
            "recraft-settings",
        ])  # fmt: skip


class Words(Case):
    def test_each_word_has_its_share_of_the_layer(self):
        found = list(texts.boxes("RED BOAT\nSEA", 10, 20, 80, 40))
        self.assertEqual([word for word, _ in found], ["RED", "BOAT", "SEA"])
        self.assertEqual(found[1][1], (50.0, 20.0, 90.0, 40.0))


class Running(Case):
    def test_last_values_repeat_the_prompt_without_asking(self):
        image, _ = self.selected()
        self.assertEqual(call(image, "inpaint", prompt="a purple kite")["error"], "")
        self.assertEqual(memory.last("recraft-inpaint")["prompt"], "a purple kite")
        told = call(image, "inpaint", Gimp.RunMode.WITH_LAST_VALS)
        self.assertEqual(told["error"], "")

    def test_a_press_that_reads_the_result_of_an_earlier_one_along_is_not_paid_for(self):
        """Of five fast presses the slowest process may come to read when the first result is in the image."""
        image, layer = self.selected()

        def mark(placed, *, after=0):
            """A result of erasing what is selected, or what is `after` px beside it, placed so many s from now."""
            box = [*self.port.selection(image)]
            box[0] += after
            return json.dumps({"operation": "erase", "selection": box, "placed": time.time() + placed}).encode()

        marks = [lambda: b"{}", lambda: b"no JSON", lambda: b'{"operation": "erase"}', lambda: mark(9999), lambda: mark(-1),
                 lambda: mark(0.15, after=1)]  # fmt: skip
        for asked, one in enumerate(marks, 1):
            before = count()
            image.select_rectangle(Gimp.ChannelOps.REPLACE, 30, 20, 30 + asked, 30)  # another request
            data = one()
            layer.attach_parasite(Gimp.Parasite.new("recraft", 0, data))
            self.assertEqual(call(image, "erase", Gimp.RunMode.WITH_LAST_VALS)["error"], "", data)
            self.assertEqual(count() - before, 1, data)
            image.remove_layer(image.get_layers()[0])
        # Once the next process has begun, before it looks: how soon that is, the machine decides. So two hundred layers
        # say that they came, each 10 ms after the one before.
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 30, 20, 40, 30)
        for _ in range(200):
            one = Gimp.Layer.new(image, "mark", 1, 1, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
            image.insert_layer(one, None, 0)
        before, first = count(), time.time()
        for step, one in enumerate(image.get_layers()[:200]):
            one.attach_parasite(Gimp.Parasite.new("recraft", 0, mark(first + step / 100 - time.time())))
        image.set_selected_layers([layer])
        told = call(image, "erase", Gimp.RunMode.WITH_LAST_VALS)
        self.assertEqual(count(), before)
        self.assertIn("under way already", told["notes"])
        self.assertEqual(len(image.get_layers()), 201)

    def test_the_prompt_stays_out_of_saved_images_unless_wished(self):
        for keep in (False, True):
            image, _ = self.selected()
            call(image, "inpaint", prompt="zebracake", keep_prompt=keep)
            path = Path(os.environ["HOME"]) / f"{keep}.xcf"
            Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(path)))
            self.assertEqual(b"zebracake" in path.read_bytes(), keep)
        left = Path(Gimp.directory()) / "plug-in-settings"
        self.assertFalse([one for one in left.glob("*recraft*") if b"zebracake" in one.read_bytes()])

    def test_several_results_are_layers_and_only_the_first_is_seen(self):
        image, _ = self.selected()
        self.assertEqual(call(image, "generate", prompt="a boat", n=2)["error"], "")
        self.assertEqual([one.get_visible() for one in image.get_layers()], [True, False, True])

    def test_without_an_image_it_says_so_or_makes_one(self):
        self.assertIn("picture", call(None, "vectorize")["error"])
        told = call(None, "generate", prompt="a red boat")
        self.assertEqual(told["error"], "")
        self.assertTrue(told["image"].is_valid())

    def test_reference_pictures_are_named_and_the_style_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a reference.png"
            image, _ = self.selected()
            Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(path)), None)
            told = call(None, "generate", prompt="a boat", style_references=f"{path}; {path}", model="recraftv4_styles")
            self.assertEqual(told["error"], "")
            self.assertIn("style_id", told["notes"])
            missing = call(None, "generate", prompt="a boat", style_references=f"{path}.none", model="recraftv4_styles")
            self.assertIn(".none", missing["error"])

    def test_no_argument_could_carry_the_key(self):
        for name in MENU:
            arguments = Gimp.get_pdb().lookup_procedure(name).get_arguments()
            self.assertFalse([one.name for one in arguments if "key" in one.name or "token" in one.name])

    def test_what_a_script_misspells_is_refused_with_the_choices(self):
        image, _ = self.selected()
        before = count()
        for name, wrong in (("model", "nosuch"), ("result", "nosuch"), ("drawing", "nosuch"), ("read_from", "nosuch")):
            self.assertIn("Choose one of", call(image, "inpaint", prompt="a boat", **{name: wrong})["error"], name)
        error = call(image, "outpaint", prompt="sky")["error"]
        self.assertIn("expand-left", error)
        self.assertNotIn("expand_left", error)
        self.assertEqual(count(), before)

    def test_the_same_again_within_a_session_is_answered_from_the_history(self):
        before = count()
        for again in (False, False, True):
            image, _ = self.selected()
            told = call(image, "erase", ask_again=again, grow_px=7)  # as no other check of this session
            self.assertEqual(told["error"], "")
            self.gone(image)
        self.assertEqual(count(), before + 2)

    def test_a_killed_plug_in_loses_nothing(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        before = {entry["entry"] for entry in history()}
        killer = threading.Thread(target=kill_when_asked, args=(before,))
        killer.start()
        told = call(image, "explore", prompt="a red boat on a lake")
        killer.join()
        self.assertNotEqual(told["error"], "", "it ended before it could be killed")
        names = []
        self.assertTrue(soon(lambda: names.extend(memory.cut_short()) or names), "the next start has nothing to tell")
        self.assertEqual((names, memory.cut_short()), (["Explore"], []))
        self.assertEqual(self.port.layers(image), ["ground"])
        self.assertTrue(filed(before), "the worker did not file the answer")


def folder():
    """The history's folder; RECRAFT_HOME is set by the test."""
    return Path(os.environ["RECRAFT_HOME"]) / "data" / "history"


def count():
    """How many entries the history holds."""
    return len(list(folder().glob("entries/2*")))


def history():
    requests = GimpRequests("the checks", Path(Gimp.directory()) / "plug-ins" / "recraft")
    try:
        return requests.finish("history", do="list")["data"]["entries"]
    finally:
        requests.stop()


def kill_when_asked(before):
    """End our plug-in's process as GIMP's own Cancel does, as soon as its request has arrived."""
    if not soon(lambda: [path for path in folder().glob("entries/*") if path.name not in before]):
        return
    # A request that has not left yet would only be cancelled. That the engine works on it shows in its processor time.
    idle = engine_s()
    if soon(lambda: engine_s() > idle + 0.3):
        for pid in processes(b"recraft/recraft.py"):
            os.kill(pid, signal.SIGKILL)


def soon(true, patience_s=300):
    """True once `true()`; the patience is only used up when something is broken."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def engine_s():
    """Seconds of processor time all engines have used."""
    ticks = 0
    for pid in processes(b"\0serve\0"):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])  # user and system; proc(5), counted after the name
    return ticks / os.sysconf("SC_CLK_TCK")


def filed(before):
    """True when the worker has filed an answer that was not there before."""
    return soon(lambda: [entry for entry in history() if entry["entry"] not in before and entry["pictures"]])


def run_all(out):
    """Run every check and write {name: "ok", "skipped: …" or the trouble} to `out`."""
    verdicts, seconds = {}, {}
    wanted = os.environ.get("RECRAFT_CHECK_ONLY", "")
    for case in (Contract, Placing, Colours, Islands, Healing, Drawings, Filters, Words, Running):
        for test in unittest.defaultTestLoader.loadTestsFromTestCase(case):
            name = f"{case.__name__}.{test._testMethodName}"
            if re.search(wanted, name):
                begun = time.monotonic()
                verdicts[name] = verdict(test)
                seconds[name] = round(time.monotonic() - begun, 1)
                print(name, verdicts[name].splitlines()[-1], seconds[name], flush=True)
                out.write_text(json.dumps(verdicts, indent=1), encoding="utf-8")
    verdicts["complete"] = "ok"
    out.write_text(json.dumps(verdicts, indent=1), encoding="utf-8")
    out.with_name("seconds.json").write_text(json.dumps(seconds, indent=1), encoding="utf-8")


def verdict(test):
    result = unittest.TestResult()
    test.run(result)
    bad = [text for _, text in result.failures + result.errors]
    if bad:
        return "\n".join(bad)
    return f"skipped: {result.skipped[0][1]}" if result.skipped else "ok"
