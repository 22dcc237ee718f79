"""Whether a newer version is out: who is asked, how often, and what an index may answer. No network."""

import gzip
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from recraft_core import paths, settings
from recraft_core.api import releases
from recraft_core.shared import HOME, __version__

DAY_S = 24 * 3600


class Index:
    """A package index; `answer` is what it sends (status, headers, body), `visits` the (path, headers) it got."""

    def __init__(self):
        self.answer, self.visits = (200, {}, told("9.1")), []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                index.visits.append((self.path, dict(self.headers)))
                status, headers, body = index.answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.home = f"http://127.0.0.1:{self.server.server_port}/project/recraft-canvas/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


def told(version, **more):
    return json.dumps({"info": {"version": version, "yanked": False, **more}}).encode()


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index, for a user who wants to know of new versions."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.change("new_versions", "yes")
    one = Index()
    yield one
    one.server.shutdown()
    one.server.server_close()


def later(seconds):
    """As if the last question were so much older."""
    file = paths.here().cache / releases.FILE
    data = json.loads(file.read_bytes())
    file.write_text(json.dumps({**data, "asked": data["asked"] - seconds}))


def test_nobody_is_asked_unless_it_was_switched_on(index):
    assert settings.Settings().new_versions is False
    settings.change("new_versions", "no")
    assert (releases.newer(index.home), index.visits) == ("", [])
    assert not (paths.here().cache / releases.FILE).exists()


def test_a_newer_version_is_told_and_asked_for_once_a_week(index):
    assert releases.newer(index.home) == "9.1"
    assert releases.newer(index.home) == "9.1"
    later(7 * DAY_S - 60)
    index.answer = (200, {}, told("9.2"))
    assert (releases.newer(index.home), len(index.visits)) == ("9.1", 1)
    later(120)
    assert (releases.newer(index.home), len(index.visits)) == ("9.2", 2)
    settings.change("new_versions", "no")
    assert releases.newer(index.home) == ""


def test_the_question_says_nothing_about_the_user(index, monkeypatch, tmp_path):
    monkeypatch.setenv("RECRAFT_API_TOKEN", "key-for-tests-0123456789")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    releases.newer(index.home)
    [(path, headers)] = index.visits
    assert path == "/pypi/recraft-canvas/json"
    assert headers.pop("Host").startswith("127.0.0.1")
    assert headers == {
        "User-Agent": "recraft-canvas", "Accept": "application/json", "Accept-Encoding": "identity",
        "Connection": "keep-alive",
    }  # fmt: skip


def test_a_failure_is_no_reason_to_ask_again_before_the_week_is_over(index):
    index.answer = (503, {}, b"")
    assert releases.newer(index.home) == ""
    index.answer = (200, {}, told("9.1"))
    assert (releases.newer(index.home), len(index.visits)) == ("", 1)


def test_of_two_that_would_ask_at_once_one_asks(index, monkeypatch):
    both, seen, plain = threading.Barrier(2, timeout=20), threading.local(), releases._held

    def held():
        found = plain()
        if not getattr(seen, "once", False):
            seen.once = True
            both.wait()
        return found

    monkeypatch.setattr(releases, "_held", held)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(releases.newer, [index.home] * 2))
    assert ("9.1" in answers, len(index.visits)) == (True, 1)


def test_where_it_cannot_be_kept_nobody_is_asked(index):
    paths.here().cache.write_text("a file in the folder's place")
    assert (releases.newer(index.home), index.visits) == ("", [])


def test_nobody_answers(index):
    index.server.shutdown()
    index.server.server_close()
    assert releases.newer(index.home) == ""


ODD = {
    "this version": (200, {}, told(__version__)),
    "this version, longer": (200, {}, told(f"{__version__}.0")),
    "a lower one": (200, {}, told("0.0.9")),
    "a withdrawn one": (200, {}, told("9.1", yanked=True)),
    "not a release": (200, {}, told("9.1rc1")),
    "control characters": (200, {}, told("9.1\x1b[31m")),
    "a line's end": (200, {}, told("9.1\n")),
    "markup": (200, {}, told("9.1<b>")),
    "other digits": (200, {}, told("\u0669.\u0661")),
    "a number too long": (200, {}, told("9" * 5000)),
    "a number": (200, {}, told(9.1)),
    "none": (200, {}, b'{"info": {}}'),
    "no object": (200, {}, b"[1, 2]"),
    "info is none": (200, {}, b'{"info": ["version"]}'),
    "a page": (200, {"Content-Type": "text/html"}, b"<!doctype html><p>Log in to the network"),
    "nothing": (200, {}, b""),
    "not UTF-8": (200, {}, b"\xff\xfe\x00"),
    "nested": (200, {}, b"[" * 100_000),
    "huge": (200, {}, told("9.1") + b" " * (5 << 20)),
    "huge when unpacked": (200, {"Content-Encoding": "gzip"}, gzip.compress(told("9.1") + b" " * (5 << 20))),
    "cut off": (200, {"Content-Length": "5000"}, told("9.1")),
    "elsewhere": (302, {"Location": "/moved"}, told("9.1")),
    "a refusal": (403, {}, told("9.1")),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_an_odd_answer_is_no_news(index, answer):
    index.answer = answer
    assert releases.newer(index.home) == ""
    assert len(index.visits) == 1


@pytest.mark.parametrize(
    "held", [b"", b"[]", b"{", b'{"asked": "x"}', b'{"asked": 1e999}', b'{"asked": null, "version": [1]}']
)
def test_a_damaged_note_is_made_anew(index, held):
    paths.write(paths.here().cache / releases.FILE, held)
    assert releases.newer(index.home) == "9.1"


def test_a_note_cannot_bring_words_of_its_own(index):
    data = json.dumps({"asked": time.time(), "version": "99 is out: run this"})
    paths.write(paths.here().cache / releases.FILE, data.encode())
    assert (releases.newer(index.home), index.visits) == ("", [])


def test_a_clock_that_was_set_back_is_no_reason_never_to_ask(index):
    releases.newer(index.home)
    later(-30 * DAY_S)
    releases.newer(index.home)
    assert len(index.visits) == 2


def test_versions_are_numbers():
    order = ["", "0.0.9", "0.1", "0.1.1", "0.2", "0.10", "1", "1.0.0.1"]
    assert sorted(order, key=releases._numbers) == order
    assert releases._numbers("0.3") == releases._numbers("0.3.0")


def test_the_home_is_that_of_the_package():
    text = (Path(__file__).parents[2] / "setup.cfg").read_text(encoding="utf-8")
    name = next(line for line in text.splitlines() if line.startswith("name = ")).removeprefix("name = ")
    assert f"https://pypi.org/project/{name}/" == HOME


def test_what_was_known_stays_when_a_later_question_fails(index):
    assert releases.newer(index.home) == "9.1"
    index.answer = (500, {}, b"")
    later(8 * DAY_S)
    assert releases.newer(index.home) == "9.1"
