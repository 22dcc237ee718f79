"""The release files as a user meets them: no Python packages, no pip, no network, only Krita or GIMP and one zip."""
import json
import subprocess
from pathlib import Path

import hosts_table
import pytest
import roots
from recraft_setup import Steps, bundle
from recraft_setup.plugins import enable

HERE = Path(__file__).resolve().parent
# Hides what the host's own Python may have: an overlay, so that nothing of the system is changed.
BARE = """
for site in /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages; do
    [ -d "$site" ] || continue
    mkdir -p /tmp/hidden /tmp/hidden/up /tmp/hidden/work
    mount -t tmpfs tmpfs /tmp/hidden && mkdir /tmp/hidden/up /tmp/hidden/work
    mount -t overlay overlay -o "lowerdir=$site,upperdir=/tmp/hidden/up,workdir=/tmp/hidden/work" "$site"
    rm -rf "$site/numpy" "$site/PIL" "$site/requests"
done
exec "$@"
"""

pytestmark = [pytest.mark.host, pytest.mark.slow]


@pytest.fixture(scope="session")
def zips(tmp_path_factory):
    """The two zips, with the worker as it is frozen from these sources."""
    made = bundle.zips(bundle.frozen_worker(Steps()), tmp_path_factory.mktemp("dist"), level=1)
    return {path.name.split("-")[1]: path for path in made}


def bare(host, home, argv, **options):
    """Run `argv` in a host whose Python has no packages, without any network."""
    return roots.run(host.host.name, ["sh", "-c", BARE, "sh", *argv], home=home, network=False, **options)


@pytest.mark.parametrize("host", hosts_table.names("krita"), indirect=True)
def test_krita_imports_the_zip_and_erases_offline(host, home, zips):
    roots.settle(host.host.name, home, [HERE / "krita_check"])

    def start(script, **env):
        env = {"RECRAFT_CHECK": str(HERE / script), "RECRAFT_CHECK_OUT": str(home), **env}
        ended = bare(host, home, ["krita", "--nosplash"], env=env, folders=[zips["krita"].parent], timeout_s=240)
        return f"{ended.stderr[-2000:]}\n{(home / 'log.txt').read_text(encoding='utf-8')[-3000:]}"

    said = start("release_import.py", RECRAFT_ZIP=str(zips["krita"]))
    imported = json.loads((home / "imported.json").read_text(encoding="utf-8")) if "Traceback" not in said else said
    assert imported == {"names": ["recraft"], "absent": ["numpy", "PIL", "requests"]}, said
    enable(home / ".config/kritarc")  # what the importer's question writes, once Krita is closed with its windows
    said = start("krita_checks.py", RECRAFT_ONLY="Contract.test_erase")
    verdicts = json.loads((home / "verdicts.json").read_text(encoding="utf-8"))
    assert verdicts == {"Contract.test_erase": "ok"}, said


@pytest.mark.parametrize("host", hosts_table.names("krita"), indirect=True)
def test_krita_with_the_small_zip_offers_to_set_up_and_says_what_is_missing(host, home, tmp_path):
    wheel = tmp_path / "recraft_canvas.whl"
    wheel.write_bytes(b"without a network it is never fetched")
    krita, _ = bundle.online(wheel, tmp_path, level=1)
    roots.settle(host.host.name, home, [HERE / "krita_check"])
    share = home / ".local/share/krita"
    subprocess.run(["unzip", "-q", "-o", krita, "-x", "*.action", "-d", share / "pykrita"], check=True)
    enable(home / ".config/kritarc")
    env = {"RECRAFT_CHECK": str(HERE / "release_setup.py"), "RECRAFT_CHECK_OUT": str(home), "PIP_RETRIES": "0"}
    ended = bare(host, home, ["krita", "--nosplash"], env=env, timeout_s=240)
    said = f"{ended.stderr[-1000:]} {(home / 'log.txt').read_text(encoding='utf-8')[-3000:]}"
    assert (home / "setup.json").is_file(), said
    found = json.loads((home / "setup.json").read_text(encoding="utf-8"))
    assert (found["offered"], found["button"], found["told"], found["again"], found["clean"]) == (True, "Set up", True, True, True), found
    assert "pypi.org" in found["note"]
    assert found["trouble"].count("HTTPS_PROXY") == 1, found


@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_gimp_shows_the_menu_of_the_unpacked_zip_and_erases_offline(host, home, zips):
    roots.settle(host.host.name, home, [])
    words = {"series": ".".join(host.version.split(".")[:2])}
    folder = home / hosts_table.PLUGIN_FOLDERS["gimp"].format_map(words)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["unzip", "-q", zips["gimp"], "-d", folder], check=True)
    script = f'exec(open("{HERE}/release_gimp.py").read())'
    command = ["gimp-console", "-idf", "--batch-interpreter=python-fu-eval", "-b", script, "--quit"]
    report = home / "report.json"
    ended = bare(host, home, command, env={"RECRAFT_OUT": str(report)}, display=False, timeout_s=180)
    assert report.exists(), ended.stderr[-3000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["absent"] == ["numpy", "PIL", "requests"]
    # [1] to [4] are the groups inside the menu, which GIMP does not show by name.
    assert [path.split("/[")[0] for path in found["menus"]] == ["<Image>/Filters/Recraft"]
    assert found["worked"], ended.stderr[-3000:]
    assert found["layers"] == 2
    assert all(abs(one - other) < 16 for one, other in zip(found["centre"], (90, 140, 200, 255))), found["centre"]


@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_gimp_with_the_small_zip_offers_to_set_up_and_can_be_put_away(host, home, tmp_path):
    wheel = tmp_path / "recraft_canvas.whl"
    wheel.write_bytes(b"without a network it is never fetched")
    _, gimp = bundle.online(wheel, tmp_path, level=1)
    roots.settle(host.host.name, home, [])
    words = {"series": ".".join(host.version.split(".")[:2])}
    folder = home / hosts_table.PLUGIN_FOLDERS["gimp"].format_map(words)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["unzip", "-q", gimp, "-d", folder], check=True)
    before = sorted(folder.glob("recraft/*"))
    script = f'exec(open("{HERE}/release_gimp_setup.py").read())'
    command = ["gimp", "--no-splash", "--batch-interpreter=python-fu-eval", "-b", script, "--quit"]
    report = home / "report.json"
    ended = bare(host, home, command, env={"RECRAFT_OUT": str(report), "PIP_RETRIES": "0"}, timeout_s=240)
    assert report.exists(), ended.stderr[-3000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    heights = found.pop("heights")
    assert found == {"shown": True, "gone": True, "cancelled": True, "layers": 1}, (found, ended.stderr[-3000:])
    assert len(set(heights)) == 3, "no progress, or nothing was told of the network that is missing"
    assert "Traceback" not in ended.stderr
    assert sorted(folder.glob("recraft/*")) == before
