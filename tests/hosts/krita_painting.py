"""A painter who paints on while jobs run and their results come, inside a real Krita, by the mouse."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import random

from contract import WIDTH
from krita_port import krita, pump, session, settled
from krita_strokes import Strokes, looks, painted
from krita_trust import Trusting

LASTS_S = (0.02, 0.3, 0.05, 3.0, 0.02, 1.0, 0.1, 0.02, 0.6, 0.05)


class Painting(Trusting, Strokes):
    dice = random.Random(7)  # noqa: S311 - no secret

    def test_strokes_made_while_jobs_come_and_go_stay_whole_on_their_layer_and_undo_to_the_first_byte(self):
        document = self.canvas(select=False)
        layer = document.activeNode()
        pump(seconds=0.3)
        self.brush()
        krita().action("KritaShape/KisToolBrush").trigger()
        session().state.choose("remove_background")
        first, seen, jobs = looks(document), self.port.own_bytes(document), []
        strokes = []
        for number, lasts in enumerate(LASTS_S):
            if not session().jobs.open:
                jobs.append(session().run(sure=True))
            line, colour = [(x, 20 + 24 * number) for x in (20, WIDTH // 2, WIDTH - 20)], self.colour()
            self.drag(line, lasts)
            strokes.append((line, colour))
        self.assertTrue(pump(lambda: not session().jobs.open, 60))
        settled(document)
        self.assertEqual([job.state for job in jobs], ["done"] * len(jobs))
        lost = [(line, lasts) for (line, colour), lasts in zip(strokes, LASTS_S) if not all(painted(layer, at, colour) for at in line)]
        self.assertEqual(lost, [])
        self.assertEqual(document.activeNode(), layer)
        self.assertEqual(len(self.port.layers(document)), 1 + len(jobs))
        for _ in range(len(strokes) + len(jobs)):
            self.assertNotEqual(looks(document), first)
            self.port.undo(document)
        self.assertEqual((looks(document), self.port.own_bytes(document)), (first, seen))
