"""The API key: from RECRAFT_API_TOKEN, else as it was saved: in the system's keyring, or where there is none, in a
file only its owner can read.

A key that is found is registered with `redaction` at once, so no log or history entry can hold it.
With RECRAFT_HOME set the keyring is left alone: that folder holds everything, and two installs cannot take each
other's key.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, cast

from . import paths, redaction
from .shared.errors import KeyTrouble
from .shared.i18n import say

VARIABLE = "RECRAFT_API_TOKEN"
SERVICE = paths.APP
ACCOUNT = "api-key"
WHERE = say("You find your key at {address}", address="https://app.recraft.ai/profile/api")
READ_WAIT_S = 10.0
# Long enough to type the keyring's password when it asks for it.
WRITE_WAIT_S = 60.0
# Loading a keyring may take some times longer than asking it: a cold disk, a bus that has to start.
_LOADING = 3

Origin = Literal["environment", "keyring", "file"]
_T = TypeVar("_T")


class Backend(Protocol):
    """What is needed of a keyring: three methods of the package `keyring`'s backends."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """The secret, None when there is none."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep the secret."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Remove the secret."""


Keyring = Callable[[], "Backend | None"]


@dataclass(frozen=True)
class Key:
    """An API key and where it came from; printing it never shows the value."""

    value: str = field(repr=False)
    origin: Origin

    def __str__(self) -> str:
        return f"a key of {len(self.value)} characters from the {self.origin}"


def system_keyring() -> Backend | None:
    """The keyring of this system; None where the package is not installed or finds nothing it can use."""
    try:
        import keyring
        from keyring.backends.fail import Keyring as NoKeyring
        from keyring.backends.null import Keyring as NullKeyring

        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - a broken desktop bus raises whatever it likes; the file still works
        return None
    return None if isinstance(backend, (NoKeyring, NullKeyring)) else cast("Backend", backend)


def no_keyring() -> Backend | None:
    """For `keyring=`: use the file only."""
    return None


def check(value: str) -> str:
    """The key without surrounding blanks. Raises KeyTrouble when it cannot be a key; the message never shows it."""
    text = value.strip().removeprefix("\ufeff").strip()  # the mark that Windows puts before what it pipes
    if not text:
        raise KeyTrouble("No key was given.", remedy=say("{where}; copy it and paste it here.", where=WHERE))
    if any(letter.isspace() for letter in text):
        raise KeyTrouble(
            "The key contains spaces.", remedy=say("Paste the key alone, without “Bearer”. {where}.", where=WHERE)
        )
    if not text.isascii() or not text.isprintable() or any(letter in "\"'\\=,;" for letter in text.rstrip("=")):
        raise KeyTrouble(
            "The key contains characters that no key has.",
            remedy=say("Paste the key alone, without quotes or a name before it. {where}.", where=WHERE),
        )
    if not redaction.SHORTEST <= len(text) <= 512:
        what = say("A key of {count} characters cannot be right.", count=len(text))
        raise KeyTrouble(what, remedy=say("Copy the whole key and nothing else. {where}.", where=WHERE))
    return text


def accepted(value: str) -> str:
    """A key handed over in code, checked like one that is typed and hidden from then on. Raises KeyTrouble."""
    key = check(value)
    redaction.register(key)
    return key


def find(
    environ: Mapping[str, str] | None = None, *, keyring: Keyring = system_keyring, wait_s: float = READ_WAIT_S
) -> Key | None:
    """The key to use, None when there is none (then the embedded engine works).

    Raises KeyTrouble when a key is set but cannot be
    one, or lies in a keyring that does not answer within `wait_s` seconds; StorageTrouble when the file is unreadable.
    """
    env = os.environ if environ is None else environ
    # A file beside a key in the keyring is the newer one: it was written because the keyring failed, and `save`
    # removes it when the keyring works.
    key = _from_environment(env) or _from_file(env) or _from_keyring(env, keyring, wait_s)
    if key is not None:
        redaction.register(key.value)
    return key


def save(
    value: str,
    environ: Mapping[str, str] | None = None,
    *,
    keyring: Keyring = system_keyring,
    wait_s: float = WRITE_WAIT_S,
) -> Origin:
    """Keep a key: in the keyring, else in the file. Answers where. Raises KeyTrouble or StorageTrouble."""
    key = check(value)
    redaction.register(key)
    env = os.environ if environ is None else environ
    if _keep_in_keyring(env, keyring, key, wait_s):
        paths.write(_note(env), b"The API key is in the system's keyring.\n", private=True)
        _unlink(_file(env))
        return "keyring"
    paths.write(_file(env), f"{key}\n".encode(), private=True)
    _unlink(_note(env))
    return "file"


