"""What Windows must do, run by its own Python inside Wine: prints a line for each, VERDICT {check: "ok" or a traceback}.

    python.exe tests/hosts/windows_checks.py NAME …      the checks of those names
"""
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HERE / "core"))

from recraft_core.shared.worker_client import PluginLink  # noqa: E402
from recraft_core.shared.worker_process import read_command  # noqa: E402
from recraft_setup import CORE, Steps, Trouble, checks, commands, environment, hosts, plugins, running  # noqa: E402

# A user with an umlaut and a blank in the name, and a path that is long but still one Windows takes everywhere.
HOME = Path(os.environ["SYSTEMDRIVE"] + "\\", "Jürgen Müller", "Träume × Bilder", "x" * 60)
PICTURES = HERE / "tests" / "pictures"


def cleared(name):
    """An empty folder of that name in the home."""
    folder = HOME / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def linked(environ):
    return PluginLink([sys.executable, "-m", "recraft_core", "worker"], host="Test", environ=environ)


def environ(name):
    return {**os.environ, "RECRAFT_HOME": str(cleared(name)), "OPENBLAS_NUM_THREADS": "1"}


def answered(link, **fields):
    news = link.wait(link.send(**fields), 120)
    assert news, "no answer"
    return news[-1]


# --- the plugin's client --------------------------------------------------------------------------------------------


def check_a_worker_starts_answers_is_killed_and_starts_again():
    link = linked(environ("link"))
    assert answered(link, kind="key", do="state").kind == "answer"
    first = link.pid
    link._child.kill()
    time.sleep(1)
    again = answered(link, kind="key", do="state")
    assert again.kind in {"answer", "error"}, again
    assert answered(link, kind="key", do="state").kind == "answer"
    assert link.pid != first
    link.stop(20)


def check_a_job_can_be_cancelled():
    link = linked(environ("cancel"))
    assert answered(link, kind="key", do="state").kind == "answer"
    job = link.send("account")
    link.cancel(job)
    news = link.wait(job, 60)
    assert news[-1].ends, news
    assert answered(link, kind="key", do="state").kind == "answer"
    link.stop(20)


# --- the command line -----------------------------------------------------------------------------------------------


def recraft(*words, home, **more):
    command = [sys.executable, "-m", "recraft_core", *words]
    env = {**os.environ, "RECRAFT_HOME": str(home), "OPENBLAS_NUM_THREADS": "1", **more}
    return subprocess.run(command, capture_output=True, env=env, cwd=home, check=False)


def check_erasing_a_photograph_in_a_folder_with_umlauts():
    home = cleared("erase")
    for name in ("sand.jpg", "sand-mask.png"):
        shutil.copyfile(PICTURES / name, home / name)
    done = recraft("erase", "sand.jpg", "--mask", "sand-mask.png", "--local", "-o", "größer ×.png", home=home)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert (home / "größer ×.png").stat().st_size > 10_000
    # What is redirected is UTF-8, whatever the code page.
    assert done.stdout.decode("utf-8").strip().endswith("größer ×.png"), done.stdout
    listed = recraft("history", "list", "--json", home=home, PYTHONIOENCODING="cp1252")
    assert listed.returncode == 0, listed.stderr
    assert len(json.loads(listed.stdout)) == 1


def check_a_mistake_is_told_with_its_exit_code():
    home = cleared("mistake")
    done = recraft("erase", "nowhere.jpg", "--mask", "nowhere.png", home=home)
    assert done.returncode == 8, (done.returncode, done.stderr)
    assert b"Traceback" not in done.stderr
    assert recraft("settings", "set", "count", "2", home=home).returncode == 0


