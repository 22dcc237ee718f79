"""Quick strokes in a real Krita, counted: the same hand with the docker open, and in a Krita that does not have it.

RECRAFT_QUICK is how many strokes of each duration, half of them while Krita's loop stands still. verdicts.json:
{"docker": bool, seconds: {outcome: count}}. An outcome is "whole", "nothing" or the parts that are missing, then
"one move" or "several moves", then "held" where the loop stood still.
"""
import json
import os
import random
import sys
import types
from collections import Counter
from pathlib import Path

PLUGIN = Path.home() / ".local/share/krita/pykrita/recraft"
DURATIONS_S = (0.02, 0.05, 0.1, 0.3)


def stand_in():
    """Where the plugin is switched off: a bare package, so that the helpers find what they read, and nothing starts."""
    if "recraft" not in sys.modules:
        package = types.ModuleType("recraft")
        package.__path__ = [str(PLUGIN)]
        sys.modules["recraft"] = package
        return False
    return True


def strokes(count):
    """{seconds: Counter of what became of each stroke}."""
    from contract import HEIGHT, WIDTH, scene
    from krita_port import KritaPort, krita, pump
    from krita_strokes import Strokes, looks, painted, settled

    class Hand(Strokes):
        dice = random.Random(5)  # noqa: S311 - no secret

    hand, port = Hand(), KritaPort()
    krita().activeWindow().qwindow().activateWindow()
    document = port.canvas(scene(), WIDTH, HEIGHT)
    pump(seconds=0.3)
    hand.brush()
    krita().action("KritaShape/KisToolBrush").trigger()
    node = document.activeNode()
    found = {lasts: Counter() for lasts in DURATIONS_S}
    for number in range(count):
        held = number % 2 == 1
        for lasts in DURATIONS_S:
            points, colour = hand.path(document, least=2), hand.colour()
            before = looks(document)
            settled(document)
            hand.drag(points, lasts, held=held)
            pump(seconds=0.2)
            settled(document)
            missing = [at for at in points if not painted(node, at, colour)]
            outcome = "nothing" if looks(document) == before else lacking(points, missing) or "whole"
            words = [outcome, "one move" if len(points) == 2 else "several moves", *(["held"] if held else [])]
            found[lasts][", ".join(words)] += 1
            print(lasts, words, points, missing)
    return found


def lacking(points, missing):
    """Which parts of a stroke are not there: "begin", "middle", "end"."""
    ends = {0: "begin", len(points) - 1: "end"}
    return " and ".join(sorted({ends.get(points.index(at), "middle") for at in missing}))


def main(out):
    there = stand_in()
    found = strokes(int(os.environ.get("RECRAFT_QUICK", "20")))
    verdict = {"docker": there, **{str(lasts): counts for lasts, counts in found.items()}}
    (out / "verdicts.json").write_text(json.dumps(verdict, indent=1), encoding="utf-8")
