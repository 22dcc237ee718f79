"""The frozen worker of a zip, whose packages are one tightly packed file: its first start unpacks them, once.

All that Python itself needs lies open beside that file, so the program does this by itself, whatever the host's own
Python can. It runs before anything else of ours, and uses Python's library only.
"""

from __future__ import annotations

import errno
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from recraft_core.shared.worker_process import FILE, UNPACKING, UNPACKING_FAILED, WHOLE

from . import hosts, running

REST = "rest.tar.xz"
# Below our data folder, for plugins in a folder that may not be written.
ELSEWHERE = "unpacked"
LOCK = ".unpacking.lock"
# Below the data folder the workers of several plugins lie, which may be of different versions.
_KEPT_S = 30 * 86400.0
_TRIES = 8
_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


class _File(NamedTuple):
    name: str
    mode: int
    content: IO[bytes]


def main() -> int:
    """Go on as the whole worker, with the same words; an exit code when there is none to go on with."""
    packed = Path(sys.executable).parent
    try:
        program = whole(packed, hosts.data_folder() / ELSEWHERE, _tell)
        return _go_on([str(program), *sys.argv[1:]])
    except (OSError, EOFError, ValueError, KeyError, tarfile.TarError, lzma.LZMAError) as problem:
        print(getattr(problem, "strerror", None) or problem, file=sys.stderr)
        return UNPACKING_FAILED


def name_of(packed: Path, program: str) -> str:
    """What the whole worker's folder is called: by the `program` and the packed file in the folder `packed`."""
    digest = hashlib.sha256()
    for one in (packed / program, packed / REST):
        with one.open("rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                digest.update(part)
    return f"worker-{digest.hexdigest()[:12]}"


def whole(packed: Path, elsewhere: Path, tell: Callable[[float], None], program: str = "") -> Path:
    """The program of the whole worker, unpacked from the folder `packed` where it is not there yet.

    It lies beside `packed`, in `elsewhere` when nothing may be written there. `tell` gets how far it is, 0..1, also
    while that does not grow. Raises OSError, or ValueError where the files in `packed` do not belong together.
    """
    tell(0.0)
    program = program or Path(sys.executable).name
    name = str(json.loads((packed.parent / FILE).read_text(encoding="utf-8"))[WHOLE])
    targets = packed.parent / name, elsewhere / name
    ready = [one for one in targets if (one / program).is_file()]
    if ready:
        with suppress(OSError):  # it is in use: see _KEPT_S
            os.utime(ready[0])
        return ready[0] / program
    if name_of(packed, program) != name:
        raise ValueError(f"the files in {packed} are of different versions")
    try:
        return unpack(packed, targets[0] / program, tell)
    except OSError as problem:
        if problem.errno not in _READ_ONLY:
            raise
    return unpack(packed, targets[1] / program, tell, _KEPT_S)


def unpack(packed: Path, program: Path, tell: Callable[[float], None], kept_s: float = 0.0) -> Path:
    """Make the folder of `program` of all that lies in `packed`, open and packed: whole, or not at all.

    Older versions beside it go that were not used for `kept_s`. Returns `program`; raises OSError or ValueError.
    """
    target = program.parent
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent, tell):
        if program.is_file():
            return program
        _sweep(target, kept_s)
        tell(0.0)
        fresh = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
        fresh.mkdir()
        try:
            for file in _files(packed, tell):
                _put(fresh, file)
            _take_its_place(fresh, program)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    if not program.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(program))
    return program


@contextmanager
def _alone(folder: Path, tell: Callable[[float], None]) -> Iterator[None]:
    """Only one process at a time unpacks in `folder`; the system lets go of the file when that one ends or dies."""
    with (folder / LOCK).open("ab") as file:
        while not _held(file):
            tell(0.0)
            time.sleep(0.1)
        yield


def _held(file: IO[bytes]) -> bool:
    """True when it is ours now, or this disk knows no locks (some network drives)."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        return problem.errno not in (0, errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # 0: Wine tells no reason
    return True


def _files(packed: Path, tell: Callable[[float], None]) -> Iterator[_File]:
    for one in sorted(packed.rglob("*")):
        if one.is_file() and one.name != REST:
            tell(0.0)
            with one.open("rb") as content:
                yield _File(one.relative_to(packed).as_posix(), one.stat().st_mode & 0o777, content)
    size, told = (packed / REST).stat().st_size, 0
    with (packed / REST).open("rb") as file, lzma.open(file) as plain, tarfile.open(fileobj=plain) as archive:
        for member in archive:
            data = archive.extractfile(member) if _is_ours(member) else None
            if data is None:
                raise ValueError(f"{packed / REST} holds {member.name!r}, which does not belong there")
            yield _File(member.name, member.mode & 0o777, data)
            percent = 100 * file.tell() // size
            if told < percent < 100:
                tell(percent / 100)
                told = percent
    tell(1.0)


def _is_ours(member: tarfile.TarInfo) -> bool:
    """Only files, and only below the folder they are unpacked in: on no system may a name lead out of it."""
    parts = member.name.split("/")
    return member.isfile() and not {"", ".", ".."} & {*parts} and not {"\\", ":", "\0"} & {*member.name}


def _put(fresh: Path, file: _File) -> None:
    """Write it so that it is on the disk before the folder counts as whole. The folder `fresh` is never made anew."""
    path = fresh / file.name
    for above in reversed(path.relative_to(fresh).parents[:-1]):
        (fresh / above).mkdir(exist_ok=True)
    with path.open("xb") as target:
        shutil.copyfileobj(file.content, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
    path.chmod(file.mode | 0o200)


def _take_its_place(fresh: Path, program: Path) -> None:
    """Rename it to the folder of `program`; on Windows again and again while a virus scanner looks into it.

    A folder there without the program is damaged, and makes way only now: somebody may run it still.
    """
    target, old = program.parent, fresh.with_name(f"{fresh.name}.old")
    for attempt in range(_TRIES):
        try:
            if target.exists() and not program.is_file():
                target.rename(old)
            fresh.rename(target)
        except OSError:
            if program.is_file():  # where nothing can be locked, another start may have been first
                break
            if os.name != "nt" or attempt == _TRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)
        else:
            break
    shutil.rmtree(old, ignore_errors=True)


def _sweep(target: Path, kept_s: float) -> None:
    """Remove older versions beside `target`, unless used within `kept_s` or running, and what a crash left."""
    for old in target.parent.glob("worker-*"):
        # Windows refuses where a file of it is open; half of it must not go.
        with suppress(OSError):
            if old != target and time.time() - old.stat().st_mtime >= kept_s and not running.using(old):
                old.rename(old.with_name(f".{old.name}.old"))
    for left in target.parent.glob(".worker-*"):
        shutil.rmtree(left, ignore_errors=True)


def _tell(share: float) -> None:
    print(f"{UNPACKING} {share:.2f}", end="\r" if share < 1 else "\n", file=sys.stderr, flush=True)


def _go_on(command: list[str]) -> int:
    """Become the program of `command`, in the surroundings this one was started in."""
    environ = {**os.environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"}
    before = environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if sys.platform == "linux":
        environ.pop("LD_LIBRARY_PATH", None)
        environ.update({"LD_LIBRARY_PATH": before} if before else {})
    if os.name != "nt":
        os.execve(command[0], command, environ)  # noqa: S606 - the program itself
    return subprocess.run(command, env=environ, check=False).returncode
