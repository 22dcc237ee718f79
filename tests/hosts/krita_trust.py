"""That every click can be trusted, inside a real Krita: by the mouse, and by the events the mouse sends."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import sys
import unittest

import krita_mouse as mouse
from contract import AROUND, BACKGROUND, HEIGHT, SQUARE, SUBJECT, WIDTH, away, scene
from krita_port import KritaPort, dock, krita, pump, session, settled, start
from recraft import compat
from recraft.extension import ACTIONS
from recraft.qt import QtCore
from recraft.shared.errors import Unreachable
from recraft.shared.geometry import Box

FULL = b"\xff" * (AROUND[2] * AROUND[3])
MIDDLE = (SQUARE[0] + SQUARE[2] // 2, SQUARE[1] + SQUARE[3] // 2)


def came(before):
    """The jobs that are new since then; the queue forgets old ones, so their number alone tells nothing."""
    return [job for job in session().jobs.all if job not in before]


class Trusting(unittest.TestCase):
    """Each test leaves the mouse button up and no job open."""

    port = KritaPort()

    def setUp(self):
        self.raised = []
        self.addCleanup(setattr, sys, "excepthook", sys.excepthook)
        sys.excepthook = lambda *what: self.raised.append(what)
        self.addCleanup(self.nothing_left)
        self.said = []
        session().said.connect(lambda *words: self.said.append(" ".join(map(str, words[:2]))))

    def nothing_left(self):
        for job in list(session().jobs.open):
            session().jobs.cancel(job)
        pump(lambda: not session().jobs.open, 30)
        session().session.guard.__init__(0.4)
        session().session.place_guard.__init__(0.4)
        self.assertEqual(self.raised, [])

    def canvas(self, select=True, pixels=None):
        document = self.port.canvas(pixels or scene(), WIDTH, HEIGHT)
        if select:
            self.port.select(document, FULL, AROUND)
        session().state.look()
        return document

    def add(self, document, kind, name="above", colour=None, **more):
        """A layer on top of all, filled with a colour (BGRA)."""
        node = document.createNode(name, kind) if kind != "group" else document.createGroupLayer(name)
        if colour:
            node.setPixelData(QtCore.QByteArray(bytes(colour) * (WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
        for what, value in more.items():
            getattr(node, what)(value)
        document.rootNode().addChildNode(node, None)
        return node

    def over(self, job):
        self.assertNotIsInstance(job, str)
        self.assertTrue(pump(lambda: job.over, 90), job.phase)
        self.assertEqual((job.state, job.error), ("done", None))
        return job

    def at(self, document, x, y):
        """What is seen at a point, whatever the size of the canvas."""
        settled(document)
        blue, green, red, alpha = bytes(document.pixelData(x, y, 1, 1))
        return red, green, blue, alpha


class Trust(Trusting):
    """What a click does, where its result goes, and what it leaves alone."""

    # --- one click, one job ---------------------------------------------------------------------------------------------

    def test_every_action_works(self):
        self.canvas()
        session().state.choose("erase")
        for name in ACTIONS:
            with self.subTest(action=name):
                krita().action(f"recraft_{name}").trigger()
                pump(seconds=0.1)
                self.assertEqual(self.raised, [])
        dialog = dock()._dialog
        self.assertIsNotNone(dialog)
        dialog.close()
        self.assertTrue(any(job.operation == "erase" for job in session().jobs.all))

    def test_a_double_click_is_one_job_and_a_repetition_is_asked_about(self):
        self.canvas()
        dock().setFloating(True)
        dock().resize(300, 640)
        self.addCleanup(dock().setFloating, False)
        session().state.choose("erase")
        button = dock().run.button
        self.assertTrue(pump(lambda: mouse.on_top(button, button.rect().center()), 30))
        before = list(session().jobs.all)
        session().jobs.queue.held = True  # the first job must not end before the last click
        self.addCleanup(setattr, session().jobs.queue, "held", False)
        mouse.click(button, button.rect().center(), times=2)
        self.assertTrue(pump(lambda: came(before), 10))
        pump(seconds=0.5)
        self.assertEqual(len(came(before)), 1)
        mouse.click(button, button.rect().center())
        self.assertTrue(pump(lambda: "under way" in dock().run.notice.text(), 20))
        self.assertEqual(len(came(before)), 1)

    def test_a_job_that_is_done_holds_no_pictures(self):
        """Those are in the history; forty jobs of a large canvas would be gigabytes."""
        self.canvas()
        job = self.over(start("erase"))
        self.assertEqual((job._blobs, job.reads, job.clip, job.result.layers), ([], [], None, []))
        self.assertTrue(job.result.entry)

    def test_the_cross_beside_the_progress_cancels_what_it_names(self):
        self.canvas()
        one, two, three = (start("creative_upscale") for _ in range(3))
        self.assertEqual(one.state, "running")
        dock().run.cancel.click()
        self.assertTrue(pump(lambda: one.over, 30))
        self.assertEqual((one.state, two.over, three.over), ("cancelled", False, False))
        session().cancel_waiting()
        self.assertEqual(three.state, "cancelled")

    def test_try_again_under_a_failed_balance_asks_for_the_balance_and_buys_nothing(self):
        self.canvas()
        session().state.choose("erase")
        before = list(session().jobs.all)
        library = session().library
        library.trouble = Unreachable("The balance is not known.", remedy="Check the network.")
        library.known.emit()
        dock().verbs.offline.click()
        self.assertIn("Try again", dock().run.notice.text())
        dock().run.notice.linkActivated.emit("again")
        self.assertTrue(pump(lambda: library.trouble is None, 30))
        self.assertEqual(came(before), [])

    def test_a_click_on_what_the_button_does_not_show_any_more_does_nothing(self):
        document = self.canvas()
        session().state.choose("erase")
        before = list(session().jobs.all)
        shown = dock().run.shown
        self.canvas()  # another picture comes to the front before the click
        self.assertIsNone(session().run(shown=shown))
        self.assertIn("nothing was done", self.said[-1])
        self.assertEqual(came(before), [])
        del document

    def test_two_windows_each_click_for_their_own(self):
        first = self.canvas()
        session().state.choose("erase")
        mine, desk = dock(), session()
        window = krita().openWindow()
        window.qwindow().show()
        self.assertTrue(pump(lambda: window.qwindow().isVisible(), 30))
        second = krita().createDocument(200, 100, "other", "RGBA", "U8", "", 72.0)
        window.addView(second)
        window.qwindow().activateWindow()
        pump(seconds=1)
        try:
            self.assertEqual(desk.host.active().size, (WIDTH, HEIGHT))
            desk.state.look()
            self.assertEqual(desk.state.verb.key, "erase")
            mine.click()
            job = desk.jobs.all[-1]
            self.assertEqual((job.key, job.operation), (compat.key_of(first), "erase"))
            self.over(job)
            self.assertEqual(len(self.port.layers(first)), 2)
            self.assertEqual(len(self.port.layers(second)), 1)
        finally:
            second.setModified(False)
            window.qwindow().close()
            pump(seconds=1)

    # --- where it goes ----------------------------------------------------------------------------------------------

    def erased(self, document):
        job = self.over(start("erase"))
        self.assertEqual(job.note, "")
        return self.at(document, *MIDDLE)

    def test_a_result_lies_above_the_filter_it_was_read_through(self):
        document = self.canvas()
        base = document.topLevelNodes()[0]
        self.add(document, "paintlayer", "shade", (120, 120, 120, 255), setBlendingMode="multiply")
        document.refreshProjection()
        settled(document)

        def on_the_base():
            # Krita makes an added layer the active one a moment later, perhaps after us: say it until it holds.
            document.setActiveNode(base)
            return document.activeNode().name() == "Background"

        self.assertTrue(pump(on_the_base, 10))
        settled(document)
        wanted = self.at(document, 10, 10)
        self.assertLessEqual(away(self.erased(document), wanted), 2)
        self.assertEqual(self.port.layers(document), ["Erase", "shade", "Background"])
        self.assertTrue(pump(lambda: document.activeNode().name() == "Background", 1), document.activeNode().name())

    def test_a_result_is_never_placed_in_a_hidden_or_a_multiplied_group(self):
        for change in ({"setVisible": False}, {"setBlendingMode": "multiply"}):
            with self.subTest(**change):
                document = self.canvas()
                group = self.add(document, "group", "folder", **change)
                inner = document.createNode("inner", "paintlayer")
                inner.setPixelData(QtCore.QByteArray(bytes((90, 90, 90, 255)) * (WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
                group.addChildNode(inner, None)
                document.refreshProjection()
                document.setActiveNode(inner)
                settled(document)
                wanted = self.at(document, 10, 10)
                self.assertLessEqual(away(self.erased(document), wanted), 2)

    def test_isolated_mode_is_said_and_nothing_is_sent(self):
        self.canvas()
        action = krita().action("isolate_active_layer")
        action.trigger()
        pump(seconds=0.3)
        try:
            self.assertTrue(compat.isolated())
            self.assertIn("shown alone", str(start("erase")))
        finally:
            action.trigger()
            pump(seconds=0.3)

    def test_erasing_over_transparency_removes(self):
        left, top, across, down = SQUARE
        line = bytes(4) * left + bytes(SUBJECT) * across + bytes(4) * (WIDTH - left - across)
        clear = bytes(4) * WIDTH
        document = self.canvas(pixels=clear * top + line * down + clear * (HEIGHT - top - down))
        if not compat.can_mask(document):
            self.over(start("erase"))
            self.assertIn("Delete clears", self.said[-1])
            return
        before = self.port.own_bytes(document)
        self.assertLessEqual(self.erased(document)[3], 2)
        self.assertEqual(bytes(document.topLevelNodes()[0].pixelData(*MIDDLE, 1, 1)), bytes((30, 40, 230, 255)))
        self.port.undo(document)
        self.assertEqual(self.port.own_bytes(document), before)

    def test_a_result_of_another_picture_and_variations_stay_on_the_canvas(self):
        document = self.canvas(select=False)
        job = self.over(start("variations"))
        settled(document)
        boxes = list(self.tops(document))
        self.assertEqual(len(boxes), 1)
        self.assertTrue(Box(0, 0, WIDTH, HEIGHT).holds(boxes[0]), boxes)
        self.assertIn("scaled down", " ".join(job.where))

    def tops(self, document):
        for node in document.topLevelNodes()[1:]:
            rect = node.bounds()
            yield Box(rect.x(), rect.y(), rect.width(), rect.height())

    def test_the_result_follows_a_canvas_changed_meanwhile(self):
        left, top, across, down = SQUARE
        changes = {
            "cropped": (lambda document: document.crop(40, 30, 240, 200), lambda x, y: (x - 40, y - 30)),
            "mirrored": (lambda _document: krita().action("mirrorImageHorizontal").trigger(), lambda x, y: (WIDTH - 1 - x, y)),
            "turned": (lambda document: document.rotateImage(1.5707963267948966), lambda x, y: (HEIGHT - 1 - y, x)),
            "grown": (lambda document: document.resizeImage(-50, -20, WIDTH + 50, HEIGHT + 20), lambda x, y: (x + 50, y + 20)),
        }
        for name, (change, place) in changes.items():
            with self.subTest(change=name):
                document = self.canvas()
                job = start("erase")
                change(document)
                settled(document)
                self.over(job)
                self.assertEqual(job.note, "")
                self.assertIn("the result followed", " ".join(job.where))
                for x, y in ((left + 4, top + 4), (left + across - 5, top + down - 5)):
                    self.assertLessEqual(away(self.at(document, *place(x, y)), BACKGROUND), 12)

    def test_a_document_is_the_same_after_flatten(self):
        document = self.canvas()
        job = start("erase")
        krita().action("flatten_image").trigger()
        settled(document)
        self.over(job)
        self.assertEqual((job.note, len(self.port.layers(document))), ("", 2))

    # --- nothing of the painter's -----------------------------------------------------------------------------------

    def test_an_open_transformation_is_neither_applied_nor_read(self):
        document = self.canvas(select=False)
        session().state.choose("remove_background")
        layers, pixels = self.port.layers(document), bytes(document.topLevelNodes()[0].pixelData(0, 0, WIDTH, HEIGHT))
        krita().action("KisToolTransform").trigger()
        self.assertTrue(pump(lambda: compat.busy(document), 20))
        before = list(session().jobs.all)
        dock().run.button.click()
        self.assertTrue(pump(lambda: any("transformation" in words for words in self.said), 20))
        self.assertTrue(compat.busy(document))
        self.assertEqual(came(before), [])
        krita().action("KritaShape/KisToolBrush").trigger()
        settled(document)
        self.assertEqual(self.port.layers(document), layers)
        self.assertEqual(bytes(document.topLevelNodes()[0].pixelData(0, 0, WIDTH, HEIGHT)), pixels)

    def test_a_drawing_waits_for_the_stroke_and_is_one_undo(self):
        document = self.canvas(select=False)
        krita().action("KritaShape/KisToolBrush").trigger()
        view = compat.canvas_widget(krita().activeWindow()).viewport()
        middle = view.rect().center()
        layer = document.topLevelNodes()[0]
        mouse.move(view, middle)
        job = start("vectorize")
        mouse.press()
        mouse.move(view, middle + QtCore.QPoint(10, 4))
        try:
            self.assertTrue(pump(lambda: job.phase == "waits for your stroke" or job.over, 60), job.phase)
            self.assertFalse(job.over)
            mouse.move(view, middle + QtCore.QPoint(60, 30))
        finally:
            mouse.release()
        self.over(job)
        settled(document)
        painted = bytes(layer.pixelData(0, 0, WIDTH, HEIGHT))
        self.assertEqual([node.type() for node in document.topLevelNodes()], ["paintlayer", "vectorlayer"])
        self.port.undo(document)
        self.assertEqual(self.port.layers(document), ["Background"])
        self.assertEqual(bytes(layer.pixelData(0, 0, WIDTH, HEIGHT)), painted)
        # The next undo is the stroke: nothing unseen lies between.
        self.port.undo(document)
        self.assertNotEqual(bytes(layer.pixelData(0, 0, WIDTH, HEIGHT)), painted)

    def test_the_active_layer_is_active_again_at_once(self):
        document = self.canvas()
        start("erase")
        self.assertTrue(pump(lambda: len(self.port.layers(document)) == 2, 60))
        pump(seconds=0.03)
        self.assertEqual(document.activeNode().name(), "Background")
        if compat.can_mask(document):
            self.over(start("remove_background", result_as="Transparency mask"))
            pump(seconds=0.1)
            self.assertEqual(document.activeNode().type(), "paintlayer")


def main(out):
    from krita_run import run

    run(out, Trust)
