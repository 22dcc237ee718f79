"""Runs inside Krita with the plugin of the small zip: what the docker offers, and what a click without a network says."""
import json
import time

from krita import Krita


def turn(until, seconds):
    """Turn the event loop until it is so; whether it was."""
    from recraft.qt import QtWidgets

    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        QtWidgets.QApplication.processEvents()
        time.sleep(0.02)
    return until()


def main(out):
    from recraft.extension import docker_of
    from recraft.panel_setup import SetupPanel

    dock = docker_of(Krita.instance().activeWindow())
    dock.setVisible(True)
    dock.setFloating(True)
    dock.resize(300, 260)
    panel = dock.widget()
    offered = isinstance(panel, SetupPanel) and turn(panel.begin.isVisible, 10)
    Krita.instance().action("recraft_run").trigger()  # does nothing yet, and breaks nothing
    before = sorted(str(path) for path in out.glob(".local/share/krita/pykrita/recraft/*"))
    dock.grab().save(str(out / "setup.png"))
    panel.begin.click()
    told = turn(panel.trouble.isVisible, 90)
    dock.grab().save(str(out / "trouble.png"))
    found = {
        "offered": offered, "button": panel.begin.text(), "note": panel.note.text(), "told": told, "trouble": panel.trouble.text(),
        "again": panel.begin.isVisible(), "clean": before == sorted(str(path) for path in out.glob(".local/share/krita/pykrita/recraft/*")),
    }  # fmt: skip
    (out / "setup.json").write_text(json.dumps(found), encoding="utf-8")