def check_the_engine_with_several_workers_ends_when_its_input_does():
    home = cleared("serve")
    command = [sys.executable, "-m", "recraft_core", "serve", "--port", "0", "--workers", "2", "--until-stdin-closes"]
    process = subprocess.Popen(
        [*command, "--data", str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    line = process.stdout.readline()
    assert line.startswith(b"Recraft API on http://127.0.0.1:"), line
    time.sleep(8)  # until its workers are up
    process.stdin.close()
    try:
        process.wait(40)
    finally:
        process.kill()
        process.stdout.close()


# --- the installer --------------------------------------------------------------------------------------------------


def installed(name):
    """A user with a Krita, the plugin installed, and its worker in an environment of its own."""
    home = cleared(name)
    os.environ.update({"APPDATA": str(home / "Roaming"), "LOCALAPPDATA": str(home / "Local"), "USERPROFILE": str(home)})
    os.environ["RECRAFT_HOME"] = str(home / "ours")
    (home / "Roaming" / "krita").mkdir(parents=True)
    data = hosts.data_folder()
    ledger = plugins.Ledger(data)
    ledger.note(data / "worker")
    python = environment.python_of(data / "worker" / "this")
    venv.create(data / "worker" / "this")
    here = "\n".join(one for one in sys.path if "packages" in one)
    (environment._site(python) / "ours.pth").write_text(f"{here}\n{CORE}\n", encoding="utf-8")
    (host,) = hosts.find("krita")
    plugins.put(host, [str(python), "-I", "-m", "recraft_core", "worker"], ledger, Steps())
    return home, host


def check_doctor_finds_nothing_wrong_on_a_disk_that_knows_no_case():
    _, host = installed("doctor")
    assert (host.plugins / "RECRAFT").is_dir(), "this disk knows case, so this proves nothing"
    wrong = [one for one in checks.installed() if one.cure]
    assert not wrong, wrong


def check_nothing_is_removed_while_a_worker_runs_and_all_of_it_afterwards():
    home, host = installed("remove")
    link = PluginLink(read_command(host.plugins / "recraft"), host="Test")
    assert answered(link, kind="key", do="state").kind == "answer"
    assert running.using(hosts.data_folder() / "worker"), "the worker is not seen"
    plugins.put(host, plugins.Ledger(hosts.data_folder()).commands(), plugins.Ledger(hosts.data_folder()), Steps())
    try:
        commands.COMMANDS["remove"](commands.argparse.Namespace(dry_run=False))
    except Trouble as trouble:
        assert "Close Krita and GIMP" in str(trouble), trouble  # noqa: PT017 - there is no pytest in this run
    else:
        raise AssertionError("removed under a worker's feet")
    assert (host.plugins / "recraft" / "worker.json").is_file()
    link.stop(30)
    for _ in range(100):
        if not running.using(hosts.data_folder() / "worker"):
            break
        time.sleep(0.3)
    assert commands.COMMANDS["remove"](commands.argparse.Namespace(dry_run=False)) == 0
    left = [str(path) for path in (home / "Roaming").rglob("*") if path.name != "krita"]
    assert not left, left
    assert not (hosts.data_folder() / "worker").exists()


def check_what_is_said_can_be_redirected():
    home = cleared("said × 花")
    env = {**os.environ, "RECRAFT_HOME": str(home), "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, str(HERE / "install.py"), "krita", "--dry-run", "--into", str(home / "pykrita")]
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert "花" in done.stdout.decode("utf-8")


def check_remedies_can_be_typed_here():
    from recraft_setup import typed

    line = typed("krita")
    assert not line.startswith("python3"), line
    assert line.endswith(" install.py krita"), line


CHECKS = {name[6:]: made for name, made in globals().items() if name.startswith("check_")}


def main(names):
    for name in names or CHECKS:
        begun = time.monotonic()
        try:
            CHECKS[name]()
            said = "ok"
        except BaseException:  # noqa: BLE001 - told to whoever asked
            said = traceback.format_exc()
        told = json.dumps({name: f"{said} ({time.monotonic() - begun:.0f} s)"})
        sys.stdout.flush()
        sys.stdout.buffer.write(f"VERDICT {told}\n".encode("ascii"))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
