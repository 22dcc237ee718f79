"""Sanitised drawings, opened by other programs' readers with a network trap and a time limit: no request, no hang.

Chromium, librsvg (GIMP's) and Qt's reader, those that are on this machine; the others are told by name. That the trap
sees what it should is tested on the attacks as they come.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from attacks import ATTACKS, HARMLESS, WHOLE, svg
from PIL import Image
from recraft_core.imaging.svg import sanitise

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
RSVG = shutil.which("rsvg-convert")
CLEAN = [sanitise(svg(one + HARMLESS)) for one in ATTACKS.values()] + [sanitise(one) for one in WHOLE.values()]
RAW = [svg(ATTACKS[name]) for name in ("image: plain", "script plain", "sheet import", "use: no scheme", "event onload")]
CANARY = (255, 0, 254)  # the colour of every picture that must not be shown
LIMIT_S = 240  # for all together, on a busy machine
QT = """
import sys
from pathlib import Path
from PyQt5.QtGui import QImage, QPainter, QGuiApplication
from PyQt5.QtSvg import QSvgRenderer
app = QGuiApplication(["x", "-platform", "offscreen"])
for path in sorted(Path(sys.argv[1]).glob("*.svg")):
    image = QImage(64, 64, QImage.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    image.save(str(path.with_suffix(".png")))
"""


def qt_python():
    """A Python that has Qt's SVG reader: this one, or the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if Path(python).exists() and not subprocess.run(
            [python, "-c", "import PyQt5.QtSvg"], capture_output=True, check=False
        ).returncode:
            return python
    return None


class Trap(ThreadingHTTPServer):
    """A proxy that serves drawings under http://drawings.test/ and writes down whatever else is asked of it."""

    def __init__(self, drawings):
        super().__init__(("127.0.0.1", 0), Answer)
        frames = "".join(f'<iframe src="/{index}.svg" width="64" height="64"></iframe>' for index in range(len(drawings)))
        self.pages = {f"http://drawings.test/{index}.svg": ("image/svg+xml", one) for index, one in enumerate(drawings)}
        self.pages["http://drawings.test/"] = ("text/html", f"<title>all shown</title>{frames}".encode())
        self.served, self.caught = set(), []


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, data = self.server.pages.get(self.path, ("", b""))
        (self.server.served.add if kind else self.server.caught.append)(self.path)
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_CONNECT = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_GET  # noqa: N815 - the names the server looks for

    def log_message(self, *_):
        pass


@contextmanager
def trapped(drawings):
    trap = Trap(drawings)
    threading.Thread(target=trap.serve_forever, daemon=True).start()
    try:
        yield trap
    finally:
        trap.shutdown()
        trap.server_close()


def browse(trap, home):
    """Show all drawings in one page, each a document of its own, scripts allowed; what was asked for besides."""
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    switches += ["--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps"]
    switches += [f"--proxy-server=127.0.0.1:{trap.server_port}", "--proxy-bypass-list=<-loopback>"]
    switches += [f"--user-data-dir={home}", "--virtual-time-budget=20000", "--dump-dom"]
    # In a group of its own, so that all its processes end with it.
    with subprocess.Popen(
        [CHROMIUM, *switches, "http://drawings.test/"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as browser:  # fmt: skip
        try:
            page, _ = browser.communicate(timeout=LIMIT_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
    assert b"all shown" in page
    return [address for address in trap.caught if "evil" in address.lower()]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="NOT CHECKED: sanitised drawings in Chromium, which is not installed")
def test_chromium_asks_for_nothing(tmp_path):
    with trapped(CLEAN) as trap:
        assert browse(trap, tmp_path) == []
        assert len(trap.served) == len(CLEAN) + 1


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="NOT CHECKED: the trap for Chromium, which is not installed")
def test_the_trap_catches_what_the_attacks_ask_for(tmp_path):
    with trapped(RAW) as trap:
        caught = set(browse(trap, tmp_path))
    assert {"http://evil.example/evil.png", "http://evil.example/evil.js", "http://evil.example/evil.css"} <= caught


def canaries(folder):
    """Pictures that a relative address would find, in a colour that is nowhere else."""
    for name in ("evil.png", "evil"):
        Image.new("RGB", (64, 64), CANARY).save(folder / name, "PNG")


def shows_canary(path):
    with Image.open(path) as image:
        colours = image.convert("RGBA").getcolors(image.width * image.height)
    return any(colour[:3] == CANARY for _, colour in colours)


def written(folder, drawings):
    canaries(folder)
    paths = [folder / f"{index:03}.svg" for index in range(len(drawings))]
    for path, data in zip(paths, drawings, strict=True):
        path.write_bytes(data)
    return paths


def environment(trap):
    proxy = f"http://127.0.0.1:{trap.server_port}"
    return {"PATH": "/usr/bin:/bin", "http_proxy": proxy, "https_proxy": proxy, "all_proxy": proxy}


def convert(path, trap):
    out = path.with_suffix(".png")
    done = subprocess.run(
        [RSVG, "-w", "64", "-h", "64", str(path), "-o", str(out)],
        capture_output=True, timeout=60, env=environment(trap), cwd=path.parent, check=False,
    )  # fmt: skip
    return done, out


@pytest.mark.slow
@pytest.mark.skipif(RSVG is None, reason="NOT CHECKED: sanitised drawings in librsvg (rsvg-convert is not installed)")
def test_librsvg_asks_for_nothing_and_shows_nothing_from_outside(tmp_path):
    beside = tmp_path / "beside.svg"
    canaries(tmp_path)
    beside.write_bytes(svg('<image href="evil.png" width="40" height="20"/>'))
    with trapped([]) as trap:
        assert shows_canary(convert(beside, trap)[1])  # it would, if it were asked to
        for path in written(tmp_path, CLEAN):
            done, out = convert(path, trap)
            assert done.returncode == 0, (path.read_bytes()[:300], done.stderr)
            assert not shows_canary(out)
        assert trap.caught == []


@pytest.mark.slow
@pytest.mark.skipif(qt_python() is None, reason="NOT CHECKED: sanitised drawings in Qt's reader (PyQt5.QtSvg is not installed)")
def test_qt_asks_for_nothing_and_shows_nothing_from_outside(tmp_path):
    with trapped([]) as trap:
        paths = written(tmp_path, CLEAN)
        environ = {**environment(trap), "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
        done = subprocess.run(
            [qt_python(), "-c", QT, str(tmp_path)], capture_output=True, timeout=LIMIT_S, env=environ, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr[-500:]
        assert not [path.name for path in paths if shows_canary(path.with_suffix(".png"))]
        assert trap.caught == []
