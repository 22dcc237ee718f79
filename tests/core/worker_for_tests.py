"""The real worker without pauses between attempts: worker_for_tests.py [patience_s [idle_s]]."""

import sys
from dataclasses import replace

from recraft_core.worker import main as worker

PATIENCE_S = float(sys.argv[1]) if len(sys.argv) > 1 else 30
IDLE_S = float(sys.argv[2]) if len(sys.argv) > 2 else worker.IDLE_S


def hurried(connection):
    return replace(connection, timeout_s=PATIENCE_S, connect_s=min(10, PATIENCE_S)).open(sleep=lambda _seconds: None)


if __name__ == "__main__":
    sys.exit(worker.main(hurried, idle_s=IDLE_S))
