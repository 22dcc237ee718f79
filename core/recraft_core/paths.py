"""Where things are kept on this computer, and how a file is written so that it is whole or not there at all.

RECRAFT_HOME names one folder that holds everything: for tests, and for an install that travels on a stick.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import platformdirs

from .redaction import redact
from .shared.destination import LONGEST
from .shared.errors import StorageTrouble
from .shared.i18n import say

APP = "recraft-canvas"
HOME = "RECRAFT_HOME"
_ELSEWHERE = say("or set {home} to a folder you may write to", home=HOME)
NO_FILE = say("it is a pipe or a device, not a file")
_TRIES = 8
_T = TypeVar("_T")


@dataclass(frozen=True)
class Places:
    """The four folders; none is made until something is written. `portable` when RECRAFT_HOME chose them."""

    data: Path
    config: Path
    cache: Path
    log: Path
    portable: bool = False

    @property
    def history(self) -> Path:
        """Folder of the history."""
        return self.data / "history"


def here(environ: Mapping[str, str] | None = None) -> Places:
    """The folders of this user; `environ` (the process's own when None) may hold RECRAFT_HOME."""
    home = (os.environ if environ is None else environ).get(HOME, "").strip()
    if home:
        root = Path(home).expanduser().absolute()
        return Places(root / "data", root / "config", root / "cache", root / "log", portable=True)
    dirs = platformdirs.PlatformDirs(APP, appauthor=False)
    return Places(dirs.user_data_path, dirs.user_config_path, dirs.user_cache_path, dirs.user_log_path)


# Why, and what to do about it, by errno. Windows maps its own codes to these.
_REASONS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: (say("the disk is full"), say("Free some space and try again, {elsewhere}.", elsewhere=_ELSEWHERE)),
    getattr(errno, "EDQUOT", -1): (
        say("your disk quota is used up"),
        say("Free some space and try again, {elsewhere}.", elsewhere=_ELSEWHERE),
    ),
    errno.EROFS: (say("the disk is read only"), say("Make it writable, {elsewhere}.", elsewhere=_ELSEWHERE)),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM),
        (say("permission is denied"), say("Change the permissions of that folder, {elsewhere}.", elsewhere=_ELSEWHERE)),
    ),
    errno.ENOTDIR: (
        say("a part of the path is a file"),
        say("Move that file away, {elsewhere}.", elsewhere=_ELSEWHERE),
    ),
    errno.EEXIST: (
        say("a file is where a folder is needed"),
        say("Move that file away, {elsewhere}.", elsewhere=_ELSEWHERE),
    ),
    errno.EISDIR: (
        say("a folder is where a file is needed"),
        say("Move that folder away, {elsewhere}.", elsewhere=_ELSEWHERE),
    ),
    errno.ESPIPE: (NO_FILE, say("Put a file in its place, {elsewhere}.", elsewhere=_ELSEWHERE)),
    errno.ENOENT: (say("it is not there"), "Check the path."),
    errno.ENAMETOOLONG: (say("the path is too long"), "Choose a folder with a shorter path."),
}


def trouble(doing: str, path: Path, problem: OSError) -> StorageTrouble:
    """The error for a failed `doing` ("write", "read", "remove") of `path`, with the reason and a remedy."""
    usual = say("Check the disk and the folder, {elsewhere}.", elsewhere=_ELSEWHERE)
    why, remedy = _REASONS.get(problem.errno or 0, ((problem.strerror or str(problem)).lower(), usual))
    # The file api-key and what is said of it would look like a key and be hidden.
    name = f"“{path}”" if redact(f"{path}: ?") != f"{path}: ?" else path
    return StorageTrouble(say("Cannot {doing} {path}: {why}.", doing=say(doing), path=name, why=why), remedy=remedy)


@contextmanager
def telling(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError of the block into StorageTrouble about `path`."""
    try:
        yield
    except OSError as problem:
        raise trouble(doing, path, problem) from problem


def make_folder(path: Path, *, private: bool = False) -> Path:
    """The folder `path`, made with its parents where missing; only the user may look in when `private`."""
    with telling("make the folder", path):
        path.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
        if private:
            tighten(path, 0o700)
    return path


def tighten(path: Path, mode: int) -> bool:
    """Take the rights of others away from `path` where they have any; True when there was something to take.

    Windows keeps no such bits: there the user's profile folder is what protects the file.
    """
    if os.name == "nt" or not path.stat().st_mode & 0o077:
        return False
    path.chmod(mode)
    return True


def fitting(stem: str, tail: str) -> str:
    """`stem`, cut so that a name of it and `tail` is no longer than file systems take."""
    room = LONGEST - len(os.fsencode(tail))
    return os.fsencode(stem)[:room].decode("utf-8", "ignore") if len(os.fsencode(stem)) > room else stem


def write(path: Path, data: bytes, *, private: bool = False) -> Path:
    """Write a file so that after a crash the old or the new one is there, whole; its folder is made when missing.

    The bytes are on the disk when this returns. Mode 0600 when `private`. Raises StorageTrouble.
    """
    make_folder(path.parent, private=private)
    fresh = path.with_name(f".{secrets.token_hex(8)}.tmp")  # no longer than the name itself may be
    with telling("write", path):
        try:
            _fill(fresh, data, 0o600 if private else 0o666)
            move(fresh, path)
        except BaseException:
            with suppress(OSError):
                fresh.unlink()
            raise
        sync_folder(path.parent)
    return path


def _fill(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, mode), "wb") as file:  # noqa: PTH123 - a descriptor, for its mode
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def move(fresh: Path, path: Path) -> None:
    """Give a file or folder the name `path`; a file there before is gone. Raises OSError."""
    patiently(lambda: fresh.replace(path))


def patiently(action: Callable[[], _T]) -> _T:
    """What `action` answers; on Windows it is done again while somebody else holds the file for a moment.

    A virus scanner or an indexer may, and another process of ours that replaces or reads it.
    """
    for attempt in range(_TRIES - 1 if sys.platform == "win32" else 0):
        try:
            return action()
        except PermissionError:
            time.sleep(0.02 * 2**attempt)
    return action()


def sync_folder(path: Path) -> None:
    """Make a new or renamed name in `path` survive a power cut; Windows needs and offers no such call."""
    if os.name == "nt":
        return
    # Some network file systems refuse to sync a folder; the file's own bytes are safe by then.
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def check_plain(path: Path) -> Path:
    """The path of a file that ends. Raises OSError: a pipe would be waited for, and a device has no end."""
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(kind):
        raise OSError(errno.ESPIPE, NO_FILE)
    return path


def whole(path: Path) -> bytes:
    """All bytes of a file. Raises OSError, for a folder, a pipe and a device too."""
    return patiently(check_plain(path).read_bytes)


def read(path: Path) -> bytes | None:
    """The bytes of a file, None when it is not there. Raises StorageTrouble when it cannot be read."""
    with telling("read", path):
        try:
            return whole(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
