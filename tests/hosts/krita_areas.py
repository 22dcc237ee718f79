"""A selection that one request would blur: its areas one by one, or in tiles, inside a real Krita."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import os

from krita_port import dock, pump, session
from krita_trust import Trusting
from recraft.many import many_or_trouble
from recraft.shared.geometry import Box
from recraft.shared.plugin import strips

WIDE, HIGH = 9000, 300
SPECKS = (Box(200, 100, 40, 40), Box(8700, 120, 40, 40))
BAND = Box(200, 130, 8600, 30)


class Areas(Trusting):
    def wide(self, *boxes):
        """A canvas of noise, longer than what is sent unscaled, with these boxes selected."""
        self.noise = bytearray(os.urandom(4 * WIDE * HIGH))
        self.noise[3::4] = b"\xff" * (WIDE * HIGH)
        document = self.port.canvas(bytes(self.noise), WIDE, HIGH)
        self.mark(document, *boxes)
        return document

    def mark(self, document, *boxes):
        coverage = bytearray(WIDE * HIGH)
        for box in boxes:
            for y in range(box.y, box.bottom):
                coverage[y * WIDE + box.x : y * WIDE + box.right] = b"\xff" * box.width
        self.port.select(document, bytes(coverage), Box(0, 0, WIDE, HIGH))
        session().state.look()

    def slowly(self):
        """Let areas be looked for a row at a time, each in a turn of the event loop of its own."""
        self.addCleanup(setattr, strips, "STRIP", strips.STRIP)
        strips.STRIP = WIDE * 8
        self.addCleanup(setattr, strips.Search, "PATIENCE_S", strips.Search.PATIENCE_S)
        strips.Search.PATIENCE_S = 0.0

    def shown(self, operation, **options):
        """The plan that the docker shows once it has looked."""
        session().state.choose(operation)
        session().state.sheet.values.clear()
        for name, value in options.items():
            session().state.set(name, value)
        self.assertTrue(pump(lambda: session().state.plan()[0].parts, 20))
        return session().state.plan()[0]

    def changed(self, document, *boxes):
        """True when in each of the boxes nearly all is another picture by now, and nothing else is."""
        now = self.port.pixels(document)
        inside = bytearray(WIDE * HIGH)
        for box in boxes:
            for y in range(box.y, box.bottom):
                row = slice(y * WIDE + box.x, y * WIDE + box.right)
                inside[row] = b"\1" * box.width
        differs = bytearray(
            now[4 * at : 4 * at + 3] != self.noise[4 * at : 4 * at + 3] for at in range(WIDE * HIGH)
        )
        self.assertFalse(any(one and not own for one, own in zip(differs, inside)), "changed beside the selection")
        return sum(differs) > 0.98 * sum(inside)

    def test_two_specks_far_apart_are_two_requests_and_one_layer(self):
        document = self.wide(*SPECKS)
        plan = self.shown("erase")
        self.assertEqual((len(plan.parts), plan.units, plan.areas), (2, 4, SPECKS))
        self.assertTrue(pump(lambda: dock().run.shown == session().state.face(plan), 5), "the button shows another price")
        job = session().run(shown=dock().run.shown, sure=True)
        self.over(job)
        self.assertEqual([tuple(one) for one in job.message()[0]["reads"]], [tuple(part.read) for part in plan.parts])
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        self.assertTrue(self.changed(document, *SPECKS))

    def test_a_long_band_goes_in_tiles_and_no_border_shows(self):
        document = self.wide(BAND)
        plan = self.shown("erase", islands="tiles")
        self.assertEqual((len(plan.parts), plan.units), (3, 6))
        self.assertTrue(all(part.scale == 1 for part in plan.parts))
        self.over(session().run(sure=True))
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])
        self.assertTrue(self.changed(document, BAND))

    def test_a_selection_that_has_changed_within_its_box_is_looked_at_anew_before_anything_is_sent(self):
        document = self.wide(*SPECKS)
        self.shown("erase")
        self.mark(document, *SPECKS, Box(4000, 110, 40, 40))  # the same box around them all
        job = session().run(sure=True)
        self.assertTrue(pump(lambda: job.over, 30))
        self.assertIn("nothing was done", str(job.error))
        self.assertEqual(len(self.shown("erase").areas), 3)
        self.over(session().run(sure=True))
        self.assertEqual(self.port.layers(document), ["Erase", "Background"])

    def test_what_is_erased_from_a_transparent_layer_is_gone_in_each_area(self):
        ink = bytearray(4 * WIDE * HIGH)
        for box in SPECKS:
            for y in range(box.y + 10, box.y + 30):
                start = 4 * (y * WIDE + box.x + 10)
                ink[start : start + 80] = bytes((20, 20, 20, 255)) * 20
        document = self.port.canvas(bytes(ink), WIDE, HIGH)
        self.mark(document, *SPECKS)
        self.assertEqual(len(self.shown("erase").parts), 2)
        job = self.over(session().run(sure=True))
        if not session().host.active().can_mask:  # before 5.2
            self.assertIn("Delete clears the selection", " ".join(map(str, job.where)))
            return
        self.assertTrue(pump(lambda: not any(self.port.pixels(document)[3::4]), 20), "something is still seen")
        before = [node.name() for node in document.topLevelNodes()]
        self.port.undo(document)
        self.assertTrue(pump(lambda: self.port.pixels(document) == bytes(ink), 20), before)

    def test_a_click_before_anybody_has_looked_for_the_areas_looks_to_the_end(self):
        self.slowly()
        self.wide(BAND)
        self.shown("erase", islands="tiles")
        session().state.areas.forget()
        job = self.over(session().run(sure=True))
        self.assertEqual((len(job.plan.parts), job.plan.areas), (3, (BAND,)))

    def test_many_prompts_in_one_go_are_no_tiles(self):
        self.wide(BAND)
        session().state.choose("fill")
        session().state.set("islands", "tiles")
        session().state.set("prompt", "a {red|blue} ribbon")
        self.addCleanup(session().state.set, "prompt", "")
        many, _ = many_or_trouble(dock().session)
        self.assertEqual([part.plan.parts for part in many.parts], [(), ()])

    def test_a_selection_that_goes_while_it_is_looked_at_is_no_script_error(self):
        self.slowly()
        document = self.wide(*SPECKS)
        session().state.choose("erase")
        session().state.plan()
        job = session().run(sure=True)
        document.setSelection(None)
        self.assertTrue(pump(lambda: job.over, 30))
        self.assertIn("changed while it was read", str(job.error))
        pump(seconds=0.5)
        self.assertIsNone(session().state.selection)
