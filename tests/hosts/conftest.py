"""Hosts for tests: `@pytest.mark.parametrize("host", hosts_table.names("krita"), indirect=True)`.

RECRAFT_HOSTS=off skips every host by name; RECRAFT_HOSTS_REQUIRED=1 makes a missing required host a failure.
"""
import json
import os

import hosts_table
import pytest
import roots
import tried

# What is tried in roots without a Krita or GIMP, for the table of docs/install.md.
SYSTEMS = {"stock": "Debian bookworm as it is installed, without pip", "wine": "Windows' Python 3.11, by Wine"}


@pytest.fixture
def host(request):
    """The roots.Place of the host named by the test's parameter, or a skip that names it and says why."""
    name = request.param
    if os.environ.get("RECRAFT_HOSTS") == "off":
        pytest.skip(f"{name}: real hosts are switched off (RECRAFT_HOSTS=off)")
    try:
        place = roots.find(name)
    except roots.Absent as reason:
        if hosts_table.host(name).required and os.environ.get("RECRAFT_HOSTS_REQUIRED") == "1":
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))
    program = {"krita": "Krita", "gimp": "GIMP"}[place.host.program]
    suite = hosts_table.root(place.host.root).suite
    request.node.user_properties.append(("where", f"{program} {place.version}, Debian {suite}"))
    return place


@pytest.fixture
def system(request):
    """The root named by the test's parameter, one without Krita and GIMP, or a skip that names it and says why."""
    name = request.param
    if os.environ.get("RECRAFT_HOSTS") == "off":
        pytest.skip(f"{name}: real hosts are switched off (RECRAFT_HOSTS=off)")
    if name == "wine" and os.environ.get("RECRAFT_WINDOWS") != "1":
        pytest.skip("wine: Windows' Python under Wine takes a quarter of an hour; RECRAFT_WINDOWS=1 runs it")
    try:
        found = roots.system(name)
    except roots.Absent as reason:
        if hosts_table.SYSTEMS.get(name) and os.environ.get("RECRAFT_HOSTS_REQUIRED") == "1":
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))
    request.node.user_properties.append(("where", SYSTEMS[name]))
    return found


@pytest.fixture
def home(host, tmp_path, request):
    """An empty folder for the host's HOME; roots.settle fills it. What was checked inside is told of the test."""
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    verdicts = folder / "verdicts.json"
    said = json.loads(verdicts.read_text(encoding="utf-8")) if verdicts.is_file() else {}
    if said and all(isinstance(one, str) for one in said.values()):  # else it is one check's own record
        inside = tried.of_verdicts(said)
        request.node.user_properties.append(("inside", json.dumps(inside)))
