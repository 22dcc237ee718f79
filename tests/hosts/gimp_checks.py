"""What only GIMP has: groups, offsets, layer masks, depths, parasites, run modes, a plug-in that is killed.

Runs inside gimp-console, where the batch interpreter is a plug-in itself and can also load ours from its folder.
"""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in GIMP's own Python

import json
import os
import re
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

import contract
from gi.repository import Gegl, Gimp, Gio
from gimp_port import GimpPort, call, read, signed, write

sys.path.append(str(Path(Gimp.directory()) / "plug-ins" / "recraft"))
from recraft_gimp import colours, drawings, memory, placing, reading, texts
from recraft_gimp.menu import MENU
from recraft_gimp.requests import GimpRequests

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
        layer = placing.insert(image, image.get_layers()[0], "grey", reading.Box(5, 7, 20, 10), grey)
        self.assertEqual(read(layer, (0, 0, 20, 10)), grey)
        self.assertEqual(layer.get_offsets()[1:], (5, 7))

    def test_in_32_bits_not_the_last_bit_changes_where_nothing_is_placed(self):
        for name in ("FLOAT_PERCEPTUAL", "FLOAT_NON_LINEAR", "U32_PERCEPTUAL"):
            image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
            image.convert_precision(getattr(Gimp.Precision, name))
            before, bytes_ = self.port.own_bytes(image)
            half = bytes((10, 200, 30, 255)) * 400 + bytes(1600)  # the lower rows cover nothing
            placing.insert(image, image.get_layers()[0], "half", reading.Box(30, 40, 40, 20), half)
            after, _ = self.port.own_bytes(image)
            changed = {at // bytes_ for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}
            self.assertEqual({(at % WIDTH // 40, at // WIDTH // 10) for at in changed}, {(0, 4), (1, 4)}, name)

    def test_a_closed_image_costs_nothing_but_a_new_one(self):
        image, layer = self.selected()
        sight = reading.look(image, [layer])
        image.delete()
        message = made_result([5, 6, 8, 4], bytes((9, 9, 9, 255)) * 32)
        placed = placing.place(sight, message, placing.How("layer", title="Late"))
        self.assertIn("closed", placed.notes[0])
        self.assertEqual(placed.layers[0].get_name(), "Late")

    def test_a_layer_says_where_it_comes_from(self):
        image, _ = self.selected()
        told = self.erased(image)
        said = signed(told["layer"])
        self.assertEqual(said["operation"], "erase")
        self.assertEqual((told["units"], said["units"]), (0, 0), "this computer charges nothing")
        self.assertTrue(said["entry"])

    def test_a_floating_selection_is_refused_in_words(self):
        image, layer = self.selected()
        Gimp.Selection.float(image, [layer], 0, 0)
        self.assertIn("Anchor", call(image, "erase", layers=[layer])["error"])

    def test_a_locked_group_is_told_of_before_anything_changes(self):
        image, layer = self.selected()
        group = Gimp.GroupLayer.new(image, "closed")
        image.insert_layer(group, None, 0)
        image.reorder_item(layer, group, 0)
        group.set_lock_content(True)
        told = call(image, "outpaint", layers=[layer], prompt="sky", expand_left=40)
        self.assertIn("“closed” is locked", told["error"])
        self.assertEqual(self.port.size(image), (WIDTH, HEIGHT))
        self.assertEqual(self.port.layers(image), ["closed"])

    def test_upscaling_can_scale_this_image_and_expanding_can_leave_the_canvas(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        self.assertEqual(call(image, "crisp_upscale", result="scale")["error"], "")
        self.assertGreater(image.get_width(), WIDTH)
        other = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        told = call(other, "outpaint", prompt="sky", expand_left=40, result="layer")
        self.assertEqual((told["error"], self.port.size(other)), ("", (WIDTH, HEIGHT)))
        self.assertEqual(told["layer"].get_offsets()[1], -40)


def made_result(box, data):
    from recraft_gimp.shared.protocol import Message

    layer = {"name": "Erase", "box": box, "image_id": "", "index": 0, "pixels": 0, "svg": None}
    return Message("result", 1, {"operation": "erase", "layers": [layer], "units": 0, "notes": []}, [data])


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

    def test_colours_are_counted_as_people_do(self):
        self.assertEqual(colours.hex_of(Gegl.Color.new("#804020")), "#804020")
        self.assertEqual(colours.hex_of(colours.color_of(1, 0.5, 0)), "#FF8000")

    def test_what_gimp_cannot_follow_stays_pixels(self):
        for odd in (
            b'<path d="M0 0L9 9" stroke="#000"/>', b'<path d="M0 0" fill="url(#a)"/>', b"<text>a</text>",
            b'<g opacity="0.5"><path d="M0 0"/></g>', b'<g stroke="#000"><path d="M0 0"/></g>',
            b'<path d="M0 0" fill="#000000" fill-opacity="50%"/>', b'<g style="clip-path: url(#a)"><path d="M0 0"/></g>',
        ):  # fmt: skip
            self.assertIsNone(drawings.paints(b"<svg>" + odd + b"</svg>"), odd)

    def test_shapes_inherit_the_paint_of_their_group(self):
        svg = b'<svg><g fill="#FF0000" fill-opacity="0.5"><path d="M0 0"/><g fill="#0000FF"><path d="M0 0"/></g></g></svg>'
        self.assertEqual(drawings.paints(svg), [(1, 0, 0, 0.5), (0, 0, 1, 0.5)])

    def test_an_svg_that_cannot_be_saved_is_told_and_the_result_is_placed(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        told = call(image, "vectorize", svg_file=Gio.File.new_for_path("/nowhere/traced.svg"), drawing="layer")
        self.assertEqual(told["error"], "")
        self.assertIn("/nowhere/traced.svg", told["notes"])
        self.assertEqual(len(self.port.layers(image)), 2)

    def test_the_svg_is_saved_on_request(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        path = Path(os.environ["HOME"]) / "traced.svg"
        told = call(image, "vectorize", svg_file=Gio.File.new_for_path(str(path)), drawing="layer")
        self.assertEqual(told["error"], "")
        self.assertIn(b"<svg", path.read_bytes())


class Words(Case):
    def test_each_word_has_its_share_of_the_layer(self):
        found = list(texts.boxes("RED BOAT\nSEA", 10, 20, 80, 40))
        self.assertEqual([word for word, _ in found], ["RED", "BOAT", "SEA"])
        self.assertEqual(found[1][1], (50.0, 20.0, 40.0, 20.0))


class Running(Case):
    def test_last_values_repeat_the_prompt_without_asking(self):
        image, _ = self.selected()
        self.assertEqual(call(image, "inpaint", prompt="a purple kite")["error"], "")
        self.assertEqual(memory.last("recraft-inpaint")["prompt"], "a purple kite")
        told = call(image, "inpaint", Gimp.RunMode.WITH_LAST_VALS)
        self.assertEqual(told["error"], "")

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
        self.assertEqual(call(image, "inpaint", prompt="a boat", n=2)["error"], "")
        self.assertEqual([one.get_visible() for one in image.get_layers()], [True, False, True])

    def test_without_an_image_it_says_so_or_makes_one(self):
        self.assertIn("picture", call(None, "vectorize")["error"])
        told = call(None, "generate", prompt="a red boat")
        self.assertEqual(told["error"], "")
        self.assertTrue(told["image"].is_valid())

    def test_no_argument_could_carry_the_key(self):
        for name in MENU:
            arguments = Gimp.get_pdb().lookup_procedure(name).get_arguments()
            self.assertFalse([one.name for one in arguments if "key" in one.name or "token" in one.name])

    def test_a_killed_plug_in_loses_nothing(self):
        image = self.port.canvas(contract.scene(), WIDTH, HEIGHT)
        before = {entry["entry"] for entry in history()}
        killer = threading.Thread(target=kill_when_asked, args=(before,))
        killer.start()
        told = call(image, "explore", prompt="a red boat on a lake")
        killer.join()
        self.assertNotEqual(told["error"], "", "it ended before it could be killed")
        self.assertEqual(self.port.layers(image), ["ground"])
        self.assertTrue(filed(before), "the worker did not file the answer")


def folder():
    """The history's folder; RECRAFT_HOME is set by the test."""
    return Path(os.environ["RECRAFT_HOME"]) / "data" / "history"


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


def processes(word):
    """Ids of running processes with `word` in their command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in path.read_bytes():
                yield int(path.parent.name)
        except OSError:
            continue


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
    for case in (Contract, Placing, Drawings, Words, Running):
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
