"""The docker on a screen of twice the density, in German and 260 px wide: where texts are cut and marks go astray."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import unittest

from contract import AROUND, HEIGHT, WIDTH, scene
from krita_port import KritaPort, dock, krita, pump, session, settled
from recraft import compat
from recraft.qt import QtCore, QtGui, QtWidgets
from recraft.shared.plugin.choices import price_short
from recraft.shared.plugin.verbs import VERBS
from recraft.strip import SIDE, Caption
from recraft.widgets import Elided


class Sharp(unittest.TestCase):
    port = KritaPort()

    def selected(self):
        document = self.port.canvas(scene(), WIDTH, HEIGHT)
        self.port.select(document, b"\xff" * (AROUND[2] * AROUND[3]), AROUND)
        session().state.look()
        return document

    def test_the_screen_is_dense_and_the_docker_speaks_german(self):
        self.selected()
        session().state.choose("fill")
        self.assertEqual(krita().activeWindow().qwindow().devicePixelRatioF(), 2)
        self.assertEqual(dock().run.button.first, "Auswahl füllen")

    def test_no_text_is_cut_in_a_narrow_docker(self):
        self.selected()
        dock().setFloating(True)
        dock().resize(262, 800)
        for verb in VERBS:
            with self.subTest(verb=verb):
                session().state.choose(verb)
                pump(seconds=0.15)
                self.assertEqual(list(cut_texts(dock())), [])
        dock().setFloating(False)

    def test_a_frame_lies_on_the_canvas_where_its_box_is(self):
        document = self.selected()
        dock().show_boxes([AROUND])
        self.assertTrue(pump(lambda: dock().overlay.seen, 20))
        pump(seconds=0.2)
        area = compat.canvas_widget(krita().activeWindow())
        shift = compat.to_screen(krita().activeWindow().activeView(), area, document.resolution())
        place = shift.mapRect(QtCore.QRectF(*AROUND))
        # Red at the selection, in the picture itself: the view's own pixels tell where the canvas really is.
        seen = screen_of(area.viewport())
        inside = seen.pixelColor(*on_screen(place.center()))
        outside = seen.pixelColor(*on_screen(place.topLeft() - QtCore.QPointF(9, 9)))
        self.assertGreater(inside.red(), inside.blue() + 80)
        self.assertGreater(outside.blue(), outside.red() + 80)
        dock().hide_frame()

    def test_thumbnails_have_the_pixels_of_a_dense_screen(self):
        document = self.selected()
        self.assertEqual(self.port.run(document, "erase").error, "")
        settled(document)
        strip = dock().results.strip
        role = QtCore.Qt.ItemDataRole.DecorationRole
        self.assertTrue(pump(lambda: strip.tiles() and isinstance(strip.tiles()[0].data(role), QtGui.QPixmap), 30))
        found = strip.tiles()[0].data(role)
        self.assertGreaterEqual(max(found.width(), found.height()), 2 * SIDE)

    def test_a_small_window_at_the_edge_lies_on_the_screen_whole(self):
        self.selected()
        session().state.choose("expand")
        dock().setFloating(True)
        self.addCleanup(dock().setFloating, False)
        dock().resize(262, 500)
        screen = krita().activeWindow().qwindow().windowHandle().screen().availableGeometry()
        dock().move(screen.right() - 262, 100)
        pump(seconds=0.3)
        for name in ("edges", None):
            dock().chips.open(name, dock().chips.plus) if name else dock().chips.open_all(dock().chips.plus)
            pump(seconds=0.3)
            popup = QtWidgets.QApplication.activePopupWidget()
            self.assertTrue(screen.contains(popup.frameGeometry()), (name, popup.frameGeometry(), screen))
            popup.close()
            pump(seconds=0.1)

    def test_no_choice_of_the_settings_is_cut(self):
        dock().settings()
        self.addCleanup(dock()._dialog.close)
        pump(seconds=0.3)
        boxes = dock()._dialog.findChildren(QtWidgets.QComboBox)
        texts = [(box, box.itemText(at)) for box in boxes for at in range(box.count())]
        self.assertGreater(len(texts), 5)
        for box, text in texts:
            self.assertLessEqual(box.fontMetrics().horizontalAdvance(text) + 30, box.width(), text)

    def test_money_is_written_as_the_language_does(self):
        self.assertEqual(price_short(40), "40 E · 0,04 $")


def cut_texts(docker):
    """Buttons and one-line labels whose text is wider than they are, and those that reach out of the docker."""
    kinds = (QtWidgets.QToolButton, QtWidgets.QPushButton, QtWidgets.QCheckBox, QtWidgets.QLabel)
    for one in docker.findChildren(QtWidgets.QWidget):
        if not isinstance(one, kinds) or not one.isVisible() or not one.text() or "qt_" in one.objectName():
            continue
        if isinstance(one, (Caption, Elided)):
            continue  # shortened by intent, with the whole in the tooltip
        wraps = isinstance(one, QtWidgets.QLabel) and (one.wordWrap() or one.textFormat() == QtCore.Qt.TextFormat.RichText)
        needs = 0 if wraps else one.fontMetrics().horizontalAdvance(one.text())
        reach = one.mapTo(docker, one.rect().topRight()).x()
        if needs > one.width() or reach > docker.width():
            yield one.text(), needs, one.width(), reach


def screen_of(widget):
    """A picture of what the screen shows there, in device px."""
    return widget.window().windowHandle().screen().grabWindow(0, *box_of(widget)).toImage()


def box_of(widget):
    corner = widget.mapToGlobal(QtCore.QPoint(0, 0))
    return corner.x(), corner.y(), widget.width(), widget.height()


def on_screen(point):
    return round(2 * point.x()), round(2 * point.y())


def main(out):
    from krita_run import run

    run(out, Sharp)
