"""A folder as macOS would show it: names are the same whatever their case and form, and are listed decomposed (NFD).

    python mac_disk.py FOLDER MOUNT

mounts FOLDER at MOUNT until it is unmounted. What a name was written like is kept. It needs libfuse and mfusepy.
"""

import ctypes
import errno
import os
import sys
import unicodedata

from mfusepy import FUSE, FuseOSError, Operations

_NO_REPLACE = 1 << 0


def same(name):
    """What two names of one file have in common."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


class Disk(Operations):
    """Every call is handed on to `folder`, below the name that is really there."""

    use_ns = True

    def __init__(self, folder):
        self._root = folder

    def _real(self, path):
        """The file that is meant; its last name as it is asked for where there is none yet."""
        here = self._root
        for name in filter(None, path.split("/")):
            asked = os.path.join(here, name)
            there = os.listdir(here) if os.path.isdir(here) and not os.path.lexists(asked) else []
            here = next((os.path.join(here, one) for one in there if same(one) == same(name)), asked)
        return here

    def getattr(self, path, fh=None):
        found = os.lstat(self._real(path)) if fh is None else os.fstat(fh)
        kept = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_blocks")
        times = {f"st_{one}": getattr(found, f"st_{one}_ns") for one in ("atime", "mtime", "ctime")}
        return {**{name: getattr(found, name) for name in kept}, **times}

    def readdir(self, path, fh):
        return [".", "..", *(unicodedata.normalize("NFD", name) for name in os.listdir(self._real(path)))]

    def access(self, path, amode):
        if not os.access(self._real(path), amode):
            raise FuseOSError(errno.EACCES)
        return 0

    def statfs(self, path):
        found = os.statvfs(self._real(path))
        return {name: getattr(found, name) for name in ("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_namemax")}

    def chmod(self, path, mode):
        os.chmod(self._real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self._real(path), uid, gid, follow_symlinks=False)

    def utimens(self, path, times=None):
        os.utime(self._real(path), ns=times, follow_symlinks=False)

    def mkdir(self, path, mode):
        os.mkdir(self._real(path), mode)

    def rmdir(self, path):
        os.rmdir(self._real(path))

    def unlink(self, path):
        os.unlink(self._real(path))

    def rename(self, old, new, flags=0):
        if flags & _NO_REPLACE and os.path.lexists(self._real(new)):
            raise FuseOSError(errno.EEXIST)
        os.rename(self._real(old), self._real(new))

    def symlink(self, target, source):
        os.symlink(source, self._real(target))

    def link(self, target, source):
        os.link(self._real(source), self._real(target))

    def readlink(self, path):
        return os.readlink(self._real(path))

    def create(self, path, mode, fi=None):
        return os.open(self._real(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path, flags):
        return os.open(self._real(path), flags & ~(os.O_APPEND | os.O_NOFOLLOW))

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self._real(path) if fh is None else fh, length)

    def flush(self, path, fh):
        return 0

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)


if __name__ == "__main__":
    ctypes.CDLL(None).umask(0)
    FUSE(Disk(sys.argv[1]), sys.argv[2], foreground=True, nothreads=True, attr_timeout=0, entry_timeout=0)
