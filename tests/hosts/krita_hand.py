"""What a painter's hand does inside a real Krita: dragging, painting while a result comes, animating, closing."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import unittest

import contract
import krita_mouse as mouse
from contract import AROUND, HEIGHT, WIDTH, scene
from krita_port import KritaPort, dock, krita, pump, session, settled, start
from recraft import compat
from recraft.qt import Qt, QtCore, QtGui
from recraft.shared.geometry import Size
from recraft.shared.plan import plan

FULL = b"\xff" * (AROUND[2] * AROUND[3])


class Hand(unittest.TestCase):
    """Each test leaves the mouse button up."""

    port = KritaPort()

    def selected(self):
        document = self.port.canvas(scene(), WIDTH, HEIGHT)
        self.port.select(document, FULL, AROUND)
        return document

    def expanding(self):
        """A canvas with Expand chosen and its frame in sight."""
        self.port.canvas(scene(), WIDTH, HEIGHT)
        state = session().state
        state.look()
        state.choose("expand")
        state.sheet.values.clear()
        state.changed.emit()
        dock().setFloating(True)
        dock().resize(300, 700)
        self.addCleanup(dock().setFloating, False)
        dock().chips.open("edges", dock().chips._chips["edges"])
        self.addCleanup(dock().expand.parentWidget().close)
        return dock().expand.frame

    def drag(self, frame, point, by):
        """Take hold of what `point()` names, once the frame knows the pointer is there, and drag it."""

        def held():
            if mouse.on_top(frame, point()):
                mouse.move(frame, point())
            return frame.cursor().shape() != Qt.CursorShape.ArrowCursor

        self.assertTrue(pump(held, 30))
        begin = point()
        mouse.press()
        # Two steps: a single jump is no drag for some toolkits.
        mouse.move(frame, begin + by / 2)
        mouse.move(frame, begin + by)
        mouse.release()
        return session().state.sheet.values.get("expand", {})

    def test_an_edge_of_the_frame_is_dragged_with_the_mouse(self):
        frame = self.expanding()
        values = self.drag(frame, lambda: middle_of_left(frame.outer()), QtCore.QPoint(-12, 0))
        self.assertEqual(list(values), ["expand_left"])
        self.assertGreater(values["expand_left"], 8)
        self.assertEqual(values["expand_left"] % 8, 0)
        made, trouble = session().state.plan()
        self.assertIsNone(trouble)
        self.assertEqual(made.place.x, -values["expand_left"])

    def test_a_corner_of_the_frame_drags_two_edges(self):
        frame = self.expanding()
        values = self.drag(frame, lambda: frame.outer().bottomRight().toPoint(), QtCore.QPoint(12, 9))
        self.assertEqual(set(values), {"expand_right", "expand_bottom"})

    def test_a_result_waits_for_the_end_of_a_stroke_which_is_kept(self):
        document = self.selected()
        krita().action("KritaShape/KisToolBrush").trigger()
        view = compat.canvas_widget(krita().activeWindow()).viewport()
        middle = view.rect().center()
        layer = document.topLevelNodes()[0]
        before = bytes(layer.pixelData(*AROUND))
        mouse.move(view, middle)
        job = start("erase")
        mouse.press()
        mouse.move(view, middle + QtCore.QPoint(12, 4))
        self.assertTrue(pump(lambda: job.phase == "waits for your stroke", 60), job.phase)
        self.assertEqual(self.port.layers(document), ["Background"])
        mouse.release()
        self.assertTrue(pump(lambda: job.over, 30))
        settled(document)
        self.assertEqual((job.state, job.note), ("done", ""))
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        self.assertNotEqual(bytes(layer.pixelData(*AROUND)), before)

    def test_other_frames_of_an_animation_stay_and_the_docker_says_what_the_layer_does(self):
        document = self.selected()
        layer = document.topLevelNodes()[0]
        layer.enableAnimation()
        document.setCurrentTime(5)
        settled(document)
        krita().action("add_duplicate_frame").trigger()
        settled(document)
        self.assertTrue(layer.hasKeyframeAtTime(5))
        frames = [bytes(layer.pixelDataAtTime(0, 0, WIDTH, HEIGHT, time)) for time in (0, 5)]
        said = []
        session().said.connect(lambda *words: said.append(words[0]))
        self.assertEqual(self.port.run(document, "erase").error, "")
        self.assertEqual(self.port.layers(document)[0], "Erase")
        self.assertEqual([bytes(layer.pixelDataAtTime(0, 0, WIDTH, HEIGHT, time)) for time in (0, 5)], frames)
        self.assertEqual(document.currentTime(), 5)
        self.assertIn("every frame", said[-1])

    def test_a_canvas_cropped_meanwhile_is_not_distorted(self):
        document = self.port.canvas(scene(), WIDTH, HEIGHT)
        before = len(krita().documents())
        job = start("crisp_upscale", result_as="scale")
        document.crop(0, 0, 200, HEIGHT)
        pump(lambda: job.over, 60)
        settled(document)
        self.assertEqual(self.port.size(document), (200, HEIGHT))
        self.assertEqual(len(krita().documents()), before + 1)

    def test_a_picture_of_explore_becomes_a_layer_in_the_middle(self):
        document = self.port.canvas(scene(), WIDTH, HEIGHT)
        self.assertEqual(self.port.run(document, "explore", prompt="a boat").error, "")
        self.assertEqual(self.port.layers(document), ["Background"])
        explore = dock().explore
        self.assertTrue(pump(lambda: explore.grid.count() > 1, 30))
        explore.grid.setCurrentRow(1)
        explore.use_as_layer()
        self.assertTrue(pump(lambda: len(self.port.layers(document)) == 2, 30))
        settled(document)
        box = document.topLevelNodes()[1].bounds()
        self.assertLessEqual(abs(box.center().x() - WIDTH // 2), 1)
        self.assertLessEqual(abs(box.center().y() - HEIGHT // 2), 1)

    def test_a_style_is_made_by_the_main_button_and_used_by_a_click(self):
        self.selected()
        session().state.choose("style")
        dock().click()
        self.assertIn("There is no picture", dock().run.notice.text())
        picture = QtGui.QImage(64, 64, QtGui.QImage.Format.Format_ARGB32)
        picture.fill(QtGui.QColor("#2060a0"))
        dock().new_style.add("blue", picture)
        dock().run.button.click()
        self.assertTrue(pump(lambda: "Use it" in dock().run.notice.text(), 60))
        dock().run.notice.linkActivated.emit("use")
        self.assertEqual(session().state.options()["style_id"], dock().new_style.made)
        self.assertTrue(session().state.verb.takes("style_id", session().state.model))

    def test_reference_pictures_are_named_where_the_model_takes_them(self):
        self.selected()
        state = session().state
        state.choose("image")
        self.addCleanup(state.set, "model", None)
        self.assertFalse(state.verb.takes("style_references", state.model))
        state.set("model", "recraftv4_styles")
        field = dock().chips._field("style_references")
        field._line.setText("/a b.png; /c.png")
        field._line.textEdited.emit("")
        self.addCleanup(state.set, "style_references", None)
        self.assertEqual(state.options()["style_references"], "/a b.png; /c.png")
        self.assertIs(field.widget.focusProxy(), field._line)
        made = plan(state.ask({"prompt": "a boat"}))
        self.assertEqual(made.values["style_references"], ("/a b.png", "/c.png"))

    def test_tab_goes_in_reading_order(self):
        self.selected()
        session().state.choose("fill")
        pump(seconds=0.1)
        body = dock().widget()
        dock().prompt.edit.setFocus()
        rows = []
        for _ in range(4):
            body.focusNextPrevChild(True)
            now = krita().activeWindow().qwindow().focusWidget()
            if now is None or not body.isAncestorOf(now):
                break  # out of the docker
            rows.append(now.mapTo(body, now.rect().center()).y())
        self.assertGreater(len(rows), 1)
        self.assertEqual(rows, sorted(rows))

    def test_z_closing_a_picture_takes_its_frame_along_and_nothing_else(self):
        """A sheet over the canvas is the view's child: it goes with the view, the docker must go on."""
        for size in (WIDTH, WIDTH + 32):
            document = self.port.canvas(scene(size), size, HEIGHT)
            session().state.look()
            dock().show_boxes([contract.AROUND])
            self.assertTrue(pump(lambda: dock().overlay.seen, 20))
            self.assertEqual(session().state.size, Size(size, HEIGHT))
            document.setModified(False)
            document.close()
            del document
            self.assertTrue(pump(lambda: not dock().overlay.seen, 20))


def middle_of_left(rect):
    return QtCore.QPointF(rect.left(), rect.center().y()).toPoint()


def main(out):
    from krita_run import run

    run(out, Hand)
