"""A drawing at its place, as each host reads it, and the fills that GIMP's paths can follow."""
import os
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from recraft_core.imaging.svg import opened, rasterise
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plugin.following import Move
from recraft_core.shared.plugin.vectors import numbered, paints, positioned, write

SQUARES = (
    '<rect x="10" y="20" width="8" height="4" fill="#ff0000"/><g fill="#00ff00"><circle cx="16" cy="26" r="2"/></g>'
)
CANVAS = Size(120, 90)


def svg(head):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{SQUARES}</svg>'


@lru_cache
def drawn(text):
    """The canvas with a drawing whose page is the canvas, as resvg sees it."""
    return rasterise(opened(text.encode()).data, CANVAS).astype(int)


def read(text):
    return ET.fromstring(text)  # noqa: S314 - our own text


def on_canvas(text):
    """What a host shows of an SVG: the inside of it, in px of the canvas."""
    inside = "".join(ET.tostring(one, encoding="unicode") for one in read(text))
    return drawn(f'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90" viewBox="0 0 120 90">{inside}</svg>')


WANTED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90" viewBox="0 0 120 90">'
    '<rect x="30" y="40" width="24" height="12" fill="#ff0000"/><circle cx="48" cy="58" r="6" fill="#00ff00"/></svg>'
)


@pytest.mark.parametrize(
    "head",
    ['viewBox="10 20 10 10" width="5" height="5"', 'viewBox="10,20,10,10"', 'width="20px" height="30" version="1.1"'],
)
def test_a_drawing_lies_in_its_box_whatever_its_page_was(head):
    box = Box(30, 40, 30, 30) if "viewBox" in head else Box(0, -20, 60, 90)
    for text in (positioned(svg(head), box, 96.0), numbered(svg(head).encode(), box).decode()):
        assert np.abs(on_canvas(text) - drawn(WANTED)).max() <= 2


def test_it_goes_along_with_the_canvas():
    turned = Move(0, -1, 90, 1, 0, 0)  # by a quarter, clockwise
    text = positioned(svg('viewBox="10 20 10 10"'), Box(40, 36, 30, 30), 96.0, turned)
    [rect, _circle] = read(text)
    assert rect.get("transform", "").startswith("matrix(0 1 -1 0 90 0)")
    shown = on_canvas(text)[..., 3] > 0
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    assert (rows[0], columns[-1]) == (40, 53)


def test_the_page_is_an_inch_in_points_and_names_are_kept():
    text = positioned(svg('viewBox="10 20 10 10" class="a" id="b"'), Box(0, 0, 10, 10), 300.0)
    root = read(text)
    assert {name: root.get(name) for name in ("width", "height", "viewBox", "class")} == {
        "width": "72pt", "height": "72pt", "viewBox": "0 0 300 300", "class": None,
    }  # fmt: skip
    assert re.findall(r'id="([^"]+)"', text) == ["rect-1-ff0000", "circle-2-00ff00"]


def test_shapes_are_numbered_in_the_order_of_the_document():
    text = numbered(svg('viewBox="0 0 10 10"').encode(), Box(5, 6, 20, 30)).decode()
    root = read(text)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("25", "36", None)
    assert re.findall(r'id="([^"]+)"', text) == ["shape 1", "shape 2"]
    assert "<ns0:" not in text, "GIMP's reader knows no prefixes"


@pytest.mark.parametrize("odd", [
    '<path d="M0 0L9 9" stroke="#000"/>', '<path d="M0 0" fill="url(#a)"/>', "<text>a</text>",
    '<g opacity="0.5"><path d="M0 0"/></g>', '<g stroke="#000"><path d="M0 0"/></g>',
    '<path d="M0 0" fill="#000000" fill-opacity="50%"/>', '<g style="clip-path: url(#a)"><path d="M0 0"/></g>',
])  # fmt: skip
def test_what_gimp_cannot_follow_has_no_plain_fills(odd):
    assert paints(f"<svg>{odd}</svg>".encode()) is None


def test_shapes_inherit_the_paint_of_their_group():
    inner = '<g fill="#0000FF"><path d="M0 0" opacity="0.5"/></g><path d="M0 0" style="fill: rgb(0, 255, 0)"/>'
    held = f'<svg><title>a</title><g fill="#FF0000" fill-opacity="0.5"><path d="M0 0"/>{inner}</g></svg>'
    assert paints(held.encode()) == [(1, 0, 0, 0.5), (0, 0, 1, 0.25), (0, 1, 0, 0.5)]


NOBODY = 65_534
WRITE = (
    "import os, sys; from pathlib import Path; from recraft_core.shared.plugin.vectors import write\n"
    f"os.setuid({NOBODY}); write(Path(sys.argv[1]), b'new')"
)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("folder", "file"), [(0o777, 0o444), (0o755, 0o666)], ids=["read-only file", "folder"])
def test_a_drawing_is_written_where_the_file_or_its_folder_lets_it(tmp_path, folder, file):
    for one in (tmp_path, *tmp_path.parents):
        if one.owner() == "root" and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    shelf, drawing = tmp_path / "shelf", tmp_path / "shelf" / "old.svg"
    shelf.mkdir()
    drawing.write_bytes(b"old")
    os.chown(drawing, NOBODY, -1)
    drawing.chmod(file)
    shelf.chmod(folder)
    subprocess.run([sys.executable, "-c", WRITE, str(drawing)], check=True)
    assert (drawing.read_bytes(), [*shelf.iterdir()]) == (b"new", [drawing])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_of_a_drawing_that_cannot_be_written_whole_nothing_stays_and_the_old_one_does(tmp_path):
    drawing = tmp_path / "old.svg"
    drawing.write_bytes(b"old")
    code = (
        "import resource, signal, sys; from pathlib import Path; from recraft_core.shared.plugin.vectors import write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))\n"
        "try: write(Path(sys.argv[1]), b'x' * 100)\nexcept OSError: print('told')"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code, str(drawing)], stdout=subprocess.PIPE, check=True)
    assert (done.stdout, drawing.read_bytes(), [*tmp_path.iterdir()]) == (b"told\n", b"old", [drawing])


@pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")
def test_a_drawing_goes_where_a_link_leads_and_into_a_pipe(tmp_path):
    (tmp_path / "there.svg").write_bytes(b"old")
    (tmp_path / "link.svg").symlink_to(tmp_path / "there.svg")
    write(tmp_path / "link.svg", b"new")
    assert ((tmp_path / "link.svg").is_symlink(), (tmp_path / "there.svg").read_bytes()) == (True, b"new")
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as cat:
        write(tmp_path / "pipe", b"new")
        assert cat.communicate(timeout=20)[0] == b"new"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
