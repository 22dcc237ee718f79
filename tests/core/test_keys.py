from __future__ import annotations

import os
import sys
import threading

import pytest
from recraft_core import keys, redaction
from recraft_core.shared.errors import KeyTrouble

KEY = "rc_0123456789abcdef0123456789"
OTHER = "rc_fedcba9876543210fedcba987"


class FakeKeyring:
    """A keyring in memory; `mood` is what happens when it is asked."""

    def __init__(self, mood=None):
        self.held = {}
        self.mood = mood or (lambda: None)

    def get_password(self, service, username):
        self.mood()
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.mood()
        self.held[service, username] = password

    def delete_password(self, service, username):
        self.mood()
        del self.held[service, username]


def locked():
    raise RuntimeError(f"Failed to unlock the collection! {KEY}")


@pytest.fixture
def home(tmp_path):
    """The environment of a portable home."""
    return {"RECRAFT_HOME": str(tmp_path)}


@pytest.fixture
def user(tmp_path):
    """The folders of a user without RECRAFT_HOME, so that the keyring is used."""
    if sys.platform != "linux":
        pytest.skip("only here the user's folders follow the environment")
    saved = {name: os.environ.get(name) for name in ("XDG_CONFIG_HOME", "RECRAFT_HOME", keys.VARIABLE)}
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    os.environ.pop("RECRAFT_HOME", None)
    yield {}
    for name, value in saved.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def files_under(path):
    return [one for one in path.rglob("*") if one.is_file()]


def test_the_environment_wins(home):
    keys.save(KEY, home)
    found = keys.find({**home, "RECRAFT_API_TOKEN": f" {OTHER}\n"})
    assert (found.value, found.origin) == (OTHER, "environment")


def test_without_a_key_there_is_none(home):
    assert keys.find(home) is None
    assert keys.find({**home, "RECRAFT_API_TOKEN": ""}) is None


def test_the_mark_of_a_windows_pipe_is_no_part_of_the_key(home):
    keys.save(f"\ufeff{KEY}\r\n", home)
    assert keys.find(home).value == KEY


def test_a_saved_key_comes_back_from_a_file_for_its_owner_alone(home, tmp_path):
    assert keys.save(f"  {KEY}\n", home) == "file"
    (path,) = files_under(tmp_path)
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert keys.find(home) == keys.Key(KEY, "file")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
def test_a_file_others_may_read_is_tightened(home, tmp_path):
    keys.save(KEY, home)
    (path,) = files_under(tmp_path)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    assert keys.find(home).value == KEY
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_keyring_is_used_where_it_works_and_no_file_holds_the_key(user, tmp_path):
    ring = FakeKeyring()
    keys.save(OTHER, user, keyring=keys.no_keyring)
    assert keys.save(KEY, user, keyring=lambda: ring) == "keyring"
    assert keys.find(user, keyring=lambda: ring) == keys.Key(KEY, "keyring")
    assert [one for one in files_under(tmp_path) if KEY.encode() in one.read_bytes() or OTHER in one.read_text()] == []


def test_a_portable_home_leaves_the_keyring_alone(home):
    ring = FakeKeyring()
    assert keys.save(KEY, home, keyring=lambda: ring) == "file"
    keys.find(home, keyring=lambda: ring)
    assert ring.held == {}
    assert keys.remove(home, keyring=lambda: ring) == ("file",)


def test_a_keyring_that_refuses_gives_way_to_the_file(user):
    ring = FakeKeyring(locked)
    assert keys.save(KEY, user, keyring=lambda: ring) == "file"
    assert keys.find(user, keyring=lambda: ring).origin == "file"


def test_a_key_saved_while_the_keyring_failed_is_not_beaten_by_the_old_one_in_it(user):
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    keys.save(OTHER, user, keyring=lambda: FakeKeyring(locked))
    assert keys.find(user, keyring=lambda: ring).value == OTHER


def test_a_locked_keyring_that_holds_the_key_is_an_error_not_a_silent_change_to_the_sketch_engine(user):
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    ring.mood = locked
    with pytest.raises(KeyTrouble, match="Unlock the keyring") as caught:
        keys.find(user, keyring=lambda: ring)
    assert KEY not in str(caught.value)


def test_a_silent_keyring_is_left_behind(user):
    release = threading.Event()
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    ring.mood = release.wait
    with pytest.raises(KeyTrouble, match=r"did not answer within 0.05 s"):
        keys.find(user, keyring=lambda: ring, wait_s=0.05)
    waiting = [one for one in threading.enumerate() if one.name == "recraft-keyring"]
    assert waiting
    assert all(one.daemon for one in waiting)  # or the program would not end before the keyring answers
    release.set()


def test_a_keyring_that_is_slow_to_load_is_waited_for_where_it_holds_the_key(user):
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    gone = threading.Event()

    def slow(seconds):
        return lambda: (gone.wait(seconds), ring)[1]

    assert keys.find(user, keyring=slow(0.3), wait_s=0.2).value == KEY
    with pytest.raises(KeyTrouble, match=r"holds your key but cannot be used: it did not answer within 0\.3 s"):
        keys.find(user, keyring=slow(30), wait_s=0.1)
    gone.set()


def test_a_keyring_in_which_no_key_was_kept_is_not_even_asked(user):
    asked = []
    assert keys.find(user, keyring=lambda: asked.append("keyring")) is None
    assert asked == []


