"""Windows' own Python, by Wine: the rooms that differ there, and the main roads through the program.

What is not Windows' fault but Wine's is listed with its reason, test by test.
"""
import json
import re

import pytest
import roots
import tried
import windows

# In one run each: what touches files, processes and names of the system. The rest is arithmetic and differs nowhere.
SUITE = {
    "3.11": (
        "core/test_paths.py", "core/test_settings.py", "core/test_keys.py", "core/test_history.py",
        "core/test_history_crash.py", "core/test_worker_client.py", "setup/test_plugins.py", "setup/test_hosts.py",
        "setup/test_running.py", "setup/test_unpacking.py",
    ),
    "3.13": ("setup/test_plugins.py", "setup/test_hosts.py", "setup/test_running.py", "setup/test_unpacking.py"),
}  # fmt: skip
# Part of a test's name: why it says nothing about Windows.
WINE = {
    "test_after_removing_the_files_are_as_before[True-": "Wine does not follow links to folders that Python makes",
}
CHECKS = (
    "a_worker_starts_answers_is_killed_and_starts_again", "a_job_can_be_cancelled",
    "erasing_a_photograph_in_a_folder_with_umlauts", "a_mistake_is_told_with_its_exit_code",
    "the_engine_with_several_workers_ends_when_its_input_does",
    "doctor_finds_nothing_wrong_on_a_disk_that_knows_no_case",
    "nothing_is_removed_while_a_worker_runs_and_all_of_it_afterwards", "what_is_said_can_be_redirected",
    "remedies_can_be_typed_here",
)  # fmt: skip

DOCKER = ("opened", "an_erase_comes_back", "it_speaks_of_what_is_wrong")

pytestmark = [pytest.mark.host, pytest.mark.slow, pytest.mark.parametrize("system", ["wine"], indirect=True)]


@pytest.mark.parametrize("version", SUITE)
def test_the_suite_passes_on_windows_python(system, version, record_property):
    record_property("where", f"Windows' Python {version}, by Wine")
    run = windows.checkout(roots.cache()) / "run.xml"
    files = [f"tests/{name}" for name in SUITE[version]]
    words = ["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "--junitxml", "run.xml", *files]
    outcome = windows.python(system, roots.cache(), version, words, timeout_s=900)
    last = outcome.stdout.strip().splitlines()[-1:] or [outcome.stderr]
    if run.is_file():
        record_property("inside", json.dumps(tried.of_run(run, WINE)))
    assert re.search(r"\d+ passed", last[0]), outcome.stdout[-4000:]
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", outcome.stdout, re.MULTILINE)
    assert [name for name in failed if not any(part in name for part in WINE)] == [], outcome.stdout[-8000:]


def test_the_main_roads_work_on_windows_python(system, record_property):
    windows.checkout(roots.cache())
    words = ["-B", "tests/hosts/windows_checks.py", *CHECKS]
    assert_all_good(windows.python(system, roots.cache(), "3.11", words, timeout_s=600), CHECKS, record_property)


def test_the_dockers_widgets_work_on_windows_python(system, record_property):
    """With Krita's Qt and a stand-in for its module; what was seen lies in C:\\recraft\\seen."""
    windows.checkout(roots.cache())
    words = ["-B", "tests/hosts/windows_docker.py", "seen"]
    assert_all_good(windows.python(system, roots.cache(), "3.11", words, timeout_s=300), DOCKER, record_property)


def assert_all_good(outcome, checks, record_property):
    told = re.findall(r"^VERDICT (.*)$", outcome.stdout, re.MULTILINE)
    verdicts = {name: text for line in told for name, text in json.loads(line).items()}
    record_property("inside", json.dumps(tried.of_verdicts(verdicts)))
    assert set(verdicts) == set(checks), outcome.stdout[-4000:] + outcome.stderr[-1000:]
    assert {name: text for name, text in verdicts.items() if not text.startswith("ok")} == {}
