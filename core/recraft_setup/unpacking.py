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
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from recraft_core.shared.worker_process import FILE, UNPACKING, UNPACKING_FAILED, WHOLE

from . import hosts, running

REST = "rest.tar.xz"
# Below our data folder, for plugins in a folder that may not be written.
ELSEWHERE = "unpacked"
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
    except (OSError, EOFError, ValueError, KeyError, tarfile.TarError, lzma.LZMAError) as problem:
        print(getattr(problem, "strerror", None) or problem, file=sys.stderr)
        return UNPACKING_FAILED
    return _go_on([str(program), *sys.argv[1:]])


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

    It lies beside `packed`, in `elsewhere` when nothing may be written there. `tell` gets how far it is, 0..1.
    Raises OSError, or ValueError where the files in `packed` do not belong together.
    """
    program = program or Path(sys.executable).name
    name = str(json.loads((packed.parent / FILE).read_text(encoding="utf-8"))[WHOLE])
    targets = packed.parent / name, elsewhere / name
    ready = [one for one in targets if (one / program).is_file()]
    if ready:
        return ready[0] / program
    if name_of(packed, program) != name:
        raise ValueError(f"the files in {packed} are of different versions")
    try:
        unpack(packed, targets[0], tell)
    except OSError as problem:
        if problem.errno not in _READ_ONLY:
            raise
        unpack(packed, targets[1], tell)
        return targets[1] / program
    return targets[0] / program


def unpack(packed: Path, target: Path, tell: Callable[[float], None]) -> None:
    """Make the folder `target` of all that lies in `packed`, open and packed: whole, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target, packed)
    fresh = target.with_name(f".{target.name}.{os.urandom(4).hex()}.{os.getpid()}")
    fresh.mkdir()
    try:
        for file in _files(packed, tell):
            _put(fresh / file.name, file)
        _take_its_place(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _files(packed: Path, tell: Callable[[float], None]) -> Iterator[_File]:
    for one in sorted(packed.rglob("*")):
        if one.is_file() and one.name != REST:
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


def _put(path: Path, file: _File) -> None:
    """Write it so that it is on the disk before the folder counts as whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        shutil.copyfileobj(file.content, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
    path.chmod(file.mode | 0o200)


def _take_its_place(fresh: Path, target: Path) -> None:
    """Rename it; on Windows again and again while a virus scanner looks into it. Another start may have been first."""
    for attempt in range(_TRIES):
        try:
            fresh.rename(target)
        except OSError:
            if target.is_dir():
                return
            if os.name != "nt" or attempt == _TRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)
        else:
            return


def _sweep(target: Path, packed: Path) -> None:
    """Remove what earlier versions have unpacked beside `target`, unless somebody runs it, and what a crash left."""
    at_work = {f".{pid}" for pid in (*running.using(packed), os.getpid())}
    for old in target.parent.glob("worker-*"):
        if old != target and not running.using(old):
            # Windows refuses where a file of it is open; half of it must not go.
            with suppress(OSError):
                old.rename(old.with_name(f".{old.name}.old"))
    for left in target.parent.glob(".worker-*"):
        if left.suffix not in at_work:
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
