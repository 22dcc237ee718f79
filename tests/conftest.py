"""What the tests share: an engine that really serves, on a loopback port of its own."""

from __future__ import annotations

import os

# Two cores and other processes: BLAS threads would only wait for each other. Set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What is said is looked at in English, whoever runs the tests.
os.environ["LANGUAGE"] = "en"

# No engine is to stay behind when a test is over; those that are about staying say so.
os.environ["RECRAFT_NO_SHARE"] = "1"

import pytest
from hypothesis import settings

KEY = "key-for-tests-0123456789"


def pytest_addoption(parser):
    """`install.py test --quick`."""
    parser.addoption("--quick", action="store_true", help="only what needs no host, no engine and no process of its own")


# A busy machine is no fault of a test. What --quick tries less often the whole suite tries as often as ever.
settings.register_profile("whole", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)


def pytest_configure(config):
    """How often a property is tried."""
    settings.load_profile("quick" if config.getoption("quick") else "whole")


def pytest_ignore_collect(collection_path, config):
    """Nothing is read that --quick leaves out anyway."""
    return True if config.getoption("quick") and collection_path.name in {"hosts", "local", "setup", "fuzz"} else None


def _quick(item):
    """True for a test that reckons in this process alone."""
    alone = "_engine" not in item.fixturenames and not hasattr(item.module, "subprocess")
    return alone and not any(item.get_closest_marker(name) for name in ("host", "slow"))


def pytest_collection_modifyitems(config, items):
    """The hosts take longest, so they come first: with two workers one has them while the other has the rest."""
    if config.getoption("quick"):
        leave = [item for item in items if not _quick(item)]
        config.hook.pytest_deselected(items=leave)
        items[:] = [item for item in items if _quick(item)]
    items.sort(key=lambda item: item.get_closest_marker("host") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests stay together, and no two tests look after one host's processes at once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return "hosts" if file.startswith("tests/hosts/") and "krita" not in file else file

    return ByFile(config, log)


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


@pytest.fixture(autouse=True)
def _nothing_learnt():
    """Prices that an answer of one test taught do not count in another."""
    from recraft_core.shared.contract import learnt

    learnt.use({}, {})


@pytest.fixture
def key():
    """A key the engine takes."""
    return KEY
