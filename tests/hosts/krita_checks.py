"""Everything that is checked inside a real Krita: the contract, and what only Krita has. Writes verdicts.json."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import json
import os
import signal
import unittest
import zipfile
from pathlib import Path

import contract
from contract import AROUND, HEIGHT, WIDTH, HostContract, away, scene
from krita_port import KritaPort, dock, pump, session, settled, start
from recraft import compat
from recraft.qt import Qt, QtCore, QtGui, QtWidgets
from recraft.shared.geometry import Box, Size
from recraft.strip import ENTRY
from recraft.texts import words_of

FULL = b"\xff" * (AROUND[2] * AROUND[3])
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" viewBox="0 0 100 50">'
    b'<rect x="0" y="0" width="100" height="50" fill="#ff0000"/></svg>'
)


class Contract(HostContract, unittest.TestCase):
    """The promises every host keeps."""

    port = KritaPort()


class OnlyKrita(unittest.TestCase):
    """What only Krita has."""

    port = KritaPort()

    def canvas(self, **options):
        return self.port.canvas(scene(), WIDTH, HEIGHT, **options)

    def selected(self, **options):
        document = self.canvas(**options)
        self.port.select(document, FULL, AROUND)
        return document

    def drawn(self, ppi):
        document = self.canvas(ppi=ppi)
        layer = {"name": "Drawing", "box": [30, 20, 100, 50], "svg": DRAWING, "pixels": None, "image_id": "", "index": 0}
        from recraft.host import Canvas
        from recraft.placing import Placement

        Placement(Canvas(document), [layer]).finish()
        settled(document)
        return document

    def test_a_drawing_lies_right_and_can_be_edited_at_any_resolution(self):
        for ppi in (72.0, 300.0):
            with self.subTest(ppi=ppi):
                document = self.drawn(ppi)
                node = document.topLevelNodes()[-1]
                self.assertEqual(node.type(), "vectorlayer")
                self.assertEqual(len(node.shapes()), 1)
                pixels = self.port.pixels(document)
                for x, y, there in ((30, 20, True), (129, 69, True), (28, 40, False), (132, 40, False), (60, 72, False)):
                    red = away(contract.at(pixels, x, y), (255, 0, 0, 255)) < 40
                    self.assertEqual(red, there, f"{x}, {y} at {ppi} ppi")
                self.port.undo(document)
                self.assertEqual(len(self.port.layers(document)), 1)

    def test_the_result_lies_in_a_group_that_passes_through_and_the_active_layer_stays_active(self):
        document = self.selected()
        group = document.createGroupLayer("group")
        group.setPassThroughMode(True)
        inner = document.createNode("inner", "paintlayer")
        inner.setPixelData(QtCore.QByteArray(bytes((200, 120, 60, 255)) * (WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
        group.addChildNode(inner, None)
        document.rootNode().addChildNode(group, None)
        settled(document)
        document.setActiveNode(inner)
        settled(document)
        self.assertEqual(self.port.run(document, "erase").error, "")
        self.assertEqual([node.name() for node in group.childNodes()], ["inner", "Erase"])
        pump(seconds=0.3)
        self.assertEqual(document.activeNode().name(), "inner")

    def test_a_hidden_layer_is_not_sent(self):
        document = self.selected()
        hidden = document.createNode("hidden", "paintlayer")
        hidden.setPixelData(QtCore.QByteArray(bytes((0, 255, 0, 255)) * (WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
        hidden.setVisible(False)
        document.rootNode().addChildNode(hidden, None)
        document.refreshProjection()
        settled(document)
        self.assertEqual(self.port.run(document, "erase").error, "")
        self.assertLessEqual(away(contract.at(self.port.pixels(document), 154, 120), contract.BACKGROUND), 12)

    def test_a_layer_larger_than_the_canvas_does_not_shift_the_result(self):
        document = self.selected()
        large = document.createNode("large", "paintlayer")
        wide, high = WIDTH + 200, HEIGHT + 200
        large.setPixelData(QtCore.QByteArray(bytes((200, 120, 60, 255)) * (wide * high)), -100, -100, wide, high)
        large.setOpacity(1)
        document.rootNode().addChildNode(large, None)
        document.setActiveNode(large)
        document.refreshProjection()
        settled(document)
        before = self.port.own_bytes(document)
        self.assertEqual(self.port.run(document, "erase").error, "")
        HostContract.assert_outside_unchanged(self, before, self.port.own_bytes(document), AROUND)

    def test_of_several_results_the_first_is_placed_and_another_takes_its_place(self):
        document = self.selected()
        self.assertEqual(self.port.run(document, "inpaint", prompt="a boat", n=2).error, "")
        self.assertEqual(len(self.port.layers(document)), 2)
        results = dock().results
        self.assertTrue(pump(lambda: len(results.strip.tiles()) > 1 and results.strip.tiles()[1].data(ENTRY)["here"], 20))
        results.strip.setCurrentItem(results.strip.tiles()[1])
        results.place()
        self.assertTrue(pump(lambda: len(self.port.layers(document)) == 3, 30))
        settled(document)
        shown = [node.visible() for node in document.topLevelNodes() if node.type() == "paintlayer"]
        self.assertEqual(shown, [True, False, True])  # the list runs from the bottom up

    def test_without_a_history_all_results_are_placed_as_none_would_wait(self):
        document = self.selected()
        session().library.change("keep_history", False)
        self.addCleanup(session().library.change, "keep_history", True)
        self.assertTrue(pump(lambda: not session().state.settings.get("keep_history", True), 20))
        self.assertEqual(self.port.run(document, "inpaint", prompt="a boat", n=2).error, "")
        group = next(node for node in document.topLevelNodes() if node.type() != "selectionmask" and node.childNodes())
        self.assertEqual((len(self.port.layers(document)), group.type()), (2, "grouplayer"))  # one click, one layer
        self.assertEqual([node.visible() for node in group.childNodes()], [False, True])

    def test_cutting_out_into_a_transparency_mask_keeps_the_layer(self):
        document = self.canvas()
        if not compat.can_mask(document):
            self.skipTest("transparency masks come with Krita 5.2")
        self.assertEqual(self.port.run(document, "remove_background", result_as="mask").error, "")
        layer = document.topLevelNodes()[0]
        self.assertEqual([node.type() for node in layer.childNodes()], ["transparencymask"])
        self.assertEqual(bytes(layer.pixelData(0, 0, 1, 1)), bytes((200, 120, 60, 255)))
        self.port.undo(document)
        self.assertEqual(list(layer.childNodes()), [])

    def test_the_layer_below_a_cut_out_is_hidden_by_a_click_only(self):
        document = self.canvas()
        self.assertEqual(self.port.run(document, "remove_background").error, "")
        self.assertTrue(document.topLevelNodes()[0].visible())
        self.assertIn("Hide the layer below", dock().run.notice.text())
        dock().run.notice.linkActivated.emit("hide")
        self.assertFalse(document.topLevelNodes()[0].visible())

    def test_this_picture_can_be_scaled_by_an_upscale(self):
        document = self.canvas()
        self.assertEqual(self.port.run(document, "crisp_upscale", result_as="scale").error, "")
        self.assertGreater(document.width(), WIDTH)

    def test_a_cancelled_job_leaves_nothing(self):
        document = self.selected()
        before, layers = self.port.own_bytes(document), self.port.layers(document)
        job = start("creative_upscale")
        session().jobs.cancel(job)
        pump(lambda: job.over, 20)
        settled(document)
        self.assertEqual(job.state, "cancelled")
        self.assertEqual((self.port.own_bytes(document), self.port.layers(document)), (before, layers))

    def test_jobs_of_one_document_wait_for_each_other(self):
        document = self.selected()
        first, second = start("erase"), start("erase")
        self.assertEqual((first.state, second.state), ("running", "waiting"))
        pump(lambda: second.over, 60)
        self.assertEqual((first.state, second.state), ("done", "done"))
        # Both were made from the same picture: the second waits in the strip instead of hiding the first.
        self.assertEqual((second.waits, len(self.port.layers(document))), (True, 2))

    def test_the_worker_may_die_and_the_next_click_starts_another(self):
        noise = bytearray(os.urandom(4 * 640 * 480))  # which takes the engine seconds: nothing in it is smooth
        noise[3::4] = b"\xff" * (640 * 480)
        self.port.canvas(bytes(noise), 640, 480)
        session().state.look()
        job = start("creative_upscale")
        pump(lambda: session().requests.pid, 20)
        pump(seconds=0.3)
        os.kill(session().requests.pid, signal.SIGKILL)
        pump(lambda: job.over, 20)
        self.assertEqual(job.state, "failed")
        self.assertIn("history", job.error.remedy)
        self.assertEqual(self.port.run(self.selected(), "erase").error, "")

    def test_a_result_of_the_history_is_shown_without_a_trace_and_placed_by_enter(self):
        document = self.selected()
        self.port.run(document, "erase")
        results = dock().results
        pump(results.strip.tiles, 20)
        self.port.undo(document)
        before, layers = self.port.own_bytes(document), self.port.layers(document)
        results.strip.setCurrentRow(0)
        results.preview()
        self.assertTrue(pump(lambda: dock().overlay.showing, 20))
        self.assertEqual((self.port.own_bytes(document), self.port.layers(document)), (before, layers))
        key(results.strip, Qt.Key.Key_Return)
        pump(lambda: len(self.port.layers(document)) > len(layers), 20)
        self.assertFalse(dock().overlay.showing)
        self.assertEqual(len(self.port.layers(document)), len(layers) + 1)

    def test_the_button_follows_the_canvas_and_a_click_on_it_runs(self):
        document = self.selected()
        session().state.sheet.verb = None
        session().state.look()
        pump(seconds=0.4)
        button = dock().run.button
        self.assertEqual(button.first, "Fill selection")
        dock().prompt.edit.setPlainText("a red paper boat")
        self.assertEqual(button.second, "on this computer")
        button.click()
        self.assertTrue(pump(lambda: len(self.port.layers(document)) == 2, 60))
        document.setSelection(None)
        pump(seconds=0.5)
        self.assertEqual(button.first, "Generate")

    def test_an_enhanced_prompt_can_be_undone(self):
        self.canvas()
        session().state.choose("image")
        edit = dock().prompt.edit
        edit.setPlainText("a boat")
        dock().prompt.enhance()
        self.assertTrue(pump(lambda: edit.toPlainText() != "a boat", 30))
        edit.undo()
        self.assertEqual(edit.toPlainText(), "a boat")

    def test_words_of_a_text_layer_are_found_where_they_stand(self):
        document = self.canvas()
        layer = document.createVectorLayer("text")
        layer.addShapesFromSvg(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}px" height="{HEIGHT}px"'
            f' viewBox="0 0 {WIDTH} {HEIGHT}"><text x="40" y="100" font-size="24">HELLO WORLD</text></svg>'
        )
        document.rootNode().addChildNode(layer, None)
        settled(document)
        words = words_of([layer], document.resolution())
        self.assertEqual([word.text for word in words], ["HELLO", "WORLD"])
        self.assertTrue(all(Box.of(Size(WIDTH, HEIGHT)).holds(word.box) for word in words))
        # Krita's box of a text keeps some air around the letters: 7 px here, in 5.1.
        self.assertLessEqual(abs(words[0].box.x - 40), 12)
        self.assertLessEqual(words[0].box.right, words[1].box.x)

    def test_colours_come_from_krita(self):
        self.canvas()
        self.assertEqual(len(session().host.colours()), 2)
        self.assertTrue(session().host.palette())

    def test_choices_are_kept_in_the_document(self):
        document = self.selected()
        session().state.look()
        session().state.choose("fill")
        session().state.set("prompt", "a kept boat")
        session().state.remember()
        from recraft.shared.plugin.state import Sheet

        sheet = Sheet(compat.annotation(document, "recraft/ui"))
        self.assertEqual((sheet.verb, sheet.prompt), ("fill", "a kept boat"))

    def test_a_document_says_how_its_parts_were_made_and_keeps_its_keywords(self):
        from recraft.host import Canvas

        document = self.canvas()
        compat.set_keywords(document, ["dunes", "a < b"])
        for source in ("algorithmicMedia", "trainedAlgorithmicMedia", "algorithmicallyEnhanced"):
            Canvas(document).say({"source": source, "told": {"operation": source}})
        said = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
        self.assertEqual(compat.keywords(document), ["dunes", "a < b", said])
        self.assertEqual(len(json.loads(Canvas(document).note("provenance"))), 3)
        document.setBatchmode(True)
        document.saveAs(str(Path(os.environ["HOME"]) / "said.kra"))
        with zipfile.ZipFile(Path(os.environ["HOME"]) / "said.kra") as saved:
            self.assertIn(said.encode(), saved.read("documentinfo.xml"))

    def test_a_fault_of_the_options_stands_under_the_button(self):
        self.canvas()
        session().state.choose("erase")
        dock().run.button.click()
        pump(seconds=0.1)
        self.assertIn("Select an area", dock().run.notice.text())

    def test_every_verb_needs_no_more_than_it_shows(self):
        """With a selection, a prompt and a margin each verb has a plan: nothing is asked for that has no widget."""
        from recraft.shared.plugin.verbs import VERBS

        self.selected()
        state = session().state
        for verb in (one for one in VERBS.values() if one.key != "style"):
            with self.subTest(verb=verb.key):
                state.look()
                state.choose(verb.key)
                state.set("prompt", "a boat" if verb.prompted else "")
                if verb.key == "expand":
                    dock().expand.set_ratio("16:9")
                made, trouble = state.plan()
                self.assertIsNone(trouble)
                self.assertEqual(made.operation.name, verb.operation)

    def test_the_newest_result_lies_on_top_of_older_ones(self):
        document = self.selected()
        self.port.run(document, "erase")
        self.port.run(document, "inpaint", prompt="a boat")
        self.assertEqual([name.split(":")[0] for name in self.port.layers(document)], ["Fill", "Erase", "Background"])

    def test_z_a_document_closed_meanwhile_loses_nothing(self):
        """Last of all: closing a document from a script has crashed Krita 5.1 and 5.2 when layers were still held."""
        document = self.selected()
        job = start("erase")
        close(document)
        del document
        pump(lambda: job.over, 60)
        self.assertEqual(job.state, "done")
        self.assertIn("closed", job.note)
        self.assertTrue(job.result.entry)


def close(document):
    document.setModified(False)
    document.close()
    pump(seconds=0.5)


def key(widget, code):
    kinds = QtCore.QEvent.Type
    for kind in (kinds.KeyPress, kinds.KeyRelease):
        QtWidgets.QApplication.sendEvent(widget, QtGui.QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier))


def main(out):
    from krita_areas import Areas
    from krita_frames import Frames
    from krita_hand import Hand
    from krita_many import Kept, Many
    from krita_painting import Painting
    from krita_run import run
    from krita_shown import Shown
    from krita_trust import Trust

    run(out, Contract, OnlyKrita, Hand, Trust, Shown, Many, Areas, Frames, Painting, Kept)