def test_remove_says_where_a_key_was(user):
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    assert keys.remove(user, keyring=lambda: ring) == ("keyring",)
    assert keys.find(user, keyring=lambda: ring) is None
    keys.save(KEY, user, keyring=keys.no_keyring)
    assert keys.remove(user, keyring=lambda: ring) == ("file",)
    assert keys.remove(user, keyring=lambda: ring) == ()


def test_remove_does_not_claim_what_a_locked_keyring_did_not_do(user):
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    ring.mood = locked
    with pytest.raises(KeyTrouble):
        keys.remove(user, keyring=lambda: ring)
    ring.mood = lambda: None
    assert keys.find(user, keyring=lambda: ring).value == KEY


@pytest.mark.parametrize(
    "text", ["", "  ", f"Bearer {KEY}", f'"{KEY}"', f"RECRAFT_API_TOKEN={KEY}", "short", "x" * 600, "schlüssel-12345"]
)
def test_what_cannot_be_a_key_is_refused_with_a_remedy_and_never_shown(home, text):
    with pytest.raises(KeyTrouble) as caught:
        keys.save(text, home)
    assert caught.value.remedy
    assert KEY not in str(caught.value)
    assert keys.find(home) is None


def test_a_senseless_variable_is_named_instead_of_passed_over(home):
    keys.save(KEY, home)
    with pytest.raises(KeyTrouble, match="RECRAFT_API_TOKEN is set"):
        keys.find({**home, "RECRAFT_API_TOKEN": "two words"})


@pytest.mark.parametrize(("length", "good"), [(7, False), (8, True), (512, True), (513, False)])
def test_a_key_has_8_to_512_characters(length, good):
    if good:
        assert keys.check("k" * length) == "k" * length
    else:
        with pytest.raises(KeyTrouble, match="cannot be right"):
            keys.check("k" * length)


def test_no_key_is_told_with_where_to_find_one():
    with pytest.raises(KeyTrouble, match="No key was given") as caught:
        keys.check(" \n")
    assert "https://app.recraft.ai/profile/api" in caught.value.remedy


def test_a_file_that_holds_something_else_is_told_and_not_passed_over(home, tmp_path):
    keys.save(KEY, home)
    (path,) = files_under(tmp_path)
    assert path.name == "api-key"  # of another version, too
    path.write_bytes(b"two words\xff")
    with pytest.raises(KeyTrouble, match="does not contain a key") as caught:
        keys.find(home)
    assert "recraft key set" in caught.value.remedy
    path.write_bytes(b" \n")
    assert keys.find(home) is None


def test_a_key_that_is_saved_is_hidden_at_once(home):
    redaction.forget(OTHER)
    keys.save(OTHER, home)
    assert OTHER not in redaction.redact(f"sent {OTHER}")
    redaction.forget(OTHER)
    assert keys.accepted(OTHER) == OTHER
    assert OTHER not in redaction.redact(f"sent {OTHER}")
    redaction.forget(OTHER)


def test_the_note_of_the_keyring_goes_with_the_key(user, tmp_path):
    ring = FakeKeyring()

    def noted():
        return [one.name for one in files_under(tmp_path)]

    keys.save(KEY, user, keyring=lambda: ring)
    assert noted() == ["api-key-is-in-keyring"]  # of another version, too
    keys.save(KEY, user, keyring=keys.no_keyring)
    assert noted() == ["api-key"]
    keys.save(KEY, user, keyring=lambda: ring)
    keys.remove(user, keyring=lambda: ring)
    assert noted() == []


def test_a_keyring_from_which_the_key_is_gone_is_no_key(user):
    ring = FakeKeyring()
    keys.save(KEY, user, keyring=lambda: ring)
    ring.held.clear()
    assert keys.find(user, keyring=lambda: ring) is None
    assert keys.remove(user, keyring=lambda: ring) == ()


def test_a_keyring_that_keeps_something_else_is_not_trusted(user):
    class Forgetful(FakeKeyring):
        def set_password(self, service, username, password):
            self.held[service, username] = password[:8]

    assert keys.save(KEY, user, keyring=Forgetful) == "file"


def test_without_another_environment_the_own_one_counts(monkeypatch, tmp_path):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    assert keys.save(KEY) == "file"
    assert keys.find() == keys.Key(KEY, "file")
    assert keys.remove() == ("file",)
    assert keys.find() is None


def test_the_systems_keyring_is_one_that_keeps_something(monkeypatch):
    keyring = pytest.importorskip("keyring")
    from keyring.backends import fail, null

    ring = FakeKeyring()
    for backend, found in ((ring, ring), (fail.Keyring(), None), (null.Keyring(), None)):
        monkeypatch.setattr(keyring, "get_keyring", lambda backend=backend: backend)
        assert keys.system_keyring() is found

    def broken():
        raise RuntimeError("no bus")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert keys.system_keyring() is None


def test_printing_a_key_never_shows_it():
    key = keys.Key(KEY, "file")
    assert str(key) == f"a key of {len(KEY)} characters from the file"
    assert KEY not in f"{key} {key!r} {[key]}"


def test_a_found_key_is_hidden_in_everything_from_then_on(home):
    keys.find({**home, "RECRAFT_API_TOKEN": OTHER})
    assert OTHER not in redaction.redact(f"sent {OTHER}")
    redaction.forget(OTHER)


def test_the_real_keyring_package_never_raises():
    keys.system_keyring()
