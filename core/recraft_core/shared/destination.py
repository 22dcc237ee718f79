"""Whether files can be written under some names: found out before anything is paid, by trying on that very disk."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from .errors import BadOption, StorageTrouble
from .i18n import say

LONGEST = 255  # bytes of a name, on most disks
_OTHER_NAME = "Choose another name."


def series(path: Path, count: int) -> list[Path]:
    """The files of `count` pictures that are written as `path`: the second and later have a number."""
    return [path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, count + 1))]


def check_files(paths: Sequence[Path]) -> None:
    """Raises BadOption or StorageTrouble unless all `paths`, of one folder, can be written or replaced.

    The folder may be missing where one above it is there. Nothing is left behind.
    """
    for path in paths:
        if "\0" in str(path):
            raise no_file(str(path))
    real = [Path(os.path.realpath(path)) for path in paths]
    for path, target in zip(paths, real):
        check_no_folder(path)
        _check_there(path, target)
    for folder in dict.fromkeys(target.parent for target in real):
        _try(folder, [(path, target) for path, target in zip(paths, real) if target.parent == folder])


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
    """Raises StorageTrouble unless files can be made in `folder`."""
    _try(folder, [])


def folded(name: str) -> str:
    """What names have in common that some disk takes for the same: capitals do not count, nor how é is composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def are_one(one: Path, other: Path) -> bool:
    """True where the disk takes two names for the same file, tried there; none of them needs to be there yet."""
    one, other = Path(os.path.realpath(one)), Path(os.path.realpath(other))
    if folded(str(one)) != folded(str(other)):
        return False
    try:
        common = Path(os.path.commonpath([one, other]))
        above = next(folder for folder in (common, *common.parents) if folder.is_dir())
        with tempfile.TemporaryDirectory(prefix=".recraft-", dir=above) as trial:
            made = Path(trial, one.relative_to(above))
            made.mkdir(parents=True)
            return made.samefile(Path(trial, other.relative_to(above)))
    except (OSError, ValueError):  # another file, another drive; where nothing can be made, nothing is overwritten
        return one == other


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


def _try(folder: Path, targets: Sequence[tuple[Path, Path]]) -> None:
    """Make files of these names in a new folder of the same disk, which is gone afterwards."""
    above = next(one for one in (folder, *folder.parents) if os.path.lexists(one) or one == one.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=".recraft-", dir=above) as trial:
            _make(Path(trial, folder.relative_to(above)), targets)
    except OSError as problem:
        raise StorageTrouble(
            say(
                "Nothing can be written in the folder {folder} ({why}).",
                folder=folder,
                why=problem.strerror or problem,
            ),
            remedy="Choose another folder.",
        ) from problem


def _make(folder: Path, targets: Sequence[tuple[Path, Path]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path, target in targets:
        try:
            trial = folder / target.name
            trial.touch()
            if os.name == "nt":
                trial.replace(trial.with_name("moved"))  # fails for CON.png and a:b.png
        except OSError as problem:
            if not _only_here(problem, target):
                raise _trouble(path, problem) from problem


def _only_here(problem: OSError, target: Path) -> bool:
    """True where the path is too long only because of the folder that it was tried in."""
    if os.name == "nt":
        return problem.errno == errno.ENOENT and len(target.name) <= LONGEST
    try:
        target.lstat()
    except OSError as other:
        return problem.errno == errno.ENAMETOOLONG and other.errno == errno.ENOENT and target.parent.is_dir()
    return problem.errno == errno.ENAMETOOLONG


def _trouble(path: Path, problem: OSError) -> BadOption | StorageTrouble:
    if problem.errno == errno.ENAMETOOLONG or len(path.name) > LONGEST:  # of which Windows says that it is misspelt
        return BadOption(say("The name {out} is too long.", out=path.name), remedy=_OTHER_NAME, option="out")
    return StorageTrouble(
        say("{path} cannot be written ({why}).", path=path, why=problem.strerror or problem), remedy=_OTHER_NAME
    )
