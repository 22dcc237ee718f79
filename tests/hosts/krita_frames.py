"""An operation over the key frames of an animated layer, inside a real Krita."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import re
import tempfile
import zipfile
from pathlib import Path

from contract import AROUND, BACKGROUND, HEIGHT, SQUARE, SUBJECT, WIDTH, away, scene
from krita_many import Asking
from krita_port import KINDS, dock, krita, pump, session, settled, swapped
from recraft import compat
from recraft.many import overs
from recraft.qt import QtCore
from recraft.shared.errors import Unreachable
from recraft.shared.geometry import Box
from recraft.shared.plan import plan
from recraft.shared.plugin import strips
from recraft.shared.plugin.document_job import Job

TIMES = (0, 4, 9)
INSIDE = (SQUARE[0] + SQUARE[2] // 2, SQUARE[1] + SQUARE[3] // 2, 1, 1)
# A corner that differs from frame to frame and is half transparent: it must come back byte for byte.
CORNER, SHADES = (0, 0, 40, 30), ((10, 20, 30, 255), (40, 50, 60, 128), (70, 80, 90, 1))


class Frames(Asking):
    """Each key frame is a request; all of them come as one animated layer, in one undo step."""

    def animated(self, kind="RGBA 8", soft=False, shades=SHADES):
        """A document whose only layer has three key frames with the same subject, and the place selected."""
        document = self.port.canvas(scene(), WIDTH, HEIGHT, kind)
        layer = document.topLevelNodes()[0]
        whole = bytes(layer.pixelData(0, 0, WIDTH, HEIGHT))
        layer.enableAnimation()
        for time, shade in zip(TIMES, shades):
            document.setCurrentTime(time)
            settled(document)
            if time:
                document.setActiveNode(layer)
                krita().action("add_blank_frame").trigger()
                settled(document)
            layer.setPixelData(QtCore.QByteArray(whole), 0, 0, WIDTH, HEIGHT)
            if kind == "RGBA 8":
                corner = bytes(shade) * (CORNER[2] * CORNER[3])
                layer.setPixelData(QtCore.QByteArray(corner), *CORNER)
        document.setCurrentTime(0)
        settled(document)
        self.assertEqual([time for time in range(20) if layer.hasKeyframeAtTime(time)], list(TIMES))
        return self.ready(document, soft)

    def ready(self, document, soft=False):
        """The same with the place selected."""
        self.port.select(document, bytes((128 if soft else 255,)) * (AROUND[2] * AROUND[3]), AROUND)
        document.setActiveNode(document.topLevelNodes()[0])
        settled(document)
        session().state.look()
        return document

    def cloned(self):
        """The same from a file in which Krita has kept the last key frame as a clone of the first one."""
        document = self.animated()
        with tempfile.TemporaryDirectory() as folder:
            path, other = Path(folder, "a.kra"), Path(folder, "b.kra")
            document.saveAs(str(path))
            with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
                for name in old.namelist():
                    data = old.read(name)
                    if name.endswith("keyframes.xml"):
                        first, _, last = frames = re.findall(rb'frame="([^"]+)"', data)
                        self.assertEqual(len(set(frames)), 3)
                        data = data.replace(last, first)
                    new.writestr(name, data)
            document = krita().openDocument(str(other))
        krita().activeWindow().addView(document)
        settled(document)
        return self.ready(document)

    def choose(self, verb="erase"):
        session().state.choose(verb)
        session().state.set("over", "frames")

    def frames(self, document, layer, box=(0, 0, WIDTH, HEIGHT)):
        return [bytes(layer.pixelDataAtTime(*box, time)) for time in TIMES]

    def top(self, document):
        """The layer on top; a selection is a node too."""
        return [node for node in document.topLevelNodes() if node.type() == "paintlayer"][-1]

    def run_all(self, document):
        popup, rows = self.asked()
        new = self.clicked(popup)
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        return rows, new

    def one_failed(self):
        """A document over whose frames an erase ran; of the last of the three nothing came."""
        document = self.animated()
        self.choose()
        popup, _ = self.asked()
        *_, last = self.begun(popup)
        session().jobs._end(last, "failed", Unreachable("Gone.", remedy="Try again."))
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        return document

    def assert_outside(self, before, after, step=4):
        """Outside the selection every byte of a frame is the old one."""
        row, (left, top, width, height) = WIDTH * step, AROUND
        for y in range(HEIGHT):
            a, b = before[y * row : (y + 1) * row], after[y * row : (y + 1) * row]
            if top <= y < top + height:
                a, b = (one[: left * step] + one[(left + width) * step :] for one in (a, b))
            self.assertEqual(a, b, y)

    def test_an_erase_over_frames_is_one_animated_layer_and_one_undo(self):
        document = self.animated()
        layer = document.topLevelNodes()[0]
        before, seen = self.frames(document, layer), self.port.own_bytes(document)
        self.choose()
        self.assertEqual(dock().run.button.first, "Erase selection ×3")
        rows, _ = self.run_all(document)
        self.assertEqual([row.split("   ")[1] for row in rows], ["Frame 0", "Frame 4", "Frame 9"])
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        self.assertEqual(document.currentTime(), 0)
        made = self.top(document)
        self.assertTrue(made.animated())
        self.assertEqual([time for time in range(20) if made.hasKeyframeAtTime(time)], list(TIMES))
        for old, new in zip(before, self.frames(document, made)):
            self.assert_outside(old, new)
        for inside in self.frames(document, made, INSIDE):
            self.assertLessEqual(away(swapped(inside), BACKGROUND), 12)
        self.assertEqual(self.frames(document, layer), before)
        self.assertIn("3 frames are done", dock().run.notice.text())
        self.port.undo(document)
        self.assertEqual(self.port.layers(document), ["Background"])
        self.assertEqual((self.frames(document, layer), self.port.own_bytes(document)), (before, seen))
        krita().action("edit_redo").trigger()
        settled(document)
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])

    def test_a_clone_is_sent_and_paid_once_and_both_of_its_times_are_done(self):
        document = self.cloned()
        layer = document.topLevelNodes()[0]
        before, seen = self.frames(document, layer), self.port.own_bytes(document)
        self.assertEqual((before[0], before[0] == before[1]), (before[2], False))
        self.choose()
        self.assertTrue(pump(lambda: dock().run.button.first == "Erase selection ×2", 5), dock().run.button.first)
        rows, new = self.run_all(document)
        self.assertEqual([row.split("   ")[1] for row in rows], ["Frame 0, 9", "Frame 4"])
        self.assertEqual([job.plan.units for job in new], [2, 2])
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        after = self.frames(document, self.top(document))
        self.assertEqual(after[0], after[2])
        for old, made in zip(before, after):
            self.assert_outside(old, made)
        for inside in self.frames(document, self.top(document), INSIDE):
            self.assertLessEqual(away(swapped(inside), BACKGROUND), 12)
        self.assertIn("3 frames are done", dock().run.notice.text())
        self.port.undo(document)
        self.assertEqual((self.frames(document, layer), self.port.own_bytes(document)), (before, seen))

    def test_an_equal_frame_that_is_painted_before_the_click_is_a_request_of_its_own(self):
        document = self.animated(shades=(SHADES[0],) * 3)
        self.choose()
        self.assertTrue(pump(lambda: dock().run.button.first == "Erase selection ×1", 5), dock().run.button.first)
        layer = document.topLevelNodes()[0]
        layer.setPixelData(QtCore.QByteArray(bytes(SHADES[1])), 3, 3, 1, 1)  # of the frame in front, the first
        settled(document)
        popup, rows = self.asked()
        popup.close()
        self.assertEqual([row.split("   ")[1] for row in rows], ["Frame 0", "Frame 4, 9"])

    def test_a_twin_that_is_another_drawing_when_its_turn_comes_is_left_out_and_said(self):
        document = self.animated(shades=(SHADES[0], SHADES[1], SHADES[1]))
        layer = document.topLevelNodes()[0]
        before = self.frames(document, layer)
        self.choose()
        popup, _ = self.asked()
        session().jobs.queue.held = True
        self.addCleanup(setattr, session().jobs.queue, "held", False)
        self.begun(popup)
        document.setCurrentTime(TIMES[2])
        self.assertTrue(pump(lambda: document.currentTime() == TIMES[2], 5))
        layer.setPixelData(QtCore.QByteArray(bytes(SHADES[2])), 3, 3, 1, 1)
        settled(document)
        session().jobs.hold(False)
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        after = self.frames(document, self.top(document))
        self.assertEqual([old != new for old, new in zip(before, after)], [True, True, True])
        inside = [away(swapped(one), BACKGROUND) <= 12 for one in self.frames(document, self.top(document), INSIDE)]
        self.assertEqual(inside, [True, True, False])
        self.assertIn("1 key frame has", dock().run.notice.text())

    def test_frames_that_wait_and_those_that_have_come_hold_no_pixels(self):
        self.animated()
        self.choose()
        popup, _ = self.asked()
        session().jobs.queue.held = True
        self.addCleanup(setattr, session().jobs.queue, "held", False)
        new = self.begun(popup)
        self.assertEqual([job.message()[1] for job in new], [[], [], []])
        session().jobs.hold(False)
        self.assertTrue(pump(lambda: new[0].over, 60))
        self.assertEqual((new[0].message()[1], len(new[0].result.layers)), ([], 1))
        self.assertIsInstance(new[0].result.layers[0]["pixels"], range)  # where they lie in a file

    def test_key_frames_are_compared_to_the_end_before_the_list_opens(self):
        self.addCleanup(setattr, strips, "STRIP", strips.STRIP)
        strips.STRIP = WIDTH * 4
        self.addCleanup(setattr, strips.Search, "PATIENCE_S", strips.Search.PATIENCE_S)
        strips.Search.PATIENCE_S = 0.0
        self.animated(shades=(SHADES[0],) * 3)
        self.choose()
        popup, rows = self.asked()
        popup.close()
        self.assertEqual([row.split("   ")[1] for row in rows], ["Frame 0, 4, 9"])

    def test_cancelled_over_frames_what_is_done_is_kept(self):
        document = self.animated()
        layer = document.topLevelNodes()[0]
        before = self.frames(document, layer)
        self.choose()
        popup, _ = self.asked()
        first, *others = self.begun(popup)
        self.assertTrue(pump(lambda: first.over, 60))
        for job in others:
            session().jobs.cancel(job)
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        self.assertEqual((first.state, others[-1].state), ("done", "cancelled"))
        done = [job.state == "done" for job in (first, *others)]
        after = self.frames(document, self.top(document))
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        self.assertEqual([new != old for old, new in zip(before, after)], done)

    def test_a_frame_sent_anew_comes_above_those_that_were_done(self):
        document = self.one_failed()
        one = self.top(document)
        self.assertGreater(away(swapped(self.frames(document, one, INSIDE)[2]), BACKGROUND), 60)
        self.assertIn("Try again", dock().run.notice.text())
        dock().run.notice.linkActivated.emit("again")
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        self.assertEqual(self.port.layers(document), ["Erase", "Erase", "Background"])
        for inside in self.frames(document, self.top(document), INSIDE):
            self.assertLessEqual(away(swapped(inside), BACKGROUND), 12)

    def test_a_frame_sent_anew_after_undo_comes_above_the_drawing_itself(self):
        document = self.one_failed()
        self.port.undo(document)
        self.assertEqual(self.port.layers(document), ["Background"])
        dock().run.notice.linkActivated.emit("again")
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        inside = self.frames(document, self.top(document), INSIDE)
        self.assertLessEqual(away(swapped(inside[2]), BACKGROUND), 12)

    def test_a_frame_with_another_drawing_by_then_is_left_out_and_said(self):
        document = self.animated()
        layer = document.topLevelNodes()[0]
        document.setSelection(None)
        settled(document)
        session().state.look()
        self.choose("remove_background")
        popup, _ = self.asked()
        new = self.begun(popup)
        self.assertTrue(pump(lambda: all(job.state != "reading" for job in new), 60))
        other = bytes(at * at % 251 for at in range(4 * WIDTH * HEIGHT))
        layer.setPixelData(QtCore.QByteArray(other), 0, 0, WIDTH, HEIGHT)
        settled(document)
        before = self.frames(document, layer)
        self.assertTrue(pump(lambda: not session().jobs.open, 90))
        settled(document)
        changed = [made != old for old, made in zip(before, self.frames(document, self.top(document)))]
        self.assertEqual(changed, [False, True, True])
        self.assertIn("1 key frame has", dock().run.notice.text())

    def test_what_is_erased_over_frames_takes_transparency_too(self):
        """A sprite: the layer is clear around its subject, and erasing it must not leave it showing."""
        document = self.animated()
        layer = document.topLevelNodes()[0]
        layer.setPixelData(QtCore.QByteArray(bytes(4 * WIDTH * HEIGHT)), 0, 0, WIDTH, HEIGHT)
        subject = swapped(bytes(SUBJECT)) * (SQUARE[2] * SQUARE[3])
        layer.setPixelData(QtCore.QByteArray(subject), *SQUARE)
        settled(document)
        self.choose()
        self.run_all(document)
        self.assertLessEqual(self.frames(document, self.top(document), INSIDE)[0][3], 8)

    def test_every_frame_is_cut_out_in_place(self):
        document = self.animated()
        document.setSelection(None)
        settled(document)
        session().state.look()
        self.choose("remove_background")
        rows, _ = self.run_all(document)
        self.assertEqual(len(rows), 3)
        clear = [frame[3] for frame in self.frames(document, self.top(document), (60, 200, 1, 1))]
        self.assertTrue(all(alpha < 60 for alpha in clear), clear)
        self.assertIn("Hide the layer below", dock().run.notice.text())

    def test_deep_and_grey_frames_keep_their_bytes_outside(self):
        for kind, step in (("RGBA 16", 8), ("grey 8", 2), ("RGBA float", 16)):
            with self.subTest(kind=kind):
                document = self.animated(kind)
                layer = document.topLevelNodes()[0]
                before = self.frames(document, layer)
                self.choose()
                self.run_all(document)
                made = self.top(document)
                self.assertEqual((made.colorModel(), made.colorDepth()), KINDS[kind][:2])
                for old, new in zip(before, self.frames(document, made)):
                    self.assert_outside(old, new, step)
                    self.assertNotEqual(old, new)

    def test_frames_are_offered_for_an_animated_layer_only_and_within_the_playback_range(self):
        document = self.animated()
        self.choose()
        state = session().state
        self.assertIn("frames", overs(state))
        document.setPlayBackRange(3, 12)
        popup, rows = self.asked()
        popup.close()
        self.assertEqual([row.split("   ")[1] for row in rows], ["Frame 4", "Frame 9"])
        document.setPlayBackRange(20, 30)
        dock().run.button.click()
        self.assertIn("no key frame", dock().run.notice.text())
        state.choose("crisp_upscale")
        self.assertNotIn("frames", overs(state))
        state.choose("erase")
        still = self.add(document, "paintlayer", colour=(1, 2, 3, 255))
        document.setActiveNode(still)
        self.assertTrue(pump(lambda: document.activeNode() == still, 5))
        state.look()
        self.assertNotIn("frames", overs(state))
        self.assertEqual(dock().run.button.first, "Erase selection")

    def test_what_is_cancelled_while_it_is_read_is_not_sent(self):
        """Krita turns the event loop while it converts colours, and a click on the cross may come there."""
        self.animated()
        state = session().state
        state.choose("remove_background")
        ask = state.ask()
        job = Job(state.verb, plan(ask), dict(ask.options), state.canvas)

        def read():
            yield
            session().jobs.cancel(job)

        session().jobs.add(job, read())
        self.assertTrue(pump(lambda: job.over, 20))
        pump(lambda: False, 1)
        self.assertEqual((job.state, job.number), ("cancelled", 0))

    def test_a_canvas_that_changed_its_size_takes_no_frames(self):
        document = self.animated()
        self.choose()
        popup, _ = self.asked()
        new = self.begun(popup)
        document.resizeImage(20, 10, WIDTH - 40, HEIGHT - 20)
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        # What can have no place any more is not sent.
        self.assertEqual([job.state for job in new], ["done", "failed", "failed"])
        # The painter must not be told to pay for all of them once more.
        self.assertEqual({job.error.remedy for job in new[1:]}, {"Nothing was sent."})
        self.assertEqual(self.port.layers(document), ["Background"])
        self.assertIn("The canvas has changed meanwhile", dock().run.notice.text())
        self.assertEqual(compat.box_of(document.topLevelNodes()[0]).intersect(Box(0, 0, 1, 1)).empty, False)
