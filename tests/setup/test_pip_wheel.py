"""pip's own wheel, from wherever a user's settings say that packages come from."""

import base64
import hashlib
import http.server
import os
import threading
from pathlib import Path

import pytest
from recraft_setup import Steps, Trouble, environment, pip_wheel

DATA = b"a wheel"
LINUX = "linux"


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setattr(pip_wheel, "SHA256", hashlib.sha256(DATA).hexdigest())


@pytest.fixture
def index():
    """An index on loopback behind a password; `asked` are the paths it was asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            login = base64.b64decode(self.headers.get("Authorization", "Basic ").split()[-1] + "==")
            page = f'<a href="../../files/{pip_wheel.NAME.replace("-py3", "%2Dpy3")}#sha256=0">it</a>'.encode()
            page = f'<a href="../../files/pip-1.0-py3-none-any.whl">old</a> {page.decode()}'.encode()
            body = page if self.path == "/simple/pip/" else self.server.data
            self.send_response(200 if login == b"me:p@ss" else 401)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked, server.data = [], DATA
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.url = f"http://me:p%40ss@127.0.0.1:{server.server_port}/simple"
        yield server
        server.shutdown()
        thread.join()


def settings(home, index):
    """Each way a user may name an index: (environment, files)."""
    return {
        "PIP_INDEX_URL": ({"PIP_INDEX_URL": index}, {}),
        "pip.conf": ({}, {".config/pip/pip.conf": f"[global]\nindex-url = {index}\n"}),
        "the old pip.conf": ({}, {".pip/pip.conf": f"[install]\nindex_url = {index}\n"}),
        "a file of its own": ({"PIP_CONFIG_FILE": str(home / "mine.ini")}, {"mine.ini": f"[global]\nindex-url = {index}\n"}),
        "UV_DEFAULT_INDEX": ({"UV_DEFAULT_INDEX": f"work={index}"}, {}),
        "uv.toml": ({}, {".config/uv/uv.toml": f'[pip]\nx = 1\n[[index]]\nname = "work"\nurl = "{index}"\ndefault = true\n'}),
        "the old uv.toml": ({}, {".config/uv/uv.toml": f'index-url = "{index}"\n'}),
    }


@pytest.mark.parametrize("how", settings(Path(), ""))
def test_it_comes_from_the_index_the_settings_name(tmp_path, index, how):
    environ, files = settings(tmp_path, index.url)[how]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = pip_wheel.sources({"HOME": str(tmp_path), **environ}, LINUX)
    assert found.indexes[0] == index.url
    assert pip_wheel.fetch(tmp_path, found).read_bytes() == DATA
    assert index.asked == ["/simple/pip/", f"/files/{pip_wheel.NAME.replace('-py3', '%2Dpy3')}"]


def test_a_folder_of_wheels_comes_first_and_is_enough(tmp_path):
    (tmp_path / "my wheels").mkdir()
    (tmp_path / "my wheels" / pip_wheel.NAME).write_bytes(DATA)
    address = (tmp_path / "my wheels").as_uri()
    found = pip_wheel.sources({"HOME": str(tmp_path), "PIP_FIND_LINKS": address, "PIP_NO_INDEX": "1"}, LINUX)
    assert found.indexes == ()
    assert pip_wheel.fetch(tmp_path, found) == tmp_path / pip_wheel.NAME


def test_another_file_of_that_name_is_refused_and_no_password_is_shown(tmp_path, index):
    index.data = b"something else"
    with pytest.raises(Trouble) as trouble:
        pip_wheel.fetch(tmp_path, pip_wheel.Sources((index.url,)))
    assert "is not the one we know" in str(trouble.value)
    assert "p%40ss" not in str(trouble.value)
    assert not (tmp_path / pip_wheel.NAME).exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/simple", "ftp://127.0.0.1/simple", "/nowhere/at/all"])
def test_where_it_is_not_to_be_had_the_place_and_the_way_out_are_named(tmp_path, address):
    with pytest.raises(Trouble) as trouble:
        pip_wheel.fetch(tmp_path, pip_wheel.Sources((address,)))
    assert address in str(trouble.value)
    assert str(trouble.value).endswith("sudo apt install python3-venv")


def test_uv_is_told_what_only_pip_knows(tmp_path):
    environ = {"HOME": str(tmp_path), "PIP_INDEX_URL": "https://i.example/simple", "PIP_FIND_LINKS": "/a /b", "PIP_CERT": "c.pem"}
    told = {"UV_DEFAULT_INDEX": "https://i.example/simple", "UV_FIND_LINKS": "/a,/b", "SSL_CERT_FILE": "c.pem"}
    assert pip_wheel.for_uv(environ, LINUX) == told
    assert "UV_DEFAULT_INDEX" not in pip_wheel.for_uv({**environ, "UV_DEFAULT_INDEX": "https://mine.example"}, LINUX)


@pytest.mark.skipif(os.name == "nt", reason="there every Python has ensurepip")
def test_without_ensurepip_the_environment_still_has_pip(tmp_path, monkeypatch):
    """The real one, by this machine's own settings."""
    monkeypatch.undo()
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment, "_uv", lambda: "")
    environment._make(tmp_path / "env", Steps())
    assert environment._has_pip(environment.python_of(tmp_path / "env"))
    assert environment.usable(environment.python_of(tmp_path / "env"))
