"""The real worker, made impatient: it does not pause between attempts and gives up on a silent service after 1.5 s."""

import sys
from dataclasses import replace

from recraft_core import worker


def hurried(connection):
    return replace(connection, timeout_s=1.5).open(sleep=lambda _seconds: None)


if __name__ == "__main__":
    sys.exit(worker.main(hurried, idle_s=float(sys.argv[1]) if len(sys.argv) > 1 else worker.IDLE_S))
