"""Places a drawing in a real Krita and quits it in order, as a painter does; a crash then shows as the exit code."""
import json
import os

from contract import HEIGHT, WIDTH, scene
from krita_port import KritaPort, dock, krita, pump, session, settled, start
from recraft.qt import QTimer


def main(out):
    pump(lambda: dock() is not None, 30)
    dock().setVisible(True)
    pump(lambda: session().state.offline is not None, 60)
    port = KritaPort()
    document = port.canvas(scene(), WIDTH, HEIGHT)
    job = start("vectorize")
    pump(lambda: job.over, 90)
    settled(document)
    (out / "verdicts.json").write_text(json.dumps({"layers": port.layers(document), "note": job.note}), encoding="utf-8")
    # The harness ends Krita the hard way when this returns; here its own way is what is looked at.
    os._exit = lambda _code: None

    def leave():
        # At the last moment: Krita paints a new drawing up to half a second later, which counts as a change once more,
        # and its question whether to save it would wait for an answer.
        document.setModified(False)
        krita().action("file_quit").trigger()

    QTimer.singleShot(200, leave)
