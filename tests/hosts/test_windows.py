"""Windows' own Python, by Wine: the rooms that differ there, and the main roads through the program.

What is not Windows' fault but Wine's is listed with its reason, test by test.
"""
import json
import re

import pytest
import roots
import windows

# In one run each: what touches files, processes and names of the system. The rest is arithmetic and differs nowhere.
SUITE = {
    "3.11": (
        "core/test_paths.py", "core/test_settings.py", "core/test_keys.py", "core/test_history.py",
        "core/test_history_crash.py", "core/test_worker_client.py", "setup/test_plugins.py", "setup/test_hosts.py",
        "setup/test_running.py",
    ),
    "3.13": ("setup/test_plugins.py", "setup/test_hosts.py", "setup/test_running.py"),
}  # fmt: skip
# Part of a test's name: why it says nothing about Windows.
WINE = {
    "test_after_removing_the_files_are_as_before[True-": "Wine does not follow links to folders that Python makes",
    "test_two_processes_lose_none_of_each_others_changes": "Wine's replacing of a file is not one step: a reader finds none",
}
CHECKS = (
    "a_worker_starts_answers_is_killed_and_starts_again", "a_job_can_be_cancelled",
    "erasing_a_photograph_in_a_folder_with_umlauts", "a_mistake_is_told_with_its_exit_code",
    "the_engine_with_several_workers_ends_when_its_input_does",
    "doctor_finds_nothing_wrong_on_a_disk_that_knows_no_case",
    "nothing_is_removed_while_a_worker_runs_and_all_of_it_afterwards", "what_is_said_can_be_redirected",
    "remedies_can_be_typed_here",
)  # fmt: skip

pytestmark = [pytest.mark.host, pytest.mark.slow, pytest.mark.parametrize("system", ["wine"], indirect=True)]


def keep(name, what):
    """Beside the roots, for the table in the notes."""
    path = roots.cache() / "windows.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, name: what}, indent=1), encoding="utf-8")


@pytest.mark.parametrize("version", SUITE)
def test_the_suite_passes_on_windows_python(system, version):
    windows.checkout(roots.cache())
    files = [f"tests/{name}" for name in SUITE[version]]
    words = ["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", *files]
    outcome = windows.python(system, roots.cache(), version, words, timeout_s=600)
    last = outcome.stdout.strip().splitlines()[-1:] or [outcome.stderr]
    keep(f"suite {version}", f"{last[0]} ({outcome.seconds:.0f} s here)")
    assert re.search(r"\d+ passed", last[0]), outcome.stdout[-4000:]
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", outcome.stdout, re.MULTILINE)
    assert [name for name in failed if not any(part in name for part in WINE)] == [], outcome.stdout[-8000:]


def test_the_main_roads_work_on_windows_python(system):
    windows.checkout(roots.cache())
    words = ["-B", "tests/hosts/windows_checks.py", *CHECKS]
    outcome = windows.python(system, roots.cache(), "3.11", words, timeout_s=420)
    told = re.findall(r"^VERDICT (.*)$", outcome.stdout, re.MULTILINE)
    verdicts = {name: text for line in told for name, text in json.loads(line).items()}
    keep("roads", verdicts)
    assert set(verdicts) == set(CHECKS), outcome.stdout[-4000:] + outcome.stderr[-1000:]
    assert {name: text for name, text in verdicts.items() if not text.startswith("ok")} == {}
