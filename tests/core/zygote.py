"""Forks one click after another, quickly: for tests that kill each. Each line of standard input is a JSON object
{"home", "base_url", "count", "file_limit"}; for each the child's process id is printed, then, once it has ended, how:
the exit code (0: pictures came, 8: storage, -9: killed)."""

import json
import os
import resource
import sys
import time

from recraft_core import Studio
from recraft_core.shared.errors import RecraftError

KEY = "rk-SECRETKEY-0123456789abcdef"


def click(told):
    os.environ["RECRAFT_HOME"] = told["home"]
    if told.get("file_limit") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (told["file_limit"], resource.RLIM_INFINITY))
    try:
        result = Studio(key=KEY, base_url=told["base_url"]).generate("x", n=told["count"])
    except RecraftError as error:
        return int(error.exit_code)
    return 0 if len(result.layers) == told["count"] else 99


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
