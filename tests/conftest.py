"""What the tests share: an engine that really serves, on a loopback port of its own."""

from __future__ import annotations

import os

# Two cores and other processes: BLAS threads would only wait for each other. Set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No engine is to stay behind when a test is over; those that are about staying say so.
os.environ["RECRAFT_NO_SHARE"] = "1"

import pytest

KEY = "key-for-tests-0123456789"


@pytest.fixture(scope="session")
def _engine():
    from recraft_local.server import Settings, serving

    # Strict: whatever the page does not list is refused, so that our own client is held to the page.
    with serving(Settings(control=True, strict=True)) as engine:
        yield engine


@pytest.fixture
def engine(_engine):
    """The embedded engine at `engine.base_url`; scripted faults and the request log begin empty."""
    _engine.faults.clear()
    _engine.requests.clear()
    yield _engine
    _engine.faults.clear()


@pytest.fixture
def key():
    """A key the engine takes."""
    return KEY
