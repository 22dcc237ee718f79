"""Waiting in tests: for what happens soon, on another thread or in another process."""

import time


def wait_for(true, patience_s=30):
    """Until `true()`; the patience is long because it is only used up when something is broken."""
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
