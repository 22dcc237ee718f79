"""A host that is killed: it sends one click and ends itself without a word as soon as the job reaches a phase.

host_for_tests.py HOME BASE_URL KEY PHASE; prints the worker's process id first.
"""

import os
import signal
import sys
from pathlib import Path

from plugin import LARGE, Plugin, erase, reach

if __name__ == "__main__":
    home, base_url, key, phase = sys.argv[1:]
    plugin = Plugin(Path(home), base_url, key)
    job = plugin.link.send("run", **erase(LARGE, **reach(phase)))
    print(plugin.link.pid, flush=True)
    plugin.until(job, phase)
    os.kill(os.getpid(), signal.SIGKILL)
