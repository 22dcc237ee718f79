"""Hosts for tests: `@pytest.mark.parametrize("host", hosts_table.names("krita"), indirect=True)`.

RECRAFT_HOSTS=off skips every host by name; RECRAFT_HOSTS_REQUIRED=1 makes a missing required host a failure.
"""
import os

import hosts_table
import pytest
import roots


@pytest.fixture
def host(request):
    """The roots.Place of the host named by the test's parameter, or a skip that names it and says why."""
    name = request.param
    if os.environ.get("RECRAFT_HOSTS") == "off":
        pytest.skip(f"{name}: real hosts are switched off (RECRAFT_HOSTS=off)")
    try:
        return roots.find(name)
    except roots.Absent as reason:
        if hosts_table.host(name).required and os.environ.get("RECRAFT_HOSTS_REQUIRED") == "1":
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


@pytest.fixture
def system(request):
    """The root named by the test's parameter, one without Krita and GIMP, or a skip that names it and says why."""
    name = request.param
    if os.environ.get("RECRAFT_HOSTS") == "off":
        pytest.skip(f"{name}: real hosts are switched off (RECRAFT_HOSTS=off)")
    if name == "wine" and os.environ.get("RECRAFT_WINDOWS") != "1":
        pytest.skip("wine: Windows' Python under Wine takes a quarter of an hour; RECRAFT_WINDOWS=1 runs it")
    try:
        return roots.system(name)
    except roots.Absent as reason:
        if hosts_table.SYSTEMS.get(name) and os.environ.get("RECRAFT_HOSTS_REQUIRED") == "1":
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


@pytest.fixture
def home(host, tmp_path):
    """An empty folder for the host's HOME; roots.settle fills it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
