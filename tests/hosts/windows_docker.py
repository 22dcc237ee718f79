"""The docker's real widgets where there is Qt and no Krita: opened, an erase clicked, looked at.

    python tests/hosts/windows_docker.py FOLDER

leaves pictures of the window in FOLDER and prints VERDICT {check: "ok" or a traceback}, as windows_checks does.
"""
# ruff: noqa: E402 - what is imported last needs what is made first

import json
import os
import shutil
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
OUT = Path(sys.argv[1]).absolute()
HOME = OUT / "Träume der Käthe"
shutil.rmtree(HOME, ignore_errors=True)
(HOME / "pykrita").mkdir(parents=True)
os.environ |= {"RECRAFT_HOME": str(HOME / "ours"), "RECRAFT_NO_SHARE": "1", "OPENBLAS_NUM_THREADS": "1"}
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if os.name == "nt":  # without a screen Qt takes fonts from a folder: those of the root that Wine is in
    os.environ["QT_QPA_FONTDIR"] = "Z:\\usr\\share\\fonts\\truetype\\dejavu"
sys.path[:0] = [str(HERE / "core"), str(HERE / "tests" / "hosts"), str(HOME / "pykrita")]

from PyQt5 import QtCore, QtGui, QtTest, QtWidgets

APPLICATION = QtWidgets.QApplication(sys.argv[:1])
import krita_stand_in as stand_in
from recraft_setup.plugins import put_krita

SIZE = (480, 360)
MARKED = (170, 110, 90, 80)


def pump(until, seconds=90.0):
    """Let Qt's loop turn until something is so; True when it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        APPLICATION.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)
    return bool(until())


def seen(name):
    """The whole window as a picture file."""
    krita.activeWindow().show()
    pump(lambda: False, 0.5)
    krita.activeWindow().qwindow().grab().save(str(OUT / f"{name}.png"))


def opened():
    """Its rows are there, in this size of window, and none says that it could not start."""
    main = krita.activeWindow().qwindow()
    main.resize(1100, 640)
    main.show()
    assert pump(lambda: dock.session is not None and dock.session.library.folder), "no worker has answered"
    labels = [one.text() for one in dock.findChildren(QtWidgets.QLabel)]
    assert not any("could not start" in text for text in labels), labels
    assert dock.run.button.isVisible()
    assert dock.run.button.height() >= 20
    seen("opened")


def an_erase_comes_back():
    """Clicked with the mouse: one layer, pixels changed where they were selected and nowhere else."""
    document = krita.activeWindow().activeView().document()
    before, layers = bytes(document.pixelData(0, 0, *SIZE)), len(document.topLevelNodes())
    chosen = stand_in.Selection()
    chosen.setPixelData(bytes([255]) * (MARKED[2] * MARKED[3]), *MARKED)
    document.setSelection(chosen)
    dock.session.state.look()
    dock.session.state.choose("erase")
    pump(lambda: False, 0.5)
    QtTest.QTest.mouseClick(dock.run.button, QtCore.Qt.MouseButton.LeftButton)
    assert pump(lambda: len(document.topLevelNodes()) > layers), "no layer came"
    after = bytes(document.pixelData(0, 0, *SIZE))
    differ = [at // 4 for at in range(0, len(after), 4) if after[at : at + 4] != before[at : at + 4]]
    x, y, width, height = MARKED
    assert len(differ) > width * height // 4, len(differ)
    assert all(x <= at % SIZE[0] < x + width and y <= at // SIZE[0] < y + height for at in differ)
    assert pump(lambda: dock.session.library.entries), "the history does not know of it"
    seen("erased")


def it_speaks_of_what_is_wrong():
    """Without a selection an erase is refused in words, and nothing is sent."""
    document = krita.activeWindow().activeView().document()
    document.setSelection(None)
    dock.session.state.look()
    layers = len(document.topLevelNodes())
    QtTest.QTest.mouseClick(dock.run.button, QtCore.Qt.MouseButton.LeftButton)
    pump(lambda: False, 1.0)
    assert len(document.topLevelNodes()) == layers
    assert any("elect" in one.text() for one in dock.findChildren(QtWidgets.QLabel) if one.isVisible())
    seen("refused")


def picture():
    """Dunes with a stone on them."""
    image = QtGui.QImage(str(HERE / "tests" / "pictures" / "dunes.jpg")).convertToFormat(stand_in.FORMAT).scaled(*SIZE)
    painter = QtGui.QPainter(image)
    painter.setBrush(QtGui.QColor(70, 60, 60))
    painter.drawEllipse(185, 125, 60, 50)
    painter.end()
    return image


put_krita(HOME / "pykrita", [sys.executable, "-m", "recraft_core", "worker"])
krita = stand_in.install()
import recraft  # noqa: F401 - it puts itself into Krita
from recraft.extension import docker_of

dock = docker_of(krita.activeWindow())
made = krita.createDocument(*SIZE, "dunes")
made.topLevelNodes()[0].setPixelData(stand_in.bytes_of(picture()), 0, 0, *SIZE)
krita.activeWindow().addView(made)
for check in (opened, an_erase_comes_back, it_speaks_of_what_is_wrong):
    try:
        check()
        verdict = "ok"
    except Exception:  # noqa: BLE001 - the verdict
        verdict = traceback.format_exc()
    print("VERDICT", json.dumps({check.__name__: verdict}), flush=True)
krita.notifier().applicationClosing.emit()
