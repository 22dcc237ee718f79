"""Forks one click after another, quickly: for tests that kill each. Each line of standard input is a JSON object
{"home", "base_url", "count", "file_limit", "door"}; for each the child's process id is printed, then, once it has ended,
how: the exit code (0: pictures came, 8: storage, -9: killed)."""

import contextlib
import json
import os
import queue
import resource
import sys
import time
from pathlib import Path

from recraft_core import Studio, cli
from recraft_core.api.service import Connection
from recraft_core.shared.errors import RecraftError, from_dict
from recraft_core.shared.protocol import Message
from recraft_core.worker.dispatcher import Dispatcher

KEY = "rk-SECRETKEY-0123456789abcdef"


def script(home, base_url, count):
    try:
        result = Studio(key=KEY, base_url=base_url).generate("x", n=count)
    except RecraftError as error:
        return int(error.exit_code)
    return 0 if len(result.layers) == count else 99


def command(home, base_url, count):
    sys.argv = ["recraft"]
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        return cli.main(["generate", "x", "-n", str(count), "-o", str(Path(home) / "out.png")])


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


DOORS = {one.__name__: one for one in (script, command, worker)}


def click(told):
    home = Path(told["home"])
    os.environ.update(RECRAFT_HOME=str(home), RECRAFT_API_TOKEN=KEY)
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.json").write_text(json.dumps({"engine": "service", "base_url": told["base_url"]}))
    if told.get("file_limit") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (told["file_limit"], resource.RLIM_INFINITY))
    return DOORS[told["door"]](told["home"], told["base_url"], told["count"])


def main():
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 98
            try:
                code = click(told)
            finally:
                os._exit(code)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        time.sleep(0)


if __name__ == "__main__":
    main()
