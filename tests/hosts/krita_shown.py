"""What is shown is what is done, inside a real Krita: the strip, the options, the words, the theme."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import krita_mouse as mouse
from contract import HEIGHT, WIDTH, scene
from krita_port import dock, krita, pump, session, settled, start
from krita_trust import Trusting
from recraft import compat
from recraft.jobs import Job
from recraft.qt import QtGui, QtWidgets
from recraft.shared.errors import OutOfUnits, Unanswered
from recraft.shared.plan import Ask, plan
from recraft.state import Sheet
from recraft.verbs import VERBS
from recraft.words import words_of


class Shown(Trusting):
    """Each test leaves the theme as it was."""

    def test_twenty_clicks_on_a_tile_are_one_layer_and_no_preview_stays(self):
        document = self.canvas()
        self.over(start("erase"))
        strip = dock().results.strip
        self.assertTrue(pump(lambda: strip.count() > 0, 20))
        dock().setFloating(True)
        dock().resize(300, 800)
        self.addCleanup(dock().setFloating, False)
        point = strip.visualItemRect(strip.item(0)).center()
        self.assertTrue(pump(lambda: strip.viewport().isVisible(), 20))
        session().session.place_guard.__init__(0.4)
        mouse.click(strip.viewport(), point, times=20)
        self.assertTrue(pump(lambda: len(self.port.layers(document)) > 2, 30))
        pump(seconds=1.5)
        self.assertEqual(len(self.port.layers(document)), 3)
        self.assertFalse(dock().overlay.showing)

    def test_the_placed_mark_follows_undo(self):
        document = self.canvas()
        job = self.over(start("erase"))
        settled(document)
        canvas = session().host.active()
        self.assertIn(job.result.entry, session().placed_in(canvas))
        self.port.undo(document)
        self.assertNotIn(job.result.entry, session().placed_in(canvas))
        krita().action("edit_redo").trigger()
        settled(document)
        self.assertIn(job.result.entry, session().placed_in(canvas))

    def test_result_as_follows_the_document(self):
        first = self.canvas(select=False)
        session().state.choose("crisp_upscale")
        session().state.set("result_as", "Scale this picture")
        self.canvas(select=False)
        session().state.choose("crisp_upscale")
        pump(seconds=0.1)
        boxes = [box for box in dock().options.findChildren(QtWidgets.QComboBox) if box.findData("Scale this picture") >= 0]
        self.assertEqual([box.currentData() for box in boxes if box.isVisibleTo(dock())], ["New document"])
        del first

    def text(self, document, markup):
        layer = document.createVectorLayer("text")
        layer.addShapesFromSvg(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}px" height="{HEIGHT}px"'
            f' viewBox="0 0 {WIDTH} {HEIGHT}">{markup}</svg>'
        )
        document.rootNode().addChildNode(layer, None)
        settled(document)
        return layer

    def test_words_are_as_wide_as_their_letters_and_keep_their_tilt(self):
        document = self.canvas(select=False)
        narrow, wide = words_of([self.text(document, '<text x="40" y="100" font-size="24">IIII WWWW</text>')], 72)
        self.assertGreater(wide.box.width, 2 * narrow.box.width)
        markup = '<text transform="translate(60 60) rotate(30)" x="0" y="0" font-size="24">HELLO WORLD</text>'
        hello, world = words_of([self.text(document, markup)], 72)
        for word in (hello, world):
            (left, top), (right, end) = word.corners[:2]
            self.assertAlmostEqual((end - top) / (right - left), 0.577, places=2)
        self.assertGreater(world.corners[0][0], hello.corners[1][0] - 2)

    def test_words_and_prompt_follow_the_document_and_are_kept_when_typed(self):
        first = self.canvas(select=False)
        state = session().state
        state.choose("image")
        state.set("model", "recraftv3")
        dock().prompt.edit.setPlainText("typed, not run")
        dock().words.show_words(words_of([self.text(first, '<text x="40" y="100" font-size="24">HELLO</text>')], 72))
        self.assertTrue(pump(lambda: not state.sheet.fresh, 20))
        kept = Sheet(compat.annotation(first, "recraft/ui"))
        self.assertEqual((kept.prompt, [word[0] for word in kept.words]), ("typed, not run", ["HELLO"]))
        self.canvas(select=False)
        self.assertTrue(pump(lambda: dock().words.list.count() == 0, 20))
        self.assertEqual(dock().prompt.edit.toPlainText(), "")

    def test_lines_stay_readable_when_the_theme_is_switched(self):
        self.canvas(select=False)
        palette = QtWidgets.QApplication.palette()
        for window, text in (("#f0f0f0", "#101010"), ("#303030", "#e8e8e8"), ("#f0f0f0", "#101010")):
            new = QtGui.QPalette(palette)
            new.setColor(QtGui.QPalette.ColorRole.Window, QtGui.QColor(window))
            new.setColor(QtGui.QPalette.ColorRole.WindowText, QtGui.QColor(text))
            QtWidgets.QApplication.setPalette(new)
            pump(seconds=0.3)
            colour = dock().run.offline.palette().color(QtGui.QPalette.ColorRole.WindowText)
            self.assertGreater(contrast(colour, QtGui.QColor(window)), 4.5, window)
        QtWidgets.QApplication.setPalette(palette)

    def test_errors_have_the_right_cure(self):
        self.canvas()
        notice, desk = dock().run.notice, session()
        desk.say(OutOfUnits("The account has 3 units left.", remedy="Add units on recraft.ai.", status=402), lambda: None)
        self.assertIn("Add units", notice.text())
        self.assertNotIn("cap", notice.text())
        session().state.choose("style")
        dock().style.add_layers()
        pump(seconds=0.1)
        job = Job(VERBS["image"], plan(Ask("generate", {"prompt": "a boat"})), {}, None, desk=desk)
        job.state, job.error = "failed", Unanswered("No answer came.", remedy="Look.", charged=True)
        session().session.facts.offline = False
        self.addCleanup(setattr, session().session.facts, "offline", True)
        before = len(desk.jobs.all)
        desk._failed(job)
        self.assertIn("Look again", notice.text())
        self.assertIn("Send anew, 40 units", notice.text())
        self.assertNotIn("Try again", notice.text())
        notice.linkActivated.emit("look")
        pump(seconds=0.5)
        self.assertEqual(len(desk.jobs.all), before)

    def test_a_selection_beside_the_canvas_blocks_nothing(self):
        document = self.port.canvas(scene(), WIDTH, HEIGHT)
        self.port.select(document, b"\xff" * 100, (WIDTH + 50, 10, 10, 10))
        state = session().state
        state.look()
        state.sheet.verb = None
        state.look()
        state.set("prompt", "a boat")
        self.assertEqual(state.verb.key, "image")
        made, trouble = state.plan()
        self.assertIsNone(trouble)
        self.assertEqual(made.operation.name, "generate")


def contrast(one, other):
    """The contrast of two colours as WCAG counts it, 1 to 21."""
    lights = sorted(_light(colour) + 0.05 for colour in (one, other))
    return lights[1] / lights[0]


def _light(colour):
    parts = [part / 255 for part in colour.getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def main(out):
    from krita_run import run

    run(out, Shown)