def remove(
    environ: Mapping[str, str] | None = None, *, keyring: Keyring = system_keyring, wait_s: float = WRITE_WAIT_S
) -> tuple[Origin, ...]:
    """Remove the key from keyring and file; answers where one was. The environment is the user's own to change.

    Raises KeyTrouble when the keyring that holds the key does not answer: the key is still there then.
    """
    env = os.environ if environ is None else environ
    gone: list[Origin] = []
    backend = _backend(env, keyring, wait_s)
    if backend is not None and _secret(backend, env, wait_s):
        _ask(partial(backend.delete_password, SERVICE, ACCOUNT), wait_s, strict=True)
        gone.append("keyring")
    _unlink(_note(env))
    if _unlink(_file(env)):
        gone.append("file")
    return tuple(gone)


def _from_environment(env: Mapping[str, str]) -> Key | None:
    value = env.get(VARIABLE, "")
    if not value.strip():
        return None
    try:
        return Key(check(value), "environment")
    except KeyTrouble as problem:
        raise KeyTrouble(
            say("{variable} is set, but not to a key. {what}", variable=VARIABLE, what=problem.what),
            remedy=problem.remedy,
        ) from None


def _from_keyring(env: Mapping[str, str], keyring: Keyring, wait_s: float) -> Key | None:
    # Without the note nobody kept a key there, and asking alone may make the desktop ask for the keyring's password.
    if not _noted(env):
        return None
    # With it a keyring that is slow to load is waited for: going on without the key would be offline work, unasked.
    backend = _backend(env, keyring, wait_s * _LOADING, strict=True)
    if backend is None:
        return None
    value = _secret(backend, env, wait_s)
    return Key(value, "keyring") if value else None


def _secret(backend: Backend, env: Mapping[str, str], wait_s: float) -> str:
    # Only where the note says that a key is there is a keyring in trouble worth an error.
    return (_ask(partial(backend.get_password, SERVICE, ACCOUNT), wait_s, strict=_noted(env)) or "").strip()


def _from_file(env: Mapping[str, str]) -> Key | None:
    path = _file(env)
    data = paths.read(path)
    if data is None or not data.strip():
        return None
    with paths.telling("take the rights of others from", path):
        paths.tighten(path, 0o600)
        paths.tighten(path.parent, 0o700)
    try:
        return Key(check(data.decode("utf-8", "replace")), "file")
    except KeyTrouble as problem:
        raise KeyTrouble(
            say("{path} does not contain a key. {what}", path=path, what=problem.what),
            remedy="Set the key again: recraft key set.",
        ) from None


def _keep_in_keyring(env: Mapping[str, str], keyring: Keyring, key: str, wait_s: float) -> bool:
    backend = _backend(env, keyring, wait_s)
    if backend is None:
        return False

    def keep_and_look() -> bool:
        backend.set_password(SERVICE, ACCOUNT, key)
        return backend.get_password(SERVICE, ACCOUNT) == key

    return bool(_ask(keep_and_look, wait_s, strict=False))


def _backend(env: Mapping[str, str], keyring: Keyring, wait_s: float, *, strict: bool = False) -> Backend | None:
    return None if paths.here(env).portable else _ask(keyring, wait_s, strict=strict)


def _ask(question: Callable[[], _T], wait_s: float, *, strict: bool) -> _T | None:
    """The keyring's answer; None when it fails or stays silent, KeyTrouble instead when `strict`.

    A locked keyring may wait for a password for ever: the question is put by a thread that can be left behind.
    """
    answers: queue.SimpleQueue[tuple[_T | None, Exception | None]] = queue.SimpleQueue()

    def put() -> None:
        try:
            answers.put((question(), None))
        except Exception as problem:  # noqa: BLE001 - each backend has errors of its own
            answers.put((None, problem))

    threading.Thread(target=put, name="recraft-keyring", daemon=True).start()
    why: Any = say("it did not answer within {wait_s:g} s", wait_s=wait_s)
    with suppress(queue.Empty):
        answer, why = answers.get(timeout=wait_s)
        if why is None:
            return answer
    if strict:
        raise KeyTrouble(
            say(
                "The system's keyring holds your key but cannot be used: {why}.",
                why=redaction.redact(str(why)).rstrip("."),
            ),
            remedy=say("Unlock the keyring and try again, or set {variable}.", variable=VARIABLE),
        )
    return None


def _file(env: Mapping[str, str]) -> Path:
    return paths.here(env).config / "api-key"


def _note(env: Mapping[str, str]) -> Path:
    return paths.here(env).config / "api-key-is-in-keyring"


def _noted(env: Mapping[str, str]) -> bool:
    return _note(env).exists()


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as problem:
        raise paths.trouble("remove", path, problem) from problem
    return True

