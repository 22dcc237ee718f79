"""Many in one go, drawings in their shapes, and the history in the picture, inside a real Krita."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
from contract import HEIGHT, WIDTH
from krita_port import dock, pump, session, settled, start
from krita_trust import Trusting
from recraft import compat
from recraft.panel_prompts import PromptsPopup
from recraft.qt import QtCore, QtWidgets
from recraft.shared.plugin import strips
from recraft.shared.plugin.in_picture import entries_of
from recraft.strip import ENTRY


class Asking(Trusting):
    """What opens the list and says yes to it."""

    def asked(self):
        """The list that a click on the main button opens."""
        dock().run.button.click()
        self.assertTrue(pump(lambda: QtWidgets.QApplication.activePopupWidget() is not None, 20))
        popup = QtWidgets.QApplication.activePopupWidget()
        return popup, [popup.list.item(at).text() for at in range(popup.list.count())]

    def begun(self, popup):
        """The jobs that a yes begins."""
        before = list(session().jobs.all)
        popup.yes.click()
        return [job for job in session().jobs.all if job not in before]

    def clicked(self, popup):
        """The same, when they are over."""
        new = self.begun(popup)
        for job in new:
            self.over(job)
        return new


class Many(Asking):
    """One list before the click, one total; each part is a job of its own."""

    def test_wildcards_are_a_list_before_the_click(self):
        document = self.canvas()
        session().state.choose("fill")
        session().state.set("prompt", "a {red|blue} boat")
        self.assertEqual(dock().run.button.first, "Fill selection ×2")
        popup, rows = self.asked()
        self.assertEqual([row.split("   ")[1] for row in rows], ["a red boat", "a blue boat"])
        new = self.clicked(popup)
        self.assertEqual([job.options["prompt"] for job in new], ["a red boat", "a blue boat"])
        settled(document)
        self.assertEqual(self.port.layers(document), ["Fill: a blue boat", "Fill: a red boat", "Background"])

    def test_a_list_that_is_closed_buys_nothing_and_one_over_the_cap_cannot_be_run(self):
        self.canvas()
        session().state.choose("fill")
        session().state.set("prompt", "a {red|blue} boat")
        before = list(session().jobs.all)
        popup, _ = self.asked()
        popup.close()
        facts = session().session.facts
        kept = (facts.offline, facts.settings)
        facts.offline, facts.settings = False, {**facts.settings, "cap_per_click_units": 79}
        self.addCleanup(lambda: (setattr(facts, "offline", kept[0]), setattr(facts, "settings", kept[1])))
        popup, rows = self.asked()
        self.assertTrue(rows[0].startswith("40 u"), rows)
        self.assertFalse(popup.yes.isEnabled())
        self.assertIn("80 u", popup.yes.text())
        popup.close()
        self.assertEqual([job for job in session().jobs.all if job not in before], [])

    def test_chosen_layers_as_areas_each_with_its_name_as_prompt(self):
        document = self.canvas(select=False)
        areas = []
        for name, box in (("a cat", (20, 20, 60, 50)), ("a dog", (200, 120, 70, 60))):
            node = document.createNode(name, "paintlayer")
            node.setPixelData(QtCore.QByteArray(b"\xff" * (4 * box[2] * box[3])), *box)
            document.rootNode().addChildNode(node, None)
            areas.append(node)
        settled(document)
        self.choosing(areas)
        session().state.choose("fill")
        session().state.set("over", "areas")
        popup, rows = self.asked()
        self.assertEqual([row.split("   ")[1] for row in rows], ["a cat", "a dog"])
        new = self.clicked(popup)
        self.assertEqual([tuple(job.selection) for job in new], [(20, 20, 60, 50), (200, 120, 70, 60)])
        settled(document)
        names = self.port.layers(document)
        self.assertEqual(sorted(names), ["Background", "Fill: a cat", "Fill: a dog", "a cat", "a dog"])

    def choosing(self, nodes):
        """As if they were chosen in the layer docker, which takes a mouse with a held key."""
        host = session().host
        host.chosen_layers = lambda: nodes
        self.addCleanup(delattr, host, "chosen_layers")

    def test_each_chosen_layer_gets_its_own_result_right_above_it(self):
        document = self.canvas()
        second = document.topLevelNodes()[0].duplicate()
        second.setName("second")
        document.rootNode().addChildNode(second, None)
        settled(document)
        self.choosing([node for node in document.topLevelNodes() if node.type() == "paintlayer"])
        session().state.choose("erase")
        session().state.set("over", "layers")
        popup, rows = self.asked()
        self.assertEqual(len(rows), 2)
        self.clicked(popup)
        settled(document)
        self.assertEqual(self.port.layers(document), ["Erase", "second", "Erase", "Background"])


class Kept(Trusting):
    """What is made stays with its picture."""

    def test_a_placed_result_is_told_of_in_the_picture_unless_that_is_not_wanted(self):
        document = self.canvas()
        self.over(start("erase"))
        self.assertTrue(pump(lambda: entries_of(compat.annotation(document, "recraft/history")), 40))
        [entry] = entries_of(compat.annotation(document, "recraft/history"))
        self.assertEqual(entry["operation"], "erase")
        self.assertGreater(len(entry["small"]), 100)
        core = session().session
        core.prefer("in_picture", False)
        self.addCleanup(core.prefer, "in_picture", True)
        other = self.canvas()
        self.over(start("erase", context_px=200))
        pump(seconds=2)
        self.assertEqual(compat.annotation(other, "recraft/history"), "")

    def test_a_picture_of_another_computer_shows_its_results(self):
        document = self.canvas()
        self.over(start("erase"))
        self.assertTrue(pump(lambda: entries_of(compat.annotation(document, "recraft/history")), 40))
        text = compat.annotation(document, "recraft/history")
        [mine] = entries_of(text)
        foreign = self.canvas()
        compat.annotate(foreign, "recraft/history", text.replace(mine["entry"], "elsewhere"))
        session().session._in_picture.clear()
        dock().results.refresh()
        shown = [item.data(ENTRY)["entry"] for item in dock().results.strip.tiles()]
        self.assertIn("elsewhere", shown)

    def test_a_large_canvas_is_read_in_strips_to_the_same_bytes(self):
        document = self.canvas()
        self.addCleanup(setattr, strips, "STRIP", strips.STRIP)
        strips.STRIP = 5000  # bytes: a few rows, and no whole number of them
        job = start("erase", context_px=40)
        self.assertEqual(job.state, "reading")
        self.assertTrue(pump(lambda: job.state != "reading", 30))
        area = job.plan.read
        self.assertEqual(bytes(job.reads[0][0]), bytes(session().host.active().read(area)))
        self.assertEqual(bytes(job.clip[0]), session().host.active().coverage(area))
        self.over(job)
        self.assertEqual(len(self.port.layers(document)), 2)

    def test_earlier_prompts_and_presets_come_back(self):
        self.canvas()
        self.over(start("inpaint", prompt="a small lighthouse"))
        self.assertTrue(pump(lambda: dock().presets is not None, 20))
        session().library.ask_many()
        self.assertTrue(pump(lambda: dock().prompts()[:1] and dock().prompts()[0]["prompt"] == "a small lighthouse", 20))
        dock().prompt.edit.setPlainText("")
        popup = PromptsPopup.open(session(), dock(), dock().prompt)
        popup.search.setText("small lighthouse")
        popup.take(False)
        self.assertEqual(dock().prompt.edit.toPlainText(), "a small lighthouse")
        dock().presets.keep("dusk", "fill", "{prompt} at dusk", {"n": 2})
        self.addCleanup(dock().presets.forget, "dusk")
        popup = PromptsPopup.open(session(), dock(), dock().prompt)
        popup.search.setText("dusk")
        popup.take(False)
        self.assertEqual(dock().prompt.edit.toPlainText(), "a small lighthouse at dusk")
        self.assertEqual(session().state.get("n"), 2)

    def test_a_drawing_is_shapes_one_level_deep_with_names(self):
        document = self.canvas(select=False)
        self.over(start("vectorize"))
        settled(document)
        layer = next(node for node in document.topLevelNodes() if node.type() == "vectorlayer")
        shapes = layer.shapes()
        self.assertGreater(len(shapes), 0)
        self.assertEqual([shape.type() for shape in shapes if shape.type() == "groupshape"], [])
        self.assertTrue(all("-" in shape.name() for shape in shapes), [shape.name() for shape in shapes][:5])
        self.assertLessEqual(layer.bounds().width(), WIDTH + 4)
        self.assertLessEqual(layer.bounds().height(), HEIGHT + 4)


def main(out):
    from krita_run import run

    run(out, Many, Kept)
