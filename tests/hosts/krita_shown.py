"""What is shown is what is done, inside a real Krita: the strip, the options, the words, the theme."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import json
import os
import signal
import time
from pathlib import Path

import krita_mouse as mouse
from contract import HEIGHT, WIDTH, scene
from krita_port import dock, krita, pump, session, settled, start
from krita_trust import Trusting
from recraft import compat
from recraft.qt import QtCore, QtGui, QtWidgets
from recraft.shared.errors import OutOfUnits, Unanswered
from recraft.shared.geometry import Box
from recraft.shared.i18n import use
from recraft.shared.plan import Ask, plan
from recraft.shared.plugin.document_job import Job
from recraft.shared.plugin.state import Sheet
from recraft.shared.plugin.verbs import VERBS
from recraft.strip import Caption
from recraft.texts import words_of
from recraft.widgets import Elided, readable_link

# All lengths are px at a text line so high.
LINE = 15
LEAST_ROW = 40  # of results that is still of use


class Shown(Trusting):
    """Each test leaves the theme as it was."""

    def at_size(self, wide, high):
        """The docker floating, so large (px at a text line of 15) with a title of 27; waits until it is."""
        unit = dock().fontMetrics().lineSpacing() / LINE
        size = QtCore.QSize(round(wide * unit), round((high - 27) * unit))
        title = dock().height() - dock().widget().height()
        dock().resize(size.width(), size.height() + title)
        inside = dock().widget()
        self.assertTrue(pump(lambda: abs(inside.height() - size.height()) <= 1, 20), (inside.size(), size))

    def floating(self):
        dock().setFloating(True)
        self.addCleanup(dock().setFloating, False)

    def test_the_button_stands_at_one_place_over_all_verbs_and_languages(self):
        self.canvas()
        self.floating()
        button, body = dock().run.button, dock().widget()
        self.addCleanup(use, os.environ.get("LANGUAGE") or "en")
        for high in (187, 240, 340, 430, 700):
            places = {}
            self.at_size(262, high)
            for tongue in ("en", "de"):
                use(tongue)
                for verb in VERBS:
                    session().state.choose(verb)
                    pump(seconds=0.01)
                    places[tongue, verb] = button.mapTo(body, QtCore.QPoint(0, 0)).y()
                    self.assertEqual(button.visibleRegion().boundingRect(), button.rect(), (tongue, verb, high))
            self.assertLessEqual(max(places.values()) - min(places.values()), 1, (high, places))

    def test_at_its_lowest_the_docker_cuts_nothing_and_shows_prompt_button_and_results(self):
        document = self.canvas()
        self.over(start("erase"))
        settled(document)
        self.assertTrue(pump(dock().results.strip.tiles, 20))
        self.floating()
        self.at_size(262, 187)
        unit = dock().fontMetrics().lineSpacing() / LINE
        for verb in VERBS:
            session().state.choose(verb)
            session().said.emit("", "")
            pump(seconds=0.05)
            with self.subTest(verb=verb):
                self.assertEqual(list(cut(dock().widget())), [])
                self.assertGreaterEqual(dock().prompt.height(), 2 * dock().prompt.line)
                if verb not in ("style", "explore"):
                    self.assertGreaterEqual(dock().results.strip.viewport().visibleRegion().boundingRect().height(), LEAST_ROW * unit)

    def test_an_empty_prompt_says_what_it_is_for(self):
        self.canvas()
        session().state.choose("fill")
        session().state.set("prompt", "")
        self.floating()
        self.at_size(262, 400)
        edit = dock().prompt.edit
        self.assertTrue(pump(lambda: edit.isVisible() and not edit.toPlainText(), 5))
        words, shown = edit.placeholderText(), edit.viewport().grab().toImage()
        self.addCleanup(edit.setPlaceholderText, words)
        edit.setPlaceholderText("")
        pump(seconds=0.2)
        self.assertNotEqual(shown, edit.viewport().grab().toImage())

    def test_a_hint_in_place_of_results_is_no_longer_than_there_is_room_and_keeps_its_link(self):
        self.canvas()
        session().state.choose("fill")
        self.floating()
        results = dock().results
        empty, results._rows, whole = results.empty, list, ""  # whatever earlier checks have left
        self.addCleanup(results.refresh)
        self.addCleanup(delattr, results, "_rows")
        results.refresh()
        for height in (400, 187, 205, 400):
            self.at_size(262, height)
            pump(seconds=0.2)
            self.assertTrue(empty.isVisible())
            self.assertLessEqual(empty.heightForWidth(empty.width()), empty.height())
            self.assertIn("Add key", empty.text())
            whole = whole or empty.text()
        self.assertEqual(empty.text(), whole)

    def test_results_are_back_as_soon_as_news_are_dismissed(self):
        document = self.canvas()
        self.over(start("erase"))
        settled(document)
        self.floating()
        self.at_size(262, 187)
        strip = dock().results.strip
        self.assertTrue(pump(strip.isVisible, 20))
        session().said.emit("Something happened.", "")
        self.assertTrue(pump(lambda: not strip.isVisible(), 5))
        dock().run.cancel.click()
        self.assertTrue(pump(strip.isVisible, 2))

    def test_tab_goes_through_the_whole_docker_and_out_of_it(self):
        self.canvas()
        session().state.choose("fill")
        pump(seconds=0.2)
        body, window = dock().widget(), krita().activeWindow().qwindow()
        dock().verbs._more.setFocus()
        seen = []
        for _ in range(40):
            body.focusNextPrevChild(True)
            now = window.focusWidget()
            if now is None or not body.isAncestorOf(now):
                break
            seen.append(now)
        self.assertLess(len(seen), 40, "Tab never leaves")
        wanted = [dock().prompt.edit, dock().run.button, dock().run.queue, dock().results.strip]
        places = [seen.index(one) for one in wanted if one.isVisible()]
        self.assertGreater(len(places), 2)
        self.assertEqual(places, sorted(places))

    def test_twenty_clicks_on_a_tile_are_one_layer_and_no_preview_stays(self):
        document = self.canvas()
        self.over(start("erase"))
        strip = dock().results.strip
        self.assertTrue(pump(strip.tiles, 20))
        dock().setFloating(True)
        dock().resize(300, 800)
        self.addCleanup(dock().setFloating, False)
        strip.scrollToTop()
        point = strip.visualItemRect(strip.tiles()[0]).center()
        self.assertTrue(pump(lambda: strip.viewport().isVisible(), 20))
        session().session.place_guard.__init__(0.4)
        mouse.click(strip.viewport(), point, times=20)
        self.assertTrue(pump(lambda: len(self.port.layers(document)) > 2, 30))
        pump(seconds=1.5)
        self.assertEqual(len(self.port.layers(document)), 3)
        self.assertFalse(dock().overlay.showing)

    def test_a_menu_acts_on_the_result_it_was_opened_for(self):
        self.canvas()
        self.over(start("erase"))
        self.over(start("remove_background"))
        results = dock().results
        self.assertTrue(pump(lambda: len(results.strip.tiles()) > 1, 20))
        first, second = results.strip.tiles()[:2]
        results.strip.setCurrentItem(first)
        mine = results.chosen()["entry"]
        results.menu.open(QtCore.QPoint(10, 10))
        menu = next(one for one in results.findChildren(QtWidgets.QMenu) if one.isVisible())
        results.strip.clearSelection()
        results.strip.setCurrentItem(second)
        self.assertNotEqual(results.chosen()["entry"], mine)
        rows = {action.text(): action for action in menu.actions()}
        rows["Discard"].trigger()
        menu.close()
        self.assertEqual(list(results._discarded), [mine])
        results.undo_discard()
        self.assertEqual(list(results._discarded), [])

    def test_the_placed_mark_follows_undo(self):
        document = self.canvas()
        job = self.over(start("erase"))
        settled(document)
        canvas = session().host.active()
        self.assertIn(job.result.entry, {name for name, _ in session().placed_tiles(canvas)})
        self.port.undo(document)
        self.assertNotIn(job.result.entry, {name for name, _ in session().placed_tiles(canvas)})
        krita().action("edit_redo").trigger()
        settled(document)
        self.assertIn(job.result.entry, {name for name, _ in session().placed_tiles(canvas)})

    def test_result_as_follows_the_document(self):
        first = self.canvas(select=False)
        session().state.choose("crisp_upscale")
        session().state.set("result_as", "scale")
        chip = dock().chips._chips["placement"]
        self.assertEqual(chip.text(), "Scale ▾")
        self.canvas(select=False)
        session().state.choose("crisp_upscale")
        self.assertEqual(dock().chips._chips["placement"].text(), "New document ▾")
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

    def test_a_newer_version_is_told_until_it_is_dismissed(self):
        self.canvas(select=False)
        dock().setFloating(True)
        dock().resize(300, 640)  # at its lowest the docker has no room for news
        self.addCleanup(dock().setFloating, False)
        note = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recraft-canvas/release.json"
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"asked": time.time(), "version": "9.1"}), encoding="utf-8")
        library, run = session().library, dock().run
        self.addCleanup(library.change, "new_versions", False)
        session().said.emit("", "")
        self.assertNotIn("9.1", run.notice.text())
        library.change("new_versions", True)
        there = pump(lambda: run.notice.isVisible() and "Version 9.1 is out." in run.notice.text(), 60)
        self.assertTrue(there, (library.release, run.notice.text(), run.lines))
        self.assertIn('href="release"', run.notice.text())
        dock().grab().save(str(Path.home() / "newer-version.png"))
        # What happens comes first, and it is told again after that.
        session().said.emit("Something happened.", "")
        self.assertNotIn("9.1", run.notice.text())
        run.cancel.click()
        self.assertTrue(pump(lambda: "9.1" in run.notice.text(), 20))
        run.cancel.click()
        self.assertTrue(pump(lambda: not run.news.isVisible(), 20))

    def in_themes(self):
        """Light, dark and light again; each palette once the docker has heard of it."""
        palette = QtWidgets.QApplication.palette()
        for window, text in (("#f0f0f0", "#101010"), ("#303030", "#e8e8e8"), ("#f0f0f0", "#101010")):
            new = QtGui.QPalette(palette)
            new.setColor(QtGui.QPalette.ColorRole.Window, QtGui.QColor(window))
            new.setColor(QtGui.QPalette.ColorRole.WindowText, QtGui.QColor(text))
            QtWidgets.QApplication.setPalette(new)
            pump(seconds=0.3)
            yield new
        QtWidgets.QApplication.setPalette(palette)

    def test_lines_stay_readable_when_the_theme_is_switched(self):
        self.canvas(select=False)
        session().say(OutOfUnits("The account has 3 units left.", remedy="Add units."))
        for theme in self.in_themes():
            colour = dock().run.notice.palette().color(QtGui.QPalette.ColorRole.WindowText)
            window = theme.color(QtGui.QPalette.ColorRole.Window)
            self.assertGreater(contrast(colour, window), 4.5, window.name())

    def test_links_stay_readable_when_the_theme_is_switched_and_then_the_width(self):
        self.canvas(select=False)
        notice = dock().run.notice
        dock().run.say("Something happened.", "undo")
        for theme in self.in_themes():
            notice.tell_within(*notice._within)  # as another width does
            self.assertIn(f"color:{readable_link(theme).name()}", notice.text())

    def test_a_result_of_a_larger_picture_is_placed_on_the_canvas(self):
        wide, high = 480, 400
        self.port.canvas(scene(wide, high), wide, high)
        session().state.look()
        job = self.over(start("vectorize"))
        small = self.port.canvas(scene(200, 150), 200, 150)
        session().state.look()
        entry = {"entry": job.result.entry, "index": 0, "operation": "vectorize", "canvas": [wide, high]}
        session().fetch_and_place(entry)
        self.assertTrue(pump(lambda: len(self.port.layers(small)) == 2, 60))
        settled(small)
        rect = small.topLevelNodes()[-1].bounds()
        self.assertTrue(Box(-1, -1, 202, 152).holds(Box(rect.x(), rect.y(), rect.width(), rect.height())), rect)

    def test_what_may_have_been_charged_has_a_tile(self):
        self.canvas()
        library = session().library
        entry = {
            "entry": "e1", "operation": "inpaint", "prompt": "a boat", "created": 1.7e9, "outcome": "unknown", "units": None,
            "at_risk": 40, "offline": False, "pictures": 0, "here": 0, "starred": False, "canvas": None,
        }  # fmt: skip
        library._listed({"entries": [entry, {**entry, "entry": "e2", "outcome": "working"}]})
        strip = dock().results.strip
        dock().results.everything = True
        self.addCleanup(setattr, dock().results, "everything", False)
        dock().results.refresh()
        self.assertEqual(len(strip.tiles()), 1)
        strip.setCurrentItem(strip.tiles()[0])
        dock().results.preview()
        whole = dock().run.notice.toolTip() or dock().run.notice.text()  # where a line is too short, the tooltip has it
        self.assertIn("may have been charged", whole)
        self.assertIn("40 units", whole)
        library.refresh()

    def test_the_strip_brings_older_results_at_its_end(self):
        self.canvas()
        dock().setFloating(True)
        dock().resize(300, 640)
        self.addCleanup(dock().setFloating, False)
        dock().results.everything = True
        self.addCleanup(setattr, dock().results, "everything", False)
        library, asked = session().library, []
        library.find("")
        library.refresh = lambda: asked.append(library._limit)
        self.addCleanup(delattr, library, "refresh")
        entry = {
            "operation": "inpaint", "prompt": "a boat", "created": 1.7e9, "outcome": "unknown", "units": None, "at_risk": 40,
            "offline": False, "pictures": 0, "here": 0, "starred": False, "canvas": None,
        }  # fmt: skip
        bar = dock().results.strip.verticalScrollBar()

        def listed():
            if len(library.entries) != 60:  # an answer to what was asked before may still come
                library._listed({"entries": [{**entry, "entry": f"e{number}"} for number in range(60)]})
            return bar.maximum() > 200

        self.assertTrue(pump(listed, 20), (bar.maximum(), len(library.entries)))
        # A short list, too, may have been scrolled to its end before.
        library._limit, library._full = 60, True
        bar.setValue(0)
        asked.clear()
        bar.setValue(bar.maximum())
        self.assertEqual(asked, [120])
        bar.setValue(0)

    def test_an_engine_that_died_starts_again_and_the_free_job_with_it(self):
        document = self.canvas()
        self.over(start("erase"))
        job = start("erase", context_px=300)
        self.assertTrue(pump(lambda: job.phase != "preparing" or job.over, 30))
        pids = engines()
        self.assertTrue(pids)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.over(job)
        self.over(start("erase"))
        self.assertEqual(len(self.port.layers(document)), 4)

    def test_errors_have_the_right_cure(self):
        self.canvas()
        notice, desk = dock().run.notice, session()
        desk.say(OutOfUnits("The account has 3 units left.", remedy="Add units on recraft.ai.", status=402), lambda: None)
        self.assertIn("Add units", notice.text())
        self.assertNotIn("cap", notice.text())
        session().state.choose("style")
        dock().new_style.add_layers()
        pump(seconds=0.1)
        job = Job(VERBS["image"], plan(Ask("generate", {"prompt": "a boat"})), {}, None, desk=desk)
        job.state, job.error = "failed", Unanswered("No answer came.", remedy="Look.", charged=True)
        session().session.facts.offline = False
        self.addCleanup(setattr, session().session.facts, "offline", True)
        before = len(desk.jobs.all)
        desk._failed(job)
        self.assertIn("Look again", notice.text())
        self.assertIn("Send again, 35 u", notice.text())
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


def cut(body):
    """Widgets with text whose text is wider or higher than they are, and those that reach out of the docker."""
    kinds = (QtWidgets.QToolButton, QtWidgets.QPushButton, QtWidgets.QLabel)
    for one in body.findChildren(QtWidgets.QWidget):
        shown = one.isVisible() and isinstance(one, kinds) and one.text() and "qt_" not in one.objectName()
        if not shown or isinstance(one, (Caption, Elided)):
            continue
        corner = one.mapTo(body, one.rect().bottomRight())
        wide = 0 if isinstance(one, QtWidgets.QLabel) and one.wordWrap() else one.fontMetrics().horizontalAdvance(one.text())
        high = one.heightForWidth(one.width()) if isinstance(one, QtWidgets.QLabel) and one.wordWrap() else 0
        hidden = one.visibleRegion().boundingRect() != one.rect() and not inside_scroll(one, body)
        if wide > one.width() or high > one.height() or corner.x() > body.width() or hidden:
            yield one.text(), wide, high, one.size(), corner


def inside_scroll(one, body):
    """True for what may be scrolled into sight."""
    while one is not None and one is not body:
        if isinstance(one, QtWidgets.QAbstractScrollArea):
            return True
        one = one.parentWidget()
    return False


def engines():
    """Process ids of the embedded engines of this user; one may have come from a worker that is gone."""
    found, home = [], os.environ["HOME"].encode()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and any(word.startswith(home) for word in words):
            found.append(int(path.name))
    return found



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
