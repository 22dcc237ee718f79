"""Whether files can be written under some names: found out before anything is paid."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from .errors import BadOption, StorageTrouble
from .i18n import say

LONGEST = 255  # bytes of a name, on most disks
_HOLDS_NS = 10 * 10**9  # for which a folder that took a file is believed to take others
# What Windows takes for a device, a stream or nothing.
_MISSPELT = re.compile(r'[<>:"|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$', re.IGNORECASE)
_OTHER_NAME = "Choose another name."


def series(path: Path, count: int) -> list[Path]:
    """The files of `count` pictures that are written as `path`: the second and later have a number."""
    return [path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, count + 1))]


def check_files(paths: Sequence[Path]) -> None:
    """Raises BadOption or StorageTrouble unless all `paths` can be written or replaced.

    A folder may be missing where one above it is there; that of what a link leads to may not. Nothing is left behind.
    """
    for path in paths:
        if "\0" in str(path) or (os.name == "nt" and _MISSPELT.search(path.name)):
            raise no_file(str(path))
        check_no_folder(path)
        target = real(path)
        _check_there(path, target)
        if target.name != path.name or target.parent != real(path.parent):
            check_there(target.parent)
        check_folder(target.parent)


def real(path: Path) -> Path:
    """Where links lead."""
    return Path(os.path.realpath(path))


def no_file(name: str) -> BadOption:
    """What to say of a name that holds a zero byte."""
    shown = name.replace("\0", "�")
    return BadOption(say("“{value}” is the name of no file.", value=shown), remedy=_OTHER_NAME, option="out")


def check_no_folder(path: Path) -> None:
    """Raises BadOption where `path` is a folder."""
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise BadOption(
            say("{out} is a folder.", out=path), remedy="Name a file in it, such as result.png.", option="out"
        )


def check_there(folder: Path) -> None:
    """Raises BadOption unless there is such a folder."""
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise BadOption(
            say("There is no folder {folder}.", folder=folder), remedy="Make it first, or choose another.", option="out"
        )


def check_folder(folder: Path) -> None:
    """Raises StorageTrouble unless files can be made in `folder`, or where it is missing in the one above it."""
    # A relative one is another after chdir.
    _try(folder, time.monotonic_ns() // _HOLDS_NS if folder.is_absolute() else time.monotonic_ns())


def folded(name: str) -> str:
    """What names have in common that some disk takes for the same: capitals do not count, nor how é is composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def are_one(one: Path, other: Path) -> bool:
    """True where the disk takes two names for the same file; none of them needs to be there yet."""
    one, other = real(one), real(other)
    if one == other or folded(str(one)) != folded(str(other)):
        return one == other
    same_form = unicodedata.normalize("NFC", str(one)) == unicodedata.normalize("NFC", str(other))
    try:
        common = Path(os.path.commonpath([one, other]))
    except ValueError:  # another drive
        return False
    return _takes_for_one(next(folder for folder in (common, *common.parents) if folder.is_dir()), same_form)


@lru_cache(maxsize=256)
def _takes_for_one(folder: Path, forms: bool) -> bool:
    """Whether the disk that `folder` is on takes two ways to compose é (`forms`), or a and A, for the same. Tried."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".recraft-aé", dir=folder) as trial:
            name = os.path.basename(trial.name)  # noqa: PTH119 - what a temporary file has is a str
            other = unicodedata.normalize("NFD", name) if forms else name.swapcase()
            return os.path.lexists(folder / other)
    except (OSError, UnicodeError):  # where nothing can be made, nothing is overwritten
        return False


def _check_there(path: Path, target: Path) -> None:
    """What is there already must let itself be replaced."""
    try:
        mode, owner = target.lstat().st_mode, target.lstat().st_uid
        if _is_anothers(target.parent, owner):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        if stat.S_ISREG(mode):
            target.open("r+b").close()
    except OSError as problem:
        # A file of one's own that is read-only is replaced, but on Windows; EPERM: nobody may.
        mine = os.name != "nt" and problem.errno == errno.EACCES and os.access(target.parent, os.X_OK)
        if problem.errno not in {errno.ENOENT, errno.ENOTDIR} and not mine:
            raise _trouble(path, problem) from problem


def _is_anothers(folder: Path, owner: int) -> bool:
    """True in a folder such as /tmp, where nobody may replace the files of others."""
    if sys.platform == "win32":
        return False
    facts, me = folder.stat(), os.geteuid()
    return bool(facts.st_mode & stat.S_ISVTX) and me not in {0, owner, facts.st_uid}


@lru_cache(maxsize=1024)
def _try(folder: Path, _moment: int) -> None:
    """Make a file there, which is gone at once; a thousand results of one folder ask once a moment."""
    above = next(one for one in (folder, *folder.parents) if os.path.lexists(one) or one == one.parent)
    try:
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as problem:
        raise StorageTrouble(
            say(
                "Nothing can be written in the folder {folder} ({why}).",
                folder=folder,
                why=problem.strerror or problem,
            ),
            remedy="Choose another folder.",
        ) from problem


def _trouble(path: Path, problem: OSError) -> BadOption | StorageTrouble:
    if problem.errno == errno.ENAMETOOLONG or len(path.name) > LONGEST:  # of which Windows says that it is misspelt
        return BadOption(say("The name {out} is too long.", out=path.name), remedy=_OTHER_NAME, option="out")
    return StorageTrouble(
        say("{path} cannot be written ({why}).", path=path, why=problem.strerror or problem), remedy=_OTHER_NAME
    )
