"""Two users of one computer: what one has paid for, set or started is out of the other's reach, and each has caps of
his own."""

import os
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from recraft_core.api import service as engines
from recraft_core.api import warm
from recraft_core.shared.errors import Exit
from test_kills import COUNT, DOORS, PLACED, aftermath, click, pictures, service, zygote  # noqa: F401 - a fixture

OTHER = 65_534  # nobody
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else"
)


@pytest.fixture
def room():
    """A folder in which everybody may make files; pytest's own is closed to others, and shut again by every run."""
    with tempfile.TemporaryDirectory(prefix="recraft-two-users-") as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


def test_a_history_of_somebody_else_is_refused_before_anything_is_sent(zygote, room):  # noqa: F811
    home = room / "shared"
    home.mkdir()
    with service() as one:
        assert click(zygote, home, one)[0] == 0
        home.chmod(0o777)
        (home / "config").chmod(0o777)
        for file in (home / "config" / "settings.json", home / "rows.jsonl"):
            file.chmod(0o666)
        code, said = click(zygote, home, one, door="command", user=OTHER)
        assert (code, one.posts()) == (Exit.STORAGE, 1), said
        assert "permission is denied" in said
        assert aftermath(home, one) == [(PLACED, True)]


@pytest.mark.parametrize("door", DOORS)
def test_each_user_has_folders_and_caps_of_his_own(door, zygote, room):  # noqa: F811
    homes = [room / "one", room / "other"]
    for home, user in zip(homes, (0, OTHER)):
        home.mkdir()
        os.chown(home, user, user)
        with service() as one:
            code, said = click(zygote, home, one, door=door, user=user)
            assert code == 0, said
            assert all(after == (PLACED, True) for after in aftermath(home, one))
            # What was paid for is the user's alone: others find no picture and no word of it.
            another = click(zygote, home / "data", one, door="look", names=[], user=OTHER - 1)
            assert another[0] == 0, another


# Most of what matters comes between the first request and its answer's filing.
STEPS = range(1, 250) if os.environ.get("KILLS") else [*range(12, 42, 2), *range(42, 250, 16)]


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_rights_taken_away_at_any_step(door, zygote, room):  # noqa: F811
    """Nothing is sent, or the pictures are in the user's hands: named, in the history, or in a folder that is told."""
    codes = Counter()
    for step in STEPS:
        home, refuge = room / f"home-{step}", room / f"refuge-{step}"
        for folder in (home, refuge):
            folder.mkdir()
            os.chown(folder, OTHER, OTHER)
        with service() as one:
            code, said = click(zygote, home, one, door=door, user=OTHER, rights_until=step, temporary=str(refuge))
            after, named = aftermath(home, one), pictures(home)
            saved = [path for path in refuge.glob("*/result*.png") if str(path.parent) in said]
        assert all(held for _, held in after), (step, after, said)
        assert "Traceback" not in said, step
        assert code in {0, Exit.STORAGE}, (step, code, said)
        if code and one.posts() and door == "command":
            there = "recraft history place" in said and after == [(PLACED, True)]
            assert COUNT in {len(named), len(saved)} or there, (step, said)
        codes[code] += 1
    assert set(codes) == {0, Exit.STORAGE}, "the rights were never taken away in time, or always"


@pytest.mark.slow
def test_a_shared_engine_is_not_the_other_users(zygote, room, monkeypatch):  # noqa: F811
    monkeypatch.setenv("RECRAFT_HOME", str(room))
    monkeypatch.delenv("RECRAFT_NO_SHARE", raising=False)
    folder = engines.engine_folder()
    folder.mkdir(parents=True, mode=0o755)
    try:
        with closing(warm.lease(folder, 60)), service() as one:
            names = [str(path) for path in folder.glob("shared-*.json")]
            assert len(names) == 1
            assert click(zygote, room, one, door="look", names=names)[0] > 0
            assert click(zygote, room, one, door="look", names=names, user=OTHER)[0] == 0
    finally:
        warm.stop(folder)
