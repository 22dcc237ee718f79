"""Forks one click after another, quickly: for tests that kill each. Each line of standard input is a JSON object
{"home", "base_url", "count", "file_limit", "door", "user", "rights_until", "temporary"}; for each the child's process id is printed, then, once it has ended,
as JSON how: the exit code (0: pictures came, 8: storage, -9: killed), and what it said on standard error."""

import codecs
import contextlib
import importlib
import io
import json
import os
import pkgutil
import queue
import resource
import sys
import tempfile
import traceback
from pathlib import Path

import recraft_core
from recraft_core import Studio, cli
from recraft_core.api import warm
from recraft_core.api.service import Connection
from recraft_core.shared.errors import RecraftError, from_dict
from recraft_core.shared.protocol import Message
from recraft_core.worker.dispatcher import Dispatcher

KEY = "rk-SECRETKEY-0123456789abcdef"
ROWS = 3  # of a batch
USES = {"open", "os.mkdir", "os.rename", "os.remove", "sqlite3.connect"}


def script(home, base_url, count):
    try:
        result = Studio(key=KEY, base_url=base_url).generate("x", n=count)
    except RecraftError as error:
        return int(error.exit_code)
    return 0 if len(result.layers) == count else 99


def command(home, _base_url, count):
    return said("generate", "x", "-n", str(count), "-o", str(Path(home) / "out.png"))


def batch(home, _base_url, count):
    rows = Path(home) / "rows.jsonl"
    return said("batch", "generate", str(rows), "-n", str(count), "--jobs", "2", "-o", str(Path(home) / "made"))


def look(home, names):
    """How many of a user's files, found or named, and of his shared engines can be had by whoever runs this."""
    found = {*home.rglob("*"), *map(Path, names)}
    readable = [path for path in found if path.suffix and os.access(path, os.R_OK)]
    return len(readable) + len(warm.running(home / "data" / "engine"))


def said(*words):
    """The exit code of a command whose answer nobody reads, and whose complaints go through a pipe."""
    sys.argv = ["recraft"]
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        return cli.main([*words])


def worker(home, base_url, count):
    heard = queue.Queue()
    with contextlib.closing(Dispatcher(heard.put, host="Test 1.0", open_=Connection.open)) as dispatcher:
        dispatcher.take(Message("run", 1, {"operation": "generate", "options": {"prompt": "x", "n": count}, "parts": []}))
        while True:
            said = heard.get(timeout=60)
            if said.kind == "error":
                return int(from_dict(said["error"]).exit_code)
            if said.kind == "result":
                return 0 if len(said["layers"]) == count else 99


DOORS = {one.__name__: one for one in (script, command, worker, batch)}


def click(told):
    home = Path(told["home"])
    tempfile.tempdir = told.get("temporary")
    if told.get("user"):
        os.setgroups([])
        os.setgid(told["user"])
        os.setuid(told["user"])
    os.environ.update(RECRAFT_HOME=str(home), RECRAFT_API_TOKEN=KEY)
    if told["door"] == "look":
        return look(home, told["names"])
    (home / "config").mkdir(parents=True, exist_ok=True)
    chosen = {"engine": "service", "base_url": told["base_url"], "requests_per_second": 100, "pictures_per_minute": 10_000}
    (home / "config" / "settings.json").write_text(json.dumps(chosen))
    (home / "rows.jsonl").write_text("".join(json.dumps({"prompt": f"row {row}"}) + "\n" for row in range(ROWS)))
    if told.get("file_limit") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (told["file_limit"], resource.RLIM_INFINITY))
    if told.get("rights_until"):
        rights_until(home, told["rights_until"])
    return DOORS[told["door"]](told["home"], told["base_url"], told["count"])


def rights_until(home, step):
    """From use `step` of a file below `home` on, nobody may write there any more: its owner has taken the rights away."""
    steps = 0

    def hook(event, values):
        nonlocal steps
        if event in USES and str(values[0]).startswith(str(home)):
            steps += 1
            if steps == step:
                for path in (home, *home.rglob("*")):
                    path.chmod(0o500 if path.is_dir() else 0o400)

    sys.addaudithook(hook)


def child(told, out):
    code, heard = 98, io.StringIO()
    try:
        with contextlib.redirect_stderr(heard):
            code = click(told)
    except Exception:  # noqa: BLE001 - told to whoever reads
        heard.write(traceback.format_exc())
    finally:
        os.write(out, heard.getvalue().encode()[:10_000])
        os._exit(code)


def load():
    """What a click loads at its first need: once here rather than in every child, where it took most of its time."""
    for found in pkgutil.walk_packages(recraft_core.__path__, "recraft_core."):
        if "__main__" not in found.name:
            importlib.import_module(found.name)
    importlib.import_module("statistics")
    for encoding in ("utf-8-sig", "latin-1", "ascii", "idna"):
        codecs.lookup(encoding)


def main():
    load()
    for line in sys.stdin:
        heard, out = os.pipe()
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), out)
        os.close(out)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        with os.fdopen(heard, "rb") as complaints:
            print(json.dumps([os.waitstatus_to_exitcode(status), complaints.read().decode()]), flush=True)


if __name__ == "__main__":
    main()
